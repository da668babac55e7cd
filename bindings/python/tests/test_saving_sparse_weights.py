"""Saved models whose weights are mostly 0: small bytes, the same bits, and nothing that does not fit is read."""

import numpy as np
import pytest
from linear_models import CORRUPT, Model, RefusedError, sparse_dataset

import descent
from descent._saving.saved_bytes import build, entries

DIMENSION, OUTPUTS = 5001, 3
KIND = 3  # of a classifier


def sparse_model(share, *, seed=1):
    """A classifier that has so large a share of weights that are not 0; two of them are -0 and NaN."""
    random = np.random.default_rng(seed)
    model = Model("softmax_cross_entropy", DIMENSION, OUTPUTS, l2=0.25)
    shape = DIMENSION, OUTPUTS
    weights = np.where(random.random(shape) < share, random.normal(size=shape), 0)
    weights[7, 1], weights[8, 2], weights[-1, -1] = -0.0, np.nan, 2.5
    model.set_weights(weights, random.normal(size=OUTPUTS))
    return model


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.49, 0.6, 1])
def test_the_same_bits(share):
    model = sparse_model(share)
    saved = model.save()
    again = model.load(saved)
    assert again.bits == model.bits
    assert again.save() == saved
    least = 1.05 * share + 1 / 32 if share < 0.5 else 1
    assert len(saved) < 4 * DIMENSION * OUTPUTS * least + 500
    assert ("weights" in entries(saved)) == (share > 0.5)


def test_few_weights_are_a_matrix():
    model = Model("softmax_cross_entropy", 5, 3)
    assert entries(model.save())["weights"].shape == (5, 3)


def test_what_a_fit_with_l1_saves():
    random = np.random.default_rng(2)
    columns = np.sort(random.choice(DIMENSION, 40, replace=False)).astype(np.int32)
    starts = np.arange(0, 41, 2)
    data = sparse_dataset((starts, columns, None), DIMENSION, labels=random.integers(0, OUTPUTS, 20))
    model = Model("softmax_cross_entropy", DIMENSION, OUTPUTS)
    optimizer = descent.SGD(learning_rate=0.5)

    class Given:
        pointer = optimizer._require_open().pointer

    model.fit(Given, data, batch_size=4, epochs=2, l1=1e-3)
    assert 0 < np.count_nonzero(model.weights[0]) <= 120
    assert len(model.save()) < 4000
    assert model.load(model.save()).bits == model.bits


def test_truncated_bytes():
    saved = sparse_model(0.01).save()
    for length in {*range(0, len(saved), 97), len(saved) - 1}:
        with pytest.raises(RefusedError) as refused:
            sparse_model(0).load(saved[:length])
        assert refused.value.status == CORRUPT


def changes():
    """What is wrong, and how it comes about."""
    used, values = "weights.used", "weights.values"
    yield "is missing", lambda e: e.pop(values)
    yield "is missing", lambda e: e.pop(used)
    yield "rows: is missing", lambda e: e.pop("weights.rows")
    yield "numbers of float32", lambda e: e.update({values: e[values][:-1]})
    yield "numbers of float32", lambda e: e.update({values: np.float64(e[values])})
    yield "numbers of uint8", lambda e: e.update({used: e[used][:-1]})
    yield "numbers of uint8", lambda e: e.update({"weights.rows": np.uint64(DIMENSION + 1000)})
    yield "is above", lambda e: e.update({"weights.rows": np.uint64(2**62)})
    yield "numbers of uint8", lambda e: e.update({"weights.rows": np.uint64(2**31 - 2)})
    yield "nothing that this version", lambda e: e.update({"weights": np.zeros((DIMENSION, OUTPUTS), np.float32)})

    def beyond(e):
        e[used][-1] |= 0x80
        e[values] = np.append(e[values], np.float32(1))

    yield "has more numbers than 15003", beyond

    def one_more(e):
        e[used][0] ^= 1

    yield "numbers of float32", one_more


@pytest.mark.parametrize(("words", "change"), list(changes()))
def test_entries_that_do_not_fit(words, change):
    model = sparse_model(0.01)
    named = entries(model.save())
    assert model.load(build(KIND, named)).bits == model.bits
    change(named)
    with pytest.raises(RefusedError, match=words) as refused:
        model.load(build(KIND, named))
    assert refused.value.status == CORRUPT


def test_the_estimator(tmp_path):
    random = np.random.default_rng(1)
    X = random.normal(size=(60, 3000)).astype(np.float32)
    y = np.digitize(X[:, 0], [-0.5, 0.5])
    model = descent.LinearClassifier(optimizer="adagrad", l1=0.15, epochs=3, batch_size=10).fit(X, y)
    model.save(tmp_path / "model")
    again = descent.LinearClassifier.load(tmp_path / "model")
    np.testing.assert_array_equal(again.coef_, model.coef_)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert np.mean(model.coef_ == 0) > 0.5
