"""SmolLM2 in the course's own code equals what the transformers library computes from the same file.

tests/reference/smollm2.py made the numbers; with REMAKE_REFERENCE=1 they are made anew and all scores are compared.
"""

import copy
import os

import pytest
import torch
from odd_texts import texts
from open_files import NEEDS_MODELS
from reference.smollm2 import CONVERSATIONS, reference
from tokenizers import Tokenizer, models, pre_tokenizers

from utils.models import gguf
from utils.models.checkpoints import load_open
from utils.models.generate import generate
from utils.models.quantise import quantised
from utils.models.reference import stored, summary
from utils.open_models import find

pytestmark = NEEDS_MODELS
TEXTS, THEIRS = stored()


@pytest.fixture(scope="module")
def opened():
    return load_open("smollm2")


@torch.inference_mode()
def scores_of(opened):
    return opened.model(torch.tensor([TEXTS["ids"]]))[0]


def test_the_shape_has_the_published_number_of_parameters(opened):
    assert opened.model.shape.parameters == 134_515_008
    assert sum(weight.numel() for weight in opened.model.parameters()) == 134_515_008


def test_scores_of_200_positions_equal_the_reference(opened):
    ours, theirs = summary(scores_of(opened)), THEIRS
    assert len(TEXTS["ids"]) == len(theirs["picked"]) == 200
    assert torch.equal(ours["best"], theirs["best"])
    for name in ("picked", "summed"):
        assert (ours[name] - theirs[name]).abs().max() < 1e-4, name
    # a column off by d moves a sum by d/√V = d/222 or more; rounding alone moves them by 1e-4
    assert (ours["signed"] - theirs["signed"]).abs().max() < 2e-4


@pytest.mark.parametrize(
    "fault", ["rotation base", "epsilon", "queries not un-permuted", "one column of the head"]
)
def test_a_wrong_model_would_be_noticed(opened, fault):
    """Each of these moves the kept numbers by far more than the test above allows."""
    model = copy.deepcopy(opened.model)
    model._angles = None
    object.__setattr__(model.shape, "base", 10000.0 if fault == "rotation base" else model.shape.base)
    with torch.no_grad():
        for block in model.blocks:
            if fault == "epsilon":
                block.norm1.eps = block.norm2.eps = 1e-6
            if fault == "queries not un-permuted":
                q = block.attention.qkv.weight[:576]
                q.copy_(q.view(9, 2, 32, 576).transpose(1, 2).reshape(576, 576))
        if fault == "one column of the head":
            model.embed.weight[12345] += 0.05
    with torch.inference_mode():
        wrong = summary(model(torch.tensor([TEXTS["ids"]]))[0])
    assert (wrong["signed"] - THEIRS["signed"]).abs().max() > 1e-3


def test_60_tokens_written_greedily_equal_the_reference(opened):
    ids = opened.chat(CONVERSATIONS[0][0])
    written = generate(opened.model, [ids], 60, end=opened.ends)[0].ids
    assert written == TEXTS["written"]
    assert opened.tokenizer.decode(written) == TEXTS["text"].replace("<|im_end|>", "")


def test_ten_conversations_equal_the_library_s(opened):
    ours = [opened.chat(messages, answer) for messages, answer in CONVERSATIONS]
    assert len(ours) == 10
    assert ours == TEXTS["chats"]


def test_ids_of_2000_texts_equal_the_library_s(opened):
    """The tokenizers library with the file's own tokens, merges and cut: digits one by one, then as GPT-2.

    The transformers library, which made the conversations above, leaves the cut of the digits out when it reads this
    file; that differs only where two blanks or more stand before a digit.
    """
    data = gguf.File(find("smollm2")).metadata
    assert data["tokenizer.ggml.pre"] == "smollm"
    tokens = data["tokenizer.ggml.tokens"]
    pairs = [tuple(merge.split(" ")) for merge in data["tokenizer.ggml.merges"]]
    library = Tokenizer(models.BPE(vocab={token: n for n, token in enumerate(tokens)}, merges=pairs))
    digits, words = (
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    )
    library.pre_tokenizer = pre_tokenizers.Sequence([digits, words])
    samples = texts(2000)
    for text in samples:
        assert opened.tokenizer.encode(text) == library.encode(text).ids, repr(text)
    library.add_special_tokens(
        [t for t, k in zip(tokens, data["tokenizer.ggml.token_type"], strict=True) if k == 3]
    )
    for text in samples:
        assert opened.tokenizer.encode(text, special=True) == library.encode(text).ids, repr(text)
    assert opened.tokenizer.encode("<|im_end|>", special=True) == list(opened.ends)


@pytest.mark.parametrize(("bits", "most"), [(8, 0.02), (4, 0.15)])
def test_fewer_bits_cost_little(opened, bits, most):
    """Nats a token on the reference's text; without any model it would be ln 49,152 = 10.8."""
    ids = torch.tensor(TEXTS["ids"])
    with torch.inference_mode():
        losses = [
            float(torch.nn.functional.cross_entropy(model(ids[None])[0, :-1], ids[1:]))
            for model in (opened.model, quantised(opened.model, bits))
        ]
    assert losses[0] < 3
    assert 0 < abs(losses[1] - losses[0]) < most


@pytest.mark.skipif("REMAKE_REFERENCE" not in os.environ, reason="takes minutes; set REMAKE_REFERENCE=1")
def test_the_reference_made_anew_is_the_stored_one(opened):
    scores, numbers, made = reference()
    assert made == TEXTS
    assert (scores_of(opened) - scores).abs().max() < 1e-4
    for name, kept in THEIRS.items():
        assert torch.allclose(numbers[name], kept, atol=1e-4)
