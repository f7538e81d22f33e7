"""requirements.txt: exact, complete, and in agreement with the ranges of pyproject.toml."""

import importlib.metadata
import itertools
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

pytestmark = pytest.mark.static
ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RANGES = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
# what torch brings along for CUDA; other machines could not use it
CUDA = re.compile(r"nvidia-.*|cuda-.*|triton(-.*)?|pytorch-triton.*")

SYSTEMS = [
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "aarch64"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
]
ENVIRONMENTS = [
    system
    | {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    for python, system in itertools.product(("3.11.0", "3.11.9", "3.12.4", "3.13.1", "3.14.0"), SYSTEMS)
]


def requirements(text: str) -> list[Requirement]:
    """The requirements of a lock file; its comments and options left out."""
    return [Requirement(line) for line in text.splitlines() if line and line[0] not in "#-"]


def pins(text: str, environment: dict[str, str] | None = None) -> list[tuple[str, Version]]:
    """Names and versions that a lock file installs in an environment; without one, in this."""
    return [
        (canonicalize_name(entry.name), Version(str(entry.specifier).removeprefix("==")))
        for entry in requirements(text)
        if entry.marker is None or entry.marker.evaluate(environment)
    ]


def told(environment: dict[str, str]) -> str:
    return " ".join(environment[key] for key in ("python_full_version", "sys_platform", "platform_machine"))


def disagreements(ranges: Iterable[str], text: str) -> list[str]:
    """Where a lock file does not satisfy a range, or lists a package twice, in any environment."""
    found = []
    for environment in ENVIRONMENTS:
        listed = pins(text, environment)
        names = [name for name, _ in listed]
        found += [f"{name} twice: {told(environment)}" for name in set(names) if names.count(name) > 1]
        locked = dict(listed)
        for wanted in map(Requirement, ranges):
            if wanted.marker is not None and not wanted.marker.evaluate(environment):
                continue
            version = locked.get(canonicalize_name(wanted.name))
            if version is None:
                found.append(f"{wanted.name} missing: {told(environment)}")
            elif not wanted.specifier.contains(version, prereleases=True):
                found.append(f"{wanted} against {version}: {told(environment)}")
    return found


def not_exact(text: str) -> list[str]:
    """The lines of a lock file that are neither a pin nor a comment nor the project itself."""
    exact = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.!+]+( ; .+)?")
    lines = [line for line in text.splitlines() if line and not line.startswith("#") and line != "-e ."]
    return [line for line in lines if not exact.fullmatch(line)]


def incomplete(name: str, extras: Iterable[str], text: str) -> set[str]:
    """What installed packages require here, from `name` downwards, and the lock file does not list."""
    locked = {name for name, _ in pins(text)}
    waiting = [(canonicalize_name(name), frozenset(extras))]
    seen: set[tuple[str, frozenset[str]]] = set()
    missing = set()
    while waiting:
        package, chosen = waiting.pop()
        if (package, chosen) in seen:
            continue
        seen.add((package, chosen))
        for wanted in map(Requirement, importlib.metadata.requires(package) or []):
            applies = wanted.marker is None or any(
                wanted.marker.evaluate({"extra": extra}) for extra in ("", *chosen)
            )
            child = canonicalize_name(wanted.name)
            if not applies or (package == "torch" and CUDA.fullmatch(child)):
                continue
            if child not in locked:
                missing.add(f"{child}, which {package} requires")
            else:
                waiting.append((child, frozenset(wanted.extras)))
    return missing


def test_every_line_is_an_exact_pin():
    assert not_exact(LOCK) == []
    assert len(requirements(LOCK)) > 100


def test_the_project_itself_is_installed():
    assert LOCK.splitlines().count("-e .") == 1


def test_torch_is_pinned_and_brings_no_cuda_packages():
    assert [str(entry) for entry in requirements(LOCK) if entry.name == "torch"] == ["torch==2.13.0"]
    assert "torch==2.13.0" in PROJECT["dependencies"]
    assert [entry.name for entry in requirements(LOCK) if CUDA.fullmatch(canonicalize_name(entry.name))] == []


def test_no_index_nor_host_nor_file_is_named():
    assert re.findall(r"://|--|@|\.whl|\.tar", LOCK) == []


def test_the_names_are_sorted_and_canonical():
    names = [entry.name for entry in requirements(LOCK)]
    assert names == [canonicalize_name(name) for name in names]
    assert names == sorted(names)


def test_lock_and_ranges_agree_in_every_environment():
    assert len(RANGES) > 20
    assert disagreements(RANGES, LOCK) == []


def test_what_the_installed_packages_require_is_in_the_lock():
    assert incomplete(PROJECT["name"], ["test"], LOCK) == set()


@pytest.mark.parametrize(
    ("ranges", "text", "complaint"),
    [
        (["numpy>=2.2,<3"], "numpy==3.0.0", "numpy<3,>=2.2 against 3.0.0: 3.11.0 linux x86_64"),
        (["numpy>=2.2"], "# numpy==2.3", "numpy missing: 3.11.0 linux x86_64"),
        (["numpy>=2.2"], "numpy==2.3 ; sys_platform != 'win32'", "numpy missing: 3.11.0 win32 AMD64"),
        (["numpy>=2.2"], "numpy==2.3\nNumPy==2.4", "numpy twice: 3.11.0 linux x86_64"),
        (
            ["numpy>=2.2"],
            "numpy==2.3 ; python_full_version < '3.13'\nnumpy==2.4 ; python_full_version >= '3.12'",
            "numpy twice: 3.12.4 linux x86_64",
        ),
        (["a-b>=1"], "a_b==0.9", "a-b>=1 against 0.9: 3.11.0 linux x86_64"),
        (
            ["numpy>=2.5 ; python_version >= '3.12'"],
            "numpy==2.4",
            'numpy>=2.5; python_version >= "3.12" against 2.4: 3.12.4 linux x86_64',
        ),
    ],
)
def test_a_disagreement_is_noticed(ranges, text, complaint):
    assert disagreements(ranges, text)[0] == complaint


@pytest.mark.parametrize(
    ("ranges", "text"),
    [
        (["numpy>=2.2,<3"], "numpy==2.3"),
        (
            ["numpy>=2.2"],
            "numpy==2.3 ; python_full_version < '3.12'\nnumpy==2.4 ; python_full_version >= '3.12'",
        ),
        (["pywinpty>=3 ; os_name == 'nt'"], "pywinpty==3.1 ; os_name == 'nt'"),
        (["tool>=1rc1"], "tool==1rc2"),
    ],
)
def test_agreement_is_not_complained_of(ranges, text):
    assert disagreements(ranges, text) == []


@pytest.mark.parametrize(
    "line",
    [
        "numpy",
        "numpy>=2.2",
        "numpy==2.*",
        "numpy===2.2",
        "numpy==2.2,<3",
        "numpy @ https://example.org/numpy.zip",
        "-r other.txt",
        "-e ../other",
        "--extra-index" + "-url https://example.org",
        "git+https://example.org/numpy",
    ],
)
def test_a_line_that_pins_nothing_is_noticed(line):
    assert not_exact(f"# text\ntorch==2.13.0\n{line}\n-e .\n") == [line]


def test_a_missing_package_is_noticed():
    without = "\n".join(
        line for line in LOCK.splitlines() if not line.startswith(("contourpy==", "pluggy=="))
    )
    assert incomplete(PROJECT["name"], ["test"], without) >= {
        "contourpy, which matplotlib requires",
        "pluggy, which pytest requires",
    }
    assert not any("pluggy" in complaint for complaint in incomplete(PROJECT["name"], [], LOCK))


def test_ranges_are_those_of_the_installed_project():
    """The walk through the installed packages starts from the ranges of the file, not from older ones."""
    installed = {str(Requirement(line)) for line in importlib.metadata.requires(PROJECT["name"]) or []}
    assert {str(Requirement(line)) for line in PROJECT["dependencies"]} - installed == set()
