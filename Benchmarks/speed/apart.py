"""A contestant in a process of its own: the libraries that it loads, and their threads, are not the others'."""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

import numpy as np

from . import clock, threads
from .race import Contestant

# Makes a contestant; a function of a module, which the other process can import.
Build = Callable[..., Contestant]


def contestant(name: str, build: Build, *arguments: object, has_outcome: bool = True) -> Contestant:
    """What `build` makes of the arguments, over there. The process ends when nothing refers to the contestant."""
    connection, other_end = multiprocessing.Pipe()
    multiprocessing.get_context("spawn").Process(target=_serve, args=(other_end, build, arguments), daemon=True).start()
    other_end.close()

    def ask(count: int | None) -> object:
        connection.send((count, threads.current(), clock.is_processor_time()))
        answer = connection.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(count: int) -> float:
        seconds = ask(count)
        assert isinstance(seconds, float)
        return seconds

    def outcome() -> Sequence[np.ndarray]:
        arrays, made.note = ask(None)
        return arrays

    made = Contestant(name, run, outcome if has_outcome else None)
    return made


def _serve(connection: Connection, build: Build, arguments: tuple[object, ...]) -> None:
    """Answers a number with the seconds that so many runs take, and None with the outcome and the note."""
    made: Contestant | None = None
    while True:
        try:
            count, thread_count, is_processor_time = connection.recv()
        except EOFError:
            return
        try:
            made = made or build(*arguments)
            threads.use(thread_count)
            clock.choose(is_processor_time)
            if count is not None:
                connection.send(made.run(count))
            else:
                connection.send((made.outcome(), made.note) if made.outcome else ([], ""))
        except Exception as error:  # whatever it is, the row is to end with it and not this process
            connection.send(error)
