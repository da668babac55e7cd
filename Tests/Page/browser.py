"""A Chromium without a window, driven through chromedriver's WebDriver interface: https://www.w3.org/TR/webdriver2/."""

import base64
import itertools
import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

INSPECTION = Path(__file__).with_name("inspection.js")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver's key for references to elements
PATIENCE = 20.0  # seconds
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


def missing() -> str | None:
    """Which program is not installed; None if none is."""
    return next((name for name in ("chromium", "chromedriver") if shutil.which(name) is None), None)


class Browser:
    """One browser with one window; a context manager."""

    def __init__(self) -> None:
        self._driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        assert self._driver.stdout is not None
        told = (re.search(r"successfully on port (\d+)", line) for line in self._driver.stdout)
        self._address = f"http://127.0.0.1:{next(found[1] for found in told if found)}"
        options = {"binary": shutil.which("chromium"), "args": ARGUMENTS}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._address += f"/session/{session['sessionId']}"

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._call("DELETE", "")
        finally:
            self._driver.terminate()
            self._driver.wait()

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._address + path, data, kind, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from error

    def developer(self, command: str, **parameters: Any) -> Any:
        """A command of Chromium's own developer tools."""
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screen(self, width: int, height: int, scheme: str = "light", touch: bool = False) -> None:
        """What the page takes the screen for."""
        self.developer(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=touch
        )
        self.developer("Emulation.setTouchEmulationEnabled", enabled=touch)
        self.media(scheme)

    def media(self, scheme: str, motion: str = "no-preference") -> None:
        """What the reader prefers."""
        preferences = {"prefers-color-scheme": scheme, "prefers-reduced-motion": motion}
        features = [{"name": name, "value": value} for name, value in preferences.items()]
        self.developer("Emulation.setEmulatedMedia", features=features)

    def open(self, address: str) -> None:
        """Opens the page, afresh, and waits until it is ready."""
        self._call("POST", "/url", {"url": "about:blank"})
        self._call("POST", "/url", {"url": address})
        self.wait("return 'ready' in document.documentElement.dataset")

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs the body of a function, whose arguments are `arguments`, and returns what it returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def look(self, expression: str) -> Any:
        """The value of an expression that knows what inspection.js does."""
        return self.run(f"{INSPECTION.read_text()}; return {expression}")

    def wait(self, script: str) -> None:
        """Waits until the script returns something true."""
        end = time.monotonic() + PATIENCE
        while not self.run(script):
            assert time.monotonic() < end, f"in vain: {script}"
            time.sleep(0.05)

    def find(self, selector: str) -> dict[str, str]:
        """The first element of a CSS selector, brought into the middle of the view."""
        element = self._call("POST", "/element", {"using": "css selector", "value": selector})
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        return element

    def click(self, selector: str) -> None:
        """Clicks the middle of an element."""
        self._call("POST", f"/element/{self.find(selector)[ELEMENT]}/click", {})

    def press(self, selector: str, keys: str) -> None:
        """Focuses an element and presses keys; WebDriver's private code points are the arrows and their like."""
        element = self.find(selector)
        self.run("arguments[0].focus()", element)
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": strokes})

    def drag(self, selector: str, right: int, down: int, pointer: str = "mouse", milliseconds: int = 120) -> None:
        """Drags an element from its middle; pointer is "mouse" or "touch"."""
        count = milliseconds // 20
        corners = [(right * part // count, down * part // count) for part in range(count + 1)]
        moves = [
            {"type": "pointerMove", "duration": 20, "origin": "pointer", "x": x - before_x, "y": y - before_y}
            for (before_x, before_y), (x, y) in itertools.pairwise(corners)
        ]
        there = {"type": "pointerMove", "duration": 0, "origin": self.find(selector), "x": 0, "y": 0}
        strokes = [there, {"type": "pointerDown", "button": 0}, *moves, {"type": "pointerUp", "button": 0}]
        self._act({"type": "pointer", "id": pointer, "parameters": {"pointerType": pointer}, "actions": strokes})

    def _act(self, source: dict[str, Any]) -> None:
        self._call("POST", "/actions", {"actions": [source]})
        self._call("DELETE", "/actions")

    def picture(self, path: Path, selector: str | None = None) -> None:
        """Saves what the whole page looks like, or one element of it."""
        size = self.developer("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        if selector is not None:
            box = self.run(
                "const r = arguments[0].getBoundingClientRect();"
                "return {x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: r.height}",
                self.find(selector),
            )
            clip.update(box)
        data = self.developer("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"]
        path.write_bytes(base64.b64decode(data))

    def complaints(self) -> list[str]:
        """What has been written to the console as a warning or an error since the last call."""
        entries = self._call("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("WARNING", "SEVERE")]
