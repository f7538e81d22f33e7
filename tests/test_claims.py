"""The verdicts on the article, collected from the notebooks' own outputs: one claim, one verdict, in one lesson."""

import re
from collections import Counter

import pytest

from utils.course import CHAPTERS, SOLUTIONS
from utils.ledger import entries

pytestmark = pytest.mark.static


def claims(folder) -> list[tuple[str, dict]]:
    """Every verdict that the notebooks of a folder show, with its lesson."""
    fields = ("where", "what", "verdict", "right")
    return [(e.lesson, {name: getattr(e, name) for name in fields}) for e in entries(folder)]


def test_there_are_verdicts_to_look_at():
    assert len(claims(CHAPTERS)) > 20


@pytest.mark.parametrize("folder", [CHAPTERS, SOLUTIONS], ids=lambda folder: folder.name)
def test_no_claim_is_judged_twice(folder):
    times = Counter((record["where"], record["what"].casefold().rstrip(".")) for _, record in claims(folder))
    assert [claim for claim, n in times.items() if n > 1] == []


def test_each_verdict_names_its_section_and_says_what_is_right_where_the_claim_is_not():
    for lesson, record in claims(CHAPTERS):
        assert re.fullmatch(r"(abstract|§\d+(\.\d+)*)(, §\d+(\.\d+)*)*", record["where"]), (lesson, record)
        assert record["verdict"], (lesson, record)
        assert record["verdict"] == "right" or record["right"], (lesson, record)


def test_chapters_and_solutions_give_the_same_verdicts():
    assert claims(CHAPTERS) == claims(SOLUTIONS)
