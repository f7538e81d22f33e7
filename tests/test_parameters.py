"""Every lesson runs with other parameters than its own, and stops at an impossible one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import papermill
import pytest
import test_gguf
from open_files import NEEDS_MODELS
from real_data import REAL, WHOLE_LESSON

from utils import params
from utils.course import CHAPTERS
from utils.course.lesson import names
from utils.course.run import read_parameters
from utils.course.sweep import metrics
from utils.errors import CourseError

# One run for each lesson, away from the stored parameters; large enough to be real, small enough to be quick.
OTHER = {
    "00_start_here": ["seed=3", "n=256", "megabytes=16", "seconds=0.05"],
    "01_background": [
        "seed=5",
        "widths=[4,8,16]",
        "largest=24",
        "characters=4000",
        "repeats=2",
        "device=cpu",
        "api_price=3",
    ],
    "02a_counting": ["seed=4", "machine_gb=24", "gpu_hour=3"],
    "02b_generalisation": ["seed=4", "hidden=256", "labels=200"],
    "02c_architecture": ["seed=4", "letters=800", "corpus=mail", "merges=40"],
    "02d_pipeline": ["seed=4", "letters=800", "merges=40", "width=16", "layers=1", "epochs=2", "gap=10"],
    "03a_forward_backward": ["seed=7", "hidden=8", "epochs=3", "lr=0.003"],
    "03b_training": ["seed=2", "width=8", "epochs=1", "lr=0.004"],
    "03c_inference": ["seed=3", "slips=300", "grain=2", "target=0.95"],
    "04a_formulas": ["seed=3", "dimensions=12", "examples=1000", "momentum=0.5", "draws=150"],
    "04b_worked_example": ["seed=5", "hidden=8", "epochs=100", "lr=0.03", "drop=0.2", "spread=1.5"],
    "05_keras_project": ["seed=3", "runs=3", "noise=0.5", "epochs=5"],
    "06c_generation": [
        "seed=3",
        "width=32",
        "layers=2",
        "steps=60",
        "bandwidth=3350",
        "peak=989",
        "gpu_hour=3",
    ],
    "06a_transformer": ["seed=2", "vocabulary=300", "width=32", "layers=1", "context=32"],
    "06b_language_model": [
        "seed=2",
        "vocabulary=300",
        "width=32",
        "layers=1",
        "context=32",
        "steps=40",
        "batch=8",
    ],
    "06e_understanding": ["seed=2", "labels=48", "upper=1", "epochs=1", "steps=60"],
    "06f_translation": ["seed=2", "pairs=500", "steps=20", "width=32", "beam=2"],
    # a wrong answer is so dear that the clerk takes all
    "06g_assistant": ["seed=2", "asked=8", "wrong=50000", "minute=0.2", "minutes=1"],
    "06i_recognition": ["seed=2", "sizes=[30,120]", "trials=3", "steps=40", "final_steps=60"],
    "06j_detection": ["seed=2", "photos=120", "steps=30", "width=8", "miss=0", "alarm=3"],
    "06k_faces": ["seed=2", "group_a=40", "group_b=10", "steps=40", "margin=0", "rate=0.01"],
    "06m_recommenders": ["seed=2", "customers=300", "parts=120", "rounds=12", "epochs=2", "explore=0.5"],
    "06n_credit": ["seed=2", "applicants=800", "loss=10", "lottery=0.3", "shock=0"],
    "06o_trading": ["seed=2", "days=1000", "correlation=0.1", "cost=0.001", "markets=5", "tries=30"],
    # a flip of one ReLU would show: many steps with many units
    "07_tools": ["seed=3", "hidden=64", "epochs=40", "gpu_hour=0.5"],
    "08b_cross_modal": [
        "seed=2",
        "pairs=300",
        "held=4",
        "steps=30",
        "batch=90",
        "habit=1",
        "wrong=0",
        "look=2",
    ],
    "08e_privacy": ["seed=2", "steps=20", "shadows=4", "epsilon=0.5", "runs=2", "games=1000"],
    "08f_interpretability": ["seed=2", "model=none", "steps=60", "passages=3", "tokens=12"],
    "08g_alignment": ["seed=2", "steps=20", "demonstrations=64", "rounds=10", "group=2", "kl=0.3"],
    "08a_scaling": [
        "seed=2",
        "budgets=[2e8,5e8]",
        "widths=[12,24,40,60]",
        "repeats=3",
        "rate=0.05",
        "served=0",
        "gpu_use=0.9",
    ],
    # without open models, the other candidates go on
    "09a_choosing_a_model": [
        "seed=2",
        "reader=none",
        "writer=none",
        "labels=[20,60]",
        "draws=3",
        "volume=100",
        "wrong_minutes=3",
        "api_right=0.9",
    ],
    "10b_launch": ["seed=2", "models=false", "trials=100", "wrong=40", "minute=2", "month=100", "machine=1"],
    "10a_ledger": ["seed=3", "planted=20", "level=0.8"],
    "09b_overfitting": ["seed=2", "images=60", "carelessness=0.6", "hidden=32", "steps=40", "repeats=3"],
}
# Those of which a test further down, on a model or a road of one's own, is that run, and looks at what was measured too.
OF_ONES_OWN = {
    "06d_open_model": ["seed=2", "questions=6", "window=64", "api_price=3", "machine=40", "watts=300"],
    "06h_agent": ["seed=2", "requests=6", "runs=2", "heat=1.5", "minute=1", "error=0", "token_price=5"],
    "06l_driving": ["seed=2", "labels=800", "steps=200", "gust=0.05", "angle=60"],
    "08c_automation": ["seed=2", "trials=8", "repeats=20", "held=80", "watts=20", "kwh=0"],
    "08d_compute": ["seed=2", "documents=4", "steps=40", "bandwidth=300", "peak=121", "kwh=0.4"],
}
NEED_MODELS = {"06e_understanding", "06g_assistant"}
FORWARD = CHAPTERS / "03a_forward_backward.ipynb"


def course(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "utils.course.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "COLUMNS": "120"})


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=NEEDS_MODELS if name in NEED_MODELS else ()) for name in OTHER]
)
def test_other_parameters(name, tmp_path):
    options = [part for option in OTHER[name] for part in ("-p", option)]
    done = course("run", name, *options, "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 done" in done.stdout
    known = params.of_notebook(CHAPTERS / f"{name}.ipynb")
    changed = [option.partition("=") for option in OTHER[name]]
    assert any(known[parameter].read(value) != known[parameter].default for parameter, _, value in changed)


def test_every_lesson_is_run_with_other_parameters():
    assert sorted([*OTHER, *OF_ONES_OWN]) == names()


@WHOLE_LESSON
@NEEDS_MODELS
@pytest.mark.parametrize("name", OF_ONES_OWN)
def test_other_parameters_on_the_real_model_and_the_lessons_own_roads(name, tmp_path):
    assert measured(tmp_path, name, *OF_ONES_OWN[name])


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize(
    ("option", "message"),
    [("sed=1", "Did you mean 'seed'?"), ("seed=-1", "must lie in"), ("seed=x", "whole number")],
)
def test_impossible_parameters(name, option, message):
    with pytest.raises(CourseError, match=re.escape(message)):
        read_parameters(CHAPTERS / f"{name}.ipynb", [option])


def measured(tmp_path: Path, name: str, *options: str) -> dict[str, float]:
    """What a lesson's chapter measured, run with options such as "seed=3" into tmp_path / "run"."""
    parameters = [part for option in options for part in ("-p", option)]
    done = course("run", name, *parameters, "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stdout + done.stderr
    return metrics(tmp_path / "run" / f"{name}.ipynb")


@WHOLE_LESSON
@pytest.mark.parametrize("corpus", ["tinyshakespeare", "tang300"])
def test_a_language_model_of_real_texts(corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    options = [f"corpus={corpus}", "steps=40", "width=32", "layers=1", "batch=8"]
    found = measured(tmp_path, "06b_language_model", *options)
    assert 1 < found["bits_per_byte"] < 5


def tiny_file(folder: Path) -> Path:
    """A GGUF file with random weights in four bits, a tokenizer and a template."""
    model = test_gguf.llama(tie_word_embeddings=True)
    return test_gguf.write(folder / "tiny.gguf", model, test_gguf.KINDS.Q4_1)


def tiny_folder(folder: Path) -> Path:
    """A checkpoint's folder with random weights and a tokenizer, and without a template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    numbers = {token: number for number, token in enumerate(test_gguf.TOKENS)}
    pairs = [tuple(pair.split(" ")) for pair in test_gguf.MERGES]
    library = Tokenizer(models.BPE(vocab=numbers, merges=pairs))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    test_gguf.llama().save_pretrained(folder / "tiny")
    library.save(str(folder / "tiny" / "tokenizer.json"))
    return folder / "tiny"


@pytest.mark.parametrize("make", [tiny_file, tiny_folder])
def test_an_open_model_of_one_s_own(make, tmp_path):
    found = measured(tmp_path, "06d_open_model", f"model={make(tmp_path)}", *OF_ONES_OWN["06d_open_model"])
    assert 2 < found["bits_per_byte"] < 15  # it has learnt nothing; 260 tokens
    assert found["facts_right"] < 0.7


def test_a_model_of_one_s_own_writes_only_valid_calls(tmp_path):
    found = measured(tmp_path, "06h_agent", f"model={tiny_folder(tmp_path)}", *OF_ONES_OWN["06h_agent"])
    # that each call is valid, the notebook asserts itself; an untrained model hardly ever calls the right one
    assert found["right_calls"] < 0.5


def test_digits_are_searched_and_a_model_of_one_s_own_proposes(tmp_path):
    own = ["dataset=digits", f"model={tiny_folder(tmp_path)}"]
    found = measured(tmp_path, "08c_automation", *own, *OF_ONES_OWN["08c_automation"])
    assert 0 < found["regret_halving"] < found["regret_random"] < 0.3
    assert 0 < found["gap_of_32"] < 0.05


@WHOLE_LESSON
@NEEDS_MODELS
@pytest.mark.parametrize("dataset", ["sms_spam", "sentiment_sentences"])
def test_real_texts_are_sorted(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    options = [f"dataset={dataset}", "labels=96", "upper=1", "epochs=1", "steps=60"]
    found = measured(tmp_path, "06e_understanding", *options)
    assert 0.7 < found["frozen_right"] <= 1  # sentiment at 100 labels .86, spam .96 (always ham .87)


@WHOLE_LESSON
@NEEDS_MODELS
@pytest.mark.parametrize("dataset", ["squad_dev"])  # xquad_zh takes minutes; BENCHMARKS.md has it
def test_real_questions_are_answered(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    options = [f"dataset={dataset}", "paragraphs=24", "questions=100", "asked=8"]
    found = measured(tmp_path, "06g_assistant", *options)
    assert 0.8 < found["mrr"] <= 1  # few paragraphs, and questions in their words
    assert 0.4 < found["answered_right"] <= 1


@WHOLE_LESSON
@pytest.mark.parametrize("dataset", ["tatoeba_cmn_eng", "tatoeba_fra_eng"])
def test_real_sentences_are_translated(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    options = [f"dataset={dataset}", "pairs=2000", "steps=40", "width=32"]
    found = measured(tmp_path, "06f_translation", *options)
    assert 1 < found["chrf"] < 60  # it has learnt next to nothing, and says something
    assert 0 <= found["exact"] < 0.2


@WHOLE_LESSON
@pytest.mark.parametrize(("dataset", "least"), [("mnist", 0.9), ("bccd", 0.85)])
def test_real_images_are_recognised(dataset, least, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    options = [f"dataset={dataset}", "sizes=[40,160]", "steps=30", "final_steps=120"]
    found = measured(tmp_path, "06i_recognition", *options)
    assert least < found["exam_accuracy"] <= 1  # of blood cells 85 in 100 are of one kind


@WHOLE_LESSON
def test_real_blood_cells_are_found(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    options = ["dataset=bccd", "steps=16", "width=8"]
    found = measured(tmp_path, "06j_detection", *options)
    assert 0 <= found["yolo_map50"] < 0.9
    assert 0 < found["faster_map50"] < 0.95


@WHOLE_LESSON
def test_real_images_of_new_classes_are_compared(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    options = ["dataset=mnist", "group_a=40", "group_b=20", "steps=60"]
    found = measured(tmp_path, "06k_faces", *options)
    assert 0.8 < found["real_known"] <= 1
    assert 0.5 < found["real_auc"] < 0.97  # new digits are no old ones


@WHOLE_LESSON
def test_real_films_are_recommended(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    options = ["dataset=movietweetings", "epochs=1", "customers=200", "parts=100", "rounds=10"]
    found = measured(tmp_path, "06m_recommenders", *options)
    assert 0.15 < found["recall_recent"] < 0.3
    assert found["recall_als"] < found["recall_recent"]  # what is new, sells


@WHOLE_LESSON
@pytest.mark.parametrize("dataset", ["german_credit", "default_credit"])
def test_real_people_are_scored(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    found = measured(tmp_path, "06n_credit", f"dataset={dataset}", "applicants=1000")
    scores = {name: found[f"table_auc_{name}"] for name in ("scorecard", "regression", "boosting", "network")}
    assert min(scores.values()) > 0.68
    assert max(scores.values()) < 0.85
    if dataset == "default_credit":  # the effect of late payments bends, and a regression does not
        assert min(scores["boosting"], scores["scorecard"]) > scores["regression"] + 0.02


@WHOLE_LESSON
@pytest.mark.parametrize("dataset", ["brent", "sp500"])  # the two that differ; BENCHMARKS.md has the others
def test_rules_and_risk_of_real_prices(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    found = measured(tmp_path, "06o_trading", f"dataset={dataset}", "days=1000", "markets=4", "tries=16")
    # one day in a hundred was promised; a limit by history or by today's spread keeps it within a factor of two
    assert all(0.005 < found[f"exceptions_{way}"] < 0.02 for way in ("history", "filtered"))
    assert -0.5 < found["best_early"] < 1.2
    # as measured on these files: neighbouring means of months share a trend; elsewhere the chosen rule earns little later
    assert (found["best_late"] > 0.35) == (dataset == "sp500")


@WHOLE_LESSON
@NEEDS_MODELS
def test_a_real_model_recites_famous_books_and_not_ours(tmp_path):
    found = measured(
        tmp_path, "08e_privacy", "model=smollm2", "steps=20", "shadows=4", "runs=2", "games=1000"
    )
    # as measured: 12 words of the Declaration of Independence; another processor may break off earlier
    assert 8 <= found["words_recited"] <= 27
    assert found["words_recited_ours"] <= 2


@WHOLE_LESSON
@NEEDS_MODELS
def test_a_real_model_agrees_with_a_customer_who_is_wrong(tmp_path):
    options = ["model=smollm2", "steps=20", "demonstrations=64", "rounds=10", "group=4", "lora_steps=1"]
    found = measured(tmp_path, "08g_alignment", *options)
    # as measured: 10 of 16 right when asked plainly, none when pressed, 2 of 16 refusals where no answer stands;
    # the customer's wrong answer in none of 16 plain replies, and in 6 when pressed
    assert found["right_alone"] - found["right_pressed"] >= 0.25
    assert found["her_answer_pressed"] - found["her_answer_alone"] >= 0.1
    assert found["refused_answerable"] <= 0.25
    assert found["refused_no_answer"] <= 0.4


def road_file(tmp_path: Path, x: np.ndarray, y: np.ndarray) -> Path:
    """In the form of the racetrack database: with a comment, and two widths that are not read."""
    rows = [f"{a:.3f},{b:.3f},5.0,5.0" for a, b in zip(x, y, strict=True)]
    file = tmp_path / "track.csv"
    file.write_text("\n".join(["# x_m,y_m,w_tr_right_m,w_tr_left_m", *rows]), encoding="utf-8")
    return file


TURN = np.linspace(0, 2 * np.pi, 90, endpoint=False)


def test_an_exam_on_a_road_of_one_s_own(tmp_path):
    file = road_file(tmp_path, 100 * np.cos(TURN), 60 * np.sin(TURN) + 12 * np.cos(2 * TURN))
    found = measured(tmp_path, "06l_driving", f"track={file}", *OF_ONES_OWN["06l_driving"])
    # the road is gentler than those to learn on
    assert found["exam_off_views"] <= 0.2
    assert 0 <= found["exam_off_clone"] <= 1


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (60 * np.sin(TURN), 30 * np.sin(2 * TURN), "crosses or touches itself"),
        (40 * np.cos(TURN), 5 * np.sin(TURN), "bends of 7.5 m or wider"),
        (4000 * np.cos(TURN), 40 * np.sin(TURN), "25 m or less"),
    ],
)
def test_a_road_on_which_no_exam_can_be_held(x, y, said, tmp_path):
    done = course(
        "run", "06l_driving", "-p", f"track={road_file(tmp_path, x, y)}", "--out", str(tmp_path / "run")
    )
    assert done.returncode != 0
    assert said in done.stdout + done.stderr


def plain_papermill(tmp_path: Path, **parameters: object) -> Path:
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(FORWARD, out, parameters=parameters, cwd=CHAPTERS, progress_bar=False)
    return out


def test_plain_papermill(tmp_path):
    out = plain_papermill(tmp_path, hidden=16, epochs=2)
    assert 0.5 < metrics(out)["test_accuracy"] < 1


def test_plain_papermill_stops_at_an_impossible_value(tmp_path):
    with pytest.raises(
        papermill.PapermillExecutionError, match=r"lr must lie in \(0, 1\], and -1\.0 does not"
    ):
        plain_papermill(tmp_path, lr=-1.0)


def test_compute_without_an_open_model(tmp_path):
    found = measured(tmp_path, "08d_compute", "model=own", *OF_ONES_OWN["08d_compute"])
    assert abs(found["four_bits_cost"]) < 1
