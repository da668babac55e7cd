"""The linear classifier's gradient check, random search and range test."""

import numpy as np
import pytest
import textbook
from test_classifier import LOSSES, blobs
from test_minimize import OwnError

import descent

FEATURES, LABELS = blobs(120, 6, 3)


@pytest.mark.parametrize("l2", [0, 0.1])
@pytest.mark.parametrize("loss", LOSSES)
def test_its_own_gradient_is_right(loss, l2):
    classifier = descent.LinearClassifier(optimizer="adam", loss=loss, l2=l2, initial_standard_deviation=0.5)
    before = classifier.check_gradient(FEATURES, LABELS)
    assert not hasattr(classifier, "history_")
    after = classifier.fit(FEATURES, LABELS).check_gradient(FEATURES, LABELS)
    for report in (before, after):
        assert report.verdict == "right"
        assert report.checked == 7 * 3
    assert before.analytic != after.analytic
    assert classifier.check_gradient(FEATURES, LABELS, count=5, seed=2).checked == 5


def test_checks_refuse():
    classifier = descent.LinearClassifier()
    for arguments, error, word in [
        ({"count": 22}, ValueError, "count"),
        ({"count": -1}, ValueError, "count"),
        ({"step": -1}, ValueError, "step"),
        ({"step": None}, TypeError, "step"),
    ]:
        with pytest.raises(error, match=word):
            classifier.check_gradient(FEATURES, LABELS, **arguments)
    classifier.fit(FEATURES, LABELS)
    with pytest.raises(ValueError, match="label"):
        classifier.check_gradient(FEATURES, LABELS + 1)


def test_random_search_keeps_the_best_weights():
    losses = []
    classifier = descent.LinearClassifier(
        optimizer="adam", loss="multiclass_hinge", progress=lambda report: losses.append(report.loss)
    )
    result = classifier.random_search(FEATURES, LABELS, trials=50, scale=0.5, seed=4)
    assert (result.nit, result.nfev, result.reason, result.success) == (50, 50, "steps", True)
    assert len(losses) == 50
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == result.fun
    np.testing.assert_array_equal(result.x, classifier.coef_)
    assert not classifier.intercept_.any()
    assert classifier.evaluate(FEATURES, LABELS)[0] == pytest.approx(result.fun, rel=1e-6)
    expected, _, _ = textbook.classifier_loss(
        "multiclass_hinge", FEATURES, LABELS, classifier.coef_.T, classifier.intercept_, l2=0
    )
    assert result.fun == pytest.approx(expected, rel=1e-5)
    assert not classifier.stopped_
    again = descent.LinearClassifier(loss="multiclass_hinge")
    assert again.random_search(FEATURES, LABELS, trials=50, scale=0.5, seed=4).fun == result.fun
    assert again.predict(FEATURES).tobytes() == classifier.predict(FEATURES).tobytes()


def test_local_search_goes_on_from_a_fit():
    classifier = descent.LinearClassifier(optimizer="adam", epochs=2).fit(FEATURES, LABELS)
    before, bias = classifier.evaluate(FEATURES, LABELS)[0], classifier.intercept_
    result = classifier.random_search(FEATURES, LABELS, mode="local", trials=200, scale=0.05)
    assert result.fun < before
    assert classifier.intercept_.tobytes() == bias.tobytes()
    with pytest.raises(ValueError, match="features or classes"):
        classifier.random_search(FEATURES[:, :5].copy(), LABELS, mode="local")


def test_search_is_stopped_or_fails():
    classifier = descent.LinearClassifier(optimizer="adam", progress=lambda report: report.step == 3)
    result = classifier.random_search(FEATURES, LABELS)
    assert (result.nit, result.reason, classifier.stopped_) == (3, "callback", True)
    before = classifier.coef_.tobytes()

    def fail(report):
        raise OwnError

    classifier.progress = fail
    with pytest.raises(OwnError):
        classifier.random_search(FEATURES, LABELS)
    for arguments, error, word in [
        ({"mode": "none"}, descent.UnknownNameError, "mode"),
        ({"trials": 0}, ValueError, "trials"),
        ({"scale": -1}, ValueError, "scale"),
        ({"seed": "1"}, TypeError, "seed"),
    ]:
        with pytest.raises(error, match=word):
            classifier.random_search(FEATURES, LABELS, **arguments)
    assert classifier.coef_.tobytes() == before


def test_range_of_learning_rates():
    optimizer = descent.SGD(learning_rate=0.5, schedule="cosine")
    classifier = descent.LinearClassifier(optimizer=optimizer, batch_size=20, l2=0.01)
    test = classifier.learning_rate_range(FEATURES, LABELS, steps=80, minimum=1e-4, maximum=100)
    assert not hasattr(classifier, "history_")
    assert (optimizer.step_count, optimizer.learning_rate) == (0, 0.5)
    assert 10 < len(test.rates) == len(test.losses) <= 80
    np.testing.assert_allclose(test.rates, np.geomspace(1e-4, 100, 80)[: len(test.rates)], rtol=1e-9)
    assert test.losses[0] == pytest.approx(np.log(3))
    assert 1e-3 < test.proposal < 10
    again = classifier.fit(FEATURES, LABELS).learning_rate_range(FEATURES, LABELS, steps=80, minimum=1e-4, maximum=100)
    assert again.losses.tobytes() == test.losses.tobytes()


def test_schedule_holds_in_a_fit():
    steps = 12
    schedule = descent.schedules.Cosine(steps=steps, warmup=2)
    reports = []
    descent.LinearClassifier(
        optimizer=descent.SGD(learning_rate=0.5, schedule=schedule), batch_size=10, epochs=1, progress=reports.append
    ).fit(FEATURES, LABELS)
    np.testing.assert_allclose([r.learning_rate for r in reports], 0.5 * schedule.factors(steps), rtol=1e-12)


def test_health_of_a_fit():
    classifier = descent.LinearClassifier(epochs=6, batch_size=20, optimizer=descent.SGD(learning_rate=1e-9))
    history = classifier.fit(FEATURES, LABELS).history_
    assert [entry["plateau"] for entry in history] == [False] + [True] * 5  # at this rate nothing moves
    assert all(entry["noise_scale"] > 0 for entry in history)
    swinging = descent.LinearClassifier(
        epochs=30, batch_size=0, loss="squared_hinge", optimizer=descent.SGD(learning_rate=0.2)
    ).fit(FEATURES, LABELS)
    assert min(entry["update_cosine"] for entry in swinging.history_) < -0.5
    sparse = FEATURES.copy()
    sparse[:, :3] = 0
    fitted = descent.LinearClassifier(optimizer="adam", epochs=1).fit(sparse, LABELS)
    assert fitted.history_[0]["zero_fraction"] == pytest.approx(0.5)
