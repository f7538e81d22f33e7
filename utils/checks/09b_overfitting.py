# 9b · Overfitting
# Made from lessons/09b_overfitting.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
images: int = 150  # images to learn from, in the race  in [60, 200]
carelessness: float = 0.3  # share of labels that the careless clerk types at random  in [0.1, 0.8]
hidden: int = 64  # hidden units of the network  in [32, 512]
steps: int = 100  # training steps  in [60, 2000]
repeats: int = 5  # repetitions of the race, each with its own images, labels and weights  in [3, 50]

# %% 9b.1 asks about shrunk
import numpy as np

draws = np.random.default_rng(3)
cases = [
    (np.array([3.0, -3.0, 0.5, -0.5, 0.0]), 1.0),
    (np.array([2.0, -2.0, 2.1, -1.9]), 2.0),
    (np.array([[0.3, -4.0], [5.0, -0.2]]), 0.25),
    (draws.normal(size=(3, 4)), 0.7),
    (draws.normal(size=6), 0.0),
    (np.array(-1.5), 0.5),
]
for a, s in cases:
    want = np.sign(a) * np.maximum(np.abs(a) - s, 0)
    slips = {
        "that is the answer for L2": a / (1 + s),
        "small weights are moved past zero; is the curve lowest there?": a - s * np.sign(a),
        "large weights are not moved, small ones cut: their slope is not balanced": a * (np.abs(a) > s),
        "negative weights deserve the mirror image": np.maximum(a - s, 0),
        "the sign is lost": np.maximum(np.abs(a) - s, 0),
        "the weight is moved twice as far as the slopes balance": np.sign(a)
        * np.maximum(np.abs(a) - 2 * s, 0),
        "the weight is moved half as far as the slopes balance": np.sign(a)
        * np.maximum(np.abs(a) - s / 2, 0),
        "small weights jump to the penalty's strength": np.clip(a, -s, s),
    }
    c.close(
        shrunk(a, s),
        want,
        what=f"a of shape {a.shape}, s = {s}",
        hint="compare the slope of the first term with the two slopes of |w|",
        slips=slips,
    )
