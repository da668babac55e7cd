"""Whatever NumPy can read as numbers gives the weights of its C-ordered copy; what is no number is named."""

import copy
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


def shortened(array):
    return array.astype(pytest.importorskip("ml_dtypes").bfloat16)


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
    "float16, Fortran order": (lambda a, _: np.asfortranarray(a.astype(np.float16)), np.float32),
    "bfloat16": (lambda a, _: shortened(a), np.float32),
    "bfloat16, every other row": (lambda a, _: shortened(np.repeat(a, 2, axis=0))[::2], np.float32),
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


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.uint8])
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


@pytest.mark.parametrize(
    "warned",
    [
        lambda: descent.LinearClassifier().fit(WHOLE, LABELS[:, None]),
        lambda: descent.LinearClassifier().fit(WHOLE, LABELS).score(WHOLE, LABELS[:, None]),
        lambda: descent.LinearClassifier().fit(framed(WHOLE), LABELS).predict(WHOLE),
        lambda: descent.LinearClassifier().fit(framed(WHOLE), LABELS).score(WHOLE, LABELS),
        lambda: descent.LinearClassifier(optimizer=descent.SGD(learning_rate=1e9)).fit(WHOLE, LABELS),
    ],
)
def test_a_warning_shows_the_line_that_called(warned):
    with pytest.warns(UserWarning, match="y was passed|valid feature names|the fit began") as caught:
        warned()
    assert [warning.filename for warning in caught] == [__file__]


def with_one(value, kind=object):
    features = WHOLE.astype(kind)
    features[7, 2] = value
    return features


def frames():
    """Data frames with something that is no number in row 7 and column 2, and what is said of it."""
    pandas = pytest.importorskip("pandas")
    frame = framed(WHOLE.astype(float))
    absent = frame.astype("Float64")
    absent.iloc[7, 2] = pandas.NA
    texts = frame.astype({"c": object})
    texts.iloc[7, 2] = "much"
    times = frame.astype({"c": object})
    times.iloc[7, 2] = pandas.Timestamp("2026-01-01")
    category = texts.astype({"c": "category"})
    return [(absent, "nan"), (texts, "'much'"), (times, "Timestamp"), (category, "'much'")]


def test_what_is_no_number_in_objects_is_named():
    cases = [(with_one("much"), "'much'"), (with_one("much", "U9"), "'much'"), (with_one({}), "dict"), *frames()]
    for features, text in cases:
        for model in (descent.LinearClassifier(), descent.LinearRegressor()):
            with pytest.raises((ValueError, TypeError), match=f"X .*: row 7, column 2: .*{text}"):
                model.fit(features, LABELS)
            with pytest.raises((ValueError, TypeError), match=f"X .*: row 7, column 2: .*{text}"):
                model.fit(WHOLE, LABELS).predict(features.to_numpy() if hasattr(features, "to_numpy") else features)


@pytest.mark.parametrize("features", [None, "text", 3.5, iter([[1.0]])])
def test_what_is_no_matrix_is_refused(features):
    with pytest.raises((ValueError, TypeError), match=r"got scalar array|X must hold numbers: "):
        descent.LinearClassifier().fit(features, LABELS)


def labels_with(value):
    labels = np.array(["a", "b", "c"], object)[LABELS]
    labels[7] = value
    return labels


def absent_labels():
    pandas = pytest.importorskip("pandas")
    texts = pandas.Series(np.array(["a", "b", "c"])[LABELS], dtype="string")
    flags = pandas.Series(LABELS > 0, dtype="boolean")
    texts[7] = flags[7] = pandas.NA
    times = np.array(["2026-01-01", "2026-01-02", "2026-01-03"], "datetime64[D]")[LABELS]
    times[7] = "NaT"
    return [texts, flags, times, times - times[0], labels_with(None), labels_with(np.nan), labels_with(np.nan).tolist()]


def test_a_label_that_is_missing_is_named():
    for labels in absent_labels():
        with pytest.raises(ValueError, match=r"Input y contains NaN or None: y\[7\]"):
            descent.LinearClassifier().fit(WHOLE, labels)
        with pytest.raises(ValueError, match=r"classes, as y: Input y contains NaN or None: y\[7\]"):
            descent.LinearClassifier().partial_fit(WHOLE, LABELS, classes=labels)


def test_objects_that_are_no_labels():
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        descent.LinearClassifier().fit(WHOLE, (LABELS * 1.1).astype(object))
    with pytest.raises(TypeError, match="labels of y cannot be sorted, they must be of one kind"):
        descent.LinearClassifier().fit(WHOLE, labels_with(5))


@pytest.mark.parametrize("classes", [3, [], "abc", [[0, 1, 2]]])
def test_classes_that_are_none(classes):
    for model in (descent.LinearClassifier(), descent.LinearClassifier().partial_fit(WHOLE, LABELS, [0, 1, 2])):
        with pytest.raises(ValueError, match="classes must be a list of all labels that there will be"):
            model.partial_fit(WHOLE, LABELS, classes=classes)


def test_classes_may_be_a_set():
    model = descent.LinearClassifier().partial_fit(WHOLE, LABELS, classes={2, 0, 1})
    assert model.partial_fit(WHOLE, LABELS, classes={0, 1, 2}).classes_.tolist() == [0, 1, 2]


@pytest.mark.parametrize("model", [descent.LinearClassifier, descent.LinearRegressor])
def test_a_weight_for_all(model):
    expected = model().fit(WHOLE, LABELS, sample_weight=np.full(60, 2.0)).coef_.tobytes()
    for weight in (2, 2.0, np.float32(2), np.array(2)):
        assert model().fit(WHOLE, LABELS, sample_weight=weight).coef_.tobytes() == expected
    with pytest.raises(TypeError, match="sample_weight must be a number, not str"):
        model().fit(WHOLE, LABELS, sample_weight="2")
    with pytest.raises(ValueError, match=r"sample_weight must hold numbers: row 1: .*'x'"):
        model().fit(WHOLE, LABELS, sample_weight=["1", "x", *["1"] * 58])


@pytest.mark.parametrize("size", [1e60, 1e300])
def test_a_prediction_that_overflows_is_none(size):
    features = WHOLE.astype(np.float64)
    huge = np.vstack([features[:3], size * features[3:6]])
    for labels in (LABELS, LABELS > 0):
        classifier = descent.LinearClassifier().fit(features, labels)
        for method in ("predict", "decision_function", "predict_proba", "predict_log_proba"):
            with pytest.raises(ValueError, match="X: row 3: the scores are not finite"):
                getattr(classifier, method)(huge)
        with pytest.raises(ValueError, match="X: row 3: the scores are not finite"):
            classifier.score(huge, labels[:6])
    with pytest.raises(ValueError, match="X: row 3: the predictions are not finite"):
        descent.LinearRegressor().fit(features, TARGETS).predict(huge)


def test_poisson_may_predict_infinity():
    model = descent.LinearRegressor(loss="poisson").fit(WHOLE, LABELS)
    assert np.isinf(model.predict(1e4 * WHOLE)).any()


def test_predictions_are_the_library_s():
    for labels in (LABELS, LABELS > 0):
        model = descent.LinearClassifier().fit(WHOLE, labels)
        expected = model.classes_[model._model.predict_labels(model._known_data(WHOLE))]
        np.testing.assert_array_equal(model.predict(WHOLE), expected)


@pytest.mark.parametrize("fitted_as", [np.uint8, np.float32, np.float64, np.int64])
@pytest.mark.parametrize("optimizer", [None, "adam"])
def test_the_same_numbers_mean_the_same_after_a_fit(tmp_path, fitted_as, optimizer):
    features = np.abs(WHOLE * 4).astype(np.uint8)
    labels = features[:, 0] > np.median(features[:, 0])
    for kind_of, answers in ((descent.LinearClassifier, labels), (descent.LinearRegressor, TARGETS)):
        model = kind_of(optimizer=optimizer, epochs=30).fit(features.astype(fitted_as), answers)
        expected = model.predict(features.astype(fitted_as))
        model.save(tmp_path / "model")
        restored = type(model)()
        restored.load_state_dict(model.state_dict())
        for same in (model, type(model).load(tmp_path / "model"), restored, copy.deepcopy(model)):
            for kind in (np.uint8, np.float32, np.float64, np.int16):
                given = features.astype(kind)
                np.testing.assert_allclose(same.predict(given), expected, rtol=1e-4, atol=1e-4)
                assert same.score(given, answers) == pytest.approx(model.score(features, answers), rel=1e-5)
                assert same.evaluate(given, answers) == pytest.approx(model.evaluate(features, answers), rel=1e-4)
        np.testing.assert_allclose(model.predict(features.tolist()), expected, rtol=1e-4, atol=1e-4)
        watched = model.fit(features.astype(fitted_as), answers, validation=(features, answers)).history_
        other = model.fit(features.astype(fitted_as), answers, validation=(features * 1.0, answers)).history_
        assert watched[-1]["validation_loss"] == pytest.approx(other[-1]["validation_loss"], rel=1e-4)


def test_levels_from_0_to_1_after_bytes_warn():
    features = np.abs(WHOLE * 4).astype(np.uint8)
    model = descent.LinearClassifier().fit(features, LABELS)
    with pytest.warns(UserWarning, match=r"X lies within \[0, 1\], but X of the fit was uint8"):
        model.predict(features / 255)
    expected = model.set_params(scale=1.0).predict(features / 255)
    np.testing.assert_array_equal(expected, model.set_params(scale=None).predict(features))


@pytest.mark.parametrize("scale", [np.nan, np.inf, 0.0, -1.0])
def test_a_saved_scale_that_is_none(scale):
    model = descent.LinearClassifier().fit(WHOLE, LABELS)
    expected = model.predict(WHOLE)
    with pytest.raises(ValueError, match=r"the state's 'feature_scale' is .*, and no scale"):
        model.load_state_dict(model.state_dict() | {"feature_scale": np.array(scale)})
    np.testing.assert_array_equal(model.predict(WHOLE), expected)
