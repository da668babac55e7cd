"""Measures how smoothly the page runs: make page-frames.

Six methods run on each landscape, then the digits. Printed are frames a second, the median and the longest time between
two frames, and the page's own work in a frame. A browser without a window draws with the processor.
"""

import itertools
from pathlib import Path

from browser import Browser, missing

PAGE = (Path(__file__).resolve().parents[2] / "build/page/index.html").as_uri()
SECONDS = 4
LANDSCAPES = ("ravine", "saddle", "beale", "rosenbrock", "noise")
SCREENS = {"1280 x 900": (1280, 900, False), "390 x 844": (390, 844, True)}

RECORD = """
const [seconds, done] = arguments;
const times = [];
const { frames } = descentPage;
const before = { ...frames };
const record = (now) => {
  times.push(now);
  if (now - times[0] < 1000 * seconds) requestAnimationFrame(record);
  else done({ times, work: (frames.work - before.work) / (frames.count - before.count) });
};
requestAnimationFrame(record);
"""


def measure(browser: Browser, title: str) -> None:
    """Prints a line for what is running."""
    recorded = browser.run_later(RECORD, SECONDS)
    times = recorded["times"]
    gaps = sorted(after - before for before, after in itertools.pairwise(times))
    rate = 1000 * len(gaps) / (times[-1] - times[0])
    print(f"{title:32} {rate:6.1f} {gaps[len(gaps) // 2]:8.1f} {gaps[-1]:8.1f} {recorded['work']:8.2f}")


def main() -> None:
    """Prints the table."""
    if missing():
        raise SystemExit(f"{missing()} is not installed")
    print(f"{'':32} {'frames/s':>8} {'median':>6} {'longest':>8} {'work, ms':>8}")
    with Browser() as browser:
        for screen, (width, height, touch) in SCREENS.items():
            browser.screen(width, height, touch=touch)
            for landscape in LANDSCAPES:
                browser.open(f"{PAGE}#race.land={landscape}&race.step=0")
                browser.find("[data-figure=race] .surface")
                browser.run("descentPage.sections.race.player.run()")
                measure(browser, f"{screen}, {landscape}")
            browser.open(PAGE)
            browser.find("[data-figure=digits] canvas")
            measure(browser, f"{screen}, digits")


main()
