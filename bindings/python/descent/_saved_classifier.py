"""What the library saves of a classifier, taken apart."""

from dataclasses import dataclass, field

import numpy as np

from . import _saved_bytes as saved_bytes
from ._arrays import Array
from ._saved_bytes import doubles, elements, integers
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
    def parse(cls, saved: bytes) -> "SavedClassifier":
        """From bytes that the library has saved or loaded."""
        cursor = saved_bytes.content(saved)
        dimension, classes, loss = cursor.integers(3)
        (l2,) = cursor.doubles(1)
        shapes = _shapes(dimension, classes)

        def array(name: str) -> Array:
            return cursor.array(np.float32, int(np.prod(shapes[name]))).reshape(shapes[name])

        result = cls(loss, l2, array("weights"), array("bias"))
        contents = cursor.integer()
        if contents > 0:
            result.position = dict(zip(_POSITION, cursor.integers(len(_POSITION)), strict=True))
        if contents > 1:
            result.record = dict(zip(_RECORD, cursor.doubles(len(_RECORD)), strict=True))
            result.watched_step = cursor.integer()
            result.record_arrays = {name: array(name) for name in _RECORD_ARRAYS}
        return result

    def to_bytes(self) -> bytes:
        """The bytes again; the library judges them when it loads them."""
        parts = [
            integers(*self.weights.shape, self.loss),
            doubles(self.l2),
            elements(self.weights),
            elements(self.bias),
        ]
        parts.append(integers(2 if self.record else 1 if self.position else 0))
        if self.position:
            parts.append(integers(*(self.position[name] for name in _POSITION)))
        if self.record:
            parts += [doubles(*(self.record[name] for name in _RECORD)), integers(self.watched_step)]
            parts += [elements(self.record_arrays[name]) for name in _RECORD_ARRAYS]
        return saved_bytes.frame(saved_bytes.CLASSIFIER, b"".join(parts))

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
