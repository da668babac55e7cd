"""Files that are there as a whole or not at all."""

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

PathLike = str | os.PathLike[str]


def read(path: PathLike) -> bytes:
    """All bytes of a file."""
    return Path(path).read_bytes()


def write(path: PathLike, content: bytes) -> None:
    """Writes a file, in the place of one that is there already.

    Whatever happens meanwhile, a full disk, a killed process, a power failure: afterwards the path has the old content
    or all of the new one. That is written to a temporary file beside it and to the disk, and then renamed. A file that
    is replaced keeps its permissions; a new one has those that the umask leaves. A symbolic link keeps pointing to it.
    """
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        try:
            _keep_permissions(target, descriptor)
            _write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _keep_permissions(target: str, descriptor: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.fchmod(descriptor, stat.S_IMODE(os.stat(target).st_mode))


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: str) -> None:
    """Lets the new name, too, survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
