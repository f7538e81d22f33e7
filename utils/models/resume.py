"""Checkpoints of a training run: one safetensors file with all that the next epoch depends on; nothing in it can execute."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from utils.errors import CourseError
from utils.files import write_atomically

Tensors = dict[str, torch.Tensor]

# how an optimiser computes, which another machine may do otherwise, and not what
MANNERS = {"params", "param_names", "foreach", "fused", "capturable", "differentiable"}


def optimiser_settings(optimiser: Any) -> dict[str, Any]:
    """The numbers that an optimiser was given, such as lr and weight_decay: one, or a list with one for each group."""
    groups = optimiser.state_dict()["param_groups"]
    names = {name: None for group in groups for name in group if name not in MANNERS}
    found = {name: [_plain(group.get(name)) for group in groups] for name in names}
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _plain(value: Any) -> Any:
    """A value as JSON gives it back: a tensor as a number, a tuple as a list."""
    if isinstance(value, torch.Tensor):
        return value.item()
    return list(value) if isinstance(value, tuple) else value


def save_run(path: Path, model: nn.Module, optimiser: Any, best: Tensors, notes: dict[str, Any]) -> None:
    """Write weights, the best weights, the optimiser's state, torch's generators and `notes` into one file.

    Raises CourseError when there is no room; the file from before is then whole.
    """
    state = optimiser.state_dict()
    tensors = {f"model/{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"best/{name}": value for name, value in best.items()}
    tensors |= _generators(model)
    plain: dict[str, Any] = {}
    for number, values in state["state"].items():
        for name, value in values.items():
            where = tensors if isinstance(value, torch.Tensor) else plain
            where[f"optimiser/{number}/{name}"] = value
    # tied weights share memory, which the format forbids: each name gets its own copy
    copies = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    text = json.dumps({**notes, "groups": state["param_groups"], "optimiser": plain}, default=_plain)
    try:
        write_atomically(path, save(copies, metadata={"run": text}))
    except OSError as error:
        raise CourseError(
            f"The checkpoint {path} could not be written ({error.strerror or error}); make room, or name "
            "another place. The one from before is whole."
        ) from error


def load_run(path: Path, model: nn.Module, optimiser: Any, settings: dict[str, Any]) -> tuple[dict, Tensors]:
    """Put everything back that `save_run` wrote; returns its notes and the best weights.

    Raises CourseError when the file is damaged, or belongs to another model or to a run with other settings.
    """
    notes, tensors = _read(path)
    _compare(path, notes["settings"], settings)
    try:
        model.load_state_dict(under(tensors, "model/"))
        optimiser.load_state_dict({"state": _states(tensors, notes), "param_groups": notes["groups"]})
    except (RuntimeError, ValueError) as error:
        raise CourseError(
            f"{path} belongs to another model; give this run another checkpoint, or remove that one."
        ) from error
    _set_generators(tensors, model)
    return notes, under(tensors, "best/")


def _read(path: Path) -> tuple[dict, Tensors]:
    """The notes and the tensors of a file that has all of a run."""
    try:
        with safe_open(path, framework="pt") as file:
            notes = json.loads(file.metadata()["run"])
            names = file.keys()
            tensors = {name: file.get_tensor(name).clone() for name in names}
        for part in ("settings", "history", "optimiser", "scaler"):
            dict(notes[part])
        notes["groups"], notes["history"]["loss"], tensors["random/cpu"]
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CourseError(f"{path} is not a whole checkpoint; remove it to start anew.") from error
    return notes, tensors


def _compare(path: Path, stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name in {**wanted, **stored}:
        if stored.get(name) != wanted.get(name):
            raise CourseError(
                f"{path} belongs to a run with {name} = {stored.get(name)}, not {wanted.get(name)}; "
                "give this run another checkpoint, or remove that one."
            )


def _states(tensors: Tensors, notes: dict) -> dict[int, dict]:
    """What the optimiser remembers of each parameter, by the parameter's number."""
    states: dict[int, dict] = {}
    for name, value in (under(tensors, "optimiser/") | under(notes["optimiser"], "optimiser/")).items():
        number, _, key = name.partition("/")
        states.setdefault(int(number), {})[key] = value
    return states


def under(values: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The entries whose name begins with a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _generators(model: nn.Module) -> Tensors:
    """The state of torch's generator, and of that of the model's device."""
    kind = next(model.parameters()).device.type
    states = {"random/cpu": torch.get_rng_state()}
    return states if kind == "cpu" else states | {"random/device": getattr(torch, kind).get_rng_state()}


def _set_generators(tensors: Tensors, model: nn.Module) -> None:
    kind = next(model.parameters()).device.type
    torch.set_rng_state(tensors["random/cpu"])
    if "random/device" in tensors and kind != "cpu":
        getattr(torch, kind).set_rng_state(tensors["random/device"])
