"""The rules that a lesson's text must keep, each with the file and line where it is broken."""

import ast
import builtins
import re
from collections.abc import Callable, Iterator

from utils.check import CourseError
from utils.course.lesson import Cell, Lesson, LessonError, chapter_source, solution_source
from utils.params import declared

CELL_LINES = 25
KNOWN_TAGS = re.compile(r"parameters|nbval-ignore-output|(exercise|check)-\d\d?[a-z]?\.\d+")
QUESTIONS = {"true", "close", "equal", "between", "raises", "fail"}

Broken = tuple[Cell, str]
Rule = Callable[[Lesson], Iterator[Broken]]


def problems(lesson: Lesson) -> list[str]:
    """Every broken rule of a lesson as "file:line: sentence", in the order of the lines."""
    found = []
    for cell in lesson.code():
        try:
            chapter_source(lesson, cell)
            ast.parse(solution_source(lesson, cell))
        except LessonError as error:
            return [str(error)]
        except SyntaxError as error:
            return [str(lesson.error(cell, f"not valid Python: {error.msg}", error.lineno or 0))]
    for rule in RULES:
        found += [(cell.line, f"{lesson.path.name}:{cell.line}: {message}") for cell, message in rule(lesson)]
    return [message for _, message in sorted(found)]


def tags_known(lesson: Lesson) -> Iterator[Broken]:
    for cell in lesson.cells:
        for tag in cell.tags:
            if not KNOWN_TAGS.fullmatch(tag):
                yield cell, f"unknown tag {tag!r}"


def one_parameters_cell(lesson: Lesson) -> Iterator[Broken]:
    cells = [cell for cell in lesson.cells if "parameters" in cell.tags]
    if len(cells) != 1:
        yield (
            (cells or lesson.cells)[-1],
            f"a lesson has one cell tagged `parameters`, not {len(cells)}",
        )
        return
    try:
        known = declared(cells[0].source)
    except CourseError as error:
        yield cells[0], str(error)
        return
    if "seed" not in known:
        yield cells[0], "every lesson has a parameter `seed`"
    if not any("check_parameters(" in cell.source for cell in lesson.code()):
        yield cells[0], "the set-up calls `check_parameters`"


def short_cells(lesson: Lesson) -> Iterator[Broken]:
    for cell in lesson.code():
        lines = len(solution_source(lesson, cell).splitlines())
        if lines > CELL_LINES:
            yield cell, f"{lines} lines in one cell; {CELL_LINES} are the most"


def clean_imports(lesson: Lesson) -> Iterator[Broken]:
    for cell in lesson.code():
        tree = ast.parse(solution_source(lesson, cell))
        for node in ast.walk(tree):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules = [f"{node.module}.{a.name}" for a in node.names]
            if any(f"{module}.".startswith("utils.course.") for module in modules):
                yield cell, "a lesson does not import utils.course"
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.path":
                yield cell, "a lesson does not touch sys.path; the project is installed"


def ignored_outputs_have_reasons(lesson: Lesson) -> Iterator[Broken]:
    for cell in lesson.code():
        if "nbval-ignore-output" in cell.tags and not re.search(
            r"^# output not compared: \S", cell.source, re.M
        ):
            yield (
                cell,
                "a cell tagged nbval-ignore-output starts with `# output not compared: <reason>`",
            )


def exercises_complete(lesson: Lesson) -> Iterator[Broken]:
    """Each exercise: a text with title, stars, minutes and two hints; an answer cell; then its check."""
    checks = [cell.checked() for cell in lesson.cells]
    answers: list[str] = []
    for index, cell in enumerate(lesson.cells):
        exercise = cell.exercise()
        if exercise is None:
            if cell.kind == "code" and solution_source(lesson, cell) != cell.source:
                yield cell, f"a cell with a solution needs the tag `exercise-{lesson.number}.N`"
            continue
        first = exercise not in answers
        answers.append(exercise)
        if not exercise.startswith(f"{lesson.number}."):
            yield cell, f"exercise {exercise} belongs to another lesson than {lesson.number}"
        if solution_source(lesson, cell) == cell.source:
            yield cell, f"exercise {exercise} has no solution between the marks"
        if exercise not in checks[index:]:
            yield cell, f"exercise {exercise} has no check after it (tag `check-{exercise}`)"
        if first:
            yield from ((cell, message) for message in _missing_in_text(lesson, index, exercise))
    for cell in lesson.cells:
        checked = cell.checked()
        if checked and checked not in answers:
            yield cell, f"check {checked} has no exercise before it (tag `exercise-{checked}`)"
    if len(answers) < 3 and lesson.number != "0":
        yield lesson.cells[-1], f"a lesson has three exercises or more, not {len(answers)}"


def _missing_in_text(lesson: Lesson, index: int, exercise: str) -> Iterator[str]:
    texts = [
        c.source for c in lesson.cells[:index] if c.kind == "markdown" and f"Exercise {exercise} " in c.source
    ]
    text = texts[-1] if texts else ""
    if not text:
        yield f"exercise {exercise} has no text with the heading `Exercise {exercise} · title`"
        return
    if not re.search(r"[●○]{3}", text):
        yield f"exercise {exercise} needs stars, ●○○ to ●●●"
    if not re.search(r"\d+ min", text):
        yield f"exercise {exercise} needs its minutes, such as `10 min`"
    if text.count("<details>") < 2 or text.count("</details>") < 2:
        yield f"exercise {exercise} needs two folded hints (<details>)"


def checks_honest(lesson: Lesson) -> Iterator[Broken]:
    """A check asks something, and uses only imports and the learner's own names."""
    imported, own = set(), set()
    for cell in lesson.code():
        tree = ast.parse(solution_source(lesson, cell))
        imported |= {
            (a.asname or a.name).split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for a in node.names
        }
        if cell.exercise():
            own |= _bound(tree)
        if not cell.checked():
            continue
        if not re.search(rf'check\(\s*"{re.escape(cell.checked() or "")}"', cell.source):
            yield cell, f'a cell tagged check-{cell.checked()} calls `check("{cell.checked()}", …)`'
        if not _asks(tree):
            yield cell, f"check {cell.checked()} asks nothing"
        read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        foreign = read - imported - own - _bound(tree) - set(dir(builtins))
        if foreign:
            yield (
                cell,
                f"check {cell.checked()} uses {', '.join(sorted(foreign))}, neither imported nor the learner's",
            )


def _bound(tree: ast.AST) -> set[str]:
    """Every name that a piece of code binds, arguments included."""
    bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    return bound | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}


def _asks(tree: ast.AST) -> bool:
    calls = (n.func for n in ast.walk(tree) if isinstance(n, ast.Call))
    return any(isinstance(f, ast.Attribute) and f.attr in QUESTIONS for f in calls)


def nothing_needs_an_answer(lesson: Lesson) -> Iterator[Broken]:
    """No cell but an exercise's own check reads a name that the learner defines."""
    own: set[str] = set()
    redefined: set[str] = set()
    for cell in lesson.code():
        tree = ast.parse(solution_source(lesson, cell))
        if cell.exercise():
            # what stands outside the marks is the course's own and always there
            chapter = ast.parse(chapter_source(lesson, cell))
            stubs = [n for n in chapter.body if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.Assign))]
            own |= set().union(*map(_bound_at_top, stubs)) if stubs else set()
            redefined -= own
        elif not cell.checked():
            read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            redefined |= set().union(*map(_bound_at_top, tree.body)) if tree.body else set()
            needed = (read & own) - redefined
            if needed:
                yield (
                    cell,
                    f"this cell needs the learner's {', '.join(sorted(needed))}; use a name of the course",
                )


def _bound_at_top(node: ast.AST) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def first_page(lesson: Lesson) -> Iterator[Broken]:
    """Title, promise and a line of facts; then what one will be able to do."""
    first = lesson.cells[0]
    if first.kind != "markdown" or not first.source.startswith(f"# {lesson.number} · "):
        yield first, f"the first cell is text and starts with `# {lesson.number} · Title`"
    if not FACTS.search(first.source):
        yield (
            first,
            "the first cell has a line `N min to read · under N CPU-seconds · under N MB · GPU: …`",
        )
    text = "\n".join(cell.source for cell in lesson.cells if cell.kind == "markdown")
    for heading in ("You will be able to", "Recap", "Sources"):
        if heading not in text:
            yield first, f"a lesson has a part “{heading}”"


FACTS = re.compile(r"(\d+) min to read · under (\d+) CPU-seconds · under ([\d,]+) MB · GPU: \w+")


def budget(lesson: Lesson) -> tuple[float, float]:
    """The CPU-seconds and megabytes that a lesson's line of facts promises not to exceed."""
    facts = FACTS.search(lesson.cells[0].source)
    if facts is None:
        raise lesson.error(lesson.cells[0], "the line of facts is missing")
    return float(facts[2]), float(facts[3].replace(",", ""))


RULES: list[Rule] = [
    first_page,
    tags_known,
    one_parameters_cell,
    short_cells,
    clean_imports,
    ignored_outputs_have_reasons,
    exercises_complete,
    checks_honest,
    nothing_needs_an_answer,
]
