"""The linear models among scikit-learn's tools: its own checks, pipelines, searches, ensembles, scorers."""

import os
import pickle
import subprocess
import sys

import header
import numpy as np
import pytest

import descent

sklearn = pytest.importorskip("sklearn")

from sklearn.base import clone, is_classifier, is_regressor  # noqa: E402
from sklearn.calibration import CalibratedClassifierCV  # noqa: E402
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris  # noqa: E402
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, StackingClassifier  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.feature_selection import RFE  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate  # noqa: E402
from sklearn.multiclass import OneVsRestClassifier  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

CHECKS = """
import sys, warnings
import descent
from sklearn.utils.estimator_checks import check_estimator
warnings.simplefilter("ignore")
results = check_estimator(getattr(descent, sys.argv[1])(), on_fail=None, on_skip=None)
for result in results:
    if result["status"] != "passed":
        print(result["check_name"], result["status"], repr(result["exception"]))
print(len(results))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["LinearClassifier", "LinearRegressor"])
def test_check_estimator(name):
    # SciPy asks for this before it is loaded; without it checks of other arrays are skipped.
    environment = os.environ | {"SCIPY_ARRAY_API": "1", "PYTHONPATH": str(header.REPOSITORY / "bindings" / "python")}
    done = subprocess.run(
        [sys.executable, "-B", "-c", CHECKS, name], env=environment, capture_output=True, text=True, check=True
    )
    *bad, count = done.stdout.splitlines()
    assert bad == []
    assert int(count) > 40


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def cancer():
    return load_breast_cancer(return_X_y=True)


def test_scikit_learn_knows_what_they_are():
    assert is_classifier(descent.LinearClassifier())
    assert is_regressor(descent.LinearRegressor())
    with pytest.raises(NotFittedError) as caught:
        descent.LinearClassifier().predict([[1.0]])
    assert isinstance(caught.value, descent.NotFittedError)


def test_right_from_the_first_line(iris, cancer):
    for features, labels in (iris, cancer, load_digits(return_X_y=True)):
        assert descent.LinearClassifier().fit(features, labels).score(features, labels) > 0.97
    assert descent.LinearRegressor().fit(*load_diabetes(return_X_y=True)).score(*load_diabetes(return_X_y=True)) > 0.51


def test_cross_validation_in_other_processes(iris):
    model = make_pipeline(
        StandardScaler(), descent.LinearClassifier(optimizer=descent.Adam(learning_rate=0.05), epochs=40)
    )
    scores = cross_val_score(model, *iris, cv=3, n_jobs=2)
    assert scores.tolist() == cross_val_score(model, *iris, cv=3).tolist()
    assert scores.min() > 0.9


def test_searches_over_settings_and_the_optimizers_options(iris):
    rates = [1e-5, 0.05]
    search = GridSearchCV(
        descent.LinearClassifier(optimizer=descent.Adam(), standardize=True, batch_size=16),
        {"optimizer__learning_rate": rates, "l2": [0.0, 1e-3]},
        cv=3,
        n_jobs=2,
    ).fit(*iris)
    assert search.best_params_["optimizer__learning_rate"] == 0.05
    assert search.best_estimator_.optimizer.learning_rate == 0.05
    assert search.best_score_ > 0.9
    assert search.best_estimator_.optimizer.step_count > 0
    assert GridSearchCV(descent.LinearRegressor(), {"l2": [1e-4, 10]}, cv=3).fit(*load_diabetes(return_X_y=True))


def test_an_option_of_the_optimizer_is_set_in_a_copy():
    adam = descent.Adam(learning_rate=0.5)
    model = descent.LinearClassifier(optimizer=adam)
    model.set_params(optimizer__learning_rate=0.25)
    assert (adam.learning_rate, model.optimizer.learning_rate) == (0.5, 0.25)
    assert model.get_params()["optimizer__learning_rate"] == 0.25
    with pytest.raises(ValueError, match=r"optimizer__learning_rate.*no options"):
        descent.LinearClassifier().set_params(optimizer__learning_rate=1.0)


def test_clone_has_the_settings_and_no_fit(iris):
    model = descent.LinearClassifier(optimizer=descent.Adam(learning_rate=0.5), class_weight={0: 2.0}).fit(*iris)
    twin = clone(model)
    assert twin.optimizer.options == model.optimizer.options
    assert twin.class_weight == {0: 2.0}
    assert not hasattr(twin, "classes_")
    assert twin.fit(*iris).coef_.tobytes() == model.coef_.tobytes()


META = {
    "calibrated": lambda model: CalibratedClassifierCV(model, cv=3),
    "one versus rest": OneVsRestClassifier,
    "bagging": lambda model: BaggingClassifier(model, n_estimators=4, random_state=0),
    "boosting": lambda model: AdaBoostClassifier(model, n_estimators=4),
    "elimination": lambda model: RFE(model, n_features_to_select=2),
}


@pytest.mark.parametrize("name", META)
def test_in_ensembles_and_around(name, iris):
    fitted = META[name](descent.LinearClassifier()).fit(*iris)
    assert fitted.score(*iris) > 0.8
    again = pickle.loads(pickle.dumps(fitted))
    assert again.predict(iris[0]).tolist() == fitted.predict(iris[0]).tolist()


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "squared_hinge"])
def test_scorers(loss, cancer):
    scorers = ["roc_auc", "average_precision", *(["neg_log_loss"] if loss.startswith("softmax") else [])]
    results = cross_validate(descent.LinearClassifier(loss=loss), *cancer, cv=3, scoring=scorers)
    assert results["test_roc_auc"].min() > 0.98
    assert results["test_average_precision"].min() > 0.98


def test_scorer_of_several_classes(iris):
    assert cross_val_score(descent.LinearClassifier(), *iris, scoring="roc_auc_ovr").min() > 0.97


def test_two_classes_have_one_column(cancer):
    features, labels = cancer
    names = np.array(["benign", "malignant"])
    model = descent.LinearClassifier().fit(features, names[labels])
    assert model.coef_.shape == (1, 30)
    assert model.intercept_.shape == (1,)
    scores = model.decision_function(features)
    assert scores.shape == (len(features),)
    assert (model.predict(features) == names[(scores > 0).astype(int)]).all()
    chances = model.predict_proba(features)
    np.testing.assert_allclose(chances[:, 1], 1 / (1 + np.exp(-scores.astype(float))), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(features)), chances, rtol=1e-5, atol=1e-30)


def test_names_and_output_of_a_pipeline():
    pandas = pytest.importorskip("pandas")
    frame, labels = load_iris(return_X_y=True, as_frame=True)
    pipeline = make_pipeline(StandardScaler(), descent.LinearClassifier()).set_output(transform="pandas")
    pipeline.fit(frame, labels)
    assert pipeline[-1].feature_names_in_.tolist() == frame.columns.tolist()
    assert pipeline.score(frame, labels) > 0.95
    model = descent.LinearClassifier().fit(frame, labels)
    with pytest.raises(ValueError, match="same order"):
        model.predict(frame[frame.columns[::-1]])
    with pytest.warns(UserWarning, match="valid feature names"):
        model.predict(frame.to_numpy())
    twin = pickle.loads(pickle.dumps(model))
    assert twin.feature_names_in_.tolist() == frame.columns.tolist()
    assert isinstance(frame, pandas.DataFrame)


def test_weights_are_routed(iris):
    features, labels = iris
    weights = np.where(labels == 1, 0.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        model = descent.LinearClassifier().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        pipeline.fit(features, labels, sample_weight=weights)
        assert 1 not in pipeline.predict(features)
        results = cross_validate(model, features, labels, params={"sample_weight": weights})
        assert results["test_score"].min() == 1
        assert clone(model).get_metadata_routing().fit.requests == {"sample_weight": True, "validation": None}


def test_subclass_with_settings_of_its_own():
    class Strict(descent.LinearClassifier):
        def __init__(self, strength=1.0):
            super().__init__(l2=strength)
            self.strength = strength

    model = Strict(strength=0.5)
    assert (model.l2, model.loss, model.get_params()) == (0.5, "softmax_cross_entropy", {"strength": 0.5})


def test_only_a_classifier_with_probabilities_has_methods_for_them(iris):
    methods = ("predict_proba", "predict_log_proba")
    hinge, softmax = descent.LinearClassifier(loss="multiclass_hinge"), descent.LinearClassifier()
    assert [hasattr(softmax, name) for name in methods] == [True, True]
    assert [hasattr(hinge, name) for name in methods] == [False, False]
    with pytest.raises(AttributeError, match="predict_proba needs the loss 'softmax_cross_entropy'"):
        hinge.predict_proba  # noqa: B018
    assert "shape (samples, classes)" in descent.LinearClassifier.predict_proba.__doc__
    # Tools look for it first, and take the scores else.
    stack = StackingClassifier([("hinge", hinge), ("softmax", softmax)], softmax)
    assert stack.fit(*iris).score(*iris) > 0.95
