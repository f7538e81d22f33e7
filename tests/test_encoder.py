"""The encoder of lesson 6e equals what the transformers library computes from the same weights, and WordPiece the library's."""

import ast
import json
import unicodedata

import pytest
import torch
from odd_texts import texts
from open_files import NEEDS_MODELS
from torch import nn

from utils.course import LESSONS
from utils.course.lesson import read
from utils.data import shop_messages
from utils.errors import CourseError
from utils.models.checkpoints import Source
from utils.models.encoder import (
    PARTS,
    TABLES,
    Encoder,
    EncoderShape,
    WordPiece,
    build_encoder,
    encoder_shape,
    load_encoder,
    mean_pool,
    padded,
    simple_words,
)
from utils.open_models import member

SMALL = EncoderShape(vocabulary=60, width=24, layers=2, heads=3, hidden=40, places=16)
CONFIG = {
    "model_type": "bert",
    "vocab_size": 60,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "max_position_embeddings": 16,
    "type_vocab_size": 2,
}
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "un",
    "unl",
    "##lock",
    "##ock",
    "##ed",
    "##a",
    "!",
    "车",
]


@pytest.fixture(scope="module")
def theirs():
    """A small BERT of the transformers library with random weights, and its tensors by name."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(5)
    options = {name: value for name, value in CONFIG.items() if name != "model_type"}
    return BertModel(BertConfig(**options, initializer_range=0.3), add_pooling_layer=False).eval()


@pytest.fixture(scope="module")
def open_one():
    return load_encoder()


def source(weights: dict[str, torch.Tensor], where="here") -> Source:
    return Source(where, "config.json", {n: tuple(w.shape) for n, w in weights.items()}, weights.__getitem__)


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    rows = [[2, 7, 9, 3], [2, 8, 3], [2, *range(20, 33), 3]]
    return padded(rows)


# ------------------------------------------------------------------------------
# the network


@torch.inference_mode()
def test_a_small_bert_gives_the_same_vectors(theirs):
    ours = build_encoder(encoder_shape(CONFIG, "here"), source(theirs.state_dict()))
    ids, real = batch()
    kinds = torch.zeros_like(ids)
    kinds[:, 2:] = 1
    for mine, options in ((ours(ids, real), {}), (ours(ids, real, kinds), {"token_type_ids": kinds})):
        reference = theirs(input_ids=ids, attention_mask=real.long(), **options).last_hidden_state
        assert (mine - reference)[real].abs().max() < 1e-5
    assert (ours(ids, real) - ours(ids, real, kinds))[real].abs().max() > 0.1


def test_parameters_are_counted():
    assert SMALL.parameters == sum(p.numel() for p in Encoder(SMALL).parameters())


@torch.inference_mode()
def test_a_text_alone_is_that_text_in_a_batch():
    torch.manual_seed(1)
    model = Encoder(SMALL).eval()
    ids, real = batch()
    together = mean_pool(model(ids, real), real)
    for row in range(len(ids)):
        n = int(real[row].sum())
        alone = mean_pool(model(ids[row : row + 1, :n]), real[row : row + 1, :n])
        assert torch.allclose(alone[0], together[row], atol=1e-6)
    assert torch.allclose(together.norm(dim=1), torch.ones(3))
    assert not torch.allclose(mean_pool(model(ids), real), together, atol=1e-4)  # without the mask it is not


def test_every_weight_moves_the_vectors():
    torch.manual_seed(2)
    model = Encoder(SMALL)
    ids, real = batch()
    (mean_pool(model(ids, real), real) * torch.randn(24)).sum().backward()
    unmoved = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert unmoved == []


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"width": 25}, "shared by 3 heads"),
        ({"layers": 0}, "layers must be a whole number"),
        ({"epsilon": 0.0}, "epsilon must be"),
        ({"kinds": True}, "kinds must be"),
    ],
)
def test_impossible_shapes(numbers, message):
    known = {"vocabulary": 60, "width": 24, "heads": 3}
    with pytest.raises(ValueError, match=message):
        EncoderShape(**{**known, **numbers})


def test_a_text_longer_than_the_places_is_refused():
    with pytest.raises(ValueError, match="17 tokens are more than this encoder's 16 places"):
        Encoder(SMALL)(torch.zeros(1, 17, dtype=torch.long))


# ------------------------------------------------------------------------------
# loading


def lacks(weights):
    del weights["encoder.layer.1.output.dense.bias"]


def too_many(weights):
    weights["encoder.layer.2.output.dense.bias"] = torch.zeros(24)


def too_large(weights):
    weights["embeddings.position_embeddings.weight"] = torch.zeros(17, 24)


def not_a_number(weights):
    weights["embeddings.LayerNorm.bias"] = torch.full((24,), torch.nan)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lacks, "Nothing in here has encoder.layer.1.output.dense.bias"),
        (too_many, "holds encoder.layer.2.output.dense.bias"),
        (too_large, "do not fit its config.json"),
        (not_a_number, "not finite"),
    ],
)
def test_weights_that_do_not_fit(theirs, spoil, message):
    weights = dict(theirs.state_dict())
    spoil(weights)
    with pytest.raises(CourseError, match=message):
        build_encoder(encoder_shape(CONFIG, "here"), source(weights))


def test_the_pooler_may_lie_there(theirs):
    weights = {
        **theirs.state_dict(),
        "pooler.dense.weight": torch.zeros(24, 24),
        "pooler.dense.bias": torch.zeros(24),
    }
    assert build_encoder(encoder_shape(CONFIG, "here"), source(weights)).shape == SMALL


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "roberta"}, "has model_type = 'roberta', which this encoder does not build"),
        ({"hidden_act": "gelu_new"}, "hidden_act = 'gelu_new'"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ({"num_attention_heads": 5}, "impossible model"),
        ({"hidden_size": "24"}, "not a whole number"),
        ({"num_hidden_layers": 10**9}, "not a whole number from 1 to"),
    ],
)
def test_configs_of_other_models(change, message):
    with pytest.raises(CourseError, match=message):
        encoder_shape({**CONFIG, **change}, "here")


def test_a_decoder_is_no_encoder():
    with pytest.raises(CourseError, match=r"no encoder|not installed"):
        load_encoder("smollm2")


# ------------------------------------------------------------------------------
# WordPiece


def test_words_are_cut_greedily():
    tokenizer = WordPiece({word: n for n, word in enumerate(WORDS)})
    names = dict(enumerate(WORDS))
    cut = [names[n] for n in tokenizer.encode("Unlocked  ÜNLOCK! unlocks 车轮")]
    # "unlocks" begins well, and no piece ends it
    assert cut == ["[CLS]", "unl", "##ock", "##ed", "unl", "##ock", "!", "[UNK]", "车", "[UNK]", "[SEP]"]


def test_a_long_text_is_cut_and_keeps_its_ends():
    tokenizer = WordPiece({word: n for n, word in enumerate(WORDS)})
    assert tokenizer.encode("! ! ! ! !", most=4) == [2, 11, 11, 3]
    assert tokenizer.encode("", most=4) == [2, 3]


def test_a_vocabulary_without_the_marks_is_refused():
    with pytest.raises(CourseError, match=r"\[MASK\].*this one does not"):
        WordPiece({word: n for n, word in enumerate(WORDS) if word != "[MASK]"})


def young(character: str) -> bool:
    """A sign or mark that Unicode got after the tables of the library were made."""
    old = unicodedata.ucd_3_2_0.category(character)
    return old == "Cn" and unicodedata.category(character)[0] in "PM"


@NEEDS_MODELS
def test_ids_of_2000_texts_equal_the_library_s(open_one):
    from tokenizers import Tokenizer

    library = Tokenizer.from_str(member("minilm", "tokenizer.json").decode())
    library.no_padding()
    library.no_truncation()
    library.encode_special_tokens = True  # what a customer writes is text, even "[SEP]"
    samples = ["".join(c for c in text if not young(c)) for text in texts(2000)]
    samples += [m.text for m in shop_messages()] + [
        "[SEP] [MASK]",
        "x" * 100,
        "x" * 101,
        "ΑΣΟΣ ΟΔΥΣΣΕΥΣ İstanbul",
    ]
    different = [t for t in samples if open_one.tokenizer.encode(t, 10**6) != library.encode(t).ids]
    assert different == []
    assert len(open_one.tokenizer) == 30522


def test_simple_words():
    assert simple_words("Ça va?\tО́н 3×4=12") == ["ca", "va", "?", "он", "3×4", "=", "12"]
    assert simple_words("a\u200bb\x00c d\u00a0e") == ["abc", "d", "e"]


# ------------------------------------------------------------------------------
# MiniLM


@NEEDS_MODELS
@torch.inference_mode()
def test_minilm_equals_transformers_on_all_shop_messages(open_one):
    from safetensors.torch import load
    from transformers import BertConfig, BertModel

    theirs = BertModel(
        BertConfig(**json.loads(member("minilm", "config.json"))), add_pooling_layer=False
    ).eval()
    assert (
        theirs.load_state_dict(load(member("minilm", "model.safetensors")), strict=False).missing_keys == []
    )
    assert open_one.model.shape.parameters == 22_565_376
    messages = [m.text for m in shop_messages()][::4]
    ids, real = padded([open_one.tokenizer.encode(text) for text in messages])
    reference = theirs(input_ids=ids, attention_mask=real.long()).last_hidden_state
    assert (open_one.model(ids, real) - reference)[real].abs().max() < 1e-5
    vectors = open_one.embed(messages, batch=20)
    assert (vectors - mean_pool(reference, real)).abs().max() < 1e-6
    assert torch.allclose(vectors.norm(dim=1), torch.ones(len(messages)), atol=1e-5)
    # the same slips as in the lesson: each would be seen
    assert (open_one.model(ids) - reference)[real].abs().max() > 0.1


@NEEDS_MODELS
def test_like_texts_have_like_vectors(open_one):
    one, same, other = open_one.embed(
        ["Cancel my order.", "I no longer want what I bought.", "My tyre is flat."]
    )
    assert one @ same > one @ other + 0.1


@NEEDS_MODELS
def test_the_encoder_of_the_lesson_is_that_of_the_package():
    """Lesson 6e builds the classes before the reader's eyes; same weights, same vectors."""
    import math

    from torch.nn import functional as F

    space = {"math": math, "torch": torch, "nn": nn, "F": F}
    wanted = {"attend", "gelu", "Attention", "Block", "Encoder"}
    for cell in read(LESSONS / "06e_understanding.py").code():
        for node in ast.parse(cell.source).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in wanted:
                exec(compile(ast.Module([node], []), "lesson", "exec"), space)
    assert wanted <= space.keys()
    torch.manual_seed(3)
    ours = Encoder(SMALL).eval()
    lesson = space["Encoder"](SMALL).eval()
    lesson.load_state_dict(ours.state_dict())
    ids, real = batch()
    with torch.inference_mode():
        assert (lesson(ids, real) - ours(ids, real))[real].abs().max() < 1e-5


def test_names_of_all_tensors_are_known(theirs):
    known = set(TABLES.values())
    for layer in range(2):
        known |= {
            f"encoder.layer.{layer}.{part}.{end}"
            for parts in PARTS.values()
            for part in parts
            for end in ("weight", "bias")
        }
    assert known == theirs.state_dict().keys()


def test_padding_stands_at_the_right():
    ids, real = padded([[5], [6, 7]], pad=9)
    assert ids.tolist() == [[5, 9], [6, 7]]
    assert real.tolist() == [[True, False], [True, True]]
    assert padded([])[0].numel() == 0
