# 9a · Choosing a model
# Made from lessons/09a_choosing_a_model.py by `course build`: change it there.

# %% parameters
seed: int = 0  # random seed  in [0, 4294967295]
dataset: str = "intents"  # texts to sort  in {intents, sms_spam, sentiment_sentences}
reader: str = "minilm"  # the open model that reads  in {minilm, none}
writer: str = "smollm2"  # the open model that is prompted  in {smollm2, none}
labels: list[int] = [20, 100, 300]  # training texts that carry a label, rising  in [16, 2000]
draws: int = 3  # training samples of each size  in [2, 50]
asked: int = 24  # texts of validation, and of the exam, that the prompted model answers  in [8, 300]
volume: int = 3000  # messages a month, the middle one of three  in [10, 100000000]
wage: float = 33.5  # euros for an hour of work (EU mean of 2024: Eurostat)  in (0, 1000]
wrong_minutes: float = 1.0  # of work that a wrongly sorted message costs (invented)  in [0, 600]
api_read: float = 0.15  # dollars for a million tokens read (GPT-4o mini, July 2024)  in [0, 1000]
api_write: float = 0.60  # dollars for a million tokens that it writes (same source)  in [0, 1000]
api_right: float = 0.0  # share that the API sorts right: put in what YOU measured; 0: not measured  in [0, 1]

# %% 9a.1 asks about pareto
c.true(True, "")

# %% 9a.2 asks about least_n
c.true(True, "")

# %% 9a.3 asks about same_order
c.true(True, "")

# %% 9a.4 asks about two_choices
c.true(True, "")

# %% 9a.5 asks about pilot_value
c.true(True, "")
