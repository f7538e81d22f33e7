"""`utils.models.mail` and `utils.models.tokens` are what lesson 2c builds, and the planted truth holds."""

import ast
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from utils.course import LESSONS
from utils.course.lesson import read
from utils.models import mail
from utils.models.tokens import BYTES, ID, Tokenizer, learn_merges
from utils.repro import numpy_stream

LESSON = read(LESSONS / "02c_architecture.py")
SHARED = ["write_letters", "soil", "store", "tidy", "split", "fit_rules", "numbers"]
CONSTANTS = ["PARTS", "GREETINGS", "FAULTS", "FINE", "FRAMES", "REPLIES", "KEY"]


@pytest.fixture(scope="module")
def built():
    """The functions, classes and constants of the lesson, as they stand there."""
    space = {"np": np, "pd": pd, "re": re, "Counter": Counter}
    for cell in LESSON.code():
        for node in ast.parse(cell.source).body:
            names = [ast.unparse(target).strip("()") for target in getattr(node, "targets", [])]
            if isinstance(node, ast.FunctionDef | ast.ClassDef) or set(", ".join(names).split(", ")) & set(
                CONSTANTS
            ):
                exec(ast.unparse(node), space)
    return space


def world(part, n=300):
    """Archive and coming mail of the functions in `part`."""
    draw = numpy_stream(5, "archive")
    archive = part["store"](part["soil"](part["write_letters"](n, draw), draw), draw)
    return archive, part["soil"](part["write_letters"](n, draw), draw)


def test_constants(built):
    assert {name: built[name] for name in CONSTANTS} == {name: getattr(mail, name) for name in CONSTANTS}


def test_the_lesson_and_the_module_write_and_soil_the_same_mail(built):
    ours, theirs = world(vars(mail)), world(built)
    for one, other in zip(ours, theirs, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_the_lesson_and_the_module_prepare_it_alike(built):
    archive, coming = world(vars(mail))
    coming = coming.assign(shelf=np.nan)
    for options in ({}, {"limit": np.inf}, {"columns": ("price", "months", "shelf")}):
        tables = []
        for part in (vars(mail), built):
            rows = part["tidy"](archive).drop_duplicates(mail.KEY)
            train, validation, test = part["split"](rows, numpy_stream(5, "split"))
            rules = part["fit_rules"](train, **options)
            tables.append([part["numbers"](table, rules) for table in (train, validation, test, coming)])
        for one, other in zip(*tables, strict=True):
            np.testing.assert_array_equal(one, other)
            assert np.isfinite(one).all()


def test_the_tokenizer_cuts_letters_as_the_lesson_s_does(built):
    """The same merges give the same tokens; ids differ, because GPT-2 numbers the bytes otherwise."""
    archive = mail.tidy(world(vars(mail))[0])
    texts = [
        letter + " =>" + reply + "\n" for letter, reply in zip(archive.letter, archive.reply, strict=True)
    ]
    merges = learn_merges(texts, 80)
    package = Tokenizer(merges)
    spelt = [part.decode("latin-1") for part in package.parts]
    lesson = built["Tokenizer"]([(spelt[first], spelt[second]) for first, second in merges])
    for text in texts:
        assert [spelt[n] for n in package.encode(text)] == [lesson.vocabulary[n] for n in lesson.encode(text)]
    assert [ID[byte] for byte in BYTES] == list(range(256))


def test_the_lesson_s_merges_are_the_most_frequent_too(built):
    archive, _ = world(vars(mail))
    texts = list(mail.tidy(archive).letter)
    first = built["learn_merges"](texts, 1)[0]
    (pair,) = learn_merges(texts, 1)
    words = Counter(piece for text in texts for piece in built["pieces"](text))
    counts = built["pair_counts"]({piece: list(piece) for piece in words}, words)
    parts = Tokenizer().parts
    assert counts[first] == counts[tuple(parts[n].decode("latin-1") for n in pair)] == max(counts.values())


def test_the_dirt_is_as_planted():
    draw = numpy_stream(1, "dirt")
    clean = mail.write_letters(4000, draw)
    soiled = mail.soil(clean, draw)
    assert abs(soiled.months.isna().mean() - 0.1) < 0.02
    assert abs((soiled.price > 2000).mean() - 0.02) < 0.01
    assert abs((soiled.reply != clean.reply).mean() - mail.SLIP * 5 / 6) < 0.012
    assert (mail.best_guess(clean, clean) == clean.reply).all()
    archive = mail.store(soiled, draw)
    assert len(archive) == 6000
    assert mail.tidy(archive).duplicated(mail.KEY).sum() >= 2000
    assert (archive.groupby("shelf").reply.nunique() == 1).all()
