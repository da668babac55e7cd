"""A fit that was stopped after any of its steps, saved, loaded and resumed makes the steps that it would have made.

That is so to the bit, and whatever its options are. A second fit goes on from the first.
"""

import numpy as np
import pytest
from linear_models import Model, Optimizer, RefusedError, answers_of, dataset, random_case

# Kind of model, optimizer with its options, options of the fit.
CASES = {
    "plain": ("softmax_cross_entropy", False, ("adam", {}), {}),
    "standardized": ("softmax_cross_entropy", False, ("adam", {}), {"standardize": 1}),
    "validated": ("softmax_cross_entropy", False, ("adam", {"learning_rate": 0.3}), {"validated": True}),
    "patient": ("squared_hinge", False, ("sgd", {"learning_rate": 0.3}), {"patience": 3, "tolerance": 0.02}),
    "averaged": ("softmax_cross_entropy", False, ("adam", {"average": 1, "average_decay": 0.9}), {"average": 1}),
    "schedule-free": ("softmax_cross_entropy", False, ("schedule_free_adamw", {}), {"average": 1, "validated": True}),
    "weighted": ("multiclass_hinge", False, ("momentum", {}), {"sampling": "weighted", "weighted": True}),
    "weights": ("multiclass_hinge", False, ("momentum", {}), {"sampling": "replacement", "weighted": True}),
    "stratified": ("squared_hinge", True, ("adam", {}), {"sampling": "stratified", "standardize": 1}),
    "binary": ("softmax_cross_entropy", True, ("adam", {}), {"standardize": 1, "validated": True, "weighted": True}),
    "huber": ("huber", False, ("adam", {}), {"standardize": 1, "validated": True, "patience": 2}),
    "quantile": ("quantile", False, ("nesterov", {"average": 2}), {"average": 1, "standardize": 1}),
    "poisson": ("poisson", False, ("adam", {}), {"standardize": 1, "weighted": True}),
    "lbfgs": ("logistic", False, ("lbfgs", {}), {"standardize": 1, "batch_size": 0, "validated": True}),
    "sdca": ("one_vs_rest_squared_hinge", False, ("sdca", {}), {"batch_size": 0, "validated": True, "weighted": True}),
    "sdca, patient": ("logistic", False, ("sdca", {}), {"standardize": 1, "batch_size": 0, "patience": 2}),
    "coordinates": (
        "one_vs_rest_logistic",
        False,
        ("coordinate_descent", {}),
        {"batch_size": 0, "l1": 1e-3, "validated": True, "weighted": True},
    ),
    "coordinates, patient": (
        "poisson",
        False,
        ("coordinate_descent", {}),
        {"standardize": 1, "batch_size": 0, "l1": 0.02, "patience": 2},
    ),
    "lbfgs, patient": ("squared_error", False, ("lbfgs", {}), {"batch_size": 0, "patience": 2, "tolerance": 1e-3}),
    # Each iteration without much progress narrows the parabolas in the places of the kinks.
    "lbfgs, kinks": ("quantile", False, ("lbfgs", {}), {"batch_size": 0, "patience": 1, "tolerance": 0.2}),
    "conjugate gradients, kinks": (
        "multiclass_hinge",
        False,
        ("conjugate_gradient", {}),
        {"batch_size": 0, "patience": 1, "tolerance": 0.2, "standardize": 1},
    ),
}
EPOCHS = 6


class Run:
    """A fit of one of the cases, from the beginning or from where a saved one was."""

    def __init__(self, case, saved=None):
        self.loss, self.binary, (self.optimizer_name, self.optimizer_options), self.options = CASES[case]
        model, features, answers = random_case(self.loss, samples=40, binary=self.binary)
        features = np.float64(features) * 10.0 ** np.linspace(-1, 1, 7) + 2
        self.options = {"batch_size": 11, "epochs": EPOCHS, "seed": 5, **self.options}
        random = np.random.default_rng(2)
        weights = random.random(40) if self.options.pop("weighted", False) else None
        self.data = dataset(features, **answers_of(model, answers), weights=weights)
        if self.options.pop("validated", False):
            # Noise, whose loss rises soon.
            answers = random.permutation(answers[:25])
            other = None if weights is None else random.random(25)
            self.options["validation"] = dataset(features[:25].copy(), **answers_of(model, answers), weights=other)
        fresh = Model(self.loss, 7, model.outputs, binary=self.binary, l2=1e-3)
        self.model = fresh if saved is None else fresh.load(saved[0])
        self.optimizer = (
            Optimizer(self.optimizer_name, **self.optimizer_options) if saved is None else Optimizer.load(saved[1])
        )
        self.reports = []

    def saved(self):
        """What goes into the file."""
        return self.model.save(), self.optimizer.save()

    def go(self, progress=lambda run: False, *, goes_on=False, **changes):
        """Fits or resumes; the function is called after each step."""

        def note(report):
            self.reports.append(
                (report.step, report.epoch, report.loss, report.learning_rate, report.validation_loss, report.plateau)
            )
            return progress(self)

        return self.model.fit(self.optimizer, self.data, note, goes_on=goes_on, **{**self.options, **changes})

    def end(self):
        """All that a fit leaves but for its reports."""
        return self.model.bits, self.model.scores(self.data).tobytes(), *self.saved()


@pytest.mark.parametrize("case", CASES)
def test_resumed_after_every_step(case):
    whole, kept = Run(case), []
    result = whole.go(lambda run: kept.append(run.saved()))
    assert len(kept) == len(whole.reports) > 3
    for number, saved in enumerate(kept):
        resumed = Run(case, saved)
        found = resumed.go(goes_on=True)
        assert resumed.end() == whole.end(), number
        np.testing.assert_equal(resumed.reports, whole.reports[number + 1 :])
        assert (found["best_epoch"], found["best_loss"]) == pytest.approx(
            (result["best_epoch"], result["best_loss"]), nan_ok=True
        )
        if resumed.reports:
            assert found["reason"] == result["reason"]


@pytest.mark.parametrize("case", CASES)
def test_saving_and_watching_change_nothing(case):
    watched, alone = Run(case), Run(case)
    watched.go(lambda run: bool(run.saved()) and False)
    alone.model.fit(alone.optimizer, alone.data, **alone.options)
    assert alone.model.bits == watched.model.bits
    assert alone.optimizer.save() == watched.optimizer.save()


@pytest.mark.parametrize("case", CASES)
def test_stopped_and_resumed_without_saving(case):
    whole = Run(case)
    whole.go()
    for stop in {1, len(whole.reports) // 2, len(whole.reports) - 1}:
        parts = Run(case)
        with pytest.raises(RefusedError):
            parts.go(lambda run, stop=stop: len(run.reports) == stop)
        assert parts.model.result()["reason"] == "cancelled"
        parts.go(goes_on=True)
        assert parts.end() == whole.end()
        np.testing.assert_equal(parts.reports, whole.reports)


@pytest.mark.parametrize("case", CASES)
def test_more_epochs_behind_the_last(case):
    if "patient" in case or case == "huber":
        pytest.skip("it does not come to its last epoch")
    whole, parts = Run(case), Run(case)
    whole.go()
    parts.go(epochs=2)
    parts.go(goes_on=True)
    assert parts.end() == whole.end()
    again = parts.end()
    assert parts.go(goes_on=True)["steps"] == 0
    assert parts.end() == again


@pytest.mark.parametrize("case", ["plain", "standardized", "huber", "poisson", "binary"])
def test_a_second_fit_goes_on(case):
    """Of all samples in one batch the second fit makes the steps that a longer first one would have made."""
    whole, parts = Run(case), Run(case)
    for run in (whole, parts):
        run.options |= {"batch_size": 0, "patience": 0, "validation": None}
    whole.go(epochs=5)
    parts.go(epochs=2)
    parts.go(epochs=3)
    assert parts.model.bits == whole.model.bits


@pytest.mark.parametrize("case", ["standardized", "huber"])
def test_a_stream_of_chunks(case):
    """The figures of the first chunk stay, and the optimizer's state goes on, through saving too."""
    ends = []
    for saves in (False, True):
        run = Run(case)
        run.options |= {"epochs": 1, "patience": 0, "validation": None}
        for _ in range(4):
            run.go()
            if saves:
                run.model, run.optimizer = run.model.load(run.model.save()), Optimizer.load(run.optimizer.save())
        ends.append(run.end())
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    ("case", "part"), [("plain", "labels"), ("huber", "targets"), ("weights", "weights"), ("standardized", "features")]
)
def test_other_data_are_noticed(case, part):
    run = Run(case)
    run.go(epochs=1)
    features, labels, targets, weights = (None if a is None else a.copy() for a in run.data.borrowed)
    own = {"features": features, "labels": labels, "targets": targets, "weights": weights}
    changed = own[part]
    changed.flat[3] = (changed.flat[3] + 1) % 3 if part == "labels" else changed.flat[3] * 1.01 + 0.01
    run.data = dataset(**own)
    kept = run.end()
    with pytest.raises(RefusedError, match=f"data: {part}: not those of the fit"):
        run.go(goes_on=True)
    assert run.end() == kept
    if part == "weights":
        run.data = dataset(features, labels, targets)
        with pytest.raises(RefusedError, match="data: weights"):
            run.go(goes_on=True)


def test_a_resumed_fit_that_cannot_begin_keeps_the_best_weights():
    """A batch method cannot go on where the loss is no number; the weights are the best ones still."""
    run = Run("lbfgs")
    run.go()
    kept = run.model.bits
    run.model.call("set_l2", 1e308)
    with pytest.raises(RefusedError):
        run.go(goes_on=True, epochs=10)
    assert run.model.bits == kept
