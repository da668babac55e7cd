"""What a fit leaves behind, and the settings of an estimator: as arrays, to be saved, and back."""

import copy
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._c.errors import CorruptStateError, InvalidArgumentError
from .._saving import saved_bytes
from .._saving.state_dicts import StateDict, StateReader, text
from ..functions.progress import HISTORY_FIELDS
from ..optimizers import OPTIMIZERS, Optimizer
from ._model import LinearModel

# Settings that are not saved: functions, weights that a fit begins with, and other processes.
_NOT_SAVED = ("progress", "initial_weights", "communicator")
# Kinds of labels: numbers, texts and times.
_LABELS = tuple("biufUSMm")
# What a resumed fit has to do as the fit did, of the options of a fit.
PLAN = ("epochs", "batch_size", "standardize", "patience", "tolerance")
# What Python itself knows of a fit; the rest of a state dictionary is the library's.
_NOTES = (
    *("classes", "history.", "settings.", "stopped", "fit_has_optimizer"),
    *("feature_names", "feature_scale", "has_one_target", "plan", "stop_reason"),
)
# Which optimizer the setting is: one with a name, that of the fit, or another one.
_OF_THE_FIT, _ANOTHER = {"given": "fit"}, {"given": "another"}


@dataclass
class Fitted:
    """A model and the optimizer that trained it; none after a random search."""

    model: LinearModel
    optimizer: Optimizer | None
    # The labels; None of a regressor.
    classes: NDArray[Any] | None
    history: list[dict[str, Any]]
    stopped: bool
    # While a fit runs: the optimizer in whose place its own will be put when all has gone well.
    stands_for: Optimizer | None = None
    feature_names: NDArray[Any] | None = None
    # Whether a regressor's targets had a single axis.
    has_one_target: bool = True
    # How the fit goes, of its options those of PLAN; nothing after a random search.
    plan: Mapping[str, Any] = field(default_factory=dict)
    stop_reason: str = "none"
    # What features are multiplied by where the setting is None; None if that is not known, and then by their type.
    feature_scale: float | None = None

    def continued(self) -> "Fitted":
        """The same once more, to go on with; its optimizer stands for this one's."""
        model, optimizer = self.model.duplicate(), copy.copy(self.optimizer)
        if optimizer is not None:
            optimizer._tensors = model.tensors()
        return replace(
            self,
            model=model,
            optimizer=optimizer,
            history=list(self.history),
            stopped=False,
            stands_for=self.optimizer,
        )

    def running(self) -> AbstractContextManager[None]:
        """While the fit runs, the optimizer for which its own stands shows what that one does."""
        if self.optimizer is None or self.stands_for is None:
            return nullcontext()
        return self.stands_for._represents(self.optimizer, self.model.tensors())

    def settled_optimizer(self) -> Optimizer | None:
        """The optimizer in its place for good."""
        if self.optimizer is None or self.stands_for is None:
            return self.optimizer
        self.stands_for._take_over(self.optimizer, self.model.tensors())
        return self.stands_for

    def save(self, settings: Mapping[str, Any]) -> bytes:
        """The bytes of a file."""
        notes = self._write_notes(settings)
        optimizers = [self.optimizer] if self.optimizer is not None else []
        saved = [optimizer._saved() for optimizer in [*optimizers, *self._other_optimizer(settings)]]
        return saved_bytes.pack(notes, self.model.saved(), *saved)

    @classmethod
    def load(cls, file: bytes, kind: str) -> tuple["Fitted", dict[str, Any]]:
        """Itself, and the settings, from the bytes of a file. kind: 'classifier' or 'regressor'."""
        notes, parts = saved_bytes.unpack(file, saved_bytes.CLASSIFIER, saved_bytes.OPTIMIZER)
        if notes is None:
            raise CorruptStateError("a program in C saved this: the labels of the classes are not known")
        model = LinearModel.from_saved(parts[0], kind)
        optimizers = [_named(Optimizer._from_saved(part), model) for part in parts[1:]]
        try:
            reader = StateReader(notes)
            fitted, settings = cls._read_notes(reader, model, optimizers)
            reader.finish()
        except InvalidArgumentError as error:
            raise CorruptStateError(f"the notes are not those of this package: {error}") from None
        return fitted, settings

    def to_dict(self, settings: Mapping[str, Any]) -> StateDict:
        """The state dictionary."""
        state = saved_bytes.entries(self.model.saved()) | self._write_notes(settings)
        if self.optimizer is not None:
            state |= _below("optimizer.", self.optimizer.state_dict())
        for other in self._other_optimizer(settings):
            state |= _below("given.", other.state_dict())
        return state

    @classmethod
    def from_dict(cls, state: Mapping[str, Any], kind: str) -> tuple["Fitted", dict[str, Any]]:
        """Itself, and the settings, from a state dictionary."""
        reader = StateReader(state)
        optimizers = [Optimizer._from_state(part) for part in map(reader.below, ("optimizer.", "given.")) if part]
        known = StateReader(reader.take(*_NOTES))
        with saved_bytes.of_a_state():
            model = LinearModel.from_saved(saved_bytes.build(saved_bytes.CLASSIFIER, reader.rest), kind)
        result = cls._read_notes(known, model, optimizers)
        known.finish()
        return result

    def _write_notes(self, settings: Mapping[str, Any]) -> StateDict:
        notes: StateDict = {"stopped": np.array(self.stopped), "has_one_target": np.array(self.has_one_target)}
        notes |= {"plan": text(dict(self.plan)), "stop_reason": text(self.stop_reason)}
        if self.classes is not None:
            notes |= _write_labels(self.classes)
        if self.feature_names is not None:
            notes["feature_names"] = text(self.feature_names.tolist())
        if self.feature_scale is not None:
            notes["feature_scale"] = np.array(self.feature_scale)
        for name, dtype in HISTORY_FIELDS.items():
            notes[f"history.{name}"] = np.array([entry[name] for entry in self.history], dtype)
        for name, value in settings.items():
            if name not in _NOT_SAVED and name != "optimizer":
                notes[f"settings.{name}"] = text(_plain(value))
        chosen = settings["optimizer"]
        if isinstance(chosen, Optimizer):
            chosen = _ANOTHER if self._other_optimizer(settings) else _OF_THE_FIT
        notes["settings.optimizer"] = text(chosen)
        notes["fit_has_optimizer"] = np.array(self.optimizer is not None)
        return notes

    def _other_optimizer(self, settings: Mapping[str, Any]) -> list[Optimizer]:
        """The optimizer that is a setting, if it is one, and not that of the fit."""
        chosen = settings["optimizer"]
        is_other = isinstance(chosen, Optimizer) and chosen not in (self.optimizer, self.stands_for)
        return [chosen] if is_other else []

    @classmethod
    def _read_notes(
        cls, reader: StateReader, model: LinearModel, optimizers: list[Optimizer]
    ) -> tuple["Fitted", dict[str, Any]]:
        classes = None if model.kind == "regressor" else _read_labels(reader)
        expected = 2 if model.kind == "binary" else model.outputs
        if classes is not None and len(classes) != expected:
            raise InvalidArgumentError(f"there are {len(classes)} labels, but {expected} classes")
        history = _read_history(reader)
        stopped = bool(reader.array("stopped", np.bool_, ()))
        names = np.array(reader.text("feature_names"), object) if reader.has("feature_names") else None
        has_one_target = not reader.has("has_one_target") or bool(reader.array("has_one_target", np.bool_, ()))
        feature_scale = _read_scale(reader) if reader.has("feature_scale") else None
        # 0.1 had no other plan than the settings.
        plan = _read_plan(reader) if reader.has("plan") else {}
        stop_reason = str(reader.text("stop_reason")) if reader.has("stop_reason") else "none"
        chosen = reader.text("settings.optimizer")
        has_optimizer = bool(reader.array("fit_has_optimizer", np.bool_, ()))
        wanted = [has_optimizer, chosen == _ANOTHER].count(True)
        if len(optimizers) != wanted or (chosen == _OF_THE_FIT and not has_optimizer):
            raise InvalidArgumentError(f"there are {len(optimizers)} optimizers, but {wanted} belong to it")
        optimizer = optimizers[0] if has_optimizer else None
        settings: dict[str, Any] = {}
        settings["optimizer"] = (
            optimizer if chosen == _OF_THE_FIT else optimizers[-1] if chosen == _ANOTHER else _known(chosen)
        )
        settings |= _read_settings(reader)
        fitted = cls(
            model,
            optimizer,
            classes,
            history,
            stopped,
            feature_names=names,
            has_one_target=has_one_target,
            plan=plan,
            stop_reason=stop_reason,
            feature_scale=feature_scale,
        )
        return fitted, settings


def _read_scale(reader: StateReader) -> float:
    scale = float(reader.array("feature_scale", np.float64, ()))
    if not 0 < scale < float("inf"):
        raise InvalidArgumentError(f"the state's 'feature_scale' is {scale}, and no scale")
    return scale


def _read_plan(reader: StateReader) -> dict[str, Any]:
    plan = reader.text("plan")
    if not isinstance(plan, dict) or not (not plan or plan.keys() == set(PLAN)):
        raise InvalidArgumentError(f"the state's 'plan' is {plan!r}, and not how a fit goes")
    for name, value in plan.items():
        if not isinstance(value, float if name == "tolerance" else int) or value < 0:
            raise InvalidArgumentError(f"the state's 'plan': {name} is {value!r}")
    return plan


def _plain(value: Any) -> Any:
    """What JSON can write: a dict, whose keys may be any labels, as a list of pairs."""
    if isinstance(value, dict):
        return {"pairs": [[_plain(key), _plain(item)] for key, item in value.items()]}
    return value.item() if isinstance(value, np.generic) else value


def _read_settings(reader: StateReader) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for name, array in reader.below("settings.").items():
        if array.ndim == 0:
            # 0.1 saved numbers as such, and left out what was None.
            settings[name] = array.item()
            continue
        value = StateReader({name: array}).text(name)
        settings[name] = dict(map(tuple, value["pairs"])) if isinstance(value, dict) and "pairs" in value else value
    return settings


def _read_history(reader: StateReader) -> list[dict[str, Any]]:
    present = {name: dtype for name, dtype in HISTORY_FIELDS.items() if reader.has(f"history.{name}")}
    columns = {name: reader.array(f"history.{name}", dtype).ravel() for name, dtype in present.items()}
    if len({len(column) for column in columns.values()}) != 1:
        raise InvalidArgumentError("the arrays of the history are not of the same length")
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    # Earlier versions knew fewer figures.
    unknown = dict.fromkeys(HISTORY_FIELDS, float("nan"))
    return [unknown | dict(zip(columns, row, strict=True)) for row in rows]


def _named(optimizer: Optimizer, model: LinearModel) -> Optimizer:
    """Lets an optimizer that has tensors know these as the model's."""
    if optimizer._tensors is not None:
        optimizer._tensors = model.tensors()
    return optimizer


def _known(name: object) -> Any:
    if name is not None and name not in OPTIMIZERS:
        raise InvalidArgumentError(f"there is no optimizer {name!r}")
    return name


def _below(prefix: str, state: StateDict) -> StateDict:
    return {prefix + name: array for name, array in state.items()}


def _write_labels(classes: NDArray[Any]) -> StateDict:
    """Numbers as they are; texts, times and rare types of numbers as bytes, with their dtype."""
    if saved_bytes.holds(classes.dtype):
        return {"classes": classes}
    dtype = classes.dtype.str
    stored = classes
    if classes.dtype.kind == "O" and all(isinstance(label, str) for label in classes):
        dtype, stored = "O", classes.astype(str)
    if stored.dtype.kind not in _LABELS:
        raise TypeError(f"labels of dtype {classes.dtype} cannot be saved in a file; pickle can")
    little = np.ascontiguousarray(stored, stored.dtype.newbyteorder("<"))
    described = {"dtype": dtype, "stored": little.dtype.str}
    return {
        "classes": little.view(np.uint8).reshape(len(little), -1),
        "classes.dtype": text(described),
    }


def _read_labels(reader: StateReader) -> NDArray[Any]:
    if not reader.has("classes.dtype"):
        return reader.raw("classes").copy()
    described = reader.text("classes.dtype")
    try:
        dtype, stored = np.dtype(described["dtype"]), np.dtype(described["stored"])
        if stored.kind not in _LABELS or dtype.kind not in (*_LABELS, "O"):
            raise TypeError(stored)
        labels: NDArray[Any] = np.ascontiguousarray(reader.raw("classes")).view(stored).ravel().astype(dtype)
    except (TypeError, KeyError, ValueError):
        raise InvalidArgumentError(f"the state's 'classes' are not labels of {described}") from None
    return labels
