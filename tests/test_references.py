"""The sources of the lessons as one list: parsed, merged, and checked as far as that goes offline."""

import pytest

from utils import data, references
from utils.course import CHAPTERS
from utils.errors import CourseError
from utils.ledger import notebooks
from utils.references import Mention

pytestmark = pytest.mark.static

MENTIONS = references.all_mentions()
WORKS = references.merge(MENTIONS)
# Doubts that somebody has looked up: a journal printed it in 2011, arXiv has it since January 2012.
LOOKED_UP = {"arxiv:1201.0490": ["cited as of 2011, before its arXiv number"]}


def test_every_lesson_names_its_sources():
    assert {m.lesson for m in MENTIONS} == {path.stem for path in notebooks(CHAPTERS)}
    assert all(m.title for m in MENTIONS)
    assert sum(len(work.mentions) for work in WORKS) == len(MENTIONS) > len(WORKS)


def test_no_identifier_of_the_course_is_malformed():
    assert {n: said for w in WORKS for n in w.identifiers if (said := references.fault(n))} == {}
    assert {n: said for w in data.works() for n in w.identifiers if (said := references.fault(n))} == {}


def test_every_doubt_was_looked_up():
    doubtful = {work.identifiers[0]: found for work in WORKS if (found := references.doubts(work))}
    assert {name: found for name, found in doubtful.items() if LOOKED_UP.get(name) != found} == {}


def test_no_work_stands_twice():
    names = [name for work in WORKS for name in work.identifiers if not name.startswith("url:")]
    assert len(names) == len(set(names))
    titles = [(references.words(work.title), work.year) for work in WORKS if work.year]
    assert len(titles) == len(set(titles))


# ------------------------------------------------------------------------------
# parsing

TEXT = """## Recap
- not a source (2020), *X*
## Sources

- A. Vaswani and others (2017), *Attention is all you need*, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762v5); both free
- B. Polyak (1964), *Some methods*: momentum, [doi:10.1016/0041-5553(64)90137-5](https://doi.org/10.1016/0041-5553(64)90137-5)
- N. Carlini et al. (2019), *The secret sharer* (a; b), [arXiv:1802.08232](https://arxiv.org/abs/1802.08232); (2022b), *Quantifying*, [arXiv:2202.07646](https://arxiv.org/abs/2202.07646)
- Safetensors: [huggingface.co/docs/safetensors](https://huggingface.co/docs/safetensors/); [GDPR](https://eur-lex.europa.eu/eli/reg/2016/679/oj), Articles 4 and 9
- `dataset`: H. Hofmann (1994), [Statlog (German credit data)](https://doi.org/10.24432/C5NC77), CC BY 4.0
- Eurostat (October 2025), [*Electricity price statistics*](http://www.example.org/a); P. Gage (1994), *A new algorithm*
"""


def test_parsing():
    assert references.mentions("01_a", TEXT) == [
        Mention("01_a", *fields)
        for fields in [
            ("A. Vaswani and others", 2017, "Attention is all you need", ("arxiv:1706.03762",)),
            ("B. Polyak", 1964, "Some methods", ("doi:10.1016/0041-5553(64)90137-5",)),
            ("N. Carlini et al.", 2019, "The secret sharer", ("arxiv:1802.08232",)),
            ("N. Carlini et al.", 2022, "Quantifying", ("arxiv:2202.07646",)),
            ("", 0, "Safetensors", ("url:huggingface.co/docs/safetensors",)),
            ("", 0, "GDPR", ("url:eur-lex.europa.eu/eli/reg/2016/679/oj",)),
            ("H. Hofmann", 1994, "Statlog (German credit data)", ("doi:10.24432/c5nc77",)),
            ("Eurostat", 2025, "Electricity price statistics", ("url:example.org/a",)),
            ("P. Gage", 1994, "A new algorithm", ()),
        ]
    ]


PAGES = """## Sources

- [AI Act](https://a.eu/1), Article 5, as amended by [Regulation 2026/1744](https://a.eu/2); GDPR, Article 15
- W. Krichene, S. Rendle (2020), *On sampled metrics*, KDD; [CACM 65(7), 2022](https://cacm.acm.org/x)
- Keras and 64 bits: its issues [23223](https://github.com/k/23223) and [23704](https://github.com/k/23704)
- In spite of safe mode: [CVE-2025-1550](https://nvd.nist.gov/c), as told by M. Akçam (2025), at [huntr.com](https://huntr.com/b)
- A. Other (2020), *One title*, [arXiv:2001.00001](https://arxiv.org/abs/2001.00001), [doi:10.1000/1](https://doi.org/10.1000/1)
"""


def test_each_link_without_a_title_is_a_page_of_its_own():
    assert [tuple(one)[1:] for one in references.mentions("01_a", PAGES)] == [
        ("", 0, "AI Act", ("url:a.eu/1",)),
        ("", 0, "Regulation 2026/1744", ("url:a.eu/2",)),
        ("W. Krichene, S. Rendle", 2020, "On sampled metrics", ()),
        ("W. Krichene, S. Rendle", 2022, "CACM 65(7), 2022", ("url:cacm.acm.org/x",)),
        ("", 0, "github.com/k/23223", ("url:github.com/k/23223",)),
        ("", 0, "github.com/k/23704", ("url:github.com/k/23704",)),
        ("", 0, "CVE-2025-1550", ("url:nvd.nist.gov/c",)),
        ("", 0, "huntr.com", ("url:huntr.com/b",)),
        ("A. Other", 2020, "One title", ("arxiv:2001.00001", "doi:10.1000/1")),
    ]


def test_what_no_source_was_seen_in_is_told():
    assert references.passed_over(PAGES) == ["GDPR, Article 15"]
    assert references.passed_over(TEXT) == ["both free"]


def test_the_list_as_a_page_marks_what_nothing_offline_speaks_for():
    works = references.merge(references.mentions("01_a", PAGES))
    page = references.as_html(works, ["arxiv:2001.00001"])
    assert page.startswith(f"<details><summary>All {len(works)} works</summary><ol><li>")
    (alone,) = [row for row in page.split("<li>") if references.MARK in row]
    assert alone.startswith("W. Krichene, S. Rendle (2020), <i>On sampled metrics</i>")
    assert '<a href="https://doi.org/10.1000/1">doi:10.1000/1</a>' in page


# ------------------------------------------------------------------------------
# merging


def mention(authors, year, title, *names, lesson="01_a"):
    return Mention(lesson, authors, year, title, names)


A = mention("J. Devlin and others", 2018, "BERT", "arxiv:1810.04805")


@pytest.mark.parametrize(
    ("other", "one"),
    [
        (mention("J. Devlin, M.-W. Chang", 2019, "BERT: pre-training", "arxiv:1810.04805"), True),
        (mention("J. Devlin et al.", 2018, "BERT: pre-training", "doi:10.18653/v1/n19-1423"), True),
        (mention("J. Devlin", 2018, "Bert."), True),
        (mention("J. Devlin", 0, "BERT"), True),
        (mention("J. Devlin", 2019, "BERT: pre-training"), False),
        (mention("Q. McNemar", 2018, "BERT: a rival"), False),
        (mention("A. Other et al.", 2018, "BERT: a rival"), False),
        (mention("", 0, "BERT"), False),
        (mention("J. Devlin", 2018, "ERNIE"), False),
    ],
)
def test_two_mentions_are_of_one_work(other, one):
    for pair in ([A, other], [other, A]):
        assert len(references.merge(pair)) == (1 if one else 2)


def test_sharing_is_passed_on_and_the_fullest_form_is_kept():
    with_doi = mention("B. Polyak", 1964, "Momentum", "doi:10.1/x", lesson="03_b")
    with_both = mention("B. T. Polyak", 1964, "Momentum: some methods", "doi:10.1/x", "arxiv:0704.0001")
    (work,) = references.merge([with_doi, mention("", 1965, "Impulse", "arxiv:0704.0001"), with_both])
    assert work.authors == "B. T. Polyak"
    assert (work.year, work.title, work.lessons) == (1964, "Momentum: some methods", ("03_b", "01_a"))
    assert work.identifiers == ("arxiv:0704.0001", "doi:10.1/x")
    assert work.text() == (
        "B. T. Polyak (1964), *Momentum: some methods*, "
        "[arXiv:0704.0001](https://arxiv.org/abs/0704.0001), [doi:10.1/x](https://doi.org/10.1/x)"
    )
    assert references.merge([]) == []
    (alone,) = references.merge([mention("A. Vaswani and others", 2017, "Attention")])
    assert alone.text() == "A. Vaswani et al. (2017), *Attention*"


# ------------------------------------------------------------------------------
# what can be known offline


@pytest.mark.parametrize(
    "name",
    ["isbn:9780262035613", "doi:10.1016/0041-5553(64)90137-5", "arxiv:0704.0001", "arxiv:1412.6980",
     "arxiv:1501.00001", "arxiv:cs/0112017", "arxiv:math.gt/0309136", "url:d2l.ai", "url:keras.io/a?b=c"],
)  # fmt: skip
def test_well_formed(name):
    assert references.fault(name) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("isbn:9780262035614", "check digit"),
        ("isbn:0262035618", "13 digits"),
        ("doi:11.1016/x", "begins with 10."),
        ("doi:10.1016", "begins with 10."),
        ("doi:10.1016/a b", "begins with 10."),
        ("arxiv:1713.03762", "year, the month"),
        ("arxiv:1700.03762", "year, the month"),
        ("arxiv:0703.0001", "began in April 2007"),
        ("arxiv:1412.06980", "five digits from 2015"),
        ("arxiv:1501.0001", "five digits from 2015"),
        ("url:nowhere", "no address"),
        ("url:a b.org", "no address"),
    ],
)
def test_malformed(name, said):
    assert said in references.fault(name)


def test_a_kind_that_nobody_knows():
    with pytest.raises(CourseError, match="an identifier begins with"):
        references.fault("pmid:123")


@pytest.mark.parametrize(
    ("mentions", "said"),
    [
        ([mention("A. B", 2016, "T", "arxiv:1706.03762")], "cited as of 2016, before its arXiv number"),
        ([A, A._replace(year=2019)], "cited with the years 2018, 2019"),
        ([A, A._replace(title="Attention")], "two titles without a common word"),
        ([mention("A. B", 2020, "T", "arxiv:1706.03762", "arxiv:1810.04805")], "two arXiv numbers"),
        ([mention("A. B", 2020, "T", "doi:10.1/x")], "doi:10.1/x: a DOI begins"),
    ],
)
def test_doubts(mentions, said):
    (work,) = references.merge(mentions)
    assert any(said in doubt for doubt in references.doubts(work))


def test_nothing_to_doubt_and_what_speaks_for_a_work():
    (work,) = references.merge([A, A._replace(lesson="02_b")])
    assert references.doubts(work) == []
    assert references.evidence(work) == "identifier"
    assert references.evidence(work, ["arxiv:1810.04805"]) == "looked up"
    (page,) = references.merge([mention("", 0, "Keras", "url:keras.io")])
    (classic,) = references.merge([mention("C. Shannon", 1948, "A mathematical theory")])
    assert [references.evidence(work) for work in (page, classic)] == ["address", "title alone"]
