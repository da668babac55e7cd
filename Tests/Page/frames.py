"""Measures how smoothly the page runs: make page-frames.

Six methods run on each landscape, then their start is dragged about, then the digits are learned. Printed are frames a
second, the median and the longest time between two frames, and the page's own work in a frame, each in milliseconds. A
browser without a window draws with the processor.
"""

import itertools
import time
from collections.abc import Callable
from pathlib import Path

from browser import Browser, missing

PAGE = (Path(__file__).resolve().parents[2] / "build/page/index.html").as_uri()
SECONDS = 4
LANDSCAPES = ("ravine", "saddle", "beale", "rosenbrock", "noise")
SCREENS = {"1280 x 900": (1280, 900, False), "390 x 844": (390, 844, True)}

RECORD = """
const recorded = { times: [], before: { ...descentPage.frames } };
window.recorded = recorded;
const record = (now) => {
  recorded.times.push(now);
  if (window.recorded === recorded) requestAnimationFrame(record);
};
requestAnimationFrame(record);
"""
READ = """
const { times, before } = window.recorded;
window.recorded = null;
const { count, work } = descentPage.frames;
return { times, work: (work - before.work) / Math.max(1, count - before.count) };
"""


def measure(browser: Browser, title: str, busy: Callable[[], None]) -> None:
    """Prints a line for what happens while `busy` runs."""
    browser.run(RECORD)
    busy()
    recorded = browser.run(READ)
    times = recorded["times"]
    gaps = sorted(after - before for before, after in itertools.pairwise(times))
    rate = 1000 * len(gaps) / (times[-1] - times[0])
    print(f"{title:36} {rate:8.1f} {gaps[len(gaps) // 2]:8.1f} {gaps[-1]:8.1f} {recorded['work']:8.2f}")


def wait() -> None:
    """Lets things run."""
    time.sleep(SECONDS)


def measure_race(browser: Browser, screen: str, landscape: str) -> None:
    """Six methods that run, and then a start that is dragged."""
    browser.open(f"{PAGE}#race.land={landscape}&race.step=0")
    browser.find("[data-figure=race] .surface")
    browser.run("descentPage.sections.race.player.run()")
    measure(browser, f"{screen}, {landscape}", wait)
    drag = lambda: browser.drag("[data-figure=race] .handle", 90, 60, milliseconds=1000 * SECONDS)  # noqa: E731
    measure(browser, f"{screen}, {landscape}, dragged", drag)


def main() -> None:
    """Prints the table."""
    if missing():
        raise SystemExit(f"{missing()} is not installed")
    print(f"{'':36} {'frames/s':>8} {'median':>8} {'longest':>8} {'work':>8}")
    with Browser() as browser:
        for screen, (width, height, touch) in SCREENS.items():
            browser.screen(width, height, touch=touch)
            for landscape in LANDSCAPES:
                measure_race(browser, screen, landscape)
            browser.open(PAGE)
            browser.find("[data-figure=digits] canvas")
            measure(browser, f"{screen}, digits", wait)


main()
