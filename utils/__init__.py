"""What the lessons of Cornerstone share.

Each module is imported by its own name (``from utils.check import check``), so that a lesson pays only for what it
uses: importing ``utils`` itself loads neither torch nor matplotlib.
"""

__version__ = "0.1.0"
