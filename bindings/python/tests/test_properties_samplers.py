"""Samplers of any size: complete epochs, batches of the right sizes and classes, places that are found again."""

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from properties import SEEDS, generator

import descent

SAMPLINGS = ["shuffle", "replacement", "stratified", "weighted"]


@st.composite
def samplers(draw, samplings=tuple(SAMPLINGS)):
    """What makes a sampler: the arguments by position, and those by name."""
    samples, batch_size = draw(st.integers(1, 60)), draw(st.integers(1, 70))
    sampling, seed = draw(st.sampled_from(samplings)), draw(SEEDS)
    words = {"sampling": sampling, "seed": seed}
    if sampling == "stratified":
        words["labels"] = generator(seed).integers(0, draw(st.sampled_from([1, 2, 7, 1000])), samples)
    if sampling == "weighted":
        words["weights"] = generator(seed).choice([0.0, 1e-300, 0.5, 3.0, 1e300], samples)
        words["weights"][draw(st.integers(0, samples - 1))] = 1.0
    if batch_size <= samples:
        words["drop_last"] = draw(st.booleans())
    return (samples, batch_size), words


@given(samplers())
def test_batches_have_their_size_and_their_samples(made):
    (samples, batch_size), words = made
    sampler = descent.Sampler(samples, batch_size, **words)
    full, rest = divmod(samples, batch_size)
    sizes = [batch_size] * full + ([rest] if rest and not words.get("drop_last") else [])
    for _ in range(2):
        batches = list(sampler)
        assert [len(batch) for batch in batches] == sizes
        drawn = np.concatenate(batches)
        assert drawn.min() >= 0
        assert drawn.max() < samples
        if words["sampling"] in ("shuffle", "stratified"):
            assert len(set(drawn.tolist())) == len(drawn)
        if words["sampling"] == "weighted":
            assert np.all(words["weights"][drawn] > 0)


@given(samplers(["stratified"]))
def test_each_batch_has_its_share_of_every_class(made):
    (samples, batch_size), words = made
    labels = words["labels"]
    for batch in descent.Sampler(samples, batch_size, **words):
        for label in np.unique(labels):
            share = np.count_nonzero(labels == label) * len(batch) / samples
            # Shares of earlier batches are rounded too: one more or one less than the rounded one.
            assert abs(np.count_nonzero(labels[batch] == label) - share) < 1 + 1e-9


@given(samplers(), st.integers(0, 2**64 - 1), st.integers(0, 1000))
def test_a_place_gives_the_same_batch_whoever_comes_there(made, epoch, number):
    sizes, words = made
    sampler, other = descent.Sampler(*sizes, **words), descent.Sampler(*sizes, **words)
    for _ in range(number % 5):
        sampler.next_batch()
    batch = number % len(sampler)
    sampler.seek(epoch, batch)
    other.seek(epoch, batch)
    assert sampler.position == (epoch, batch)
    copied = pickle.loads(pickle.dumps(sampler))
    for _ in range(3):
        drawn = sampler.next_batch()
        assert np.array_equal(drawn, other.next_batch())
        assert np.array_equal(drawn, copied.next_batch())
    assert sampler.position == other.position == copied.position
