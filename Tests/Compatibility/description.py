"""The committed description of the interface: `python description.py` (`make abi`) adds to it what is new.

What has changed or is gone it refuses to describe: a program that was compiled before would break. If that is meant,
the library needs another soname, and descent.abi is written anew after it was deleted.
"""

import sys
import tempfile
from pathlib import Path

from comparison import additions, breaks
from interface import Interface, newest_version, read_interface

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "include" / "descent.h"
LIBRARY = ROOT / "build" / "lib" / "libdescent.so"
DESCRIPTION = Path(__file__).with_name("descent.abi")


def read_description() -> Interface:
    """What descent.abi says; nothing if it is not there."""
    lines = DESCRIPTION.read_text().splitlines() if DESCRIPTION.exists() else []
    return dict(line.split(": ", 1) for line in lines)


def update() -> None:
    """Describes the present header and library."""
    old = read_description()
    with tempfile.TemporaryDirectory() as scratch:
        new = read_interface(HEADER, LIBRARY, Path(scratch))
    if problems := breaks(old, new, newest_version(HEADER)):
        sys.exit("\n".join(["Programs that were compiled before would break:", *problems]))
    for line in additions(old, new):
        print(f"new: {line}")
    DESCRIPTION.write_text("".join(f"{key}: {value}\n" for key, value in new.items()))


if __name__ == "__main__":
    update()
