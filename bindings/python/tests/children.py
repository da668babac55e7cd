"""Other Python processes, for what can be tried in a process only once: being interrupted, and coming to an end."""

import os
import signal
import subprocess
import sys
import threading
import time

import header

# What the children begin with: data whose fit takes hours, almost all of them in C.
PREAMBLE = """
import os, signal, sys, threading, time
import numpy as np
import descent

random = np.random.default_rng(5)
features = random.normal(size=(20_000, 100)).astype(np.float32)
labels = features[:, :4].argmax(axis=1)


def classifier(**settings):
    return descent.LinearClassifier(**{"epochs": 1_000_000, "batch_size": 500, **settings})


def ready(seconds=0.2):
    "Tells the parent, a moment from now, that it may send the signal."
    threading.Timer(seconds, print, ("ready",), {"flush": True}).start()
"""


def start(code, preamble=PREAMBLE):
    """A child with pipes; what it warns of is an error."""
    return subprocess.Popen(
        [sys.executable, "-B", "-X", "faulthandler", "-W", "error", "-c", preamble + code],
        env={**os.environ, "PYTHONPATH": str(header.REPOSITORY / "bindings" / "python")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child, seconds=60):
    """(exit status, output, errors) of a child, which has so long to come to an end."""
    watchdog = threading.Timer(seconds, child.kill)
    watchdog.start()
    # Not communicate(), which would pass over what was read ahead with the first lines.
    output, errors = child.stdout.read(), child.stderr.read()
    status = child.wait()
    watchdog.cancel()
    assert status != -signal.SIGKILL, f"it did not come to an end in {seconds} s:\n{output}\n{errors}"
    return status, output, errors


def succeed(code, preamble=PREAMBLE):
    """The output of a child that must end well, and have nothing to complain of."""
    status, output, errors = finish(start(code, preamble))
    assert (status, errors) == (0, ""), errors
    return output


def interrupt(code):
    """Presses Ctrl-C as soon as the child is ready; returns (seconds to its answer, exit status, output, errors).

    The answer is the next line that it prints, or its end.
    """
    child = start(code)
    line = child.stdout.readline()
    if line != "ready\n":
        raise AssertionError(f"{line}\n{finish(child)}")
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    answer = child.stdout.readline()
    seconds = time.monotonic() - began
    status, output, errors = finish(child)
    return seconds, status, answer + output, errors
