"""One seed for every library, and algorithms that repeat."""

import itertools
import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from utils import data
from utils.models.train import fit, shuffled
from utils.repro import child_seed, deterministic, numpy_stream, seed_everything, torch_stream

MANY = 2048  # draws of each stream in the tests of independence


def draws(generator):
    """One number of each source of chance."""
    return random.random(), np.random.random(), torch.rand(1).item(), generator.random()  # noqa: NPY002


def test_one_seed_repeats_every_source_of_chance():
    first = draws(seed_everything(3))
    second = draws(seed_everything(3))
    assert first == second
    other = draws(seed_everything(4))
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_the_generator_is_fresh():
    generator = seed_everything(3)
    first = generator.random(100)
    assert (seed_everything(3).random(100) == first).all()


def test_the_default_seed_is_zero():
    assert draws(seed_everything()) == draws(seed_everything(0))


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_the_ends_of_the_range(seed):
    assert draws(seed_everything(seed)) == draws(seed_everything(seed))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_numpy_does_not_take_is_refused_before_anything_changes(seed):
    seed_everything(3)
    expected = draws(np.random.default_rng(3))
    seed_everything(3)
    with pytest.raises(ValueError, match=r"seed must lie between 0 and 2\*\*32 - 1"):
        seed_everything(seed)
    assert draws(np.random.default_rng(3)) == expected


def test_keras_is_seeded_where_it_is_loaded(monkeypatch):
    seeds = []
    utilities = type("utils", (), {"set_random_seed": seeds.append})
    monkeypatch.setitem(sys.modules, "keras", type("keras", (), {"utils": utilities}))
    seed_everything(5)
    seed_everything(5)
    seed_everything(6)
    assert seeds[0] == seeds[1] != seeds[2]


def test_keras_does_not_give_all_libraries_its_own_seed(monkeypatch):
    """`keras.utils.set_random_seed` starts Python, NumPy and torch with one number; ours must have the last word."""

    def set_random_seed(seed):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        torch.manual_seed(seed)

    without = draws(seed_everything(5))
    utilities = type("utils", (), {"set_random_seed": set_random_seed})
    monkeypatch.setitem(sys.modules, "keras", type("keras", (), {"utils": utilities}))
    assert draws(seed_everything(5)) == without


def test_seeding_loads_nothing():
    code = "import sys, utils.repro; utils.repro.seed_everything(1); print('torch' in sys.modules, 'keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


# ------------------------------------------------------------------------------
# streams


def test_a_stream_repeats_and_keeps_its_numbers():
    assert numpy_stream(3, "weights").random() == numpy_stream(np.int64(3), "weights").random()
    assert torch.equal(
        torch.rand(9, generator=torch_stream(3, "masks", 1)),
        torch.rand(9, generator=torch_stream(3, "masks", 1)),
    )
    # these values are stored in notebooks' outputs; another process, machine or version must find them again
    assert child_seed(0, "weights") == 3991162194
    assert child_seed(2**32 - 1, "trial", 7) == 378335861
    assert numpy_stream(0, "data.linear").integers(10**6, size=3).tolist() == [469750, 153632, 204881]


def test_names_and_indices_are_told_apart():
    keys = [("a",), ("b",), ("a", 0), ("a", 0, 0), ("a", 1), ("a0",), ("a", 1, 0), ("a", 0, 1), ("",), ("ä",)]
    seeds = [child_seed(seed, *key) for key in keys for seed in range(200)]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize("number", [-1, 2**32])
def test_numbers_of_more_than_32_bits_are_refused(number):
    for make in (numpy_stream, torch_stream, child_seed):
        with pytest.raises(ValueError, match="seed must lie between 0 and"):
            make(number, "weights")
        with pytest.raises(ValueError, match="an index of a stream must lie between 0 and"):
            make(0, "trial", number)
        with pytest.raises(TypeError):
            make(0.5, "weights")


def flat(sample) -> np.ndarray:
    return np.asarray(sample, dtype=float).ravel()[:MANY]


def masks(seed: int) -> np.ndarray:
    """The uniform numbers that torch draws while `fit` trains, as it would for dropout."""
    seen, model = [], torch.nn.Linear(1, 1)
    still = torch.optim.SGD(model.parameters(), lr=0.0)

    def augment(inputs):
        seen.append(torch.rand(MANY, dtype=torch.double))
        return inputs

    pile = torch.zeros(1, 1), torch.zeros(1, 1)
    loss = torch.nn.functional.mse_loss
    fit(
        model,
        pile,
        optimiser=still,
        epochs=1,
        seed=seed,
        augment=augment,
        loss=loss,
        score=None,
        progress=False,
    )
    return flat(seen[0])


def everything(seed: int) -> dict[str, np.ndarray]:
    """MANY numbers of each source that a lesson draws from."""
    generator = seed_everything(seed)
    x, y = data.linear(MANY, [1.0], noise=1.0, seed=seed)
    return {
        "python": flat([random.random() for _ in range(MANY)]),
        "numpy": flat(np.random.random(MANY)),  # noqa: NPY002
        "torch, which draws weights": flat(torch.randn(MANY, dtype=torch.double)),
        "the generator returned": flat(generator.normal(size=MANY)),
        "a stream for weights": flat(numpy_stream(seed, "weights").normal(size=MANY)),
        "a stream for masks": flat(numpy_stream(seed, "masks").random(MANY)),
        "a stream of torch": flat(
            torch.rand(MANY, generator=torch_stream(seed, "weights"), dtype=torch.double)
        ),
        "linear, x": flat(x),
        "linear, noise": flat(y - x[:, 0]),
        "classes": flat(data.gaussian_classes(MANY, [[0.0]], seed)[0]),
        "dropout in fit": masks(seed),
    }


def ordered(seed: int) -> dict[str, np.ndarray]:
    """Sources of whole numbers, which have values in common by chance."""
    return {
        "tokens": flat(data.markov_tokens(MANY, np.full(64, 1 / 64), seed)),
        **{f"order of epoch {n}": flat(shuffled(MANY, MANY, seed, n)[0]) for n in range(3)},
        "order of digits": flat(data.digits(360, seed).y_train),
    }


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Largest correlation of two samples over all shifts of one against the other, in standard errors (about 4 by chance)."""
    n = min(len(a), len(b))
    a, b = ((v[:n] - v[:n].mean()) / v[:n].std() for v in (a, b))
    shifted = np.fft.irfft(np.fft.rfft(a) * np.conj(np.fft.rfft(b)), n)
    return float(np.abs(shifted).max() / np.sqrt(n))


def shared(a: np.ndarray, b: np.ndarray) -> int:
    """How many values two continuous samples have in common."""
    return len(np.intersect1d(a.round(12), b.round(12)))


def test_the_two_measures_see_a_stream_that_is_used_twice():
    one, other = (np.random.default_rng(3) for _ in range(2))
    other.integers(4, size=100)  # what was drawn before only shifts the numbers
    assert shared(one.normal(size=MANY), other.normal(size=MANY)) > MANY - 200
    torch.manual_seed(3)
    normal = flat(torch.randn(MANY, dtype=torch.double))
    torch.manual_seed(3)
    assert likeness(normal, flat(torch.rand(MANY, dtype=torch.double))) > 15
    assert likeness(normal, np.roll(normal, 70)) == pytest.approx(MANY**0.5)


SEEDS = (0, 1, 2, 42, 2**32 - 1)  # neighbours and the ends among them


def test_no_two_sources_share_a_number():
    """150 of 200 first weights were the data's own noise when each source opened default_rng(seed)."""
    samples = [sample for seed in SEEDS for sample in everything(seed).values()]
    assert len(samples) == 55
    assert all(shared(a, b) == 0 for a, b in itertools.combinations(samples, 2))


def test_no_two_sources_run_alike():
    samples = {(seed, k): v for seed in SEEDS for k, v in (everything(seed) | ordered(seed)).items()}
    alike = {pair: likeness(*map(samples.get, pair)) for pair in itertools.combinations(samples, 2)}
    # 3,160 pairs in up to 2,048 shifts: the largest of 6 million standard normal numbers is about 5.2, hardly ever 6.5
    assert max(alike.values()) < 6.5, max(alike, key=alike.get)


def test_neighbouring_seeds_have_no_trial_in_common():
    """With seed + n for the n-th trial, seeds 0 and 1 had 19 of 20 trials in common."""
    seeds = [child_seed(seed, "trial", n) for seed in range(5) for n in range(20)]
    assert len(set(seeds)) == 100
    trials = [
        (data.gaussian_classes(70, [[0.0]], s)[0][:, 0], numpy_stream(s, "weights").normal(size=70))
        for s in seeds
    ]
    assert len(np.unique(np.array(trials).round(12))) == 2 * 70 * 100


def test_the_first_epoch_is_not_the_order_of_a_bare_generator():
    """default_rng([seed, 0]) is default_rng(seed): a seed's missing words count as zeros."""
    bare = [np.random.default_rng(key).permutation(50).tolist() for key in (3, [3, 0])]
    assert bare[0] == bare[1]
    orders = [torch.cat(shuffled(50, 8, 3, epoch)).tolist() for epoch in (0, 1)]
    assert len({*map(tuple, orders), tuple(bare[0]), tuple(seed_everything(3).permutation(50))}) == 4


@pytest.fixture
def restored():
    """Leave torch as it was."""
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    yield
    torch.use_deterministic_algorithms(before[0])
    torch.backends.cudnn.benchmark = before[1]


@pytest.mark.usefixtures("restored")
def test_deterministic_can_be_switched_on_and_off(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    torch.backends.cudnn.benchmark = True
    deterministic()
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.benchmark
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    # torch has no deterministic version of this one
    with pytest.raises(RuntimeError, match="does not have a deterministic implementation"):
        torch.zeros(4).put_(torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))
    deterministic(False)
    assert not torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.benchmark
    torch.zeros(4).put_(torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))


@pytest.mark.usefixtures("restored")
def test_deterministic_keeps_a_workspace_that_is_set(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    deterministic()
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"
