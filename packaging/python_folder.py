"""Prints where Python packages go under a prefix: where this Python looks for them, if it looks there at all."""

import site
import sys
import sysconfig
from pathlib import Path

prefix = Path(sys.argv[1])
searched = [folder for folder in site.getsitepackages() if Path(folder).is_relative_to(prefix / "lib")]
print(searched[0] if searched else sysconfig.get_path("purelib", "posix_prefix", {"base": str(prefix)}))
