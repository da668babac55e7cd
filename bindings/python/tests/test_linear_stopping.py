"""When a fit ends, with which weights, and what its result says; and the optimizer that the library chooses."""

import math

import numpy as np
import pytest
from linear_models import KINDS, LABELLED, Model, Optimizer, RefusedError, answers_of, dataset, random_case

kinds = pytest.mark.parametrize(("loss", "binary"), KINDS)


def divided(loss="softmax_cross_entropy", *, binary=False):
    """(model with weights of 0, data, validation data, which are noise in part)"""
    model, features, answers = random_case(loss, samples=90, binary=binary)
    answers[45:] = np.random.default_rng(3).permutation(answers[45:])
    half = [
        dataset(features[part].copy(), **answers_of(model, answers[part].copy())) for part in (slice(60), slice(45, 90))
    ]
    return model.another(), *half


@kinds
@pytest.mark.parametrize("standardize", [0, 1])
def test_the_best_epoch_s_weights_are_kept(loss, binary, standardize):
    model, data, other = divided(loss, binary=binary)
    model.call("set_l2", 0.01)
    seen, losses = [], []

    def note(report):
        if report.epoch_end:
            seen.append((model.bits, model.scores(other).tobytes()))
            losses.append(report.validation_loss)
            expected = model.evaluate(other)[0] - penalty(model, other)
            assert report.validation_loss == pytest.approx(expected, rel=1e-6, abs=1e-9)
        else:
            assert math.isnan(report.validation_loss)

    options = {"epochs": 20, "batch_size": 16, "validation": other, "standardize": standardize}
    result = model.fit(Optimizer("adam", learning_rate=0.1), data, note, **options)
    best = int(np.argmin(losses))
    assert (model.bits, model.scores(other).tobytes()) == seen[best]
    assert (result["best_epoch"], result["best_loss"]) == (best + 1, losses[best])
    assert (result["reason"], result["epochs"], result["steps"]) == ("epochs", 20, 80)
    assert best < 19 or loss in ("poisson", "logistic", "quantile", "huber")


def penalty(model, data):
    """The regularization's share of the loss."""
    own = model.evaluate(data)[0]
    model.call("set_l2", 0)
    share = own - model.evaluate(data)[0]
    model.call("set_l2", model.l2 or 0.01)
    return share


def patience_by_hand(losses, patience, tolerance):
    """The number of epochs after which a fit with these losses ends."""
    mark, stale = math.inf, 0
    for number, loss in enumerate(losses, 1):
        if loss < mark - (tolerance * abs(mark) if mark < math.inf else 0):
            mark, stale = loss, 0
        else:
            stale += 1
        if patience and stale >= patience:
            return number
    return len(losses)


@pytest.mark.parametrize("validates", [False, True])
@pytest.mark.parametrize(("patience", "tolerance"), [(1, 0.0), (1, 0.05), (3, 0.0), (3, 0.05), (5, 0.3), (0, 0.5)])
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "poisson", "squared_error"])
def test_patience(validates, patience, tolerance, loss):
    model, data, other = divided(loss)
    options = {"epochs": 60, "batch_size": 16, "validation": other if validates else None}
    losses, found = [], model.another()

    def note(report):
        if report.epoch_end:
            losses.append(report.validation_loss if validates else report.loss)

    model.fit(Optimizer("adam", learning_rate=0.1), data, note, **options)
    result = found.fit(Optimizer("adam", learning_rate=0.1), data, patience=patience, tolerance=tolerance, **options)
    expected = patience_by_hand(losses, patience, tolerance)
    assert result["epochs"] == expected
    assert result["reason"] == ("patience" if expected < 60 else "epochs")
    assert result["steps"] == 4 * expected
    if validates or patience:
        assert result["best_loss"] == min(losses[:expected])
        assert result["best_epoch"] == 1 + int(np.argmin(losses[:expected]))
    else:
        assert math.isnan(result["best_loss"])
        assert result["best_epoch"] == 0


def test_without_validation_the_last_weights_stay():
    model, data, _ = divided()
    seen = []
    model.fit(
        Optimizer("sgd", learning_rate=0.5),
        data,
        lambda report: seen.append(model.bits) if report.epoch_end else None,
        epochs=40,
        batch_size=16,
        patience=2,
    )
    assert model.bits == seen[-1]


@pytest.mark.parametrize("validates", [False, True])
@pytest.mark.parametrize("standardize", [0, 1])
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "huber"])
def test_averaged_weights(validates, standardize, loss):
    """Those of an exponential average, as an optimizer has them: computed here from the weights of each step."""
    model, data, other = divided(loss)
    decay, steps, averages, losses = 0.8, [], [], []

    def note(report):
        steps.append(model.exact())
        if report.epoch_end:
            losses.append(report.validation_loss)
            averages.append([average([step[part] for step in steps]) for part in (0, 1)])

    def average(values):
        mean = values[0]
        for value in values[1:]:
            mean = mean + (1 - decay) * (value - mean)
        return mean

    options = {"epochs": 15, "batch_size": 16, "average": 1, "standardize": standardize}
    optimizer = Optimizer("adam", learning_rate=0.1, average=1, average_decay=decay)
    result = model.fit(optimizer, data, note, validation=other if validates else None, **options)
    chosen = averages[int(np.argmin(losses))] if validates else averages[-1]
    for found, expected in zip(model.exact(), chosen, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    if validates:
        assert result["best_loss"] == pytest.approx(model.evaluate(other)[0], rel=1e-6)


def test_results_of_all_kinds():
    model, data, _ = divided()
    assert model.result() | {"first_loss": 0, "loss": 0, "best_loss": 0} == {
        **dict.fromkeys(model.result(), 0),
        "struct_size": model.result()["struct_size"],
        "reason": "none",
    }
    result = model.fit(Optimizer("lbfgs"), data, batch_size=0, epochs=1000)
    assert (result["reason"], result["is_amiss"]) == ("minimum", 0)
    assert result["first_loss"] == pytest.approx(math.log(3), rel=1e-6)
    assert result["loss"] == pytest.approx(model.evaluate(data)[0], rel=1e-5)
    with pytest.raises(RefusedError):
        model.fit(Optimizer("adam"), data, lambda report: report.step == 3, batch_size=16)
    assert model.result()["reason"] == "cancelled"
    assert (model.result()["steps"], model.result()["epochs"]) == (3, 1)
    assert math.isnan(model.result()["loss"])


@pytest.mark.parametrize("standardize", [0, 1])
def test_a_fit_that_has_gone_wrong_says_so(standardize):
    random = np.random.default_rng(1)
    features = random.normal(size=(100, 5)).astype(np.float32)
    features[:, 3] *= 1000
    features[17, 3] = -9876
    targets = features[:, :1] * 1.0 + random.normal(size=(100, 1))
    data = dataset(features, targets=targets)
    model = Model("squared_error", 5)
    result = model.fit(
        Optimizer("sgd", learning_rate=1.1 if standardize else 1e-3), data, epochs=30, standardize=standardize
    )
    assert result["is_amiss"] == 1
    assert (result["largest_feature"], result["largest_magnitude"]) == (3, 9876)
    result = model.another().fit(Optimizer("sgd", learning_rate=1e-9), data)
    assert (result["is_amiss"], result["largest_feature"], result["largest_magnitude"]) == (0, 0, 0)


def test_an_optimizer_that_refuses_what_is_not_finite_ends_it():
    features = np.full((8, 2), 1e4, np.float32)
    model = Model("squared_error", 2)
    data = dataset(features, targets=np.ones((8, 1)))
    optimizer = Optimizer("sgd", learning_rate=1e10, not_finite_policy=1)
    with pytest.raises(RefusedError):
        model.fit(optimizer, data, batch_size=2, epochs=50)
    result = model.result()
    assert (result["reason"], result["is_amiss"], result["largest_magnitude"]) == ("not_finite", 1, 1e4)
    assert all(np.isfinite(part).all() for part in model.weights)


# What the library chooses.


@kinds
def test_small_data_get_a_batch_method_that_comes_to_its_end(loss, binary):
    model, features, answers = random_case(loss, samples=120, binary=binary)
    data = dataset(np.float64(features) * 10.0 ** np.linspace(-3, 6, 7) + 1e6, **answers_of(model, answers))
    model = model.another()
    model.call("set_l2", 1e-3)
    kept = model.save()
    optimizer, options = model.choose(data, seed=9, check_features=1)
    assert model.save() == kept
    assert (optimizer.name, options.batch_size, options.standardize) == ("lbfgs", 0, 1)
    assert (options.seed, options.check_features, options.sampling) == (9, 1, 1)
    result = model.fit(optimizer, data, options=options)
    assert result["reason"] in ("minimum", "patience")
    assert not result["is_amiss"]
    # No other start finds less.
    other = model.another()
    other.call("set_l2", 1e-3)
    other.fit(Optimizer("adam", learning_rate=0.02), data, epochs=400, batch_size=30, standardize=1)
    found, expected = model.evaluate(data)[0], other.evaluate(data)[0]
    assert found <= expected + 1e-2 * abs(expected) + 1e-4


@kinds
@pytest.mark.parametrize("sampling", ["shuffle", "weighted"])
def test_large_data_get_minibatches(loss, binary, sampling):
    """Large by its shape: most of its features are 0; or not for a batch method, because its samples are drawn."""
    random = np.random.default_rng(2)
    shape = (2000, 40) if sampling == "weighted" else (20_000, 50)
    outputs = 1 if binary else 3
    if sampling == "shuffle":
        outputs = 1 if binary else 1001
        if binary or loss not in ("softmax_cross_entropy", "squared_error"):
            pytest.skip("these have nothing of their own here")
    features = random.normal(size=shape).astype(np.float32)
    scores = features[:, :outputs] if outputs < 40 else np.tile(features, (1, 21))[:, :outputs]
    if loss in LABELLED:
        answers = {"labels": (scores[:, 0] > 0).astype(np.int32) if binary else scores.argmax(1).astype(np.int32)}
    elif loss == "logistic":
        answers = {"targets": np.float64(scores > 0)}
    elif loss == "poisson":
        answers = {"targets": np.float64(random.poisson(np.exp(scores)))}
    else:
        answers = {"targets": np.float64(scores)}
    weights = random.random(shape[0]) if sampling == "weighted" else None
    data = dataset(features, **answers, weights=weights)
    model = Model(loss, shape[1], outputs, binary=binary)
    kept = model.save()
    optimizer, options = model.choose(data, sampling=sampling)
    assert model.save() == kept
    assert (optimizer.name, options.batch_size, options.standardize) == ("adam", 256, 1)
    assert optimizer.get("schedule") == 5
    assert 1e-5 < optimizer.get("learning_rate") <= 1
    assert options.epochs == 100
    assert optimizer.get("schedule_steps") == 100 * math.ceil(shape[0] / 256)
    assert (options.patience, options.tolerance) == (5, 1e-4)
    if sampling == "weighted":
        before = model.evaluate(data)[0]
        result = model.fit(optimizer, data, options=options)
        assert result["reason"] in ("epochs", "patience")
        assert not result["is_amiss"]
        assert model.evaluate(data)[0] < 0.9 * before or loss == "poisson"


def test_choosing_refuses_what_a_fit_refuses():
    model, features, labels = random_case("softmax_cross_entropy")
    for wrong in (dataset(features, labels + 3), dataset(features), dataset(features[:, :3].copy(), labels)):
        with pytest.raises(RefusedError, match=r"labels|data: "):
            model.choose(wrong)
