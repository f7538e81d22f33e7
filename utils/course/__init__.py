"""The machinery around the lessons: build, run, sweep, doctor, progress. No lesson imports it."""

import sys

from utils.files import CHAPTERS, CHECKS, LESSONS, ROOT

SOLUTIONS = ROOT / "solutions"

# With nbformat comes jsonschema, and with that, where it is installed, a grammar of international web addresses, which every
# process that runs a notebook would build anew, in most of a second. No notebook's schema asks for it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

__all__ = ["CHAPTERS", "CHECKS", "LESSONS", "ROOT", "SOLUTIONS"]
