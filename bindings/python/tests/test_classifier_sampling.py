"""What the minibatches of a fit hold: each sample once, independent draws, or the proportions of the data set."""

import itertools

import numpy as np
import pytest
import textbook
from test_classifier import blobs

import descent


class Batches:
    """What minibatches hold, told by their losses: a fit with learning rate 0, so that each sample keeps its loss."""

    def __init__(self, features, labels, **settings):
        reports = []
        still = descent.LinearClassifier(
            optimizer=descent.SGD(learning_rate=0),
            initial_standard_deviation=1,
            progress=reports.append,
            **settings,
        )
        still.fit(features, labels)
        scores = features.astype(np.float64) @ still.coef_.T + still.intercept_
        if scores.shape[1] == 1:
            scores = np.hstack([np.zeros_like(scores), scores])
        self.sample_losses = np.array(
            [textbook.softmax_cross_entropy(scores[i : i + 1], labels[i : i + 1])[0] for i in range(len(labels))]
        )
        # The report of an epoch's last step gives the epoch's mean, from which that of the last batch follows.
        self.steps = max(report.step for report in reports) // settings["epochs"]
        size, samples = settings["batch_size"], len(labels)
        self.sizes = [min(size, samples - size * i) for i in range(self.steps)]
        self.epochs = []
        for epoch in range(settings["epochs"]):
            losses = [report.loss for report in reports[epoch * self.steps : (epoch + 1) * self.steps]]
            total = losses[-1] * samples
            losses[-1] = (total - np.dot(losses[:-1], self.sizes[:-1])) / self.sizes[-1]
            self.epochs.append((losses, total))


@pytest.mark.parametrize(("sampling", "once"), [("shuffle", True), ("stratified", True), ("replacement", False)])
def test_each_sample_once_an_epoch_unless_drawn_with_replacement(sampling, once):
    features, labels = blobs(100)
    batches = Batches(features, labels, sampling=sampling, batch_size=16, epochs=4)
    assert batches.steps == 7
    for _, total in batches.epochs:
        assert bool(abs(total - batches.sample_losses.sum()) < 1e-4) is once
    # Another order every epoch.
    for (one, _), (other, _) in itertools.combinations(batches.epochs, 2):
        assert not np.allclose(one, other)


def test_each_sample_is_drawn_about_as_often_with_replacement():
    # A single sample in a batch is known by its loss.
    features, labels = blobs(20, seed=2)
    batches = Batches(features, labels, sampling="replacement", batch_size=1, epochs=200)
    drawn = np.concatenate([losses for losses, _ in batches.epochs])
    counts = (np.abs(drawn[:, None] - batches.sample_losses) < 1e-4 * (1 + batches.sample_losses)).sum(axis=0)
    assert len(np.unique(batches.sample_losses.round(3))) == 20
    assert abs(counts.sum() - 4000) < 40
    assert counts.min() > 140
    assert counts.max() < 260


@pytest.mark.parametrize("shares", [(150, 50), (33, 33, 33), (120, 47, 13), (97, 2, 1), (64, 64)])
def test_stratified_batches_have_the_proportions_of_the_data_set(shares):
    labels = np.repeat(np.arange(len(shares)), shares)
    # All samples of a class are the same, so a batch's loss tells how many it has of each.
    features = np.eye(len(shares), dtype=np.float32)[labels]
    size = 16
    batches = Batches(features, labels, sampling="stratified", batch_size=size, epochs=3)
    class_losses = np.array([batches.sample_losses[labels == k][0] for k in range(len(shares))])
    for losses, _ in batches.epochs:
        seen = np.zeros(len(shares), int)
        for loss, length in zip(losses, batches.sizes, strict=True):
            mixes = [mix for mix in itertools.product(range(length + 1), repeat=len(shares)) if sum(mix) == length]
            errors = [abs(np.dot(mix, class_losses) / length - loss) for mix in mixes]
            mix = np.array(mixes[int(np.argmin(errors))])
            share = np.array(shares) * length / sum(shares)
            assert min(errors) < 1e-5
            assert (np.abs(mix - share) < 1).all(), f"{mix} of {share}"
            seen += mix
        np.testing.assert_array_equal(seen, shares)
