"""Where the runs of a sweep are computed: on this machine, or on a Dask or Ray cluster, all through joblib."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from typing import Any

from utils.course.execute import temporary_place
from utils.errors import CourseError

Config = dict[str, Any]


@contextlib.contextmanager
def backend(name: str, address: str | None, workers: int) -> Iterator[Config]:
    """Options for joblib's `parallel_config`, with the cluster connected for as long as the block lasts."""
    with {"loky": _loky, "dask": _dask, "ray": _ray}[name](address, workers) as config:
        yield config


@contextlib.contextmanager
def _loky(address: str | None, workers: int) -> Iterator[Config]:
    if address:
        raise CourseError("loky runs on this machine and takes no --address; choose --backend dask or ray.")
    # joblib kills its processes at Ctrl-C; what they kept in temporary files goes away with this folder
    with tempfile.TemporaryDirectory(dir=temporary_place(3), ignore_cleanup_errors=True) as scratch:
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = scratch
        try:
            yield {"backend": "loky", "n_jobs": workers}
        finally:
            os.environ.pop("TMPDIR")
            os.environ.update({} if before is None else {"TMPDIR": before})


@contextlib.contextmanager
def _dask(address: str | None, workers: int) -> Iterator[Config]:
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError as error:
        raise CourseError("Dask is not installed; install it with `pip install -e .[cluster]`.") from error
    # a worker with one thread: each run changes directory and starts a process of its own
    with contextlib.ExitStack() as stack:
        target: Any = address
        if address is None:
            options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
            target = stack.enter_context(LocalCluster(**options))
        try:
            stack.enter_context(Client(target, timeout=10))
        except OSError as error:
            raise CourseError(
                f"No Dask scheduler answers at {address}; start one with `dask scheduler`."
            ) from error
        yield {"backend": "dask", "n_jobs": -1}


@contextlib.contextmanager
def _ray(address: str | None, workers: int) -> Iterator[Config]:
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError as error:
        raise CourseError("Ray is not installed; install it with `pip install -e .[cluster]`.") from error
    register_ray()
    # an instance of one's own answers on this machine alone
    own: dict[str, Any] = {"num_cpus": workers, "_node_ip_address": "127.0.0.1"}
    try:
        ray.init(address=address, **({} if address else own), log_to_driver=False)
    except Exception as error:  # Ray raises a bare Exception when a node does not start
        what = f"No Ray cluster answers at {address}" if address else "Ray did not start here"
        raise CourseError(f"{what}; start one with `ray start --head` and name it with --address.") from error
    try:
        yield {"backend": "ray", "n_jobs": workers}
    finally:
        ray.shutdown()
