"""The images that demonstrations train on: Fashion-MNIST where it is installed, else a small set in this repository."""

import gzip
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
OPTICAL_DIGITS = Path(__file__).resolve().parents[3] / "data" / "optical-digits"

IDX_UINT8 = 0x08

_CLOTHES = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_DIGITS = tuple("0123456789")


@dataclass(frozen=True)
class ImageSet:
    """Training and test images, (samples, height * width) bytes, with labels 0 to 9."""

    name: str
    class_names: tuple[str, ...]
    scale: float
    image_shape: tuple[int, int]
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Reads an array of bytes in the idx format, compressed with gzip."""
    content = gzip.decompress(path.read_bytes())
    zeros, element_type, axes = struct.unpack_from(">HBB", content)
    if zeros != 0 or element_type != IDX_UINT8:
        raise ValueError(f"{path} is not an idx file of bytes")
    shape = struct.unpack_from(f">{axes}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def load(directory: Path) -> ImageSet:
    """Reads the four idx files of a directory, which gives the data set its name."""
    images, labels = {}, {}
    for part in ("train", "t10k"):
        images[part] = read_idx(directory / f"{part}-images-idx3-ubyte.gz")
        labels[part] = read_idx(directory / f"{part}-labels-idx1-ubyte.gz")
    height, width = images["train"].shape[1:]
    return ImageSet(
        name=directory.name,
        class_names=_CLOTHES if directory.name == FASHION_MNIST.name else _DIGITS,
        scale=1 / 16 if directory.name == OPTICAL_DIGITS.name else 1 / 255,
        image_shape=(height, width),
        train_images=images["train"].reshape(-1, height * width),
        train_labels=labels["train"],
        test_images=images["t10k"].reshape(-1, height * width),
        test_labels=labels["t10k"],
    )


def load_or_fall_back(directory: Path) -> ImageSet:
    """Reads the directory, or says that it is not there and reads the small data set."""
    if (directory / "train-images-idx3-ubyte.gz").is_file():
        return load(directory)
    if not OPTICAL_DIGITS.is_dir():
        raise FileNotFoundError(
            f"no data set in {directory}, and the small one is in the repository of libdescent only"
        )
    print(f"No data set in {directory} (Debian's package dataset-fashion-mnist): training on the small optical-digits.")
    return load(OPTICAL_DIGITS)
