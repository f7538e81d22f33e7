"""The error that tells a person what to do."""


class CourseError(Exception):
    """Something a person can mend; its text is one sentence that says what was wrong and what to do."""
