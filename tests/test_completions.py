"""Models that write, behind OpenAI's API: what the official client sees, who gets which answer, what is refused, what ends."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import torch

from utils.course.serve import _chats, _welcome
from utils.errors import CourseError
from utils.models.completions import LlamaTalker, Piece, Wish, create_app
from utils.models.generate import generate
from utils.models.nn import Llama, Shape
from utils.models.sampling import Sampling
from utils.models.service import Limits, serving

KEY = "a-key-for-these-tests"
HEADERS = {"Authorization": f"Bearer {KEY}"}
END, ROLES = 256, {"system": 257, "user": 258, "assistant": 259}
HELLO = [{"role": "user", "content": "Hello"}]


def encode(text):
    return list(text.encode())


def decode(ids):
    return bytes(token for token in ids if token < 256).decode("utf-8", errors="replace")


def chat(messages):
    """A template: a mark for each role, the text, the end of a turn."""
    if messages[-1]["role"] == "assistant":
        raise CourseError("The last word is the user's.")
    turns = [[ROLES[message["role"]], *encode(message["content"]), END] for message in messages]
    return [token for turn in turns for token in turn] + [ROLES["assistant"]]


@pytest.fixture(scope="module")
def llama():
    torch.manual_seed(0)
    model = Llama(Shape(260, width=32, layers=2, heads=2, kv_heads=1, head_width=16, hidden=48)).eval()
    with torch.no_grad():
        model.embed.weight[97:123] *= 3  # letters mostly, so that there is something to read
        model.embed.weight[ROLES["assistant"]] *= 0.1
    return model


@pytest.fixture(scope="module")
def talker(llama):
    return LlamaTalker("tiny", llama, chat=chat, prompt=encode, decode=decode, ends=(END,), context=200)


@contextmanager
def asking(app, **options):
    with (
        serving(app) as url,
        httpx.Client(base_url=url, trust_env=False, headers=HEADERS, timeout=60, **options) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client(talker):
    with asking(create_app(talker, api_key=KEY, limits=Limits(max_bytes=20_000), max_new=64)) as client:
        yield client


def say(client, path="chat/completions", **body):
    start = {"messages": HELLO} if path == "chat/completions" else {}
    return client.post(f"/v1/{path}", json={"model": "tiny", "max_tokens": 12, "seed": 1, **start, **body})


def refused(answer, status, code, param=None):
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert (error["code"], error["param"]) == (code, param)
    assert error["message"].endswith(".")
    assert "Traceback" not in answer.text
    return error["message"]


def lines(text):
    """The JSON of server-sent events; the last must be [DONE]."""
    found = text.split("\n\n")
    assert found.pop() == ""
    assert all(line.startswith("data: ") for line in found)
    assert found.pop() == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in found]


def told(chunks, index=0):
    """What a stream said in one of its answers."""
    choices = [choice for chunk in chunks for choice in chunk["choices"] if choice["index"] == index]
    return "".join(choice["delta"].get("content", "") for choice in choices), choices[-1]["finish_reason"]


# ------------------------------------------------------------------------------
# answers


def test_a_conversation_is_answered_as_the_model_does_alone(client, llama):
    answer = say(client, temperature=0).json()
    (alone,) = generate(llama, [chat(HELLO)], 12, sampling=Sampling(0.0), decode=decode, end=(END,))
    choice = answer["choices"][0]
    assert choice["message"] == {"role": "assistant", "content": alone.text, "refusal": None}
    assert len(alone.text) > 3
    assert choice["finish_reason"] == {"length": "length", "end": "stop"}[alone.reason]
    assert choice["logprobs"] is None
    read, written = len(chat(HELLO)), len(alone.ids)
    assert answer["usage"] == {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
    }
    assert (answer["object"], answer["model"]) == ("chat.completion", "tiny")
    assert answer["created"] == pytest.approx(time.time(), abs=100)
    assert answer["id"].startswith("chatcmpl-")
    assert answer["id"] != say(client).json()["id"]


def test_a_stream_says_the_same_in_pieces(client):
    whole = say(client, n=2).json()
    answer = say(client, n=2, stream=True, stream_options={"include_usage": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    *chunks, last = lines(answer.text)
    for index in (0, 1):
        choice = whole["choices"][index]
        assert told(chunks, index) == (choice["message"]["content"], choice["finish_reason"])
        first = next(c for chunk in chunks for c in chunk["choices"] if c["index"] == index)
        assert first["delta"] == {"role": "assistant", "content": ""}
    assert last["choices"] == []
    assert last["usage"] == whole["usage"]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert {chunk["id"] for chunk in chunks} == {last["id"]}
    assert all(chunk["usage"] is None for chunk in chunks)
    assert len(chunks) > 8


def test_a_text_is_continued(client, llama):
    answer = say(client, "completions", prompt="Once upon", temperature=0).json()
    (alone,) = generate(llama, [encode("Once upon")], 12, sampling=Sampling(0.0), decode=decode, end=(END,))
    assert answer["choices"][0]["text"] == alone.text
    assert answer["object"] == "text_completion"
    by_ids = say(client, "completions", prompt=encode("Once upon"), temperature=0).json()
    assert by_ids["choices"] == answer["choices"]
    two = say(client, "completions", prompt=["Once upon", "The"], temperature=0, n=2).json()
    assert [choice["index"] for choice in two["choices"]] == [0, 1, 2, 3]
    assert two["choices"][0]["text"] == two["choices"][1]["text"] == alone.text
    assert two["usage"]["prompt_tokens"] == len("Once upon") + len("The")
    parts = lines(say(client, "completions", prompt="Once upon", temperature=0, stream=True).text)
    assert "".join(part["choices"][0]["text"] for part in parts) == alone.text


def test_a_seed_repeats_and_another_does_not(client):
    def texts(seed, n=1, **options):
        answer = say(client, seed=seed, n=n, **options).json()
        return [choice["message"]["content"] for choice in answer["choices"]]

    assert texts(5) == texts(5)
    assert texts(None) != texts(None)
    three = texts(5, n=3)
    assert len(set(three)) == 3
    assert not set(three) & {*texts(6, n=3), *texts(4, n=3)}, "neighbouring seeds shared answers"
    assert texts(1, top_p=0) == texts(2, top_p=0) == texts(3, temperature=0)


def test_it_stops_at_a_text_and_at_the_length(client):
    whole = say(client, temperature=0).json()["choices"][0]["message"]["content"]
    for stop in (whole[4:6], [whole[4:6], "never this"]):
        choice = say(client, temperature=0, stop=stop).json()["choices"][0]
        assert choice["message"]["content"] == whole[: whole.index(whole[4:6])]
        assert choice["finish_reason"] == "stop"
        assert told(lines(say(client, temperature=0, stop=stop, stream=True).text))[1] == "stop"
    short = say(client, temperature=0, max_tokens=None, max_completion_tokens=3).json()
    assert short["choices"][0]["finish_reason"] == "length"
    assert short["usage"]["completion_tokens"] == 3


def test_logprobs_are_the_model_s(client, llama):
    (alone,) = generate(
        llama, [chat(HELLO)], 12, sampling=Sampling(0.0), decode=decode, end=(END,), logprobs=True
    )
    found = say(client, temperature=0, logprobs=True).json()["choices"][0]["logprobs"]["content"]
    assert [one["logprob"] for one in found] == pytest.approx(alone.logprobs, abs=1e-4)
    assert [one["token"] for one in found] == [decode([token]) for token in alone.ids]
    assert all(one["bytes"] is None or bytes(one["bytes"]).decode() == one["token"] for one in found)
    chunks = lines(say(client, temperature=0, logprobs=True, stream=True).text)
    streamed = [
        one["logprob"]
        for chunk in chunks
        for c in chunk["choices"]
        if c["logprobs"]
        for one in c["logprobs"]["content"]
    ]
    assert streamed == pytest.approx(alone.logprobs, abs=1e-4)
    text = say(client, "completions", prompt="Once", logprobs=0, temperature=0).json()["choices"][0]
    assert len(text["logprobs"]["tokens"]) == len(text["logprobs"]["token_logprobs"]) == 12
    assert text["logprobs"]["text_offset"][:2] == [0, len(text["logprobs"]["tokens"][0])]


def test_messages_may_come_in_parts_and_from_a_developer(client):
    plain = [{"role": "system", "content": "Be brief"}, *HELLO]
    parts = [
        {
            "role": "developer",
            "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief"}],
        },
        {"role": "user", "content": "Hello", "name": "Ada"},
    ]
    assert say(client, messages=parts).json()["choices"] == say(client, messages=plain).json()["choices"]


def test_fields_that_change_nothing_are_taken(client):
    extra = {"presence_penalty": 0, "frequency_penalty": 0.0, "logit_bias": {}, "tools": [], "user": "Ada",
             "response_format": {"type": "text"}, "stream": None, "n": None, "metadata": {"a": "b"}}  # fmt: skip
    assert say(client, **extra).json()["choices"] == say(client).json()["choices"]


# ------------------------------------------------------------------------------
# refusals


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 65}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"n": 17}, "n"),
        ({"n": 0}, "n"),
        ({"seed": "1"}, "seed"),
        ({"seed": 2**70}, "seed"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stop": ""}, "stop"),
        ({"stop": "x" * 300}, "stop"),
        ({"stop": [1]}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": 1}}, "include_usage"),
        ({"stream_options": []}, "stream_options"),
        ({"logprobs": 3}, "logprobs"),
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": [*HELLO, "Hello"]}, "messages[1]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0]"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content"),
        ({"messages": [{**HELLO[0], "tool_calls": [1]}]}, "messages[0]"),
        ({"messages": [*HELLO, {"role": "assistant", "content": "Hi"}]}, "messages"),
    ],
)
def test_values_that_cannot_be_meant(client, body, param):
    refused(say(client, **body), 400, "invalid_value", param)


@pytest.mark.parametrize(
    ("body", "param"),
    [({"prompt": ""}, "prompt"), ({"prompt": [300]}, "prompt"), ({"prompt": [1, "a"]}, "prompt"),
     ({"prompt": {}}, "prompt"), ({"prompt": ["a"] * 17}, "prompt"), ({"prompt": "a", "logprobs": 5}, "logprobs"),
     ({"prompt": [[-1]]}, "prompt"), ({"prompt": ["a", "b"], "n": 9}, "n")],
)  # fmt: skip
def test_prompts_that_cannot_be_meant(client, body, param):
    refused(say(client, "completions", **body), 400, "invalid_value", param)


@pytest.mark.parametrize("body", [{"tools": [{"type": "function"}]}, {"presence_penalty": 1}, {"logit_bias": {"5": 9}},
                                  {"top_logprobs": 2}, {"response_format": {"type": "json_object"}}])  # fmt: skip
def test_what_the_service_cannot_do_is_not_passed_over(client, body):
    refused(say(client, **body), 400, "unsupported_parameter", next(iter(body)))
    refused(say(client, temprature=1), 400, "unknown_parameter")


def test_too_long_for_the_model(client):
    long = [{"role": "user", "content": "x" * 190}]
    message = refused(say(client, messages=long), 400, "context_length_exceeded", "messages")
    assert message.startswith("The prompt has 193 tokens, and with the answer there is room for 200")
    fits = say(client, messages=long, max_tokens=None).json()
    assert fits["usage"]["completion_tokens"] <= 7
    refused(say(client, messages=[{"role": "user", "content": "x" * 300}], max_tokens=None), 400,
            "context_length_exceeded", "messages")  # fmt: skip


def test_another_model_and_other_places(client):
    refused(say(client, model="gpt-4"), 404, "model_not_found", "model")
    refused(client.post("/v1/embeddings", json={}), 404, "not_found")
    refused(client.get("/v1/chat/completions"), 405, "method_not_allowed")
    assert client.get("/v1/models").json()["data"][0]["id"] == "tiny"
    with httpx.Client(base_url=client.base_url, trust_env=False) as stranger:
        refused(say(stranger), 401, "invalid_api_key")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"messages": ', b"\xff\xfe{}", '{"model": "tiny"}'.encode("utf-16"), b"[]", b"null", b"3",
     b"[" * 15_000, b'{"messages": ' + b"[" * 7_000 + b"]" * 7_000, b'{"messages": [{"content": "\xc3\x28"}]}'],
)  # fmt: skip
def test_bodies_that_are_malformed(client, body):
    answer = client.post("/v1/chat/completions", content=body, headers={"Content-Type": "application/json"})
    refused(answer, 400, "invalid_json")


def test_half_of_a_character_is_no_text(client):
    for place in ("content", "role"):
        message = json.dumps({"messages": [{"role": "user", "content": "x", place: "\ud83d"}]})
        answer = client.post(
            "/v1/chat/completions", content=message, headers={"Content-Type": "application/json"}
        )
        param = "messages[0].content" if place == "content" else "messages[0]"
        refused(answer, 400, "invalid_value", param)


def test_a_huge_body_and_an_endless_one(client):
    refused(say(client, user="x" * 30_000), 413, "body_too_large")
    endless = (b" " * 4096 for _ in range(100_000))
    answer = client.post("/v1/completions", content=endless, headers={"Content-Type": "application/json"})
    refused(answer, 413, "body_too_large")


def test_half_heads_silent_sockets_and_half_bodies_leave_the_others_alone(talker):
    halves = [
        b"",
        b"POST /v1/chat/comp",
        b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nX-a: ",
        f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
        "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{".encode(),
    ]
    app = create_app(talker, api_key=KEY, limits=Limits(max_seconds=1.0), max_new=64)
    with asking(app) as client:
        host, port = client.base_url.host, client.base_url.port
        held = [socket.create_connection((host, port), timeout=20) for _ in range(40)]
        for connection, half in zip(held, halves * 10, strict=True):
            connection.sendall(half)
        assert say(client).status_code == 200
        for connection in held:
            parts = b"".join(iter(lambda c=connection: c.recv(4096), b""))
            assert parts.startswith(b"HTTP/1.1 408 ")
            connection.close()
        assert say(client, stream=True).status_code == 200


# ------------------------------------------------------------------------------
# many at once, cancelling, deadlines, failures


class Slow:
    """A talker that says numbers, one every `pause` seconds, and notes what it did."""

    name, context, vocabulary = "slow", 1000, 300

    def __init__(self, pause=0.005, fails_at=None):
        self.pause, self.fails_at = pause, fails_at
        self.said, self.closed, self.lock = [], [], threading.Lock()

    def chat(self, messages):
        return encode(messages[-1]["content"])

    def prompt(self, text):
        return encode(text)

    def decode(self, ids):
        return "".join(f"{token} " for token in ids)

    def write(self, prompt, wish, seed):
        asked = decode(prompt)
        try:
            for n in range(wish.new):
                time.sleep(self.pause)
                if n == self.fails_at:
                    raise RuntimeError("a secret of the house")
                self.said.append((asked, n))
                yield Piece(f"{n} ", [n], [-1.0] if wish.logprobs else [])
            yield Piece("", reason="length")
        finally:
            self.closed.append(asked)


def test_50_clients_at_once_get_their_own_answers_and_nothing_is_lost(talker):
    app = create_app(talker, api_key=KEY, max_new=64)
    words = [f"client {n} " + "x" * (n % 7) for n in range(50)]
    with asking(app, limits=httpx.Limits(max_connections=60)) as client:

        def ask(n, stream):
            body = {"messages": [{"role": "user", "content": words[n]}], "seed": n, "max_tokens": 8 + n % 9}
            answer = say(client, **body, stream=stream)
            assert answer.status_code == 200, answer.text
            if stream:
                return told(lines(answer.text))
            choice = answer.json()["choices"][0]
            return choice["message"]["content"], choice["finish_reason"]

        alone = [ask(n, False) for n in range(50)]
        with ThreadPoolExecutor(50) as pool:
            together = list(pool.map(ask, range(50), [n % 2 == 0 for n in range(50)]))
    assert together == alone
    assert len(set(alone)) == 50


def test_the_second_serving_of_an_app_answers_too(talker):
    app = create_app(talker, api_key=KEY, max_new=64)
    for _ in range(2):
        with asking(app) as client, ThreadPoolExecutor(8) as pool:
            answers = [pool.submit(say, client, stream=n % 2 == 0) for n in range(16)]
            assert [answer.result().status_code for answer in answers] == [200] * 16


def test_a_short_answer_does_not_wait_for_a_long_one():
    slow = Slow(0.01)
    with asking(create_app(slow, api_key=KEY)) as client, ThreadPoolExecutor(1) as pool:
        long = pool.submit(say, client, model="slow", max_tokens=200)
        while not slow.said:
            time.sleep(0.005)
        assert say(client, model="slow", max_tokens=3).json()["choices"][0]["message"]["content"] == "0 1 2 "
        assert not long.done()
        assert long.result().json()["usage"]["completion_tokens"] == 200


def test_beyond_those_at_once_the_others_queue_in_order():
    slow = Slow(0.002)
    with asking(create_app(slow, api_key=KEY, at_once=1)) as client, ThreadPoolExecutor(4) as pool:
        waiting = []
        for name in "abcd":
            body = {"model": "slow", "prompt": name, "max_tokens": 50}
            waiting.append(pool.submit(say, client, "completions", **body))
            time.sleep(0.05)
        assert all(one.result().status_code == 200 for one in waiting)
    asked = [name for name, _ in slow.said]
    assert asked == sorted(asked)


def test_a_cancelled_stream_ends_the_work():
    slow = Slow(0.01)
    with asking(create_app(slow, api_key=KEY)) as client:
        body = {"model": "slow", "messages": HELLO, "max_tokens": 900, "stream": True}
        with client.stream("POST", "/v1/chat/completions", json=body) as answer:
            for number, _ in enumerate(answer.iter_lines()):
                if number > 10:
                    break
        for _ in range(200):
            if slow.closed:
                break
            time.sleep(0.01)
        assert slow.closed == ["Hello"]
        count = len(slow.said)
        assert count < 300
        assert say(client, model="slow", max_tokens=2).status_code == 200
        assert len(slow.said) == count + 2


def test_a_client_that_hangs_up_before_its_answer_ends_the_work_too():
    slow = Slow(0.01)
    with asking(create_app(slow, api_key=KEY)) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/completions", json={"prompt": "x", "max_tokens": 900}, timeout=0.3)
        for _ in range(300):
            if slow.closed:
                break
            time.sleep(0.01)
        assert slow.closed == ["x"]
        assert len(slow.said) < 400


def test_answers_have_a_deadline_and_so_has_the_queue():
    slow = Slow(0.05)
    app = create_app(slow, api_key=KEY, limits=Limits(max_wait=0.4), at_once=1)
    with asking(app) as client, ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(say, client, model="slow", max_tokens=900) for _ in range(3)]
        for answer in asked:
            refused(answer.result(), 503, "overloaded")
            assert answer.result().headers["retry-after"] == "1"
        streamed = say(client, model="slow", max_tokens=900, stream=True)
        events = [line.removeprefix("data: ") for line in streamed.text.split("\n\n") if line]
        assert json.loads(events[-1])["error"]["code"] == "overloaded"
        assert say(client, model="slow", max_tokens=2).status_code == 200
    assert len(slow.said) < 60


def test_streams_count_as_requests_until_they_end():
    slow = Slow(0.01)
    app = create_app(slow, api_key=KEY, limits=Limits(max_requests=2))
    with asking(app) as client:
        body = {"model": "slow", "messages": HELLO, "max_tokens": 900, "stream": True}
        ask = {"method": "POST", "url": "/v1/chat/completions", "json": body}
        with client.stream(**ask) as one, client.stream(**ask) as two:
            # both kept: when an iterator is thrown away, httpx closes its connection
            reading = [one.iter_lines(), two.iter_lines()]
            assert all(map(next, reading))
            refused(say(client, model="slow"), 503, "overloaded")
        while app.state.running:
            time.sleep(0.01)
        assert say(client, model="slow", max_tokens=2).status_code == 200


def test_a_long_stream_is_no_slow_head():
    with asking(create_app(Slow(0.02), api_key=KEY, limits=Limits(max_seconds=0.2))) as client:
        text, reason = told(lines(say(client, model="slow", max_tokens=40, stream=True).text))
    assert (len(text.split()), reason) == (40, "length")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fails_at", [0, 3])
def test_a_failure_tells_the_operator_and_not_the_stranger(stream, fails_at, caplog):
    slow = Slow(fails_at=fails_at)
    with asking(create_app(slow, api_key=KEY)) as client:
        answer = say(client, model="slow", stream=stream)
        assert "secret" not in answer.text
        if stream and fails_at:
            assert answer.status_code == 200
            last = answer.text.rstrip().split("\n\n")[-1].removeprefix("data: ")
            assert json.loads(last)["error"]["code"] == "internal_error"
            assert "[DONE]" not in answer.text
        else:
            refused(answer, 500, "internal_error")
        assert say(client, model="slow", max_tokens=2 if fails_at else 1).status_code == (
            200 if fails_at else 500
        )
    assert any(record.exc_info and "secret" in str(record.exc_info[1]) for record in caplog.records)


def test_scores_that_are_no_numbers_are_a_failure_and_no_text(llama):
    torch.manual_seed(0)
    broken = Llama(llama.shape)
    with torch.no_grad():
        broken.norm.weight.fill_(float("nan"))
    talker = LlamaTalker("tiny", broken, chat=chat, prompt=encode, decode=decode)
    with asking(create_app(talker, api_key=KEY)) as client:
        refused(say(client), 500, "internal_error")


def test_closing_an_answer_closes_the_generation(talker):
    work = talker.write(encode("Hello"), Wish([encode("Hello")], 50), 0)
    next(work)
    work.close()
    assert list(work) == []


# ------------------------------------------------------------------------------
# the official client


@pytest.fixture(scope="module")
def openai_client(client):
    openai = pytest.importorskip("openai", reason="the package openai (extra: test) is not installed")
    with openai.OpenAI(base_url=f"{client.base_url}/v1", api_key=KEY, max_retries=0) as found:
        yield found


def test_the_official_client_talks(openai_client, client):
    answer = openai_client.chat.completions.create(
        model="tiny", messages=HELLO, max_tokens=12, seed=1, n=2, logprobs=True
    )
    assert answer.choices[1].message.content == say(client, n=2).json()["choices"][1]["message"]["content"]
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert all(token.logprob <= 0 for token in answer.choices[0].logprobs.content)
    type(answer).model_validate_json(answer.model_dump_json())
    text = openai_client.completions.create(model="tiny", prompt="Once", max_tokens=5, logprobs=0, seed=1)
    assert len(text.choices[0].logprobs.tokens) == 5
    models = openai_client.models.list().data
    assert [model.id for model in models] == ["tiny"]
    type(models[0]).model_validate_json(models[0].model_dump_json())
    assert openai_client.models.retrieve("tiny") == models[0]


def test_the_official_client_streams(openai_client, client):
    wanted = say(client).json()["choices"][0]
    options = {"model": "tiny", "messages": HELLO, "max_tokens": 12, "seed": 1}
    stream = openai_client.chat.completions.create(
        **options, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == wanted["message"]["content"]
    assert chunks[-2].choices[0].finish_reason == wanted["finish_reason"]
    assert chunks[-1].usage.completion_tokens > 0
    # the helper takes no answer that was cut off at its length
    with openai_client.chat.completions.stream(**options, stop=text[5:7]) as stream:
        final = stream.until_done().get_final_completion()
    assert final.choices[0].message.content == text[: text.index(text[5:7])]
    parts = openai_client.completions.create(model="tiny", prompt="Once", max_tokens=5, seed=1, stream=True)
    assert "".join(part.choices[0].text for part in parts)


def test_the_official_client_understands_refusals(openai_client):
    import openai

    ask = openai_client.chat.completions.create
    with pytest.raises(openai.BadRequestError) as caught:
        ask(model="tiny", messages=HELLO, temperature=5)
    assert (caught.value.code, caught.value.param) == ("invalid_value", "temperature")
    with pytest.raises(openai.BadRequestError, match="no tools"):
        ask(model="tiny", messages=HELLO, tools=[{"type": "function", "function": {"name": "f"}}])
    with pytest.raises(openai.NotFoundError):
        ask(model="gpt-4", messages=HELLO)
    with pytest.raises(openai.AuthenticationError):
        openai_client.with_options(api_key="another-key-that-is-wrong").models.list()


def test_the_official_client_hears_of_an_error_in_a_stream():
    openai = pytest.importorskip("openai", reason="the package openai (extra: test) is not installed")
    with (
        serving(create_app(Slow(fails_at=3), api_key=KEY)) as url,
        openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client,
    ):
        stream = client.chat.completions.create(model="slow", messages=HELLO, stream=True)
        with pytest.raises(openai.APIError, match="failed on this request"):
            list(stream)


# ------------------------------------------------------------------------------
# the command

PROGRAM = """
    import sys, types
    sys.path.insert(0, {tests!r})
    from test_completions import chat, decode, encode, END, tiny
    from utils.errors import CourseError

    def load_open(name):
        if name != "tiny":
            raise CourseError("There is no such model.")
        tokenizer = types.SimpleNamespace(decode=decode)
        return types.SimpleNamespace(
            name=name, model=tiny(), chat=chat, prompt=encode, tokenizer=tokenizer, ends=(END,)
        )

    sys.modules["utils.models.checkpoints"] = types.SimpleNamespace(load_open=load_open)
    from utils.course.cli import main
    sys.argv[0] = "course"
    main()
"""


def tiny():
    torch.manual_seed(0)
    return Llama(Shape(260, width=32, layers=1, heads=2, kv_heads=1, head_width=16, hidden=48))


def course(folder, *arguments, **changes):
    program = folder / "program.py"
    program.write_text(textwrap.dedent(PROGRAM).format(tests=str(Path(__file__).parent)))
    environment = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(Path(__file__).parent.parent),
        **changes,
    }
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment}
    return subprocess.Popen([sys.executable, str(program), "serve", *arguments], **pipes)


@pytest.mark.parametrize("own", [None, "my-own-key-for-this-test"])
def test_course_serve_serves_until_it_is_interrupted(tmp_path, own):
    changes = {} if own is None else {"COURSE_API_KEY": own}
    with course(tmp_path, "tiny", "--port", "0", "--context", "60", **changes) as child:
        place, key, curl = (child.stdout.readline().rstrip("\n") for _ in range(3))
        url = place.removeprefix("tiny answers at ").removesuffix("; Ctrl-C ends it.")
        assert curl.startswith(f"curl {url}/chat/completions -H 'Authorization: Bearer ")
        assert "max_tokens" not in curl, "it asked for more than --context 60 has room for, and was refused"
        assert (own is None) == (key != "key: the one that you gave")
        assert own is None or own not in key + curl
        headers = {"Authorization": f"Bearer {own or key.removeprefix('key: ')}"}
        body = {"model": "tiny", "messages": HELLO, "max_tokens": 5}
        answer = httpx.post(
            f"{url}/chat/completions", json=body, headers=headers, trust_env=False, timeout=60
        )
        assert answer.json()["usage"]["completion_tokens"] <= 5
        child.send_signal(signal.SIGINT)
        said, wrong = child.communicate(timeout=30)
    assert (child.returncode, said, wrong) == (0, "The server has ended.\n", "")


def test_course_serve_says_in_a_sentence_what_is_wrong(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        cases = {
            "There is no such model.": ["other", "--port", "0"],
            f"Nobody can listen at 127.0.0.1:{port} (Address already in use); name another --host or --port.": ["tiny", "--port", port],
            "An API key has 16 or more printable ASCII characters without blanks; make one with secrets.token_urlsafe().":
                ["tiny", "--port", "0", "--key", "short"],
        }  # fmt: skip
        for sentence, arguments in cases.items():
            with course(tmp_path, *arguments) as child:
                said, wrong = child.communicate(timeout=60)
            assert (child.returncode, said, wrong) == (2, "", f"course: {sentence}\n")


@pytest.mark.parametrize(("most", "asked"), [(59, None), (1023, 60)])
def test_the_suggested_request_fits_and_survives_a_quote_in_the_name(most, asked):
    line = _welcome("http://127.0.0.1:8000/v1", "it's", "k" * 16, most).splitlines()[-1]
    body = json.loads(shlex.split(line)[-1])
    assert (body["model"], body.get("max_tokens")) == ("it's", asked)


def test_a_model_without_a_template_was_suggested_a_conversation():
    class Bare:
        def chat(self, messages):
            raise CourseError("it has no template for conversations")

    line = _welcome("http://127.0.0.1:8000/v1", "bare", "k" * 16, 1023, chats=_chats(Bare())).splitlines()[-1]
    assert line.startswith("curl http://127.0.0.1:8000/v1/completions ")
    assert json.loads(shlex.split(line)[-1]) == {"model": "bare", "max_tokens": 60, "prompt": "Hello"}


def test_the_least_seed_of_64_bits_was_no_whole_number(client):
    assert say(client, seed=-(2**63)).status_code == 200
