"""Text from a language model: one prompt or a batch, streams, stop strings, speculation. Lesson 6c builds it.

A model is a `utils.models.nn.Llama`, or a `utils.models.decoder.Decoder` made from one; tokens are ints. Choosing lives in
`utils.models.sampling`, reading with a cache in `utils.models.decoder`. Speculative decoding: Leviathan et al. 2023, arXiv:2211.17192.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from utils.models.decoder import Decoder, Reader
from utils.models.nn import Llama
from utils.models.sampling import GREEDY, Sampling, choose, pick, probabilities
from utils.repro import child_seed, torch_stream

Decode = Callable[[list[int]], str]
Model = Llama | Decoder
Prompts = Sequence[Sequence[int]]


@dataclass
class Answer:
    """What was written after one prompt, why it ended ("stop", "end", "length"), and what it took."""

    ids: list[int]  # the new tokens, an end token or those of a stop string included
    text: str = ""  # what they spell, cut before the stop string; empty without `decode`
    reason: str = ""  # empty while it goes on
    passes: int = 0  # of the model
    proposed: int = 0  # tokens of a draft
    accepted: int = 0  # how many of those were kept


@dataclass
class Writer:
    """Turns one row's tokens into text, piece by piece, and notices when to stop.

    A piece never ends within a character, nor within what may become a stop string. decode(ids) must spell a list as it
    spells its parts, wherever they are cut between characters, and end an unfinished character with U+FFFD: character
    and byte-level tokenizers do.
    """

    limit: int
    decode: Decode | None = None
    stop: Sequence[str] = ()
    end: Sequence[int] = ()
    answer: Answer = field(default_factory=lambda: Answer([]))
    pending: list[int] = field(default_factory=list)  # tokens that do not end with a whole character
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
        fresh = self.decode(self.pending) if self.decode and self.pending else ""
        if fresh.endswith("\ufffd") and not answer.reason:
            return ""
        self.pending, text = [], self.held + fresh
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


def _writers(model: Any, prompts: Any, new: int, room: int | None = None, **options: Any) -> list[Writer]:
    """A Writer for each prompt; raises ValueError with one sentence when an argument cannot be meant."""
    stop, vocabulary = options.get("stop", ()), model.shape.vocabulary
    if isinstance(stop, str) or not all(stop):
        raise ValueError(f"stop must be a list of texts that are not empty, not {stop!r}")
    if stop and options.get("decode") is None:
        raise ValueError("stop strings need `decode`, the function that turns tokens into text")
    if new < 1:
        raise ValueError(f"the number of new tokens must be at least 1, not {new}")
    if not prompts or any(isinstance(prompt, int) for prompt in prompts):
        raise ValueError("prompts must be a list of lists of tokens, with at least one prompt")
    for number, prompt in enumerate(prompts):
        if not len(prompt):
            raise ValueError(f"prompt {number} is empty; give it at least one token, such as a line break")
        if not 0 <= min(prompt) <= max(prompt) < vocabulary:
            raise ValueError(f"prompt {number} has a token outside 0 … {vocabulary - 1}")
        if room is not None and len(prompt) >= room:
            raise ValueError(
                f"prompt {number} has {len(prompt)} tokens, and the room is for {room} in all; shorten it"
            )
    return [Writer(min(new, (room or new + len(p)) - len(p)), **options) for p in prompts]


def _seen(rows: Sequence[Sequence[int]], sampling: Sampling, scores: Any) -> Any:
    """Which tokens each row holds, (B, V) bool; None when no penalty asks."""
    if sampling.repetition_penalty == 1:
        return None
    seen = torch.zeros(len(rows), scores.shape[-1], dtype=torch.bool, device=scores.device)
    for marks, row in zip(seen, rows, strict=True):
        marks[list(row)] = True
    return seen


def _row_seeds(seed: int | Sequence[int], rows: int) -> list[int]:
    """A seed for each row, so that no row's tokens depend on who else is in the batch."""
    if not isinstance(seed, Sequence):
        return [child_seed(seed, "generate.row", row) for row in range(rows)]
    if len(seed) != rows:
        raise ValueError(f"{rows} prompts need one seed, or one for each; {len(seed)} were given")
    return list(seed)


@torch.inference_mode()
def _write(
    model: Model,
    prompts: Prompts,
    writers: list[Writer],
    sampling: Sampling,
    seed: int | Sequence[int],
) -> Iterator[list[str]]:
    """After each pass, the new piece of text of every row, until all rows have finished."""
    longest, answers = max(map(len, prompts)), [writer.answer for writer in writers]
    pads = [longest - len(prompt) for prompt in prompts]
    reader = Reader(model, len(prompts), longest + max(writer.limit for writer in writers), pads)
    generators = [torch_stream(s, "generate.write") for s in _row_seeds(seed, len(prompts))]
    rows = [[0] * pad + list(prompt) for pad, prompt in zip(pads, prompts, strict=True)]
    while not all(answer.reason for answer in answers):
        scores = reader.read(rows)
        seen = _seen([[*p, *a.ids] for p, a in zip(prompts, answers, strict=True)], sampling, scores)
        tokens = choose(scores, sampling, generators, seen)
        rows = [[token] for token in tokens]
        yield ["" if w.answer.reason else w.add(token) for w, token in zip(writers, tokens, strict=True)]


def generate(
    model: Model,
    prompts: Prompts,
    new: int,
    *,
    sampling: Sampling = GREEDY,
    seed: int | Sequence[int] = 0,
    **options: Any,
) -> list[Answer]:
    """Continue each prompt by up to `new` tokens; an Answer for each, as if it had been alone.

    seed: one number, of which row r gets child_seed(seed, "generate.row", r); or a list with the seed of each row.
    So row r equals generate(model, [prompts[r]], new, seed=[child_seed(seed, "generate.row", r)])[0].
    Options: room, the most tokens that prompt and answer may have together; decode, ids -> text; stop, texts that end an
    answer; end, tokens that end it.  Raises ValueError when an argument cannot be meant.
    """
    writers = _writers(model, prompts, new, **options)
    for _ in _write(model, prompts, writers, sampling, seed):
        pass
    return [writer.answer for writer in writers]


def stream(
    model: Model,
    prompt: Sequence[int],
    new: int,
    *,
    decode: Decode,
    sampling: Sampling = GREEDY,
    seed: int = 0,
    **options: Any,
) -> Iterator[str]:
    """The same text as `generate`, in pieces, as soon as each is certain; options as there."""
    writers = _writers(model, [prompt], new, decode=decode, **options)
    return (pieces[0] for pieces in _write(model, [prompt], writers, sampling, seed) if pieces[0])


def judge(p: Any, q: Any, token: int, u: float, v: float) -> tuple[int, bool]:
    """Keep a token that was drawn from q, or draw another, so that the result is distributed as p. p, q: (V,), sum 1.

    Kept if u < p/q of it; else drawn, by v, from max(p - q, 0) made to sum 1. u, v uniform in [0, 1). Returns the token
    and whether it was kept. Source: Leviathan et al. 2023, section 2.3.
    """
    if u * float(q[token]) < float(p[token]):
        return token, True
    return pick((p - q).clamp(min=0)[None], torch.tensor([v])).item(), False


@torch.inference_mode()
def speculative(
    model: Model,
    draft: Model,
    prompt: Sequence[int],
    new: int,
    *,
    ahead: int = 4,
    sampling: Sampling = GREEDY,
    seed: int = 0,
    **options: Any,
) -> Answer:
    """Continue a prompt as `generate` would, in distribution; at temperature 0 the very same tokens.

    The small `draft` proposes up to `ahead` tokens; one pass of `model` judges them all and adds one of its own.
    Options and errors as in `generate`; also ValueError when the vocabularies differ or `ahead` is below 1.
    """
    if ahead < 1 or model.shape.vocabulary != draft.shape.vocabulary:
        raise ValueError("speculation needs ahead of at least 1, and a draft with the model's own vocabulary")
    writer = _writers(model, [prompt], new, **options)[0]
    answer, ids, generator = writer.answer, list(prompt), torch_stream(seed, "generate.speculative")
    large, small = (Reader(m, 1, len(ids) + writer.limit + ahead + 1) for m in (model, draft))

    def chances(scores: Any, line: list[int]) -> Any:
        return probabilities(scores, sampling, _seen([line], sampling, scores))

    def uniform(n: int = 1) -> Any:
        return torch.rand(n, generator=generator, dtype=torch.float64)

    while not answer.reason:
        line, trust, start = list(ids), [], len(ids)
        for _ in range(min(ahead, writer.limit - len(answer.ids) - 1)):
            trust.append(chances(small.read([line[small.cache.length :]]), line))
            line.append(pick(trust[-1], uniform()).item())
        scores = large.read([line[large.cache.length :]], every=True)[:, start - 1 - len(line) :]
        answer.passes, answer.proposed = answer.passes + 1, answer.proposed + len(trust)
        kept = True
        while kept and not answer.reason:
            place = len(ids) - start
            p = chances(scores[:, place], ids)
            if place < len(trust):
                token, kept = judge(p[0], trust[place][0], line[start + place], *uniform(2).tolist())
                answer.accepted += kept
            else:
                token, kept = pick(p, uniform()).item(), False
            ids.append(token)
            writer.add(token)
        for reader in (large, small):
            reader.cache.length = min(reader.cache.length, len(ids) - 1)
    return answer
