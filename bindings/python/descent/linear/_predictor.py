"""What a fitted linear classifier says of samples."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._c.arrays import Array, describe
from .._c.declarations import Dataset
from .._c.errors import InvalidArgumentError, ShapeMismatchError
from ._model import make_dataset
from ._samples import as_stored, require_features, require_labels
from ._saving import SavableClassifier


class LinearPredictor(SavableClassifier):
    """Prediction and evaluation."""

    loss: str
    scale: float | None
    offset: float

    def decision_function(self, X: Array) -> NDArray[np.float32]:
        """The scores: shape (samples, classes), for two classes too. Errors as in predict()."""
        self._require_known_features(X)
        return self._fitted_model.scores(self._dataset(X, None))

    def predict(self, X: Array) -> NDArray[Any]:
        """The label with the highest score for each sample, the first of equals.

        NotFittedError before a fit; TypeError, InvalidArgumentError and ShapeMismatchError for X, as in fit().
        """
        self._require_known_features(X)
        indices = self._fitted_model.predict(self._dataset(X, None))
        predicted: NDArray[Any] = self.classes_[indices]
        return predicted

    def predict_proba(self, X: Array) -> NDArray[np.float32]:
        """The softmax of the scores: shape (samples, classes). Errors as in predict().

        AttributeError for the hinge losses, whose scores are not logarithms of probabilities.
        """
        if self.loss != "softmax_cross_entropy":
            raise AttributeError(
                f"predict_proba needs the loss 'softmax_cross_entropy', and this one has {self.loss!r}"
            )
        scores = self.decision_function(X)
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float32] = exponentials / exponentials.sum(axis=1, keepdims=True)
        return probabilities

    def score(self, X: Array, y: ArrayLike) -> float:
        """The accuracy: the share of samples whose predicted label is the given one. Errors as in predict()."""
        predicted = self.predict(X)
        return float(np.mean(predicted == require_labels(y, len(predicted))))

    def evaluate(self, X: Array, y: ArrayLike) -> tuple[float, float]:
        """The mean loss, regularization included, and the accuracy.

        Errors as in predict(), and InvalidArgumentError for a label that the fit did not have.
        """
        return self._fitted_model.evaluate(self._known_data(X, y))

    @property
    def coef_(self) -> NDArray[np.float32]:
        """A copy of the weights: shape (classes, features)."""
        return _frozen(np.ascontiguousarray(self._fitted_model.parameters()[0].T))

    @property
    def intercept_(self) -> NDArray[np.float32]:
        """A copy of the bias: shape (classes,)."""
        return _frozen(self._fitted_model.parameters()[1])

    def __sklearn_is_fitted__(self) -> bool:
        """Answers scikit-learn's question."""
        return hasattr(self, "_model")

    def _known_data(self, X: Array, y: ArrayLike) -> Dataset:
        """Samples for the fitted model, whose labels the fit must have had."""
        self._require_known_features(X)
        labels = require_labels(y, len(X))
        indices = np.searchsorted(self.classes_, labels).clip(max=len(self.classes_) - 1).astype(np.int32)
        unknown = self.classes_[indices] != labels
        if unknown.any():
            wrong = int(np.argmax(unknown))
            raise InvalidArgumentError(f"y[{wrong}] is {labels[wrong]!r}, a label that the fit did not have")
        return self._dataset(X, indices)

    def _dataset(self, X: Array, indices: NDArray[np.int32] | None) -> Dataset:
        """The samples for the library, scaled and shifted; the labels as indices of classes."""
        features, scale, offset = as_stored(X, self.scale, self.offset)
        return make_dataset(features, indices, scale, offset)

    def _require_known_features(self, X: Array) -> None:
        require_features(X)
        dimension = self._fitted_model.dimension
        if X.shape[1] != dimension:
            raise ShapeMismatchError(f"X is {describe(X)}, but the fit was made with {dimension} features")


def _frozen(array: Array) -> Array:
    array.flags.writeable = False
    return array
