"""Estimators among several processes, which are threads here: the same bits as one process with as many shards."""

import copy
import io
import pickle

import numpy as np
import pytest
from processes import run, succeed

import descent
from descent.distributed import MPI, Torch, own_rows

SAMPLES, SHARDS = 301, 8
random = np.random.default_rng(0)
X = random.normal(size=(SAMPLES, 6)).astype(np.float32)
LABELS = np.array(["a", "b", "c"])[(X[:, 0] > 0) + (X[:, 1] > 0.5) * 1]
TARGETS = X @ random.normal(size=(6, 2)) + random.normal(0, 0.1, (SAMPLES, 2))
WEIGHTS = random.uniform(0, 3, SAMPLES).round(3)
VALIDATION = 90
SIZES = (1, 2, 4, 8)


def parts(samples, communicator):
    return slice(None) if communicator is None else own_rows(samples, communicator, SHARDS)


def classifier(**settings):
    def fit(communicator):
        rows = parts(SAMPLES, communicator)
        # Threads have optimizers of their own.
        own = copy.deepcopy(settings)
        model = descent.LinearClassifier(communicator=communicator, shards=SHARDS, **own)
        return model.fit(X[rows], LABELS[rows])

    return fit


def weighted_regressor(communicator):
    rows, held = parts(SAMPLES, communicator), parts(VALIDATION, communicator)
    model = descent.LinearRegressor(communicator=communicator, shards=SHARDS, optimizer="adam", epochs=4, batch_size=16)
    return model.fit(
        X[rows], TARGETS[rows], WEIGHTS[rows], validation=(X[:VALIDATION][held], TARGETS[:VALIDATION][held])
    )


def stream(communicator):
    rows = parts(SAMPLES, communicator)
    model = descent.LinearClassifier(
        communicator=communicator, shards=SHARDS, optimizer="sgd", class_weight={"a": 2.0, "c": 0.5}
    )
    for _ in range(2):
        model.partial_fit(X[rows], LABELS[rows], classes=["a", "b", "c"])
    return model


def weighted_balance(communicator):
    rows = parts(SAMPLES, communicator)
    model = descent.LinearClassifier(communicator=communicator, shards=SHARDS, class_weight="balanced")
    return model.fit(X[rows], LABELS[rows], WEIGHTS[rows])


def weighted_draws(communicator):
    rows = parts(SAMPLES, communicator)
    model = descent.LinearClassifier(
        communicator=communicator, shards=SHARDS, optimizer="adam", epochs=3, batch_size=32, sampling="weighted"
    )
    return model.fit(X[rows], LABELS[rows], WEIGHTS[rows])


def many(communicator):
    """So many that L-BFGS goes through parts of them too."""
    random = np.random.default_rng(1)
    features = random.normal(size=(33_001, 4)).astype(np.float32)
    labels = np.argmax(features[:, :3] + random.gumbel(size=(33_001, 3)), axis=1)
    rows = parts(33_001, communicator)
    model = descent.LinearClassifier(
        communicator=communicator, shards=SHARDS, optimizer=descent.LBFGS(), epochs=14, batch_size=0
    )
    return model.fit(features[rows], labels[rows])


FITS = {
    "parts": many,
    "balanced by weights": weighted_balance,
    "chosen": classifier(),
    "balanced": classifier(class_weight="balanced", l2=None),
    "minibatches": classifier(optimizer=descent.Adam(learning_rate=0.01), epochs=3, batch_size=32, standardize=True),
    "hinge": classifier(loss="squared_hinge", optimizer="momentum", epochs=3, batch_size=64, sampling="stratified"),
    "draws": weighted_draws,
    "regressor": weighted_regressor,
    "stream": stream,
}


@pytest.mark.parametrize("name", FITS)
def test_equal_bits(name):
    alone = FITS[name](None)
    for size in SIZES:
        for model in succeed(size, FITS[name]):
            np.testing.assert_array_equal(model.coef_, alone.coef_)
            np.testing.assert_array_equal(model.intercept_, alone.intercept_)
            assert model.loss_curve_ == alone.loss_curve_
            assert model.stop_reason_ == alone.stop_reason_


@pytest.mark.parametrize("last", [2.5, 0.0])
def test_draws_by_weights_count_by_their_shards_share(last):
    # Which row of a shard is drawn does not matter where they are all the same.
    shard = np.arange(4).repeat(10)
    features, targets = X[shard], TARGETS[shard, :1]
    weights = WEIGHTS[: len(shard)].copy()
    weights[shard == 3] = last
    found = {}
    for sampling in ("weighted", "shuffle"):
        model = descent.LinearRegressor(
            shards=4, optimizer=descent.SGD(learning_rate=0.1), epochs=3, batch_size=0, sampling=sampling, l2=1e-3
        )
        found[sampling] = model.fit(features, targets, weights)
    np.testing.assert_allclose(found["weighted"].coef_, found["shuffle"].coef_, rtol=1e-5)
    np.testing.assert_allclose(found["weighted"].intercept_, found["shuffle"].intercept_, rtol=1e-5)
    assert np.abs(found["shuffle"].coef_).max() > 0.1


def test_classes_that_one_process_lacks():
    ordered = np.argsort(LABELS, kind="stable")

    def fit(communicator):
        rows = parts(SAMPLES, communicator)
        model = descent.LinearClassifier(communicator=communicator, shards=SHARDS)
        return model.fit(X[ordered][rows], LABELS[ordered][rows])

    alone = fit(None)
    for model in succeed(4, fit):
        assert model.classes_.tolist() == ["a", "b", "c"]
        np.testing.assert_array_equal(model.coef_, alone.coef_)


def test_evaluation_of_all_rows():
    alone = FITS["minibatches"](None)
    expected = alone.evaluate(X, LABELS, WEIGHTS)

    def evaluate(communicator):
        rows = parts(SAMPLES, communicator)
        model = FITS["minibatches"](communicator)
        return model.evaluate(X[rows], LABELS[rows], WEIGHTS[rows], communicator=communicator)

    for size in SIZES:
        assert succeed(size, evaluate) == [expected] * size
    whole = descent.LinearClassifier(optimizer="sgd").fit(X, LABELS)
    assert whole.evaluate(X, LABELS)[0] == pytest.approx(
        copy.copy(whole).set_params(shards=8).evaluate(X, LABELS)[0], rel=1e-7
    )


def test_range_test():
    def test(communicator):
        rows = parts(SAMPLES, communicator)
        model = descent.LinearClassifier(communicator=communicator, shards=SHARDS, optimizer="sgd", batch_size=32)
        return model.learning_rate_range(X[rows], LABELS[rows], steps=20).losses.tolist()

    assert succeed(4, test) == [test(None)] * 4


@pytest.mark.parametrize(("first", "second"), [(4, 2), (1, 8), (2, None)])
def test_a_fit_goes_on_with_another_number_of_processes(tmp_path, first, second):
    settings = {"shards": SHARDS, "optimizer": "adam", "epochs": 4, "batch_size": 32}
    path = tmp_path / "fit.descent"

    def begin(communicator):
        def stop(report):
            if report.step == 15 and communicator.rank == 0:
                model.save(path)
                return True
            return False

        rows = parts(SAMPLES, communicator)
        model = descent.LinearClassifier(communicator=communicator, progress=stop, **settings)
        return model.fit(X[rows], LABELS[rows])

    def go_on(communicator):
        rows = parts(SAMPLES, communicator)
        model = descent.LinearClassifier.load(path)
        return model.set_params(communicator=communicator).resume(X[rows], LABELS[rows])

    alone = descent.LinearClassifier(**settings).fit(X, LABELS)
    assert [model.stopped_ for model in succeed(first, begin)] == [True] * first
    for model in [go_on(None)] if second is None else succeed(second, go_on):
        np.testing.assert_array_equal(model.coef_, alone.coef_)
        assert model.loss_curve_ == alone.loss_curve_


def test_every_exchange_fails_once():
    def fit(communicator):
        rows = parts(SAMPLES, communicator)
        model = descent.LinearClassifier(communicator=communicator, shards=SHARDS, optimizer="sgd", epochs=1)
        model.fit(X[rows], LABELS[rows])
        return communicator.calls

    count = succeed(2, fit)[0]
    assert count > 8
    for number in range(1, count + 1):
        failure, other = run(2, fit, fails_at={0: number})
        if isinstance(failure, descent.CommunicationError):
            assert isinstance(failure.__cause__, OSError)
            assert "the exchange with rank 1 failed" in str(failure)
        else:
            # In the exchange of labels, which Python makes itself.
            assert isinstance(failure, OSError)
        assert isinstance(other, ConnectionError | int)


def test_what_is_wrong_in_one_process_is_heard_in_all():
    def fit(change):
        def spoiled(communicator):
            rows = parts(SAMPLES, communicator)
            features, labels, settings = X[rows].copy(), LABELS[rows], {"optimizer": "sgd", "epochs": 2}
            if communicator.rank == 2:
                features, labels = change(features, labels, settings)
            model = descent.LinearClassifier(communicator=communicator, shards=SHARDS, **settings)
            return model.fit(features, labels)

        return run(4, spoiled)

    def with_nan(features, labels, settings):
        features[5, 1] = np.nan
        return features, labels

    def with_epochs(features, labels, settings):
        settings["epochs"] = 3
        return features, labels

    for change, kind, text in (
        (lambda features, labels, _: (features[:, :5], labels), ValueError, "rank 2 has 5 features, rank 0 6"),
        (with_epochs, descent.InvalidArgumentError, "rank 2 has epochs 3, rank 0 2"),
        (with_nan, descent.NotFiniteError, "row 5, column 1: nan"),
        (lambda features, labels, _: (features[1:], labels), descent.ShapeMismatchError, "inconsistent numbers"),
        (lambda features, labels, _: (features[1:], labels[1:]), descent.InvalidArgumentError, "must hold"),
        (lambda features, labels, _: ("nothing", labels), Exception, "X"),
    ):
        for failure in fit(change):
            assert isinstance(failure, kind), failure
            assert text in str(failure)


def test_settings():
    with pytest.raises(descent.InvalidArgumentError, match="shards: 6 is no power of two"):
        descent.LinearClassifier(shards=6).fit(X, LABELS)
    with pytest.raises(TypeError, match="communicator must be one of"):
        descent.LinearClassifier(communicator=4).fit(X, LABELS)
    with pytest.raises(descent.InvalidArgumentError, match="batch_size: 30 is no multiple of 8, the shards"):
        descent.LinearClassifier(shards=8, optimizer="sgd", batch_size=30).fit(X, LABELS)
    with pytest.raises(descent.NullPointerError, match="sample_weight is None, but weighted sampling draws by them"):
        descent.LinearClassifier(shards=8, optimizer="sgd", sampling="weighted").fit(X, LABELS)

    def refuse(communicator):
        model = descent.LinearClassifier(communicator=communicator)
        with pytest.raises(descent.UnsupportedError, match="communicator must be None"):
            model.check_gradient(X, LABELS)
        with pytest.raises(descent.UnsupportedError, match="communicator must be None"):
            model.random_search(X, LABELS)
        with pytest.raises(descent.InvalidArgumentError, match="validation_fraction"):
            descent.LinearClassifier(communicator=communicator, validation_fraction=0.2).fit(X, LABELS)
        assert copy.deepcopy(model).communicator is communicator
        assert "rank 0 of 1" in repr(model)

    succeed(1, refuse)


def test_what_three_processes_are_told():
    def fit(communicator):
        communicator.size = 3
        return descent.LinearClassifier(communicator=communicator).fit(X, LABELS)

    (failure,) = run(1, fit)
    assert "3 processes" in str(failure)


def test_own_rows():
    class Some:
        rank, size = 0, 4

    rows = []
    for Some.rank in range(4):
        rows += range(10)[own_rows(10, Some, 8)]
    assert rows == list(range(10))
    with pytest.raises(descent.InvalidArgumentError, match="4 processes cannot share 2 shards"):
        own_rows(10, Some, 2)


def test_saved_settings_know_no_processes():
    (model,) = succeed(1, FITS["minibatches"])
    file = io.BytesIO()
    np.savez(file, **model.state_dict())
    again = descent.LinearClassifier()
    again.load_state_dict(model.state_dict())
    assert (again.shards, again.communicator) == (SHARDS, None)


@pytest.mark.parametrize(("kind", "module"), [(MPI, "mpi4py"), (Torch, "torch")])
def test_engines_are_optional(kind, module, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(ImportError, match=f"{kind.__name__} needs"):
        kind()
    assert pickle.loads(pickle.dumps(kind)) is kind
