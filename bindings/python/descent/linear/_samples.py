"""What an estimator reads of its callers' arrays: samples of a fit, those for a fitted model, and those held out."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._c.declarations import Dataset
from .._c.errors import InvalidArgumentError, ShapeMismatchError, naming
from ..distributed import Communicator, together
from . import _answers, _inputs
from ._model import Samples
from ._saving import SavableEstimator

# What has been read: features, what is known of their answers, and weights.
_Read = tuple[_inputs.Features, dict[str, Any], Any]


class SampleReader(SavableEstimator):
    """An estimator that reads features, and answers by what its classes of them know."""

    # What classifiers and regressors do differently.

    def _new_answers(self, y: Any, samples: int) -> dict[str, Any]:
        """Checked labels or targets, and what a fit remembers of them."""
        raise NotImplementedError

    def _known_answers(self, y: Any, samples: int) -> dict[str, Any]:
        """The same for a fitted model."""
        raise NotImplementedError

    def _answers_like(self, answers: Mapping[str, Any], y: Any, samples: int) -> dict[str, Any]:
        """Answers of the same kind as others, for validation."""
        raise NotImplementedError

    def _weights(self, answers: Mapping[str, Any], weights: Any, communicator: Communicator | None) -> Any:
        """The samples' weights, those of their classes included; with a communicator all processes call this."""
        raise NotImplementedError

    def _summary(self, answers: Mapping[str, Any]) -> Any:
        """What other processes have to know of the answers."""
        return None

    def _united(self, answers: dict[str, Any], summaries: list[Any]) -> dict[str, Any]:
        """Answers that take account of those of other processes."""
        return answers

    def _new_samples(
        self, X: Any, y: Any, sample_weight: Any, answers_of: Callable[[Any, int], dict[str, Any]] | None = None
    ) -> tuple[Samples, dict[str, Any], NDArray[Any] | None]:
        """The samples of a fit from the start, what is known of their answers, and the features' names."""
        names = _inputs.feature_names(X)

        def read() -> _Read:
            features = _inputs.as_features(X, type(self).__name__)
            answers = (answers_of or self._new_answers)(y, len(features))
            answers["feature_scale"] = _inputs.usual_scale(features)
            return features, answers, _answers.as_weights(sample_weight, len(features))

        samples, answers = self._read(read, self.communicator)
        return samples, answers, names

    def _known_samples(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        communicator: Communicator | None = None,
        *,
        judges: bool = False,
    ) -> tuple[Samples, dict[str, Any]]:
        """Samples for the fitted model, with labels that the fit had.

        judges: for what score() says too: all features must be finite, and classes have no weights
        """

        def read() -> _Read:
            features = self._known_features(X)
            answers = self._known_answers(y, len(features)) | self._known_scale
            if judges:
                self._fitted_model.require_finite(self._samples(features, self._known_scale).described())
            return features, answers, _answers.as_weights(sample_weight, len(features))

        return self._read(read, communicator, weighs_classes=not judges)

    def _read(
        self, read: Callable[[], _Read], communicator: Communicator | None, *, weighs_classes: bool = True
    ) -> tuple[Samples, dict[str, Any]]:
        """Samples, and what is known of their answers, those of other processes included."""
        if communicator is None:
            features, answers, weights = read()
        else:
            own, summaries = together(communicator, read, lambda found: self._summary(found[1]))
            features, weights = own[0], own[2]
            answers = self._united(own[1], summaries) | {"feature_scale": own[1]["feature_scale"]}
        if weighs_classes:
            weights = self._weights(answers, weights, communicator)
        return self._samples(features, answers, weights), answers

    def _samples(self, features: _inputs.Features, answers: Mapping[str, Any], weights: Any = None) -> Samples:
        """Features by the scale that is set, or that goes with the fit of these answers."""
        scale = self.scale
        if scale is None:
            scale = answers.get("feature_scale") or _inputs.usual_scale(features)
            _inputs.warn_of_fractions(features, scale)
        features, scale, offset = _inputs.as_scaled(features, scale, self.offset)
        return Samples(features, answers.get("labels"), answers.get("targets"), weights, scale, offset)

    @property
    def _known_scale(self) -> dict[str, Any]:
        """What the numbers of the fit were multiplied by holds for all others, whatever their type."""
        return {"feature_scale": self._fitted.feature_scale}

    def _known_features(self, X: Any) -> _inputs.Features:
        dimension = self._fitted_model.dimension
        _inputs.require_names(vars(self).get("feature_names_in_"), _inputs.feature_names(X), type(self).__name__)
        features = _inputs.as_features(X, type(self).__name__)
        if features.shape[1] != dimension:
            raise ShapeMismatchError(
                f"X has {features.shape[1]} features, but {type(self).__name__} is expecting {dimension} features as "
                f"input: X is {_inputs.described(features)}"
            )
        return features

    def _known_data(self, X: Any) -> Dataset:
        """Features for the fitted model, all of them finite."""
        data = self._samples(self._known_features(X), self._known_scale).described()
        self._fitted_model.require_finite(data)
        return data

    def _split(
        self, samples: Samples, answers: Mapping[str, Any], names: NDArray[Any] | None, validation: Any
    ) -> tuple[Samples, Samples | None]:
        """Samples to train with, and others to validate with, if that is wanted."""
        if validation is not None:

            def read() -> _Read:
                with naming("validation"):
                    return self._held_samples(samples, answers, names, validation)

            return samples, self._read(read, self.communicator)[0]
        fraction = self.validation_fraction
        if fraction is None:
            return samples, None
        chosen = self._held_out(len(samples.features), answers.get("labels"), fraction)
        if chosen.all() or not chosen.any():
            raise InvalidArgumentError(
                f"validation_fraction: {fraction} of {len(chosen)} samples leaves none to train or to validate with"
            )
        return samples.part(np.flatnonzero(~chosen)), samples.part(np.flatnonzero(chosen))

    def _held_samples(
        self, samples: Samples, answers: Mapping[str, Any], names: NDArray[Any] | None, validation: Any
    ) -> _Read:
        """Validation data that somebody gives, for a fit with these samples."""
        X, y, weights = _parts_of(validation)
        _inputs.require_names(names, _inputs.feature_names(X), type(self).__name__)
        features = _inputs.as_features(X, type(self).__name__)
        if features.shape[1] != samples.features.shape[1]:
            raise ShapeMismatchError(
                f"X is {_inputs.described(features)}, but that of the fit has {samples.features.shape[1]} features"
            )
        held = self._answers_like(answers, y, len(features)) | {"feature_scale": answers["feature_scale"]}
        return features, held, _answers.as_weights(weights, len(features))

    def _held_out(self, count: int, labels: Any, fraction: float) -> NDArray[np.bool_]:
        """Which samples validate: drawn by the seed, of each class its share."""
        random, held = np.random.default_rng(self.seed), np.zeros(count, bool)
        groups = (
            [np.arange(count)] if labels is None else [np.flatnonzero(labels == label) for label in np.unique(labels)]
        )
        for group in groups:
            held[random.permutation(group)[: round(fraction * len(group))]] = True
        return held


def _parts_of(validation: Any) -> tuple[Any, Any, Any]:
    """X, y and weights of validation data."""
    if not isinstance(validation, tuple | list) or len(validation) not in (2, 3):
        kind = type(validation).__name__
        what = f"a {kind} of {len(validation)}" if isinstance(validation, tuple | list) else f"a {kind}"
        raise TypeError(f"it must be (X, y) or (X, y, sample_weight), not {what}")
    X, y, *weights = validation
    return X, y, weights[0] if weights else None
