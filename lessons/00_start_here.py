# %% [markdown]
# # 0 · Start here
#
# Know your machine.
#
# 5 min to read · under 20 CPU-seconds · under 900 MB · GPU: no
#
# **You will be able to** x

# %% tags=["parameters"]
seed: int = 0  # random seed  in [0, 4294967295]
n: int = 3  # size  in [1, 10]

# %%
from utils.check import approx, metric
from utils.params import check_parameters

check_parameters("00_start_here", globals())
print(approx(0.1234567), n)
metric("n_squared", n * n)

# %% [markdown]
# ### Exercise 0.1 · one ●○○ 5 min
# <details><summary>Hint 1</summary>a</details>
# <details><summary>Hint 2</summary>a</details>


# %% tags=["exercise-0.1"]
def one():
    """One."""
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION


# %% tags=["check-0.1"]
with check("0.1", one) as c:
    c.equal(one(), 1)

# %% [markdown]
# ## Recap
# ## Sources
