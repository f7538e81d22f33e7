"""The bicycle shop's tools, and the rules that choose among them, as lesson 6h builds them; three came with the product.

A question with a product's code, and one that names a day and asks when the shop is open, is left to the pages; and what is
ordered with a figure that is no number of pieces is not taken for one piece.

Three tools look something up and one computes. What would change the world is not done here: an order goes onto a list for
a person, who asks the customer.
"""

import ast
import operator
import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from utils.data import ShopWorld

SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
NUMBER = {"one": 1, "a": 1, "an": 1, "two": 2, "three": 3} | {str(n): n for n in range(100)}
# which word calls for which tool; the first tool that one of its words names
STEMS = {
    "order": ("order", "buy", "send"),
    "price": ("cost", "price", "how much", "expensive", "charge"),
    "stock": ("stock", "left", "have", "available"),
}
CODE = re.compile(r"\b[a-z]{1,5}-?\d+\b")  # such as k-17: the catalogue has no codes, the pages have
# when the shop is open stands on a page; the calendar knows the workshop's free hours alone ("what times are open?")
HOURS = re.compile(
    r"\bopening (?:hour|time)s?\b|\bclos(?:e|es|ed|ing)\b|\b(?:you|shop|workshop|store|it)\s+(?:(?:still|also|already)\s+)?open(?:s|ed)?\b"
)
WHOLE = re.compile(r"\d{1,6}", re.ASCII)
LONGEST = 60  # signs of an expression


def value(expression: str) -> float:
    """The value of an expression of numbers, + - * / and brackets; ValueError for everything else."""
    if len(expression) > LONGEST:
        raise ValueError(f"an expression has {LONGEST} signs at most")
    try:
        return _computed(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ArithmeticError, RecursionError, MemoryError):
        raise ValueError(f"{expression!r} has no value") from None


def _computed(node: ast.AST) -> float:
    """The number that a parsed expression stands for."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value  # type: ignore[return-value]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_computed(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in SIGNS:
        return SIGNS[type(node.op)](_computed(node.left), _computed(node.right))
    raise ValueError("only numbers, + - * / and brackets")


def _pieces(word: str) -> int | None:
    """How many pieces a word before an item asks for: 0 for a number that cannot be one of pieces, None for no number."""
    if word in NUMBER:
        return NUMBER[word]
    if WHOLE.fullmatch(word):
        return int(word)
    return 0 if re.search(r"\d", word) else None


class Shop:
    """What the tools read, and `wishes`: (item, quantity) that customers want, for a person to confirm."""

    def __init__(self, world: ShopWorld) -> None:
        self.world = world
        self.wishes: deque[tuple[str, int]] = deque(maxlen=1000)
        self._items, self._days = "|".join(world.catalogue), "|".join(world.calendar)

    def call(self, tool: str, **fields: Any) -> dict[str, Any]:
        """What a tool says; ValueError with a sentence when it cannot."""
        return getattr(self, f"_{tool}")(**fields)

    def _stock(self, item: str) -> dict[str, Any]:
        return {"item": item, "pieces": self.world.catalogue[item]["pieces"]}

    def _price(self, item: str) -> dict[str, Any]:
        return {"item": item, "euros": self.world.catalogue[item]["euros"]}

    def _calendar(self, day: str) -> dict[str, Any]:
        return {"day": day, "free": " ".join(self.world.calendar[day]) or "no hour"}

    def _calculate(self, expression: str) -> dict[str, Any]:
        return {"value": value(expression)}

    def _order(self, item: str, quantity: int) -> dict[str, Any]:
        row = self.world.catalogue[item]
        if quantity < 1:
            raise ValueError("an order is for whole pieces, one or more")
        if quantity > row["pieces"]:
            raise ValueError(f"only {row['pieces']} of {item} in stock")
        self.wishes.append((item, quantity))
        return {"wished": item, "quantity": quantity, "euros": quantity * row["euros"]}

    def plan(self, question: str) -> list[dict[str, Any]]:
        """The calls that a question wants; none when the rules have understood nothing.

        A question that names a product's code, or a day and asks when the shop is open, is one for the pages.
        """
        text = question.lower()
        found = re.findall(rf"(?:(?<![\w.,+-])([\w.,+-]+) )?\b({self._items})s?\b", text)
        days = re.findall(self._days, text)
        tool = next((tool for tool, stems in STEMS.items() if any(stem in text for stem in stems)), None)
        if CODE.search(text) or (days and HOURS.search(text)):
            return []
        if days:
            return [{"tool": "calendar", "day": day} for day in days]
        if found and tool:
            return self._on_items(tool, found)
        sum_ = re.search(r"(\d+) (times|plus|minus) (\d+)", text)
        sign = {"times": "*", "plus": "+", "minus": "-"}
        return [{"tool": "calculate", "expression": f"{sum_[1]} {sign[sum_[2]]} {sum_[3]}"}] if sum_ else []

    def _on_items(self, tool: str, found: list[tuple[str, str]]) -> list[dict[str, Any]]:
        """Calls for (word before, item); the price of several pieces is one more call, which computes."""
        many = [count for before, _ in found if (count := _pieces(before.rstrip(".,"))) is not None] or [1]
        extra = {"quantity": many[0]} if tool == "order" else {}
        calls = [{"tool": tool, "item": item, **extra} for _, item in found]
        if tool == "price" and len(found) == 1 and many[0] > 1:
            euros = self.world.catalogue[found[0][1]]["euros"]
            calls.append({"tool": "calculate", "expression": f"{many[0]} * {euros}"})
        return calls

    def serve(self, question: str) -> tuple[str, list[str]] | None:
        """What the tools say to a question, in words, and which were asked; None when it is none for them."""
        calls = self.plan(question)
        told = []
        for call in calls:
            try:
                told.append(self._told(self.call(**call)))
            except ValueError as reason:
                told.append(f"sorry, {reason}")
        return ("; ".join(told), list(dict.fromkeys(call["tool"] for call in calls))) if calls else None

    def _told(self, result: Mapping[str, Any]) -> str:
        """A result in the shop's own phrases."""
        if "wished" in result:
            phrase = "noted: {quantity} of {wished} for {euros} euros; a person will ask you before anything is sent"
        else:
            phrase = next(text for field, text in self.world.phrases.items() if field in result)
            phrase = phrase.replace("{value:g}", "{value:.15g}")  # g alone keeps six figures
        return phrase.format(**result)
