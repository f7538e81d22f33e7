"""The questions that a check puts to an answer, and what it says about a wrong one."""

import contextlib
import math
import numbers
import os
import re
import reprlib
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

STUB = "your answer goes here"


class CheckFailed(AssertionError):
    """An answer that a check did not accept.

    first: what a first wrong try is told, without the wanted value.  message: what later tries are told.  hint: or "".
    """

    def __init__(self, message: str, first: str = "", hint: str = "") -> None:
        super().__init__(message + (f"\n  hint: {hint}" if hint else ""))
        self.first = first or message


class NotAttempted(Exception):
    """The exercise still holds its stub."""


class Check:
    """The questions that one check puts to an answer. The first that fails ends the check.

    secret: the answer is the wanted value itself, found with pencil and paper, so that no message may name it.
    """

    def __init__(self, secret: bool = False) -> None:
        self.asked = 0
        self.secret = secret

    def true(self, condition: Any, message: str, hint: str = "") -> None:
        """Require a condition; `message` says what is wrong when it does not hold."""
        self.asked += 1
        if condition is ...:
            raise NotAttempted
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
        self.asked += 1
        prefix = f"{what}: " if what else ""
        wanted = np.asarray(_plain(want), dtype=float)
        numbers_got = self._numbers(got, prefix, hint)

        def same(one: np.ndarray, other: np.ndarray) -> bool:
            return one.shape == other.shape and np.allclose(one, other, rtol, atol, equal_nan=True)

        if same(numbers_got, wanted):
            return
        for sentence, value in (slips or {}).items():
            slip = np.asarray(_plain(value), dtype=float)
            if same(numbers_got, slip) and not same(slip, wanted):
                self.fail(f"{prefix}{sentence}", hint)
        if numbers_got.shape != wanted.shape:
            self.fail(f"{prefix}expected {_shape(wanted)}, got {_shape(numbers_got)}", hint)
        if np.isnan(numbers_got).any() and not np.isnan(wanted).any():
            self.fail(f"{prefix}the answer holds nan (not a number)", hint)
        wrong = ~np.isclose(numbers_got, wanted, rtol, atol, equal_nan=True)
        self._differs(prefix, lambda tell: _first_difference(numbers_got, wanted, wrong, tell), hint)

    def equal(self, got: Any, want: Any, *, hint: str = "", what: str = "") -> None:
        """Require exactly `want`: a whole number, a text, a bool, None, or a list, tuple, set or dict of those."""
        self.asked += 1
        prefix = f"{what}: " if what else ""
        if want is not None:
            self._given(got, prefix, hint)
        if not _same(_plain(got), _plain(want)):
            self._differs(prefix, lambda tell: _contrast(got, want, tell), hint)

    def between(self, got: Any, low: float, high: float, *, hint: str = "", what: str = "") -> None:
        """Require one number with low ≤ number ≤ high."""
        self.asked += 1
        prefix = f"{what}: " if what else ""
        number = self._numbers(got, prefix, hint)
        if number.shape != ():
            self.fail(f"{prefix}expected one number, got {_shape(number)}", hint)
        if not low <= number <= high:
            self._differs(prefix, lambda tell: _outside(float(number), low, high, tell), hint)

    def raises(
        self, error: type[Exception], call: Callable[[], Any], *, hint: str = "", what: str = ""
    ) -> None:
        """Require that `call()` raises `error`."""
        self.asked += 1
        prefix = f"{what}: " if what else ""
        try:
            result = call()
        except Exception as raised:
            if is_stub(raised) or isinstance(raised, (CheckFailed, NotAttempted)):
                raise
            if isinstance(raised, error):
                return
            self.fail(f"{prefix}expected {error.__name__}, but the call raised {told(raised)}", hint)
        if result is ...:
            raise NotAttempted
        self.fail(f"{prefix}expected {error.__name__}, but the call returned {_show(result)}", hint)

    def fail(self, message: str, hint: str = "", first: str = "") -> NoReturn:
        """End the check: the answer is wrong.  first: what a first try is told instead of `message`."""
        raise CheckFailed(message, first, hint)

    def _differs(self, prefix: str, difference: Callable[[bool], str], hint: str) -> NoReturn:
        """End the check with `difference(tell)`: with the wanted value if `tell`, or only the kind of difference."""
        self.fail(prefix + difference(not self.secret), hint, first=prefix + difference(False))

    def _given(self, got: Any, prefix: str, hint: str) -> None:
        if holds_stub(got):
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
        # numpy would take text, None and True for numbers where they stand among numbers
        odd = next(filter(None, map(_no_number, _parts(plain))), None)
        if array.dtype == object and not odd:
            with contextlib.suppress(TypeError, ValueError, OverflowError):
                array = array.astype(float)
        if odd or array.dtype.kind not in "iuf":
            self.fail(f"{prefix}expected numbers, got {odd or type(got).__name__}: {_show(got)}", hint)
        return array.astype(float)


def holds_stub(value: Any) -> bool:
    """Whether a value, or a part of a nested one, is still `...`."""
    if isinstance(value, dict):
        value = list(value.values())
    return value is ... or (isinstance(value, (list, tuple)) and any(map(holds_stub, value)))


def holds_value(value: Any) -> bool:
    """Whether a value, or a part of a nested one, is filled in: neither `...` nor something to call."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return any(map(holds_value, value))
    return value is not ... and not callable(value)


def is_stub(error: BaseException) -> bool:
    """A library may raise NotImplementedError too, but never with this text; a bare one of the learner's is a stub."""
    if not isinstance(error, NotImplementedError):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    return STUB in str(error.args[0]) if error.args else not (frames and _in_library(frames[-1].filename))


def _in_library(filename: str) -> bool:
    """Whether a file is part of Python, of an installed package or of this one, and so not the learner's."""
    path = Path(filename)
    return (
        bool({"site-packages", "dist-packages"} & set(path.parts))
        or path.is_relative_to(Path(os.__file__).parent)
        or path.is_relative_to(Path(__file__).parent)
        or filename.startswith("<frozen ")
    )


def told(error: BaseException) -> str:
    """Type and message of an error, and the learner's innermost line that it came through, if it can be shown."""
    try:
        said = _without_address(str(error))
    except Exception:
        said = ""
    text = f"{type(error).__name__}: {said}".removesuffix(": ")
    # IPython has called a cell's own frame by both names
    inside = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.line
        and not frame.name.startswith(("<module>", "<cell line"))
        and not _in_library(frame.filename)
    ]
    return text + (f"\n  in {inside[-1].name}: {inside[-1].line}" if inside else "")


def _plain(value: Any) -> Any:
    """Tensors as arrays (also inside lists, tuples and dicts), masked places as None, everything else as it is."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        tensor = value.detach().cpu().resolve_conj().resolve_neg()
        return (tensor.double() if tensor.is_floating_point() else tensor).numpy()
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        return np.where(np.ma.getmaskarray(value), np.array(None), value.data)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value)) if type(value) in (list, tuple) else [_plain(v) for v in value]
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    return value


def _parts(value: Any) -> Iterator[Any]:
    """The innermost values of nested lists and of arrays of objects; an array of another type counts as one."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        value = value.ravel().tolist()
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _parts(item)
    else:
        yield value


def _no_number(value: Any) -> str:
    """What a value is that must not pass for a number; an empty text for everything else."""
    if value is None:
        return "None"
    kind = value.dtype.kind if isinstance(value, (np.ndarray, np.generic)) else ""
    if isinstance(value, bool) or kind == "b":
        return "True or False"
    if isinstance(value, (str, bytes)) or kind in ("U", "S"):
        return "text"
    return "complex numbers" if isinstance(value, complex) or kind == "c" else ""


def _same(got: Any, want: Any) -> bool:
    """Equality without Python's surprises: True is not 1, "3" is not 3, and arrays compare as a whole.

    An answer whose own `==` always says yes gains nothing: it must be of the wanted kind first.
    """
    if isinstance(want, np.ndarray) or isinstance(got, np.ndarray):
        try:
            got, want = np.asarray(got), np.asarray(want)
        except ValueError:
            return False
        if object in (got.dtype, want.dtype):
            return got.shape == want.shape and _same(got.tolist(), want.tolist())
        return (got.dtype.kind == "b") == (want.dtype.kind == "b") and np.array_equal(got, want)
    if isinstance(want, dict) and isinstance(got, dict):
        return _same(set(got), set(want)) and all(_same(got[key], want[key]) for key in want)
    if isinstance(want, (list, tuple)) and isinstance(got, (list, tuple)):
        return len(want) == len(got) and all(map(_same, got, want))
    if isinstance(want, (set, frozenset)) and isinstance(got, (set, frozenset)):
        # the pairs keep True and 1 apart, which a set takes for one
        return {(type(v) is bool, v) for v in got} == {(type(v) is bool, v) for v in want}
    for kind in ((bool, np.bool_), numbers.Number, str, bytes):
        if isinstance(want, kind) or isinstance(got, kind):
            return isinstance(want, kind) and isinstance(got, kind) and bool(got == want)
    return isinstance(got, type(want)) and bool(got == want)


def _shape(array: np.ndarray) -> str:
    return "one number" if array.shape == () else f"an array of shape {array.shape}"


def _tell_apart(*values: float) -> list[str]:
    """Numbers as texts of 6 digits, or of as many as it takes for different numbers to look different."""
    for digits in (6, 9, 12, 17):
        texts = [f"{float(value):.{digits}g}" for value in values]
        if len(set(texts)) == len(set(map(float, values))):
            break
    return texts


def _side(got: float, want: float) -> str:
    """How a number misses another one, without naming that."""
    if not math.isfinite(got) or got == want:
        return "not what is wanted"
    if got == -want:
        return "of the wrong sign"
    return "too large" if got > want else "too small"


def _first_difference(got: np.ndarray, want: np.ndarray, wrong: np.ndarray, tell: bool) -> str:
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    wanted, came = _tell_apart(want[where], got[where])
    text = f"expected {wanted}, got {came}" if tell else f"{came} is {_side(got[where], want[where])}"
    if got.shape == ():
        return text
    place = where[0] if len(where) == 1 else where
    return f"{int(wrong.sum())} of {wrong.size} numbers differ; the first is at [{place}]: {text}"


def _outside(got: float, low: float, high: float, tell: bool) -> str:
    first, last, came = _tell_apart(low, high, got)
    if tell:
        return f"expected a number from {first} to {last}, got {came}"
    return f"{came} is {_side(got, low if got < low else high)}"


def _contrast(got: Any, want: Any, tell: bool) -> str:
    """What came, and what was wanted instead if `tell`, in words that differ."""
    came, wanted = _show(got), _show(want)
    both_lists = isinstance(got, (list, tuple)) and isinstance(want, (list, tuple))
    if both_lists and (not tell or max(len(came), len(wanted)) == LONGEST):
        if len(got) != len(want):
            return f"expected {len(want)} items, got {len(got)}: {came}"
        pairs = zip(_plain(got), _plain(want), strict=True)
        place = next(i for i, pair in enumerate(pairs) if not _same(*pair))
        return f"at [{place}]: {_contrast(got[place], want[place], tell)}"
    if came == wanted:
        came, wanted = f"{came} ({type(got).__name__})", f"{wanted} ({type(want).__name__})"
    return f"expected {wanted}, got {came}" if tell else f"{came} is {_kind_of_difference(got, want)}"


def _kind_of_difference(got: Any, want: Any) -> str:
    numeric = all(isinstance(v, numbers.Real) and not isinstance(v, (bool, np.bool_)) for v in (got, want))
    if numeric:
        return _side(float(got), float(want))
    same_kind = isinstance(got, type(want)) or isinstance(want, type(got))
    return "not what is wanted" if same_kind else f"of type {type(got).__name__}, not what is wanted"


LONGEST = 120
# reprlib sorts sets, whose order changes from run to run, and looks no further than it has to into long values
_REPR = reprlib.Repr()
_REPR.maxlevel = 8
for _kind in ("tuple", "list", "dict", "set", "frozenset", "deque", "string", "long", "other"):
    setattr(_REPR, f"max{_kind}", 4 * LONGEST)


def _without_address(text: str) -> str:
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", text)


def _show(value: Any) -> str:
    """A value on one or a few lines, the same in every run."""
    text = _without_address(_REPR.repr(value.item() if isinstance(value, np.generic) else value))
    return text if len(text) <= LONGEST else text[: LONGEST - 2] + " …"


def copied(value: Any) -> Any:
    """Containers, arrays and tensors copied all the way down; everything else, and what carries gradients, as it is."""
    torch = sys.modules.get("torch")
    if isinstance(value, np.ndarray):
        return value.copy()
    if torch is not None and type(value) is torch.Tensor and not value.requires_grad:
        return value.clone()
    if type(value) in (list, tuple, set):
        return type(value)(map(copied, value))
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return value


def same_inputs(now: Any, before: Any) -> bool:
    """Whether a copy made by `copied` still equals what it was made from."""
    if type(now) is not type(before):
        return False
    if isinstance(now, (list, tuple)):
        return len(now) == len(before) and all(map(same_inputs, now, before))
    if isinstance(now, dict):
        return list(now) == list(before) and all(same_inputs(now[key], before[key]) for key in now)
    if isinstance(now, np.ndarray):
        return now.shape == before.shape and now.dtype == before.dtype and now.tobytes() == before.tobytes()
    torch = sys.modules.get("torch")
    if torch is not None and type(now) is torch.Tensor and not now.requires_grad and now is not before:
        return now.shape == before.shape and bool(torch.equal(now.nan_to_num(), before.nan_to_num()))
    return (
        now is before or bool(now == before) if isinstance(now, (set, numbers.Number, str)) else now is before
    )
