"""What a fit reports, how it is stopped, and that a fit that fails leaves the classifier as it was."""

import dataclasses
import math
import signal

import header
import numpy as np
import pytest
from test_classifier import blobs

import descent

FEATURES, LABELS = blobs(100)


def fitted(**settings):
    """A classifier with a model, whose optimizer has state."""
    return descent.LinearClassifier(optimizer=descent.Adam(), epochs=2, **settings).fit(FEATURES, LABELS)


def snapshot(classifier):
    """Everything that a fit may change."""
    optimizer = classifier.optimizer
    return (
        classifier.coef_.tobytes(),
        classifier.intercept_.tobytes(),
        repr(classifier.history_),  # which has NaN
        classifier.stopped_,
        classifier.n_features_in_,
        classifier.classes_.tobytes(),
        optimizer.step_count,
        [optimizer.state(key, name).tobytes() for key in ("weights", "bias") for name in ("m", "v")],
    )


def test_reports():
    reports = []
    classifier = descent.LinearClassifier(
        optimizer=descent.SGD(learning_rate=0.25), epochs=3, batch_size=30, l2=0.01, progress=reports.append
    )
    classifier.fit(FEATURES, LABELS)
    assert [report.step for report in reports] == list(range(1, 13))
    assert [report.epoch for report in reports] == [1] * 4 + [2] * 4 + [3] * 4
    assert [report.epoch_end for report in reports] == [False, False, False, True] * 3
    assert {report.step_total for report in reports} == {12}
    assert {report.learning_rate for report in reports} == {0.25}
    assert all(report.gradient_norm > 0 for report in reports)
    assert reports[0].update_ratio == 0  # the weights were 0
    assert all(report.update_ratio > 0 for report in reports[1:])
    seconds = [report.seconds for report in reports]
    assert seconds == sorted(seconds)
    assert seconds[0] >= 0
    fields = [field.name for field in dataclasses.fields(descent.ProgressReport)]
    assert set(fields) == set(header.STRUCTS["descent_progress_report"]) - {"struct_size"}
    names = [name for name in fields if name not in ("step_total", "epoch_end")]
    assert [report.noise_scale != 0 for report in reports] == [report.epoch_end for report in reports]
    assert reports[0].update_cosine == 0
    assert all(-1 <= report.update_cosine <= 1 for report in reports)
    expected = [{name: getattr(report, name) for name in names} for report in reports if report.epoch_end]
    np.testing.assert_equal(classifier.history_, expected)
    assert not classifier.stopped_


def test_reported_norms_are_those_of_the_step():
    reports = []
    classifier = descent.LinearClassifier(
        optimizer=descent.SGD(learning_rate=0.1), epochs=2, batch_size=0, progress=reports.append
    )
    classifier.fit(FEATURES, LABELS)
    first = descent.LinearClassifier(optimizer=descent.SGD(learning_rate=0.1), epochs=1, batch_size=0)
    first.fit(FEATURES, LABELS)
    step = first.coef_.astype(np.float64), first.intercept_.astype(np.float64)
    norm = math.sqrt(sum((part**2).sum() for part in step)) / 0.1
    assert reports[0].gradient_norm == pytest.approx(norm, rel=1e-5)
    change = np.linalg.norm(classifier.coef_.astype(np.float64) - step[0])
    assert reports[1].update_ratio == pytest.approx(change / np.linalg.norm(step[0]), rel=1e-4)


def test_history_needs_no_function_and_a_function_changes_no_bit():
    silent = fitted()
    watched = fitted(progress=lambda report: None)
    assert [entry["epoch"] for entry in silent.history_] == [1, 2]
    assert watched.coef_.tobytes() == silent.coef_.tobytes()
    for one, other in zip(silent.history_, watched.history_, strict=True):
        np.testing.assert_equal({**one, "seconds": 0}, {**other, "seconds": 0})


@pytest.mark.parametrize("answer", [True, 1, "stop", np.True_])
def test_true_answer_stops_the_fit_quietly(answer):
    steps = []

    def stop_at_fifth(report):
        steps.append(report.step)
        return answer if report.step == 5 else None

    classifier = descent.LinearClassifier(batch_size=30, epochs=9, optimizer=descent.Adam(), progress=stop_at_fifth)
    classifier.fit(FEATURES, LABELS)
    assert steps == [1, 2, 3, 4, 5]
    assert classifier.stopped_
    assert classifier.optimizer.step_count == 5
    assert len(classifier.history_) == 1
    assert classifier.score(FEATURES, LABELS) > 0.5


@pytest.mark.parametrize("answer", [False, 0, None, ""])
def test_any_other_answer_goes_on(answer):
    assert not fitted(progress=lambda report: answer).stopped_


class OwnError(Exception):
    """Of no kind that the package knows."""


@pytest.mark.parametrize("kind", [OwnError, ValueError, SystemExit, descent.DescentError])
@pytest.mark.parametrize("at", [1, 4, 20])
def test_exception_comes_out_as_itself_and_nothing_has_changed(kind, at):
    classifier = fitted(batch_size=20)
    before, steps, error = snapshot(classifier), [], kind("from the progress function")

    def fail(report):
        steps.append(report.step)
        if report.step == at:
            raise error

    classifier.set_params(epochs=4, seed=8, progress=fail)
    with pytest.raises(kind) as caught:
        classifier.fit(FEATURES, 2 - LABELS)
    assert caught.value is error
    assert "fail" in [entry.name for entry in caught.traceback]
    assert steps == list(range(1, at + 1))
    assert snapshot(classifier) == before


def test_first_fit_that_fails_leaves_it_unfitted():
    def fail(report):
        raise OwnError

    classifier = descent.LinearClassifier(progress=fail)
    with pytest.raises(OwnError):
        classifier.fit(FEATURES, LABELS)
    with pytest.raises(descent.NotFittedError):
        classifier.predict(FEATURES)
    assert not hasattr(classifier, "history_")


@pytest.mark.parametrize("at", [1, 4, 20])
def test_interrupt_keeps_what_an_answer_would_have_kept(at):
    """Also in place of an earlier fit, on other data; test_interrupts.py has real signals."""
    settings = {"batch_size": 20, "epochs": 5, "seed": 8}
    answering = fitted().set_params(**settings, progress=lambda report: report.step == at)
    answering.fit(FEATURES, 2 - LABELS)

    def interrupt(report):
        if report.step == at:
            raise KeyboardInterrupt

    interrupted = fitted().set_params(**settings, progress=interrupt)
    with pytest.raises(KeyboardInterrupt):
        interrupted.fit(FEATURES, 2 - LABELS)
    assert interrupted.stopped_
    assert len(interrupted.history_) == at // 5
    for entry in answering.history_ + interrupted.history_:
        entry["seconds"] = 0
    assert snapshot(interrupted) == snapshot(answering)


def test_interrupt_inside_of_the_function_is_raised_there():
    places = []

    def interrupt(report):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            places.append(report.step)
            raise

    with pytest.raises(KeyboardInterrupt):
        descent.LinearClassifier(progress=interrupt).fit(FEATURES, LABELS)
    assert places == [1]


def test_handler_that_raises_nothing_does_not_stop_the_fit():
    received = []
    former = signal.signal(signal.SIGINT, lambda number, frame: received.append(number))
    try:
        classifier = fitted(progress=lambda report: signal.raise_signal(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, former)
    assert received == [signal.SIGINT] * 2
    assert not classifier.stopped_


def test_progress_function_may_use_the_classifier_and_read_the_optimizer():
    classifier = fitted()
    classifier.optimizer.reset()
    before, seen = classifier.predict(FEATURES), []

    def look(report):
        seen.append((classifier.predict(FEATURES) == before).all())
        assert classifier.optimizer.step_count == report.step
        for change in (lambda: classifier.optimizer.step([(np.ones(3), np.ones(3))]), classifier.optimizer.reset):
            with pytest.raises(descent.InvalidArgumentError, match="at work in a fit"):
                change()

    classifier.set_params(progress=look, seed=5, epochs=3).fit(FEATURES, LABELS)
    assert len(seen) == 3
    assert all(seen)
    assert classifier.optimizer.step_count == 3


def test_closed_optimizer_is_refused():
    classifier = descent.LinearClassifier(optimizer=descent.SGD())
    classifier.optimizer.close()
    with pytest.raises(ValueError, match="closed"):
        classifier.fit(FEATURES, LABELS)


BAD_DATA = [
    (FEATURES.astype(complex), LABELS, ValueError, "Complex data not supported: X is a complex128 array"),
    (FEATURES.astype("M8[s]"), LABELS, TypeError, r"X is a datetime64\[s\] array.*numbers"),
    (np.full(FEATURES.shape, "pear"), LABELS, ValueError, "X must hold numbers.*pear"),
    ([[1.0, 2.0], [3.0]], [0, 1], ValueError, "X|inhomogeneous"),
    (np.ma.masked_array(FEATURES, FEATURES > 1), LABELS, ValueError, "X is a masked array"),
    (FEATURES[0], LABELS, ValueError, "1D array instead: X is a float32 array of shape"),
    (FEATURES[:, :, None], LABELS, ValueError, "3D array instead: X is a float32 array of shape"),
    (FEATURES[:0], LABELS[:0], ValueError, r"0 sample\(s\) .*\(0, 5\)"),
    (FEATURES[:, :0].copy(), LABELS, ValueError, r"0 feature\(s\) .*\(100, 0\)"),
    (FEATURES, LABELS[1:], ValueError, r"y .*\(99,\).* 100 samples"),
    (FEATURES, np.stack([LABELS, LABELS], 1), ValueError, r"y .*\(100, 2\)"),
    (FEATURES, 3, ValueError, r"y .*shape \(\)"),
    (FEATURES, None, ValueError, "requires y"),
    (FEATURES, LABELS + 0.5, ValueError, "Unknown label type: continuous"),
    (FEATURES, np.where(LABELS, LABELS, np.nan), ValueError, r"y contains NaN: y\["),
    (FEATURES, np.where(LABELS, LABELS.astype(object), None), ValueError, r"NaN or None: y\[.*None"),
]


@pytest.mark.parametrize(("X", "y", "error", "text"), BAD_DATA)
def test_bad_data_is_named_and_nothing_has_changed(X, y, error, text):
    classifier = fitted()
    before = snapshot(classifier)
    with pytest.raises(error, match=text):
        classifier.fit(X, y)
    assert snapshot(classifier) == before
    for use in (classifier.predict, classifier.decision_function):
        if X is not FEATURES:
            with pytest.raises(error, match=text):
                use(X)


BAD_SETTINGS = [
    ("loss", "hinge", ValueError, "loss.*'hinge'.*multiclass_hinge"),
    ("loss", "huber", ValueError, "loss.*'huber'"),
    ("loss", 1, TypeError, "loss"),
    ("optimizer", "Adam", ValueError, "optimizer.*'Adam'.*adam"),
    ("optimizer", descent.Adam, TypeError, "optimizer"),
    ("sampling", "bootstrap", ValueError, "sampling.*shuffle, replacement, stratified"),
    ("epochs", 0, ValueError, "epochs"),
    ("epochs", -1, ValueError, "epochs.*-1"),
    ("epochs", 2**32, ValueError, "epochs"),
    ("epochs", 1.5, TypeError, "epochs.*float"),
    ("batch_size", -1, ValueError, "batch_size"),
    ("batch_size", 1.5, TypeError, "batch_size.*float"),
    ("l1", -1, ValueError, "l1"),
    ("l1", 0.1, ValueError, "l1: Adam cannot"),
    ("patience", -1, ValueError, "patience"),
    ("tolerance", -1, ValueError, "tolerance"),
    ("validation_fraction", 1, ValueError, "validation_fraction"),
    ("class_weight", "heavy", ValueError, "class_weight"),
    ("class_weight", {7: 1.0}, ValueError, "class_weight"),
    ("initial_weights", (np.ones((3, 4)), np.ones(3)), ValueError, "initial_weights"),
    ("initial_weights", 1, TypeError, r"initial_weights must be \(coef, intercept\) or None"),
    ("initial_weights", (np.ones((3, 4)),), TypeError, r"initial_weights must be \(coef, intercept\) or None"),
    ("initial_weights", np.ones((2, 5)), TypeError, r"initial_weights must be \(coef, intercept\) or None"),
    ("initial_weights", (np.full((3, 5), np.nan), np.ones(3)), ValueError, r"initial_weights: coef\[0, 0\] is nan"),
    ("initial_weights", (np.ones((3, 5)), [1, 2, 1e300]), ValueError, r"initial_weights: intercept\[2\] is inf"),
    ("initial_weights", ("a", 1), ValueError, "initial_weights: coef must hold numbers"),
    ("standardize", "no", TypeError, "standardize must be True or False, not 'no'"),
    ("standardize", 2, TypeError, "standardize must be True or False"),
    ("average", "ema", TypeError, "average must be True or False"),
    ("average", None, TypeError, "average must be True or False, not None"),
    ("warm_start", "yes", TypeError, "warm_start must be True or False"),
    ("l1", math.nan, ValueError, "l1: nan is outside"),
    ("seed", -1, ValueError, "seed"),
    ("seed", 2**64, ValueError, "seed"),
    ("l2", -1, ValueError, "l2"),
    ("l2", math.nan, ValueError, "l2"),
    ("l2", "0", TypeError, "l2"),
    ("initial_standard_deviation", -1, ValueError, "standard_deviation"),
    ("initial_standard_deviation", math.inf, ValueError, "standard_deviation"),
    ("scale", math.nan, ValueError, "scale"),
    ("scale", 1e300, ValueError, "scale"),
    ("scale", "1", TypeError, "scale"),
    ("offset", math.inf, ValueError, "offset"),
    ("progress", 1, TypeError, "progress"),
]


@pytest.mark.parametrize(("name", "value", "error", "text"), BAD_SETTINGS)
def test_bad_setting_is_named_and_nothing_has_changed(name, value, error, text):
    classifier = fitted()
    before = snapshot(classifier)
    former = getattr(classifier, name)
    with pytest.raises(error, match=text):
        classifier.set_params(**{name: value}).fit(FEATURES, LABELS)
    classifier.set_params(**{name: former})
    assert snapshot(classifier) == before
    if "Adam" not in text:
        # Creating it is no error, as scikit-learn wants it.
        with pytest.raises(error, match=text):
            descent.LinearClassifier(**{name: value}).fit(FEATURES, LABELS)


def test_prediction_before_a_fit_and_with_other_features():
    classifier = descent.LinearClassifier()
    for use in (classifier.predict, classifier.decision_function, classifier.predict_proba):
        with pytest.raises(descent.NotFittedError, match="fit"):
            use(FEATURES)
    assert not hasattr(classifier, "coef_")
    classifier.fit(FEATURES, LABELS)
    with pytest.raises(descent.ShapeMismatchError, match="5 features"):
        classifier.predict(FEATURES[:, :4].copy())
    with pytest.raises(ValueError, match=r"y\[1\] is .*7"):
        classifier.evaluate(FEATURES[:2], [0, 7])
    assert classifier.score(FEATURES[:2], [7, 7]) == 0
