"""The rules that a lesson's text must keep, each with the file and line where it is broken."""

import ast
import copy
import re
from collections.abc import Callable, Iterator

from utils.course.layout import (
    CODE,
    Broken,
    few_cells,
    rows_broken_by_text,
    shapes_told,
    short_cells,
    short_texts,
)
from utils.course.lesson import (
    FIGURE,
    MARK,
    Cell,
    Lesson,
    LessonError,
    chapter_source,
    question,
    solution_source,
)
from utils.course.symbols import defined, reads, table
from utils.errors import CourseError
from utils.params import declared
from utils.questions import STUB

NAME = re.compile(r"\d\d[a-z]?_[a-z0-9_]+")
KNOWN_TAGS = re.compile(r"parameters|figure|nbval-ignore-output|(exercise|check)-\d\d?[a-z]?\.\d+")
HINT = re.compile(r"<details>\s*<summary>[^<]*</summary>\s*(?!</details>)\S.*?</details>", re.S)
HINT_FORM = "<details><summary>Hint 1</summary>…</details>"
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
QUESTIONS = {"true", "close", "equal", "between", "raises", "fail"}

Rule = Callable[[Lesson], Iterator[Broken]]


def problems(lesson: Lesson) -> list[str]:
    """Every broken rule of a lesson as "file:line: sentence", in the order of the lines."""
    if unreadable := [problem for cell in lesson.cells if (problem := _unreadable(lesson, cell))]:
        return unreadable
    found = []
    for rule in RULES:
        for cell, message, *offset in rule(lesson):
            line = cell.line + sum(offset)
            found.append((line, f"{lesson.path.name}:{line}: {message}"))
    return [message for _, message in sorted(found)]


def _unreadable(lesson: Lesson, cell: Cell) -> str | None:
    """Why the rules cannot be put to a cell, or None: spoilt marks, or no Python."""
    if cell.kind == "markdown":
        marked = [n for n, line in enumerate(cell.source.split("\n"), 1) if MARK.search(line)]
        return str(lesson.error(cell, "a solution mark in a text cell", marked[0])) if marked else None
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        return str(lesson.error(cell, f"not valid Python: {error.msg}", error.lineno or 0))
    try:
        ast.parse(chapter_source(lesson, cell))
    except LessonError as error:
        return str(error)
    except SyntaxError as error:
        return str(lesson.error(cell, f"not valid Python without the answer: {error.msg}"))
    return None


def named(lesson: Lesson) -> Iterator[Broken]:
    """The number in a file's name numbers the exercises, and makes the ids of the cells."""
    if not NAME.fullmatch(lesson.name):
        yield (
            lesson.cells[0],
            "a lesson's file is named like 03a_forward_backward.py: number, then what it is",
        )
    for path in sorted(lesson.path.parent.glob("*.py")):
        if path.stem < lesson.name and Lesson(path, []).number == lesson.number:
            yield lesson.cells[0], f"number {lesson.number} is taken by {path.name}"


def tags_known(lesson: Lesson) -> Iterator[Broken]:
    for cell in lesson.cells:
        for tag in cell.tags:
            if not KNOWN_TAGS.fullmatch(tag):
                yield cell, f"unknown tag {tag!r}"
        if cell.tags and cell.kind != "code":
            yield cell, "only a code cell carries tags"
        roles = [tag for tag in cell.tags if tag != "nbval-ignore-output"]
        if len(roles) > 1:
            yield cell, f"a cell is one thing, not {' and '.join(roles)}"


def one_parameters_cell(lesson: Lesson) -> Iterator[Broken]:
    cells = [cell for cell in lesson.code() if "parameters" in cell.tags]
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
    call = f'check_parameters("{lesson.name}", globals())'
    if not any(re.search(rf"^{re.escape(call)}", cell.source, re.M) for cell in lesson.code()):
        yield cells[0], f"the set-up calls `{call}`"


def clean_imports(lesson: Lesson) -> Iterator[Broken]:
    # sys may go by another name, given in an earlier cell
    aliases = {"sys"}
    for cell in lesson.code():
        for node in ast.walk(ast.parse(cell.source)):
            modules, attribute = _imported(node), ""
            if isinstance(node, ast.Import):
                aliases |= {a.asname for a in node.names if a.name == "sys" and a.asname}
            if isinstance(node, ast.Attribute):
                attribute = ast.unparse(node)
            course = any(f"{module}.".startswith("utils.course.") for module in modules)
            if course or attribute == "utils.course":
                yield cell, "a lesson does not import utils.course"
            path = {"sys.path", "site.addsitedir"} & set(modules)
            if path or attribute == "site.addsitedir" or attribute in {f"{name}.path" for name in aliases}:
                yield cell, "a lesson does not touch sys.path; the project is installed"


def _imported(node: ast.AST) -> list[str]:
    """The modules, or names in modules, that a statement or a call of import_module imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
        "import_module",
        "__import__",
    ):
        texts = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        # a relative name stands before its package
        return ["".join(reversed(texts[:2])) if texts[0].startswith(".") else texts[0]] if texts else []
    return []


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
    if len(set(answers)) < 3 and lesson.number != "0":
        yield lesson.cells[-1], f"a lesson has three exercises or more, not {len(set(answers))}"


def _missing_in_text(lesson: Lesson, index: int, exercise: str) -> Iterator[str]:
    heading = re.compile(rf"^#+ Exercise {re.escape(exercise)} · \S.*$", re.M)
    texts = [cell.source for cell in lesson.cells[:index] if cell.kind == "markdown"]
    found = [(match[0], text) for text in texts if (match := heading.search(text))]
    if not found:
        yield f"exercise {exercise} has no text with the heading `### Exercise {exercise} · title`"
        return
    line, text = found[-1]
    if not re.search(r"●○○|●●○|●●●", line):
        yield f"exercise {exercise} needs stars in its heading, ●○○ to ●●●"
    if not re.search(r"\b\d+ min\b", line):
        yield f"exercise {exercise} needs its minutes in its heading, such as `10 min`"
    if len(HINT.findall(text)) < 2:
        yield f"exercise {exercise} needs two folded hints: `{HINT_FORM}`"


def checks_honest(lesson: Lesson) -> Iterator[Broken]:
    """A check asks something, and uses only imports and the learner's own names."""
    own: dict[str, set[str]] = {}
    for cell in lesson.code():
        if exercise := cell.exercise():
            own[exercise] = own.get(exercise, set()) | defined(ast.parse(chapter_source(lesson, cell)))
        if not cell.checked():
            continue
        try:
            asked = question(lesson, cell)
        except LessonError as error:
            yield cell, str(error).partition(": ")[2]
            continue
        if not _asks(ast.parse(asked.source)):
            yield cell, f"check {asked.exercise} asks nothing"
        if foreign := {*asked.given, *asked.also} - own.get(asked.exercise, set()):
            yield (
                cell,
                f"check {asked.exercise} uses {', '.join(sorted(foreign))}, neither imported nor the learner's",
            )


def _asks(tree: ast.AST) -> bool:
    calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
    attributes = [f for f in calls if isinstance(f, ast.Attribute) and f.attr in QUESTIONS]
    return any(isinstance(f.value, ast.Name) and f.value.id == "c" for f in attributes)


def nothing_needs_an_answer(lesson: Lesson) -> Iterator[Broken]:
    """No cell but an exercise's own check reads a name that the learner defines."""
    own: set[str] = set()
    for cell in lesson.code():
        source = chapter_source(lesson, cell)
        tree = ast.parse(source)
        running = source
        if cell.exercise():
            # what stands outside the marks is the course's own and always there
            stubs = [node for node in tree.body if _holds_stub(node)]
            own |= set().union(*map(defined, stubs))
            # a definition runs later, when the check calls it
            running = "\n".join(ast.unparse(n) for n in tree.body if not isinstance(n, DEFINITIONS))
        elif not cell.checked():
            own -= defined(tree)
        else:
            continue
        if needed := reads(running) & own:
            names = ", ".join(sorted(needed))
            yield cell, f"this cell needs the learner's {names}; use a name of the course"


def _holds_stub(node: ast.stmt) -> bool:
    """Whether a statement of a chapter waits for the learner: an error inside a function, or `name = ...`."""
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Constant) and node.value.value is ...
    texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return isinstance(node, DEFINITIONS) and any(text.endswith(STUB) for text in texts)


DRAWS = {"plot", "plt", "display"}
DRAWS_NOTHING = {"plot.style", "plt.close", "plt.style.use", "plt.style.context", "plt.rc"}
# what these show or say belongs where it is read, and not into folded code
SAYS = {"print", "check", "claim", "metric"}


def figures_only_draw(lesson: Lesson) -> Iterator[Broken]:
    """A folded cell draws, itself or through a function of an earlier cell, and says nothing that is to be read."""
    drawing = set(DRAWS)
    for cell in lesson.code():
        tree = ast.parse(cell.source)
        drawing |= {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and _draws(n, drawing)}
        if FIGURE not in cell.tags:
            continue
        if not _draws(tree, drawing):
            yield (
                cell,
                "a cell tagged `figure` draws a picture: nothing of plot, plt or display is called here",
            )
        for call in _calls(tree):
            if (name := ast.unparse(call.func)) in SAYS:
                yield (
                    cell,
                    f"`{name}` in a folded cell is not seen; put it into a cell of its own",
                    call.lineno,
                )


def _calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _draws(tree: ast.AST, drawing: set[str]) -> bool:
    called = {ast.unparse(call.func) for call in _calls(tree)} - DRAWS_NOTHING
    return any(name.split(".")[0] in drawing for name in called)


def nothing_needs_a_figure(lesson: Lesson) -> Iterator[Broken]:
    """What a folded cell defines or changes is used by no later cell, and no later text speaks of it."""
    folded: dict[str, Cell] = {}
    for cell in lesson.cells:
        if cell.kind == "markdown":
            used, user = _spoken_of(cell.source), "text"
        else:
            source = solution_source(lesson, cell)
            used, given = _needed_and_given(ast.parse(source).body)
            user = "cell"
        for name in sorted(used & folded.keys()):
            yield folded[name], f"folded code gives `{name}`, which the {user} at line {cell.line} uses"
        if cell.kind == "code":
            folded = {name: where for name, where in folded.items() if name not in given}
            if FIGURE in cell.tags:
                folded |= dict.fromkeys(given | _changed(source), cell)


def _spoken_of(text: str) -> set[str]:
    """The names between backticks; of `x.shape` that is x."""
    return {name for _, span in CODE.findall(text) for name in re.findall(r"(?<![\w.])[^\W\d]\w*", span)}


def _needed_and_given(body: list[ast.stmt]) -> tuple[set[str], set[str]]:
    """The names that statements read before they give them a value themselves, and those that they give one."""
    needed: set[str] = set()
    given: set[str] = set()
    late: set[str] = set()
    for statement in _unfolded(body):
        needs = reads(ast.unparse(statement))
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            needs |= {statement.target.id}
        if isinstance(statement, DEFINITIONS):
            late |= needs  # when it is called, all of the cell may have run
        else:
            needed |= needs - given
        symbols = table(ast.unparse(statement)).get_symbols()
        given |= {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    return needed | (late - given), given


def _unfolded(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements in the order in which they stand; a loop or a condition becomes its head, then what is inside."""
    for node in body:
        inside = [f for f in ("body", "handlers", "orelse", "finalbody") if getattr(node, f, None)]
        if isinstance(node, DEFINITIONS) or not inside:
            yield node
            continue
        if not isinstance(node, (ast.Try, ast.TryStar, ast.ExceptHandler)):
            head = copy.copy(node)
            head.body, head.orelse = [ast.Pass()], []  # type: ignore[attr-defined]
            yield head
        for part in inside:
            yield from _unfolded(getattr(node, part))


def _changed(source: str) -> set[str]:
    """The names whose parts a piece of code sets: rows in `rows[0] = 1`, point in `point.x = 2`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            base: ast.expr = node
            while isinstance(base, (ast.Attribute, ast.Subscript)):
                base = base.value
            if isinstance(base, ast.Name):
                found.add(base.id)
    return found


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
        if not re.search(rf"^(#+ |\*\*).*{heading}", text, re.M):
            yield first, f"a lesson has a part “{heading}”"


FACTS = re.compile(r"(\d+) min to read · under (\d+) CPU-seconds · under ([\d,]+) MB · GPU: \w+")


def budget(lesson: Lesson) -> tuple[float, float]:
    """The CPU-seconds and megabytes that a lesson's line of facts promises not to exceed."""
    facts = FACTS.search(lesson.cells[0].source)
    if facts is None:
        raise lesson.error(lesson.cells[0], "the line of facts is missing")
    return float(facts[2]), float(facts[3].replace(",", ""))


def no_output_widgets(lesson: Lesson) -> Iterator[Broken]:
    """The Output widget, which `interact` uses, makes a run without a browser wait for ever now and then."""
    for cell in lesson.code():
        if re.search(r"\b(interact|interactive|interactive_output|Output)\b\(", cell.source):
            yield cell, "use plot.slider(draw, control) with draw(value, ax) instead of interact or Output"


SEED = re.compile(r"(\w*_)?seed")
OPENS = {"default_rng", "SeedSequence", "manual_seed", "manual_seed_all", "set_random_seed", "random.seed"}


def independent_streams(lesson: Lesson) -> Iterator[Broken]:
    """No generator is opened with the seed itself, or with a number near it: others draw from there as well."""
    for cell in lesson.code():
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
                if any(_is_seed(side) for side in (node.left, node.right)):
                    yield (
                        cell,
                        f"`{ast.unparse(node)}` is also another run's seed; use child_seed(seed, name, index)",
                    )
            elif _opens_seed(node):
                yield (
                    cell,
                    f"`{ast.unparse(node)}` repeats numbers that are drawn elsewhere; use numpy_stream(seed, name), "
                    "torch_stream(seed, name) or child_seed(seed, name)",
                )


def _is_seed(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and SEED.fullmatch(node.id) is not None


def _opens_seed(node: ast.AST) -> bool:
    """Whether a call opens a generator with a seed that has not gone through child_seed."""
    if isinstance(node, ast.keyword):
        return node.arg == "random_state" and _holds_seed(node.value)
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).split(".")
    if name[-1] == "RandomState":
        return True
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    return bool({name[-1], ".".join(name[-2:])} & OPENS) and any(map(_holds_seed, arguments))


def _holds_seed(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "child_seed":
        return False
    return _is_seed(node) or any(map(_holds_seed, ast.iter_child_nodes(node)))


RULES: list[Rule] = [
    named,
    first_page,
    tags_known,
    one_parameters_cell,
    short_cells,
    few_cells,
    rows_broken_by_text,
    shapes_told,
    short_texts,
    figures_only_draw,
    nothing_needs_a_figure,
    clean_imports,
    ignored_outputs_have_reasons,
    exercises_complete,
    checks_honest,
    nothing_needs_an_answer,
    no_output_widgets,
    independent_streams,
]
