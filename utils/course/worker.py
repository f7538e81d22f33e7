"""Runs one notebook in a process of its own: ``python -m utils.course.worker`` with a job as JSON on stdin.

Papermill changes the working directory of its process and kernels leave traces in it, hence one process a notebook.
"""

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from utils.course.execute import SOCKET, SOCKET_PATH, cell_error
from utils.errors import CourseError

WIDGET = "application/vnd.jupyter.widget-view+json"


class Cells:
    """Counts the code cells that are started, and notices a cell that asks the kernel to end."""

    def __init__(self) -> None:
        self.started = 0

    def start(self, **_kwargs: Any) -> None:
        self.started += 1

    def end(self, execute_reply: dict, **_kwargs: Any) -> None:
        """`exit()` and `quit()` let a cell end well, and the kernel after it: then the run is over here."""
        payload = execute_reply["content"].get("payload") or []
        if any(part.get("source") == "ask_exit" and not part.get("keepkernel") for part in payload):
            raise CourseError(f"cell {self.started}: exit() or quit() ended the kernel")


def kernel_options(folder: str, cells: Cells) -> dict[str, Any]:
    """Options that let many kernels start at once: sockets in a private folder cannot clash as TCP ports do."""
    from traitlets.config import Config

    config = Config()
    if os.name == "posix" and len(os.fsencode(folder)) + SOCKET <= SOCKET_PATH:
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(Path(folder) / "k")
    return {"config": config, "on_cell_execute": cells.start, "on_cell_executed": cells.end}


def build(job: dict, cells: Cells) -> None:
    """Execute a freshly made notebook and store nothing that changes from run to run."""
    import nbformat
    from nbclient import NotebookClient

    from utils.course.lesson import KERNEL

    notebook = nbformat.reads(job["notebook"], as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook,
            timeout=job["timeout"],
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": job["cwd"]}},
            **kernel_options(folder, cells),
        ).execute()
    notebook.metadata = nbformat.from_dict(KERNEL)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            # a widget is dead without its kernel, and its id is another one in every run
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    Path(job["output"]).write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def run(job: dict, cells: Cells) -> None:
    """Execute a notebook with parameters through papermill."""
    import papermill

    with tempfile.TemporaryDirectory() as folder:
        papermill.execute_notebook(
            _literal(job["input"]),
            _literal(job["output"]),
            parameters=job["parameters"],
            cwd=job["cwd"],
            execution_timeout=job["timeout"],
            progress_bar=False,
            kernel_name="python3",
            **kernel_options(folder, cells),
        )


def _literal(path: str) -> str:
    """A path as papermill wants it, which fills in what stands in braces."""
    return path.replace("{", "{{").replace("}", "}}")


def follow_parent() -> None:
    """End when the process ends that started this one, even if that was killed; a kernel ends with its worker."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def reason(error: Exception, cell: int) -> str:
    """One line that says why a notebook did not finish; `cell` is the number of the code cell that was started last."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    if isinstance(error, DeadKernelError):
        return f"cell {cell}: the kernel was killed (out of memory?), or the code ended it"
    if isinstance(error, CellTimeoutError):
        return "a cell ran over its time limit"
    if isinstance(error, CourseError):
        return str(error)
    name, value = getattr(error, "ename", type(error).__name__), str(getattr(error, "evalue", error))
    return cell_error(getattr(error, "exec_count", None), name, value)


def main() -> int:
    follow_parent()
    job, cells = json.load(sys.stdin), Cells()
    try:
        {"build": build, "run": run}[job["task"]](job, cells)
    except Exception as error:
        Path(job["reason"]).write_text(reason(error, cells.started), encoding="utf-8")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
