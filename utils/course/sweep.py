"""`course sweep`: one lesson with every combination of values; metrics in one CSV and one picture."""

import contextlib
import csv
import hashlib
import io
import itertools
import json
import os
import re
import secrets
import shutil
import warnings
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from utils import params
from utils.course.backends import Config, backend
from utils.course.execute import Result, environment, execute, unfinished
from utils.course.run import job, lesson_path, split_option
from utils.errors import CourseError
from utils.files import notebook_cells, write_atomically

BACKENDS = ("loky", "dask", "ray")
# One of several values: a text in double quotes, of which a doubled one stands for itself, or whatever stands before
# the next comma outside brackets.
VALUE = re.compile(
    r'\s*(?:"(?P<quoted>(?:[^"]|"")*)"\s*(?=,|$)|(?P<plain>(?:\[[^\]]*\]|[^,])*))(?P<comma>,|$)'
)


def grid(path: Path, options: list[str]) -> list[dict[str, Any]]:
    """Every combination of the values in options "name=a,b,c".

    A list is one value when in brackets, and so is a text with commas when in double quotes: name=[1,2],[3] and
    name="a,b",c have two values each.
    """
    known = params.of_notebook(path)
    values: dict[str, list[Any]] = {}
    for option in options:
        name, text = split_option(option)
        params.check_names({name: text}, known, path.stem)
        if name in values:
            raise CourseError(f"Parameter {name!r} is given twice; write its values as {name}=a,b.")
        values[name] = [known[name].read(part) for part in _parts(name, text)]
        if len({json.dumps(value) for value in values[name]}) < len(values[name]):
            raise CourseError(f"Parameter {name!r} lists a value twice.")
    if not values:
        raise CourseError("A sweep needs at least one parameter with its values, such as -p lr=0.1,0.01.")
    return [
        dict(zip(values, combination, strict=True)) for combination in itertools.product(*values.values())
    ]


def _parts(name: str, text: str) -> list[str]:
    """Split at the commas outside brackets and double quotes."""
    parts, end, more = [], 0, True
    while more:
        found = VALUE.match(text, end)
        assert found, "it takes any text"
        quoted, plain = found["quoted"], found["plain"]
        if quoted is None and plain.lstrip().startswith('"'):
            raise CourseError(
                f"{name} begins a value with a double quote and does not end it with one; "
                f'write {name}="a, b",c, and a double quote inside twice.'
            )
        parts.append(plain.strip() if quoted is None else quoted.replace('""', '"'))
        end, more = found.end(), bool(found["comma"])
    return parts


def run_key(path: Path, parameters: dict[str, Any]) -> str:
    """Name of a run's files: it changes with the lesson's text and with the parameters."""
    sources = ["".join(cell["source"]) for cell in notebook_cells(path)]
    text = json.dumps([sources, parameters], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def metrics(path: Path) -> dict[str, float]:
    """What a notebook reported through `metric`; the last value of each name."""
    found = {}
    for cell in notebook_cells(path):
        for output in cell.get("outputs", []):
            record = output.get("metadata", {}).get("cornerstone_metric")
            if record:
                found[record["name"]] = record["value"]
    return found


def one_run(task: dict) -> dict:
    """Run one combination in a worker process, and store notebook and result; runs on any machine of a cluster.

    The notebook moves to its place before the result does: a stored result means a whole notebook.
    """
    target = Path(task["folder"]) / f"{task['key']}.ipynb"
    part = Path(task["running"]) / target.name
    result = Result(task["key"])
    parent, helping = os.getppid(), os.getpid() != task["sweep"]

    def orphaned() -> bool:
        """Whether the sweep itself was killed, and nobody waits for this run."""
        return helping and os.getppid() != parent

    try:
        execute(
            job(Path(task["path"]), part, task["parameters"], task["timeout"]),
            environment(task["threads"]),
            result,
            stop=orphaned,
        )
        if part.exists():
            os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    record = {**asdict(result), "parameters": task["parameters"], "metrics": {}}
    if result.status == "done":
        record["metrics"] = metrics(target)
        write_atomically(target.with_suffix(".json"), json.dumps(record))
    if orphaned():
        with contextlib.suppress(OSError):
            part.parent.rmdir()
        os._exit(1)
    return record


def sweep(
    name: str,
    options: list[str],
    *,
    out: Path,
    backend_name: str,
    address: str | None,
    workers: int,
    threads: int,
    timeout: int,
    solutions: bool,
    console: Console,
) -> int:
    """Run what is not done yet, then write metrics.csv and metrics.png; exit status 1 when a run failed."""
    path = lesson_path(name, solutions)
    combinations = grid(path, options)
    new = _is_new(out, path.stem)
    folder = (out / "runs").absolute()
    keys = [run_key(path, combination) for combination in combinations]
    records = stored(folder, keys)
    running = folder / f".running-{secrets.token_hex(4)}"
    shared = {"folder": str(folder), "path": str(path), "timeout": timeout, "threads": threads}
    shared |= {"sweep": os.getpid(), "running": str(running)}
    pairs = zip(keys, combinations, strict=True)
    tasks = [{**shared, "key": key, "parameters": values} for key, values in pairs if key not in records]
    counts = f"{path.stem}: {len(keys)} combinations, {len(records)} done before, {len(tasks)} to run"
    console.print(counts, soft_wrap=True)
    interrupted, status = "", 0
    if tasks:
        try:
            with _removed(running), backend(backend_name, address, min(workers, len(tasks))) as config:
                # only now: what cannot start leaves no folder behind
                if new:
                    _mark(out, path.stem)
                running.mkdir(parents=True)
                _run(tasks, config, records, console)
        except KeyboardInterrupt:
            interrupted, status = "Interrupted", 130
        except BrokenExecutor:
            interrupted, status = "A process of the sweep was killed (out of memory?)", 1
        records |= stored(folder, keys)
    rows = [records[key] for key in keys if key in records]
    write_atomically(out / "metrics.csv", table(rows, list(combinations[0])))
    if rows:
        draw(rows, list(combinations[0]), path.stem, out / "metrics.png")
    if interrupted:
        console.print(f"{interrupted}: type the same command again to run what is missing.", soft_wrap=True)
    failed = _tell(rows, len(keys), out, console)
    return status or (1 if failed else 0)


@contextlib.contextmanager
def _removed(folder: Path) -> Iterator[None]:
    """Remove a folder at the end: without it, what was killed a moment ago has nowhere left to write."""
    try:
        yield
    finally:
        for _ in range(9):
            shutil.rmtree(folder, ignore_errors=True)


def _run(tasks: list[dict], config: Config, records: dict[str, dict], console: Console) -> None:
    """Run the tasks on a backend, and keep each record as it comes in."""
    import joblib

    how = "generator_unordered" if config["backend"] == "loky" else "list"
    with joblib.parallel_config(**config), Progress(console=console) as bar:
        step = bar.add_task("runs", total=len(tasks))
        for record in joblib.Parallel(return_as=how)(joblib.delayed(one_run)(task) for task in tasks):
            records[record["name"]] = record
            bar.advance(step)


def _tell(rows: list[dict], wanted: int, out: Path, console: Console) -> int:
    """Say which runs failed and where the result lies; returns how many failed."""
    failed = [row for row in rows if row["status"] != "done"]
    for row in failed:
        console.print(f"✘ {row['parameters']}: {row['error']}", style="red", markup=False, soft_wrap=True)
    console.print(
        f"{len(rows) - len(failed)} of {wanted} done; see {out / 'metrics.csv'}{' and metrics.png' if rows else ''}",
        markup=False,
        soft_wrap=True,
    )
    return len(failed)


def _is_new(out: Path, lesson: str) -> bool:
    """Whether a sweep starts in `out`, rather than goes on there; anything else in that place is left alone."""
    mark = out / "sweep.json"
    before = None
    if mark.is_file():
        with contextlib.suppress(ValueError, AttributeError, RecursionError):
            before = json.loads(mark.read_text(encoding="utf-8")).get("lesson")
    if before is not None and before != lesson:
        raise CourseError(f"{out} holds a sweep of {before}; give --out a new name.")
    if before is None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CourseError(f"{out} exists already and is no sweep; give --out a new name.")
    return before is None


def _mark(out: Path, lesson: str) -> None:
    """Note whose sweep this folder is; of two sweeps that start in it at once, the faster one's."""
    out.mkdir(parents=True, exist_ok=True)
    try:
        with (out / "sweep.json").open("x", encoding="utf-8") as file:
            json.dump({"lesson": lesson}, file)
    except FileExistsError:
        _is_new(out, lesson)


def stored(folder: Path, keys: list[str]) -> dict[str, dict]:
    """The records of the runs that are done, with their notebooks in place; what is spoilt counts as not run."""
    found = {}
    for key in keys:
        with contextlib.suppress(OSError, ValueError, RecursionError, CourseError):
            if not unfinished(notebook_cells(folder / f"{key}.ipynb")):
                record = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
                if _is_record(record):
                    found[key] = record
    return found


def _is_record(record: Any) -> bool:
    """Whether it is what `one_run` stores."""
    kinds: dict[str, Any] = {
        "status": str,
        "seconds": (int, float),
        "memory": int,
        "parameters": dict,
        "metrics": dict,
    }
    return isinstance(record, dict) and all(
        isinstance(record.get(name), kind) for name, kind in kinds.items()
    )


def table(rows: list[dict], names: list[str]) -> str:
    """The CSV: parameters, metrics, status, seconds, peak memory of every run."""
    found = sorted({metric for row in rows for metric in row["metrics"]})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*names, *found, "status", "seconds", "memory_bytes"])
    for row in rows:
        values = [row["parameters"][name] for name in names] + [
            row["metrics"].get(metric, "") for metric in found
        ]
        writer.writerow([*values, row["status"], round(row["seconds"], 1), row["memory"]])
    return text.getvalue()


def draw(rows: list[dict], names: list[str], lesson: str, path: Path) -> None:
    """One panel for each metric: its value over the first parameter, one line for each of the other combinations."""
    from matplotlib.figure import Figure
    from matplotlib.style import context

    from utils.plot import STYLE

    found = sorted({metric for row in rows for metric in row["metrics"]})
    picture = io.BytesIO()
    # a "$" in somebody's text is a dollar, and a letter that the font lacks is a box
    with context([STYLE, {"text.parse_math": False}]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure = Figure(figsize=(6.4, 3 * max(len(found), 1)))
        panels = figure.subplots(max(len(found), 1), 1, squeeze=False)[:, 0]
        for ax, metric in zip(panels, found, strict=False):
            lines = _lines(rows, names, metric)
            for label, points in lines.items():
                ax.plot(*zip(*points, strict=True), marker="o", label=label or None)
            ax.set(title=f"{lesson}: {metric}", xlabel=names[0], ylabel=metric)
            if len(names) > 1 and len(lines) <= 12:
                ax.legend()
        figure.savefig(picture, format="png")
    write_atomically(path, picture.getvalue())


def _lines(rows: list[dict], names: list[str], metric: str) -> dict[str, list[tuple[Any, float]]]:
    """The points of each line of one panel: {values of the parameters but the first: [(value of the first, metric)]}."""
    first, *others = names
    lines: dict[str, list[tuple[Any, float]]] = {}
    for row in rows:
        if metric in row["metrics"]:
            label = ", ".join(f"{name}={row['parameters'][name]}" for name in others)
            value = row["parameters"][first]
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            lines.setdefault(label, []).append((value if number else str(value), row["metrics"][metric]))
    return lines
