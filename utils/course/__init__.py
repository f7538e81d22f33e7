"""The machinery around the lessons: build, run, sweep, doctor, progress. No lesson imports it."""

from utils.files import CHAPTERS, LESSONS, ROOT

SOLUTIONS = ROOT / "solutions"

__all__ = ["CHAPTERS", "LESSONS", "ROOT", "SOLUTIONS"]
