"""How classifiers become files, state dictionaries and pickles, and files and so on become classifiers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from numpy.typing import NDArray

from . import _files
from ._fitted import Fitted
from ._model import LinearModel
from ._state_dicts import StateDict
from .errors import InvalidArgumentError, naming
from .optimizers import Optimizer


def _attributes_of(fitted: Fitted) -> dict[str, Any]:
    """What a classifier that is fitted so knows."""
    return {
        "_model": fitted.model,
        "_optimizer": fitted.optimizer,
        "classes_": fitted.classes,
        "n_features_in_": fitted.model.dimension,
        "history_": fitted.history,
        "stopped_": fitted.stopped,
    }


_FITTED_ATTRIBUTES = ("_model", "_optimizer", "classes_", "n_features_in_", "history_", "stopped_")


class SavableClassifier:
    """What of a LinearClassifier has to do with saving."""

    _model: LinearModel
    _optimizer: Optimizer | None
    classes_: NDArray[Any]
    history_: list[dict[str, Any]]
    stopped_: bool
    n_features_in_: int

    def save(self, path: _files.PathLike) -> None:
        """Writes the fitted classifier to a file, as a whole or not at all.

        In the progress function it is the fit that is running that is saved, for resume(). The progress function itself
        is not saved.

        NotFittedError; TypeError for labels that are no numbers, texts or times. OSError; then a file that was there
        before is as it was.
        """
        _files.write(path, self._fitted.save(self.get_params()))

    @classmethod
    def load(cls, path: _files.PathLike) -> Self:
        """Makes a classifier from a file that save() has written.

        CorruptStateError: the file was not saved so: it is cut off, altered, of something else or of a later version.
        OSError.
        """
        with naming(path):
            fitted, settings = Fitted.load(_files.read(path))
            classifier = cls(**settings)
        classifier._adopt(fitted)
        return classifier

    def state_dict(self) -> StateDict:
        """The same as a flat dict from text to NumPy arrays: 'weights', 'settings.epochs', 'optimizer.step_count', ...

        numpy.savez() and safetensors.numpy.save_file() can hold it. Errors as in save().
        """
        return self._fitted.to_dict(self.get_params())

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes over everything, settings too, from what state_dict() returned; the progress function stays.

        InvalidArgumentError names the array that is missing, left over, or wrong; then nothing has changed. TypeError
        for what is no dict.
        """
        self._require_idle()
        fitted, settings = Fitted.from_dict(state)
        type(self)(**settings)  # they are refused before anything has changed
        self.set_params(**settings)
        self._adopt(fitted)

    def __getstate__(self) -> dict[str, Any]:
        """Is copied and pickled without its progress's right to look on."""
        return {name: value for name, value in vars(self).items() if name != "_running"}

    @contextmanager
    def _running_fit(self, fitted: Fitted) -> Iterator[None]:
        """While a fit or a search is running, everything that its progress function asks is about that one.

        What was there before is there again afterwards, until the result is adopted.
        """
        self._require_idle()
        former = {name: vars(self)[name] for name in _FITTED_ATTRIBUTES if name in vars(self)}
        vars(self).update(_attributes_of(fitted), _running=fitted)
        try:
            yield
        finally:
            for name in ("_running", *_FITTED_ATTRIBUTES):
                vars(self).pop(name, None)
            vars(self).update(former)

    def _require_idle(self) -> None:
        """InvalidArgumentError in a progress function, for what cannot be done there."""
        if "_running" in vars(self):
            raise InvalidArgumentError(
                "a fit or a search of this classifier is running: its progress function cannot begin another one or "
                "load one"
            )

    @property
    def _fitted(self) -> Fitted:
        """What is fitted; in the progress function the fit that is running."""
        running: Fitted | None = vars(self).get("_running")
        if running is not None:
            running.stopped = True
            return running
        return Fitted(self._fitted_model, self._optimizer, self.classes_, self.history_, self.stopped_)

    def _adopt(self, fitted: Fitted) -> None:
        """Takes over what a fit or a search has brought about."""
        settled = {"_optimizer": fitted.settled_optimizer()}
        # All at once: an interrupt finds either the former fit or this one.
        vars(self).update(_attributes_of(fitted) | settled)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings."""
        raise NotImplementedError

    def set_params(self, **settings: Any) -> Any:
        """Changes settings."""
        raise NotImplementedError

    @property
    def _fitted_model(self) -> LinearModel:
        raise NotImplementedError
