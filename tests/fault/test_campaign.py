"""Nothing acknowledged is lost and nothing happens twice, whatever dies. Short form in `make test`; FAULT_LONG=1 is the long one."""

import os
import random
import threading
import time
import uuid

import pytest

import faults
from load import Load, prove
from world import Refused, World

LONG = os.environ.get("FAULT_LONG") == "1"
KILLS = int(os.environ.get("FAULT_KILLS") or (208 if LONG else 16))
WALKERS = 8


@pytest.fixture(scope="module")
def world():
    made = World()
    yield made
    made.close(keep=bool(os.environ.get("FAULT_KEEP")))


def test_kill_every_process_in_turn_under_load(world):
    began, kills = len(world.closed), 0
    draw = random.Random(20261124)
    with Load(world, WALKERS):
        time.sleep(1)
        while kills < KILLS:
            name = faults.PROCESSES[kills % len(faults.PROCESSES)]
            pid = faults.kill(world, name)
            if pid is None:
                time.sleep(0.2)
                continue
            kills += 1
            assert faults.wait_restarted(world, name, pid), f"{name} was not restarted\n{world.log_tail()}"
            # Sometimes the next one dies before the system has found its feet, sometimes long after.
            time.sleep(draw.choice((0.1, 0.5, 1.5, 2.5)))
        time.sleep(1)
    walked = prove(world, began)
    print(f"\n{kills} kills, {walked} requests walked to closed: 0 lost, 0 doubled")


@pytest.mark.parametrize("fault", [faults.delete_jetstream, faults.roll_back_tail], ids=["folder_deleted", "tail_rolled_back"])
def test_the_stream_forgets_under_load(world, fault):
    began, alarms = len(world.closed), world.metric("stream_regressions_total")
    for _ in range(3 if LONG else 1):
        with Load(world, WALKERS):
            time.sleep(2)
            pid = fault(world)
            assert faults.wait_restarted(world, "nats", pid)
            time.sleep(6)
    walked = prove(world, began)
    assert world.metric("stream_regressions_total") > alarms, "no service raised the alarm"
    print(f"\n{fault.__name__}: {walked} requests walked to closed: 0 lost, 0 doubled")


def test_one_idempotency_key_from_64_clients_makes_one_request(world):
    body, key = world.register_body("同一个键"), str(uuid.uuid4())
    answers, lock = [], threading.Lock()
    barrier = threading.Barrier(64)

    def ask():
        client = world.client("operator")
        barrier.wait()
        answer = client.call("POST", "/v1/requests", body, key=key)
        with lock:
            answers.append(answer)

    threads = [threading.Thread(target=ask) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 64
    assert all(answer == answers[0] for answer in answers), "the answers differ"
    world.acknowledged.append(answers[0]["id"])
    world.closed.append(answers[0]["id"])
    with pytest.raises(Refused) as refusal:
        world.client("operator").call("POST", "/v1/requests", dict(body, description="另一件事"), key=key)
    assert refusal.value.status == 422
    good, report = world.check()
    assert good, report
