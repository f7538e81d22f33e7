"""Boxes in pictures: overlap, suppression, offsets from anchors, RoIAlign, average precision, and names in a video.

Lesson 6j builds the first five by hand.

A box is four numbers (x0, y0, x1, y1) in pixels: left, top, right, bottom, where x1 - x0 is its width; pixel (0, 0) covers
0 … 1 in both directions. Boxes are float tensors (…, N, 4).
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from utils.errors import CourseError

STRETCH = math.log(1000 / 16)  # no side grows by more in one step, or exp would overflow; torchvision's bound


class Boxes(NamedTuple):
    """The boxes of one picture, found or true: corners (N, 4), kinds (N,) whole numbers, scores (N,), 1 for true ones."""

    corners: torch.Tensor
    kinds: torch.Tensor
    scores: torch.Tensor


def area(boxes: torch.Tensor) -> torch.Tensor:
    """Square pixels of each box, (…, N, 4) -> (…, N); 0 for one whose sides have changed places."""
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(dim=-1)


def iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Intersection over union of each box of a with each of b: (…, N, 4), (…, M, 4) -> (…, N, M). Of two empty ones: 0."""
    if a.shape[-1] != 4 or b.shape[-1] != 4:
        raise CourseError(
            f"Boxes have four numbers each; shapes {tuple(a.shape)} and {tuple(b.shape)} do not."
        )
    low = torch.maximum(a[..., :, None, :2], b[..., None, :, :2])
    high = torch.minimum(a[..., :, None, 2:], b[..., None, :, 2:])
    both = (high - low).clamp(min=0).prod(dim=-1)
    union = area(a)[..., :, None] + area(b)[..., None, :] - both
    return both / union.clamp(min=torch.finfo(both.dtype).tiny)


def survivors(boxes: torch.Tensor, limit: float) -> torch.Tensor:
    """Which boxes no better, surviving one overlaps by more than `limit`: (…, N, 4), best first -> (…, N) bool."""
    # in NumPy, whose single steps are quicker than torch's
    close = (iou(boxes, boxes) > limit).cpu().numpy()
    kept = np.ones(boxes.shape[:-1], dtype=bool)
    for place in range(boxes.shape[-2]):
        kept[..., place + 1 :] &= ~(close[..., place, place + 1 :] & kept[..., place, None])
    return torch.from_numpy(kept).to(boxes.device)


def nms(
    corners: torch.Tensor, scores: torch.Tensor, limit: float = 0.5, kinds: torch.Tensor | None = None
) -> torch.Tensor:
    """Non-maximum suppression: places of the boxes (N, 4) that survive, best score first, (K,).

    kinds (N,): boxes of different kinds do not suppress each other.
    """
    if kinds is not None and len(corners):
        # far apart, a kind to a region of its own
        corners = corners + (kinds * (corners.max() - corners.min() + 1))[:, None]
    order = scores.argsort(descending=True, stable=True)
    return order[survivors(corners[order], limit)]


def mirrored(boxes: torch.Tensor, size: float, axis: int) -> torch.Tensor:
    """The boxes (…, 4) of a picture of `size` pixels that is turned round: axis 0 left and right, axis 1 top and bottom."""
    turned = boxes.clone()
    turned[..., axis], turned[..., axis + 2] = size - boxes[..., axis + 2], size - boxes[..., axis]
    return turned


# ------------------------------------------------------------------------------
# boxes as offsets from anchors


def _centre_and_size(boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]


def encode(boxes: torch.Tensor, anchors: torch.Tensor) -> torch.Tensor:
    """Boxes as seen from anchors, (…, 4) both: shift of the centre in sides of the anchor, logarithm of the growth.

    Source: Girshick et al. 2014, appendix C; arXiv:1311.2524.
    """
    (centre, size), (start, side) = _centre_and_size(boxes), _centre_and_size(anchors)
    return torch.cat([(centre - start) / side, (size / side).log()], dim=-1)


def decode(offsets: torch.Tensor, anchors: torch.Tensor) -> torch.Tensor:
    """The boxes that offsets (…, 4) mean beside anchors (…, 4); the inverse of `encode`."""
    start, side = _centre_and_size(anchors)
    centre = start + offsets[..., :2] * side
    half = offsets[..., 2:].clamp(max=STRETCH).exp() * side / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def grid_anchors(
    rows: int, columns: int, stride: float, sizes: Sequence[tuple[float, float]]
) -> torch.Tensor:
    """Boxes of every size (width, height) around the middle of every cell, row by row: (rows·columns·sizes, 4)."""
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    centres = (torch.stack([x, y], dim=-1).reshape(-1, 1, 2) + 0.5) * stride  # 2 × (R, C) -> (R·C, 1, 2)
    half = torch.tensor(sizes, dtype=torch.float).reshape(1, -1, 2) / 2  # (S, 2) -> (1, S, 2)
    return torch.cat([centres - half, centres + half], dim=-1).reshape(-1, 4)  # (R·C, S, 4) -> (R·C·S, 4)


# ------------------------------------------------------------------------------
# features of a box


def roi_align(
    features: torch.Tensor, boxes: torch.Tensor, size: int, stride: float, samples: int = 2
) -> torch.Tensor:
    """What lies in each box as a small map: features (B, C, H, W), boxes (B, R, 4) in pixels -> (B, R, C, size, size).

    stride: pixels to a feature. Each cell is the mean of samples² values, read between the features without rounding.
    Source: Mask R-CNN, He et al. 2017, arXiv:1703.06870; as torchvision's with aligned=True and this sampling_ratio.
    """
    height, width = features.shape[-2:]
    n = size * samples
    steps = (torch.arange(n, dtype=boxes.dtype, device=boxes.device) + 0.5) / n
    start, side = boxes[..., :2] / stride - 0.5, (boxes[..., 2:] - boxes[..., :2]) / stride
    x = (start[..., 0, None] + side[..., 0, None] * steps)[..., None, :].expand(-1, -1, n, n)  # (B, R, n, n)
    y = (start[..., 1, None] + side[..., 1, None] * steps)[..., :, None].expand(-1, -1, n, n)
    inside = (x >= -1) & (x <= width) & (y >= -1) & (y <= height)
    # grid_sample counts from -1, the middle of the first feature, to 1, the middle of the last
    scale = [2 / max(width - 1, 1), 2 / max(height - 1, 1)]
    places = torch.stack([x * scale[0] - 1, y * scale[1] - 1], dim=-1).flatten(1, 2)  # -> (B, R·n, n, 2)
    read = F.grid_sample(features, places, padding_mode="border", align_corners=True)  # (B, C, R·n, n)
    read = read.unflatten(2, (-1, n))  # (B, C, R, n, n)
    if not inside.all():
        read = read * inside[:, None]
    if samples > 1:
        read = F.avg_pool2d(read.flatten(1, 2), samples).unflatten(1, read.shape[1:3])
    return read.transpose(1, 2)


# ------------------------------------------------------------------------------
# average precision


def matches(found: Boxes, truth: Boxes, limit: float = 0.5) -> torch.Tensor:
    """Which true box each found one gets, (N,) in the order of `found`; -1 for none.

    The best score chooses first, and takes the true box of its kind that it overlaps most among those still free, if
    by `limit` or more. So a true box is found once, and whatever else lies on it is wrong. As in COCO's
    evaluation, without its boxes marked as crowds; PASCAL VOC offers only the box overlapped most, free or not.
    """
    overlap = iou(found.corners, truth.corners)
    overlap[found.kinds[:, None] != truth.kinds] = -1
    taken = torch.full((len(found.scores),), -1)
    if not len(truth.kinds):
        return taken
    for place in found.scores.argsort(descending=True, stable=True).tolist():
        best = int(overlap[place].argmax())
        if overlap[place, best] >= limit:
            taken[place] = best
            overlap[:, best] = -1
    return taken


def precision_recall(
    hits: torch.Tensor, scores: torch.Tensor, truths: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(precision, recall, threshold), one for each different score, from the highest on.

    hits (N,): whether a found box is right; truths: how many boxes there are to find. Equal scores come in together.
    """
    order = scores.argsort(descending=True, stable=True)
    scores, right = scores[order], hits[order].double().cumsum(0)
    last = torch.ones(len(scores), dtype=torch.bool)
    last[:-1] = scores[1:] != scores[:-1]
    count = torch.arange(1, len(scores) + 1)
    return (right / count)[last], (right / truths)[last], scores[last]


def average_precision(hits: torch.Tensor, scores: torch.Tensor, truths: int) -> float:
    """Area under precision against recall, where each recall counts with the best precision at it or beyond; 0 … 1.

    nan where there is nothing to find. Equal scores make one step, which the public tools do not do: no order is luck.
    Source: Everingham et al., the PASCAL VOC challenge since 2010.
    """
    if truths == 0:
        return math.nan
    if not len(scores):
        return 0.0
    precision, recall, _ = precision_recall(hits, scores, truths)
    best = precision.flip(0).cummax(0).values.flip(0)
    return float((best * recall.diff(prepend=torch.zeros(1))).sum())


def hits_of(
    found: Sequence[Boxes], truth: Sequence[Boxes], kind: int, limit: float = 0.5
) -> tuple[torch.Tensor, torch.Tensor, int]:
    """(hits, scores, number of true boxes) of one kind over many pictures."""
    if len(found) != len(truth):
        raise CourseError(
            f"Found and true boxes are of the same pictures, not of {len(found)} and {len(truth)}."
        )
    chosen = [(_of_kind(f, kind), _of_kind(t, kind)) for f, t in zip(found, truth, strict=True)]
    hits = torch.cat([matches(f, t, limit) >= 0 for f, t in chosen] or [torch.zeros(0, dtype=torch.bool)])
    scores = torch.cat([f.scores for f, _ in chosen] or [torch.zeros(0)])
    return hits, scores, sum(len(t.kinds) for _, t in chosen)


def _of_kind(boxes: Boxes, kind: int) -> Boxes:
    return Boxes(*(part[boxes.kinds == kind] for part in boxes))


def average_precisions(
    found: Sequence[Boxes], truth: Sequence[Boxes], kinds: int, limit: float = 0.5
) -> list[float]:
    """Average precision of each of so many kinds; nan for a kind that no picture shows."""
    return [average_precision(*hits_of(found, truth, kind, limit)) for kind in range(kinds)]


def drawn_average_precisions(
    found: Sequence[Boxes], truth: Sequence[Boxes], kinds: int, weights: np.ndarray, limit: float = 0.5
) -> np.ndarray:
    """Mean over the kinds of the average precision, when photo n counts weights[d, n] times: (D, N) -> (D,).

    With weights from a multinomial draw this is the bootstrap over photos: AP is no mean over photos, so each draw
    computes it anew. The mean of a draw leaves out a kind that it does not show, as nan above. Equal scores come in one by one, in the given order.
    """
    values = []
    for kind in range(kinds):
        hits, scores, _ = hits_of(found, truth, kind, limit)
        photo = np.repeat(np.arange(len(found)), [int((each.kinds == kind).sum()) for each in found])
        order = scores.argsort(descending=True, stable=True).numpy()
        counts = weights[:, photo[order]]
        right = (counts * hits.numpy()[order]).cumsum(axis=1)
        precision = right / np.maximum(counts.cumsum(axis=1), 1)
        best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        truths = weights @ np.array([int((each.kinds == kind).sum()) for each in truth])
        areas = (best * np.diff(right, axis=1, prepend=0)).sum(axis=1)
        values.append(np.where(truths > 0, areas / np.maximum(truths, 1), np.nan))
    return np.nanmean(values, axis=0)


def error_of(corners: torch.Tensor, kind: int, truth: Boxes) -> str:
    """Why a found box (4,) that takes no true box is wrong. After Bolya et al. 2020, arXiv:2008.08115.

    "twice": a part of its kind lies there, but another box has it. "place": its kind, an overlap from 0.1 to 0.5. "kind":
    well placed, another kind. "nothing there": it overlaps no part by 0.1. "other": another kind, and badly placed.
    """
    overlap = iou(corners[None], truth.corners)[0]
    same = float(torch.cat([overlap[truth.kinds == kind], torch.zeros(1)]).max())
    any_kind = float(torch.cat([overlap, torch.zeros(1)]).max())
    if same >= 0.1:
        return "twice" if same >= 0.5 else "place"
    if any_kind >= 0.5:
        return "kind"
    return "nothing there" if any_kind < 0.1 else "other"


# ------------------------------------------------------------------------------
# names in a video


class Tracking(NamedTuple):
    """How well names stayed with things, over a video: counts, and MOTA = 1 - their sum ÷ things in all frames."""

    mota: float
    missed: int
    false: int
    switches: int


def pair_names(
    places: np.ndarray, named: Mapping[int, np.ndarray], before: Mapping[int, int], limit: float
) -> dict[int, int]:
    """{thing: name} of one frame, each used once: pairs of the frame before stay where they fit, then the nearest first.

    places (P, 2): where the things are; named: {name: place}; a pair fits when its places are less than `limit` apart.
    (Bernardin & Stiefelhagen pair those that are left by the smallest sum of gaps; here the nearest go first.)
    """
    gaps = {
        (thing, name): float(np.hypot(*(place - at)))
        for thing, place in enumerate(places)
        for name, at in named.items()
    }
    fits = {pair: gap for pair, gap in gaps.items() if gap < limit}
    pairs = {thing: name for thing, name in before.items() if (thing, name) in fits}
    for thing, name in sorted(fits, key=fits.__getitem__):
        if thing not in pairs and name not in pairs.values():
            pairs[thing] = name
    return pairs


def tracking(truth: np.ndarray, frames: Sequence[Mapping[int, np.ndarray]], limit: float = 4.0) -> Tracking:
    """Judge names against things that are always there: truth (F, P, 2), frames: {name: place} of each frame.

    A thing found under another name than when it was found last is a switch. MOTA may fall below 0.
    Source: Bernardin & Stiefelhagen 2008, the CLEAR MOT metrics.
    """
    missed = false = switches = 0
    pairs: dict[int, int] = {}
    last: dict[int, int] = {}
    for places, named in zip(truth, frames, strict=True):
        pairs = pair_names(places, named, pairs, limit)
        missed, false = missed + len(places) - len(pairs), false + len(named) - len(pairs)
        switches += sum(last.get(thing, name) != name for thing, name in pairs.items())
        last |= pairs
    things = truth.shape[0] * truth.shape[1]
    return Tracking(1 - (missed + false + switches) / things, missed, false, switches)


# ------------------------------------------------------------------------------
# how many parameters published detectors have


def _convolution(size: int, inputs: int, outputs: int, bias: bool = True) -> int:
    """Parameters of one convolution of size × size; a full layer is one over the whole map."""
    return size * size * inputs * outputs + bias * outputs


def yolo_parameters(kinds: int = 20) -> int:
    """The YOLO of 2015: 24 convolutions, two full layers onto 7 × 7 cells of two boxes. Redmon et al., arXiv:1506.02640."""
    narrow = [(7, 64), (3, 192), (1, 128), (3, 256), (1, 256), (3, 512), *[(1, 256), (3, 512)] * 4]
    layers = [*narrow, (1, 512), (3, 1024), *[(1, 512), (3, 1024)] * 2, *[(3, 1024)] * 4]
    inputs = [3, *(outputs for _, outputs in layers)]
    trunk = sum(_convolution(size, i, o) for i, (size, o) in zip(inputs, layers, strict=False))
    return trunk + _convolution(7, 1024, 4096) + _convolution(1, 4096, 7 * 7 * (2 * 5 + kinds))


def resnet50_parameters() -> int:
    """The convolutions of a ResNet-50, without norms and without its last layer. He et al. 2015, arXiv:1512.03385."""
    total, inputs = _convolution(7, 3, 64, False), 64
    for blocks, middle in ((3, 64), (4, 128), (6, 256), (3, 512)):
        outputs = 4 * middle
        total += _convolution(1, inputs, outputs, False)  # the way round the first block
        for _ in range(blocks):
            steps = ((1, inputs, middle), (3, middle, middle), (1, middle, outputs))
            total += sum(_convolution(*step, False) for step in steps)
            inputs = outputs
    return total


def faster_rcnn_parameters(kinds: int = 91) -> int:
    """Faster R-CNN on a ResNet-50 with a feature pyramid, norms left out (they are frozen), as torchvision builds it.

    kinds: with "nothing". Sources: Ren et al. 2015, arXiv:1506.01497; Lin et al. 2017, arXiv:1612.03144.
    """
    pyramid = sum(_convolution(1, width, 256) + _convolution(3, 256, 256) for width in (256, 512, 1024, 2048))
    proposing = _convolution(3, 256, 256) + _convolution(1, 256, 3) + _convolution(1, 256, 3 * 4)
    judging = _convolution(7, 256, 1024) + _convolution(1, 1024, 1024) + _convolution(1, 1024, 5 * kinds)
    return resnet50_parameters() + pyramid + proposing + judging


def faster_rcnn_vgg_parameters(kinds: int = 21) -> int:
    """The Faster R-CNN of 2015 on a VGG-16: nine anchors, a box for each kind. Ren et al., arXiv:1506.01497.

    kinds: with "nothing". The trunk: Simonyan & Zisserman 2014, arXiv:1409.1556.
    """
    widths = [3, 64, 64, 128, 128, *[256] * 3, *[512] * 6]
    trunk = sum(_convolution(3, i, o) for i, o in itertools.pairwise(widths))
    proposing = _convolution(3, 512, 512) + _convolution(1, 512, 9 * 2) + _convolution(1, 512, 9 * 4)
    judging = _convolution(7, 512, 4096) + _convolution(1, 4096, 4096) + _convolution(1, 4096, 5 * kinds)
    return trunk + proposing + judging
