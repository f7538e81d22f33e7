"""The map in lesson 0: it shows every lesson, and links those that can be opened."""

import re

import pytest

from utils.course import LESSONS
from utils.course.lesson import names, read
from utils.shipped import exercises

pytestmark = pytest.mark.static
NAME = "00_start_here"


def the_map() -> str:
    """The text cell that holds the diagram."""
    texts = [c.source for c in read(LESSONS / f"{NAME}.py").cells if "```mermaid" in c.source]
    assert len(texts) == 1
    return texts[0]


def faults(text: str, lessons: list[str]) -> list[str]:
    """What is missing or wrong in a map of these lessons. A lesson's box is called l and its number, as l03a."""
    boxes = re.findall(r"\b(l\d\d[a-z]?)\[", text)
    clicks = dict(re.findall(r'^\s*click (\w+) href "(.+)\.ipynb"$', text, re.M))
    styles = dict(re.findall(r"^\s*class (\S+) (planned|ready)$", text, re.M))
    planned, ready = (
        {box for line, style in styles.items() if style == wanted for box in line.split(",")}
        for wanted in ("planned", "ready")
    )
    links = set(re.findall(r"\]\(([^)]+)\.ipynb\)", text))
    numbers = {name: "l" + name.split("_")[0] for name in lessons}
    found = [f"{box} appears twice" for box in sorted(set(boxes)) if boxes.count(box) > 1]
    found += [f"{box} is drawn in no style or in two" for box in boxes if (box in planned) == (box in ready)]
    for name, box in numbers.items():
        if clicks.get(box) != name:
            found.append(f"{name} has no click in the diagram")
        if box not in ready:
            found.append(f"{name} is not drawn as ready")
        if name not in links:
            found.append(f"{name} has no link below the diagram")
    found += [f"{name} is no lesson" for name in sorted({*clicks.values(), *links} - set(lessons))]
    found += [f"{box} is drawn as ready" for box in sorted(ready - set(numbers.values()))]
    return found


def test_every_lesson_is_on_the_map():
    assert faults(the_map(), names()) == []
    assert not re.search(r"^\s*class\s+\w+$", the_map(), re.M), (
        "a style of no box keeps the diagram from being drawn"
    )


def on_the_map() -> list[str]:
    """The lessons that the diagram links."""
    return re.findall(r'click \w+ href "(.+)\.ipynb"', the_map())


def test_a_lesson_that_is_not_on_the_map_is_noticed():
    assert faults(the_map(), [*on_the_map(), "11_new"]) == [
        "11_new has no click in the diagram",
        "11_new is not drawn as ready",
        "11_new has no link below the diagram",
    ]


def test_a_planned_lesson_that_was_written_is_noticed():
    assert "10_written is not drawn as ready" in faults(the_map(), [*on_the_map(), "10_written"])


def test_a_link_to_a_lesson_that_is_gone_is_noticed():
    rest = [name for name in on_the_map() if name != NAME]
    assert faults(the_map(), rest) == [f"{NAME} is no lesson", "l00 is drawn as ready"]


def test_boxes_stand_in_the_order_of_the_course():
    boxes = re.findall(r"\b(l\d\d[a-z]?)\[", the_map())
    assert boxes == sorted(boxes)
    assert len(boxes) == 39


def test_the_demonstration_is_no_exercise():
    assert "demo" not in exercises(NAME)[NAME]


@pytest.mark.parametrize(("name", "following"), list(zip(names(), names()[1:], strict=False)))
def test_every_lesson_leads_on_to_the_one_that_follows(name, following):
    cells = read(LESSONS / f"{name}.py").cells
    onward = [line for cell in cells for line in cell.source.splitlines() if "**Next:**" in line]
    assert len(onward) == 1
    assert f"]({following}.ipynb)" in onward[0]
