"""The words of pictures: what they say, and that a notebook keeps them with every image."""

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from utils import plot
from utils.alt import FALLBACK, LONGEST, describe
from utils.course.worker import Cells, kernel_options


@pytest.fixture(autouse=True)
def drawing():
    with plt.style.context({}, after_reset=True):
        plot.style()
        yield
        plt.close("all")


def curves(**labels):
    return plot.lines({"lr 0.1": [1, 2], "lr 0.5": [2, 1]}, **labels).figure


def test_a_picture_says_its_title_axes_and_legend():
    figure = curves(title="Three steps overshoot", xlabel="step", ylabel="loss")
    assert describe(figure) == (
        "Three steps overshoot. Horizontal axis: step. Vertical axis: loss. Lines: lr 0.1, lr 0.5."
    )


@pytest.mark.parametrize("where", ["left", "center", "right"])
def test_a_title_is_found_wherever_it_stands(where):
    figure, ax = plt.subplots()
    ax.set_title("Is it so?", loc=where)
    assert describe(figure) == "Is it so?"


def test_names_at_the_ticks_stand_in_for_a_label():
    figure = plot.bars({"first": 3.0, "second one": 1.0}, title="The first wins", xlabel="seconds").figure
    assert describe(figure) == ("The first wins. Horizontal axis: seconds. Vertical axis: second one, first.")
    figure = plot.bars({"a": 1e-3, "b": 1e3}, title="Far apart", log=True).figure
    assert describe(figure) == "Far apart. Vertical axis: b, a."


def test_what_no_line_stands_for_is_a_legend():
    figure, ax = plt.subplots()
    ax.bar([0, 1], [1, 2], label="cost")
    ax.set_title("Cost grows")
    figure.legend()
    assert describe(figure) == "Cost grows. Legend: cost."


def test_a_grid_of_pictures_says_how_many_and_the_first_labels():
    figure = plot.images(np.ones((23, 2, 2)), labels=range(23), title="What people wrote")
    said = describe(figure)
    assert said.startswith("What people wrote. 23 panels: 0, 1, 2, 3, ")
    assert "axis" not in said
    unlabelled = plot.images(np.ones((3, 2, 2)), title="Masks", columns=2)
    assert describe(unlabelled) == "Masks. 3 panels."


def test_panels_say_what_they_share_once():
    figure, axes = plt.subplots(1, 2)
    for ax, title in zip(axes, ["0.1 creeps", "1.05 climbs"], strict=True):
        ax.set(title=title, xlabel="weight w")
    axes[0].set_ylabel("loss L(w)")
    assert describe(figure) == (
        "2 panels: 0.1 creeps, 1.05 climbs. Horizontal axis: weight w. Vertical axis: loss L(w)."
    )


def test_a_second_axis_and_a_colour_scale_are_no_panels():
    figure, ax = plt.subplots()
    ax.set(title="Both rise", ylabel="loss")
    ax.twinx().set_ylabel("accuracy")
    figure.colorbar(ax.imshow([[0, 1]]), ax=ax, label="heat")
    assert describe(figure) == "Both rise. Vertical axis: loss, accuracy. Colours: heat."


def test_a_graph_says_its_title():
    figure = plot.graph({"a": (0, 0, "a"), "b": (1, 0, "b")}, [("a", "b")], title="Slopes flow back").figure
    assert describe(figure) == "Slopes flow back."


def test_long_words_are_cut_between_words():
    figure = plot.images(
        np.ones((90, 2, 2)), labels=["label"] * 45 + [f"l{n}" for n in range(45)], title="t " * 70
    )
    said = describe(figure)
    assert LONGEST - 20 < len(said) <= LONGEST
    assert said.endswith("…")
    assert not said.endswith(",…")


@pytest.mark.parametrize("title", ['<script>alert("x")</script>', "a\n\tb\x00\x1b[31m $\\alpha < 3$ & so"])
def test_words_hold_nothing_that_a_page_could_take_for_more_than_words(title):
    figure, ax = plt.subplots()
    ax.plot([1, 2], label=title)
    ax.set(title=title, xlabel=title)
    ax.legend()
    said = describe(figure)
    assert said.isprintable()
    assert not set(said) & set('<>&"$\\')
    assert ("less than script more than alert" in said) or ("a b [31m alpha less than 3 and so." in said)


def test_a_picture_without_a_title_says_so():
    figure, ax = plt.subplots()
    ax.set_xlabel("step")
    assert describe(figure) == f"{FALLBACK}. Horizontal axis: step."
    assert describe(plt.figure()) == f"{FALLBACK}."
    assert describe(plt.subplots(1, 2)[0]) == f"{FALLBACK}. 2 panels."
    assert describe(None) == f"{FALLBACK}."


def test_asking_for_the_words_changes_no_picture():
    plain, asked = (plot.bars({"a": 1, "b": 2}, title="t", xlabel="x").figure for _ in range(2))
    describe(asked)
    for figure in (plain, asked):
        figure.canvas.draw()
    assert np.array_equal(plain.canvas.buffer_rgba(), asked.canvas.buffer_rgba())


CELLS = {
    "left open": "plot.lines({'a': [1, 2]}, title='Up')\nNone",
    "shown": "plot.lines({'a': [1, 2]}, title='Up')\nplt.show()",
    "displayed": "figure, ax = plt.subplots()\nax.set_title('Up')\ndisplay(figure)\nplt.close()",
    "returned": "figure, ax = plt.subplots()\nax.set_title('Up')\nplt.close()\nfigure",
    "two": "for _ in range(2):\n    plot.lines({'a': [1, 2]}, title='Up')\nplt.show()",
    "in a format chosen anew": "%config InlineBackend.figure_formats = ['png']\nplot.lines({'a': [1, 2]}, title='Up')\nplt.show()",
}


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """One notebook with pictures shown in every way, run in a real kernel: case → its cell."""
    setup = "import matplotlib.pyplot as plt\nfrom utils import plot\nplot.style()"
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in [setup, *CELLS.values()]]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        folder = tmp_path_factory.mktemp("k")
        NotebookClient(notebook, timeout=120, **kernel_options(str(folder), Cells())).execute()
    return dict(zip(CELLS, notebook.cells[1:], strict=True))


@pytest.mark.parametrize("case", CELLS)
def test_a_notebook_keeps_the_words_with_every_picture(executed, case):
    pictures = [output for output in executed[case].outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == (2 if case == "two" else 1)
    for picture in pictures:
        assert picture.metadata["image/png"]["alt"].startswith("Up.")


def test_the_picture_of_a_slider_carries_its_words(monkeypatch):
    import IPython.display
    from ipywidgets import IntSlider

    shown = []
    monkeypatch.setattr(IPython.display, "display", shown.append)
    control = IntSlider(3, min=0, max=9)
    plot.slider(lambda value, ax: ax.set_title(f'"{value}" < 10'), control)
    (box,) = shown
    picture = box.children[1]
    assert picture.value.startswith('<img alt="&#x27;3&#x27; less than 10." src="data:image/png;base64,iVBOR')
    control.value = 4
    assert picture.value.startswith('<img alt="&#x27;4&#x27;')
    assert len(repr(box)) < 500
    assert plt.get_fignums() == []
