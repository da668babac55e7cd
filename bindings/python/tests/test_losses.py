"""Every loss against textbook code, against central differences, at extreme scores and at kinks; and its arguments."""

import inspect
import math
from fractions import Fraction

import numpy as np
import pytest
import textbook

import descent

FLOATS = [np.float32, np.float64]
SHAPES = [(1, 1), (1, 2), (7, 3), (5, 17), (33, 10), (4, 67), (64, 1000)]
ALL_LOSSES = {**textbook.LABEL_LOSSES, **textbook.TARGET_LOSSES}

# The arithmetic is in double; only the gradient is rounded to the dtype.
VALUE_TOLERANCE = 1e-13
GRADIENT_TOLERANCES = {np.float32: 1e-7, np.float64: 1e-13}


def sample(loss, shape, dtype, scale=1.0):
    """Scores with labels, or predictions with targets, as the loss wants them."""
    random = np.random.default_rng(list(shape))
    given = (scale * random.normal(size=shape)).astype(dtype)
    if loss in textbook.LABEL_LOSSES:
        return given, random.integers(0, shape[1], shape[0])
    if loss == "logistic":
        return given, random.uniform(0, 1, shape).astype(dtype)
    if loss == "poisson":
        return given, random.poisson(2, shape).astype(dtype)
    return given, (scale * random.normal(size=shape)).astype(dtype)


def reference(loss, given, wanted, **parameter):
    """The textbook's value, and its gradient rounded to the dtype of what was given."""
    value, gradient = ALL_LOSSES[loss](
        given.astype(np.float64), wanted if wanted.dtype.kind in "iu" else wanted.astype(np.float64), **parameter
    )
    with np.errstate(over="ignore"):
        return value, gradient.astype(given.dtype)


def require_equal_to_textbook(loss, given, wanted, **parameter):
    value, gradient = getattr(descent, loss)(given, wanted, **parameter)
    expected_value, expected_gradient = reference(loss, given, wanted, **parameter)
    tolerance = GRADIENT_TOLERANCES[given.dtype.type]
    # Eight sums of an eighth of the terms each: where all terms have the same low bits, all roundings go the same way.
    value_tolerance = max(VALUE_TOLERANCE, given.size / 8 * 2.0**-53)
    assert value == pytest.approx(expected_value, rel=value_tolerance, abs=VALUE_TOLERANCE)
    assert gradient.dtype == given.dtype
    np.testing.assert_allclose(gradient, expected_gradient, rtol=tolerance, atol=tolerance / len(given))


@pytest.mark.parametrize("scale", [0.01, 1, 100])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("loss", ALL_LOSSES)
def test_follows_the_textbook(loss, dtype, shape, scale):
    require_equal_to_textbook(loss, *sample(loss, shape, dtype, scale))


PARAMETERS = [
    *(("huber", {"delta": delta}) for delta in (1e-3, 0.3, 1, 2.5, 1e9)),
    *(("quantile", {"quantile": quantile}) for quantile in (1e-9, 0.1, 0.5, 0.75, 1 - 2**-40)),
    *(("epsilon_insensitive", {"epsilon": epsilon}) for epsilon in (0, 0.1, 1.5, 1e9)),
    *(("squared_epsilon_insensitive", {"epsilon": epsilon}) for epsilon in (0, 0.1, 1.5, 1e9)),
]


@pytest.mark.parametrize("scale", [0.01, 1, 100])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("loss", "parameter"), PARAMETERS)
def test_parameter_is_the_textbooks(loss, parameter, dtype, scale):
    for shape in SHAPES[:5]:
        require_equal_to_textbook(loss, *sample(loss, shape, dtype, scale), **parameter)


@pytest.mark.parametrize(("loss", "parameter"), [*((loss, {}) for loss in ALL_LOSSES), *PARAMETERS])
def test_gradient_is_the_central_difference(loss, parameter):
    given, wanted = sample(loss, (6, 5), np.float64)
    function = getattr(descent, loss)
    _, gradient = function(given, wanted, **parameter)
    numeric = textbook.central_difference(lambda x: function(x, wanted, gradient=False, **parameter)[0], given, 1e-6)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-8)


def test_what_losses_with_a_parameter_are_without_one():
    given, wanted = sample("huber", (7, 3), np.float64, 3)
    absolute, squared = (getattr(descent, name)(given, wanted) for name in ("absolute_error", "squared_error"))
    for (value, gradient), name, keywords, factor in [
        (absolute, "quantile", {}, 2),
        (absolute, "epsilon_insensitive", {"epsilon": 0}, 1),
        (squared, "squared_epsilon_insensitive", {"epsilon": 0}, 1),
        (squared, "huber", {"delta": 1e300}, 2),
    ]:
        other_value, other = getattr(descent, name)(given, wanted, **keywords)
        assert factor * other_value == value
        assert np.array_equal(factor * other, gradient)


def test_bad_parameter_is_named():
    zeros = np.zeros(3)
    for loss, name, wrong in [
        ("huber", "delta", [0, -1, np.inf, np.nan]),
        ("quantile", "quantile", [0, 1, -1, 2, np.nan]),
        ("epsilon_insensitive", "epsilon", [-1e-300, np.inf, np.nan]),
        ("squared_epsilon_insensitive", "epsilon", [-1, np.inf, np.nan]),
    ]:
        function = getattr(descent, loss)
        for value in wrong:
            with pytest.raises(descent.InvalidArgumentError, match=name):
                function(zeros, zeros, **{name: value})
        with pytest.raises(TypeError, match=name):
            function(zeros, zeros, **{name: "1"})
        with pytest.raises(TypeError, match=r"unexpected keyword.*'slope'"):
            function(zeros, zeros, slope=1)
    with pytest.raises(TypeError, match=r"unexpected keyword.*'delta'"):
        descent.squared_error(zeros, zeros, delta=1)


def test_poisson_mean_that_fits_where_the_sum_does_not():
    value, gradient = descent.poisson(np.full((300, 2), 709.0), np.full((300, 2), 3.0))
    assert value == pytest.approx(2 * math.exp(709), rel=1e-13)
    np.testing.assert_allclose(gradient, math.exp(709) / 300, rtol=1e-13)


def test_poisson_ends():
    cases = [(710, 0, np.inf), (1e308, 1e308, np.inf), (np.inf, 0, np.inf), (-1e30, 0, 0), (-np.inf, 0, 0), (0, 5, 1)]
    for prediction, target, expected in cases:
        value, gradient = descent.poisson(np.array([prediction], float), np.array([target], float))
        assert value == expected
        assert gradient[0] == pytest.approx(math.exp(prediction) - target if prediction < 709 else np.inf)


LARGEST = float(np.finfo(np.float32).max)
EXTREMES = {
    "all zero": np.zeros,
    "all equal": lambda shape: np.full(shape, 7.25),
    "all equal and huge": lambda shape: np.full(shape, 1e30),
    "all equal and very negative": lambda shape: np.full(shape, -1e30),
    "signs that alternate": lambda shape: np.where(np.arange(np.prod(shape)) % 2, 1e30, -1e30).reshape(shape),
    "one far above": lambda shape: np.where(np.arange(np.prod(shape)) % 5 == 3, 1e30, 0).reshape(shape),
    "largest float32": lambda shape: np.where(np.arange(np.prod(shape)) % 2, LARGEST, -LARGEST).reshape(shape),
    "tiny": lambda shape: np.full(shape, 1e-30),
    "around the end of exp": lambda shape: np.linspace(-800, 800, np.prod(shape)).reshape(shape),
}


@pytest.mark.parametrize("extreme", EXTREMES)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("loss", ALL_LOSSES)
def test_extreme_scores(loss, dtype, extreme):
    shape = (4, 5)
    given = EXTREMES[extreme](shape).astype(dtype)
    wanted = sample(loss, shape, dtype)[1]
    value, gradient = getattr(descent, loss)(given, wanted)
    # The other end of exp.
    assert np.isfinite(value) or (loss == "poisson" and given.max() > 709)
    # Twice the difference of the largest numbers is the one gradient that does not fit into their own type.
    if not (extreme == "largest float32" and loss.startswith("squared")) and loss != "poisson":
        assert np.isfinite(gradient).all()
    require_equal_to_textbook(loss, given, wanted)


DOUBLE_MAX = float(np.finfo(np.float64).max)


def exact_mean(loss, given, wanted):
    """The mean loss as a fraction; log(sum(exp)) of scores that lie far apart is their greatest."""
    total = Fraction(0)
    for row, target in zip(given.tolist(), wanted.tolist(), strict=True):
        numbers = [Fraction(number) for number in row]
        if loss.startswith("one_vs_rest"):
            margins = [1 - number if column == target else 1 + number for column, number in enumerate(numbers)]
            power = 2 if "squared" in loss else 1
            total += sum(max(Fraction(0), margin - (loss == "one_vs_rest_logistic")) ** power for margin in margins)
        elif loss in textbook.LABEL_LOSSES:
            own = numbers.pop(target)
            if loss == "softmax_cross_entropy":
                total += max([own, *numbers]) - own
                continue
            power = 2 if loss == "squared_hinge" else 1
            total += sum(max(Fraction(0), number - own + 1) ** power for number in numbers)
        else:
            errors = [abs(number - Fraction(other)) for number, other in zip(numbers, target, strict=True)]
            if loss == "logistic":
                pairs = zip(numbers, target, strict=True)
                total += sum((1 - Fraction(t) if p > 0 else Fraction(t)) * abs(p) for p, t in pairs)
            else:
                if loss.endswith("epsilon_insensitive"):
                    errors = [max(error - Fraction(0.1), Fraction(0)) for error in errors]
                share = Fraction(1, 2) if loss == "quantile" else 1
                total += sum(e * e if loss.startswith("squared") else e * share for e in errors)
    return total / len(given)


@pytest.mark.parametrize("batch", [1, 2, 3, 7, 8, 9, 300])
@pytest.mark.parametrize("loss", [loss for loss in ALL_LOSSES if loss != "poisson"])
def test_means_that_fit_into_a_double_are_right_where_sums_do_not(loss, batch):
    # Distances, rows, sums and slopes that overflow, and means on both sides of the greatest double.
    random = np.random.default_rng(batch)
    largest = 1.3e154 if "squared" in loss else 0.99 * DOUBLE_MAX
    for share in (1, 0.5, 0.1):
        given = random.choice([-1, 1], (batch, 3)) * random.choice([1, 0.9, 0], (batch, 3), p=[share, 0, 1 - share])
        given *= largest
        _, wanted = sample(loss, given.shape, np.float64)
        expected = exact_mean(loss, given, wanted)
        value, gradient = getattr(descent, loss)(given, wanted)
        if expected < Fraction(DOUBLE_MAX):
            # The fraction leaves out the logarithm, and Huber's half.
            assert value == pytest.approx(float(expected), rel=VALUE_TOLERANCE, abs=4)
        else:
            assert value == (DOUBLE_MAX if loss == "softmax_cross_entropy" else math.inf)
        assert np.isfinite(gradient).all()
        place = given.copy()
        assert getattr(descent, loss)(place, wanted, out=place)[0] == value
        assert place.tobytes() == gradient.tobytes()


def test_softmax_of_scores_that_lie_further_apart_than_the_greatest_double():
    scores = np.array([[1.7e308, -1.7e308], [0, 0], [0, 0]])
    value, gradient = descent.softmax_cross_entropy(scores, [1, 0, 0])
    assert value == pytest.approx(1.7e308 / 1.5, rel=1e-15)
    np.testing.assert_allclose(gradient[0], [1 / 3, -1 / 3])
    assert descent.softmax_cross_entropy(scores[[0, 0]], [1, 1])[0] == DOUBLE_MAX
    # Slopes that overflow before they are divided by the batch.
    far = np.full((8, 1), 1.7e308)
    _, gradient = descent.squared_error(far, -far)
    np.testing.assert_allclose(gradient, 1.7e308 / 2, rtol=1e-15)
    _, gradient = descent.squared_hinge(np.repeat(scores[:1], 8, axis=0), [1] * 8)
    np.testing.assert_allclose(gradient[0], [1.7e308 / 2, -1.7e308 / 2], rtol=1e-15)


def test_logistic_near_a_certain_target_loses_nothing():
    target = 1 - 2.0**-53
    value, _ = descent.logistic(np.array([1e30, 1e300]), np.array([target, target]))
    assert value == pytest.approx(2.0**-54 * 1e300, rel=1e-15)


def test_softmax_of_equal_scores_is_the_logarithm_of_their_number():
    for score in (0, 1e30, -1e30, LARGEST):
        value, gradient = descent.softmax_cross_entropy(np.full((3, 10), score, np.float32), [0, 4, 9])
        assert value == pytest.approx(np.log(10), rel=1e-15)
        np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-8)


@pytest.mark.parametrize("dtype", FLOATS)
def test_gradient_at_a_kink_is_zero(dtype):
    scores = np.array([[1, 0, -1]], dtype)  # the margin of class 1 is exactly 0
    for loss in ("multiclass_hinge", "squared_hinge"):
        value, gradient = getattr(descent, loss)(scores, [0])
        assert value == 0
        assert not gradient.any()
    predictions = np.array([1.5, -2], dtype)
    value, gradient = descent.absolute_error(predictions, predictions.copy())
    assert value == 0
    assert not gradient.any()
    for loss, keywords in [
        ("quantile", {"quantile": 0.9}),
        ("epsilon_insensitive", {"epsilon": 0}),
        ("squared_epsilon_insensitive", {"epsilon": 0}),
    ]:
        value, gradient = getattr(descent, loss)(predictions, predictions.copy(), **keywords)
        assert value == 0
        assert not gradient.any()
    # At a distance of exactly epsilon, on either side.
    for loss in ("epsilon_insensitive", "squared_epsilon_insensitive"):
        value, gradient = getattr(descent, loss)(predictions, np.array([1, -1.5], dtype), epsilon=0.5)
        assert value == 0
        assert not gradient.any()


@pytest.mark.parametrize("loss", ALL_LOSSES)
def test_nan_propagates(loss):
    given, wanted = sample(loss, (3, 4), np.float64)
    given[1, 2] = np.nan
    value, gradient = getattr(descent, loss)(given, wanted)
    assert np.isnan(value)
    assert np.isfinite(gradient[[0, 2]]).all()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("loss", ALL_LOSSES)
def test_gradient_may_be_written_elsewhere_or_not_at_all(loss, dtype):
    given, wanted = sample(loss, (7, 3), dtype)
    function = getattr(descent, loss)
    value, gradient = function(given, wanted)
    assert function(given, wanted, gradient=False) == (value, None)
    out = np.full_like(given, np.nan)
    assert function(given, wanted, out=out) == (value, out)
    assert out.tobytes() == gradient.tobytes()
    assert function(given, wanted, out=given)[1] is given
    assert given.tobytes() == gradient.tobytes()


@pytest.mark.parametrize("loss", textbook.TARGET_LOSSES)
def test_a_vector_is_a_batch_of_single_outputs(loss):
    given, wanted = sample(loss, (6, 1), np.float64)
    value, gradient = getattr(descent, loss)(given, wanted)
    vector_value, vector_gradient = getattr(descent, loss)(given[:, 0].copy(), wanted[:, 0].copy())
    assert vector_value == value
    assert vector_gradient.tobytes() == gradient.tobytes()
    assert vector_gradient.shape == (6,)


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4", ">i8", list])
def test_labels_of_any_integer_type(kind):
    scores, labels = sample("multiclass_hinge", (9, 4), np.float32)
    converted = labels.tolist() if kind is list else labels.astype(kind)
    strided = np.repeat(labels, 2)[::2]
    expected = descent.multiclass_hinge(scores, labels.astype(np.int32))
    for given in (converted, strided):
        value, gradient = descent.multiclass_hinge(scores, given)
        assert value == expected[0]
        assert gradient.tobytes() == expected[1].tobytes()


SCORES, LABELS = np.zeros((4, 3)), np.array([0, 1, 2, 0])
READ_ONLY = np.zeros((4, 3))
READ_ONLY.flags.writeable = False

BAD_LABELS = [
    ((SCORES.astype(int), LABELS), {}, TypeError, "scores.*int64"),
    ((SCORES.astype(np.float16), LABELS), {}, TypeError, "scores.*float16"),
    ((SCORES.astype(">f8"), LABELS), {}, TypeError, "scores.*byte-swapped"),
    ((SCORES.tolist(), LABELS), {}, TypeError, "scores.*list"),
    ((np.asfortranarray(SCORES), LABELS), {}, ValueError, "scores.*C-contiguous"),
    ((SCORES[0], LABELS), {}, ValueError, r"scores.*\(batch, classes\)"),
    ((SCORES[None], LABELS), {}, ValueError, r"scores.*\(batch, classes\)"),
    ((SCORES[:0], LABELS[:0]), {}, ValueError, "batch"),
    ((SCORES[:, :0].copy(), LABELS), {}, ValueError, "classes"),
    ((SCORES, LABELS[:3]), {}, ValueError, "3 labels for 4 rows"),
    ((SCORES, LABELS.reshape(2, 2)), {}, ValueError, "labels.*one axis"),
    ((SCORES, LABELS.astype(float)), {}, TypeError, "labels.*integers"),
    ((SCORES, LABELS > 0), {}, TypeError, "labels.*integers"),
    ((SCORES, ["a", "b", "c", "d"]), {}, TypeError, "labels.*integers"),
    ((SCORES, [0, 1, 3, 0]), {}, ValueError, r"labels\[2\].*3"),
    ((SCORES, [0, -1, 2, 0]), {}, ValueError, r"labels\[1\].*-1"),
    ((SCORES, np.array([0, 1, 2**32, 0])), {}, ValueError, r"labels\[2\].*4294967296"),
    ((SCORES, np.array([2**63, 0, 0, 0], np.uint64)), {}, ValueError, r"labels\[0\]"),
    ((SCORES, LABELS), {"out": np.zeros((3, 4))}, ValueError, r"out.*\(3, 4\)"),
    ((SCORES, LABELS), {"out": np.zeros((4, 3), np.float32)}, TypeError, "out.*float32"),
    ((SCORES, LABELS), {"out": np.asfortranarray(SCORES)}, ValueError, "out.*C-contiguous"),
    ((SCORES, LABELS), {"out": READ_ONLY}, ValueError, "out.*read-only"),
    ((SCORES, LABELS), {"out": np.zeros((4, 3)), "gradient": False}, ValueError, "out"),
]


@pytest.mark.parametrize("loss", textbook.LABEL_LOSSES)
@pytest.mark.parametrize(("arguments", "keywords", "error", "text"), BAD_LABELS)
def test_bad_argument_is_named_with_labels(loss, arguments, keywords, error, text):
    with pytest.raises(error, match=text):
        getattr(descent, loss)(*arguments, **keywords)


BAD_TARGETS = [
    ((SCORES, SCORES.astype(np.float32)), {}, TypeError, "targets.*float32.*float64"),
    ((SCORES.astype(int), SCORES.astype(int)), {}, TypeError, "predictions.*int64"),
    ((SCORES, SCORES[:3]), {}, ValueError, r"predictions.*\(4, 3\).*targets.*\(3, 3\)"),
    ((SCORES, SCORES[0]), {}, ValueError, "targets"),
    ((np.asfortranarray(SCORES), SCORES), {}, ValueError, "predictions.*C-contiguous"),
    ((SCORES, np.asfortranarray(SCORES)), {}, ValueError, "targets.*C-contiguous"),
    ((SCORES[:0], SCORES[:0]), {}, ValueError, "batch"),
    ((np.zeros(()), np.zeros(())), {}, ValueError, "shape"),
    ((np.zeros((4, 3)), READ_ONLY), {"out": READ_ONLY}, ValueError, "read-only"),
]


@pytest.mark.parametrize("loss", textbook.TARGET_LOSSES)
@pytest.mark.parametrize(("arguments", "keywords", "error", "text"), BAD_TARGETS)
def test_bad_argument_is_named_with_targets(loss, arguments, keywords, error, text):
    with pytest.raises(error, match=text):
        getattr(descent, loss)(*arguments, **keywords)


def test_logistic_target_must_be_a_probability():
    for wrong in (-0.1, 1.1, np.inf):
        out = np.full(3, 5.0)
        with pytest.raises(ValueError, match="target"):
            descent.logistic(np.zeros(3), np.array([0.5, wrong, 1]), out=out)
        assert (out == 5).all()


@pytest.mark.parametrize("shift", [1, 3, 11])
def test_out_must_not_overlap_otherwise(shift):
    memory = np.zeros(40)
    given, out = memory[:12].reshape(4, 3), memory[shift : shift + 12].reshape(4, 3)
    with pytest.raises(ValueError, match="out overlaps scores"):
        descent.softmax_cross_entropy(given, LABELS, out=out)
    with pytest.raises(ValueError, match="out overlaps targets"):
        descent.huber(memory[24:36].reshape(4, 3), given, out=out)
    with pytest.raises(ValueError, match="out overlaps targets"):
        descent.huber(given, given, out=given)
    assert not memory.any()


def test_every_loss_of_the_library_is_tested_and_documented():
    assert set(descent.LOSSES) == set(ALL_LOSSES)
    for name, function in descent.LOSSES.items():
        assert getattr(descent, name) is function
        assert function.__name__ == name
        assert name in descent.__all__
        assert "see descent.h" not in function.__doc__
        parameter = {"huber": ["delta"], "quantile": ["quantile"]}.get(name, [])
        parameter = ["epsilon"] if name.endswith("epsilon_insensitive") else parameter
        assert list(inspect.signature(function).parameters)[2:] == ["gradient", "out", *parameter]
        assert all(f"{name}: number" in function.__doc__ for name in parameter)
