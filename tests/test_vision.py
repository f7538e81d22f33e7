"""`utils.models.vision`: hand-worked cases, slow twins, and the operators of torchvision and pycocotools where those are installed."""

import math

import numpy as np
import pytest
import torch

from utils.errors import CourseError
from utils.models import vision
from utils.models.vision import (
    Boxes,
    average_precision,
    average_precisions,
    decode,
    drawn_average_precisions,
    encode,
    error_of,
    grid_anchors,
    hits_of,
    iou,
    matches,
    mirrored,
    nms,
    pair_names,
    precision_recall,
    roi_align,
    survivors,
    tracking,
)


def drawn(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def boxes(n, seed=0, size=40.0):
    """n boxes in a picture of size × size, many of which overlap."""
    corners = drawn(n, 4, seed=seed) * size
    low, high = torch.minimum(corners[:, :2], corners[:, 2:]), torch.maximum(corners[:, :2], corners[:, 2:])
    return torch.cat([low, high + 1], dim=1)


def marked(corners, kinds=None, scores=None):
    corners = torch.as_tensor(corners, dtype=torch.float).reshape(-1, 4)
    n = len(corners)
    kinds = torch.zeros(n, dtype=torch.long) if kinds is None else torch.tensor(kinds)
    return Boxes(corners, kinds, torch.ones(n) if scores is None else torch.tensor(scores))


# ------------------------------------------------------------------------------
# overlap


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 0, 4, 4], [0, 0, 4, 4], 1),
        ([0, 0, 4, 4], [2, 0, 6, 4], 8 / 24),
        ([0, 0, 4, 2], [1, 1, 3, 5], 2 / 14),
        ([0, 0, 4, 4], [4, 0, 8, 4], 0),  # they touch
        ([0, 0, 4, 4], [9, 9, 12, 12], 0),
        ([0, 0, 8, 8], [2, 2, 4, 4], 4 / 64),  # one inside the other
        ([1, 1, 1, 1], [1, 1, 1, 1], 0),  # nothing, twice
        ([4, 4, 0, 0], [0, 0, 4, 4], 0),  # corners that have changed places hold nothing
    ],
)
def test_overlap_by_hand(a, b, expected):
    found = iou(torch.tensor([a]).float(), torch.tensor([b]).float())
    assert found.item() == pytest.approx(expected)


def test_overlap_equals_counted_pixels():
    a, b = boxes(12, 1).round(), boxes(9, 2).round()

    def pixels(box):
        picture = np.zeros((60, 60), bool)
        x0, y0, x1, y1 = box.int().tolist()
        picture[y0:y1, x0:x1] = True
        return picture

    counted = [[(p & q).sum() / (p | q).sum() for q in map(pixels, b)] for p in map(pixels, a)]
    assert torch.allclose(iou(a, b), torch.tensor(np.array(counted)).float())
    batched = iou(torch.stack([a, a + 3]), torch.stack([b, b]))
    assert torch.equal(batched[0], iou(a, b))
    assert torch.equal(batched[1], iou(a + 3, b))


def test_boxes_have_four_numbers():
    with pytest.raises(CourseError, match="four numbers"):
        iou(torch.zeros(2, 5), torch.zeros(2, 4))


# ------------------------------------------------------------------------------
# suppression


def slow_nms(corners, scores, limit, kinds):
    left, kept = sorted(range(len(scores)), key=lambda n: -scores[n]), []
    while left:
        best = left.pop(0)
        kept.append(best)
        left = [n for n in left if kinds[n] != kinds[best] or iou(corners[[best]], corners[[n]]) <= limit]
    return kept


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("limit", [0.1, 0.5])
def test_suppression_equals_its_slow_twin(seed, limit):
    corners, scores = boxes(30, seed), drawn(30, seed=seed + 50)
    kinds = (drawn(30, seed=seed + 90) * 3).long()
    assert nms(corners, scores, limit, kinds).tolist() == slow_nms(corners, scores, limit, kinds)
    assert nms(corners, scores, limit).tolist() == slow_nms(corners, scores, limit, torch.zeros(30))


def test_a_suppressed_box_suppresses_nothing():
    # each overlaps the next by 6/14, and none the one after it
    chain = marked([[0, 0, 10, 1], [4, 0, 14, 1], [8, 0, 18, 1]])
    assert survivors(chain.corners, 0.4).tolist() == [True, False, True]
    assert nms(chain.corners, torch.tensor([0.2, 0.3, 0.1]), 0.4).tolist() == [1]
    assert nms(chain.corners, torch.tensor([0.5, 0.3, 0.1]), 3 / 7 + 1e-4).tolist() == [0, 1, 2]


def test_equal_scores_keep_their_order_and_no_boxes_are_fine():
    assert nms(boxes(1).expand(3, 4), torch.ones(3)).tolist() == [0]
    assert nms(torch.zeros(0, 4), torch.zeros(0), 0.5, torch.zeros(0)).tolist() == []


# ------------------------------------------------------------------------------
# offsets


def test_offsets_by_hand_and_back():
    anchor, box = torch.tensor([0.0, 0, 10, 20]), torch.tensor([5.0, 0, 15, 40])
    assert torch.allclose(encode(box, anchor), torch.tensor([0.5, 0.5, 0, math.log(2)]))
    a, b = boxes(20, 3), boxes(20, 4)
    assert torch.allclose(decode(encode(b, a), a), b, atol=1e-4)
    assert torch.equal(
        decode(torch.zeros(20, 4), a),
        (a[:, :2].add(a[:, 2:]) / 2).repeat(1, 2)
        + (a[:, 2:] - a[:, :2]).repeat(1, 2) / 2 * torch.tensor([-1, -1, 1, 1]),
    )
    assert decode(torch.tensor([0, 0, 900.0, 900]), anchor).isfinite().all()


def test_mirrored_boxes_lie_on_the_mirrored_part():
    picture = torch.zeros(8, 12)
    picture[2:5, 1:4] = 1
    box = torch.tensor([[1.0, 2, 4, 5]])
    for axis, size in ((0, 12), (1, 8)):
        rows, columns = picture.flip(1 - axis).nonzero().T
        around = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert mirrored(box, size, axis)[0].tolist() == [int(v) for v in around]
    assert box.tolist() == [[1, 2, 4, 5]]


def test_anchors_stand_around_the_middles_of_the_cells():
    found = grid_anchors(2, 3, 8, [(4, 2), (16, 16)])
    assert found.shape == (12, 4)
    assert found[0].tolist() == [2, 3, 6, 5]
    assert found[1].tolist() == [-4, -4, 12, 12]
    assert found[2].tolist() == [10, 3, 14, 5]  # one column on
    assert found[6].tolist() == [2, 11, 6, 13]  # one row on


# ------------------------------------------------------------------------------
# RoIAlign


def slow_value(feature, x, y):
    """Between the four neighbours; the last ones count on to the edge and one beyond, and farther out there is nothing."""
    height, width = feature.shape
    if not (-1 <= x <= width and -1 <= y <= height):
        return 0.0
    x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
    c, r = min(int(x), width - 2), min(int(y), height - 2)
    u, v = x - c, y - r
    top = (1 - u) * feature[r, c] + u * feature[r, c + 1]
    return float((1 - v) * top + v * ((1 - u) * feature[r + 1, c] + u * feature[r + 1, c + 1]))


def slow_roi_align(feature, box, size, stride, samples):
    x0, y0, x1, y1 = (box / stride - 0.5).tolist()
    n = size * samples
    out = torch.zeros(size, size)
    for row in range(n):
        for column in range(n):
            x, y = x0 + (column + 0.5) * (x1 - x0) / n, y0 + (row + 0.5) * (y1 - y0) / n
            out[row // samples, column // samples] += slow_value(feature, x, y) / samples**2
    return out


def test_roi_align_equals_its_slow_twin():
    features, wanted = drawn(2, 3, 6, 9), torch.stack([boxes(4, 5, 30), boxes(4, 6, 30) - 15])
    found = roi_align(features, wanted, 3, 4.0)
    assert found.shape == (2, 4, 3, 3, 3)
    for image in range(2):
        for place in range(4):
            for channel in range(3):
                slow = slow_roi_align(features[image, channel], wanted[image, place], 3, 4.0, 2)
                assert torch.allclose(found[image, place, channel], slow, atol=1e-5)


def test_roi_align_reads_a_ramp_exactly_where_rounding_would_not():
    ramp = (torch.arange(10.0) + 0.5).expand(1, 1, 10, 10) * 8  # each feature holds its own x in pixels
    box = torch.tensor([[[11.0, 20, 31, 52]]])
    assert torch.allclose(roi_align(ramp, box, 2, 8.0)[0, 0, 0, 0], torch.tensor([16.0, 26.0]), atol=1e-3)


def test_roi_align_passes_gradients_to_the_features():
    features = drawn(1, 2, 5, 5).double().requires_grad_()
    wanted = boxes(3, 7, 18)[None].double()
    assert torch.autograd.gradcheck(lambda f: roi_align(f, wanted, 2, 4.0), features)


# ------------------------------------------------------------------------------
# average precision


def test_the_best_score_chooses_first_and_a_true_box_is_found_once():
    truth = marked([[0, 0, 10, 10], [20, 0, 30, 10]])
    found = marked([[0, 0, 10, 9], [0, 0, 10, 10], [21, 0, 31, 10]], scores=[0.5, 0.9, 0.1])
    assert matches(found, truth).tolist() == [-1, 0, 1]


def test_in_a_crowd_the_second_takes_what_is_still_free():
    truth = marked([[0, 0, 10, 10], [3, 0, 13, 10]])
    found = marked([[1, 0, 11, 10], [1, 0, 11, 10], [1, 0, 11, 10]], scores=[0.9, 0.8, 0.7])
    assert matches(found, truth).tolist() == [0, 1, -1]


def test_another_kind_is_no_match_and_the_limit_itself_is_one():
    truth = marked([[0, 0, 10, 10]], kinds=[2])
    assert matches(marked([[0, 0, 10, 10]], kinds=[1]), truth).tolist() == [-1]
    assert matches(marked([[0, 0, 5, 10]], kinds=[2]), truth).tolist() == [0]
    assert matches(marked([[0, 0, 4.9, 10]], kinds=[2]), truth).tolist() == [-1]
    assert matches(marked([[0, 0, 5, 10]], kinds=[2]), marked([])).tolist() == [-1]
    assert matches(marked([]), truth).tolist() == []


@pytest.mark.parametrize(
    ("hits", "scores", "truths", "expected"),
    [
        ([1, 1], [0.9, 0.8], 2, 1.0),
        ([1, 0, 1], [0.9, 0.8, 0.7], 2, 1 / 2 + 2 / 3 / 2),
        ([0, 1, 1], [0.9, 0.8, 0.7], 2, 2 / 3),  # the envelope: precision 1/2 at recall 1/2 counts as 2/3
        ([1, 0, 0], [0.9, 0.8, 0.7], 4, 1 / 4),
        ([0, 1], [0.5, 0.5], 1, 1 / 2),  # a tie is one step
        ([1, 0], [0.5, 0.5], 1, 1 / 2),
        ([0, 0], [0.5, 0.4], 3, 0.0),
        ([], [], 3, 0.0),
    ],
)
def test_average_precision_by_hand(hits, scores, truths, expected):
    found = average_precision(torch.tensor(hits, dtype=torch.bool), torch.tensor(scores), truths)
    assert found == pytest.approx(expected)


def test_nothing_to_find_has_no_average_precision():
    assert math.isnan(average_precision(torch.tensor([False]), torch.tensor([0.5]), 0))


def scenes(n=12, seed=0):
    """True boxes of three kinds, and found ones: some of the true ones moved a little, and inventions; no equal scores."""
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for _ in range(n):
        m = int(rng.integers(0, 5))
        low = rng.uniform(0, 40, (m, 2))
        true = np.hstack([low, low + rng.uniform(5, 20, (m, 2))])
        moved = np.repeat(true, 2, axis=0) + rng.normal(scale=1.5, size=(2 * m, 4))
        false = np.hstack([low[:1], low[:1] + 9])
        corners = np.vstack([moved, false])
        kinds = rng.integers(0, 3, m)
        said = np.append(np.repeat(kinds, 2), rng.integers(0, 3, len(false)))
        truth.append(marked(true, kinds.tolist()))
        found.append(marked(corners, said.tolist(), rng.random(len(corners)).tolist()))
    return found, truth


def test_average_precision_of_many_pictures_equals_a_sum_over_places():
    found, truth = scenes()
    for kind, value in enumerate(average_precisions(found, truth, 3)):
        hits, scores, truths = hits_of(found, truth, kind)
        order = hits[scores.argsort(descending=True)].tolist()
        precision = [sum(order[: n + 1]) / (n + 1) for n in range(len(order))]
        area = sum(max(precision[n:]) for n, hit in enumerate(order) if hit) / truths
        assert value == pytest.approx(area)
        assert 0.2 < value < 1


def test_perfect_boxes_reach_one_and_shuffled_scores_do_not():
    found, truth = scenes()
    assert np.nanmin(average_precisions(truth, truth, 3, 0.99)) == 1
    assert math.isnan(average_precisions(truth, truth, 4)[3])
    good = [
        Boxes(f.corners, f.kinds, (matches(f, t) >= 0).float()) for f, t in zip(found, truth, strict=True)
    ]
    bad = [Boxes(f.corners, f.kinds, 1 - f.scores) for f in good]
    assert np.mean(average_precisions(good, truth, 3)) > np.mean(average_precisions(bad, truth, 3)) + 0.2


def test_as_many_pictures_found_as_true():
    found, truth = scenes()
    with pytest.raises(CourseError, match="same pictures"):
        average_precisions(found[1:], truth, 3)


def test_photos_drawn_twice_count_twice():
    found, truth = scenes(15, 2)
    weights = np.random.default_rng(0).multinomial(15, np.full(15, 1 / 15), size=6)
    weights[0] = 1
    values = drawn_average_precisions(found, truth, 3, weights)
    assert values[0] == pytest.approx(np.mean(average_precisions(found, truth, 3)), abs=1e-6)
    for row, value in zip(weights, values, strict=True):
        again = [n for n, times in enumerate(row) for _ in range(times)]
        # no equal scores among the copies, or they would come in together
        copies = [
            Boxes(f.corners, f.kinds, f.scores - 1e-7 * place)
            for place, f in enumerate(found[n] for n in again)
        ]
        expected = average_precisions(copies, [truth[n] for n in again], 3)
        assert value == pytest.approx(np.nanmean(expected), abs=2e-2)


def test_a_kind_that_a_draw_does_not_show_is_left_out_of_its_mean():
    truth = [marked([[0, 0, 10, 10]], kinds=[0]), marked([[0, 0, 10, 10]], kinds=[1])]
    values = drawn_average_precisions(truth, truth, 2, np.array([[1, 1], [2, 0]]))
    assert values.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("corners", "kind", "expected"),
    [
        ([0, 0, 10, 10], 1, "twice"),
        ([4, 0, 14, 10], 1, "place"),  # 6/14
        ([0, 0, 10, 10], 2, "kind"),
        ([4, 0, 14, 10], 2, "other"),
        ([9, 9, 19, 19], 1, "nothing there"),  # 1/199
        ([40, 40, 50, 50], 2, "nothing there"),
    ],
)
def test_errors_have_reasons(corners, kind, expected):
    truth = marked([[0, 0, 10, 10], [60, 0, 70, 10]], kinds=[1, 1])
    assert error_of(torch.tensor(corners).float(), kind, truth) == expected
    assert error_of(torch.tensor(corners).float(), kind, marked([])) == "nothing there"


# ------------------------------------------------------------------------------
# names in a video


def spots(**places):
    """{name: place}; names such as n7."""
    return {int(name[1:]): np.array(place, dtype=float) for name, place in places.items()}


def test_a_pair_of_the_frame_before_stays_while_it_fits():
    places = np.array([[0.0, 0], [10, 0]])
    named = spots(n1=(3, 0), n2=(1, 0), n3=(10, 1))
    assert pair_names(places, named, {}, 4) == {0: 2, 1: 3}
    assert pair_names(places, named, {0: 1}, 4) == {0: 1, 1: 3}
    assert pair_names(places, named, {0: 1}, 2.5) == {0: 2, 1: 3}
    assert pair_names(places, {}, {0: 1}, 4) == {}


def test_a_video_by_hand():
    truth = np.array([[[0.0, 0], [50, 0]]] * 4)  # two things that stay where they are
    frames = [
        spots(n1=(0, 1), n2=(50, 1)),
        spots(n1=(0, 1), n9=(90, 90)),  # one missed, one false
        spots(n1=(0, 1), n3=(50, 1)),  # found again, under another name
        spots(n3=(0, 1), n1=(50, 1)),  # they have changed places
    ]
    judged = tracking(truth, frames)
    assert judged[1:] == (1, 1, 3)
    assert judged.mota == pytest.approx(1 - 5 / 8)
    assert tracking(truth, [{}] * 4) == (0, 8, 0, 0)
    assert tracking(truth, [spots(n1=(9, 9), n2=(30, 0), n3=(20, 0))] * 4).mota == 1 - (8 + 12) / 8


# ------------------------------------------------------------------------------
# published detectors


def test_detectors_to_the_last_parameter():
    vgg16_without_its_last_layer = 138_357_544 - 4_097_000
    heads = (9 * 512 * 512 + 512) + 9 * 6 * (512 + 1) + 21 * 5 * (4096 + 1)
    assert vision.faster_rcnn_vgg_parameters() == vgg16_without_its_last_layer + heads
    assert vision.faster_rcnn_parameters() == 41_755_286  # as torchvision counts its model of 91 kinds
    assert (
        vision.resnet50_parameters() == 25_557_032 - 2_049_000 - 53_120
    )  # torchvision's, without last layer and norms
    assert vision.yolo_parameters() == sum(map(cost_of_a_layer, yolo_of_2015()))


def yolo_of_2015():
    """(size, inputs, outputs), written out from figure 3 of the paper."""
    yield from [(7, 3, 64), (3, 64, 192), (1, 192, 128), (3, 128, 256), (1, 256, 256), (3, 256, 512)]
    yield from [(1, 512, 256), (3, 256, 512)] * 4
    yield from [(1, 512, 512), (3, 512, 1024)]
    yield from [(1, 1024, 512), (3, 512, 1024)] * 2
    yield from [(3, 1024, 1024)] * 4
    yield from [(1, 7 * 7 * 1024, 4096), (1, 4096, 1470)]


def cost_of_a_layer(layer):
    size, inputs, outputs = layer
    return (size * size * inputs + 1) * outputs


# ------------------------------------------------------------------------------
# the libraries


def test_equal_to_torchvision():
    ops = pytest.importorskip("torchvision.ops")
    a, b, scores = boxes(40, 1), boxes(30, 2), drawn(40, seed=3)
    kinds = (drawn(40, seed=4) * 3).long()
    assert torch.allclose(iou(a, b), ops.box_iou(a, b))
    assert nms(a, scores, 0.3).tolist() == ops.nms(a, scores, 0.3).tolist()
    assert nms(a, scores, 0.3, kinds).tolist() == ops.batched_nms(a, scores, kinds, 0.3).tolist()
    features, wanted = drawn(2, 5, 9, 7), torch.stack([boxes(6, 5, 30), boxes(6, 6, 60) - 25])
    theirs = ops.roi_align(features, list(wanted), 4, spatial_scale=1 / 4, sampling_ratio=2, aligned=True)
    assert torch.allclose(roi_align(features, wanted, 4, 4.0).flatten(0, 1), theirs, atol=1e-5)
    coder = pytest.importorskip("torchvision.models.detection._utils").BoxCoder((1.0, 1.0, 1.0, 1.0))
    offsets = coder.encode_single(a[:30], b)
    assert torch.allclose(encode(a[:30], b), offsets, atol=1e-5)
    assert torch.allclose(decode(3 * offsets, b), coder.decode_single(3 * offsets, b), rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("limit", [0.5, 0.75])
def test_equal_to_pycocotools(limit):
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    found, truth = scenes(30, 1)

    def entries(pictures, scored):
        for image, each in enumerate(pictures):
            for corners, kind, score in zip(*(part.tolist() for part in each), strict=True):
                x0, y0, x1, y1 = corners
                place = {"image_id": image, "category_id": kind, "bbox": [x0, y0, x1 - x0, y1 - y0]}
                yield place | ({"score": score} if scored else {"area": (x1 - x0) * (y1 - y0), "iscrowd": 0})

    true = coco.COCO()
    true.dataset = {
        "images": [{"id": n} for n in range(30)],
        "categories": [{"id": n} for n in range(3)],
        "annotations": [{"id": n + 1, **e} for n, e in enumerate(entries(truth, False))],
        "info": {},
    }
    true.createIndex()
    judge = cocoeval.COCOeval(true, true.loadRes(list(entries(found, True))), "bbox")
    judge.params.iouThrs = np.array([limit])
    judge.evaluate()
    judge.accumulate()
    theirs = judge.eval["precision"][0, :, :, 0, -1]  # (101 recalls, kinds)
    for kind in range(3):
        precision, recall, _ = precision_recall(*hits_of(found, truth, kind, limit))
        best = precision.flip(0).cummax(0).values.flip(0).numpy()
        places = np.searchsorted(recall.numpy(), judge.params.recThrs)
        ours = [best[n] if n < len(best) else 0 for n in places]
        assert np.allclose(ours, theirs[:, kind], atol=1e-6)
        assert average_precision(*hits_of(found, truth, kind, limit)) == pytest.approx(
            np.mean(ours), abs=0.02
        )
