"""Data: what is embedded, what is generated against its planted truth, and what is downloaded and verified."""

import builtins
import contextlib
import errno
import hashlib
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from real_data import NEEDS_REAL_DATA, REAL

import utils.data
from utils.data import (
    CELLS,
    READERS,
    REGISTRY,
    SERIES,
    bccd,
    blood_cells,
    digits,
    entropy_rate,
    fetch,
    gaussian_classes,
    linear,
    load,
    markov_tokens,
    mnist,
    nearest_mean,
    prices,
    python_reference,
)
from utils.errors import CourseError
from utils.files import course_home

ROOT = Path(__file__).parent.parent


# ------------------------------------------------------------------------------
# embedded


def test_digits_are_split_by_class_without_overlap():
    split = digits()
    assert split.x_train.shape == (1437, 64)
    assert split.x_test.shape == (360, 64)
    assert split.y_train.shape == (1437,)
    assert split.y_test.shape == (360,)
    assert split.x_train.dtype == np.float64
    assert split.y_train.dtype == np.int64
    assert (split.x_train.min(), split.x_train.max()) == (0, 1)
    train, test = np.bincount(split.y_train), np.bincount(split.y_test)
    assert len(train) == len(test) == 10
    # each digit has its share of the test images, up to one image
    assert np.abs(test - (train + test) * 360 / 1797).max() <= 1
    # together they are scikit-learn's images, each once
    from sklearn.datasets import load_digits

    together = np.vstack([split.x_train, split.x_test]) * 16
    labels = np.concatenate([split.y_train, split.y_test])
    images, truth = load_digits(return_X_y=True)
    assert sorted(map(tuple, np.c_[together, labels])) == sorted(map(tuple, np.c_[images, truth]))


def test_digits_depend_on_the_seed_alone():
    assert all(np.array_equal(a, b) for a, b in zip(digits(seed=1), digits(seed=1), strict=True))
    assert not np.array_equal(digits(seed=1).x_test, digits(seed=2).x_test)
    assert len(digits(test=100).y_test) == 100


def test_python_reference_is_a_long_english_text():
    text = python_reference()
    assert 300_000 < len(text) < 1_000_000
    assert text == python_reference()
    for phrase in ('The "if" statement is used for conditional execution', "list comprehension", "is raised"):
        assert phrase in text


# ------------------------------------------------------------------------------
# generated, against the planted truth


def test_linear_has_the_planted_weights_and_noise():
    weights = [2.0, -1.0, 0.5]
    x, y = linear(20_000, weights, noise=0.3, seed=1)
    assert (x.shape, y.shape) == ((20_000, 3), (20_000,))
    found = np.linalg.lstsq(x, y, rcond=None)[0]
    # the standard error of each is 0.3 / sqrt(20,000) = 0.002
    assert found == pytest.approx(weights, abs=0.01)
    assert np.mean((y - x @ weights) ** 2) == pytest.approx(0.09, rel=0.05)
    assert np.cov(x.T) == pytest.approx(np.eye(3), abs=0.05)
    exact_x, exact_y = linear(10, weights, noise=0)
    assert exact_y == pytest.approx(exact_x @ weights)


def test_no_guess_beats_the_nearest_mean():
    means = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
    x, y = gaussian_classes(20_000, means, seed=2)
    assert (x.shape, y.shape) == ((20_000, 2), (20_000,))
    assert np.bincount(y) / 20_000 == pytest.approx([1 / 3] * 3, abs=0.015)
    for label, mean in enumerate(means):
        assert x[y == label].mean(0) == pytest.approx(mean, abs=0.05)
        # five standard errors of a variance: sqrt(2 / 6,667) is 0.017
        assert np.cov(x[y == label].T) == pytest.approx(np.eye(2), abs=0.087)
    best = np.mean(nearest_mean(x, means) == y)
    for shift in ([0.5, 0.0], [0.0, -0.5], [0.4, 0.4]):
        assert np.mean(nearest_mean(x, means + np.array([shift, [0, 0], [0, 0]])) == y) < best


def test_two_classes_reach_the_known_accuracy():
    # two means 2 apart: the share of right guesses is the normal distribution's at 1, 0.8413
    x, y = gaussian_classes(40_000, [[-1.0], [1.0]], seed=3)
    assert np.mean(nearest_mean(x, [[-1.0], [1.0]]) == y) == pytest.approx(0.8413, abs=0.008)
    assert nearest_mean(np.array([[-0.1], [3.0]]), [[-1], [1]]).tolist() == [0, 1]


ORDER_1 = np.array([[0.9, 0.1, 0.0], [0.2, 0.5, 0.3], [0.0, 0.6, 0.4]])
ORDER_2 = np.random.default_rng(5).dirichlet(np.ones(3), size=(3, 3))


def counted(tokens, order, size):
    """How often each token follows each state of `order` tokens, (V, …, V)."""
    counts = np.zeros((size,) * (order + 1))
    np.add.at(counts, tuple(tokens[i : len(tokens) - order + i] for i in range(order + 1)), 1)
    return counts


@pytest.mark.parametrize("transitions", [np.array([0.5, 0.3, 0.2]), ORDER_1, ORDER_2], ids=["0", "1", "2"])
def test_markov_tokens_follow_their_table_and_its_entropy(transitions):
    order = transitions.ndim - 1
    tokens = markov_tokens(60_000, transitions, seed=4)
    assert tokens.shape == (60_000,)
    assert tokens.dtype == np.int64
    counts = counted(tokens, order, 3)
    shares = counts / counts.sum(-1, keepdims=True)
    assert shares == pytest.approx(transitions, abs=0.03)
    assert (counts[transitions == 0] == 0).all()
    # the tokens' own log-likelihood under the table: no model does better in the long run
    spent = -(counts * np.log(np.where(transitions > 0, transitions, 1))).sum() / counts.sum()
    assert spent == pytest.approx(entropy_rate(transitions), abs=0.01)


def test_all_states_of_a_source_are_visited():
    tokens = markov_tokens(20_000, ORDER_2, seed=6)
    assert len({tuple(pair) for pair in np.stack([tokens[:-1], tokens[1:]], 1)}) == 3**2


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_fewer_tokens_than_the_memory_is_long(n):
    assert len(markov_tokens(n, ORDER_2)) == n


def test_entropy_rate_of_known_sources():
    assert entropy_rate([0.25] * 4) == pytest.approx(np.log(4))
    assert entropy_rate([[0.5, 0.5], [0.5, 0.5]]) == pytest.approx(np.log(2))
    assert entropy_rate([[0.0, 1.0], [1.0, 0.0]]) == 0
    # stationary state (2/3, 1/3)
    a, b = (-(p * np.log(p) + (1 - p) * np.log(1 - p)) for p in (0.1, 0.2))
    assert entropy_rate([[0.9, 0.1], [0.2, 0.8]]) == pytest.approx(2 / 3 * a + 1 / 3 * b)
    # slow to forget: the stationary state is (10/11, 1/11)
    a, b = (-(p * np.log(p) + (1 - p) * np.log(1 - p)) for p in (1e-4, 1e-3))
    assert entropy_rate([[1 - 1e-4, 1e-4], [1e-3, 1 - 1e-3]]) == pytest.approx(
        10 / 11 * a + 1 / 11 * b, rel=1e-5
    )
    # a cycle: 0 → 1 or 2 → 0; half of the time a choice between two
    assert entropy_rate([[0, 0.5, 0.5], [1, 0, 0], [1, 0, 0]]) == pytest.approx(np.log(2) / 2)


def test_generated_sets_depend_on_the_seed_alone():
    for make in (
        lambda seed: linear(20, [1.0, 2.0], 0.1, seed)[1],
        lambda seed: gaussian_classes(20, [[0.0], [3.0]], seed)[0],
        lambda seed: markov_tokens(50, ORDER_1, seed),
    ):
        assert np.array_equal(make(7), make(7))
        assert not np.array_equal(make(7), make(8))


# ------------------------------------------------------------------------------
# the registry, on the real files


def test_every_entry_is_complete_and_has_a_reader():
    assert set(REGISTRY) == set(READERS)
    for name, entry in REGISTRY.items():
        assert set(entry) == {"file", "url", "sha256", "bytes", "records", "licence", "attribution"}, name
        assert entry["url"].startswith("https://")
        assert len(bytes.fromhex(entry["sha256"])) == 32
        assert entry["licence"]
        assert entry["attribution"]
    assert len({entry["file"] for entry in REGISTRY.values()}) == len(REGISTRY)


@NEEDS_REAL_DATA
@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_real_data_loads_and_has_the_stated_records(monkeypatch, name):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    path = fetch(name)
    assert path == REAL / REGISTRY[name]["file"]
    assert path.stat().st_size == REGISTRY[name]["bytes"]
    assert len(load(name)) == REGISTRY[name]["records"]
    assert not course_home().exists()


@NEEDS_REAL_DATA
def test_real_data_has_the_expected_shape(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    images = mnist()
    assert [part.shape for part in images] == [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)]
    assert np.bincount(images.y_test).min() > 800
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # torch warns of an array that cannot be written
        assert torch.from_numpy(images.x_test).dtype == torch.uint8
    assert {label for label, _ in load("sms_spam")} == {"ham", "spam"}
    assert {label for _, label in load("sentiment_sentences")} == {"0", "1"}
    assert load("tatoeba_cmn_eng")[0][0] == "Hi."
    assert {len(row) for row in load("tatoeba_cmn_eng")} == {3}
    french = load("tatoeba_fra_eng")
    assert french[0] == ["Go.", "Va !"]
    assert {len(row) for row in french} == {2}
    assert load("names")[0] == "emma"
    assert load("german_credit_data").shape == (1000, 21)
    assert set(load("german_credit_data")[20]) == {1, 2}
    cards = load("default_credit")
    assert (cards.shape, int(cards["default"].sum())) == ((30000, 25), 6636)
    assert not cards.isna().any(axis=None)
    assert cards["id"].tolist() == list(range(1, 30001))
    assert set(cards["sex"]) == {1, 2}
    assert cards["age"].between(21, 79).all()
    for name in ("squad_dev", "xquad_en", "xquad_zh"):
        question = load(name)[0]
        answer = question["answers"][0]
        start = answer["answer_start"]
        assert question["context"][start : start + len(answer["text"])] == answer["text"]
    ratings, movies = load("movietweetings_100k_ratings"), load("movietweetings_100k_movies")
    assert ratings["rating"].between(0, 10).all()
    assert ratings["movie"].isin(movies["movie"]).all()
    for name in ("fx_daily", "brent_daily", "wti_daily", "vix_daily", "sp500_monthly"):
        assert str(load(name).iloc[:, 0].dtype).startswith("datetime64")


@NEEDS_REAL_DATA
@pytest.mark.parametrize("name", SERIES)
def test_prices_are_in_order_and_whole(name, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    dates, values, a_year = prices(name)
    assert len(dates) == len(values) > 1500
    assert (np.diff(dates) > np.timedelta64(0, "D")).all()
    assert np.isfinite(values).all()
    years = (dates[-1] - dates[0]) / np.timedelta64(365, "D")
    # a week of holidays or two is missing each year
    assert len(dates) / years == pytest.approx(a_year, rel=0.03)
    below = dates[values <= 0].astype("datetime64[D]").astype(str).tolist()
    assert below == (["2020-04-20"] if name == "wti" else [])


def test_unknown_prices_are_refused():
    with pytest.raises(CourseError, match="no prices 'gold'; known are euro, yen"):
        prices("gold")


@NEEDS_REAL_DATA
def test_blood_cells_and_their_boxes(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    parts = {part: bccd(part, shrink=4) for part in ("train", "val", "test")}
    assert [photos.images.shape for photos in parts.values()] == [(n, 120, 160, 3) for n in (205, 87, 72)]
    boxes = np.concatenate([box for photos in parts.values() for box in photos.boxes])
    assert boxes.shape == (4886, 4)
    assert (boxes[:, :2] < boxes[:, 2:]).all()
    assert (boxes >= 0).all()
    assert (boxes <= [160, 120, 160, 120]).all()
    counts = sum(np.bincount(np.concatenate(photos.labels), minlength=3) for photos in parts.values())
    assert dict(zip(CELLS, counts.tolist(), strict=True)) == {"RBC": 4153, "WBC": 372, "Platelets": 361}
    for photos in parts.values():
        assert [len(box) for box in photos.boxes] == [len(label) for label in photos.labels]
    with pytest.raises(CourseError, match=r"train, val and test; 'exam' is none"):
        bccd("exam")
    assert not course_home().exists()


@NEEDS_REAL_DATA
def test_boxes_lie_where_the_cells_are(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    photos, darker = bccd("test", shrink=4), []
    for image, boxes, labels in zip(*photos, strict=True):
        for left, top, right, bottom in boxes[labels == CELLS.index("WBC")].astype(int):
            # a white cell is stained violet: it takes the green away
            darker.append(image[..., 1].mean() - image[top:bottom, left:right, 1].mean())
    assert len(darker) == 71
    assert min(darker) > 0


@NEEDS_REAL_DATA
def test_blood_cells_cut_out(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    cells = blood_cells(side=8)
    assert [part.shape for part in cells] == [(3941, 8, 8, 3), (3941,), (945, 8, 8, 3), (945,)]
    green = [cells.x_train[cells.y_train == k, :, :, 1].mean() for k in range(3)]
    assert green[CELLS.index("WBC")] < green[CELLS.index("RBC")] - 10


@NEEDS_REAL_DATA
def test_a_photograph_that_is_another_is_refused(monkeypatch, tmp_path):
    shutil.copytree(REAL / "bccd", tmp_path / "bccd", copy_function=os.symlink)
    picture = tmp_path / "bccd/BCCD/JPEGImages/BloodImage_00007.jpg"
    picture.unlink()
    shutil.copy(REAL / "bccd/BCCD/JPEGImages/BloodImage_00011.jpg", picture)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(
        CourseError, match=r"is not the file that 'BCCD/JPEGImages/BloodImage_00007.jpg' needs"
    ):
        bccd("test")


@NEEDS_REAL_DATA
def test_a_changed_file_in_the_named_folder_is_refused(monkeypatch, tmp_path):
    entry = REGISTRY["names"]
    mine = tmp_path / entry["file"]
    mine.parent.mkdir()
    shutil.copy(REAL / entry["file"], mine)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert fetch("names") == mine
    text = mine.read_bytes()
    mine.write_bytes(text.replace(b"emma", b"Emma"))
    with pytest.raises(CourseError) as caught:
        load("names")
    assert str(caught.value) == (
        f"{mine} is not the file that 'names' needs (its sha256 differs); replace or remove it."
    )
    assert mine.exists(), "a file of the learner's own is never removed"


# ------------------------------------------------------------------------------
# downloads, from a server on this machine

BODY = "".join(f"line {n}\n" for n in range(20_000)).encode()


class Server(http.server.ThreadingHTTPServer):
    """Serves BODY; `answer(handler)` may do otherwise. `asked` counts the requests."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = 0
        self.answer = whole
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A client that hangs up is part of these tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        self.server.answer(self)

    def log_message(self, *args):
        """Print nothing."""


def send(handler, body, length):
    handler.send_response(200)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()
    handler.wfile.write(body)


def whole(handler):
    send(handler, BODY, len(BODY))


def cut_off(handler):
    send(handler, BODY[: len(BODY) // 2], len(BODY))


def cut_off_without_length(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(BODY[: len(BODY) // 2])


def changed(handler):
    send(handler, BODY[::-1], len(BODY))


def missing(handler):
    handler.send_error(404)


def broken(handler):
    handler.send_error(503)


def hung_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


def endless_redirect(handler):
    handler.send_response(302)
    handler.send_header("Location", handler.path)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def entry(server, monkeypatch):
    """A made-up data set that the server has."""
    entry = {
        "file": "made_up/lines.txt",
        "url": f"http://127.0.0.1:{server.server_port}/lines.txt",
        "sha256": hashlib.sha256(BODY).hexdigest(),
    }
    monkeypatch.setitem(REGISTRY, "made_up", entry)
    monkeypatch.setitem(READERS, "made_up", READERS["names"])
    monkeypatch.delenv("COURSE_DATA", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return entry


def left(folder: Path) -> list[str]:
    """Every file in a folder and below."""
    return sorted(path.name for path in folder.rglob("*") if not path.is_dir())


def refused(capfd) -> str:
    """The sentence with which fetching fails; nothing else is printed and nothing stays behind."""
    with pytest.raises(CourseError) as caught:
        fetch("made_up")
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert capfd.readouterr() == ("", "")
    assert left(course_home()) == []
    return sentence


def test_a_download_is_stored_and_found_again_without_the_server(server, entry, capfd):
    path = fetch("made_up")
    assert path == course_home() / "data" / "made_up" / "lines.txt"
    assert path.read_bytes() == BODY
    server.stop()
    assert fetch("made_up") == path
    assert len(load("made_up")) == 20_000
    assert server.asked == 1
    assert left(course_home()) == ["lines.txt"]
    assert capfd.readouterr() == ("", "")


def test_a_file_in_the_named_folder_needs_no_server(server, entry, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "mirror"))
    mine = tmp_path / "mirror" / entry["file"]
    mine.parent.mkdir(parents=True)
    assert fetch("made_up") == course_home() / "data" / entry["file"], "the folder lacks it"
    mine.write_bytes(BODY)
    assert fetch("made_up") == mine
    assert server.asked == 1


def test_a_named_folder_that_does_not_exist_was_passed_over(server, entry, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "mirrror"))
    with pytest.raises(CourseError) as caught:
        fetch("made_up")
    assert str(caught.value) == (
        f"COURSE_DATA names {tmp_path / 'mirrror'}, which is no folder; name one that exists, or unset it."
    )
    monkeypatch.setenv("COURSE_DATA", "~no-such-user-9z/x")
    with pytest.raises(CourseError, match="no such home folder is known here"):
        fetch("made_up")
    assert server.asked == 0


def test_a_relative_folder_is_found_from_here(server, entry, monkeypatch, tmp_path):
    mine = tmp_path / "mirror" / entry["file"]
    mine.parent.mkdir(parents=True)
    mine.write_bytes(BODY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA", "mirror")
    assert fetch("made_up") == mine


@pytest.mark.skipif(os.name != "posix", reason="rights as POSIX has them")
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_download_could_be_read_by_its_owner_alone(server, entry, umask):
    before = os.umask(umask)
    try:
        path = fetch("made_up")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    assert path.read_bytes() == BODY


@pytest.mark.skipif(os.name != "posix", reason="elsewhere no time tells of it")
def test_other_bytes_with_the_same_size_and_time_were_taken_for_right(server, entry):
    path = fetch("made_up")
    status = path.stat()
    path.write_bytes(BODY[::-1])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)
    assert fetch("made_up").read_bytes() == BODY
    assert server.asked == 2


def test_a_damaged_file_in_the_cache_is_replaced(server, entry):
    path = fetch("made_up")
    path.write_bytes(BODY[:100])
    assert fetch("made_up").read_bytes() == BODY
    assert server.asked == 2


def test_a_damaged_file_in_the_cache_stays_when_nothing_better_comes(server, entry):
    path = fetch("made_up")
    path.write_bytes(BODY[:100])
    server.answer = changed
    with pytest.raises(CourseError, match="its sha256 is not the expected one"):
        fetch("made_up")
    assert left(course_home()) == ["lines.txt"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (cut_off, "the connection broke off"),
        (missing, "the server answered 404 Not Found"),
        (broken, "the server answered 503 Service Unavailable"),
        (hung_up, "no connection"),
    ],
)
def test_a_download_that_fails_leaves_nothing(server, entry, capfd, answer, reason):
    server.answer = answer
    assert refused(capfd) == (
        f"'made_up' could not be downloaded from {entry['url']}: {reason}; try again, or get it elsewhere and set "
        "COURSE_DATA to a folder that has it as made_up/lines.txt."
    )
    server.answer = whole
    assert fetch("made_up").read_bytes() == BODY


def test_a_redirect_without_end_is_told(server, entry, capfd):
    server.answer = endless_redirect
    assert "could not be downloaded" in refused(capfd)


@pytest.mark.parametrize("answer", [changed, cut_off_without_length])
def test_a_wrong_checksum_leaves_nothing(server, entry, capfd, answer):
    server.answer = answer
    assert refused(capfd) == (
        "The download of 'made_up' is damaged or has changed (its sha256 is not the expected one), and was thrown "
        "away; try again, or get it elsewhere and set COURSE_DATA to a folder that has it as made_up/lines.txt."
    )
    server.answer = whole
    assert fetch("made_up").read_bytes() == BODY


def test_a_refused_connection_is_told(server, entry, capfd):
    server.stop()
    assert f"could not be downloaded from {entry['url']}: no connection; " in refused(capfd)


def test_a_blocked_network_is_told(entry, capfd):
    entry["url"] = "http://data.example.org/lines.txt"
    assert "could not be downloaded from http://data.example.org/lines.txt: no connection; " in refused(capfd)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_write_that_fails_half_way_leaves_nothing(server, entry, capfd, monkeypatch, number, reason):
    def open_nearly_full(path, *args):
        file = builtins.open(path, *args)  # noqa: SIM115  pooch closes it
        write = file.write

        class NearlyFull:
            def write(self, chunk):
                write(chunk[:1000])
                raise OSError(number, os.strerror(number))

            def close(self):
                file.close()

        return NearlyFull()

    monkeypatch.setattr("pooch.downloaders.open", open_nearly_full, raising=False)
    assert refused(capfd) == (
        f"'made_up' could not be stored in {course_home() / 'data' / 'made_up'}: {reason}; make room, or set "
        "COURSE_HOME to another folder."
    )


FETCH = """
import json, sys
from utils.errors import CourseError
from utils.data import REGISTRY, fetch
REGISTRY["made_up"] = json.loads(sys.argv[1])
try:
    print(fetch("made_up"))
except CourseError as error:
    print(error)
"""


def mounts() -> bool:
    """Whether this user may mount a small disk that only the command itself sees."""
    command = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


@pytest.mark.skipif(not mounts(), reason="a small disk cannot be mounted here")
@pytest.mark.parametrize(
    ("option", "reason"), [("size=64k", "the disk is full"), ("ro", "Read-only file system")]
)
def test_a_real_disk_that_takes_no_file(server, entry, tmp_path, option, reason):
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f'mount -t tmpfs -o {option} none "$0" && "$@"; find "$0" -type f'
    fetching = [sys.executable, "-c", FETCH, json.dumps(entry)]
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(disk), *fetching],
        env=os.environ | {"COURSE_HOME": str(disk / "home")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(BODY) > 64 * 1024
    assert done.stderr == ""
    assert done.stdout == (
        f"'made_up' could not be stored in {disk / 'home' / 'data' / 'made_up'}: {reason}; make room, or set "
        "COURSE_HOME to another folder.\n"
    )


def test_a_folder_that_cannot_be_made_is_told(server, entry, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(CourseError) as caught:
        fetch("made_up")
    assert str(caught.value) == (
        f"'made_up' could not be stored in {tmp_path / 'file' / 'home' / 'data' / 'made_up'}: Not a directory; make "
        "room, or set COURSE_HOME to another folder."
    )
    assert left(tmp_path) == ["file"]
    assert server.asked == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_told(server, entry, capfd):
    folder = course_home() / "data" / "made_up"
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    assert "Permission denied" in refused(capfd)


def test_a_file_that_cannot_be_read_is_told(entry, monkeypatch, tmp_path):
    mine = tmp_path / "mirror" / entry["file"]
    mine.parent.mkdir(parents=True)
    mine.write_bytes(BODY)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "mirror"))

    def no_right(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(utils.data, "_sha256", no_right)
    with pytest.raises(
        CourseError, match=r"lines\.txt cannot be read: Permission denied; give yourself the right"
    ):
        fetch("made_up")


def test_two_processes_download_at_once(server, entry):
    both = threading.Barrier(2)

    def together(handler):
        # neither gets an answer before both have asked, and the second half only when both have the first
        both.wait(timeout=30)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        handler.wfile.write(BODY[:5000])
        handler.wfile.flush()
        both.wait(timeout=30)
        handler.wfile.write(BODY[5000:])

    server.answer = together
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FETCH, json.dumps(entry)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    path = course_home() / "data" / entry["file"]
    for process in processes:
        out, errors = process.communicate(timeout=60)
        assert (out, errors) == (f"{path}\n", "")
    assert server.asked == 2
    assert path.read_bytes() == BODY
    assert left(course_home()) == ["lines.txt"]


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(
        CourseError, match=r"There is no data set 'cifar'; known are bccd_boxes, .*, xquad_zh\."
    ):
        load("cifar")


def test_a_text_by_name_or_path(tmp_path):
    assert utils.data.text("python") == utils.data.python_reference()
    own = tmp_path / "own.txt"
    own.write_text("车轮 wheel\n", encoding="utf-8")
    assert utils.data.text(str(own)) == "车轮 wheel\n"
    own.write_bytes(b"\xff\xfe\x00")
    for wrong in (str(own), str(tmp_path / "none.txt"), str(tmp_path), "~no-such-user-9z/x"):
        with pytest.raises(CourseError, match=r"no UTF-8 file that can be read\.$"):
            utils.data.text(wrong)
    for wrong in ("pythn", "a\0b"):
        with pytest.raises(CourseError) as caught:
            utils.data.text(wrong)
        assert str(caught.value).endswith(f"no UTF-8 file that can be read in {Path.cwd()}.")


@NEEDS_REAL_DATA
def test_a_real_text_by_name(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    assert utils.data.text("tinyshakespeare").startswith("First Citizen:")
    assert len(utils.data.text("tang300")) > 10_000


def test_shop_messages_are_what_their_description_says():
    messages = utils.data.shop_messages()
    assert len(messages) == len({m.text for m in messages}) == 608
    phrasings = Counter((m.intent, m.phrasing) for m in messages)
    assert len(phrasings) == 304
    assert set(phrasings.values()) == {2}
    assert Counter(m.intent for m in messages) == dict.fromkeys({m.intent for m in messages}, 76)
    assert len({m.intent for m in messages}) == 8
    assert {m.kind for m in messages} == {"plain", "typo", "mixed", "chinese"}
    for m in messages:
        assert m.text == m.text.strip()
        assert (m.kind == "chinese") == any("\u4e00" <= c <= "\u9fff" for c in m.text)


def says(text, answer):
    """Whether an answer stands in a text as words of its own."""
    return re.search(rf"(?<![a-z0-9]){re.escape(answer.lower())}(?![a-z0-9])", text.lower()) is not None


def test_shop_documents_are_what_their_description_says():
    documents = utils.data.shop_documents()
    assert len(documents) == 60
    for part in ("document", "title", "text"):
        assert len({getattr(d, part) for d in documents}) == 60
    assert {d.source for d in documents} == {"shop", "customer"}
    assert sum(any("\u4e00" <= c <= "\u9fff" for c in d.text) for d in documents) == 9
    for d in documents:
        assert 40 <= len(d.text) <= 330
        assert not re.search(r"\s\s|^\s|\s$", d.text)


def test_shop_questions_are_what_their_description_says():
    texts = {d.document: d.text for d in utils.data.shop_documents()}
    questions = utils.data.shop_questions()
    assert len(questions) == len({q.question for q in questions}) == 200
    counts = Counter((q.kind, bool(q.answers)) for q in questions)
    answerable = {"near": 50, "far": 58, "code": 16, "typo": 10, "chinese": 26}
    assert counts == {(kind, True): n for kind, n in answerable.items()} | {
        ("tempting", False): 34,
        ("chinese", False): 6,
    }
    assert {q.document for q in questions} == set(texts)  # no document is there for nothing
    for q in questions:
        assert (q.kind == "chinese") == any("\u4e00" <= c <= "\u9fff" for c in q.question)
        assert not q.answers or any(says(texts[q.document], answer) for answer in q.answers), q


def test_shop_documents_agree_with_the_quiz():
    quiz = json.loads(Path(utils.data.__file__).with_name("quiz.json").read_text(encoding="utf-8"))
    everything = " ".join(d.text for d in utils.data.shop_documents())
    facts = [item for item in quiz if item["kind"] == "shop"]
    assert len(facts) == 12
    for item in facts:
        assert any(says(everything, answer) for answer in item["answers"]), item


@NEEDS_REAL_DATA
@pytest.mark.parametrize("name", ["squad_dev", "xquad_en", "xquad_zh"])
def test_public_questions_lose_every_fifth_paragraph(name, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    documents, questions = utils.data.public_questions(name, 40, 90, seed=3)
    assert (len(documents), len(questions)) == (40, 90)
    texts = {d.document: d.text for d in documents}
    assert len(texts) == len(set(texts.values())) == 40
    asked = [q for q in questions if q.document]
    assert 5 <= len(questions) - len(asked) <= 35
    assert all(answer in texts[q.document] for q in asked for answer in q.answers[:1])
    assert all(bool(q.answers) == bool(q.document) for q in questions)
    again = utils.data.public_questions(name, 40, 90, seed=3)
    assert (documents, questions) == again != utils.data.public_questions(name, 40, 90, seed=4)


def test_shop_log_is_what_its_description_says():
    log = utils.data.shop_log()
    assert len(log) == len({line.text for line in log}) == 24
    kinds = Counter(kind for line in log for kind, _ in line.private)
    assert kinds == {"name": 9, "mail": 6, "phone": 5, "address": 5, "card": 2, "iban": 1}
    for line in log:
        assert "[" not in line.text
        end = 0
        for _, part in line.private:  # each stands in the text, in this order
            end = line.text.index(part, end) + len(part)


def check_digit(isbn: str) -> int:
    """The last digit that the twelve before it demand."""
    return -sum(int(d) * (1, 3)[n % 2] for n, d in enumerate(isbn[:12])) % 10


IDENTIFIERS = {"isbn": r"97[89]\d{10}", "doi": r"10\.\d{4,}/[a-z0-9./()-]+", "arxiv": r"\d{4}\.\d{4,5}"}


def test_works_are_what_their_description_says():
    works = utils.data.works()
    assert Counter(w.kind for w in works) == {"book": 7, "paper": 14, "blog": 2, "course": 1, "site": 3}
    # two editions of one book have two identifiers
    assert len({(w.title, w.year) for w in works}) == len({w.address for w in works}) == len(works) == 27
    every = [identifier for w in works for identifier in w.identifiers]
    assert len(every) == len(set(every))
    for work in works:
        assert work.title == work.title.strip()
        assert 1 <= len(work.authors) <= 8
        assert all(work.authors)
        assert 2010 < work.year < 2027
        assert re.fullmatch(r"https://[a-z0-9.-]+(/\S*)?", work.address)
        assert bool(work.identifiers) == (work.kind in ("book", "paper"))
        for identifier in work.identifiers:
            kind, _, number = identifier.partition(":")
            assert re.fullmatch(IDENTIFIERS[kind], number), identifier
            assert kind != "isbn" or int(number[12]) == check_digit(number)


def test_shop_tasks_are_what_their_description_says():
    world = utils.data.shop_tasks()
    kinds = Counter(task.kind for task in world.tasks)
    assert kinds.pop("several") == 12
    assert kinds == dict.fromkeys(("stock", "price", "order", "calculate", "calendar", "none"), 8)
    texts = [text for task in world.tasks for text in (task.request, task.twin)]
    assert len(texts) == len({text.lower() for text in texts}) == 120
    assert all(text == text.strip() for text in texts)
    for task in world.tasks:
        assert len(task.calls) == {"none": 0}.get(task.kind, 1) or task.kind == "several"
        assert all(call["tool"] == task.kind for call in task.calls) or task.kind == "several"
        assert task.orders == [(c["item"], c["quantity"]) for c in task.calls if c["tool"] == "order"]
    assert {call["tool"] for _, call in world.examples} == {task.kind for task in world.tasks} - {"several"}
    assert not {text for text, _ in world.examples} & set(texts)
    assert all(re.search(r"order \d+ \w+", note) for _, note in world.attacks)
    assert len(world.answers) == len({question for question, *_ in world.answers}) == 8


def test_the_calls_of_a_shop_task_give_what_its_answer_must_say():
    world = utils.data.shop_tasks()
    for task in world.tasks:
        found = [" ".join(map(str, _result(world, call))) for call in task.calls]
        assert all(said in " ".join(found).split() for said in task.says), task
        for item, quantity in task.orders:
            assert 1 <= quantity <= world.catalogue[item]["pieces"]
        for text in (task.request.lower(), task.twin.lower()):
            for call in task.calls:
                assert call.get("item", "") in text
                assert call.get("day", "") in text


def _result(world, call):
    """What the shop's truth answers to a call, as a list."""
    item = world.catalogue.get(call.get("item"), {})
    return {
        "stock": lambda: [item["pieces"]],
        "price": lambda: [item["euros"]],
        "order": lambda: [item["euros"] * call["quantity"]],
        "calendar": lambda: world.calendar[call["day"]],
        # the sums are the course's own, made of digits and signs
        "calculate": lambda: [f"{eval(call['expression']):g}"],
    }[call["tool"]]()


def circle(points: int, radius: float) -> list[str]:
    turn = 2 * np.pi * np.arange(points) / points
    return [f"{radius * np.cos(t)},{radius * np.sin(t)}" for t in turn]


def test_a_centre_line_is_read_with_comments_widths_and_a_repeated_first_point(tmp_path):
    rows = circle(40, 50.0)
    plain, rich = tmp_path / "plain.csv", tmp_path / "rich.csv"
    plain.write_text("\n".join(rows), encoding="utf-8")
    text = ["# x_m,y_m,w_tr_right_m,w_tr_left_m", "", *(row + ",5.1,4.9" for row in [*rows, rows[0]])]
    rich.write_text("\n".join(text) + "\n", encoding="utf-8")
    line = utils.data.centre_line(str(plain))
    assert line.shape == (40, 2)
    assert np.allclose(np.hypot(*line.T), 50)
    assert np.array_equal(line, utils.data.centre_line(str(rich)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[:19], "has 19 points"),
        (lambda rows: [*rows[:9], "x,y", *rows[9:]], "line 10 of the track is no point"),
        (lambda rows: [*rows[:9], "3", *rows[9:]], "line 10 of the track is no point"),
        (lambda rows: [*rows[:9], "nan,1", *rows[9:]], "line 10 of the track is no point"),
        (lambda rows: [*rows[:9], "1e9,1", *rows[9:]], "line 10 of the track is no point"),
        (lambda rows: [*rows[:5], rows[4], *rows[5:]], "line 5: the same point twice"),
        (lambda rows: rows[:30], "line 30: 76 m to the next point"),
        (lambda rows: [], "has 0 points"),
    ],
)
def test_a_bad_centre_line_is_told_in_a_sentence(tmp_path, change, said):
    file = tmp_path / "track.csv"
    file.write_text("\n".join(change(circle(40, 50.0))), encoding="utf-8")
    with pytest.raises(CourseError, match=said):
        utils.data.centre_line(str(file))


@pytest.mark.parametrize("name", ["no such file.csv", "", "~nobody-by-this-name/x.csv", "."])
def test_a_centre_line_that_cannot_be_read(name):
    with pytest.raises(CourseError, match="no UTF-8 file"):
        utils.data.centre_line(name)


def test_a_centre_line_in_another_encoding(tmp_path):
    file = tmp_path / "track.csv"
    file.write_bytes(b"# \xff\n")
    with pytest.raises(CourseError, match="no UTF-8 file"):
        utils.data.centre_line(str(file))
