"""Asks auditwheel whether each wheel may have the platform that its name gives: check_wheels.py WHEEL ..."""

import re
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Prints each wheel that is right, and ends with the first one that is not."""
    for wheel in map(Path, sys.argv[1:]):
        tag = wheel.stem.split("-")[-1]
        command = [sys.executable, "-m", "auditwheel", "show", str(wheel)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        tags = re.findall(r'"(manylinux_\w+)"', said.replace("\n", " "))
        if not tag.startswith("manylinux_") or tag not in tags:
            sys.exit(f"{wheel}: auditwheel says\n{said}")
        print(f"{wheel}: {tag}")


main()
