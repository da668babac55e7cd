"""Reads what compiled programs rely on: constants, layouts and signatures from the header, symbols from the library.

An interface is a dictionary from what there is to how it is:

    constant DESCENT_ADAM: 6
    enum descent_algorithm: 4 bytes
    struct descent_tensor: 40 bytes
    member descent_tensor.values: at 0, void *
    callback descent_progress: int32_t (const descent_progress_report *, void *)
    function descent_version: uint32_t (void), DESCENT_0.1
"""

import re
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from pycparser import c_ast, c_generator, c_parser

Interface = dict[str, str]

# What the header includes, as far as a reader of C needs to know it.
STANDARD_HEADERS = {
    "stdbool.h": "typedef _Bool bool;",
    "stddef.h": "typedef unsigned long size_t;",
    "stdint.h": (
        "typedef int int32_t; typedef unsigned int uint32_t; typedef long int64_t; typedef unsigned long uint64_t;"
    ),
}


def read_interface(header: Path, library: Path, scratch: Path) -> Interface:
    """The interface of a header and a library; the compiler's files go into the directory `scratch`."""
    interface: Interface = {"library soname": soname(library)}
    versions = symbol_versions(library)
    tree = _parse(header, scratch)
    measures = _measure(header, tree, scratch)
    for declaration in _declarations(tree):
        for key, value in _describe(declaration, measures):
            kind, name = key.split()
            if kind == "function":
                # One that the library lacks is in the header only, and so of no use.
                if name in versions:
                    interface[key] = f"{value}, {versions.pop(name)}"
            else:
                interface[key] = value
    # What the library has without a declaration can be linked with too.
    return interface | {f"function {name}": f"undeclared, {version}" for name, version in versions.items()}


def newest_version(header: Path) -> str:
    """The version that functions which are new in this header have to carry: DESCENT_<major>.<minor>."""
    major, minor = re.findall(r"#define DESCENT_VERSION_(?:MAJOR|MINOR) (\d+)", header.read_text())
    return f"DESCENT_{major}.{minor}"


def symbol_versions(library: Path) -> dict[str, str]:
    """The version node of every exported function; the first one of a function that has several."""
    lines = _output("nm", "-D", "--defined-only", library).splitlines()
    pairs = [line.split()[-1].partition("@") for line in lines if line.split()[-2] in "TW"]
    versions = [(name, version.lstrip("@") or "without a version") for name, _, version in pairs]
    return dict(sorted(versions, reverse=True))


def soname(library: Path) -> str:
    """The name under which programs ask for the library."""
    found = re.search(r"soname: \[(.+)\]", _output("readelf", "-d", library))
    return found[1] if found else "none"


def _output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _parse(header: Path, scratch: Path) -> c_ast.FileAST:
    for name, text in STANDARD_HEADERS.items():
        (scratch / name).write_text(text + "\n")
    text = _output("cc", "-E", "-P", "-std=c99", "-nostdinc", "-I", scratch, header)
    return c_parser.CParser().parse(text, str(header))


def _declarations(tree: c_ast.FileAST) -> Iterator[c_ast.Node]:
    """The header's own, without those of the standard headers."""
    return (node for node in tree.ext if (_name(node) or "").startswith("descent_"))


def _name(node: c_ast.Node) -> str | None:
    kind = node.type
    return node.name or getattr(kind, "name", None) or getattr(getattr(kind, "type", None), "name", None)


def _describe(node: c_ast.Node, measures: dict[str, int]) -> Iterator[tuple[str, str]]:
    kind = node.type
    inner = getattr(kind, "type", None)
    if isinstance(kind, c_ast.FuncDecl):
        yield f"function {node.name}", _signature(kind)
    elif isinstance(kind, c_ast.PtrDecl) and isinstance(inner, c_ast.FuncDecl):
        yield f"callback {node.name}", _signature(inner)
    elif isinstance(inner, c_ast.Enum):
        yield f"enum {node.name}", f"{measures[node.name]} bytes"
        for constant in inner.values.enumerators:
            yield f"constant {constant.name}", str(measures[constant.name])
    elif isinstance(inner, c_ast.Struct) and inner.decls:
        yield f"struct {node.name}", f"{measures[node.name]} bytes"
        for member in inner.decls:
            name = f"{node.name}.{member.name}"
            yield f"member {name}", f"at {measures[name]}, {_type(member.type)}"
    else:
        yield f"type {node.name}", _type(kind)


def _signature(function: c_ast.FuncDecl) -> str:
    return f"{_type(function.type)} ({', '.join(_type(parameter.type) for parameter in function.args.params)})"


def _type(node: c_ast.Node) -> str:
    """A type without the name of what is declared."""
    node = deepcopy(node)
    innermost = node
    while not isinstance(innermost, c_ast.TypeDecl):
        innermost = innermost.type
    innermost.declname = None
    return " ".join(c_generator.CGenerator().visit(c_ast.Typename(None, [], None, node)).split())


def _expressions(tree: c_ast.FileAST) -> Iterator[tuple[str, str]]:
    """What the compiler must be asked: sizes, offsets and values, as C expressions by name."""
    for node in _declarations(tree):
        inner = getattr(node.type, "type", None)
        if isinstance(inner, c_ast.Enum):
            yield node.name, f"sizeof({node.name})"
            yield from ((constant.name, constant.name) for constant in inner.values.enumerators)
        elif isinstance(inner, c_ast.Struct) and inner.decls:
            yield node.name, f"sizeof({node.name})"
            for member in inner.decls:
                yield f"{node.name}.{member.name}", f"offsetof({node.name}, {member.name})"


def _measure(header: Path, tree: c_ast.FileAST, scratch: Path) -> dict[str, int]:
    expressions = dict(_expressions(tree))
    source, program = scratch / "measure.c", scratch / "measure"
    lines = [f'    printf("%lld\\n", (long long)({text}));' for text in expressions.values()]
    source.write_text("\n".join([f'#include "{header}"', "#include <stdio.h>", "int main(void) {", *lines, "}", ""]))
    _output("cc", source, "-o", program)
    return dict(zip(expressions, map(int, _output(program).split()), strict=True))
