"""One training loop for all lessons, with what a long run needs: lesson 3b builds it piece by piece.

`fit` shuffles, steps, validates, keeps a history, stops early, and writes a checkpoint after each epoch from which it
resumes exactly: on the same machine, with the same number of threads, a run that was killed and started again ends
with the same weights, bit for bit. A checkpoint is one safetensors file, and nothing in it can execute
(utils.models.resume). Under torchrun the processes share each batch and end with the same weights (lesson 6b).
"""

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.functional import cross_entropy

from utils.device import autocast_dtype
from utils.errors import CourseError
from utils.models.resume import load_run, optimiser_settings, save_run
from utils.repro import child_seed, numpy_stream

History = dict[str, list[float]]
Pair = tuple[torch.Tensor, torch.Tensor]
OfBatch = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def accuracy(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Share of positions whose highest score, along the last axis, is the target: (…, K) and (…) -> 0-d tensor."""
    return (outputs.argmax(dim=-1) == targets).float().mean()


def token_loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy in nats a decision, be it a token or the class of an image: (…, K) and (…) -> 0-d tensor."""
    return cross_entropy(scores.flatten(0, -2), targets.flatten())


def shuffled(n: int, batch: int, seed: int, epoch: int, steps: int | None = None) -> tuple[torch.Tensor, ...]:
    """The numbers 0 … n-1 in an order that seed and epoch alone decide, cut into int64 tensors of `batch` or fewer.

    steps: so many batches at most. They are drawn without putting all n in order, which for a long text takes longer
    than the training. An order without memory lets a resumed run see the same batches as one that was never interrupted.
    """
    draw = numpy_stream(seed, "train.shuffled", epoch)
    wanted = n if steps is None else min(n, steps * batch)
    order = draw.permutation(n) if wanted == n else draw.choice(n, wanted, replace=False)
    return torch.from_numpy(order).split(batch)


def windows(ids: torch.Tensor, context: int, stride: int = 1) -> Pair:
    """Inputs and targets for a language model, each (N, context): stretches of ids (n,), and the same one place on.

    They are views: overlapping stretches (stride 1: every place starts one) take no memory of their own.
    """
    if len(ids) <= context:
        raise ValueError(f"{len(ids)} tokens are too few for one window of {context} and its targets")
    return ids[:-1].unfold(0, context, stride), ids[1:].unfold(0, context, stride)


def warm_up_and_decay(warm: float = 0.1, fall: float = 0.8) -> Callable[[float], float]:
    """A `schedule` for fit: up in a line over the share `warm` of the run, level, down to 0 in a line over the last `fall`.

    With a short fall it is the constant rate with a cool-down of Hägele et al. 2024, arXiv:2405.18392; with a long one,
    as here, nearly the linear decay to zero that Defazio et al. 2023, arXiv:2310.07831, recommend.
    """

    def factor(done: float) -> float:
        return min((done + 1e-3) / (warm + 1e-3), (1 - done) / fall, 1.0)

    return factor


class Together:
    """Several optimisers that step as one, for instance Muon for the matrices and AdamW for the rest."""

    def __init__(self, *optimisers: torch.optim.Optimizer) -> None:
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


class Muon(torch.optim.Muon):
    """The library's Muon, but on a CPU its five Newton–Schulz rounds keep the precision of the weights: 32 bits as a rule.

    The library orthogonalises in bfloat16. That is fast on a GPU and on processors that calculate in it; on others
    it is many times slower than 32 bits. The factors are the library's. Leave `adjust_lr_fn` out: on a CPU the rate
    always grows by √(rows/columns) where a matrix has more rows than columns, the library's first way.
    """

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step, as the library's: momentum, orthogonalised, and decoupled weight decay."""
        if any(p.device.type != "cpu" for group in self.param_groups for p in group["params"]):
            return super().step(closure)
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is not None:
                    self._move(matrix, group)
        return loss

    def _move(self, matrix: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[matrix]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(matrix)
        mean = state["momentum_buffer"].lerp_(matrix.grad, 1 - group["momentum"])
        ahead = matrix.grad.lerp(mean, group["momentum"]) if group["nesterov"] else mean
        direction = orthogonalised(ahead, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rows, columns = matrix.shape
        matrix.mul_(1 - group["lr"] * group["weight_decay"])
        matrix.add_(direction, alpha=-group["lr"] * math.sqrt(max(1, rows / columns)))


def orthogonalised(
    matrix: torch.Tensor,
    factors: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
    rounds: int = 5,
    eps: float = 1e-7,
) -> torch.Tensor:
    """The matrix with its singular values brought near 1 by Newton–Schulz rounds, in its own precision: (R, C) -> (R, C).

    A round puts a·s + b·s³ + c·s⁵ in the place of every singular value s (Jordan et al. 2024).
    """
    a, b, c = factors
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = wide / wide.norm().clamp(min=eps)
    for _ in range(rounds):
        gram = x @ x.T  # (R, R), the smaller side
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if matrix.shape[0] > matrix.shape[1] else x


def muon(
    model: nn.Module, lr: float = 0.02, adam_lr: float = 0.01, momentum: float = 0.95, decay: float = 0.0
) -> Together:
    """Muon (Jordan et al. 2024) for the matrices inside the blocks, AdamW for tables, output and norms.

    lr: of Muon, whose every step has singular values near 1, times √(rows/columns) where a matrix grows.
    adam_lr: of AdamW.  decay: decoupled weight decay, of the matrices alone.
    """
    matrices = [p for name, p in model.named_parameters() if p.dim() == 2 and name.startswith("blocks.")]
    inside = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in inside]
    return Together(
        Muon(matrices, lr=lr, weight_decay=decay, momentum=momentum),
        torch.optim.AdamW(rest, lr=adam_lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
    )


# ------------------------------------------------------------------------------
# the parts of a run


@dataclass(frozen=True)
class Plan:
    """How `fit` trains; every field is a keyword of `fit`, and only epochs must be given.

    epochs, batch: passes over the examples, and examples a step.
    steps: batches an epoch; None shows all examples once. Fewer make an epoch the time between two looks at validation.
    seed: decides the order of the examples, and starts torch's own generators (dropout, augmentation).
    clip: largest norm of all gradients together.
    schedule(done): factor on the learning rate, `done` from 0 to 1.
    augment(inputs): changed inputs, drawn anew for each batch with torch's generator.
    patience: end after so many epochs in a row without a lower validation loss, and go back to the best weights.
    mixed: 16-bit arithmetic where it is safe (autocast); None means on a GPU of CUDA, ROCm or Intel, and not elsewhere.
    """

    epochs: int
    steps: int | None = None
    batch: int = 64
    seed: int = 0
    clip: float | None = None
    schedule: Callable[[float], float] | None = None
    augment: Callable[[torch.Tensor], torch.Tensor] | None = None
    patience: int | None = None
    mixed: bool | None = None

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "patience"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be 1 or more, not {value}")

    def steps_for(self, examples: int) -> int:
        """Batches in an epoch over so many examples."""
        return min(self.steps or examples, -(-examples // self.batch))

    def settings(self, examples: int) -> dict[str, Any]:
        """What a checkpoint must share with the run that takes it up; epochs and patience may grow."""
        rises = [round(float(self.schedule(n / 10)), 6) for n in range(11)] if self.schedule else None
        return {
            "seed": self.seed,
            "batch": self.batch,
            "examples": examples,
            "steps": self.steps,
            "clip": self.clip,
            "schedule": rises,
            "augment": _name(self.augment),
            "epochs": self.epochs if self.schedule else None,
        }


def _name(function: Any) -> str | None:
    return None if function is None else getattr(function, "__name__", type(function).__name__)


@dataclass(frozen=True)
class Group:
    """The processes that train together under torchrun: which of how many this is. One alone is a group too."""

    rank: int = 0
    size: int = 1

    @classmethod
    def present(cls) -> "Group":
        together = dist.is_available() and dist.is_initialized()
        return cls(dist.get_rank(), dist.get_world_size()) if together else cls()

    def share(self, pick: torch.Tensor) -> torch.Tensor:
        """This process's part of a batch: (B,) -> (about B / size,)."""
        return pick.tensor_split(self.size)[self.rank]

    def add_up(self, *tensors: torch.Tensor) -> None:
        """Replace each tensor by its sum over the processes."""
        if self.size > 1:
            for tensor in tensors:
                dist.all_reduce(tensor)


def epochs_without_gain(losses: list[float]) -> int:
    """Epochs since the lowest loss: the first, where several are equal. One that is no number never is the lowest."""
    numbers = [math.inf if math.isnan(loss) else loss for loss in losses]
    if not losses or numbers[0] == min(numbers) == math.inf:
        return len(losses)
    return len(losses) - 1 - numbers.index(min(numbers))


# ------------------------------------------------------------------------------
# judging and training


@torch.no_grad()
def evaluate(
    model: nn.Module,
    data: Pair,
    *,
    loss: OfBatch = token_loss,
    score: OfBatch | None = accuracy,
    batch: int = 256,
) -> tuple[float, float]:
    """Mean loss and mean score over (inputs, targets), both (N, …), with dropout off; score nan when there is none.

    The model's mode, training or not, is afterwards what it was.
    """
    totals = _totals(model, data, loss, score, batch, Group())
    return totals[0] / len(data[0]), totals[1] / len(data[0])


@torch.no_grad()
def _totals(
    model: nn.Module, data: Pair, loss: OfBatch, score: OfBatch | None, batch: int, group: Group
) -> tuple[float, float]:
    """Loss and score added up over the examples; the processes of a group take turns with the batches."""
    training, device = model.training, _device(model)
    model.eval()
    sums = [0.0, 0.0 if score else math.nan]
    batches = zip(data[0].split(batch), data[1].split(batch), strict=True)
    for number, (x, y) in enumerate(batches):
        if number % group.size == group.rank:
            outputs, y = model(x.to(device)), y.to(device)
            sums[0] += len(x) * float(loss(outputs, y))
            sums[1] += len(x) * float(score(outputs, y)) if score else math.nan
    model.train(training)
    if group.size > 1:
        shared = torch.tensor(sums, device=device)
        group.add_up(shared)
        sums = shared.tolist()
    return sums[0], sums[1]


def fit(
    model: nn.Module,
    train: Pair,
    validation: Pair | None = None,
    *,
    optimiser: Any,
    loss: OfBatch = token_loss,
    score: OfBatch | None = accuracy,
    checkpoint: str | Path | None = None,
    progress: bool = True,
    on_epoch: Callable[[History], Any] | None = None,
    **plan: Any,
) -> History:
    """Train `model` in place and return {"loss", "val_loss", "val_score"}, one number an epoch; it ends in eval mode.

    train, validation: pairs of tensors (N, …); batches of them move to the model's device.
    optimiser: of torch, or `Together`.  plan: the fields of `Plan`, such as epochs=5, batch=32, seed=1, clip=1.0.
    loss(outputs, targets): the mean over a batch.  score(outputs, targets): likewise, or None.
    checkpoint: a file, written after each epoch. If it exists, the run goes on from there, even in another process.
    on_epoch(history): called after each epoch, for instance to draw.

    In a process group (torchrun), every process calls it with the same model and data; each computes its share of a
    batch, the gradients are added up, and all end with the same weights, as one process would. The first process alone
    shows progress and writes the checkpoint.

    Raises CourseError when the loss or a weight is no longer a number (the checkpoint then still holds the last good
    epoch), and when the checkpoint is damaged or belongs to another model or to a run with other settings, those of the
    optimiser among them. More epochs (without a schedule) and another patience are no other settings.
    """
    run = Run(model, optimiser, loss, score, Plan(**plan))
    run.check(train, validation)
    torch.manual_seed(child_seed(run.plan.seed, "train.fit"))
    path = None if checkpoint is None else Path(checkpoint)
    settings = run.settings(len(train[0])) if path else {}
    if path and path.exists():
        run.load(path, settings)
    steps = run.plan.steps_for(len(train[0]))
    with _bar(progress and run.group.rank == 0, run.plan.epochs * steps, run.epochs * steps) as bar:
        while not run.over:
            run.one_epoch(train, bar.update)
            if validation is not None:
                run.validate(validation)
            bar.set_postfix({name: f"{values[-1]:.3g}" for name, values in run.history.items()})
            if path and run.group.rank == 0:
                run.save(path, settings)
            if on_epoch:
                on_epoch(run.history)
    run.finish()
    return run.history


@dataclass
class Run:
    """One call of `fit`: what is trained and how, and what it carries from one epoch to the next."""

    model: nn.Module
    optimiser: Any
    loss: OfBatch
    score: OfBatch | None
    plan: Plan
    group: Group = field(default_factory=Group.present)
    history: History = field(default_factory=lambda: {"loss": []})
    best: dict[str, torch.Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.device = _device(self.model)
        mixed = self.device.type in ("cuda", "xpu") if self.plan.mixed is None else self.plan.mixed
        self.dtype = autocast_dtype(self.device) if mixed else None
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype is torch.float16)
        self.rates = [group["lr"] for group in self.optimiser.param_groups]

    @property
    def epochs(self) -> int:
        """Epochs done."""
        return len(self.history["loss"])

    @property
    def over(self) -> bool:
        """Whether all epochs are done, or patience is at its end."""
        waited = epochs_without_gain(self.history.get("val_loss", []))
        return self.epochs >= self.plan.epochs or waited >= (self.plan.patience or math.inf)

    def check(self, train: Pair, validation: Pair | None) -> None:
        """Raise ValueError when the plan and the data do not go together."""
        if self.plan.patience is not None and validation is None:
            raise ValueError("patience needs a validation set: early stopping watches its loss")
        smallest = min(self.plan.batch, len(train[0]) % self.plan.batch or self.plan.batch)
        if self.group.size > 1 and smallest < self.group.size:
            raise ValueError(
                f"{self.group.size} processes cannot share a batch that is smaller; choose another batch size"
            )

    def settings(self, examples: int) -> dict[str, Any]:
        """All that a run must share with a checkpoint that it takes up."""
        return {
            "optimiser": type(self.optimiser).__name__,
            **self.plan.settings(examples),
            **optimiser_settings(self.optimiser),
            "loss": _name(self.loss),
            "arithmetic": str(self.dtype or torch.float32).removeprefix("torch."),
        }

    def arithmetic(self) -> torch.autocast:
        """16 bits where they are wanted and safe."""
        return torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype is not None)

    def one_epoch(self, train: Pair, stepped: Callable[[], Any]) -> None:
        """Step once with each batch, and record the mean loss; raises CourseError when numbers are lost."""
        x, y = train
        plan, steps = self.plan, self.plan.steps_for(len(x))
        total, seen = torch.zeros((), device=self.device), 0
        done = self.epochs * steps
        self.model.train()
        for number, whole in enumerate(shuffled(len(x), plan.batch, plan.seed, self.epochs, plan.steps)):
            pick = self.group.share(whole)
            if plan.schedule:
                self._scale_rates(plan.schedule((done + number) / (plan.epochs * steps)))
            total += len(pick) * self._step(x[pick], y[pick], len(pick) / len(whole))
            seen += len(whole)
            stepped()
        self.group.add_up(total)
        self._record_loss(float(total) / seen)

    def _step(self, inputs: torch.Tensor, targets: torch.Tensor, share: float) -> torch.Tensor:
        """One step of the optimiser on this process's share of a batch; returns its loss."""
        inputs = inputs.to(self.device)
        if self.plan.augment:
            inputs = self.plan.augment(inputs)
        with self.arithmetic():
            loss = self.loss(self.model(inputs), targets.to(self.device))
        self.optimiser.zero_grad()
        self.scaler.scale(loss * share).backward()  # small float16 gradients are scaled up on their way
        # each loss counts its share of the batch, so the sum over the processes is the mean
        self.group.add_up(*(p.grad for p in self.model.parameters() if p.grad is not None))
        if self.plan.clip is not None:
            self.scaler.unscale_(self.optimiser)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return loss.detach()

    def _scale_rates(self, factor: float) -> None:
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor

    def _record_loss(self, value: float) -> None:
        """The loss is measured before each step, so what the last one did shows in the weights alone."""
        what = None if math.isfinite(value) else f"training loss became {value}"
        if what is None and not _finite(self.model):
            what = "weights became infinite or nan"
        if what:
            raise CourseError(
                f"The {what} in epoch {self.epochs + 1}; try a smaller learning rate, or `clip`."
            )
        self.history["loss"].append(value)

    def validate(self, validation: Pair) -> None:
        """Record loss and score on data that is not trained on; keep the weights if the loss is the lowest so far."""
        with self.arithmetic():
            sums = _totals(self.model, validation, self.loss, self.score, self.plan.batch, self.group)
        means = [value / len(validation[0]) for value in sums]
        self.history.setdefault("val_loss", []).append(means[0])
        if self.score:
            self.history.setdefault("val_score", []).append(means[1])
        if epochs_without_gain(self.history["val_loss"]) == 0:
            self.best = {name: value.clone() for name, value in self.model.state_dict().items()}

    def save(self, path: Path, settings: dict[str, Any]) -> None:
        notes = {"settings": settings, "history": self.history, "scaler": self.scaler.state_dict()}
        save_run(path, self.model, self.optimiser, self.best, notes)

    def load(self, path: Path, settings: dict[str, Any]) -> None:
        notes, self.best = load_run(path, self.model, self.optimiser, settings)
        self.scaler.load_state_dict(notes["scaler"])
        self.history = notes["history"]

    def finish(self) -> None:
        """Give the rates back, and with patience the best weights."""
        if self.plan.schedule:
            self._scale_rates(1.0)
        if self.plan.patience is not None and self.epochs:
            if not self.best:
                raise CourseError(
                    "The validation loss was not finite in any epoch; look for nan in its data, or in `loss`."
                )
            self.model.load_state_dict(self.best)
        self.model.eval()


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _finite(model: nn.Module) -> bool:
    """Whether the weights are numbers, and small enough that their squares can be added up."""
    norms = [torch.linalg.vector_norm(p.detach(), dtype=torch.float32) for p in model.parameters()]
    return bool(torch.isfinite(torch.stack(norms)).all())


@contextlib.contextmanager
def _bar(shown: bool, total: int, done: int) -> Iterator[Any]:
    """A progress bar that counts steps: a widget in a notebook, a line of text elsewhere."""
    from tqdm.auto import tqdm

    with tqdm(total=total, initial=done, disable=not shown, unit="step", mininterval=0.5) as bar:
        yield bar
