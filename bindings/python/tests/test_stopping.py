"""Knowing when to stop: validation data, patience, warnings, averages, where a fit begins, and the bar."""

import builtins
import warnings

import numpy as np
import pytest
from test_classifier import blobs

import descent

FEATURES, LABELS = blobs(300, 8, 3, seed=4)
NOISY = np.where(np.random.default_rng(0).random(300) < 0.3, (LABELS + 1) % 3, LABELS)
OTHER = blobs(200, 8, 3, seed=4)


def minibatches(**settings):
    return descent.LinearClassifier(**{"optimizer": descent.Adam(learning_rate=0.05), "batch_size": 16} | settings)


def test_the_best_weights_are_kept():
    seen = {}

    def look(report):
        if report.epoch_end:
            seen[report.epoch] = model.coef_.tobytes()

    model = minibatches(epochs=30, progress=look)
    model.fit(FEATURES, NOISY, validation=(FEATURES[:50], LABELS[:50]))
    losses = [entry["validation_loss"] for entry in model.history_]
    assert len(losses) == 30
    assert np.isfinite(losses).all()
    best = int(np.argmin(losses)) + 1
    assert best < 30
    assert model.coef_.tobytes() == seen[best]
    loss = model.set_params(l2=0.0).evaluate(FEATURES[:50], LABELS[:50])[0]
    assert loss == pytest.approx(min(losses), rel=1e-5)
    assert model.stop_reason_ == "epochs"


def test_validation_with_weights():
    weights = np.where(np.arange(50) < 25, 2.0, 0.0)
    one, two = (
        minibatches(epochs=4).fit(FEATURES, NOISY, validation=validation).history_
        for validation in ((FEATURES[:50], LABELS[:50], weights), (FEATURES[:25], LABELS[:25]))
    )
    for first, second in zip(one, two, strict=True):
        assert first["validation_loss"] == pytest.approx(second["validation_loss"], rel=1e-6)


def test_patience_and_tolerance():
    model = minibatches(epochs=500, patience=3, validation_fraction=0.2).fit(FEATURES, NOISY)
    assert model.stop_reason_ == "patience"
    losses = [entry["validation_loss"] for entry in model.history_]
    assert model.n_iter_ == len(losses) == int(np.argmin(losses)) + 4
    # With tolerance alone patience is 5.
    stopped = minibatches(epochs=500, tolerance=0.5).fit(FEATURES, LABELS)
    assert stopped.stop_reason_ == "patience"
    assert stopped.n_iter_ < 20
    assert descent.LinearClassifier().fit(FEATURES, NOISY).stop_reason_ in ("patience", "minimum")


def test_a_share_of_each_class_validates():
    labels = np.repeat([0, 1, 2], [200, 80, 20])
    model = minibatches(validation_fraction=0.25, seed=3)
    held = model._held_out(300, labels, 0.25)
    assert np.bincount(labels[held]).tolist() == [50, 20, 5]
    first = model.fit(FEATURES, labels).coef_
    assert model.fit(FEATURES, labels).coef_.tobytes() == first.tobytes()
    with pytest.raises(ValueError, match="leaves none"):
        minibatches(validation_fraction=0.01).fit(FEATURES[:3], [0, 1, 2])
    with pytest.raises(ValueError, match="features"):
        model.fit(FEATURES, labels, validation=(FEATURES[:, :3], labels))
    with pytest.raises(ValueError, match="a label that the fit did not have"):
        model.fit(FEATURES, labels, validation=(FEATURES, labels + 1))


def test_a_fit_that_got_worse_warns_and_names_the_feature():
    sklearn = pytest.importorskip("sklearn.exceptions")
    features = FEATURES.copy()
    features[:, 5] *= 1e6
    model = descent.LinearClassifier(optimizer=descent.SGD(learning_rate=1), epochs=3)
    with pytest.warns(sklearn.ConvergenceWarning, match=r"column 5 of X.*standardize=True"):
        model.fit(features, LABELS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.set_params(standardize=True, optimizer=None).fit(features, LABELS).score(features, LABELS) > 0.9
        descent.LinearRegressor().fit(features, LABELS)


def test_averages():
    plain, averaged = (minibatches(epochs=8, average=average).fit(FEATURES, NOISY) for average in (False, True))
    assert plain.coef_.tobytes() != averaged.coef_.tobytes()
    by_option = minibatches(optimizer=descent.Adam(learning_rate=0.05, average="ema"), epochs=8, average=True)
    assert by_option.fit(FEATURES, NOISY).coef_.tobytes() == averaged.coef_.tobytes()
    # A batch method has none, and goes on as it would.
    chosen = descent.LinearClassifier(average=True).fit(FEATURES, NOISY)
    assert chosen.coef_.tobytes() == descent.LinearClassifier().fit(FEATURES, NOISY).coef_.tobytes()


def test_a_warm_start_begins_where_the_last_fit_ended():
    once = minibatches(epochs=2).fit(FEATURES, LABELS)
    begun = minibatches(epochs=2, initial_weights=(once.coef_, once.intercept_)).fit(FEATURES, LABELS)
    warm = minibatches(epochs=2, warm_start=True).fit(FEATURES, LABELS)
    assert warm.coef_.tobytes() == once.coef_.tobytes()
    assert warm.fit(FEATURES, LABELS).coef_.tobytes() == begun.coef_.tobytes()
    with pytest.raises(ValueError, match="features or classes"):
        warm.fit(FEATURES[:, :3], LABELS)
    two = descent.LinearClassifier(initial_weights=(np.ones(8), 0.5)).fit(FEATURES, LABELS > 0)
    assert two.coef_.shape == (1, 8)
    regressor = descent.LinearRegressor(warm_start=True).fit(FEATURES, LABELS)
    cold = regressor.n_iter_
    assert regressor.fit(FEATURES, LABELS).n_iter_ <= cold


@pytest.mark.parametrize("has_tqdm", [True, False])
def test_a_bar(has_tqdm, monkeypatch, capsys):
    if has_tqdm:
        pytest.importorskip("tqdm")
    else:
        real = builtins.__import__

        def refuse(name, *rest):
            if name.startswith("tqdm"):
                raise ImportError(name)
            return real(name, *rest)

        monkeypatch.setattr(builtins, "__import__", refuse)
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    watched = minibatches(epochs=3, progress=True, validation_fraction=0.2).fit(FEATURES, LABELS)
    text = capsys.readouterr().err
    assert "loss" in text
    assert "rate" in text
    assert "validation" in text
    assert "3/3" in text or "3 of 3" in text
    silent = minibatches(epochs=3, validation_fraction=0.2).fit(FEATURES, LABELS)
    assert watched.coef_.tobytes() == silent.coef_.tobytes()


def test_without_a_terminal_and_without_tqdm_nothing_is_written(monkeypatch, capsys):
    real = builtins.__import__

    def refuse(name, *rest):
        if name.startswith("tqdm"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    minibatches(epochs=2, progress=True).fit(FEATURES, LABELS)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("samples", "features", "classes", "kind"),
    [(100, 500, 10, "lbfgs"), (20_000, 20, 2, "lbfgs"), (3000, 700, 10, "adam"), (30_000, 300, 10, "lbfgs")],
)
def test_what_is_chosen(samples, features, classes, kind):
    """A batch method for small data, and for larger ones with ten times as many samples as weights."""
    random = np.random.default_rng(1)
    X = random.integers(0, 256, (samples, features), np.uint8)
    model = descent.LinearClassifier(epochs=1).fit(X, np.arange(samples) % classes)
    assert model._optimizer._algorithm.name == kind


def test_validation_columns_are_known_by_their_names():
    pandas = pytest.importorskip("pandas")
    features, labels = blobs(60)
    frame = pandas.DataFrame(features, columns=list("abcde"))
    for model in (descent.LinearClassifier(), descent.LinearRegressor()):
        with pytest.raises(ValueError, match="validation: The feature names should match") as refusal:
            model.fit(frame, labels, validation=(frame[list("edcba")], labels))
        assert "same order" in str(refusal.value)
        assert not model.__sklearn_is_fitted__()
        model.fit(frame, labels, validation=(frame, labels))
        with pytest.raises(ValueError, match="validation: The feature names should match"):
            model.resume(frame, labels, validation=(frame[list("edcba")], labels))


BAD_VALIDATION = [
    (lambda X, y: (X,), TypeError, r"validation: it must be \(X, y\) or .*, not a tuple of 1"),
    (lambda X, y: (X, y, y, y), TypeError, "validation: it must be .*, not a tuple of 4"),
    (lambda X, y: X[:2], TypeError, "validation: it must be .*, not a ndarray"),
    (lambda X, y: 0.1, TypeError, "validation: it must be .*, not a float"),
    (lambda X, y: (X[:, :2], y), ValueError, "validation: X is .* but that of the fit has 5 features"),
    (lambda X, y: (X, y[:3]), ValueError, "validation: .* inconsistent numbers of samples: y"),
    (lambda X, y: (X, y, -np.ones(60)), ValueError, r"validation: sample_weight\[0\]: -1.0 is outside"),
    (lambda X, y: (X * np.nan, y), ValueError, "validation: X contains NaN or infinity: row 0, column 0"),
    (lambda X, y: (X[0], y[:1]), ValueError, "validation: Expected 2D array"),
]


@pytest.mark.parametrize(("made", "error", "text"), BAD_VALIDATION)
@pytest.mark.parametrize("model", [descent.LinearClassifier, descent.LinearRegressor])
def test_what_is_wrong_with_validation_data_is_said_of_them(model, made, error, text):
    features, labels = blobs(60)
    with pytest.raises(error, match=text):
        model().fit(features, labels, validation=made(features, labels))


def test_a_label_of_validation_data_that_training_did_not_have():
    features, labels = blobs(60)
    with pytest.raises(ValueError, match=r"validation: y\[\d+\] is 5, a label that the fit did not have"):
        descent.LinearClassifier().fit(features, labels, validation=(features, np.where(labels == 2, 5, labels)))
