"""The command `course`."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from utils.course.execute import default_workers
from utils.errors import CourseError, shown
from utils.files import make_variables_absolute
from utils.progress import progress as progress_table


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cornerstone-course")
def cli() -> None:
    """Run and look after the course. Each command has --help with an example."""


class Place(click.Path):
    """A file or folder. An empty text would mean the folder that one stands in: a variable of a shell that is not set."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        if value == "":
            self.fail("an empty text names no place; is a variable not set?", param, context)
        return super().convert(value, param, context)


def _number(_context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """nan lies in no range, and every comparison lets it through."""
    if value is not None and value != value:
        raise click.BadParameter(f"--{option.name} must be a number, and nan is none.")
    return value


# The least and the most of an option, where it is not 1 and a million: more than anybody means, and few enough for whatever
# counts seconds, tokens, megabytes, threads.
BOUNDS = {"workers": (1, 1024), "threads": (1, 1024), "context": (2, 1_000_000)}


def _positive(_context: click.Context, option: click.Parameter, value: int) -> int:
    low, high = BOUNDS.get(option.name or "", (1, 1_000_000))
    if value < low:
        raise click.BadParameter(f"--{option.name} must be {low} or more, not {shown(value)}.")
    if value > high:
        raise click.BadParameter(f"--{option.name} must be {high:,} or less, not {shown(value)}.")
    return value


workers_option = click.option(
    "--workers",
    type=int,
    default=default_workers,
    callback=_positive,
    help="Notebooks at once.",
    show_default="cores, 2 to 8",
)
threads_option = click.option(
    "--threads",
    type=int,
    default=1,
    callback=_positive,
    help="Threads of each notebook, or of the model.",
    show_default=True,
)
timeout_option = click.option(
    "--timeout",
    type=int,
    default=1200,
    callback=_positive,
    help="Seconds that one cell may take.",
    show_default=True,
)
solutions_option = click.option("--solutions", is_flag=True, help="Run the notebooks of solutions/.")
parameter_option = click.option(
    "-p",
    "--parameter",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter; may be repeated.",
)

lessons_option = click.option("--lessons", metavar="03a,04a", help="Which lessons.  [default: all]")
host_option = click.option("--host", default="127.0.0.1", help="Address to listen at.", show_default=True)
port_option = click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, help="0: any free one.", show_default=True
)
key_option = click.option(
    "--key",
    envvar="COURSE_API_KEY",
    show_envvar=True,
    help="Key that clients must send; best given by the variable, which no list of processes shows.  [default: a new one]",
)


@cli.command()
@click.argument("lessons", nargs=-1)
@click.option("--check", is_flag=True, help="Only say what is stale; execute nothing.")
@click.option("--force", is_flag=True, help="Execute everything, changed or not.")
@click.option(
    "--measure", is_flag=True, help="Execute what is up to date, keep it as it is, and store its costs."
)
@workers_option
@timeout_option
def build(
    lessons: tuple[str, ...], check: bool, force: bool, measure: bool, workers: int, timeout: int
) -> int:
    """Make the notebooks of chapters/ and solutions/ from lessons/.

    Example: course build 03a

    All costs anew, on a machine that does nothing else: course build --measure --workers 1
    """
    from utils.course import build as builder
    from utils.course.lesson import names
    from utils.course.run import lesson_named

    wanted = list(dict.fromkeys(lesson_named(lesson, names()) for lesson in lessons)) or None
    if check:
        stale = builder.check(wanted)
        for line in stale:
            print(line, file=sys.stderr)
        print("stale: rebuild with `course build`" if stale else "all notebooks are up to date")
        return 1 if stale else 0
    if measure and force:
        raise CourseError("--measure keeps what --force makes anew: give one of the two.")
    console = Console()
    results = builder.build(
        wanted, force=force, workers=workers, timeout=timeout, console=console, measure=measure
    )
    failed = [result for result in results if result.status != "done"]
    done = "measured" if measure else "built"
    nothing = "nothing is up to date" if measure else "nothing has changed"
    console.print(f"{len(results) - len(failed)} {done}, {len(failed)} failed" if results else nothing)
    return 1 if failed else 0


@cli.command(short_help="Run lessons through papermill, several at once.")
@click.argument("lessons", nargs=-1)
@parameter_option
@click.option(
    "--out",
    type=Place(path_type=Path),
    help="A new folder for the notebooks.  [default: runs/<time>]",
)
@solutions_option
@workers_option
@threads_option
@timeout_option
def run(
    lessons: tuple[str, ...],
    options: tuple[str, ...],
    out: Path | None,
    solutions: bool,
    workers: int,
    threads: int,
    timeout: int,
) -> int:
    """Run lessons (all, if none is named) through papermill, several at once.

    Example: course run 03a -p seed=1 -p hidden=64 --out runs/wide
    """
    from utils.course.run import run as run_lessons

    return run_lessons(
        list(lessons),
        list(options),
        out=out,
        solutions=solutions,
        workers=workers,
        threads=threads,
        timeout=timeout,
        console=Console(),
    )


@cli.command(short_help="Run one lesson with every combination of values.")
@click.argument("lesson")
@parameter_option
@click.option(
    "--out",
    type=Place(path_type=Path),
    help="Folder of this sweep.  [default: sweeps/<lesson>]",
)
@click.option("--backend", type=click.Choice(("loky", "dask", "ray")), default="loky", show_default=True)
@click.option("--address", help="Scheduler of a Dask or Ray cluster.")
@solutions_option
@workers_option
@threads_option
@timeout_option
def sweep(
    lesson: str,
    options: tuple[str, ...],
    out: Path | None,
    backend: str,
    address: str | None,
    solutions: bool,
    workers: int,
    threads: int,
    timeout: int,
) -> int:
    """Run one lesson with every combination of values; metrics go into one CSV and one picture.

    The same command typed again runs only what is missing. A list is one value, [16,32]; a text with a comma stands
    in double quotes of its own, as in -p 'corpus="one, two.txt",python'.

    Example: course sweep 03a -p lr=0.1,0.01 -p seed=0,1,2
    """
    from utils.course import ROOT
    from utils.course.run import lesson_path
    from utils.course.sweep import sweep as sweep_lesson

    return sweep_lesson(
        lesson,
        list(options),
        out=out or ROOT / "sweeps" / lesson_path(lesson, solutions).stem,
        backend_name=backend,
        address=address,
        workers=workers,
        threads=threads,
        timeout=timeout,
        solutions=solutions,
        console=Console(),
    )


@cli.command(short_help="Run lessons anew and compare each measured number.")
@click.argument("lessons", nargs=-1)
@click.option(
    "--out",
    type=Place(path_type=Path),
    default="verify.md",
    help="File for the report.",
    show_default=True,
)
@workers_option
@threads_option
@timeout_option
def verify(lessons: tuple[str, ...], out: Path, workers: int, threads: int, timeout: int) -> int:
    """Run lessons anew (all, if none is named) and say of each measured number whether it came out here.

    Stored and new run are compared cell by cell; a lesson that runs to its end has kept every band that it asserts.
    Exit status 1: a lesson stopped, a number was not shown, or exact text differs.

    Example: course verify 03a 6b --out mine.md
    """
    from utils.course.verify import verify as compare_lessons

    return compare_lessons(
        list(lessons), out=out, workers=workers, threads=threads, timeout=timeout, console=Console()
    )


@cli.command(short_help="Serve an open model behind OpenAI's API until Ctrl-C.")
@click.argument("model")
@host_option
@port_option
@key_option
@click.option(
    "--context",
    type=int,
    default=2048,
    callback=_positive,
    help="Tokens of prompt and answer together.",
    show_default=True,
)
@click.option(
    "--longest",
    type=int,
    default=1024,
    callback=_positive,
    help="Tokens of an answer.",
    show_default=True,
)
@click.option(
    "--wait",
    type=int,
    default=120,
    callback=_positive,
    help="Seconds that an answer may take.",
    show_default=True,
)
@threads_option
def serve(
    model: str, host: str, port: int, key: str | None, context: int, longest: int, wait: int, threads: int
) -> int:
    """Serve an open model behind OpenAI's API until Ctrl-C: its name, a folder or a .gguf file.

    Example: course serve smollm2 --port 8000
    """
    from utils.course.serve import serve as serve_model

    return serve_model(
        model,
        host=host,
        port=port,
        key=key,
        context=context,
        longest=longest,
        wait=wait,
        threads=threads,
        console=Console(),
    )


@cli.command(short_help="Serve the shop's assistant of lesson 10b until Ctrl-C.")
@host_option
@port_option
@key_option
@click.option(
    "--encoder",
    default="none",
    help="Encoder that compares meanings, such as minilm; none compares words.",
    show_default=True,
)
@click.option(
    "--writer",
    default="none",
    help="Model that puts quotes into words: smollm2, a folder or a .gguf file.",
    show_default=True,
)
@click.option(
    "--threshold",
    type=click.FloatRange(0),
    callback=_number,
    help="Least confidence that is spoken; lesson 10b finds the cheapest.  [default: 0.34, with an encoder 0.99]",
)
@click.option(
    "--journal",
    type=Place(dir_okay=False, path_type=Path),
    help="File to which a line for each answer is added; no question stands in it.",
)
@threads_option
def product(
    host: str,
    port: int,
    key: str | None,
    encoder: str,
    writer: str,
    threshold: float | None,
    journal: Path | None,
    threads: int,
) -> int:
    """Serve the shop's assistant of lesson 10b until Ctrl-C: a page for the browser, and OpenAI's API.

    Example: course product --encoder minilm --port 8000
    """
    from utils.course.product import product as serve_product

    return serve_product(
        host=host,
        port=port,
        key=key,
        encoder=encoder,
        writer=writer,
        threshold=threshold,
        journal=journal,
        threads=threads,
        console=Console(),
    )


@cli.command(short_help="Mark the notebooks that a class has handed in.")
@click.argument("folder", type=Place(path_type=Path))
@click.option("--csv", type=Place(path_type=Path), help="Write the marks here too.")
@click.option(
    "--feedback", type=Place(path_type=Path), help="Folder for a page of feedback for each learner."
)
@workers_option
@click.option(
    "--seconds",
    type=int,
    default=60,
    callback=_positive,
    help="Time that an answer may take.",
    show_default=True,
)
@click.option(
    "--megabytes",
    type=int,
    default=2000,
    callback=_positive,
    help="Memory that an answer may take.",
    show_default=True,
)
def grade(
    folder: Path, csv: Path | None, feedback: Path | None, workers: int, seconds: int, megabytes: int
) -> int:
    """Mark the notebooks that a class has handed in: any names, one folder a learner, or nbgrader's layout.

    Of each notebook only the answers count. Exit status 1: a notebook could not be judged.

    Example: course grade submitted --csv marks.csv --feedback feedback
    """
    from utils.course.grade import Limits
    from utils.course.grade import grade as grade_class

    return grade_class(
        folder,
        csv=csv,
        feedback_folder=feedback,
        workers=workers,
        limits=Limits(seconds, megabytes),
        console=Console(),
    )


@cli.command(short_help="Make pages of the course that need no network.")
@click.argument("lessons", nargs=-1)
@click.option(
    "--out",
    type=Place(path_type=Path),
    default="site",
    help="Folder of the pages.",
    show_default=True,
)
@click.option(
    "--tools",
    type=Place(path_type=Path),
    help="Folder with the program jupyter-book.  [default: .venv-site/bin]",
)
def site(lessons: tuple[str, ...], out: Path, tools: Path | None) -> int:
    """Make pages of the stored notebooks that need no network: lessons, ledger, terms, search. `make site` installs the tools.

    Example: course site --out site
    """
    from utils.course.site import TOOLS
    from utils.course.site import site as make_site

    return make_site(list(lessons), out=out, tools=tools or TOOLS, console=Console())


@cli.command(short_help="Make a deck of slides for each lesson.")
@click.argument("folder", type=Place(path_type=Path))
@lessons_option
@click.option(
    "--tools",
    type=Place(path_type=Path),
    help="Folder bin of the environment that makes the site.  [default: .venv-site/bin]",
)
def slides(folder: Path, lessons: str | None, tools: Path | None) -> int:
    """Make a deck of slides for each lesson from the stored notebooks, without answers; it needs no network. `make slides` installs the tools.

    Example: course slides slides --lessons 03a,04a
    """
    from utils.course.site import TOOLS
    from utils.course.slides import slides as make_slides

    return make_slides(folder, lessons, tools=tools or TOOLS, console=Console())


@cli.command(short_help="Write lessons as an assignment of nbgrader.")
@click.argument("tool", type=click.Choice(("nbgrader",)))
@click.argument("folder", type=Place(path_type=Path))
@lessons_option
@click.option("--name", default="cornerstone", help="Name of the assignment.", show_default=True)
def export(tool: str, folder: Path, lessons: str | None, name: str) -> int:
    """Write lessons as an assignment of nbgrader, with its settings, into the folder of a course.

    Example: course export nbgrader class --lessons 03a,04a --name week1
    """
    from utils.course.export import export as export_assignment
    from utils.course.run import lessons_named

    return export_assignment(folder, lessons_named(lessons), name, Console())


@cli.command(short_help="Copy lessons without answers into a new folder, for a class.")
@click.argument("folder", type=Place(path_type=Path))
@lessons_option
def handout(folder: Path, lessons: str | None) -> int:
    """Copy lessons without answers, and all that they need, into a new folder: what a class gets.

    Example: course handout week1 --lessons 00,03a,04a
    """
    from utils.course.handout import handout as hand_out
    from utils.course.run import lessons_named

    return hand_out(folder, lessons_named(lessons), Console())


@cli.command()
def doctor() -> int:
    """Say what is here, what is missing, and how to mend it.

    Example: course doctor
    """
    from utils.course.doctor import doctor as examine

    return examine(Console())


@cli.command()
@click.argument("lesson", required=False)
@click.option("--homes", type=Place(path_type=Path), help="Of a class: the folder that holds its homes.")
@click.option("--csv", type=Place(path_type=Path), help="Of a class: write a row for each exercise here.")
def progress(lesson: str | None, homes: Path | None, csv: Path | None) -> int:
    """Show which exercises you have solved: ✔ passed, ✘ tried, ○ open. With --homes: how far each of a class is.

    Example: course progress 03a_forward_backward
    """
    from utils.course.homes import class_progress
    from utils.course.run import known_lessons, lesson_path

    known_lessons()
    name = None if lesson is None else lesson_path(lesson).stem
    if homes is not None:
        return class_progress(homes, name, csv, Console())
    if csv is not None:
        raise CourseError("--csv is for a class: name the folder with its homes, --homes DIR.")
    print(progress_table(name))
    return 0


def _open_streams() -> None:
    """Let what is printed be UTF-8, and go nowhere where a service started the command without an output."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  stays open to the end
        with contextlib.suppress(AttributeError):
            getattr(sys, name).reconfigure(encoding="utf-8", errors="replace")


def main() -> None:
    """Run the command; what a person can mend is told in a sentence, with exit status 2."""
    _open_streams()
    start = time.perf_counter()
    # a closed terminal and a plain `kill` end kernels in order too, as Ctrl-C does
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        make_variables_absolute()
        status = cli.main(standalone_mode=False)
        sys.stdout.flush()
        sys.exit(status)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.ctx.get_help() if error.ctx else "")
        sys.exit(2)
    except (click.ClickException, CourseError) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        print(f"course: {text}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # whoever read the output has gone; Python would complain when it flushes the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        print(f"course: {error.strerror or error}{place}", file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        print(f"course: interrupted after {time.perf_counter() - start:.0f} s", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
