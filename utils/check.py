"""Checks of a learner's answers; with them the verdicts and measured numbers that every lesson shows."""

import builtins
import contextlib
import inspect
import os
import signal
import sys
import threading
import types
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import wraps
from typing import Any

from utils import shipped
from utils.errors import CourseError
from utils.progress import record_result
from utils.questions import (
    Check,
    CheckFailed,
    NotAttempted,
    copied,
    holds_stub,
    holds_value,
    is_stub,
    same_inputs,
    told,
)
from utils.show import about, approx, claim, in_notebook, metric

__all__ = ["Check", "CheckFailed", "NotAttempted", "about", "approx", "check", "claim", "metric"]

SECONDS = 60.0
AGAIN = "  (a second wrong try gets a hint)"
# How often each exercise was answered wrongly in this kernel.
wrong_tries: dict[str, int] = {}


class TookTooLong(BaseException):
    """The time of a check is over. No Exception, so that an answer that catches those cannot go on."""


def check(exercise: str, *answers: Any) -> None:
    """Put the questions of an exercise to the learner's answers and say how it went; the notebook goes on in every case.

    Prints `○` while the stub is untouched or only partly filled in, `✔`, or `✘` with what is wrong: at the first wrong try without the wanted
    value, from the second on with a hint. The questions stand in the package (`utils.shipped.question`), run in a
    namespace of their own, and hand each function copies of their inputs; a function that changes what it was given is
    told so. The result is kept in the progress record. With COURSE_STRICT=1, and under nbgrader, everything is said at
    once, nothing is recorded, and an answer that is not right raises CheckFailed. Where the system has an alarm clock,
    an answer that does not end is stopped after COURSE_CHECK_SECONDS (60).
    """
    question = shipped.question(exercise)
    if len(answers) != len(question.given):
        raise CourseError(f'The call is check("{exercise}", {", ".join(question.given)}); put it back.')
    notebook = sys._getframe(1).f_globals
    status, message = judge(question, answers, notebook, strict=_strict())
    say(message)
    if _strict():
        if status != "passed":
            raise CheckFailed(message) from None
    else:
        record_result(exercise, status)


def judge(
    question: shipped.Question, answers: Sequence[Any], notebook: Mapping[str, Any], strict: bool
) -> tuple[str, str]:
    """("passed", "failed" or "not attempted", what to say). Questions may read `question.also` from the notebook."""
    questions = Check(secret=not strict and not any(map(_takes_arguments, answers)))
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stderr(sys.stdout), _stays():
        # these are for the authors of libraries
        for category in (DeprecationWarning, PendingDeprecationWarning):
            warnings.simplefilter("ignore", category)
        try:
            space = {name: notebook[name] for name in question.also if name in notebook}
            guarded = [_on_copies(answer, questions, question.inplace) for answer in answers]
            space |= dict(zip(question.given, guarded, strict=True)) | {"c": questions, "__name__": "checks"}
            with _time_limit():
                # the lines before are those of its file, so that an error names the right one
                exec(compile("\n" * question.line + question.source, str(question.path), "exec"), space)
            if holds_stub(answers):
                raise NotAttempted
            if not questions.asked:
                questions.fail("the answer left nothing to check; is it empty?")
            status, message = "passed", f"✔ {question.exercise}"
            wrong_tries.pop(question.exercise, None)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            status, message = _outcome(question, error, answers, strict)
    texts = dict.fromkeys(f"{w.category.__name__}: {str(w.message).splitlines()[0]}" for w in caught)
    return status, "\n".join([message, *(f"  warning: {text}" for text in texts)])


def _outcome(
    question: shipped.Question, error: BaseException, answers: Sequence[Any], strict: bool
) -> tuple[str, str]:
    """Status and message for a check that ended with an exception."""
    exercise = question.exercise
    if holds_stub(answers) or isinstance(error, NotAttempted) or is_stub(error):
        return "not attempted", f"○ {exercise} {_unfinished(question.given, answers)}"
    wrong_tries[exercise] = wrong_tries.get(exercise, 0) + 1
    if isinstance(error, CheckFailed):
        if strict or wrong_tries[exercise] > 1:
            return "failed", f"✘ {exercise}: {error}"
        return "failed", f"✘ {exercise}: {error.first}\n{AGAIN}"
    if isinstance(error, TookTooLong):
        return "failed", f"✘ {exercise}: still running after {_seconds():g} s; does a loop never end?"
    if isinstance(error, SystemExit):
        return "failed", f"✘ {exercise}: your code ends the program (exit); return a value instead"
    return "failed", f"✘ {exercise}: your code raised {told(error)}"


def _unfinished(names: Sequence[str], answers: Sequence[Any]) -> str:
    """What an answer still lacks: everything, or a part that has its name."""
    missing = [name for name, answer in zip(names, answers, strict=True) if holds_stub(answer)]
    if missing and any(map(holds_value, answers)):
        return f"not finished yet: `...` still stands in {', '.join(missing)}"
    return "not attempted yet"


def _takes_arguments(answer: Any) -> bool:
    """Whether an answer is computed from what the check hands in, so that naming a wanted value gives nothing away."""
    if not callable(answer):
        return False
    try:
        return bool(inspect.signature(answer).parameters)
    except (TypeError, ValueError):
        return True


def _on_copies(answer: Any, questions: Check, inplace: bool) -> Any:
    """A function that hands `answer` copies of its inputs, and fails the check when it changes them; else the answer."""
    if not isinstance(answer, types.FunctionType):
        return answer

    @wraps(answer)
    def call(*args: Any, **named: Any) -> Any:
        given = copied((args, named))
        result = answer(*given[0], **given[1])
        if not inplace and (changed := _changed(answer, given, (args, named))):
            questions.fail(f"{answer.__name__} changes its input {changed}; work on a copy and return that")
        return result

    return call


def _changed(function: types.FunctionType, now: tuple, before: tuple) -> str:
    """The name of the first input that a call has changed, or an empty text."""
    bind = inspect.signature(function).bind
    after, given = bind(*now[0], **now[1]).arguments, bind(*before[0], **before[1]).arguments
    return next((name for name in given if not same_inputs(after[name], given[name])), "")


def _seconds() -> float:
    try:
        return float(os.environ.get("COURSE_CHECK_SECONDS") or SECONDS)
    except ValueError as error:
        raise CourseError(
            "COURSE_CHECK_SECONDS is a number of seconds; unset it, or set it to 60."
        ) from error


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    """Raise TookTooLong when the time of a check is over; without an alarm clock, or in another thread, do nothing."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: Any) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, ring)
    # again each second: an answer may catch the first one
    signal.setitimer(signal.ITIMER_REAL, _seconds(), 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _stays() -> Iterator[None]:
    """In a notebook `exit()` raises nothing but ends the kernel; while a check runs it raises SystemExit."""
    if not in_notebook():
        yield
        return
    from IPython import get_ipython

    shell = get_ipython()
    ask = shell.ask_exit

    def leave() -> None:
        raise SystemExit

    shell.ask_exit = leave
    try:
        yield
    finally:
        shell.ask_exit = ask


def say(text: str) -> None:
    """Print, also on a terminal that knows no ✔."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    builtins.print(text.encode(encoding, "replace").decode(encoding))


def _strict() -> bool:
    return os.environ.get("COURSE_STRICT", "") not in ("", "0") or bool(os.environ.get("NBGRADER_EXECUTION"))
