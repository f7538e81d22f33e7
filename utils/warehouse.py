"""Photos of a bench in the bicycle shop's warehouse, drawn by rule, so that every part's box is known.

A photo is grey, 48 × 48. Parts of four kinds lie on it, turned at random, beside and under clutter; they may cover each
other. A part's box is that of the whole part, also where something lies over it. Parts of which less than two thirds can be
seen are not drawn at all.
"""

from typing import NamedTuple

import numpy as np

from utils.repro import numpy_stream

KINDS = ("ring", "nut", "bolt", "gear")
SIZE = 48
MOST = 4  # parts on a photo
OPEN = 2 / 3  # the least share of a part that must be seen


class Part(NamedTuple):
    """Something on the bench: kind (its place in KINDS; beyond them, junk), centre, radius and angle, grey from 0 to 1."""

    kind: int
    x: float
    y: float
    radius: float
    angle: float
    grey: float


class Photo(NamedTuple):
    """image float32 (48, 48), 0 black to 1 white; boxes float32 (N, 4) as (x0, y0, x1, y1), kinds and visible share (N,)."""

    image: np.ndarray
    boxes: np.ndarray
    kinds: np.ndarray
    visible: np.ndarray


class Picture(NamedTuple):
    """A part alone: how much of each pixel it covers, and the first row and column of that window."""

    cover: np.ndarray
    row: int
    column: int


def _ring(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.abs(np.hypot(x, y) - 0.78) - 0.22


def _nut(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(np.maximum(np.abs(x), np.abs(y)) - 0.82, 0.36 - np.hypot(x, y))


def _bolt(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    shaft = np.maximum(np.abs(x) - 1.2, np.abs(y) - 0.28)
    head = np.maximum(np.abs(x + 0.9) - 0.32, np.abs(y) - 0.7)
    return np.minimum(shaft, head)


def _gear(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    r = np.hypot(x, y)
    return np.maximum(r - 0.8 - 0.22 * np.cos(6 * np.arctan2(y, x)), 0.2 - r)


def _disc(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.hypot(x, y) - 0.9


def _stick(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(x) - 1.2, np.abs(y) - 0.24)


def _scrap(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(-y - 0.4, np.abs(x) + 0.6 * y - 0.6)


# each: how far outside its edge a point lies, in radii, negative inside; the last three are junk that is no part
SHAPES = (_ring, _nut, _bolt, _gear, _disc, _stick, _scrap)


def picture(part: Part) -> Picture:
    """The pixels that a part covers, with soft edges, cut to the photo."""
    reach = int(1.4 * part.radius) + 2
    row, column = max(int(part.y) - reach, 0), max(int(part.x) - reach, 0)
    rows = np.arange(row, min(int(part.y) + reach, SIZE)) + 0.5 - part.y
    columns = np.arange(column, min(int(part.x) + reach, SIZE)) + 0.5 - part.x
    cosine, sine = np.cos(part.angle) / part.radius, np.sin(part.angle) / part.radius
    x, y = np.meshgrid(columns, rows)
    outside = SHAPES[part.kind](x * cosine + y * sine, y * cosine - x * sine) * part.radius
    return Picture(np.clip(0.5 - outside, 0, 1), row, column)


def box(drawn: Picture) -> tuple[float, float, float, float]:
    """The smallest box around the pixels that are covered by half or more."""
    rows, columns = (np.flatnonzero((drawn.cover >= 0.5).any(axis=axis)) for axis in (1, 0))
    x, y = drawn.column, drawn.row
    return x + columns[0], y + rows[0], x + columns[-1] + 1.0, y + rows[-1] + 1.0


def paint(image: np.ndarray, drawn: Picture, grey: float) -> None:
    """Lay a part on an image, in place."""
    place = window(image, drawn)
    place += drawn.cover * (grey - place)


def window(image: np.ndarray, drawn: Picture) -> np.ndarray:
    """The part of an image (or of any array of its shape) where a picture lies; what is written there stands in the image."""
    height, width = drawn.cover.shape
    return image[drawn.row : drawn.row + height, drawn.column : drawn.column + width]


def bench(rng: np.random.Generator) -> np.ndarray:
    """An empty bench, float (48, 48): dark, unevenly lit, with scratches."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE - 0.5
    tilt = rng.normal(scale=0.12, size=2)
    image = rng.uniform(0.2, 0.4) + tilt[0] * x + tilt[1] * y
    for _ in range(rng.integers(3)):
        angle, shift = rng.uniform(0, np.pi), rng.uniform(-0.4, 0.4)
        near = np.abs(x * np.cos(angle) + y * np.sin(angle) - shift) * SIZE
        image += rng.uniform(-0.15, 0.2) * np.clip(rng.uniform(0.8, 1.8) - near, 0, 1)
    return image


def _drawn_part(rng: np.random.Generator, kind: int) -> Part:
    radius = rng.uniform(5.5, 9.0)
    x, y = rng.uniform(1.25 * radius, SIZE - 1.25 * radius, size=2)
    return Part(kind, x, y, radius, rng.uniform(0, 2 * np.pi), rng.uniform(0.55, 0.95))


def shares(owner: np.ndarray, drawn: list[Picture]) -> np.ndarray:
    """How much of each part lies open, (N,), when `owner` says whose each pixel is."""
    open_, whole = zip(
        *(
            ((window(owner, p) == n)[p.cover >= 0.5].sum(), (p.cover >= 0.5).sum())
            for n, p in enumerate(drawn)
        ),
        strict=True,
    )
    return np.array(open_) / np.array(whole)


def photo(rng: np.random.Generator) -> Photo:
    """One photo: a bench with junk, up to four parts on it, and now and then a stick over all."""
    image, owner = bench(rng), np.full((SIZE, SIZE), -1)
    for _ in range(rng.integers(3)):
        junk = _drawn_part(rng, int(rng.integers(len(KINDS), len(SHAPES))))
        paint(image, picture(junk), junk.grey)
    drawn: list[Picture] = []
    kinds: list[int] = []
    for _ in range(rng.integers(1, MOST + 1)):
        part = _drawn_part(rng, int(rng.integers(len(KINDS))))
        shown, after = picture(part), owner.copy()
        window(after, shown)[shown.cover >= 0.5] = len(drawn)
        if (shares(after, [*drawn, shown]) >= OPEN).all():
            owner = after
            drawn.append(shown)
            kinds.append(part.kind)
            _lay(image, shown, part.grey)
    if rng.random() < 0.3:
        stick = _drawn_part(rng, len(KINDS) + 1)
        shown, after = picture(stick), owner.copy()
        window(after, shown)[shown.cover >= 0.5] = -1
        if (shares(after, drawn) >= OPEN).all():
            owner = after
            paint(image, shown, 0.15)
    image += rng.normal(scale=0.03, size=image.shape)
    boxes = np.array([box(p) for p in drawn], dtype=np.float32)
    return Photo(image.clip(0, 1).astype(np.float32), boxes, np.array(kinds), shares(owner, drawn))


def _lay(image: np.ndarray, drawn: Picture, grey: float) -> None:
    """Paint a part, and darken its soft rim, where it casts a little shadow; in place."""
    paint(image, drawn, grey)
    paint(image, drawn._replace(cover=1.9 * drawn.cover * (1 - drawn.cover)), 0.1)


def photos(n: int, seed: int = 0) -> list[Photo]:
    """n photos; each has a stream of its own, so the first ones do not depend on n."""
    return [photo(numpy_stream(seed, "warehouse.photos", number)) for number in range(n)]


def portrait(ring: int, number: int, seed: int = 0) -> np.ndarray:
    """Photo `number` of one ring alone, (48, 48): rings differ in size and grey, photos in place, bench and noise."""
    one, rng = (
        numpy_stream(seed, "warehouse.ring", ring),
        numpy_stream(seed, "warehouse.portrait", ring, number),
    )
    x, y = rng.uniform(12, 36, 2)
    part = Part(0, x, y, one.uniform(5.5, 9.0), 0.0, one.uniform(0.5, 0.98))
    image = bench(rng)
    _lay(image, picture(part), part.grey)
    return (image + rng.normal(scale=0.03, size=image.shape)).clip(0, 1).astype(np.float32)


class Belt(NamedTuple):
    """A video of parts as points on 100 × 100 pixels: places (F, P, 2), and what a detector reports, F arrays (n, 2)."""

    places: np.ndarray
    reports: list[np.ndarray]


def belt(
    parts: int, frames: int, seed: int = 0, *, speed: float = 2.0, missed: float = 0.1, false: float = 0.5
) -> Belt:
    """Parts that drift with about `speed` pixels a frame, drawn weakly to the middle, so that their paths often cross.

    A report is off by N(0, 1) each way; a part is missed with chance `missed`; `false` more reports a frame come from nowhere.
    """
    rng = numpy_stream(seed, "warehouse.belt")
    place, angle = rng.uniform(20, 80, (parts, 2)), rng.uniform(0, 2 * np.pi, (parts, 1))
    velocity = speed * rng.uniform(0.6, 1.1, (parts, 1)) * np.hstack([np.cos(angle), np.sin(angle)])
    places, reports = [], []
    for _ in range(frames):
        velocity = (
            velocity + (speed / 35) ** 2 * (50 - place) + rng.normal(scale=speed / 30, size=place.shape)
        )
        place = place + velocity
        seen = place[rng.random(parts) >= missed]
        ghosts = rng.uniform(0, 100, (rng.poisson(false), 2))
        places.append(place)
        reports.append(rng.permutation(np.vstack([seen + rng.normal(size=seen.shape), ghosts])))
    return Belt(np.array(places), reports)
