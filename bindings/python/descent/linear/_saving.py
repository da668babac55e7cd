"""How estimators become files, state dictionaries and pickles, and files and so on become estimators."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from numpy.typing import NDArray

from .._c.errors import InvalidArgumentError, naming
from .._saving import files
from .._saving.state_dicts import StateDict
from ..optimizers import Optimizer
from ._fitted import Fitted
from ._model import LinearModel
from ._settings import Settings
from ._sklearn import not_fitted_error

Value = TypeVar("Value")


def _attributes_of(fitted: Fitted) -> dict[str, Any]:
    """What an estimator that is fitted so knows."""
    attributes: dict[str, Any] = {
        "_model": fitted.model,
        "_optimizer": fitted.stands_for or fitted.optimizer,
        "n_features_in_": fitted.model.dimension,
        "history_": fitted.history,
        "stopped_": fitted.stopped,
        "_has_one_target": fitted.has_one_target,
        "_fit_plan": fitted.plan,
        "stop_reason_": fitted.stop_reason,
        "_feature_scale": fitted.feature_scale,
    }
    if fitted.classes is not None:
        attributes["classes_"] = fitted.classes
    if fitted.feature_names is not None:
        attributes["feature_names_in_"] = fitted.feature_names
    return attributes


def _running_fit_of(estimator: object) -> Fitted | None:
    """The fit whose progress function this thread is in, if it is one of the estimator's."""
    thread, fitted = vars(estimator).get("_running", (None, None))
    return fitted if thread == threading.get_ident() else None


class OfTheFit(Generic[Value]):
    """An attribute of a fitted estimator; in the progress function that of the fit that is running."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, estimator: None, owner: type) -> Self: ...
    @overload
    def __get__(self, estimator: object, owner: type) -> Value: ...
    def __get__(self, estimator: object | None, owner: type) -> Self | Value:
        if estimator is None:
            return self
        running = _running_fit_of(estimator)
        attributes = vars(estimator) if running is None else _attributes_of(running)
        if self._name not in attributes:
            raise AttributeError(f"{type(estimator).__name__} has no attribute {self._name!r} before a fit")
        value: Value = attributes[self._name]
        return value

    def __set__(self, estimator: object, value: Value) -> None:
        vars(estimator)[self._name] = value


class SavableEstimator(Settings):
    """Saving, loading, copying and pickling of an estimator."""

    _kind: ClassVar[str]

    _model = OfTheFit[LinearModel]()
    _optimizer = OfTheFit[Optimizer | None]()
    history_ = OfTheFit[list[dict[str, Any]]]()
    stopped_ = OfTheFit[bool]()
    stop_reason_ = OfTheFit[str]()
    n_features_in_ = OfTheFit[int]()
    feature_names_in_ = OfTheFit[NDArray[Any]]()

    def __sklearn_is_fitted__(self) -> bool:
        """Answers scikit-learn's question."""
        return hasattr(self, "_model")

    def save(self, path: files.PathLike) -> None:
        """Writes the fitted estimator to a file, as a whole or not at all.

        In the progress function it is the fit that is running that is saved, for resume(). The progress function itself
        is not saved.

        NotFittedError; TypeError for labels that are no numbers, texts or times. OSError; then a file that was there
        before is as it was.
        """
        files.write(path, self._fitted.save(self.get_params(deep=False)))

    @classmethod
    def load(cls, path: files.PathLike) -> Self:
        """Makes an estimator from a file that save() has written.

        CorruptStateError: the file was not saved so: it is cut off, altered, of something else or of a later version.
        OSError.
        """
        with naming(path):
            fitted, settings = Fitted.load(files.read(path), cls._kind)
            estimator = cls(**settings)
            estimator._require_settings()
        estimator._adopt(fitted)
        return estimator

    def state_dict(self) -> StateDict:
        """The same as a flat dict from text to NumPy arrays: 'weights', 'settings.epochs', 'optimizer.step_count', ...

        numpy.savez() and safetensors.numpy.save_file() can hold it. Errors as in save().
        """
        return self._fitted.to_dict(self.get_params(deep=False))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes over everything, settings too, from what state_dict() returned; the progress function stays.

        InvalidArgumentError names the array that is missing, left over, or wrong; then nothing has changed. TypeError
        for what is no dict.
        """
        self._require_idle()
        fitted, settings = Fitted.from_dict(state, self._kind)
        type(self)(**settings)._require_settings()  # they are refused before anything has changed
        self.set_params(**settings)
        self._adopt(fitted)

    def __getstate__(self) -> dict[str, Any]:
        """Is copied and pickled with the last fit, and in the progress function with the one that is running."""
        running = _running_fit_of(self)
        state = vars(self) | (_attributes_of(running) if running else {})
        return {name: value for name, value in state.items() if name != "_running"}

    @contextmanager
    def _running_fit(self, fitted: Fitted) -> Iterator[None]:
        """While a fit or a search is running, everything that its progress function asks is about that one.

        Other threads see what was there before, until the result is adopted.
        """
        self._require_idle()
        with fitted.running():
            self._running = threading.get_ident(), fitted
            try:
                yield
            finally:
                del self._running

    def _require_idle(self) -> None:
        """InvalidArgumentError in a progress function, for what cannot be done there."""
        if "_running" in vars(self):
            raise InvalidArgumentError(
                "a fit or a search of this estimator is running: its progress function cannot begin another one or "
                "load one"
            )

    @property
    def _fitted(self) -> Fitted:
        """What is fitted; in the progress function the fit that is running."""
        running = _running_fit_of(self)
        if running:
            return running
        known = vars(self)
        return Fitted(
            self._fitted_model,
            self._optimizer,
            known.get("classes_"),
            self.history_,
            self.stopped_,
            feature_names=known.get("feature_names_in_"),
            has_one_target=known.get("_has_one_target", True),
            plan=known.get("_fit_plan", {}),
            stop_reason=known.get("stop_reason_", "none"),
            feature_scale=known.get("_feature_scale"),
        )

    def _adopt(self, fitted: Fitted) -> None:
        """Takes over what a fit or a search has brought about."""
        settled = {"_optimizer": fitted.settled_optimizer()}
        for name in ("feature_names_in_", "_coef_is_sparse"):
            vars(self).pop(name, None)
        # All at once: an interrupt finds either the former fit or this one.
        vars(self).update(_attributes_of(fitted) | settled)

    @property
    def _fitted_model(self) -> LinearModel:
        if not hasattr(self, "_model"):
            raise not_fitted_error(f"this {type(self).__name__} has not been fitted yet; call fit(X, y) first")
        return self._model
