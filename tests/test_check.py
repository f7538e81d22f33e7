"""Checks, claims, measured numbers and the progress record: what they accept, refuse, say and keep."""

import dataclasses
import decimal
import fractions
import math
import os
import re
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
import torch
from nbval.plugin import get_sanitize_patterns

import utils.check
import utils.files
import utils.shipped
import utils.show
from utils.check import CheckFailed, about, approx, check, claim, metric
from utils.errors import CourseError
from utils.files import course_home, write_atomically
from utils.progress import progress, record_result, results
from utils.questions import STUB
from utils.shipped import Question

ROOT = Path(__file__).parent.parent


questions_of_the_test = None


def said(capsys, questions, *answers, tries=1, inplace=False) -> str:
    """What a check prints whose body is `questions(c)`, without the line's end; as after `tries` wrong tries."""
    globals()["questions_of_the_test"] = questions
    given = ("function", *(f"answer_{n}" for n in range(len(answers))))
    also = ("questions_of_the_test",)
    asked = Question("9z.1", given, also, inplace, "questions_of_the_test(c)", Path("checks.py"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils.shipped, "question", lambda exercise: asked)
        patch.setattr(utils.check, "wrong_tries", {"9z.1": tries})
        # a function among the answers: no wanted value is the answer itself
        check("9z.1", lambda x: x, *answers)
    return capsys.readouterr().out.removesuffix("\n")


# ------------------------------------------------------------------------------
# not attempted, wrong, right


def stub_of_the_build():
    raise NotImplementedError(STUB)


def bare_stub():
    raise NotImplementedError


@pytest.mark.parametrize("stub", [stub_of_the_build, bare_stub])
def test_a_stub_is_not_attempted(capsys, stub):
    assert said(capsys, lambda c: c.close(stub(), 1.0)) == "○ 9z.1 not attempted yet"
    assert said(capsys, lambda c: c.raises(Exception, stub)) == "○ 9z.1 not attempted yet"
    assert said(capsys, lambda c: c.raises(ValueError, stub)) == "○ 9z.1 not attempted yet"
    assert results() == {}


@pytest.mark.parametrize(
    "questions",
    [
        lambda c: c.close(..., 1.0),
        lambda c: c.close([1.0, ...], [1.0, 2.0]),
        lambda c: c.equal(..., 1),
        lambda c: c.equal({"a": ...}, {"a": 1}),
        lambda c: c.between(..., 0, 1),
        lambda c: c.true(..., "wrong"),
        lambda c: c.raises(ValueError, lambda: ...),
    ],
)
def test_an_ellipsis_is_not_attempted(capsys, questions):
    assert said(capsys, questions) == "○ 9z.1 not attempted yet"


@pytest.mark.parametrize("answer", [..., [..., ...], {"w": [...]}])
def test_an_ellipsis_among_the_answers_counts_whatever_the_check_ran_into(capsys, answer):
    assert said(capsys, lambda c: 1 + None, answer) == "○ 9z.1 not attempted yet"
    assert said(capsys, lambda c: c.true(True, ""), answer, answer) == "○ 9z.1 not attempted yet"


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ((5, ...), "answer_1"),
        ((..., 0, [...]), "answer_0, answer_2"),
        ((None, ...), "answer_1"),
        (((1, ...),), "answer_0"),
        (({"w": [..., 0.0], "b": ...}, np.zeros(2)), "answer_0"),
    ],
)
def test_a_half_filled_answer_is_told_what_is_missing(capsys, answers, missing):
    told = f"○ 9z.1 not finished yet: `...` still stands in {missing}"
    # also where the part that stands there is wrong, and when the check ran into something else
    assert said(capsys, lambda c: c.close(1, 2), *answers) == told
    assert said(capsys, lambda c: 1 + None, *answers) == told
    assert results() == {}


def test_wrong_says_what_was_wanted_what_came_and_the_hint(capsys):
    text = said(capsys, lambda c: c.close(3.0, 2.0, what="the loss for y = 2", hint="halve it"))
    assert text == "✘ 9z.1: the loss for y = 2: expected 2, got 3\n  hint: halve it"
    text = said(capsys, lambda c: c.equal("cat", "dog", what="the label", hint="look again"))
    assert text == "✘ 9z.1: the label: expected 'dog', got 'cat'\n  hint: look again"


def test_right(capsys):
    assert said(capsys, lambda c: c.close(2.0, 2.0)) == "✔ 9z.1"


def test_only_the_first_wrong_answer_is_told(capsys):
    def questions(c):
        c.close(1, 2)
        c.close(1, 3)

    assert said(capsys, questions) == "✘ 9z.1: expected 2, got 1"


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.nn.Module()(1.0),
        lambda: torch.zeros(2, device="meta").cpu(),
        # raised inside torch without any text
        lambda: torch.optim.Optimizer([torch.zeros(1, requires_grad=True)], {}).step(),
    ],
)
def test_what_torch_has_not_implemented_is_a_wrong_answer(capsys, call):
    with pytest.raises(NotImplementedError):
        call()
    assert said(capsys, lambda c: c.close(call(), 1)).startswith(
        "✘ 9z.1: your code raised NotImplementedError"
    )
    assert said(capsys, lambda c: c.raises(NotImplementedError, call)) == "✔ 9z.1"


def slope(x):
    return 1 / x


def through_a_library(x):
    return np.linalg.inv(x)


def through_the_standard_library(x):
    return fractions.Fraction(x)


def empty_handed():
    raise ValueError


def with_address():
    raise ValueError(f"no such thing as {empty_handed}")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: slope(0), "ZeroDivisionError: division by zero\n  in slope: return 1 / x"),
        (
            lambda: through_a_library(np.zeros((2, 2))),
            "LinAlgError: Singular matrix\n  in through_a_library: return np.linalg.inv(x)",
        ),
        (
            lambda: through_the_standard_library("x"),
            "ValueError: Invalid literal for Fraction: 'x'\n"
            "  in through_the_standard_library: return fractions.Fraction(x)",
        ),
        (empty_handed, "ValueError\n  in empty_handed: raise ValueError"),
        (
            with_address,
            "ValueError: no such thing as <function empty_handed>\n"
            '  in with_address: raise ValueError(f"no such thing as {empty_handed}")',
        ),
        (lambda: {}["weight"], "KeyError: 'weight'"),
        (lambda: next(iter([])), "StopIteration"),
    ],
)
def test_an_error_is_told_with_type_message_and_line(capsys, call, text):
    assert said(capsys, lambda c: c.close(call(), 1)).startswith(f"✘ 9z.1: your code raised {text}")


def test_an_interrupt_goes_through(capsys):
    def press_stop(c):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        said(capsys, press_stop)
    assert results() == {}


@pytest.mark.parametrize("variable", ["COURSE_STRICT", "NBGRADER_EXECUTION"])
def test_strict_raises_unless_passed(monkeypatch, capsys, variable):
    monkeypatch.setenv(variable, "1")
    with pytest.raises(CheckFailed, match="expected 2, got 1"):
        said(capsys, lambda c: c.close(1, 2))
    with pytest.raises(CheckFailed, match="not attempted yet"):
        said(capsys, lambda c: c.close(..., 2))
    with pytest.raises(CheckFailed, match="your code raised ZeroDivisionError"):
        said(capsys, lambda c: slope(0))
    capsys.readouterr()
    assert said(capsys, lambda c: c.close(2, 2)) == "✔ 9z.1"


@pytest.mark.parametrize("value", ["", "0"])
def test_strict_can_be_switched_off(monkeypatch, capsys, value):
    monkeypatch.setenv("COURSE_STRICT", value)
    assert said(capsys, lambda c: c.close(1, 2)) == "✘ 9z.1: expected 2, got 1"


def test_a_check_that_asked_nothing_is_not_passed(capsys):
    def for_each_loss_of_an_empty_answer(c):
        for loss in []:
            c.close(loss, 1.0)

    text = "✘ 9z.1: the answer left nothing to check; is it empty?"
    assert said(capsys, for_each_loss_of_an_empty_answer) == text


# ------------------------------------------------------------------------------
# what a first try is told, and what may happen while a check runs


@pytest.mark.parametrize(
    ("got", "want", "first"),
    [
        (3.0, 2.0, "3 is too large"),
        (1.5, 2.0, "1.5 is too small"),
        (-2.0, 2.0, "-2 is of the wrong sign"),
        (math.inf, 2.0, "inf is not what is wanted"),
        ([1.0, 5.0, 9.0], [1.0, 2.0, 3.0], "2 of 3 numbers differ; the first is at [1]: 5 is too large"),
    ],
)
def test_a_first_wrong_try_is_told_the_kind_of_difference_alone(capsys, got, want, first):
    text = said(capsys, lambda c: c.close(got, want, what="the loss", hint="h"), tries=0)
    assert text == f"✘ 9z.1: the loss: {first}\n  (a second wrong try gets a hint)"


@pytest.mark.parametrize(
    ("got", "want", "first"),
    [
        (5, 4, "5 is too large"),
        ("cat", "dog", "'cat' is not what is wanted"),
        (True, False, "True is not what is wanted"),
        ("3", 3, "'3' is of type str, not what is wanted"),
        ([1, 2], [1, 3], "at [1]: 2 is too small"),
        ([1, 2], [1, 2, 3], "expected 3 items, got 2: [1, 2]"),
    ],
)
def test_a_first_wrong_try_of_an_exact_answer(capsys, got, want, first):
    text = said(capsys, lambda c: c.equal(got, want, hint="h"), tries=0)
    assert text == f"✘ 9z.1: {first}\n  (a second wrong try gets a hint)"


def test_a_first_wrong_try_between_bounds_does_not_name_them(capsys):
    assert "9 is too large\n" in said(capsys, lambda c: c.between(9, 0, 1), tries=0)
    assert "-1 is too small\n" in said(capsys, lambda c: c.between(-1, 0, 1), tries=0)


def ask(monkeypatch, source, given=("answer",), inplace=False):
    asked = Question("9z.1", given, (), inplace, source, Path("checks.py"))
    monkeypatch.setattr(utils.shipped, "question", lambda exercise: asked)
    monkeypatch.setattr(utils.check, "wrong_tries", {})


def test_the_value_itself_is_never_named_where_the_answer_is_one(monkeypatch, capsys):
    ask(monkeypatch, "c.close(answer, 0.125, hint='h')")
    for _ in range(3):
        check("9z.1", 0.5)
    text = capsys.readouterr().out
    assert text.count("0.5 is too large") == 3
    assert text.count("hint: h") == 2
    assert "0.125" not in text
    monkeypatch.setenv("COURSE_STRICT", "1")
    with pytest.raises(CheckFailed, match=r"expected 0\.125, got 0\.5"):
        check("9z.1", 0.5)


def test_questions_have_a_namespace_of_their_own(monkeypatch, capsys):
    ask(monkeypatch, "want = 7\nc.equal(answer(), want)")
    check("9z.1", lambda: want)  # noqa: F821  what the questions compute is not the learner's to read
    assert "NameError: name 'want' is not defined" in capsys.readouterr().out
    assert "want" not in globals()


def test_an_answer_gets_copies_and_is_told_when_it_changes_them(monkeypatch, capsys):
    def ordered(values):
        values.sort()
        return values

    ask(monkeypatch, "v = [3, 1, 2]\nc.equal(answer(v), sorted(v))\nc.equal(v, [3, 1, 2])")
    check("9z.1", ordered)
    assert "✘ 9z.1: ordered changes its input values; work on a copy" in capsys.readouterr().out
    ask(monkeypatch, "v = [3, 1, 2]\nc.equal(answer(v), sorted(v))", inplace=True)
    check("9z.1", ordered)
    assert capsys.readouterr().out == "✔ 9z.1\n"


@pytest.mark.parametrize(
    "value",
    [
        np.array([1.0, np.nan]),
        torch.tensor([1.0, math.nan]),
        {"a": [np.zeros(2), {1, 2}]},
        [(torch.ones(2), "text", None)],
    ],
)
def test_an_answer_that_leaves_its_input_alone_is_not_blamed(monkeypatch, capsys, value):
    ask(monkeypatch, "c.true(answer(value), 'no')")
    asked = dataclasses.replace(utils.shipped.question(""), also=("value",))
    monkeypatch.setattr(utils.shipped, "question", lambda exercise: asked)
    monkeypatch.setitem(globals(), "value", value)
    check("9z.1", lambda value: True)
    assert capsys.readouterr().out == "✔ 9z.1\n"


def test_an_answer_may_return_its_input_and_ask_for_gradients(monkeypatch, capsys):
    ask(
        monkeypatch,
        "import torch\nx = torch.ones(2, requires_grad=True)\n(answer(x)).sum().backward()\n"
        "c.close(x.grad, [2, 2])",
    )
    check("9z.1", lambda x: 2 * x)
    assert capsys.readouterr().out == "✔ 9z.1\n"


@pytest.mark.parametrize("leave", [sys.exit, lambda: sys.exit(0), lambda: exit(), lambda: quit(1)])
def test_an_answer_that_ends_the_program_is_wrong(capsys, leave):
    assert "✘ 9z.1: your code ends the program (exit)" in said(capsys, lambda c: c.equal(leave(), 1))


def test_an_error_whose_text_raises_is_told_by_its_type(capsys):
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    def fall():
        raise Silent

    assert said(capsys, lambda c: c.equal(fall(), 1)).startswith("✘ 9z.1: your code raised Silent\n")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm clock")
def test_an_answer_that_never_ends_is_stopped(monkeypatch, capsys):
    def spin(n):
        while True:
            try:
                while True:
                    n += 1
            except Exception:
                pass

    monkeypatch.setenv("COURSE_CHECK_SECONDS", "0.2")
    ask(monkeypatch, "c.equal(answer(1), 1)")
    check("9z.1", spin)
    assert "✘ 9z.1: still running after 0.2 s; does a loop never end?" in capsys.readouterr().out
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_right_answer_that_warns_is_right_and_says_so_on_stdout(capsys):
    def warns(c):
        print("to stderr", file=sys.stderr)
        warnings.warn("a small thing", RuntimeWarning, stacklevel=1)
        warnings.warn("a small thing", RuntimeWarning, stacklevel=1)
        warnings.warn("for authors", DeprecationWarning, stacklevel=1)
        c.equal(1, 1)

    assert said(capsys, warns) == "to stderr\n✔ 9z.1\n  warning: RuntimeWarning: a small thing"
    assert capsys.readouterr().err == ""


def test_a_terminal_without_the_marks_still_gets_the_sentence():
    code = """
import utils.check, utils.shipped
from pathlib import Path
asked = utils.shipped.Question("9z.1", ("f",), (), False, "c.equal(f(2), 4)", Path("checks.py"))
utils.shipped.question = lambda exercise: asked
utils.check.check("9z.1", lambda x: 2 * x)
"""
    env = os.environ | {"PYTHONIOENCODING": "ascii", "COURSE_PROGRESS": "off"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "? 9z.1\n"


def test_a_call_with_other_names_is_told_the_right_one(monkeypatch):
    ask(monkeypatch, "c.equal(a, b)", given=("a", "b"))
    with pytest.raises(CourseError, match=r'check\("9z.1", a, b\)'):
        check("9z.1", 1)


def test_a_grading_run_leaves_no_trace_in_the_record(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_STRICT", "1")
    assert said(capsys, lambda c: c.close(2, 2)) == "✔ 9z.1"
    assert results() == {}


def test_first_try_and_moment_of_passing_stay(monkeypatch):
    times = iter(["1", "2", "3", "4"])
    monkeypatch.setattr("utils.progress.time.strftime", lambda form: next(times))
    for status in ("failed", "passed", "failed", "passed"):
        record_result("9z.1", status)
    record = results()["9z.1"]
    assert (record["first"], record["passed_at"], record["time"]) == ("1", "2", "4")


# ------------------------------------------------------------------------------
# close


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (1, 1.0),
        (np.int64(3), 3),
        (np.float32(0.1), 0.1),
        ([1, 2.0], (1, 2)),
        ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]])),
        (range(3), [0, 1, 2]),
        (torch.tensor([1.0, 2.0], requires_grad=True), [1, 2]),
        (torch.nn.Parameter(torch.ones(2)), [1, 1]),
        (torch.tensor([0.5, 0.25], dtype=torch.bfloat16), [0.5, 0.25]),
        (torch.tensor([0.5], dtype=torch.float16), [0.5]),
        (torch.tensor([1, 2], dtype=torch.uint8), [1, 2]),
        (torch.tensor(2.5), 2.5),
        (2.5, torch.tensor(2.5, requires_grad=True)),
        ([torch.tensor(1.0, requires_grad=True), 2.0], [1, 2]),
        ([torch.ones(2), np.zeros(2)], [[1, 1], [0, 0]]),
        (torch.ones(2, 3).T, np.ones((3, 2))),
        (torch.tensor([1 + 2j]).conj().imag, [-2]),
        (np.array(2.5), 2.5),
        (fractions.Fraction(1, 3), 1 / 3),
        ([decimal.Decimal("0.5"), 2**70], [0.5, 2.0**70]),
        (np.array([1, fractions.Fraction(1, 2)], dtype=object), [1, 0.5]),
        (pd.Series([1.0, 2.0]), [1, 2]),
        (np.ma.array([1.0, 2.0], mask=[False, False]), [1, 2]),
        (math.inf, math.inf),
        ([math.nan, -math.inf], [math.nan, -math.inf]),
        ([], []),
    ],
)
def test_close_accepts_right_numbers_in_every_dress(capsys, got, want):
    assert said(capsys, lambda c: c.close(got, want)) == "✔ 9z.1"


@pytest.mark.parametrize(
    ("got", "want", "text"),
    [
        (2.0, [2.0, 2.0], "expected an array of shape (2,), got one number"),
        ([2.0], 2.0, "expected one number, got an array of shape (1,)"),
        (np.ones((3, 1)), np.ones(3), "expected an array of shape (3,), got an array of shape (3, 1)"),
        ([], [1.0], "expected an array of shape (1,), got an array of shape (0,)"),
        (np.empty((0, 3)), np.empty(0), "expected an array of shape (0,), got an array of shape (0, 3)"),
        (math.nan, 1.0, "the answer holds nan (not a number)"),
        ([1.0, math.nan], [1.0, 2.0], "the answer holds nan (not a number)"),
        ([math.nan, math.nan], [math.nan, 1.0], "the first is at [1]: expected 1, got nan"),
        (math.inf, 1.0, "expected 1, got inf"),
        (1.0, math.inf, "expected inf, got 1"),
        (math.inf, -math.inf, "expected -inf, got inf"),
        ("2.0", 2.0, "expected numbers, got text: '2.0'"),
        (["1", 2], [1, 2], "expected numbers, got text: ['1', 2]"),
        (np.array(["1"], dtype=object), [1], "expected numbers, got text"),
        (b"1", 1, "expected numbers, got text"),
        (True, 1, "expected numbers, got True or False: True"),
        ([1.0, True], [1, 1], "expected numbers, got True or False: [1.0, True]"),
        (np.array([True]), [1], "expected numbers, got True or False"),
        (torch.tensor([True]), [1], "expected numbers, got True or False"),
        ([np.array(True), 1.0], [1, 1], "expected numbers, got True or False"),
        (None, 1, "got None; does the function end with `return …`?"),
        ([None, 1.0], [math.nan, 1.0], "expected numbers, got None: [None, 1.0]"),
        (NotImplemented, 1, "got NotImplemented"),
        (1 + 0j, 1, "expected numbers, got complex numbers: (1+0j)"),
        (torch.tensor([1j]), [1], "expected numbers, got complex numbers"),
        ([[1, 2], [3]], [[1, 2], [3, 4]], "the rows of the answer have different lengths"),
        ([1, [2]], [1, 2], "the rows of the answer have different lengths"),
        (np.ma.array([1, 2], mask=[False, True]), [1, 2], "expected numbers, got None"),
        ((n for n in [1]), [1], "expected numbers, got generator: <generator object <genexpr>>"),
        ({"a": 1}, 1, "expected numbers, got dict: {'a': 1}"),
        ({1.0}, [1.0], "expected numbers, got set: {1.0}"),
        (mock.ANY, 1, "expected numbers, got _ANY: <ANY>"),
        (abs, 1, "expected numbers, got builtin_function_or_method"),
        (10**400, 1, "expected numbers, got int"),
        (np.datetime64("2020-01-01"), 18262, "expected numbers, got datetime64"),
        (
            [[1, 2], [3, 5]],
            [[1, 2], [4, 4]],
            "2 of 4 numbers differ; the first is at [(1, 0)]: expected 4, got 3",
        ),
        ([1, 3, 3], [1, 2, 3], "1 of 3 numbers differ; the first is at [1]: expected 2, got 3"),
        (torch.tensor([0.5], dtype=torch.bfloat16), [0.51], "expected 0.51, got 0.5"),
    ],
)
def test_close_refuses(capsys, got, want, text):
    message = said(capsys, lambda c: c.close(got, want, what="w", hint="h"))
    assert message.startswith("✘ 9z.1: w: ")
    assert text in message
    assert message.endswith("\n  hint: h")


def test_close_keeps_to_its_tolerances(capsys):
    assert said(capsys, lambda c: c.close(100.9, 100, rtol=0.01)) == "✔ 9z.1"
    assert said(capsys, lambda c: c.close(101.1, 100, rtol=0.01)) == "✘ 9z.1: expected 100, got 101.1"
    assert said(capsys, lambda c: c.close(0.09, 0, atol=0.1)) == "✔ 9z.1"
    assert said(capsys, lambda c: c.close(0.11, 0, atol=0.1)) == "✘ 9z.1: expected 0, got 0.11"
    assert said(capsys, lambda c: c.close(1e-8, 0)) == "✘ 9z.1: expected 0, got 1e-08"


def test_a_small_difference_can_be_seen_in_the_message(capsys):
    text = said(capsys, lambda c: c.close(1 / 3 + 1e-8, 1 / 3, rtol=1e-10, atol=0))
    assert text == "✘ 9z.1: expected 0.333333333, got 0.333333343"
    assert said(capsys, lambda c: c.close(np.nextafter(1, 2), 1, rtol=0, atol=0)) == (
        "✘ 9z.1: expected 1, got 1.0000000000000002"
    )


def test_slips_name_the_mistake(capsys):
    slips = {"this is the sum, not the mean": 6.0, "one for each row": [1.0, 2.0, 3.0]}
    assert said(capsys, lambda c: c.close(6, 2, slips=slips)) == "✘ 9z.1: this is the sum, not the mean"
    assert said(capsys, lambda c: c.close([1, 2, 3], 2, slips=slips, what="w", hint="h")) == (
        "✘ 9z.1: w: one for each row\n  hint: h"
    )
    assert said(capsys, lambda c: c.close(5, 2, slips=slips)) == "✘ 9z.1: expected 2, got 5"
    assert said(capsys, lambda c: c.close(2, 2, slips=slips)) == "✔ 9z.1"


def test_a_slip_never_refuses_a_right_answer(capsys):
    # the slip lies outside the tolerance around 1, yet the answer lies within the tolerance of both
    assert said(capsys, lambda c: c.close(1.006, 1, rtol=0.01, slips={"slip": 1.0145})) == "✔ 9z.1"
    assert said(capsys, lambda c: c.close(2, 2, slips={"happens to be right here": 2})) == "✔ 9z.1"


# ------------------------------------------------------------------------------
# equal, between, raises, true


class Yes:
    """Claims to be equal to everything."""

    __hash__ = None

    def __eq__(self, other):
        return True

    def __repr__(self):
        return "3"


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (3, 3),
        (np.int64(3), 3),
        (np.uint8(3), 3),
        (3.0, 3),
        (torch.tensor(3), 3),
        (np.array(3), 3),
        (True, True),
        (np.bool_(True), True),
        (torch.tensor(True), True),
        ("a", "a"),
        (np.str_("a"), "a"),
        (None, None),
        ([1, None], [1, None]),
        ((1, 2), [1, 2]),
        (np.array([1, 2]), [1, 2]),
        (torch.tensor([[1, 2]]), [[1, 2]]),
        (torch.ones(2, 3).shape, (2, 3)),
        (torch.float32, torch.float32),
        ({"a": [1, {"b": (2, 3)}]}, {"a": [1, {"b": [2, 3]}]}),
        ({"b": 1, "a": np.array([1, 2])}, {"a": [1, 2], "b": 1}),
        ({1, 2}, frozenset({2, 1})),
        (np.array([True, False]), [True, False]),
        (np.array(["a", None], dtype=object), ["a", None]),
        (b"a", b"a"),
        (int, int),
    ],
)
def test_equal_accepts(capsys, got, want):
    assert said(capsys, lambda c: c.equal(got, want)) == "✔ 9z.1"


@pytest.mark.parametrize(
    ("got", "want", "text"),
    [
        (True, 1, "expected 1, got True"),
        (1, True, "expected True, got 1"),
        (np.bool_(True), 1, "expected 1, got True"),
        (torch.tensor(True), 1, "expected 1, got tensor(True)"),
        ("3", 3, "expected 3, got '3'"),
        (3, "3", "expected '3', got 3"),
        (b"3", "3", "expected '3', got b'3'"),
        (np.int64(4), 3, "expected 3, got 4"),
        ([1, True], [1, 1], "expected [1, 1], got [1, True]"),
        ({"a": 1}, {"a": True}, "expected {'a': True}, got {'a': 1}"),
        ({True: 1}, {1: 1}, "expected {1: 1}, got {True: 1}"),
        ({True, 2}, {1, 2}, "expected {1, 2}, got {True, 2}"),
        ({"b", "a", "c"}, {"d", "a"}, "expected {'a', 'd'}, got {'a', 'b', 'c'}"),
        ({"a": 1, "b": 2}, {"a": 1}, "expected {'a': 1}, got {'a': 1, 'b': 2}"),
        ([1, 2, 3], [1, 2], "expected [1, 2], got [1, 2, 3]"),
        ([], [1], "expected [1], got []"),
        ([1], 1, "expected 1, got [1]"),
        ("ab", ["a", "b"], "expected ['a', 'b'], got 'ab'"),
        ({1, 2}, [1, 2], "expected [1, 2], got {1, 2}"),
        (np.array([1, 0]), [True, False], "expected [True, False], got array([1, 0])"),
        (np.array([1, 1]), 1, "expected 1, got array([1, 1])"),
        (np.array([["1"]]), [[1]], "expected [[1]], got array([['1']]"),
        (np.array([1, True], dtype=object), [1, 1], "expected [1, 1], got array([1, True], dtype=object)"),
        ([1, [2]], np.array([1, 2]), "expected array([1, 2]), got [1, [2]]"),
        (np.ma.array([1, 2], mask=[False, True]), [1, 2], "expected [1, 2], got masked_array"),
        (None, 1, "got None; does the function end with `return …`?"),
        (1, None, "expected None, got 1"),
        (NotImplemented, 1, "got NotImplemented"),
        ((n for n in [1]), [1], "expected [1], got <generator object <genexpr>>"),
        (math.nan, 1, "expected 1, got nan"),
        (Yes(), 3, "expected 3 (int), got 3 (Yes)"),
        (Yes(), "dog", "expected 'dog', got 3"),
        (Yes(), True, "expected True, got 3"),
        (Yes(), None, "expected None, got 3"),
        (Yes(), [1, 2], "expected [1, 2], got 3"),
        (Yes(), {1, 2}, "expected {1, 2}, got 3"),
        ([Yes()], ["a"], "expected ['a'], got [3]"),
        (np.array([Yes()], dtype=object), ["a"], "expected ['a'], got array([3], dtype=object)"),
        (mock.ANY, (1,), "expected (1,), got <ANY>"),
    ],
)
def test_equal_refuses(capsys, got, want, text):
    message = said(capsys, lambda c: c.equal(got, want, hint="h"))
    assert message.startswith("✘ 9z.1: ")
    assert text in message
    assert message.endswith("\n  hint: h")


def test_where_long_lists_differ(capsys):
    want = list(range(100))
    assert said(capsys, lambda c: c.equal([*want[:-1], 7], want)) == "✘ 9z.1: at [99]: expected 99, got 7"
    assert said(capsys, lambda c: c.equal(want[:-1], want)).startswith(
        "✘ 9z.1: expected 100 items, got 99: [0, 1, "
    )


@pytest.mark.parametrize("value", [0.5, 0, 1, np.float32(0.25), torch.tensor(1.0)])
def test_between_accepts_its_ends(capsys, value):
    assert said(capsys, lambda c: c.between(value, 0, 1)) == "✔ 9z.1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "expected a number from 0 to 1, got 1.5"),
        (-1e-9, "expected a number from 0 to 1, got -1e-09"),
        (1 + 1e-8, "expected a number from 0 to 1, got 1.00000001"),
        (math.nan, "expected a number from 0 to 1, got nan"),
        (math.inf, "expected a number from 0 to 1, got inf"),
        ([0.5], "expected one number, got an array of shape (1,)"),
        (True, "expected numbers, got True or False: True"),
        ("0.5", "expected numbers, got text: '0.5'"),
        (None, "got None; does the function end with `return …`?"),
    ],
)
def test_between_refuses(capsys, value, text):
    message = said(capsys, lambda c: c.between(value, 0, 1, what="share", hint="h"))
    assert message == f"✘ 9z.1: share: {text}\n  hint: h"


def test_raises(capsys):
    def refuse():
        raise FileNotFoundError("gone")

    assert said(capsys, lambda c: c.raises(FileNotFoundError, refuse)) == "✔ 9z.1"
    assert said(capsys, lambda c: c.raises(OSError, refuse)) == "✔ 9z.1"
    text = said(capsys, lambda c: c.raises(ValueError, refuse, what="a negative size", hint="h"))
    assert text.startswith(
        "✘ 9z.1: a negative size: expected ValueError, but the call raised FileNotFoundError: gone\n  in refuse: "
    )
    assert text.endswith("\n  hint: h")
    assert said(capsys, lambda c: c.raises(ValueError, lambda: 5)) == (
        "✘ 9z.1: expected ValueError, but the call returned 5"
    )
    assert (
        said(capsys, lambda c: c.raises(AssertionError, lambda: c.close(1, 2))) == "✘ 9z.1: expected 2, got 1"
    )


@pytest.mark.parametrize("condition", [True, np.bool_(True), np.array([True]), torch.tensor(True), 3 > 2])
def test_true_accepts(capsys, condition):
    assert said(capsys, lambda c: c.true(condition, "wrong")) == "✔ 9z.1"


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (False, "the sign is wrong"),
        (np.array([[False]]), "the sign is wrong"),
        (torch.tensor(False), "the sign is wrong"),
        (1, "expected True or False, got 1"),
        ("yes", "expected True or False, got 'yes'"),
        (None, "expected True or False, got None"),
        ([True], "expected True or False, got [True]"),
        (np.array([]), "expected True or False, got array([], dtype=float64)"),
        (np.array([True, True]), "expected True or False, got array([ True,  True])"),
        (math.nan, "expected True or False, got nan"),
    ],
)
def test_true_refuses(capsys, condition, text):
    message = said(capsys, lambda c: c.true(condition, "the sign is wrong", "h"))
    assert message == f"✘ 9z.1: {text}\n  hint: h"


def test_fail(capsys):
    assert said(capsys, lambda c: c.fail("the sign is wrong", "h")) == "✘ 9z.1: the sign is wrong\n  hint: h"


def test_messages_are_the_same_in_every_run():
    code = """
import numpy as np, utils.check, utils.shipped
from pathlib import Path
def ask(source):
    asked = utils.shipped.Question("9z.1", ("f",), ("got", "want"), False, source, Path("checks.py"))
    utils.shipped.question = lambda exercise: asked
    utils.check.check("9z.1", f)
class Net: pass
def f(x=None): raise ValueError(f"{Net()} and {f}")
for got, want in [(Net(), 1), ({"one", "two", "three"}, 1), ([{"x", "y", "z"}, Net], 1), (lambda: 1, 1),
                  ({frozenset("abc"): {"u", "v"}}, 1), ([np.float64(1.5)] * 500, 1), ("x" * 10**6, "y")]:
    ask("c.equal(got, want)")
    ask("c.close(got, 1)")
ask("f()")
"""
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed, "COURSE_PROGRESS": "off"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    (text,) = runs
    assert text.count("✘ 9z.1: ") == 15
    assert "0x" not in text
    assert max(map(len, text.splitlines())) < 250


# ------------------------------------------------------------------------------
# measured numbers, metrics, claims

APPROX = [
    (0, 3, "≈ 0"),
    (-0.0, 3, "≈ 0"),
    (0.96417, 3, "≈ 0.964"),
    (0.96417, 2, "≈ 0.96"),
    (0.96417, 1, "≈ 1"),
    (1, 3, "≈ 1.00"),
    (-0.5, 3, "≈ -0.500"),
    (-1234, 3, "≈ -1,230"),
    (29123, 3, "≈ 29,100"),
    (999.4, 3, "≈ 999"),
    (999.6, 3, "≈ 1,000"),
    (9.996, 3, "≈ 10.0"),
    (0.99999, 3, "≈ 1.00"),
    (0.00012, 3, "≈ 0.000120"),
    (0.00012, 1, "≈ 0.0001"),
    (0.0000999, 3, "≈ 9.99e-05"),
    (0.00009999, 3, "≈ 0.000100"),
    (1e-9, 2, "≈ 1.0e-09"),
    (999_000_000, 3, "≈ 999,000,000"),
    (999_999_999, 3, "≈ 1.00e+09"),
    (1e9, 3, "≈ 1.00e+09"),
    (1.797e308, 2, "≈ 1.8e+308"),
    (5e-324, 1, "≈ 5e-324"),
    (math.nan, 3, "≈ nan"),
    (math.inf, 3, "≈ inf"),
    (-math.inf, 1, "≈ -inf"),
    (np.float32(0.25), 3, "≈ 0.250"),
    (torch.tensor(2.5), 3, "≈ 2.50"),
]


@pytest.mark.parametrize(("value", "digits", "text"), APPROX)
def test_approx(value, digits, text):
    assert approx(value, digits) == text


@pytest.mark.parametrize("digits", [0, -1, 4, 17])
def test_approx_promises_no_more_than_a_measurement_holds(digits):
    with pytest.raises(ValueError, match="1 to 3 digits"):
        approx(1.0, digits)


def test_names_that_measured_numbers_chose_stand_wholly_behind_the_sign():
    assert about("fine-tuned", 300) == "≈ fine-tuned/300"
    assert about("fewer, cleaner  labels") == "≈ fewer-cleaner-labels"
    assert sanitized(about("one name", 20) + " next") == sanitized(
        about("another, longer name", 300) + " next"
    )


def sanitized(text):
    """A text as nbval compares it."""
    for pattern, replacement in get_sanitize_patterns(
        (ROOT / "tests" / "sanitize.cfg").read_text(encoding="utf-8")
    ):
        text = re.sub(pattern, replacement, text)
    return text


@pytest.mark.parametrize(
    "text", sorted({approx(value, digits) for value, _, _ in APPROX for digits in (1, 2, 3)})
)
def test_the_sanitizer_masks_all_of_a_measured_number_and_nothing_else(text):
    assert sanitized(f"exactly 10 epochs, loss {text} in 3 steps") == "exactly 10 epochs, loss ≈ # in 3 steps"
    assert sanitized(f"{text}\n5 layers") == "≈ #\n5 layers"
    assert sanitized(f"<td>{text}</td><td>7</td>") == "<td>≈ #</td><td>7</td>"


def test_the_sanitizer_masks_the_device_and_no_other_line():
    assert sanitized("seed 0\ndevice: cuda (H100, CUDA)\nlayers 3") == "seed 0\ndevice: #\nlayers 3"


@pytest.fixture
def displayed(monkeypatch):
    """What is shown as in a notebook: pairs of bundle and metadata."""
    shown = []
    monkeypatch.setattr(utils.show, "in_notebook", lambda: True)
    monkeypatch.setattr(
        "IPython.display.display", lambda bundle, raw, metadata: shown.append((bundle, metadata))
    )
    return shown


def test_metric_shows_a_rounded_number_and_carries_the_whole_one(displayed, capsys):
    metric("val_accuracy", torch.tensor(0.123456789, dtype=torch.float64))
    ((bundle, metadata),) = displayed
    assert bundle["text/plain"] == "val_accuracy ≈ 0.123"
    assert metadata == {"cornerstone_metric": {"name": "val_accuracy", "value": 0.123456789}}
    assert capsys.readouterr().out == ""


def test_metric_and_claim_print_outside_a_notebook(capsys):
    metric("loss", 2.5)
    claim("§3.1", "the sky is blue", "right", evidence=True)
    claim("§3.2", "big is good", "wrong", evidence=np.bool_(True), right="it depends")
    assert capsys.readouterr().out == (
        "loss ≈ 2.50\n§3.1  “the sky is blue”  → right\n§3.2  “big is good”  → wrong: it depends\n"
    )


def test_claim_shows_a_box_and_carries_its_record(displayed):
    claim("§2.1", "x < y & z", "not automatic", evidence=1 < 2, right="if x > 0")
    ((bundle, metadata),) = displayed
    assert bundle["text/plain"] == "§2.1  “x < y & z”  → not automatic: if x > 0"
    box = bundle["text/html"]
    assert box.startswith("<div style=")
    assert "x &lt; y &amp; z" in box
    assert "if x &gt; 0" in box
    assert "not automatic" in box
    record = {"where": "§2.1", "what": "x < y & z", "verdict": "not automatic", "right": "if x > 0"}
    assert metadata == {"cornerstone_claim": record}


def test_each_verdict_has_its_colour(displayed):
    for verdict in ("right", "wrong", "imprecise"):
        claim("§1", "x", verdict, evidence=True)
    colours = [re.findall("#[0-9A-F]{6}", bundle["text/html"]) for bundle, _ in displayed]
    assert [len(set(found)) for found in colours] == [1, 1, 1]
    assert len({found[0] for found in colours}) == 3


@pytest.mark.parametrize("evidence", [False, np.bool_(False)])
def test_claim_without_support_raises_and_shows_nothing(displayed, evidence):
    with pytest.raises(AssertionError, match=r"§2\.1: the evidence does not support the verdict 'right'"):
        claim("§2.1", "it generalises", "right", evidence=evidence)
    assert displayed == []


@pytest.mark.parametrize("evidence", [0.93, 1, "yes", None, [True], np.array([True]), torch.tensor(True)])
def test_claim_refuses_evidence_that_is_no_bool(displayed, evidence):
    with pytest.raises(TypeError, match="evidence must be True or False"):
        claim("§2.1", "it generalises", "right", evidence=evidence)
    assert displayed == []


# ------------------------------------------------------------------------------
# progress


def files(folder: Path) -> list[str]:
    """The files in a folder and below, locks aside."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != ".lock"
    )


def test_results_are_recorded(capsys):
    said(capsys, lambda c: c.close(1, 2))
    said(capsys, lambda c: c.close(1, 2))
    assert {k: results()["9z.1"][k] for k in ("status", "tries")} == {"status": "failed", "tries": 2}
    said(capsys, lambda c: c.close(2, 2))
    assert {k: results()["9z.1"][k] for k in ("status", "tries")} == {"status": "passed", "tries": 3}
    assert files(course_home()) == ["progress/9z.1.json"]


def test_passed_stays_passed_and_is_not_counted_further():
    for status in ("passed", "failed", "failed", "passed"):
        record_result("9z.1", status)
    assert (results()["9z.1"]["status"], results()["9z.1"]["tries"]) == ("passed", 1)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("COURSE_PROGRESS", "off"), ("JPY_SESSION_NAME", "/somewhere/course/solutions/00_start_here.ipynb")],
)
def test_nothing_is_recorded_for_solutions_nor_when_switched_off(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    record_result("9z.1", "passed")
    assert not course_home().exists()


def test_a_course_that_lies_in_a_folder_named_solutions_records(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "/srv/solutions/course/chapters/00_start_here.ipynb")
    record_result("9z.1", "passed")
    assert results()["9z.1"]["status"] == "passed"


def test_the_record_never_lies_beside_the_notebook(monkeypatch, tmp_path):
    beside, data = tmp_path / "chapters", tmp_path / "data"
    beside.mkdir()
    monkeypatch.chdir(beside)
    for home in ("", None):
        monkeypatch.setenv("COURSE_HOME", "") if home == "" else monkeypatch.delenv("COURSE_HOME")
        monkeypatch.setenv("XDG_DATA_HOME", str(data))
        assert course_home().is_absolute()
        assert not course_home().is_relative_to(beside)
        assert not course_home().is_relative_to(ROOT)
    monkeypatch.setattr(utils.files, "user_data_path", lambda *args, **kwargs: data / "cornerstone-course")
    record_result("9z.1", "passed")
    assert results()["9z.1"]["status"] == "passed"
    assert list(beside.iterdir()) == []
    assert files(data) == ["cornerstone-course/progress/9z.1.json"]


def in_the_way(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    return tmp_path / "file" / "home"


@pytest.mark.parametrize("home", [in_the_way, lambda tmp_path: "~no-such-user-9z/home"])
def test_a_home_that_cannot_be_written_does_not_stop_the_lesson(monkeypatch, capsys, tmp_path, home):
    monkeypatch.setenv("COURSE_HOME", str(home(tmp_path)))
    text = said(capsys, lambda c: c.close(2, 2))
    assert re.fullmatch(
        r"✔ 9z\.1\n\(progress was not recorded: .+; set COURSE_HOME to a folder you can write\)", text
    )
    assert str(tmp_path) not in text


def test_a_full_disk_does_not_stop_the_lesson(monkeypatch, capsys):
    record_result("9z.1", "failed")
    monkeypatch.setattr(os, "replace", mock.Mock(side_effect=OSError(28, "No space left on device")))
    text = said(capsys, lambda c: c.close(2, 2))
    assert "(progress was not recorded: No space left on device; " in text
    monkeypatch.undo()


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        b'{"exercise": "9z.1", "sta',
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"tries": 3}',
        b'{"exercise": [], "tries": 1}',
        b'{"exercise": "9z.1", "status": [], "tries": 1}',
        b'{"exercise": "9z.1", "tries": 1}',
        100_000 * b"[",
    ],
)
def test_a_spoilt_record_counts_as_none(spoilt):
    record_result("9z.1", "failed")
    record_result("9z.2", "passed")
    (course_home() / "progress" / "9z.1.json").write_bytes(spoilt)
    assert list(results()) == ["9z.2"]
    record_result("9z.1", "passed")
    assert results()["9z.1"]["tries"] == 1


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_a_crash_before_the_move_keeps_the_old_file_and_leaves_no_part(monkeypatch, tmp_path, error):
    path = tmp_path / "new" / "record.json"
    write_atomically(path, "old")
    monkeypatch.setattr(os, "replace", mock.Mock(side_effect=error))
    with pytest.raises(type(error)):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert files(tmp_path) == ["new/record.json"]


def test_a_crash_while_writing_leaves_no_part(tmp_path):
    path = tmp_path / "record.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "half of it \ud800 and no more")
    assert path.read_text() == "old"
    assert files(tmp_path) == ["record.json"]


def test_a_kill_between_write_and_move_keeps_the_old_record():
    record_result("9z.1", "passed")
    before = results()
    code = """
import os, signal
from utils.progress import record_result
os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
record_result("9z.1", "failed")
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert results() == before
    # neither the part that is left nor the lock of the killed process is in the way
    record_result("9z.2", "passed")
    assert list(results()) == ["9z.1", "9z.2"]


def test_a_file_is_as_readable_as_any_other(tmp_path):
    write_atomically(tmp_path / "ours", "ä\n")
    (tmp_path / "other").write_text("x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "other").stat().st_mode
    assert (tmp_path / "ours").read_bytes() == "ä\n".encode()


def test_two_processes_lose_nothing():
    code = """
import sys
from utils.progress import record_result
print("ready", flush=True)
sys.stdin.readline()
own, last = sys.argv[1:]
for _ in range(60):
    record_result("shared", "failed")
    record_result("passed early", last)
    record_result(own, "failed")
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, own, last], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for own, last in (("a", "passed"), ("b", "failed"))
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    found = results()
    assert {name: found[name]["tries"] for name in ("shared", "a", "b")} == {"shared": 120, "a": 60, "b": 60}
    assert found["passed early"]["status"] == "passed"
    assert [name for name in files(course_home()) if name.endswith(".part")] == []


def test_progress_shows_a_mark_for_each_exercise(monkeypatch, tmp_path):
    asked = "".join(f"\n# %% 9z.{n} asks about f\nc.true(f(), 'no')\n" for n in (1, 2, 3))
    (tmp_path / "09z_made_up.py").write_text(
        f"# 9z · Made up\n\n# %% parameters\nseed: int = 0  # seed\n{asked}"
    )
    monkeypatch.setattr(utils.shipped, "CHECKS", tmp_path)
    record_result("9z.1", "passed")
    record_result("9z.2", "failed")
    assert progress() == "09z_made_up              ✔✘○      1 of 3"
    assert progress("09z_made_up") == progress()
    with pytest.raises(CourseError, match="no lesson '10a'"):
        progress("10a")


# ------------------------------------------------------------------------------
# imports


def test_importing_the_package_is_cheap():
    code = """
import sys, utils, utils.check, utils.data, utils.device, utils.params, utils.repro
print([name for name in ("torch", "matplotlib", "sklearn", "pandas", "IPython") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
