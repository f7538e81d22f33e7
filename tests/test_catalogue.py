"""The generated catalogue: what a picture shows, what a tag says, and where a voice has its formants."""

import itertools

import numpy as np
import pytest
import torch

from utils.errors import CourseError
from utils.models import catalogue

EVERY = np.array(list(itertools.product(range(6), range(6), range(3))))


def photographed(meaning, seed=3):
    return catalogue.photograph(np.array(meaning), np.random.default_rng(seed))


def test_pictures_show_part_colour_and_ground():
    pictures = photographed(EVERY)
    assert pictures.shape == (108, 3, 24, 24)
    assert pictures.dtype == torch.float32
    assert -0.6 < pictures.min() < 0.1
    assert 0.9 < pictures.max() < 1.7
    corner = pictures[:, :, :2].mean(dim=(2, 3)).numpy()  # no part reaches the two upper rows
    grounds = np.array(list(catalogue.GROUNDS.values()))
    assert abs(corner - grounds[EVERY[:, 2]]).max() < 0.3


def test_the_same_circumstances_for_another_colour():
    red, black = photographed([[1, 0, 1]] * 5), photographed([[1, 4, 1]] * 5)
    changed = (red - black).abs().amax(dim=1) > 1e-6
    assert 0.02 < changed.float().mean() < 0.5  # the part alone
    assert not changed[:, :2].any()


def test_every_part_has_an_outline_of_its_own():
    pictures = photographed([[part, 4, 0] for part in range(6)], seed=5)
    dark = (pictures.mean(dim=1) < 0.45).flatten(1).float()
    size, common = dark.sum(dim=1), dark @ dark.T
    assert size.min() > 15
    alike = common / (size[:, None] + size - common)  # intersection over union
    assert (alike - torch.eye(6)).max() < 0.8


def test_a_tag_names_a_part_and_a_stamp_is_white():
    blank = torch.zeros(8, 3, 24, 24)
    tags = catalogue.tagged(blank, np.array([0, 1, 2, 3, 4, 5, -1, 0]))
    assert not tags[6].any()
    assert torch.equal(tags[0], tags[7])
    assert len({tuple(tag.flatten().tolist()) for tag in tags}) == 7
    assert not tags[:, :, :17].any()
    assert not tags[:, :, :, 9:].any()
    stamps = catalogue.stamped(blank, np.array([True] + [False] * 7))
    assert stamps.sum() == 3 * 16
    assert stamps[0, :, :4, -4:].min() == 1
    assert not blank.any()  # neither changes what it was given


def test_a_voice_has_its_formants():
    waves = catalogue.speak(np.array([[5, 4, 0]] * 400), np.random.default_rng(0))  # "black chain": ae ae I I
    assert waves.shape == (400, 3200)
    power = (abs(np.fft.rfft(waves[:, :1600].reshape(400, 2, 800))) ** 2).mean(axis=(0, 1))
    hertz = np.fft.rfftfreq(800, 1 / 8000)
    near = power[(hertz > 1400) & (hertz < 2100)].mean()  # the second formant of ae, 1720, for all sizes
    assert near > 3 * power[(hertz > 2600) & (hertz < 3600)].mean()
    assert near > 1.5 * power[(hertz > 1050) & (hertz < 1250)].mean()


@pytest.mark.parametrize("meaning", [[[6, 0, 0]], [[0, 0, 3]], [[0, -1, 0]], [0, 1, 2], [[0, 1]]])
def test_meanings_that_do_not_exist(meaning):
    for make in (catalogue.photograph, catalogue.speak):
        with pytest.raises(CourseError, match="A meaning is a row of part, colour and ground"):
            make(np.array(meaning), np.random.default_rng(0))
