"""The parameters of a lesson: what may be declared, what is read from a command line, what is refused and how."""

import json
import math

import pytest

import utils.shipped
from utils.errors import CourseError
from utils.files import LESSONS
from utils.params import check_names, check_parameters, declared, of_lesson, of_notebook

SOURCE = """# a line of its own says nothing
lr: float = 0.1  # learning rate  in (0, 10]
hidden: int = 32  # hidden units  in [1, 1024]
dataset: str = "digits # all"  # which images  in {digits # all, mnist}
sizes: list[int] = [16, 32]  # widths to try  in [1, 512]
verbose: bool = False  # tell more
shift: float = -0.5  # any number
momentum: float = 0  # share kept  in {0, 0.5, 0.9}
names: list[str] = ["adam"]  # optimisers  in {sgd, adam}
beyond: float = 1.0  # no upper end  in [0, inf)
wide: list[float] = [
    0.1,
    1,
]
""".replace("wide: list[float] = [", "wide: list[float] = [  # rates to try")


@pytest.fixture
def known():
    return declared(SOURCE)


def test_declared_reads_names_types_defaults_and_help(known):
    assert [(p.name, p.kind, p.default, p.help) for p in known.values()] == [
        ("lr", "float", 0.1, "learning rate"),
        ("hidden", "int", 32, "hidden units"),
        ("dataset", "str", "digits # all", "which images"),
        ("sizes", "list[int]", [16, 32], "widths to try"),
        ("verbose", "bool", False, "tell more"),
        ("shift", "float", -0.5, "any number"),
        ("momentum", "float", 0, "share kept"),
        ("names", "list[str]", ["adam"], "optimisers"),
        ("beyond", "float", 1.0, "no upper end"),
        ("wide", "list[float]", [0.1, 1], "rates to try"),
    ]
    assert list(known) == [p.name for p in known.values()]


def test_allowed_values_in_words(known):
    assert known["lr"].allowed == "in (0, 10]"
    assert known["beyond"].allowed == "in [0, inf)"
    assert known["momentum"].allowed == "one of 0, 0.5, 0.9"
    assert known["shift"].allowed == ""


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("lr", "0.5", 0.5),
        ("lr", "10", 10.0),
        ("lr", "1e-3", 0.001),
        ("hidden", "1", 1),
        ("hidden", "1024", 1024),
        ("hidden", " 7 ", 7),
        ("dataset", "mnist", "mnist"),
        ("sizes", "[8,16]", [8, 16]),
        ("sizes", "(8, 16)", [8, 16]),
        ("sizes", "[]", []),
        ("verbose", "true", True),
        ("verbose", "True", True),
        ("verbose", "False", False),
        ("shift", "-1e300", -1e300),
        ("momentum", "0", 0.0),
        ("momentum", "0.0", 0.0),
        ("momentum", "0.90", 0.9),
        ("names", '["sgd", "adam"]', ["sgd", "adam"]),
        ("names", "['sgd']", ["sgd"]),
        ("wide", "[1, 2.5]", [1.0, 2.5]),
    ],
)
def test_read_accepts(known, name, text, value):
    found = known[name].read(text)
    assert found == value
    assert type(found) is type(value)
    if isinstance(value, list):
        assert [type(item) for item in found] == [type(item) for item in value]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("lr", "0", "lr must lie in (0, 10], and 0.0 does not."),
        ("lr", "10.1", "lr must lie in (0, 10], and 10.1 does not."),
        ("lr", "fast", "lr takes a number, not 'fast'."),
        ("lr", "", "lr takes a number, not ''."),
        ("lr", "true", "lr takes a number, not True."),
        ("lr", "[0.1]", "lr takes a number, not [0.1]."),
        ("lr", "NaN", "lr takes a number, and nan is none."),
        ("lr", "Infinity", "lr must lie in (0, 10], and inf does not."),
        ("lr", "{[]: 1}", "lr takes a number, not '{[]: 1}'."),
        ("lr", "0.1\x00", "lr takes a number, not '0.1\\x00'."),
        ("shift", "NaN", "shift takes a number, and nan is none."),
        ("shift", "1" + "0" * 400, "shift takes a number, not 10000"),
        ("shift", "[" * 100_000, "shift takes a number, not '[[["),
        ("shift", "1j", "shift takes a number, not 1j."),
        ("beyond", "Infinity", "beyond must lie in [0, inf), and inf does not."),
        ("hidden", "0", "hidden must lie in [1, 1024], and 0 does not."),
        ("hidden", "1025", "hidden must lie in [1, 1024], and 1025 does not."),
        ("hidden", "32.0", "hidden takes a whole number, not 32.0."),
        ("hidden", "true", "hidden takes a whole number, not True."),
        ("hidden", "null", "hidden takes a whole number, not None."),
        ("hidden", '"32"', "hidden takes a whole number, not '32'."),
        (
            "dataset",
            "mnits",
            "dataset must be one of digits # all, mnist, not 'mnits'. Did you mean 'mnist'?",
        ),
        ("dataset", "cats", "dataset must be one of digits # all, mnist, not 'cats'."),
        ("sizes", "8", "sizes takes a list such as [16, 32], not 8."),
        ("sizes", "[8, 513]", "sizes must lie in [1, 512], and 513 does not."),
        ("sizes", "[8, 1.5]", "sizes takes a whole number, not 1.5."),
        ("sizes", "[8, [9]]", "sizes takes a whole number, not [9]."),
        ("sizes", "{8, 9}", "sizes takes a list such as [16, 32], not {8, 9}."),
        ("verbose", "1", "verbose takes true or false, not 1."),
        ("verbose", "yes", "verbose takes true or false, not 'yes'."),
        ("momentum", "0.8", "momentum must be one of 0, 0.5, 0.9, not 0.8."),
        ("names", "sgd", "names takes a list such as ['adam'], not 'sgd'."),
        ("names", '["adma"]', "names must be one of sgd, adam, not 'adma'. Did you mean 'adam'?"),
        ("names", "[1]", "names takes a text, not 1."),
    ],
)
def test_read_refuses_with_one_sentence(known, name, text, sentence):
    with pytest.raises(CourseError) as caught:
        known[name].read(text)
    assert str(caught.value).startswith(sentence)


def test_a_value_typed_in_the_notebook_is_checked_too(known):
    assert known["lr"].check(1) == 1.0
    assert isinstance(known["lr"].check(1), float)
    with pytest.raises(CourseError, match="nan is none"):
        known["lr"].check(math.nan)
    with pytest.raises(CourseError, match="takes a text, not 5"):
        known["dataset"].check(5)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "lr = 0.1  # rate",
            "Declare each parameter as `name: type = default  # what it is`, not as 'lr = 0.1'.",
        ),
        ("lr: float  # rate", "Declare each parameter"),
        ("import math  # rate", "Declare each parameter"),
        ("a.b: int = 1  # rate", "Declare each parameter"),
        ("lr: float = 0.1", "Parameter lr needs a comment that says what it is."),
        ("lr: float = 0.1  #", "Parameter lr needs a comment"),
        ("lr: float = 0.1  # in (0, 1]", "Parameter lr needs a comment"),
        ("lr: complex = 0.1  # rate", "Parameter lr has type complex; use int, float, str, bool or a list"),
        ("lr: list[complex] = []  # rate", "Parameter lr has type list[complex]"),
        ("lr: list = []  # rate", "Parameter lr has type list;"),
        ("lr: int | None = 1  # rate", "Parameter lr has type int | None"),
        ("lr: float = 'a'  # rate", "lr takes a number, not 'a'."),
        ("lr: float = 2.0  # rate  in (0, 1]", "lr must lie in (0, 1], and 2.0 does not."),
        ("n: int = 5  # rate  in [10, 1]", "n must lie in [10, 1], and 5 does not."),
        ("n: int = 5  # rate  in {1, 2}", "n must be one of 1, 2, not 5."),
        ("n: int = 5  # rate  in {1, five}", "Write the default and the allowed values of n as plain values"),
        ("n: int = 2**5  # rate", "Write the default and the allowed values of n as plain values"),
        (
            "n: int = 5  # rate  in [low, high]",
            "Write the default and the allowed values of n as plain values",
        ),
        ("s: str = 'a'  # name  in [0, 1]", "Parameter s of type str cannot be limited like that."),
        ("b: bool = True  # switch  in {True}", "Parameter b of type bool cannot be limited like that."),
        ("lr: float = 0.1  # rate  in (0, 1", "The allowed values of lr stand at the end of its comment"),
        ("lr: float = 0.1  # rate  in (0, 1].", "The allowed values of lr stand at the end of its comment"),
        ("s: str = 'a'  # name in {a, b} for all", "The allowed values of s stand at the end of its comment"),
        ("lr: float = ", "The parameters are not valid Python"),
        ("lr: float = (0.1  # rate", "The parameters are not valid Python"),
    ],
)
def test_a_bad_declaration_is_refused(line, sentence):
    with pytest.raises(CourseError) as caught:
        declared(line)
    assert str(caught.value).startswith(sentence)


def test_an_unknown_name_is_answered_with_the_nearest_and_all(known):
    check_names({"lr": 1, "hidden": 2}, known, "03a")
    with pytest.raises(CourseError) as caught:
        check_names({"lr": 1, "hiden": 2}, known, "03a")
    assert str(caught.value) == (
        "03a has no parameter 'hiden'. Did you mean 'hidden'? It has: lr, hidden, dataset, sizes, verbose, shift, "
        "momentum, names, beyond, wide."
    )
    with pytest.raises(CourseError, match=r"05 has no parameter 'x'\. It has: none\."):
        check_names({"x": 1}, {}, "05")


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """What the package carries of 01_made_up, whose parameters are those of SOURCE."""
    text = f"# 1 · A title\n\n# %% parameters\n{SOURCE}\n# %% 1.1 asks about f\nc.true(f(), 'no')\n"
    (tmp_path / "01_made_up.py").write_text(text)
    monkeypatch.setattr(utils.shipped, "CHECKS", tmp_path)


@pytest.mark.usefixtures("lessons")
def test_parameters_of_a_lesson(known):
    assert of_lesson("01_made_up") == known
    with pytest.raises(CourseError, match=r"There is no lesson '01_made_pu'.* Did you mean '01_made_up'\?"):
        of_lesson("01_made_pu")


@pytest.mark.usefixtures("lessons")
def test_check_parameters_stops_a_lesson_at_an_impossible_value(known):
    values = {name: parameter.default for name, parameter in known.items()}
    check_parameters("01_made_up", values | {"another": object(), "lr": 1})
    with pytest.raises(CourseError, match=r"lr must lie in \(0, 10\], and 11\.0 does not"):
        check_parameters("01_made_up", values | {"lr": 11})
    with pytest.raises(CourseError, match="hidden takes a whole number, not '32'"):
        check_parameters("01_made_up", values | {"hidden": "32"})


@pytest.mark.parametrize("as_lines", [True, False])
def test_parameters_of_a_notebook(tmp_path, known, as_lines):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# A title"},
        {
            "cell_type": "code",
            "metadata": {"tags": ["parameters"]},
            "source": SOURCE.splitlines(keepends=True) if as_lines else SOURCE,
        },
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert of_notebook(path) == known
    path.write_text(json.dumps({"cells": cells[:1]}))
    assert of_notebook(path) == {}


def cell_with(**change: object) -> str:
    """A notebook of one cell of which something is changed."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": "1"}
    return json.dumps({"cells": [cell | change]})


SPOILT = ["", "[]", '{"cells": 3}', '{"metadata": {}}', '{"cells": [{"meta', 100_000 * "["]
SPOILT += ['{"cells": "code"}', '{"cells": {}}', '{"cells": [1]}', '{"cells": [{}]}', '{"cells": [[]]}']
SPOILT += [cell_with(source=source) for source in (None, 3, [3], {})]
SPOILT += [cell_with(metadata=metadata) for metadata in (None, [], {"tags": None}, {"tags": [1]})]
SPOILT += [cell_with(outputs=outputs) for outputs in (None, {}, [1], [{}], [{"output_type": 3}])]
SPOILT += [cell_with(cell_type=None)]


@pytest.mark.parametrize("text", SPOILT)
def test_a_spoilt_notebook_is_named(tmp_path, text):
    path = tmp_path / "a.ipynb"
    path.write_text(text)
    with pytest.raises(CourseError, match=r"a\.ipynb is not a whole notebook"):
        of_notebook(path)


@pytest.mark.parametrize(
    "text", [f"0x{5000 * 'f'}", f"-0x{5000 * 'f'}", 5000 * "9", 300 * "[" + 300 * "]", 10_000 * "x"]
)
def test_a_value_too_long_to_be_shown_was_a_traceback_or_a_page(text):
    for line in (
        "n: int = 1  # n  in [1, 3]",
        "x: float = 1.0  # x",
        "s: str = 'a'  # s  in {a, b}",
        "n: int = 1  # n  in {1, 2}",
    ):
        (parameter,) = declared(line).values()
        with pytest.raises(CourseError) as error:
            parameter.read(text)
        assert len(str(error.value)) < 300


def test_the_lessons_of_the_course_declare_their_parameters():
    names = [path.stem for path in LESSONS.glob("*.py")]
    assert "03a_forward_backward" in names
    for name in names:
        for parameter in of_lesson(name).values():
            assert parameter.check(parameter.default) == parameter.default
