"""Which room of the package may import which: lessons → utils.models → utils; utils.course → utils, never back."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import utils

pytestmark = pytest.mark.static
PACKAGE = Path(utils.__file__).parent
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "checks"]
GROUND = {"errors", "files"}
ON_THE_GROUND = {"errors": set(), "files": {"utils.errors"}}


def imported(path: Path) -> set[str]:
    """The modules of this package that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports would hide where a name comes from"
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.split(".")[0] == "utils"}


def room(name: str) -> str:
    part = name.split(".")[1] if "." in name else ""
    return part if part in ("models", "course") else "bench"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    here = path.relative_to(PACKAGE).parts[0] if path.parent != PACKAGE else "bench"
    allowed = {"bench": {"bench"}, "models": {"bench", "models"}, "course": {"bench", "course", "models"}}[
        here
    ]
    assert {name for name in imported(path) if room(name) not in allowed} == set()


@pytest.mark.parametrize("name", sorted(GROUND))
def test_the_ground_floor_stands_on_nothing_above_it(name):
    names = {".".join(module.split(".")[:2]) for module in imported(PACKAGE / f"{name}.py")} - {"utils"}
    assert names <= ON_THE_GROUND[name]


def test_no_function_is_longer_than_fifty_lines():
    long = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
                and node.end_lineno - node.lineno >= 50
            ):
                long.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}")
    assert long == []


def test_starting_a_run_builds_no_grammar_that_nobody_asks_for():
    """It took .8 of the 1.3 CPU-seconds that a worker needs before it can start a kernel."""
    code = (
        "import utils.course, sys, papermill, nbformat; print('rfc3987_syntax.syntax_helpers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
