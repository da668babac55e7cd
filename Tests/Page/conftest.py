"""The page in a browser, opened from the disk and from a server."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, missing

PAGE = Path(__file__).resolve().parents[2] / "build/page"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server that writes nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    if missing():
        pytest.skip(f"{missing()} is not installed")
    with Browser() as browser:
        yield browser


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser with a screen of a usual size; what its console has to say is a failure."""
    chromium.screen(1280, 900)
    chromium.complaints()
    yield chromium
    assert chromium.complaints() == []


@pytest.fixture(scope="session")
def disk() -> str:
    """The page's address on the disk."""
    return (PAGE / "index.html").as_uri()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The page's address on a web server."""
    handler = functools.partial(Quiet, directory=str(PAGE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/index.html"
        listening.shutdown()
