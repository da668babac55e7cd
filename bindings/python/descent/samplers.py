"""The minibatches of a training loop of one's own."""

import ctypes
from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._c.arrays import as_array, describe, doubles, int32_labels, whole_number
from ._c.enumerations import SAMPLINGS, name_of, number_of
from ._c.errors import InvalidArgumentError, ShapeMismatchError, check, naming
from ._c.kinds import SAMPLER, told
from ._c.library import Handle, library
from ._saving import files, saved_bytes
from ._saving.state_dicts import StateDict, StateReader

_SIZES = ctypes.POINTER(ctypes.c_size_t)


class Sampler:
    """Draws minibatches, epoch after epoch: arrays of sample numbers.

        sampler = descent.Sampler(len(X), 128, seed=1)
        for epoch in range(10):
            for indices in sampler:                       # one epoch
                loss, gradient = ...(X[indices], y[indices])

    samples: how many there are, at least 1
    batch_size: at least 1; more than there are samples gives batches of all of them
    sampling: 'shuffle' (each sample once an epoch, in random order), 'replacement' (independent draws), 'stratified'
        (each sample once an epoch, each batch with its share of every class) or 'weighted' (independent draws, each
        with a probability proportional to the sample's weight)
    labels: integers of shape (samples,), 0 or more; needed for 'stratified' only
    weights: numbers of shape (samples,), [0, inf) and not all 0; needed for 'weighted', which they choose by themselves
    seed: batch k of epoch e depends on the seed, e and k alone, and is that of a LinearClassifier's fit with the same
        sampling, batch_size and seed
    drop_last: whether an epoch's last batch is left out if it is shorter; can be changed later

    Neither labels nor weights are kept. A sampler that is made in the same way and sought to the same position gives
    the same batches, and so does one that was saved and loaded, copied or pickled: it stands where the other one stood.
    One sampler is used by one thread at a time.

    TypeError; InvalidArgumentError for a size, label or weight out of range, or arguments that do not go together;
    UnknownNameError; ShapeMismatchError for another number of labels or weights; OutOfMemoryError.
    """

    def __init__(
        self,
        samples: int,
        batch_size: int,
        *,
        sampling: str | None = None,
        labels: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        """Begins with the first batch of epoch 0."""
        self._handle: Handle | None = None
        chosen = sampling if sampling is not None else "shuffle" if weights is None else "weighted"
        number = number_of(chosen, SAMPLINGS, "sampling")
        if (chosen == "weighted") != (weights is not None):
            raise InvalidArgumentError("weights are needed for the sampling 'weighted', and for no other")
        if chosen == "stratified" and labels is None:
            raise InvalidArgumentError("labels are needed for the sampling 'stratified'")
        self._samples = whole_number(samples, "samples", 64)
        self._batch_size = whole_number(batch_size, "batch_size", 64)
        self._sampling, self._seed = chosen, whole_number(seed, "seed", 64)
        sizes = self._samples, self._batch_size
        # What the library reads is kept in a variable during the call.
        if weights is not None:
            masses = self._weights(weights)
            self._handle = SAMPLER.made("create_weighted", *sizes, doubles(masses), self._seed)
        else:
            classes = None if labels is None else self._labels(labels)
            place = None if classes is None else classes.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
            self._handle = SAMPLER.made("create", *sizes, number, place, self._seed)
        self._drop_last = False
        self.drop_last = drop_last

    @property
    def drop_last(self) -> bool:
        """Whether an epoch's last batch is left out if it is shorter; takes effect at once.

        InvalidArgumentError if no batch would be left.
        """
        return self._drop_last

    @drop_last.setter
    def drop_last(self, drop: bool) -> None:
        check(library.descent_sampler_set_drop_last(self._pointer, 1 if drop else 0))
        self._drop_last = bool(drop)

    def next_batch(self) -> NDArray[np.intp]:
        """The sample numbers of the next batch; after an epoch's last one comes the first of the next epoch."""
        indices = np.empty(min(self._batch_size, self._samples), np.uintp)
        asked = self._pointer, indices.ctypes.data_as(_SIZES)
        (count,) = told(library.descent_sampler_next, *asked, of=[ctypes.c_size_t])
        return indices[:count].view(np.intp)

    def __iter__(self) -> Iterator[NDArray[np.intp]]:
        """The batches up to the end of the present epoch: one epoch, if it stands at its beginning."""
        epoch, batch = self.position
        for _ in range(batch, len(self)):
            if self.position[0] != epoch:
                return
            yield self.next_batch()

    def __len__(self) -> int:
        """How many batches an epoch has."""
        return int(library.descent_sampler_batches(self._pointer))

    @property
    def position(self) -> tuple[int, int]:
        """The epoch and the batch, both from 0, that come next."""
        epoch, batch = told(library.descent_sampler_position, self._pointer, of=[ctypes.c_uint64, ctypes.c_size_t])
        return epoch, batch

    def seek(self, epoch: int, batch: int = 0) -> None:
        """Goes to a batch of an epoch: sampler.seek(*other.position). InvalidArgumentError for one out of range."""
        place = whole_number(epoch, "epoch", 64), whole_number(batch, "batch", 64)
        check(library.descent_sampler_seek(self._pointer, *place))

    def save(self, path: files.PathLike) -> None:
        """Writes it with its position to a file, as a whole or not at all. OSError; then an older file is as it was."""
        files.write(path, self._saved())

    @classmethod
    def load(cls, path: files.PathLike) -> Self:
        """Makes a sampler from a file that save(), or a program in C, has written.

        CorruptStateError: the file was not saved so: it is cut off, altered, of something else or of a later version.
        OSError.
        """
        with naming(path):
            _, (saved,) = saved_bytes.unpack(files.read(path), SAMPLER)
            return cls._from_saved(saved)

    def state_dict(self) -> StateDict:
        """All of it, as a flat dict from text to NumPy arrays: 'samples', 'seed', 'epoch', ..."""
        return saved_bytes.entries(self._saved())

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Becomes the sampler whose state_dict() this is.

        InvalidArgumentError names the array that is missing, left over, or wrong; then nothing has changed. TypeError
        for what is no dict.
        """
        with saved_bytes.of_a_state():
            loaded = self._from_saved(saved_bytes.build(SAMPLER, StateReader(state).rest))
        self.close()
        vars(self).update(vars(loaded))

    def close(self) -> None:
        """Frees the memory. The sampler is of no use afterwards; closing it again does nothing."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it."""
        self.close()

    def __repr__(self) -> str:
        """What it was made of."""
        return (
            f"<Sampler of {self._samples} samples in batches of {self._batch_size}, {self._sampling}, seed {self._seed}"
            + (", drop_last>" if self._drop_last else ">")
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles it with its position."""
        return _unpickle, (type(self), self._saved())

    def __copy__(self) -> Self:
        """A copy that stands where this one does."""
        copied = object.__new__(type(self))
        vars(copied).update(vars(self), _handle=SAMPLER.made("copy", self._pointer))
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """The same."""
        return self.__copy__()

    @classmethod
    def _from_saved(cls, saved: bytes) -> Self:
        sampler = object.__new__(cls)
        sampler._handle = saved_bytes.load(SAMPLER, saved)
        # Anew: earlier versions of the format do not list what they hold.
        entries = saved_bytes.entries(sampler._saved())
        sampler._samples, sampler._batch_size = int(entries["samples"]), int(entries["batch_size"])
        sampler._sampling, sampler._seed = name_of(int(entries["sampling"]), SAMPLINGS), int(entries["seed"])
        sampler._drop_last = bool(entries["drop_last"])
        return sampler

    def _saved(self) -> bytes:
        return saved_bytes.save(SAMPLER, self._pointer)

    @property
    def _pointer(self) -> Any:
        if self._handle is None:
            raise InvalidArgumentError("this Sampler is closed")
        return self._handle.pointer

    def _labels(self, labels: ArrayLike) -> NDArray[np.int32]:
        array = int32_labels(labels, "labels")
        if len(array) != self._samples:
            raise ShapeMismatchError(f"labels is {describe(array)}, but there are {self._samples} samples")
        return array

    def _weights(self, weights: ArrayLike) -> NDArray[np.float64]:
        given = as_array(weights, "weights")
        if given.dtype.kind not in "fiub":
            raise TypeError(f"weights is {describe(given)}; it must hold numbers")
        if given.shape != (self._samples,):
            raise ShapeMismatchError(f"weights is {describe(given)}; its shape must be ({self._samples},)")
        return np.ascontiguousarray(given, np.float64)


def _unpickle(kind: type[Sampler], saved: bytes) -> Sampler:
    return kind._from_saved(saved)
