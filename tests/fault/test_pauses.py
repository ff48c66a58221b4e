"""A process that stands still is neither dead nor alive. Each one is stopped for some seconds while requests are walked."""

import os
import signal
import subprocess
import time

import pytest

import faults
from load import Load, prove
from world import ROOT, World

PAUSE_S = 5
BREATH_S = 1
WALKERS = 4


@pytest.fixture(scope="module")
def world():
    made = World()
    yield made
    made.close(keep=bool(os.environ.get("FAULT_KEEP")))


def progress(world, seconds=20):
    """A request came to its end after this moment."""
    before, end = len(world.closed), time.monotonic() + seconds
    while len(world.closed) == before:
        assert time.monotonic() < end, "no walk came to its end\n" + world.log_tail()
        time.sleep(0.05)


def test_each_process_stands_still_for_some_seconds(world):
    began, pids = len(world.closed), {}
    names = ("intake", "assign", "notify", "audit", "gateway", "nats")
    with Load(world, WALKERS):
        progress(world)
        for name in names:
            pids[name] = faults.pid_of(world, name)
            os.kill(pids[name], signal.SIGSTOP)
            try:
                time.sleep(PAUSE_S)
            finally:
                os.kill(pids[name], signal.SIGCONT)
            progress(world)
            time.sleep(BREATH_S)
    walked = prove(world, began)
    assert {name: faults.pid_of(world, name) for name in names} == pids
    print(f"\neach of {len(names)} processes stood still for {PAUSE_S} s, {walked} requests walked to closed: 0 lost, 0 doubled")


def test_postgresql_is_restarted_under_load(world):
    began = len(world.closed)
    with Load(world, WALKERS):
        progress(world)
        for _ in range(2):
            subprocess.run([str(ROOT / "scripts" / "stack"), "restart", "postgres"], env=world.env, check=True, timeout=60)
            progress(world)
    walked = prove(world, began)
    print(f"\nPostgreSQL restarted twice, {walked} requests walked to closed: 0 lost, 0 doubled")
