"""Texts of every kind that a tokenizer meets, the same each time."""

import random

from utils.data import python_reference

CHINESE = "自行车的链条多久换一次？天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。大模型创业的基石"
EMOJI = [
    "😀",
    "🚲",
    "👩‍👩‍👧",
    "🇩🇪",
    "e\u0301",
    "ﷺ",
    "½",
    "Ⅻ",
    "٣٤",
    "²³",
    "ß",
    "ñ",
    "\u200b",
    "\ufeff",
    "ｆｕｌｌ",
]
BLANKS = [" ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", " \n ", "\u00a0", "\u3000", "\u2028", "\x0b"]
CONTROL = [chr(code) for code in (*range(32), *range(127, 160))]
SIGNS = [
    "'s",
    "'LL",
    "don't",
    "<|im_end|>",
    "<|endoftext|>",
    "<|",
    "|>",
    "...",
    "!?",
    "{}",
    "->",
    "==",
    "#",
    "_",
    '"',
]


def texts(count: int = 2000, seed: int = 0) -> list[str]:
    """English and code from Python's manual, Chinese, digits, emoji, blanks, control characters, and mixtures."""
    draw, manual = random.Random(seed), python_reference()

    def some() -> str:
        start = draw.randrange(len(manual) - 60)
        return draw.choice(
            [
                manual[start : start + draw.randrange(1, 60)],
                "".join(draw.choices(CHINESE, k=draw.randrange(1, 9))),
                str(draw.randrange(10 ** draw.randrange(1, 12))),
                f"{draw.random() * 1000:.{draw.randrange(6)}f}",
                draw.choice(EMOJI),
                draw.choice(BLANKS),
                draw.choice(CONTROL),
                draw.choice(SIGNS),
                chr(draw.choice([draw.randrange(0xD800), draw.randrange(0xE000, 0x110000)])),
            ]
        )

    return ["", *("".join(some() for _ in range(draw.randrange(1, 9))) for _ in range(count - 1))]
