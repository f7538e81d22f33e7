"""Text from a language model: the cache, batches, filters, stop strings, streams, and speculation that changes nothing."""

import itertools
import math
import random

import pytest
import torch

from utils.models.checkpoints import load_llama
from utils.models.decoder import PreparedLlama, Reader, in_place, turned
from utils.models.generate import Answer, Writer, generate, judge, speculative, stream
from utils.models.nn import Llama, Shape
from utils.models.sampling import GREEDY, Sampling, choose, filter_scores, in_float64, pick, probabilities
from utils.repro import child_seed

V = 23
GQA = Shape(V, width=32, layers=2, heads=4, kv_heads=2, head_width=8, hidden=48)
MANY = Shape(V, width=32, layers=2, heads=4, kv_heads=4, head_width=8, hidden=48, tied=False)
PROMPTS = [[3, 1, 4, 1, 5], [9], [2, 6], [5, 3, 5, 8, 9, 7, 9, 3, 2]]
WARM = Sampling(0.8, top_k=9, top_p=0.9, repetition_penalty=1.3)


def model_of(shape: Shape, seed: int = 0) -> Llama:
    """Random weights, large enough that scores differ, in float64."""
    torch.manual_seed(seed)
    model = Llama(shape).double().eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() == 2:
                weight.mul_(8)
    return model


@pytest.fixture(scope="module", params=[GQA, MANY], ids=["grouped", "one to one"])
def model(request):
    return model_of(request.param)


def recomputed(model: Llama, prompt: list[int], new: int) -> list[int]:
    """Greedy without any cache: read everything anew for every token."""
    ids = list(prompt)
    with torch.inference_mode():
        for _ in range(new):
            ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    return ids[len(prompt) :]


# ------------------------------------------------------------------------------
# the cache


@pytest.mark.parametrize("prepare", [turned, in_place])
def test_cached_equals_recomputed(model, prepare):
    for prompt in PROMPTS:
        expected = recomputed(model, prompt, 20)
        assert generate(model, [prompt], 20)[0].ids == expected
        assert generate(PreparedLlama(model, prepare), [prompt], 20)[0].ids == expected


def test_scores_with_a_cache_equal_scores_without(model):
    ids = torch.randint(V, (1, 12), generator=torch.Generator().manual_seed(1)).tolist()[0]
    with torch.inference_mode():
        whole = model(torch.tensor([ids]))[0]
        reader = Reader(PreparedLlama(model), 1, 12)
        first = reader.read([ids[:5]], every=True)[0]
        single = torch.cat([reader.read([[token]]) for token in ids[5:9]])
        last = reader.read([ids[9:]], every=True)[0]
    assert torch.allclose(torch.cat([first, single, last]), whole, rtol=0, atol=1e-6)
    reader.cache.length = 7  # forget, and read again
    with torch.inference_mode():
        assert torch.allclose(reader.read([ids[7:]], every=True)[0], whole[7:], rtol=0, atol=1e-6)


def test_a_prepared_model_with_copies_keeps_the_old_weights_and_one_without_follows():
    model = model_of(GQA)
    copied, seen = PreparedLlama(model), PreparedLlama(model, in_place)
    before = generate(model, [[1, 2]], 12)[0].ids
    with torch.no_grad():
        model.blocks[0].mlp.up.weight.neg_()
    after = generate(model, [[1, 2]], 12)[0].ids
    assert before != after
    assert generate(seen, [[1, 2]], 12)[0].ids == after
    # the first token is read by the model itself
    assert generate(copied, [[1, 2]], 12)[0].ids[1:] != after[1:]


def test_greedy_equals_transformers(tmp_path):
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=V,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.2,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    theirs = LlamaForCausalLM(config).eval()
    theirs.save_pretrained(tmp_path)
    theirs, ours = theirs.double(), load_llama(tmp_path, torch.float64)
    for prompt in PROMPTS:
        expected = theirs.generate(torch.tensor([prompt]), max_new_tokens=24, do_sample=False)
        assert generate(ours, [prompt], 24)[0].ids == expected[0, len(prompt) :].tolist()
    pushed = theirs.generate(
        torch.tensor([PROMPTS[0]]), max_new_tokens=24, do_sample=False, repetition_penalty=1.5
    )
    own = generate(ours, [PROMPTS[0]], 24, sampling=Sampling(0, repetition_penalty=1.5))
    assert own[0].ids == pushed[0, 5:].tolist()


# ------------------------------------------------------------------------------
# batches


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(), WARM], ids=["greedy", "plain", "all filters"])
def test_a_row_in_a_batch_equals_the_row_alone(model, sampling):
    together = generate(model, PROMPTS, 15, sampling=sampling, seed=7)
    for row, (prompt, answer) in enumerate(zip(PROMPTS, together, strict=True)):
        alone = [child_seed(7, "generate.row", row)]
        assert answer == generate(model, [prompt], 15, sampling=sampling, seed=alone)[0]


def test_what_all_prompts_begin_with_is_read_once_and_changes_nothing(model):
    beginning = [7, 3, 1, 0, 2, 9, 9, 4, 11, 5]
    rows = [beginning + rest for rest in ([1], [2, 6, 5], list(range(16)), [3])]
    read = []
    handle = model.embed.register_forward_hook(lambda _, ids, __: read.append(ids[0].numel()))
    together = generate(model, rows, 12, logprobs=True)
    handle.remove()
    assert read[:2] == [10, 4 * 16], "the beginning once, then what is left of the longest row, for all four"
    for row, answer in zip(rows, together, strict=True):
        alone = generate(model, [row], 12, logprobs=True)[0]
        assert answer.ids == alone.ids
        assert answer.logprobs == pytest.approx(alone.logprobs, abs=1e-6)


def test_a_shared_beginning_gives_the_scores_of_reading_it_in_every_row(model):
    beginning = list(range(9))
    rows = [
        [*beginning, 1],
        beginning + list(range(14)),
        [*beginning, 4, 4],
    ]  # the first has more padding than beginning
    longest = max(map(len, rows))
    pads = [longest - len(row) for row in rows]
    padded = [[0] * pad + row for pad, row in zip(pads, rows, strict=True)]
    whole, shared = (Reader(model, 3, longest, pads) for _ in range(2))
    for keys, values in zip(shared.cache.keys, shared.cache.values, strict=True):
        keys.fill_(float("nan")), values.fill_(float("nan"))  # what uninitialised memory may hold
    with torch.inference_mode():
        shared.share(beginning, pads)
        scores = shared.read([row[9:] for row in padded])
        assert torch.allclose(scores, whole.read(padded), atol=1e-6)
        assert not torch.allclose(scores[0], scores[2], atol=1e-3)


def test_rows_and_neighbouring_seeds_share_no_text(model):
    """Row 1 of seed 7 once was row 0 of seed 8."""
    same = [PROMPTS[0]] * 4
    texts = [a.ids for seed in (7, 8, 9) for a in generate(model, same, 12, sampling=Sampling(), seed=seed)]
    assert len({tuple(ids) for ids in texts}) == 12


def test_one_seed_or_one_for_each_row(model):
    with pytest.raises(ValueError, match="5 prompts need one seed, or one for each; 2 were given"):
        generate(model, [[1]] * 5, 3, sampling=Sampling(), seed=[1, 2])


def test_rows_finish_each_at_its_own_time(model):
    alone = [generate(model, [prompt], 15)[0].ids for prompt in PROMPTS]
    ends = [alone[0][2]]
    together = generate(model, PROMPTS, 15, end=ends)
    for answer, ids in zip(together, alone, strict=True):
        cut = ids.index(ends[0]) + 1 if ends[0] in ids else 15
        assert (answer.ids, answer.reason) == (ids[:cut], "end" if ends[0] in ids[:cut] else "length")
    assert len({len(answer.ids) for answer in together}) > 1


def test_the_room_limits_each_row(model):
    answers = generate(model, PROMPTS, 50, room=12)
    assert [len(answer.ids) for answer in answers] == [7, 11, 10, 3]
    assert {answer.reason for answer in answers} == {"length"}


def test_same_seed_same_text(model):
    one, same, other = (
        [a.ids for a in generate(model, PROMPTS, 12, sampling=Sampling(), seed=s)] for s in (1, 1, 100)
    )
    assert one == same != other


# ------------------------------------------------------------------------------
# choosing


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.7])
@pytest.mark.parametrize("top_k", [0, 1, 5, 100])
@pytest.mark.parametrize("top_p", [0.05, 0.8, 1.0])
@pytest.mark.parametrize("penalty", [1.0, 1.8])
def test_filters_equal_those_of_transformers(temperature, top_k, top_p, penalty):
    from transformers import LogitsProcessorList
    from transformers.generation import logits_process as theirs

    scores = torch.randn(3, V, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * 3
    before = torch.tensor([[1, 2, 2, 7], [0, 0, 0, 0], [5, 22, 3, 4]])
    chain = LogitsProcessorList()
    if penalty != 1:
        chain.append(theirs.RepetitionPenaltyLogitsProcessor(penalty))
    chain.append(theirs.TemperatureLogitsWarper(temperature))
    if top_k:
        chain.append(theirs.TopKLogitsWarper(top_k))
    if top_p < 1:
        chain.append(theirs.TopPLogitsWarper(top_p))
    seen = torch.zeros(3, V, dtype=torch.bool).scatter(1, before, True)
    ours = filter_scores(scores, Sampling(temperature, top_k, top_p, penalty), seen)
    assert torch.equal(ours, chain(before, scores.clone()))


def test_pick_draws_with_the_right_shares():
    p = torch.tensor([[0.0, 0.5, 0.0, 0.25, 0.25, 0.0]], dtype=torch.float64)
    edges = torch.tensor([0, 0.4999, 0.5, 0.7499, 0.75, 0.999999999999], dtype=torch.float64)
    assert pick(p.expand(6, -1), edges).tolist() == [1, 1, 3, 3, 4, 4]
    u = (torch.arange(1000, dtype=torch.float64) + 0.5) / 1000
    assert pick(p.expand(1000, -1), u).bincount(minlength=6).tolist() == [0, 500, 0, 250, 250, 0]


def test_choose_is_the_highest_score_at_temperature_0_and_respects_the_filters():
    scores = torch.tensor([[1.0, 3.0, 2.0], [0.0, -1.0, -2.0]])
    assert choose(scores, GREEDY, []) == [1, 0]
    assert probabilities(scores, GREEDY).tolist() == [[0, 1, 0], [1, 0, 0]]
    drawn = [
        choose(scores, Sampling(3.0, top_k=2), [torch.Generator().manual_seed(s)] * 2) for s in range(99)
    ]
    assert {row[0] for row in drawn} == {1, 2}
    assert {row[1] for row in drawn} == {0, 1}


def test_a_temperature_too_small_for_float32_is_greedy():
    scores = torch.tensor([[1.0, 3.0, -2e4], [7e4, -1.0, 6.9e4]])
    for temperature in (1e-4, 1e-38, 1e-45, 1e-310):
        expected = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
        for kind in (torch.float32, torch.float64, torch.bfloat16):
            assert probabilities(scores.to(kind), Sampling(temperature)).tolist() == expected


def test_top_p_of_16_bit_scores_keeps_at_least_p():
    scores = torch.randn(1, 128_256, generator=torch.Generator().manual_seed(0)).bfloat16()
    kept = filter_scores(scores, Sampling(top_p=0.9)) > -torch.inf
    assert float(scores.double().softmax(-1)[kept].sum()) >= 0.9
    assert torch.equal(kept, filter_scores(scores.float(), Sampling(top_p=0.9)) > -torch.inf)


DAMAGED = {
    "nan": [0.0, math.nan, 1.0],
    "inf": [0.0, math.inf, 1.0],
    "nothing left": [-math.inf] * 3,
}


@pytest.mark.parametrize("row", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize(
    "sampling", [GREEDY, Sampling(), WARM, Sampling(0, repetition_penalty=2.0), Sampling(1e-45)]
)
def test_scores_that_are_no_numbers_choose_no_token(row, sampling):
    scores, seen = torch.tensor([[1.0, 2.0, 3.0], row]), torch.ones(2, 3, dtype=torch.bool)
    with pytest.raises(ValueError, match="not finite"):
        choose(scores, sampling, [torch.Generator()] * 2, seen)
    with pytest.raises(ValueError, match="not finite"):
        probabilities(scores, sampling, seen)


def test_a_token_ruled_out_by_minus_infinity_is_no_damage():
    scores = torch.tensor([[-math.inf, 2.0, 1.0]])
    assert choose(scores, GREEDY, []) == [1]
    assert probabilities(scores, Sampling())[0, 0] == 0


@pytest.mark.parametrize("p", [[0.0, 0.0], [math.nan, 1.0], [1.0, math.inf]])
def test_pick_draws_nothing_from_what_is_no_distribution(p):
    with pytest.raises(ValueError, match="positive, finite sum"):
        pick(torch.tensor([p]), torch.tensor([0.5]))


def test_pick_with_a_uniform_number_that_float32_rounds_to_1():
    assert pick(torch.tensor([[0.25, 0.75, 0.0]]), torch.tensor([1 - 1e-9])).tolist() == [1]


def test_float64_is_made_on_the_cpu_where_the_device_has_none():
    """A stand-in for a tensor on Apple's MPS, which refuses float64."""

    class OnMps:
        device = torch.device("mps")

        def double(self):
            raise TypeError("MPS has no float64")

        def cpu(self):
            return torch.ones(2)

    assert in_float64(OnMps()).dtype == torch.float64


@pytest.mark.parametrize("sampling", [GREEDY, Sampling()])
def test_a_model_with_nan_weights_says_so_at_every_way_of_writing(sampling):
    good, bad = model_of(GQA), model_of(GQA)
    bad.norm.weight.data[0] = math.nan
    for write_it in (
        lambda: generate(bad, [[1]], 3, sampling=sampling),
        lambda: generate(bad, [[1], [2, 3]], 3, sampling=sampling),
        lambda: generate(PreparedLlama(bad), [[1]], 3, sampling=sampling),
        lambda: list(stream(bad, [1], 3, sampling=sampling, decode=letters)),
        lambda: speculative(bad, good, [1], 3, sampling=sampling),
        lambda: speculative(good, bad, [1], 3, sampling=sampling),
    ):
        with pytest.raises(ValueError, match="scores of the next token are not finite"):
            write_it()


# ------------------------------------------------------------------------------
# what a server needs


def test_passes_are_counted_for_each_row(model):
    answers = generate(model, PROMPTS, 50, room=12)
    assert [answer.passes for answer in answers] == [len(answer.ids) for answer in answers] == [7, 11, 10, 3]


def test_prompts_may_be_tensors_or_arrays(model):
    expected = [answer.ids for answer in generate(model, [[1, 2], [3, 4]], 5)]
    table = torch.tensor([[1, 2], [3, 4]])
    for prompts in (
        table,
        table.numpy(),
        list(table),
        [list(row) for row in table],
        [table[0].numpy(), [3, 4]],
    ):
        assert [answer.ids for answer in generate(model, prompts, 5)] == expected
    assert speculative(model, model, table[0], 5).ids == expected[0]
    assert "".join(stream(model, table[1], 5, decode=letters)) == letters(expected[1])


@pytest.mark.parametrize("prepare", [turned, in_place])
def test_a_reader_beyond_its_room_says_so(model, prepare):
    reader = Reader(PreparedLlama(model, prepare), 1, 3)
    reader.read([[1, 2, 3]])
    with pytest.raises(ValueError, match="room for 3 tokens, and 4 came"):
        reader.read([[4]])
    assert reader.cache.length == 3


def test_logprobs_are_those_of_the_tokens_chosen_without_filters(model):
    plain = generate(model, PROMPTS, 8, sampling=WARM, logprobs=True)
    for prompt, answer in zip(PROMPTS, plain, strict=True):
        with torch.inference_mode():
            every = model(torch.tensor([[*prompt, *answer.ids]]))[0].log_softmax(-1)
        wanted = every[len(prompt) - 1 : -1].gather(1, torch.tensor(answer.ids)[:, None])[:, 0]
        assert torch.allclose(torch.tensor(answer.logprobs).double(), wanted, atol=1e-6)
    assert generate(model, [[1]], 3)[0].logprobs == []
    greedy = generate(model, [PROMPTS[0]], 8, logprobs=True)[0]
    quick = speculative(model, model, PROMPTS[0], 8, logprobs=True)
    assert quick.ids == greedy.ids
    assert quick.logprobs == pytest.approx(greedy.logprobs, abs=1e-6)


def test_each_prompt_may_have_its_own_seed(model):
    options = {"sampling": Sampling()}
    together = generate(
        model, PROMPTS[:3], 12, seed=[5, torch.Generator().manual_seed(70), 2**70 + 5], **options
    )
    alone = ([5], torch.Generator().manual_seed(70), [5])
    for prompt, seed, answer in zip(PROMPTS, alone, together, strict=False):
        assert answer.ids == generate(model, [prompt], 12, seed=seed, **options)[0].ids


def test_several_end_tokens(model):
    ids = generate(model, [PROMPTS[0]], 15)[0].ids
    answer = generate(model, [PROMPTS[0]], 15, end=[ids[4], ids[2]])[0]
    first = min(ids.index(ids[2]), ids.index(ids[4]))
    assert (answer.ids, answer.reason) == (ids[: first + 1], "end")


def test_a_cancelled_answer_ends_before_the_next_pass(model):
    asked = []

    def after_three() -> bool:
        asked.append(1)
        return len(asked) > 3

    whole = generate(model, PROMPTS, 9, decode=letters)
    answers = generate(model, PROMPTS, 9, decode=letters, cancelled=after_three)
    for answer, full in zip(answers, whole, strict=True):
        assert (answer.ids, answer.text, answer.reason, answer.passes) == (
            full.ids[:3],
            full.text[:3],
            "cancelled",
            3,
        )
    assert speculative(model, model, [1], 9, cancelled=lambda: True).reason == "cancelled"


def test_a_closed_stream_makes_no_further_pass(model):
    pieces = stream(model, [1], 9, decode=letters)
    first = next(pieces)
    pieces.close()
    assert list(pieces) == []
    assert (pieces.answer.text, pieces.answer.reason, pieces.answer.passes) == (first, "cancelled", 1)
    done = stream(model, [1], 2, decode=letters)
    assert list(done)
    done.close()
    assert done.answer.reason == "length"


def test_layers_of_another_class_are_called_as_they_are():
    class Doubled(torch.nn.Module):
        def __init__(self, linear):
            super().__init__()
            self.linear = linear

        def forward(self, x):
            return 2 * self.linear(x)

    model = model_of(GQA)
    for block in model.blocks:
        block.attention.qkv, block.mlp.down = Doubled(block.attention.qkv), Doubled(block.mlp.down)
    expected = recomputed(model, [1, 2], 12)
    for prepared in (
        PreparedLlama(model),
        PreparedLlama(model, in_place),
        PreparedLlama(model, lambda layer: layer),
    ):
        assert generate(prepared, [[1, 2]], 12)[0].ids == expected


# ------------------------------------------------------------------------------
# text


def letters(ids: list[int]) -> str:
    return "".join("abcdefghijklmnopqrstuvw"[i] for i in ids)


def write(tokens: list[int], decode, **options) -> tuple[list[str], Answer]:
    writer = Writer(options.pop("limit", 99), decode, **options)
    pieces = []
    for token in tokens:
        pieces.append(writer.add(token))
        if writer.answer.reason:
            break
    return pieces, writer.answer


def test_stop_strings_also_across_tokens():
    pieces, answer = write([0, 1, 2, 3, 4], letters, stop=["cd"])
    assert pieces == ["a", "b", "", ""]  # the c might begin a stop, and does
    assert (answer.ids, answer.text, answer.reason) == ([0, 1, 2, 3], "ab", "stop")
    pieces, answer = write([0, 2, 2, 4, 3], letters, stop=["cd"], limit=5)
    assert pieces == ["a", "", "c", "ce", "d"]
    assert (answer.text, answer.reason) == ("acced", "length")


def test_the_earliest_stop_string_wins_and_held_text_comes_at_the_end():
    words = {0: "so", 1: " it", 2: " goes", 3: "\n\nQ", 4: ": "}
    spell = lambda ids: "".join(words[i] for i in ids)  # noqa: E731
    assert write([0, 1, 2, 3, 4], spell, stop=["Q:", "\n\n"])[1].text == "so it goes"
    assert write([0, 1, 2], spell, stop=["goes", " it goes"])[1].text == "so"
    pieces, answer = write([0, 3], spell, stop=["\n\nQ: no"], limit=2)
    assert pieces == ["so", "\n\nQ"]
    assert answer.text == "so\n\nQ"


def test_an_end_token_is_not_spelt_and_lets_go_of_held_text():
    pieces, answer = write([0, 2, 22, 1], letters, stop=["cd"], end=[22])
    assert pieces == ["a", "", "c"]
    assert (answer.ids, answer.text, answer.reason) == ([0, 2, 22], "ac", "end")


def bytes_to_text(ids: list[int]) -> str:
    return bytes(ids).decode("utf-8", errors="replace")


@pytest.mark.parametrize("text", ["naïve café", "链条松了。", "a🚲b", "plain", "\ufffd odd"])
@pytest.mark.parametrize("stop", [[], ["了。", "b"]])
def test_a_stream_never_cuts_a_character(text, stop):
    pieces, answer = write(list(text.encode()), bytes_to_text, stop=stop)
    assert "".join(pieces) == answer.text
    assert "\ufffd" not in "".join(pieces).replace("\ufffd odd", "")
    expected = min((text.split(s)[0] for s in stop), key=len, default=text)
    rest = "" if answer.reason else text[len(answer.text) :]
    assert answer.text + rest == expected


def test_bytes_that_can_no_longer_become_a_character_are_not_held_back():
    pieces, answer = write([*b"hello", *[255] * 6, *b"x"], bytes_to_text, limit=12)
    assert pieces == [*"hello", "", *["\ufffd"] * 5, "\ufffdx"]
    assert answer.text == "hello" + "\ufffd" * 6 + "x"


@pytest.mark.parametrize("seed", range(30))
def test_any_bytes_in_any_tokens_are_spelt_as_a_whole(seed):
    """Tokens of one to three bytes, many of them no characters, against decoding everything at the end."""
    draw = random.Random(seed)
    alphabet = [*"aé车🚲".encode(), 0xF0, 0x9F, 0xE8, 0xFF]
    vocabulary = [bytes(draw.choices(alphabet, k=draw.choice([1, 1, 2, 3]))) for _ in range(300)]
    spell = lambda ids: b"".join(vocabulary[i] for i in ids).decode("utf-8", errors="replace")  # noqa: E731
    pieces, answer = write(list(range(300)), spell, limit=300)
    assert "".join(pieces) == answer.text == spell(range(300))


def test_a_stream_of_broken_bytes_decodes_few_bytes_for_each_token():
    decoded = []

    def counted(ids: list[int]) -> str:
        decoded.append(len(ids))
        return bytes_to_text(ids)

    write([255] * 500 + [97], counted, limit=501)
    assert max(decoded) <= 4
    assert len(decoded) <= 7 * 501


def test_an_unfinished_character_at_the_end_is_shown_as_such():
    assert write(list("é".encode())[:1], bytes_to_text, limit=1) == (["�"], Answer([195], "�", "length"))


def test_a_stream_spells_what_generate_spells():
    wide = model_of(Shape(256, width=32, layers=1, heads=2, kv_heads=1, head_width=16, hidden=48))
    options = {"sampling": Sampling(), "decode": bytes_to_text, "room": 40, "stop": ["a", "\n"], "seed": 5}
    for prompt in ([65, 66], [200]):
        pieces = list(stream(wide, prompt, 60, **options))
        assert "".join(pieces) == generate(wide, [prompt], 60, **options)[0].text


def test_a_stream_leaves_gradients_alone(model):
    pieces = stream(model, [1], 5, decode=letters)
    next(pieces)
    assert torch.ones(1, requires_grad=True).mul(2).requires_grad


# ------------------------------------------------------------------------------
# speculation

TINY = Shape(4, width=8, layers=1, heads=1, kv_heads=1, head_width=8, hidden=8)


def exact(p, q, accept) -> torch.Tensor:
    """Distribution of one judged token, by enumeration over the draft's token; `accept` gives the share that is kept."""
    keep = accept(p, q)
    rest = (p - q).clamp(min=0)
    return q * keep + (1 - (q * keep).sum()) * rest / rest.sum()


def test_the_rule_gives_exactly_the_target_and_wrong_rules_do_not():
    p = torch.tensor([0.5, 0.3, 0.2, 0.0], dtype=torch.float64)
    q = torch.tensor([0.1, 0.6, 0.1, 0.2], dtype=torch.float64)
    assert torch.allclose(exact(p, q, lambda p, q: (p / q).clamp(max=1)), p, rtol=0, atol=1e-15)
    assert not torch.allclose(exact(p, q, lambda p, q: p), p, atol=0.01)
    assert not torch.allclose(exact(p, q, lambda p, q: (q > 0).double()), p, atol=0.01)
    # and `judge` follows that rule: midpoints of a fine grid stand for the uniform numbers
    n, counts = 100, torch.zeros(4, dtype=torch.float64)
    grid = [(i + 0.5) / n for i in range(n)]
    for token, u, v in itertools.product(range(4), grid, grid):
        counts[judge(p, q, token, u, v)[0]] += q[token] / n**2
    assert torch.allclose(counts, p, rtol=0, atol=0.005)


def test_judge_in_float32_draws_no_token_outside_the_vocabulary():
    p, q = torch.tensor([0.5, 0.25, 0.25]), torch.tensor([0.1, 0.8, 0.1])
    assert judge(p, q, 1, 0.999, 1 - 1e-9) == (2, False)
    assert judge(p, q, 1, 0.999, 0.0) == (0, False)


def test_judge_of_two_that_differ_by_rounding_alone():
    p = torch.tensor([0.5, 0.5 - 1e-9], dtype=torch.float64)
    assert judge(p, torch.tensor([0.5, 0.5], dtype=torch.float64), 1, 1 - 1e-12, 0.7) == (1, False)


def test_speculation_is_distributed_as_the_model():
    """Chi-square over all 4³ texts of three tokens, draws with fixed seeds; a wrong rule is far beyond the bound."""
    assert chi_square(judge) < 106  # 63 degrees of freedom: exceeded by chance less than once in 2,000


def chi_square(rule, n: int = 1000) -> float:
    from unittest import mock

    # cold, so that target and draft differ much and a wrong rule shows
    target, draft, sampling = model_of(TINY, 1), model_of(TINY, 2), Sampling(0.5, repetition_penalty=1.2)
    expected = {}
    for text in itertools.product(range(4), repeat=3):
        chance, ids = 1.0, [0]
        for token in text:
            seen = torch.zeros(1, 4, dtype=torch.bool)
            seen[0, ids] = True
            with torch.inference_mode():
                scores = target(torch.tensor([ids]))[:, -1]
            chance *= float(probabilities(scores, sampling, seen)[0, token])
            ids.append(token)
        expected[text] = n * chance
    counts = dict.fromkeys(expected, 0)
    with mock.patch("utils.models.generate.judge", rule):
        for seed in range(n):
            answer = speculative(target, draft, [0], 3, ahead=2, sampling=sampling, seed=seed)
            counts[tuple(answer.ids)] += 1
    # texts expected less than once are judged together
    rare = [text for text in expected if expected[text] < 1]
    pairs = [(counts[t], expected[t]) for t in expected if t not in rare]
    if rare:
        pairs.append((sum(counts[t] for t in rare), sum(expected[t] for t in rare)))
    return sum((seen - want) ** 2 / want for seen, want in pairs)


def test_a_wrong_rule_would_be_noticed():
    def accepts_all(p, q, token, u, v):
        return token, True

    def draws_anew_from_p(p, q, token, u, v):
        kept = u * float(q[token]) < float(p[token])
        return (token, True) if kept else (int(pick(p[None], torch.tensor([v]))), False)

    assert chi_square(accepts_all, 500) > 130
    assert chi_square(draws_anew_from_p) > 130


@pytest.mark.parametrize("ahead", [1, 3, 8])
@pytest.mark.parametrize("penalty", [1.0, 1.4])
def test_greedy_speculation_writes_the_same_tokens(model, ahead, penalty):
    sampling = Sampling(0, repetition_penalty=penalty)
    draft = model_of(Shape(V, width=16, layers=1, heads=2, kv_heads=1, head_width=8, hidden=24), 5)
    for prompt in PROMPTS:
        plain = generate(model, [prompt], 20, sampling=sampling)[0]
        for helper in (draft, model):
            answer = speculative(model, helper, prompt, 20, ahead=ahead, sampling=sampling)
            assert (answer.ids, answer.reason) == (plain.ids, "length")
            assert answer.accepted <= answer.proposed <= answer.passes * ahead
        assert answer.accepted == answer.proposed
        assert answer.passes == math.ceil(20 / (ahead + 1))


def test_speculation_stops_where_generate_stops(model):
    for stop in ("ab", "c"):
        plain = generate(model, [PROMPTS[0]], 30, decode=letters, stop=[stop])[0]
        quick = speculative(model, model, PROMPTS[0], 30, decode=letters, stop=[stop])
        assert (plain.ids, plain.text, plain.reason) == (quick.ids, quick.text, quick.reason)


# ------------------------------------------------------------------------------
# what cannot be meant


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -0.1}, "temperature must be a number from 0"),
        ({"temperature": float("nan")}, "temperature must be"),
        ({"top_k": -1}, "top_k must be a whole number"),
        ({"top_k": 2.5}, "top_k must be a whole number"),
        ({"top_p": 0.0}, "top_p must be more than 0"),
        ({"top_p": 1.01}, "top_p must be more than 0"),
        ({"repetition_penalty": 0}, "repetition_penalty must be from 0.001"),
        ({"repetition_penalty": 1e-300}, "repetition_penalty must be from 0.001"),
        ({"temperature": "warm"}, "temperature must be a number"),
        ({"temperature": None}, "temperature must be a number"),
        ({"top_k": True}, "top_k must be a whole number"),
        ({"top_p": "0.9"}, "top_p must be more than 0"),
    ],
)
def test_impossible_sampling(options, message):
    with pytest.raises(ValueError, match=message):
        Sampling(**options)


@pytest.mark.parametrize(
    ("prompts", "options", "message"),
    [
        ([[]], {}, "prompt 0 is empty"),
        ([[1], []], {}, "prompt 1 is empty"),
        ([], {}, "list of lists"),
        ([1, 2], {}, "list of lists"),
        ([[1, V]], {}, f"outside 0 … {V - 1}"),
        ([[-1]], {}, "outside 0"),
        ([[1] * 9], {"room": 9}, "has 9 tokens, and the room is for 9"),
        ([[1]], {"new": 0}, "at least 1, not 0"),
        ([[1]], {"new": 2.5}, "a whole number"),
        ([[1.5]], {}, "list of lists"),
        (["ab"], {}, "list of lists"),
        (torch.tensor([1, 2]), {}, "list of lists"),
        ([[1]], {"end": 2}, "end must be a list of tokens"),
        ([[1]], {"stop": [b"a"], "decode": letters}, "list of texts"),
        ([[1], [2]], {"seed": [1]}, "2 prompts need one seed"),
        ([[1]], {"stop": "ab", "decode": letters}, "list of texts"),
        ([[1]], {"stop": [""], "decode": letters}, "not empty"),
        ([[1]], {"stop": ["a"]}, "need `decode`"),
    ],
)
def test_impossible_requests(model, prompts, options, message):
    arguments = {"new": 3, **options}
    with pytest.raises(ValueError, match=message):
        generate(model, prompts, **arguments)


def test_an_option_that_does_not_exist_is_not_swallowed(model):
    with pytest.raises(TypeError, match="no option 'pending'"):
        generate(model, [[1]], 3, pending=[4])


def test_a_stream_without_decode_says_so(model):
    with pytest.raises(ValueError, match="needs `decode`"):
        stream(model, [1], 3)


def test_impossible_speculation(model):
    with pytest.raises(ValueError, match="ahead of at least 1"):
        speculative(model, model, [1], 3, ahead=0)
    with pytest.raises(ValueError, match="own vocabulary"):
        speculative(model, model_of(TINY), [1], 3)
