"""What a progress function asks of its classifier is about the fit that is running; another fit in it is refused."""

import copy
import pickle

import numpy as np
import pytest

import descent

X = np.array([[0, 1], [1, 0], [2, 3], [3, 2], [1, 3], [3, 1]], np.float32)
Y = np.array(["a", "b", "a", "b", "a", "b"])
OTHER = np.array(["u", "v", "w", "u", "v", "w"])


def look(classifier, labels):
    """Everything that can be asked of a fitted classifier, as bytes or numbers."""
    loaded = descent.LinearClassifier()
    loaded.load_state_dict(classifier.state_dict())
    return {
        "loss": classifier.evaluate(X, labels)[0],
        "score": classifier.score(X, labels),
        "predict": classifier.predict(X).tolist(),
        "scores": classifier.decision_function(X).tobytes(),
        "coef_": classifier.coef_.tobytes(),
        "intercept_": classifier.intercept_.tobytes(),
        "classes_": classifier.classes_.tolist(),
        "features": classifier.n_features_in_,
        "epochs": len(classifier.history_),
        "copied": copy.deepcopy(classifier).coef_.tobytes(),
        "pickled": pickle.loads(pickle.dumps(classifier)).coef_.tobytes(),
        "loaded": loaded.coef_.tobytes(),
        "check": classifier.check_gradient(X, labels, count=3).checked,
    }


@pytest.mark.parametrize("refitted", [False, True])
def test_what_is_asked_is_about_the_running_fit(refitted):
    classifier = descent.LinearClassifier(epochs=3, batch_size=2, optimizer="sgd", seed=3)
    seen = []
    if refitted:
        classifier.fit(X, OTHER)
    classifier.progress = Progress(lambda report: seen.append(look(classifier, Y)))
    classifier.fit(X, Y)
    assert len(seen) == 9
    assert len({view["coef_"] for view in seen}) == 9
    for view in seen:
        assert view["coef_"] == view["copied"] == view["pickled"] == view["loaded"]
        assert view["classes_"] == ["a", "b"]
    # Each is what a fit that ends there leaves.
    for step in (1, 4, 9):
        stopped = descent.LinearClassifier(
            epochs=3, batch_size=2, optimizer="sgd", seed=3, progress=lambda report, end=step: report.step == end
        ).fit(X, Y)
        stopped.progress = None
        assert seen[step - 1] == look(stopped, Y)


class Progress:
    """Can be pickled and copied without what it looks at."""

    def __init__(self, function):
        self.function = function

    def __call__(self, report):
        return self.function(report)

    def __reduce__(self):
        return Progress, (None,)


def test_the_random_search_too():
    classifier = descent.LinearClassifier()
    losses = []
    classifier.progress = Progress(lambda report: losses.append((report.loss, classifier.evaluate(X, Y)[0])))
    classifier.random_search(X, Y, trials=20, scale=0.5)
    assert len(losses) == 20
    for best, evaluated in losses:
        assert evaluated == pytest.approx(best, rel=1e-6)


REENTRANT = {
    "fit": lambda c: c.fit(X, Y),
    "resume": lambda c: c.resume(X, Y),
    "random_search": lambda c: c.random_search(X, Y, trials=2),
    "load_state_dict": lambda c: c.load_state_dict(c.state_dict()),
}


@pytest.mark.parametrize("method", REENTRANT)
def test_another_fit_is_refused_and_the_outer_one_goes_on(method):
    errors = []

    def progress(_report):
        with pytest.raises(descent.InvalidArgumentError, match="is running") as caught:
            REENTRANT[method](classifier)
        errors.append(caught.value)

    classifier = descent.LinearClassifier(epochs=2, batch_size=3, progress=progress)
    classifier.fit(X, Y)
    assert len(errors) == 4
    plain = descent.LinearClassifier(epochs=2, batch_size=3).fit(X, Y)
    assert classifier.coef_.tobytes() == plain.coef_.tobytes()
    assert classifier.history_[-1]["loss"] == plain.history_[-1]["loss"]


def test_an_error_that_is_not_caught_ends_the_outer_fit_cleanly():
    classifier = descent.LinearClassifier(epochs=2).fit(X, Y)
    before = classifier.coef_.tobytes()
    classifier.progress = lambda report: classifier.fit(X, Y)
    with pytest.raises(descent.InvalidArgumentError, match="is running"):
        classifier.fit(X, Y)
    assert classifier.coef_.tobytes() == before
    classifier.progress = None
    classifier.fit(X, Y)


def test_the_optimizer_of_a_minimization_says_that_it_is_at_work():
    adam = descent.Adam()
    texts = []

    def callback(_x, _report):
        for call in (
            adam.reset,
            lambda: adam.step([(np.ones(1), np.ones(1))]),
            lambda: adam.step_count,
            adam.state_dict,
        ):
            with pytest.raises(descent.InvalidArgumentError, match="at work") as caught:
                call()
            texts.append(str(caught.value))

    descent.minimize(lambda x: (x @ x, 2 * x), [1.0], jac=True, optimizer=adam, max_steps=3, callback=callback)
    assert len(texts) == 12
    assert adam.step_count == 3
