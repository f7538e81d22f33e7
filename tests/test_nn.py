"""`utils.models.nn`: equal to the Llama of the transformers library, with and without cache; clear about other checkpoints."""

import json
import math
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

from utils.errors import CourseError
from utils.models.checkpoints import load_llama, read_shape
from utils.models.nn import Cache, Llama, Shape

logging.disable_progress_bar()
SMALL = {
    "vocab_size": 97,
    "hidden_size": 64,
    "intermediate_size": 172,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
STRETCHED = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
KINDS = {
    "grouped, untied": {"tie_word_embeddings": False},
    "tied, one key head": {"tie_word_embeddings": True, "num_key_value_heads": 1},
    "every head its key": {"num_key_value_heads": 4, "rms_norm_eps": 1e-5},
    "wide heads": {"head_dim": 32},
    "stretched positions": {"rope_parameters": STRETCHED, "max_position_embeddings": 2048},
    "another base": {"rope_parameters": {"rope_type": "default", "rope_theta": 300.0}},
}


@pytest.fixture(params=KINDS)
def pair(request, tmp_path):
    """A random Llama of the library, and ours from the folder that it was saved to."""
    torch.manual_seed(1)
    theirs = LlamaForCausalLM(LlamaConfig(**SMALL | KINDS[request.param])).eval()
    with torch.no_grad():
        for weight in theirs.parameters():
            # far from the start values, so that norms and signs matter
            weight.normal_(0, 0.06) if weight.dim() == 2 else weight.uniform_(0.5, 1.5)
    theirs.save_pretrained(tmp_path / "model")
    return theirs, load_llama(tmp_path / "model")


def some_ids(*shape):
    return torch.randint(97, shape, generator=torch.Generator().manual_seed(2))


@torch.no_grad()
def test_scores_equal_the_library_s(pair):
    theirs, ours = pair
    ids = some_ids(3, 150)
    assert (ours(ids) - theirs(ids).logits).abs().max() < 1e-5
    assert (ours.double()(ids) - theirs.double()(ids).logits).abs().max() < 1e-6
    assert ours.shape.parameters == sum(p.numel() for p in theirs.parameters())


def test_gradients_equal_the_library_s(pair):
    theirs, ours = (model.double() for model in pair)
    ids = some_ids(2, 40)
    for model, scores in ((theirs, theirs(ids).logits), (ours, ours(ids))):
        model.zero_grad()
        torch.nn.functional.cross_entropy(scores[:, :-1].flatten(0, 1), ids[:, 1:].flatten()).backward()
    gate = theirs.model.layers[1].mlp.gate_proj.weight.grad
    assert torch.allclose(ours.blocks[1].mlp.up.weight.grad[: len(gate)], gate, atol=1e-7)
    assert torch.allclose(ours.embed.weight.grad, theirs.model.embed_tokens.weight.grad, atol=1e-7)


@torch.no_grad()
def test_cached_equals_recomputed(pair):
    model = pair[1].double()
    ids = some_ids(3, 60)
    whole = model(ids)
    cache = Cache(model, 3, 60)
    parts = [model(ids[:, :20], cache), model(ids[:, 20:27], cache)]
    parts += [model(ids[:, t : t + 1], cache) for t in range(27, 60)]
    assert torch.allclose(torch.cat(parts, dim=1), whole, atol=1e-10)
    assert cache.length == 60
    cache.length = 30  # forget, and read on
    assert torch.allclose(model(ids[:, 30:40], cache), whole[:, 30:40], atol=1e-10)
    assert torch.allclose(model(ids[:, 40:41], cache, last=True), whole[:, 40:41], atol=1e-10)


@torch.no_grad()
def test_a_padded_row_equals_that_row_alone(pair):
    """To the precision of the angles, which are float32 as in the library: padding moves a row to other places."""
    model = pair[1].double()
    rows, pads = [some_ids(1, n)[0] for n in (30, 25, 1)], torch.tensor([0, 5, 29])
    padded = torch.stack([torch.cat([torch.zeros(30 - len(row), dtype=torch.long), row]) for row in rows])
    cache = Cache(model, 3, 34, pads)
    scores = model(padded, cache)
    for row, pad, got in zip(rows, pads, scores, strict=True):
        assert torch.allclose(got[pad:], model(row[None])[0], atol=1e-5)
    more = some_ids(3, 4)
    later = torch.cat([model(more[:, :3], cache), model(more[:, 3:], cache)], dim=1)
    for row, new, got in zip(rows, more, later, strict=True):
        assert torch.allclose(got, model(torch.cat([row, new])[None])[0, -4:], atol=1e-5)


def test_a_full_cache_says_so():
    model = Llama(Shape(10, 16, 1, 2, 2, 8, 16))
    with pytest.raises(ValueError, match="room for 4 tokens, and 5 came"):
        model(torch.zeros(1, 5, dtype=torch.long), Cache(model, 1, 4))
    cache = Cache(model, 1, 4)
    model(torch.zeros(1, 4, dtype=torch.long), cache)
    with pytest.raises(ValueError, match="room for 4 tokens, and 5 came"):
        model(torch.zeros(1, 1, dtype=torch.long), cache)
    assert cache.length == 4


def test_the_first_loss_is_that_of_guessing():
    torch.manual_seed(0)
    model = Llama(Shape(300, 64, 4, 4, 2, 16, 170))
    ids = torch.randint(300, (8, 65))
    loss = torch.nn.functional.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
    assert abs(float(loss.detach()) - math.log(300)) < 0.05
    assert model.shape.parameters == sum(p.numel() for p in model.parameters())


def test_training_after_inference_mode():
    """The table of angles made in inference mode serves training too."""
    model, ids = Llama(Shape(10, 16, 1, 2, 2, 8, 16)), torch.zeros(1, 5, dtype=torch.long)
    with torch.inference_mode():
        model(ids)
    model(ids).sum().backward()
    assert model.embed.weight.grad is not None


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ({"heads": 4, "kv_heads": 3}, "evenly"),
        ({"head_width": 7}, "is odd"),
        ({"kv_heads": 0}, "kv_heads must be a whole number of at least 1"),
        ({"width": None}, "width must be a whole number"),
        ({"layers": "2"}, "layers must be a whole number"),
        ({"hidden": True}, "hidden must be a whole number"),
        ({"base": -1.0}, "base must be a number above 0"),
        ({"epsilon": "1e-5"}, "epsilon must be a number above 0"),
        ({"scaling": {"factor": 8.0, "high_freq_factor": 4.0}}, "scaling needs low_freq_factor"),
        ({"scaling": STRETCHED | {"factor": "8"}}, "scaling needs factor"),
        ({"scaling": STRETCHED | {"low_freq_factor": 4.0}}, "below its high_freq_factor"),
    ],
)
def test_impossible_shapes(shape, says):
    with pytest.raises(ValueError, match=says):
        Shape(10, **shape)


@pytest.fixture
def folder(tmp_path):
    theirs = LlamaForCausalLM(LlamaConfig(**SMALL))
    theirs.save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model_type": "qwen3"}, "model_type = 'qwen3'"),
        ({"hidden_act": "gelu"}, "hidden_act = 'gelu'"),
        ({"attention_bias": True}, "attention_bias = True"),
        ({"mlp_bias": True}, "mlp_bias = True"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, "rope_type = 'yarn'"),
        ({"hidden_size": 32}, "do not fit its config.json"),
        ({"num_hidden_layers": 4}, "has model.layers.3.input_layernorm.weight"),
    ],
)
def test_a_config_of_another_model_is_refused(folder, change, says):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CourseError, match=says):
        load_llama(folder)


def test_old_and_partial_configs(folder):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    shape = read_shape(folder)
    rope = config.pop("rope_parameters")
    path.write_text(json.dumps(config | {"rope_theta": rope["rope_theta"], "rope_scaling": None}))
    assert read_shape(folder) == shape
    del config["hidden_size"]
    path.write_text(json.dumps(config))
    with pytest.raises(CourseError, match="lacks 'hidden_size'"):
        load_llama(folder)
    path.write_text("{")
    with pytest.raises(CourseError, match="not JSON"):
        load_llama(folder)
    path.unlink()
    with pytest.raises(CourseError, match="is not there"):
        load_llama(folder)


def test_weights_in_several_files_and_damaged_ones(folder):
    whole = folder / "model.safetensors"
    weights = load_file(whole)
    names = sorted(weights)
    expected = load_llama(folder)
    save_file({name: weights[name] for name in names[:9]}, folder / "model-00001-of-00002.safetensors")
    save_file({name: weights[name] for name in names[9:]}, folder / "model-00002-of-00002.safetensors")
    whole.unlink()
    ids = some_ids(1, 9)
    with torch.no_grad():
        assert torch.equal(load_llama(folder)(ids), expected(ids))
    assert load_llama(folder, torch.bfloat16)(ids).dtype == torch.bfloat16
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"torn")
    with pytest.raises(CourseError, match="damaged safetensors file"):
        load_llama(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(CourseError, match="fetch the missing ones"):
        load_llama(folder)


def test_shapes_alone_draw_nothing_and_load_no_compiler():
    program = """
import sys
from torch import nn
from utils.models.nn import Llama, Shape, shapes_only
with shapes_only():
    made = [Llama(Shape(32, 8, 1, 2, 1, 4, 16)), nn.Embedding(3, 4), nn.Conv2d(1, 2, 3), nn.LSTM(3, 4)]
assert all(weight.is_meta for module in made for weight in module.parameters())
assert "torch._dynamo" not in sys.modules
assert nn.Linear(9, 9).weight.any()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
