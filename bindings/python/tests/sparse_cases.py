"""Sparse rows for the tests, and the same rows stored in full."""

import numpy as np
from linear_models import LABELLED, Model, answers_of, dataset, random_targets, sparse_dataset, stored_rows

# Every kind of model, with the numbers of columns that the kernel sums in different ways.
SHAPES = [1, 2, 3, 5, 8, 11, 16, 23, 40, 58, 64, 65, 130]


def random_matrix(samples=90, dimension=41, *, density=0.15, seed=1):
    """With empty rows and columns, full ones, and one of the only value 1."""
    random = np.random.default_rng(seed)
    matrix = np.where(random.random((samples, dimension)) < density, random.normal(size=(samples, dimension)), 0)
    matrix = matrix.astype(np.float32)
    matrix[:, dimension - 1] = matrix[0] = matrix[7] = matrix[:, 3] = 0
    matrix[5] = random.normal(size=dimension)
    matrix[:, 4] = random.normal(size=samples)
    matrix[7, 11] = 1
    return matrix


class Case:
    """A model with random weights, and data of both kinds for it."""

    def __init__(
        self, loss="softmax_cross_entropy", outputs=3, *, binary=False, l2=0.0, weights=None, matrix=None, seed=1
    ):
        self.matrix = random_matrix() if matrix is None else matrix
        samples, dimension = self.matrix.shape
        random = np.random.default_rng(1)
        self.model = Model(loss, dimension, 1 if binary else outputs, binary=binary, l2=l2)
        self.spread(0.5)
        if loss in LABELLED:
            answers = random.integers(0, 2 if binary else outputs, samples).astype(np.int32)
        else:
            answers = random_targets(loss, self.matrix @ random.normal(size=(dimension, outputs)) * 0.3, random)
        self.others = answers_of(self.model, answers) | {"weights": weights}
        self.full = dataset(self.matrix, **self.others)
        self.sparse = sparse_dataset(stored_rows(self.matrix), dimension, **self.others)

    def spread(self, size, seed=1):
        """Draws the model's weights."""
        random = np.random.default_rng(seed)
        shape = self.model.dimension, self.model.outputs
        self.model.set_weights(size * random.normal(size=shape), size * random.normal(size=shape[1]))
