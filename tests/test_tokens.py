"""`utils.models.tokens`: every text comes back, and merges and cuts are those of the tokenizers library."""

import json
import random
from itertools import pairwise

import pytest
from tokenizers import Tokenizer as Library
from tokenizers import models, pre_tokenizers, trainers

from utils import data
from utils.errors import CourseError
from utils.models import tokens
from utils.models.tokens import Tokenizer, learn_merges, spelled, to_library

ENGLISH = data.python_reference()[:60_000]
CHINESE = (
    "床前明月光，疑是地上霜。举头望明月，低头思故乡。" * 40
    + "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。" * 30
)
HARD = [
    "",
    " ",
    "\n\n \t",
    "don't we'll",
    "👩🏽‍🔧",
    "a\u0300\u200b",
    "\x00\x7f\xa0",
    "  two  blanks ",
    "𝔘𝔫𝔦",
    "１２３",
]


def library_merges(text: str, n: int) -> list[tuple[str, str]]:
    """What the library's own trainer learns."""
    library = Library(models.BPE())
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=256 + n, initial_alphabet=alphabet, show_progress=False)
    library.train_from_iterator([text], trainer)
    return [tuple(pair) for pair in json.loads(library.to_str())["model"]["merges"]]


@pytest.mark.parametrize(("text", "n"), [(ENGLISH, 400), (CHINESE, 300), ("aaaa aaa aa bb abab " * 3, 12)])
def test_the_merges_are_those_of_the_library(text, n):
    merges = learn_merges(text, n)
    names = [spelled(part) for part in Tokenizer(merges).parts]
    assert [(names[first], names[second]) for first, second in merges] == library_merges(text, n)


def recount(text: str, n: int) -> list[tuple[int, int]]:
    """The definition: count all pairs of all words anew for each merge."""
    often = tokens.words(text)
    cut = {word: tokens.byte_ids(word) for word in often}
    merges: list[tuple[int, int]] = []
    while len(merges) < n:
        counts: dict[tuple[int, int], int] = {}
        for word, ids in cut.items():
            for pair in pairwise(ids):
                counts[pair] = counts.get(pair, 0) + often[word]
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        cut = {word: tokens.merge(ids, best, 255 + len(merges)) for word, ids in cut.items()}
    return merges


@pytest.mark.parametrize("seed", range(20))
def test_counts_kept_up_to_date_equal_counts_made_anew(seed):
    draw = random.Random(seed)
    text = " ".join("".join(draw.choices("aab", k=draw.randint(1, 9))) for _ in range(40))
    assert learn_merges(text, 30) == recount(text, 30)


def test_it_stops_when_nothing_is_left_to_join():
    assert learn_merges("ab ab", 100) == recount("ab ab", 100)
    assert learn_merges("", 5) == []


def test_every_text_comes_back_cut_as_the_library_cuts_it():
    tokenizer = Tokenizer.learn([ENGLISH, CHINESE], 700)
    library = to_library(tokenizer)
    draw = random.Random(0)
    alphabets = [
        range(32, 127),
        range(0x4E00, 0x9FFF),
        range(1, 0xD7FF),
        range(0xE000, 0x10FFFF),
        [10, 32, 32, 39],
    ]
    fuzz = [
        "".join(chr(draw.choice(draw.choice(alphabets))) for _ in range(draw.randint(1, 20)))
        for _ in range(500)
    ]
    for text in [ENGLISH[-5000:], CHINESE, *HARD, *fuzz]:
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        assert library.encode(text).ids == ids
        assert all(0 <= number < len(tokenizer) for number in ids)


def test_a_long_word_is_cut_quickly_and_rightly():
    tokenizer = Tokenizer(learn_merges("ababab ababab", 10))
    ids = tokenizer.encode("ab" * 20_000)
    assert len(ids) < 15_000
    assert tokenizer.decode(ids) == "ab" * 20_000


def test_half_a_character_is_shown_as_such():
    tokenizer = Tokenizer()
    ids = tokenizer.encode("车")
    assert len(ids) == 3
    assert tokenizer.decode(ids[:2]) == "�"
    assert tokenizer.to_bytes(ids[:2]) == "车".encode()[:2]


def test_a_file_of_merges(tmp_path):
    tokenizer = Tokenizer.learn(ENGLISH, 300)
    tokenizer.save(tmp_path / "merges.json")
    assert Tokenizer.load(tmp_path / "merges.json").merges == tokenizer.merges
    hostile = [
        '{"merges": [["1", 2]]}',
        '{"merges": [[1.0, 2]]}',
        '{"merges": {"12": 0}}',
        '{"merges": 7}',
        "null",
    ]
    damaged = [
        "",
        "[]",
        '{"merges": [[1]]}',
        '{"merges": [["a", 1]]}',
        "[" * 100_000,
        '{"merges": [[1e999, 2]]}',
    ]
    for content in [*damaged, *hostile]:
        (tmp_path / "other.json").write_text(content)
        with pytest.raises(CourseError, match="is not a file of merges"):
            Tokenizer.load(tmp_path / "other.json")
    with pytest.raises(CourseError, match="is not a file of merges"):
        Tokenizer.load(tmp_path / "none.json")


def test_merges_that_spell_the_same_bytes_are_refused(tmp_path):
    """Ours and the library would cut such a text differently."""
    for merges in ([[0, 1], [1, 2], [256, 2], [0, 257]], [[0, 1], [0, 1]]):
        (tmp_path / "merges.json").write_text(json.dumps({"merges": merges}))
        with pytest.raises(CourseError, match="an earlier token stands for already"):
            Tokenizer.load(tmp_path / "merges.json")


def test_merges_that_double_a_token_again_and_again_do_not_fill_the_memory():
    with pytest.raises(CourseError, match="longer than"):
        Tokenizer([(0, 0), *[(number, number) for number in range(256, 316)]])


def test_an_id_that_is_no_token_is_not_spelt_as_another():
    for ids in ([-1], [3, 256]):
        with pytest.raises(ValueError, match="outside 0 … 255"):
            Tokenizer().decode(ids)


def test_what_cannot_be_is_said():
    with pytest.raises(CourseError, match="does not exist yet"):
        Tokenizer([(1, 2), (3, 300)])
    with pytest.raises(CourseError, match="lone surrogate"):
        Tokenizer().encode("a \ud800 b")
    with pytest.raises(ValueError, match="256"):
        Tokenizer.learn("text", 100)
