"""Batch methods on losses with kinks end at the minimum, which is that of a linear program."""

import numpy as np
import pytest

import descent

optimize = pytest.importorskip("scipy.optimize")
sparse = pytest.importorskip("scipy.sparse")


def least_sum(terms, bounds, weights):
    """The least sum of `weights * max(0, bounds - terms @ x)` over all x."""
    count, variables = terms.shape
    program = optimize.linprog(
        np.r_[np.zeros(variables), weights],
        A_ub=sparse.hstack([-sparse.csr_matrix(terms), -sparse.identity(count)]),
        b_ub=-bounds,
        bounds=[(None, None)] * variables + [(0, None)] * count,
        method="highs",
    )
    assert program.success
    return program.fun


def regression():
    random = np.random.default_rng(3)
    X = random.normal(size=(200, 6)) * 10.0 ** np.arange(-2, 4)
    return X, X @ (3 / 10.0 ** np.arange(-2, 4)) + 20 * random.standard_t(2, 200) + 5


@pytest.mark.parametrize(
    ("loss", "parameter"),
    [
        ("quantile", 0.02),
        ("quantile", 0.5),
        ("quantile", 0.99),
        ("absolute_error", None),
        ("epsilon_insensitive", 0.1),
        ("epsilon_insensitive", 60),
    ],
)
@pytest.mark.parametrize("optimizer", [None, "conjugate_gradient"])
def test_regressors(loss, parameter, optimizer):
    X, y = regression()
    (above, below), margin = {
        "quantile": ((1 - parameter, parameter), 0) if loss == "quantile" else None,
        "absolute_error": ((1, 1), 0),
        "epsilon_insensitive": ((1, 1), parameter),
    }[loss]
    ones = np.c_[X, np.ones(len(y))]
    least = least_sum(np.r_[-ones, ones], np.r_[-y - margin, y - margin], np.repeat([above, below], len(y)) / len(y))
    settings = {"epochs": 4000, "batch_size": 0, "standardize": True} if optimizer else {}
    model = descent.LinearRegressor(loss=loss, loss_parameter=parameter, optimizer=optimizer, l2=0.0, **settings)
    model.fit(X, y)
    error = X @ model.coef_ + model.intercept_ - y
    found = (above * np.maximum(0, error - margin) + below * np.maximum(0, -error - margin)).mean()
    assert least <= found * (1 + 1e-9)
    assert found <= (1 + 1e-4) * least


@pytest.mark.parametrize("classes", [2, 3])
def test_classifiers(classes):
    random = np.random.default_rng(classes)
    y = random.integers(0, classes, 150)
    X = random.normal(size=(150, 4)) + 0.8 * np.eye(4)[y]
    ones = np.c_[X, np.ones(150)]
    if classes == 2:
        terms = ones * (2 * y - 1)[:, None]
    else:
        pairs = [(row, other) for row in range(150) for other in range(classes) if other != y[row]]
        terms = np.zeros((len(pairs), classes, 5))
        for place, (row, other) in enumerate(pairs):
            terms[place, y[row]], terms[place, other] = ones[row], -ones[row]
        terms = terms.reshape(len(pairs), -1)
    least = least_sum(terms, np.ones(len(terms)), np.ones(len(terms)) / 150)
    model = descent.LinearClassifier(loss="multiclass_hinge", l2=0.0).fit(X, y)
    scores = X @ model.coef_.T + model.intercept_
    if classes == 2:
        found = np.maximum(0, 1 - scores[:, 0] * (2 * y - 1)).mean()
    else:
        margins = np.maximum(0, scores - scores[np.arange(150), y][:, None] + 1)
        found = margins.sum(axis=1).mean() - 1
    assert least <= found * (1 + 1e-9)
    assert found <= (1 + 1e-4) * least
