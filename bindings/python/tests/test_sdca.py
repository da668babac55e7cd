"""Dual coordinate ascent: its minima, which its own dual variables prove, and what it refuses."""

import numpy as np
import pytest
from linear_models import (
    DUAL_KINDS,
    INVALID,
    KINDS,
    LABELLED,
    NOT_FINITE,
    UNSUPPORTED,
    Model,
    Optimizer,
    RefusedError,
    answers_of,
    dataset,
    mean_loss,
    random_case,
    sparse_dataset,
    stored_rows,
)
from sparse_cases import Case, random_matrix

import descent
from descent._saving.saved_bytes import entries

SAMPLES = 60


def duals_of(optimizer):
    """The saved dual variables, a row for each sample."""
    saved = entries(optimizer.save())
    return np.float64(saved["dual.variables"]).reshape(int(saved["dual.samples"]), int(saved["dual.outputs"]))


def conjugates(loss, duals, answers, parameter):
    """The convex conjugate of each loss of a score, at minus the dual variable; infinite where that is not allowed."""
    kind = {"softmax_cross_entropy": "logistic", "multiclass_hinge": "hinge"}.get(
        loss, loss.removeprefix("one_vs_rest_")
    )
    if loss in LABELLED:
        answers = np.float64(answers[:, None] == (np.arange(duals.shape[1]) if duals.shape[1] > 1 else 1))
    own, linear, size = np.where(answers == 1, duals, -duals), -duals * answers, np.abs(duals)
    share = np.clip(answers - duals, 1e-300, 1)
    rest = np.clip(1 - answers + duals, 1e-300, 1)
    margin = parameter if kind == "epsilon_insensitive" else 0
    # Float32 leaves a variable that is at its bound a little beside it.
    slack = 1e-6
    allowed, values = {
        "hinge": (lambda: (own >= 0) & (own <= 1 + slack), lambda: -own),
        "squared_hinge": (lambda: own >= 0, lambda: own**2 / 4 - own),
        "logistic": (lambda: abs(share + rest - 1) < slack, lambda: share * np.log(share) + rest * np.log(rest)),
        "squared_error": (lambda: size >= 0, lambda: linear + duals**2 / 4),
        "squared_epsilon_insensitive": (lambda: size >= 0, lambda: linear + parameter * size + duals**2 / 4),
        "quantile": (lambda: (duals <= parameter + slack) & (duals >= parameter - 1 - slack), lambda: linear),
        "huber": (lambda: size <= parameter + slack, lambda: linear + duals**2 / 2),
        "absolute_error": (lambda: size <= 1 + slack, lambda: linear),
        "epsilon_insensitive": (lambda: size <= 1 + slack, lambda: linear + margin * size),
    }[kind]
    return np.where(allowed(), values(), np.inf)


def gap(model, features, answers, weights, duals):
    """By how much the objective is above that of the dual problem, which no W and b can be below."""
    total = weights.sum()
    own = weights[:, None] * duals
    matrix = features.T @ own / (2 * model.l2 * total)
    np.testing.assert_allclose(model.weights[0], matrix, atol=3e-5 * np.abs(matrix).max())
    # b is free only where these are 0.
    np.testing.assert_allclose(own.sum(0) / total, 0, atol=2e-4)
    below = (weights[:, None] * conjugates(model.loss, duals, answers, model.parameter)).sum() / total
    dual = -below - model.l2 * (matrix**2).sum()
    return mean_loss(model, features, answers, weights) - dual


@pytest.mark.parametrize(("loss", "binary"), DUAL_KINDS)
@pytest.mark.parametrize("kind", ["full", "sparse", "weighted", "standardized"])
def test_the_gap_closes(loss, binary, kind):
    random = np.random.default_rng(4)
    start, features, answers = random_case(loss, SAMPLES, binary=binary)
    model = Model(loss, 7, start.outputs, binary=binary, l2=0.01)
    weights = random.integers(0, 4, SAMPLES).astype(float) if kind == "weighted" else np.ones(SAMPLES)
    others = {**answers_of(model, answers), "weights": weights}
    if kind == "sparse":
        features *= random.random(features.shape) < 0.4
        data = sparse_dataset(stored_rows(features), 7, **others)
    else:
        data = dataset(features, **others)
    optimizer = Optimizer("sdca")
    model.fit(optimizer, data, batch_size=0, epochs=1500, standardize=int(kind == "standardized"))
    if kind == "standardized":
        other = model.another()
        other.fit(Optimizer("lbfgs"), data, batch_size=0, epochs=500, standardize=1)
        assert model.evaluate(data)[0] < 1.0001 * other.evaluate(data)[0]
        return
    value = mean_loss(model, features, answers, weights)
    assert abs(gap(model, features, np.asarray(answers), weights, duals_of(optimizer))) < 1e-4 * value


@pytest.mark.parametrize("outputs", [1, 3, 17, 58])
def test_sparse_rows_are_full_rows(outputs):
    case = Case("one_vs_rest_squared_hinge", outputs, binary=outputs == 1, matrix=random_matrix(300, 80), l2=0.001)
    found = []
    for data in (case.sparse, case.full):
        case.model.fit(Optimizer("sdca"), data, batch_size=0, epochs=4, seed=3)
        found.append([part.copy() for part in case.model.weights])
    for mine, other in zip(*found, strict=True):
        np.testing.assert_allclose(mine, other, rtol=2e-3, atol=2e-5)
    case.model.fit(Optimizer("sdca"), case.sparse, batch_size=0, epochs=4, seed=4)
    assert not np.array_equal(case.model.weights[0], found[0][0]), "another seed is another order"


@pytest.fixture
def threads():
    """Sets how many threads there are; as many as before in the end."""
    before = descent.thread_count()
    yield descent.set_thread_count
    descent.set_thread_count(before)


def one_of(case, loss, column):
    """W and b of a fit of that output alone, as a classifier of two classes or a regressor."""
    kinds = {"hinge": "multiclass_hinge", "squared_hinge": "squared_hinge", "logistic": "softmax_cross_entropy"}
    alone, labels, targets = kinds[loss.removeprefix("one_vs_rest_")] if loss in LABELLED else loss, None, None
    if loss in LABELLED:
        labels = np.int32(case.others["labels"] == column)
    else:
        targets = np.ascontiguousarray(case.others["targets"][:, column : column + 1])
    model = Model(alone, case.matrix.shape[1], 1, binary=labels is not None, l2=case.model.l2)
    data = dataset(case.matrix, labels, targets, case.others["weights"])
    model.fit(Optimizer("sdca"), data, batch_size=0, epochs=3, seed=3)
    return [part.copy() for part in model.weights]


@pytest.mark.parametrize("outputs", [33, 34, 58, 65, 290])
@pytest.mark.parametrize("loss", [loss for loss, binary in DUAL_KINDS if not binary])
def test_blocks_of_outputs(loss, outputs, threads):
    """However many threads share them: the same bits, and each output's is the fit of it alone."""
    random = np.random.default_rng(outputs)
    weights = random.integers(0, 3, 500) if outputs % 2 else None
    case = Case(loss, outputs, matrix=random_matrix(500, 80), l2=0.001, weights=weights)
    for data in (case.sparse, case.full):
        found = []
        for count in (1, 2, 3, 4):
            threads(count)
            optimizer = Optimizer("sdca")
            losses = []
            case.model.fit(
                optimizer, data, lambda report, kept=losses: kept.append(report.loss), batch_size=0, epochs=3, seed=3
            )
            found.append((case.model.bits, duals_of(optimizer).tobytes(), losses))
        assert all(others == found[0] for others in found)
    for column in (0, 31, 32, outputs - 1):
        for whole, alone in zip(case.model.weights, one_of(case, loss, column), strict=True):
            atol = 1e-4 * max(1, np.abs(alone).max())
            np.testing.assert_allclose(whole[..., column], alone[..., 0], rtol=2e-3, atol=atol)


@pytest.mark.parametrize("standardize", [0, 1])
def test_the_model_in_the_callback(standardize):
    """It is that of a shorter fit, whoever asks for it, and so is the one that a stopped fit leaves."""
    case = Case("one_vs_rest_hinge", 58, matrix=random_matrix(200, 80), l2=0.001)
    settings = {"batch_size": 0, "seed": 3, "standardize": standardize}
    shorter = []
    for epochs in (1, 2, 3):
        case.model.fit(Optimizer("sdca"), case.full, epochs=epochs, **settings)
        shorter.append((case.model.bits, case.model.evaluate(case.full)))
    seen = []

    def look(report):
        bits = case.model.bits if report.step == 1 else None
        seen.append((bits, case.model.evaluate(case.full)))
        return report.step == 2

    optimizer = Optimizer("sdca")
    with pytest.raises(RefusedError):
        case.model.fit(optimizer, case.full, look, epochs=3, **settings)
    assert seen[0] == shorter[0]
    assert seen[1][1] == shorter[1][1]
    assert case.model.bits == shorter[1][0]
    case.model.fit(optimizer, case.full, goes_on=True, epochs=3, **settings)
    assert case.model.bits == shorter[2][0]


def test_a_second_fit_goes_on():
    """From the dual variables, with another l2 too; another optimizer begins at 0, whatever W is."""
    model, features, answers = random_case("one_vs_rest_logistic", 200)
    data = dataset(features, **answers_of(model, answers))
    optimizer, losses = Optimizer("sdca"), []
    for l2 in (0.1, 0.1, 0.01):
        model.call("set_l2", l2)
        reports = []
        model.fit(optimizer, data, lambda report, kept=reports: kept.append(report.loss), batch_size=0, epochs=30)
        losses.append(reports)
    assert losses[1][0] == pytest.approx(losses[0][-1], rel=1e-5)
    fresh = []
    model.fit(Optimizer("sdca"), data, lambda report: fresh.append(report.loss), batch_size=0, epochs=30)
    assert losses[2][1] < fresh[0]
    assert losses[2][-1] == pytest.approx(fresh[-1], rel=1e-5)


def test_it_ends_where_nothing_moves():
    model, features, answers = random_case("squared_error", 50, l2=1.0)
    data = dataset(features, **answers_of(model, answers))
    optimizer = Optimizer("sdca")
    result = model.fit(optimizer, data, batch_size=0, epochs=1000)
    assert result["reason"] == "minimum"
    assert result["steps"] < 100
    assert model.fit(optimizer, data, goes_on=True, batch_size=0, epochs=1000)["steps"] == 0


def test_samples_without_features_and_without_weight():
    matrix = random_matrix(90)
    matrix[::3] = 0
    case = Case("one_vs_rest_hinge", matrix=matrix, l2=0.01, weights=np.arange(90) % 4)
    case.model.fit(Optimizer("sdca"), case.sparse, batch_size=0, epochs=20)
    assert np.isfinite(case.model.evaluate(case.full)[0])


@pytest.mark.parametrize(("loss", "binary"), sorted({*KINDS} - {*DUAL_KINDS}))
def test_losses_that_it_has_not(loss, binary):
    model, features, answers = random_case(loss, l2=0.1)
    refuse(model, dataset(features, **answers_of(model, answers)), UNSUPPORTED, f"does not go with the loss {loss}")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"batch_size": 8}, "batch_size: 8, but sdca needs all samples"),
        ({"sampling": "replacement"}, "sampling: sdca needs all samples"),
        ({"l1": 0.1}, "l1: sdca has no proximal step"),
        ({"shards": 2}, "sdca goes from sample to sample"),
        ({"l2": 0.0}, "l2: 0, but sdca needs an l2 above 0"),
    ],
)
def test_options_that_it_has_not(options, text):
    model, features, answers = random_case("one_vs_rest_hinge", l2=options.pop("l2", 0.1))
    refuse(model, dataset(features, **answers_of(model, answers)), UNSUPPORTED, text, **options)


def refuse(model, data, status, text, **options):
    """A fit that fails, and changes nothing."""
    before, optimizer = model.bits, Optimizer("sdca")
    saved = optimizer.save()
    with pytest.raises(RefusedError, match=text) as refused:
        model.fit(optimizer, data, **{"batch_size": 0, **options})
    assert refused.value.status == status
    assert model.bits == before
    assert optimizer.save() == saved


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_features_that_are_too_large(bad):
    model, features, answers = random_case("one_vs_rest_hinge", l2=0.1)
    features = np.float64(features)
    features[5, 2] = bad
    text = "row 5, column 2"
    refuse(model, dataset(features, **answers_of(model, answers)), NOT_FINITE, text)


@pytest.mark.parametrize("bad", [3e38, 1e25])
def test_finite_features_that_are_too_large_change_nothing(bad):
    """Not even a model and an optimizer that have had a fit, which go on with good data afterwards."""
    model, features, answers = random_case("one_vs_rest_hinge", l2=0.1)
    good = dataset(features, **answers_of(model, answers))
    optimizer = Optimizer("sdca")
    model.fit(optimizer, good, batch_size=0, epochs=3)
    before, saved = model.bits, optimizer.save()
    bad_features = features.copy()
    bad_features[5, 2] = bad
    with pytest.raises(RefusedError, match=r"the sum of their squares, .*, is too large") as refused:
        model.fit(optimizer, dataset(bad_features, **answers_of(model, answers)), batch_size=0, epochs=3)
    assert refused.value.status == NOT_FINITE
    assert (model.bits, optimizer.save()) == (before, saved)
    model.fit(optimizer, good, batch_size=0, epochs=3)


def test_an_l2_that_is_too_small():
    model, features, answers = random_case("one_vs_rest_hinge", l2=1e-300)
    with pytest.raises(RefusedError, match="l2: 1e-300 is too small"):
        model.fit(Optimizer("sdca"), dataset(features, **answers_of(model, answers)), batch_size=0, epochs=3)


def test_other_samples_cannot_be_gone_on_with():
    model, features, answers = random_case("one_vs_rest_hinge", l2=0.1)
    data = dataset(features, **answers_of(model, answers))
    with pytest.raises(RefusedError):
        model.fit(Optimizer("sdca"), data, lambda report: True, batch_size=0)
    other = Optimizer("sdca")
    with pytest.raises(RefusedError) as refused:
        model.fit(other, data, goes_on=True, batch_size=0)
    assert refused.value.status == INVALID


def test_it_minimizes_no_functions():
    with pytest.raises(descent.UnsupportedError, match="sdca is for fits of linear models"):
        descent.minimize(lambda x: (x @ x, 2 * x), np.ones(2), jac=True, optimizer="sdca")
    with pytest.raises(descent.UnsupportedError, match="sdca"):
        descent.SDCA().update({"w": np.ones(2)}, {"w": np.ones(2)})


def test_the_estimators_take_it():
    random = np.random.default_rng(1)
    X = random.normal(size=(300, 5)).astype(np.float32)
    y = np.digitize(X @ np.arange(5), [-1, 1])
    model = descent.LinearClassifier(loss="one_vs_rest_squared_hinge", optimizer="sdca", l2=1e-2, epochs=300).fit(X, y)
    exact = descent.LinearClassifier(loss="one_vs_rest_squared_hinge", optimizer="lbfgs", l2=1e-2, epochs=200).fit(X, y)
    np.testing.assert_allclose(model.coef_, exact.coef_, atol=1e-3)
    np.testing.assert_allclose(model.intercept_, exact.intercept_, atol=1e-3)
    assert model.evaluate(X, y)[0] < exact.evaluate(X, y)[0] * 1.0001
    line = descent.LinearRegressor(optimizer=descent.SDCA(), l2=1e-3).fit(X, X @ np.arange(5))
    assert line.score(X, X @ np.arange(5)) > 0.999
