"""GGUF files: read as the library `gguf` reads them, into the model that wrote them, and refused in one sentence when hostile."""

import struct

import gguf as library
import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from utils.errors import CourseError
from utils.models import gguf
from utils.models.checkpoints import load_gguf, load_llama, load_open
from utils.models.nn import frequencies
from utils.models.tokens import BYTES, spelled

KINDS = library.GGMLQuantizationType
LETTERS = [spelled(bytes([byte])) for byte in BYTES]
TOKENS = [*LETTERS, "he", "ll", "hell", "<|end|>"]
MERGES = ["h e", "l l", "he ll"]
SMALL = {
    "vocab_size": len(TOKENS),
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-5,
}
STRETCHED = {
    "rope_type": "llama3",
    "rope_theta": 500.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
INNER = {
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


def permuted(weights, heads):
    """What llama.cpp does to the rows of q and k when it writes a file."""
    rows, columns = weights.shape
    return weights.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def stored_tensors(weights):
    """(name in the file, array) for the tensors of a transformers Llama."""
    outer = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
    names = {f"{ours}.weight": f"{theirs}.weight" for ours, theirs in outer.items()}
    for layer in range(SMALL["num_hidden_layers"]):
        names |= {f"blk.{layer}.{o}.weight": f"model.layers.{layer}.{t}.weight" for o, t in INNER.items()}
    for ours, theirs in names.items():
        if theirs in weights:
            array = weights[theirs].numpy()
            heads = {"attn_q": 4, "attn_k": 2}.get(ours.split(".")[-2])
            yield ours, array if heads is None else permuted(array, heads)


def write(path, model, kind=KINDS.F32, metadata=(), extra=()):
    """A Llama of the library as a GGUF file; vectors stay float32."""
    config, writer = model.config, library.GGUFWriter(path, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(256)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(16)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(TOKENS)
    writer.add_token_types([1] * (len(TOKENS) - 1) + [3])
    writer.add_token_merges(MERGES)
    writer.add_eos_token_id(len(TOKENS) - 1)
    writer.add_chat_template("{% for m in messages %}{{ m.role }}: {{ m.content }}<|end|>{% endfor %}")
    for add, *values in metadata:
        getattr(writer, add)(*values)
    weights = {
        k: v for k, v in model.state_dict().items() if k != "lm_head.weight" or not config.tie_word_embeddings
    }
    for name, array in [*stored_tensors(weights), *extra]:
        if array.ndim == 2:
            writer.add_tensor(name, library.quants.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def llama(**values):
    torch.manual_seed(5)
    model = LlamaForCausalLM(LlamaConfig(**SMALL | {"tie_word_embeddings": False} | values)).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0, 0.06) if weight.dim() == 2 else weight.uniform_(0.5, 1.5)
    return model


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "tiny.gguf", llama())


# ------------------------------------------------------------------------------
# right


def test_metadata_and_tensors_are_those_of_the_library(file):
    ours, theirs = gguf.File(file), library.GGUFReader(file)
    fields = {k: f.contents() for k, f in theirs.fields.items() if not k.startswith("GGUF.")}
    assert ours.metadata == fields
    assert list(ours.tensors) == [tensor.name for tensor in theirs.tensors]
    for tensor in theirs.tensors:
        assert ours.tensors[tensor.name].shape == tuple(reversed(tensor.shape.tolist()))
        assert np.array_equal(ours.weights(tensor.name), tensor.data)


def test_every_type_of_value_is_read(tmp_path):
    writer = library.GGUFWriter(tmp_path / "x.gguf", "llama")
    values = {
        "u1": 200,
        "i1": -3,
        "u2": 60000,
        "i2": -300,
        "u4": 2**31,
        "i4": -(2**30),
        "u8": 2**63,
        "i8": -(2**62),
    }
    kinds = dict(
        zip(values, ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"), strict=True)
    )
    for name, value in values.items():
        getattr(writer, f"add_{kinds[name]}")(name, value)
    writer.add_float32("f4", 0.5)
    writer.add_float64("f8", 0.1)
    writer.add_bool("yes", True)
    writer.add_string("text", "链条 🚲")
    writer.add_array("list", [1, -2, 3])
    writer.add_array("texts", ["a", ""])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    expected = values | {
        "f4": 0.5,
        "f8": 0.1,
        "yes": True,
        "text": "链条 🚲",
        "list": [1, -2, 3],
        "texts": ["a", ""],
    }
    assert gguf.File(tmp_path / "x.gguf").metadata == {"general.architecture": "llama", **expected}


@torch.no_grad()
@pytest.mark.parametrize("values", [{}, {"tie_word_embeddings": True}, {"rope_parameters": STRETCHED}])
def test_scores_equal_those_of_the_model_that_was_written(tmp_path, values):
    model = llama(**values)
    model.save_pretrained(tmp_path / "folder")
    extra = []
    if "rope_parameters" in values:  # a file stores by how much each pair turns more slowly
        shape = load_llama(tmp_path / "folder").shape
        plain = shape.base ** (-torch.arange(0, 16, 2).float() / 16)
        extra = [("rope_freqs.weight", (plain / frequencies(shape)).numpy())]
    opened = load_gguf(write(tmp_path / "tiny.gguf", model, extra=extra))
    ids = torch.arange(150)[None] % len(TOKENS)
    assert (opened.model(ids) - model(ids).logits).abs().max() < 1e-5
    assert opened.model.shape.tied == bool(values.get("tie_word_embeddings"))


@torch.no_grad()
@pytest.mark.parametrize("kind", ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1"])
def test_types_that_the_library_can_write(tmp_path, kind):
    """The scores are those of the library's Llama whose matrices hold the rounded numbers."""
    model = llama()
    ours = load_gguf(write(tmp_path / "tiny.gguf", model, KINDS[kind])).model
    ids = torch.arange(60)[None] % len(TOKENS)
    assert (ours(ids) - model(ids).logits).abs().max() > 1e-4
    for weight in model.parameters():
        if weight.dim() == 2:
            rows = library.quants.quantize(weight.numpy(), KINDS[kind])
            weight.copy_(torch.from_numpy(library.quants.dequantize(rows, KINDS[kind])))
    assert (ours(ids) - model(ids).logits).abs().max() < 1e-5


@pytest.mark.parametrize("kind", ["Q4_0", "Q4_1", "Q8_0", "Q6_K", "Q4_K"])
def test_blocks_mean_what_another_program_says(tmp_path, kind):
    """The transformers library unpacks the same bytes with code of its own."""
    from transformers.integrations.gguf.dequant import dequantize

    block, size = library.GGML_QUANT_SIZES[KINDS[kind]]
    raw = np.random.default_rng(0).integers(256, size=(3, 2 * size), dtype=np.uint8)
    raw.reshape(3, 2, size)[..., {"Q6_K": slice(-2, None)}.get(kind, slice(0, 4))] = (
        0x2B  # scales: small and finite
    )
    writer = library.GGUFWriter(tmp_path / "x.gguf", "llama")
    writer.add_tensor("x", raw, raw_dtype=KINDS[kind])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    ours = gguf.File(tmp_path / "x.gguf").weights("x")
    theirs = dequantize(torch.from_numpy(raw), int(KINDS[kind]))
    assert ours.shape == (3, 2 * block)
    assert np.allclose(ours, theirs.numpy().reshape(ours.shape), rtol=1e-6, atol=1e-6)
    assert np.ptp(ours) > 0


def test_one_object_has_all_that_a_conversation_needs(file):
    opened = load_open(file)
    assert opened.name == "tiny"
    assert opened.ends == (len(TOKENS) - 1,)
    assert opened.begins == ()
    assert opened.prompt("hello") == [TOKENS.index("hell"), TOKENS.index("o")]
    ids = opened.chat([{"role": "user", "content": "hello <|end|>"}])
    assert ids.count(len(TOKENS) - 1) == 1
    assert opened.tokenizer.decode(ids, special=True) == "user: hello <|end|><|end|>"
    assert load_open(str(file)).name == "tiny"
    with pytest.raises(CourseError, match="neither an open model"):
        load_open("nowhere")
    with pytest.raises(CourseError, match="turns texts into vectors"):
        load_open("minilm")


# ------------------------------------------------------------------------------
# wrong


def header(tensors=0, entries=0, rest=b"", magic=b"GGUF", version=3):
    return magic + struct.pack("<IQQ", version, tensors, entries) + rest


def text(letters, size=None):
    raw = letters if isinstance(letters, bytes) else letters.encode()
    return struct.pack("<Q", len(raw) if size is None else size) + raw


def tensor(name, *sizes, kind=0, offset=0):
    return text(name) + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, kind, offset)


HOSTILE = {
    "nothing": (b"", "not there or empty"),
    "two letters": (b"GG", "ends within"),
    "another magic": (header(magic=b"GGML"), "does not begin with the letters GGUF"),
    "version 1": (header(version=1), "version 1 or of another byte order"),
    "big-endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "another byte order"),
    "a billion tensors": (header(tensors=10**9), "claims 1,000,000,000 tensors"),
    "2^63 entries": (header(entries=2**63), "claims 9,223,372,036,854,775,808 entries"),
    "entries that are not there": (header(entries=5), "ends within"),
    "a name of 2^60 bytes": (header(entries=1, rest=text("k", 2**60)), "bytes in one text"),
    "a text of 2^23 bytes": (
        header(entries=1, rest=text("k") + struct.pack("<I", 8) + text("", 2**23)),
        "ends within",
    ),
    "a list of 2^60": (
        header(entries=1, rest=text("k") + struct.pack("<IIQ", 9, 0, 2**60)),
        "items in one list",
    ),
    "a list of 2^20 texts": (
        header(entries=1, rest=text("k") + struct.pack("<IIQ", 9, 8, 2**20)),
        "ends within",
    ),
    "a list of 2^20 numbers": (
        header(entries=1, rest=text("k") + struct.pack("<IIQ", 9, 12, 2**20)),
        "ends within",
    ),
    "lists of lists": (
        header(entries=1, rest=text("k") + struct.pack("<IIQ", 9, 9, 1) * 50),
        "unknown type 9",
    ),
    "an unknown type": (header(entries=1, rest=text("k") + struct.pack("<I", 99)), "unknown type 99"),
    "a name twice": (header(entries=2, rest=(text("k") + struct.pack("<IB", 0, 7)) * 2), "names 'k' twice"),
    "a name that is no text": (
        header(entries=1, rest=text(b"\xff\xfe") + struct.pack("<IB", 0, 7)),
        "is not UTF-8",
    ),
    "alignment 0": (
        header(entries=1, rest=text("general.alignment") + struct.pack("<II", 4, 0)),
        "its alignment is 0",
    ),
    "an alignment that is a text": (
        header(entries=1, rest=text("general.alignment") + struct.pack("<I", 8) + text("32")),
        "its alignment is '32'",
    ),
    "five dimensions": (header(tensors=1, rest=tensor("x", 1, 1, 1, 1, 1)), "claims 5 dimensions"),
    "no dimension": (header(tensors=1, rest=tensor("x")), "cannot have the shape"),
    "a size of 0": (header(tensors=1, rest=tensor("x", 0, 4)), "cannot have the shape"),
    "2^120 numbers": (header(tensors=1, rest=tensor("x", 2**60, 2**60)), "ends within x"),
    "half a block": (header(tensors=1, rest=tensor("x", 48, kind=2) + bytes(99)), "cannot have the shape"),
    "a type that is none": (header(tensors=1, rest=tensor("x", 4, kind=77)), "unknown type 77"),
    "an offset of 2^63": (header(tensors=1, rest=tensor("x", 4, offset=2**63) + bytes(64)), "ends within x"),
    "a crooked offset": (
        header(tensors=1, rest=tensor("x", 4, offset=7) + bytes(64)),
        "cannot have the shape",
    ),
    "tensors over each other": (
        header(tensors=2, rest=tensor("x", 16) + tensor("y", 16, offset=32) + bytes(200)),
        "y lies over x",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_sentence_and_takes_no_memory(tmp_path, name):
    import tracemalloc

    content, says = HOSTILE[name]
    (tmp_path / "x.gguf").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(CourseError, match=says) as refused:
        gguf.File(tmp_path / "x.gguf")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6
    assert "\n" not in str(refused.value)


def test_wherever_a_file_is_cut_it_is_one_sentence(file):
    whole = file.read_bytes()
    for end in [*range(0, 400, 7), *range(400, len(whole), len(whole) // 60), len(whole) - 1]:
        file.write_bytes(whole[:end])
        with pytest.raises(CourseError):
            load_gguf(file)


def test_whatever_byte_of_the_header_is_changed_no_other_error_comes(file):
    whole, rng = bytearray(file.read_bytes()), np.random.default_rng(0)
    refused = 0
    for place in rng.integers(0, 9000, size=150):
        spoilt = bytearray(whole)
        spoilt[place] ^= int(rng.integers(1, 256))
        file.write_bytes(spoilt)
        try:
            load_gguf(file)
        except CourseError:
            refused += 1
    assert refused > 20


def test_a_missing_file(tmp_path):
    with pytest.raises(CourseError, match="is not there or empty"):
        gguf.File(tmp_path / "x.gguf")


MODELS = {
    "another architecture": ([("add_string", "general.architecture", "qwen3")], "of the kind 'qwen3'"),
    "experts": ([("add_expert_count", 8)], "has 8 experts"),
    "stretched positions": ([("add_string", "llama.rope.scaling.type", "yarn")], "stretched by 'yarn'"),
    "a partial rotation": ([("add_rope_dimension_count", 8)], "turns only a part of each head"),
    "a billion layers": ([("add_block_count", 10**9)], "block_count = 1000000000, not a whole number"),
    "more layers than there are": ([("add_block_count", 3)], "Nothing in .* has model.layers.2."),
    "fewer layers than there are": ([("add_block_count", 1)], r"holds model.layers.1.*would not use"),
    "another width": ([("add_embedding_length", 32)], "turns only a part"),
    "no heads": ([("add_head_count", 0)], "head_count = 0, not a whole number"),
    "heads of each layer": ([("add_head_count", [4, 4])], r"head_count = \[4, 4\], not a whole number"),
    "epsilon NaN": ([("add_layer_norm_rms_eps", float("nan"))], "epsilon = nan"),
    "another vocabulary": ([("add_vocab_size", 300)], "do not fit its metadata"),
    "another tokenizer": ([("add_tokenizer_model", "llama")], "tokenizer of the kind 'llama'"),
    "unknown words": ([("add_tokenizer_pre", "klingon")], "cut as in 'klingon'"),
    "a merge of nothing": ([("add_token_merges", ["h xx"])], "'xx'.* is no token"),
    "a merge of three": ([("add_token_merges", ["h e l"])], "a merge that is no pair"),
    "too many tokens": (
        [("add_token_list", [*TOKENS, "more"]), ("add_token_types", [1] * (len(TOKENS) + 1))],
        "more tokens than its model",
    ),
    "too few kinds": ([("add_token_types", [1])], "lacks the kinds"),
    "a template that is none": (
        [("add_chat_template", "{% for %}")],
        "template for conversations cannot be read",
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_another_model_is_one_sentence(tmp_path, monkeypatch, name):
    changes, says = MODELS[name]
    # the writer refuses a key twice: the later value counts here
    monkeypatch.setattr(library.GGUFWriter, "add_key_value", _overwrite)
    path = write(tmp_path / "x.gguf", llama(), metadata=changes)
    with pytest.raises(CourseError, match=says):
        load_gguf(path)


def _overwrite(self, key, val, vtype, sub_type=None):
    self.kv_data[0][key] = library.gguf_writer.GGUFValue(value=val, type=vtype, sub_type=sub_type)


def test_weights_that_are_no_numbers(tmp_path):
    model = llama()
    with torch.no_grad():
        model.model.layers[0].mlp.up_proj.weight[0, 0] = float("nan")
    with pytest.raises(CourseError, match=r"up_proj.weight in .* not finite"):
        load_gguf(write(tmp_path / "x.gguf", model))


def test_a_type_that_cannot_be_unpacked(tmp_path):
    path = write(tmp_path / "x.gguf", llama(), extra=[("rope_freqs.weight", np.ones(8))])
    with pytest.raises(CourseError, match="as F64, which cannot be unpacked"):
        load_gguf(path)
