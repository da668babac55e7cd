"""`make install` puts everything where compilers, CMake and Python find it, and `make uninstall` takes it away."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT, run

PACKAGE = ROOT / "bindings" / "python" / "descent"
MINIMAL_C = ROOT / "bindings" / "c" / "minimal.c"
MINIMAL_PYTHON = ROOT / "bindings" / "python" / "examples" / "minimal.py"
PROGRAM_CPP = Path(__file__).with_name("program.cpp")
WARNINGS = ("-Wall", "-Wextra", "-pedantic", "-Werror")
WHERE = "import descent._c.library as found; print(found.library._name)"


def files(folder):
    """Files and links, by their path in the folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}


@pytest.fixture(scope="module")
def prefix(make, tmp_path_factory):
    """Where the library is installed for the tests of this file; none of them changes it."""
    path = tmp_path_factory.mktemp("installed") / "prefix"
    make("install", f"PREFIX={path}")
    return path


@pytest.fixture(scope="module")
def python_folder(prefix):
    """What a user adds to PYTHONPATH, as the prefix is none that Python knows."""
    return next(prefix.glob("lib/python3*/site-packages"))


def test_what_is_installed(prefix, python_folder, version):
    sources = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".pyi", ".typed")]
    own = python_folder.relative_to(prefix) / "descent"
    package = {str(own / path.relative_to(PACKAGE)) for path in sources}
    assert files(prefix) == package | {
        str(own / "libdescent.so.0"),
        "include/descent.h",
        f"lib/libdescent.so.{version}",
        "lib/libdescent.so.0",
        "lib/libdescent.so",
        "lib/pkgconfig/descent.pc",
        "lib/cmake/descent/descent-config.cmake",
        "lib/cmake/descent/descent-config-version.cmake",
    }
    assert (prefix / "lib" / "libdescent.so").resolve() == prefix / "lib" / f"libdescent.so.{version}"
    sections = run("readelf", "-SW", prefix / "lib" / "libdescent.so")
    assert ".debug_info" not in sections
    assert ".dynsym" in sections


@pytest.mark.parametrize(
    ("compiler", "source", "output"),
    [(("cc", "-std=c99"), MINIMAL_C, "y = 1.9"), (("c++", "-std=c++11"), PROGRAM_CPP, "x = 3.000")],
)
def test_program_through_pkg_config(prefix, tmp_path, version, compiler, source, output):
    found = {"PKG_CONFIG_PATH": prefix / "lib" / "pkgconfig"}
    assert run("pkg-config", "--modversion", "descent", **found).strip() == version
    flags = run("pkg-config", "--cflags", "--libs", "descent", **found).split()
    run(*compiler, *WARNINGS, source, *flags, "-o", tmp_path / "program")
    assert output in run(tmp_path / "program", LD_LIBRARY_PATH=prefix / "lib")


def build_with_cmake(prefix, folder):
    """Builds the two programs, and runs them; CMake tells them where the library is."""
    run("cmake", "-S", Path(__file__).parent, "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", folder)
    assert "y = 1.9" in run(folder / "minimal")
    assert "x = 3.000" in run(folder / "program")


def test_programs_through_cmake(prefix, tmp_path):
    build_with_cmake(prefix, tmp_path)


@pytest.mark.parametrize(
    ("wanted", "compatible"),
    [
        ("", True),
        ("0", True),
        ("0.1", True),
        ("0.2.0", True),
        ("0.0.9", True),
        ("0.2.0 EXACT", True),
        ("0.1...<1", True),
        ("0.0...0.2", True),
        ("9", False),
        ("0.99", False),
        ("0.0.9 EXACT", False),
        ("0.99...1", False),
        ("0.0...<0.1", False),
    ],
)
def test_version_that_cmake_asks_for(prefix, tmp_path, wanted, compatible):
    project = f"""
        cmake_minimum_required(VERSION 3.19)
        project(asking NONE)
        find_package(descent {wanted} CONFIG PATHS "{prefix}" NO_DEFAULT_PATH)
        message(STATUS "found: ${{descent_FOUND}}")
    """
    (tmp_path / "CMakeLists.txt").write_text(project)
    assert f"found: {1 if compatible else 0}" in run("cmake", "-S", tmp_path, "-B", tmp_path / "build")


def test_python_package_finds_the_library_of_its_prefix(prefix, python_folder):
    environment = {"PYTHONPATH": python_folder, "PYTHONDONTWRITEBYTECODE": 1}
    library = Path(run(sys.executable, "-c", WHERE, **environment).strip())
    assert library.resolve().parent == prefix / "lib"
    assert "classified correctly" in run(sys.executable, MINIMAL_PYTHON, **environment)


def test_prefix_can_be_moved(prefix, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(prefix, moved, symlinks=True)
    hidden = prefix.with_name("hidden")
    prefix.rename(hidden)
    try:
        build_with_cmake(moved, tmp_path / "build")
        flags = run("pkg-config", "--define-prefix", "--cflags", "descent", PKG_CONFIG_PATH=moved / "lib" / "pkgconfig")
        assert flags.split() == [f"-I{moved}/include"]
        found = run(sys.executable, "-c", WHERE, PYTHONPATH=next(moved.glob("lib/python3*/site-packages")))
        assert Path(found.strip()).resolve().parent == moved / "lib"
    finally:
        hidden.rename(prefix)


def test_staging_folder(make, tmp_path):
    stage = tmp_path / "stage"
    words = (
        f"DESTDIR={stage}",
        "PREFIX=/opt/descent",
        "LIBDIR=/opt/descent/lib/x86_64-linux-gnu",
        "PYTHONDIR=",
        "STRIP=",
    )
    assert not Path("/opt/descent").exists()
    make("install", *words)
    assert not Path("/opt/descent").exists()
    lib = stage / "opt/descent/lib/x86_64-linux-gnu"
    assert files(stage / "opt/descent" / "include") == {"descent.h"}
    assert not list(stage.rglob("*.py"))
    assert ".debug_info" in run("readelf", "-SW", lib / "libdescent.so")
    description = (lib / "pkgconfig" / "descent.pc").read_text()
    assert "prefix=/opt/descent\nlibdir=${prefix}/lib/x86_64-linux-gnu\nincludedir=${prefix}/include\n" in description
    assert str(stage) not in description
    # This is how a packager, or a cross compiler, uses it where it is.
    sysroot = {"PKG_CONFIG_SYSROOT_DIR": stage, "PKG_CONFIG_PATH": lib / "pkgconfig"}
    flags = run("pkg-config", "--cflags", "--libs", "descent", **sysroot).split()
    run("cc", MINIMAL_C, *flags, "-o", tmp_path / "minimal")
    assert "y = 1.9" in run(tmp_path / "minimal", LD_LIBRARY_PATH=lib)
    build_with_cmake(stage / "opt/descent", tmp_path / "build")
    make("uninstall", *words)
    assert not files(stage)


def test_uninstalling_leaves_nothing(make, tmp_path):
    make("install", f"PREFIX={tmp_path / 'prefix'}/")
    python_folder = next(tmp_path.glob("prefix/lib/python3*/site-packages"))
    run(sys.executable, "-c", "import descent", PYTHONPATH=python_folder)
    assert list(python_folder.rglob("*.pyc"))
    make("uninstall", f"PREFIX={tmp_path / 'prefix'}")
    assert list(tmp_path.rglob("*")) == [tmp_path / "prefix"]


def test_uninstalling_leaves_what_is_not_ours(make, tmp_path):
    make("install", f"PREFIX={tmp_path}")
    python_folder = next(tmp_path.glob("lib/python3*/site-packages"))
    others = ["lib/libdescent.so.0.0.9", "lib/cmake/other.cmake", "include/other.h"]
    others += [str((python_folder / name).relative_to(tmp_path)) for name in ("other.py", "descent/own.py")]
    for name in others:
        (tmp_path / name).write_text("")
    make("uninstall", f"PREFIX={tmp_path}")
    assert files(tmp_path) == set(others)


def test_relative_prefix_is_refused(tmp_path):
    result = subprocess.run(
        ["make", "install", "PREFIX=here"], cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert result.returncode != 0
    assert "here: this must be an absolute path" in result.stderr
    assert not (ROOT / "here").exists()
