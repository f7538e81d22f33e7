"""The teachers' pages: made from the lessons, true to them, never stale; notes that a teacher writes there stay."""

import re
from pathlib import Path

import pytest
from tiny_course import change, course, lesson, sentence

from utils.course import LESSONS, ROOT, teaching
from utils.course.lesson import read
from utils.course.teaching import Exercise, in_class, mistakes, page, shared_out

PLANNED = re.compile(r"^- \*\*(\d+)–(\d+) · ", re.M)
BODY = """
# %% [markdown]
# ## 9.1 Doubling
#
# Twice a number is its sum with itself. Rest. Nobody reads on (Doe et al. 2020). Predict what comes out!
# Is that so for negative numbers, too? Why?
#
# $$y = 2x$$
#
# [Lesson 1](01_params.ipynb) has more.

# %% tags=["figure"]
# the line
import matplotlib.pyplot as plt

plt.plot([0, 1], [0, 2])
plt.gca().set(title="Twice as steep")

# %% [markdown]
# ## 9.2 Nothing to add
# And a second part in the same text.
#
# ## 9.3 What the article says

# %%
from utils.check import claim

claim("§9", "doubling is hard", "wrong", evidence=bool(1 + 1 == 2), right="it is not")

# %% [markdown]
# ## 9.4 Now you
"""
SLIPS = """
slips = {"the half": x / 2, f"for {x}: the square": x**2}
slips |= {"the sign is turned": -2 * x}
if x:
    slips["one too many"] = 2 * x + 1
c.true(x, "a rest that is not told")
c.close(got, 2 * x, slips=slips | {f"{x}": 7, "three times": 3 * x})
"""


@pytest.fixture
def doubling(tmp_path) -> Path:
    path = tmp_path / "09_doubling.py"
    text = lesson("09_doubling", "", BODY).replace(
        'hint="3 + 3")', 'hint="3")\n    c.true(True, "it is odd, then")'
    )
    path.write_text(text.replace("# It was small.", "# 1. Twice is the sum."), encoding="utf-8")
    return path


def test_a_page_says_what_its_lesson_says(doubling):
    text = page(read(doubling))
    assert text.startswith("# 9 · The lesson 09_doubling: for the teacher\n")
    for line in (
        "Doubling**: Twice a number is its sum with itself. Rest. Nobody reads on (Doe et al. 2020).",
        "  - Ask: Predict what comes out!",
        "  - Ask: Is that so for negative numbers, too?",
        "  - Show: Twice as steep",
        "9.2 Nothing to add**: And a second part in the same text.",
        "In class: exercise 9.1 · Double it (●○○ 5 min)**",
        "  1. Twice is the sum.",
        "At home: nothing.",
        "**9.3 · Double it (●○○ 5 min)**\n\n- it is odd, then",
        "- §9 “doubling is hard”: **wrong**",
    ):
        assert line in text, line
    assert "Why?" not in text
    assert "y = 2x" not in text
    assert "9.3 What the article says**" not in text


def test_mistakes_are_the_slips_in_every_form_or_else_the_other_messages():
    assert mistakes(SLIPS) == ["the half", "the square", "the sign is turned", "one too many", "three times"]
    assert mistakes('c.true(x > 0, f"{name}: {x} is not positive")\nc.true(x)') == ["… is not positive"]
    assert mistakes("c.close(got, 1)") == []


def test_the_shortest_exercises_are_solved_in_class():
    exercises = [Exercise(f"1.{n}", "", "●", minutes) for n, minutes in enumerate((25, 10, 15, 5, 10), 1)]
    assert [one.number for one in in_class(exercises)] == ["1.2", "1.4", "1.5"]
    assert in_class([Exercise("1.1", "", "●●●", 45)])
    assert in_class([]) == []


@pytest.mark.parametrize(
    ("minutes", "weights", "shares"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (10, [0, 0], [5, 5]),
        (20, [300, 100], [14, 6]),
        (3, [1, 1], [2, 2]),
        (9, [], []),
    ],
)
def test_minutes_follow_the_words_and_none_is_lost(minutes, weights, shares):
    assert shared_out(minutes, weights) == shares


@pytest.mark.static
def test_every_page_plans_90_minutes_and_names_every_exercise():
    for path in sorted(LESSONS.glob("*.py")):
        text = teaching.stored(path.stem)
        times = [(int(first), int(last)) for first, last in PLANNED.findall(text)]
        assert times[0][0] == 0, path.stem
        assert times[-1][1] == teaching.MINUTES, path.stem
        assert [last for _, last in times[:-1]] == [first for first, _ in times[1:]], path.stem
        planned = set(re.findall(r"In class: exercise (\S+) ·", text))
        home = set(
            re.findall(r"(\d\d?[a-z]?\.\d+) · ", text[text.index("\nAt home:") : text.index("\n## Common")])
        )
        written = re.findall(r"^# ### Exercise (\S+) ·", path.read_text(encoding="utf-8"), re.M)
        assert planned
        assert not planned & home
        assert planned | home == set(written), path.stem


@pytest.mark.static
def test_every_link_of_the_pages_leads_somewhere():
    pages = sorted(teaching.TEACHING.glob("*.md"))
    assert len(pages) == len(list(LESSONS.glob("*.py"))) + 1
    for one in pages:
        links = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", one.read_text(encoding="utf-8"))
        assert links
        lost = [link for link in links if "://" not in link and not (one.parent / link).exists()]
        assert lost == [], one.name
    assert "(../README.md#for-teachers)" in (ROOT / "teaching" / "README.md").read_text(encoding="utf-8")
    assert "\n## For teachers\n" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_build_makes_pages_anew_and_keeps_the_notes(tiny):
    index = tiny / "teaching" / "README.md"
    index.write_text("# Pages\n\n<!-- lessons: begin -->\n<!-- lessons: end -->\n", encoding="utf-8")
    one = tiny / "teaching" / "01_params.md"
    notes = "Mind the {braces} and \\1.\n"
    text = one.read_text(encoding="utf-8").replace(teaching.END, notes + teaching.END)
    one.write_text(text, encoding="utf-8")
    change(tiny, "01_params", "1.2 · Double it ●○○ 5 min", "1.2 · Double it twice ●○○ 40 min")
    (tiny / "teaching" / "09_old.md").write_text("old", encoding="utf-8")
    said = course(tiny, "build", "--check").stderr.splitlines()
    assert said[0] == "teaching/01_params.md differs from lessons/01_params.py"
    assert "teaching/09_old.md has no lesson; remove it" in said
    assert said[-1] == "the table of lessons in teaching/README.md is not up to date"
    (tiny / "teaching" / "09_old.md").unlink()
    assert course(tiny, "build", "01_params").returncode == 0
    text = one.read_text(encoding="utf-8")
    assert "At home: 1.2 · Double it twice (●○○ 40 min)." in text
    assert notes in text
    row = "| [1 · The lesson 01_params](01_params.md) | 1.1 ●○○, 1.3 ●○○ | 1.2 ●○○ |"
    assert row in index.read_text(encoding="utf-8")
    assert course(tiny, "build", "--check").stderr == ""
    index.write_text("# Pages\n", encoding="utf-8")
    assert "teaching/README.md needs the marks" in sentence(course(tiny, "build", "--check"))
