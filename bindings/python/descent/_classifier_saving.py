"""How classifiers become files, state dictionaries and pickles, and files and so on become classifiers."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from numpy.typing import NDArray

from . import _files
from ._fitted import Fitted
from ._model import LinearModel
from ._state_dicts import StateDict
from .errors import naming
from .optimizers import Optimizer


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
        _files.write(path, self._present.save(self.get_params()))

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
        return self._present.to_dict(self.get_params())

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes over everything, settings too, from what state_dict() returned; the progress function stays.

        InvalidArgumentError names the array that is missing, left over, or wrong; then nothing has changed. TypeError
        for what is no dict.
        """
        fitted, settings = Fitted.from_dict(state)
        type(self)(**settings)  # they are refused before anything has changed
        self.set_params(**settings)
        self._adopt(fitted)

    def __getstate__(self) -> dict[str, Any]:
        """Is copied and pickled without a fit that is running."""
        return {name: value for name, value in vars(self).items() if name != "_running"}

    @contextmanager
    def _running_fit(self, fitted: Fitted) -> Iterator[None]:
        """Lets save() and state_dict(), when the progress function calls them, see the fit that is running."""
        self._running = threading.get_ident(), fitted
        try:
            yield
        finally:
            del self._running

    @property
    def _present(self) -> Fitted:
        """The fit that is running if this is its progress function, else the last one."""
        thread, fitted = getattr(self, "_running", (None, None))
        return fitted if fitted is not None and thread == threading.get_ident() else self._fitted

    @property
    def _fitted(self) -> Fitted:
        return Fitted(self._fitted_model, self._optimizer, self.classes_, self.history_, self.stopped_)

    def _adopt(self, fitted: Fitted) -> None:
        """Takes over what a fit or a search has brought about."""
        optimizer = fitted.settled_optimizer()
        # All at once: an interrupt finds either the former fit or this one.
        vars(self).update(
            _model=fitted.model,
            _optimizer=optimizer,
            classes_=fitted.classes,
            n_features_in_=fitted.model.dimension,
            history_=fitted.history,
            stopped_=fitted.stopped,
        )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings."""
        raise NotImplementedError

    def set_params(self, **settings: Any) -> Any:
        """Changes settings."""
        raise NotImplementedError

    @property
    def _fitted_model(self) -> LinearModel:
        raise NotImplementedError
