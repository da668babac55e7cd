"""Reads include/descent.h: its functions with their parameters, and the values of its enums."""

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

_TEXT = (REPOSITORY / "include" / "descent.h").read_text(encoding="utf-8")
_CODE = re.sub(r"/\*.*?\*/", " ", _TEXT, flags=re.DOTALL)


@dataclass(frozen=True)
class Function:
    """One declaration; types as they are written in C, with single spaces."""

    name: str
    result: str
    parameters: dict[str, str]


def _split_declarator(text):
    kind, name = re.fullmatch(r"(.*?)(\w+)", " ".join(text.split())).groups()
    return kind.replace(" *", "*").strip(), name


def _function(result, name, parameters):
    pairs = [] if parameters.strip() == "void" else [_split_declarator(item) for item in parameters.split(",")]
    return Function(name, " ".join(result.split()).replace(" *", "*"), {name: kind for kind, name in pairs})


FUNCTIONS = {
    name: _function(result, name, parameters)
    for result, name, parameters in re.findall(r"^([a-z_0-9 ]+?[ *]+)(descent_\w+)\(([^)]*)\);", _CODE, re.MULTILINE)
}

ENUMS = {
    name: {item: int(value) for item, value in re.findall(r"(\w+) = (\d+)", body)}
    for body, name in re.findall(r"typedef enum \w+ \{(.*?)\} (\w+);", _CODE, re.DOTALL)
}

STRUCTS = {
    name: re.findall(r"(\w+)\s*;", body)
    for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", _CODE, re.DOTALL)
}
