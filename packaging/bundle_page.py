"""Makes the page to learn from one file, which works without a server: bundle_page.py LIBRARY.wasm OUTPUT.html.

Scripts become one classic script, since browsers load no modules from a disk: each module is a function that is called
once, when it is first imported. Of imports and exports those kinds are understood that occur here, one statement a
line; another is an error. The library and the digits are carried along, compressed.
"""

import base64
import gzip
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "bindings/javascript/page"
DIGITS = ROOT / "bindings/data/optical-digits"
DIGIT_FILES = tuple(f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1"))

IMPORT_NAMES = re.compile(r'^import \{([^}]*)\} from "([^"]+)";$', re.MULTILINE)
IMPORT_ALL = re.compile(r'^import \* as (\w+) from "([^"]+)";$', re.MULTILINE)
EXPORT_LIST = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
EXPORT_DECLARATION = re.compile(r"^export ((?:async )?function|class|const) (\w+)", re.MULTILINE)
LEFT_OVER = re.compile(r"^\s*(?:import|export)\b.*", re.MULTILINE)

LOADER = """\
"use strict";
(() => {
const modules = {};
const made = {};
function take(name) {
  if (!(name in made)) {
    made[name] = {};
    modules[name](made[name]);
  }
  return made[name];
}
"""


def module(path: Path, text: str) -> tuple[str, list[Path]]:
    """A module as the body of a function, and the modules that it imports."""
    imported: list[Path] = []

    def name_of(source: str) -> str:
        imported.append((path.parent / source).resolve())
        return key(imported[-1])

    def names(match: re.Match[str]) -> str:
        return f'const {{{match[1].replace(" as ", ": ")}}} = take("{name_of(match[2])}");'

    text = IMPORT_NAMES.sub(names, text)
    text = IMPORT_ALL.sub(lambda match: f'const {match[1]} = take("{name_of(match[2])}");', text)
    exported = [name for _, name in EXPORT_DECLARATION.findall(text)]
    exported += [name.strip() for match in EXPORT_LIST.findall(text) for name in match.split(",")]
    text = EXPORT_DECLARATION.sub(r"\1 \2", EXPORT_LIST.sub("", text))
    # The address of a classic script's module is that of the page.
    text = text.replace("import.meta.url", "document.baseURI")
    if left := LEFT_OVER.search(text):
        raise SystemExit(f"{path}: `{left[0].strip()}` is no import or export that is understood here")
    return f"{text}\nObject.assign(exported, {{ {', '.join(exported)} }});\n", imported


def key(path: Path) -> str:
    """The name of a module in the script."""
    return path.relative_to(PAGE.parent).as_posix()


def script(entry: Path) -> str:
    """The script of a module and of all that it imports, which must not import each other in a circle."""
    parts: list[str] = []
    done: set[Path] = set()

    def add(path: Path, importers: tuple[Path, ...]) -> None:
        if path in importers:
            raise SystemExit(f"{path} imports itself, by way of {importers[-1]}")
        if path in done:
            return
        done.add(path)
        body, imported = module(path, path.read_text())
        for other in imported:
            add(other, (*importers, path))
        parts.append(f'modules["{key(path)}"] = (exported) => {{\n{body}}};\n')

    add(entry, ())
    return f'{LOADER}{"".join(parts)}take("{key(entry)}");\n}})();\n'


def carried(name: str, compressed: bytes) -> str:
    """A file in the page."""
    return f'<script type="application/gzip" id="{name}">{base64.b64encode(compressed).decode()}</script>\n'


def page(library: Path) -> str:
    """The page as one file."""
    data = carried("descent.wasm", gzip.compress(library.read_bytes(), 9, mtime=0))
    data += "".join(carried(name, (DIGITS / f"{name}.gz").read_bytes()) for name in DIGIT_FILES)
    parts = {"style": (PAGE / "style.css").read_text(), "data": data, "script": script(PAGE / "main.js")}
    if "</script" in parts["script"] or "</style" in parts["style"]:
        raise SystemExit("the script or the style sheet would end too early in the page")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], (PAGE / "index.html").read_text())


def main() -> None:
    """Writes the page."""
    library, output = map(Path, sys.argv[1:])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page(library))
    print(f"{output}: {output.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
