"""The names that a piece of Python gives and needs."""

import ast
import symtable
from collections.abc import Iterator


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


def imports(source: str) -> dict[str, str]:
    """The import statement behind each name that a piece of code imports outside its functions."""
    found = {}
    for node in _outside_functions(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                alone = ast.unparse(alias)
                name = alias.asname or alias.name.split(".")[0]
                origin = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
                found[name] = f"{origin}import {alone}"
    return found


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _outside_functions(node)
