"""A course of three small lessons in a folder of its own, and helpers that run the real command `course` on it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import nbformat
import psutil

from utils.course.lesson import notebooks, read, shipped

README = "# Tiny\n\n<!-- lessons: begin -->\n<!-- lessons: end -->\n"

PARAMS = """
# %% [markdown]
# Squares:

# %%
squares = [size * size for size in sizes]
print(f"n={n} lr={lr} mode={mode} sizes={squares} where={where}")
metric("n_over_three", n / 3)
metric("rate", lr)
if n == 7:
    raise ValueError("seven is not supported")
"""

# Each kind of trouble is asked for by a seed, because every lesson has one: the other lessons go on as usual.
TROUBLE = """
# %% [markdown]
# Trouble:

# %%
import os
import signal
import sys
import time
from pathlib import Path

ENDINGS = {20: "sys.exit(0)", 21: "sys.exit()", 22: "raise SystemExit", 23: "exit()", 24: "quit()", 25: "os._exit(0)"}
if seed == 9:
    os.kill(os.getpid(), signal.SIGKILL)
if seed in ENDINGS:
    exec(ENDINGS[seed])
if seed in (60, 61):
    root = Path(os.environ["COURSE_ROOT"])
    (root / f"asleep-{seed}").touch()
    for _ in range(6000):
        if not (root / "awake").exists():
            time.sleep(0.1)

# %%
if seed == 13:
    raise ValueError("thirteen is unlucky")
print("no trouble")
"""

# Whoever enters the room waits until a second one is there too: only what runs at the same time gets through.
MEET = """
# %%
import os
import time
from pathlib import Path

if room:
    Path(room, str(os.getpid())).touch()
    end = time.monotonic() + 60
    while len(list(Path(room).iterdir())) < 2:
        assert time.monotonic() < end, "nobody else came"
        time.sleep(0.05)
print("met" if room else "alone")
"""


def exercise(number: str) -> str:
    """The cells of one exercise: its text, its answer, its check."""
    name = "answer_" + number.replace(".", "_")
    return f'''
# %% [markdown]
# ### Exercise {number} · Double it ●○○ 5 min
# Return twice the number.
# <details><summary>Hint 1</summary>Add it to itself.</details>
# <details><summary>Hint 2</summary>Or multiply.</details>


# %% tags=["exercise-{number}"]
def {name}(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% tags=["check-{number}"]
with check("{number}", {name}) as c:
    c.equal({name}(3), 6, hint="3 + 3")
'''


def lesson(name: str, parameters: str, body: str) -> str:
    """The text of a lesson that keeps every rule."""
    number = name.split("_")[0].lstrip("0")
    return f'''# %% [markdown]
# # {number} · The lesson {name}
#
# Do something small.
#
# 5 min to read · under 60 CPU-seconds · under 2,000 MB · GPU: no
#
# **You will be able to** do it.

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 99]
{parameters}
# %%
from utils.check import check, metric
from utils.params import check_parameters

check_parameters("{name}", globals())
{body}{"".join(exercise(f"{number}.{n}") for n in (1, 2, 3))}
# %% [markdown]
# ## Recap
# It was small.
#
# ## Sources
# None.
'''


LESSONS = {
    "01_params": lesson(
        "01_params",
        """n: int = 3  # a whole number  in [1, 10]
lr: float = 0.5  # a rate  in (0, 1]
mode: str = "plain"  # a choice  in {plain, loud}
sizes: list[int] = [1, 2]  # a list  in [1, 64]
where: str = ""  # a path
""",
        PARAMS,
    ),
    "02_trouble": lesson("02_trouble", 'room: str = ""  # folder to meet in\n', TROUBLE + MEET),
    "03_meet": lesson("03_meet", 'room: str = ""  # folder to meet in\n', MEET),
}


def lay(root: Path) -> Path:
    """Write the tiny course, not built, into `root`."""
    for folder in ("lessons", "chapters", "solutions"):
        (root / folder).mkdir(parents=True)
    for name, text in LESSONS.items():
        (root / "lessons" / f"{name}.py").write_text(text, encoding="utf-8")
    (root / "README.md").write_text(README, encoding="utf-8")
    pins = [f"{package}=={version(package).partition('+')[0]}" for package in ("click", "papermill", "rich")]
    (root / "requirements.txt").write_text("\n".join(["# pinned", *pins, "-e .", ""]), encoding="utf-8")
    return root


def lay_one(root: Path, name: str, text: str) -> Path:
    """Write a course of one lesson into `root`: its notebooks are made, but not executed."""
    lay(root)
    for path in (root / "lessons").iterdir():
        path.unlink()
    path = root / "lessons" / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    made = read(path)
    (root / "checks").mkdir()
    (root / "checks" / path.name).write_text(shipped(made), encoding="utf-8")
    for folder, notebook in notebooks(made).items():
        nbformat.write(notebook, root / folder / f"{name}.ipynb")
    return root


def surroundings(root: Path, **env: str) -> dict[str, str]:
    return {**os.environ, "COURSE_ROOT": str(root), "COLUMNS": "200", **env}


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "utils.course.cli", *args]


def course(root: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `course` on the course in `root` to its end."""
    return subprocess.run(
        command(*args),
        cwd=root,
        env=surroundings(root, **env),
        capture_output=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )


@contextlib.contextmanager
def started(root: Path, *args: str, **env: str) -> Iterator[subprocess.Popen[str]]:
    """Start `course` on the course in `root`; whatever of it is alive at the end of the block is killed."""
    process = subprocess.Popen(
        command(*args),
        cwd=root,
        env=surroundings(root, **env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # a shell that starts the tests in the background lets them ignore Ctrl-C, and their children would inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        for left in alive(root):
            with contextlib.suppress(psutil.Error):
                left.kill()
        process.communicate()


def alive(root: Path) -> list[psutil.Process]:
    """Every process that works on the course in `root`: commands, workers, kernels."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            own = process.environ().get("COURSE_ROOT") == str(root)
            if own and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def wait_for(condition: Callable[[], object], what: str, seconds: float = 120) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr with which a command refuses; asserts that it is one, and that the status is 2."""
    assert done.returncode == 2, done.stderr + done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("course: ")
    return lines[0].removeprefix("course: ")


def change(root: Path, name: str, old: str, new: str) -> None:
    """Replace a part of a lesson's text, at its first place."""
    path = root / "lessons" / f"{name}.py"
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
