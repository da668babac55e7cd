"""L-BFGS on many samples: the iterations on a part of them that come before each one on all."""

import numpy as np
import pytest
from linear_models import Model, Optimizer, dataset

import descent

SAMPLES, DIMENSION, CLASSES = 33_000, 12, 3


def samples(spread=1.0):
    """Features whose scales go from 1 to `spread`, and classes that overlap."""
    random = np.random.default_rng(0)
    features = random.normal(size=(SAMPLES, DIMENSION))
    scores = features @ random.normal(size=(DIMENSION, CLASSES)) + 2 * random.gumbel(size=(SAMPLES, CLASSES))
    return np.float32(features * np.geomspace(1, spread, DIMENSION)), scores.argmax(axis=1)


def softmax(features, labels, l2):
    """The loss in double, and its gradient, of W row by row and b behind it."""
    features, rows = features.astype(float), np.arange(labels.size)

    def function(x):
        weights, bias = x[:-CLASSES].reshape(-1, CLASSES), x[-CLASSES:]
        scores = features @ weights + bias
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        totals = shares.sum(axis=1, keepdims=True)
        shares /= totals
        loss = np.log(totals).mean() - scores[rows, labels].mean() + l2 * (weights**2).sum()
        shares[rows, labels] -= 1
        shares /= labels.size
        return loss, np.concatenate([(features.T @ shares + 2 * l2 * weights).ravel(), shares.sum(axis=0)])

    return function


class Fit:
    """One that can be stopped, saved, and gone on with."""

    def __init__(self, arrays, l2=1e-4, outputs=CLASSES, saved=None, **options):
        self.data, fresh = dataset(*arrays), Model("softmax_cross_entropy", arrays[0].shape[1], outputs, l2=l2)
        self.model = fresh.load(saved[0]) if saved else fresh
        self.optimizer = Optimizer.load(saved[1]) if saved else Optimizer("lbfgs", **options)
        self.reports = []

    def go(self, epochs, *, goes_on=False, seed=0, then=None):
        def note(report):
            self.reports.append((report.loss, report.learning_rate, report.gradient_norm))
            return then() if then else False

        self.model.fit(self.optimizer, self.data, note, goes_on=goes_on, epochs=epochs, batch_size=0, seed=seed)
        return self

    def saved(self):
        return self.model.save(), self.optimizer.save()

    @property
    def parameters(self):
        weights, bias = self.model.weights
        return np.concatenate([weights.ravel(), bias]).astype(float)


def test_the_minimum():
    arrays = samples()
    function = softmax(*arrays, 1e-3)
    lowest = descent.minimize(function, np.zeros((DIMENSION + 1) * CLASSES), jac=True, gradient_tolerance=1e-10).fun
    fit = Fit(arrays, l2=1e-3).go(200)
    assert fit.model.result()["reason"] == "minimum"
    assert 0 <= function(fit.parameters)[0] - lowest < 1e-7


def test_fewer_iterations():
    arrays = samples(spread=300)
    function = softmax(*arrays, 1e-4)
    start = np.zeros((DIMENSION + 1) * CLASSES)
    lowest = descent.minimize(function, start, jac=True, gradient_tolerance=1e-9, max_steps=5000).fun

    def left(epochs, **options):
        return function(Fit(arrays, **options).go(epochs).parameters)[0] - lowest

    # One with parts takes less than two without.
    assert left(20) < left(40, part_iterations=0) / 2


def test_parts_are_drawn_by_the_seed():
    arrays = samples()
    assert Fit(arrays).go(12).saved()[0] != Fit(arrays).go(12, seed=1).saved()[0]
    alike = [Fit(arrays, part_iterations=0).go(12, seed=seed).parameters for seed in (0, 1)]
    np.testing.assert_array_equal(*alike)


def misleading():
    """Parts with so many features for their samples that their minimum is often too far away."""
    random = np.random.default_rng(1)
    features = random.normal(size=(32_768, 400))
    labels = features @ random.normal(size=400) + 8 * random.normal(size=32_768) > 0
    return np.float32(features * np.geomspace(1, 30, 400)), labels


def test_parts_that_lead_too_far():
    fit = Fit(misleading(), l2=0, outputs=2).go(30)
    losses, steps = np.array([report[:2] for report in fit.reports]).T
    assert steps[10:].min() < 1
    # Each step goes down all the same, and farther than those without.
    assert (np.diff(losses) < 0).all()
    assert losses[-1] < Fit(misleading(), l2=0, outputs=2, part_iterations=0).go(30).reports[-1][0]


@pytest.mark.parametrize(("arrays", "outputs"), [(samples(spread=100), CLASSES), (misleading(), 2)])
def test_resumed_after_every_step(arrays, outputs):
    whole, kept = Fit(arrays, outputs=outputs), []
    whole.go(14, then=lambda: kept.append(whole.saved()))
    for number, saved in list(enumerate(kept))[8:]:
        resumed = Fit(arrays, outputs=outputs, saved=saved).go(14, goes_on=True)
        assert resumed.saved() == whole.saved(), number
        assert resumed.reports == whole.reports[number + 1 :]
