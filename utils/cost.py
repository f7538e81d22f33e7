"""What a Transformer costs: parameters, bytes, FLOPs and money. Lesson 2a derives every formula and checks it.

Names: d is the width of the model, T the number of tokens in a sequence, N the number of parameters. A FLOP is one
addition or one multiplication. GB and TB are powers of ten.
"""


def block_parameters(width: int) -> int:
    """Weights and biases of one block of GPT-2, BERT or GPT-3: 12d² + 13d (attention 4d² + 4d, MLP 8d² + 5d, norms 4d)."""
    return 12 * width**2 + 13 * width


def gpt_parameters(layers: int, width: int, vocabulary: int, context: int) -> int:
    """Parameters of a GPT: blocks, word and position tables, last norm; the output reuses the word table.

    GPT-2 (12, 768, 50257, 1024): 124,439,808.  GPT-3 (96, 12288, 50257, 2048): 174,604,259,328.
    Source: Radford et al. 2019; Brown et al. 2020, arXiv:2005.14165.
    """
    return layers * block_parameters(width) + (vocabulary + context + 2) * width


def bert_parameters(layers: int, width: int, vocabulary: int = 30522, context: int = 512) -> int:
    """Parameters of a BERT encoder: as a GPT, and a table of two segments and the pooler d² + d.

    Base (12, 768): 109,482,240.  Large (24, 1024): 335,141,888.  Source: Devlin et al. 2018, arXiv:1810.04805.
    """
    return gpt_parameters(layers, width, vocabulary, context) + 2 * width + width**2 + width


def training_bytes(parameters: int, weights: int = 2, gradients: int = 2, optimiser: int = 12) -> int:
    """Bytes that training holds before any activation; the three numbers are bytes per parameter.

    The default is mixed precision with Adam, 16 in all: 16-bit weights and gradients, then a 32-bit copy of the weights
    and Adam's two averages. Plain float32 is 4, 4 and 8: 16 again.
    """
    return parameters * (weights + gradients + optimiser)


def activation_bytes(layers: int, width: int, heads: int, context: int, batch: int, number: int = 2) -> int:
    """Bytes that the blocks keep for the way back, `number` bytes for each: 16·B·T·d + B·H·T² + 4·B·T numbers a block.

    It counts attention that stores its T×T weights, without dropout; fused kernels leave out the H·T² part.
    Compare Korthikanti et al. 2022, arXiv:2205.05198.
    """
    return layers * number * batch * context * (16 * width + heads * context + 4)


def cache_bytes(layers: int, kv_heads: int, head_width: int, tokens: int = 1, number: int = 2) -> int:
    """Bytes of the KV cache: a key and a value for each layer, key-value head and token.

    GPT-3 (96, 96, 128): 4,718,592 a token.  Llama-3-8B (32, 8, 128): 131,072 a token.
    """
    return 2 * layers * kv_heads * head_width * tokens * number


def forward_flops(layers: int, width: int, vocabulary: int, context: int) -> int:
    """FLOPs of all matrix products in one pass over `context` tokens: T·(24·L·d² + 4·T·L·d + 2·V·d).

    In order: the matrices of the blocks, attention over all T² pairs, the scores over the vocabulary (0 for none).
    """
    return context * (24 * layers * width**2 + 4 * context * layers * width + 2 * vocabulary * width)


def training_flops(parameters: float, tokens: float) -> float:
    """The rule of thumb 6·N·D: 2N a token forward, twice that backward. Source: Kaplan et al. 2020, arXiv:2001.08361."""
    return 6 * parameters * tokens


def inference_flops(parameters: float, tokens: float) -> float:
    """The rule of thumb 2·N for each token read or written."""
    return 2 * parameters * tokens


def gpu_hours(flops: float, peak: float, use: float) -> float:
    """Hours for one GPU with `peak` FLOP/s, of which the share `use` (0 to 1] is reached.

    Raises ValueError when `peak` or `use` is impossible.
    """
    if peak <= 0 or not 0 < use <= 1:
        raise ValueError(f"peak must be positive and use in (0, 1], not {peak} and {use}")
    return flops / (peak * use) / 3600


def price(flops: float, peak: float, use: float, per_hour: float) -> float:
    """Money for that work, in the currency of `per_hour`, the price of one GPU-hour."""
    return gpu_hours(flops, peak, use) * per_hour
