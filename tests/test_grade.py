"""`course grade`: nobody gets a mark that was not earned, and an honest answer loses none."""

import copy
import csv
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from tiny_course import course, lay_one, lesson, sentence

from utils.course.marks import Marked, feedback, write_csv
from utils.course.submissions import Submission, submissions

CLASS = '''
# %%
def helper(x):
    return x + x


# %% [markdown]
# ### Exercise 1.4 · An object ●●● 5 min
# Write a counter.


# %% tags=["exercise-1.4"]
COUNTS = (1, 2)


class Counter:
    """Counts."""

    def __init__(self):
        self.count = 0

    def add(self):
        """One more; the count."""
        ### BEGIN SOLUTION
        self.count += 1
        return self.count
        ### END SOLUTION


# %% tags=["check-1.4"]
with check("1.4", Counter) as c:
    counter = Counter()
    c.equal([counter.add() for _ in COUNTS], list(COUNTS), hint="keep the count")
'''
NAMES = ("1.1", "1.2", "1.3", "1.4")
PASSED = dict.fromkeys(NAMES, "passed")
OPEN = dict.fromkeys(NAMES, "not attempted")

Change = Callable[[nbformat.NotebookNode], None]


def cells_of(notebook, tag: str):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def answer(**sources: str) -> Change:
    """Put other answers into a notebook: answer(a1="…") is for exercise 1.1."""

    def change(notebook) -> None:
        for name, source in sources.items():
            cells_of(notebook, f"exercise-1.{name[1]}")[0].source = source

    return change


def function(number: int, *lines: str) -> str:
    return "\n".join([f"def answer_1_{number}(x):", *(f"    {line}" for line in lines)])


def add_cell(notebook, before: str, source: str) -> None:
    place = notebook.cells.index(cells_of(notebook, before)[0])
    notebook.cells.insert(place, nbformat.v4.new_code_cell(source))


def no_checks(notebook) -> None:
    notebook.cells = [cell for cell in notebook.cells if "check-" not in str(cell.metadata.get("tags"))]


def edited_checks(notebook) -> None:
    for number in NAMES:
        cells_of(notebook, f"check-{number}")[0].source = f'print("✔ {number}")'


def doubled_checks(notebook) -> None:
    for number in NAMES:
        cell = cells_of(notebook, f"check-{number}")[0]
        notebook.cells += [copy.deepcopy(cell), nbformat.v4.new_code_cell(cell.source)]


def reordered(notebook) -> None:
    notebook.cells.reverse()


def own_helper(notebook) -> None:
    add_cell(notebook, "exercise-1.1", "from operator import mul\n\n\ndef mine(x):\n    return mul(x, 2)")
    answer(a1=function(1, "return mine(x)"))(notebook)


def changed_in_place(notebook) -> None:
    add_cell(
        notebook,
        "exercise-1.1",
        "seen = {}\nbox = []\nfor n in range(9):\n    seen[n] = 2 * n\nbox.append(2)",
    )
    answer(
        a1="table = {}\ntable[3] = 6\n"
        + function(1, "return seen[x] if box else 0")
        + "\ntable[undefined] = 1",
        a2=function(2, "return table[x]"),
    )(notebook)


def import_in_a_cell_of_the_course(notebook) -> None:
    cell = next(cell for cell in notebook.cells if "check_parameters" in cell.source)
    cell.source = "import operator as op\n" + cell.source
    answer(a1=function(1, "return op.mul(2, x)"))(notebook)


STUB = function(1, 'raise NotImplementedError("1.1: your answer goes here")').replace(
    "(x):", '(x):\n    """Twice x."""', 1
)


def stub_kept_below(notebook) -> None:
    cell = copy.deepcopy(cells_of(notebook, "exercise-1.1")[0])
    cell.source = STUB
    cell.id = "copied"
    notebook.cells.append(cell)


def split_cell(notebook) -> None:
    first = cells_of(notebook, "exercise-1.1")[0]
    second = copy.deepcopy(first)
    first.source, second.source, second.id = "TWO = 2", function(1, "return TWO * x"), "split"
    notebook.cells.insert(notebook.cells.index(first) + 1, second)


WRONG = {f"a{n}": function(n, "return 0") for n in (1, 2, 3)} | {
    "a4": "class Counter:\n    def add(self):\n        return 0"
}
KEEP = """
import os
from pathlib import Path
def answer_1_1(x):
    Path("kept").write_text(str(2 * x))
    return int(Path(os.environ["HOME"], "kept").read_text())
"""
AS_IN_A_KERNEL = """
from __future__ import annotations
from dataclasses import dataclass
import pickle
display("my try")
@dataclass
class Box:
    x: int
if __name__ == "__main__":
    def answer_1_1(x):
        return 2 * pickle.loads(pickle.dumps(Box(x))).x
"""


def below_the_stub(notebook) -> None:
    cells_of(notebook, "exercise-1.1")[0].source = STUB
    add_cell(notebook, "check-1.1", "twice = 2\n\n\n" + function(1, "return twice * x"))


def ids_in_metadata(notebook) -> None:
    for cell in notebook.cells:
        cell.metadata["id"] = cell.pop("id")
        cell.metadata["tags"] = []


def counted_on(notebook) -> None:
    add_cell(notebook, "exercise-1.1", "n = 0\nfor _ in range(2):\n    n += 1\nif n == 2:\n    m = n")
    answer(a1=function(1, "return m * x"))(notebook)


HONEST: dict[str, Change] = {
    "right below its stub": below_the_stub,
    "right with ids in the metadata": ids_in_metadata,
    "right with a name counted on": counted_on,
    "right with a new builtin name": answer(
        a1='import gettext\ngettext.install("x")\n' + function(1, "return 2 * x")
    ),
    "right with lines for IPython": answer(
        a1="files = !ls\nhere = %pwd\nlen?\n%timeit 1\n%time two = 2\n" + function(1, "return two * x")
    ),
    "right with values that cells change": changed_in_place,
    "right with an import in a cell of the course": import_in_a_cell_of_the_course,
    "right as in a kernel": answer(
        a1=AS_IN_A_KERNEL,
        a2="import operator\nfrom functools import partial\nanswer_1_2 = partial(operator.mul, 2)",
        a3="from functools import lru_cache\n@lru_cache\n"
        + function(3, "return 2 + answer_1_3(x - 1) if x else 0"),
    ),
    "right": lambda notebook: None,
    "right with a helper of one's own": own_helper,
    "right with the course's helper": answer(a1=function(1, "return helper(x)")),
    "right with an earlier answer": answer(a2=function(2, "return answer_1_1(x)")),
    "right with a magic and noise": answer(
        a1="%time 1\n" + function(1, "import warnings", 'warnings.warn("x")', 'print("hm")', "return 2 * x")
    ),
    "right and then an error": answer(
        a1=function(1, "return 2 * x") + '\nprint(undefined)\nraise ValueError("x")'
    ),
    "right in other types": answer(
        a1="import numpy as np\n" + function(1, "return np.int64(x) + np.asarray(x)"),
        a2="from typing import NamedTuple\n" + function(2, "return int(sum(v for v in [x, x]))"),
    ),
    "right without check cells": no_checks,
    "right with edited checks": edited_checks,
    "right with doubled checks": doubled_checks,
    "right with its stub below": stub_kept_below,
    "right in two cells": split_cell,
    "right and keeps a file": answer(a1=KEEP),
    "right and sees no key": answer(
        a1="import os\n" + function(1, 'return 0 if "SECRET" in os.environ else 2 * x')
    ),
}
WALK = """
import gc, sys
def answer_1_1(x):
    frame = sys._getframe()
    while frame:
        for space in (frame.f_locals, frame.f_globals):
            if "want" in space: return space["want"]
            if "c" in space: space["c"].equal = lambda *a, **k: None
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ == "Check": thing.equal = lambda *a, **k: None
    return 0
"""
WRITE = """
import os
VERDICT = b'["passed", "", ""]'
for number in range(3, 64):
    try:
        os.write(number, len(VERDICT).to_bytes(8, "big") + VERDICT)
    except OSError:
        pass
"""
READY = (
    WRITE.replace('["passed", "", ""]', '{"enclosed": true, "problem": "", "tampered": false, "values": [6]}')
    + WRONG["a1"]
)
FLOOD = WRITE.replace('["passed", "", ""]', "[" + "[]," * 1000 + "[]]").replace(
    "VERDICT).to", "VERDICT * 10**5).to"
)
PEEK = """
from pathlib import Path
def answer_1_1(x):
    text = "".join(path.read_text() for path in Path("{root}").glob("*/01_grade.*"))
    return 2 * x if "return 2 * x" in text or "equal" in text else 0
"""
SPOIL = """
import utils.stats
from pathlib import Path
def answer_1_1(x):
    Path(utils.stats.__file__).write_text("")
    return 2 * x
"""
ASK = """
from utils.shipped import question
def answer_1_1(x):
    return 2 * x if question("1.1").source else 0
"""
PATCH = """
import utils.check, utils.questions
utils.check.judge = lambda *a, **k: ("passed", "yes")
"""
LATE = """
class Counter:
    def add(self):
        import utils.questions
        utils.questions.Check.equal = lambda *a, **k: None
        return 0
"""
# what is handed in, and what becomes of its first exercise, or of the one named; all other answers are right
CHEATS: dict[str, tuple[Change, str, str]] = {
    "masked": (answer(a1="import numpy as np\n" + function(1, "return np.ma.masked")), "1.1", "failed: "),
    "masked array": (
        answer(a1="import numpy as np\n" + function(1, "return np.ma.masked_array(7, mask=True)")),
        "1.1",
        "failed: ",
    ),
    "wrong": (answer(a1=function(1, "return 3 * x")), "1.1", "failed: expected 6, got 9\n  hint: 3 + 3"),
    "syntax error": (
        answer(a1="def answer_1_1(x:\n    return"),
        "1.1",
        "failed: your code raised SyntaxError",
    ),
    "endless": (
        answer(a1="import time\n" + function(1, "while True:", "    time.sleep(0.1)")),
        "1.1",
        "failed: still running after 6 s",
    ),
    "endless while it loads": (
        answer(a1="import time\nwhile True:\n    time.sleep(0.1)"),
        "1.1",
        "failed: still running after 6 s",
    ),
    "memory": (
        answer(a1=function(1, "b = []", "while True:", "    b.append(bytearray(10**8))")),
        "1.1",
        "failed: your code raised MemoryError",
    ),
    "exit": (
        answer(a1="import sys\n" + function(1, "sys.exit(0)")),
        "1.1",
        "failed: your code ends the program",
    ),
    "exit while it loads": (
        answer(a1="import sys\nsys.exit(0)"),
        "1.1",
        "failed: your code ends the program",
    ),
    "dead": (
        answer(a1="import os\n" + function(1, "os._exit(0)")),
        "1.1",
        "failed: your code ended its process",
    ),
    "dead while it loads": (
        answer(a1="import os\nos._exit(0)"),
        "1.1",
        "failed: your code ended its process",
    ),
    "kills": (
        answer(a1="import os\nos.kill(os.getppid(), 9)\n" + function(1, "return 0")),
        "1.1",
        "failed",
    ),
    "check": (answer(a1="def check(*a):\n    print('✔ 1.1')\n" + WRONG["a1"]), "1.1", "tampered"),
    "patch": (answer(a1=PATCH + WRONG["a1"]), "1.1", "tampered"),
    "patch beside the judge": (answer(a4=PATCH + WRONG["a4"]), "1.4", "tampered"),
    "patch while judged": (answer(a4=LATE), "1.4", "tampered"),
    "printed": (answer(a1="print('✔ 1.1')\n" + WRONG["a1"]), "1.1", "failed: expected 6, got 0"),
    "frames": (answer(a1=WALK), "1.1", "failed: expected 6, got 0"),
    "changes what the questions use": (
        answer(a4=WRONG["a4"] + "\nCOUNTS = ()"),
        "1.4",
        "failed: expected [1",
    ),
    "own readiness": (answer(a1=READY), "1.1", "failed: "),
    "floods": (answer(a1=FLOOD), "1.1", "failed: "),
    "own verdict": (answer(a1=WRITE), "1.1", "tampered"),
    "own verdict beside the judge": (answer(a4=WRITE), "1.4", "tampered"),
    "equal to everything": (
        answer(
            a1="class All(int):\n    __eq__ = lambda s, o: True\n    __hash__ = None\n"
            + function(1, "return All(0)")
        ),
        "1.1",
        "failed: expected 6, got 0",
    ),
    "asks the course": (answer(a1=ASK), "1.1", "failed: your code raised CourseError"),
    "network": (
        answer(
            a1="import socket\n"
            + function(1, 'socket.create_connection(("192.0.2.1", 80), timeout=1)', "return 2 * x")
        ),
        "1.1",
        "failed: your code raised",
    ),
    "deep": (answer(a1=function(1, "return " + "-" * 9000 + "1")), "1.1", "failed: "),
    "long": (answer(a1=function(1, "return " + "1 + " * 9000 + "1")), "1.1", "failed: "),
    "odd characters": (
        answer(a1=function(1, 'raise ValueError("\\ud800\\0")')),
        "1.1",
        "failed: your code raised",
    ),
    "a name gone": (answer(a1="nothing = 1"), "1.1", "failed: answer_1_1 is not there any more"),
    "no plain value": (
        answer(a1="class Odd:\n    pass\n" + function(1, "return Odd()")),
        "1.1",
        "failed: a Odd cannot be handed over",
    ),
}


def both(first: Change, second: Change) -> Change:
    def change(notebook) -> None:
        first(notebook)
        second(notebook)

    return change


NOTHING_EARNED: dict[str, Change] = {
    "wrong without check cells": both(answer(**WRONG), no_checks),
    "wrong with edited checks": both(answer(**WRONG), edited_checks),
    "wrong with doubled checks": both(answer(**WRONG), doubled_checks),
    "wrong and reordered": both(answer(**WRONG), reordered),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A course of one lesson with an exercise whose answer is a class; not executed, which grading does not need."""
    return lay_one(tmp_path_factory.mktemp("grading"), "01_grade", lesson("01_grade", "", CLASS))


def hand_in(root: Path, path: Path, change: Change, folder: str = "solutions") -> None:
    notebook = nbformat.read(root / folder / "01_grade.ipynb", as_version=4)
    change(notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    # not by nbformat, which gives doubled cells ids of their own
    path.write_text(json.dumps(notebook), encoding="utf-8")


def marks(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["learner"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def graded(root, tmp_path_factory):
    """A whole class, laid out as nbgrader does, marked once: what was printed, the rows of the CSV, the feedback."""
    folder = tmp_path_factory.mktemp("class")
    everybody = HONEST | {name: change for name, (change, *_) in CHEATS.items()} | NOTHING_EARNED
    everybody["reads the course"] = answer(a1=PEEK.replace("{root}", str(root)))
    everybody["changes the course"] = answer(a1=SPOIL)
    everybody["<b>&"] = answer(a1=function(1, 'raise ValueError("<script>alert(1)</script>")'))
    for name, change in everybody.items():
        hand_in(root, folder / "submitted" / name / "ps1" / "any.ipynb", change)
    hand_in(root, folder / "submitted" / "untouched" / "ps1" / "any.ipynb", lambda notebook: None, "chapters")
    twin = folder / "submitted" / "twin" / "ps1" / "other name.ipynb"
    twin.parent.mkdir(parents=True)
    shutil.copy(folder / "submitted" / "wrong" / "ps1" / "any.ipynb", twin)
    done = course(
        root,
        *("grade", str(folder), "--csv", str(folder / "marks.csv"), "--feedback", str(folder / "feedback")),
        *("--seconds", "6", "--megabytes", "300", "--workers", "2"),
        SECRET="a key",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done, marks(folder / "marks.csv"), folder / "feedback"


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_answer_loses_no_mark(graded, name):
    row = graded[1][name]
    assert {number: row[number] for number in NAMES} == PASSED
    assert (row["points"], row["of"]) == ("6", "6")


@pytest.mark.parametrize("name", CHEATS)
def test_nobody_gets_a_mark_that_was_not_earned_and_the_other_exercises_go_on(graded, name):
    _, exercise, said = CHEATS[name]
    row = graded[1][name]
    assert row[exercise].startswith(said)
    assert {number: row[number] for number in NAMES if number != exercise} == {
        number: "passed" for number in NAMES if number != exercise
    }


@pytest.mark.parametrize("name", NOTHING_EARNED)
def test_check_cells_of_a_submission_count_for_nothing(graded, name):
    row = graded[1][name]
    assert {row[number].partition(":")[0] for number in NAMES} == {"failed"}
    assert row["points"] == "0"


def test_untouched_is_not_attempted(graded):
    row = graded[1]["untouched"]
    assert {number: row[number] for number in NAMES} == OPEN
    assert (row["points"], row["of"]) == ("0", "6")


def test_an_answer_neither_sees_nor_changes_the_course(graded):
    done, rows, _ = graded
    if "let no answer be shut in" in done.stdout:
        pytest.skip("this system has no namespaces for users")
    assert rows["reads the course"]["1.1"].startswith("failed")
    assert rows["changes the course"]["1.1"].startswith("failed: your code raised OSError: [Errno 30]")


def test_two_learners_with_one_file_are_told(graded):
    rows = graded[1]
    assert rows["wrong"]["note"] == "same file as twin"
    assert rows["twin"]["note"] == "same file as wrong"
    assert rows["right"]["note"] == ""


def test_the_terminal_shows_everybody_and_how_they_were_judged(graded):
    printed = graded[0].stdout
    assert re.search(r"│ right +│ 01_grade │ ✔ ✔ ✔ ✔ +│ 6 of 6", printed)
    assert "judged in the answer's own process: 1.4\n" in printed


def test_feedback_is_escaped_and_needs_nothing_else(graded):
    pages = {path.name: path.read_text(encoding="utf-8") for path in graded[2].iterdir()}
    assert len(pages) == len(graded[1])
    hostile = pages["b.html"]
    assert "&lt;b&gt;&amp;" in hostile
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in hostile
    assert "<script" not in "".join(pages.values())
    assert "http" not in hostile
    assert "expected 6, got 9" in pages["wrong.html"]


def test_what_cannot_be_read_is_said_and_the_rest_is_marked(root, tmp_path):
    hand_in(root, tmp_path / "anna_01_grade.ipynb", lambda notebook: None)
    hand_in(root, tmp_path / "ben" / "one.ipynb", answer(a1='"=1+1"\n' + WRONG["a1"]))
    (tmp_path / "cut.ipynb").write_text('{"cells": [', encoding="utf-8")
    (tmp_path / "listed.ipynb").write_text("[]", encoding="utf-8")
    (tmp_path / "odd.ipynb").write_text('{"cells": [3]}', encoding="utf-8")
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), tmp_path / "=other.ipynb"
    )
    (tmp_path / "link.ipynb").symlink_to(root / "solutions" / "01_grade.ipynb")
    done = course(root, "grade", str(tmp_path), "--csv", str(tmp_path / "marks.csv"), "--workers", "1")
    assert done.returncode == 1, done.stdout + done.stderr
    rows = marks(tmp_path / "marks.csv")
    assert (rows["anna"]["points"], rows["ben"]["points"]) == ("6", "5")
    assert rows["cut"]["note"] == "not readable: it is no JSON, so no notebook"
    assert rows["listed"]["note"] == "not readable: it has no cells, so it is no notebook"
    assert rows["odd"]["note"] == "not readable: a cell of it is none"
    assert rows["'=other"]["note"].endswith("is it of another course?")
    assert rows["link"]["note"] == "not readable: it is no plain file"


def test_no_page_of_feedback_takes_the_place_of_another(tmp_path):
    # the second and the third are one name to macOS, the first and the last to Windows too
    learners = ["anna", "\u00c5sa", "\u212bsa", "ANNA"]
    feedback(
        [Marked(Submission(Path("x.ipynb"), name, problem="cut"), {}, "cut") for name in learners], tmp_path
    )
    names = {unicodedata.normalize("NFC", path.stem).casefold() for path in tmp_path.iterdir()}
    assert len(names) == len(learners)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_name_is_a_formula(start, tmp_path):
    one = Marked(Submission(Path("x.ipynb"), f"{start}1+1", problem="cut"), {}, "cut")
    write_csv([one], tmp_path / "marks.csv")
    assert list(marks(tmp_path / "marks.csv")) == [f"'{start}1+1"]


def test_an_answer_whose_cell_is_gone_is_told(root, tmp_path):
    def untagged(notebook) -> None:
        for number in NAMES:
            cell = cells_of(notebook, f"exercise-{number}")[0]
            cell.id, cell.metadata["tags"] = f"mine-{number[-1]}", []

    hand_in(root, tmp_path / "anna.ipynb", untagged)
    done = course(root, "grade", str(tmp_path), "--csv", str(tmp_path / "marks.csv"), "--workers", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert marks(tmp_path / "marks.csv")["anna"]["1.1"] == "not attempted: its cell is not in the notebook"


def test_bad_input_gets_one_sentence(root, tmp_path):
    assert "is no folder; name the one" in sentence(course(root, "grade", str(tmp_path / "nowhere")))
    assert "There is no notebook in" in sentence(course(root, "grade", str(tmp_path)))
    assert "--seconds must be 1 or more" in sentence(course(root, "grade", str(tmp_path), "--seconds", "0"))
    hand_in(root, tmp_path / "class" / "anna.ipynb", lambda notebook: None)
    (tmp_path / "file").touch()
    for option, place, words in (
        ("--csv", tmp_path, "is a folder; give --csv"),
        ("--csv", tmp_path / "file" / "marks.csv", "cannot be made (Not a directory); give --csv"),
        ("--feedback", tmp_path / "file", "is no folder; give --feedback"),
    ):
        done = course(root, "grade", str(tmp_path / "class"), option, str(place))
        assert words in sentence(done)
        assert done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class", "file"]


def test_an_exercise_that_the_course_itself_does_not_pass_is_not_judged(root, tmp_path):
    own = shutil.copytree(root, tmp_path / "course")
    hand_in(own, tmp_path / "class" / "anna_01_grade.ipynb", lambda notebook: None)
    hand_in(own, own / "solutions" / "01_grade.ipynb", answer(a1=WRONG["a1"]))
    done = course(own, "grade", str(tmp_path / "class"), "--csv", str(tmp_path / "marks.csv"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1.1 could not be judged here" in done.stdout
    row = marks(tmp_path / "marks.csv")["anna"]
    assert row["1.1"].startswith("unjudged: the course's own answer does not pass")
    assert row["1.2"] == "passed"
    (own / "solutions" / "01_grade.ipynb").unlink()
    assert sentence(course(own, "grade", str(tmp_path / "class"))) == (
        "To mark 01_grade, `course grade` needs the course's own answers; put solutions/01_grade.ipynb back."
    )


def test_a_folder_that_may_not_be_read_is_named_and_not_passed_over(tmp_path, monkeypatch):
    for name in ("anna", "ben", ".hidden"):
        (tmp_path / name).mkdir()
    scandir = os.scandir

    def refuse(path):
        if Path(path).name in ("anna", ".hidden"):  # root may read every folder, so the system is played here
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    (closed,) = submissions(tmp_path)
    assert (closed.learner, closed.problem) == ("anna", "it cannot be opened: Permission denied")
