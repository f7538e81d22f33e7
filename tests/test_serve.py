"""Models in folders, and the service: what is loaded, what is refused, what every wrong request gets, how it ends."""

import asyncio
import asyncio.base_events
import json
import logging
import pickle
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager

import httpx
import numpy as np
import pytest
import torch
from fastapi import Depends
from safetensors.torch import save_file
from torch import nn

from utils.errors import CourseError
from utils.models.serve import create_app, from_layers, load_model, read_inputs, save_model
from utils.models.service import Limits, ServiceError, Worker, guarded, service, serving

KEY = "a-key-for-these-tests"
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
CONFIG = {
    "layers": [
        ["Flatten", {}],
        ["Linear", {"in_features": 6, "out_features": 4}],
        ["ReLU", {}],
        ["Dropout", {"p": 0.5}],
        ["Linear", {"in_features": 4, "out_features": 3}],
    ]
}
ONE = [[0, 1, 2], [3, 4.5, 8]]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return from_layers(CONFIG)


@pytest.fixture
def folder(tmp_path, model):
    save_model(tmp_path / "reader", model, CONFIG)
    return tmp_path / "reader"


def classes(scores):
    return [{"class": int(row.argmax()), "top": float(row.max())} for row in scores]


def app_of(model, **options):
    settings = {
        "name": "tiny",
        "shape": (2, 3),
        "span": (0, 8),
        "preprocess": lambda x: x / 8,
        "interpret": classes,
        "api_key": KEY,
        "limits": Limits(max_bytes=2000, max_inputs=4),
    }
    return create_app(model, **(settings | options))


@contextmanager
def asking(app, **options):
    """A client of a running service. It takes no proxy from the surroundings."""
    with (
        serving(app) as url,
        httpx.Client(base_url=url, trust_env=False, headers=HEADERS, timeout=20, **options) as client,
    ):
        yield client


def refused(response, status, code):
    """Check the form that every error has, and return its sentence."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["error"]
    error = response.json()["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert error["code"] == code
    assert error["message"].endswith(".")
    assert "Traceback" not in response.text
    assert ".py" not in response.text
    return error["message"]


# ------------------------------------------------------------------------------
# folders


def test_a_saved_model_comes_back_equal_and_in_eval_mode(folder, model):
    loaded, config = load_model(folder)
    assert config == CONFIG
    assert not loaded.training
    assert not any(part.training for part in loaded.modules())
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)


def test_another_builder_and_its_buffers(tmp_path):
    def build(config):
        return nn.Sequential(nn.Linear(config["width"], 2), nn.BatchNorm1d(2))

    made = build({"width": 5})
    made(torch.randn(8, 5))
    save_model(tmp_path, made, {"width": 5})
    loaded, _ = load_model(str(tmp_path), build)
    assert torch.equal(loaded[1].running_mean, made[1].running_mean)
    assert loaded[1].num_batches_tracked == 1


def test_tied_weights_can_be_saved(tmp_path):
    def build(config):
        layers = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
        layers[1].weight = layers[0].weight
        return layers

    made = build({})
    save_model(tmp_path, made, {})
    loaded, _ = load_model(tmp_path, build)
    x = torch.randn(4, 3)
    assert torch.equal(loaded(x), made(x))


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was opened",)


@pytest.mark.parametrize(
    "name", ["m.pt", "m.pth", "m.pkl", "m.bin", "m.PT", "pytorch_model.bin", "m.pt2", "m.keras", "m.h5"]
)
def test_files_that_can_hold_programs_are_refused_unopened(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    for place in (tmp_path, tmp_path / name):
        with pytest.raises(
            CourseError, match=rf"{name} may hold a program.*was not opened.*\.safetensors\.$"
        ):
            load_model(place)


def test_a_pickle_under_another_name_is_refused(folder):
    (folder / "model.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(CourseError, match="not a whole safetensors file"):
        load_model(folder)


def test_a_pickle_beside_good_weights_is_left_alone(folder):
    (folder / "optimiser.pt").write_bytes(pickle.dumps(Bomb()))
    load_model(folder)


def test_a_truncated_file_is_refused(folder):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(CourseError, match="not a whole safetensors file"):
        load_model(folder)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"1.weight": torch.zeros(4, 7)},
            r"1\.weight as float32 \(4, 6\), the file has it as float32 \(4, 7\)",
        ),
        ({"1.weight": torch.zeros(24)}, r"has it as float32 \(24,\)"),
        ({"1.bias": torch.zeros(4, dtype=torch.int64)}, r"1\.bias as float32 \(4,\).*int64 \(4,\)"),
        ({"4.bias": None}, r"asks for 4\.bias as float32 \(3,\), the file has it as absent"),
        ({"9.bias": torch.zeros(1)}, r"asks for 9\.bias as absent"),
        ({"4.bias": torch.tensor([0.0, float("nan"), 0.0])}, r"holds 4\.bias with values that are no finite"),
    ],
)
def test_tensors_that_do_not_fit_the_config_are_refused(folder, model, change, sentence):
    tensors = {name: value for name, value in {**model.state_dict(), **change}.items() if value is not None}
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(CourseError, match=sentence):
        load_model(folder)


def test_a_recipe_of_any_size_takes_no_memory(folder):
    huge = {"layers": [["Linear", {"in_features": 10**6, "out_features": 10**6}]]}
    (folder / "config.json").write_text(json.dumps(huge))
    with pytest.raises(CourseError, match="does not fit config"):
        load_model(folder)


@pytest.mark.parametrize(
    "text",
    [
        '{"layers": [["Linear", {"in": 6}]]}',
        '{"layers": [["os.system", {"command": "true"}]]}',
        '{"layers": [[["Linear"], {}]]}',
        '{"layers": 3}',
        "{}",
        "[]",
        "null",
    ],
)
def test_a_recipe_that_cannot_be_built_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(CourseError, match="does not describe a model"):
        load_model(folder)


@pytest.mark.parametrize("text", ["", "{", b"\xff\xfe", "[" * 100_000])
def test_a_spoilt_recipe_is_refused(folder, text):
    (folder / "config.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CourseError, match=r"missing or is not JSON"):
        load_model(folder)


def test_a_recipe_of_gigabytes_is_not_read(folder):
    with (folder / "config.json").open("wb") as file:
        file.truncate(20_000_000_000)  # a hole: it takes no room on the disk
    with pytest.raises(CourseError, match="too large for a recipe"):
        load_model(folder)


def test_missing_things_are_named(tmp_path, folder, model):
    with pytest.raises(CourseError, match="There is no folder 'nowhere'"):
        load_model(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match=r"must hold one \.safetensors file, and holds 0"):
        load_model(tmp_path / "empty")
    save_file(model.state_dict(), folder / "second.safetensors")
    with pytest.raises(CourseError, match="holds 2"):
        load_model(folder)
    (folder / "second.safetensors").unlink()
    (folder / "config.json").unlink()
    with pytest.raises(CourseError, match=r"config\.json is missing"):
        load_model(folder)


# ------------------------------------------------------------------------------
# answers


def test_answers_are_those_of_the_model_whatever_mode_it_came_in(model):
    model.train()
    inputs = np.random.default_rng(0).integers(0, 9, size=(4, 2, 3))
    with asking(app_of(model)) as client:
        answers = client.post("/v1/predict", json={"model": "tiny", "inputs": inputs.tolist()})
        alone = [client.post("/v1/predict", json={"inputs": [one.tolist()]}).json() for one in inputs]
    assert answers.status_code == 200
    answer = answers.json()
    with torch.inference_mode():
        wanted = classes(model.eval()(torch.tensor(inputs, dtype=torch.float32) / 8))
    assert [row["class"] for row in answer["data"]] == [row["class"] for row in wanted]
    assert [row["top"] for row in answer["data"]] == pytest.approx([row["top"] for row in wanted], abs=1e-5)
    assert [row["index"] for row in answer["data"]] == [0, 1, 2, 3]
    assert answer["usage"] == {"inputs": 4}
    assert answer["model"] == "tiny"
    assert [one["data"][0]["class"] for one in alone] == [row["class"] for row in wanted]


def test_health_needs_no_key_and_the_list_of_models_lacked_its_date(model):
    with serving(app_of(model)) as url, httpx.Client(base_url=url, trust_env=False) as stranger:
        assert stranger.get("/healthz").json() == {"status": "ok"}
        refused(stranger.get("/v1/models"), 401, "invalid_api_key")
        listed = stranger.get("/v1/models", headers=HEADERS).json()
        one = stranger.get("/v1/models/tiny", headers=HEADERS).json()
        refused(stranger.get("/v1/models/tinier", headers=HEADERS), 404, "model_not_found")
        assert stranger.head("/healthz").status_code == 200
    assert listed == {"object": "list", "data": [one]}
    assert one.pop("created") == pytest.approx(time.time(), abs=100)
    assert one == {"id": "tiny", "object": "model", "owned_by": "cornerstone"}


# ------------------------------------------------------------------------------
# refusals


@pytest.fixture(scope="module")
def client():
    torch.manual_seed(0)
    with asking(app_of(from_layers(CONFIG))) as client:
        yield client


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer key",
        f"Bearer {KEY}x",
        f"Bearer {KEY[:-1]}",
        f"Bearer {KEY.upper()}",
        f"Basic {KEY}",
        KEY,
        b"Bearer \xff\xe9",
    ],
)
def test_a_missing_or_wrong_key(client, header):
    with httpx.Client(base_url=client.base_url, trust_env=False) as stranger:
        headers = [] if header is None else [("Authorization", header)]
        answer = stranger.post("/v1/predict", json={"inputs": [ONE]}, headers=headers)
    refused(answer, 401, "invalid_api_key")
    assert answer.json()["error"]["type"] == "authentication_error"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert KEY not in answer.text


def test_the_key_is_looked_at_before_the_body(client):
    with httpx.Client(base_url=client.base_url, trust_env=False) as stranger:
        refused(stranger.post("/v1/predict", content=b"x" * 5000), 401, "invalid_api_key")


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/predict/", "/docs", "/openapi.json", "/v1/../etc/passwd", "/%00"]
)
def test_paths_that_do_not_exist(client, path):
    refused(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/predict"), ("DELETE", "/v1/predict"), ("POST", "/healthz")]
)
def test_other_methods(client, method, path):
    answer = client.request(method, path)
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data"],
)
def test_other_content_types(client, kind):
    body = json.dumps({"inputs": [ONE]})
    answer = client.post("/v1/predict", content=body, headers={"Content-Type": kind})
    refused(answer, 415, "unsupported_media_type")


def test_no_content_type_and_a_compressed_body(client):
    del_type = {k: v for k, v in HEADERS.items() if k != "Content-Type"}
    with httpx.Client(base_url=client.base_url, trust_env=False, headers=del_type) as bare:
        refused(bare.post("/v1/predict", content=b"{}"), 415, "unsupported_media_type")
    answer = client.post("/v1/predict", content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    refused(answer, 415, "unsupported_media_type")


def test_a_charset_and_capitals_in_the_content_type_do_no_harm(client):
    body = json.dumps({"inputs": [ONE]})
    answer = client.post(
        "/v1/predict", content=body, headers={"Content-Type": "Application/JSON; charset=utf-8"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"inputs": [[',
        b"{'inputs': []}",
        b'{"inputs": []} trailing',
        b"\xff\xfe\x00",
        '{"inputs": []}'.encode("utf-16"),
        b'\xef\xbb\xbf{"inputs": []}',
        b"[" * 1900,
        b'{"inputs": ' + b"[" * 900 + b"]" * 900 + b"}x",
    ],
)
def test_bodies_that_are_no_json(client, body):
    refused(client.post("/v1/predict", content=body), 400, "invalid_json")


def test_deep_nesting_does_no_harm():
    with asking(app_of(from_layers(CONFIG), limits=Limits())) as client:
        deep = b'{"inputs": ' + b"[" * 400_000 + b"]" * 400_000 + b"}"
        refused(client.post("/v1/predict", content=deep), 400, "invalid_json")
        objects = b'{"inputs": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}"
        refused(client.post("/v1/predict", content=objects), 400, "invalid_json")
        shallow = b'{"inputs": ' + b"[" * 50 + b"]" * 50 + b"}"
        refused(client.post("/v1/predict", content=shallow), 422, "invalid_inputs")
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "body", ["[]", "null", "3", '"text"', "true", '{"input": []}', '{"inputs": [], "x": 1}', '{"\\ud800": 1}']
)
def test_bodies_with_other_fields(client, body):
    message = refused(client.post("/v1/predict", content=body), 422, "invalid_fields")
    assert message == "The body must be an object with no other fields than model, inputs."


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (None, "inputs is null; a list of inputs is wanted."),
        ({}, "inputs is an object; a list of inputs is wanted."),
        ("text", "inputs is a text; a list of inputs is wanted."),
        ([], "inputs holds 0 inputs; a request takes from 1 to 4."),
        ([ONE] * 5, "inputs holds 5 inputs; a request takes from 1 to 4."),
        (ONE, "inputs[0] has 3 entries; 2 are wanted."),
        ([ONE, []], "inputs[1] has 0 entries; 2 are wanted."),
        ([ONE, [ONE[0], ONE[1][:2]]], "inputs[1][1] has 2 entries; 3 are wanted."),
        (1, "inputs is a number; a list of inputs is wanted."),
        ([[ONE[0], 7]], "inputs[0][1] is a number; a list of 3 is wanted."),
        ([[[0, 1, [2]], ONE[1]]], "inputs[0][0][2] is a list; a number from 0 to 8 is wanted."),
        ([[[0, "1", 2], ONE[1]]], "inputs[0][0][1] is a text; a number from 0 to 8 is wanted."),
        ([[[True, 1, 2], ONE[1]]], "inputs[0][0][0] is true or false; a number from 0 to 8 is wanted."),
        ([[[0, None, 2], ONE[1]]], "inputs[0][0][1] is null; a number from 0 to 8 is wanted."),
        (
            [[[0, 1, 8.01], ONE[1]]],
            "inputs[0][0][2] is a number outside the range; a number from 0 to 8 is wanted.",
        ),
        (
            [[[0, 1, -1], ONE[1]]],
            "inputs[0][0][2] is a number outside the range; a number from 0 to 8 is wanted.",
        ),
        ([[[0, 1, float("nan")], ONE[1]]], "inputs[0][0][2] is NaN; a number from 0 to 8 is wanted."),
        ([[[0, 1, float("inf")], ONE[1]]], "inputs[0][0][2] is infinite; a number from 0 to 8 is wanted."),
        ([[[0, 1, -float("inf")], ONE[1]]], "inputs[0][0][2] is infinite; a number from 0 to 8 is wanted."),
    ],
)
def test_inputs_that_do_not_fit(client, inputs, message):
    body = json.dumps({"inputs": inputs})
    assert refused(client.post("/v1/predict", content=body), 422, "invalid_inputs") == message


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 500, "9" * 1500])
def test_numbers_too_large_for_a_float(client, number):
    body = '{"inputs": [[[0, 1, %s], [1, 1, 1]]]}' % number  # noqa: UP031
    message = refused(client.post("/v1/predict", content=body), 422, "invalid_inputs")
    assert message == "inputs[0][0][2] is infinite; a number from 0 to 8 is wanted."


def test_thousands_of_digits():
    with asking(app_of(from_layers(CONFIG), limits=Limits())) as client:
        body = '{"inputs": [[[0, 1, %s], [1, 1, 1]]]}' % ("7" * 100_000)
        refused(client.post("/v1/predict", content=body), 422, "invalid_inputs")


def test_no_inputs_and_another_model(client):
    refused(client.post("/v1/predict", json={"model": "tiny"}), 422, "invalid_inputs")
    for name in ("other", None, 3, ["tiny"], "\ud800"):
        body = json.dumps({"model": name, "inputs": [ONE]})
        message = refused(client.post("/v1/predict", content=body), 404, "model_not_found")
        assert message == "There is no such model; this service has tiny."


def test_read_inputs_gives_the_numbers():
    tensor = read_inputs([ONE, ONE], (2, 3), (0, 8), 2)
    assert tensor.dtype == torch.float32
    assert tensor.tolist() == [ONE, ONE]
    with pytest.raises(ServiceError, match="from 1 to 1"):
        read_inputs([ONE, ONE], (2, 3), (0, 8), 1)
    assert read_inputs([1, 2], (), (0, 8), 4).shape == (2,)


# ------------------------------------------------------------------------------
# large and slow bodies


def test_a_body_over_the_limit(client):
    body = json.dumps({"inputs": [ONE]}) + " " * 2000
    message = refused(client.post("/v1/predict", content=body), 413, "body_too_large")
    assert message == "The body is larger than 2,000 bytes; send less at a time."
    fits = body[:2000]
    assert client.post("/v1/predict", content=fits).status_code == 200


def test_a_body_in_chunks_over_the_limit(client):
    refused(client.post("/v1/predict", content=(b" " * 500 for _ in range(9))), 413, "body_too_large")
    small = json.dumps({"inputs": [ONE]}).encode()
    answer = client.post("/v1/predict", content=(small[n : n + 7] for n in range(0, len(small), 7)))
    assert answer.status_code == 200


def raw(client, head):
    """A connection on which a request's head has been sent."""
    connection = socket.create_connection((client.base_url.host, client.base_url.port), timeout=10)
    lines = [
        *head,
        f"Host: {client.base_url.host}",
        f"Authorization: Bearer {KEY}",
        "Content-Type: application/json",
    ]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


def test_a_declared_length_is_refused_before_the_body_comes(client):
    with raw(client, ["POST /v1/predict HTTP/1.1", "Content-Length: 99999999999"]) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


def test_an_endless_body_in_chunks_is_refused_before_it_ends(client):
    with raw(client, ["POST /v1/predict HTTP/1.1", "Transfer-Encoding: chunked"]) as connection:
        for _ in range(5):
            connection.sendall(b"1f4\r\n" + b" " * 500 + b"\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


def test_a_body_that_never_comes_times_out_and_one_that_breaks_off_hurts_nobody(model, caplog):
    with asking(app_of(model, limits=Limits(max_seconds=0.2))) as client:
        with raw(client, ["POST /v1/predict HTTP/1.1", "Content-Length: 100"]) as connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 408")
        raw(client, ["POST /v1/predict HTTP/1.1", "Content-Length: 100"]).close()
        assert client.post("/v1/predict", json={"inputs": [ONE]}).status_code == 200
    assert caplog.records == []


def everything(connection):
    """What comes until the other side closes."""
    parts = list(iter(lambda: connection.recv(4096), b""))
    return b"".join(parts)


def test_noise_instead_of_http_got_a_plain_text(client):
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as connection:
        connection.sendall(b"\x00\x01 this is no request\r\n\r\n")
        head, _, body = everything(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"application/json" in head
    assert json.loads(body)["error"]["code"] == "invalid_request"
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("request_line", "head", "status"),
    [
        ("POST /v1/predict HTTP/1.1", {"Authorization": "Bearer wrong"}, 401),
        ("POST /v1/predict HTTP/1.1", {"Content-Length": "99999999"}, 413),
        ("POST /v1/predict HTTP/1.1", {"Content-Type": "text/plain"}, 415),
        ("PUT /v1/predict HTTP/1.1", {}, 405),
        ("POST /nowhere HTTP/1.1", {}, 404),
        ("POST /healthz HTTP/1.1", {}, 405),
    ],
)
def test_after_a_refusal_the_server_went_on_reading(client, request_line, head, status):
    """37 MB in 9 s, and without end: an answer that comes before the body now closes the connection."""
    fields = {"Transfer-Encoding": "chunked"} if "Content-Length" not in head else {}
    fields |= {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "Host": "x", **head}
    lines = [request_line, *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        answer = everything(connection)  # ends only because the server closes
    assert answer.startswith(f"HTTP/1.1 {status}".encode())
    assert answer.lower().count(b"connection: close") == 1


def test_after_a_refusal_of_a_body_that_was_read_the_connection_goes_on(client):
    for _ in range(2):
        answer = client.post("/v1/predict", content=b"{")
        refused(answer, 400, "invalid_json")
        assert "connection" not in answer.headers
    stream = client.get("/v1/predict").extensions["network_stream"]
    assert client.get("/healthz").extensions["network_stream"] is stream


HALF_HEADS = {
    "silent": b"",
    "a line": b"POST /v1/pre",
    "a head": b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nX-a: ",
}


@pytest.mark.parametrize("name", HALF_HEADS)
@pytest.mark.parametrize("second", [False, True])
def test_half_a_head_stayed_open_for_ever(model, name, second):
    app = app_of(model, limits=Limits(max_seconds=0.3))
    with serving(app) as url, ThreadPoolExecutor(30) as pool:
        host, port = url.removeprefix("http://").split(":")

        def hold(_):
            with socket.create_connection((host, int(port)), timeout=20) as connection:
                if second:  # also after a request that was whole
                    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                    while b'"ok"' not in connection.recv(4096):
                        pass
                connection.sendall(HALF_HEADS[name])
                return everything(connection)

        ends = list(pool.map(hold, range(30)))
    assert {end.partition(b"\r\n")[0] for end in ends} == {b"HTTP/1.1 408 Request Timeout"}
    assert json.loads(ends[0].partition(b"\r\n\r\n")[2])["error"]["code"] == "timeout"


def test_a_slow_answer_is_no_slow_head(model):
    def slow(x):
        time.sleep(0.8)
        return x / 8

    with asking(app_of(model, preprocess=slow, limits=Limits(max_seconds=0.2))) as client:
        for _ in range(2):
            assert client.post("/v1/predict", json={"inputs": [ONE]}).status_code == 200


def test_300_silent_connections_were_accepted(model):
    with serving(app_of(model, limits=Limits(max_connections=5))) as url:
        host, port = url.removeprefix("http://").split(":")
        held = [socket.create_connection((host, int(port)), timeout=10) for _ in range(8)]
        lost = 0
        for connection in held:
            try:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                lost += connection.recv(4096) == b""
            except OSError:
                lost += 1
        assert lost == 3
        for connection in held:
            connection.close()
        assert httpx.get(url + "/healthz", trust_env=False).status_code == 200


# ------------------------------------------------------------------------------
# failures, many at once, and the end


class Fails(nn.Linear):
    def forward(self, x):
        raise RuntimeError("a secret of the house")


@pytest.mark.parametrize("broken", ["model", "preprocess", "interpret", "answer"])
def test_a_failure_tells_the_operator_and_not_the_stranger(model, broken, caplog):
    def fail(_):
        raise RuntimeError("a secret of the house")

    options = {} if broken == "model" else {broken: fail}
    if broken == "answer":
        options = {"interpret": lambda scores: [{"top": float("nan")} for _ in scores]}
    app = app_of(Fails(6, 3) if broken == "model" else model, **options)
    with asking(app) as client:
        for _ in range(2):
            answer = client.post("/v1/predict", json={"inputs": [ONE]})
            refused(answer, 500, "internal_error")
            assert "secret" not in answer.text
            assert answer.json()["error"]["type"] == "server_error"
        assert client.get("/healthz").status_code == 200
    logged = [record for record in caplog.records if record.name == "cornerstone.serve"]
    assert len(logged) == 2
    assert logged[0].exc_info is not None


def test_many_at_once_get_their_own_answers(model):
    inputs = np.random.default_rng(0).integers(0, 9, size=(60, 2, 3))
    with torch.inference_mode():
        wanted = [
            row["class"] for row in classes(model.eval()(torch.tensor(inputs, dtype=torch.float32) / 8))
        ]
    with asking(app_of(model)) as client, ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda one: client.post("/v1/predict", json={"inputs": [one.tolist()]}), inputs)
        )
    assert [answer.json()["data"][0]["class"] for answer in answers] == wanted


def test_the_second_serving_of_an_app_answered_145_of_160_with_500(model):
    """A lock of asyncio belongs to the first loop in which somebody waits for it, and each server has its own loop."""

    def slow(x):
        time.sleep(0.002)
        return x / 8

    app = app_of(model, preprocess=slow)
    for _ in range(2):
        with asking(app) as client, ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(client.post, "/v1/predict", json={"inputs": [ONE]}) for _ in range(80)]
            assert [answer.result().status_code for answer in asked] == [200] * 80


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_answers_was_sent(model, count):
    app = app_of(model, interpret=lambda scores: [{"class": 0}] * count)
    with asking(app) as client:
        refused(client.post("/v1/predict", json={"inputs": [ONE, ONE]}), 500, "internal_error")


def test_an_answer_overwrote_its_index(model):
    app = app_of(model, interpret=lambda scores: [{"index": 77, "class": 0} for _ in scores])
    with asking(app) as client:
        data = client.post("/v1/predict", json={"inputs": [ONE, ONE]}).json()["data"]
    assert [row["index"] for row in data] == [0, 1]


def test_the_golden_scores_open_the_service_or_keep_it_shut(model):
    model.eval()
    with torch.inference_mode():
        scores = model(torch.tensor([ONE, ONE]) / 8).tolist()
    golden = {"inputs": [ONE, ONE], "scores": scores}
    with asking(app_of(model, golden=golden)) as client:
        assert client.post("/v1/predict", json={"inputs": [ONE]}).status_code == 200
    wrong = {
        "other preparation": {"preprocess": lambda x: x, "golden": golden},
        "other weights": {"golden": {**golden, "scores": (torch.tensor(scores) + 0.02).tolist()}},
        "fewer scores": {"golden": {**golden, "scores": scores[:1]}},
        "nan": {"golden": {**golden, "scores": [[float("nan")] * 3] * 2}},
    }
    for options in wrong.values():
        with pytest.raises(CourseError, match="does not give the golden scores"):
            app_of(model, **options)


def test_behind_a_hanging_computation_requests_waited_for_ever(model):
    end = threading.Event()

    def stuck(x):
        end.wait(60)
        return x / 8

    app = app_of(model, preprocess=stuck, limits=Limits(max_wait=0.3))
    with asking(app) as client, ThreadPoolExecutor(4) as pool:
        for asked in [pool.submit(client.post, "/v1/predict", json={"inputs": [ONE]}) for _ in range(4)]:
            refused(asked.result(), 503, "overloaded")
        end.set()
        assert client.post("/v1/predict", json={"inputs": [ONE]}).status_code == 200


def test_the_work_of_a_client_that_has_gone_was_done(model):
    inside, go_on, seen = threading.Event(), threading.Event(), []

    def wait(x):
        seen.append(float(x.sum()))
        inside.set()
        go_on.wait(20)
        return x / 8

    app = app_of(model, preprocess=wait)
    with asking(app) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/predict", json={"inputs": [ONE]})
        assert inside.wait(20)
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/predict", json={"inputs": [[[8, 8, 8], [8, 8, 8]]]}, timeout=0.2)
        while app.state.running > 1:
            time.sleep(0.01)
        go_on.set()
        assert first.result().status_code == 200
        assert client.post("/v1/predict", json={"inputs": [ONE]}).status_code == 200
    assert seen == [18.5, 18.5]


def test_a_worker_keeps_the_order_and_hands_errors_on():
    worker, done = Worker(), []

    async def ask():
        jobs = [worker.run(lambda n=n: done.append(n) or n, 20) for n in range(50)]
        assert await asyncio.gather(*jobs) == list(range(50))
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 / 0, 20)

    for _ in range(2):  # two loops, one worker
        asyncio.run(ask())
    assert done == [*range(50), *range(50)]


def test_beyond_the_limit_of_requests_the_service_says_so_and_recovers(model):
    inside, go_on = threading.Event(), threading.Event()

    def wait(x):
        inside.set()
        go_on.wait(20)
        return x / 8

    app = app_of(model, preprocess=wait, limits=Limits(max_requests=2))
    with asking(app) as client, ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.post, "/v1/predict", json={"inputs": [ONE]})
        assert inside.wait(20)
        second = pool.submit(client.post, "/v1/predict", json={"inputs": [ONE]})
        while app.state.running < 2:
            time.sleep(0.002)
        answer = client.post("/v1/predict", json={"inputs": [ONE]})
        refused(answer, 503, "overloaded")
        assert answer.headers["retry-after"] == "1"
        assert client.get("/healthz").status_code == 200
        go_on.set()
        assert [first.result().status_code, second.result().status_code] == [200, 200]
        assert client.post("/v1/predict", json={"inputs": [ONE]}).status_code == 200


def gone(url):
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError):
        client.get(url + "/healthz")


def test_the_server_ends_with_its_block(model):
    before = threading.active_count()
    app = app_of(model)
    with serving(app) as url:
        httpx.get(url + "/healthz", trust_env=False).raise_for_status()
    gone(url)
    with pytest.raises(ZeroDivisionError), serving(app) as url:
        1 / 0  # noqa: B018
    gone(url)
    assert threading.active_count() <= before + 1  # a worker thread may idle for a moment


def test_the_server_ends_though_a_request_would_go_on_for_ever(model):
    inside, end = threading.Event(), threading.Event()

    def stuck(x):
        inside.set()
        end.wait(60)
        return x

    try:
        with serving(app_of(model, preprocess=stuck)) as url:
            ask = {
                "url": url + "/v1/predict",
                "json": {"inputs": [ONE]},
                "headers": HEADERS,
                "trust_env": False,
            }
            waiting = ThreadPoolExecutor(1).submit(httpx.post, **ask, timeout=60)
            assert inside.wait(20)
        assert not end.is_set()
        gone(url)
        assert isinstance(waiting.exception(20), httpx.HTTPError) or waiting.result().status_code >= 500
    finally:
        end.set()


def test_small_answers_leave_at_once(model, monkeypatch):
    """asyncio switches Nagle's algorithm off on sockets that name their protocol, and on no others."""
    set_for = []
    nodelay = asyncio.base_events._set_nodelay

    def watched(sock):
        nodelay(sock)
        set_for.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr("asyncio.selector_events.base_events._set_nodelay", watched)
    with asking(app_of(model)) as client:
        client.get("/healthz")
    assert any(set_for)


def test_servers_beside_each_other(model):
    with serving(app_of(model)) as one, serving(app_of(model, name="two")) as two:
        assert one != two
        assert (
            httpx.get(two + "/v1/models", headers=HEADERS, trust_env=False).json()["data"][0]["id"] == "two"
        )


def test_an_app_that_cannot_start_is_told(model):
    @asynccontextmanager
    async def lifespan(_app):
        raise RuntimeError("no weights")
        yield

    app = app_of(model)
    app.router.lifespan_context = lifespan
    with pytest.raises(CourseError, match="could not start"), serving(app):
        pass


def test_it_works_where_a_loop_already_runs_as_in_a_notebook(model):
    async def notebook():
        with asking(app_of(model)) as client:
            return client.get("/healthz").status_code

    assert asyncio.run(notebook()) == 200


def test_nothing_is_printed_or_logged(model, capfd, caplog):
    caplog.set_level(logging.INFO)
    with asking(app_of(model)) as client:
        client.post("/v1/predict", json={"inputs": [ONE]})
        client.post("/v1/predict", content=b"{")
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.name.startswith(("uvicorn", "cornerstone"))] == []


def test_another_service_with_its_own_route(model):
    app = service(["echo"], api_key=KEY, limits=Limits(max_bytes=50))

    @app.post("/v1/echo", dependencies=[Depends(guarded)])
    async def echo() -> dict:
        return {"said": "yes"}

    with asking(app) as client:
        assert client.post("/v1/echo").json() == {"said": "yes"}
        assert client.post("/v1/echo", headers={"Authorization": "Bearer no"}).status_code == 401


def test_of_two_keys_either_opens():
    with serving(service(["x"], api_key=[KEY, "another-key-for-tests"])) as url:
        for key, status in [(KEY, 200), ("another-key-for-tests", 200), ("a-third-key-for-tests", 401)]:
            headers = {"Authorization": f"Bearer {key}"}
            assert httpx.get(url + "/v1/models", headers=headers, trust_env=False).status_code == status
    with pytest.raises(CourseError, match="16 or more"):
        service(["x"], api_key=[])


@pytest.mark.parametrize(
    "key", ["", "short", "a key with blanks in it", "schlüssel-mit-umlaut", "line\nbreak-in-the-key"]
)
def test_weak_keys_are_refused(key):
    with pytest.raises(CourseError, match="16 or more"):
        service(["x"], api_key=key)
