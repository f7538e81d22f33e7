"""Checks of a learner's answers; with them the verdicts and measured numbers that every lesson shows."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

from utils.progress import record_result
from utils.questions import Check, CheckFailed, NotAttempted, holds_stub, is_stub, told
from utils.show import approx, claim, metric

__all__ = ["Check", "CheckFailed", "NotAttempted", "approx", "check", "claim", "metric"]


@contextlib.contextmanager
def check(exercise: str, *answers: Any) -> Iterator[Check]:
    """Check the learner's answer to an exercise and say how it went; the notebook goes on in every case.

    Prints `○` while the stub is untouched, `✘` with what was wanted, what came and a hint, or `✔`. The result is kept
    in the progress record. With the environment variable COURSE_STRICT=1, and under nbgrader, an answer that is not
    right raises CheckFailed. The answers are passed so that a value still `...` counts as not attempted. A check that
    came to its end without a question, such as a loop over an empty answer, is not passed.
    """
    questions = Check()
    try:
        yield questions
        if holds_stub(answers):
            raise NotAttempted
        if not questions.asked:
            questions.fail("the answer left nothing to check; is it empty?")
        status, message = "passed", "✔ " + exercise
    except Exception as error:
        status, message = _outcome(exercise, error, answers)
    print(message)
    record_result(exercise, status)
    if status != "passed" and _strict():
        raise CheckFailed(message)


def _outcome(exercise: str, error: Exception, answers: Sequence[Any]) -> tuple[str, str]:
    """Status and message for a check that ended with an exception."""
    if holds_stub(answers) or isinstance(error, NotAttempted) or is_stub(error):
        return "not attempted", f"○ {exercise} not attempted yet"
    if isinstance(error, CheckFailed):
        return "failed", f"✘ {exercise}: {error}"
    return "failed", f"✘ {exercise}: your code raised {told(error)}"


def _strict() -> bool:
    return os.environ.get("COURSE_STRICT", "") not in ("", "0") or bool(os.environ.get("NBGRADER_EXECUTION"))
