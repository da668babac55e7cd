"""The settings of an estimator: kept as they are given, handed out as scikit-learn wants them, judged by a fit."""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from .._c.arrays import real_number, whole_number
from .._c.enumerations import SAMPLINGS
from .._c.errors import InvalidArgumentError, UnknownNameError
from .._c.table import LOSSES
from ..distributed import DEFAULT_SHARDS, Communicator
from ..optimizers import Optimizer, require_optimizer_name


class Settings:
    """The arguments of an estimator's __init__(), as attributes of the same names."""

    # Set by __init__, which only keeps what it is given: fit() looks at it.
    loss: str
    optimizer: Any
    l1: float
    l2: float | None
    epochs: int | None
    batch_size: int | None
    sampling: str
    seed: int
    standardize: bool | None
    validation_fraction: float | None
    patience: int | None
    tolerance: float | None
    average: bool
    warm_start: bool
    progress: Any
    initial_weights: Any
    initial_standard_deviation: float
    scale: float | None
    offset: float
    communicator: Communicator | None
    shards: int | None

    _takes_labels: ClassVar[bool]

    def _keep(self, arguments: Mapping[str, Any]) -> None:
        """Keeps the arguments of __init__() as they are, which are its local variables."""
        vars(self).update({name: value for name, value in arguments.items() if name != "self"})

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings; deep: with the options of an Optimizer as optimizer__learning_rate and so on."""
        settings = {name: getattr(self, name) for name in self._settings()}
        if deep and isinstance(self.optimizer, Optimizer):
            settings |= {f"optimizer__{name}": value for name, value in self.optimizer.options.items()}
        return settings

    def set_params(self, **settings: Any) -> Self:
        """Changes settings for the next fit; returns itself. optimizer__learning_rate=... is an Optimizer's option."""
        known = self._settings()
        options: dict[str, Any] = {}
        for name, value in settings.items():
            if name.startswith("optimizer__"):
                options[name.removeprefix("optimizer__")] = value
            elif name not in known:
                kind = type(self).__name__
                raise InvalidArgumentError(f"{kind} has no setting {name!r}; it has {', '.join(known)}")
        optimizer = settings.get("optimizer", self.optimizer)
        if options:
            if not isinstance(optimizer, Optimizer):
                raise InvalidArgumentError(
                    f"optimizer__{next(iter(options))}: the optimizer is {optimizer!r}, which has no options; "
                    "descent.Adam(), for example, has"
                )
            # Another one: the given one may be in use elsewhere, and has made steps maybe.
            optimizer = type(optimizer)(**{**optimizer.options, **options})
        for name, value in settings.items():
            if name in known:
                setattr(self, name, value)
        if options:
            self.optimizer = optimizer
        return self

    def __repr__(self) -> str:
        """The call that makes an equal one, without what is at its default."""
        changed = (
            f"{name}={getattr(self, name)!r}"
            for name, parameter in self._settings().items()
            if not _is_same(getattr(self, name), parameter.default)
        )
        return f"{type(self).__name__}({', '.join(changed)})"

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Unpickles it; settings that an earlier version did not have get their defaults."""
        defaults = {name: item.default for name, item in self._settings().items() if item.default is not item.empty}
        vars(self).update({**defaults, **state})

    @property
    def _shard_count(self) -> int:
        """Into how many shards the samples are divided."""
        return self.shards or (1 if self.communicator is None else DEFAULT_SHARDS)

    @classmethod
    def _settings(cls) -> dict[str, inspect.Parameter]:
        parameters = inspect.signature(cls.__init__).parameters
        return {name: item for name, item in parameters.items() if name != "self"}

    def _require_kinds(self) -> None:
        """Flags, and weights to begin with."""
        for name in ("standardize", "average", "warm_start"):
            if not (name == "standardize" and self.standardize is None):
                _require_flag(name, getattr(self, name))
        if not (self.initial_weights is None or _is_pair(self.initial_weights)):
            kind = type(self.initial_weights).__name__
            raise TypeError(f"initial_weights must be (coef, intercept) or None, not this {kind}")

    def _require_settings(self) -> None:
        losses = [name for name, loss in LOSSES.items() if loss.takes_labels == self._takes_labels]
        _require_choice("loss", self.loss, losses)
        _require_choice("sampling", self.sampling, SAMPLINGS)
        if not isinstance(self.optimizer, Optimizer | None):
            require_optimizer_name(self.optimizer)
        for name, bits in (("epochs", 32), ("batch_size", 32), ("seed", 64), ("patience", 32)):
            if getattr(self, name) is not None or name == "seed":
                whole_number(getattr(self, name), name, bits)
        if self.communicator is not None and not isinstance(self.communicator, Communicator):
            kind = type(self.communicator).__name__
            raise TypeError(f"communicator must be one of descent.distributed, or a Communicator, not {kind}")
        if self.shards is not None and (whole_number(self.shards, "shards", 32) & (self.shards - 1) or not self.shards):
            raise InvalidArgumentError(f"shards: {self.shards} is no power of two")
        if self.communicator is not None and self.validation_fraction is not None:
            raise InvalidArgumentError(
                "validation_fraction: with a communicator each process passes its rows of the validation data to fit()"
            )
        if self.epochs == 0:
            raise InvalidArgumentError("epochs: 0 is outside [1, 4294967295]")
        for name in ("l1", "l2", "initial_standard_deviation", "offset", "scale", "tolerance", "validation_fraction"):
            value = getattr(self, name)
            if value is not None and not real_number(value, name) >= 0 and name not in ("offset", "scale"):
                raise InvalidArgumentError(f"{name}: {value} is outside [0, inf)")
        if self.validation_fraction is not None and not 0 < self.validation_fraction < 1:
            raise InvalidArgumentError(f"validation_fraction: {self.validation_fraction} is outside (0, 1)")
        self._require_kinds()
        if not (self.progress is None or isinstance(self.progress, bool) or callable(self.progress)):
            raise TypeError(f"progress must be a function, True or None, not {type(self.progress).__name__}")


def _is_same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    return type(value) is type(default) and not isinstance(value, np.ndarray) and bool(value == default)


def _require_flag(name: str, value: object) -> None:
    if not (isinstance(value, bool | np.bool_) or (isinstance(value, int) and value in (0, 1))):
        raise TypeError(f"{name} must be True or False, not {value!r}")


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple | list) and len(value) == len(("coef", "intercept"))


def _require_choice(name: str, value: object, choices: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a name, not {type(value).__name__}")
    if value not in choices:
        raise UnknownNameError(f"{name}: {value!r} is not one of {', '.join(choices)}")
