"""The interface is the one that is described, and differences of every kind are noticed and named."""

import re
import struct

import pytest
from comparison import additions, breaks
from description import DESCRIPTION, HEADER, LIBRARY, read_description
from interface import newest_version, read_interface

pytestmark = pytest.mark.skipif(struct.calcsize("P") != 8, reason="descent.abi describes a machine of 64 bits")


@pytest.fixture(scope="module")
def described():
    return read_description()


def read(tmp_path, *replacements):
    """The interface with a changed header."""
    text = HEADER.read_text()
    for pattern, replacement in replacements:
        text, count = re.subn(pattern, replacement, text)
        assert count == 1, pattern
    changed = tmp_path / "descent.h"
    changed.write_text(text)
    return read_interface(changed, LIBRARY, tmp_path)


def test_programs_compiled_before_go_on_working(described, tmp_path):
    problems = breaks(described, read(tmp_path), newest_version(HEADER))
    assert not problems, "these would break programs that were compiled before:\n" + "\n".join(problems)


def test_everything_is_described(described, tmp_path):
    new = additions(described, read(tmp_path))
    assert not new, f"not yet in {DESCRIPTION.name}; `make abi` adds it:\n" + "\n".join(new)


SIZE_THEN = r"(uint32_t struct_size; +/\* sizeof\(descent_range_options\) \*/)"
LAST_THEN = r"(double +maximum; +/\* finite; default 10 \*/)"

COLUMNS_THEN = r"size_t +columns;(\n +descent_dtype dtype; +/\* DESCENT_FLOAT32 or)"

BREAKING = {
    "a value": ([("DESCENT_ADAM = 6", "DESCENT_ADAM = 7")], "constant DESCENT_ADAM has changed from: 6; to: 7"),
    "a constant": ([(r"DESCENT_SKIP = 2 .*\n", "\n")], "constant DESCENT_SKIP is gone"),
    "an enum's size": (
        [("DESCENT_SKIP = 2", "DESCENT_SKIP = 2, DESCENT_LARGE = 0x100000000")],
        "enum descent_not_finite_policy has changed from: 4 bytes; to: 8 bytes",
    ),
    "the order of members": (
        [(r"size_t +rows;\n +size_t +columns;(?=\n +descent_dtype dtype;)", "size_t columns; size_t rows;")],
        "member descent_tensor.rows has changed from: at 16, size_t; to: at 24, size_t",
    ),
    "a member's name": (
        [
            (
                r"size_t +columns;\n +descent_dtype dtype; ",
                "size_t width; descent_dtype dtype; ",
            )
        ],
        "member descent_tensor.columns is gone",
    ),
    "a member's type": (
        [
            (r"uint64_t trials;", "int64_t trials;"),
            ("#include <stdint.h>", "typedef long int64_t;\n#include <stdint.h>"),
        ],
        "member descent_search_options.trials has changed from: at 8, uint64_t; to: at 8, int64_t",
    ),
    "a member at the front": (
        [(SIZE_THEN, r"\1 uint64_t early;")],
        "member descent_range_options.steps has changed from: at 4, uint32_t; to: at 16, uint32_t",
    ),
    "a member in padding": (
        [(r"(bool +plateau;)", r"\1 bool late;")],
        "member descent_progress_report.late is new at 66, among the 104 bytes that older programs hand in",
    ),
    "a struct that cannot grow": (
        [(r"(uint32_t +group; +/\* which option group)", r"uint64_t more; \1")],
        "struct descent_tensor has changed from: 40 bytes; to: 56 bytes",
    ),
    "a parameter's type": (
        [(r"set_l2\(descent_classifier \*classifier, double l2\)", "set_l2(descent_classifier *c, float l2)")],
        r"function descent_classifier_set_l2 has changed from: descent_status \(descent_classifier \*, double\), "
        r"DESCENT_0.1; to: descent_status \(descent_classifier \*, float\)",
    ),
    "a result": (
        [(r"uint32_t +descent_version\(void\)", "uint64_t descent_version(void)")],
        "function descent_version has changed",
    ),
    "a callback": (
        [(r"int32_t \(\*descent_progress\)", "void (*descent_progress)")],
        "callback descent_progress has changed",
    ),
}


@pytest.mark.parametrize(("replacements", "message"), BREAKING.values(), ids=BREAKING)
def test_change_of_the_header_is_noticed(described, tmp_path, replacements, message):
    problems = breaks(described, read(tmp_path, *replacements), newest_version(HEADER))
    assert any(re.match(message, problem) for problem in problems), problems


def test_change_of_the_library_is_noticed(described, tmp_path):
    present, name = read(tmp_path), "function descent_version"
    signature, version = present[name].split(", ")
    without = {key: value for key, value in present.items() if key != name}
    assert breaks(described, without, version) == [f"{name} is gone; it was: {signature}, {version}"]
    moved = present | {name: f"{signature}, DESCENT_0.7"}
    assert breaks(described, moved, version) == [
        f"{name} has changed from: {signature}, {version}; to: {signature}, DESCENT_0.7"
    ]
    renamed = present | {"library soname": "libdescent.so.1"}
    assert breaks(described, renamed, version) == [
        "library soname has changed from: libdescent.so.0; to: libdescent.so.1"
    ]


def test_what_is_new_breaks_nothing(described, tmp_path):
    replacements = [("DESCENT_ADAM = 6", "DESCENT_ADAM = 6, DESCENT_TIGER = 99"), (LAST_THEN, r"\1 double more;")]
    present = read(tmp_path, *replacements) | {"function descent_new": "void (void), DESCENT_9.9"}
    assert not breaks(described, present, "DESCENT_9.9")
    assert [
        line for line in additions(described, present) if "new" in line or "TIGER" in line or "range_op" in line
    ] == [
        "constant DESCENT_TIGER: 99",
        "struct descent_range_options: 32 bytes",
        "member descent_range_options.more: at 24, double",
        "function descent_new: void (void), DESCENT_9.9",
    ]


def test_new_function_carries_the_newest_version(described, tmp_path):
    present = read(tmp_path) | {"function descent_new": "void (void), DESCENT_0.1"}
    assert breaks(described, present, "DESCENT_0.2") == [
        "function descent_new is new, and so it needs the version DESCENT_0.2 in exports.map: void (void), DESCENT_0.1"
    ]
