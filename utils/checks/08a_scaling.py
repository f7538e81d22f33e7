# 8a · Scaling
# Made from lessons/08a_scaling.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
corpus: str = "python"  # the text; the second is downloaded  in {python, tinyshakespeare}
budgets: list[float] = [5e8, 1.25e9, 3e9]  # FLOPs of one training run, rising  in [1e8, 1e14]
widths: list[int] = [20, 28, 36, 48, 64]  # hidden units at the middle budget, multiples of 4  in [4, 1024]
repeats: int = 2  # models of each width and budget, trained together  in [2, 8]
rate: float = 0.036  # largest learning rate of a run with the smallest budget  in (0, 0.3]
served: float = 1e13  # tokens that the model of 8a.5 will read and write in use  in [0, 1e16]
gpu_use: float = 0.5  # share of a GPU's peak that its own arithmetic reaches  in [0.1, 1]
