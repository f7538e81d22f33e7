"""One small network trained by two processes in five ways, each equal to one process: what lesson 8a shows and runs.

The processes speak through gloo over the loopback, in 64-bit numbers, and count the bytes that they send. They meet
through a file, so no port can be taken already. `Two` starts them; `python -m utils.models.parallel RANK FOLDER` is one.

Shapes: P parameters, B examples. Sources: ZeRO, Rajbhandari et al. 2019, arXiv:1910.02054; tensor parallel, Shoeybi et
al. 2019, arXiv:1909.08053; pipeline, Huang et al. 2018, arXiv:1811.06965.
"""

import atexit
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from utils.errors import CourseError
from utils.files import write_atomically

STEPS = 10  # of each experiment


def network() -> nn.Sequential:
    """32 -> 64 -> 10, in 64 bits."""
    return nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 10)).double()


def with_weights(start: torch.Tensor) -> tuple[nn.Sequential, torch.optim.AdamW]:
    """The network with weights from one vector (P,), and its Adam."""
    net = network()
    vector_to_parameters(start.clone(), net.parameters())
    return net, torch.optim.AdamW(net.parameters(), lr=0.01)


def gradients(net: nn.Module) -> torch.Tensor:
    """All gradients as one vector (P,)."""
    return torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None])


def set_gradients(net: nn.Module, vector: torch.Tensor) -> None:
    """The way back: a vector (P,) into the gradients."""
    sizes = [p.numel() for p in net.parameters()]
    for p, part in zip(net.parameters(), vector.split(sizes), strict=True):
        p.grad = part.view_as(p)


def weights(net: nn.Module) -> torch.Tensor:
    """All weights as one vector (P,)."""
    return parameters_to_vector(net.parameters()).detach()


def one_process(start: torch.Tensor, x: torch.Tensor, y: torch.Tensor, steps: int = STEPS) -> torch.Tensor:
    """The plain loop that everything must equal: the weights (P,) after some steps on x (B, 32), y (B,)."""
    net, adam = with_weights(start)
    for _ in range(steps):
        adam.zero_grad()
        F.cross_entropy(net(x), y).backward()
        adam.step()
    return weights(net)


# ------------------------------------------------------------------------------
# what two processes can say to each other


class Pair:
    """The line between two processes; `sent` counts the bytes that this one has sent."""

    def __init__(self, rank: int) -> None:
        self.rank, self.other, self.sent = rank, 1 - rank, 0

    def send(self, x: torch.Tensor) -> Any:
        """Put x on its way; `wait()` of what comes back returns when it has left."""
        self.sent += x.nbytes
        return dist.isend(x, self.other)

    def receive(self, like: torch.Tensor) -> torch.Tensor:
        """What the other sends, in the shape of `like`."""
        got = torch.empty_like(like)
        dist.recv(got, self.other)
        return got

    def swap(self, x: torch.Tensor) -> torch.Tensor:
        """My numbers for yours."""
        x = x.contiguous()
        on_its_way = self.send(x)
        got = self.receive(x)
        on_its_way.wait()
        return got


def reduce_scatter(pair: Pair, x: torch.Tensor) -> torch.Tensor:
    """x (2, n) in each process -> row `rank` of the sum, (n,)."""
    return x[pair.rank] + pair.swap(x[pair.other])


def all_gather(pair: Pair, mine: torch.Tensor) -> torch.Tensor:
    """mine (n,) in each process -> (2, n), the rows in the order of the processes."""
    both = [mine, pair.swap(mine)]
    return torch.stack(both if pair.rank == 0 else both[::-1])


def all_reduce(pair: Pair, x: torch.Tensor) -> torch.Tensor:
    """The sum over both processes, in the shape of x; an odd number of numbers is padded by one."""
    halves = F.pad(x.flatten(), (0, x.numel() % 2)).view(2, -1)  # any -> (2, n)
    total = all_gather(pair, reduce_scatter(pair, halves))
    return total.flatten()[: x.numel()].view_as(x)


# ------------------------------------------------------------------------------
# five ways to share the work; each takes the task (weights (P,), examples (B, 32), classes (B,))

Task = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def data_parallel(pair: Pair, start: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Ten steps; each process reads its half of the batch, and the gradients are averaged."""
    net, adam = with_weights(start)
    x, y = x.chunk(2)[pair.rank], y.chunk(2)[pair.rank]
    for _ in range(STEPS):
        adam.zero_grad()
        F.cross_entropy(net(x), y).backward()
        set_gradients(net, all_reduce(pair, gradients(net)) / 2)
        adam.step()
    return weights(net)


def zero_1(pair: Pair, start: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, int]:
    """As data parallel, but each process keeps Adam's averages of half the weights, and steps those."""
    net, _ = with_weights(start)
    mine = nn.Parameter(start.chunk(2)[pair.rank].clone())
    adam = torch.optim.AdamW([mine], lr=0.01)
    x, y = x.chunk(2)[pair.rank], y.chunk(2)[pair.rank]
    for _ in range(STEPS):
        net.zero_grad()
        F.cross_entropy(net(x), y).backward()
        mine.grad = reduce_scatter(pair, gradients(net).view(2, -1)) / 2  # (P,) -> (2, P/2) -> (P/2,)
        adam.step()
        vector_to_parameters(all_gather(pair, mine.detach()).flatten(), net.parameters())
    averages = sum(value.numel() for value in adam.state[mine].values() if value.dim())
    return weights(net), averages


class Sum(torch.autograd.Function):
    """The sum over both processes on the way forward; on the way back each gets the sum's gradient as it is."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, pair: Pair) -> torch.Tensor:
        return all_reduce(pair, x)

    @staticmethod
    def backward(ctx: Any, *gradient: torch.Tensor) -> Any:
        return gradient[0], None


def tensor_parallel(pair: Pair, start: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> list[torch.Tensor]:
    """Ten steps; each process has 32 of the 64 hidden units. Returns its parts of the weights."""
    net, _ = with_weights(start)
    W1, b1, W2, b2 = (p.detach() for p in net.parameters())  # (64, 32), (64,), (10, 64), (10,)
    cuts = W1.chunk(2)[pair.rank], b1.chunk(2)[pair.rank], W2.chunk(2, dim=1)[pair.rank], b2
    A1, a1, A2, a2 = parts = [cut.clone().requires_grad_() for cut in cuts]
    adam = torch.optim.AdamW(parts, lr=0.01)
    for _ in range(STEPS):
        adam.zero_grad()
        inner = F.gelu(x @ A1.T + a1)  # (B, 32)
        F.cross_entropy(Sum.apply(inner @ A2.T, pair) + a2, y).backward()
        adam.step()
    return [p.detach().contiguous() for p in parts]


def first_stage(pair: Pair, layer: nn.Module, x: torch.Tensor) -> None:
    """Forward for four micro-batches, then backward with the gradients that come back."""
    outs = [F.gelu(layer(part)) for part in x.chunk(4)]
    on_their_way = [pair.send(out.detach()) for out in outs]
    for out in outs:
        out.backward(pair.receive(out))
    for one in on_their_way:
        one.wait()


def last_stage(pair: Pair, layer: nn.Module, y: torch.Tensor) -> None:
    """Loss and backward of each micro-batch as it arrives."""
    on_their_way = []
    for part in y.chunk(4):
        hidden = pair.receive(torch.empty(len(part), 64).double()).requires_grad_()
        (F.cross_entropy(layer(hidden), part) / 4).backward()
        on_their_way.append((pair.send(hidden.grad), hidden))  # kept alive until it has left
    for one, _ in on_their_way:
        one.wait()


def pipeline(pair: Pair, start: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Ten steps; each process has one layer, and returns that layer's weights."""
    net, _ = with_weights(start)
    layer = net[2 * pair.rank]
    adam = torch.optim.AdamW(layer.parameters(), lr=0.01)
    for _ in range(STEPS):
        adam.zero_grad()
        if pair.rank == 0:
            first_stage(pair, layer, x)
        else:
            last_stage(pair, layer, y)
        adam.step()
    return weights(layer)


def fully_sharded(
    pair: Pair, start: torch.Tensor, x: torch.Tensor, y: torch.Tensor
) -> tuple[torch.Tensor, int]:
    """Ten steps with PyTorch's FSDP2; the weights (P,), and how many of them this process stores."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    net, _ = with_weights(start)
    for part in (net[0], net[2], net):
        fully_shard(part, mesh=init_device_mesh("cpu", (2,)))
    adam = torch.optim.AdamW(net.parameters(), lr=0.01)
    for _ in range(STEPS):
        adam.zero_grad()
        F.cross_entropy(net(x.chunk(2)[pair.rank]), y.chunk(2)[pair.rank]).backward()
        adam.step()
    whole = torch.cat([p.full_tensor().detach().flatten() for p in net.parameters()])
    return whole, sum(p.to_local().numel() for p in net.parameters())


# ------------------------------------------------------------------------------
# time and failures


def timings(
    pair: Pair, sizes: Sequence[int] = (1, 1000, 10_000, 100_000, 300_000, 1_000_000)
) -> list[list[float]]:
    """[bytes, seconds] of an all-reduce of so many numbers of 8 bytes, the median of nine."""
    found = []
    for n in sizes:
        x, took = torch.zeros(n).double(), []
        for _ in range(9):
            began = time.perf_counter()
            all_reduce(pair, x)
            took.append(time.perf_counter() - began)
        found.append([8.0 * n, sorted(took)[4]])
    return found


def straggle(pair: Pair, start: torch.Tensor, pause: float) -> float:
    """Seconds of ten all-reduces when the second process pauses before each."""
    began = time.perf_counter()
    for _ in range(STEPS):
        time.sleep(pause * pair.rank)
        all_reduce(pair, start)
    return time.perf_counter() - began


def save(folder: Path, step: int, net: nn.Module, adam: torch.optim.AdamW) -> None:
    """Weights, Adam's averages and the step in one safetensors file, written beside its place and moved there whole."""
    state = adam.state_dict()["state"]
    tensors = {f"{name} {n}": value for n, values in state.items() for name, value in values.items()}
    save_file(tensors | {"weights": weights(net), "done": torch.tensor(step)}, folder / "new.safetensors")
    os.replace(folder / "new.safetensors", folder / "run.safetensors")


def resume(path: Path, averages: bool = True) -> tuple[nn.Sequential, torch.optim.AdamW, int]:
    """The network, its Adam and the steps done, from a file of `save`; without the averages Adam starts afresh."""
    found = load_file(path)
    net, adam = with_weights(found.pop("weights"))
    done, state = int(found.pop("done")), {n: {} for n in range(4)}  # type: ignore[var-annotated]
    for key, value in found.items():
        name, n = key.split(" ")
        state[int(n)][name] = value
    if averages:
        adam.load_state_dict(adam.state_dict() | {"state": state})
    return net, adam, done


def keep_training(pair: Pair, start: torch.Tensor, x: torch.Tensor, y: torch.Tensor, folder: Path) -> None:
    """Data parallel for a minute or more; the first process saves every ten steps. Ends when the parent is gone."""
    net, adam = with_weights(start)
    x, y = x.chunk(2)[pair.rank], y.chunk(2)[pair.rank]
    parent = os.getppid()
    for step in range(1, 6001):
        adam.zero_grad()
        F.cross_entropy(net(x), y).backward()
        set_gradients(net, all_reduce(pair, gradients(net)) / 2)
        adam.step()
        if pair.rank == 0 and step % 10 == 0:
            save(folder, step, net, adam)
        if os.getppid() != parent:
            return
        time.sleep(0.01)


# ------------------------------------------------------------------------------
# one process, and the two of them


def work(rank: int, folder: Path) -> None:
    """All experiments of one process, results into the folder; then, when asked, it trains until something breaks."""
    os.environ["GLOO_SOCKET_IFNAME"] = {"linux": "lo", "darwin": "lo0"}.get(sys.platform, "")
    torch.set_num_threads(1)
    meeting, patience = (folder / "meeting").as_uri(), timedelta(seconds=120)
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2, timeout=patience)
    given = load_file(folder / "task.safetensors")
    task: Task = (given["start"], given["x"], given["y"])
    pair = Pair(rank)
    results: dict[str, Any] = {}
    report: dict[str, Any] = {"sent": {}}
    for run in (data_parallel, zero_1, tensor_parallel, pipeline, fully_sharded):
        pair.sent = 0
        results[run.__name__] = run(pair, *task)
        report["sent"][run.__name__] = pair.sent
    results["zero_1"], report["averages"] = results["zero_1"]
    results["fully_sharded"], report["stored"] = results["fully_sharded"]
    report["timings"] = timings(pair)
    report["straggle"] = [straggle(pair, task[0], pause) for pause in (0.0, 0.05)]
    _keep(folder, rank, results, report)
    if not sys.stdin.readline():  # it waits for `Two.train`; when the parent is gone, nothing comes
        return
    try:
        keep_training(pair, *task, folder)
    except RuntimeError as error:
        write_atomically(folder / f"end{rank}.txt", f"{type(error).__name__}: {error}")


def _keep(folder: Path, rank: int, results: dict[str, Any], report: dict[str, Any]) -> None:
    """Weights as safetensors, numbers as JSON; the JSON last: when it is there, all is."""
    parts = results.pop("tensor_parallel")
    save_file(
        results | {f"tensor_parallel {n}": part for n, part in enumerate(parts)},
        folder / f"weights{rank}.safetensors",
    )
    write_atomically(folder / f"report{rank}.json", json.dumps(report))


class Two:
    """Two processes at work on a task in a folder; `train` lets them go on from there.

    They end with `stop`, with this process, or when they are killed.
    """

    def __init__(self, folder: Path, start: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> None:
        self.folder, self.killed = folder, set[int]()
        save_file({"start": start, "x": x, "y": y}, folder / "task.safetensors")
        self.processes = [self._start(rank) for rank in (0, 1)]
        atexit.register(self.stop)

    def _start(self, rank: int) -> subprocess.Popen:
        command = [sys.executable, "-m", "utils.models.parallel", str(rank), str(self.folder)]
        quiet = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        with (self.folder / f"errors{rank}.txt").open("wb") as errors:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=errors,
                stderr=errors,
                env=quiet,
                start_new_session=True,  # stopping a cell must not stop them
            )

    def wait_for(self, name: str, seconds: float = 300) -> Path:
        """The file of that name, when it is there; raises CourseError when a process ended without it, or it does not come."""
        until = time.monotonic() + seconds
        while not (self.folder / name).exists():
            living = [rank for rank in (0, 1) if rank not in self.killed]
            ended = any(self.processes[rank].poll() is not None for rank in living)
            if (time.monotonic() > until or ended or not living) and not (self.folder / name).exists():
                self.stop()
                raise CourseError(f"The two processes gave no {name}: {self._complaint()}")
            time.sleep(0.02)
        return self.folder / name

    def _complaint(self) -> str:
        """The last line that either wrote."""
        texts = [(self.folder / f"errors{rank}.txt").read_text(errors="replace") for rank in (0, 1)]
        lines = [text.strip().splitlines()[-1] for text in texts if text.strip()]
        return lines[0] if lines else "they said nothing"

    def train(self) -> None:
        """Let both train on from the start, saving every ten steps, until something breaks."""
        for rank, process in enumerate(self.processes):
            if rank not in self.killed and process.stdin is not None:
                process.stdin.write(b"train\n")
                process.stdin.flush()

    def kill(self, rank: int) -> None:
        """End one of them as a power cut would."""
        self.killed.add(rank)
        process = self.processes[rank]
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def stop(self) -> None:
        """End what still runs."""
        for rank in (0, 1):
            self.kill(rank)
        atexit.unregister(self.stop)


if __name__ == "__main__":
    work(int(sys.argv[1]), Path(sys.argv[2]))
