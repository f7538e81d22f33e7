"""SmolLM2 on a CPU: tokens a second in 32, 8 and 4 bits against the transformers library, and what the bits cost.

    OMP_NUM_THREADS=1 python benchmarks/open_model.py --threads 1
    OMP_NUM_THREADS=2 python benchmarks/open_model.py --threads 2

Needs the open models. The library's Llama gets the very weights of ours, in float32, and both must write the same tokens.
Runs alternate, so that other work on the machine meets all; the table has the medians. `bytes` are those of the matrices
that one token reads; the share is these bytes, a token's time and the bandwidth that a plain sum reaches in the same
process. Bits per byte are measured on Python's manual and say what rounding the weights loses.
"""

import argparse
import math
import os
import platform
import warnings
from typing import Any

import torch
from generation import bandwidth, contest
from torch.nn import functional as F

from utils.data import python_reference
from utils.errors import CourseError
from utils.models.checkpoints import OpenModel, load_open
from utils.models.decoder import PreparedLlama
from utils.models.generate import generate
from utils.models.nn import Llama
from utils.models.quantise import kernels, quantised, weight_bytes


def library_twin(ours: Llama) -> Any:
    """The transformers library's Llama with the same weights, sharing their memory where it can."""
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = ours.shape
    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        rms_norm_eps=shape.epsilon,
        rope_parameters={"rope_type": "default", "rope_theta": shape.base},
        tie_word_embeddings=True,
        max_position_embeddings=8192,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    weights = {"model.embed_tokens.weight": ours.embed.weight, "model.norm.weight": ours.norm.weight}
    for n, block in enumerate(ours.blocks):
        sizes = [shape.heads * shape.head_width, *[shape.kv_heads * shape.head_width] * 2]
        q, k, v = block.attention.qkv.weight.split(sizes)
        gate, up = block.mlp.up.weight.chunk(2)
        named = {"self_attn.q_proj": q, "self_attn.k_proj": k, "self_attn.v_proj": v, "mlp.gate_proj": gate}
        named |= {
            "self_attn.o_proj": block.attention.out.weight,
            "mlp.up_proj": up,
            "mlp.down_proj": block.mlp.down.weight,
        }
        named |= {"input_layernorm": block.norm1.weight, "post_attention_layernorm": block.norm2.weight}
        weights |= {f"model.layers.{n}.{name}.weight": weight for name, weight in named.items()}
    theirs = LlamaForCausalLM(config).eval()
    missing = theirs.load_state_dict(weights, strict=False).missing_keys
    assert missing in ([], ["lm_head.weight"]), missing
    theirs.tie_weights()
    return theirs


@torch.inference_mode()
def bits_per_byte(opened: OpenModel, model: Llama, windows: int, size: int = 256) -> float:
    """Bits that the model needs for each byte of Python's manual; the first token of each window is given."""
    ids = opened.tokenizer.encode(python_reference()[:40_000])
    nats, letters = 0.0, 0
    for start in range(0, windows * size, size):
        window = torch.tensor([ids[start : start + size]])
        nats += float(F.cross_entropy(model(window)[0, :-1], window[0, 1:], reduction="sum"))
        letters += len(opened.tokenizer.to_bytes(window[0, 1:].tolist()))
    return nats / letters / math.log(2)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--threads", type=int, choices=[1, 2, 4, 8], default=1, help="threads that torch may use"
    )
    parser.add_argument("--new", type=int, default=64, help="tokens to write")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs of each")
    parser.add_argument("--windows", type=int, default=8, help="windows of 256 tokens for bits per byte")
    asked = parser.parse_args()
    if min(asked.new, asked.repeats, asked.windows) < 1:
        parser.error("--new, --repeats and --windows must be at least 1")
    warnings.filterwarnings("ignore")
    torch.set_num_threads(asked.threads)
    from transformers.utils import logging

    logging.set_verbosity_error()
    try:
        opened = load_open("smollm2")
    except CourseError as error:
        raise SystemExit(str(error)) from error
    ours, theirs = opened.model, library_twin(opened.model)
    prompt = opened.chat(
        [{"role": "user", "content": "Explain in a few sentences why a bicycle stays upright."}]
    )
    options = {"max_new_tokens": asked.new, "min_new_tokens": asked.new, "do_sample": False}

    def library() -> list[int]:
        return theirs.generate(torch.tensor([prompt]), **options)[0, len(prompt) :].tolist()

    if generate(ours, [prompt], asked.new)[0].ids != library():
        raise SystemExit("The two wrote different tokens; there is nothing to compare.")
    models = {"32": ours} | {str(bits): quantised(ours, bits) for bits in (8, 4)}
    prepared = {name: PreparedLlama(model) for name, model in models.items()}
    runs = {"transformers": library} | {
        name: lambda model=model: generate(model, [prompt], asked.new) for name, model in prepared.items()
    }
    speeds, reach = contest(runs, asked.new, asked.repeats), bandwidth()
    reading = {"transformers": weight_bytes(ours)} | {
        name: weight_bytes(model) for name, model in models.items()
    }
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, {asked.threads} thread(s),"
    )
    print(
        f"{len(prompt)} tokens read, {asked.new} written greedily, median of {asked.repeats} alternating runs;"
    )
    print(
        f"a sum reads {reach / 1e9:.1f} GB/s; kernels for few bits: {', '.join(str(b) for b in (8, 4) if kernels(b))}"
    )
    print()
    print(
        "| bits | bytes a token | tokens/s | ÷ transformers | ÷ ours in 32 bits | share of bandwidth | bits per byte |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, speed in speeds.items():
        loss = "" if name == "transformers" else f"{bits_per_byte(opened, models[name], asked.windows):.3f}"
        share = speed * reading[name] / reach
        print(
            f"| {name} | {reading[name]:,} | {speed:.1f} | {speed / speeds['transformers']:.2f}× "
            f"| {speed / speeds['32']:.2f}× | {share:.2f} | {loss} |"
        )


if __name__ == "__main__":
    main()
