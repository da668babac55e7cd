"""What readers with other screens, colours and needs see."""

import pytest
from browser import Browser

GROUND = "return getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen(browser: Browser, disk: str, width: int) -> None:
    browser.screen(width, 800, touch=width < 500)
    browser.open(f"{disk}#race.added=soap,radam&race.methods=soap,radam,adam&race.step=10")
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.look("smallTargets()") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser: Browser, disk: str, scheme: str) -> None:
    """WCAG AA: 4.5 to 1 for text, 3 to 1 for lines and marks."""
    browser.screen(1280, 900, scheme)
    browser.open(f"{disk}#race.step=10&race.added=lion,adan&race.methods=sgd,lion,adan")
    assert browser.look("poorTexts(4.5)") == []
    assert browser.look("leastLineContrast()") >= 3


def test_the_reader_chooses_light_or_dark(browser: Browser, disk: str) -> None:
    browser.screen(1280, 900, "dark")
    browser.open(disk)
    dark = browser.run(GROUND)
    browser.click(".theme")
    light = browser.run(GROUND)
    assert light != dark
    browser.open(disk)
    assert browser.run(GROUND) == light  # it is remembered
    browser.click(".theme")
    assert browser.run(GROUND) == dark
    browser.click(".theme")
    browser.media("light")
    assert browser.run(GROUND) == light


def test_less_movement_where_it_is_asked_for(browser: Browser, disk: str) -> None:
    browser.media("light", motion="reduce")
    browser.open(disk)
    browser.find("[data-figure=race] .surface")
    browser.wait("return descentPage.sections.race.step === 60")
    assert not browser.look("race.player.running")


def test_everything_has_a_name(browser: Browser, disk: str) -> None:
    browser.open(f"{disk}#race.added=mars&race.methods=mars,adam&race.step=10")
    assert browser.look("nameless()") == []
    assert browser.look("repeatedIds()") == []


def test_formulas_are_drawn_for_all_methods(browser: Browser, disk: str) -> None:
    every = "descent.algorithms.filter((name) => !descent.describe(name).isBatch).join()"
    browser.open(disk)
    names = browser.look(every)
    browser.open(f"{disk}#race.added={names}&race.methods={names}&race.step=1")
    cards = browser.run(
        "return [...document.querySelectorAll('.card')].map((card) => card.querySelectorAll('math').length)"
    )
    assert len(cards) == len(names.split(","))
    assert min(cards) > 0
