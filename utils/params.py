"""The parameters of a lesson: read from its parameters cell, checked before anything runs.

A lesson declares each parameter on one line, with its type, its default and a comment; the comment may end with the
allowed values, as an interval in the notation of mathematics or as a set::

    lr: float = 0.1  # learning rate  in (0, 10]
    hidden: int = 32  # hidden units  in [1, 1024]
    dataset: str = "digits"  # which images  in {digits, mnist}
    sizes: list[int] = [16, 32]  # widths to try  in [1, 512]

For a list, each item must be allowed.
"""

import ast
import contextlib
import io
import json
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utils import shipped
from utils.errors import CourseError, nearest, shown
from utils.files import notebook_cells

INTERVAL = re.compile(r"(?:^|\s+)in\s+([\[(])\s*([^,\s]+)\s*,\s*([^,\s]+?)\s*([\])])\s*$")
CHOICES = re.compile(r"(?:^|\s+)in\s+\{([^}]*)\}\s*$")
# What is meant for one of the two, and would say nothing if it were misread.
ALMOST = re.compile(r"\bin\s*(\{|[\[(]\s*[-+.\d])")
SCALARS: dict[str, Any] = {"int": int, "float": float, "str": str, "bool": bool}


@dataclass(frozen=True)
class Parameter:
    """One declared parameter. `kind` is int, float, str, bool or a list of one of these, as written in the lesson."""

    name: str
    kind: str
    default: Any
    help: str
    interval: tuple[str, float, float, str] | None = None
    choices: tuple[str, ...] | None = None

    @property
    def allowed(self) -> str:
        """The allowed values in words, or an empty text."""
        if self.interval:
            left, low, high, right = self.interval
            return f"in {left}{low:g}, {high:g}{right}"
        return f"one of {', '.join(self.choices)}" if self.choices else ""

    def read(self, text: str) -> Any:
        """The value that a text on a command line stands for; raises CourseError when it does not fit."""
        if self.kind == "str":
            return self.check(text)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            try:
                value = ast.literal_eval(text)
            except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
                value = text
        return self.check(value)

    def check(self, value: Any) -> Any:
        """`value` in the declared type; raises CourseError when type or value are not allowed."""
        item_kind = _item_kind(self.kind)
        if item_kind:
            if not isinstance(value, (list, tuple)):
                raise CourseError(f"{self.name} takes a list such as {self.default!r}, not {shown(value)}.")
            return [self._check_item(item, item_kind) for item in value]
        return self._check_item(value, self.kind)

    def _check_item(self, value: Any, kind: str) -> Any:
        if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
            with contextlib.suppress(OverflowError):
                value = float(value)
        wanted = SCALARS[kind]
        if not isinstance(value, wanted) or isinstance(value, bool) != (wanted is bool):
            raise CourseError(f"{self.name} takes {_article(kind)}, not {shown(value)}.")
        if value != value:
            raise CourseError(f"{self.name} takes a number, and nan is none.")
        if self.interval and not _inside(value, self.interval):
            raise CourseError(f"{self.name} must lie {self.allowed}, and {shown(value)} does not.")
        if self.choices and value not in map(wanted, self.choices):
            meant = nearest(value if isinstance(value, str) else shown(value), self.choices)
            raise CourseError(f"{self.name} must be {self.allowed}, not {shown(value)}.{meant}")
        return value


def _item_kind(kind: str) -> str | None:
    found = re.fullmatch(r"list\[(\w+)\]", kind)
    return found.group(1) if found else None


def _article(kind: str) -> str:
    return {
        "int": "a whole number",
        "float": "a number",
        "str": "a text",
        "bool": "true or false",
    }[kind]


def _inside(value: float, interval: tuple[str, float, float, str]) -> bool:
    left, low, high, right = interval
    above = value >= low if left == "[" else value > low
    below = value <= high if right == "]" else value < high
    return above and below


def declared(source: str) -> dict[str, Parameter]:
    """The parameters that a parameters cell declares, by name, in order.

    Raises CourseError when a line is not ``name: type = default  # what it is``.
    """
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError) as error:
        raise CourseError(f"The parameters are not valid Python ({error}).") from error
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    found = {}
    for node in statements:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name) or node.value is None:
            raise CourseError(
                f"Declare each parameter as `name: type = default  # what it is`, not as {ast.unparse(node)!r}."
            )
        found[node.target.id] = _parameter(node, comments.get(node.lineno, ""))
    return found


def _parameter(node: ast.AnnAssign, comment: str) -> Parameter:
    name, kind = ast.unparse(node.target), ast.unparse(node.annotation)
    if (_item_kind(kind) or kind) not in SCALARS:
        raise CourseError(
            f"Parameter {name} has type {kind}; use int, float, str, bool or a list of one of them."
        )
    interval, choices = INTERVAL.search(comment), CHOICES.search(comment)
    help_text = CHOICES.sub("", INTERVAL.sub("", comment))
    if not help_text:
        raise CourseError(f"Parameter {name} needs a comment that says what it is.")
    if not (interval or choices) and ALMOST.search(comment):
        raise CourseError(
            f"The allowed values of {name} stand at the end of its comment, as `in [low, high]` or `in {{a, b}}`."
        )
    scalar = _item_kind(kind) or kind
    if (interval and scalar not in ("int", "float")) or (choices and scalar == "bool"):
        raise CourseError(f"Parameter {name} of type {kind} cannot be limited like that.")
    try:
        default = ast.literal_eval(node.value)  # type: ignore[arg-type]
        bounds = (interval[1], float(interval[2]), float(interval[3]), interval[4]) if interval else None
        allowed = tuple(choice.strip() for choice in choices[1].split(",")) if choices else None
        for choice in allowed or ():
            SCALARS[scalar](choice)
    except (ValueError, TypeError) as error:
        raise CourseError(
            f"Write the default and the allowed values of {name} as plain values of its type, nothing to compute."
        ) from error
    parameter = Parameter(name, kind, default, help_text, bounds, allowed)
    parameter.check(parameter.default)
    return parameter


def of_notebook(path: Any) -> dict[str, Parameter]:
    """The parameters declared in a notebook file; empty when it has no cell tagged `parameters`."""
    for cell in notebook_cells(path):
        if "parameters" in cell["metadata"].get("tags", []):
            return declared("".join(cell["source"]))
    return {}


def of_lesson(name: str) -> dict[str, Parameter]:
    """The parameters of a lesson, as the package carries them."""
    return declared(shipped.read(name).parameters)


def check_parameters(lesson: str, values: Mapping[str, Any]) -> None:
    """Stop a lesson with one sentence at an impossible parameter: ``check_parameters("03a…", globals())``.

    `course run` checks before it starts a kernel; this serves plain papermill and a value typed into the notebook.
    """
    for name, parameter in of_lesson(lesson).items():
        parameter.check(values[name])


def check_names(given: Mapping[str, Any], known: Mapping[str, Parameter], lesson: str) -> None:
    """Raise CourseError when a name is given that the lesson does not declare."""
    for name in given:
        if name not in known:
            names = ", ".join(known) or "none"
            raise CourseError(f"{lesson} has no parameter {name!r}.{nearest(name, known)} It has: {names}.")
