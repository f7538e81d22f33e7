"""Open checkpoints into the decoder of lesson 6a: folders in the format of the transformers library, and GGUF files.

Nothing in these formats can execute. What a file claims is compared with limits, and with the tensors' own sizes, before
memory is taken; a tensor that nothing would use is an error, because the scores would be wrong without a word.
"""

import dataclasses
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from utils.errors import CourseError, shown
from utils.models import gguf
from utils.models.chat import (
    Message,
    OpenTokenizer,
    Template,
    conversation,
    gguf_tokenizer,
    json_tokenizer,
)
from utils.models.nn import Llama, Shape, shapes_only
from utils.open_models import MODELS, find

NAMES = {  # ours: theirs, the rows of several joined in this order
    "norm1.weight": ("input_layernorm.weight",),
    "norm2.weight": ("post_attention_layernorm.weight",),
    "attention.qkv.weight": tuple(f"self_attn.{part}_proj.weight" for part in "qkv"),
    "attention.out.weight": ("self_attn.o_proj.weight",),
    "mlp.up.weight": ("mlp.gate_proj.weight", "mlp.up_proj.weight"),
    "mlp.down.weight": ("mlp.down_proj.weight",),
}
ENDS = {"embed.weight": "model.embed_tokens.weight", "norm.weight": "model.norm.weight"}
HEAD = "lm_head.weight"
MOST_BYTES_OF_JSON = 2**27
# the largest numbers that a config may claim: above those of every published Llama, and small enough to build
MOST = {
    "vocabulary": 2**22,
    "width": 2**16,
    "layers": 2**10,
    "heads": 2**10,
    "head_width": 2**12,
    "hidden": 2**20,
}


@dataclass(frozen=True)
class Source:
    """The tensors of a checkpoint by the names of the transformers library, none of them read yet.

    where: the folder or file; described: what of it gives the shape.
    """

    where: Path
    described: str
    sizes: Mapping[str, tuple[int, ...]]
    read: Callable[[str], torch.Tensor]


# ------------------------------------------------------------------------------
# a folder: config.json and safetensors files


def read_json(path: Path, advice: str) -> dict[str, Any]:
    """The object in a JSON file from elsewhere; raises CourseError with `advice` when there is none."""
    try:
        if path.stat().st_size > MOST_BYTES_OF_JSON:
            raise CourseError(f"{path} is far too large to be what its name says; {advice}")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CourseError(f"{path} is not there or not JSON; {advice}") from error
    if not isinstance(found, dict):
        raise CourseError(f"{path} is not JSON with names and values; {advice}")
    return found


class Config:
    """Numbers of a config from elsewhere, each checked: `where` says in a sentence whose they are."""

    def __init__(self, values: Mapping[str, Any], where: Path) -> None:
        self.values, self.where = values, where

    def whole(self, name: str, most: int, default: int | None = None) -> int:
        """A whole number from 1 to `most`; the default stands for what is absent or null."""
        value = self._value(name, default)
        if type(value) is not int or not 1 <= value <= most:
            raise CourseError(
                f"{self.where} has {name} = {shown(value)}, not a whole number from 1 to {most}."
            )
        return value

    def real(self, name: str, default: float | None = None) -> float:
        """A finite number above 0."""
        value = self._value(name, default)
        if type(value) not in (int, float) or not 0 < value < float("inf"):
            raise CourseError(f"{self.where} has {name} = {shown(value)}, not a number above 0.")
        return float(value)

    def _value(self, name: str, default: Any) -> Any:
        value = self.values.get(name)
        value = default if value is None else value
        if value is None:
            raise CourseError(f"{self.where} lacks {name!r}; it is not a whole Llama checkpoint.")
        return value


def read_shape(folder: str | Path) -> Shape:
    """The shape that a folder's config.json describes; raises CourseError for a model of another family."""
    path = Path(folder) / "config.json"
    values = read_json(path, "name a folder with config.json and safetensors files.")
    rope = values.get("rope_parameters") or values.get("rope_scaling") or {}
    if not isinstance(rope, dict):
        raise CourseError(f"{path} has rope parameters that are no names and values: {shown(rope)}.")
    kind = rope.get("rope_type", rope.get("type", "default"))
    odd = {
        "model_type": values.get("model_type") != "llama",
        "hidden_act": values.get("hidden_act", "silu") != "silu",
        "attention_bias": bool(values.get("attention_bias")),
        "mlp_bias": bool(values.get("mlp_bias")),
        "rope_type": kind not in ("default", "llama3"),
        "quantization_config": values.get("quantization_config") is not None,
    }
    for name, other in odd.items():
        if other:
            value = shown(kind if name == "rope_type" else values.get(name))
            raise CourseError(
                f"{path} has {name} = {value}, which this decoder does not build; take a Llama checkpoint."
            )
    return _shape(Config(values, path), Config(rope, path), kind == "llama3")


def _shape(config: Config, rope: Config, stretched: bool) -> Shape:
    """The numbers of a config.json; see Shape."""
    heads, width = (
        config.whole("num_attention_heads", MOST["heads"]),
        config.whole("hidden_size", MOST["width"]),
    )
    base = config.real("rope_theta", 10000.0)
    return make_shape(
        config.where,
        vocabulary=config.whole("vocab_size", MOST["vocabulary"]),
        width=width,
        layers=config.whole("num_hidden_layers", MOST["layers"]),
        heads=heads,
        kv_heads=config.whole("num_key_value_heads", MOST["heads"], heads),
        head_width=config.whole("head_dim", MOST["head_width"], max(width // heads, 1)),
        hidden=config.whole("intermediate_size", MOST["hidden"]),
        base=rope.real("rope_theta", base),
        scaling=rope.values if stretched else None,
        epsilon=config.real("rms_norm_eps", 1e-6),
        tied=bool(config.values.get("tie_word_embeddings")),
    )


def make_shape(where: Path, **numbers: Any) -> Shape:
    """A Shape, or one sentence that says which numbers cannot go together."""
    try:
        return Shape(**numbers)
    except ValueError as error:
        raise CourseError(f"{where} describes an impossible model: {error}") from error


def _files(folder: Path) -> Iterator[tuple[Path, set[str] | None]]:
    """The safetensors files that count, each with the names to take from it (None: all), as the transformers library chooses.

    model.safetensors alone if it is there, else what the index names, else all: backups and adapters lie beside them.
    """
    index = folder / "model.safetensors.index.json"
    if (folder / "model.safetensors").is_file():
        yield folder / "model.safetensors", None
    elif index.is_file():
        places = read_json(index, "fetch it again.").get("weight_map")
        if not isinstance(places, dict) or not all(_plain(file) for file in places.values()):
            raise CourseError(
                f"{index} does not say which file of this folder holds which tensor; fetch it again."
            )
        for file in sorted(set(places.values())):
            yield folder / file, {name for name, place in places.items() if place == file}
    else:
        yield from ((path, None) for path in sorted(folder.glob("*.safetensors")))


def _plain(file: Any) -> bool:
    """Whether it is the name of a file in the same folder."""
    return isinstance(file, str) and file not in ("", ".", "..") and not set(file) & set("/\\:\0")


def folder_source(folder: Path) -> Source:
    """The tensors of a folder's safetensors files."""
    from safetensors import SafetensorError, safe_open

    where: dict[str, Any] = {}
    sizes: dict[str, tuple[int, ...]] = {}
    try:
        for path, wanted in _files(folder):
            file = safe_open(path, framework="pt")
            for name in set(file.keys()) & wanted if wanted is not None else file.keys():
                if name in where:
                    raise CourseError(
                        f"Two safetensors files in {folder} hold {name}; leave those of one checkpoint there."
                    )
                stored = file.get_slice(name)
                if stored.get_dtype() not in ("F64", "F32", "F16", "BF16"):
                    raise CourseError(
                        f"{path} stores {name} as {stored.get_dtype()}: a quantised checkpoint, which this decoder "
                        "would misread; take the original one."
                    )
                where[name], sizes[name] = file, tuple(stored.get_shape())
    except (SafetensorError, OSError) as error:
        raise CourseError(f"{folder} holds a damaged safetensors file ({error}); fetch it again.") from error
    return Source(folder, "config.json", sizes, lambda name: where[name].get_tensor(name))


def load_llama(folder: str | Path, dtype: torch.dtype = torch.float32) -> Llama:
    """The decoder of a checkpoint in the format of the transformers library: config.json and safetensors files.

    The weights are converted to `dtype` and lie on the CPU; eval mode. Raises CourseError when a file is missing or
    damaged, when the model is of another family, or when a tensor would not be used.
    """
    return build(read_shape(folder), folder_source(Path(folder)), dtype)


# ------------------------------------------------------------------------------
# GGUF

BLOCK = {  # the names in a GGUF file, for those of the transformers library
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
OUTER = {
    "token_embd.weight": ENDS["embed.weight"],
    "output_norm.weight": ENDS["norm.weight"],
    "output.weight": HEAD,
}
DIVISORS = "rope_freqs.weight"


def gguf_shape(file: gguf.File) -> Shape:
    """The shape that a GGUF file's metadata describes; raises CourseError for a model of another family."""
    kind = file.metadata.get("general.architecture")
    if kind != "llama":
        raise CourseError(f"{file.path} holds a model of the kind {shown(kind)}; this decoder builds Llamas.")
    values = {key.removeprefix("llama."): value for key, value in file.metadata.items()}
    experts, stretch = values.get("expert_count"), values.get("rope.scaling.type", "none")
    if experts or stretch != "none":
        raise CourseError(
            f"{file.path} has {shown(experts or 0)} experts and positions stretched by {shown(stretch)}; this "
            "decoder builds neither."
        )
    config = Config(values, file.path)
    heads = config.whole("attention.head_count", MOST["heads"])
    width = config.whole("embedding_length", MOST["width"])
    head_width = config.whole("attention.key_length", MOST["head_width"], max(width // heads, 1))
    if {config.whole(f"{name}", 2**20, head_width) for name in _HEADS} != {head_width}:
        raise CourseError(f"{file.path} turns only a part of each head, which this decoder does not build.")
    table = file.tensors.get("token_embd.weight")
    return make_shape(
        file.path,
        vocabulary=config.whole("vocab_size", MOST["vocabulary"], table.shape[0] if table else None),
        width=width,
        layers=config.whole("block_count", MOST["layers"]),
        heads=heads,
        kv_heads=config.whole("attention.head_count_kv", MOST["heads"], heads),
        head_width=head_width,
        hidden=config.whole("feed_forward_length", MOST["hidden"]),
        base=config.real("rope.freq_base", 10000.0),
        scaling=_divisors(file),
        epsilon=config.real("attention.layer_norm_rms_epsilon"),
        tied="output.weight" not in file.tensors,
    )


_HEADS = ("attention.value_length", "rope.dimension_count")


def _divisors(file: gguf.File) -> dict[str, tuple[float, ...]] | None:
    """By how much each pair of a head turns more slowly, when the file says so."""
    if DIVISORS not in file.tensors:
        return None
    return {"divisors": tuple(file.weights(DIVISORS).flatten().tolist())}


def gguf_source(file: gguf.File, shape: Shape) -> Source:
    """The tensors of a GGUF file, under the names of the transformers library."""
    theirs = {_translated(name): name for name in file.tensors if name != DIVISORS}
    turned = {"self_attn.q_proj.weight": shape.heads, "self_attn.k_proj.weight": shape.kv_heads}

    def read(name: str) -> torch.Tensor:
        weights = torch.from_numpy(file.weights(theirs[name]))
        heads = next((count for end, count in turned.items() if name.endswith(end)), None)
        return weights if heads is None else unpermuted(weights, heads)

    sizes = {name: file.tensors[stored].shape for name, stored in theirs.items()}
    return Source(file.path, "metadata", sizes, read)


def _translated(name: str) -> str:
    """A GGUF tensor's name in the transformers library; its own when it has none there."""
    parts = name.split(".")
    if len(parts) == 4 and parts[0] == "blk" and parts[2] in BLOCK:
        return f"model.layers.{parts[1]}.{BLOCK[parts[2]]}.{parts[3]}"
    return OUTER.get(name, name)


def unpermuted(weights: torch.Tensor, heads: int) -> torch.Tensor:
    """Rows of q or k in the order of `rotate`: GGUF stores the two of each turned pair as neighbours.

    (H·D, C) as (H, D/2, 2, C) -> (H, 2, D/2, C) -> (H·D, C)
    """
    rows, columns = weights.shape
    pairs = weights.view(heads, rows // heads // 2, 2, columns)
    return pairs.transpose(1, 2).reshape(rows, columns)


# ------------------------------------------------------------------------------
# both


def build(shape: Shape, source: Source, dtype: torch.dtype) -> Llama:
    """A decoder of that shape with the source's weights; every tensor's size is compared before any is read."""
    if shape.tied and HEAD in source.sizes and _own_head(source):
        shape = dataclasses.replace(
            shape, tied=False
        )  # as the transformers library: what the file holds counts
    with shapes_only():
        model = Llama(shape)
    weights = weights_for(model, _wanted(shape), source, dtype, {HEAD})
    if shape.tied:
        weights["head.weight"] = weights["embed.weight"]
    model.load_state_dict(weights, assign=True)
    if shape.tied:
        model.head.weight = model.embed.weight
    return model.eval()


def weights_for(
    model: torch.nn.Module,
    names: dict[str, tuple[str, ...]],
    source: Source,
    dtype: torch.dtype,
    unused: Set[str] = frozenset(),
) -> dict[str, torch.Tensor]:
    """The weights of a model under its own names; names: ours, and theirs joined by rows. Sizes are compared before any is read.

    unused: tensors that may lie there all the same. Raises CourseError when one is missing, left over or of another size.
    """
    _compare({name: tuple(weight.shape) for name, weight in model.named_parameters()}, names, source, unused)
    return {ours: _read(source, theirs, dtype) for ours, theirs in names.items()}


def _own_head(source: Source) -> bool:
    """Whether a head that should be the embedding is another."""
    table = ENDS["embed.weight"]
    if source.sizes[HEAD] != source.sizes.get(table):
        return True
    return not torch.equal(source.read(HEAD), source.read(table))


def _wanted(shape: Shape) -> dict[str, tuple[str, ...]]:
    """Our names and theirs, for all layers."""
    outer = {ours: (theirs,) for ours, theirs in ENDS.items()} | (
        {} if shape.tied else {"head.weight": (HEAD,)}
    )
    inner = {
        f"blocks.{layer}.{ours}": tuple(f"model.layers.{layer}.{name}" for name in theirs)
        for layer in range(shape.layers)
        for ours, theirs in NAMES.items()
    }
    return outer | inner


def _compare(
    sizes: dict[str, tuple[int, ...]], names: dict[str, tuple[str, ...]], source: Source, unused: Set[str]
) -> None:
    """Nothing missing, nothing left over, everything of the right size; or CourseError."""
    for ours, theirs in names.items():
        for name in theirs:
            if name not in source.sizes:
                raise CourseError(f"Nothing in {source.where} has {name}; fetch the missing ones.")
        parts = [source.sizes[name] for name in theirs]
        rows, *rest = sizes[ours]
        if [p[1:] for p in parts] != [tuple(rest)] * len(parts) or sum(p[0] for p in parts if p) != rows:
            raise CourseError(
                f"The weights in {source.where} do not fit its {source.described}: {' and '.join(theirs)} have the "
                f"shapes {', '.join(map(str, parts))}, for {sizes[ours]}."
            )
    used = {name for theirs in names.values() for name in theirs} | unused
    left = sorted(
        name for name in source.sizes if name not in used and not name.endswith("rotary_emb.inv_freq")
    )
    if left:
        raise CourseError(
            f"{source.where} holds {left[0]}, which this decoder would not use ({len(left)} such): a model of "
            "another family, or quantised; take a plain Llama checkpoint."
        )


def _read(source: Source, names: tuple[str, ...], dtype: torch.dtype) -> torch.Tensor:
    """Tensors joined by their rows, in another type; only finite numbers."""
    parts = []
    for name in names:
        part = source.read(name).to(dtype)
        lowest, highest = part.aminmax()  # NaN comes through, and no copy is made
        if not -torch.inf < lowest <= highest < torch.inf:
            raise CourseError(
                f"{name} in {source.where} holds numbers that are not finite in {dtype}; fetch it again."
            )
        parts.append(part)
    return parts[0] if len(parts) == 1 else torch.cat(parts)


# ------------------------------------------------------------------------------
# a model that can be talked to


@dataclass(frozen=True)
class OpenModel:
    """A model with all that its file says about text.

    ends: the tokens that end an answer; begins: those before any text that is no conversation; template: None when the
    file has none.
    """

    name: str
    model: Llama
    tokenizer: OpenTokenizer
    template: Template | None
    ends: tuple[int, ...]
    begins: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        vocabulary = self.model.shape.vocabulary
        if len(self.tokenizer) > vocabulary or not all(
            0 <= end < vocabulary for end in self.ends + self.begins
        ):
            raise CourseError(
                f"The tokenizer of {self.name} has more tokens than its model; fetch both from one place."
            )

    def chat(self, messages: Sequence[Message], answer: bool = True) -> list[int]:
        """The ids of a conversation, [{"role": "user", "content": "Hello"}, …], up to the beginning of the answer."""
        if self.template is None:
            raise CourseError(f"{self.name} has no template for conversations; give it a text to continue.")
        return conversation(messages, self.template, self.tokenizer, answer)

    def prompt(self, text: str) -> list[int]:
        """The ids of a text to continue."""
        return [*self.begins, *self.tokenizer.encode(text)]


def load_open(name: str | Path, dtype: torch.dtype = torch.float32) -> OpenModel:
    """An open model by its name ("smollm2"), a GGUF file or a checkpoint's folder; CourseError when it cannot be had."""
    if isinstance(name, str) and name in MODELS:
        if not MODELS[name]["file"].endswith(".gguf"):
            raise CourseError(f"{MODELS[name]['title']} turns texts into vectors; it writes nothing.")
        return load_gguf(find(name), dtype, name)
    path = Path(name)
    # os.path, which takes a name too long for one of nothing
    if os.path.isdir(path):
        return load_folder(path, dtype)
    if os.path.isfile(path):
        return load_gguf(path, dtype)
    raise CourseError(
        f"{shown(str(name))} is neither an open model of the course ({', '.join(MODELS)}) nor a file or folder."
    )


def load_gguf(path: str | Path, dtype: torch.dtype = torch.float32, name: str = "") -> OpenModel:
    """Model, tokenizer and template of one GGUF file; the weights are de-quantised. CourseError for another family."""
    file = gguf.File(path)
    shape = gguf_shape(file)
    get = {key.removeprefix("tokenizer."): value for key, value in file.metadata.items()}.get
    tokenizer = gguf_tokenizer(file.metadata, file.path)
    numbers = {part: get(f"ggml.{part}_token_id") for part in ("bos", "eos", "eot", "eom")}
    known = {
        part: number for part, number in numbers.items() if type(number) is int and number < len(tokenizer)
    }
    tokens = list(tokenizer.numbers)
    names = {f"{part}_token": tokens[known[part]] for part in ("bos", "eos") if part in known}
    text = get("chat_template")
    return OpenModel(
        name or file.path.stem,
        build(shape, gguf_source(file, shape), dtype),
        tokenizer,
        Template(text, names) if isinstance(text, str) else None,
        tuple(dict.fromkeys(number for part, number in known.items() if part != "bos")),
        (known["bos"],) if get("ggml.add_bos_token") and "bos" in known else (),
    )


def load_folder(folder: str | Path, dtype: torch.dtype = torch.float32) -> OpenModel:
    """Model, tokenizer.json and template of a checkpoint's folder; CourseError when one is missing or of another kind."""
    folder = Path(folder)
    tokenizer = json_tokenizer(
        read_json(folder / "tokenizer.json", "fetch it from where the weights came."),
        folder / "tokenizer.json",
    )
    settings = _optional(folder / "tokenizer_config.json")
    names = {part: _content(settings.get(part)) for part in ("bos_token", "eos_token")}
    alone, text = folder / "chat_template.jinja", settings.get("chat_template")
    if alone.is_file():
        text = alone.read_text(encoding="utf-8", errors="replace")
    begin = tokenizer.numbers.get(names["bos_token"])
    return OpenModel(
        folder.resolve().name,
        load_llama(folder, dtype),
        tokenizer,
        Template(text, names) if isinstance(text, str) else None,
        _ends(folder, tokenizer.numbers.get(names["eos_token"])),
        (begin,) if settings.get("add_bos_token") and begin is not None else (),
    )


def _optional(path: Path) -> dict[str, Any]:
    return read_json(path, "fetch it again, or remove it.") if path.is_file() else {}


def _content(token: Any) -> str:
    """A token's letters, which stand alone or in an object."""
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else ""


def _ends(folder: Path, fallback: int | None) -> tuple[int, ...]:
    """The tokens that end an answer: as generation_config.json says, else config.json, else the tokenizer."""
    for file in ("generation_config.json", "config.json"):
        found = _optional(folder / file).get("eos_token_id")
        ends = found if isinstance(found, list) else [found]
        if found is not None and all(type(end) is int for end in ends):
            return tuple(ends)
    return () if fallback is None else (fallback,)
