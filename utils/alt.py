"""Words for pictures: what a figure says of itself, kept with its image for those who do not see it."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from utils.show import in_notebook

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

FALLBACK = "Picture without a title"
LONGEST = 300  # characters: about what a screen reader says in 20 seconds
# safe even where a page puts the words between quotation marks without a second thought
SPOKEN = {"<": " less than ", ">": " more than ", "&": " and ", '"': "'", "$": "", "\\": " "}


def describe(figure: "Figure") -> str:
    """One line of at most 300 characters: titles, number of panels, axes and legend. It raises nothing.

    "Three steps overshoot. Horizontal axis: step. Vertical axis: loss. Lines: lr 0.1, lr 0.5."
    Without any title it starts with "Picture without a title", which the tests of the notebooks refuse.
    """
    try:
        return _shortened(" ".join(_sentences(figure)))
    except Exception:  # a picture that cannot be described must still be shown
        return FALLBACK + "."


def keep_with_pictures() -> None:
    """In a notebook: store the words with every figure's image, as {"image/png": {"alt": …}} in the output's metadata.

    `plt.show()`, `display(figure)`, a figure at the end of a cell and one left open all pass through this formatter.
    """
    if not in_notebook():
        return
    from IPython import get_ipython
    from matplotlib.figure import Figure

    formatter = get_ipython().display_formatter.mimebundle_formatter
    formatter.for_type(Figure, lambda figure: ({}, {"image/png": {"alt": describe(figure)}}))


def _sentences(figure: "Figure") -> list[str]:
    axes = [ax for ax in figure.axes if ax.axison or ax.has_data() or ax.texts]
    scales = [ax for ax in axes if ax.get_label() == "<colorbar>"]
    drawn = [ax for ax in axes if ax not in scales]
    # two y axes over one x axis make one panel; a scale of colours makes none
    panels = {ax.get_position().bounds for ax in drawn}
    heads = _distinct(_title(ax) for ax in axes)
    title = _spoken(figure.get_suptitle())
    if len(panels) > 1:
        head = f"{len(panels)} panels" + (f": {', '.join(heads)}" if heads else "")
        said = [title or ("" if heads else FALLBACK), head]
    else:
        said = _distinct([title, *heads]) or [FALLBACK]
    said += _listed("Horizontal axis", (_along(ax.xaxis) for ax in drawn))
    said += _listed("Vertical axis", (_along(ax.yaxis) for ax in drawn))
    said += _listed("Colours", (_along(ax.yaxis) or _along(ax.xaxis) for ax in scales))
    said += _listed(*_legend(figure, axes))
    return [text if text[-1] in ".?!…" else f"{text}." for text in said if text]


def _title(ax: "Axes") -> str:
    return _spoken(" ".join(ax.get_title(loc=loc) for loc in ("left", "center", "right")))


def _along(axis: "Axis") -> str:
    """The label of an axis, or else the names at its ticks; nothing where no axis is drawn."""
    if not axis.axes.axison:
        return ""
    names = (_spoken(label.get_text()) for label in axis.get_ticklabels() if "$" not in label.get_text())
    return _spoken(axis.get_label_text()) or ", ".join(name for name in names if name[:1].isalpha())


def _legend(figure: "Figure", axes: list["Axes"]) -> tuple[str, list[str]]:
    """What the entries of the legends are, lines or other things, and the entries."""
    from matplotlib.lines import Line2D

    legends = [legend for legend in [*figure.legends, *(ax.get_legend() for ax in axes)] if legend]
    handles = [handle for legend in legends for handle in legend.legend_handles]
    kind = "Lines" if all(isinstance(handle, Line2D) for handle in handles) else "Legend"
    return kind, [_spoken(text.get_text()) for legend in legends for text in legend.get_texts()]


def _listed(what: str, names: Iterable[str]) -> list[str]:
    found = _distinct(names)
    return [f"{what}: {', '.join(found)}"] if found else []


def _distinct(names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name]


def _spoken(text: str) -> str:
    """Text on one line, without marks of formulas and of HTML."""
    text = re.sub(r"[<>&\"$\\]", lambda sign: SPOKEN[sign[0]], text)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;: ") + "…"
