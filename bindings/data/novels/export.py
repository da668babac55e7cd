"""Writes train.vw.gz and test.vw.gz from the novels in Debian's package r-cran-janeaustenr, which needs no R:

apt-get download r-cran-janeaustenr && dpkg -x r-cran-janeaustenr_*.deb unpacked
python3 export.py unpacked/usr/lib/R/site-library/janeaustenr/data
"""

import gzip
import re
import struct
import sys
import zlib
from pathlib import Path

import numpy as np

# In the order of the file.
NOVELS = ("Emma", "Mansfield-Park", "Northanger-Abbey", "Persuasion", "Pride-and-Prejudice", "Sense-and-Sensibility")
WORDS, PASSAGES, TEST_PASSAGES = 50, 360, 90  # words in a passage; passages of a novel, and those of them to test with
HERE = Path(__file__).parent


def parts_of(data):
    """R keeps one object behind the other: the size that it unpacks to, and zlib's bytes."""
    while data:
        unpacking = zlib.decompressobj()
        part = unpacking.decompress(data[4:])
        assert len(part) == struct.unpack(">I", data[:4])[0]
        yield part
        data = unpacking.unused_data


def lines_of(part):
    """What is in a serialized vector of texts: X, versions, the encoding, type 16, count; type 9, length, text, ..."""
    encoding = struct.unpack_from(">I", part, 14)[0]
    at = 18 + encoding
    kind, count = struct.unpack_from(">II", part, at)
    assert part[:2] == b"X\n"
    assert kind & 0xFF == 16
    at += 8
    lines = []
    for _ in range(count):
        kind, length = struct.unpack_from(">II", part, at)
        assert kind & 0xFF == 9
        lines.append(part[at + 8 : at + 8 + length].decode())
        at += 8 + length
    return lines


def words_of(lines):
    """Words of at least two letters, in order and in small letters."""
    words = re.findall(r"[A-Za-z]+(?:'[a-z]+)?", " ".join(lines).replace("\u2019", "'").replace("_", ""))
    return [word.lower() for word in words if len(word) > 1]


def main(folder):
    """Draws passages of each novel, and writes them in one random order."""
    random = np.random.default_rng(1)
    train, test = [], []
    for name, part in zip(NOVELS, parts_of((folder / "Rdata.rdb").read_bytes()), strict=True):
        words = words_of(lines_of(part))
        passages = [" ".join(words[at : at + WORDS]) for at in range(0, len(words) - WORDS + 1, WORDS)]
        chosen = [f"{name} | {passages[i]}\n" for i in random.permutation(len(passages))[:PASSAGES]]
        test += chosen[:TEST_PASSAGES]
        train += chosen[TEST_PASSAGES:]
    for name, lines in (("train", train), ("test", test)):
        text = "".join(lines[i] for i in random.permutation(len(lines)))
        (HERE / f"{name}.vw.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
