"""`course export nbgrader`: the chapters as an assignment that nbgrader hands out, grades and gives feedback on."""

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from rich.console import Console

from utils.course.handout import handed_out
from utils.course.lesson import Cell
from utils.course.submissions import chapter
from utils.errors import CourseError
from utils.files import new_folder, write_atomically

CONFIG = "nbgrader_config.py"
HEAD = """\
# Written by `course export nbgrader`. Add what you like, and leave the settings between the two lines as they are.
c = get_config()
c.CourseDirectory.course_id = "cornerstone"
"""
SETTINGS = """\
# --- what this course needs
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ComputeChecksums,
    IncludeHeaderFooter,
    InstantiateTests,
    LockCells,
    SaveCells,
)

# nbgrader's own list without ClearSolutions: the chapters hold no answers, and it would empty their answer cells
c.GenerateAssignment.preprocessors = [
    IncludeHeaderFooter,
    InstantiateTests,
    LockCells,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
]
c.Execute.timeout = 300  # seconds for one cell; nbgrader's own 30 stop some lessons on a busy machine
c.OverwriteCells.add_missing_cells = True  # a deleted check counts 0 points instead of waiting for a human
# ---
"""
NAME = re.compile(r"[A-Za-z0-9_-]+")  # nbgrader makes folders and patterns of it
# an answer, or a cell that the learner has changed, may have given the name to something else
OWN_CHECK = "from utils.check import check"


def export(folder: Path, lessons: list[str], name: str, console: Console) -> int:
    """Write an assignment into nbgrader's folder of a course, and its settings; raises CourseError, and writes nothing, if it cannot."""
    if not NAME.fullmatch(name):
        raise CourseError(f"An assignment's name has letters, digits, - and _ only; {name!r} has others.")
    config, goal = folder / CONFIG, folder / "source" / name
    if config.exists() and SETTINGS not in config.read_text(encoding="utf-8", errors="replace"):
        raise CourseError(f"{config} lacks settings that the course needs; move it away, export, and merge.")
    notebooks = {lesson: nbformat.writes(assignment(lesson, lessons)) for lesson in lessons}
    with new_folder(goal) as part:
        for lesson, text in notebooks.items():
            write_atomically(part / f"{lesson}.ipynb", text + "\n")
        if not config.exists():
            write_atomically(config, f"{HEAD}\n{SETTINGS}")
    points = sum(exercise.points for lesson in lessons for exercise in chapter(lesson).exercises.values())
    console.print(f"{goal}: lessons: {len(lessons)}, points: {points}", soft_wrap=True, highlight=False)
    console.print(f"next, in {folder}: nbgrader generate_assignment {name}", soft_wrap=True, highlight=False)
    return 0


def assignment(lesson: str, lessons: list[str]) -> NotebookNode:
    """A chapter without outputs: its answer cells and its checks carry what nbgrader wants to know of them."""
    notebook, exercises = handed_out(lesson, lessons), chapter(lesson).exercises
    for node in notebook.cells:
        if node.cell_type != "code":
            continue
        node.outputs, node.execution_count = [], None
        cell = Cell("code", node.source, 0, list(node.metadata.get("tags", [])))
        if cell.exercise():
            node.metadata["nbgrader"] = _about(node.id, solution=True)
        elif number := cell.checked():
            node.source = f"{OWN_CHECK}\n\n{node.source}"
            node.metadata["nbgrader"] = {
                **_about(node.id, solution=False),
                "points": exercises[number].points,
            }
    return notebook


def _about(grade_id: str, solution: bool) -> dict:
    """nbgrader's metadata of a cell, in the third version of its format."""
    return {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": not solution,
        "locked": not solution,
        "solution": solution,
        "task": False,
    }
