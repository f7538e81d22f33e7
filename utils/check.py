"""Checks of a learner's answers, verdicts on claims, measured numbers, and the progress record."""

import contextlib
import html
import json
import math
import numbers
import os
import re
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_data_path

STUB = "your answer goes here"
# The folder that holds lessons/ and chapters/; COURSE_ROOT names another, for a course of one's own.
ROOT = Path(os.environ.get("COURSE_ROOT") or Path(__file__).resolve().parent.parent)
CHAPTERS = ROOT / "chapters"
LESSONS = ROOT / "lessons"


class CourseError(Exception):
    """Something a person can mend; its text is one sentence that says what was wrong and what to do."""


class CheckFailed(AssertionError):
    """An answer that a check did not accept."""


class NotAttempted(Exception):
    """The exercise still holds its stub."""


# ------------------------------------------------------------------------------
# measured numbers


def approx(value: float, digits: int = 3) -> str:
    """A measured number behind the sign ≈, rounded to at most 3 significant digits: ``approx(0.96417)`` → "≈ 0.964".

    Such a number differs a little from machine to machine, so the tests of the notebooks ignore what follows the sign.
    A number of which only integer digits matter keeps them readable: ``approx(29123)`` → "≈ 29,100".
    """
    if not 1 <= digits <= 3:
        raise ValueError(
            f"approx shows 1 to 3 digits, not {digits}: more would promise what no measurement holds"
        )
    value = float(value)
    if value == 0 or not math.isfinite(value):
        return f"≈ {value:g}"
    exponent = math.floor(math.log10(abs(value)))
    rounded = round(value, digits - 1 - exponent)
    exponent = math.floor(math.log10(abs(rounded)))
    if -4 <= exponent < 0:
        return f"≈ {rounded:.{digits - 1 - exponent}f}"
    if 0 <= exponent < 9:
        return f"≈ {rounded:,.{max(digits - 1 - exponent, 0)}f}"
    return f"≈ {rounded:.{digits - 1}e}"


def metric(name: str, value: float) -> None:
    """Show a result of this run, and let ``course sweep`` collect it at full precision.

    The number travels in the metadata of the output, which notebooks keep and tests do not compare.
    """
    value = float(value)
    line = f"{name} {approx(value)}"
    _display({"text/plain": line}, line, {"cornerstone_metric": {"name": name, "value": value}})


def _display(bundle: dict, plain: str, metadata: dict) -> None:
    """Show a bundle of MIME types in a notebook, or print its plain text elsewhere."""
    if in_notebook():
        from IPython.display import display

        display(bundle, raw=True, metadata=metadata)
    else:
        print(plain)


def in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel, which can show more than text."""
    import sys

    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


# ------------------------------------------------------------------------------
# claims of the article

VERDICT_COLOURS = {"right": "#009E73", "wrong": "#D55E00"}


def claim(where: str, what: str, verdict: str, *, evidence: bool, right: str = "") -> None:
    """Show the verdict on a claim of the article; raise when the evidence for that verdict is not true.

    where: section, such as "§3.1".  what: the claim in our words.  verdict: "right", "wrong", "imprecise", …
    evidence: a bool that code has just computed.  right: what holds instead, if the verdict is not "right".
    """
    if not isinstance(evidence, (bool, np.bool_)):
        raise TypeError(
            f"evidence must be True or False, not {type(evidence).__name__}: compare with a number first"
        )
    if not evidence:
        raise AssertionError(f"{where}: the evidence does not support the verdict {verdict!r} on “{what}”")
    plain = f"{where}  “{what}”  → {verdict}" + (f": {right}" if right else "")
    colour = VERDICT_COLOURS.get(verdict, "#E69F00")
    box = (
        f'<div style="border-left:6px solid {colour};padding:.5em 1em;margin:.5em 0">'
        f"<b>Article {html.escape(where)}</b>: {html.escape(what)}<br>"
        f'<b style="color:{colour}">{html.escape(verdict)}</b>'
        f"{' — ' + html.escape(right) if right else ''}</div>"
    )
    record = {"where": where, "what": what, "verdict": verdict, "right": right}
    _display({"text/plain": plain, "text/html": box}, plain, {"cornerstone_claim": record})


# ------------------------------------------------------------------------------
# checks of answers


class Check:
    """The questions that one check puts to an answer. The first that fails ends the check."""

    def true(self, condition: Any, message: str, hint: str = "") -> None:
        """Require a condition; `message` says what is wrong when it does not hold."""
        condition = _plain(condition)
        if isinstance(condition, np.ndarray) and condition.size == 1:
            condition = condition.item()
        if not isinstance(condition, (bool, np.bool_)):
            self.fail(f"expected True or False, got {_show(condition)}", hint)
        if not condition:
            self.fail(message, hint)

    def close(
        self,
        got: Any,
        want: Any,
        *,
        rtol: float = 1e-6,
        atol: float = 1e-9,
        hint: str = "",
        what: str = "",
        slips: Mapping[str, Any] | None = None,
    ) -> None:
        """Require numbers equal to `want` within rtol·|want| + atol, in the same shape.

        got, want: numbers, (nested) lists, arrays or tensors of any device.
        what: names the quantity in the message ("the loss for y = 2").
        slips: {sentence: wrong value}; if `got` equals one of these, the message is that sentence.
        """
        prefix = f"{what}: " if what else ""
        wanted = np.asarray(_plain(want), dtype=float)
        numbers_got = self._numbers(got, prefix, hint)
        for sentence, value in (slips or {}).items():
            slip = np.asarray(_plain(value), dtype=float)
            same = slip.shape == numbers_got.shape and np.allclose(
                numbers_got, slip, rtol, atol, equal_nan=True
            )
            if same and not np.allclose(slip, wanted, rtol, atol, equal_nan=True):
                self.fail(f"{prefix}{sentence}", hint)
        if numbers_got.shape != wanted.shape:
            self.fail(f"{prefix}expected {_shape(wanted)}, got {_shape(numbers_got)}", hint)
        if np.isnan(numbers_got).any() and not np.isnan(wanted).any():
            self.fail(f"{prefix}the answer holds nan (not a number)", hint)
        wrong = ~np.isclose(numbers_got, wanted, rtol, atol, equal_nan=True)
        if wrong.any():
            self.fail(prefix + _first_difference(numbers_got, wanted, wrong), hint)

    def equal(self, got: Any, want: Any, *, hint: str = "", what: str = "") -> None:
        """Require exactly `want`: a whole number, a text, a bool, or a list, tuple, set or dict of those."""
        prefix = f"{what}: " if what else ""
        self._given(got, prefix, hint)
        if not _same(_plain(got), _plain(want)):
            self.fail(f"{prefix}expected {_show(want)}, got {_show(got)}", hint)

    def between(self, got: Any, low: float, high: float, *, hint: str = "", what: str = "") -> None:
        """Require one number with low ≤ number ≤ high."""
        prefix = f"{what}: " if what else ""
        number = self._numbers(got, prefix, hint)
        if number.shape != ():
            self.fail(f"{prefix}expected one number, got {_shape(number)}", hint)
        if not low <= number <= high:
            self.fail(f"{prefix}expected a number from {low:.6g} to {high:.6g}, got {number:.6g}", hint)

    def raises(
        self, error: type[Exception], call: Callable[[], Any], *, hint: str = "", what: str = ""
    ) -> None:
        """Require that `call()` raises `error`."""
        try:
            result = call()
        except error as raised:
            if _is_stub(raised):
                raise
            return
        prefix = f"{what}: " if what else ""
        self.fail(f"{prefix}expected {error.__name__}, but the call returned {_show(result)}", hint)

    def fail(self, message: str, hint: str = "") -> None:
        """End the check: the answer is wrong."""
        raise CheckFailed(message + (f"\n  hint: {hint}" if hint else ""))

    def _given(self, got: Any, prefix: str, hint: str) -> None:
        if got is ...:
            raise NotAttempted
        if got is None:
            self.fail(f"{prefix}got None; does the function end with `return …`?", hint)
        if got is NotImplemented:
            self.fail(f"{prefix}got NotImplemented", hint)

    def _numbers(self, got: Any, prefix: str, hint: str) -> np.ndarray:
        """`got` as an array of floats, or a failed check that says why it is none."""
        self._given(got, prefix, hint)
        plain = _plain(got)
        try:
            array = np.asarray(plain)
        except ValueError:
            self.fail(f"{prefix}the rows of the answer have different lengths", hint)
        if array.dtype == object:
            with contextlib.suppress(TypeError, ValueError):
                array = array.astype(float)
        if array.dtype.kind not in "iuf":
            kind = {"b": "True or False", "U": "text", "S": "text", "c": "complex numbers"}.get(
                array.dtype.kind
            )
            self.fail(f"{prefix}expected numbers, got {kind or type(got).__name__}: {_show(got)}", hint)
        return array.astype(float)


@contextlib.contextmanager
def check(exercise: str, *answers: Any) -> Iterator[Check]:
    """Check the learner's answer to an exercise and say how it went; the notebook goes on in every case.

    Prints `○` while the stub is untouched, `✘` with what was wanted, what came and a hint, or `✔`. The result is kept
    in the progress record. With the environment variable COURSE_STRICT=1, and under nbgrader, an answer that is not
    right raises CheckFailed. The answers are passed so that a value still `...` counts as not attempted.
    """
    questions = Check()
    try:
        yield questions
        if any(answer is ... for answer in answers):
            raise NotAttempted
        status, message = "passed", "✔ " + exercise
    except Exception as error:
        status, message = _outcome(exercise, error, answers)
    print(message)
    record_result(exercise, status)
    if status != "passed" and _strict():
        raise CheckFailed(message)


def _outcome(exercise: str, error: Exception, answers: Sequence[Any]) -> tuple[str, str]:
    """Status and message for a check that ended with an exception."""
    untouched = any(answer is ... for answer in answers)
    if untouched or isinstance(error, NotAttempted) or _is_stub(error):
        return "not attempted", f"○ {exercise} not attempted yet"
    if isinstance(error, CheckFailed):
        return "failed", f"✘ {exercise}: {error}"
    return (
        "failed",
        f"✘ {exercise}: your code raised {type(error).__name__}: {error}{_where(error)}",
    )


def _is_stub(error: BaseException) -> bool:
    """A library may raise NotImplementedError too, but never with this text; a bare one is a stub by custom."""
    return isinstance(error, NotImplementedError) and (not error.args or STUB in str(error))


def _where(error: Exception) -> str:
    """The line of the learner's code in which the error arose, if it can be shown."""
    own = [f for f in traceback.extract_tb(error.__traceback__) if f.name != "<module>" and f.line]
    inside = [
        f for f in own if "site-packages" not in f.filename and Path(f.filename).name != Path(__file__).name
    ]
    return f"\n  in {inside[-1].name}: {inside[-1].line}" if inside else ""


def _strict() -> bool:
    return os.environ.get("COURSE_STRICT", "") not in ("", "0") or bool(os.environ.get("NBGRADER_EXECUTION"))


def _plain(value: Any) -> Any:
    """Tensors as arrays (also inside lists, tuples and dicts), everything else as it is."""
    if hasattr(value, "detach"):
        tensor = value.detach().cpu()
        return (tensor.double() if tensor.is_floating_point() else tensor).numpy()
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value)) if type(value) in (list, tuple) else [_plain(v) for v in value]
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    return value


def _same(got: Any, want: Any) -> bool:
    """Equality without Python's surprises: True is not 1, "3" is not 3, and arrays compare as a whole."""
    if isinstance(want, np.ndarray) or isinstance(got, np.ndarray):
        got, want = np.asarray(got), np.asarray(want)
        return (got.dtype.kind == "b") == (want.dtype.kind == "b") and np.array_equal(got, want)
    if isinstance(want, (bool, np.bool_)) or isinstance(got, (bool, np.bool_)):
        return isinstance(got, (bool, np.bool_)) and isinstance(want, (bool, np.bool_)) and got == want
    if isinstance(want, dict) and isinstance(got, dict):
        return want.keys() == got.keys() and all(_same(got[key], want[key]) for key in want)
    if isinstance(want, (list, tuple)) and isinstance(got, (list, tuple)):
        return len(want) == len(got) and all(map(_same, got, want))
    if isinstance(want, numbers.Number) != isinstance(got, numbers.Number):
        return False
    return bool(got == want)


def _shape(array: np.ndarray) -> str:
    return "one number" if array.shape == () else f"an array of shape {array.shape}"


def _first_difference(got: np.ndarray, want: np.ndarray, wrong: np.ndarray) -> str:
    if got.shape == ():
        return f"expected {want:.6g}, got {got:.6g}"
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = where[0] if len(where) == 1 else where
    return (
        f"{int(wrong.sum())} of {wrong.size} numbers differ; "
        f"the first is at [{place}]: expected {want[where]:.6g}, got {got[where]:.6g}"
    )


def _show(value: Any) -> str:
    text = re.sub(r" at 0x[0-9a-f]+", "", repr(value))
    return text if len(text) <= 120 else text[:117] + "…"


# ------------------------------------------------------------------------------
# progress


def course_home() -> Path:
    """Where the learner's own record and downloads lie: COURSE_HOME, or the user's data folder of this system."""
    chosen = os.environ.get("COURSE_HOME")
    return Path(chosen).expanduser() if chosen else user_data_path("cornerstone-course", appauthor=False)


def record_result(exercise: str, status: str) -> None:
    """Keep the result of one check, one small file for each exercise.

    A file is written beside its place and then moved there, so that an interrupted write leaves the old one whole and
    two kernels never spoil each other's. Nothing is kept for a notebook of solutions, nor where COURSE_PROGRESS=off.
    A check passed once stays passed.
    """
    if os.environ.get("COURSE_PROGRESS") == "off" or _in_solutions() or status == "not attempted":
        return
    folder = course_home() / "progress"
    before = _read_result(folder / f"{exercise}.json")
    tries = before.get("tries", 0) + (before.get("status") != "passed")
    status = "passed" if before.get("status") == "passed" else status
    record = {
        "exercise": exercise,
        "status": status,
        "tries": tries,
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
    try:
        write_atomically(folder / f"{exercise}.json", json.dumps(record))
    except OSError as error:
        print(
            f"(progress was not recorded: {error.strerror or error}; set COURSE_HOME to a folder you can write)"
        )


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that a reader, or a crash, sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _in_solutions() -> bool:
    """JupyterLab tells a kernel which notebook it serves."""
    return "solutions" in Path(os.environ.get("JPY_SESSION_NAME", "")).parts


def _read_result(path: Path) -> dict:
    """One exercise's record; a file that is missing or spoilt counts as no record."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and isinstance(record.get("tries"), int) else {}


def results() -> dict[str, dict]:
    """All recorded results: {exercise: {"status", "tries", "time"}}."""
    records = map(_read_result, sorted((course_home() / "progress").glob("*.json")))
    return {record["exercise"]: record for record in records if "exercise" in record}


def exercises(lesson: str | None = None) -> dict[str, list[str]]:
    """The exercises of each lesson, read from the tags of the chapters' cells."""
    found = {}
    for path in sorted(CHAPTERS.glob(f"{lesson or '*'}.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tags = [tag for cell in cells for tag in cell["metadata"].get("tags", [])]
        found[path.stem] = [tag.removeprefix("exercise-") for tag in tags if tag.startswith("exercise-")]
    return found


def progress(lesson: str | None = None) -> str:
    """One line for each lesson: a mark for each exercise (✔ passed, ✘ tried, ○ open) and how many are passed."""
    done = results()
    marks = {"passed": "✔", "failed": "✘"}
    lines = []
    for name, ids in exercises(lesson).items():
        row = "".join(marks.get(done.get(exercise, {}).get("status", ""), "○") for exercise in ids)
        lines.append(f"{name:<24} {row:<8} {row.count('✔')} of {len(ids)}")
    return "\n".join(lines) or f"no chapter named {lesson!r}; the chapters lie in {CHAPTERS.name}/"
