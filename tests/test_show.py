"""How verdicts look."""

import re

import pytest

import utils.show
from utils.check import claim

STYLES = {"border-left", "padding", "margin"}


@pytest.mark.parametrize("verdict", ["right", "wrong", "imprecise"])
def test_a_verdict_is_read_in_the_colour_of_the_text_around_it(monkeypatch, verdict):
    """Colours that tell verdicts apart are too pale to read on white; the page's own suits light and dark."""
    shown = []
    monkeypatch.setattr(utils.show, "_display", lambda bundle, *_: shown.append(bundle["text/html"]))
    claim("§1", "x", verdict, evidence=True, right="y")
    (box,) = shown
    assert f"<b>{verdict}</b>" in box
    rules = [rule for style in re.findall('style="([^"]*)"', box) for rule in style.split(";")]
    assert {rule.split(":")[0] for rule in rules} == STYLES
    assert len(re.findall("#[0-9A-F]{6}", box)) == 1, "the border alone is coloured"
    assert not re.search("<font|color=|class=", box)
