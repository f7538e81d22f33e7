"""Where the real public data sets lie, for the tests that read them."""

import os
from pathlib import Path

import pytest

# read here, because the notebooks' tests take the variable away
CHOSEN = os.environ.get("COURSE_DATA")
REAL = Path(CHOSEN) if CHOSEN else Path(__file__).parent.parent.parent / "shared" / "data"
NEEDS_REAL_DATA = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real data sets are not here; name their folder in COURSE_DATA"
)
# minutes each, a third of an hour together: run by `make real`, after a change of such a lesson or of its data
WHOLE_LESSON = pytest.mark.skipif(
    not (REAL.is_dir() and os.environ.get("COURSE_REAL_LESSONS")),
    reason="lessons on real data, or on an open model that they do without by default, are run by `make real`",
)
