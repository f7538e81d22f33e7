"""Rules for the page as the learner sees it: small open cells, shapes beside the code, short texts between."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from statistics import median

from utils.course.lesson import FIGURE, Cell, Lesson, solution_source

CELL_LINES = 25
MEDIAN_LINES = 8
CELLS_IN_A_ROW = 3
OPEN_CELLS = 60
WORDS = 90

RESHAPING = {"reshape", "einsum", "stack", "hstack", "vstack", "column_stack"}
SIZE = r"(?:\*?[\w.…]+|\([^()]*\))"
SIZES = rf"{SIZE}(?:\s*(?://|[-+*/·×])\s*{SIZE})*"
SHAPE = re.compile(rf"\(\s*(?:{SIZES}\s*,\s*(?:{SIZES}\s*,\s*)*(?:{SIZES})?)?\s*\)")

ASIDE = re.compile(r"#+ (Exercise \d|Recap|Sources)")
CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
HEADING = re.compile(r"#+ ")
# what a reader does not read word by word: code, formulas, pictures and where links lead, tags, tables
SKIPPED = [
    (re.compile(r"^(```+|~~~+).*?^\1", re.S | re.M), " "),
    (CODE, " "),
    (re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.S), " "),
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.S), " "),
    (re.compile(r"^\s*\|.*$", re.M), " "),
]

# the cell, what is wrong, and the line within its text where that is not the whole cell
Broken = tuple[Cell, str] | tuple[Cell, str, int]


def open_cells(lesson: Lesson) -> list[Cell]:
    """The code that stands open before the learner: all but the pictures, which are folded, and the checks."""
    return [cell for cell in lesson.code() if FIGURE not in cell.tags and cell.checked() is None]


def length(lesson: Lesson, cell: Cell) -> int:
    """The lines of a code cell, its answer included."""
    return len(solution_source(lesson, cell).splitlines())


def short_cells(lesson: Lesson) -> Iterator[Broken]:
    """No code cell is long, and half of the open ones are short: define, then use, in separate cells."""
    for cell in lesson.code():
        # a check stands in no notebook
        if not cell.checked() and (lines := length(lesson, cell)) > CELL_LINES:
            yield cell, f"{lines} lines in one cell; {CELL_LINES} are the most"
    middle = median([length(lesson, cell) for cell in open_cells(lesson)] or [0])
    if middle > MEDIAN_LINES:
        yield (
            lesson.cells[0],
            f"half of the open code cells have {middle:g} lines or more, not {MEDIAN_LINES}",
        )


def few_cells(lesson: Lesson) -> Iterator[Broken]:
    count = len(open_cells(lesson))
    if count > OPEN_CELLS:
        yield (
            lesson.cells[0],
            f"{count} open code cells; a lesson of more than {OPEN_CELLS} is two lessons",
        )


def rows_broken_by_text(lesson: Lesson) -> Iterator[Broken]:
    """At most three code cells stand in a row; folded pictures count for nothing, neither as cell nor as text."""
    row = 0
    for cell in lesson.cells:
        if cell.kind != "code":
            row = 0
        elif FIGURE not in cell.tags:
            row += 1
            if row == CELLS_IN_A_ROW + 1:
                yield cell, f"more than {CELLS_IN_A_ROW} code cells in a row; put a text before this one"


def shapes_told(lesson: Lesson) -> Iterator[Broken]:
    """Where an array gets another shape, a comment says which: `# (B, T, C) -> (B, H, T, C//H)`."""
    for cell in open_cells(lesson):
        told = _lines_with_shapes(cell.source)
        bare = {
            (call.lineno, _name(call))
            for call, first, last in _reshapings(cell.source)
            # in the statement, or in the line above
            if told.isdisjoint(range(first - 1, last + 1))
        }
        for line, name in sorted(bare):
            yield cell, f"`{name}` without its shapes, such as `# (N, 64) -> (N, 8, 8)`", line


def _lines_with_shapes(source: str) -> set[int]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0] for t in tokens if t.type == tokenize.COMMENT and SHAPE.search(t.string)}


def _reshapings(source: str) -> Iterator[tuple[ast.Call, int, int]]:
    """Each call that gives an array another shape, with the first and last line of its statement."""
    for statement in ast.walk(ast.parse(source)):
        if isinstance(statement, ast.stmt):
            first, last = statement.lineno, statement.end_lineno or statement.lineno
            parts = list(_own_parts(statement))
            if any(isinstance(child, ast.stmt) for child in ast.iter_child_nodes(statement)):
                # of a loop, a condition or a definition only its head
                last = max((getattr(part, "end_lineno", None) or first for part in parts), default=first)
            for part in parts:
                if isinstance(part, ast.Call) and _reshapes(part):
                    yield part, first, last


def _own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """What lies below a node, without the statements there and what lies below those."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt):
            yield child
            yield from _own_parts(child)


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func).split(".")[-1]


def _reshapes(call: ast.Call) -> bool:
    if _name(call) == "view" and isinstance(call.func, ast.Attribute):
        # x.view(torch.int32) reads the same bytes as other numbers and tells no shape
        return bool(call.args) and all(map(_is_size, call.args))
    return _name(call) in RESHAPING


def _is_size(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int)
    return not isinstance(node, ast.Attribute) or ast.unparse(node).split(".")[0] not in ("torch", "np")


def short_texts(lesson: Lesson) -> Iterator[Broken]:
    """A text is read at a glance. The first page, exercises, recap and sources may be longer."""
    for cell in lesson.cells[1:]:
        if cell.kind == "markdown" and (count := words(cell.source)) > WORDS:
            yield cell, f"{count} words in one text; {WORDS} are the most between two pieces of code"


def words(text: str) -> int:
    """The words of a text that are read one by one, without headings, exercises, recap and sources."""
    for pattern, instead in SKIPPED:
        text = pattern.sub(instead, text)
    count, aside = 0, False
    for line in text.split("\n"):
        if HEADING.match(line):
            aside = bool(ASIDE.match(line))
        elif not aside:
            count += sum(any(c.isalnum() for c in word) for word in line.split())
    return count
