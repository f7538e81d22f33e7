"""The error that tells a person what to do."""

import difflib
from collections.abc import Iterable


class CourseError(Exception):
    """Something a person can mend; its text is one sentence that says what was wrong and what to do."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that asks whether a known name was meant, or an empty text."""
    match = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {match[0]!r}?" if match else ""


def shown(value: object) -> str:
    """A value from elsewhere as a sentence shows it: as Python writes it, and cut where it is long."""
    try:
        text = repr(value)
    # Python writes no number of thousands of digits, and nothing that is nested thousands deep
    except (ValueError, RecursionError):
        text = f"a value too long to be shown ({type(value).__name__})"
    return text if len(text) < 100 else f"{text[:98]}…"
