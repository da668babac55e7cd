"""Losses of any scores, in any shape, against NumPy."""

import numpy as np
import textbook
from hypothesis import assume, given
from hypothesis import strategies as st
from properties import DTYPES, SEEDS, generator, matrices, numbers

import descent

# The arithmetic is in double; results are rounded to the scores' type.
TOLERANCES = {np.float32: 1e-6, np.float64: 1e-11}
SIZES = st.integers(1, 12), st.integers(1, 40)


def compare(result, expected, dtype):
    (value, gradient), (expected_value, expected_gradient) = result, expected
    tolerance = TOLERANCES[dtype]
    assert abs(value - expected_value) <= 1e-11 * max(1, abs(expected_value))
    assert gradient.dtype == dtype
    # What NumPy has left of a probability near 1 when 1 is subtracted is rounding: 1e-15.
    assert np.abs(gradient - expected_gradient).max() <= tolerance * np.abs(expected_gradient).max() + 1e-15


@given(st.sampled_from(sorted(textbook.LABEL_LOSSES)), DTYPES, *SIZES, SEEDS, st.data())
def test_losses_of_labels(name, dtype, batch, classes, seed, data):
    scores = data.draw(matrices(dtype, batch, classes, numbers(-100, 100)))
    labels = generator(seed).integers(0, classes, batch)
    wide = scores.astype(np.float64)
    # Where a margin is 0 up to rounding, either side of the kink is right.
    margins = wide - wide[np.arange(batch), labels][:, None] + 1
    assume(name == "softmax_cross_entropy" or not np.any((np.abs(margins) < 1e-6) & (margins != 0)))
    result = getattr(descent, name)(scores, labels)
    compare(result, textbook.LABEL_LOSSES[name](wide, labels), dtype)
    assert result[0] >= 0


@given(st.sampled_from(sorted(textbook.TARGET_LOSSES)), DTYPES, *SIZES, st.data())
def test_losses_of_targets(name, dtype, batch, outputs, data):
    # exp(prediction), the gradient of poisson, must be a float32.
    most = 80 if name == "poisson" else 100
    predictions = data.draw(matrices(dtype, batch, outputs, numbers(-100, most)))
    limits = {"logistic": (0, 1), "poisson": (0, 100)}.get(name, (-100, 100))
    targets = data.draw(matrices(dtype, batch, outputs, numbers(*limits)))
    result = getattr(descent, name)(predictions, targets)
    compare(result, textbook.TARGET_LOSSES[name](predictions.astype(np.float64), targets.astype(np.float64)), dtype)


@given(st.sampled_from(sorted(textbook.LABEL_LOSSES)), DTYPES, *SIZES, SEEDS)
def test_rows_and_classes_may_change_places(name, dtype, batch, classes, seed):
    """The value only up to rounding; the gradient of each row to the bit, and in place as elsewhere."""
    random = generator(seed)
    scores = random.normal(size=(batch, classes)).astype(dtype)
    labels = random.integers(0, classes, batch).astype(np.int32)
    value, gradient = getattr(descent, name)(scores, labels)
    rows = random.permutation(batch)
    other_value, other = getattr(descent, name)(np.ascontiguousarray(scores[rows]), labels[rows])
    assert abs(value - other_value) <= 1e-12 * max(1, abs(value))
    assert np.array_equal(other, gradient[rows])
    in_place = scores.copy()
    assert getattr(descent, name)(in_place, labels, out=in_place)[0] == value
    assert np.array_equal(in_place, gradient)


@given(DTYPES, *SIZES, SEEDS, numbers(-1e4, 1e4))
def test_softmax_does_not_mind_a_shift(dtype, batch, classes, seed, shift):
    random = generator(seed)
    scores = np.round(random.normal(size=(batch, classes)), 2).astype(dtype)
    labels = random.integers(0, classes, batch)
    shifted = (scores.astype(np.float64) + shift).astype(dtype)
    assume(np.array_equal(shifted.astype(np.float64) - shift, scores.astype(np.float64)))
    compare(descent.softmax_cross_entropy(shifted, labels), descent.softmax_cross_entropy(scores, labels), dtype)
