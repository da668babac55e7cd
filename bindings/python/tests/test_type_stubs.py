"""The types of the package are those of the library. That they are consistent, mypy tells (`make lint`)."""

import inspect

import header
from test_programs import run

import descent
import type_stubs

HINT = "the library's table has changed: `make stubs` writes them anew"


def test_stubs_are_up_to_date():
    for path, text in type_stubs.stubs().items():
        assert path.read_text() == text, f"{path.name}: {HINT}"


def test_stub_says_what_the_class_takes():
    text = type_stubs.optimizer_stub()
    for name in ("SGD", "Adam"):
        body = text.split(f"class {name}(Optimizer):")[1].split("class ")[0]
        for parameter in inspect.signature(getattr(descent, name)).parameters.values():
            assert f"{parameter.name}: " in body
            assert f" = {parameter.default!r}, " in body


def test_typed_program_runs():
    assert run(header.REPOSITORY / "bindings" / "python" / "tests" / "typed_program.py") == "typed\n"
