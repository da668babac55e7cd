"""Writes the four idx files of this directory from the copy of the data set that scikit-learn carries.

It needs scikit-learn. The files come out the same, byte for byte, every time.
"""

import gzip
import struct
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TRAINING_SAMPLES = 1437

# The element type of an idx file, in its third byte.
IDX_UINT8 = 0x08


def write_idx(path: Path, array: np.ndarray) -> None:
    """Writes an array of bytes in the idx format: two zeros, type, number of axes, lengths (big-endian), elements."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, IDX_UINT8, array.ndim, *array.shape)
    # Without a time stamp and a file name, so that a second export differs in nothing.
    path.write_bytes(gzip.compress(header + array.tobytes(), compresslevel=9, mtime=0))


def main() -> None:
    """Splits the data set without changing its order."""
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    directory = Path(__file__).resolve().parent
    for part, rows in (("train", slice(None, TRAINING_SAMPLES)), ("t10k", slice(TRAINING_SAMPLES, None))):
        write_idx(directory / f"{part}-images-idx3-ubyte.gz", images[rows])
        write_idx(directory / f"{part}-labels-idx1-ubyte.gz", labels[rows])


if __name__ == "__main__":
    main()
