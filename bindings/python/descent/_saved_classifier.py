"""What the library saves of a classifier, taken apart."""

from dataclasses import dataclass, field

import numpy as np

from . import _saved_bytes as saved_bytes
from ._arrays import Array
from ._state_dicts import StateDict, StateReader, number
from ._table import LOSSES
from .errors import InvalidArgumentError

_POSITION = ("samples", "batch_size", "sampling", "seed", "step", "optimizer_steps")
_RECORD = ("epoch_loss", "best_epoch_loss", "gradient_squares", "batches", "samples")
_LOSS_NAMES = {loss.value: loss.name for loss in LOSSES.values()}


@dataclass
class SavedClassifier:
    """Parameters, where the last fit stands, if there was one, and what its reports need, if it was watched."""

    loss: int
    l2: float
    weights: Array
    bias: Array
    position: dict[str, int] = field(default_factory=dict)
    record: dict[str, float] = field(default_factory=dict)
    watched_step: int = 0
    # The last change of the weights, and the sums of the epoch's gradients.
    record_arrays: dict[str, Array] = field(default_factory=dict)

    @property
    def loss_name(self) -> str:
        """The loss, as Python calls it."""
        return _LOSS_NAMES[self.loss]

    @classmethod
    def parse(cls, entries: dict[str, Array]) -> "SavedClassifier":
        """From what the library lists of bytes that it has saved."""
        return cls.from_dict(StateReader(entries))

    def to_bytes(self) -> bytes:
        """The bytes again; the library judges them when it loads them."""
        return saved_bytes.build(saved_bytes.CLASSIFIER, self.to_dict())

    def to_dict(self) -> StateDict:
        """The state dictionary."""
        state = {
            "loss": number(self.loss, np.int32),
            "l2": number(self.l2, np.float64),
            "weights": self.weights,
            "bias": self.bias,
        }
        state |= {f"training.{name}": number(value, np.uint64) for name, value in self.position.items()}
        if self.record:
            state |= {f"record.{name}": number(value, np.float64) for name, value in self.record.items()}
            state["record.step"] = number(self.watched_step, np.uint64)
            state |= {f"record.{name}": array for name, array in self.record_arrays.items()}
        return state

    @classmethod
    def from_dict(cls, state: StateReader) -> "SavedClassifier":
        """From a state dictionary."""
        loss = state.integer("loss")
        if loss not in _LOSS_NAMES:
            raise InvalidArgumentError(f"the state's 'loss' is {loss}, which is none of the library's")
        weights = state.array("weights", np.float32)
        if weights.ndim != 2:
            raise InvalidArgumentError(f"the state's 'weights' have {weights.ndim} axes, not 2: (features, classes)")
        shapes = _shapes(*weights.shape)
        result = cls(loss, state.double("l2"), weights, state.array("bias", np.float32, shapes["bias"]))
        if state.has("training.step"):
            result.position = {name: state.integer(f"training.{name}") for name in _POSITION}
        if state.has("record.step"):
            result.record = {name: state.double(f"record.{name}") for name in _RECORD}
            result.watched_step = state.integer("record.step")
            result.record_arrays = {
                name: state.array(f"record.{name}", np.float32, shapes[name]) for name in _RECORD_ARRAYS
            }
        return result


_RECORD_ARRAYS = ("last_update", "weight_gradient_sum", "bias_gradient_sum")


def _shapes(dimension: int, classes: int) -> dict[str, tuple[int, ...]]:
    matrix, vector = (dimension, classes), (classes,)
    return {
        "weights": matrix,
        "bias": vector,
        "last_update": matrix,
        "weight_gradient_sum": matrix,
        "bias_gradient_sum": vector,
    }
