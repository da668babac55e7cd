"""The static library: what it shows, and programs that are linked with it, alone and beside the shared one."""

import os
import shutil

import pytest
from commands import ROOT, run

WARNINGS = ("-Wall", "-Wextra", "-pedantic", "-Werror")
MINIMAL = ROOT / "bindings/c/minimal.c"
THREADS = ROOT / "Tests/C/threads.c"
BOTH = """
    #include <descent.h>
    #include <dlfcn.h>
    #include <stdio.h>
    #include <string.h>

    /* One step of Adam by each of the two libraries that this process has. */
    #define STEP(prefix, values)                                                            \\
        do {                                                                                \\
            descent_optimizer *optimizer;                                                   \\
            descent_tensor     tensor = {values, gradient, 1, 3, DESCENT_FLOAT32, 0};       \\
            if (prefix##create(DESCENT_ADAM, &optimizer) || prefix##step(optimizer, &tensor, 1)) return 1; \\
            prefix##free(optimizer);                                                        \\
        } while (0)

    int main(int count, char **arguments) {
        (void)count;
        void *shared = dlopen(arguments[1], RTLD_NOW | RTLD_GLOBAL);
        if (shared == NULL) return puts(dlerror()), 1;
        descent_status (*other_create)(descent_algorithm, descent_optimizer **);
        descent_status (*other_step)(descent_optimizer *, const descent_tensor *, size_t);
        void (*other_free)(descent_optimizer *);
        *(void **)&other_create = dlsym(shared, "descent_optimizer_create");
        *(void **)&other_step = dlsym(shared, "descent_optimizer_step");
        *(void **)&other_free = dlsym(shared, "descent_optimizer_free");
        if (other_create == descent_optimizer_create) return puts("one library"), 1;
        float gradient[3] = {1, 2, 3}, first[3] = {1, 1, 1}, second[3] = {1, 1, 1};
        STEP(descent_optimizer_, first);
        STEP(other_, second);
        return puts(memcmp(first, second, sizeof first) == 0 && first[0] != 1 ? "the same" : "different"), 0;
    }
"""


@pytest.fixture(scope="module")
def prefix(make, tmp_path_factory):
    path = tmp_path_factory.mktemp("static") / "prefix"
    make("install", f"PREFIX={path}")
    return path


@pytest.fixture
def archive(prefix):
    return prefix / "lib/libdescent.a"


def flags(prefix, *options):
    return run(
        "pkg-config", *options, "--cflags", "--libs", "descent", PKG_CONFIG_PATH=prefix / "lib/pkgconfig"
    ).split()


def test_shows_the_functions_of_the_header_only(archive, prefix):
    lines = run("nm", "--extern-only", "--defined-only", archive).splitlines()
    shown = {line.split()[-1] for line in lines if len(line.split()) == 3}
    shared = run("nm", "-D", "--defined-only", prefix / "lib/libdescent.so").splitlines()
    exported = {line.split()[-1].split("@")[0] for line in shared if line.split()[-2] != "A"}
    assert shown == exported


def test_programs_side_by_side(prefix, tmp_path):
    outputs = []
    for name, options, link in (("static", ("--static",), ("-static",)), ("shared", (), ())):
        program = tmp_path / name
        run("cc", MINIMAL, *flags(prefix, *options), *link, "-o", program)
        outputs.append(run(program, LD_LIBRARY_PATH=prefix / "lib"))
    assert outputs[0] == outputs[1]
    assert "y = 1.9" in outputs[0]


def test_both_in_one_program(archive, prefix, tmp_path):
    (tmp_path / "both.c").write_text(BOTH)
    run(
        "cc",
        *WARNINGS,
        "-Wno-pedantic",
        tmp_path / "both.c",
        f"-I{prefix}/include",
        archive,
        "-lm",
        "-ldl",
        "-o",
        tmp_path / "both",
    )
    assert run(tmp_path / "both", prefix / "lib/libdescent.so").strip() == "the same"


def test_header_for_cpp(prefix, tmp_path):
    for standard in ("c++17", "c++20"):
        program = tmp_path / standard
        source = ROOT / "Tests/Install/header.cpp"
        run("c++", f"-std={standard}", *WARNINGS, source, *flags(prefix), "-o", program)
        assert "passed" in run(program, LD_LIBRARY_PATH=prefix / "lib")


@pytest.mark.skipif(shutil.which("musl-gcc") is None, reason="musl-tools is missing: `make setup` installs it")
@pytest.mark.parametrize("link", ["-static", "-dynamic"])
@pytest.mark.parametrize(("source", "output"), [(MINIMAL, "y = 1.9"), (THREADS, "passed")])
def test_musl(archive, prefix, tmp_path, link, source, output):
    """Another C library: there is no OpenBLAS for it in a static program, and the library does without."""
    program = tmp_path / "program"
    # musl's threads have 128 KB of stack unless the program says otherwise, and a step may take more in its first call.
    options = (
        "-std=c99",
        f"-I{prefix}/include",
        archive,
        "-lm",
        "-pthread",
        "-Wl,-z,stack-size=1048576",
        "-o",
        program,
    )
    run("musl-gcc", source, *options, *([link] if link == "-static" else []))
    assert output in run(program, **{"LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")})
