"""A fit that is stopped, saved, loaded, copied or pickled at any step goes on as if nothing had been."""

import copy
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from test_classifier import blobs

import descent

DIRECTORY = Path(__file__).resolve().parent
FEATURES, NUMBERS = blobs(100)
LABELS = np.array(["ant", "bee", "caterpillar"])[NUMBERS]
SETTINGS = {"epochs": 3, "batch_size": 16, "seed": 9, "l2": 0.01, "initial_standard_deviation": 0.1}


def make(optimizer=None, **more):
    return descent.LinearClassifier(optimizer=optimizer or descent.Adam(learning_rate=0.1), **(SETTINGS | more))


def without_seconds(history):
    # As text: NaN stands where there are no validation data.
    return [repr({**entry, "seconds": 0}) for entry in history]


def require_same(classifier, expected):
    assert classifier.coef_.tobytes() == expected.coef_.tobytes()
    assert classifier.intercept_.tobytes() == expected.intercept_.tobytes()
    assert classifier.classes_.tolist() == expected.classes_.tolist()
    assert without_seconds(classifier.history_) == without_seconds(expected.history_)
    assert classifier.stopped_ == expected.stopped_
    assert classifier.stop_reason_ == expected.stop_reason_
    assert classifier.n_features_in_ == expected.n_features_in_
    assert classifier._optimizer._saved() == expected._optimizer._saved()
    assert classifier._fitted_model.saved() == expected._fitted_model.saved()


def through_file(classifier, tmp_path):
    classifier.save(tmp_path / "classifier")
    return descent.LinearClassifier.load(tmp_path / "classifier")


def through_savez(classifier, tmp_path):
    np.savez(tmp_path / "classifier.npz", **classifier.state_dict())
    other = descent.LinearClassifier()
    with np.load(tmp_path / "classifier.npz") as state:
        other.load_state_dict(state)
    return other


def through_safetensors(classifier, tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    other = descent.LinearClassifier()
    other.load_state_dict(safetensors.load(safetensors.save(classifier.state_dict())))
    return other


def through_pickle(classifier, tmp_path):
    return pickle.loads(pickle.dumps(classifier))


def through_copy(classifier, tmp_path):
    return copy.deepcopy(classifier)


WAYS = [through_file, through_savez, through_safetensors, through_pickle, through_copy]


class StopAt:
    """A progress function that can be pickled."""

    def __init__(self, step):
        self.step = step

    def __call__(self, report):
        return report.step == self.step


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sampling", ["shuffle", "replacement", "stratified"])
def test_stopped_fit_goes_on(sampling, way, tmp_path):
    whole = make(sampling=sampling).fit(FEATURES, LABELS)
    for step in (1, 6, 7, 8, 20, 21):
        stopped = make(sampling=sampling, progress=StopAt(step)).fit(FEATURES, LABELS)
        assert stopped.stopped_
        loaded = way(stopped, tmp_path)
        require_same(loaded, stopped)
        assert loaded.get_params() | {"optimizer": 0, "progress": 0} == make(sampling=sampling).get_params() | {
            "optimizer": 0,
            "progress": 0,
        }
        assert loaded.optimizer is loaded._optimizer
        loaded.set_params(progress=None).resume(FEATURES, LABELS)
        require_same(loaded, whole)
        # The one that was saved is as it was, and can go on too.
        stopped.set_params(progress=None).resume(FEATURES, LABELS)
        require_same(stopped, whole)


@pytest.mark.parametrize("optimizer", ["momentum", None, descent.RMSProp(momentum_decay=0.5, track_health=True)])
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "multiclass_hinge", "squared_hinge"])
def test_checkpoint_written_by_the_progress_function(loss, optimizer, tmp_path):
    whole = descent.LinearClassifier(loss=loss, optimizer=copy.copy(optimizer), **SETTINGS).fit(FEATURES, LABELS)
    classifier = descent.LinearClassifier(loss=loss, optimizer=copy.copy(optimizer), **SETTINGS)
    classifier.set_params(progress=lambda report: classifier.save(tmp_path / str(report.step)))
    classifier.fit(FEATURES, LABELS)
    require_same(classifier, whole)
    for step in range(1, 22):
        loaded = descent.LinearClassifier.load(tmp_path / str(step))
        assert loaded._optimizer.step_count == step
        assert (type(loaded.optimizer) if isinstance(optimizer, descent.Optimizer) else loaded.optimizer) == (
            type(optimizer) if isinstance(optimizer, descent.Optimizer) else optimizer
        )
        loaded.resume(FEATURES, LABELS)
        require_same(loaded, whole)


def test_checkpoint_of_a_fit_that_is_resumed(tmp_path):
    whole = make().fit(FEATURES, LABELS)
    classifier = make(progress=StopAt(5)).fit(FEATURES, LABELS)
    classifier.set_params(progress=lambda report: classifier.save(tmp_path / str(report.step)))
    classifier.resume(FEATURES, LABELS)
    assert sorted(int(path.name) for path in tmp_path.iterdir()) == list(range(6, 22))
    for step in (6, 13, 21):
        require_same(descent.LinearClassifier.load(tmp_path / str(step)).resume(FEATURES, LABELS), whole)


def test_progress_function_sees_the_fit_that_is_running_and_other_threads_the_last_one(tmp_path):
    classifier = make().fit(FEATURES, LABELS)
    before, seen = classifier._fitted_model.saved(), []

    def look(report):
        thread = threading.Thread(target=lambda: seen.append(classifier.state_dict()["training.step"]))
        thread.start()
        thread.join()
        seen.append(classifier.state_dict()["training.step"])
        return report.step == 2

    classifier.set_params(progress=look, seed=4).fit(FEATURES, LABELS)
    assert [int(step) for step in seen] == [21, 1, 21, 2]
    assert classifier._fitted_model.saved() != before


PROGRAM = """
import os, signal, sys, descent
import test_saving_classifiers as t
classifier = t.make()
def checkpoint(report):
    classifier.save(sys.argv[1])
    if report.step == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
classifier.set_params(progress=checkpoint)
classifier.resume(t.FEATURES, t.LABELS) if len(sys.argv) > 3 else classifier.fit(t.FEATURES, t.LABELS)
"""


def test_killed_processes(tmp_path):
    whole = make().fit(FEATURES, LABELS)
    environment = os.environ | {"PYTHONPATH": f"{DIRECTORY.parent}:{DIRECTORY}"}
    for step in (1, 12):
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, tmp_path / "fit", str(step)], check=False, env=environment
        )
        assert ended.returncode == -signal.SIGKILL
        loaded = descent.LinearClassifier.load(tmp_path / "fit")
        assert loaded._optimizer.step_count == step
        require_same(loaded.resume(FEATURES, LABELS), whole)


def test_complete_fit_does_nothing_and_goes_on_with_more_epochs():
    classifier, longer = make().fit(FEATURES, LABELS), make(epochs=7).fit(FEATURES, LABELS)
    twin = make().fit(FEATURES, LABELS)
    require_same(classifier.resume(FEATURES, LABELS), twin)
    classifier.set_params(epochs=7).resume(FEATURES, LABELS)
    require_same(classifier, longer)
    assert [entry["epoch"] for entry in classifier.history_] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("step", [1, 7, 9, 14])
def test_interrupted_fit_goes_on(step):
    whole = make().fit(FEATURES, LABELS)

    def interrupt(report):
        if report.step == step:
            signal.raise_signal(signal.SIGINT)

    classifier = make(progress=interrupt)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(FEATURES, LABELS)
    assert classifier.stopped_
    require_same(classifier.set_params(progress=None).resume(FEATURES, LABELS), whole)


def test_resume_that_fails_leaves_everything_as_it_was():
    classifier = make(progress=StopAt(5)).fit(FEATURES, LABELS)
    before = classifier._optimizer._saved(), classifier._fitted_model.saved(), list(classifier.history_)

    def fail(report):
        if report.step == 12:
            raise RuntimeError("made up")

    with pytest.raises(RuntimeError, match="made up"):
        classifier.set_params(progress=fail).resume(FEATURES, LABELS)
    assert (classifier._optimizer._saved(), classifier._fitted_model.saved(), classifier.history_) == before
    assert classifier.stopped_
    require_same(classifier.set_params(progress=None).resume(FEATURES, LABELS), make().fit(FEATURES, LABELS))


WRONG = [
    ({"seed": 8}, None, "seed: 8, but the fit that is to go on has 9"),
    ({"batch_size": 17}, None, "batch_size: 17"),
    ({"sampling": "replacement"}, None, "sampling"),
    ({"loss": "squared_hinge"}, None, "loss: 'squared_hinge', but .* 'softmax_cross_entropy'"),
    ({"loss": "nonsense"}, None, "nonsense"),
    ({"epochs": 1}, None, "epochs: 1, but .* begun epoch 2"),
    ({}, (FEATURES[1:], LABELS[1:]), "samples of X: 99, but .* 100"),
    ({}, (FEATURES[:, 1:].copy(), LABELS), "5 features"),
    ({}, (FEATURES, np.where(LABELS == "ant", "fly", LABELS)), r"'fly'\)?, a label that the fit did not have"),
    ({}, (FEATURES, LABELS[1:]), r"\(99,\).* 100 samples"),
]


@pytest.mark.parametrize(("changes", "data", "text"), WRONG)
def test_what_does_not_agree_is_named(changes, data, text):
    classifier = make(progress=StopAt(12)).fit(FEATURES, LABELS)
    before = classifier._optimizer._saved(), classifier._fitted_model.saved()
    classifier.set_params(progress=None, **changes)
    with pytest.raises(ValueError, match=text):
        classifier.resume(*(data or (FEATURES, LABELS)))
    assert (classifier._optimizer._saved(), classifier._fitted_model.saved()) == before
    require_same(
        classifier.set_params(**SETTINGS, loss="softmax_cross_entropy", sampling="shuffle").resume(FEATURES, LABELS),
        make().fit(FEATURES, LABELS),
    )


def test_optimizer_that_went_elsewhere():
    classifier = make(progress=StopAt(5)).fit(FEATURES, LABELS)
    classifier.optimizer.reset()
    with pytest.raises(ValueError, match="optimizer: has made 0 steps, but 5"):
        classifier.resume(FEATURES, LABELS)
    classifier.optimizer.close()
    with pytest.raises(ValueError, match="closed"):
        classifier.resume(FEATURES, LABELS)


def test_nothing_to_go_on_with(tmp_path):
    unfitted = make()
    for use in (lambda: unfitted.resume(FEATURES, LABELS), lambda: unfitted.save(tmp_path / "x"), unfitted.state_dict):
        with pytest.raises(descent.NotFittedError):
            use()
    searched = make()
    searched.random_search(FEATURES, LABELS, trials=3)
    with pytest.raises(ValueError, match="no fit that could go on"):
        searched.resume(FEATURES, LABELS)
    loaded = through_file(searched, tmp_path)
    assert loaded.predict(FEATURES).tolist() == searched.predict(FEATURES).tolist()
    assert isinstance(loaded.optimizer, descent.Adam)
    with pytest.raises(ValueError, match="no fit that could go on"):
        loaded.resume(FEATURES, LABELS)
    pickle.loads(pickle.dumps(unfitted)).fit(FEATURES, LABELS)


def test_another_optimizer_as_the_setting(tmp_path):
    classifier = make(progress=StopAt(5)).fit(FEATURES, LABELS)
    other = descent.Momentum(learning_rate=0.5)
    other.step([(np.ones(2), np.ones(2))])
    classifier.set_params(optimizer=other, progress=None)
    for way in (through_file, through_savez):
        loaded = way(classifier, tmp_path)
        assert type(loaded.optimizer) is descent.Momentum
        assert loaded.optimizer.step_count == 1
        assert loaded._optimizer.step_count == 5
        loaded.resume(FEATURES, LABELS)
        assert loaded.coef_.tobytes() == make().fit(FEATURES, LABELS).coef_.tobytes()
        loaded.fit(FEATURES, LABELS)
        assert loaded.optimizer.step_count == 21


LABEL_KINDS = [
    NUMBERS,
    NUMBERS.astype(np.int8),
    NUMBERS * 1e9,
    NUMBERS > 0,
    LABELS,
    LABELS.astype("S"),
    LABELS.astype(object),
    np.array(["ä", "ö", "日本"])[NUMBERS],
    np.array(["2001-01-01", "2002-02-02", "2003-03-03"], "M8[D]")[NUMBERS],
]


@pytest.mark.parametrize("labels", LABEL_KINDS)
@pytest.mark.parametrize("way", [through_file, through_savez, through_safetensors])
def test_labels_of_every_kind(labels, way, tmp_path):
    classifier = make().fit(FEATURES, labels)
    loaded = way(classifier, tmp_path)
    assert loaded.classes_.dtype == classifier.classes_.dtype
    predicted = loaded.predict(FEATURES)
    assert predicted.tolist() == classifier.predict(FEATURES).tolist()
    assert type(predicted[0]) is type(classifier.predict(FEATURES)[0])
    assert loaded.score(FEATURES, labels) == classifier.score(FEATURES, labels)


def test_labels_that_no_file_can_hold(tmp_path):
    labels = np.array([(1,), (2,)], object).ravel()
    classifier = make().fit(FEATURES, np.array([labels[n % 2] for n in NUMBERS], object))
    classifier.classes_ = np.array([b"x", 3], object)
    with pytest.raises(TypeError, match="cannot be saved"):
        classifier.save(tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_settings_come_back(tmp_path):
    settings = {
        "loss": "squared_hinge",
        "optimizer": "adam",
        "l2": 0.125,
        "epochs": 2,
        "batch_size": 0,
        "sampling": "stratified",
        "seed": 2**64 - 1,
        "class_weight": {"ant": 2.0, "bee": 0.5},
        "l1": 0.0,
        "standardize": True,
        "validation_fraction": 0.25,
        "patience": 3,
        "tolerance": 1e-3,
        "average": True,
        "warm_start": True,
        "initial_weights": None,
        "initial_standard_deviation": 0.25,
        "scale": 0.5,
        "offset": -1.0,
        "progress": None,
        "communicator": None,
        "shards": None,
    }
    classifier = descent.LinearClassifier(**settings).fit(FEATURES, LABELS)
    for way in (through_file, through_savez, through_safetensors):
        loaded = way(classifier, tmp_path)
        assert loaded.get_params() == settings
        assert {name: type(value) for name, value in loaded.get_params().items()} == {
            name: type(value) for name, value in settings.items()
        }
        assert repr(loaded) == repr(classifier)


CHANGES = [
    ({"weights": np.zeros((5, 3))}, "weights.*float32"),
    ({"weights": np.zeros(15, np.float32)}, "weights"),
    ({"bias": np.zeros(4, np.float32)}, "bias"),
    ({"loss": np.array(20)}, "real targets"),
    ({"loss": np.array(99)}, "loss.*99"),
    ({"l2": np.array(-1.0)}, "l2: -1"),
    ({"training.step": np.array(2**63, np.uint64)}, "step"),
    ({"training.seed": None}, "training.seed: is missing"),
    ({"record.last_update": np.zeros((5, 3))}, "last_update"),
    ({"record.step": np.array(99)}, "record.step: 99 is above"),
    ({"classes": np.arange(4), "classes.dtype": None}, "4 labels"),
    ({"classes": np.zeros((3, 5), np.uint8)}, "classes|labels"),
    ({"history.loss": np.zeros(2)}, "history"),
    ({"settings.epochs": np.array(2**32)}, "epochs"),
    ({"settings.loss": np.frombuffer(b'"huber"', np.uint8)}, "loss.*'huber'"),
    ({"settings.optimizer": np.frombuffer(b'"huber"', np.uint8)}, "no optimizer 'huber'"),
    ({"optimizer.step_count": None}, "step_count"),
    ({"optimizer.tensor.0.m": np.zeros((3, 5), np.float32)}, "tensor.0.m"),
    ({"stopped": np.array(3)}, "stopped"),
    ({"more": np.zeros(1)}, "more: is nothing that"),
]


@pytest.mark.parametrize(("changes", "text"), CHANGES)
def test_wrong_dictionary_is_named_and_changes_nothing(changes, text):
    state = make().fit(FEATURES, LABELS).state_dict()
    other = make(seed=1).fit(FEATURES, LABELS)
    before = other._optimizer._saved(), other._fitted_model.saved(), other.get_params(), list(other.history_)
    with pytest.raises(ValueError, match=text):
        other.load_state_dict({name: array for name, array in {**state, **changes}.items() if array is not None})
    assert (other._optimizer._saved(), other._fitted_model.saved(), other.get_params(), other.history_) == before


def test_progress_function_is_kept_when_a_state_is_taken_over():
    reports = []
    other = make(progress=reports.append)
    other.load_state_dict(make(progress=StopAt(4)).fit(FEATURES, LABELS).state_dict())
    other.resume(FEATURES, LABELS)
    assert [report.step for report in reports] == list(range(5, 22))
