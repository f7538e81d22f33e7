"""Values and calls between two processes of which one may lie: plain data only, nothing that runs on arrival.

A message is a list in JSON after eight bytes with its length. What is no plain value (a function apart, which stays where it is and
is called from afar) does not cross: `Foreign`. A pickle would cross, and could run whatever its sender likes.
"""

import base64
import inspect
import json
import re
import socket
import sys
import time
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from utils.errors import CourseError
from utils.questions import STUB, copied, is_stub, same_inputs, told

LONGEST = 2**28  # bytes of a message
LONGEST_NUMBER = 14_000  # bits of a whole number; Python writes none of more than 4,300 digits
SENTENCE = 2000  # characters of what is said about an answer, which chooses part of it
KINDS = "biufcUSmM"  # of arrays: numbers, texts and times, but no objects
PARTS: dict[Any, tuple[str, ...]] = {
    complex: ("real", "imag"),
    slice: ("start", "stop", "step"),
    range: ("start", "stop", "step"),
    Fraction: ("numerator", "denominator"),
}
SEQUENCES: dict[str, Any] = {kind.__name__: kind for kind in (list, tuple, set, frozenset)}
MADE_OF_PARTS: dict[str, Any] = {kind.__name__: kind for kind in PARTS}
ENDED = "your code ended its process; does it exit, or need more memory than is allowed?"
SINGLES = {"...": ..., "NotImplemented": NotImplemented}


class Foreign(CourseError):
    """A value that is not plain."""

    def __init__(self, what: str) -> None:
        kinds = "numbers, texts, lists, dicts, arrays or tensors"
        super().__init__(f"{what} cannot be handed over to be judged; return {kinds}")


class Gone(CourseError):
    """The other process has ended, or sent what no honest one sends."""


def send(channel: socket.socket, message: Any) -> None:
    data = json.dumps(message).encode()
    if len(data) > LONGEST:
        raise Foreign("an answer of more than 256 MB")
    try:
        channel.sendall(len(data).to_bytes(8, "big") + data)
    except OSError as error:
        raise Gone(ENDED) from error


def receive(channel: socket.socket, longest: int = LONGEST) -> Any:
    """The next message of at most `longest` bytes; Gone when nothing more will come.

    TimeoutError where the channel has a time limit: it holds for the whole message, not for each part of it.
    """
    limit = channel.gettimeout()
    end = None if limit is None else time.monotonic() + limit
    try:
        length = int.from_bytes(_exactly(channel, 8, end), "big")
        if length > longest:
            raise Gone(f"a message of more than {longest:,} bytes")
        data = _exactly(channel, length, end)
    finally:
        channel.settimeout(limit)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Gone("a message that is none") from error


def _exactly(channel: socket.socket, count: int, end: float | None) -> bytes:
    parts = []
    while count:
        if end is not None:
            channel.settimeout(max(end - time.monotonic(), 0.001))
        try:
            part = channel.recv(min(count, 2**20))
        except ConnectionError as error:
            raise Gone(ENDED) from error
        if not part:
            raise Gone(ENDED)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


class Peer:
    """One end of a channel: lends functions to the other end, and calls those that the other end lends."""

    def __init__(self, channel: socket.socket, caught: type[BaseException] = Exception) -> None:
        self.channel = channel
        self.caught = caught
        self.lent: list[Callable] = []

    def encode(self, value: Any) -> Any:
        """A value as lists, numbers and texts; raises Foreign."""
        torch = sys.modules.get("torch")
        if isinstance(value, int) and value.bit_length() > LONGEST_NUMBER:
            raise Foreign("a whole number of thousands of digits")
        if value is None or type(value) in (bool, int, float, str):
            return value
        if value is ... or value is NotImplemented:
            return ["..." if value is ... else "NotImplemented"]
        if isinstance(value, np.ma.MaskedArray):
            return ["masked", self.encode(value.data), self.encode(np.ma.getmaskarray(value))]
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(value)
        if torch is not None and isinstance(value, torch.Tensor):
            return ["tensor", *_tensor(value, torch)]
        return self._container(value)

    def _array(self, value: Any) -> list:
        name = "array" if isinstance(value, np.ndarray) else "number"
        array = np.asarray(value)
        if array.dtype == object:
            return ["objects", list(array.shape), [self.encode(item) for item in array.ravel().tolist()]]
        if array.dtype.kind not in KINDS:
            raise Foreign(f"an array of {array.dtype}")
        return [name, array.dtype.str, list(array.shape), _text(array.tobytes())]

    def _container(self, value: Any) -> Any:
        for scalar in (bool, int, float, str):
            if isinstance(value, scalar):
                return scalar(value)
        if isinstance(value, (bytes, bytearray)):
            return ["bytes", _text(value)]
        if isinstance(value, dict):
            return ["dict", [[self.encode(key), self.encode(item)] for key, item in value.items()]]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return ["named", type(value).__name__, list(value._fields), [self.encode(v) for v in value]]
        for kind in (list, tuple, set, frozenset):
            if isinstance(value, kind):
                return [kind.__name__, [self.encode(item) for item in value]]
        for kind, parts in PARTS.items():
            if isinstance(value, kind):
                return [kind.__name__, [self.encode(getattr(value, part)) for part in parts]]
        return self._other(value)

    def _other(self, value: Any) -> Any:
        if isinstance(value, re.Pattern):
            return ["pattern", self.encode(value.pattern), value.flags]
        if hasattr(value, "__array__"):
            return self.encode(np.asarray(value))
        if callable(value) and not isinstance(value, type):
            self.lent.append(value)
            names = getattr(getattr(value, "__code__", None), "co_names", ())
            name = getattr(value, "__name__", "answer")
            return ["call", len(self.lent) - 1, name, _parameters(value), list(names)]
        if isinstance(value, Decimal):
            return ["decimal", str(value)]
        if isinstance(value, Iterable):
            return ["iterator" if isinstance(value, Iterator) else "list", list(map(self.encode, value))]
        raise Foreign(f"a {type(value).__name__}")

    def decode(self, data: Any) -> Any:
        """The value that the other end encoded; raises Gone when the data are not what `encode` makes."""
        try:
            return self._decoded(data)
        except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError) as error:
            raise Gone("a value that is none") from error

    def _decoded(self, data: Any) -> Any:
        if not isinstance(data, list):
            return data
        name, *rest = data
        if name in SINGLES:
            return SINGLES[name]
        if name in ("array", "number", "tensor", "masked", "objects"):
            return self._decoded_array(name, rest)
        if name == "bytes":
            return base64.b64decode(rest[0])
        if name == "decimal":
            return Decimal(str(rest[0]))
        if name == "pattern":
            return re.compile(self._decoded(rest[0]), int(rest[1]))
        if name == "call":
            return self._borrowed(*rest)
        if name == "named":
            return _named(str(rest[0]), rest[1], [self._decoded(item) for item in rest[2]])
        if name == "dict":
            return {self._decoded(key): self._decoded(item) for key, item in rest[0]}
        items = [self._decoded(item) for item in rest[0]]
        if name == "iterator":
            return iter(items)
        return MADE_OF_PARTS[name](*items) if name in MADE_OF_PARTS else SEQUENCES[name](items)

    def _decoded_array(self, name: str, rest: list) -> Any:
        if name == "masked":
            # numpy leaves masked places out of its comparisons, so that anything would pass there; None does not
            data, mask = self._decoded(rest[0]), self._decoded(rest[1])
            return np.where(mask, np.array(None), data) if np.any(mask) else data
        if name == "objects":
            array = np.empty(len(rest[1]), dtype=object)
            for place, item in enumerate(rest[1]):
                array[place] = self._decoded(item)
            return array.reshape(rest[0])
        dtype = np.dtype(str(rest[0]))
        if dtype.kind not in KINDS:
            raise Gone("an array that is none")
        array = np.frombuffer(base64.b64decode(rest[2]), dtype).reshape(rest[1]).copy()
        if name == "tensor":
            import torch

            tensor = torch.from_numpy(array)
            return (tensor.view(torch.bfloat16) if rest[3] else tensor).requires_grad_(bool(rest[4]))
        return array if name == "array" else array[()]

    def _borrowed(self, index: int, name: str, parameters: list, names: list) -> Callable:
        """A function that is called at the other end. Where that changes its inputs, it changes these too.

        names: those that its code uses, which a question may read in `__code__.co_names`.
        """

        def call(*args: Any, **named: Any) -> Any:
            send(self.channel, ["call", index, self.encode(list(args)), self.encode(named)])
            while (message := receive(self.channel))[0] == "call":
                self.answer(message)
            if message[0] == "raise":
                raise _error(message[1], str(message[2]))
            for now, arg in zip(self.decode(message[2]) or [], args, strict=False):
                _become(arg, now)
            return self.decode(message[1])

        call.__name__ = str(name)
        code = call.__code__
        call.__code__ = code.replace(co_names=(*code.co_names, *map(str, names)))
        if parameters:
            call.__signature__ = _signature(parameters)  # type: ignore[attr-defined]
        return call

    def answer(self, message: Any) -> None:
        """Do a call that the other end asked for, and say what came of it."""
        try:
            function = self.lent[message[1]]
            args, named = self.decode(message[2]), self.decode(message[3])
            before = copied(args)
            result = self.encode(function(*args, **named))
            changed = None if same_inputs(args, before) else self.encode(args)
            reply = ["return", result, changed]
        except self.caught as error:
            kinds = [[kind.__module__, kind.__qualname__] for kind in type(error).__mro__]
            said = told(error).removeprefix(type(error).__name__).removeprefix(": ")
            reply = ["raise", kinds, STUB if is_stub(error) else said]
        send(self.channel, reply)


def _text(data: bytes | bytearray) -> str:
    return base64.b64encode(data).decode()


def _tensor(value: Any, torch: Any) -> list:
    """Type, shape, numbers, whether they are bfloat16, and whether the tensor wants a gradient: none flows across."""
    if value.layout != torch.strided or value.device.type != "cpu":
        raise Foreign("a tensor that does not lie in plain memory")
    wants, value = value.requires_grad, value.detach()
    small = value.dtype == torch.bfloat16
    array = (value.contiguous().view(torch.int16) if small else value.resolve_conj().resolve_neg()).numpy()
    return [array.dtype.str, list(array.shape), _text(array.tobytes()), small, wants]


def _named(name: str, fields: list, items: list) -> Any:
    return namedtuple(name, fields)(*items)


def _parameters(function: Callable) -> list:
    """[name, kind, whether it has a default] of each parameter, or nothing where Python knows none."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [[p.name, int(p.kind), p.default is not p.empty] for p in parameters]


def _signature(parameters: list) -> inspect.Signature:
    kinds, empty = inspect._ParameterKind, inspect.Parameter.empty
    return inspect.Signature(
        [inspect.Parameter(n, kinds(k), default=None if has else empty) for n, k, has in parameters]
    )


def _become(arg: Any, now: Any) -> None:
    """Change a list, dict, set, array or tensor into what the other end has made of its copy."""
    torch = sys.modules.get("torch")
    if type(arg) is not type(now):
        return
    if isinstance(arg, list):
        arg[:] = now
    elif isinstance(arg, (dict, set)):
        arg.clear()
        arg.update(now)
    elif isinstance(arg, np.ndarray) and arg.shape == now.shape:
        arg[...] = now
    elif torch is not None and isinstance(arg, torch.Tensor) and arg.shape == now.shape:
        arg.copy_(now)


def _error(kinds: list, said: str) -> BaseException:
    """An error of the first of these kinds that is known here, with its text, however that kind makes its own."""
    known = [getattr(sys.modules.get(module), name, None) for module, name in kinds]
    allowed = [k for k in known if isinstance(k, type) and issubclass(k, (Exception, SystemExit))]
    kind = next(iter(allowed), RuntimeError)
    told_as: Any = type(kind.__name__, (kind,), {"__str__": lambda _: said})
    error: BaseException = told_as.__new__(told_as)
    error.args = (said,) if said else ()
    return error
