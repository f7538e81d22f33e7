"""`course build`: the text of the lessons → executed notebooks of chapters/ and solutions/, and the README's table."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from rich.console import Console

from utils.check import approx
from utils.course import CHAPTERS, CHECKS, LESSONS, ROOT, SOLUTIONS, teaching
from utils.course.elsewhere import repository, with_links
from utils.course.execute import Result, environment, execute_all
from utils.course.lesson import KERNEL, Lesson, LessonError, inputs, notebooks, read, shipped, stored_notebook
from utils.course.rules import FACTS, budget, problems
from utils.course.tables import between_marks
from utils.course.terms import TERMS, as_csv, terms
from utils.errors import CourseError
from utils.files import write_atomically
from utils.open_models import excuse
from utils.params import declared

COSTS = LESSONS / "costs.json"
README = ROOT / "README.md"
FOLDERS = {"chapters": CHAPTERS, "solutions": SOLUTIONS}


@dataclass
class Target:
    """One notebook to make: where it goes, and what goes in."""

    lesson: Lesson
    folder: str
    notebook: NotebookNode

    @property
    def path(self) -> Path:
        return FOLDERS[self.folder] / f"{self.lesson.name}.ipynb"

    @property
    def name(self) -> str:
        return f"{self.folder}/{self.lesson.name}"

    def problem(self) -> str | None:
        """Why the stored notebook is not up to date, or None."""
        if not self.path.is_file():
            return f"{self.name}.ipynb is missing"
        try:
            stored = stored_notebook(self.path)
        except CourseError:
            return f"{self.name}.ipynb is not a whole notebook"
        if inputs(stored) != inputs(self.notebook) or stored.metadata != KERNEL:
            return f"{self.name}.ipynb differs from lessons/{self.lesson.name}.py"
        return not_executed(stored, self.name)


def not_executed(notebook: NotebookNode, name: str) -> str | None:
    """Why a notebook does not look executed from top to bottom, or None."""
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    if counts != list(range(1, len(counts) + 1)):
        return f"{name}.ipynb was not executed from top to bottom"
    if not any(cell.get("outputs") for cell in notebook.cells):
        return f"{name}.ipynb has no stored outputs"
    for cell in notebook.cells:
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return f"{name}.ipynb holds an error"
    return None


def load_lessons(names: list[str] | None = None) -> list[Lesson]:
    """Lessons that keep every rule; raises LessonError with all broken rules otherwise."""
    lessons, broken = [], []
    for path in sorted(LESSONS.glob("*.py")):
        if names is None or path.stem in names:
            lesson = read(path)
            lessons.append(lesson)
            broken += problems(lesson)
    if broken:
        raise LessonError("\n".join(broken))
    return lessons


def targets(lessons: list[Lesson]) -> list[Target]:
    place, found = repository(), []
    for lesson in lessons:
        made = notebooks(lesson)
        with_links(made["chapters"], lesson, place)
        found += [Target(lesson, folder, notebook) for folder, notebook in made.items()]
    return found


def strays() -> list[str]:
    """Notebooks, checks and teachers' pages without a lesson."""
    known = {path.stem for path in LESSONS.glob("*.py")}
    made = [*CHAPTERS.glob("*.ipynb"), *SOLUTIONS.glob("*.ipynb"), *CHECKS.glob("*.py")]
    made += [path for path in teaching.TEACHING.glob("*.md") if path.stem != "README"]
    return [
        f"{path.parent.name}/{path.name} has no lesson; remove it"
        for path in sorted(made)
        if path.stem not in known
    ]


def shipped_problem(lesson: Lesson) -> str | None:
    """Why what the package carries of a lesson is not up to date, or None."""
    path = CHECKS / f"{lesson.name}.py"
    stored = path.read_text(encoding="utf-8") if path.is_file() else ""
    return (
        None if stored == shipped(lesson) else f"{CHECKS.name}/{path.name} differs from lessons/{path.name}"
    )


def check(names: list[str] | None = None) -> list[str]:
    """What is stale, without executing anything. The README's table counts when all lessons are checked."""
    lessons = load_lessons(names)
    stale = [problem for lesson in lessons if (problem := shipped_problem(lesson))]
    stale += [
        f"teaching/{lesson.name}.md differs from lessons/{lesson.name}.py"
        for lesson in lessons
        if teaching.stale(lesson)
    ]
    stale += [problem for target in targets(lessons) if (problem := target.problem())]
    if names is None:
        stale += strays()
        text = README.read_text(encoding="utf-8")
        if with_table(text, lessons, read_costs()) != text:
            stale.append("the table of lessons in README.md is not up to date")
        index = teaching.stored("README")
        if index and teaching.with_index(index, lessons) != index:
            stale.append("the table of lessons in teaching/README.md is not up to date")
        if TERMS.is_file() and TERMS.read_text(encoding="utf-8") != as_csv(terms(lessons)):
            stale.append("utils/terms.csv is not up to date")
    return stale


def build(
    names: list[str] | None,
    *,
    force: bool,
    workers: int,
    timeout: int,
    console: Console,
    measure: bool = False,
) -> list[Result]:
    """Execute what changed (all, if `force`) and store it; costs and the README's table follow.

    With `measure` the other notebooks are executed instead, those that are up to date, and only their costs are stored.
    """
    lessons = load_lessons(names)
    _store_texts(lessons)  # before anything runs: the notebooks read them
    todo = _possible(
        [target for target in targets(lessons) if force or bool(target.problem()) is not measure], console
    )
    results = [Result(target.name) for target in todo]
    measured: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        jobs = [
            (_job(target, home / str(n), timeout), _environment(home / str(n)))
            for n, target in enumerate(todo)
        ]

        def store(index: int) -> None:
            target, result = todo[index], results[index]
            mark = {"done": "✔", "failed": "✘"}.get(result.status, "–")
            line = f"{mark} {target.name:<36} {result.seconds:6.1f} s  {result.error}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
            if result.status == "done":
                if not measure:
                    write_atomically(target.path, Path(jobs[index][0]["output"]).read_text(encoding="utf-8"))
                cost = {"seconds": round(result.seconds, 1), "cpu": round(result.cpu, 1)}
                measured.setdefault(target.lesson.name, {})[target.folder] = {
                    **cost,
                    "megabytes": round(result.memory / 1e6),
                }

        complete = execute_all(jobs, results, workers, on_done=store)
    if measured:
        _store_costs(measured)
    _write_tables([read(path) for path in sorted(LESSONS.glob("*.py"))])
    if not complete:
        raise KeyboardInterrupt
    return results


def _store_texts(lessons: list[Lesson]) -> None:
    """What is made of a lesson without running it: the questions of its checks, and its page for the teacher."""
    for lesson in lessons:
        if shipped_problem(lesson):
            write_atomically(CHECKS / f"{lesson.name}.py", shipped(lesson))
        if teaching.stale(lesson):
            write_atomically(teaching.TEACHING / f"{lesson.name}.md", teaching.made(lesson))


def _store_costs(measured: dict[str, dict]) -> None:
    """Put new costs to those of the other lessons; of lessons that are gone none stay."""
    # read now, not before: another build may have added its own in the meantime
    costs, known = read_costs(), {path.stem for path in LESSONS.glob("*.py")}
    for name, cost in measured.items():
        costs[name] = {**costs.get(name, {}), **cost}
    kept = {name: dict(sorted(costs[name].items())) for name in sorted(costs) if name in known}
    write_atomically(COSTS, json.dumps(kept, indent=2) + "\n")


def _write_tables(lessons: list[Lesson]) -> None:
    """The tables of lessons in the README and in that of the teachers' pages, and the list of terms, where there are any."""
    text, index = README.read_text(encoding="utf-8"), teaching.stored("README")
    if (table := with_table(text, lessons, read_costs())) != text:
        write_atomically(README, table)
    if index and (table := teaching.with_index(index, lessons)) != index:
        write_atomically(teaching.TEACHING / "README.md", table)
    if TERMS.is_file() and (named := as_csv(terms(lessons))) != TERMS.read_text(encoding="utf-8"):
        write_atomically(TERMS, named)


def _possible(wanted: list[Target], console: Console) -> list[Target]:
    """The notebooks that can be executed here. Where an open model is missing, the others are left as they are."""
    found = []
    for target in wanted:
        known = declared(next(cell.source for cell in target.lesson.code() if "parameters" in cell.tags))
        if reason := excuse(known.values()):
            line = f"– {target.name:<36} left as it is: {reason}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            found.append(target)
    return found


def _job(target: Target, home: Path, timeout: int) -> dict:
    (home / "course").mkdir(parents=True)
    FOLDERS[target.folder].mkdir(exist_ok=True)
    return {
        "task": "build",
        "notebook": nbformat.writes(target.notebook),
        "output": str(home / "built.ipynb"),
        "cwd": str(FOLDERS[target.folder]),
        "timeout": timeout,
    }


def _environment(home: Path) -> dict[str, str]:
    """A kernel that sees no GPU, no strictness and nobody's progress or downloads: what every reader can have."""
    fresh = {
        "COURSE_HOME": str(home / "course"),
        "CUDA_VISIBLE_DEVICES": "",
        "COURSE_PROGRESS": "on",
    }
    env = environment(1, **fresh)
    for name in ("COURSE_STRICT", "COURSE_DATA", "COURSE_DEVICE"):
        env.pop(name, None)
    return env


def read_costs() -> dict:
    return json.loads(COSTS.read_text(encoding="utf-8")) if COSTS.is_file() else {}


def budget_problems() -> list[str]:
    """Lessons whose measured cost exceeds what their line of facts promises."""
    found = []
    costs = read_costs()
    for path in sorted(LESSONS.glob("*.py")):
        seconds, megabytes = budget(read(path))
        for folder, cost in costs.get(path.stem, {}).items():
            if cost["cpu"] > seconds or cost["megabytes"] > megabytes:
                measured = f"{cost['cpu']} CPU-seconds and {cost['megabytes']} MB"
                found.append(f"{folder}/{path.stem} took {measured}; its first cell promises less")
        if path.stem not in costs:
            found.append(f"{path.stem} has no measured cost; build it")
    return found


def with_table(readme: str, lessons: list[Lesson], costs: dict) -> str:
    """The README's text with its table of lessons made anew."""
    rows = [
        "| lesson | afterwards you can | exercises | CPU-seconds | peak memory |",
        "|---|---|---:|---:|---:|",
    ]
    for lesson in lessons:
        title, promise = _title(lesson)
        cost = costs.get(lesson.name, {}).get("chapters", {})
        exercises = len({cell.exercise() for cell in lesson.cells if cell.exercise()})
        seconds = approx(cost["cpu"], 2) if cost else "–"
        memory = f"{approx(cost['megabytes'], 2)} MB" if cost else "–"
        rows.append(
            f"| [{lesson.number} · {title}](chapters/{lesson.name}.ipynb) | {promise} | {exercises} | {seconds} | {memory} |"
        )
    reading, solving = (sum(hours) for hours in zip(*map(_minutes, lessons), strict=True))
    rows += ["", f"In all about {reading / 60:.0f} hours to read and {solving / 60:.0f} for the exercises."]
    return between_marks(readme, rows, "README.md")


def _minutes(lesson: Lesson) -> tuple[int, int]:
    """What a lesson says that it takes to read, and to solve its exercises."""
    facts = FACTS.search(lesson.cells[0].source)
    texts = [cell.source for cell in lesson.cells if cell.kind == "markdown"]
    tasks = teaching.EXERCISE.findall("\n".join(texts))
    return int(facts[1]) if facts else 0, sum(int(minutes) for *_, minutes in tasks)


def _title(lesson: Lesson) -> tuple[str, str]:
    """Title and promise: the heading and the paragraph after it, on one line."""
    heading, *paragraphs = lesson.cells[0].source.split("\n\n")
    promise = " ".join(paragraphs[0].split()) if paragraphs else ""
    return heading.split(" · ", 1)[-1].strip(), promise.rstrip(".")
