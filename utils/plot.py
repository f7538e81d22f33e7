"""The look of the course's pictures. Every function draws into an `ax` (a new one if none is given) and returns it."""

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from utils import alt

STYLE = Path(__file__).with_name("cornerstone.mplstyle")


def style() -> None:
    """Use the course's style file for all pictures of this notebook, and keep each one's words with it."""
    plt.style.use(STYLE)
    alt.keep_with_pictures()


def _axes(ax: Any) -> Any:
    return plt.subplots()[1] if ax is None else ax


def lines(
    series: Mapping[str, Any],
    *,
    x: Any = None,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    ax: Any = None,
    **options: Any,
) -> Any:
    """Curves: series maps each label to its values (n,), or to a pair (x, values). Options go to `ax.plot`."""
    ax = _axes(ax)
    for label, values in series.items():
        xs, ys = values if isinstance(values, tuple) else (np.arange(len(values)) if x is None else x, values)
        ax.plot(xs, ys, label=label, **options)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    if any(series):
        ax.legend()
    return ax


def bars(
    values: Mapping[str, float],
    *,
    title: str = "",
    xlabel: str = "",
    log: bool = False,
    ax: Any = None,
) -> Any:
    """Horizontal bars, the first on top; names need no slanted labels that way."""
    ax = _axes(ax)
    names = list(values)[::-1]
    ax.barh(names, [values[name] for name in names])
    ax.set(title=title, xlabel=xlabel, xscale="log" if log else "linear")
    ax.grid(axis="y", visible=False)
    return ax


def images(
    pictures: Any,
    labels: Sequence[Any] | None = None,
    *,
    title: str = "",
    columns: int = 10,
    signed: bool = False,
    size: float = 0.9,
    bar: str = "",
) -> Any:
    """A grid of pictures, (N, H, W): grey, or blue for negative and red for positive when `signed`. Returns the figure.

    bar: label of a colour bar beside the grid, for pictures whose colours are to be read as numbers.
    """
    pictures = np.asarray(pictures)
    rows = -(-len(pictures) // columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=(columns * size * 0.8, rows * size + 0.4), squeeze=False
    )
    top = np.nanmax(np.abs(pictures)) or 1.0
    colours: dict[str, Any] = (
        {"cmap": "RdBu_r", "vmin": -top, "vmax": top} if signed else {"vmin": 0, "vmax": top}
    )
    for ax in grid.flat:
        ax.axis("off")
    for index, (ax, picture) in enumerate(zip(grid.flat, pictures, strict=False)):
        shown = ax.imshow(picture, **colours)
        if labels is not None:
            ax.set_title(str(labels[index]), loc="center", fontsize=9, fontweight="normal", pad=2)
    if bar and len(pictures):
        figure.colorbar(shown, ax=list(grid.flat), label=bar)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def boxes(ax: Any, picture: Any, corners: Any, colours: Sequence[str]) -> None:
    """A picture, (H, W) or (H, W, 3), and frames (N, 4) around what is on it, each left, top, right, bottom in pixels."""
    ax.imshow(picture, cmap="gray", vmin=0, vmax=1)
    for (left, top, right, bottom), colour in zip(np.asarray(corners) - 0.5, colours, strict=True):
        ax.plot(
            [left, right, right, left, left], [top, top, bottom, bottom, top], color=colour, linewidth=1.5
        )
    ax.axis("off")


def matrix(
    values: Any,
    *,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    fmt: str = "",
    bar: str = "",
    ax: Any = None,
) -> Any:
    """A matrix as colours, blue below zero and red above; `fmt` such as ".1f" writes each number into its cell.

    bar: label of a colour bar beside it, for a matrix whose colours are to be read as numbers.
    """
    ax = _axes(ax)
    values = np.asarray(values)
    top = np.nanmax(np.abs(values)) or 1.0
    shown = ax.imshow(values, cmap="RdBu_r", vmin=-top, vmax=top)
    if bar:
        scale = ax.figure.colorbar(shown, ax=ax, label=bar)
        if np.nanmin(values) >= 0:  # such as shares: there is no blue to explain
            scale.ax.set_ylim(0, top)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.grid(visible=False)
    if fmt:
        for (row, column), value in np.ndenumerate(values):
            dark = abs(value) > 0.6 * top
            ax.text(
                column,
                row,
                format(value, fmt),
                ha="center",
                va="center",
                color="white" if dark else "black",
            )
    return ax


def landscape(
    loss: Callable[[Any, Any], Any],
    paths: Mapping[str, Any] | None = None,
    *,
    xlim: tuple[float, float] = (-4, 4),
    ylim: tuple[float, float] = (-4, 4),
    title: str = "",
    ax: Any = None,
) -> Any:
    """Height lines of loss(x, y) with the paths (steps, 2) of optimisers over it; points beyond the frame are not drawn."""
    ax = _axes(ax)
    x, y = np.meshgrid(np.linspace(*xlim, 120), np.linspace(*ylim, 120))
    ax.contourf(x, y, loss(x, y), levels=24, cmap="Greys", alpha=0.5)
    for name, path in (paths or {}).items():
        path = np.asarray(path)
        ax.plot(path[:, 0], path[:, 1], marker="o", markersize=3, linewidth=1.2, label=name)
    if paths:
        ax.legend(loc="upper right")
    ax.set(title=title, xlim=xlim, ylim=ylim, xlabel="first weight", ylabel="second weight")
    ax.grid(visible=False)
    return ax


def slider(draw: Callable[[Any, Any], Any], control: Any) -> None:
    """Show a control (such as ipywidgets.FloatSlider) above a picture that is drawn anew when it moves.

    draw: function of the control's value and a fresh ax. The picture is an HTML widget: unlike the Output widget of
    `interact`, it asks nothing of the program that runs a notebook without a browser, which can wait for ever for it;
    and unlike the Image widget it can carry words for those who do not see it.
    """
    from IPython.display import display
    from ipywidgets import HTML, VBox

    class Picture(HTML):
        def __repr__(self) -> str:
            return "Picture()"  # notebooks keep this text, and the image's data would make it endless

    picture = Picture()

    def redraw(_change: Any = None) -> None:
        figure, ax = plt.subplots()
        draw(control.value, ax)
        picture.value = _image_tag(figure)
        plt.close(figure)

    redraw()
    control.observe(redraw, names="value")
    display(VBox([control, picture], layout={"align_items": "flex-start"}))


def _image_tag(figure: Any) -> str:
    """A figure as an HTML image that holds its own data and its words."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")  # a long title is wider than the figure
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="{html.escape(alt.describe(figure))}" src="data:image/png;base64,{data}">'


def graph(
    nodes: Mapping[str, tuple[float, float, str]],
    edges: Sequence[tuple[str, str]],
    *,
    title: str = "",
    ax: Any = None,
) -> Any:
    """A graph of labelled boxes: nodes maps a name to (x, y, text); edges are pairs of names, drawn as arrows."""
    ax = _axes(ax)
    box = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": "#0072B2"}
    boxes = {
        name: ax.text(x, y, text, ha="center", va="center", fontsize=9, bbox=box).get_bbox_patch()
        for name, (x, y, text) in nodes.items()
    }
    for start, end in edges:
        # from edge to edge of the boxes, whatever their size
        ends = {"patchA": boxes[start], "patchB": boxes[end], "shrinkA": 1, "shrinkB": 1}
        arrow = {"arrowstyle": "-|>", "color": "#777777", **ends}
        ax.annotate("", xy=nodes[end][:2], xytext=nodes[start][:2], arrowprops=arrow)
    xs, ys = zip(*[(x, y) for x, y, _ in nodes.values()], strict=True)
    ax.set(title=title, xlim=(min(xs) - 0.6, max(xs) + 0.6), ylim=(min(ys) - 0.6, max(ys) + 0.6))
    ax.axis("off")
    return ax
