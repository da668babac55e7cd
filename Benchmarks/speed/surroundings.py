"""What the figures depend on: the machine, the versions, and what else was going on. Imports no peer."""

import contextlib
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

# Set in some shells for old programs; they make a current OpenBLAS slow, or take its threads away.
UNWANTED = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "MKL_NUM_THREADS",
    "DESCENT_NUM_THREADS",
    "DESCENT_ISA",
)
_REMOVED = "SPEED_REMOVED_VARIABLES"


def clean_environment() -> None:
    """Starts this program again without those variables, since libraries read them when they are loaded."""
    present = [name for name in UNWANTED if name in os.environ]
    if present:
        for name in present:
            del os.environ[name]
        os.environ[_REMOVED] = " ".join(present)
        os.execv(sys.executable, [sys.executable, "-m", __package__, *sys.argv[1:]])


def removed_variables() -> list[str]:
    """Those that were set."""
    return os.environ.get(_REMOVED, "").split()


def machine() -> dict[str, object]:
    """Processor, number of processors that may be used, memory, and huge pages."""
    pages = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    chosen = pages.read_text().split("[")[-1].split("]")[0] if pages.is_file() else "unknown"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "processors": len(os.sched_getaffinity(0)),
        "memory_gigabytes": round(memory / 2**30),
        "transparent_huge_pages": chosen,
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", platform.system()),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def compiler() -> str:
    """The first line of gcc --version."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    return "none"


def _busy_seconds() -> float:
    """Processor time that the whole machine has spent, idling left out."""
    user, nice, system, _, _, irq, soft_irq, steal, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + soft_irq + steal) / os.sysconf("SC_CLK_TCK")


class Load:
    """What other processes use of the machine, from here on."""

    def __init__(self) -> None:
        """Begins."""
        self._begin = time.monotonic(), _busy_seconds(), sum(os.times()[:4])

    def share(self) -> float:
        """The share of all processors that others have used since."""
        time_then, busy_then, own_then = self._begin
        others = (_busy_seconds() - busy_then) - (sum(os.times()[:4]) - own_then)
        return max(0.0, others / (time.monotonic() - time_then) / (os.cpu_count() or 1))


def wait_for_quiet(seconds: float) -> None:
    """Returns as soon as others have used less than a twentieth of the processors for a second, or after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        load = Load()
        time.sleep(1)
        if load.share() < 0.05:
            return
