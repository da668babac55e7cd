"""What the property tests have in common: Hypothesis draws arguments at random and makes those that fail small.

The draws are the same in every run, so that a failure can be had again. HYPOTHESIS_PROFILE=explore draws others, and
more of them.
"""

import os

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

settings.register_profile("repeat", derandomize=True, max_examples=60, deadline=None, database=None)
settings.register_profile(
    "explore", max_examples=2000, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck)
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))

DTYPES = st.sampled_from([np.float32, np.float64])
SEEDS = st.integers(0, 2**64 - 1)
# Long enough for whole vectors, tails and both together.
LENGTHS = st.integers(1, 70)


def numbers(least, most):
    """Floats that both types can hold, so that they mean the same to both."""
    return st.floats(least, most, width=32)


def matrices(dtype, rows, columns, elements):
    return arrays.arrays(dtype, (rows, columns), elements=elements)


def generator(seed):
    return np.random.default_rng(seed)
