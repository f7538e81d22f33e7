"""The names that a piece of Python gives and needs."""

import ast
import functools
import symtable
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

# statements that give a name a new value whatever it was before: not `n += 1`, nor a branch or a loop
SURE = (
    *(ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom),
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.With, ast.AsyncWith),
)


def table(source: str) -> symtable.SymbolTable:
    return symtable.symtable(source, "<cell>", "exec")


def defined(tree: ast.AST) -> set[str]:
    """The names that a piece of code gives the notebook."""
    return {s.get_name() for s in table(ast.unparse(tree)).get_symbols() if s.is_assigned()}


def reads(source: str) -> set[str]:
    """The names of the notebook that a piece of code reads, its functions included."""
    top = table(source)
    found = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    tables = list(top.get_children())
    while tables:
        inner = tables.pop()
        tables += inner.get_children()
        found |= {s.get_name() for s in inner.get_symbols() if s.is_global() and s.is_referenced()}
    return found


@functools.lru_cache(maxsize=8192)
def imports(source: str) -> Mapping[str, str]:
    """The import statement behind each name that a piece of code imports outside its functions."""
    found: dict[str, str] = {}
    if "import" not in source:  # most cells: each is asked about once for every check below it
        return MappingProxyType(found)
    for node in _outside_functions(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                alone = ast.unparse(alias)
                name = alias.asname or alias.name.split(".")[0]
                origin = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
                found[name] = f"{origin}import {alone}"
    return MappingProxyType(found)


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _outside_functions(node)


def symbols(code: str) -> tuple[set[str], set[str]]:
    """The names that a piece of code needs from outside or above, and those it assigns at its top level."""
    given = (s for s in table(code).get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace())
    return reads(code), {symbol.get_name() for symbol in given}


def extends(statement: ast.stmt) -> set[str]:
    """Names that a statement adds an attribute to, as in `Tensor.relu = …`."""
    return {
        node.value.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
    }


def changes(statement: ast.stmt) -> set[str]:
    """Names whose value a statement may change outside functions, as in `seen[0] = 1` and `seen.append(1)`."""
    found = set()
    for node in (statement, *_outside_functions(statement)):
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            part: ast.expr = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            part = node.func.value
        else:
            continue
        while isinstance(part, (ast.Subscript, ast.Attribute)):
            part = part.value
        if isinstance(part, ast.Name):
            found.add(part.id)
    return found


@dataclass(frozen=True)
class Statement:
    """One statement of a notebook: the names it needs, defines, adds an attribute to, and those it may change in place."""

    cell: int
    source: str
    needs: set[str]
    defines: set[str]
    extends: set[str]
    changes: set[str]


def statements(cells: Sequence[str]) -> list[Statement]:
    """All statements of a notebook's code cells, in order; a text cell is given as an empty one."""
    return [Statement(number, *part) for number, cell in enumerate(cells) for part in _statements(cell)]


@functools.lru_cache(maxsize=4096)
def _statements(cell: str) -> list[tuple[str, set[str], set[str], set[str], set[str]]]:
    """Source, needs, definitions, extensions and changes of each statement; a class hands in the same cells again and again."""
    found = []
    for node in ast.parse(cell).body:
        source = ast.unparse(node)
        needs, defines = symbols(source)
        if not isinstance(node, SURE):
            needs = needs | defines
        found.append((source, needs, defines, extends(node), changes(node)))
    return found


def needed(
    known: Sequence[Statement], before: int, codes: Iterable[str], whole: Collection[int] = ()
) -> list[str]:
    """The statements of the cells before one, by its number, that pieces of code after it draw on, in order.

    whole: cells of which every statement is kept.
    """
    wanted, given = symbols("\n".join(codes))
    wanted -= given
    kept: list[str] = []
    for statement in reversed(known):
        drawn_on = (statement.defines | statement.extends) & wanted
        if statement.cell < before and (drawn_on or statement.cell in whole):
            wanted = (wanted - statement.defines) | statement.needs
            kept.insert(0, statement.source)
    return kept
