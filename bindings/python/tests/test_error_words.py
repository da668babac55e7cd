"""What is wrong is said in the caller's words: every text names an argument of the function that was called."""

import numpy as np
import pytest

import descent

FEATURES = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
LABELS = np.arange(20) % 3
NAN = FEATURES * np.nan
# What only the C interface has.
FOREIGN = ("options:", "data:", "stop:", "dimension", "classes:", "labels[", "tensor 0", "objective", "DESCENT")


def fitted(**settings):
    return descent.LinearClassifier(**({"epochs": 2, "seed": 3} | settings)).fit(FEATURES, LABELS)


def half_fitted():
    return fitted(progress=lambda report: True).set_params(progress=None)


def require_words(text, call):
    with pytest.raises((ValueError, TypeError, ArithmeticError)) as caught:
        call()
    assert str(caught.value).startswith(text)
    assert not [word for word in FOREIGN if word in str(caught.value)]


NEW = descent.LinearClassifier
METHODS = {
    "fit": NEW().fit,
    "random_search": NEW().random_search,
    "check_gradient": NEW().check_gradient,
    "learning_rate_range": NEW().learning_rate_range,
    "resume": fitted().resume,
    "score": fitted().score,
    "evaluate": fitted().evaluate,
    "predict": lambda X, y: fitted().predict(X),
    "decision_function": lambda X, y: fitted().decision_function(X),
    "predict_proba": lambda X, y: fitted().predict_proba(X),
    "check_gradient of a fit": fitted().check_gradient,
}


@pytest.mark.parametrize("method", METHODS)
def test_empty_data(method):
    call = METHODS[method]
    require_words(
        "X is a float32 array of shape (0, 4); it must have at least one sample", lambda: call(FEATURES[:0], [])
    )
    empty = FEATURES[:, :0].copy()
    require_words(
        "X is a float32 array of shape (20, 0); it must have at least one feature", lambda: call(empty, LABELS)
    )
    require_words("X is ", lambda: call(FEATURES[0], LABELS))


SETTINGS = [
    ({"optimizer": descent.Adam}, "optimizer must be a name or an Optimizer, not the class Adam: Adam() makes one"),
    ({"optimizer": int}, "optimizer must be a name or an Optimizer, not the class int"),
    ({"optimizer": 7}, "optimizer must be a name or an Optimizer, not int"),
    ({"optimizer": "adm"}, "optimizer: 'adm' is not one of sgd, "),
    ({"epochs": 0}, "epochs: 0 is outside [1, 4294967295]"),
    ({"l2": -1}, "l2: -1 is outside [0, inf)"),
    ({"initial_standard_deviation": -1}, "initial_standard_deviation: -1 is outside [0, inf)"),
    ({"scale": np.inf}, "scale: inf is not finite"),
    ({"offset": np.nan}, "offset: nan is not finite"),
    ({"offset": -1e300}, "offset: -1e+300 does not fit into float32, in which features of float32 are used"),
]


@pytest.mark.parametrize(("settings", "text"), SETTINGS)
def test_settings(settings, text):
    require_words(text, lambda: NEW(**settings).fit(FEATURES, LABELS))


GOING_ON = [
    ({"batch_size": 3}, "batch_size: 3, but the fit that is to go on has 20"),
    ({"seed": 4}, "seed: 4, but the fit that is to go on has 3"),
    ({"sampling": "replacement"}, "sampling: 'replacement', but the fit that is to go on has 'shuffle'"),
    ({"loss": "squared_hinge"}, "loss: 'squared_hinge', but the fit that is to go on has 'softmax_cross_entropy'"),
]


@pytest.mark.parametrize(("settings", "text"), GOING_ON)
def test_a_fit_that_cannot_go_on(settings, text):
    require_words(text, lambda: half_fitted().set_params(**settings).resume(FEATURES, LABELS))


def test_data_of_another_fit():
    require_words("X: not those of the fit", lambda: half_fitted().resume(-FEATURES, LABELS))
    require_words("y: not those of the fit", lambda: half_fitted().resume(FEATURES, LABELS[::-1]))
    require_words("the samples of X: 10, but", lambda: half_fitted().resume(FEATURES[:10], LABELS[:10]))
    stepped = half_fitted()
    require_words("epochs: 1, but", lambda: fitted().set_params(epochs=1).resume(FEATURES, LABELS))
    stepped._optimizer.reset()
    require_words("optimizer: has made 0 steps, but 1", lambda: stepped.resume(FEATURES, LABELS))


def test_numbers_of_methods():
    new = NEW()
    require_words("trials: 0 is outside", lambda: new.random_search(FEATURES, LABELS, trials=0))
    require_words("scale: -1 is outside", lambda: new.random_search(FEATURES, LABELS, scale=-1))
    require_words("steps: 1 is outside", lambda: new.learning_rate_range(FEATURES, LABELS, steps=1))
    require_words("minimum, maximum: 2 and 1", lambda: new.learning_rate_range(FEATURES, LABELS, minimum=2, maximum=1))
    require_words("step: -1 is outside", lambda: new.check_gradient(FEATURES, LABELS, step=-1))
    require_words("count: 99 is outside", lambda: new.check_gradient(FEATURES, LABELS, count=99))
    require_words("the classifier's loss is nan", lambda: new.check_gradient(NAN, LABELS))


def test_gradients_that_a_policy_refuses():
    optimizer = descent.SGD(not_finite_policy="refuse")
    require_words("weights: gradient[0] is nan", lambda: NEW(optimizer=optimizer).fit(NAN, LABELS))
    params, grads = {"slope": np.ones(2)}, {"slope": np.array([1, np.nan])}
    require_words("tensor 'slope': gradient[1] is nan", lambda: optimizer.update(params, grads))


def square(x):
    return float(x @ x)


def test_functions():
    start = np.ones(2)
    for function in (descent.minimize, descent.learning_rate_range):
        text = "optimizer must be a name or an Optimizer, not the class Adam: Adam() makes one"
        require_words(text, lambda function=function: function(square, start, optimizer=descent.Adam))
    require_words(
        "gradient_tolerance: -1", lambda: descent.minimize(square, start, gradient_tolerance=-1, jac="numeric")
    )
    require_words("trials: 0 is outside", lambda: descent.random_search(square, start, trials=0))
    require_words("steps: 1 is outside", lambda: descent.learning_rate_range(square, start, steps=1))
    require_words("fun: its value is NaN", lambda: descent.numeric_gradient(lambda x: np.nan, start))
    require_words("drop_last: the only batch", lambda: descent.Sampler(10, 13, drop_last=True))


def test_empty_losses():
    for shape in ((0, 3), (3, 0)):
        nothing = np.zeros(shape)
        labels = np.zeros(shape[0], int)
        require_words("scores is a float64 array of shape", lambda: descent.multiclass_hinge(nothing, labels))  # noqa: B023
        require_words("predictions is a float64 array of shape", lambda: descent.huber(nothing, nothing))  # noqa: B023


OTHERS = [
    ("difference_step: -1 is outside", lambda: descent.minimize(sum, [1.0], difference_step=-1.0)),
    ("bounds: lower[0], upper[0]: 2 is above 1", lambda: descent.minimize(sum, [1.0], bounds=[(2, 1)])),
    ("x0: 1 x 1 float64, but the first step had", lambda: descent.minimize(sum, [1.0], optimizer=stepped())),
    ("steps: 0 is not a whole number", lambda: descent.schedules.Cosine(steps=0)),
    ("rise: 2 is outside", lambda: descent.schedules.OneCycle(rise=2)),
    ("warmup: -2 is not a whole number", lambda: descent.schedules.Step(warmup=-2)),
    ("threshold: -2 is outside", lambda: descent.schedules.Plateau(threshold=-2)),
]


def stepped():
    adam = descent.Adam()
    adam.step([(np.ones(3), np.ones(3))])
    return adam


@pytest.mark.parametrize(("text", "call"), OTHERS)
def test_other_functions(text, call):
    require_words(text, call)
