"""A table of lessons inside a text that people write."""

import re

from utils.errors import CourseError

BEGIN, END = "<!-- lessons: begin -->", "<!-- lessons: end -->"
TABLE = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.S)


def between_marks(text: str, rows: list[str], name: str) -> str:
    """The text with its table of lessons made anew; raises CourseError when the marks around it are missing."""
    if BEGIN not in text or END not in text:
        raise CourseError(f"{name} needs the marks {BEGIN} and {END} around its table of lessons.")
    return TABLE.sub(lambda _: "\n".join([BEGIN, *rows, END]), text)
