"""What a progress function asks of its classifier is about the fit that is running; another fit in it is refused."""

import copy
import pickle
import threading

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

    classifier = descent.LinearClassifier(optimizer="adam", epochs=2, batch_size=3, progress=progress)
    classifier.fit(X, Y)
    assert len(errors) == 4
    plain = descent.LinearClassifier(optimizer="adam", epochs=2, batch_size=3).fit(X, Y)
    assert classifier.coef_.tobytes() == plain.coef_.tobytes()
    assert classifier.history_[-1]["loss"] == plain.history_[-1]["loss"]


def test_an_error_that_is_not_caught_ends_the_outer_fit_cleanly():
    classifier = descent.LinearClassifier(optimizer="adam", epochs=2).fit(X, Y)
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


def view(adam):
    """Everything that can be read of an optimizer, in every way."""
    again = descent.Adam()
    again.load_state_dict(adam.state_dict())
    seen = {
        name: (
            one.step_count,
            one.current_learning_rate,
            one.options,
            one.groups,
            one.health(),
            one.state_names,
            one.state("weights", "m").tobytes(),
            one.state("bias", "v").tobytes(),
        )
        for name, one in {
            "itself": adam,
            "copied": copy.copy(adam),
            "deep": copy.deepcopy(adam),
            "pickled": pickle.loads(pickle.dumps(adam)),
            "loaded": again,
        }.items()
    }
    assert all(one == seen["itself"] for one in seen.values())
    return (*seen["itself"], repr(adam), sorted(adam.state_dict()))


def make_adam():
    adam = descent.Adam(learning_rate=0.01, track_health=True, schedule=descent.schedules.Exponential(steps=2))
    adam.step([(np.ones(7), np.ones(7))])  # that is forgotten by a fit
    return adam


def given_fit(adam, progress=None):
    return descent.LinearClassifier(epochs=3, batch_size=2, optimizer=adam, progress=progress)


@pytest.mark.parametrize("way", ["fit", "resume"])
def test_the_given_optimizer_shows_that_of_the_running_fit(way, tmp_path):
    adam = make_adam()
    views = {}

    def progress(report):
        views[report.step] = view(adam)
        adam.save(tmp_path / "adam")
        assert descent.Optimizer.load(tmp_path / "adam").state("weights", "m").tobytes() == views[report.step][6]
        assert report.step_total == 9
        assert repr(classifier).startswith("LinearClassifier(optimizer=Adam(")
        return way == "resume" and report.step == 2 and not views.get(3)

    classifier = given_fit(adam, progress)
    classifier.fit(X, Y)
    if way == "resume":
        assert view(adam) == views[2]
        classifier.progress = lambda report: progress(report) and False
        classifier.resume(X, Y)
    assert list(views) == list(range(1, 10))
    assert [seen[0] for seen in views.values()] == list(range(1, 10))
    assert view(adam) == views[9]
    for step in (1, 4):
        stopped = make_adam()
        given_fit(stopped, lambda report, end=step: report.step == end).fit(X, Y)
        assert view(stopped) == views[step]


CHANGES = {
    "update": lambda adam: adam.update({"weights": np.ones(2)}, {"weights": np.ones(2)}),
    "update with other keys": lambda adam: adam.update({"a": np.ones(2)}, {"a": np.ones(2)}),
    "step": lambda adam: adam.step([(np.ones(7), np.ones(7))]),
    "reset": lambda adam: adam.reset(),
    "an option": lambda adam: setattr(adam, "learning_rate", 0.5),
    "a schedule": lambda adam: setattr(adam, "schedule", descent.schedules.Cosine(steps=4)),
    "a group": lambda adam: adam.set_group(1, weight_decay=0.5),
    "a loss": lambda adam: adam.report_loss(1.0),
    "a state": lambda adam: adam.load_state_dict(adam.state_dict()),
    "minimize": lambda adam: descent.minimize(lambda x: (x @ x, 2 * x), [1.0], jac=True, optimizer=adam),
    "another fit": lambda adam: given_fit(adam).fit(X, Y),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_given_optimizer_cannot_be_changed_in_the_fit(change):
    adam, plain = make_adam(), make_adam()
    caught = []

    def progress(_report):
        before = view(adam)
        with pytest.raises(descent.InvalidArgumentError) as error:
            CHANGES[change](adam)
        caught.append(str(error.value))
        assert view(adam) == before

    given_fit(adam, progress).fit(X, Y)
    given_fit(plain).fit(X, Y)
    assert set(caught) == {
        "this Adam is at work in a fit: its progress function can read, save and copy it, but not change it"
    }
    assert adam.state_dict().keys() == plain.state_dict().keys()
    assert adam.state("weights", "m").tobytes() == plain.state("weights", "m").tobytes()
    adam.reset()


def test_a_fit_that_fails_gives_the_optimizer_back():
    adam = make_adam()
    before = adam.step_count, adam.state(0, "m").tobytes()
    with pytest.raises(descent.InvalidArgumentError, match="at work in a fit"):
        given_fit(adam, lambda report: adam.step([(np.ones(7), np.ones(7))])).fit(X, Y)
    assert (adam.step_count, adam.state(0, "m").tobytes()) == before
    adam.step([(np.ones(7), np.ones(7))])
    assert adam.step_count == 2


def test_an_arrays_steps_are_refused_whose_addresses_are_known():
    adam, pair = descent.Adam(), (np.ones(7), np.ones(7))
    for _ in range(4):
        adam.step([pair])
    with pytest.raises(descent.InvalidArgumentError, match="at work in a fit"):
        given_fit(adam, lambda report: adam.step([pair])).fit(X, Y)
    adam.step([pair])
    assert adam.step_count == 5


def test_closing_the_given_optimizer_in_the_fit_does_nothing():
    adam = make_adam()
    given_fit(adam, lambda report: adam.close()).fit(X, Y)
    assert adam.step_count == 9


def test_other_threads_see_the_given_optimizer_as_it_was():
    adam = make_adam()
    given_fit(adam).fit(X, Y)
    before, views, texts = view(adam), [], []

    def look():
        views.append(view(adam))
        with pytest.raises(descent.InvalidArgumentError) as caught:
            adam.reset()
        texts.append(str(caught.value))

    def progress(report):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        return report.step == 2

    given_fit(adam, progress).fit(X, Y)
    assert views == [before] * 2
    assert texts == ["this Adam is at work in a fit in another thread"] * 2
    assert adam.step_count == 2


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_a_classifier_that_is_copied_in_its_fit_has_the_optimizer_of_the_fit(twin_of):
    twins = []

    def progress(report):
        if report.step == 4 and not twins:
            twins.append(twin_of(classifier))

    classifier = given_fit(make_adam(), Progress(progress))
    classifier.fit(X, Y)
    (twin,) = twins
    twin.progress = None
    assert twin.optimizer.step_count == 4
    assert twin.optimizer.state("weights", "m").shape == (2, 1)
    twin.resume(X, Y)
    assert twin.optimizer.step_count == 9
    assert twin.optimizer.state("weights", "m").tobytes() == classifier.optimizer.state("weights", "m").tobytes()
    assert twin.coef_.tobytes() == classifier.coef_.tobytes()


def test_a_state_that_is_saved_in_a_fit_knows_the_tensors():
    states = []
    classifier = given_fit(make_adam(), lambda report: states.append(classifier.state_dict()))
    classifier.fit(X, Y)
    loaded = descent.LinearClassifier()
    loaded.load_state_dict(states[3])
    assert loaded.optimizer.state("weights", "m").shape == (2, 1)


def test_the_function_of_a_range_test_may_do_anything_with_the_optimizer():
    adam = make_adam()
    plain = descent.learning_rate_range(lambda x: (x @ x, 2 * x), [1.0, 2.0], jac=True, optimizer=make_adam(), steps=9)

    def function(x):
        adam.close()
        return x @ x, 2 * x

    tested = descent.learning_rate_range(function, [1.0, 2.0], jac=True, optimizer=adam, steps=9)
    assert tested.losses.tolist() == plain.losses.tolist()
