"""The best device for torch, with the reason for the choice."""

import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from utils.errors import CourseError


@dataclass(frozen=True)
class Choice:
    """A device and why it was chosen. `device` is a torch.device; `left_aside` tells what was wrong with others."""

    device: Any
    reason: str
    left_aside: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "; ".join([f"{self.device} ({self.reason})", *self.left_aside])


def _cuda() -> str | None:
    import torch

    if not torch.cuda.is_available():
        return None
    kind = "ROCm" if torch.version.hip else "CUDA"
    return f"{torch.cuda.get_device_name()}, {kind}"


def _mps() -> str | None:
    import torch

    return "Apple GPU, Metal" if torch.backends.mps.is_available() else None


def _xpu() -> str | None:
    import torch

    return "Intel GPU" if hasattr(torch, "xpu") and torch.xpu.is_available() else None


# In the order of preference: the name that torch uses, and a function that describes the device or returns None.
BACKENDS: dict[str, Callable[[], str | None]] = {"cuda": _cuda, "mps": _mps, "xpu": _xpu}


def choose_device(wanted: str | None = None) -> Choice:
    """The best device whose results agree with the CPU's.

    wanted: "cpu", "cuda", "cuda:1", "mps" or "xpu"; without it the environment variable COURSE_DEVICE decides, and
    without that the first device present. A device that fails its self-test is named in `left_aside` and not used.
    Raises CourseError when a device is asked for that does not exist here.
    """
    import torch

    asked = wanted or os.environ.get("COURSE_DEVICE", "")
    if asked:
        names = [asked]
    else:
        names = list(BACKENDS)
    left_aside: list[str] = []
    for name in names:
        kind = name.partition(":")[0]
        if kind not in ("cpu", *BACKENDS) or not re.fullmatch(r"[a-z]+(:[0-9]+)?", name):
            known = ", ".join(["cpu", *BACKENDS])
            raise CourseError(
                f"There is no device {name!r}; set COURSE_DEVICE to one of {known}, or unset it."
            )
        if kind == "cpu":
            return Choice(torch.device("cpu"), "asked for")
        description = BACKENDS[kind]()
        if description is None:
            if asked:
                raise CourseError(
                    f"Device {name!r} was asked for and is not present; unset COURSE_DEVICE to use the CPU."
                )
            continue
        problem = self_test(name)
        if problem is None:
            reason = description + (", asked for" if asked else "")
            return Choice(torch.device(name), reason, tuple(left_aside))
        left_aside.append(f"{name} ({description}) left aside: {problem}")
    return Choice(
        torch.device("cpu"),
        "no GPU found" if not left_aside else "the CPU is right",
        tuple(left_aside),
    )


def best_device(wanted: str | None = None) -> Any:
    """`choose_device`, printed with its reason; returns the torch.device."""
    choice = choose_device(wanted)
    print(f"device: {choice}")
    return choice.device


def self_test(device: str, tolerance: float = 1e-3) -> str | None:
    """What is wrong with the results of `device`, or None when they agree with the CPU's.

    Compared in float32 on the same inputs: a matrix product, a convolution, a softmax and a gradient. The tolerance
    is relative to the largest number and leaves room for TF32 products and another order of summation.
    """
    try:
        results = probe(device)
    # AssertionError: this torch was built without the device
    except (RuntimeError, AssertionError) as error:
        return f"it failed ({(str(error).splitlines() or [type(error).__name__])[0]})"
    for name, reference in probe("cpu").items():
        difference = float((results[name] - reference).abs().max() / reference.abs().max())
        if not difference <= tolerance:
            return f"its {name} differs from the CPU's by {difference:.1e} of the largest number"
    return None


def probe(device: str) -> dict[str, Any]:
    """Four small results computed on `device`, as tensors on the CPU."""
    import torch

    rng = torch.Generator().manual_seed(0)
    a = torch.randn(64, 96, generator=rng).to(device).requires_grad_()
    b = torch.randn(96, 32, generator=rng).to(device)
    image = torch.randn(2, 3, 16, 16, generator=rng).to(device)
    kernel = torch.randn(4, 3, 3, 3, generator=rng).to(device)
    product = a @ b
    torch.softmax(product, dim=-1)[:, 0].sum().backward()
    results = {
        "matrix product": product,
        "convolution": torch.nn.functional.conv2d(image, kernel),
        "softmax": torch.softmax(product, dim=-1),
        "gradient": a.grad,
    }
    return {name: value.detach().cpu() for name, value in results.items()}


def autocast_dtype(device: Any) -> Any:
    """The 16-bit type for torch.autocast on this device: bfloat16 where the hardware has it, else float16."""
    import torch

    kind = torch.device(device).type
    if kind == "cuda" and not torch.cuda.is_bf16_supported():
        return torch.float16
    return torch.float16 if kind == "mps" else torch.bfloat16


def synchronize(device: Any) -> None:
    """Wait until the device has done all the work it was given; a CPU never lags behind."""
    import torch

    kind = torch.device(device).type
    if kind != "cpu":
        getattr(torch, kind).synchronize()


@contextmanager
def timer(device: Any = "cpu"):
    """Time a block in wall seconds: ``with timer(device) as seconds: …``, then ``seconds()``.

    A GPU works behind Python's back: the clock starts and stops only after the device has finished its work.
    """
    end: float | None = None
    if "torch" in sys.modules:
        synchronize(device)
    start = time.perf_counter()
    yield lambda: (time.perf_counter() if end is None else end) - start
    if "torch" in sys.modules:
        synchronize(device)
    end = time.perf_counter()


def memory_total(device: Any = "cpu") -> int:
    """Bytes of memory of the device."""
    import psutil
    import torch

    kind = torch.device(device).type
    if kind in ("cuda", "xpu"):
        return getattr(torch, kind).get_device_properties(device).total_memory
    return psutil.virtual_memory().total


def memory_peak(device: Any = "cpu") -> int:
    """Largest number of bytes in use so far: by torch on a CUDA or XPU device, by this process elsewhere."""
    import psutil
    import torch

    kind = torch.device(device).type
    if kind in ("cuda", "xpu"):
        return getattr(torch, kind).max_memory_allocated(device)
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB
