"""The page to learn from, as a reader uses it."""

import re

import pytest
from browser import Browser

import descent

ARROW_RIGHT, ARROW_UP, SPACE = "\ue014", "\ue013", " "
SECTIONS = ("search", "slope", "rate", "race", "bias", "digits")
PLAYER = "[data-figure=race] .player"


@pytest.mark.parametrize("source", ["disk", "server"])
def test_all_sections_are_there(browser: Browser, request: pytest.FixtureRequest, source: str) -> None:
    browser.open(request.getfixturevalue(source))
    for name in SECTIONS:
        browser.find(f"[data-figure={name}] canvas")
        assert browser.look(f"isDrawn('{name}')")
    assert descent.__version__ in browser.run("return document.querySelector('#facts').textContent")
    assert browser.look("descent.algorithms") == list(descent.OPTIMIZERS)
    text = browser.run("return document.querySelector('#digits-section').textContent")
    for part in ("training", "test"):
        assert f" {browser.look(f'digits.digits.{part}.count'):,} " in re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("pointer", ["mouse", "touch"])
def test_the_start_is_dragged(browser: Browser, disk: str, pointer: str) -> None:
    browser.screen(1280 if pointer == "mouse" else 390, 850, touch=pointer == "touch")
    browser.open(f"{disk}#race.step=10&race.speed=0.1")
    unit = browser.look("race.surface.view.unit")
    browser.drag("[data-figure=race] .handle", 60, -40, pointer)
    x, y = browser.look("race.state.values.point")
    assert abs(x - (-7 + 60 * unit)) < 2 * unit
    assert abs(y - (2 + 40 * unit)) < 2 * unit
    runs = browser.look("ends()")
    assert all(run["start"] == [x, y] for run in runs)
    # The paths follow while it is dragged: they are whole. Running begins anew then.
    assert [run["steps"] for run in runs] == [60] * 6
    browser.click(f"{PLAYER} button:nth-child(1)")
    assert browser.look("race.step") < 60
    browser.look("race.player.pause()")


def test_a_press_on_the_landscape_moves_the_start(browser: Browser, disk: str) -> None:
    browser.open(f"{disk}#slope.land=saddle")
    browser.click("[data-figure=slope] .surface canvas:nth-child(2)")
    left, right, bottom, top = (
        browser.look(f"slope.surface.view.{side}") for side in ("left", "right", "bottom", "top")
    )
    x, y = browser.look("slope.state.values.point")
    assert x == pytest.approx((left + right) / 2, abs=0.01 * (right - left))
    assert y == pytest.approx((bottom + top) / 2, abs=0.01 * (right - left))


def test_arrow_keys_move_the_start(browser: Browser, disk: str) -> None:
    browser.open(f"{disk}#race.step=10")
    browser.press("[data-figure=race] .handle", ARROW_RIGHT + ARROW_UP)
    x, y = browser.look("race.state.values.point")
    width = browser.look("race.surface.view.right - race.surface.view.left")
    assert x == pytest.approx(-7 + width / 100, abs=width / 1000)
    assert y == pytest.approx(2 + width / 100, abs=width / 1000)
    told = browser.run("return document.querySelector('[data-figure=race] .handle').getAttribute('aria-label')")
    assert f"{abs(x):.3g}, y {y:.3g}." in told


def test_keyboard_stays_where_it_was(browser: Browser, disk: str) -> None:
    browser.open(f"{disk}#race.step=10")
    browser.press(".tab:nth-child(2)", SPACE)
    assert browser.look("[race.landscape.name, document.activeElement.textContent]") == ["saddle", "A saddle"]
    browser.press("[data-figure=digits] .controls .choice:nth-child(2) select", "n")
    assert browser.look("[digits.state.values.method, document.activeElement.value]") == ["nesterov", "nesterov"]


def test_running_pausing_and_stepping(browser: Browser, disk: str) -> None:
    browser.open(f"{disk}#race.step=0&race.speed=0.2")
    browser.click(f"{PLAYER} button:nth-child(2)")
    assert browser.look("race.step") == 1
    browser.press(f"{PLAYER} button:nth-child(1)", SPACE)
    browser.wait("return descentPage.sections.race.step > 3")
    browser.press(f"{PLAYER} button:nth-child(1)", SPACE)
    step = browser.look("race.step")
    assert not browser.look("race.player.running")
    assert browser.look("race.state.values.step") == int(step)
    browser.look("race.state.set({speed: 100})")
    browser.click(f"{PLAYER} button:nth-child(1)")
    browser.wait("return !descentPage.sections.race.player.running")
    assert browser.look("ends().map(({steps}) => steps)") == [60] * 6
    browser.click(f"{PLAYER} button:nth-child(3)")
    assert browser.look("race.step") == 0


def test_what_happens_is_named(browser: Browser, disk: str) -> None:
    browser.open(disk)

    def said(link: str) -> dict[str, str]:
        browser.run("location.hash = arguments[0]", link)
        browser.wait("return descentPage.state.written === location.hash")
        return browser.look("verdicts()")

    assert re.search(r"overshot \d\d", said("race.land=ravine&race.step=60")["sgd"])
    at_saddle = said("race.land=saddle&race.step=120")
    stay = re.search(r"(\d+) steps at the saddle", at_saddle["sgd"])
    assert stay
    assert int(stay[1]) > 15
    assert "saddle" not in at_saddle["rmsprop"]
    assert "diverged" in said("race.step=60&race.options=sgd.learning_rate:1.2")["sgd"]
    worst = {}
    for cosine in (0, 1):
        assert "thrown about" in said(f"race.land=noise&race.step=300&race.cosine={cosine}")["sgd"]
        worst[cosine] = browser.look("Math.max(...[...race.runs.values()].map(({height}) => height))")
    assert worst[1] < worst[0] / 2


def test_a_link_keeps_the_state(browser: Browser, disk: str) -> None:
    browser.open(f"{disk}#race.step=0")
    browser.click(".tab:nth-child(2)")
    browser.click(f"{PLAYER} button:nth-child(1)")
    browser.drag("[data-figure=race] .handle", 30, 30)
    browser.click("[data-figure=race] .chip:nth-child(2)")
    browser.look("type('[data-figure=race] .chips select', 'lion')")
    browser.look("type('[data-method=adam] input[type=text]', '0.07')")
    browser.click("[data-figure=slope] input[type=checkbox]")
    before = browser.look("seen()")
    assert before[0] == ["sgd", "nesterov", "adagrad", "rmsprop", "adam", "lion"]
    assert before[1]["land"] == "saddle"
    assert before[1]["options"] == {"adam.learning_rate": 0.07}
    link = browser.run("descentPage.state.save(); return location.href")
    browser.open(link)
    assert browser.look("seen()") == before
    assert link.endswith(browser.look("state.hash"))
    # The same in a page that is open already, where a link changes the address only.
    browser.open(disk)
    browser.run("location.hash = arguments[0]", link[link.index("#") :])
    browser.wait("return descentPage.sections.race.landscape.name === 'saddle'")
    assert browser.look("seen()") == before


def test_damaged_links_do_no_harm(browser: Browser, disk: str) -> None:
    for link in (
        "race.land=nowhere&race.methods=foo,adam&race.added=bar,lbfgs&race.point=a,b&race.noise=x&race.step=1e9",
        "race.options=adam.learning_rate:x&race.speed=&digits.loss=huber&digits.method=lbfgs&digits.batch=3",
        "search.mode=sideways&rate.method=none&slope.land=&=&&%",
        "race.options=adam.learning_rate:-1,sgd.beta1:2&rate.rate=-1&bias.beta1=7&slope.step=-1&search.scale=-3"
        "&digits.rate=-1&digits.l2=-1",
    ):
        browser.open(f"{disk}#{link}")
        for name in SECTIONS:
            browser.find(f"[data-figure={name}] canvas")
        assert browser.run("return document.querySelectorAll('main > .problem').length") == 0, link
    told = browser.run("return document.querySelector('[data-figure=race] > .problem').textContent")
    assert told == "The link asks for what cannot be: beta1: sgd has no such option."


def test_what_the_library_refuses_is_said(browser: Browser, disk: str) -> None:
    browser.open(f"{disk}#race.step=10")
    browser.look("type('[data-method=adam] input[type=text]', '-1')")
    told = browser.run("return document.querySelector('[data-method=adam] .problem').textContent")
    assert told == "learning_rate: -1 is outside [0, inf)"
    assert browser.look("race.runs.get('adam').optimizer.get('learning_rate')") == 0.3


def test_gradient_check_finds_the_slip(browser: Browser, disk: str) -> None:
    browser.open(disk)
    verdict = "return document.querySelector('[data-figure=slope] .result').dataset.verdict"
    assert browser.run(verdict) == "right"
    browser.click("[data-figure=slope] input[type=checkbox]")
    assert browser.run(verdict) == "wrong"
    forward, central = browser.look("slope.errors.map((errors) => Math.min(...errors))")
    assert central < forward / 10


def test_bias_correction_makes_the_first_step_as_long_as_the_rate(browser: Browser, disk: str) -> None:
    browser.open(disk)
    corrected, uncorrected = browser.look("bias.lengths.map(([first]) => first)")
    assert corrected == pytest.approx(1, rel=1e-6)
    assert uncorrected == pytest.approx((1 - 0.9) / (1 - 0.999) ** 0.5, rel=1e-6)


def test_digits_train_before_ones_eyes(browser: Browser, disk: str) -> None:
    browser.open(disk)
    browser.find("[data-figure=digits] canvas")
    browser.wait("return descentPage.sections.digits.training.steps > 10")
    assert browser.look("digits.searching.portions") > 5
    assert "right" in browser.run("return document.querySelector('[data-figure=digits] .result').textContent")
