"""The encoder of lesson 6e: a Transformer of the BERT shape, the tokenizer that belongs to it, and a vector for each text.

Shapes: B texts, T tokens of the longest, C the width, H heads, D = C/H the width of a head. Sources: Devlin et al. 2018,
arXiv:1810.04805; layer norm, Ba et al. 2016, arXiv:1607.06450; GELU, Hendrycks & Gimpel 2016, arXiv:1606.08415; a text's
vector as the mean over its tokens, Reimers & Gurevych 2019, arXiv:1908.10084; MiniLM, Wang et al. 2020, arXiv:2002.10957.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from utils.errors import CourseError
from utils.models.checkpoints import MOST, Config, Source, weights_for
from utils.models.nn import is_real, is_whole, shapes_only
from utils.open_models import MODELS, find, member

TABLES = {  # ours: theirs
    "embed.weight": "embeddings.word_embeddings.weight",
    "place.weight": "embeddings.position_embeddings.weight",
    "kind.weight": "embeddings.token_type_embeddings.weight",
    "norm.weight": "embeddings.LayerNorm.weight",
    "norm.bias": "embeddings.LayerNorm.bias",
}
PARTS = {  # ours: theirs, the rows of several joined in this order
    "attention.qkv": tuple(f"attention.self.{part}" for part in ("query", "key", "value")),
    "attention.out": ("attention.output.dense",),
    "norm1": ("attention.output.LayerNorm",),
    "up": ("intermediate.dense",),
    "down": ("output.dense",),
    "norm2": ("output.LayerNorm",),
}
# of the first token's vector alone, and of sentence pairs: nothing that a mean over tokens uses
UNUSED = {"pooler.dense.weight", "pooler.dense.bias", "embeddings.position_ids"}
LONGEST_WORD = 100  # characters; a longer one is unknown as a whole, as in BERT's own code


@dataclass(frozen=True)
class EncoderShape:
    """The numbers that fix an encoder: `places` is the longest text in tokens, `kinds` the number of segments.

    Raises ValueError when no encoder has such numbers.
    """

    vocabulary: int
    width: int = 384
    layers: int = 6
    heads: int = 12
    hidden: int = 1536
    places: int = 512
    kinds: int = 2
    epsilon: float = 1e-12

    def __post_init__(self) -> None:
        for name in ("vocabulary", "width", "layers", "heads", "hidden", "places", "kinds"):
            if not is_whole(getattr(self, name), 1):
                raise ValueError(f"{name} must be a whole number of at least 1, not {getattr(self, name)!r}.")
        if not is_real(self.epsilon) or self.epsilon <= 0:
            raise ValueError(f"epsilon must be a number above 0, not {self.epsilon!r}.")
        if self.width % self.heads:
            raise ValueError(
                f"a width of {self.width} cannot be shared by {self.heads} heads; use a divisor."
            )

    @property
    def parameters(self) -> int:
        """How many numbers training sets."""
        block = (
            4 * self.width * (self.width + 1) + 2 * self.width * self.hidden + self.hidden + 5 * self.width
        )
        tables = (self.vocabulary + self.places + self.kinds) * self.width
        return self.layers * block + tables + 2 * self.width


class Attention(nn.Module):
    """Every token attends to every real token, before and after it."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv, self.out = nn.Linear(shape.width, 3 * shape.width), nn.Linear(shape.width, shape.width)

    def forward(self, x: torch.Tensor, real: torch.Tensor | None) -> torch.Tensor:
        """(B, T, C) -> (B, T, C); real: (B, 1, 1, T), which tokens may be seen, or None for all."""
        B, T, C = x.shape
        heads = self.qkv(x).view(B, T, 3, self.heads, C // self.heads).transpose(1, 3)  # (B, H, 3, T, D)
        y = F.scaled_dot_product_attention(*heads.unbind(2), attn_mask=real)
        return self.out(y.transpose(1, 2).reshape(B, T, C))  # (B, H, T, D) -> (B, T, C)


class Block(nn.Module):
    """norm(x + attention(x)), then norm(x + mlp(x)): the norm stands behind each part."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        self.attention, self.norm1 = Attention(shape), nn.LayerNorm(shape.width, shape.epsilon)
        self.up, self.down = nn.Linear(shape.width, shape.hidden), nn.Linear(shape.hidden, shape.width)
        self.norm2 = nn.LayerNorm(shape.width, shape.epsilon)

    def forward(self, x: torch.Tensor, real: torch.Tensor | None) -> torch.Tensor:
        """(B, T, C) -> (B, T, C)"""
        x = self.norm1(x + self.attention(x, real))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Encoder(nn.Module):
    """A vector for each token, with the whole text in view: ids (B, T) -> (B, T, C). Weights start from N(0, 0.02²)."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocabulary, shape.width)
        self.place, self.kind = (
            nn.Embedding(shape.places, shape.width),
            nn.Embedding(shape.kinds, shape.width),
        )
        self.norm = nn.LayerNorm(shape.width, shape.epsilon)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    def forward(
        self, ids: torch.Tensor, real: torch.Tensor | None = None, kinds: torch.Tensor | None = None
    ) -> torch.Tensor:
        """ids (B, T) -> (B, T, C); real (B, T): True where a token is no padding; kinds (B, T): segments, 0 when None.

        Raises ValueError for more tokens than there are places.
        """
        T = ids.shape[1]
        if self.shape.places < T:
            raise ValueError(f"{T} tokens are more than this encoder's {self.shape.places} places.")
        kind = self.kind.weight[0] if kinds is None else self.kind(kinds)
        x = self.norm(self.embed(ids) + self.place.weight[:T] + kind)
        seen = None if real is None else real[:, None, None, :]
        for block in self.blocks:
            x = block(x, seen)
        return x


def mean_pool(hidden: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """A unit vector for each text: the mean over its real tokens. hidden (B, T, C), real (B, T) bool -> (B, C)"""
    kept = real[..., None].to(hidden.dtype)
    return F.normalize((hidden * kept).sum(dim=1) / kept.sum(dim=1).clamp(min=1), dim=-1)


def padded(rows: Sequence[Sequence[int]], pad: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of ids as one batch, filled up at the right: ids (B, T) int64, and real (B, T), True where they are no padding."""
    longest = max(map(len, rows), default=0)
    lengths = torch.tensor([len(row) for row in rows])
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows], dtype=torch.long)
    return ids, torch.arange(longest) < lengths[:, None]


# ------------------------------------------------------------------------------
# text to numbers


def simple_words(text: str) -> list[str]:
    """The words of an uncased BERT: lower case, no accents; signs and Chinese characters are words of their own."""
    words, fresh = [], True
    for character in _plain(text):
        if character.isspace():
            fresh = True
        elif _alone(character):
            words.append(character)
            fresh = True
        elif fresh:
            words.append(character)
            fresh = False
        else:
            words[-1] += character
    return words


def _plain(text: str) -> str:
    """Without control characters, without accents, in lower case."""
    kept = "".join(c for c in text if not _control(c))
    bare = (c for c in unicodedata.normalize("NFD", kept) if unicodedata.category(c) != "Mn")
    return "".join(c.lower() for c in bare)  # one by one: as a word, ΟΔΟΣ would end in another sigma


def _control(character: str) -> bool:
    if character in "\t\n\r":
        return False
    return character in "\0\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co")


def _alone(character: str) -> bool:
    """A sign, or a character of the blocks in which Chinese, Japanese and Korean share signs."""
    code = ord(character)
    signs = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return signs or unicodedata.category(character).startswith("P") or _shared_sign(code)


def _shared_sign(code: int) -> bool:
    blocks = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F)]
    blocks += [(0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]
    return any(low <= code <= high for low, high in blocks)


class WordPiece:
    """Text to ids as an uncased BERT cuts it: each word from left to right into the longest pieces of the vocabulary.

    vocabulary: pieces and their ids; one that goes on inside a word begins with ##. Source: Wu et al. 2016,
    arXiv:1609.08144, for the pieces; the greedy cut is that of BERT's published code.
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self.vocabulary = dict(vocabulary)
        missing = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"} - self.vocabulary.keys()
        if missing:
            raise CourseError(f"A WordPiece vocabulary has {', '.join(sorted(missing))}; this one does not.")
        self.pieces = {number: piece for piece, number in self.vocabulary.items()}
        self._known: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.vocabulary)

    def encode(self, text: str, most: int = 256) -> list[int]:
        """[CLS], the text's pieces, [SEP]; of a long text only the beginning, `most` ids in all."""
        ids = [piece for word in simple_words(text) for piece in self._word(word)][: max(most - 2, 0)]
        return [self.vocabulary["[CLS]"], *ids, self.vocabulary["[SEP]"]]

    def _word(self, word: str) -> list[int]:
        if word not in self._known:
            self._known[word] = self._cut(word)
        return self._known[word]

    def _cut(self, word: str) -> list[int]:
        """The longest known piece, then the longest of the rest; [UNK] for the whole word when a rest has none."""
        ids: list[int] = []
        start = 0
        while start < len(word) <= LONGEST_WORD:
            mark = "##" if start else ""
            ends = (end for end in range(len(word), start, -1) if mark + word[start:end] in self.vocabulary)
            end = next(ends, None)
            if end is None:
                break
            ids.append(self.vocabulary[mark + word[start:end]])
            start = end
        return ids if start == len(word) else [self.vocabulary["[UNK]"]]


# ------------------------------------------------------------------------------
# an open encoder


@dataclass(frozen=True)
class OpenEncoder:
    """An encoder and the tokenizer that it was trained with."""

    name: str
    model: Encoder
    tokenizer: WordPiece

    @torch.inference_mode()
    def embed(self, texts: Sequence[str], batch: int = 64, most: int = 256) -> torch.Tensor:
        """A unit vector for each text, (N, C). Texts of like length share a batch, so that little is spent on padding."""
        rows = [self.tokenizer.encode(text, most) for text in texts]
        order = sorted(range(len(rows)), key=lambda n: len(rows[n]))
        vectors = torch.empty(len(rows), self.model.shape.width)
        for start in range(0, len(order), batch):
            picked = order[start : start + batch]
            ids, real = padded([rows[n] for n in picked], self.tokenizer.vocabulary["[PAD]"])
            vectors[picked] = mean_pool(self.model(ids, real), real)
        return vectors


def load_encoder(name: str = "minilm") -> OpenEncoder:
    """An open model of the BERT shape, float32, eval mode; CourseError when it is not installed or of another family."""
    from safetensors.torch import load

    where = find(name)
    if where.suffix != ".zip":
        raise CourseError(f"{MODELS[name]['title']} is no encoder; lesson 6d runs it.")
    shape = encoder_shape(json.loads(member(name, "config.json")), where)
    weights = load(member(name, "model.safetensors"))
    sizes = {part: tuple(tensor.shape) for part, tensor in weights.items()}
    model = build_encoder(shape, Source(where, "config.json", sizes, weights.__getitem__))
    return OpenEncoder(name, model, WordPiece(json.loads(member(name, "tokenizer.json"))["model"]["vocab"]))


def build_encoder(shape: EncoderShape, source: Source) -> Encoder:
    """An encoder of that shape with the source's weights, under the names of the transformers library; eval mode."""
    with shapes_only():
        model = Encoder(shape)
    names: dict[str, tuple[str, ...]] = {ours: (theirs,) for ours, theirs in TABLES.items()}
    for layer in range(shape.layers):
        for ours, theirs in PARTS.items():
            for end in ("weight", "bias"):
                parts = tuple(f"encoder.layer.{layer}.{part}.{end}" for part in theirs)
                names[f"blocks.{layer}.{ours}.{end}"] = parts
    model.load_state_dict(weights_for(model, names, source, torch.float32, UNUSED), assign=True)
    return model.eval()


def encoder_shape(values: Mapping, where: Path) -> EncoderShape:
    """The shape that a config.json describes; raises CourseError for a model of another family."""
    odd = {
        "model_type": values.get("model_type") != "bert",
        "hidden_act": values.get("hidden_act", "gelu") != "gelu",
        "position_embedding_type": values.get("position_embedding_type", "absolute") != "absolute",
    }
    for name, other in odd.items():
        if other:
            raise CourseError(
                f"{where} has {name} = {values.get(name)!r}, which this encoder does not build."
            )
    config = Config(values, where)
    try:
        return EncoderShape(
            vocabulary=config.whole("vocab_size", MOST["vocabulary"]),
            width=config.whole("hidden_size", MOST["width"]),
            layers=config.whole("num_hidden_layers", MOST["layers"]),
            heads=config.whole("num_attention_heads", MOST["heads"]),
            hidden=config.whole("intermediate_size", MOST["hidden"]),
            places=config.whole("max_position_embeddings", MOST["vocabulary"]),
            kinds=config.whole("type_vocab_size", MOST["vocabulary"]),
            epsilon=config.real("layer_norm_eps", 1e-12),
        )
    except ValueError as error:
        raise CourseError(f"{where} describes an impossible model: {error}") from error
