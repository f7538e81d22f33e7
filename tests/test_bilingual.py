"""Pairs to translate: numbers, prices and dates against known forms, and real sentences."""

import datetime

import pytest
from real_data import NEEDS_REAL_DATA, REAL

from utils import bilingual
from utils.bilingual import chinese, date, english, price, read_chinese, read_english
from utils.errors import CourseError

KNOWN = {
    0: ("zero", "零"),
    10: ("ten", "十"),
    12: ("twelve", "十二"),
    20: ("twenty", "二十"),
    105: ("one hundred five", "一百零五"),
    110: ("one hundred ten", "一百一十"),
    1005: ("one thousand five", "一千零五"),
    1050: ("one thousand fifty", "一千零五十"),
    1300: ("one thousand three hundred", "一千三百"),
    10_010: ("ten thousand ten", "一万零一十"),
    10_500: ("ten thousand five hundred", "一万零五百"),
    21_000: ("twenty one thousand", "二万一千"),
    83_104: ("eighty three thousand one hundred four", "八万三千一百零四"),
    100_050: ("one hundred thousand fifty", "十万零五十"),
    110_000: ("one hundred ten thousand", "十一万"),
    999_999: ("nine hundred ninety nine thousand nine hundred ninety nine", "九十九万九千九百九十九"),
}


@pytest.mark.parametrize("n", KNOWN)
def test_known_numbers(n):
    words, characters = KNOWN[n]
    assert (" ".join(english(n)), chinese(n)) == (words, characters)
    assert (read_english(words.split()), read_chinese(characters)) == (n, n)


def test_numbers_there_and_back():
    for n in [*range(3000), *range(3000, 10**6, 997)]:
        assert read_english(english(n)) == n
        assert read_chinese(chinese(n)) == n
        assert "零零" not in chinese(n)
        assert n == 0 or not chinese(n).endswith("零")


def test_other_forms_are_read():
    assert read_english(["twelve", "hundred", "and", "five"]) == 1205
    assert read_chinese("一十二") == 12
    for reader, text in ((read_english, ["bicycle"]), (read_chinese, "车")):
        with pytest.raises(ValueError, match=r"bicycle|no part of a number"):
            reader(text)


@pytest.mark.parametrize(("writer", "n"), [(english, 10**6), (english, -1), (chinese, 10**8), (chinese, -1)])
def test_numbers_out_of_reach(writer, n):
    with pytest.raises(CourseError, match="are made for 0 to"):
        writer(n)


def test_prices_and_dates():
    assert price(1, 1) == (["one", "euro", "one", "cent"], "一欧元一欧分")
    assert price(1299, 0) == (
        ["one", "thousand", "two", "hundred", "ninety", "nine", "euros"],
        "一千二百九十九欧元",
    )
    days = {
        (2026, 3, 29): ("march twenty ninth twenty twenty six", "二〇二六年三月二十九日"),
        (1905, 10, 10): ("october tenth nineteen oh five", "一九〇五年十月十日"),
        (1900, 1, 30): ("january thirtieth nineteen hundred", "一九〇〇年一月三十日"),
        (2000, 12, 31): ("december thirty first twenty hundred", "二〇〇〇年十二月三十一日"),
    }
    for day, (words, characters) in days.items():
        assert date(datetime.date(*day)) == (words.split(), characters)


def test_every_day_has_a_form_of_its_own():
    days = [bilingual.FIRST_DAY + datetime.timedelta(n) for n in range(0, 73_049, 3)]
    forms = [date(day) for day in days]
    assert len({tuple(words) for words, _ in forms}) == len({text for _, text in forms}) == len(days)
    assert days[-1] <= bilingual.LAST_DAY


def test_amounts_are_of_all_kinds_and_the_exam_is_unseen():
    learn, exam = bilingual.amounts(4000, 300, seed=3)
    assert (len(learn), len(exam)) == (4000, 300)
    meanings = {pair.meaning for pair in exam}
    assert len(meanings) == 300
    assert not meanings & {pair.meaning for pair in learn}
    for kind, share in bilingual.KINDS.items():
        assert sum(pair.kind == kind for pair in learn) / 4000 == pytest.approx(share, abs=0.06)
        assert sum(pair.kind == kind for pair in exam) > 40
    # whatever the exam asks for was seen in another place
    seen = {token for pair in learn for token in (*pair.english, *pair.other)}
    assert {token for pair in exam for token in (*pair.english, *pair.other)} <= seen
    assert bilingual.amounts(50, 5, seed=3) == bilingual.amounts(50, 5, seed=3)
    assert bilingual.amounts(50, 5, seed=3) != bilingual.amounts(50, 5, seed=4)


def test_tokens():
    assert bilingual.tokens("Don't touch\u00a0it!") == ["don't", "touch", "it", "!"]
    assert bilingual.tokens("J'ai faim\u202f!") == ["j'ai", "faim", "!"]
    assert bilingual.tokens("我 饿了。", characters=True) == ["我", "饿", "了", "。"]


@NEEDS_REAL_DATA
@pytest.mark.parametrize("name", ["tatoeba_cmn_eng", "tatoeba_fra_eng"])
def test_real_sentences(name, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(REAL))
    learn, exam = bilingual.sentences(name, 5000, 200, seed=1)
    assert (len(learn), len(exam)) == (5000, 200)
    assert not {pair.meaning for pair in exam} & {pair.meaning for pair in learn}
    assert max(len(pair.english) for pair in learn) == 12
    assert max(len(pair.other) for pair in learn) == 18
    assert all(pair.english and pair.other for pair in learn + exam)
