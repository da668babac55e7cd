"""A few fits by all processes of an engine: prints from rank 0 what came of them, and fails where ranks differ.

fits.py mpi: started by mpirun; fits.py torch RANK SIZE FILE: one of SIZE processes that meet in FILE; fits.py alone:
one process without an engine.
"""

import os
import sys
import zlib

import numpy as np

import descent
from descent.distributed import MPI, Torch, own_rows

SAMPLES = 1003


def communicator():
    if sys.argv[1] == "mpi":
        return MPI()
    if sys.argv[1] == "torch":
        import torch.distributed  # noqa: PLC0415

        rank, size, file = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
        torch.distributed.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=size)
        return Torch()
    return None


def main():
    random = np.random.default_rng(3)
    X = random.normal(size=(SAMPLES, 20)).astype(np.float32)
    y = np.array(["x", "y", "z"])[np.argmax(X[:, :3] + random.normal(size=(SAMPLES, 3)), axis=1)]
    targets = X @ random.normal(size=20) + random.normal(size=SAMPLES)
    among = communicator()
    rows = slice(None) if among is None else own_rows(SAMPLES, among)
    shared = {"communicator": among, "shards": 8}
    models = [
        descent.LinearClassifier(**shared).fit(X[rows], y[rows]),
        descent.LinearClassifier(optimizer="adam", epochs=3, batch_size=64, standardize=True, **shared).fit(
            X[rows], y[rows]
        ),
        descent.LinearRegressor(loss="huber", optimizer="sgd", epochs=3, batch_size=32, **shared).fit(
            X[rows], targets[rows], np.arange(SAMPLES)[rows] % 3
        ),
    ]
    lines = [f"{model.loss_curve_[-1]!r} {zlib.crc32(model.coef_.tobytes()):08x}" for model in models]
    lines.append(repr(models[1].evaluate(X[rows], y[rows], communicator=among)))
    if among is not None:
        assert all(other == lines for other in among.gather(lines)), "the processes do not agree"
    if among is None or among.rank == 0:
        print("\n".join(lines), flush=True)
    if sys.argv[1] == "torch":
        # Without the destructors: PyTorch's own threads abort a process at its end now and then.
        os._exit(0)


main()
