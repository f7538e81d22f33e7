"""`utils.warehouse`: what the photos promise."""

import numpy as np
import pytest

from utils import warehouse
from utils.warehouse import KINDS, MOST, SHAPES, SIZE, Part, belt, box, photos, picture, portrait


@pytest.fixture(scope="module")
def many():
    return photos(80, seed=3)


def test_boxes_lie_on_the_photo_and_belong_to_known_kinds(many):
    for shown in many:
        assert shown.image.shape == (SIZE, SIZE)
        assert shown.image.dtype == np.float32
        assert 0 <= shown.image.min() < shown.image.max() <= 1
        assert 1 <= len(shown.boxes) == len(shown.kinds) == len(shown.visible) <= MOST
        x0, y0, x1, y1 = shown.boxes.T
        assert min(x0.min(), y0.min()) >= 0
        assert max(x1.max(), y1.max()) <= SIZE
        assert min((x1 - x0).min(), (y1 - y0).min()) >= 4
        assert (shown.visible >= warehouse.OPEN).all()


def test_kinds_are_balanced_and_some_parts_are_covered(many):
    kinds = np.concatenate([shown.kinds for shown in many])
    assert (np.bincount(kinds, minlength=len(KINDS)) > len(kinds) / 8).all()
    covered = np.concatenate([shown.visible for shown in many]) < 1
    assert 0.1 < covered.mean() < 0.6


def test_a_box_touches_its_part_on_all_sides():
    for kind in range(len(SHAPES)):
        drawn = picture(Part(kind, 30.3, 31.8, 8.2, 0.7, 0.9))
        full = np.zeros((SIZE, SIZE))
        warehouse.paint(full, drawn, 1.0)
        rows, columns = np.nonzero(full >= 0.5)
        assert box(drawn) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def test_photos_repeat_and_do_not_depend_on_their_number(many):
    again = photos(5, seed=3)
    assert all(np.array_equal(a.image, b.image) for a, b in zip(again, many, strict=False))
    assert not np.array_equal(photos(1, seed=4)[0].image, again[0].image)


def test_what_lies_over_a_part_shows_in_its_visible_share():
    under, over = (picture(Part(0, x, 30.0, 8.0, 0.0, 0.9)) for x in (30.0, 36.0))
    owner = np.full((SIZE, SIZE), -1)
    for number, part in enumerate((under, over)):
        warehouse.window(owner, part)[part.cover >= 0.5] = number
    shares = warehouse.shares(owner, [under, over])
    both = np.zeros((2, SIZE, SIZE), bool)
    for mask, part in zip(both, (under, over), strict=True):
        warehouse.window(mask, part)[...] = part.cover >= 0.5
    assert shares.tolist() == pytest.approx([1 - (both[0] & both[1]).sum() / both[0].sum(), 1])
    assert 0.4 < shares[0] < 0.9


def test_photos_of_one_ring_are_alike_in_brightness_and_differ_in_place():
    bright = np.array(
        [[np.quantile(portrait(ring, number), 0.97) for number in range(4)] for ring in range(8)]
    )
    assert bright.std(axis=1).mean() < bright.mean(axis=1).std() / 2
    assert not np.array_equal(portrait(0, 0), portrait(0, 1))
    assert np.array_equal(portrait(3, 2, seed=1), portrait(3, 2, seed=1))


def test_a_belt_keeps_its_promises():
    shown = belt(5, 400, seed=1)
    assert shown.places.shape == (400, 5, 2)
    assert len(shown.reports) == 400
    steps = np.hypot(*np.diff(shown.places, axis=0).T)
    assert 0.5 < steps.mean() < 4
    assert np.abs(shown.places - 50).max() < 150
    many = np.mean([len(reports) for reports in shown.reports])
    assert many == pytest.approx(5 * 0.9 + 0.5, abs=0.2)
    assert all(np.array_equal(a, b) for a, b in zip(shown.reports, belt(5, 400, seed=1).reports, strict=True))


def test_without_errors_every_part_is_reported_near_its_place():
    shown = belt(4, 50, missed=0, false=0)
    for places, reports in zip(shown.places, shown.reports, strict=True):
        gaps = np.hypot(*(places[:, None] - reports).transpose(2, 0, 1))
        assert reports.shape == (4, 2)
        assert gaps.min(axis=1).max() < 6
