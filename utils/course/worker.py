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

WIDGET = "application/vnd.jupyter.widget-view+json"


def kernel_options(folder: str) -> dict[str, Any]:
    """Options that let many kernels start at once: sockets in a private folder cannot clash as TCP ports do."""
    from traitlets.config import Config

    config = Config()
    if os.name == "posix":
        config.KernelManager.transport = "ipc"
        config.KernelManager.ip = str(Path(folder) / "k")
    return {"config": config}


def build(job: dict) -> None:
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
            **kernel_options(folder),
        ).execute()
    notebook.metadata = nbformat.from_dict(KERNEL)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            # a widget is dead without its kernel, and its id is another one in every run
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    Path(job["output"]).write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def run(job: dict) -> None:
    """Execute a notebook with parameters through papermill."""
    import papermill

    with tempfile.TemporaryDirectory() as folder:
        papermill.execute_notebook(
            job["input"],
            job["output"],
            parameters=job["parameters"],
            cwd=job["cwd"],
            execution_timeout=job["timeout"],
            progress_bar=False,
            kernel_name="python3",
            **kernel_options(folder),
        )


def follow_parent() -> None:
    """End when the process ends that started this one, even if that was killed; a kernel ends with its worker."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def reason(error: BaseException) -> str:
    """One line that says why a notebook did not finish."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    if isinstance(error, DeadKernelError):
        return "the kernel was killed (out of memory?)"
    if isinstance(error, CellTimeoutError):
        return "a cell ran over its time limit"
    name, value = (
        getattr(error, "ename", type(error).__name__),
        str(getattr(error, "evalue", error)),
    )
    count = getattr(error, "exec_count", None)
    where = f"cell {count}: " if count else ""
    return f"{where}{name}: {value.strip().splitlines()[0] if value.strip() else ''}"


def main() -> int:
    follow_parent()
    job = json.load(sys.stdin)
    try:
        {"build": build, "run": run}[job["task"]](job)
    except Exception as error:
        print(reason(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
