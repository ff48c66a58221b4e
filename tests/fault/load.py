"""Walkers in the background, and the proof at the end."""

import threading


class Load:
    """On leaving, the walkers finish what they began."""

    def __init__(self, world, walkers):
        self.world = world
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=world.walk_until, args=(self.stop, i)) for i in range(walkers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(timeout=300)
        assert not any(t.is_alive() for t in self.threads), "a walker hangs\n" + self.world.log_tail()


def prove(world, began):
    """All walkers came to the end, and the databases tell the same story; how many walks there were."""
    assert not world.errors, f"{len(world.errors)} walks failed, the first: {world.errors[:3]}\n{world.log_tail()}"
    walked = len(world.closed) - began
    assert walked > 0, "nothing was walked\n" + world.log_tail()
    assert len(world.closed) == len(world.acknowledged)
    good, report = world.check()
    assert good, report + world.log_tail()
    return walked
