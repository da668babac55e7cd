"""`pip install ./bindings/python` makes a wheel that holds the library and needs nothing of the repository any more."""

import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from commands import ROOT, run

PROJECT = ROOT / "bindings" / "python"
PACKAGE = PROJECT / "descent"
WHERE = "import descent._c.library as found; print(found.library._name)"


@pytest.fixture(scope="module")
def sources_before():
    """Every file of the bindings, before a wheel was built."""
    return set(PROJECT.rglob("*"))


@pytest.fixture(scope="module")
def environment(sources_before, tmp_path_factory):
    """A new virtual environment, with what pip puts into it; returns its Python."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder / "clean")
    python = folder / "clean" / "bin" / "python"
    run(python, "-m", "pip", "install", "--disable-pip-version-check", PROJECT, cwd=folder)
    return python


@pytest.fixture(scope="module")
def wheel(sources_before, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder, PROJECT)
    (path,) = folder.iterdir()
    return path


def test_nothing_is_left_in_the_source_tree(sources_before, environment, wheel):
    assert set(PROJECT.rglob("*")) == sources_before


def test_contents(wheel, version):
    package = {
        str(path.relative_to(PROJECT)) for path in PACKAGE.rglob("*") if path.suffix in (".py", ".pyi", ".typed")
    }
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert names == package | {"descent/libdescent.so.0"}
        assert archive.getinfo("descent/libdescent.so.0").file_size < 1_020_000
        metadata = archive.read(f"descent-{version}.dist-info/METADATA").decode()
        assert "Root-Is-Purelib: false" in archive.read(f"descent-{version}.dist-info/WHEEL").decode()
    assert f"Version: {version}\n" in metadata
    assert re.findall("Requires-Dist: (.*)", metadata) == ["numpy>=1.24", "torch>=2.6; extra == 'torch'"]


def test_tag_is_what_auditwheel_finds(wheel, version):
    tag = re.fullmatch(rf"descent-{re.escape(version)}-py3-none-(\w+)\.whl", wheel.name)[1]
    found = run(sys.executable, "-m", "auditwheel", "show", wheel)
    right = re.search(r'following\s+platform\s+tag:\s+"(\w+)"', found)[1]
    # auditwheel rounds a glibc up to the next that it has a policy for.
    exact = r"manylinux_2_(\d+)_(\w+)"
    if re.fullmatch(exact, tag):
        (wanted, machine), (least, its_machine) = re.fullmatch(exact, tag).groups(), re.fullmatch(exact, right).groups()
        assert machine == its_machine == platform.machine()
        assert int(wanted) <= int(least)
    else:
        assert tag == right == f"linux_{platform.machine()}"


@pytest.mark.parametrize(("link", "tag"), [([], r"manylinux_2_\d+_\w+"), (["-lopenblas"], r"linux_\w+")])
def test_tag_tells_whether_more_than_glibc_is_needed(tmp_path, link, tag):
    source = "int puts(const char *); int openblas_get_num_threads(void);"
    source += "int f(void) { return %s; }" % ("openblas_get_num_threads()" if link else 'puts("")')
    library = tmp_path / "some.so"
    command = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library, *link]
    subprocess.run(command, input=source, text=True, check=True)
    ask = "import hatch_build, pathlib, sys; print(hatch_build._platform(pathlib.Path(sys.argv[1])))"
    assert re.fullmatch(tag, run(sys.executable, "-B", "-c", ask, library, cwd=PROJECT).strip())


def test_works_in_a_clean_environment(environment, tmp_path):
    library = Path(run(environment, "-I", "-c", WHERE, cwd=tmp_path).strip())
    assert library.is_relative_to(environment.parents[1])
    assert not library.is_symlink()
    program = shutil.copy(PROJECT / "examples" / "minimal.py", tmp_path)
    assert "classified correctly" in run(environment, "-I", program, cwd=tmp_path)


def test_types_are_installed_too(environment, tmp_path):
    programs = [PROJECT / "tests" / "typed_program.py", PROJECT / "examples" / "minimal.py"]
    for program in programs:
        shutil.copy(program, tmp_path)
    cache = ROOT / "build" / "mypy-installed"
    names = [program.name for program in programs]
    run(
        *(sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache),
        *("--python-executable", environment, *names),
        cwd=tmp_path,
    )


def test_pip_takes_it_away_again(environment):
    run(environment, "-m", "pip", "uninstall", "-y", "descent")
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(environment.parents[1])}))
    assert (packages / "numpy").exists()
    assert not list(packages.glob("descent*"))


def test_editable_installation_uses_the_repository(environment, sources_before, tmp_path):
    run(environment, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "-e", PROJECT)
    library = run(environment, "-B", "-I", "-c", WHERE, cwd=tmp_path).strip()
    assert library == str(ROOT / "build" / "lib" / "libdescent.so")
    assert set(PROJECT.rglob("*")) == sources_before


def call_backend(function, project, tmp_path):
    """Calls the build backend as pip does."""
    code = f"import hatchling.build; print(hatchling.build.{function}({str(tmp_path)!r}))"
    return subprocess.run([sys.executable, "-B", "-c", code], cwd=project, capture_output=True, text=True, check=False)


def test_without_the_library_it_says_how_to_build_it(tmp_path):
    project = shutil.copytree(PROJECT, tmp_path / "repository" / "bindings" / "python")
    result = call_backend("build_wheel", project, tmp_path)
    assert result.returncode != 0
    assert f"is not there yet: run `make` in {tmp_path / 'repository'} first" in result.stderr


def test_source_distribution_is_refused(tmp_path):
    result = call_backend("build_sdist", PROJECT, tmp_path)
    assert result.returncode != 0
    assert "there is no source distribution" in result.stderr
    assert not list(tmp_path.iterdir())
