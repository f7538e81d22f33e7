"""From the text of a lesson (py:percent) to the cells of its two notebooks, before anything runs."""

import ast
import builtins
import copy
import hashlib
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from utils.course import LESSONS
from utils.course.symbols import defined, imports, reads
from utils.errors import CourseError
from utils.files import not_whole
from utils.questions import STUB
from utils.shipped import Question, Shipped, number

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
MARK = re.compile(r"(BEGIN|END)[ _-]*SOLUTION", re.IGNORECASE)
START = re.compile(r"# %%( |$)")
EXERCISE = re.compile(r"exercise-(\d\d?[a-z]?\.\d+)")
CHECK = re.compile(r"check-(\d\d?[a-z]?\.\d+)")
FIGURE = "figure"
# folded until a click opens it: in JupyterLab, in pages that Jupyter Book makes, in Colab
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class LessonError(CourseError):
    """Something in a lesson's text that the author must mend: its text names file and line."""


@dataclass
class Cell:
    """One cell of a lesson: `line` is where it starts in the file, the line of its `# %%` mark."""

    kind: str
    source: str
    line: int
    tags: list[str] = field(default_factory=list)

    def exercise(self) -> str | None:
        """The exercise that the learner answers in this cell."""
        return next((m[1] for tag in self.tags if (m := EXERCISE.fullmatch(tag))), None)

    def checked(self) -> str | None:
        """The exercise that this cell checks."""
        return next((m[1] for tag in self.tags if (m := CHECK.fullmatch(tag))), None)


@dataclass
class Lesson:
    """A lesson's cells as written, solutions included."""

    path: Path
    cells: list[Cell]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def number(self) -> str:
        """Number as readers say it: "03a_forward_backward" is 3a."""
        return number(self.name)

    def code(self) -> Iterator[Cell]:
        return (cell for cell in self.cells if cell.kind == "code")

    def tagged(self, tag: str) -> Cell | None:
        return next((cell for cell in self.cells if tag in cell.tags), None)

    def error(self, cell: Cell, message: str, offset: int = 0) -> LessonError:
        return LessonError(f"{self.path.name}:{cell.line + offset}: {message}")


def names() -> list[str]:
    """All lessons, in the order of the course."""
    return sorted(path.stem for path in LESSONS.glob("*.py"))


def read(path: Path) -> Lesson:
    """Parse one lesson."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise LessonError(f"{path.name}:1: not a text in UTF-8 ({error.reason})") from error
    notebook = jupytext.reads(text, fmt="py:percent")
    starts = [n for n, line in enumerate(text.split("\n"), 1) if START.match(line)]
    if not starts or starts[0] != 1:
        raise LessonError(f"{path.name}:1: a lesson starts with a `# %%` line, and nothing stands before it")
    if len(starts) != len(notebook.cells):
        raise LessonError(f"{path.name}:1: a line inside a text starts with `# %%`, as only a cell may")
    cells = [
        Cell(cell.cell_type, cell.source, line, list(cell.metadata.get("tags", [])))
        for cell, line in zip(notebook.cells, starts, strict=True)
    ]
    lesson = Lesson(path, cells)
    for cell in cells:
        if cell.kind not in ("code", "markdown"):
            raise lesson.error(cell, f"a cell is code or [markdown], not [{cell.kind}]")
    return lesson


def solution_source(lesson: Lesson, cell: Cell) -> str:
    """The cell with the answer in it and without the marks."""
    _blocks(lesson, cell)
    kept = [line for line in cell.source.split("\n") if line.strip() not in (BEGIN, END)]
    return "\n".join(kept)


def chapter_source(lesson: Lesson, cell: Cell) -> str:
    """The cell with each answer replaced by a stub: an error inside a function, `name = ...` outside."""
    lines = cell.source.split("\n")
    for begin, end in reversed(_blocks(lesson, cell)):
        lines[begin : end + 1] = _stub(lesson, cell, lines, begin, end)
    return "\n".join(lines)


def _blocks(lesson: Lesson, cell: Cell) -> list[tuple[int, int]]:
    """The (first, last) line of each marked block of a cell."""
    if not MARK.search(cell.source):
        return []
    blocks, begin = [], None
    for n, line in enumerate(cell.source.split("\n")):
        mark = line.strip()
        if mark == BEGIN:
            if begin is not None:
                raise lesson.error(cell, f"a second `{BEGIN}` before `{END}`", n + 1)
            begin = n
        elif mark == END:
            if begin is None:
                raise lesson.error(cell, f"`{END}` without `{BEGIN}`", n + 1)
            blocks.append((begin, n))
            begin = None
        elif MARK.search(mark):
            raise lesson.error(cell, f"write the mark as `{BEGIN}` or `{END}`, alone on its line", n + 1)
    if begin is not None:
        raise lesson.error(cell, f"`{BEGIN}` without `{END}`", begin + 1)
    return blocks


def _stub(lesson: Lesson, cell: Cell, lines: list[str], begin: int, end: int) -> list[str]:
    """What the learner finds in place of the block from line `begin` to line `end` of a cell."""
    indent = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
    statements = [
        (node, owner)
        for node, owner in _statements(ast.parse(cell.source), None)
        if begin < node.lineno - 1 < end
    ]
    if not statements:
        raise lesson.error(cell, f"nothing stands between `{BEGIN}` and `{END}`", begin + 1)
    owner = statements[0][1]
    if isinstance(owner, ast.ClassDef):
        raise lesson.error(
            cell, "put the solution marks inside a method, not in the body of a class", begin + 1
        )
    if owner is not None:
        return [f'{indent}raise NotImplementedError("{cell.exercise()}: {STUB}")']
    targets = [name for node, _ in statements for name in _targets(node)]
    if indent or not targets:
        raise lesson.error(cell, "a solution outside a function must assign a value to a name", begin + 1)
    return [f"{target} = ..." for target in dict.fromkeys(targets)]


def _statements(node: ast.AST, owner: ast.AST | None) -> Iterator[tuple[ast.stmt, ast.AST | None]]:
    """Every statement below a node, each with the function or class that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child, owner
        scope = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        yield from _statements(child, child if scope else owner)


def _targets(node: ast.stmt) -> list[str]:
    """The names to which an assignment gives a value."""
    assigned: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        assigned = [node.target]
    names = [name for target in assigned for name in ast.walk(target) if isinstance(name, ast.Name)]
    return [name.id for name in names if isinstance(name.ctx, ast.Store)]


def question(lesson: Lesson, cell: Cell) -> Question:
    """What the check in a cell asks, as the package carries it; raises LessonError when the cell is no check."""
    form = f'write the check as one block `with check("{cell.checked()}", name, …) as c:`'
    body = ast.parse(cell.source).body
    block = body[0] if len(body) == 1 else None
    if not isinstance(block, ast.With) or ast.unparse(block.items[0]).rpartition(" as ")[2] != "c":
        raise lesson.error(cell, form)
    call = block.items[0].context_expr
    if not isinstance(call, ast.Call) or not call.args or ast.unparse(call.func) != "check":
        raise lesson.error(cell, form)
    exercise, *answers = map(ast.unparse, call.args)
    options = {option.arg: ast.unparse(option.value) for option in call.keywords}
    if exercise != repr(cell.checked()) or not answers or not all(map(str.isidentifier, answers)):
        raise lesson.error(cell, f"{form}, with the names of the learner's answers")
    if options not in ({}, {"inplace": "True"}):
        raise lesson.error(
            cell, "the only option of a check is `inplace=True`, for answers that change their inputs"
        )
    source = _body(cell.source, block)
    own = defined(ast.parse(source)) | imports(source).keys()
    needed = reads(source) - set(dir(builtins)) - set(answers) - own - {"c"}
    known = _imported_before(lesson, cell)
    lines = sorted({known[name] for name in needed & known.keys()})
    also = tuple(sorted(needed - known.keys()))
    head = "\n".join(lines) + "\n\n" if lines else ""
    return Question(cell.checked() or "", tuple(answers), also, bool(options), head + source, lesson.path)


def _body(source: str, block: ast.With) -> str:
    """What stands in the block of a check, moved to the left; further contexts of the check stay around it."""
    lines = source.split("\n")[block.body[0].lineno - 1 :]
    # a comment above the first statement belongs to it
    first = block.body[0].lineno - 1
    while source.split("\n")[first - 1].strip().startswith("#"):
        first -= 1
        lines.insert(0, source.split("\n")[first])
    others = ", ".join(map(ast.unparse, block.items[1:]))
    text = "\n".join(lines).rstrip()
    return f"with {others}:\n{text}" if others else textwrap.dedent(text)


def _imported_before(lesson: Lesson, cell: Cell) -> dict[str, str]:
    """The import statement behind each name that the cells up to this one import."""
    known: dict[str, str] = {}
    for earlier in lesson.cells[: lesson.cells.index(cell) + 1]:
        if earlier.kind == "code":
            known |= imports(chapter_source(lesson, earlier))
    return known


def shipped(lesson: Lesson) -> str:
    """The text of the file that the package carries for a lesson."""
    parameters = lesson.tagged("parameters")
    questions = [question(lesson, cell) for cell in lesson.code() if cell.checked()]
    title = lesson.cells[0].source.partition("\n")[0].split(" · ", 1)[-1].strip()
    by_exercise = {asked.exercise: asked for asked in questions}
    return Shipped(lesson.name, title, parameters.source if parameters else "", by_exercise).text()


def check_call(asked: Question) -> str:
    """The line that stands in the notebook."""
    return f'check("{asked.exercise}", {", ".join(asked.given)})'


def notebooks(lesson: Lesson) -> dict[str, NotebookNode]:
    """The two notebooks of a lesson, not executed: {"chapters": …, "solutions": …}."""
    made = {}
    for folder, source_of in (("chapters", chapter_source), ("solutions", solution_source)):
        seen: dict[str, int] = {}
        cells = []
        for cell in lesson.cells:
            source = source_of(lesson, cell) if cell.kind == "code" else cell.source
            if cell.checked():
                source = check_call(question(lesson, cell))
            node = (
                nbformat.v4.new_code_cell(source)
                if cell.kind == "code"
                else nbformat.v4.new_markdown_cell(source)
            )
            node["id"] = _cell_id(lesson, cell, seen)
            node.metadata.update(_metadata(cell))
            cells.append(node)
        made[folder] = nbformat.v4.new_notebook(cells=cells, metadata=copy.deepcopy(KERNEL))
    return made


def _metadata(cell: Cell) -> dict:
    """What a notebook keeps with a cell: its tags, and for a cell that only draws, that it is stored folded."""
    if FIGURE in cell.tags:
        return {"tags": [*cell.tags, "hide-input"], **copy.deepcopy(FOLDED)}
    return {"tags": list(cell.tags)} if cell.tags else {}


def _cell_id(lesson: Lesson, cell: Cell, seen: dict[str, int]) -> str:
    """An id that depends on nothing but the cell: its tag, or a digest of its text."""
    tag = next((tag for tag in cell.tags if EXERCISE.fullmatch(tag) or CHECK.fullmatch(tag)), None)
    digest = hashlib.sha256(f"{cell.kind}\n{cell.source}".encode()).hexdigest()[:8]
    base = tag.replace(".", "-") if tag else f"{lesson.number}-{digest}"
    seen[base] = seen.get(base, 0) + 1
    return base if seen[base] == 1 else f"{base}-{seen[base]}"


def stored_notebook(path: Path) -> NotebookNode:
    """A notebook as it is stored; raises CourseError when the file is none."""
    try:
        found = nbformat.read(path, as_version=4)
        nbformat.validate(found)
    except Exception as error:  # it can be wrong in any way, and nbformat says so in as many
        raise not_whole(path) from error
    return found


def inputs(notebook: NotebookNode) -> list[tuple]:
    """What makes a notebook stale when it changes: id, kind, text and metadata, such as tags, of every cell."""
    return [(c.get("id"), c.cell_type, c.source, c.metadata) for c in notebook.cells]
