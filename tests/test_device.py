"""The choice of a device: absent, present and lying ones, what may be asked for, and what is measured on it."""

import itertools
import subprocess
import sys

import psutil
import pytest
import torch

import utils.device
from utils.device import (
    BACKENDS,
    autocast_dtype,
    best_device,
    choose_device,
    memory_peak,
    memory_total,
    probe,
    self_test,
    synchronize,
    timer,
)
from utils.errors import CourseError

TRUTH = probe("cpu")


@pytest.fixture
def machine(monkeypatch):
    """Give this machine made-up devices: `machine(cuda=…, mps=…)` maps a name to how its results come out.

    Each is a function of the right results, or an error that the device raises; the others are absent.
    """

    def install(**devices):
        for name in BACKENDS:
            monkeypatch.setitem(
                BACKENDS, name, lambda name=name: f"pretended {name}" if name in devices else None
            )

        def pretended(device):
            behaviour = devices.get(device.partition(":")[0], dict)
            if isinstance(behaviour, Exception):
                raise behaviour
            return behaviour(TRUTH)

        monkeypatch.setattr(utils.device, "probe", pretended)

    return install


honest = dict


def changed(name, change):
    """A device whose result `name` is changed."""
    return lambda truth: {**truth, name: change(truth[name])}


def test_without_a_gpu_the_cpu_serves(machine):
    machine()
    choice = choose_device()
    assert choice.device == torch.device("cpu")
    assert str(choice) == "cpu (no GPU found)"


@pytest.mark.parametrize("name", ["cuda", "mps", "xpu"])
def test_a_device_that_is_present_and_right_is_chosen(machine, name):
    machine(**{name: honest})
    choice = choose_device()
    assert choice.device == torch.device(name)
    assert str(choice) == f"{name} (pretended {name})"
    assert choice.left_aside == ()


def test_the_first_present_device_is_preferred(machine):
    machine(mps=honest, cuda=honest)
    assert choose_device().device.type == "cuda"
    machine(xpu=honest, mps=honest)
    assert choose_device().device.type == "mps"


@pytest.mark.parametrize("name", TRUTH)
@pytest.mark.parametrize(
    "change",
    [
        lambda right: right * 1.01,
        lambda right: right * 0,
        lambda right: -right,
        lambda right: right * float("nan"),
        lambda right: right + float("inf"),
    ],
    ids=["a little off", "zeros", "negative", "nan", "inf"],
)
def test_a_lying_device_is_named_and_left_aside(machine, name, change):
    machine(cuda=changed(name, change))
    choice = choose_device()
    assert choice.device == torch.device("cpu")
    assert choice.reason == "the CPU is right"
    (sentence,) = choice.left_aside
    assert sentence.startswith(f"cuda (pretended cuda) left aside: its {name} differs from the CPU's by ")
    assert str(choice) == f"cpu (the CPU is right); {sentence}"


def test_the_difference_is_told_relative_to_the_largest_number(machine):
    machine(cuda=changed("convolution", lambda right: right + 0.5 * right.abs().max()))
    assert self_test("cuda") == "its convolution differs from the CPU's by 5.0e-01 of the largest number"


def test_another_order_of_summation_is_no_lie(machine):
    machine(cuda=lambda truth: {name: right * (1 + 1e-4) for name, right in truth.items()})
    assert self_test("cuda") is None
    assert "differs" in self_test("cuda", tolerance=1e-5)


def test_the_next_device_serves_when_one_lies(machine):
    machine(cuda=changed("softmax", torch.zeros_like), xpu=honest)
    choice = choose_device()
    assert choice.device == torch.device("xpu")
    assert str(choice).startswith(
        "xpu (pretended xpu); cuda (pretended cuda) left aside: its softmax differs"
    )


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (RuntimeError("out of memory\nand much more\nabout kernels"), "it failed (out of memory)"),
        (RuntimeError(), "it failed (RuntimeError)"),
        (NotImplementedError("no convolution here"), "it failed (no convolution here)"),
        (
            AssertionError("Torch not compiled with CUDA enabled"),
            "it failed (Torch not compiled with CUDA enabled)",
        ),
    ],
)
def test_a_device_that_fails_is_left_aside(machine, error, problem):
    machine(cuda=error)
    assert choose_device().device == torch.device("cpu")
    assert choose_device().left_aside == (f"cuda (pretended cuda) left aside: {problem}",)


@pytest.mark.skipif(torch.cuda.is_available(), reason="here is a CUDA device")
def test_a_device_that_torch_does_not_know_fails_its_test_with_a_sentence():
    assert self_test("cuda").startswith("it failed (")


def test_the_cpu_agrees_with_itself():
    assert self_test("cpu") is None
    assert self_test("cpu", tolerance=0) is None
    assert set(TRUTH) == {"matrix product", "convolution", "softmax", "gradient"}
    assert all(result.abs().max() > 0 and result.device.type == "cpu" for result in TRUTH.values())
    assert all(torch.equal(result, TRUTH[name]) for name, result in probe("cpu").items())


# ------------------------------------------------------------------------------
# asked for


@pytest.mark.parametrize("asked", ["mps", "cuda", "cuda:1"])
def test_the_device_asked_for_is_taken(machine, monkeypatch, asked):
    machine(cuda=honest, mps=honest)
    kind = asked.partition(":")[0]
    assert str(choose_device(asked)) == f"{asked} (pretended {kind}, asked for)"
    monkeypatch.setenv("COURSE_DEVICE", asked)
    assert choose_device().device == torch.device(asked)


def test_the_cpu_can_be_asked_for(machine, monkeypatch):
    machine(cuda=honest)
    assert str(choose_device("cpu")) == "cpu (asked for)"
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert str(choose_device()) == "cpu (asked for)"
    assert choose_device("cuda").device.type == "cuda", "an argument goes before the variable"
    monkeypatch.setenv("COURSE_DEVICE", "")
    assert choose_device().device.type == "cuda", "an empty variable asks for nothing"


@pytest.mark.parametrize("asked", ["mps", "xpu", "xpu:0"])
def test_an_absent_device_asked_for_is_an_error(machine, monkeypatch, asked):
    machine(cuda=honest)
    sentence = f"Device '{asked}' was asked for and is not present; unset COURSE_DEVICE to use the CPU."
    with pytest.raises(CourseError) as caught:
        choose_device(asked)
    assert str(caught.value) == sentence
    monkeypatch.setenv("COURSE_DEVICE", asked)
    with pytest.raises(CourseError):
        choose_device()


@pytest.mark.parametrize("asked", ["gpu", "CUDA", "tpu:0", "cud", "cuda:x", "cuda:", "cuda:-1", "cpu:x "])
def test_an_unknown_device_is_an_error(machine, monkeypatch, asked):
    machine(cuda=honest)
    monkeypatch.setenv("COURSE_DEVICE", asked)
    with pytest.raises(CourseError) as caught:
        choose_device()
    assert str(caught.value) == (
        f"There is no device '{asked}'; set COURSE_DEVICE to one of cpu, cuda, mps, xpu, or unset it."
    )


def test_a_lying_device_is_not_used_even_when_asked_for(machine):
    machine(cuda=changed("gradient", torch.zeros_like))
    choice = choose_device("cuda")
    assert choice.device == torch.device("cpu")
    assert "left aside: its gradient differs" in str(choice)


def test_best_device_prints_the_choice(machine, capsys):
    machine(cuda=honest)
    assert best_device() == torch.device("cuda")
    assert best_device("cpu") == torch.device("cpu")
    assert capsys.readouterr().out == "device: cuda (pretended cuda)\ndevice: cpu (asked for)\n"


@pytest.mark.parametrize(("hip", "kind"), [(None, "CUDA"), ("6.2", "ROCm")])
def test_cuda_and_rocm_are_told_apart(monkeypatch, hip, kind):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A Fine GPU")
    monkeypatch.setattr(torch.version, "hip", hip)
    assert BACKENDS["cuda"]() == f"A Fine GPU, {kind}"


def test_what_torch_has_is_what_is_present(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.xpu, "is_available", lambda: True)
    assert [backend() for backend in BACKENDS.values()] == [None, "Apple GPU, Metal", "Intel GPU"]
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.xpu, "is_available", lambda: False)
    assert [backend() for backend in BACKENDS.values()] == [None, None, None]


# ------------------------------------------------------------------------------
# measured on a device


def test_timer_counts_wall_seconds_and_stops(monkeypatch):
    clock = itertools.count(10.0, 2.5)
    monkeypatch.setattr(utils.device.time, "perf_counter", lambda: next(clock))
    with timer() as seconds:  # starts at 10
        assert seconds() == 2.5
    # stopped at 15, and stays there
    assert seconds() == 5.0
    assert seconds() == 5.0


def test_timer_waits_for_the_device_before_both_ends(monkeypatch):
    order = []
    monkeypatch.setattr(utils.device, "synchronize", lambda device: order.append(f"wait for {device}"))
    monkeypatch.setattr(utils.device.time, "perf_counter", lambda: order.append("clock") or 1.0)
    with timer("cuda"):
        order.append("work")
    assert order == ["wait for cuda", "clock", "work", "wait for cuda", "clock"]


def test_timer_lets_an_error_through():
    with pytest.raises(ZeroDivisionError), timer():
        raise ZeroDivisionError


def test_timer_needs_no_torch():
    code = """
import sys
from utils.device import timer
with timer() as seconds:
    pass
print(seconds() >= 0, "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"


def test_synchronize_asks_the_device_at_hand(monkeypatch):
    asked = []
    for kind in ("cuda", "mps", "xpu"):
        monkeypatch.setattr(getattr(torch, kind), "synchronize", lambda kind=kind: asked.append(kind))
    for device in ("cpu", "cuda", torch.device("mps"), "xpu:0"):
        synchronize(device)
    assert asked == ["cuda", "mps", "xpu"]


def test_memory_of_the_cpu():
    assert memory_total() == psutil.virtual_memory().total
    assert memory_total(torch.device("cpu")) == memory_total("cpu")
    before = memory_peak()
    # at least this process's memory now, in bytes, and no more than the machine has
    assert psutil.Process().memory_info().rss * 0.9 < before < memory_total()
    block = torch.ones(before // 4 + 50_000_000)  # four bytes each: more than was ever in use
    assert memory_peak() >= block.numel() * block.element_size()


def test_memory_of_a_gpu(monkeypatch):
    properties = type("Properties", (), {"total_memory": 80_000})
    for kind in ("cuda", "xpu"):
        monkeypatch.setattr(getattr(torch, kind), "get_device_properties", lambda device: properties)
        monkeypatch.setattr(getattr(torch, kind), "max_memory_allocated", lambda device: 1_234)
        assert memory_total(f"{kind}:0") == 80_000
        assert memory_peak(f"{kind}:0") == 1_234


def test_autocast_dtype(monkeypatch):
    assert autocast_dtype("cpu") == torch.bfloat16
    assert autocast_dtype("xpu") == torch.bfloat16
    assert autocast_dtype(torch.device("mps")) == torch.float16
    for supported, dtype in ((True, torch.bfloat16), (False, torch.float16)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda supported=supported: supported)
        assert autocast_dtype("cuda") == dtype
    with torch.autocast("cpu", dtype=autocast_dtype("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_the_gpu_here_agrees_with_the_cpu():
    assert self_test("cuda") is None
    choice = choose_device()
    assert choice.device.type == "cuda"
    assert torch.cuda.get_device_name() in choice.reason
    a = torch.randn(512, 512, device="cuda")
    with timer("cuda") as seconds:
        a @ a
    assert seconds() > 0
    assert memory_peak("cuda") >= a.numel() * a.element_size()
    assert memory_total("cuda") > memory_peak("cuda")
    with torch.autocast("cuda", dtype=autocast_dtype("cuda")):
        assert (a @ a).dtype == autocast_dtype("cuda")
