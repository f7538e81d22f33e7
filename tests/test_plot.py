"""The pictures: what is drawn where, in the course's style."""

import base64
import io
import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets import FloatSlider

from utils.plot import STYLE, bars, boxes, graph, images, landscape, lines, matrix, slider, style

# Okabe & Ito, "Color Universal Design", 2008: colours that people with every kind of colour vision can tell apart
OKABE_ITO = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}


@pytest.fixture(autouse=True)
def drawing():
    """Each test draws in the course's style, every picture can be rendered without a warning, and none stays open."""
    with plt.style.context({}, after_reset=True):
        style()
        yield
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for number in plt.get_fignums():
                plt.figure(number).canvas.draw()
        plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_style_is_used_and_its_colours_can_be_told_apart():
    assert plt.rcParams["figure.figsize"] == [6.4, 3.6]
    assert plt.rcParams["axes.spines.top"] is False
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert {f"#{colour.lower().lstrip('#')}" for colour in colours} <= OKABE_ITO
    assert len(set(colours)) == 7
    with plt.style.context({}, after_reset=True):
        plt.style.use(STYLE)
        assert plt.rcParams["axes.titlelocation"] == "left"


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: lines({"a": [1, 2]}, ax=ax),
        lambda ax: bars({"a": 1}, ax=ax),
        lambda ax: matrix([[1, 2]], ax=ax),
        lambda ax: landscape(lambda x, y: x**2 + y**2, ax=ax),
        lambda ax: graph({"a": (0, 0, "a"), "b": (1, 0, "b")}, [("a", "b")], ax=ax),
    ],
    ids=["lines", "bars", "matrix", "landscape", "graph"],
)
def test_a_picture_goes_into_the_axes_given_or_into_new_ones(draw):
    ax = plt.subplots()[1]
    assert draw(ax) is ax
    assert len(plt.get_fignums()) == 1
    assert draw(None) is not ax
    assert len(plt.get_fignums()) == 2


def test_lines_draw_values_over_their_own_x_a_common_x_or_their_number():
    ax = lines(
        {"own": ([5, 6], [1, 2]), "plain": [3.0, 4.0, 5.0]},
        title="t",
        xlabel="step",
        ylabel="loss",
        linestyle="--",
    )
    own, plain = ax.lines
    assert own.get_xydata().tolist() == [[5, 1], [6, 2]]
    assert plain.get_xydata().tolist() == [[0, 3], [1, 4], [2, 5]]
    assert {line.get_linestyle() for line in ax.lines} == {"--"}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["own", "plain"]
    assert (ax.get_title("left"), ax.get_xlabel(), ax.get_ylabel()) == ("t", "step", "loss")
    ax = lines({"common": np.array([1, 2])}, x=[10, 20])
    assert ax.lines[0].get_xdata().tolist() == [10, 20]


def test_a_curve_without_a_name_has_no_legend():
    assert lines({"": [1, 2]}).get_legend() is None


def test_bars_stand_from_top_to_bottom_with_their_lengths():
    ax = bars({"first": 3.0, "second": 1.0}, title="t", xlabel="seconds")
    names = [label.get_text() for label in ax.get_yticklabels()]
    found = dict(zip(names, [bar.get_width() for bar in ax.patches], strict=True))
    assert found == {"first": 3.0, "second": 1.0}
    assert names == ["second", "first"], "the axis counts upwards, so the last name is on top"
    assert ax.get_xscale() == "linear"
    assert bars({"a": 1e-3, "b": 1e3}, log=True).get_xscale() == "log"


def test_images_fill_a_grid_and_leave_the_rest_empty():
    pictures = np.arange(5 * 4).reshape(5, 2, 2)
    figure = images(pictures, labels=list("abcde"), title="five", columns=3)
    axes = figure.axes
    assert len(axes) == 6
    assert [ax.get_title() for ax in axes] == ["a", "b", "c", "d", "e", ""]
    drawn = [ax.images[0] for ax in axes[:5]]
    assert all(
        np.array_equal(image.get_array(), picture) for image, picture in zip(drawn, pictures, strict=True)
    )
    assert axes[5].images[:] == []
    assert not any(ax.axison for ax in axes)
    # one scale of grey for all pictures
    assert {image.get_clim() for image in drawn} == {(0, 19)}
    assert figure.get_suptitle() == "five"


def test_colours_to_be_read_as_numbers_get_a_bar_with_its_label():
    ax = matrix([[1.0, -2.0]], bar="slope", ax=plt.subplots()[1])
    assert [other.get_ylabel() for other in ax.figure.axes if other is not ax] == ["slope"]
    figure = images(np.array([[[1.0, -2.0]]] * 2), columns=2, signed=True, bar="weight")
    *_, bar = figure.axes
    assert bar.get_ylabel() == "weight"
    assert bar.get_ylim() == (-2, 2)
    assert len(matrix([[1.0]], ax=plt.subplots()[1]).figure.axes) == 1


@pytest.mark.parametrize(("values", "low"), [([[0.0, 2.0]], 0), ([[1.0, 2.0]], 0), ([[-1.0, 2.0]], -2)])
def test_a_bar_shows_no_colours_below_zero_where_no_number_is(values, low):
    ax = matrix(values, bar="share", ax=plt.subplots()[1])
    assert ax.figure.axes[-1].get_ylim() == (low, 2)


def test_signed_images_have_white_for_zero():
    figure = images(np.array([[[-1.0, 0.5]]]), signed=True)
    image = figure.axes[0].images[0]
    assert image.get_clim() == (-1, 1)
    red, _, blue = image.cmap(image.norm(0.8))[:3]
    assert red > blue
    red, _, blue = image.cmap(image.norm(-0.8))[:3]
    assert blue > red


@pytest.mark.parametrize("signed", [True, False])
def test_images_of_nothing_but_zeros(signed):
    low, high = images(np.zeros((2, 3, 3)), signed=signed).axes[0].images[0].get_clim()
    assert low < high


def test_matrix_has_white_for_zero_and_writes_its_numbers():
    ax = matrix([[1.0, -4.0], [0.0, 2.25]], fmt=".1f", title="t", xlabel="x", ylabel="y")
    image = ax.images[0]
    assert image.get_clim() == (-4, 4)
    assert min(image.cmap(image.norm(0.0))) > 0.95
    assert texts(ax) == ["1.0", "-4.0", "0.0", "2.2"]
    assert [text.get_position() for text in ax.texts] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    # readable on dark and on light cells
    assert [text.get_color() for text in ax.texts] == ["black", "white", "black", "black"]
    assert texts(matrix([[1, 2]])) == []


@pytest.mark.parametrize("values", [[[0, 0]], [[np.nan, 2.0]]])
def test_matrix_of_zeros_or_with_holes(values):
    low, high = matrix(values, fmt=".1f").images[0].get_clim()
    assert low == -high < 0


def test_landscape_shows_paths_within_its_frame():
    path = [(-3, 3), (-1, 1), (0, 0), (9, 9)]
    ax = landscape(lambda x, y: x**2 + 3 * y**2, {"descent": path}, xlim=(-4, 4), ylim=(-2, 4), title="t")
    assert ax.lines[0].get_xydata().tolist() == [list(map(float, step)) for step in path]
    assert (ax.get_xlim(), ax.get_ylim()) == ((-4, 4), (-2, 4))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["descent"]
    assert landscape(lambda x, y: x + y).get_legend() is None


def test_landscape_asks_for_the_loss_on_a_grid_of_its_frame():
    asked = []
    landscape(lambda x, y: asked.append((x, y)) or x + y, xlim=(0, 1), ylim=(5, 7))
    ((x, y),) = asked
    assert x.shape == y.shape
    assert (x.min(), x.max(), y.min(), y.max()) == (0, 1, 5, 7)
    assert (np.diff(x, axis=1) > 0).all()
    assert (np.diff(y, axis=0) > 0).all()


def test_graph_draws_each_box_and_an_arrow_for_each_edge():
    nodes = {"w": (0, 1, "w = 3"), "x": (0, 0, "x = 2"), "product": (2, 0.5, "w · x = 6")}
    ax = graph(nodes, [("w", "product"), ("x", "product")], title="t")
    arrows = [text for text in ax.texts if text.get_text() == ""]
    assert [text for text in texts(ax) if text] == ["w = 3", "x = 2", "w · x = 6"]
    assert [(arrow.xyann, arrow.xy) for arrow in arrows] == [((0, 1), (2, 0.5)), ((0, 0), (2, 0.5))]
    assert all(ax.get_xlim()[0] < x < ax.get_xlim()[1] for x, _, _ in nodes.values())
    assert all(ax.get_ylim()[0] < y < ax.get_ylim()[1] for _, y, _ in nodes.values())
    with pytest.raises(KeyError, match="z"):
        graph(nodes, [("w", "z")])


def test_boxes_frame_what_lies_in_their_pixels():
    _, ax = plt.subplots()
    boxes(ax, np.zeros((10, 12)), [[2, 3, 6, 9], [0, 0, 1, 1]], ["red", "C1"])
    frame, other = ax.lines
    assert (frame.get_xdata().min(), frame.get_xdata().max()) == (1.5, 5.5)  # pixel 2 begins at 1.5
    assert (frame.get_ydata().min(), frame.get_ydata().max()) == (2.5, 8.5)
    assert (frame.get_color(), other.get_color()) == ("red", "C1")


def test_a_slider_shows_the_whole_of_a_long_title(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    slider(
        lambda value, ax: ax.set_title("a title far wider than its picture, as code makes one " * 2),
        FloatSlider(),
    )
    picture = shown[0].children[1].value
    pixels = plt.imread(io.BytesIO(base64.b64decode(re.search('base64,([^"]+)', picture)[1])))
    assert (pixels[:, -3:, :3] == 1).all()  # the right edge is white
