# %% 6d.1 right: with arrays
def unpack_q4_0(raw):
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, 18)
    step = blocks[:, :2].copy().view(np.float16).astype(float)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(float)
    return (step * (halves - 8)).ravel()

# %% 6d.1 right: a generator of bits, as a list of floats
def unpack_q4_0(raw):
    if not raw:
        return []
    d = np.frombuffer(raw[:2], np.float16)[0]
    numbers = [b % 16 for b in raw[2:18]] + [b // 16 for b in raw[2:18]]
    return [float(d) * (n - 8) for n in numbers] + unpack_q4_0(raw[18:])

# %% 6d.1 right: a tensor
def unpack_q4_0(raw):
    out = []
    for i in range(len(raw) // 18):
        part = raw[18 * i : 18 * (i + 1)]
        d = torch.tensor(struct.unpack("<e", part[:2])[0])
        packed = torch.tensor(list(part[2:]))
        out.append(d * (torch.cat([packed % 16, packed // 16]) - 8))
    return torch.cat(out)

# %% 6d.1 wrong: as Q4_1, from zero -> "a weight can be negative"
def unpack_q4_0(raw):
    weights = []
    for start in range(0, len(raw), 18):
        (d,) = struct.unpack("<e", raw[start : start + 2])
        packed = raw[start + 2 : start + 18]
        weights += [d * (b & 15) for b in packed] + [d * (b >> 4) for b in packed]
    return weights

# %% 6d.1 wrong: the two halves of a byte are neighbours -> "here they alternate"
def unpack_q4_0(raw):
    weights = []
    for start in range(0, len(raw), 18):
        (d,) = struct.unpack("<e", raw[start : start + 2])
        for b in raw[start + 2 : start + 18]:
            weights += [d * ((b & 15) - 8), d * ((b >> 4) - 8)]
    return weights

# %% 6d.1 wrong: upper halves first -> "upper halves come before"
def unpack_q4_0(raw):
    weights = []
    for start in range(0, len(raw), 18):
        (d,) = struct.unpack("<e", raw[start : start + 2])
        packed = raw[start + 2 : start + 18]
        weights += [d * ((b >> 4) - 8) for b in packed] + [d * ((b & 15) - 8) for b in packed]
    return weights

# %% 6d.1 wrong: the middle at 7.5 -> "the middle lies at another n"
def unpack_q4_0(raw):
    weights = []
    for start in range(0, len(raw), 18):
        (d,) = struct.unpack("<e", raw[start : start + 2])
        packed = raw[start + 2 : start + 18]
        weights += [d * ((b & 15) - 7.5) for b in packed] + [d * ((b >> 4) - 7.5) for b in packed]
    return weights

# %% 6d.1 wrong: the first block alone -> "only one block was unpacked"
def unpack_q4_0(raw):
    (d,) = struct.unpack("<e", raw[:2])
    packed = raw[2:18]
    return [d * ((b & 15) - 8) for b in packed] + [d * ((b >> 4) - 8) for b in packed]

# %% 6d.1 wrong: all lower halves of all blocks, then all upper ones -> "expected"
def unpack_q4_0(raw):
    lower, upper = [], []
    for start in range(0, len(raw), 18):
        (d,) = struct.unpack("<e", raw[start : start + 2])
        packed = raw[start + 2 : start + 18]
        lower += [d * ((b & 15) - 8) for b in packed]
        upper += [d * ((b >> 4) - 8) for b in packed]
    return lower + upper

# %% 6d.1 wrong: the step of the first block for all -> "expected"
def unpack_q4_0(raw):
    weights = []
    (d,) = struct.unpack("<e", raw[:2])
    for start in range(0, len(raw), 18):
        packed = raw[start + 2 : start + 18]
        weights += [d * ((b & 15) - 8) for b in packed] + [d * ((b >> 4) - 8) for b in packed]
    return weights

# %% 6d.1 wrong: no sign of the step -> "expected"
def unpack_q4_0(raw):
    weights = []
    for start in range(0, len(raw), 18):
        (d,) = struct.unpack("<e", raw[start : start + 2])
        packed = raw[start + 2 : start + 18]
        weights += [abs(d) * ((b & 15) - 8) for b in packed] + [abs(d) * ((b >> 4) - 8) for b in packed]
    return weights

# %% 6d.2 right: joined from pieces, messages counted
def chatml(messages, default):
    import re
    for m in messages:
        if re.search(r"<\|im_(start|end)\|>", m["role"] + "\0" + m["content"]):
            raise ValueError("no marks, please")
    text = ""
    if messages[0]["role"] != "system":
        text = "<|im_start|>system\n" + default + "<|im_end|>\n"
    for m in messages:
        text += "<|im_start|>" + m["role"] + "\n" + m["content"] + "<|im_end|>\n"
    return text + "<|im_start|>assistant\n"

# %% 6d.2 right: with Jinja
def chatml(messages, default):
    import jinja2
    for m in messages:
        for part in m.values():
            if "<|im_start|>" in part or "<|im_end|>" in part:
                raise ValueError(part)
    first = [] if messages[0]["role"] == "system" else [{"role": "system", "content": default}]
    template = "{% for m in ms %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
    return jinja2.Environment(keep_trailing_newline=True).from_string(template).render(ms=first + list(messages))

# %% 6d.2 wrong: no opening of the model's turn -> "nobody opens the model's turn"
def chatml(messages, default):
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": default}, *messages]
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)

# %% 6d.2 wrong: no default -> "the default is missing"
def chatml(messages, default):
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: the default always -> "the default came as well"
def chatml(messages, default):
    messages = [{"role": "system", "content": default}, *messages]
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: the default unless anybody is system -> "the default is missing"
def chatml(messages, default):
    if all(m["role"] != "system" for m in messages):
        messages = [{"role": "system", "content": default}, *messages]
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: strips the contents -> "then it goes on with 'c<"
def chatml(messages, default):
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": default}, *messages]
    return "".join(f"<|im_start|>{m['role']}\n{m['content'].strip()}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: no line break after a turn -> "then it goes on with"
def chatml(messages, default):
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": default}, *messages]
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: no line break at the very end -> "then it ends too early"
def chatml(messages, default):
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": default}, *messages]
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant"

# %% 6d.2 wrong: lets the marks through -> "expected ValueError"
def chatml(messages, default):
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": default}, *messages]
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: looks at contents alone -> "expected ValueError"
def chatml(messages, default):
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": default}, *messages]
    for m in messages:
        if "<|im_start|>" in m["content"] or "<|im_end|>" in m["content"]:
            raise ValueError("a mark")
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: looks at what users say alone -> "expected ValueError"
def chatml(messages, default):
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": default}, *messages]
    for m in messages:
        if m["role"] != "system" and ("<|im_start|>" in m["role"] + m["content"] or "<|im_end|>" in m["role"] + m["content"]):
            raise ValueError("a mark")
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: refuses everything that looks like half a mark -> "ValueError"
def chatml(messages, default):
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": default}, *messages]
    for m in messages:
        if "<|im_" in m["role"] + m["content"]:
            raise ValueError("a mark")
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: puts the default into the list that came in -> "changes its input"
def chatml(messages, default):
    if messages[0]["role"] != "system":
        messages.insert(0, {"role": "system", "content": default})
    for m in messages:
        if any(mark in m["role"] or mark in m["content"] for mark in ("<|im_start|>", "<|im_end|>")):
            raise ValueError("a mark")
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: looks at the last message alone -> "expected ValueError"
def chatml(messages, default):
    if any(mark in part for mark in ("<|im_start|>", "<|im_end|>") for part in messages[-1].values()):
        raise ValueError("a mark")
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": default}, *messages]
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.2 wrong: the start mark is no harm in a role -> "expected ValueError"
def chatml(messages, default):
    for m in messages:
        if "<|im_end|>" in m["role"] or any(mark in m["content"] for mark in ("<|im_start|>", "<|im_end|>")):
            raise ValueError("a mark")
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": default}, *messages]
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"

# %% 6d.3 right: places of the ends
def cut_reply(ids, ends, most):
    seen = list(ids)[:most]
    places = [n for n, token in enumerate(seen) if token in set(ends)]
    return (tuple(seen[: places[0]]), True) if places else (tuple(seen), False)

# %% 6d.3 right: one after the other, a list of two
def cut_reply(ids, ends, most):
    reply = []
    for token in ids:
        if len(reply) == most:
            break
        if token in ends:
            return [reply, True]
        reply.append(token)
    return [reply, False]

# %% 6d.3 right: an array
def cut_reply(ids, ends, most):
    seen = np.array(ids[:most], dtype=int)
    hit = np.isin(seen, list(ends))
    return seen[: hit.argmax()] if hit.any() else seen, bool(hit.any())

# %% 6d.3 wrong: keeps the end token -> "the end token is not part of the reply"
def cut_reply(ids, ends, most):
    for place, token in enumerate(ids[:most]):
        if token in ends:
            return ids[: place + 1], True
    return ids[:most], False

# %% 6d.3 wrong: the last end token -> "the reply"
def cut_reply(ids, ends, most):
    for place in reversed(range(len(ids[:most]))):
        if ids[place] in ends:
            return ids[:place], True
    return ids[:most], False

# %% 6d.3 wrong: only the first of the ends -> "the reply"
def cut_reply(ids, ends, most):
    if ends and ends[0] in ids[:most]:
        return ids[: ids.index(ends[0])], True
    return ids[:most], False

# %% 6d.3 wrong: looks beyond the limit -> "whether an end came"
def cut_reply(ids, ends, most):
    for place, token in enumerate(ids):
        if token in ends:
            return ids[:place][:most], True
    return ids[:most], False

# %% 6d.3 wrong: one token fewer than allowed -> "whether an end came"
def cut_reply(ids, ends, most):
    for place, token in enumerate(ids[: most - 1]):
        if token in ends:
            return ids[:place], True
    return ids[: most - 1], False

# %% 6d.3 wrong: takes every end token out and goes on -> "the reply"
def cut_reply(ids, ends, most):
    seen = ids[:most]
    return [t for t in seen if t not in ends], any(t in ends for t in seen)

# %% 6d.3 wrong: token 0 is no end -> "the reply"
def cut_reply(ids, ends, most):
    for place, token in enumerate(ids[:most]):
        if token and token in ends:
            return ids[:place], True
    return ids[:most], False

# %% 6d.3 wrong: no reply at all when the end comes first -> "whether an end came"
def cut_reply(ids, ends, most):
    place = next((n for n, t in enumerate(ids[:most]) if t in ends), None)
    return (ids[:place], True) if place else (ids[:most] if place is None else [], False)

# %% 6d.3 wrong: the reply alone -> "return two things"
def cut_reply(ids, ends, most):
    for place, token in enumerate(ids[:most]):
        if token in ends:
            return {"reply": ids[:place]}
    return {"reply": ids[:most]}

# %% 6d.3 wrong: the wrong way round -> "whether an end came"
def cut_reply(ids, ends, most):
    for place, token in enumerate(ids[:most]):
        if token in ends:
            return ids[:place], False
    return ids[:most], True

# %% 6d.3 wrong: the two things in the other order -> "the first of the two things"
def cut_reply(ids, ends, most):
    for place, token in enumerate(ids[:most]):
        if token in ends:
            return True, ids[:place]
    return False, ids[:most]

# %% 6d.4 wrong: only whole millions -> "expected"
def break_even(api_price, monthly, own_price, most):
    if monthly == 0:
        return 0 if own_price <= api_price else None
    if own_price >= api_price:
        return None
    x = math.ceil(monthly / (api_price - own_price))
    return x if x <= most else None

# %% 6d.4 right: the meeting point by cases, as a whole number where it is one
def break_even(api_price, monthly, own_price, most):
    if monthly == 0:
        return 0 if own_price <= api_price else None
    if own_price >= api_price:
        return None
    x = monthly / (api_price - own_price)
    return (int(x) if x == int(x) else x) if x <= most else None

# %% 6d.4 right: with an array
def break_even(api_price, monthly, own_price, most):
    saved = np.float64(api_price - own_price)
    if saved < 0 or (saved == 0 and monthly > 0):
        return None
    x = np.array(0.0 if monthly == 0 else monthly / saved)
    return x if x <= most else None

# %% 6d.4 wrong: forgets the power -> "that forgets the power"
def break_even(api_price, monthly, own_price, most):
    return monthly / api_price

# %% 6d.4 wrong: adds the power to the saving -> "it takes longer"
def break_even(api_price, monthly, own_price, most):
    return monthly / (api_price + own_price)

# %% 6d.4 wrong: no limit -> "but the machine never gets there"
def break_even(api_price, monthly, own_price, most):
    if monthly == 0 and own_price <= api_price:
        return 0.0
    if own_price >= api_price:
        return None
    return monthly / (api_price - own_price)

# %% 6d.4 wrong: exactly the limit is too much -> "but it does get there"
def break_even(api_price, monthly, own_price, most):
    if monthly == 0 and own_price <= api_price:
        return 0.0
    if own_price >= api_price or monthly / (api_price - own_price) >= most:
        return None
    return monthly / (api_price - own_price)

# %% 6d.4 wrong: a negative crossing -> "the machine never gets there"
def break_even(api_price, monthly, own_price, most):
    if api_price == own_price:
        return None if monthly else 0.0
    x = monthly / (api_price - own_price)
    return x if x <= most else None

# %% 6d.4 wrong: divides by zero -> "ZeroDivisionError"
def break_even(api_price, monthly, own_price, most):
    x = monthly / (api_price - own_price)
    return x if 0 <= x <= most else None

# %% 6d.4 wrong: the free machine counts as never -> "but it does get there"
def break_even(api_price, monthly, own_price, most):
    if own_price >= api_price:
        return None
    x = monthly / (api_price - own_price)
    return x if x <= most else None

# %% 6d.4 wrong: the free machine always pays -> "the machine never gets there"
def break_even(api_price, monthly, own_price, most):
    if monthly == 0:
        return 0.0
    if own_price >= api_price:
        return None
    x = monthly / (api_price - own_price)
    return x if x <= most else None

# %% 6d.5 right: sorted, the first that does it
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    for name in sorted(formats, key=lambda name: (formats[name][1], formats[name][0])):
        total = parameters / 32 * formats[name][0] + cache
        if total <= memory and wanted * total <= bandwidth:
            return name
    return None

# %% 6d.5 right: a running best
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    best, found = (float("inf"), float("inf")), None
    for name, (size, loss) in formats.items():
        total = size * parameters / 32 + cache
        if total > memory or bandwidth / total < wanted:
            continue
        if (loss, size) < best:
            best, found = (loss, size), name
    return found

# %% 6d.5 wrong: forgets the cache -> "expected"
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    good = {}
    for name, (size, loss) in formats.items():
        read = parameters * size / 32
        if read <= memory and bandwidth / read >= wanted:
            good[name] = (loss, size)
    return min(good, key=good.get, default=None)

# %% 6d.5 wrong: the cache fits but is not read -> "expected"
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    good = {}
    for name, (size, loss) in formats.items():
        read = parameters * size / 32
        if read + cache <= memory and bandwidth / read >= wanted:
            good[name] = (loss, size)
    return min(good, key=good.get, default=None)

# %% 6d.5 wrong: the smallest format -> "expected"
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    good = {}
    for name, (size, loss) in formats.items():
        read = parameters * size / 32 + cache
        if read <= memory and bandwidth / read >= wanted:
            good[name] = size
    return min(good, key=good.get, default=None)

# %% 6d.5 wrong: of equal losses the larger one -> "expected"
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    good = {}
    for name, (size, loss) in formats.items():
        read = parameters * size / 32 + cache
        if read <= memory and bandwidth / read >= wanted:
            good[name] = (loss, -size)
    return min(good, key=good.get, default=None)

# %% 6d.5 wrong: speed does not count -> "got"
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    good = {n: (loss, size) for n, (size, loss) in formats.items() if parameters * size / 32 + cache <= memory}
    return min(good, key=good.get, default=None)

# %% 6d.5 wrong: memory does not count -> "expected"
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    good = {}
    for name, (size, loss) in formats.items():
        if bandwidth / (parameters * size / 32 + cache) >= wanted:
            good[name] = (loss, size)
    return min(good, key=good.get, default=None)

# %% 6d.5 wrong: exactly full does not fit -> "expected"
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    good = {}
    for name, (size, loss) in formats.items():
        read = parameters * size / 32 + cache
        if read < memory and bandwidth / read >= wanted:
            good[name] = (loss, size)
    return min(good, key=good.get, default=None)

# %% 6d.5 wrong: takes the bytes for bits -> "got"
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    good = {}
    for name, (size, loss) in formats.items():
        read = parameters * size / 8 + cache
        if read <= memory and bandwidth / read >= wanted:
            good[name] = (loss, size)
    return min(good, key=good.get, default=None)

# %% 6d.5 wrong: fails where nothing does it -> "ValueError"
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    good = {}
    for name, (size, loss) in formats.items():
        read = parameters * size / 32 + cache
        if read <= memory and bandwidth / read >= wanted:
            good[name] = (loss, size)
    return min(good, key=good.get)


# %% 6d.2 wrong: opens a turn only after the user's -> "nobody opens the model's turn"
def chatml(messages, default):
    turns = list(messages)
    if turns[0]["role"] != "system":
        turns = [{"role": "system", "content": default}] + turns
    for m in turns:
        if any(k in m["role"] + " " + m["content"] for k in ("<|im_start|>", "<|im_end|>")):
            raise ValueError("mark")
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in turns) + ("<|im_start|>assistant\n" if turns[-1]["role"] == "user" else "")


# %% 6d.2 wrong: no system message where the default is empty -> "the default is empty"
def chatml(messages, default):
    turns = list(messages)
    if turns[0]["role"] != "system" and default:
        turns = [{"role": "system", "content": default}] + turns
    for m in turns:
        if any(k in m["role"] + " " + m["content"] for k in ("<|im_start|>", "<|im_end|>")):
            raise ValueError("mark")
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in turns) + "<|im_start|>assistant\n"


# %% 6d.3 wrong: sorts the reply -> "[8, 5, 5, 2]"
def cut_reply(ids, ends, most):
    n = min((ids[:most].index(e) for e in ends if e in ids[:most]), default=None)
    return sorted(ids[:n] if n is not None else ids[:most]), n is not None


# %% 6d.5 wrong: of equals the first name -> "1e+09 parameters"
def choose_format(parameters, formats, memory, cache, bandwidth, wanted):
    good = [(l, n) for n, (s, l) in formats.items() if parameters / 32 * s + cache <= memory and bandwidth / (parameters / 32 * s + cache) >= wanted]
    return min(good)[1] if good else None


# %% 6d.1 right: half precision as it comes
import numpy as np
def unpack_q4_0(raw):
    a = np.frombuffer(raw, np.dtype([("d", "<f2"), ("q", "u1", 16)]))
    n = np.hstack([a["q"] & 15, a["q"] >> 4]).astype(np.int8) - 8
    return (a["d"][:, None] * n).reshape(-1)
