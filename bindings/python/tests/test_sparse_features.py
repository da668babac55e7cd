"""Estimators on scipy.sparse: against the same numbers as an array, in place, of every format, and damaged."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from header import REPOSITORY
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import dump_svmlight_file, load_svmlight_file
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import descent
from descent.linear._sparse import as_rows

RANDOM = np.random.default_rng(7)
SAMPLES, FEATURES, CLASSES = 240, 50, 4


def sparse_numbers(samples=SAMPLES, features=FEATURES, share=0.15):
    """Numbers of which most are 0, with empty and full rows, and empty columns."""
    dense = RANDOM.standard_normal((samples, features)) * (RANDOM.random((samples, features)) < share)
    dense[3] = dense[17] = 0
    dense[5] = RANDOM.standard_normal(features)
    dense[:, [0, 11, features - 1]] = 0
    return dense.astype(np.float32)


DENSE = sparse_numbers()
TRUTH = RANDOM.standard_normal((FEATURES, CLASSES)).astype(np.float32)
LABELS = (DENSE @ TRUTH + 0.3 * RANDOM.standard_normal((SAMPLES, CLASSES))).argmax(axis=1)
TARGETS = DENSE @ TRUTH[:, 0] + 0.1 * RANDOM.standard_normal(SAMPLES)
CSR = sparse.csr_array(DENSE)
FORMATS = ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")
FEW_STEPS = {"optimizer": "sgd", "epochs": 3, "batch_size": 16}


def classifier(**settings):
    return descent.LinearClassifier(**{**FEW_STEPS, **settings})


def regressor(**settings):
    return descent.LinearRegressor(**{**FEW_STEPS, **settings})


def same(one, other, tolerance=2e-5):
    np.testing.assert_allclose(one.coef_, other.coef_, atol=tolerance)
    np.testing.assert_allclose(one.intercept_, other.intercept_, atol=tolerance)


@pytest.mark.parametrize("settings", [{}, {"l2": 0.01}, {"loss": "multiclass_hinge"}, {"loss": "squared_hinge"}])
def test_a_classifier_learns_what_it_learns_from_an_array(settings):
    one, other = (classifier(**settings).fit(X, LABELS) for X in (CSR, DENSE))
    same(one, other)
    assert np.abs(one.coef_).max() > 0.01
    np.testing.assert_allclose(one.decision_function(CSR), other.decision_function(DENSE), atol=1e-4)
    np.testing.assert_array_equal(one.predict(CSR), one.predict(DENSE))
    np.testing.assert_allclose(one.evaluate(CSR, LABELS), one.evaluate(DENSE, LABELS), rtol=1e-6)
    assert one.score(CSR, LABELS) == np.mean(one.predict(CSR) == LABELS)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile", "epsilon_insensitive"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_a_regressor_too(loss, outputs):
    targets = TARGETS if outputs == 1 else (DENSE @ TRUTH[:, :outputs]).astype(np.float64)
    one, other = (regressor(loss=loss).fit(X, targets) for X in (CSR, DENSE))
    same(one, other)
    np.testing.assert_allclose(one.predict(CSR), other.predict(DENSE), atol=1e-4)
    assert one.score(CSR, targets) == pytest.approx(other.score(DENSE, targets), abs=1e-5)


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.uint8])
def test_values_and_columns_are_used_in_place(kind, dtype):
    numbers = np.round(4 * np.abs(DENSE)).astype(dtype)
    X = sparse.csr_array(numbers.astype(np.float32))
    X = kind((X.data.astype(dtype), X.indices.astype(np.int32), X.indptr.astype(np.int32)), shape=X.shape)
    rows = as_rows(X)
    assert rows.dtype == dtype
    assert np.shares_memory(rows.values, X.data)
    assert np.shares_memory(rows.columns, X.indices)
    same(classifier(scale=0.25).fit(X, LABELS), classifier(scale=0.25).fit(numbers, LABELS))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_every_format(name, kind):
    X = getattr(sparse, f"{name}_{kind}")(DENSE)
    model = classifier().fit(X, LABELS)
    np.testing.assert_array_equal(model.coef_, classifier().fit(CSR, LABELS).coef_)
    np.testing.assert_array_equal(model.predict(X), model.predict(CSR))


@pytest.mark.parametrize("dtype", [bool, np.int8, np.int64, np.uint16, np.longdouble])
def test_other_types_are_converted(dtype):
    numbers = np.round(4 * DENSE)
    X = sparse.csr_array(np.abs(numbers) if np.dtype(dtype).kind in "bu" else numbers)
    X.data = X.data.astype(dtype)
    dense = np.zeros(X.shape)
    dense[X.tocoo().row, X.tocoo().col] = X.data
    np.testing.assert_allclose(classifier().fit(X, LABELS).coef_, classifier().fit(dense, LABELS).coef_, atol=2e-5)
    assert X.data.dtype == dtype


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_columns_that_are_not_sorted_or_there_twice(index):
    """They are put in order in a copy; the caller's stay as they are."""
    data = np.array([2, 1, 250, 10, 5, 7], np.uint8)
    X = sparse.csr_array((data, np.array([3, 1, 2, 2, 0, 0], index), np.array([0, 2, 4, 6], index)), shape=(3, 4))
    before = [array.copy() for array in (X.data, X.indices, X.indptr)]
    rows = as_rows(X)
    np.testing.assert_array_equal(rows.columns, [1, 3, 2, 0])
    np.testing.assert_array_equal(rows.values, [1, 2, 260, 12])
    np.testing.assert_array_equal(rows.starts, [0, 2, 3, 4])
    for array, former in zip((X.data, X.indices, X.indptr), before, strict=True):
        np.testing.assert_array_equal(array, former)
    dense = np.array([[0, 1, 0, 2], [0, 0, 260, 0], [12, 0, 0, 0]], np.float32)
    same(classifier(scale=0.1).fit(X, [0, 1, 2]), classifier(scale=0.1).fit(dense, [0, 1, 2]))


def test_stored_zeros_change_nothing():
    X = CSR.copy()
    X.data[::3] = 0
    assert X.nnz == CSR.nnz
    same(classifier().fit(X, LABELS), classifier().fit(X.toarray(), LABELS))


def test_data_frames_with_sparse_columns():
    frame = pd.DataFrame.sparse.from_spmatrix(sparse.csr_matrix(DENSE), columns=[f"c{i}" for i in range(FEATURES)])
    model = classifier().fit(frame, LABELS)
    same(model, classifier().fit(CSR, LABELS))
    assert list(model.feature_names_in_) == list(frame.columns)


def test_streams_validation_and_going_on():
    chunks = (slice(0, 100), slice(100, 240))
    one, other = classifier(), classifier()
    for chunk in chunks:
        one.partial_fit(CSR[chunk], LABELS[chunk], classes=range(CLASSES))
        other.partial_fit(DENSE[chunk], LABELS[chunk], classes=range(CLASSES))
    same(one, other)
    settings = {"validation_fraction": 0.25, "patience": 3, "epochs": 12}
    one, other = (classifier(**settings).fit(X, LABELS) for X in (CSR, DENSE))
    same(one, other, 1e-4)
    assert [entry["validation_loss"] for entry in one.history_] == pytest.approx(
        [entry["validation_loss"] for entry in other.history_], abs=1e-4
    )
    held = (CSR[200:], LABELS[200:])
    same(
        classifier().fit(CSR[:200], LABELS[:200], validation=held),
        classifier().fit(DENSE[:200], LABELS[:200], validation=(DENSE[200:], LABELS[200:])),
        1e-4,
    )


def test_resuming_gives_the_same_bits():
    whole = classifier(optimizer="adam", epochs=6).fit(CSR, LABELS)
    stopped = classifier(optimizer="adam", epochs=6, progress=lambda report: report.step == 40).fit(CSR, LABELS)
    assert stopped.stopped_
    stopped.set_params(progress=None).resume(CSR.copy(), LABELS)
    np.testing.assert_array_equal(stopped.coef_, whole.coef_)
    other = CSR.copy()
    other.data[7] += 1
    with pytest.raises(descent.InvalidArgumentError):
        classifier(optimizer="adam", epochs=6, progress=lambda r: r.step == 40).fit(CSR, LABELS).set_params(
            progress=None
        ).resume(other, LABELS)


def test_weights_of_samples_and_classes():
    weights = RANDOM.integers(0, 3, SAMPLES)
    same(classifier().fit(CSR, LABELS, weights), classifier().fit(DENSE, LABELS, weights))
    same(*(classifier(class_weight="balanced").fit(X, LABELS) for X in (CSR, DENSE)))


def test_functions_on_its_own_data():
    assert classifier().fit(CSR, LABELS).check_gradient(CSR[:40], LABELS[:40], count=100).verdict == "right"
    ranges = [classifier().learning_rate_range(X, LABELS, steps=20) for X in (CSR, DENSE)]
    np.testing.assert_allclose(ranges[0].losses, ranges[1].losses, rtol=1e-3)
    found = [classifier().random_search(X, LABELS, trials=20, seed=1) for X in (CSR, DENSE)]
    np.testing.assert_array_equal(found[0].x, found[1].x)
    assert found[0].fun == pytest.approx(found[1].fun)


def test_the_default_is_right_on_sparse_data():
    model = descent.LinearClassifier().fit(CSR, LABELS)
    reference = LogisticRegression(C=1, tol=1e-8, max_iter=2000).fit(CSR, LABELS)
    assert model.score(CSR, LABELS) == pytest.approx(reference.score(CSR, LABELS), abs=0.01)


def test_standardizing_scales_only():
    scaled = DENSE / np.where(DENSE.std(axis=0) == 0, 1, DENSE.std(axis=0))
    one = classifier(standardize=True).fit(CSR, LABELS)
    other = classifier().fit(scaled, LABELS)
    np.testing.assert_allclose(one.predict_proba(CSR), other.predict_proba(scaled), atol=1e-4)


# What is refused.


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_named(value):
    X = CSR.copy()
    X.data[X.indptr[9] + 1] = value
    column = X.indices[X.indptr[9] + 1]
    model = classifier().fit(CSR, LABELS)
    for call in (lambda: classifier().fit(X, LABELS), lambda: model.predict(X), lambda: model.score(X, LABELS)):
        with pytest.raises(ValueError, match=rf"NaN or infinity: row 9, column {column}\b"):
            call()


def damaged(**arrays):
    X = CSR.copy()
    for name, array in arrays.items():
        setattr(X, name, array)
    return X


def replaced(array, place, value):
    array = array.copy()
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (damaged(indices=replaced(CSR.indices, 30, FEATURES)), f"column {FEATURES}"),
        (damaged(indices=replaced(CSR.indices, 30, -1)), "column -1"),
        (damaged(indices=replaced(CSR.indices.astype(np.int64), 30, 2**40)), r"X.indices\[30\] is 1099511627776"),
        (damaged(indptr=replaced(CSR.indptr, 30, -5)), "X.indptr"),
        (damaged(indptr=replaced(CSR.indptr, 240, CSR.nnz + 1)), "X.indptr"),
        (damaged(indptr=CSR.indptr[:-1]), "240 numbers in indptr"),
        (damaged(data=CSR.data[:-1]), f"{CSR.nnz - 1} in data"),
        (CSR.astype(complex), "Complex data not supported"),
        (sparse.csr_array((0, 5), dtype=np.float32), "0 sample"),
        (sparse.csr_array((5, 0), dtype=np.float32), "0 feature"),
        (sparse.coo_array(DENSE[1]), "Expected 2D array, got 1D array"),
    ],
)
def test_damaged_rows_are_refused(X, words):
    X.__dict__.pop("_has_canonical_format", None)
    X.has_canonical_format = True  # else SciPy itself would read beyond its arrays
    with pytest.raises(ValueError, match=words):
        classifier().fit(X, np.arange(X.shape[0]) % 2)


@pytest.mark.parametrize(("place", "start"), [(30, -5), (30, 2**30), (240, CSR.nnz + 1), (0, -1)])
def test_damaged_starts_are_refused_before_scipy_looks_for_rows(place, start):
    X = sparse.csr_array((CSR.data, CSR.indices[::-1].copy(), CSR.indptr), shape=CSR.shape)
    X.indptr = replaced(X.indptr, place, start)
    with pytest.raises(descent.InvalidArgumentError, match=r"X\.indptr: "):
        classifier().fit(X, np.arange(X.shape[0]) % 2)


def test_memory_stays_where_it_is_during_a_fit():
    X = CSR.copy()

    def take_away(_):
        for array in (X.data, X.indices):
            with pytest.raises(ValueError, match="resize"):
                array.resize(3)

    same(classifier(progress=take_away).fit(X, LABELS), classifier().fit(CSR, LABELS))


def test_other_columns_than_in_the_fit():
    model = classifier().fit(CSR, LABELS)
    with pytest.raises(ValueError, match="X has 49 features, but LinearClassifier is expecting 50 features"):
        model.predict(CSR[:, :49])
    with pytest.raises(ValueError, match=r"offset: 1\.0, but X is sparse"):
        classifier(offset=1.0).fit(CSR, LABELS)


# Among others.


def test_text_in_scikit_learns_pipelines():
    texts = ["a cat sat", "a dog ran", "the cat slept", "the dog barked", "cats sit", "dogs bark"] * 10
    labels = ["cat", "dog"] * 30
    for vectorizer in (TfidfVectorizer(), HashingVectorizer(n_features=2**12), TfidfVectorizer(dtype=np.float32)):
        model = make_pipeline(vectorizer, descent.LinearClassifier(optimizer="adagrad")).fit(texts, labels)
        assert model.score(texts, labels) == 1
    search = GridSearchCV(clone(model), {"linearclassifier__l2": [1e-5, 1e-3]}, cv=2).fit(texts, labels)
    assert search.best_score_ == 1


def test_what_scikit_learns_reader_gives_is_learned(tmp_path):
    path = str(tmp_path / "rows.svm")
    dump_svmlight_file(CSR, LABELS, path)
    X, y = load_svmlight_file(path, n_features=FEATURES, zero_based=True)
    rows = as_rows(X)
    assert np.shares_memory(rows.values, X.data)
    np.testing.assert_array_equal(rows.columns, X.indices)  # int64 there
    same(classifier().fit(X, y), classifier().fit(CSR, LABELS))


def test_nothing_of_scipy_is_needed_without_it():
    program = (
        "import sys; sys.modules['scipy'] = None; import numpy, descent;"
        "X = numpy.eye(4, dtype=numpy.float32);"
        "print(descent.LinearClassifier(optimizer='sgd').fit(X, [0, 1, 0, 1]).predict(X))"
    )
    path = str(REPOSITORY / "bindings" / "python")
    done = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": path}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
