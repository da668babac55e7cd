"""Files are written whole or not at all, and what is wrong with one is said."""

import errno
import os
import resource
import signal
import stat
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import descent
from descent._c.library import library
from descent._saving import files, saved_bytes

DIRECTORY = Path(__file__).resolve().parent


def make_optimizer(size=40):
    adam = descent.Adam()
    adam.update({"w": np.ones(size), "b": np.ones(2)}, {"w": np.arange(float(size)), "b": np.ones(2)})
    return adam


def make_sampler():
    return descent.Sampler(30, 4, sampling="stratified", labels=np.arange(30) % 3)


def make_classifier():
    random = np.random.default_rng(1)
    features = random.normal(size=(30, 3)).astype(np.float32)
    return descent.LinearClassifier(epochs=1).fit(features, np.arange(30) % 2)


OBJECTS = {"optimizer": make_optimizer, "sampler": make_sampler, "classifier": make_classifier}
LOADERS = {
    "optimizer": descent.Optimizer.load,
    "sampler": descent.Sampler.load,
    "classifier": descent.LinearClassifier.load,
}


def only_file(folder):
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("kind", OBJECTS)
def test_paths_of_every_kind(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("plain", tmp_path / "object", os.fspath(tmp_path / "ümläut and space")):
        OBJECTS[kind]().save(path)
        LOADERS[kind](path)
    assert len(list(tmp_path.iterdir())) == 3


def test_saving_over_a_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "adam"
    former = os.umask(0o027)
    try:
        make_optimizer().save(path)
    finally:
        os.umask(former)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    for mode in (0o600, 0o664):
        path.chmod(mode)
        make_optimizer().save(path)
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_symbolic_link_stays_one(tmp_path):
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to(Path("folder") / "target")
    for _ in range(2):
        make_optimizer().save(link)
        assert link.is_symlink()
        descent.Adam.load(tmp_path / "folder" / "target")
    assert [entry.name for entry in (tmp_path / "folder").iterdir()] == ["target"]


def test_folder_that_does_not_exist(tmp_path):
    with pytest.raises(FileNotFoundError):
        make_optimizer().save(tmp_path / "nowhere" / "adam")
    with pytest.raises(IsADirectoryError):
        make_optimizer().save(tmp_path)
    with pytest.raises(FileNotFoundError):
        descent.Optimizer.load(tmp_path / "adam")
    assert not list(tmp_path.iterdir())


def failing(place):
    """An error from one of the calls that write."""

    def fail(*arguments, **keywords):
        raise OSError(errno.EIO, f"made up, in {place}")

    return fail


@pytest.mark.parametrize("place", ["write", "fsync", "replace", "fchmod"])
def test_error_while_writing_leaves_the_old_file_and_nothing_else(place, tmp_path, monkeypatch):
    path = tmp_path / "adam"
    make_optimizer().save(path)
    before = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, place, failing(place))
        with pytest.raises(OSError, match="made up"):
            make_optimizer(50).save(path)
    assert only_file(tmp_path) == path
    assert path.read_bytes() == before


def test_short_writes_are_continued(tmp_path, monkeypatch):
    expected = make_optimizer()._saved()
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, rest: write(descriptor, rest[:7]))
        make_optimizer().save(tmp_path / "adam")
    assert descent.Optimizer.load(tmp_path / "adam")._saved() == expected


def test_interrupt_while_writing(tmp_path, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    path = tmp_path / "adam"
    make_optimizer().save(path)
    before = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            make_optimizer(50).save(path)
    assert only_file(tmp_path) == path
    assert path.read_bytes() == before


def test_everything_is_on_the_disk_before_the_name(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor):
        calls.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def watched_replace(*names):
        calls.append("name")
        replace(*names)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    make_optimizer().save(tmp_path / "adam")
    assert calls == ["file", "name", "folder"]


def test_full_disk(tmp_path):
    """A limit on the size of files stands for a disk that is full."""
    path = tmp_path / "adam"
    make_optimizer().save(path)
    before = path.read_bytes()
    large = make_optimizer(100_000)
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, former[1]))
        with pytest.raises(OSError, match="too large"):
            large.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
        signal.signal(signal.SIGXFSZ, handler)
    assert only_file(tmp_path) == path
    assert path.read_bytes() == before
    large.save(path)
    assert descent.Optimizer.load(path)._saved() == large._saved()


WRITER = """
import sys, numpy as np, descent
adam = descent.Adam()
w = np.ones(200_000)
while True:
    adam.step([(w, w / 2)])
    adam.save(sys.argv[1])
    print(adam.step_count, flush=True)
"""


def test_killed_while_saving(tmp_path):
    path = tmp_path / "adam"
    environment = os.environ | {"PYTHONPATH": str(DIRECTORY.parent)}
    for delay in (0.0, 0.003, 0.007, 0.012, 0.02, 0.05):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True, env=environment
        )
        last = int(writer.stdout.readline())
        time.sleep(delay)
        writer.kill()
        last = max([last, *map(int, writer.stdout.read().split())])
        writer.wait()
        # That of the last save that was told of, or of the next one.
        assert descent.Adam.load(path).step_count in (last, last + 1)
        # What it leaves does not look like a saved object to anybody.
        assert all(entry == path or entry.name.startswith(".adam.") for entry in tmp_path.iterdir())
        for entry in tmp_path.iterdir():
            entry.unlink()


@pytest.mark.parametrize("kind", OBJECTS)
def test_every_bit_and_every_length(kind, tmp_path):
    path = tmp_path / "object"
    OBJECTS[kind]().save(path)
    content = path.read_bytes()
    step = max(len(content) * 8 // 500, 1) | 1
    for bit in range(0, len(content) * 8, step):
        wrong = bytearray(content)
        wrong[bit // 8] ^= 1 << bit % 8
        path.write_bytes(wrong)
        with pytest.raises(descent.CorruptStateError, match="object: "):
            LOADERS[kind](path)
    for length in [*range(40), *range(40, len(content), step), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(descent.CorruptStateError, match="object: "):
            LOADERS[kind](path)
    path.write_bytes(content + b"\0")
    with pytest.raises(descent.CorruptStateError, match="object: "):
        LOADERS[kind](path)


@pytest.mark.parametrize("kind", ["optimizer", "classifier"])
def test_truncation_between_the_parts(kind, tmp_path):
    path = tmp_path / "object"
    OBJECTS[kind]().save(path)
    content, end = path.read_bytes(), 0
    while end < len(content):
        path.write_bytes(content[:end])
        with pytest.raises(descent.CorruptStateError):
            LOADERS[kind](path)
        end += int.from_bytes(content[end + 16 : end + 24], "little")
    assert end == len(content)


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("other", OBJECTS)
def test_file_of_something_else(kind, other, tmp_path):
    if kind == other:
        return
    OBJECTS[other]().save(tmp_path / "object")
    with pytest.raises(descent.CorruptStateError, match=f"an? {other}.* was saved here, not an? {kind}"):
        LOADERS[kind](tmp_path / "object")
    (tmp_path / "text").write_text("once upon a time")
    with pytest.raises(descent.CorruptStateError, match="text: this was not saved by libdescent"):
        LOADERS[kind](tmp_path / "text")


@pytest.mark.parametrize(
    "notes",
    [
        b"",
        b"[]",
        b"{}",
        b'{"parts": 1}',
        b'{"parts": 1, "arrays": []}',
        b'{"parts": 2, "arrays": {}}',
        b'{"parts": 1, "arrays": {}}',
        b'{"parts": 1, "arrays": {"keys": 3}}',
        b'{"parts": 1, "arrays": {"keys": {"dtype": "O", "shape": [1], "base64": "AAAAAAAAAAA="}}}',
        b'{"parts": 1, "arrays": {"keys": {"dtype": "|u1", "shape": [99], "base64": "AAAA"}}}',
        b'{"parts": 1, "arrays": {"keys": {"dtype": "|u1", "shape": [2], "base64": "W10="}}}',
        b'{"parts": 1, "arrays": {"keys": {"dtype": "nonsense", "shape": [2], "base64": "W10="}}}',
    ],
)
@pytest.mark.parametrize("kind", ["optimizer", "classifier"])
def test_notes_that_are_not_ours_under_a_right_checksum(kind, notes, tmp_path):
    saved = make_optimizer()._saved() if kind == "optimizer" else make_classifier()._fitted_model.saved()
    size = 32 + len(notes)
    framed = struct.pack("<8sIIQ", b"\x93DESCENT", 1, 64, size) + notes  # 0.1 had JSON between header and checksum
    framed += struct.pack("<Q", library.descent_checksum(framed, len(framed)))
    (tmp_path / "object").write_bytes(framed + saved)
    with pytest.raises(descent.CorruptStateError):
        LOADERS[kind](tmp_path / "object")


@pytest.mark.parametrize(
    "notes",
    [
        {},
        {"parts": 1},
        {"parts": 2, "keys": b'["w", "b"]'},
        {"parts": 1, "keys": 3},
        {"parts": 1, "keys": b"["},
        {"parts": 1, "keys": b'["w"]', "tensor.0.group": 0, "tensor.0.shape": [40]},
        {"parts": 1, "keys": b'["w", "b"]', "tensor.0.shape": [40], "tensor.1.shape": [2]},
    ],
)
@pytest.mark.parametrize("kind", ["optimizer", "classifier"])
def test_notes_that_are_not_right(kind, notes, tmp_path):
    saved = make_optimizer()._saved() if kind == "optimizer" else make_classifier()._fitted_model.saved()
    arrays = {name: np.frombuffer(x, np.uint8) if isinstance(x, bytes) else np.array(x) for name, x in notes.items()}
    (tmp_path / "object").write_bytes(saved_bytes.build(saved_bytes.NOTES, arrays) + saved)
    with pytest.raises(descent.CorruptStateError):
        LOADERS[kind](tmp_path / "object")


def test_notes_are_entries_that_a_program_in_c_can_list(tmp_path):
    make_optimizer().save(tmp_path / "object")
    content = files.read(tmp_path / "object")
    (size,) = struct.unpack_from("<Q", content, 16)
    notes = saved_bytes.entries(content[:size])
    assert notes["keys"].tobytes() == b'["w", "b"]'
    assert notes["tensor.0.shape"] == [40]


def test_reading_and_writing_bytes(tmp_path):
    for content in (b"", b"x", bytes(range(256)) * 1000):
        files.write(tmp_path / "file", content)
        assert files.read(tmp_path / "file") == content
