"""What is done to a stack while it works."""

import os
import shutil
import signal
import time
from pathlib import Path

PROCESSES = ("intake", "assign", "notify", "audit", "gateway", "nats", "postgres", "steward")


def pid_of(world, name):
    state = world.state()
    entry = state["services"].get(name) or state[name]
    return entry["pid"]


def kill(world, name):
    """kill -9; answers the pid that died, or None when it was just being restarted."""
    pid = pid_of(world, name)
    if not pid:
        return None
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return None
    return pid


def wait_restarted(world, name, old, timeout=30):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        pid = pid_of(world, name)
        if pid and pid != old:
            return True
        time.sleep(0.05)
    return False


def stream_folder(world):
    return next(Path(world.state()["nats"]["store"]).glob("jetstream/*/streams/PD_EVENTS"))


def delete_jetstream(world):
    """The folder goes while nats-server works on it; then the server dies and finds nothing."""
    shutil.rmtree(Path(world.state()["nats"]["store"]) / "jetstream", ignore_errors=True)
    time.sleep(1)
    return kill(world, "nats")


def roll_back_tail(world):
    """What a power cut leaves when the consumers' files reached the disk and the messages did not (pitfalls, finding 2): the messages
    of some seconds ago with the consumers' state of now. The supervisor is held so that the server starts on the old messages."""
    messages = stream_folder(world) / "msgs"
    saved = world.var / "msgs-before"
    shutil.rmtree(saved, ignore_errors=True)
    shutil.copytree(messages, saved)
    time.sleep(3)
    supervisor = world.state()["supervisor"]
    os.kill(supervisor, signal.SIGSTOP)
    try:
        pid = kill(world, "nats")
        time.sleep(0.3)
        owner = messages.stat()
        shutil.rmtree(messages)
        shutil.copytree(saved, messages)
        for path in [messages, *messages.rglob("*")]:
            os.chown(path, owner.st_uid, owner.st_gid)
    finally:
        os.kill(supervisor, signal.SIGCONT)
    return pid
