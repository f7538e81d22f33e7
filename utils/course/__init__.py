"""The machinery around the lessons: build, run, sweep, doctor, progress. No lesson imports it."""

from utils.files import CHAPTERS, CHECKS, LESSONS, ROOT

SOLUTIONS = ROOT / "solutions"

__all__ = ["CHAPTERS", "CHECKS", "LESSONS", "ROOT", "SOLUTIONS"]
