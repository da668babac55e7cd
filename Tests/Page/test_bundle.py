"""What packaging/bundle_page.py makes of modules."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "packaging"))

import bundle_page


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the bundler takes for the page's."""
    page = tmp_path / "page"
    page.mkdir()
    monkeypatch.setattr(bundle_page, "PAGE", page)
    return page


def write(folder: Path, **modules: str) -> Path:
    """Writes modules, and returns the first one's path."""
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder / f"{next(iter(modules))}.js"


def test_modules_find_each_other(folder: Path) -> None:
    entry = write(
        folder,
        main='import { double, Pair as Two } from "./first.js";\nimport * as second from "./second.js";\n'
        "console.log(double(3), new Two().size, second.name, second.count);\n",
        first='import { count } from "./second.js";\nexport function double(x) {\n  return count * x;\n}\n'
        "export class Pair {\n  size = 2;\n}\n",
        second='export const name = "second";\nconst count = 2;\nexport { count };\n',
    )
    run = subprocess.run(["node", "-"], input=bundle_page.script(entry), text=True, capture_output=True, check=True)
    assert run.stdout == "6 2 second 2\n"


@pytest.mark.parametrize(
    "text", ['import x from "./first.js";', 'import "./first.js";', "export default 3;", 'export * from "./first.js";']
)
def test_other_kinds_of_statements_are_errors(folder: Path, text: str) -> None:
    with pytest.raises(SystemExit, match="no import or export that is understood here"):
        bundle_page.script(write(folder, main=f"{text}\n", first=""))


def test_a_circle_is_an_error(folder: Path) -> None:
    entry = write(folder, main='import { x } from "./first.js";\n', first='import { y } from "./main.js";\n')
    with pytest.raises(SystemExit, match="imports itself"):
        bundle_page.script(entry)
