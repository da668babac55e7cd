"""Several processes that compute together: what linear models need to know of the others.

    model = descent.LinearClassifier(communicator=descent.distributed.MPI()).fit(X, y)      # mpirun -n 4 python ...

Each process calls fit() with its own rows: those of rank 0, then those of rank 1, and so on, are the data set, which is
divided into shards (8 of them, or as many as the setting `shards` says). The result has the bits of one process that
holds all rows and has as many shards, and is the same in all of them. The number of processes must divide that of the
shards, and each process holds the rows of its own: `own_rows()` says which.

MPI needs mpi4py, Torch needs PyTorch; any other engine, or a socket, makes a Communicator of one method, exchange().
"""

import ctypes
import itertools
import math
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from ._c import errors
from ._c.declarations import Communicator as Description
from ._c.declarations import ExchangeFunction
from ._c.errors import CommunicationError, InvalidArgumentError

__all__ = ["MPI", "Communicator", "Torch", "own_rows"]

Value = TypeVar("Value")
Summary = TypeVar("Summary")

# How many shards there are where there is a communicator and nothing is said of them.
DEFAULT_SHARDS = 8


class Communicator:
    """One of several processes, and its way to reach the others.

    rank: the number of this one, from 0
    size: how many there are; it must divide the number of shards

    A copy of it is itself. Only one call at a time may use it.
    """

    rank: int
    size: int

    def exchange(self, partner: int, send: memoryview, receive: memoryview) -> None:
        """Sends bytes to the partner, and receives as many from it, both at once; raises what went wrong.

        partner: another rank; send, receive: writable, of the same size, valid during the call
        """
        raise NotImplementedError

    def __copy__(self) -> "Communicator":
        """Itself."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Communicator":
        """Itself: scikit-learn copies settings."""
        return self

    def __repr__(self) -> str:
        """Which one of how many."""
        return f"<descent.distributed.{type(self).__name__}: rank {self.rank} of {self.size}>"

    def gather(self, value: Value) -> list[Value]:
        """The values of all processes, in the order of their ranks. Each is pickled, and trusts the others."""
        if self.size & (self.size - 1):
            raise InvalidArgumentError(f"communicator: size: {self.size} processes are no power of two")
        values, distance = [value], 1
        while distance < self.size:
            partner = self.rank ^ distance
            others = self._exchange_objects(partner, values)
            values = values + others if self.rank < partner else others + values
            distance *= 2
        return values

    def _exchange_objects(self, partner: int, value: Any) -> Any:
        own = pickle.dumps(value)
        sizes = bytearray(len(own).to_bytes(8, "little")), bytearray(8)
        self.exchange(partner, memoryview(sizes[0]), memoryview(sizes[1]))
        size = int.from_bytes(sizes[1], "little")
        room = max(size, len(own))
        sent, received = bytearray(own.ljust(room, b"\0")), bytearray(room)
        self.exchange(partner, memoryview(sent), memoryview(received))
        return pickle.loads(bytes(received[:size]))


class MPI(Communicator):
    """Processes that mpirun has started: on mpi4py."""

    def __init__(self, comm: Any = None) -> None:
        """comm: an mpi4py communicator; None is MPI.COMM_WORLD. ImportError without mpi4py."""
        try:
            from mpi4py import MPI as mpi  # noqa: N811, PLC0415
        except ImportError as error:
            raise ImportError(f"descent.distributed.MPI needs mpi4py (pip install mpi4py): {error}") from None
        self._comm = mpi.COMM_WORLD if comm is None else comm
        self._byte = mpi.BYTE
        self.rank, self.size = self._comm.Get_rank(), self._comm.Get_size()

    def exchange(self, partner: int, send: memoryview, receive: memoryview) -> None:
        """MPI_Sendrecv."""
        self._comm.Sendrecv([send, self._byte], partner, _TAG, [receive, self._byte], partner, _TAG)

    def __reduce__(self) -> Any:
        """Is pickled as the communicator of all processes: mpi4py's others cannot be."""
        return MPI, ()


class Torch(Communicator):
    """Processes of torch.distributed: on a group whose backend sends from memory of the CPU, as gloo does."""

    def __init__(self, group: Any = None) -> None:
        """group: a process group; None is the default one, which init_process_group() has made."""
        try:
            import torch  # noqa: PLC0415
            import torch.distributed as engine  # noqa: PLC0415
        except ImportError as error:
            raise ImportError(f"descent.distributed.Torch needs PyTorch (pip install torch): {error}") from None
        if not engine.is_initialized():
            raise InvalidArgumentError("torch.distributed.init_process_group() must be called before")
        self._torch, self._engine, self._group = torch, engine, group
        self.rank, self.size = engine.get_rank(group), engine.get_world_size(group)

    def exchange(self, partner: int, send: memoryview, receive: memoryview) -> None:
        """An isend and an irecv, at once."""
        sent, received = (self._torch.frombuffer(part, dtype=self._torch.uint8) for part in (send, receive))
        peer = partner if self._group is None else self._engine.get_global_rank(self._group, partner)
        works = [
            self._engine.isend(sent, peer, group=self._group, tag=_TAG),
            self._engine.irecv(received, peer, group=self._group, tag=_TAG),
        ]
        for work in works:
            work.wait()

    def __reduce__(self) -> Any:
        """Is pickled as that of the default group."""
        return Torch, ()


_TAG = 0x6465


def own_rows(samples: int, communicator: Communicator, shards: int | None = None) -> slice:
    """Which rows of a data set of so many this process has to hold.

    shards: as in the estimators; None for 8
    """
    shards = DEFAULT_SHARDS if shards is None else shards
    if shards < 1 or shards % communicator.size:
        raise InvalidArgumentError(
            f"communicator: size: {communicator.size} processes cannot share {shards} shards: it is no divisor of them"
        )
    own = shards // communicator.size
    first = communicator.rank * own
    return slice(first * samples // shards, (first + own) * samples // shards)


def total_weight(weights: Any, samples: int, communicator: Communicator | None, shards: int) -> float:
    """The sum of all weights (a NumPy array, or None for 1 each) of all processes: the same, whatever their number."""
    [total] = class_totals(np.zeros(samples, np.int32), 1, weights, communicator, shards)
    return float(total)


def class_totals(
    labels: NDArray[np.int32], classes: int, weights: Any, communicator: Communicator | None, shards: int
) -> NDArray[np.float64]:
    """The same for each class, of labels in [0, classes)."""
    samples = len(labels)
    counts = [samples] if communicator is None else communicator.gather(samples)
    rank = 0 if communicator is None else communicator.rank
    whole, begin = sum(counts), sum(counts[:rank])
    ends = [min(max(shard * whole // shards - begin, 0), samples) for shard in range(shards + 1)]
    own = [
        np.bincount(labels[first:last], None if weights is None else weights[first:last], classes).tolist()
        for first, last in itertools.pairwise(ends)
    ]
    parts = [own] if communicator is None else communicator.gather(own)
    # Each shard is one process's, so of the others there are only zeros.
    return np.array([math.fsum(of_class) for of_class in zip(*itertools.chain(*parts), strict=True)])


class Link:
    """A communicator as the library wants it, for the calls of one fit."""

    def __init__(self, communicator: Communicator) -> None:
        """Holds what goes wrong in an exchange back until the library has returned."""
        self._communicator = communicator
        self._failure: BaseException | None = None
        self.description = Description(
            struct_size=ctypes.sizeof(Description),
            rank=communicator.rank,
            size=communicator.size,
            exchange=ExchangeFunction(self._exchange),
        )

    def _exchange(self, partner: int, send: int, receive: int, size: int, _context: int | None) -> int:
        views = [memoryview((ctypes.c_char * size).from_address(place)).cast("B") for place in (send, receive)]
        try:
            self._communicator.exchange(partner, *views)
        except BaseException as failure:
            self._failure = failure
            return 1
        return 0

    @contextmanager
    def calling(self) -> Iterator[None]:
        """While the library is called; afterwards raises what an exchange has raised."""
        self._failure = None
        try:
            yield
        except CommunicationError as error:
            self._raise_failure(error)
            raise
        finally:
            self._failure = None

    def _raise_failure(self, error: CommunicationError) -> None:
        if self._failure is None:
            return
        if not isinstance(self._failure, Exception):
            raise self._failure
        raise error from self._failure


def together(
    communicator: Communicator, prepare: Callable[[], Value], summary: Callable[[Value], Summary]
) -> tuple[Value, list[Summary]]:
    """What `prepare` returns here, and summaries of what it returns in all processes.

    Where it fails in one process its exception is raised there, and in the others an error of the same kind.
    """
    try:
        own = prepare()
        told = None, summary(own)
    except Exception as failure:
        communicator.gather(((type(failure).__name__, str(failure)), None))
        raise
    summaries = communicator.gather(told)
    for rank, (failure_of_one, _) in enumerate(summaries):
        if failure_of_one is not None:
            _raise_for(rank, *failure_of_one)
    return own, [found for _, found in summaries]


def _raise_for(rank: int, kind: str, text: str) -> NoReturn:
    wanted = {"TypeError": TypeError}.get(kind) or vars(errors).get(kind, InvalidArgumentError)
    raise wanted(f"rank {rank}: {text}")
