"""`course run`: execute lessons with parameters through papermill, several at once."""

import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from utils import params
from utils.course import CHAPTERS, ROOT, SOLUTIONS
from utils.course.execute import Result, environment, execute_all
from utils.errors import CourseError, nearest

MARKS = {
    "done": "[green]✔ done",
    "failed": "[red]✘ failed",
    "running": "[cyan]▶ running",
    "waiting": "· waiting",
}


def known_lessons(solutions: bool = False) -> list[str]:
    """The lessons that can be run, in the order of the course."""
    if not ROOT.is_dir():
        raise CourseError(
            f"COURSE_ROOT names {ROOT}, which is no folder; name the course's folder, or unset it."
        )
    known = sorted(path.stem for path in (SOLUTIONS if solutions else CHAPTERS).glob("*.ipynb"))
    if not known:
        raise CourseError("There are no notebooks yet; make them with `course build`.")
    return known


def lesson_path(name: str, solutions: bool = False) -> Path:
    """The notebook that a name stands for.

    Its whole name, as much of its beginning as names one lesson ("03a"), what the pages call it ("3a", "0"), or its file.
    """
    folder, known = SOLUTIONS if solutions else CHAPTERS, known_lessons(solutions)
    if "=" in name:
        raise CourseError(f"Write -p before a parameter: -p {name}")
    file = Path(name)
    is_file = file.suffix == ".ipynb" and _real(file).parent == _real(folder)
    return folder / f"{lesson_named(file.stem if is_file else name, known)}.ipynb"


def _real(path: Path) -> Path:
    """Where a path leads; one that leads in a circle leads nowhere, and is no error."""
    return Path(os.path.realpath(path))


def lesson_named(name: str, known: list[str]) -> str:
    """The one of the known lessons that a name stands for: whole, its beginning, or what the pages call it."""
    wanted = name.removesuffix(".ipynb")
    matches = [wanted] if wanted in known else [lesson for lesson in known if lesson.startswith(wanted)]
    if re.match(r"\d(\D|$)", wanted):  # the pages say "lesson 6d" and "lesson 0"
        matches = [lesson for lesson in known if lesson.startswith(f"0{wanted}")] or matches
    if len(matches) == 1 and wanted:
        return matches[0]
    if matches and wanted:
        raise CourseError(
            f"{name!r} stands for several lessons: {', '.join(matches)}. Write more of the name."
        )
    raise CourseError(f"There is no lesson {name!r}.{nearest(wanted, known)} There are: {', '.join(known)}.")


def lessons_named(names: str | None, solutions: bool = False) -> list[str]:
    """The lessons that "03a,04a" stands for, in the order of the course; all, if no text is given."""
    if names is None:
        return known_lessons(solutions)
    return sorted({lesson_path(name.strip(), solutions).stem for name in names.split(",")})


def split_option(option: str) -> tuple[str, str]:
    """ "name=value" as its two parts."""
    name, equals, value = option.partition("=")
    if not equals or not name.strip():
        raise CourseError(f"Write a parameter as name=value, not {option!r}.")
    return name.strip(), value


def read_parameters(path: Path, options: list[str]) -> dict[str, Any]:
    """The values that `-p name=value` options stand for in one lesson, checked."""
    given: dict[str, str] = {}
    for option in options:
        name, value = split_option(option)
        if name in given:
            raise CourseError(f"Parameter {name!r} is given twice; `course sweep` runs several values.")
        given[name] = value
    known = params.of_notebook(path)
    params.check_names(given, known, path.stem)
    return {name: known[name].read(value) for name, value in given.items()}


RUNNING = ".running"


def new_folder(out: Path | None) -> Path:
    """The folder of this run: `out`, which must be new or empty, or runs/<time>; in it an empty folder `.running`.

    Of several runs that are given one folder at the same time, one gets it.
    """
    if out is not None:
        if not _claim(out):
            raise CourseError(f"{out} exists already and is left as it is; give --out a new name.")
        return out
    stem = ROOT / "runs" / time.strftime("%Y-%m-%d_%H-%M-%S")
    return next(p for n in range(1, 1000) if _claim(p := Path(f"{stem}{f'_{n}' if n > 1 else ''}")))


def _claim(out: Path) -> bool:
    """Make `.running` in a folder that is new or empty; False when it is neither, or another run was faster."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        return False
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / RUNNING).mkdir()
    except FileExistsError:
        return False
    except OSError as error:
        raise CourseError(f"{out} cannot be made ({error.strerror}); give --out another place.") from error
    # another run may have begun and ended since the first look
    alone = os.listdir(out) == [RUNNING]
    if not alone:
        (out / RUNNING).rmdir()
    return alone


def job(path: Path, output: Path, parameters: dict[str, Any], timeout: int) -> dict:
    """What a worker needs to know to run one notebook through papermill."""
    return {
        "task": "run",
        "input": str(path),
        "output": str(output),
        "parameters": parameters,
        "cwd": str(path.parent),
        "timeout": timeout,
    }


def run(
    names: list[str],
    options: list[str],
    *,
    out: Path | None,
    solutions: bool,
    workers: int,
    threads: int,
    timeout: int,
    console: Console,
) -> int:
    """Check everything, then run; returns the exit status: 0 when all lessons are done, 1 when one failed."""
    wanted = names or known_lessons(solutions)
    paths = list(dict.fromkeys(lesson_path(name, solutions) for name in wanted))
    parameters = [read_parameters(path, options) for path in paths]
    folder = new_folder(out)
    # A notebook is written here and moved to its place when it has ended, so that no half-run one is taken for whole.
    running = folder / RUNNING
    results = [Result(path.stem) for path in paths]
    env = environment(threads)
    jobs = [
        (job(path, running / path.name, values, timeout), env)
        for path, values in zip(paths, parameters, strict=True)
    ]

    def store(index: int) -> None:
        made = running / paths[index].name
        if results[index].status in ("done", "failed") and made.exists():
            os.replace(made, folder / paths[index].name)

    try:
        with Live(console=console, refresh_per_second=4, get_renderable=lambda: table(results)):
            complete = execute_all(jobs, results, workers, on_done=store)
    finally:
        shutil.rmtree(running, ignore_errors=True)
    if not console.is_terminal:
        console.line()  # the live table ends without one there
    return summary(results, folder, complete, console)


def table(results: list[Result]) -> Table:
    """The live table: lesson, status, seconds, peak memory."""
    view = Table("lesson", "status")
    view.add_column("seconds", justify="right")
    view.add_column("peak memory", justify="right")
    for result in results:
        memory = f"{result.memory / 1e6:,.0f} MB" if result.memory else ""
        seconds = f"{result.seconds:.1f}" if result.seconds else ""
        view.add_row(result.name, MARKS.get(result.status, result.status), seconds, memory)
    return view


def summary(results: list[Result], folder: Path, complete: bool, console: Console) -> int:
    """Say what was done and what failed; returns the exit status."""
    failed = [result for result in results if result.status == "failed"]
    done = sum(result.status == "done" for result in results)
    for result in failed:
        console.print(
            f"✘ {result.name}: {result.error}",
            style="red",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    end = "" if complete else "Interrupted: "
    where = f"; notebooks in {folder}" if any(folder.iterdir()) else "; no notebook was finished"
    console.print(
        f"{end}{done} of {len(results)} done, {len(failed)} failed{where}",
        markup=False,
        soft_wrap=True,
    )
    if not complete:
        return 130
    return 1 if failed else 0
