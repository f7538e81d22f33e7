"""Text from a language model: one prompt or a batch, streams, stop strings, speculation. Lesson 6c builds it.

A model is a `utils.models.nn.Llama`, or a `utils.models.decoder.PreparedLlama` made from one; tokens are ints. Choosing
lives in `utils.models.sampling`, reading with a cache in `utils.models.decoder`. Speculative decoding: Leviathan et al.
2023, arXiv:2211.17192, and, at the same time, Chen et al. 2023, arXiv:2302.01318.
"""

import operator
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypedDict, Unpack

import torch

from utils.models.decoder import PreparedLlama, Reader
from utils.models.nn import Llama, is_whole
from utils.models.sampling import GREEDY, Sampling, best, choose, in_float64, pick, probabilities
from utils.repro import child_seed, torch_stream

Decode = Callable[[list[int]], str]
Model = Llama | PreparedLlama
Prompts: TypeAlias = Sequence[Sequence[int]] | torch.Tensor
Seed: TypeAlias = int | torch.Generator | Sequence[int | torch.Generator]
UNKNOWN = "\ufffd"  # what a decoder writes for bytes that are no character, or not yet one


class Options(TypedDict, total=False):
    """What `generate`, `stream` and `speculative` take besides; each may be left out."""

    room: int | None  # the most tokens that prompt and answer may have together
    decode: Decode | None  # ids -> text
    stop: Sequence[str]  # texts that end an answer
    end: Collection[int]  # tokens that end it
    logprobs: bool  # whether `Answer.logprobs` is wanted
    cancelled: Callable[[], bool] | None  # asked before each pass; true ends the work


@dataclass
class Answer:
    """What was written after one prompt, why it ended ("stop", "end", "length", "cancelled"), and what it took."""

    ids: list[int]  # the new tokens, an end token or those of a stop string included
    text: str = ""  # what they spell, cut before the stop string; empty without `decode`
    reason: str = ""  # empty while it goes on
    passes: int = 0  # of the model
    proposed: int = 0  # tokens of a draft
    accepted: int = 0  # how many of those were kept
    logprobs: list[float] = field(default_factory=list)  # ln p of each token, before any filter of `Sampling`


@dataclass
class Writer:
    """Turns one row's tokens into text, piece by piece, and notices when to stop.

    A piece never ends within a character, nor within what may become a stop string. decode(ids) must spell a list as it
    spells its parts, wherever they are cut between characters, and write U+FFFD for bytes that are no character and for
    an unfinished one at the end: character and byte-level tokenizers do.
    """

    limit: int
    decode: Decode | None = None
    stop: Sequence[str] = ()
    end: Collection[int] = ()
    answer: Answer = field(default_factory=lambda: Answer([]))
    pending: list[int] = field(default_factory=list)  # tokens that do not end with a whole character
    told: int = 0  # characters of theirs that were given out
    held: str = ""  # text that may be the beginning of a stop string

    def add(self, token: int) -> str:
        """Take one token; return the text that is now certain."""
        answer = self.answer
        answer.ids.append(token)
        if token in self.end:
            answer.reason = "end"
        else:
            self.pending.append(token)
            answer.reason = "length" if len(answer.ids) >= self.limit else ""
        return self._release(self._fresh())

    def cancel(self) -> str:
        """End the answer now; return the text that was held back."""
        self.answer.reason = "cancelled"
        return self._release(self._fresh())

    def _fresh(self) -> str:
        """What the pending tokens spell beyond what was told; an unfinished last character only when all is over."""
        text = self.decode(self.pending) if self.decode and self.pending else ""
        waits = text.endswith(UNKNOWN) and not self.answer.reason
        whole = text[:-1] if waits else text
        fresh, self.told = whole[self.told :], len(whole)
        if self.decode and waits:
            self._forget(self.decode, text)
        else:
            self.pending, self.told = [], 0
        return fresh

    def _forget(self, decode: Decode, text: str) -> None:
        """Drop the pending tokens before the unfinished character, which lies in the last three bytes."""
        for cut in range(len(self.pending) - 1, max(len(self.pending) - 4, 0), -1):
            before = decode(self.pending[:cut])
            # cut within a character, the two sides spell more than the whole does
            if before + decode(self.pending[cut:]) == text:
                self.pending, self.told = self.pending[cut:], self.told - len(before)
                return

    def _release(self, fresh: str) -> str:
        """Add text to what is held; return, and keep in the answer, all that no stop string can begin in."""
        answer, text = self.answer, self.held + fresh
        found = [place for place in map(text.find, self.stop) if place >= 0]
        if found:
            answer.reason = "stop"
        certain = min(found) if found else len(text) - (0 if answer.reason else self._overlap(text))
        self.held = text[certain:]
        answer.text += text[:certain]
        return text[:certain]

    def _overlap(self, text: str) -> int:
        """Length of the longest end of a text with which a stop string begins."""
        sizes = (n for stop in self.stop for n in range(1, len(stop)) if text.endswith(stop[:n]))
        return max(sizes, default=0)


# ------------------------------------------------------------------------------
# what was asked for


def _rows(prompts: Prompts, vocabulary: int, room: int | None) -> list[list[int]]:
    """Prompts as lists of ints; raises ValueError with one sentence when they cannot be meant."""
    try:
        rows = [[operator.index(token) for token in prompt] for prompt in prompts]
    except TypeError:
        rows = []
    if not rows:
        raise ValueError("prompts must be a list of lists of tokens, with at least one prompt")
    for number, row in enumerate(rows):
        if not row:
            raise ValueError(f"prompt {number} is empty; give it at least one token, such as a line break")
        if not 0 <= min(row) <= max(row) < vocabulary:
            raise ValueError(f"prompt {number} has a token outside 0 … {vocabulary - 1}")
        if room is not None and len(row) >= room:
            raise ValueError(
                f"prompt {number} has {len(row)} tokens, and the room is for {room} in all; shorten it"
            )
    return rows


def _writers(rows: list[list[int]], new: int, options: Options) -> list[Writer]:
    """A Writer for each row; raises ValueError with one sentence when an option cannot be meant."""
    unknown = set(options) - Options.__optional_keys__
    if unknown:
        raise TypeError(
            f"there is no option {min(unknown)!r}; there are {', '.join(Options.__annotations__)}"
        )
    stop, end, decode = options.get("stop", ()), options.get("end", ()), options.get("decode")
    if isinstance(stop, str) or not all(isinstance(text, str) and text for text in stop):
        raise ValueError(f"stop must be a list of texts that are not empty, not {stop!r}")
    if not isinstance(end, Collection) or not all(isinstance(token, int) for token in end):
        raise ValueError(f"end must be a list of tokens, not {end!r}")
    if stop and decode is None:
        raise ValueError("stop strings need `decode`, the function that turns tokens into text")
    if not is_whole(new, 1):
        raise ValueError(f"the number of new tokens must be a whole number of at least 1, not {new!r}")
    room = options.get("room")
    limits = [new if room is None else min(new, room - len(row)) for row in rows]
    return [Writer(limit, decode, stop, frozenset(end)) for limit in limits]


def _generators(seed: Seed, rows: int) -> list[torch.Generator]:
    """One generator a row, so that no row's tokens depend on who else is in the batch."""
    if isinstance(seed, Sequence):
        seeds = list(seed)
    elif isinstance(seed, torch.Generator):
        seeds = [seed]
    else:
        seeds = [child_seed(seed % 2**32, "generate.row", row) for row in range(rows)]
    if len(seeds) != rows:
        raise ValueError(f"{rows} prompts need one seed, or one for each; {len(seeds)} were given")
    return [_generator(one, "generate.write") for one in seeds]


def _generator(seed: int | torch.Generator, name: str) -> torch.Generator:
    """A generator as it is, or a new one of that name; of a longer seed the last 32 bits count."""
    return seed if isinstance(seed, torch.Generator) else torch_stream(int(seed) % 2**32, name)


# ------------------------------------------------------------------------------
# writing

WORTH_SHARING = 8  # tokens that all prompts of a batch begin with, from which on they are read once


def common_prefix(rows: Sequence[list[int]]) -> list[int]:
    """What all rows of tokens begin with; at least the last token of each is left out, so that every row has one to read."""
    first, last, most = min(rows), max(rows), min(map(len, rows)) - 1  # in order, as in a lexicon
    return first[: next((n for n in range(most) if first[n] != last[n]), most)]


def _seen(rows: list[list[int]], sampling: Sampling, like: torch.Tensor) -> torch.Tensor | None:
    """Which tokens each row holds, (B, V) bool; None when no penalty asks."""
    if sampling.repetition_penalty == 1:
        return None
    seen = torch.zeros(len(rows), like.shape[-1], dtype=torch.bool, device=like.device)
    for marks, row in zip(seen, rows, strict=True):
        marks[row] = True
    return seen


def _logprobs(scores: torch.Tensor, tokens: Sequence[int]) -> list[float]:
    """ln p of one token in each row of scores (B, V)."""
    best(scores)  # or they are not finite
    every = in_float64(scores).log_softmax(dim=-1)
    return [float(row[token]) for row, token in zip(every, tokens, strict=True)]


@torch.inference_mode()
def _write(
    model: Model,
    rows: list[list[int]],
    writers: list[Writer],
    sampling: Sampling,
    generators: list[torch.Generator],
    options: Options,
) -> Generator[list[str], None, None]:
    """After each pass, the new piece of text of every row, until all rows have finished."""
    longest, answers = max(map(len, rows)), [writer.answer for writer in writers]
    pads = [longest - len(row) for row in rows]
    reader = Reader(model, len(rows), longest + max(writer.limit for writer in writers), pads)
    beginning = common_prefix(rows)
    shared = len(beginning) if len(rows) > 1 and len(beginning) >= WORTH_SHARING else 0
    if shared:
        reader.share(beginning, pads)
    fresh, seen = [([0] * pad + row)[shared:] for pad, row in zip(pads, rows, strict=True)], None
    cancelled = options.get("cancelled") or (lambda: False)
    while not all(answer.reason for answer in answers):
        if cancelled():
            yield ["" if w.answer.reason else w.cancel() for w in writers]
            return
        scores = reader.read(fresh)
        seen = _seen(rows, sampling, scores) if seen is None else seen
        tokens = choose(scores, sampling, generators, seen)
        logprobs = _logprobs(scores, tokens) if options.get("logprobs") else [None] * len(rows)
        fresh = [[token] for token in tokens]
        if seen is not None:
            seen.scatter_(1, torch.tensor(fresh, device=seen.device), True)
        yield list(map(_take, writers, tokens, logprobs))


def _take(writer: Writer, token: int, logprob: float | None) -> str:
    """Add a token to an answer that still goes on, and count it."""
    if writer.answer.reason:
        return ""
    writer.answer.passes += 1
    if logprob is not None:
        writer.answer.logprobs.append(logprob)
    return writer.add(token)


def generate(
    model: Model,
    prompts: Prompts,
    new: int,
    *,
    sampling: Sampling = GREEDY,
    seed: Seed = 0,
    **options: Unpack[Options],
) -> list[Answer]:
    """Continue each prompt by up to `new` tokens; an Answer for each, as if it had been alone, up to rounding.

    prompts: lists, arrays or tensors of tokens, of any lengths. seed: one for each prompt, a number or a torch.Generator
    on the CPU; or one number s, of which row r gets child_seed(s, "generate.row", r). Rounding may
    decide a near tie otherwise in a batch than alone. For the rest see `Options`.

    Raises ValueError when an argument cannot be meant, or when the model's scores are not finite.
    """
    rows = _rows(prompts, model.shape.vocabulary, options.get("room"))
    writers = _writers(rows, new, options)
    for _ in _write(model, rows, writers, sampling, _generators(seed, len(rows)), options):
        pass
    return [writer.answer for writer in writers]


class Stream(Iterator[str]):
    """The pieces of an answer as they become certain. `answer` grows with them; `close()` ends the work at once."""

    def __init__(self, writer: Writer, work: Generator[list[str], None, None]) -> None:
        self.answer, self._writer, self._work = writer.answer, writer, work

    def __next__(self) -> str:
        while not (piece := next(self._work)[0]):
            pass
        return piece

    def close(self) -> None:
        """No pass of the model from now on; an answer that was not finished has the reason "cancelled"."""
        self._work.close()
        if not self.answer.reason:
            self._writer.cancel()


def stream(
    model: Model,
    prompt: Sequence[int] | torch.Tensor,
    new: int,
    *,
    sampling: Sampling = GREEDY,
    seed: int | torch.Generator = 0,
    **options: Unpack[Options],
) -> Stream:
    """The same text as `generate`, in pieces, as soon as each is certain; options and errors as there, needs `decode`."""
    if options.get("decode") is None:
        raise ValueError("a stream of text needs `decode`, the function that turns tokens into text")
    rows = _rows([prompt], model.shape.vocabulary, options.get("room"))
    writers = _writers(rows, new, options)
    return Stream(writers[0], _write(model, rows, writers, sampling, _generators(seed, 1), options))


# ------------------------------------------------------------------------------
# speculation


def judge(p: torch.Tensor, q: torch.Tensor, token: int, u: float, v: float) -> tuple[int, bool]:
    """Keep a token that was drawn from q, or draw another, so that the result is distributed as p. p, q: (V,), sum 1.

    Kept if u < p/q of it; else drawn, by v, from max(p - q, 0) made to sum 1. u, v uniform in [0, 1). Returns the token
    and whether it was kept. Raises ValueError when p or q is not finite. Source: Leviathan et al. 2023, section 2.3.
    """
    p, q = in_float64(p), in_float64(q)
    if u * float(q[token]) < float(p[token]):
        return token, True
    rest = (p - q).clamp(min=0)
    # p and q alike but for rounding leave nothing to draw from
    return pick((rest if rest.any() else p)[None], torch.tensor([v], dtype=torch.float64)).item(), False


@dataclass
class _Speculation:
    """A draft's proposals and the model's verdicts on them, pass by pass, for one answer."""

    large: Reader
    small: Reader
    ids: list[int]  # the prompt and what is written
    writer: Writer
    ahead: int
    sampling: Sampling
    generator: torch.Generator
    logprobs: bool

    def chances(self, scores: torch.Tensor, line: list[int]) -> torch.Tensor:
        """Probabilities (1, V) of the token after a line, from its scores (1, V)."""
        return probabilities(scores, self.sampling, _seen([line], self.sampling, scores))

    def uniform(self, n: int) -> torch.Tensor:
        """n numbers from [0, 1), (n,) float64."""
        return torch.rand(n, generator=self.generator, dtype=torch.float64)

    def propose(self) -> tuple[list[int], list[torch.Tensor]]:
        """All tokens with up to `ahead` more of the draft's, and what each was drawn from, (V,)."""
        line, trust, answer = list(self.ids), [], self.writer.answer
        for _ in range(min(self.ahead, self.writer.limit - len(answer.ids) - 1)):
            p = self.chances(self.small.read([line[self.small.cache.length :]]), line)
            line.append(pick(p, self.uniform(1)).item())
            trust.append(p[0])
        return line, trust

    def step(self) -> None:
        """One pass of the model: the kept part of a proposal, and one token of the model's own."""
        answer, start = self.writer.answer, len(self.ids)
        line, trust = self.propose()
        scores = self.large.read([line[self.large.cache.length :]], every=True)[:, start - 1 - len(line) :]
        answer.passes, answer.proposed = answer.passes + 1, answer.proposed + len(trust)
        for place in range(len(trust) + 1):
            p, kept = self.chances(scores[:, place], self.ids), False
            if place < len(trust):
                token, kept = judge(p[0], trust[place], line[start + place], *self.uniform(2).tolist())
            else:
                token = pick(p, self.uniform(1)).item()
            answer.accepted += kept
            answer.logprobs += _logprobs(scores[:, place], [token]) if self.logprobs else []
            self.ids.append(token)
            self.writer.add(token)
            if answer.reason or not kept:
                break
        for reader in (self.large, self.small):
            reader.cache.length = min(reader.cache.length, len(self.ids) - 1)


@torch.inference_mode()
def speculative(
    model: Model,
    draft: Model,
    prompt: Sequence[int] | torch.Tensor,
    new: int,
    *,
    ahead: int = 4,
    sampling: Sampling = GREEDY,
    seed: int | torch.Generator = 0,
    **options: Unpack[Options],
) -> Answer:
    """Continue a prompt as `generate` would, in distribution; at temperature 0 the very same tokens, up to rounding.

    The small `draft` proposes up to `ahead` tokens; one pass of `model` judges them all and adds one of its own.
    Options and errors as in `generate`; also ValueError when the vocabularies differ or `ahead` is below 1.
    """
    if not is_whole(ahead, 1) or model.shape.vocabulary != draft.shape.vocabulary:
        raise ValueError("speculation needs ahead of at least 1, and a draft with the model's own vocabulary")
    rows = _rows([prompt], model.shape.vocabulary, options.get("room"))
    writer = _writers(rows, new, options)[0]
    room = len(rows[0]) + writer.limit + ahead + 1
    large, small = Reader(model, 1, room), Reader(draft, 1, room)
    generator, logprobs = _generator(seed, "generate.speculative"), options.get("logprobs", False)
    work = _Speculation(large, small, rows[0], writer, ahead, sampling, generator, logprobs)
    cancelled = options.get("cancelled") or (lambda: False)
    while not writer.answer.reason:
        if cancelled():
            writer.cancel()
        else:
            work.step()
    return writer.answer
