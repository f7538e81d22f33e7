"""Plain values and calls between the process of an answer and the one that judges it."""

import contextlib
import re
import socket
import threading
import time
from collections import Counter, namedtuple
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from utils.course.plain import Foreign, Gone, Peer, receive, send
from utils.questions import STUB

Pair = namedtuple("Pair", "low high")


@pytest.fixture
def ends():
    """Two ends of a channel."""
    one, other = socket.socketpair()
    with one, other:
        yield one, other


@pytest.fixture
def call(ends):
    """Calls a function at the other end, which answers until the channel is closed: call(function, *args)."""
    here, there = Peer(ends[0]), Peer(ends[1], BaseException)

    def work() -> None:
        while True:
            try:
                there.answer(receive(ends[1]))
            except (Gone, OSError):
                return

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    yield lambda function, *args: here.decode(there.encode(function))(*args)
    ends[0].shutdown(socket.SHUT_RDWR)
    worker.join(10)


def crossed(value, ends):
    send(ends[0], Peer(ends[0]).encode(value))
    return Peer(ends[1]).decode(receive(ends[1]))


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 3, 10**30, -0.5, float("inf"), 2 + 3j, "字\ud800", b"\x00\xff", ..., NotImplemented),
        *([1, (2, {3: "x"})], {1, 2}, frozenset("a"), range(1, 9, 2), slice(None, 3), Fraction(1, 3)),
        *(Decimal("0.10"), Pair(1, 2), {(1, 2): [None]}, re.compile("a+", re.I)),
    ],
    ids=repr,
)
def test_a_plain_value_arrives_as_it_was(value, ends):
    got = crossed(value, ends)
    assert got == value
    assert repr(got) == repr(value)


@pytest.mark.parametrize(
    "array",
    [
        *(np.arange(6.0).reshape(2, 3).T, np.zeros((0, 4), dtype=np.int8), np.array(["a", "bc"])),
        *(np.array([True, False]), np.float32(0.1), np.array([1, None, "x"], dtype=object)),
        np.array("2026-01-01", dtype="datetime64[D]"),
    ],
    ids=repr,
)
def test_arrays_keep_type_and_shape(array, ends):
    got = crossed(array, ends)
    assert (type(got), got.dtype, got.shape) == (type(array), array.dtype, array.shape)
    assert np.array_equal(got, array)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64, torch.bool])
def test_tensors_keep_their_type(dtype, ends):
    tensor = torch.tensor([[1, 0], [2, 3]]).to(dtype).T
    got = crossed(tensor, ends)
    assert got.dtype == dtype
    assert torch.equal(got, tensor)


def test_masked_places_subclasses_and_iterators(ends):
    masked = np.ma.MaskedArray([1.0, 2.0], [False, True])
    # numpy leaves masked places out of its comparisons, so a masked array would equal anything there
    assert crossed(masked, ends).tolist() == [1.0, None]
    assert crossed(Counter("aab"), ends) == {"a": 2, "b": 1}
    assert list(crossed((n * n for n in range(3)), ends)) == [0, 1, 4]


def test_a_tensor_still_wants_a_gradient_but_none_flows_across(ends):
    leaf = torch.ones(2, requires_grad=True)
    got = crossed(leaf * 3, ends)
    assert got.requires_grad
    got.sum().backward()
    assert leaf.grad is None
    assert got.tolist() == [3, 3]


ODD = {"object": object(), "type": int, "sparse": torch.eye(2).to_sparse(), "digits": [10**6000]}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_what_is_not_plain_is_refused_with_a_sentence(value, ends):
    with pytest.raises(Foreign, match="cannot be handed over to be judged; return numbers"):
        crossed(value, ends)


def test_a_call_there_with_a_function_from_here(call):
    seen = []

    def note(x):
        seen.append(x)
        return x + 1

    assert call(lambda f, x: [f(x), f(x * 2)], note, 3) == [4, 7]
    assert seen == [3, 6]


def test_inputs_that_are_changed_there_are_changed_here(call):
    numbers, array, table = [3, 1, 2], np.zeros(2), {"a": 1}

    def change(numbers, array, table):
        numbers.sort()
        array += 1
        table["b"] = 2

    call(change, numbers, array, table)
    assert numbers == [1, 2, 3]
    assert array.tolist() == [1, 1]
    assert table == {"a": 1, "b": 2}


class Own(ValueError):
    pass


@pytest.mark.parametrize(
    ("error", "kind"), [(KeyError("x"), KeyError), (Own("x"), ValueError), (SystemExit(0), SystemExit)]
)
def test_an_error_there_is_the_same_kind_here(call, error, kind):
    def fail():
        raise error

    with pytest.raises(kind) as caught:
        call(fail)
    assert type(caught.value).__name__ == type(error).__name__
    assert "in fail: raise error" in str(caught.value)


def test_a_stub_stays_one(call):
    def stub():
        raise NotImplementedError(f"1.1: {STUB}")

    with pytest.raises(NotImplementedError) as caught:
        call(stub)
    assert caught.value.args == (STUB,)


@pytest.mark.parametrize(
    "data",
    [
        *(
            ["array", "|O", [1], "AAAA"],
            ["array", "<f8", [9], "AAAA"],
            ["nothing", []],
            [],
            ["set", [["list", []]]],
        ),
        *(["named", "x y", ["__class__"], [1]], ["tensor"], ["call", 0], ["dict", [[1]]]),
    ],
    ids=str,
)
def test_what_no_honest_process_sends_is_no_value(data, ends):
    with pytest.raises(Gone):
        Peer(ends[0]).decode(data)


@pytest.mark.parametrize(
    "data", [b"\xff" * 8, (2).to_bytes(8, "big") + b"{]", b"\x00"], ids=["long", "no JSON", "cut"]
)
def test_what_is_no_message_ends_the_talk(data, ends):
    ends[0].sendall(data)
    ends[0].shutdown(socket.SHUT_WR)
    with pytest.raises(Gone):
        receive(ends[1])


def test_a_time_limit_holds_for_a_whole_message_that_comes_in_drips(ends):
    def drip() -> None:
        with contextlib.suppress(OSError):
            ends[0].sendall((1000).to_bytes(8, "big"))
            for _ in range(1000):
                time.sleep(0.05)
                ends[0].sendall(b" ")

    dripping = threading.Thread(target=drip)
    dripping.start()
    ends[1].settimeout(0.3)
    begin = time.monotonic()
    with pytest.raises(TimeoutError):
        receive(ends[1])
    assert time.monotonic() - begin < 5
    assert ends[1].gettimeout() == 0.3
    ends[0].shutdown(socket.SHUT_RDWR)
    dripping.join()


def test_whoever_listens_says_how_much_may_come(ends):
    send(ends[0], "x" * 100)
    with pytest.raises(Gone, match="more than 50 bytes"):
        receive(ends[1], 50)
