"""The minibatches of a training loop of one's own."""

import numpy as np
import pytest
from test_classifier import blobs

import descent

SAMPLES = 103
LABELS = np.arange(SAMPLES) % 4
WEIGHTS = np.linspace(0, 1, SAMPLES)
KINDS = [{}, {"sampling": "replacement"}, {"sampling": "stratified", "labels": LABELS}, {"weights": WEIGHTS}]


def batches(sampler, count):
    return [sampler.next_batch() for _ in range(count)]


@pytest.mark.parametrize("options", KINDS)
@pytest.mark.parametrize("size", [1, 10, 32, 103, 1000])
def test_epochs(options, size):
    sampler = descent.Sampler(SAMPLES, size, seed=1, **options)
    per_epoch = -(-SAMPLES // size)
    assert len(sampler) == per_epoch
    epochs = [list(sampler) for _ in range(3)]
    assert sampler.position == (3, 0)
    for epoch in epochs:
        assert [len(batch) for batch in epoch] == [min(size, SAMPLES - size * i) for i in range(per_epoch)]
        drawn = np.concatenate(epoch)
        assert drawn.dtype == np.intp
        assert 0 <= drawn.min() <= drawn.max() < SAMPLES
        if "weights" not in options and options.get("sampling") != "replacement":
            np.testing.assert_array_equal(np.sort(drawn), range(SAMPLES))
    flat = [np.concatenate(epoch).tobytes() for epoch in epochs]
    assert len(set(flat)) == 3
    again = descent.Sampler(SAMPLES, size, seed=1, **options)
    assert np.concatenate(list(again)).tobytes() == flat[0]
    other = descent.Sampler(SAMPLES, size, seed=2, **options)
    assert np.concatenate(list(other)).tobytes() != flat[0]


def test_stratified_batches_keep_the_proportions():
    for batch in descent.Sampler(SAMPLES, 20, sampling="stratified", labels=LABELS):
        counts = np.bincount(LABELS[batch], minlength=4)
        assert np.abs(counts - len(batch) / 4).max() <= 1


def test_weights_are_probabilities():
    weights = np.array([0, 1, 2, 5])
    sampler = descent.Sampler(4, 100, weights=weights)
    drawn = np.concatenate(batches(sampler, 5000))
    counts = np.bincount(drawn, minlength=4)
    assert counts[0] == 0
    expected = len(drawn) * weights / 8
    assert ((counts - expected)[1:] ** 2 / expected[1:]).sum() < 20  # chi-square, 2 degrees of freedom


@pytest.mark.parametrize("options", KINDS)
def test_seeking(options):
    sampler = descent.Sampler(SAMPLES, 10, **options)
    expected = [batch.tobytes() for batch in batches(sampler, 40)]
    for place in (39, 0, 11, 10, 21):
        other = descent.Sampler(SAMPLES, 10, **options)
        other.seek(*divmod(place, 11))
        assert other.position == divmod(place, 11)
        assert [batch.tobytes() for batch in batches(other, 40 - place)] == expected[place:]
    other.seek(1, 5)
    assert [batch.tobytes() for batch in other] == expected[16:22]
    assert other.position == (2, 0)
    sampler.seek(2**64 - 1, 10)
    sampler.next_batch()
    assert sampler.position == (0, 0)


def test_last_batch_dropped():
    sampler = descent.Sampler(SAMPLES, 10, drop_last=True)
    assert (len(sampler), sampler.drop_last) == (10, True)
    assert {len(batch) for batch in sampler} == {10}
    assert sampler.position == (1, 0)
    sampler.drop_last = False
    assert [len(batch) for batch in sampler] == [10] * 10 + [3]
    assert "drop_last" not in repr(sampler)
    with pytest.raises(ValueError, match="drop"):
        descent.Sampler(3, 4, drop_last=True)


@pytest.mark.parametrize("sampling", ["shuffle", "replacement", "stratified"])
def test_a_loop_of_ones_own_does_what_a_fit_does(sampling):
    features, labels = blobs(200, 6, 3)
    classifier = descent.LinearClassifier(
        optimizer=descent.Momentum(learning_rate=0.1), epochs=3, batch_size=16, sampling=sampling, seed=9
    ).fit(features, labels)

    weights, bias = np.zeros((6, 3), np.float32), np.zeros(3, np.float32)
    momentum = descent.Momentum(learning_rate=0.1)
    sampler = descent.Sampler(200, 16, sampling=sampling, labels=labels, seed=9)
    for _ in range(3):
        for batch in sampler:
            x = features[batch]
            _, slopes = descent.softmax_cross_entropy(x @ weights + bias, labels[batch])
            momentum.step([(weights, x.T @ slopes), (bias, slopes.sum(axis=0))])
    np.testing.assert_allclose(classifier.coef_, weights.T, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(classifier.intercept_, bias, rtol=1e-3, atol=1e-5)


def test_closing():
    with descent.Sampler(5, 2) as sampler:
        sampler.next_batch()
    sampler.close()
    for use in (sampler.next_batch, lambda: len(sampler), lambda: sampler.position, lambda: sampler.seek(0)):
        with pytest.raises(ValueError, match="closed"):
            use()


@pytest.mark.parametrize(
    ("arguments", "options", "error", "word"),
    [
        ((0, 1), {}, ValueError, "samples"),
        ((1, 0), {}, ValueError, "batch_size"),
        ((-1, 1), {}, ValueError, "samples"),
        ((1.5, 1), {}, TypeError, "samples"),
        ((3, 1), {"sampling": "sorted"}, descent.UnknownNameError, "sampling"),
        ((3, 1), {"sampling": "stratified"}, ValueError, "labels"),
        ((3, 1), {"sampling": "weighted"}, ValueError, "weights"),
        ((3, 1), {"sampling": "shuffle", "weights": [1, 1, 1]}, ValueError, "weights"),
        ((3, 1), {"labels": [0, 1]}, descent.ShapeMismatchError, "labels"),
        ((3, 1), {"sampling": "stratified", "labels": [0, 1, -1]}, ValueError, "label"),
        ((3, 1), {"labels": [0.5, 1, 1]}, TypeError, "labels"),
        ((3, 1), {"weights": [1, 1]}, descent.ShapeMismatchError, "weights"),
        ((3, 1), {"weights": [0, 0, 0]}, ValueError, "weights"),
        ((3, 1), {"weights": [1, -1, 1]}, ValueError, "weights"),
        ((3, 1), {"weights": [1, np.nan, 1]}, ValueError, "weights"),
        ((3, 1), {"weights": ["1", "1", "1"]}, TypeError, "weights"),
        ((3, 1), {"seed": -1}, ValueError, "seed"),
    ],
)
def test_wrong_arguments_are_named(arguments, options, error, word):
    with pytest.raises(error, match=word):
        descent.Sampler(*arguments, **options)


def test_wrong_places_are_refused():
    sampler = descent.Sampler(10, 4)
    for place, error in [((0, 3), ValueError), ((0, -1), ValueError), ((-1, 0), ValueError), ((0.5, 0), TypeError)]:
        with pytest.raises(error, match=r"batch|epoch"):
            sampler.seek(*place)
    assert sampler.position == (0, 0)
