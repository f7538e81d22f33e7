"""`utils.models.checkpoints`: a folder's weights as the transformers library reads them, or one sentence; each test one fault."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

from utils.errors import CourseError
from utils.models.checkpoints import load_llama, read_shape

logging.disable_progress_bar()
SMALL = {
    "vocab_size": 97,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "tie_word_embeddings": False,
}
IDS = torch.arange(40)[None] % 97


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(3)
    LlamaForCausalLM(LlamaConfig(**SMALL)).save_pretrained(tmp_path)
    return tmp_path


def change_config(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def change_weights(folder, change):
    weights = change(load_file(folder / "model.safetensors"))
    save_file(weights, folder / "model.safetensors")


@torch.no_grad()
def assert_as_the_library(folder):
    theirs = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    assert (load_llama(folder)(IDS) - theirs(IDS).logits).abs().max() < 1e-5


# ------------------------------------------------------------------------------
# tensors that would silently not be used


def fp8(weights):
    """The layout of published FP8 checkpoints: a scale beside each matrix."""
    out = {}
    for name, weight in weights.items():
        if name.endswith("proj.weight"):
            scale = weight.abs().max() / 448
            out[name], out[name + "_scale"] = (weight / scale).to(torch.float8_e4m3fn), scale.reshape(1)
        else:
            out[name] = weight
    return out


def int8(weights):
    return {
        name: (weight * 127).to(torch.int8) if name.endswith("proj.weight") else weight
        for name, weight in weights.items()
    }


def scales_alone(weights):
    return weights | {"model.layers.0.mlp.up_proj.weight_scale": torch.ones(1)}


def bias(weights):
    return weights | {"model.layers.1.self_attn.q_proj.bias": torch.ones(64)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (fp8, "as F8_E4M3: a quantised checkpoint"),
        (int8, "as I8: a quantised checkpoint"),
        (scales_alone, "holds model.layers.0.mlp.up_proj.weight_scale, which this decoder would not use"),
        (bias, "holds model.layers.1.self_attn.q_proj.bias, which this decoder would not use"),
    ],
)
def test_quantised_weights_and_unknown_tensors_are_not_misread(folder, change, says):
    change_weights(folder, change)
    with pytest.raises(CourseError, match=says):
        load_llama(folder)


def test_a_config_that_says_quantised_is_refused(folder):
    change_config(folder, quantization_config={"quant_method": "fp8", "ignored": ["x" * 500]})
    with pytest.raises(CourseError, match="has quantization_config = ") as refused:
        load_llama(folder)
    assert len(str(refused.value)) < 300


def test_a_buffer_of_old_checkpoints_is_no_unknown_tensor(folder):
    change_weights(folder, lambda w: w | {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8)})
    load_llama(folder)


def test_a_head_that_the_file_holds_counts_though_the_config_says_tied(folder):
    change_config(folder, tie_word_embeddings=True)
    assert not load_llama(folder).shape.tied
    assert_as_the_library(folder)


def test_a_head_equal_to_the_embedding_is_tied(folder):
    change_config(folder, tie_word_embeddings=True)
    change_weights(folder, lambda w: w | {"lm_head.weight": w["model.embed_tokens.weight"].clone()})
    model = load_llama(folder)
    assert model.head.weight is model.embed.weight
    assert_as_the_library(folder)


# ------------------------------------------------------------------------------
# other files in the folder


def half(folder, name):
    save_file({k: v * 0.5 for k, v in load_file(folder / "model.safetensors").items()}, folder / name)


def shards(folder):
    """Two shards and their index instead of one file."""
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    parts = {f"model-0000{n + 1}-of-00002.safetensors": sorted(weights)[n::2] for n in range(2)}
    for file, names in parts.items():
        save_file({name: weights[name] for name in names}, folder / file)
    index = {"metadata": {}, "weight_map": {name: file for file, names in parts.items() for name in names}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return index


def test_a_backup_beside_the_weights_is_not_read(folder):
    half(folder, "model_old.safetensors")
    half(folder, "adapter_model.safetensors")
    assert_as_the_library(folder)


def test_only_files_of_the_index_are_read(folder):
    half(folder, "zzz_old.safetensors")
    half(folder, "model-00003-of-00003.safetensors")
    shards(folder)
    assert_as_the_library(folder)


def test_a_name_in_two_files_without_an_index_is_an_error(folder):
    half(folder, "a.safetensors")
    (folder / "model.safetensors").rename(folder / "b.safetensors")
    with pytest.raises(CourseError, match="Two safetensors files in "):
        load_llama(folder)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"weight_map": []}',
        '{"weight_map": {"a": 7}}',
        '{"weight_map": {"a": "../elsewhere.safetensors"}}',
        '{"weight_map": {"a": ".."}}',
        "[" * 100_000,
    ],
)
def test_a_spoilt_index(folder, text):
    shards(folder)
    (folder / "model.safetensors.index.json").write_text(text)
    with pytest.raises(CourseError, match="fetch it again"):
        load_llama(folder)


def test_a_shard_that_is_not_there(folder):
    shards(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(CourseError, match="damaged safetensors file"):
        load_llama(folder)


def test_a_tensor_that_the_index_places_wrongly(folder):
    index = shards(folder)
    name = next(iter(index["weight_map"]))
    index["weight_map"][name] = "model-00002-of-00002.safetensors"
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CourseError, match=f"Nothing in .* has {name}"):
        load_llama(folder)


# ------------------------------------------------------------------------------
# JSON and numbers from elsewhere


@pytest.mark.parametrize(
    "text", ["[]", "null", "7", '"x"', "[" * 100_000, "\ud800".encode("utf-8", "surrogatepass")]
)
def test_a_config_that_is_no_object(folder, text):
    (folder / "config.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CourseError, match=r"config.json is not"):
        read_shape(folder)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"num_key_value_heads": 3}, "cannot share 3"),
        ({"hidden_size": None}, "lacks 'hidden_size'"),
        ({"num_hidden_layers": "2"}, "num_hidden_layers = '2', not a whole number"),
        ({"num_hidden_layers": True}, "num_hidden_layers = True, not a whole number"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers = 1000000000, not a whole number from 1 to 1024"),
        ({"vocab_size": 2**60}, "vocab_size = 1152921504606846976, not a whole"),
        ({"hidden_size": 64.0}, "hidden_size = 64.0, not a whole number"),
        ({"num_attention_heads": 0}, "num_attention_heads = 0, not a whole number"),
        ({"head_dim": 15}, "head_width 15 is odd"),
        ({"rms_norm_eps": float("nan")}, "rms_norm_eps = nan, not a number"),
        ({"rms_norm_eps": [1]}, r"rms_norm_eps = \[1\], not a number"),
        ({"rope_parameters": [1]}, "no names and values"),
        (
            {"rope_parameters": {"rope_type": "default", "rope_theta": -1}},
            "rope_theta = -1, not a number above 0",
        ),
        ({"rope_parameters": {"rope_type": "llama3", "factor": 8.0}}, "scaling needs low_freq_factor"),
        (
            {
                "rope_parameters": {
                    "rope_type": "llama3",
                    "factor": 8.0,
                    "low_freq_factor": 4.0,
                    "high_freq_factor": 4.0,
                    "original_max_position_embeddings": 64,
                }
            },
            "needs a low_freq_factor below",
        ),
        ({"model_type": ["llama"] * 99}, "has model_type = "),
    ],
)
def test_numbers_that_cannot_be_meant(folder, values, says):
    change_config(folder, **values)
    with pytest.raises(CourseError, match=says):
        load_llama(folder)


def test_matrices_of_another_width_are_one_sentence(folder):
    name = "model.layers.0.self_attn.k_proj.weight"
    change_weights(folder, lambda w: w | {name: torch.zeros(32, 63)})
    with pytest.raises(CourseError, match=r"do not fit its config.json: .*k_proj"):
        load_llama(folder)
    change_weights(folder, lambda w: w | {name: torch.zeros(())})
    with pytest.raises(CourseError, match=r"do not fit its config.json"):
        load_llama(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e38])
def test_weights_that_are_no_finite_numbers(folder, value):
    def spoil(weights):
        weights["model.layers.1.mlp.down_proj.weight"][3, 4] = value
        return weights

    change_weights(folder, spoil)
    if value == 1e38:
        load_llama(folder)
    with pytest.raises(CourseError, match=r"down_proj.weight in .* not finite in torch.float16"):
        load_llama(folder, torch.float16)
