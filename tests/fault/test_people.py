"""Workers take leave, go off duty and come back, the grid is split, its boundary moves and it is merged again, while orders are worked and
assign dies: at every committed instant each order has exactly one accountable person, and in the end nobody on leave keeps what somebody
else could do."""

import os
import random
import subprocess
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest

import faults
from load import Load, prove
from world import GRID, PATIENCE_S, ROOT, WORKERS, Refused, World

LONG = os.environ.get("FAULT_LONG") == "1"
SECONDS, KILLS, WALKERS = (300, 40, 8) if LONG else (15, 5, 6)
VICTIMS = ("assign", "assign", "postgres", "assign", "notify")  # PostgreSQL: what is in memory of the people was then never committed


class FollowingWorld(World):
    """Its walkers expect an order to change hands between any two steps: they read it again and go on with whoever has it."""

    def walk(self, clients, text):
        operator, dispatcher = clients["operator"], clients["dispatcher"]
        request = operator.call("POST", "/v1/requests", self.register_body(text), key=str(uuid.uuid4()))["id"]
        with self.lock:
            self.acknowledged.append(request)
        self.act(operator, f"/v1/requests/{request}/accept", {}, ())
        order = self.wait_state(operator, request, ("dispatched", "signed", "in_progress"))["order_id"]
        end = time.monotonic() + PATIENCE_S
        while not self.step(clients, order):
            assert time.monotonic() < end, f"order {order} is not done after {PATIENCE_S} s"
        self.act(dispatcher, f"/v1/orders/{order}/review_pass", {}, ())
        self.wait_state(operator, request, ("visiting",))
        self.act(operator, f"/v1/requests/{request}/visit", {"satisfaction": "satisfied"}, ())
        with self.lock:
            self.closed.append(request)

    def step(self, clients, order):
        """The next step of whoever has it now; True when it is fed back."""
        seen = clients["dispatcher"].call("GET", f"/v1/orders/{order}")
        word, body = {"dispatched": ("sign", {}), "signed": ("start", {}),
                      "in_progress": ("feed_back", {"result": "resolved", "text": "已清理"})}.get(seen["state"], (None, None))
        if word is None:
            return seen["state"] == "fed_back"
        time.sleep(random.random() * 0.05)
        try:
            clients[seen["worker_id"]].call("POST", f"/v1/orders/{order}/{word}", dict(body, dispatch_seq=seen["dispatch_seq"]),
                                            key=str(uuid.uuid4()))
        except Refused as refusal:
            if refusal.status not in (404, 409):  # it is another's now, or was moved in between
                raise
        return False

    def psql(self, text):
        done = subprocess.run([ROOT / "scripts" / "stack", "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", text], env=self.env,
                              text=True, capture_output=True, timeout=60, check=False)
        return done.stdout.split() if done.returncode == 0 else None  # PostgreSQL may be starting


class Restless(threading.Thread):
    """One worker's unquiet day."""

    def __init__(self, world, worker, stop):
        super().__init__()
        self.world, self.worker, self.stop = world, worker, stop
        self.me, self.dispatcher = world.client(worker), world.client("dispatcher")
        self.draw = random.Random(worker)
        self.moves = 0

    def say(self, client, path, body):
        return client.call("POST", path, body, key=str(uuid.uuid4()))

    def leave(self, seconds):
        ends = (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return self.say(self.dispatcher, f"/v1/workers/{self.worker}/leave", {"kind": "personal", "ends_at": ends})

    def run(self):
        try:
            while not self.stop.is_set():
                self.unquiet()
                self.moves += 1
            self.say(self.me, "/v1/duty", {"on_duty": True})
        except (Refused, TimeoutError) as error:
            self.world.errors.append(f"{self.worker}: {type(error).__name__}: {error}")

    def unquiet(self):
        if self.draw.random() < 0.5:
            self.say(self.me, "/v1/duty", {"on_duty": False})
            time.sleep(self.draw.random() * 0.8)
            self.say(self.me, "/v1/duty", {"on_duty": True})
        else:
            leave = self.leave(3600)
            time.sleep(self.draw.random() * 0.8)
            self.say(self.dispatcher, f"/v1/workers/{self.worker}/leave/{leave['id']}/cancel", {})
        time.sleep(self.draw.random() * 0.6)


class Surveyor(threading.Thread):
    """Changes of the map, each by the whole procedure: the grid is split in two, the boundary between them moves, they are merged again."""

    SOUTH, NORTH, WEST, EAST = 22.4, 22.6, 113.3, 113.5

    def __init__(self, world, stop):
        super().__init__()
        self.world, self.stop = world, stop
        self.dispatcher, self.supervisor = world.client("dispatcher"), world.client("supervisor")
        self.draw = random.Random("surveyor")
        self.applied = {"split": 0, "boundary": 0, "merge": 0}

    def run(self):
        number, one = 0, GRID
        try:
            while not self.stop.is_set():
                number += 2
                west, east = (f"{GRID[:12]}{100 + number + side:03d}" for side in (0, 1))
                middle = self.meridian()
                self.change("split", [self.grid(west, self.WEST, middle, [one]), self.grid(east, middle, self.EAST, [one])],
                            [(west, WORKERS[0], "primary"), (west, WORKERS[1], "deputy"), (east, WORKERS[1], "primary"),
                             (east, WORKERS[2], "deputy"), (east, WORKERS[0], "grid_head")])
                middle = self.meridian()
                self.change("boundary", [self.grid(west, self.WEST, middle, []), self.grid(east, middle, self.EAST, [])], [])
                one = GRID if self.stop.is_set() else f"{GRID[:12]}{500 + number:03d}"
                self.change("merge", [self.grid(one, self.WEST, self.EAST, [west, east])],
                            [(one, worker, "primary") for worker in WORKERS])
            if one != GRID:
                self.change("merge", [self.grid(GRID, self.WEST, self.EAST, [one])], [(GRID, worker, "primary") for worker in WORKERS])
        except (Refused, TimeoutError, AssertionError) as error:
            self.world.errors.append(f"surveyor: {type(error).__name__}: {error}")

    def meridian(self):
        return round(113.36 + self.draw.random() * 0.08, 6)

    def grid(self, code, west, east, replaces):
        ring = [[west, self.SOUTH], [east, self.SOUTH], [east, self.NORTH], [west, self.NORTH], [west, self.SOUTH]]
        return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"code": code, "name": "测试格", "community": GRID[:12], "replaces": replaces}}

    def say(self, client, path, body=None):
        return client.call("POST", path, body or {}, key=str(uuid.uuid4()))

    def change(self, kind, features, posts):
        """Drafted, checked, voted, approved and applied; whoever dies meanwhile."""
        draft = self.say(self.dispatcher, "/v1/grid-changes", {
            "kind": kind, "layer": "unit", "title": f"{kind} under load",
            "posts": [{"grid": grid, "worker_id": worker, "accountability": rank} for grid, worker, rank in posts]})
        path = f"/v1/grid-changes/{draft['id']}"
        self.say(self.dispatcher, path + "/features", {"type": "FeatureCollection", "features": features})
        self.say(self.dispatcher, path + "/check")
        end = time.monotonic() + PATIENCE_S
        while (seen := self.dispatcher.call("GET", path))["verdict"] == "running":
            assert time.monotonic() < end, f"no verdict: {seen}"
            time.sleep(0.05)
        assert seen["verdict"] == "clean", seen
        for step in ("consult", "vote", "submit"):
            self.say(self.dispatcher, f"{path}/{step}")
        for step in ("approve", "apply"):
            self.say(self.supervisor, f"{path}/{step}")
        self.applied[kind] += 1
        time.sleep(self.draw.random())


WITHOUT_ONE = """SELECT o.id FROM assign.work_order o WHERE o.state BETWEEN 4 AND 10
                    AND (SELECT count(*) FROM assign.assignment a WHERE a.order_id = o.id AND a.ended_at IS NULL AND a.worker_id = o.worker_id) <> 1
                 UNION ALL
                 SELECT assign.work_order.id FROM assign.work_order WHERE state BETWEEN 4 AND 10 AND worker_id IS NULL"""


@pytest.fixture(scope="module")
def world():
    made = FollowingWorld()
    yield made
    made.close(keep=bool(os.environ.get("FAULT_KEEP")))


def test_orders_follow_their_people_and_the_map_while_assign_dies(world):
    stop, began, looked = threading.Event(), len(world.closed), 0
    with Load(world, WALKERS):
        surveyor = Surveyor(world, stop)
        people = [Restless(world, worker, stop) for worker in WORKERS] + [surveyor]
        for one in people:
            one.start()
        end, kill_at = time.monotonic() + SECONDS, [time.monotonic() + SECONDS * (n + 1) / (KILLS + 1) for n in range(KILLS)]
        try:
            while time.monotonic() < end:
                assert world.psql(WITHOUT_ONE) in ([], None)
                looked += 1
                if kill_at and time.monotonic() > kill_at[0]:
                    kill_at.pop(0)
                    name = VICTIMS[len(kill_at) % len(VICTIMS)]
                    pid = faults.kill(world, name)
                    assert pid is None or faults.wait_restarted(world, name, pid), world.log_tail()
                time.sleep(0.1)
        finally:
            stop.set()
            for one in people:
                one.join(timeout=120)
        assert not any(one.is_alive() for one in people)
    walked, moves = prove(world, began), sum(one.moves for one in people[:-1])
    reassigned, regridded = (int(world.psql(f"SELECT count(*) FROM audit.trace_event WHERE type = {event}")[0]) for event in (20, 21))
    assert moves > 10 and reassigned > 0 and regridded > 0 and looked > 10
    assert min(surveyor.applied.values()) > 0, surveyor.applied
    print(f"\n{moves} times away and back, changes of the map {surveyor.applied}, {reassigned} reassignments, {regridded} regrids, "
          f"{walked} requests walked to closed, looked {looked} times: exactly one accountable each time")


def test_in_the_end_nobody_on_leave_keeps_what_another_can_do(world):
    clients = {name: world.client(name) for name in world.tokens}
    operator = clients["operator"]
    waiting = []
    for _ in range(30):
        request = operator.call("POST", "/v1/requests", world.register_body("垃圾"), key=str(uuid.uuid4()))["id"]
        world.acknowledged.append(request)
        world.act(operator, f"/v1/requests/{request}/accept", {}, ())
        waiting.append(world.wait_state(operator, request, ("dispatched",))["order_id"])
    for order in waiting[::2]:
        world.step(clients, order)
    one = Restless(world, WORKERS[0], threading.Event())
    pid = faults.kill(world, "assign")
    one.leave(3600)
    assert faults.wait_restarted(world, "assign", pid)
    stands = f"""SELECT o.id FROM assign.work_order o JOIN assign.accountable g ON g.grid = coalesce(o.grid_now, o.grid) AND g.until = 'infinity'
                  WHERE o.worker_id = '{WORKERS[0]}' AND o.state BETWEEN 4 AND 6 AND g.worker_id IS NOT NULL"""
    end = time.monotonic() + 15
    while world.psql(stands) != [] and time.monotonic() < end:
        time.sleep(0.2)
    assert world.psql(stands) == []
    assert world.psql(WITHOUT_ONE) == []
    assert world.psql(f"SELECT worker_id FROM assign.accountable WHERE grid = '{GRID}' AND until = 'infinity'")[0] in WORKERS[1:]
    good, report = world.check()
    assert good, report
