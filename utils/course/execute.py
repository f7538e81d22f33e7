"""Start workers, watch their time and memory, and end them."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from utils.errors import CourseError
from utils.files import notebook_cells

SAMPLE_SECONDS = 0.2
# Bytes that the path of a socket may have: the system's field for it, less the zero at its end.
SOCKET_PATH = 103 if sys.platform == "darwin" else 107
TEMPORARY = len("/tmp12345678")  # what a temporary folder adds to a path
SOCKET = len("/k-5")


@dataclass
class Result:
    """What became of one notebook. memory is the peak of worker and kernel in bytes, cpu their CPU-seconds."""

    name: str
    status: str = "waiting"
    seconds: float = 0.0
    memory: int = 0
    cpu: float = 0.0
    error: str = ""
    started: float = field(default=0.0, repr=False)

    @property
    def finished(self) -> bool:
        return self.status in ("done", "failed", "interrupted")


def default_workers() -> int:
    """Notebooks at once, when nobody says how many."""
    return max(2, min(8, os.cpu_count() or 2))


def environment(threads: int = 1, **extra: str) -> dict[str, str]:
    """Variables for a kernel: the number of threads, and no trace in the learner's progress record."""
    fixed = {
        **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads)),
        "COURSE_PROGRESS": "off",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    return {**os.environ, **fixed, **extra}


def unfinished(cells: list[dict]) -> str:
    """Why an executed notebook does not count as done, or "": every code cell ran, and none holds an error.

    No exit status says so: papermill takes a cell that calls `sys.exit(0)` for the end of a run that went well.
    """
    code = [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]
    for cell in code:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                return cell_error(cell.get("execution_count"), output["ename"], output["evalue"])
    ran = sum(cell.get("execution_count") is not None for cell in code)
    return "" if ran == len(code) else f"only {ran} of {len(code)} code cells ran"


def cell_error(number: int | None, name: str, value: str) -> str:
    """One line that names the cell in which an error ended a notebook, by its execution count."""
    where = f"cell {number}: " if number else ""
    if name == "SystemExit":
        return f"{where}SystemExit: the code ended the program"
    return f"{where}{name}: {value.strip().splitlines()[0] if value.strip() else ''}"


def temporary_place(levels: int) -> str | None:
    """Where to make temporary folders, `levels` of them in each other, so that a kernel's sockets fit in the innermost.

    None is the usual place. Clusters like to set TMPDIR to a long path; then it is /tmp.
    """
    usual, short = tempfile.gettempdir(), "/tmp"
    long = len(os.fsencode(usual)) + levels * TEMPORARY + SOCKET > SOCKET_PATH
    return short if long and os.path.isdir(short) and os.access(short, os.W_OK | os.X_OK) else None


def execute(job: dict, env: dict[str, str], result: Result, stop: Callable[[], bool]) -> Result:
    """Run one job in a worker process and fill in `result` while it runs; ends it early when `stop()` is true."""
    result.status, result.started = "running", time.perf_counter()
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as messages,
        # whatever worker and kernel keep for a while goes away with this folder, even when they are killed
        tempfile.TemporaryDirectory(dir=temporary_place(2), ignore_cleanup_errors=True) as scratch,
    ):
        # not only on stderr, where a kernel writes too
        reason = Path(scratch) / "reason"
        surroundings = {**env, "TMPDIR": scratch, "JUPYTER_RUNTIME_DIR": scratch}
        process = _start({**job, "reason": str(reason)}, surroundings, messages)
        ended = _watch(process, result, stop)
        messages.seek(0)
        lines = messages.read().strip().splitlines()
        said = reason.read_text(encoding="utf-8") if reason.is_file() else "".join(lines[-1:])
    if ended:
        result.status = "interrupted"
    else:
        result.error = _problem(process.returncode, said, Path(job["output"]))
        result.status = "failed" if result.error else "done"
    return result


def _start(job: dict, env: dict[str, str], messages: IO[str]) -> subprocess.Popen:
    """A worker that has been given its job."""
    process = subprocess.Popen(
        [sys.executable, "-m", "utils.course.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=messages,
        env=env,
        text=True,
        start_new_session=True,  # Ctrl-C reaches the parent alone, which then ends its workers in order
    )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin:
        json.dump(job, process.stdin)
    return process


def _watch(process: subprocess.Popen, result: Result, stop: Callable[[], bool]) -> bool:
    """Wait for a worker and measure it meanwhile; True when it had to be ended before it was through."""
    cpu: dict[int, float] = {}
    ended = False
    try:
        while process.poll() is None and not stop():
            _sample(process.pid, result, cpu)
            time.sleep(SAMPLE_SECONDS)
    finally:
        if process.poll() is None:
            end_tree(process.pid)
            ended = True
        process.wait()
        result.seconds = time.perf_counter() - result.started
    return ended


def _problem(code: int, said: str, output: Path) -> str:
    """Why the notebook of a worker that ended with status `code` does not count as done, or ""."""
    if code != 0:
        return said or f"the worker was killed (exit status {code})"
    try:
        return unfinished(notebook_cells(output))
    except (OSError, CourseError):
        return "the worker left no whole notebook"


def _sample(pid: int, result: Result, cpu: dict[int, float]) -> None:
    """Add one look at the worker and its children: memory now, CPU time so far."""
    memory = 0
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                memory += process.memory_info().rss
                times = process.cpu_times()
                cpu[process.pid] = times.user + times.system
    result.memory = max(result.memory, memory)
    result.cpu = sum(cpu.values())
    result.seconds = time.perf_counter() - result.started


def end_tree(pid: int) -> None:
    """End a worker and its kernel: ask first, then insist."""
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        family = [*parent.children(recursive=True), parent]
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.terminate()
        _, alive = psutil.wait_procs(family, timeout=3)
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.kill()


def execute_all(
    jobs: list[tuple[dict, dict[str, str]]],
    results: list[Result],
    workers: int,
    on_tick: Callable[[], Any] = lambda: None,
    on_done: Callable[[int], Any] = lambda index: None,
) -> bool:
    """Run jobs, `workers` at a time. Returns False when the user pressed Ctrl-C; then running jobs are ended.

    on_tick is called a few times a second, on_done with a job's index when it has ended; both in this thread.
    """
    stop = threading.Event()
    pending: dict[Future, int] = {}
    with ThreadPoolExecutor(workers) as pool:
        try:
            for index, ((job, env), result) in enumerate(zip(jobs, results, strict=True)):
                pending[pool.submit(execute, job, env, result, stop.is_set)] = index
            while pending:
                ended, _ = wait(pending, timeout=SAMPLE_SECONDS, return_when=FIRST_COMPLETED)
                for future in ended:
                    future.result()
                    on_done(pending.pop(future))
                on_tick()
        except KeyboardInterrupt:
            stop.set()
            for future in pending:
                future.cancel()
            wait(pending)
            for future, index in pending.items():
                if not future.cancelled():
                    on_done(index)
            for result in results:
                if result.status == "waiting":
                    result.status = "interrupted"
            on_tick()
            return False
        except BaseException:
            stop.set()
            for future in pending:
                future.cancel()
            raise
    return True
