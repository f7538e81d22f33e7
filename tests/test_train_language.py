"""What `utils.models.train` has for language models: windows, two optimisers as one, short epochs, several processes."""

import math
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

from utils import data
from utils.models import train
from utils.models.nn import Llama, Shape


def model(seed=0):
    torch.manual_seed(seed)
    return Llama(Shape(8, 16, 1, 2, 1, 8, 32))


def pairs(n=400, context=12):
    chances = np.random.default_rng(3).dirichlet(np.full(8, 0.3), size=(8,))
    return train.windows(torch.from_numpy(data.markov_tokens(n, chances)), context)


def test_windows_are_the_text_and_the_text_one_place_on():
    ids = torch.arange(10)
    x, y = train.windows(ids, 4)
    assert x.tolist() == [list(range(start, start + 4)) for start in range(6)]
    assert torch.equal(y, x + 1)
    assert x.untyped_storage().data_ptr() == ids.untyped_storage().data_ptr()
    x, y = train.windows(ids, 4, stride=4)
    assert x.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    with pytest.raises(ValueError, match="too few for one window"):
        train.windows(torch.arange(4), 4)


def test_the_schedule_rises_stays_and_falls():
    factor = train.warm_up_and_decay(0.2, fall=0.5)
    values = [factor(done) for done in np.linspace(0, 1, 101)]
    assert 0 < values[0] < 0.02
    assert values[10] == pytest.approx(0.5, abs=0.01)
    assert values[20:51] == pytest.approx([1.0] * 31)
    assert values[75] == pytest.approx(0.5)
    assert values[-1] == pytest.approx(0.0)
    assert max(map(train.warm_up_and_decay(), np.linspace(0, 1, 101))) < 1.0001


def test_a_short_epoch_ends_after_its_steps_and_reports_their_mean():
    x, y = pairs()
    net = model()
    history = train.fit(
        net,
        (x, y),
        optimiser=torch.optim.SGD(net.parameters(), lr=0.0),
        epochs=3,
        steps=2,
        batch=10,
        loss=train.token_loss,
        score=None,
        progress=False,
    )
    for epoch, value in enumerate(history["loss"]):
        seen = torch.cat(train.shuffled(len(x), 10, 0, epoch, steps=2))
        assert value == pytest.approx(float(train.token_loss(net(x[seen]), y[seen]).detach()), rel=1e-5)


def test_muon_takes_the_matrices_of_the_blocks():
    net = model()
    together = train.muon(net)
    names = {id(p): name for name, p in net.named_parameters()}
    first, second = ([names[id(p)] for g in o.param_groups for p in g["params"]] for o in together.optimisers)
    assert sorted(first) == sorted(
        n for n, p in net.named_parameters() if n.startswith("blocks.") and p.dim() == 2
    )
    assert sorted(first + second) == sorted(names.values())


def test_a_step_of_muon_is_what_the_lesson_says():
    """The momentum's singular values, pushed near 1 by five rounds, times √(rows/columns) where a matrix grows."""
    weight = torch.nn.Parameter(torch.randn(24, 16, generator=torch.Generator().manual_seed(0)))
    before, grad = weight.detach().clone(), torch.randn(24, 16, generator=torch.Generator().manual_seed(1))
    weight.grad = grad.clone()
    train.Muon([weight], lr=0.02, weight_decay=0.0, momentum=0.95).step()
    moved = (before - weight.detach()) / 0.02 / math.sqrt(24 / 16)
    values = torch.linalg.svdvals(moved)
    assert 0.5 < values.min() < values.max() < 1.3
    u, _, v = torch.linalg.svd(grad, full_matrices=False)
    assert torch.cosine_similarity(moved.flatten(), (u @ v).flatten(), dim=0) > 0.95


@pytest.mark.parametrize("shape", [(24, 16), (16, 24), (16, 16)])
@pytest.mark.parametrize("nesterov", [True, False])
def test_muon_is_the_librarys_but_for_its_16_bits(shape, nesterov):
    """Ten steps with decay end within a fiftieth of the way from the library's, whose rounds are in bfloat16."""
    draw = torch.Generator().manual_seed(0)
    start, grads = torch.randn(shape, generator=draw), torch.randn(10, *shape, generator=draw)
    ours, theirs = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    pair = [
        kind([weight], lr=0.02, weight_decay=0.1, momentum=0.9, nesterov=nesterov)
        for kind, weight in ((train.Muon, ours), (torch.optim.Muon, theirs))
    ]
    for grad in grads:
        for weight, optimiser in zip((ours, theirs), pair, strict=True):
            weight.grad = grad.clone()
            optimiser.step()
    moved = (theirs - start).norm()
    assert 0 < (ours - theirs).norm() < 0.02 * moved
    states = [optimiser.state_dict() for optimiser in pair]
    assert states[0]["param_groups"] == states[1]["param_groups"]
    buffers = [state["state"][0]["momentum_buffer"] for state in states]
    torch.testing.assert_close(*buffers)


def test_orthogonalised_does_to_each_singular_value_what_its_polynomial_does():
    matrix = torch.randn(6, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    u, values, v = torch.linalg.svd(matrix, full_matrices=False)
    values = values / values.norm()
    for _ in range(5):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    torch.testing.assert_close(train.orthogonalised(matrix), u @ torch.diag(values) @ v)
    torch.testing.assert_close(train.orthogonalised(matrix.T), (u @ torch.diag(values) @ v).T)
    assert torch.equal(train.orthogonalised(torch.zeros(2, 3)), torch.zeros(2, 3))


def run(path=None, epochs=4, on_epoch=None):
    net = model()
    options = {"steps": 5, "batch": 16, "loss": train.token_loss, "score": None, "progress": False}
    schedule = train.warm_up_and_decay()
    history = train.fit(
        net, pairs(), pairs(200), optimiser=train.muon(net), epochs=epochs, schedule=schedule,
        checkpoint=path, on_epoch=on_epoch, **options,
    )  # fmt: skip
    return net, history


def test_two_optimisers_resume_exactly(tmp_path):
    class Stop(Exception):
        pass

    def stop(history):
        if len(history["loss"]) == 2:
            raise Stop

    whole, history = run()
    with pytest.raises(Stop):
        run(tmp_path / "run.safetensors", on_epoch=stop)
    resumed, again = run(tmp_path / "run.safetensors")
    assert again == history
    assert history["loss"][-1] < history["loss"][0]
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


SCRIPT = """
    import sys, torch, torch.distributed as dist
    from safetensors.torch import save_file
    sys.path.insert(0, {here!r})
    import test_train_language as t
    from utils.models import train
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    net = t.model(seed=dist.get_rank() if {differ} else 0)
    adam = torch.optim.AdamW(net.parameters(), lr=0.01)
    history = train.fit(net, t.pairs(), t.pairs(200), optimiser=adam, epochs=3, steps=4, batch={batch}, clip=0.5,
                        loss=train.token_loss, score=None, progress=False, checkpoint={folder!r} + "/run.safetensors")
    save_file(dict((k, v.clone()) for k, v in net.state_dict().items()), {folder!r} + f"/rank{{dist.get_rank()}}.safetensors")
    if dist.get_rank() == 0:
        print(*history["loss"], *history["val_loss"])
    dist.destroy_process_group()
"""


def torchrun(folder, processes, batch=18, differ=False):
    folder.mkdir()
    here = os.path.dirname(__file__)
    script = folder / "script.py"
    script.write_text(
        textwrap.dedent(SCRIPT).format(here=here, folder=str(folder), batch=batch, differ=differ)
    )
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    return subprocess.run([*command, str(script)], capture_output=True, text=True, env=environment)


def test_one_two_and_three_processes_reach_the_same_loss_and_weights(tmp_path):
    from safetensors.torch import load_file

    results = {}
    for processes in (1, 2, 3):
        folder = tmp_path / str(processes)
        done = torchrun(folder, processes)
        assert done.returncode == 0, done.stderr[-2000:]
        results[processes] = (
            np.array(done.stdout.split(), dtype=float),
            load_file(folder / "rank0.safetensors"),
        )
        for rank in range(1, processes):
            other = load_file(folder / f"rank{rank}.safetensors")
            assert all(torch.equal(results[processes][1][name], other[name]) for name in other)
        assert (folder / "run.safetensors").is_file()
    for processes in (2, 3):
        assert results[processes][0] == pytest.approx(results[1][0], rel=1e-5)
        for name, value in results[1][1].items():
            assert torch.allclose(results[processes][1][name], value, atol=1e-4), name


def test_a_batch_smaller_than_the_processes_is_refused(tmp_path):
    done = torchrun(tmp_path / "small", 2, batch=1)
    assert done.returncode != 0
    assert "cannot share a batch that is smaller" in done.stderr
