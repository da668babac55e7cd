"""What a fit leaves at 0, on arrays and sparse rows: l1, sparsify() and densify(), and steps on some rows."""

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier
from test_sparse_features import CSR, DENSE, FEATURES, LABELS, SAMPLES, TARGETS, classifier, regressor, same

import descent


def test_sparsify_and_densify_as_scikit_learn_has_them():
    for labels in (LABELS, LABELS % 2):
        model = classifier(optimizer="adagrad", l1=0.02).fit(CSR, labels)
        theirs = SGDClassifier(penalty="l1", alpha=0.02).fit(CSR, labels)
        coef, predicted = model.coef_, model.predict(CSR)
        assert model.sparsify() is model
        assert type(model.coef_) is type(theirs.sparsify().coef_)
        assert model.coef_.shape == theirs.coef_.shape
        np.testing.assert_array_equal(model.coef_.toarray(), coef)
        assert model.coef_.nnz == np.count_nonzero(coef) < coef.size
        np.testing.assert_array_equal(model.predict(CSR), predicted)
        assert model.densify() is model
        np.testing.assert_array_equal(model.coef_, coef)
        assert isinstance(model.sparsify().fit(CSR, labels).coef_, np.ndarray)
    one = regressor(l1=0.01).fit(CSR, TARGETS)
    assert one.sparsify().coef_.shape == (1, FEATURES)
    for method in ("sparsify", "densify"):
        with pytest.raises(descent.NotFittedError):
            getattr(classifier(), method)()


@pytest.mark.parametrize("X", [CSR, DENSE], ids=["sparse", "dense"])
@pytest.mark.parametrize("kind", ["lbfgs", "sgd", "momentum", "nesterov", "adagrad", "adam", "adamw", "ftrl"])
def test_l1_makes_exact_zeros(X, kind):
    l1 = 3.0 if kind == "ftrl" else 0.02
    fitted = descent.LinearClassifier(optimizer=kind, l1=l1, epochs=30, batch_size=0 if kind == "lbfgs" else 16)
    coef = fitted.fit(X, LABELS).coef_
    assert 0.05 * coef.size < np.count_nonzero(coef) < (0.97 if kind in ("momentum", "nesterov") else 0.8) * coef.size
    assert (coef[:, [0, 11, FEATURES - 1]] == 0).all()


@pytest.mark.parametrize("X", [CSR, DENSE], ids=["sparse", "dense"])
def test_l1_with_lbfgs_is_optimal(X):
    """The gradient is -l1 * sign(w) where w is not 0, and at most l1 elsewhere."""
    l1 = 0.01
    model = descent.LinearClassifier(optimizer="lbfgs", l1=l1, epochs=500, batch_size=0).fit(X, LABELS)
    probabilities = model.predict_proba(X)
    probabilities[np.arange(SAMPLES), LABELS] -= 1
    gradient = probabilities.T @ DENSE / SAMPLES
    zero = model.coef_ == 0
    assert 0 < zero.sum() < zero.size
    assert np.abs(gradient[zero]).max() < l1 + 1e-4
    np.testing.assert_allclose(gradient[~zero], -l1 * np.sign(model.coef_[~zero]), atol=1e-4)


def test_methods_without_l1_say_so():
    with pytest.raises(descent.UnsupportedError, match="l1"):
        descent.LinearClassifier(optimizer="lion", l1=0.1, epochs=1).fit(CSR, LABELS)


def test_full_steps_on_request():
    """Momentum stands still in sparse steps, and not in full ones."""
    settings = {"optimizer": descent.Momentum(learning_rate=0.05), "batch_size": 4}
    lazy, full, dense = (
        classifier(**settings, dense_steps=steps).fit(X, LABELS)
        for X, steps in ((CSR, False), (CSR, True), (DENSE, False))
    )
    same(full, dense)
    assert np.abs(lazy.coef_ - full.coef_).max() > 1e-3
