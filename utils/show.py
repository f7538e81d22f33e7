"""What a notebook shows and tests read back: measured numbers, metrics, verdicts on the article's claims."""

import html
import math
import sys

import numpy as np

# ------------------------------------------------------------------------------
# measured numbers


def approx(value: float, digits: int = 3) -> str:
    """A measured number behind the sign ≈, rounded to at most 3 significant digits: ``approx(0.96417)`` → "≈ 0.964".

    Such a number differs a little from machine to machine, so the tests of the notebooks ignore what follows the sign.
    A number of which only integer digits matter keeps them readable: ``approx(29123)`` → "≈ 29,100".
    """
    if not 1 <= digits <= 3:
        raise ValueError(
            f"approx shows 1 to 3 digits, not {digits}: more would promise what no measurement holds"
        )
    value = float(value)
    if value == 0 or not math.isfinite(value):
        return f"≈ {abs(value) if value == 0 else value:g}"
    scientific = f"{value:.{digits - 1}e}"
    exponent = int(scientific.partition("e")[2])
    if -4 <= exponent < 9:
        return f"≈ {float(scientific):,.{max(digits - 1 - exponent, 0)}f}"
    return f"≈ {scientific}"


def about(*words: object) -> str:
    """Names that measured numbers chose, behind the sign ≈ like those numbers: ``about("fine-tuned", 300)`` → "≈ fine-tuned/300".

    Another processor may choose another name. Blanks become hyphens and commas go, so that all of it follows the sign.
    """
    return "≈ " + "/".join("-".join(str(word).replace(",", "").split()) for word in words)


def metric(name: str, value: float) -> None:
    """Show a result of this run, and let ``course sweep`` collect it at full precision.

    The number travels in the metadata of the output, which notebooks keep and tests do not compare.
    """
    value = float(value)
    line = f"{name} {approx(value)}"
    _display({"text/plain": line}, line, {"cornerstone_metric": {"name": name, "value": value}})


def _display(bundle: dict, plain: str, metadata: dict) -> None:
    """Show a bundle of MIME types in a notebook, or print its plain text elsewhere."""
    if in_notebook():
        from IPython.display import display

        display(bundle, raw=True, metadata=metadata)
    else:
        print(plain)


def in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel, which can show more than text."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


# ------------------------------------------------------------------------------
# claims of the article

# of the border alone: as text on white these would have a contrast of 2.3 to 3.9, and 4.5 is wanted for reading
VERDICT_COLOURS = {"right": "#009E73", "wrong": "#D55E00"}


def claim(where: str, what: str, verdict: str, *, evidence: bool, right: str = "") -> None:
    """Show the verdict on a claim of the article; raise when the evidence for that verdict is not true.

    where: section, such as "§3.1".  what: the claim in our words.  verdict: "right", "wrong", "imprecise", …
    evidence: a bool that code has just computed.  right: what holds instead, if the verdict is not "right".
    """
    if not isinstance(evidence, (bool, np.bool_)):
        raise TypeError(
            f"evidence must be True or False, not {type(evidence).__name__}: compare with a number first"
        )
    if not evidence:
        raise AssertionError(f"{where}: the evidence does not support the verdict {verdict!r} on “{what}”")
    plain = f"{where}  “{what}”  → {verdict}" + (f": {right}" if right else "")
    colour = VERDICT_COLOURS.get(verdict, "#E69F00")
    box = (
        f'<div style="border-left:6px solid {colour};padding:.5em 1em;margin:.5em 0">'
        f"<b>Article {html.escape(where)}</b>: {html.escape(what)}<br>"
        f"<b>{html.escape(verdict)}</b>"
        f"{' — ' + html.escape(right) if right else ''}</div>"
    )
    record = {"where": where, "what": what, "verdict": verdict, "right": right}
    _display({"text/plain": plain, "text/html": box}, plain, {"cornerstone_claim": record})
