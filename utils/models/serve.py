"""A course model behind an HTTP API in the manner of OpenAI's; lesson 3c puts it to work.

`load_model` opens a folder with numbers and a recipe, and no file that could hold a program. `create_app` puts a model
behind the service of utils.models.service; `serving` runs it on this machine for one block.

The server speaks plain HTTP: the bearer key travels as it is, and whoever sees it can use it. That will do on 127.0.0.1;
to other machines only behind a reverse proxy with TLS.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import nn

from utils.errors import CourseError
from utils.files import write_atomically
from utils.models.nn import shapes_only
from utils.models.service import (
    Limits,
    ServiceError,
    Worker,
    guarded,
    no_such_model,
    read_json,
    service,
    serving,
)

__all__ = ["Limits", "create_app", "from_layers", "load_model", "read_inputs", "save_model", "serving"]

# ------------------------------------------------------------------------------
# a model in a folder

# pickles, and formats that can hide one or name code to run: torch.export's .pt2 is opened with pickle, and .keras files
# have run code in spite of safe_mode (CVE-2025-1550, Keras before 3.9)
PROGRAMS = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt", ".joblib", ".pt2", ".keras", ".h5", ".hdf5")
LARGEST_RECIPE = 16_000_000  # bytes of config.json
KINDS = {
    kind.__name__: kind for kind in (nn.Conv2d, nn.Dropout, nn.Flatten, nn.Linear, nn.MaxPool2d, nn.ReLU)
}

# the names that the format gives to types, and those of torch
DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "BOOL": "bool",
    "U8": "uint8",
}
DTYPES |= {f"I{bits}": f"int{bits}" for bits in (8, 16, 32, 64)}


def save_model(folder: str | Path, model: nn.Module, config: Mapping[str, Any]) -> None:
    """Write model.safetensors and config.json into a folder; a crash leaves each file old or new, never in part."""
    # tied weights share memory, which the format forbids: each name gets its own copy
    weights = {name: value.detach().cpu().contiguous().clone() for name, value in model.state_dict().items()}
    write_atomically(Path(folder) / "model.safetensors", save(weights))
    write_atomically(Path(folder) / "config.json", json.dumps(config, indent=1))


def from_layers(config: Mapping[str, Any]) -> nn.Module:
    """A chain of layers from a recipe: config["layers"] is a list of [kind, {argument: value}], kinds as in `KINDS`."""
    return nn.Sequential(*(KINDS[kind](**arguments) for kind, arguments in config["layers"]))


def load_model(
    folder: str | Path, build: Callable[[dict], nn.Module] = from_layers, device: Any = "cpu"
) -> tuple[nn.Module, dict]:
    """The model in eval mode on `device`, and its config, from a folder with config.json and one .safetensors file.

    build(config) makes the model with any weights. Names, shapes and types of the stored tensors are compared with it
    before a weight is read or memory is taken. Raises CourseError when something is missing or does not fit, and for
    every file that could hold a program, such as a pickle. (torch.load refuses most programs since PyTorch 2.6, where
    weights_only=True became the default; a stranger's file is no place to try it.)
    """
    folder = Path(folder)
    weights = _weights_file(folder)
    config = _recipe(folder / "config.json")
    try:
        with shapes_only():  # without memory: a recipe may ask for any size
            wanted = {name: _form(value) for name, value in build(config).state_dict().items()}
    except Exception as error:  # a recipe from elsewhere can be wrong in any way
        raise CourseError(
            f"{folder.name}/config.json does not describe a model that can be built here."
        ) from error
    try:
        with safe_open(weights, framework="pt") as file:
            stored = {name: _header(file, name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CourseError(f"{weights.name} is not a whole safetensors file; save the model again.") from error
    for name in sorted({*wanted, *stored}):
        if wanted.get(name) != stored.get(name):
            raise CourseError(
                f"{weights.name} does not fit config.json: the config asks for {name} as "
                f"{wanted.get(name, 'absent')}, the file has it as {stored.get(name, 'absent')}."
            )
    model = build(config)
    tensors = load_file(weights)
    broken = [name for name, value in tensors.items() if not torch.isfinite(value).all()]
    if broken:
        raise CourseError(f"{weights.name} holds {broken[0]} with values that are no finite numbers.")
    model.load_state_dict(tensors)
    return model.to(device).eval(), config


def _recipe(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_RECIPE:
            raise CourseError(
                f"{path.parent.name}/config.json is too large for a recipe; save the model again."
            )
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CourseError(
            f"{path.parent.name}/config.json is missing or is not JSON; save the model again."
        ) from error


def _weights_file(folder: Path) -> Path:
    """The one file of weights in a folder; a sentence instead for everything that is not plain numbers."""
    if not folder.is_dir():
        if folder.suffix.lower() in PROGRAMS:
            raise CourseError(_refusal(folder))
        raise CourseError(f"There is no folder {folder.name!r}; give the folder that save_model wrote.")
    found = sorted(folder.glob("*.safetensors"))
    programs = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in PROGRAMS]
    if not found and programs:
        raise CourseError(_refusal(programs[0]))
    if len(found) != 1:
        raise CourseError(f"{folder.name} must hold one .safetensors file, and holds {len(found)}.")
    return found[0]


def _refusal(path: Path) -> str:
    return (
        f"{path.name} may hold a program that runs when it is opened, and was not opened; "
        "ask for the weights as .safetensors."
    )


def _form(value: Any) -> str:
    return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"


def _header(file: Any, name: str) -> str:
    """Type and shape of a stored tensor, from the header alone."""
    part = file.get_slice(name)
    return f"{DTYPES.get(part.get_dtype(), part.get_dtype())} {tuple(part.get_shape())}"


# ------------------------------------------------------------------------------
# what a client sends


def read_inputs(value: Any, shape: Sequence[int], span: tuple[float, float], most: int) -> torch.Tensor:
    """`value`, nested lists of numbers within `span`, as a float32 tensor (N, *shape) with 1 ≤ N ≤ most.

    Raises ServiceError 422 with the place of the first thing that does not fit. True, false, texts, NaN and Infinity
    are no numbers.
    """
    if not isinstance(value, list):
        raise _unfit(f"inputs is {_kind(value)}; a list of inputs is wanted.")
    if not 1 <= len(value) <= most:
        raise _unfit(f"inputs holds {len(value)} inputs; a request takes from 1 to {most}.")
    _check_inside(value, tuple(shape), span, "inputs")
    return torch.tensor(value, dtype=torch.float32)


def _check_inside(values: list, shape: tuple[int, ...], span: tuple[float, float], place: str) -> None:
    low, high = span
    for n, value in enumerate(values):
        if not shape:
            # bool is a kind of int, hence `type`; a comparison with NaN is false
            if type(value) not in (int, float) or not low <= value <= high:
                what = "a number outside the range" if _kind(value) == "a number" else _kind(value)
                raise _unfit(f"{place}[{n}] is {what}; a number from {low:g} to {high:g} is wanted.")
        elif not isinstance(value, list):
            raise _unfit(f"{place}[{n}] is {_kind(value)}; a list of {shape[0]} is wanted.")
        elif len(value) != shape[0]:
            raise _unfit(f"{place}[{n}] has {len(value)} entries; {shape[0]} are wanted.")
        else:
            _check_inside(value, shape[1:], span, f"{place}[{n}]")


def _unfit(message: str) -> ServiceError:
    return ServiceError(422, "invalid_inputs", message, param="inputs")


def _kind(value: Any) -> str:
    if isinstance(value, float) and value != value:
        return "NaN"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "infinite"
    names = {bool: "true or false", str: "a text", list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), "a number")


# ------------------------------------------------------------------------------
# the service


def create_app(
    model: nn.Module,
    *,
    name: str,
    shape: Sequence[int],
    span: tuple[float, float],
    preprocess: Callable[[torch.Tensor], torch.Tensor],
    interpret: Callable[[torch.Tensor], list[dict]],
    api_key: str | Sequence[str],
    limits: Limits | None = None,
    golden: Mapping[str, Any] | None = None,
) -> FastAPI:
    """A service with POST /v1/predict: {"model": name, "inputs": [...]} -> {"model", "data": [one answer each], "usage"}.

    shape, span: of one raw input, and its smallest and largest number; a client sends what the camera gave.
    preprocess(inputs): raw (N, *shape) float32 on the CPU -> what the model takes, as in training.
    interpret(outputs): the model's outputs (N, …) on the CPU -> N dicts that JSON can hold.
    golden: raw "inputs" and the "scores" that the model gave for them on the day of training. The app opens only if it
    still gives them, to a hundredth; else CourseError. They lie beside the weights, so they are a test, and no seal.
    The model is put into eval mode. One request computes at a time; the others wait, and the service still answers.
    """
    app = service([name], api_key=api_key, limits=limits)
    device = next(model.parameters()).device
    model.eval()
    worker = Worker()

    @torch.inference_mode()  # holds for one thread, so it belongs here
    def outputs(inputs: torch.Tensor) -> torch.Tensor:
        return model(preprocess(inputs).to(device)).cpu()

    @torch.inference_mode()
    def compute(inputs: torch.Tensor) -> list[dict]:
        answers = interpret(outputs(inputs))
        if len(answers) != len(inputs):
            raise RuntimeError(f"interpret gave {len(answers)} answers to {len(inputs)} inputs")
        return answers

    if golden is not None:
        _check_golden(golden, outputs)

    @app.post("/v1/predict", dependencies=[Depends(guarded)])
    async def predict(request: Request) -> JSONResponse:
        limits = app.state.limits
        inputs = await _asked(request, name, shape, span)
        answers = await worker.run(partial(compute, inputs), limits.max_wait, request.is_disconnected)
        data = [{"index": n} | answer | {"index": n} for n, answer in enumerate(answers)]
        return JSONResponse({"object": "list", "model": name, "data": data, "usage": {"inputs": len(inputs)}})

    return app


def _check_golden(golden: Mapping[str, Any], outputs: Callable[[torch.Tensor], torch.Tensor]) -> None:
    wanted = torch.tensor(golden["scores"], dtype=torch.float64)
    got = outputs(torch.tensor(golden["inputs"], dtype=torch.float32)).double()
    if got.shape != wanted.shape or not torch.allclose(got, wanted, rtol=0, atol=0.01):
        raise CourseError(
            "The model does not give the golden scores any more: its weights, its recipe or its preprocessing are not "
            "those of its training. It was not opened."
        )


async def _asked(
    request: Request, name: str, shape: Sequence[int], span: tuple[float, float]
) -> torch.Tensor:
    """The inputs of a request for this model, (N, *shape)."""
    limits = request.app.state.limits
    content = await read_json(request, limits, ["model", "inputs"])
    if content.get("model", name) != name:
        raise no_such_model([name])
    if "inputs" not in content:
        raise _unfit("The field inputs is missing.")
    return read_inputs(content["inputs"], shape, span, limits.max_inputs)
