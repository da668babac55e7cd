"""Whatever NumPy can read as numbers gives the weights of its C-ordered copy; what is no number is named."""

import ctypes

import numpy as np
import pytest
from test_classifier import blobs

import descent

WHOLE = np.round(blobs(60, 4)[0] * 8).astype(np.float32)
LABELS = blobs(60, 4)[1]
TARGETS = WHOLE @ [1.0, -2.0, 0.5, 0.25] + 3
MODELS = {
    "chosen": descent.LinearClassifier,
    "minibatches": lambda: descent.LinearClassifier(optimizer="adam", batch_size=16, epochs=3),
    "scaled": lambda: descent.LinearClassifier(optimizer="adam", batch_size=16, epochs=3, scale=0.3, offset=0.1),
    "regressor": descent.LinearRegressor,
}


class Wrapped:
    """Something that is no array, but becomes one."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return self._array if dtype is None else self._array.astype(dtype)


class Exchanged:
    """Something that has DLPack only."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **arguments):
        return self._array.__dlpack__(**arguments)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


def mapped(array, path):
    array.tofile(path)
    return np.memmap(path, array.dtype, "r", shape=array.shape)


def framed(array):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(array, columns=["a", "b", "c", "d"])


# What is given, and the type of the copy that it must be like.
KINDS = {
    "list": (lambda a, _: a.tolist(), np.float64),
    "list of integers": (lambda a, _: a.astype(int).tolist(), np.float64),
    "int64": (lambda a, _: a.astype(np.int64), np.float64),
    "uint32": (lambda a, _: (a + 99).astype(np.uint32), np.float64),
    "int32": (lambda a, _: a.astype(np.int32), np.float64),
    "int16": (lambda a, _: a.astype(np.int16), np.float32),
    "int8": (lambda a, _: a.astype(np.int8), np.float32),
    "bool": (lambda a, _: a > 0, np.float32),
    "float16": (lambda a, _: a.astype(np.float16), np.float32),
    "float64": (lambda a, _: a.astype(np.float64), np.float64),
    "longdouble": (lambda a, _: a.astype(np.longdouble), np.float64),
    "Fortran order": (lambda a, _: np.asfortranarray(a), np.float32),
    "Fortran order, float64": (lambda a, _: np.asfortranarray(a.astype(np.float64)), np.float64),
    "every other column": (lambda a, _: np.repeat(a, 2, axis=1)[:, ::2], np.float32),
    "negative strides": (lambda a, _: a[::-1, ::-1].copy()[::-1, ::-1], np.float32),
    "byte-swapped": (lambda a, _: a.astype(">f4"), np.float32),
    "byte-swapped, float64": (lambda a, _: a.astype(">f8"), np.float64),
    "objects": (lambda a, _: a.astype(object), np.float64),
    "read-only": (lambda a, _: np.frombuffer(a.tobytes(), np.float32).reshape(a.shape), np.float32),
    "memory map": (mapped, np.float32),
    "__array__": (lambda a, _: Wrapped(a), np.float32),
    "__dlpack__": (lambda a, _: Exchanged(a.copy()), np.float32),
    "data frame": (lambda a, _: framed(a.astype(np.float64)), np.float64),
    "data frame, float32": (lambda a, _: framed(a), np.float32),
    "data frame of integers": (lambda a, _: framed(a.astype(int)), np.float64),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_bits_as_its_copy(kind, model, tmp_path):
    make, dtype = KINDS[kind]
    given = make(WHOLE, tmp_path / "features")
    copied = np.array(np.from_dlpack(given) if kind == "__dlpack__" else given, dtype, order="C")
    answers = TARGETS if model == "regressor" else LABELS
    first, second = MODELS[model]().fit(given, answers), MODELS[model]().fit(copied, answers)
    assert first.coef_.tobytes() == second.coef_.tobytes()
    assert np.asarray(first.intercept_).tobytes() == np.asarray(second.intercept_).tobytes()
    np.testing.assert_array_equal(first.predict(given), second.predict(copied))
    assert first.score(given, answers) == second.score(copied, answers)
    assert hasattr(first, "feature_names_in_") == kind.startswith("data frame")


@pytest.mark.parametrize("make", [np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], lambda a: a.copy()])
def test_bytes_are_read_as_bytes_in_any_order(make):
    images = np.random.default_rng(0).integers(0, 256, (60, 9), np.uint8)
    expected = descent.LinearClassifier(optimizer="adam").fit(images, LABELS)
    fitted = descent.LinearClassifier(optimizer="adam").fit(make(images), LABELS)
    assert fitted.coef_.tobytes() == expected.coef_.tobytes()
    as_floats = descent.LinearClassifier(optimizer="adam").fit(images / np.float32(255), LABELS)
    np.testing.assert_allclose(as_floats.coef_, expected.coef_, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_what_is_used_in_place_is_not_copied(dtype):
    features = np.ascontiguousarray(np.abs(WHOLE), dtype)
    places = []
    model = descent.LinearClassifier(optimizer="adam", epochs=1)
    assert model._new_samples(features, LABELS, None)[0].features is features
    model.progress = lambda report: places.append(features.ctypes.data)
    model.fit(features, LABELS)
    assert ctypes.c_void_p(places[0]).value == features.ctypes.data


BAD = [np.nan, np.inf, -np.inf]


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize("model", MODELS)
def test_features_that_are_no_numbers_are_named(value, dtype, model):
    features = WHOLE.astype(dtype)
    features[17, 2] = value
    answers = TARGETS if model == "regressor" else LABELS
    fitted = MODELS[model]().fit(WHOLE, answers)
    before = fitted.coef_.tobytes()
    calls = [lambda: fitted.fit(features, answers), lambda: fitted.predict(features)]
    calls += [lambda: fitted.score(features, answers), lambda: fitted.evaluate(features, answers)]
    calls += [lambda: fitted.partial_fit(features, answers)]
    if model != "regressor":
        calls += [lambda: fitted.decision_function(features), lambda: fitted.predict_proba(features)]
    for call in calls:
        with pytest.raises(ValueError, match=r"X contains NaN or infinity: row 17, column 2"):
            call()
    assert fitted.coef_.tobytes() == before


@pytest.mark.parametrize("value", BAD)
def test_targets_and_weights_that_are_no_numbers_are_named(value):
    targets, weights = TARGETS.copy(), np.ones(60)
    targets[5] = weights[7] = value
    with pytest.raises(ValueError, match=r"y contains .*y\[5\]"):
        descent.LinearRegressor().fit(WHOLE, targets)
    with pytest.raises(ValueError, match=r"y\[3, 1\]"):
        descent.LinearRegressor().fit(WHOLE[:4], [[1, 2], [1, 2], [1, 2], [1, value]])
    for model, answers in ((descent.LinearRegressor(), TARGETS), (descent.LinearClassifier(), LABELS)):
        with pytest.raises(ValueError, match=r"sample_weight contains .*sample_weight\[7\]"):
            model.fit(WHOLE, answers, sample_weight=weights)


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (LABELS + 0.25, "Unknown label type: continuous"),
        (np.where(LABELS == 1, np.nan, LABELS), r"y\[\d+\] is nan"),
        (np.where(LABELS == 1, None, LABELS.astype(object)), r"y\[\d+\] is None"),
        (None, "y is None"),
        (LABELS.astype(complex), "Complex"),
    ],
)
def test_labels_that_are_none(labels, text):
    with pytest.raises(ValueError, match=text):
        descent.LinearClassifier().fit(WHOLE, labels)
