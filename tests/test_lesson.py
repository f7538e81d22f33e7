"""From a lesson's text to the cells of its notebooks: parsing, stubs, ids."""

import ast
from pathlib import Path

import nbformat
import pytest
from tiny_course import LESSONS

from utils.course.lesson import LessonError, chapter_source, inputs, notebooks, read, solution_source

pytestmark = pytest.mark.static


def write(folder: Path, text: str, name: str = "01_small.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read(path)


def one_cell(folder: Path, code: str, tags: str = '["exercise-1.1"]'):
    """A lesson of one code cell, whose first line is line 2 of the file."""
    lesson = write(folder, f"# %% tags={tags}\n{code}")
    return lesson, lesson.cells[0]


def test_cells_know_kind_text_tags_and_line(tmp_path):
    lesson = write(
        tmp_path,
        '# %% [markdown]\n# # 1 · A\n#\n# b\n\n# %% tags=["check-1.1", "x"]\nx = 1\n\n\n# %%\ny = 2\n',
    )
    assert [(c.kind, c.source, c.line, c.tags) for c in lesson.cells] == [
        ("markdown", "# 1 · A\n\nb", 1, []),
        ("code", "x = 1", 6, ["check-1.1", "x"]),
        ("code", "y = 2", 10, []),
    ]
    assert (lesson.name, lesson.number) == ("01_small", "1")
    assert [c.checked() for c in lesson.cells] == [None, "1.1", None]


@pytest.mark.parametrize(
    ("name", "number"), [("00_start", "0"), ("03a_forward", "3a"), ("10_references", "10")]
)
def test_numbers_are_said_without_the_leading_zero(tmp_path, name, number):
    assert write(tmp_path, "# %%\n", f"{name}.py").number == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "01_small.py:1: a lesson starts with a `# %%` line"),
        ("x = 1\n# %%\ny = 2\n", "01_small.py:1: a lesson starts with a `# %%` line"),
        ('# %%\nx = """\n# %%\n"""\n', "01_small.py:1: a line inside a text starts with `# %%`"),
        ("# %%\nx = 1\n\n# %% [raw]\n# y\n", "01_small.py:4: a cell is code or [markdown], not [raw]"),
    ],
    ids=["empty", "text before the first cell", "mark inside a string", "raw cell"],
)
def test_text_that_is_no_lesson(tmp_path, text, message):
    with pytest.raises(LessonError) as error:
        write(tmp_path, text)
    assert str(error.value).startswith(message)


def test_a_text_in_another_encoding(tmp_path):
    (tmp_path / "01_small.py").write_bytes("# %%\nname = 'Müller'\n".encode("latin-1"))
    with pytest.raises(LessonError, match=r"^01_small.py:1: not a text in UTF-8"):
        read(tmp_path / "01_small.py")


STUBS = {
    "function": (
        "def f(x):\n    y = x\n    ### BEGIN SOLUTION\n    z = y\n    return z\n    ### END SOLUTION\n",
        'def f(x):\n    y = x\n    raise NotImplementedError("1.1: your answer goes here")',
    ),
    "two blocks": (
        "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n\n\n"
        "def g():\n    ### BEGIN SOLUTION\n    return 2\n    ### END SOLUTION\n",
        'def f():\n    raise NotImplementedError("1.1: your answer goes here")\n\n\n'
        'def g():\n    raise NotImplementedError("1.1: your answer goes here")',
    ),
    "method": (
        "class A:\n    size = 3\n\n    def f(self):\n        ### BEGIN SOLUTION\n        return 1\n"
        "        ### END SOLUTION\n\n    def g(self):\n        return 2\n",
        "class A:\n    size = 3\n\n    def f(self):\n"
        '        raise NotImplementedError("1.1: your answer goes here")\n\n    def g(self):\n        return 2',
    ),
    "deeper in a function": (
        "def f(xs):\n    for x in xs:\n        ### BEGIN SOLUTION\n        print(x)\n        ### END SOLUTION\n    return xs\n",
        'def f(xs):\n    for x in xs:\n        raise NotImplementedError("1.1: your answer goes here")\n    return xs',
    ),
    "function in a class of a function": (
        "def make():\n    class A:\n        def f(self):\n            ### BEGIN SOLUTION\n            return 1\n"
        "            ### END SOLUTION\n\n    return A\n",
        "def make():\n    class A:\n        def f(self):\n"
        '            raise NotImplementedError("1.1: your answer goes here")\n\n    return A',
    ),
    "value": ("### BEGIN SOLUTION\nx = 3\n### END SOLUTION\n", "x = ..."),
    "value among given ones": (
        "a = 1\n### BEGIN SOLUTION\nx = a + 2\n### END SOLUTION\nb = 3\n",
        "a = 1\nx = ...\nb = 3",
    ),
    "tuple and star": (
        "### BEGIN SOLUTION\n(a, b), *c = d = f()\n### END SOLUTION\n",
        "a = ...\nb = ...\nc = ...\nd = ...",
    ),
    "annotated": ("### BEGIN SOLUTION\nx: int = 3\n### END SOLUTION\n", "x = ..."),
    "value in two steps": (
        "### BEGIN SOLUTION\nx = 3\nx = x * 2\nrows[0] = x\n### END SOLUTION\n",
        "x = ...",
    ),
}


@pytest.mark.parametrize("case", STUBS)
def test_stub(tmp_path, case):
    code, stub = STUBS[case]
    lesson, cell = one_cell(tmp_path, code)
    assert chapter_source(lesson, cell) == stub
    ast.parse(stub)


@pytest.mark.parametrize("case", STUBS)
def test_a_solution_is_the_text_without_the_marks(tmp_path, case):
    lesson, cell = one_cell(tmp_path, STUBS[case][0])
    wanted = [line for line in STUBS[case][0].rstrip().split("\n") if "SOLUTION" not in line]
    assert solution_source(lesson, cell) == "\n".join(wanted)


MARK_ERRORS = {
    "no end": ("def f():\n    ### BEGIN SOLUTION\n    return 1\n", 3, "`### BEGIN SOLUTION` without"),
    "no begin": ("def f():\n    return 1\n    ### END SOLUTION\n", 4, "`### END SOLUTION` without"),
    "end before begin": ("### END SOLUTION\nx = 1\n### BEGIN SOLUTION\n", 2, "`### END SOLUTION` without"),
    "nested": (
        "def f():\n    ### BEGIN SOLUTION\n    x = 1\n    ### BEGIN SOLUTION\n    return x\n"
        "    ### END SOLUTION\n    ### END SOLUTION\n",
        5,
        "a second `### BEGIN SOLUTION`",
    ),
    "second block without end": (
        "### BEGIN SOLUTION\nx = 1\n### END SOLUTION\ny = 2\n### BEGIN SOLUTION\nz = 3\n",
        6,
        "`### BEGIN SOLUTION` without",
    ),
    "lower case": ("def f():\n    ### begin solution\n    return 1\n    ### end solution\n", 3, "write the mark as"),
    "two hashes": ("x = 0\n## BEGIN SOLUTION\nx = 1\n## END SOLUTION\n", 3, "write the mark as"),
    "something behind it": ("### BEGIN SOLUTION of 1\nx = 1\n### END SOLUTION\n", 2, "write the mark as"),
    "behind code": ("### BEGIN SOLUTION\nx = 1  ### END SOLUTION\n", 3, "write the mark as"),
    "class body": (
        "class A:\n    def f(self):\n        pass\n\n    ### BEGIN SOLUTION\n    size = 3\n    ### END SOLUTION\n",
        6,
        "inside a method, not in the body of a class",
    ),
    "whole method": (
        "class A:\n    ### BEGIN SOLUTION\n    def f(self):\n        return 1\n    ### END SOLUTION\n",
        3,
        "inside a method, not in the body of a class",
    ),
    "whole function": (
        "### BEGIN SOLUTION\ndef f():\n    return 1\n### END SOLUTION\n",
        2,
        "must assign a value to a name",
    ),
    "no value": ("rows = [0]\n### BEGIN SOLUTION\nrows[0] = 1\n### END SOLUTION\n", 3, "must assign a value"),
    "inside an if": ("if True:\n    ### BEGIN SOLUTION\n    x = 1\n    ### END SOLUTION\n", 3, "must assign a value"),
    "empty": ("def f():\n    ### BEGIN SOLUTION\n    # nothing\n    ### END SOLUTION\n    return 1\n", 3, "nothing stands between"),
}  # fmt: skip


@pytest.mark.parametrize("case", MARK_ERRORS)
def test_spoilt_marks_are_named_with_file_and_line(tmp_path, case):
    code, line, message = MARK_ERRORS[case]
    lesson, cell = one_cell(tmp_path, code)
    with pytest.raises(LessonError) as error:
        chapter_source(lesson, cell)
    assert str(error.value).startswith(f"01_small.py:{line}: ")
    assert message in str(error.value)


def ids(lesson, folder: str = "chapters") -> list[str]:
    return [cell["id"] for cell in notebooks(lesson)[folder].cells]


def test_notebooks_are_valid_and_share_their_ids(tmp_path):
    lesson = write(tmp_path, LESSONS["01_params"], "01_params.py")
    made = notebooks(lesson)
    for notebook in made.values():
        nbformat.validate(notebook)
        assert len({cell["id"] for cell in notebook.cells}) == len(notebook.cells)
    assert ids(lesson) == ids(lesson, "solutions")
    assert {"exercise-1-1", "check-1-1", "exercise-1-3"} < set(ids(lesson))
    sources = {folder: "\n".join(cell.source for cell in nb.cells) for folder, nb in made.items()}
    assert "return 2 * x" in sources["solutions"]
    assert "return 2 * x" not in sources["chapters"]
    assert not any("SOLUTION" in source for source in sources.values())
    tags = [cell.metadata.get("tags") for cell in made["chapters"].cells]
    assert ["parameters"] in tags
    assert ["exercise-1.2"] in tags


def test_ids_of_other_cells_stay_when_one_is_inserted(tmp_path):
    text = LESSONS["01_params"]
    before = ids(write(tmp_path, text))
    after = ids(write(tmp_path, text.replace("# %%\nsquares", "# %%\nnew = 1\n\n# %%\nsquares")))
    assert len(after) == len(before) + 1
    assert [name for name in after if name in before] == before


def test_equal_cells_have_ids_of_their_own(tmp_path):
    lesson = write(tmp_path, "# %%\nx = 1\n\n# %% [markdown]\n# x = 1\n\n# %%\nx = 1\n\n# %%\nx = 1\n")
    first, text, second, third = ids(lesson)
    assert (second, third) == (f"{first}-2", f"{first}-3")
    assert text not in (first, second, third)


def test_cells_that_only_draw_are_folded_in_both_notebooks(tmp_path):
    text = LESSONS["01_params"].replace("# %%\nsquares", '# %% tags=["figure"]\nplt.show()\n\n# %%\nsquares')
    for notebook in notebooks(write(tmp_path, text)).values():
        nbformat.validate(notebook)
        (folded,) = [cell for cell in notebook.cells if cell.source == "plt.show()"]
        assert folded.metadata == {
            "tags": ["figure", "hide-input"],
            "jupyter": {"source_hidden": True},
            "cellView": "form",
        }
        others = [cell.metadata for cell in notebook.cells if cell is not folded]
        assert not any({"jupyter", "cellView"} & metadata.keys() for metadata in others)
        assert not any("hide-input" in metadata.get("tags", []) for metadata in others)


def test_an_opened_picture_makes_a_notebook_stale(tmp_path):
    lesson = write(tmp_path, '# %% tags=["figure"]\nplt.show()\n')
    built, opened = (notebooks(lesson)["chapters"] for _ in range(2))
    assert inputs(built) == inputs(opened)
    del opened.cells[0].metadata["jupyter"]
    assert inputs(built) != inputs(opened)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("squares =", "powers ="),
        ('tags=["check-1.1"]', 'tags=["check-1.1", "nbval-ignore-output"]'),
        ("# %%\nsquares", '# %% tags=["figure"]\nsquares'),
    ],
    ids=["text", "tags", "folded"],
)
def test_inputs_change_with_the_lesson(tmp_path, old, new):
    text = LESSONS["01_params"]
    assert old in text
    before, again, after = (
        inputs(notebooks(write(tmp_path, t))["chapters"]) for t in (text, text, text.replace(old, new))
    )
    assert before == again
    assert before != after
