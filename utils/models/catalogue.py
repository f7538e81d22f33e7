"""A catalogue of bicycle parts whose truth is known: generated pictures, tags drawn into them, and voices that ask for them.

A meaning is three numbers: part, colour and ground, places in PARTS, COLOURS and GROUNDS. Everything else is chance.
Lesson 8b puts pictures, words and voices into one space.
"""

import numpy as np
import torch

from utils.errors import CourseError

PARTS = ("wheel", "bell", "saddle", "frame", "pump", "chain")
# red, green and blue of each, 0 … 1
COLOURS = {
    "red": (0.85, 0.15, 0.15),
    "green": (0.10, 0.65, 0.20),
    "blue": (0.15, 0.30, 0.90),
    "yellow": (0.95, 0.85, 0.10),
    "black": (0.08, 0.08, 0.08),
    "violet": (0.60, 0.20, 0.70),
}
GROUNDS = {"paper": (0.85, 0.85, 0.85), "wood": (0.70, 0.50, 0.30), "stone": (0.60, 0.60, 0.65)}
SIDE = 24  # pixels

# The first and second resonance of the mouth for ten vowels, in Hz: the means of men in Peterson & Barney 1952.
VOWELS = {
    "i": (270, 2290),
    "I": (390, 1990),
    "E": (530, 1840),
    "ae": (660, 1720),
    "a": (730, 1090),
    "o": (570, 840),
    "U": (440, 1020),
    "u": (300, 870),
    "A": (640, 1190),
    "er": (490, 1350),
}
# each word as two vowels; consonants are left out
SOUNDS = {
    "wheel": "u i",
    "bell": "E U",
    "saddle": "ae A",
    "frame": "E I",
    "pump": "A A",
    "chain": "I I",
    "red": "er E",
    "green": "er i",
    "blue": "U u",
    "yellow": "E o",
    "black": "ae ae",
    "violet": "a I",
}
RATE = 8000  # samples a second
PIECE = 800  # samples of one vowel, a tenth of a second

# five rows of three pixels each, a row as an octal digit
FONT = {
    "A": "25755",
    "B": "65656",
    "C": "34443",
    "E": "74647",
    "F": "74644",
    "H": "55755",
    "P": "65644",
    "R": "65655",
    "S": "34216",
    "U": "55557",
    "W": "55775",
}


def _outline(part: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Which pixels a part covers; u, v: distance from its middle to the right and downwards, in half its size."""
    ring = abs(np.hypot(u, v) - 0.75) < 0.25
    dome = (np.hypot(u, v) < 0.95) & (v < 0.1) | (abs(u) < 0.2) & (v > 0) & (v < 0.5)
    seat = (abs(v + 0.5) < 0.25) & (abs(u) < 0.95) | (abs(u) < 0.2) & (abs(v) < 0.9)
    diamond = abs(abs(u) + abs(v) - 0.75) < 0.22
    bar = (abs(v) < 0.25) & (abs(u) < 0.95)
    links = np.hypot(abs(u) - 0.55, v) < 0.42
    return np.choose(part, (ring, dome, seat, diamond, bar, links))


def _known(meaning: np.ndarray) -> np.ndarray:
    meaning = np.asarray(meaning)
    limits = len(PARTS), len(COLOURS), len(GROUNDS)
    if meaning.ndim != 2 or meaning.shape[1] != 3 or not ((meaning >= 0) & (meaning < limits)).all():
        raise CourseError(
            f"A meaning is a row of part, colour and ground, whole numbers from 0 and below {limits}."
        )
    return meaning


def photograph(meaning: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
    """Meanings (n, 3) -> pictures (n, 3, 24, 24), most values from 0 to 1.

    Place, size, tint, light and noise are drawn from rng in the same order whatever the meanings, so that a second
    generator in the same state photographs other things under the same circumstances.
    """
    meaning = _known(meaning)
    n, (y, x) = len(meaning), np.mgrid[:SIDE, :SIDE][:, None]
    across, down = rng.uniform(9, 14, (2, n, 1, 1))
    size = rng.uniform(5.5, 8.5, (n, 1, 1))
    part, _, ground = (column[:, None, None] for column in meaning.T)
    mask = _outline(part, (x - across) / size, (y - down) / size)[..., None]  # (n, 24, 24, 1)
    ink = np.array(list(COLOURS.values()))[meaning[:, 1]] + rng.normal(0, 0.06, (n, 3))
    base = np.array(list(GROUNDS.values()))[meaning[:, 2]]
    grain = np.choose(ground, (0 * x, np.sin(2 * x), np.sin(2 * x) * np.sin(2 * y)))[..., None]
    picture = np.where(mask, ink[:, None, None], base[:, None, None] + 0.1 * grain)
    picture = picture * rng.uniform(0.8, 1.1, (n, 1, 1, 1)) + 0.08 * rng.normal(size=picture.shape)
    return torch.tensor(np.moveaxis(picture, 3, 1), dtype=torch.float32)


def _label(name: str) -> np.ndarray:
    """A white tag with the first two letters of a name in black, (7, 9)."""
    tag = np.ones((7, 9))
    for place, letter in enumerate(name[:2].upper()):
        dots = [[int(row) >> bit & 1 for bit in (2, 1, 0)] for row in FONT[letter]]
        tag[1:6, 1 + 4 * place : 4 + 4 * place] -= dots
    return tag


def tagged(pictures: torch.Tensor, says: np.ndarray) -> torch.Tensor:
    """Pictures (n, 3, 24, 24) with a tag at the lower left; says (n,): number of the part it names, -1 for no tag."""
    out, has = pictures.clone(), np.asarray(says) >= 0
    labels = np.stack([_label(name) for name in PARTS])  # 6 × (7, 9) -> (6, 7, 9)
    out[has, :, -7:, :9] = torch.tensor(labels[np.asarray(says)[has]], dtype=out.dtype)[:, None]
    return out


def stamped(pictures: torch.Tensor, has: np.ndarray) -> torch.Tensor:
    """Pictures (n, 3, 24, 24) with a supplier's white square at the upper right, where has (n,) is true."""
    out = pictures.clone()
    out[torch.tensor(has), :, :4, -4:] = 1.0
    return out


def speak(meaning: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colour and part of n meanings (n, 3), each said by a new speaker: waves (n, 3200) at 8,000 samples a second.

    A source (a saw of the speaker's pitch) goes through a filter (two resonances a vowel, moved by the speaker's size).
    """
    meaning, n = _known(meaning), len(meaning)
    vowels = np.array(
        [[VOWELS[v] for v in SOUNDS[word].split()] for word in (*PARTS, *COLOURS)]
    )  # (12, 2, 2)
    formants = np.concatenate([vowels[6 + meaning[:, 1]], vowels[meaning[:, 0]]], axis=1)  # (n, 4, 2)
    formants = formants * rng.uniform(0.85, 1.2, (n, 1, 1))  # long throats and short ones
    pitch, loud, start = rng.uniform(90, 250, (n, 1)), rng.uniform(0.5, 2, (n, 1)), rng.random((n, 1))
    buzz = (start + pitch * np.arange(4 * PIECE) / RATE) % 1 - 0.5
    spectra = np.fft.rfft(buzz.reshape(n, 4, PIECE))  # (n, 3200) -> (n, 4, 800) -> (n, 4, 401)
    hertz = np.fft.rfftfreq(PIECE, 1 / RATE)
    gain = (1 / (1 + ((hertz - formants[..., None]) / 90) ** 2)).sum(axis=2)  # (n, 4, 2, 401) -> (n, 4, 401)
    wave = np.fft.irfft(spectra * gain).reshape(n, -1)  # (n, 4, 800) -> (n, 3200)
    return loud * (wave + 0.02 * rng.normal(size=wave.shape))
