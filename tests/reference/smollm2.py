"""Makes smollm2.json and smollm2.safetensors in utils/models: what the transformers library computes from SmolLM2's GGUF file.

    PYTHONPATH=. python tests/reference/smollm2.py

Needs the open models and `accelerate`, and some minutes. `utils.models.reference` says what is kept of the scores.
"""

import json
from typing import Any

import torch

from utils.models.reference import NUMBERS, TEXTS, summary

TEXT = (
    "A bicycle that stands in the rain for a winter needs more than oil. First look at the chain: if it is stiff, "
    "brown and dry, a new one costs less than an hour of cleaning. 自行车需要保养，尤其是链条。\n\n"
    "def total(prices, vat=0.19):\n    return sum(prices) * (1 + vat)\n\nprint(total([12.5, 7, 30]))\n\n"
    "Question: who wrote Hamlet? Answer: William Shakespeare. Question: what is the capital of France? Answer: "
)
PROMPT = [{"role": "user", "content": "Explain in a few sentences why a bicycle stays upright."}]
CONVERSATIONS: list[tuple[list[dict[str, str]], bool]] = [
    (PROMPT, True),
    ([{"role": "user", "content": "Hi"}], False),
    (
        [
            {"role": "system", "content": "Answer in one word."},
            {"role": "user", "content": "Capital of Italy?"},
        ],
        True,
    ),
    ([{"role": "system", "content": ""}, {"role": "user", "content": " blanks  at both ends "}], True),
    ([{"role": "user", "content": "自行车的链条多久换一次？"}], True),
    ([{"role": "user", "content": "Fix:\n```python\nfor i in range(10):\n\tprint(i)\n```"}], True),
    (
        [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "c"},
        ],
        True,
    ),
    ([{"role": "user", "content": "🚲 + 🔧 = 😀?"}, {"role": "assistant", "content": "Yes!"}], False),
    ([{"role": "user", "content": "order 12345, 99.50 EUR, 3/4 inch"}], True),
    (
        [
            {"role": "user", "content": ""},
            {"role": "assistant", "content": "\n\n"},
            {"role": "user", "content": "ok"},
        ],
        True,
    ),
]


def theirs() -> tuple[Any, Any]:
    """The model and the tokenizer as the transformers library reads them from the GGUF file."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from utils.open_models import find

    path = find("smollm2")
    kind: dict[str, Any] = {"gguf_file": path.name, "local_files_only": True}
    model = AutoModelForCausalLM.from_pretrained(path.parent, dtype=torch.float32, **kind)
    return model.eval(), AutoTokenizer.from_pretrained(path.parent, **kind)


@torch.no_grad()
def reference() -> tuple[torch.Tensor, dict[str, torch.Tensor], dict[str, Any]]:
    """All scores, what is kept of them, and texts with their ids."""
    model, tokenizer = theirs()
    ids = tokenizer(TEXT + TEXT).input_ids[:200]
    scores = model(torch.tensor([ids])).logits[0]
    chats = [
        tokenizer.apply_chat_template(c, add_generation_prompt=g, tokenize=True, return_dict=False)
        for c, g in CONVERSATIONS
    ]
    written = model.generate(torch.tensor([chats[0]]), max_new_tokens=60, do_sample=False)[0, len(chats[0]) :]
    texts = {"ids": ids, "chats": chats, "written": written.tolist(), "text": tokenizer.decode(written)}
    return scores, summary(scores), texts


def main() -> None:
    from safetensors.torch import save_file

    _, numbers, texts = reference()
    save_file(numbers, NUMBERS)
    TEXTS.write_text(json.dumps(texts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
