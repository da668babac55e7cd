"""Processes that are threads, for tests of what several processes compute together."""

import threading
import traceback

from descent.distributed import Communicator


class World:
    """What they share: letters from one to another."""

    def __init__(self, size):
        self.size = size
        self.changed = threading.Condition()
        self.letters = {}
        self.gone = set()


class Thread(Communicator):
    """One of them. Its exchange number `fails_at`, from 1, raises."""

    def __init__(self, world, rank, fails_at=0):
        self.world, self.rank, self.size = world, rank, world.size
        self.fails_at, self.calls = fails_at, 0

    def exchange(self, partner, send, receive):
        self.calls += 1
        if self.calls == self.fails_at:
            raise OSError("the network is down")
        world = self.world
        with world.changed:
            world.letters.setdefault((self.rank, partner), []).append(bytes(send))
            world.changed.notify_all()
            letters = world.letters.setdefault((partner, self.rank), [])
            world.changed.wait_for(lambda: letters or partner in world.gone, 60)
            if not letters:
                raise ConnectionResetError(f"rank {partner} has left")
            letter = letters.pop(0)
        assert len(letter) == len(receive)
        receive[:] = letter


def run(size, function, fails_at=None):
    """What function(communicator) returns, or raises, in each of so many processes. fails_at: rank to exchange."""
    world, results = World(size), [None] * size

    def live(rank):
        try:
            results[rank] = function(Thread(world, rank, (fails_at or {}).get(rank, 0)))
        except BaseException as failure:
            failure.trace = traceback.format_exc()
            results[rank] = failure
        finally:
            with world.changed:
                world.gone.add(rank)
                world.changed.notify_all()

    threads = [threading.Thread(target=live, args=(rank,), daemon=True) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a process hangs"
    return results


def succeed(size, function):
    """The same where none of them fails."""
    results = run(size, function)
    for result in results:
        if isinstance(result, BaseException):
            raise AssertionError(result.trace) from result
    return results
