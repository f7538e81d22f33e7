"""Text for an open model: the tokenizer that its file describes, and the template that turns a conversation into one text.

The tokenizer is byte-pair encoding on bytes, as lesson 6a builds it, with the file's own numbers. Tokens with a meaning,
such as the end of a turn, come out only where the caller, or the template, asks for them: the same letters typed by a
person stay letters.
"""

import json
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeGuard

import regex

from utils.errors import CourseError
from utils.models.tokens import BYTES, WORD, merge, spelled

Message = Mapping[str, Any]
SECONDS = 10  # for cutting one text by a pattern from a file: a hostile one could take years
MOST_LETTERS = 2**22  # of a rendered conversation
# How texts are cut into words before the merges, by the names in GGUF files. Digits one by one: SmolLM; up to three: Llama 3.
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CUTS: dict[str, tuple[str, ...]] = {
    "gpt-2": (WORD.pattern,),
    "smollm": (r"\p{N}", WORD.pattern),
    "llama-bpe": (LLAMA3,),
    "llama3": (LLAMA3,),
}
CONTROL, ALWAYS = 3, 4  # kinds of tokens in a GGUF file: with a meaning; ordinary, but never cut


def pieces(text: str, pattern: regex.Pattern) -> list[str]:
    """The matches and what lies between them, in order."""
    cut, end = [], 0
    try:
        for match in pattern.finditer(text, timeout=SECONDS):
            cut += [text[end : match.start()], match[0]]
            end = match.end()
    except TimeoutError as error:
        raise CourseError("The tokenizer's pattern takes too long on this text; shorten it.") from error
    return [piece for piece in (*cut, text[end:]) if piece]


class OpenTokenizer:
    """Text to ids and back, with the vocabulary of an open model.

    vocabulary: the tokens as files spell them (`spelled`), by id; merges: pairs of such, in the order in which they were
    learnt; special: tokens with a meaning; always: ordinary tokens that are never cut; cuts: patterns, one after the
    other, that cut a text into words; whole: a word that is a token is taken as it is, whatever the merges say.
    Raises CourseError when these do not belong together.
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        merges: Iterable[Sequence[str]],
        special: Iterable[str] = (),
        *,
        always: Iterable[str] = (),
        cuts: Sequence[str] = CUTS["gpt-2"],
        whole: bool = False,
        form: str | None = None,
    ) -> None:
        self.numbers = {token: number for number, token in enumerate(vocabulary)}
        self.special = {token: self.numbers[token] for token in special}
        self.always = {token: self.numbers[token] for token in always}
        self.form, self.whole, self._known = form, whole, dict[str, list[int]]()
        self.letters = [self.numbers.get(spelled(bytes([byte]))) for byte in range(256)]
        self.made = _made(merges, self.numbers)
        self.parts = _parts(vocabulary, {*self.special.values(), *self.always.values()})
        try:
            self.cuts = [regex.compile(cut) for cut in cuts]
        except regex.error as error:
            raise CourseError(f"The tokenizer's pattern cannot be read: {error}") from error
        self._kept = {
            marked: _any({**self.always, **(self.special if marked else {})}) for marked in (False, True)
        }

    def __len__(self) -> int:
        """How many ids there are."""
        return len(self.parts)

    def encode(self, text: str, special: bool = False) -> list[int]:
        """The ids of a text; special: tokens with a meaning are recognised in it, instead of being spelt out.

        A byte that the vocabulary lacks (SmolLM2 has 21 such) is left out, as the tokenizers library leaves it out.
        """
        kept = self._kept[special]
        named = {**self.always, **(self.special if special else {})}
        ids: list[int] = []
        for part in pieces(text, kept) if kept else [text]:
            ids += [named[part]] if part in named and kept else self._plain(part)
        return ids

    def _plain(self, text: str) -> list[int]:
        words = [unicodedata.normalize(self.form, text) if self.form else text]  # type: ignore[arg-type]
        for cut in self.cuts:
            words = [piece for word in words for piece in pieces(word, cut)]
        return [number for word in words for number in self._word(word)]

    def _word(self, word: str) -> list[int]:
        """The ids of one word: of all neighbours the pair learnt earliest is joined, until none is left."""
        known = self._known.get(word)
        if known is None:
            known = self._cut(word)
            if len(self._known) < 100_000:
                self._known[word] = known
        return known

    def _cut(self, word: str) -> list[int]:
        try:
            raw = word.encode("utf-8")
        except UnicodeEncodeError as error:
            raise CourseError(
                f"{word[error.start]!r} is half of a character (a lone surrogate), which no text holds; remove it."
            ) from error
        if self.whole and (number := self.numbers.get(spelled(raw))) is not None:
            return [number]
        tokens = [number for byte in raw if (number := self.letters[byte]) is not None]
        while len(tokens) > 1:
            found = [self.made[pair] + pair for pair in set(pairwise(tokens)) if pair in self.made]
            if not found:
                break
            _, new, *pair = min(found)
            tokens = merge(tokens, (pair[0], pair[1]), new)
        return tokens

    def to_bytes(self, ids: Iterable[int], special: bool = False) -> bytes:
        """The bytes that ids stand for, those with a meaning left out unless `special`; they may end inside a character.

        Raises ValueError for an id that is none.
        """
        numbers, hidden = list(ids), set() if special else set(self.special.values())
        if numbers and not 0 <= min(numbers) <= max(numbers) < len(self.parts):
            raise ValueError(f"an id is outside 0 … {len(self.parts) - 1}; this tokenizer has no such token")
        return b"".join([self.parts[number] for number in numbers if number not in hidden])

    def decode(self, ids: Iterable[int], special: bool = False) -> str:
        """The text that ids stand for; bytes that are no character become �. Raises ValueError as `to_bytes`."""
        return self.to_bytes(ids, special).decode("utf-8", errors="replace")


def _made(
    merges: Iterable[Sequence[str]], numbers: Mapping[str, int]
) -> dict[tuple[int, int], tuple[int, int]]:
    """{pair of ids: (its rank, the id that it makes)}."""
    made: dict[tuple[int, int], tuple[int, int]] = {}
    for rank, (first, second) in enumerate(merges):
        try:
            made.setdefault((numbers[first], numbers[second]), (rank, numbers[first + second]))
        except KeyError as error:
            raise CourseError(
                f"Merge {rank} joins {first!r} and {second!r}, and {error} is no token."
            ) from error
    return made


def _parts(vocabulary: Sequence[str], verbatim: set[int]) -> list[bytes]:
    """The bytes of every token; those of `verbatim` are written as they are, the others as `spelled` spells bytes."""
    letter = {ord(spelled(bytes([byte]))): byte for byte in BYTES}
    return [
        bytes(letter[ord(sign)] for sign in token)
        if number not in verbatim and all(ord(sign) in letter for sign in token)
        else token.encode("utf-8", errors="replace")
        for number, token in enumerate(vocabulary)
    ]


def _any(tokens: Iterable[str]) -> regex.Pattern | None:
    """A pattern for any of these, the longest first; None when there is none."""
    longest = sorted((token for token in tokens if token), key=len, reverse=True)
    return regex.compile("|".join(map(regex.escape, longest))) if longest else None


def gguf_tokenizer(metadata: Mapping[str, Any], where: Path) -> OpenTokenizer:
    """The tokenizer that a GGUF file's metadata describes; raises CourseError for another kind."""
    get = {key.removeprefix("tokenizer.ggml."): value for key, value in metadata.items()}.get
    kind, cut = get("model"), get("pre", "gpt-2")
    if kind != "gpt2" or cut not in CUTS:
        raise CourseError(
            f"{where} has a tokenizer of the kind {kind!r} with words cut as in {cut!r}; read here are byte-level ones "
            f"(gpt2) cut as in {', '.join(CUTS)}."
        )
    tokens, merges = get("tokens"), get("merges")
    if not _texts(tokens) or not _texts(merges):
        raise CourseError(f"{where} has a tokenizer without its tokens or merges; fetch it again.")
    kinds = get("token_type", [1] * len(tokens))
    if not isinstance(kinds, list) or len(kinds) != len(tokens):
        raise CourseError(f"{where} has a tokenizer that lacks the kinds of its tokens; fetch it again.")
    pairs = [merge.split(" ") for merge in merges]
    if any(len(pair) != 2 for pair in pairs) or len(set(tokens)) != len(tokens):
        raise CourseError(f"{where} has a merge that is no pair, or a token twice; fetch it again.")
    named = dict(zip(tokens, kinds, strict=True))
    special, always = ([t for t, kind in named.items() if kind == wanted] for wanted in (CONTROL, ALWAYS))
    return OpenTokenizer(
        tokens, pairs, special, always=always, cuts=CUTS[cut], whole=cut in ("llama-bpe", "llama3")
    )


def _texts(found: Any) -> TypeGuard[list[str]]:
    return isinstance(found, list) and all(isinstance(text, str) for text in found)


# ------------------------------------------------------------------------------
# tokenizer.json of the tokenizers library


def json_tokenizer(found: Mapping[str, Any], where: Path) -> OpenTokenizer:
    """The tokenizer in a tokenizer.json, when it is byte-level BPE; raises CourseError for another kind."""
    try:
        model, added = found["model"], found.get("added_tokens") or []
        form = (found.get("normalizer") or {}).get("type")
        strict = any(token.get(flag) for token in added for flag in ("lstrip", "rstrip", "single_word"))
        if (
            model.get("type", "BPE") != "BPE"
            or model.get("byte_fallback")
            or form not in (None, "NFC", "NFKC")
            or strict
        ):
            raise KeyError
        vocabulary = dict(model["vocab"]) | {token["content"]: token["id"] for token in added}
        if sorted(vocabulary.values()) != list(range(len(vocabulary))):
            raise CourseError(f"{where} leaves out numbers of tokens, or uses one twice; fetch it again.")
        return OpenTokenizer(
            sorted(vocabulary, key=vocabulary.__getitem__),
            [pair.split(" ") if isinstance(pair, str) else pair for pair in model["merges"]],
            [token["content"] for token in added if token["special"]],
            always=[token["content"] for token in added if not token["special"]],
            cuts=_cuts(found["pre_tokenizer"]),
            whole=bool(model.get("ignore_merges")),
            form=form,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CourseError(
            f"{where} describes a tokenizer that is not byte-level BPE, the only kind that is read here."
        ) from error


def _cuts(step: Mapping[str, Any]) -> list[str]:
    """The patterns of a pre-tokenizer; KeyError for a step that is none of these."""
    kind = step["type"]
    if kind == "Sequence":
        return [cut for inner in step["pretokenizers"] for cut in _cuts(inner)]
    if kind == "Digits":
        return [r"\p{N}" if step["individual_digits"] else r"\p{N}+"]
    if kind == "Split" and step["behavior"] == "Isolated" and not step.get("invert"):
        return [step["pattern"]["Regex"]]
    if kind == "ByteLevel" and not step["add_prefix_space"]:
        return [WORD.pattern] if step.get("use_regex", True) else []
    raise KeyError(kind)


# ------------------------------------------------------------------------------
# conversations


class Template:
    """A model's own template for conversations, in Jinja's sandbox: it can compute text, and reach nothing else.

    names: what it may use beside the messages, such as bos_token. Raises CourseError when it cannot be read.
    """

    def __init__(self, text: str, names: Mapping[str, str] | None = None) -> None:
        import jinja2
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        # settings, and the functions below, are those with which the transformers library renders
        room = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        room.filters["tojson"] = partial(json.dumps, ensure_ascii=False)
        room.globals["raise_exception"] = _refuse
        self.names = dict(names or {})
        try:
            self.template = room.from_string(text)
        except (jinja2.TemplateError, RecursionError) as error:
            raise CourseError(f"The model's template for conversations cannot be read: {error}") from error

    def render(self, messages: Sequence[Message], answer: bool = True) -> str:
        """The conversation as one text; answer: with the beginning of the model's turn."""
        import jinja2

        written, size = [], 0
        try:
            for piece in self.template.generate(
                messages=messages, add_generation_prompt=answer, tools=None, documents=None, **self.names
            ):
                written.append(piece)
                size += len(piece)
                if size > MOST_LETTERS:
                    raise CourseError(
                        f"The conversation is longer than {MOST_LETTERS:,} letters; shorten it."
                    )
        except (
            jinja2.TemplateError,
            TypeError,
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
            RecursionError,
        ) as error:
            raise CourseError(f"The model's template does not take this conversation: {error}") from error
        return "".join(written)


def _refuse(why: str) -> None:
    """What a template calls when a conversation breaks its rules."""
    raise ValueError(why)


def conversation(
    messages: Sequence[Message], template: Template, tokenizer: OpenTokenizer, answer: bool = True
) -> list[int]:
    """The ids of a conversation.

    Only the template's own words become tokens with a meaning. In what people wrote, each such word gets a random mark
    after its first letter before the template sees it; the mark is taken out again when the text has been cut.
    """
    if not messages or not all(isinstance(m, Mapping) and {"role", "content"} <= m.keys() for m in messages):
        raise CourseError("A conversation is a list of messages, each with a role and a content.")
    kept = _any(tokenizer.special)
    if kept is None:
        return tokenizer.encode(template.render(messages, answer), special=True)
    mark = f"\ue000{secrets.token_hex(8)}\ue001"
    rendered = template.render([_each(message, partial(_marked, kept, mark)) for message in messages], answer)
    ids: list[int] = []
    for part in pieces(rendered, kept):
        whole = tokenizer.special.get(part)
        ids += tokenizer.encode(part.replace(mark, "")) if whole is None else [whole]
    return ids


def _marked(kept: regex.Pattern, mark: str, text: str) -> str:
    return kept.sub(lambda match: match[0][0] + mark + match[0][1:], text)


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """The same value with every text in it changed, names of fields left as they are."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _each(inner, change) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_each(inner, change) for inner in value]
    return value
