"""A user's program that mypy --strict checks: what the package hands out has types, and mistakes are found early.

It is run too, so that it does not claim what is not true.
"""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import descent

random = np.random.default_rng(3)
scores = random.normal(size=(6, 3)).astype(np.float32)
labels = np.arange(6) % 3


def with_losses() -> None:
    """The gradient has the scores' type, and is None when it is not wanted."""
    value, gradient = descent.softmax_cross_entropy(scores, labels)
    assert_type(value, float)
    assert_type(gradient, NDArray[np.float32])
    assert_type(descent.multiclass_hinge(scores, labels, gradient=False), tuple[float, None])
    assert_type(descent.losses.squared_error(np.zeros(2), np.ones(2))[1], NDArray[np.float64])
    assert gradient.dtype == np.float32


def with_optimizers() -> None:
    """Every option is a typed keyword and attribute; choices are their names, or for a schedule an object."""
    with descent.Adam(learning_rate=0.01, amsgrad=True, dialect="pytorch") as adam:
        assert_type(adam, descent.Adam)
        assert_type(adam.beta1, float)
        assert_type(adam.warmup_steps, int)
        adam.schedule = descent.schedules.Cosine(steps=10, floor=0.1)
        adam.not_finite_policy = "refuse"
        params = {"weights": np.zeros((3, 2)), "bias": np.zeros(2)}
        adam.update(params, {name: np.ones_like(array) for name, array in params.items()}, groups={"bias": 0})
        assert_type(adam.state("bias", "m"), NDArray[Any])
        assert_type(adam.health().clipped_steps, int)
    kind: type[descent.optimizers.Optimizer] = descent.optimizers.Momentum
    assert kind().options["momentum_decay"] == 0.9


def with_a_classifier() -> None:
    """A fit returns its classifier; predictions are arrays."""

    def stop(report: descent.ProgressReport) -> bool:
        return report.epoch_end and report.loss < 0.1

    classifier = descent.LinearClassifier(optimizer=descent.SGD(learning_rate=0.1), epochs=2, progress=stop)
    assert_type(classifier.fit(scores, labels), descent.LinearClassifier)
    assert_type(classifier.coef_, NDArray[Any])
    assert_type(classifier.score(scores, labels), float)
    assert_type(classifier.stopped_, bool)


def with_functions_of_its_own() -> None:
    """What is minimized, sampled and initialized."""
    result = descent.minimize(lambda x: (float(x @ x), 2 * x), [3.0, -4.0], jac=True, optimizer=descent.Nesterov())
    assert_type(result, descent.OptimizeResult)
    assert_type(result.fun, float)
    assert_type(descent.check_gradient(lambda x: (float(x @ x), 2 * x), [1.0]).verdict, str)
    for indices in descent.Sampler(6, 4, labels=labels, sampling="stratified"):
        assert_type(indices, NDArray[np.intp])
    assert descent.initialize((3, 2), "he_normal", seed=1).shape == (3, 2)


def with_mistakes() -> None:
    """Is never called. Each ignored error must be one, or mypy says so."""
    descent.Adam(learning_rat=0.1)  # type: ignore[call-arg]
    descent.SGD(beta1=0.9)  # type: ignore[call-arg]
    descent.SGD(learning_rate="fast")  # type: ignore[arg-type]
    descent.SGD(dialect="torch")  # type: ignore[arg-type]
    descent.SGD().momentum_decay = 0.9  # type: ignore[attr-defined]
    descent.AdaGrad().schedule = 3  # type: ignore[assignment]
    descent.huber([1.0], [2.0])  # type: ignore[call-overload]
    descent.LinearClassifier(epoch=3)  # type: ignore[call-arg]
    descent.Adamaxi()  # type: ignore[attr-defined]


if __name__ == "__main__":
    with_losses()
    with_optimizers()
    with_a_classifier()
    with_functions_of_its_own()
    print("typed")
