"""`utils.models.train.fit`: the same as the loop that lesson 3b builds, exact after a kill, and clear about what went wrong."""

import ast
import json
import math
import os
import pickle
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from utils.course import LESSONS
from utils.course.lesson import read
from utils.errors import CourseError
from utils.files import write_atomically
from utils.models.train import Group, accuracy, epochs_without_gain, evaluate, fit, shuffled
from utils.repro import child_seed, numpy_stream


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def examples(n=90, seed=0):
    """Images (n, 6) of three classes that can be learnt."""
    draw = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % 3
    return torch.eye(6)[y] + 0.3 * torch.randn(n, 6, generator=draw), y


def network(dropout=0.0):
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 3))


def adam(model, lr=0.02):
    return torch.optim.AdamW(model.parameters(), lr=lr)


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def noisy(x):
    return x + 0.1 * torch.randn_like(x)


# ------------------------------------------------------------------------------
# the loop


def lesson_loop():
    """The functions of lesson 3b that make up its loop, run as they stand there."""
    wanted = {"shuffled", "one_epoch", "evaluate", "everything", "save_run", "load_run", "train_model"}
    space = {
        "json": json,
        "os": os,
        "np": np,
        "torch": torch,
        "nn": nn,
        "cross_entropy": cross_entropy,
        "Path": Path,
        "child_seed": child_seed,
        "numpy_stream": numpy_stream,
    }
    space |= {"safe_open": safe_open, "save_file": save_file}
    for cell in read(LESSONS / "03b_training.py").code():
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.FunctionDef) and node.name in wanted:
                wanted.discard(node.name)
                exec(ast.unparse(node), space)
    assert not wanted
    return space["train_model"]


@pytest.mark.parametrize("clip", [None, 0.5])
def test_the_lesson_s_loop_and_fit_are_equal(clip, tmp_path):
    """Also when the lesson's loop is interrupted, and started once more after its end."""
    loop = lesson_loop()
    pile, look = examples(), examples(40, seed=1)
    options = {"batch": 16, "seed": 3, "clip": clip}
    theirs = network(0.3)
    theirs_history = fit(theirs, pile, look, optimiser=adam(theirs), epochs=9, progress=False, **options)
    for epochs in (1, 9, 9):
        ours = network(0.3)
        history = loop(ours, adam(ours), pile, look, epochs=epochs, file=tmp_path / "run", **options)
    assert history == theirs_history
    assert same(weights(ours), weights(theirs))


@pytest.mark.parametrize("patience", [1, 2])
def test_fit_stops_early_where_the_lesson_s_exercise_says(patience):
    """Exercise 3b.4 by its own words, on the losses of the lesson's loop, which has no patience."""
    loop = lesson_loop()
    pile, look = examples(40), (examples(40, 1)[0], examples(40, 1)[1].flip(0))
    options = {"batch": 16, "seed": 3}
    endless = network(0.3)
    whole = loop(endless, adam(endless), pile, look, epochs=12, **options)
    losses = whole["val_loss"]
    kept = next(n for n in range(1, 12) if min(losses[n : n + patience]) >= min(losses[:n]) == losses[n - 1])
    stopped, best = network(0.3), network(0.3)
    history = fit(
        stopped, pile, look, optimiser=adam(stopped), epochs=12, patience=patience, progress=False, **options
    )
    loop(best, adam(best), pile, look, epochs=kept, **options)
    assert kept + patience < 12
    assert history == {name: values[: kept + patience] for name, values in whole.items()}
    assert same(weights(stopped), weights(best))


def test_an_epoch_visits_every_example_once_in_an_order_of_its_own():
    first, again, other, third = (
        torch.cat(shuffled(50, 8, *key)) for key in [(0, 0), (0, 0), (0, 1), (1, 0)]
    )
    assert sorted(first.tolist()) == list(range(50))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, third)
    assert [len(pick) for pick in shuffled(50, 8, 0, 0)] == [8] * 6 + [2]


def test_learns_and_reports_what_it_did():
    model = network()
    history = fit(
        model, examples(), examples(40, 1), optimiser=adam(model), epochs=20, batch=16, progress=False
    )
    assert set(history) == {"loss", "val_loss", "val_score"}
    assert all(len(values) == 20 for values in history.values())
    assert history["loss"][-1] < 0.2 < history["loss"][0]
    assert history["val_score"][-1] > 0.95
    assert not model.training
    assert evaluate(model, examples(40, 1), batch=16) == (history["val_loss"][-1], history["val_score"][-1])


def test_training_loss_is_the_mean_over_examples_not_batches():
    model = network()
    pile = examples(10)
    start = evaluate(model, pile)[0]
    still = torch.optim.SGD(model.parameters(), lr=0.0)
    history = fit(model, pile, optimiser=still, epochs=1, batch=7, progress=False)
    assert history == {"loss": [pytest.approx(start, rel=1e-5)]}


def test_evaluate_weighs_examples_equally_and_leaves_the_mode():
    model = network(0.9)
    pile = examples(10)
    model.eval()
    outputs = model(pile[0])
    wanted = cross_entropy(outputs, pile[1]).item(), accuracy(outputs, pile[1]).item()
    for training in (True, False):
        model.train(training)
        assert evaluate(model, pile, batch=7) == pytest.approx(wanted, rel=1e-5)
        assert model.training is training


def test_sequences_and_regression():
    x = torch.rand(30, 4, 5)
    model = nn.Linear(5, 7)
    y = torch.randint(7, (30, 4), generator=torch.Generator().manual_seed(0))

    def loss(outputs, targets):
        return cross_entropy(outputs.flatten(0, 1), targets.flatten())

    history = fit(model, (x, y), (x, y), optimiser=adam(model), epochs=2, loss=loss, progress=False)
    assert 0 <= history["val_score"][-1] <= 1
    line = nn.Linear(5, 1)
    pile = x[:, 0], x[:, 0].sum(1, keepdim=True)
    history = fit(
        line, pile, pile, optimiser=adam(line), epochs=60, loss=mse_loss, score=None, progress=False
    )
    assert set(history) == {"loss", "val_loss"}
    assert history["val_loss"][-1] < history["val_loss"][0] / 10


def test_clip_limits_the_common_length_of_the_gradients():
    model = network()
    seen = []
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    sgd.register_step_pre_hook(
        lambda *_: seen.append(math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters())))
    )
    fit(model, examples(), optimiser=sgd, epochs=2, batch=16, clip=0.05, progress=False)
    assert max(seen) == pytest.approx(0.05, rel=1e-3)


def test_schedule_sees_the_whole_run_and_gives_the_rate_back():
    model, asked, used = network(), [], []
    sgd = torch.optim.SGD(
        [{"params": model[0].parameters()}, {"params": model[3].parameters(), "lr": 0.5}], lr=0.1
    )
    sgd.register_step_pre_hook(lambda *_: used.append([group["lr"] for group in sgd.param_groups]))

    def halve(done):
        asked.append(done)
        return 1 - done / 2

    fit(model, examples(64), optimiser=sgd, epochs=2, batch=16, schedule=halve, progress=False)
    assert asked == [n / 8 for n in range(8)]
    assert used == [[pytest.approx(0.1 * (1 - a / 2)), pytest.approx(0.5 * (1 - a / 2))] for a in asked]
    assert [group["lr"] for group in sgd.param_groups] == [0.1, 0.5]


def test_augmentation_touches_training_alone():
    model, calls = network(), []

    def blank(x):
        calls.append(len(x))
        return torch.zeros_like(x)

    pile = examples()
    before = model[0].weight.clone()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, pile, pile, optimiser=sgd, epochs=2, batch=40, augment=blank, progress=False)
    assert calls == [40, 40, 10] * 2
    # blank inputs carry no gradient to the first weights
    assert torch.equal(model[0].weight, before)


def test_early_stopping_goes_back_to_the_best_weights():
    pile, look = (
        examples(30),
        (examples(30)[0], torch.randint(3, (30,), generator=torch.Generator().manual_seed(1))),
    )
    model, kept = network(), []
    history = fit(
        model,
        pile,
        look,
        optimiser=adam(model),
        epochs=100,
        batch=8,
        patience=3,
        progress=False,
        on_epoch=lambda _: kept.append(weights(model)),
    )
    best = int(np.argmin(history["val_loss"]))
    assert len(history["loss"]) == best + 4 < 100
    assert same(weights(model), kept[best])
    assert not same(weights(model), kept[-1])


def test_patience_without_validation_is_refused():
    model = network()
    with pytest.raises(ValueError, match="needs a validation set"):
        fit(model, examples(), optimiser=adam(model), epochs=1, patience=1)


def test_a_loss_that_is_no_number_ends_the_run_and_spares_the_checkpoint(tmp_path):
    file, model = tmp_path / "run.safetensors", network()

    def poisoned(x):
        return x * (math.nan if file.exists() else 1)

    with pytest.raises(CourseError, match=r"became nan in epoch 2; try a smaller learning rate, or `clip`"):
        fit(
            model,
            examples(),
            optimiser=adam(model),
            epochs=5,
            augment=poisoned,
            checkpoint=file,
            progress=False,
        )
    resumed = network()
    options = {"epochs": 1, "augment": poisoned, "checkpoint": file, "progress": False}
    history = fit(resumed, examples(), optimiser=adam(resumed), **options)
    assert len(history["loss"]) == 1
    assert all(value.isfinite().all() for value in weights(resumed).values())


def root_of_square(outputs, targets):
    return mse_loss(outputs, targets).sqrt()  # its slope at 0 is nan


def at_zero(rate=0.1):
    """A weight of 0, data that it fits exactly, and steps of plain SGD."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    return model, (torch.ones(8, 1), torch.zeros(8, 1)), torch.optim.SGD(model.parameters(), lr=rate)


@pytest.mark.parametrize("epochs", [1, 2])
def test_nan_in_the_last_step_spoilt_the_checkpoint(epochs, tmp_path):
    model, pile, sgd = at_zero()
    options = {"loss": root_of_square, "score": None, "progress": False, "checkpoint": tmp_path / "run"}
    with pytest.raises(CourseError, match="weights became infinite or nan in epoch 1; try a smaller"):
        fit(model, pile, optimiser=sgd, epochs=epochs, **options)
    assert not (tmp_path / "run").exists()


def test_weights_too_large_to_go_on_are_not_stored(tmp_path):
    model, (x, _), sgd = at_zero(rate=3e38)
    options = {"loss": mse_loss, "score": None, "progress": False, "checkpoint": tmp_path / "run"}
    with pytest.raises(CourseError, match="weights became infinite or nan"):
        fit(model, (x, x), optimiser=sgd, epochs=1, **options)
    assert not (tmp_path / "run").exists()


def judged(values):
    """A loss that gives these numbers on validation, one an epoch, and a true one in training."""
    rest = iter(values)

    def loss(outputs, targets):
        return cross_entropy(outputs, targets) if outputs.requires_grad else torch.tensor(next(rest))

    return loss


@pytest.mark.parametrize(
    ("values", "best", "ran"),
    [([math.nan, 1.0, 2.0, 3.0, 0.5], 1, 4), ([1.0, math.nan, 0.5, 0.7, 0.6], 2, 5),
     ([math.inf, 1.0, 1.0, 1.0, 0.5], 1, 4), ([math.nan, math.nan, 1.0, 2.0, 3.0], 2, 5)],
)  # fmt: skip
def test_nan_as_first_validation_loss_counted_as_the_best(values, best, ran):
    model, kept = network(), []
    history = fit(
        model, examples(), examples(40), optimiser=adam(model), epochs=5, patience=2 if best == 1 else 3, batch=64,
        loss=judged(values), on_epoch=lambda _: kept.append(weights(model)), progress=False,
    )  # fmt: skip
    assert len(history["loss"]) == ran
    assert same(weights(model), kept[best])


def test_a_validation_loss_that_never_is_a_number_is_told():
    model = network()
    options = {"loss": judged([math.nan] * 9), "progress": False, "patience": 2, "batch": 64}
    with pytest.raises(CourseError, match="was not finite in any epoch"):
        fit(model, examples(), examples(40), optimiser=adam(model), epochs=9, **options)


@pytest.mark.parametrize("name", ["patience", "batch", "steps"])
def test_patience_0_meant_never(name):
    model = network()
    with pytest.raises(ValueError, match=f"{name} must be 1 or more, not 0"):
        fit(model, examples(), examples(), optimiser=adam(model), epochs=1, **{name: 0})
    with pytest.raises(TypeError, match="patients"):
        fit(model, examples(), examples(), optimiser=adam(model), epochs=1, patients=1)


def test_validation_ran_in_32_bits_while_training_ran_in_16():
    model, kinds = network(), []

    def loss(outputs, targets):
        kinds.append((model.training, outputs.dtype))
        return cross_entropy(outputs, targets)

    fit(
        model,
        examples(),
        examples(40),
        optimiser=adam(model),
        epochs=1,
        loss=loss,
        mixed=True,
        progress=False,
    )
    assert set(kinds) == {(True, torch.bfloat16), (False, torch.bfloat16)}


def test_a_few_batches_put_all_examples_in_order():
    """100 million windows and one batch of them: in order, they would take 800 MB and 5 s."""
    (pick,) = shuffled(100_000_000, 64, seed=0, epoch=0, steps=1)
    assert len(set(pick.tolist())) == 64
    assert 0 <= min(pick) < 20_000_000 < 80_000_000 < max(pick) < 100_000_000
    few = shuffled(50, 8, 0, 0, steps=3)
    assert [len(part) for part in few] == [8, 8, 8]
    assert len(set(torch.cat(few).tolist())) == 24
    assert not torch.equal(few[0], shuffled(50, 8, 0, 1, steps=3)[0])
    assert torch.equal(torch.cat(shuffled(50, 8, 3, 1, steps=99)), torch.cat(shuffled(50, 8, 3, 1)))


def test_epochs_without_gain_counts_from_the_first_lowest():
    assert epochs_without_gain([]) == 0
    assert epochs_without_gain([2.0]) == 0
    assert epochs_without_gain([2.0, 1.0, 1.0, 3.0]) == 2
    assert epochs_without_gain([math.nan]) == 1
    assert epochs_without_gain([math.nan, 5.0, math.nan]) == 1


def test_one_process_is_a_group_of_its_own():
    alone, second = Group.present(), Group(rank=1, size=3)
    pick, total = torch.arange(7), torch.tensor(4.0)
    assert alone == Group(0, 1)
    assert torch.equal(alone.share(pick), pick)
    assert second.share(pick).tolist() == [3, 4]
    alone.add_up(total)
    assert total == 4.0


def test_the_bar_is_shown_only_when_asked(capsys):
    for progress in (False, True):
        model = network()
        fit(model, examples(), optimiser=adam(model), epochs=2, progress=progress)
        said = capsys.readouterr()
        assert ("4/4" in said.err) is progress
        assert said.out == ""


def test_mixed_precision_multiplies_in_16_bits_and_keeps_32():
    model, kinds = network(), []

    def loss(outputs, targets):
        kinds.append(outputs.dtype)
        return cross_entropy(outputs, targets)

    history = fit(model, examples(), optimiser=adam(model), epochs=15, loss=loss, mixed=True, progress=False)
    assert set(kinds) == {torch.bfloat16}
    assert {value.dtype for value in model.state_dict().values()} == {torch.float32}
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    kinds.clear()
    fit(model, examples(), optimiser=adam(model), epochs=1, loss=loss, progress=False)
    assert set(kinds) == {torch.float32}


# ------------------------------------------------------------------------------
# checkpoints

OPTIMISERS = {
    "AdamW": adam,
    "momentum": lambda model: torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
    "plain SGD": lambda model: torch.optim.SGD(model.parameters(), lr=0.05),
}


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("patience", [None, 4])
def test_a_run_in_two_parts_equals_one(name, patience, tmp_path):
    options = {"batch": 16, "augment": noisy, "clip": 1.0, "patience": patience, "progress": False}
    whole = network(0.3)
    history = fit(whole, examples(), examples(40, 1), optimiser=OPTIMISERS[name](whole), epochs=6, **options)
    file = tmp_path / "run.safetensors"
    for epochs in (1, 4, 6):
        part = network(0.3)
        torch.rand(epochs)  # what the process drew before must not matter
        stepper = OPTIMISERS[name](part)
        parts = fit(
            part, examples(), examples(40, 1), optimiser=stepper, epochs=epochs, checkpoint=file, **options
        )
    assert parts == history
    assert same(weights(part), weights(whole))


def test_a_schedule_survives_too(tmp_path):
    options = {"epochs": 4, "batch": 16, "schedule": lambda done: 1 - done, "progress": False}
    whole, broken, resumed = network(), network(), network()
    fit(whole, examples(), optimiser=adam(whole), **options)
    file = tmp_path / "run.safetensors"

    def stop(history):
        if len(history["loss"]) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(broken, examples(), optimiser=adam(broken), checkpoint=file, on_epoch=stop, **options)
    fit(resumed, examples(), optimiser=adam(resumed), checkpoint=file, **options)
    assert same(weights(resumed), weights(whole))
    with pytest.raises(CourseError, match="epochs = 4, not 9"):
        fit(network(), examples(), optimiser=adam(network()), checkpoint=file, **{**options, "epochs": 9})


def test_a_run_that_stopped_early_stays_stopped(tmp_path):
    pile, look = (
        examples(30),
        (examples(30)[0], torch.randint(3, (30,), generator=torch.Generator().manual_seed(1))),
    )
    ends = []
    for _ in range(2):
        model = network()
        options = {
            "epochs": 100,
            "batch": 8,
            "patience": 3,
            "checkpoint": tmp_path / "run",
            "progress": False,
        }
        ends.append((fit(model, pile, look, optimiser=adam(model), **options), weights(model)))
    assert ends[0][0] == ends[1][0]
    assert same(ends[0][1], ends[1][1])


PROGRAM = """
    import os, sys
    import torch
    from torch.nn.functional import cross_entropy
    sys.path.insert(0, {tests!r})
    from test_train import adam, examples, network, noisy
    from utils.models.train import fit

    def wait():
        print("now", flush=True)
        sys.stdin.read()

    steps, replaced, replace = 0, 0, os.replace

    def loss(outputs, targets):
        global steps
        steps += model.training
        if {where!r} == "step" and steps == {count}:
            wait()
        return cross_entropy(outputs, targets)

    def slow_replace(*paths):
        global replaced
        replaced += 1
        if {where!r} == "write" and replaced == {count}:
            wait()
        replace(*paths)

    os.replace = slow_replace
    model = network(0.3)
    fit(
        model, examples(), examples(40, 1), optimiser=adam(model), epochs=5, batch=16, loss=loss, augment=noisy,
        patience=5, checkpoint="run.safetensors", progress=False,
    )
    from safetensors.torch import save_file
    save_file(model.state_dict(), "end.safetensors")
"""


def start(folder, where="", count=0):
    folder.mkdir(exist_ok=True)
    program = textwrap.dedent(PROGRAM).format(tests=str(Path(__file__).parent), where=where, count=count)
    (folder / "program.py").write_text(program)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "program.py"], cwd=folder, env=environment, **pipes)


def finish(child):
    child.communicate()
    assert child.returncode == 0


def test_killed_in_the_middle_and_resumed_equals_an_uninterrupted_run(tmp_path):
    """SIGKILL in the middle of the fourth epoch, and while the third checkpoint is being written."""
    kills = {"middle": ("step", 21), "write": ("write", 3)}
    finish(start(tmp_path / "whole"))
    wanted = load_file(tmp_path / "whole" / "end.safetensors")
    for name, (where, count) in kills.items():
        with start(tmp_path / name, where, count) as child:
            assert child.stdout.readline() == "now\n", name
            child.kill()
        assert child.returncode == (1 if os.name == "nt" else -9)
        assert not (tmp_path / name / "end.safetensors").exists()
        assert (tmp_path / name / "run.safetensors").exists()
        assert any((tmp_path / name).glob("run.safetensors.*.part")) == (name == "write")
        finish(start(tmp_path / name))
        assert same(load_file(tmp_path / name / "end.safetensors"), wanted), name


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    file, model = tmp_path / "new" / "run.safetensors", network()
    fit(model, examples(), optimiser=adam(model), epochs=1, checkpoint=file, progress=False)
    before = file.read_bytes()

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match=r"could not be written \(No space left on device\); make room"):
        fit(network(), examples(), optimiser=adam(model), epochs=2, checkpoint=file, progress=False)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_two_processes_with_one_checkpoint_took_each_other_s_half_file(tmp_path):
    """With one name for the half file, 7 to 32 of 40 writes ended in FileNotFoundError."""
    file, contents = tmp_path / "run.safetensors", [bytes([n]) * 200_000 for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: write_atomically(file, contents[n % 4]), range(80)))
    assert file.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [file]


def test_a_checkpoint_holds_numbers_and_text_alone(tmp_path, monkeypatch):
    def forbidden(*_args, **_options):
        raise AssertionError("pickle was used")

    for name in ("load", "loads", "dump", "dumps", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, forbidden)
    file, model = tmp_path / "run.safetensors", network()
    for epochs in (1, 2):
        fit(model, examples(), optimiser=adam(model), epochs=epochs, checkpoint=file, progress=False)
    with safe_open(file, framework="pt") as stored:
        assert len(json.loads(stored.metadata()["run"])["history"]["loss"]) == 2


def test_tied_weights_are_kept_tied(tmp_path):
    def tied():
        torch.manual_seed(2)
        model = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6))
        model[2].weight = model[0].weight
        return model

    file = tmp_path / "run.safetensors"
    whole, part = tied(), tied()
    fit(whole, examples(), optimiser=adam(whole), epochs=3, progress=False)
    fit(part, examples(), optimiser=adam(part), epochs=1, checkpoint=file, progress=False)
    resumed = tied()
    fit(resumed, examples(), optimiser=adam(resumed), epochs=3, checkpoint=file, progress=False)
    assert same(weights(resumed), weights(whole))
    assert resumed[2].weight is resumed[0].weight


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 1}, "seed = 0, not 1"),
        ({"batch": 8}, "batch = 64, not 8"),
        ({"clip": 1.0}, "clip = None, not 1.0"),
        ({"train": examples(60)}, "examples = 90, not 60"),
        ({"optimiser": "momentum"}, "optimiser = AdamW, not SGD"),
        ({"augment": noisy}, "augment = None, not noisy"),
        ({"loss": mse_loss}, "loss = token_loss, not mse_loss"),
        ({"mixed": True}, "arithmetic = float32, not bfloat16"),
        ({"schedule": lambda done: 1.0}, r"schedule = None, not \[1.0, .*\]"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(change, says, tmp_path):
    file, model = tmp_path / "run.safetensors", network()
    fit(model, examples(), optimiser=adam(model), epochs=1, checkpoint=file, progress=False)
    change = dict(change)
    pile, stepper = change.pop("train", examples()), OPTIMISERS[change.pop("optimiser", "AdamW")]
    other = network()
    with pytest.raises(CourseError, match=f"belongs to a run with {says}; give this run another checkpoint"):
        fit(other, pile, optimiser=stepper(other), epochs=2, checkpoint=file, progress=False, **change)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"lr": 0.0}, "lr = 0.02, not 0.0"), ({"weight_decay": 0.5}, "weight_decay = 0.01, not 0.5"),
     ({"betas": (0.8, 0.9)}, r"betas = \[0.9, 0.999\], not \[0.8, 0.9\]")],
)  # fmt: skip
@pytest.mark.parametrize("schedule", [None, lambda done: 1 - done])
def test_a_resumed_run_trained_with_the_old_rate_and_showed_the_new_one(change, says, schedule, tmp_path):
    options = {"epochs": 2, "schedule": schedule, "checkpoint": tmp_path / "run", "progress": False}
    model = network()
    fit(model, examples(), optimiser=adam(model), **options)
    other = network()
    stepper = torch.optim.AdamW(other.parameters(), **{"lr": 0.02, **change})
    with pytest.raises(CourseError, match=f"belongs to a run with {says}"):
        fit(other, examples(), optimiser=stepper, **options)
    # how an optimiser computes may change: another machine may have other kernels
    same_numbers = torch.optim.AdamW(other.parameters(), lr=0.02, foreach=False)
    fit(other, examples(), optimiser=same_numbers, **options)


def test_more_epochs_and_another_patience_are_no_other_run(tmp_path):
    options = {"checkpoint": tmp_path / "run", "progress": False}
    for epochs, patience in [(1, 1), (3, 2), (4, None)]:
        model = network()
        history = fit(
            model, examples(), examples(40, 1), optimiser=adam(model), epochs=epochs, patience=patience, **options
        )  # fmt: skip
    assert len(history["loss"]) == 4


def test_a_rate_changed_by_hand_goes_on_after_a_break(tmp_path):
    def run(epochs, **options):
        model, rates = network(), []
        stepper = adam(model)
        stepper.register_step_pre_hook(lambda *_: rates.append(stepper.param_groups[0]["lr"]))

        def halve(_history):
            stepper.param_groups[0]["lr"] /= 2

        options = {"batch": 90, "on_epoch": halve, "progress": False, **options}
        fit(model, examples(), optimiser=stepper, epochs=epochs, **options)
        return rates

    assert run(3) == [0.02, 0.01, 0.005]
    run(2, checkpoint=tmp_path / "run")
    # the file is written before `on_epoch` is called, so the second halving is the next process's to make
    assert run(3, checkpoint=tmp_path / "run") == [0.01]


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    file, model = tmp_path / "run.safetensors", network()
    fit(model, examples(), optimiser=adam(model), epochs=1, checkpoint=file, progress=False)
    other = nn.Linear(6, 3)
    with pytest.raises(CourseError, match="belongs to another model"):
        fit(other, examples(), optimiser=adam(other), epochs=2, checkpoint=file, progress=False)


def test_a_damaged_checkpoint_is_named(tmp_path):
    file, model = tmp_path / "run.safetensors", network()
    fit(model, examples(), optimiser=adam(model), epochs=1, checkpoint=file, progress=False)
    whole = file.read_bytes()
    save_file(weights(model), tmp_path / "plain")
    foreign = (tmp_path / "plain").read_bytes()
    for content in (b"", whole[:100], whole[:-1], pickle.dumps({"model": 1}), foreign):
        file.write_bytes(content)
        with pytest.raises(CourseError, match=r"run\.safetensors is not a whole checkpoint; remove it"):
            fit(model, examples(), optimiser=adam(model), epochs=2, checkpoint=file, progress=False)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_on_a_gpu_with_mixed_precision_and_exact_resume(tmp_path):
    def run(epochs, **options):
        model = network(0.3).cuda()
        history = fit(
            model,
            examples(),
            examples(40, 1),
            optimiser=adam(model),
            epochs=epochs,
            progress=False,
            **options,
        )
        return history, weights(model)

    history, whole = run(8)
    assert history["loss"][-1] < history["loss"][0]
    run(3, checkpoint=tmp_path / "run")
    assert same(run(8, checkpoint=tmp_path / "run")[1], whole)
