"""The error that tells a person what to do."""

import difflib
from collections.abc import Iterable


class CourseError(Exception):
    """Something a person can mend; its text is one sentence that says what was wrong and what to do."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that asks whether a known name was meant, or an empty text."""
    match = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {match[0]!r}?" if match else ""
