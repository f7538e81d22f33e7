"""One training loop for all lessons, with what a long run needs: lesson 3b builds it piece by piece.

`fit` shuffles, steps, validates, keeps a history, stops early, and writes a checkpoint after each epoch from which it
resumes exactly: on the same machine, with the same number of threads, a run that was killed and started again ends
with the same weights, bit for bit. A checkpoint is one safetensors file, and nothing in it can execute. Under torchrun
the processes share each batch and end with the same weights (lesson 6a).
"""

import contextlib
import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch.nn.functional import cross_entropy

from utils.device import autocast_dtype
from utils.errors import CourseError
from utils.repro import child_seed, numpy_stream

History = dict[str, list[float]]


def accuracy(outputs: Any, targets: Any) -> Any:
    """Share of positions whose highest score, along the last axis, is the target: (…, K) and (…) -> 0-d tensor."""
    return (outputs.argmax(dim=-1) == targets).float().mean()


def shuffled(n: int, batch: int, seed: int, epoch: int) -> tuple[Any, ...]:
    """The numbers 0 … n-1 in an order that seed and epoch alone decide, cut into int64 tensors of `batch` or fewer.

    An order without memory is what lets a resumed run see the same batches as one that was never interrupted.
    """
    order = numpy_stream(seed, "train.shuffled", epoch).permutation(n)
    return torch.from_numpy(order).split(batch)


def windows(ids: Any, context: int, stride: int = 1) -> tuple[Any, Any]:
    """Inputs and targets for a language model, each (N, context): stretches of ids (n,), and the same one place on.

    They are views: overlapping stretches (stride 1: every place starts one) take no memory of their own.
    """
    if len(ids) <= context:
        raise ValueError(f"{len(ids)} tokens are too few for one window of {context} and its targets")
    return ids[:-1].unfold(0, context, stride), ids[1:].unfold(0, context, stride)


def token_loss(scores: Any, targets: Any) -> Any:
    """Mean cross-entropy in nats a token: (B, T, V) and (B, T) -> 0-d tensor."""
    return cross_entropy(scores.flatten(0, 1), targets.flatten())


def warm_up_and_decay(warm: float = 0.1, fall: float = 0.8) -> Callable[[float], float]:
    """A `schedule` for fit: up in a line over the share `warm` of the run, level, down to 0 in a line over the last `fall`.

    Called trapezoidal, or warm-up, stable, decay: Hägele et al. 2024, arXiv:2405.18392.
    """

    def factor(done: float) -> float:
        return min((done + 1e-3) / (warm + 1e-3), (1 - done) / fall, 1.0)

    return factor


class Together:
    """Several optimisers that step as one, for instance Muon for the matrices and AdamW for the rest."""

    def __init__(self, *optimisers: Any) -> None:
        self.optimisers = optimisers

    @property
    def param_groups(self) -> list[dict]:
        return [group for optimiser in self.optimisers for group in optimiser.param_groups]

    def zero_grad(self) -> None:
        for optimiser in self.optimisers:
            optimiser.zero_grad()

    def step(self) -> None:
        for optimiser in self.optimisers:
            optimiser.step()

    def state_dict(self) -> dict[str, Any]:
        """As of one optimiser: the parameters are numbered through."""
        state: dict[int, Any] = {}
        groups: list[dict] = []
        before = 0
        for part in (optimiser.state_dict() for optimiser in self.optimisers):
            state |= {before + number: values for number, values in part["state"].items()}
            groups += [
                group | {"params": [before + n for n in group["params"]]} for group in part["param_groups"]
            ]
            before += sum(len(group["params"]) for group in part["param_groups"])
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, whole: dict[str, Any]) -> None:
        groups = list(whole["param_groups"])
        for optimiser in self.optimisers:
            own, groups = groups[: len(optimiser.param_groups)], groups[len(optimiser.param_groups) :]
            numbers = [number for group in own for number in group["params"]]
            state = {
                number - numbers[0]: whole["state"][number] for number in numbers if number in whole["state"]
            }
            own = [group | {"params": [n - numbers[0] for n in group["params"]]} for group in own]
            optimiser.load_state_dict({"state": state, "param_groups": own})


def muon(
    model: Any, lr: float = 0.02, adam_lr: float = 0.01, momentum: float = 0.95, decay: float = 0.0
) -> Together:
    """Muon (Jordan et al. 2024) for the matrices inside the blocks, AdamW for tables, output and norms.

    lr: of Muon, whose every step has singular values near 1, times √(rows/columns) where a matrix grows.
    adam_lr: of AdamW.  decay: decoupled weight decay, of the matrices alone.
    """
    matrices = [p for name, p in model.named_parameters() if p.dim() == 2 and name.startswith("blocks.")]
    inside = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in inside]
    return Together(
        torch.optim.Muon(matrices, lr=lr, weight_decay=decay, momentum=momentum),
        torch.optim.AdamW(rest, lr=adam_lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
    )


@torch.no_grad()
def evaluate(
    model: Any,
    data: tuple[Any, Any],
    *,
    loss: Callable[[Any, Any], Any] = cross_entropy,
    score: Callable[[Any, Any], Any] | None = accuracy,
    batch: int = 256,
) -> tuple[float, float]:
    """Mean loss and mean score over (inputs, targets), both (N, …), with dropout off; score nan when there is none.

    The model's mode, training or not, is afterwards what it was.
    """
    training, device = model.training, _device(model)
    model.eval()
    losses = scores = 0.0
    for x, y in zip(data[0].split(batch), data[1].split(batch), strict=True):
        outputs, y = model(x.to(device)), y.to(device)
        losses += len(x) * float(loss(outputs, y))
        scores += len(x) * float(score(outputs, y)) if score else math.nan
    model.train(training)
    return losses / len(data[0]), scores / len(data[0])


def fit(
    model: Any,
    train: tuple[Any, Any],
    validation: tuple[Any, Any] | None = None,
    *,
    optimiser: Any,
    epochs: int,
    steps: int | None = None,
    batch: int = 64,
    loss: Callable[[Any, Any], Any] = cross_entropy,
    score: Callable[[Any, Any], Any] | None = accuracy,
    seed: int = 0,
    clip: float | None = None,
    schedule: Callable[[float], float] | None = None,
    augment: Callable[[Any], Any] | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    mixed: bool | None = None,
    progress: bool = True,
    on_epoch: Callable[[History], Any] | None = None,
) -> History:
    """Train `model` in place and return {"loss", "val_loss", "val_score"}, one number an epoch; it ends in eval mode.

    train, validation: pairs of tensors (N, …); batches of them move to the model's device.
    steps: batches an epoch; None shows all examples once. Fewer make an epoch the time between two looks at validation.
    loss(outputs, targets): the mean over a batch.  score(outputs, targets): likewise, or None.
    seed: decides the order of the examples, and starts torch's own generators (dropout, augmentation).
    clip: largest norm of all gradients together.  schedule(done): factor on the learning rate, `done` from 0 to 1.
    augment(inputs): changed inputs, drawn anew for each batch with torch's generator.
    patience: end after so many epochs in a row without a lower validation loss, and go back to the best weights.
    checkpoint: a file, written after each epoch. If it exists, the run goes on from there, even in another process.
    mixed: 16-bit arithmetic where it is safe (autocast); None means on a GPU of CUDA, ROCm or Intel, and not elsewhere.
    on_epoch(history): called after each epoch, for instance to draw.

    In a process group (torchrun), every process calls it with the same model and data; each computes its share of a
    batch, the gradients are added up, and all end with the same weights, as one process would. The first process alone
    shows progress and writes the checkpoint.

    Raises CourseError when the loss is no longer a number (the checkpoint then still holds the last good epoch), and
    when the checkpoint is damaged or belongs to a run with other settings.
    """
    if patience is not None and validation is None:
        raise ValueError("patience needs a validation set: early stopping watches its loss")
    x, y = train
    device = _device(model)
    dtype = autocast_dtype(device) if mixed or (mixed is None and device.type in ("cuda", "xpu")) else None
    run = Run(model, optimiser, torch.amp.GradScaler(device.type, enabled=dtype is torch.float16))
    rank, world = _place()
    if world > 1 and min(batch, len(x) % batch or batch) < world:
        raise ValueError(f"{world} processes cannot share a batch that is smaller; choose another batch size")
    rates = [group["lr"] for group in optimiser.param_groups]
    settings = {
        "seed": seed,
        "batch": batch,
        "examples": len(x),
        "steps": steps,
        "clip": clip,
        "optimiser": type(optimiser).__name__,
        "epochs": epochs if schedule else None,
    }
    torch.manual_seed(child_seed(seed, "train.fit"))
    if checkpoint is not None and Path(checkpoint).exists():
        run.load(Path(checkpoint), settings)
    steps = min(steps or len(x), -(-len(x) // batch))
    with _bar(progress and rank == 0, epochs * steps, run.epochs * steps) as bar:
        for epoch in range(run.epochs, epochs):
            if run.waited >= (patience or math.inf):
                break
            model.train()
            total = torch.zeros((), device=device)
            seen = 0
            for number, whole in enumerate(shuffled(len(x), batch, seed, epoch)[:steps]):
                pick = whole.tensor_split(world)[rank]
                if schedule:
                    factor = schedule((epoch * steps + number) / (epochs * steps))
                    for group, rate in zip(optimiser.param_groups, rates, strict=True):
                        group["lr"] = rate * factor
                inputs = x[pick].to(device)
                inputs = augment(inputs) if augment else inputs
                with torch.autocast(device.type, dtype=dtype, enabled=dtype is not None):
                    batch_loss = loss(model(inputs), y[pick].to(device))
                run.step(batch_loss * (len(pick) / len(whole)), clip)
                total += len(pick) * batch_loss.detach()
                seen += len(whole)
                bar.update()
            if world > 1:
                dist.all_reduce(total)
            run.record("loss", float(total) / seen)
            if validation is not None:
                val_loss, val_score = evaluate(model, validation, loss=loss, score=score, batch=batch)
                run.record("val_loss", val_loss)
                if score:
                    run.record("val_score", val_score)
                run.keep_best()
            bar.set_postfix({name: f"{values[-1]:.3g}" for name, values in run.history.items()})
            if checkpoint is not None and rank == 0:
                run.save(Path(checkpoint), settings)
            if on_epoch:
                on_epoch(run.history)
    for group, rate in zip(optimiser.param_groups, rates, strict=True):
        group["lr"] = rate
    if patience is not None and run.best:
        model.load_state_dict(run.best)
    model.eval()
    return run.history


def _place() -> tuple[int, int]:
    """Which of how many processes this is; (0, 1) outside a process group."""
    together = dist.is_available() and dist.is_initialized()
    return (dist.get_rank(), dist.get_world_size()) if together else (0, 1)


def _device(model: Any) -> Any:
    return next(model.parameters()).device


@contextlib.contextmanager
def _bar(shown: bool, total: int, done: int) -> Iterator[Any]:
    """A progress bar that counts steps: a widget in a notebook, a line of text elsewhere."""
    from tqdm.auto import tqdm

    with tqdm(total=total, initial=done, disable=not shown, unit="step", mininterval=0.5) as bar:
        yield bar


@dataclass
class Run:
    """All that a run carries from one epoch to the next, and so all that a checkpoint must hold."""

    model: Any
    optimiser: Any
    scaler: Any
    history: History = field(default_factory=lambda: {"loss": []})
    best: dict[str, Any] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """Epochs done."""
        return len(self.history["loss"])

    @property
    def waited(self) -> int:
        """Epochs since the lowest validation loss."""
        losses = self.history.get("val_loss", [])
        return len(losses) - 1 - losses.index(min(losses)) if losses else 0

    def step(self, loss: Any, clip: float | None) -> None:
        """Backward and one step of the optimiser; small float16 gradients are scaled up on the way and down again."""
        self.optimiser.zero_grad()
        self.scaler.scale(loss).backward()
        if _place()[1] > 1:
            for parameter in self.model.parameters():
                if parameter.grad is not None:
                    dist.all_reduce(
                        parameter.grad
                    )  # each loss counts its share of the batch, so the sum is the mean
        if clip is not None:
            self.scaler.unscale_(self.optimiser)
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), clip)
        self.scaler.step(self.optimiser)
        self.scaler.update()

    def record(self, name: str, value: float) -> None:
        """Add one epoch's number to the history; a training loss that is none ends the run."""
        if name == "loss" and not math.isfinite(value):
            raise CourseError(
                f"The training loss became {value} in epoch {self.epochs + 1}; "
                "try a smaller learning rate, or `clip`."
            )
        self.history.setdefault(name, []).append(value)

    def keep_best(self) -> None:
        """Copy the weights if this epoch's validation loss is the lowest so far."""
        if self.waited == 0:
            self.best = {name: value.clone() for name, value in self.model.state_dict().items()}

    def save(self, path: Path, settings: dict) -> None:
        """Write everything into one file, beside its place first: a kill leaves the old file whole or the new one."""
        optimiser = self.optimiser.state_dict()
        tensors = {"random/cpu": torch.get_rng_state()}
        device = _device(self.model)
        if device.type != "cpu":
            tensors["random/device"] = getattr(torch, device.type).get_rng_state()
        tensors |= {f"model/{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"best/{name}": value for name, value in self.best.items()}
        plain: dict[str, Any] = {}
        for number, state in optimiser["state"].items():
            for name, value in state.items():
                where = tensors if isinstance(value, torch.Tensor) else plain
                where[f"optimiser/{number}/{name}"] = value
        notes = {
            "settings": settings,
            "history": self.history,
            "groups": optimiser["param_groups"],
            "optimiser": plain,
            "scaler": self.scaler.state_dict(),
        }
        # tied weights share memory, which the format forbids: each name gets its own copy
        copies = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
        try:
            write_bytes(path, save(copies, metadata={"run": json.dumps(notes)}))
        except OSError as error:
            raise CourseError(
                f"The checkpoint {path} could not be written ({error.strerror or error}); make room, or name "
                "another place. The one from before is whole."
            ) from error

    def load(self, path: Path, settings: dict) -> None:
        """Take everything up again from a file that `save` wrote."""
        try:
            with safe_open(path, framework="pt") as file:
                notes = json.loads(file.metadata()["run"])
                names = file.keys()
                tensors = {name: file.get_tensor(name).clone() for name in names}
            wrong = [name for name in settings if settings[name] != notes["settings"][name]]
        except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
            raise CourseError(f"{path} is not a whole checkpoint; remove it to start anew.") from error
        if wrong:
            name = wrong[0]
            raise CourseError(
                f"{path} belongs to a run with {name} = {notes['settings'][name]}, not {settings[name]}; "
                "give this run another checkpoint, or remove that one."
            )
        try:
            self.model.load_state_dict(_under(tensors, "model/"))
        except RuntimeError as error:
            raise CourseError(
                f"{path} belongs to another model; give this run another checkpoint, or remove that one."
            ) from error
        state: dict[int, dict] = {}
        for name, value in (_under(tensors, "optimiser/") | _under(notes["optimiser"], "optimiser/")).items():
            number, _, key = name.partition("/")
            state.setdefault(int(number), {})[key] = value
        self.optimiser.load_state_dict({"state": state, "param_groups": notes["groups"]})
        self.scaler.load_state_dict(notes["scaler"])
        self.history, self.best = notes["history"], _under(tensors, "best/")
        torch.set_rng_state(tensors["random/cpu"])
        device = _device(self.model)
        if "random/device" in tensors and device.type != "cpu":
            getattr(torch, device.type).set_rng_state(tensors["random/device"])


def _under(values: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The entries whose name begins with a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
