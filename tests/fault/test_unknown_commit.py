"""The connection to PostgreSQL dies around COMMIT: the service must find out what became of it, and neither lose nor repeat it."""

import os
import random
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from load import Load, prove  # noqa: E402
from pg_proxy import Proxy  # noqa: E402
from rig import Rig  # noqa: E402

LONG = os.environ.get("FAULT_LONG") == "1"
CUTS = 200 if LONG else 24
FREEZES = 20 if LONG else 2
WALKERS = 4
TARGETS = ("intake", "assign")


@pytest.fixture(scope="module")
def world():
    proxies = []
    through = "host={{var}}/proxy port=5432 dbname=paidan user={0} passfile={{var}}/secrets/{0}.pgpass application_name={0}"

    def before_start(var):
        proxies.append(Proxy(var / "proxy", var / "pg" / "socket" / ".s.PGSQL.5432"))

    with Rig(before_start, **{f"PAIDAN_{t.upper()}_PG_CONNINFO": through.format(t) for t in TARGETS}) as made:
        made.proxy, = proxies
        made.keyless = []
        yield made
        made.proxy.choose = lambda user: None
    made.proxy.close()


def prove_once(world, began):
    walked = prove(world, began)
    assert world.sql("SELECT count(*) FROM intake.service_request") == [(len(world.acknowledged) + len(world.keyless),)]
    assert world.sql("SELECT count(*) FROM assign.work_order") == [(len(world.acknowledged),)]
    return walked


def register_without_key(world, stop):
    """Nobody but the service itself can know that such a command was done: one answer, one request."""
    client = world.client("operator")
    while not stop.is_set():
        status, answer = client.once("POST", "/v1/requests", world.register_body("没有键"))
        if status == 201:
            world.keyless.append(answer["id"])
        else:
            assert status in (429, 503), (status, answer)


def unknowns(world, target):
    return world.log(target).count("BATCH_UNKNOWN")


def wait_done(world, action, count, seconds):
    end = time.monotonic() + seconds
    while world.proxy.done[action] < count:
        assert time.monotonic() < end, f"{world.proxy.done[action]} of {count} times {action}"
        time.sleep(0.05)


@pytest.mark.parametrize("action", ["after", "before"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_connection_cut_at_commit(world, target, action):
    """after: it was committed and nobody heard so; before: it was not. The service sees the same in both cases."""
    draw = random.Random(f"{target} {action}")
    began, said, done = len(world.closed), unknowns(world, target), world.proxy.done[action]
    world.proxy.choose = lambda user: action if user == target and draw.random() < 0.3 else None
    try:
        with Load(world, WALKERS):
            wait_done(world, action, done + CUTS, 60)
            world.proxy.choose = lambda user: None
    finally:
        world.proxy.choose = lambda user: None
    cuts = world.proxy.done[action] - done
    walked = prove_once(world, began)
    assert unknowns(world, target) - said >= CUTS
    print(f"\n{target}: {cuts} connections cut {action} COMMIT, {walked} requests walked to closed: 0 lost, 0 doubled")


@pytest.mark.parametrize("target", TARGETS)
def test_a_backend_that_stands_still_in_commit(world, target):
    """The old transaction goes on after the service has connected anew: the read-back must wait for its end."""
    began, said, done = len(world.closed), unknowns(world, target), world.proxy.done["freeze"]
    once = threading.Lock()

    def choose(user):
        return "freeze" if user == target and random.random() < 0.3 and once.acquire(blocking=False) else None

    stop = threading.Event()
    callers = [threading.Thread(target=register_without_key, args=(world, stop)) for _ in range(WALKERS)]
    try:
        with Load(world, WALKERS):
            for caller in callers:
                caller.start()
            for number in range(FREEZES):
                world.proxy.choose = choose
                wait_done(world, "freeze", done + number + 1, 30)
                once = threading.Lock()
            world.proxy.choose = lambda user: None
    finally:
        world.proxy.choose = lambda user: None
        stop.set()
    for caller in callers:
        caller.join(timeout=60)
    walked = prove_once(world, began)
    assert unknowns(world, target) - said >= FREEZES
    print(f"\n{target}: {FREEZES} backends frozen in COMMIT, {walked} requests walked to closed: 0 lost, 0 doubled")
