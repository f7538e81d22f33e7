"""The rules for the text of a lesson: what keeps them passes, what breaks one is named with file and line."""

import re
from pathlib import Path

import pytest
from tiny_course import LESSONS

from utils.course.layout import CELL_LINES, OPEN_CELLS, WORDS, words
from utils.course.lesson import LessonError, read
from utils.course.rules import budget, problems

pytestmark = pytest.mark.static
GOOD = LESSONS["01_params"]
ANSWER = "def answer_1_1(x):\n"
FOLDED = '# %% tags=["figure"]'
CELL = "# %%\nsquares ="  # the first line of a cell that a test may change or precede


def broken(folder: Path, text: str, name: str = "01_params.py") -> list[str]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return problems(read(path))


def line_of(text: str, part: str) -> int:
    """The number of the line on which a part of a text starts."""
    assert part in text
    return text[: text.index(part)].count("\n") + 1


def change(old: str, new: str, text: str = GOOD) -> str:
    assert old in text, old
    return text.replace(old, new, 1)


def with_cell(code: str, head: str = "# %%", many: int = 0) -> str:
    """The good lesson with one more cell, after the parameters, or with many, each after a text."""
    more = f"# %% [markdown]\n# And.\n\n{head}\n{code}\n\n" * (many - 1)
    return change(CELL, f"{head}\n{code}\n\n{more}{CELL}")


def lines_of_code(count: int) -> str:
    return "\n".join(f"a{n} = {n}" for n in range(count))


@pytest.mark.parametrize("name", LESSONS)
def test_a_good_lesson_breaks_no_rule(tmp_path, name):
    assert broken(tmp_path, LESSONS[name], f"{name}.py") == []


# name: the lesson's text, the start of the line that the message must name, and a part of the message
BAD = {
    # what cannot be read at all
    "no python": (with_cell("y = 1\nx = ("), "x = (", "not valid Python"),
    "magic": (with_cell("%matplotlib inline"), "%matplotlib", "not valid Python"),
    "no python in the answer": (
        change("    return 2 * x", "    return 2 *", GOOD),
        "    return 2 *",
        "not valid Python",
    ),
    "unbalanced mark": (change("    ### END SOLUTION\n", ""), "    ### BEGIN SOLUTION", "without"),
    "mark in a text": (
        change("# Do something small.", "# Do it.\n# ### BEGIN SOLUTION"),
        "# ### BEGIN SOLUTION",
        "text cell",
    ),
    "no python without the answer": (
        change(
            "    return 2 * x\n    ### END SOLUTION\n",
            "    if x:\n        x = 2\n    ### END SOLUTION\n    else:\n        x = 3\n",
        ),
        '# %% tags=["exercise-1.1"]',
        "not valid Python without the answer",
    ),
    # the first page
    "title": (change("# # 1 · The", "# # 2 · The"), "# %% [markdown]", "starts with `# 1 · Title`"),
    "first cell is code": (f"# %%\nprint(1)\n\n{GOOD}", "# %%", "the first cell is text"),
    "facts": (change("5 min to read · ", ""), "# %% [markdown]", "min to read"),
    "promise": (change("You will be able to", "You can"), "# %% [markdown]", "“You will be able to”"),
    "promise in passing": (
        change("**You will be able to** do it.", "In the end you will see what You will be able to do."),
        "# %% [markdown]",
        "“You will be able to”",
    ),
    "recap": (change("# ## Recap\n", ""), "# %% [markdown]", "“Recap”"),
    "sources": (change("# ## Sources\n", ""), "# %% [markdown]", "“Sources”"),
    # tags
    "unknown tag": (
        with_cell("1", '# %% tags=["hide-input"]'),
        '# %% tags=["hide',
        "unknown tag 'hide-input'",
    ),
    "badly numbered tag": (
        with_cell("1", '# %% tags=["exercise-1"]'),
        '# %% tags=["exercise-1"',
        "unknown tag",
    ),
    "tag on a text": (
        with_cell("# text", '# %% [markdown] tags=["nbval-ignore-output"]'),
        '# %% [markdown] tags=["nb',
        "only a code cell carries tags",
    ),
    "exercise tag on a text": (
        with_cell("# text", '# %% [markdown] tags=["exercise-1.1"]'),
        '# %% [markdown] tags=["ex',
        "only a code cell carries tags",
    ),
    "two roles": (
        change('tags=["check-1.1"]', 'tags=["exercise-1.1", "check-1.1"]'),
        '# %% tags=["exercise-1.1", "check-1.1"]',
        "a cell is one thing",
    ),
    # parameters
    "no parameters": (change('# %% tags=["parameters"]', "# %%"), "# %% [markdown]\n# ## Recap", "not 0"),
    "parameters twice": (
        with_cell("m: int = 1  # a", '# %% tags=["parameters"]'),
        '# %% tags=["parameters"]\nm',
        "not 2",
    ),
    "parameters in a text": (
        change('# %% tags=["parameters"]\nseed', '# %% [markdown] tags=["parameters"]\n# seed'),
        '# %% [markdown] tags=["parameters"]',
        "only a code cell carries tags",
    ),
    "parameter without a type": (
        change("n: int = 3", "n = 3"),
        '# %% tags=["parameters"]',
        "Declare each parameter",
    ),
    "parameter without a word": (
        change("lr: float = 0.5  # a rate  in (0, 1]", "lr: float = 0.5"),
        '# %% tags=["parameters"]',
        "needs a comment",
    ),
    "default that is not allowed": (
        change("n: int = 3 ", "n: int = 30 "),
        '# %% tags=["parameters"]',
        "n must lie in [1, 10]",
    ),
    "computed default": (
        change("lr: float = 0.5 ", "lr: float = 1 / 2 "),
        '# %% tags=["parameters"]',
        "plain values",
    ),
    "bound that is no number": (
        change("in [1, 10]", "in [1, many]"),
        '# %% tags=["parameters"]',
        "plain values",
    ),
    "interval for a text": (
        change("# a path", "# a path  in [1, 2]"),
        '# %% tags=["parameters"]',
        "Parameter where of type str",
    ),
    "no seed": (change("seed: int", "sead: int"), '# %% tags=["parameters"]', "parameter `seed`"),
    "parameters not checked": (
        change('check_parameters("01_params", globals())', "pass"),
        '# %% tags=["parameters"]',
        "the set-up calls",
    ),
    "parameters of another lesson checked": (
        change('check_parameters("01_params"', 'check_parameters("02_other"'),
        '# %% tags=["parameters"]',
        'calls `check_parameters("01_params", globals())`',
    ),
    # cells
    "long cell": (
        with_cell(lines_of_code(CELL_LINES + 1)),
        "# %%\na0",
        f"{CELL_LINES + 1} lines in one cell",
    ),
    "many lines in half of the cells": (
        with_cell(f"{lines_of_code(9)}\n\n# %%\n{lines_of_code(9)}", many=8),
        "# %% [markdown]",
        "half of the open code cells have 9 lines or more, not 8",
    ),
    "too many open cells": (
        with_cell("a = 1", many=OPEN_CELLS - 5),
        "# %% [markdown]",
        f"{OPEN_CELLS + 1} open code cells",
    ),
    "four cells in a row": (
        with_cell("a1 = 1\n\n# %%\na2 = 2\n\n# %%\na3 = 3"),
        CELL,
        "more than 3 code cells in a row",
    ),
    "a picture in a row of four": (
        with_cell(f"a1 = 1\n\n# %%\na2 = 2\n\n{FOLDED}\nplt.show()\n\n# %%\na3 = 3"),
        CELL,
        "more than 3 code cells in a row",
    ),
    "a check in a row of four": (
        change(
            "# ### Exercise 1.2",
            "# Two more.\n\n# %%\na = 1\n\n# %%\nb = 2\n\n# %% [markdown]\n# ### Exercise 1.2",
        ).replace("# %% [markdown]\n# Two more.\n\n", ""),
        "# %%\nb = 2",
        "more than 3 code cells in a row",
    ),
    "long text": (
        with_cell(f"# {'word ' * (WORDS + 1)}", "# %% [markdown]"),
        "# %% [markdown]\n# word",
        f"{WORDS + 1} words in one text",
    ),
    "long text before an exercise": (
        change("# ### Exercise 1.1", f"# {'word ' * (WORDS + 1)}\n#\n# ### Exercise 1.1"),
        "# %% [markdown]\n# word",
        f"{WORDS + 1} words in one text",
    ),
    "shape in the answer": (
        change("    return 2 * x\n", "    y = x.reshape(2, 3)\n    return y\n"),
        "    y = x.reshape",
        "`reshape` without its shapes",
    ),
    # pictures
    "picture without a picture": (with_cell("1 + 1", FOLDED), FOLDED, "draws a picture"),
    "picture that only closes": (with_cell("plt.close()", FOLDED), FOLDED, "draws a picture"),
    "two roles, one a picture": (
        change('tags=["check-1.1"]', 'tags=["figure", "check-1.1"]'),
        '# %% tags=["figure", "check-1.1"]',
        "a cell is one thing",
    ),
    "print in a picture": (with_cell("plt.show()\nprint(1)", FOLDED), "print(1)", "`print` in a folded cell"),
    "claim in a picture": (
        with_cell('plt.show()\nclaim("§1", "x", "right", evidence=n > 0)', FOLDED),
        "claim(",
        "`claim` in a folded cell",
    ),
    "metric in a picture": (
        with_cell('plt.show()\nmetric("x", 1)', FOLDED),
        'metric("x"',
        "`metric` in a folded cell",
    ),
    "check in a picture": (
        with_cell('plt.show()\nwith check("1.1") as c:\n    pass', FOLDED),
        "with check",
        "`check` in a folded cell",
    ),
    # randomness
    **{
        f"stream {n}": (with_cell(f"draw_seed = seed\nx = {code}"), "# %%\ndraw_seed", f"`{shown}`")
        for n, (code, shown) in enumerate(
            [
                ("np.random.default_rng(seed)", "np.random.default_rng(seed)"),
                ("default_rng([seed, 0])", "default_rng([seed, 0])"),
                ("np.random.SeedSequence(entropy=seed)", "np.random.SeedSequence(entropy=seed)"),
                ("np.random.RandomState(3)", "np.random.RandomState(3)"),
                ("torch.manual_seed(seed)", "torch.manual_seed(seed)"),
                ("torch.Generator().manual_seed(draw_seed)", "torch.Generator().manual_seed(draw_seed)"),
                ("keras.utils.set_random_seed(int(seed))", "keras.utils.set_random_seed(int(seed))"),
                ("np.random.seed(seed)", "np.random.seed(seed)"),
                ("[trial(seed + 1) for n in range(3)]", "seed + 1"),
                ("trial(draw_seed * 20 + 1)", "draw_seed * 20"),
                ("Forest(random_state=seed)", "random_state=seed"),
            ]
        )
    },
    "ignored output without a reason": (
        with_cell("print(1)", '# %% tags=["nbval-ignore-output"]'),
        '# %% tags=["nbval',
        "output not compared",
    ),
    "ignored output with an empty reason": (
        with_cell("# output not compared: \nprint(1)", '# %% tags=["nbval-ignore-output"]'),
        '# %% tags=["nbval',
        "output not compared",
    ),
    # exercises
    "no text": (
        change("# ### Exercise 1.1 · Double", "# ### Exercise 1.9 · Double"),
        '# %% tags=["exercise-1.1"]',
        "exercise 1.1 has no text",
    ),
    "text without a title": (
        change("Exercise 1.1 · Double it ●○○", "Exercise 1.1 ●○○"),
        '# %% tags=["exercise-1.1"]',
        "exercise 1.1 has no text",
    ),
    "no stars": (change("●○○ 5 min", "5 min"), '# %% tags=["exercise-1.1"]', "needs stars"),
    "impossible stars": (change("●○○ 5 min", "○○● 5 min"), '# %% tags=["exercise-1.1"]', "needs stars"),
    "no minutes": (change("●○○ 5 min", "●○○"), '# %% tags=["exercise-1.1"]', "needs its minutes"),
    "minutes elsewhere": (
        change("●○○ 5 min\n# Return twice", "●○○\n# In 5 min return twice"),
        '# %% tags=["exercise-1.1"]',
        "needs its minutes",
    ),
    "one hint": (
        change("# <details><summary>Hint 2</summary>Or multiply.</details>\n", ""),
        '# %% tags=["exercise-1.1"]',
        "two folded hints",
    ),
    "empty hint": (change("Or multiply.", ""), '# %% tags=["exercise-1.1"]', "two folded hints"),
    "open hint": (
        change("Or multiply.</details>", "Or multiply."),
        '# %% tags=["exercise-1.1"]',
        "two folded hints",
    ),
    "no solution": (
        change("    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n", "    return 2 * x\n"),
        '# %% tags=["exercise-1.1"]',
        "exercise 1.1 has no solution",
    ),
    "solution without a tag": (
        change('# %% tags=["exercise-1.1"]', "# %%"),
        "# %%\ndef answer_1_1",
        "needs the tag `exercise-1.N`",
    ),
    "no check": (
        re.sub(r'# %% tags=\["check-1\.1"\].*?\n(?=# %%)', "", GOOD, flags=re.S),
        '# %% tags=["exercise-1.1"]',
        "exercise 1.1 has no check after it",
    ),
    "check before its exercise": (
        with_cell('with check("1.9", squares) as c:\n    c.true(True, "")', '# %% tags=["check-1.9"]'),
        '# %% tags=["check-1.9"]',
        "check 1.9 has no exercise",
    ),
    "exercise of another lesson": (
        GOOD.replace("1.1", "2.1"),
        '# %% tags=["exercise-2.1"]',
        "belongs to another lesson than 1",
    ),
    "too few exercises": (
        GOOD.replace("-1.3", "-1.2").replace("Exercise 1.3", "Exercise 1.2").replace('"1.3"', '"1.2"'),
        "# %% [markdown]\n# ## Recap",
        "three exercises or more, not 2",
    ),
    # checks
    "check of another exercise": (
        change('with check("1.1"', 'with check("1.2"'),
        '# %% tags=["check-1.1"]',
        'one block `with check("1.1", name, …) as c:`',
    ),
    "check only mentioned": (
        change(
            'with check("1.1", answer_1_1) as c:\n    c.equal(answer_1_1(3), 6, hint="3 + 3")',
            '# check("1.1")',
        ),
        '# %% tags=["check-1.1"]',
        'one block `with check("1.1", name, …) as c:`',
    ),
    "check asks nothing": (
        change('c.equal(answer_1_1(3), 6, hint="3 + 3")', "print(answer_1_1(3))"),
        '# %% tags=["check-1.1"]',
        "check 1.1 asks nothing",
    ),
    "check asks somebody else": (
        change('c.equal(answer_1_1(3), 6, hint="3 + 3")', "answer_1_1.close()"),
        '# %% tags=["check-1.1"]',
        "check 1.1 asks nothing",
    ),
    "check uses a name of the course": (
        change("c.equal(answer_1_1(3), 6", "c.equal(answer_1_1(n), 2 * squares[0]"),
        '# %% tags=["check-1.1"]',
        "check 1.1 uses n, squares,",
    ),
    "check uses a name inside the answer": (
        change("    return 2 * x\n", "    inner = 2 * x\n    return inner\n").replace(
            "c.equal(answer_1_1(3), 6", "c.equal(inner, 6", 1
        ),
        '# %% tags=["check-1.1"]',
        "check 1.1 uses inner,",
    ),
    # what needs an answer
    "later cell calls the answer": (
        change("# %% [markdown]\n# ## Recap", "# %%\nprint(answer_1_1(3))\n\n# %% [markdown]\n# ## Recap"),
        "# %%\nprint(answer_1_1",
        "needs the learner's answer_1_1",
    ),
    "later function calls the answer": (
        change(
            "# %% [markdown]\n# ## Recap",
            "# %%\ndef late(x):\n    return [answer_1_1(y) for y in x]\n\n# %% [markdown]\n# ## Recap",
        ),
        "# %%\ndef late",
        "needs the learner's answer_1_1",
    ),
    "its own cell calls the answer": (
        change("    ### END SOLUTION\n", "    ### END SOLUTION\n\n\nprint(answer_1_1(1))\n"),
        '# %% tags=["exercise-1.1"]',
        "needs the learner's answer_1_1",
    ),
    "later cell reads a value": (
        change(ANSWER, "### BEGIN SOLUTION\nlimit = 3\n### END SOLUTION\n\n\n" + ANSWER).replace(
            "# %% [markdown]\n# ## Recap", "# %%\nprint(limit)\n\n# %% [markdown]\n# ## Recap"
        ),
        "# %%\nprint(limit)",
        "needs the learner's limit",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_broken_rule_is_named_with_file_and_line(tmp_path, case):
    text, where, message = BAD[case]
    place = f"01_params.py:{line_of(text, where)}: "
    found = broken(tmp_path, text)
    assert any(problem.startswith(place) and message in problem for problem in found), (place, found)


IMPORTS = [
    "import utils.course",
    "import utils.course.run as runner",
    "import numpy, utils.course.lesson",
    "from utils import course",
    "from utils import check, course as machinery",
    "from utils.course import run",
    "from utils.course.run import run",
    "def later():\n    from utils.course import run",
    'import importlib\nimportlib.import_module("utils.course.run")',
    'from importlib import import_module\nimport_module(".course.run", "utils")',
    '__import__("utils.course")',
    "import utils\nutils.course.run",
]
PATHS = [
    'import sys\nsys.path.append("..")',
    'import sys\nsys.path.insert(0, "..")',
    'import sys\nsys.path += [".."]',
    'from sys import path\npath.append("..")',
    'from sys import path as p\np.append("..")',
    'import sys as s\ns.path.append("..")',
    'def mend():\n    import sys\n    sys.path[:0] = [".."]',
    'import site\nsite.addsitedir("..")',
    'from site import addsitedir\naddsitedir("..")',
]


@pytest.mark.parametrize("code", IMPORTS)
def test_no_lesson_imports_the_machinery(tmp_path, code):
    text = with_cell(code)
    place = f"01_params.py:{line_of(text, code) - 1}: "
    assert f"{place}a lesson does not import utils.course" in broken(tmp_path, text)


@pytest.mark.parametrize("code", PATHS)
def test_no_lesson_edits_the_search_path(tmp_path, code):
    text = with_cell(code)
    place = f"01_params.py:{line_of(text, code) - 1}: "
    assert f"{place}a lesson does not touch sys.path; the project is installed" in broken(tmp_path, text)


def test_sys_under_another_name_from_an_earlier_cell(tmp_path):
    text = with_cell('import sys as s\n\n# %%\ns.path.append("..")')
    assert broken(tmp_path, text) == [
        f"01_params.py:{line_of(text, 's.path') - 1}: a lesson does not touch sys.path; the project is installed"
    ]


# code with calls that give another shape, and whether each line that needs one has a shape beside it
SHAPES = {
    "y = x.reshape(2, 3)": False,
    "y = x.reshape(2, 3)  # six numbers (all)": False,
    "y = x.reshape(2, 3)  # rows (see above, and below)": False,
    "y = x.reshape(2, 3)  # (6,) -> (2, 3)": True,
    "y = x.reshape(2, 3)  # now (B, T//2, C*(H + 1))": True,
    "# (6,) -> (2, 3)\ny = x.reshape(2, 3)": True,
    "# (6,) -> (2, 3)\nz = 1\ny = x.reshape(2, 3)": False,
    "y = f(\n    x.reshape(2, 3),\n    3,  # (2, 3)\n)": True,
    'y = x.reshape(2, 3), "# (2, 3)"': False,
    "y = np.reshape(x, (2, 3))": False,
    "y = x.view(2, -1)": False,
    "y = x.view(B, self.size)": False,
    "y = x.view(*sizes)  # (…, 3)": True,
    "y = x.view(torch.int32)": True,
    "y = x.view(np.uint8)": True,
    'y = x.view("u1")': True,
    "y = np.stack(rows)": False,
    "y = torch.stack(rows)  # (rows, 3)": True,
    "y = np.hstack(rows)": False,
    "y = np.vstack(rows)": False,
    "y = np.column_stack(rows)": False,
    "y = einsum('ij,j->i', a, b)": False,
    "y = torch.einsum('ij,j->i', a, b)  # (3,)": True,
    "y = x.transpose(0, 1) + x.T + x.permute(0, 1)": True,
    "for row in x.reshape(2, 3):\n    row = 1  # (3,)": False,
    "for row in x.reshape(2, 3):  # (2, 3)\n    row = 1": True,
    "for row in x:  # (2, 3)\n    y = row.reshape(3, 1)\n    z = y": True,
    "for row in x:  # (2, 3)\n    z = y\n    y = row.reshape(3, 1)": False,
    "def f(x):\n    return x.reshape(-1)": False,
    "def f(x):\n    return x.reshape(-1)  # (m, n) -> (m*n,)": True,
    "if x:\n    y = 1\nelse:\n    y = x.reshape(-1)": False,
}


@pytest.mark.parametrize("code", SHAPES)
def test_shapes_stand_beside_what_changes_them(tmp_path, code):
    text = with_cell(code)
    called = next(line for line in code.split("\n") if re.search(r"reshape|view|stack|einsum|T", line))
    place = f"01_params.py:{line_of(text, code) + code.split(chr(10)).index(called)}: "
    found = broken(tmp_path, text)
    if SHAPES[code]:
        assert found == []
    else:
        (problem,) = found
        assert problem.startswith(f"{place}`")
        assert "without its shapes" in problem


def test_shapes_are_not_asked_of_pictures_and_checks(tmp_path):
    picture = with_cell("plot.images(x.reshape(2, 3))", FOLDED)
    assert broken(tmp_path, picture) == []
    assert (
        broken(
            tmp_path,
            change("answer_1_1(3), 6", "np.stack([answer_1_1(3)]), 6").replace(
                "import check,", "import np, check,"
            ),
        )
        == []
    )


WORDED = {
    "three short words": 3,
    "# A heading\n\nand two": 2,
    "one `x + y` two ``a ` b`` three": 3,
    "```\nno word of code\n```\none": 1,
    "```mermaid\ngraph\n```\n": 0,
    "the $a + b$ and $$\nx = y\n$$ formula": 3,
    "[two words](https://example.org/a b) and ![a picture](x.png)": 5,
    "<b>one</b> <!-- none --> <a href='x y'>two</a>": 2,
    "| a | b |\n|---|---|\n| c | d |\n\none": 1,
    "is 2 < 3, or is 3 > 2?": 7,
    "*learning rate* (学习率), 0.1 — and so on…": 7,
    "before\n### Exercise 3a.1 · Title ●○○\nnot counted\n## Next\nafter": 2,
    "## Recap\nnot counted\n## Sources\nnot counted": 0,
}


@pytest.mark.parametrize("text", WORDED)
def test_words_are_counted_where_they_are_read(text):
    assert words(text) == WORDED[text]


def test_exercises_first_page_recap_and_sources_may_be_long(tmp_path):
    many = "word " * (WORDS + 1)
    for part in ("# Return twice the number.", "# It was small.", "# None.", "# Do something small."):
        assert broken(tmp_path, change(part, f"{part}\n# {many}")) == []
    assert broken(tmp_path, with_cell(f"# {'word ' * WORDS}", "# %% [markdown]")) == []


def test_a_folded_picture_is_allowed_and_counts_in_no_row(tmp_path):
    folded = f"a = 1\n\n{FOLDED}\nax = plot.lines({{'a': [1, a]}})\nax.set(xlabel='x')"
    twice = with_cell(f"{folded}\n\n{FOLDED}\nfor ax in plt.subplots(2)[1]:\n    ax.plot([a])")
    assert broken(tmp_path, twice) == []
    helper = with_cell(f"def draw(ax):\n    plt.sca(ax)\n\n\n{FOLDED}\ndraw(1)")
    assert broken(tmp_path, helper) == []


# code of a folded cell, then what follows it, and the name that must not be used there
USED = {
    "a value": ("top = 3\nplt.plot([top])", "# %%\nlow = top - 1", "top"),
    "a value in a function": ("top = 3\nplt.plot([top])", "# %%\ndef f():\n    return top", "top"),
    "by another picture": ("top = 3\nplt.plot([top])", f"{FOLDED}\nplt.plot([top])", "top"),
    "an import": ("import math\nplt.plot([math.pi])", "# %%\ny = math.e", "math"),
    "a function": ("def f():\n    return 1\n\n\nplt.plot([f()])", "# %%\ny = f()", "f"),
    "the variable of a loop": ("for k in [1]:\n    plt.plot([k])", "# %%\ny = k", "k"),
    "the name of a with": ("with open('x') as k:\n    plt.plot([k])", "# %%\ny = k", "k"),
    "a name in a condition": ("if n:\n    k = 1\nplt.plot([1])", "# %%\ny = k", "k"),
    "a name given while it is used": ("plt.plot([k := 3])", "# %%\ny = k", "k"),
    "counted on": ("k = 1\nplt.plot([k])", "# %%\nk += 1", "k"),
    "used before it is given anew": ("k = 1\nplt.plot([k])", "# %%\nk = k + 1", "k"),
    "a part that is set": ("rows[0] = 3\nplt.plot(rows)", "# %%\ny = rows", "rows"),
    "an attribute that is set": ("plt.rcParams.x = 3\nplt.show()", "# %%\nplt.show()", "plt"),
    "a name in a text": ("top = 3\nplt.plot([top])", "# %% [markdown]\n# Look at `top`.", "top"),
    "a name in code in a text": ("top = 3\nplt.plot([top])", "# %% [markdown]\n# See `2 * top.x`.", "top"),
}


@pytest.mark.parametrize("case", USED)
def test_nothing_uses_what_a_folded_cell_gives(tmp_path, case):
    code, after, name = USED[case]
    text = with_cell(f"{code}\n\n# %% [markdown]\n# Then:\n\n{after}", FOLDED)
    user = "text" if "[markdown]" in after else "cell"
    assert broken(tmp_path, text) == [
        f"01_params.py:{line_of(text, FOLDED)}: folded code gives `{name}`,"
        f" which the {user} at line {line_of(text, after)} uses"
    ]


UNUSED = {
    "given anew": ("k = 1\nplt.plot([k])", "# %%\nk = 2\ny = k"),
    "given anew by a loop": ("k = 1\nplt.plot([k])", "# %%\nfor k in [1]:\n    print(k)"),
    "given anew, then used in a function above": (
        "k = 1\nplt.plot([k])",
        "# %%\ndef f():\n    return k\n\n\nk = 2",
    ),
    "a variable of its own": ("k = 1\nplt.plot([k])", "# %%\ny = [k for k in [1]]"),
    "a parameter": ("k = 1\nplt.plot([k])", "# %%\ndef f(k):\n    return k"),
    "a word": ("top = 3\nplt.plot([top])", "# %% [markdown]\n# The top of `x.top` and of `a_top`."),
    "a variable inside": ("plt.plot([k for k in [1]])", "# %% [markdown]\n# Then `k`."),
    "read alone": ("plt.plot(sizes)", "# %%\ny = sizes"),
}


@pytest.mark.parametrize("case", UNUSED)
def test_what_a_folded_cell_gives_may_be_given_anew(tmp_path, case):
    code, after = UNUSED[case]
    text = with_cell(f"{code}\n\n# %% [markdown]\n# Then:\n\n{after}", FOLDED)
    assert broken(tmp_path, text) == []


ALLOWED = {
    "other imports": "import os.path\nimport sys\nfrom utils import check\nimport utils.check\nprint(sys.argv, os.path)",
    "a word": 'print("utils.course and sys.path are names in a text")',
    "a cell of the greatest length": lines_of_code(CELL_LINES),
    "a name that an answer uses inside": "x = 3\nprint(x)",
    "a parameter with the name of an answer": "def late(answer_1_1):\n    return answer_1_1",
    "the name, defined anew by the course": "def answer_1_1(x):\n    return x + x\n\n\nprint(answer_1_1(2))",
}


@pytest.mark.parametrize("case", ALLOWED)
def test_what_only_looks_broken_is_allowed(tmp_path, case):
    text = change("# %% [markdown]\n# ## Recap", f"# %%\n{ALLOWED[case]}\n\n# %% [markdown]\n# ## Recap")
    assert broken(tmp_path, text) == []


def test_named_streams_and_fixed_cases_are_allowed(tmp_path):
    code = (
        "draws = numpy_stream(seed, 'weights'), torch_stream(seed, 'masks', 3), np.random.default_rng(3)\n"
        "torch.manual_seed(child_seed(seed, 'weights'))\n"
        "Forest(random_state=child_seed(seed, 'trees'))\n"
        "fit(model, seed=seed)\n"
        "title = f'seed {seed}' + str(seed)"
    )
    assert broken(tmp_path, with_cell(code)) == []


def test_an_ignored_output_with_its_reason_is_allowed(tmp_path):
    code = "# output not compared: a slider\nprint(1)"
    assert broken(tmp_path, with_cell(code, '# %% tags=["nbval-ignore-output"]')) == []


def test_later_cells_may_use_what_the_course_gives_beside_an_answer(tmp_path):
    text = change(
        "    ### END SOLUTION\n", "    ### END SOLUTION\n\n\ndef given(x):\n    return x\n\n\nSIZE = 3\n"
    )
    recap = "# %% [markdown]\n# ## Recap"
    assert broken(tmp_path, change(recap, f"# %%\nprint(given(SIZE))\n\n{recap}", text)) == []


def test_a_check_may_use_imports_builtins_and_what_its_exercise_gives(tmp_path):
    text = change(ANSWER, "import math\n\nGIVEN = 3\n\n\n" + ANSWER)
    text = change(
        '    c.equal(answer_1_1(3), 6, hint="3 + 3")',
        "    for x in range(GIVEN):\n        c.equal(answer_1_1(x), sum(y for y in [x, x]))\n"
        "    c.close(answer_1_1(math.pi), math.tau)",
        text,
    )
    assert broken(tmp_path, text) == []


def test_lesson_zero_needs_no_three_exercises(tmp_path):
    first_only = re.sub(
        r"# %% \[markdown\]\n# ### Exercise 1\.2.*(?=# %% \[markdown\]\n# ## Recap)", "", GOOD, flags=re.S
    )
    zero = first_only.replace("1.1", "0.1").replace("# # 1 ·", "# # 0 ·").replace("01_params", "00_params")
    assert broken(tmp_path, zero, "00_params.py") == []
    (found,) = broken(tmp_path, first_only)
    assert "three exercises or more, not 1" in found


@pytest.mark.parametrize(
    "name", ["notes.py", "1_params.py", "01-params.py", "01_Params.py", "01ab_params.py"]
)
def test_the_name_of_the_file_has_the_number_first(tmp_path, name):
    (tmp_path / name).write_text(GOOD, encoding="utf-8")
    assert any(
        found.startswith(f"{name}:1: a lesson's file is named like") for found in broken(tmp_path, GOOD, name)
    )


def test_two_lessons_do_not_share_a_number(tmp_path):
    (tmp_path / "01_first.py").write_text(GOOD, encoding="utf-8")
    assert broken(tmp_path, GOOD) == ["01_params.py:1: number 1 is taken by 01_first.py"]
    (tmp_path / "01_first.py").rename(tmp_path / "01a_first.py")
    assert broken(tmp_path, GOOD) == []


def test_all_broken_rules_are_told_in_the_order_of_the_lines(tmp_path):
    text = change(
        "5 min to read · ", "", with_cell(lines_of_code(30)).replace("c.equal(answer_1_3(3), 6", "c.ask(3")
    )
    lines = [int(found.split(":")[1]) for found in broken(tmp_path, text)]
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_the_budget_is_read_from_the_line_of_facts(tmp_path):
    path = tmp_path / "01_params.py"
    path.write_text(GOOD, encoding="utf-8")
    assert budget(read(path)) == (60.0, 2000.0)
    path.write_text(change("under 60 CPU-seconds · ", ""), encoding="utf-8")
    with pytest.raises(LessonError, match=r"^01_params\.py:1: the line of facts is missing"):
        budget(read(path))
