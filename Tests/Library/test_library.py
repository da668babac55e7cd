"""What the built library must be: the names it exports, what it needs, and which instructions it uses where."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "build/lib/libdescent.so"
HEADER = ROOT / "include/descent.h"

# Of the C library's own parts only these; OpenBLAS is loaded when it is needed.
ALLOWED_LIBRARIES = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
SIZE_LIMIT = 900 * 1024


def run(*command: str, **environment: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **environment}).stdout


def disassembly() -> dict[str, list[str]]:
    """The instructions of each function, "mnemonic operands"."""
    functions: dict[str, list[str]] = {}
    current: list[str] = []
    for line in run("objdump", "-d", "--no-show-raw-insn", str(LIBRARY)).splitlines():
        if match := re.match(r"^[0-9a-f]+ <(.+)>:$", line):
            current = functions.setdefault(match[1], [])
        elif match := re.match(r"^\s+[0-9a-f]+:\t(.+)$", line):
            current.append(match[1])
    return functions


@pytest.fixture(scope="module")
def functions() -> dict[str, list[str]]:
    return disassembly()


def test_exports_exactly_the_functions_of_the_header():
    symbols = [line.split() for line in run("nm", "-D", "--defined-only", str(LIBRARY)).splitlines()]
    exported = {symbol[-1].split("@")[0] for symbol in symbols if symbol[-2] != "A"}  # A: the name of a version
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    declared = set(re.findall(r"\b(descent_\w+)\s*\(", text))
    assert len(declared) > 30
    assert exported == declared


def test_soname_and_links():
    assert "Library soname: [libdescent.so.0]" in run("readelf", "-d", str(LIBRARY))
    assert os.readlink(LIBRARY) == "libdescent.so.0"
    version = re.findall(r"#define DESCENT_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", HEADER.read_text())
    assert LIBRARY.resolve().name == f"libdescent.so.{'.'.join(version)}"


def test_needs_nothing_of_swift():
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", str(LIBRARY))))
    assert needed <= ALLOWED_LIBRARIES
    resolved = run("ldd", str(LIBRARY))
    assert not re.search(r"swift|stdc\+\+|not found", resolved), resolved


def test_runs_with_the_c_library_of_2022():
    """glibc 2.34 is the oldest one since pthreads became part of libc; a newer symbol would shut out its users."""
    versions = re.findall(r"GLIBC_2\.(\d+)", run("objdump", "-T", str(LIBRARY)))
    assert versions
    assert max(map(int, versions)) <= 34


def test_stripped_size(tmp_path):
    stripped = tmp_path / "libdescent.so"
    run("strip", "-o", str(stripped), str(LIBRARY))
    assert stripped.stat().st_size <= SIZE_LIMIT


def test_keeps_its_debug_information():
    assert ".debug_info" in run("readelf", "-SW", str(LIBRARY))


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x86-64 only")
@pytest.mark.parametrize(("module", "registers"), [("KernelsAVX2", ("%ymm",)), ("KernelsAVX512", ("%ymm", "%zmm"))])
def test_wide_registers_are_used(functions, module, registers):
    own = [instruction for name, body in functions.items() if f"{len(module)}{module}" in name for instruction in body]
    for register in registers:
        assert sum(register in instruction for instruction in own) > 100


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x86-64 only")
@pytest.mark.parametrize(("module", "register"), [("KernelsAVX2", "%ymm"), ("KernelsAVX512", "%zmm")])
def test_elementary_functions_compute_in_wide_registers(functions, module, register):
    """Swift splits vectors that are arguments of calls, and would go on computing in the pieces."""
    found = [body for name, body in functions.items() if re.search(rf"{len(module)}{module}\d+replaceBy", name)]
    assert len(found) == 3
    for body in found:
        arithmetic = [instruction for instruction in body if re.match(r"v(add|sub|mul|div)pd\b", instruction)]
        assert arithmetic
        assert all(register in instruction for instruction in arithmetic)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x86-64 only")
def test_avx_stays_inside_its_modules(functions):
    """Of AVX, not only the wide registers: all its instructions start with a v, and an old CPU knows none of them."""
    modules = ("11KernelsAVX2", "13KernelsAVX512")
    # products.c, which is called where the processor has what it needs.
    of_bfloat16 = {"kernel_multiply_piece", "kernel_pack_piece", "kernel_unpack_piece", "put_rounded"}
    strays = {
        name: instruction
        for name, body in functions.items()
        if not any(module in name for module in modules) and name not in of_bfloat16
        for instruction in body
        if re.match(r"v(?!er[rw]\b)[a-z]", instruction) or "%ymm" in instruction or "%zmm" in instruction
    }
    assert not strays
    zmm_in_avx2 = [name for name, body in functions.items() if modules[0] in name and any("%zmm" in i for i in body)]
    assert not zmm_in_avx2


def names_by_address() -> dict[int, list[str]]:
    """The linker keeps one of several functions that are alike, under the names of all of them."""
    names: dict[int, list[str]] = {}
    for line in run("nm", "--defined-only", str(LIBRARY)).splitlines():
        address, _, name = line.split()[:3]
        names.setdefault(int(address, 16), []).append(name)
    return names


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x86-64 only")
def test_kernels_call_only_their_own_module_and_the_c_library(functions):
    """A call from one instruction set's kernels into another's is a crash on the CPU that lacks it."""
    names = names_by_address()
    for module in ("7Kernels", "11KernelsAVX2", "13KernelsAVX512"):
        for name, body in functions.items():
            if not re.match(rf"\$e{module}(?!AVX)", name):
                continue
            for instruction in body:
                if match := re.match(r"(?:call|jmp)\s+([0-9a-f]+) <([^+>]+)>", instruction):
                    target = match[2]
                    # What describes rules is C, compiled for any processor; only the baseline's module calls it.
                    own = (f"$e{module}", "kernel_rule_") if module == "7Kernels" else f"$e{module}"
                    known = names.get(int(match[1], 16), [target])
                    is_own = target == name or any(other.startswith(own) for other in known)
                    assert is_own or target.endswith("@plt"), (name, target)


CPU_FLAGS = set(Path("/proc/cpuinfo").read_text().split())
RUNNABLE = [
    name
    for name, needed in (
        ("baseline", set()),
        ("avx2", {"avx2", "fma", "bmi2"}),
        ("avx512", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
    )
    if needed <= CPU_FLAGS
]
PRINT_ISA = (
    "import ctypes, sys; library = ctypes.CDLL(sys.argv[1]);"
    "library.descent_active_isa.restype = ctypes.c_char_p; print(library.descent_active_isa().decode())"
)


@pytest.mark.parametrize(("wanted", "active"), [(name, name) for name in RUNNABLE] + [("nonsense", RUNNABLE[-1])])
def test_instruction_set_can_be_forced(wanted, active):
    assert run("python3", "-c", PRINT_ISA, str(LIBRARY), DESCENT_ISA=wanted).strip() == active


@pytest.mark.skipif(shutil.which("qemu-x86_64") is None, reason="no emulator; `make test-old-cpu` installs it")
@pytest.mark.parametrize("cpu", ["kvm64", "Nehalem", "SandyBridge"])
def test_old_processors_get_the_baseline(cpu):
    """AVX without AVX2, as SandyBridge has it, is not enough for more."""
    command = "qemu-x86_64", "-cpu", cpu, sys.executable, "-c", PRINT_ISA, str(LIBRARY)
    assert run(*command, DESCENT_ISA="").strip() == "baseline"
