"""notify and audit on a stack of their own: a fake assign says what happens, a fake gateway asks and listens."""

import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))

from minibus import Bus, pack, unpack, unpack_numbers  # noqa: E402

OPERATOR, DISPATCHER, WORKER, SUPERVISOR, ADMIN = 1, 2, 3, 4, 5
ACCEPTED, DISPATCHED, SIGNED, CANCELLED = 3, 4, 5, 15
DISPATCH, DELIVERED, SIGN, WITHDRAW = 6, 7, 8, 17
WAIT_S = 20


class World:
    """The stack, and what the fake assign has said so far."""

    def __init__(self, var):
        state = json.loads((var / "stack.json").read_text())
        self.bus = {name: Bus(state["nats"]["url"], var / "secrets" / f"{name}.nk", name) for name in ("assign", "intake", "gateway")}
        self.pushes = self.bus["gateway"].subscribe("pd.push.gateway")
        pg = state["postgres"]
        self.db = psycopg2.connect(host=pg["socket_dir"], port=pg["port"], user=pg["superuser"], dbname=pg["database"])
        self.db.autocommit = True
        self.said = {}  # (producer, partition): all events, in order
        for producer in ("assign", "intake"):
            confirms = self.bus[producer].subscribe(f"pd.cfm.{producer}.*")
            threading.Thread(target=self.say_again, args=(producer, confirms), daemon=True).start()

    def sql(self, text, *args):
        with self.db.cursor() as cursor:
            cursor.execute(text, args)
            return cursor.fetchall() if cursor.description else []

    def say(self, producer, request, *events, repeat=False):
        """Commits events as the producer would, then publishes them in one EventBatch; returns their bytes."""
        partition = request.bytes[15] % 16
        said = self.said.setdefault((producer, partition), [])
        first = len(said) + 1
        said += events
        self.sql(f"UPDATE {producer}.producer_position SET last_seq[%s] = %s", partition + 1, len(said))
        for seq, one in enumerate(events, first):
            self.sql(f"INSERT INTO {producer}.outbox VALUES (0, %s, %s, %s, %s, now())", partition, seq,
                     str(uuid.UUID(bytes=unpack(one)[1][0])), one)
        for _ in range(2 if repeat else 1):
            self.publish(producer, partition, first, events)
        return events

    def publish(self, producer, partition, first, events):
        batch = [(1, producer), (2, partition), (3, first)] + [(4, one) for one in events]
        self.bus[producer].publish(f"pd.evt.{producer}.p{partition:02d}", pack(batch))

    def say_again(self, producer, confirms):
        """A hearer that misses something gets all that follows what it has."""
        while True:
            confirm = unpack(confirms.get()[2])
            if 4 in confirm:
                for partition, mark in enumerate(unpack_numbers(confirm[3][0])):
                    missing = self.said.get((producer, partition), [])[mark:]
                    if missing:
                        self.publish(producer, partition, mark + 1, missing)

    def ask(self, subject, payload, role, worker=""):
        command = [(2, [(1, role), (2, str(uuid.uuid4())), (3, worker)]), (5, pack(payload))]
        try:
            reply = unpack(unpack(self.bus["gateway"].request(subject, pack([(1, command)]), timeout=3))[1][0])
        except queue.Empty:
            return 0, {}, "nobody answers"
        problem = unpack(reply[3][0]) if 3 in reply else {}
        return reply[1][0], unpack(reply[2][0]) if 2 in reply else {}, problem.get(1, [b""])[0].decode().split(":")[-1]

    def push(self, order, timeout=WAIT_S):
        """The next push for the order, as a dict of fields; None when there is none in time."""
        end = time.monotonic() + timeout
        while True:
            try:
                batch = unpack(self.pushes.get(timeout=max(0.01, end - time.monotonic()))[2])
            except queue.Empty:
                return None
            for raw in batch.get(1, []):
                if unpack(raw)[3][0].decode() == str(order):
                    return unpack(raw)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    var = tmp_path_factory.mktemp("stack")
    env = dict(os.environ, PAIDAN_VAR=str(var), PAIDAN_HTTP="127.0.0.1:0")
    stack = [str(ROOT / "scripts" / "stack")]
    subprocess.run([*stack, "up", "--services", "notify,audit"], env=env, check=True, timeout=120)
    made = World(var)
    made.env = env
    yield made
    subprocess.run([*stack, "down"], env=env, check=True, timeout=120)


def wait_for(what, seconds=WAIT_S):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail("waited in vain")


def new_id():
    """A UUIDv7, as the services make them."""
    return uuid.UUID(bytes=int(time.time() * 1000).to_bytes(6, "big") + bytes([0x70 | os.urandom(1)[0] & 15]) + os.urandom(9))


def event(order, version, request, kind, origin, to, payload=(), event_id=None, actor=7, trace=""):
    now = time.time_ns() // 1000
    fields = [(1, (event_id or new_id()).bytes), (2, order.bytes), (3, version), (4, request.bytes), (5, kind), (6, 1), (7, now),
              (8, now), (9, [(1, actor)])] + ([(10, trace)] if trace else [])
    return pack(fields + ([(11, pack(list(payload)))] if payload else []) + [(12, origin), (13, to)])


def dispatch(order, request, version=1, dispatch_seq=1, worker="W000001", **more):
    payload = [(1, "ZS20261124-000001"), (2, dispatch_seq), (3, "442000123456789"), (4, 1), (5, worker), (11, 2), (12, "lamp")]
    return event(order, version, request, DISPATCH, ACCEPTED, DISPATCHED, payload, **more)


def acknowledge(world, delivery, worker="W000001"):
    return world.ask("pd.cmd.notify.acknowledge", [(1, delivery)], WORKER, worker)


def trace(world, request, role=SUPERVISOR):
    return world.ask("pd.qry.audit.trace", [(1, str(request))], role)


def trace_events(world, request, count):
    """The trace's events as dicts, once it has so many."""
    def enough():
        status, answer, _ = trace(world, request)
        events = [unpack(raw) for raw in answer.get(2, [])]
        return status == 200 and len(events) >= count and events
    return wait_for(enough)


def test_dispatch_is_pushed_acknowledged_once_and_traced(world):
    order, request = new_id(), new_id()
    said = world.say("assign", request, dispatch(order, request, trace="00-" + "a" * 32 + "-" + "b" * 16 + "-01"))[0]
    push = world.push(order)
    delivery = push[1][0].decode()
    assert push[2] == [b"W000001"] and push[4] == [b"ZS20261124-000001"] and push[5] == [1] and push[6] == [2]
    assert push[7] == [b"lamp"] and push[8] == [b"assignment"]
    assert acknowledge(world, delivery, "W000002")[::2] == (404, "not-found")
    assert acknowledge(world, "nonsense")[::2] == (400, "malformed")
    assert acknowledge(world, str(new_id()))[::2] == (404, "not-found")
    first, second = acknowledge(world, delivery), acknowledge(world, delivery)
    assert first[0] == 200 and first == second and first[1][1] == [delivery.encode()]
    events = trace_events(world, request, 2)
    assert len(events) == 2
    dispatched, delivered = events
    assert dispatched[3] == [b"dispatch"] and dispatched[4] == [ACCEPTED] and dispatched[5] == [DISPATCHED]
    assert dispatched[11] == [b"assign"] and dispatched[13] == [b"442000123456789"] and dispatched[14] == [b"W000001"]
    assert dispatched[15] == [1] and dispatched[17] == [hashlib.sha256(said).digest()]
    assert dispatched[19] == [b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"]
    assert delivered[3] == [b"delivered"] and delivered[4] == delivered[5] == [DISPATCHED] and delivered[11] == [b"notify"]
    assert delivered[6] == [delivery.encode()] and delivered[7] == [1] and delivered[18] == [b"app"]
    assert unpack(delivered[10][0])[3] == [b"W000001"]
    assert world.sql("SELECT count(*) FROM notify.outbox WHERE event_id = %s", delivered[2][0].decode()) == [(1,)]


def test_newer_dispatch_supersedes_and_withdrawal_tells_the_last(world):
    order, request = new_id(), new_id()
    world.say("assign", request, dispatch(order, request))
    first = world.push(order)[1][0].decode()
    world.say("assign", request, dispatch(order, request, 2, 2, "W000002"))
    second = world.push(order)
    assert second[2] == [b"W000002"] and second[5] == [2]
    world.say("assign", request, event(order, 3, request, WITHDRAW, DISPATCHED, CANCELLED, [(2, 2)]))
    third = world.push(order)
    assert third[2] == [b"W000002"] and third[8] == [b"withdrawal"] and third[4] == [b"ZS20261124-000001"]
    rows = world.sql("SELECT kind, worker_id, superseded_at IS NOT NULL FROM notify.delivery WHERE order_id = %s ORDER BY id", str(order))
    assert rows == [(1, "W000001", True), (1, "W000002", True), (2, "W000002", False)]
    assert acknowledge(world, first)[0] == 200
    assert acknowledge(world, third[1][0].decode(), "W000002")[0] == 200
    assert len(trace_events(world, request, 3)) == 3
    assert world.sql("SELECT count(*) FROM audit.trace_event WHERE request_id = %s AND type = %s", str(request), DELIVERED) == [(0,)]


def test_undelivered_is_paged_and_private(world):
    worker = "W" + os.urandom(4).hex()
    orders = [new_id() for _ in range(5)]
    for order in orders:
        request = new_id()
        world.say("assign", request, dispatch(order, request, worker=worker))
    wait_for(lambda: world.sql("SELECT count(*) FROM notify.delivery WHERE worker_id = %s", worker) == [(5,)])
    status, answer, _ = world.ask("pd.qry.notify.undelivered", [(3, 3)], WORKER, worker)
    assert status == 200
    page = [unpack(raw) for raw in answer[1]]
    assert len(page) == 3
    rest = world.ask("pd.qry.notify.undelivered", [(2, page[-1][1][0])], WORKER, worker)[1][1]
    found = [d[3][0].decode() for d in page] + [unpack(raw)[3][0].decode() for raw in rest]
    assert sorted(found) == sorted(str(o) for o in orders)
    assert acknowledge(world, page[0][1][0].decode(), worker)[0] == 200
    assert len(world.ask("pd.qry.notify.undelivered", [], WORKER, worker)[1][1]) == 4
    assert world.ask("pd.qry.notify.undelivered", [(1, worker)], WORKER, "W000001")[::2] == (403, "forbidden")
    assert world.ask("pd.qry.notify.undelivered", [(1, worker)], OPERATOR)[::2] == (403, "forbidden")
    assert world.ask("pd.qry.notify.undelivered", [(2, "x")], WORKER, worker)[::2] == (400, "malformed")
    assert len(world.ask("pd.qry.notify.undelivered", [(1, worker)], DISPATCHER)[1][1]) == 4
    status, answer, _ = world.ask("pd.qry.notify.list_deliveries", [(1, str(orders[0]))], OPERATOR)
    assert status == 200 and len(answer[1]) == 1
    assert world.ask("pd.qry.notify.list_deliveries", [(1, str(orders[0]))], WORKER, worker)[::2] == (403, "forbidden")
    assert world.ask("pd.qry.notify.list_deliveries", [(1, "1")], ADMIN)[::2] == (400, "malformed")
    world.sql("UPDATE notify.delivery SET acknowledged_at = now(), next_push_at = NULL WHERE worker_id = %s AND acknowledged_at IS NULL", worker)


def test_unacknowledged_is_pushed_again_with_back_off(world):
    order, request = new_id(), new_id()
    world.say("assign", request, dispatch(order, request))
    first = world.push(order)
    again = world.push(order, timeout=15)
    assert again == first
    attempts, pause = world.sql("SELECT attempts, extract(epoch FROM next_push_at - now()) FROM notify.delivery WHERE id = %s",
                                first[1][0].decode())[0]
    assert attempts == 2 and 7 < pause <= 10
    assert acknowledge(world, first[1][0].decode())[0] == 200
    assert world.push(order, timeout=11) is None


def test_audit_keeps_what_nobody_understands_and_refuses_the_wrong_roles(world):
    aggregate, request = new_id(), new_id()
    strange = event(aggregate, 1, request, 4711, 99, -3, [(77, b"\xff\x00")], actor=12) + pack([(200, "from the future")])
    world.say("intake", request, strange, repeat=True)
    only, = trace_events(world, request, 1)
    assert only[3] == [b"event_4711"] and only[17] == [hashlib.sha256(strange).digest()]
    stored = world.sql("SELECT type, from_state, to_state, event FROM audit.trace_event WHERE request_id = %s", str(request))
    assert [(t, f, s, bytes(e)) for t, f, s, e in stored] == [(4711, 99, -3, strange)]
    for role in (WORKER, 6, 7, 0):
        assert trace(world, request, role)[::2] == (403, "forbidden")
    for role in (OPERATOR, DISPATCHER, SUPERVISOR, ADMIN):
        assert trace(world, request, role)[0] == 200
    assert trace(world, new_id())[::2] == (404, "not-found")
    assert world.ask("pd.qry.audit.trace", [(1, "ZS20261124-000001")], ADMIN)[::2] == (400, "malformed")
    assert world.ask("pd.qry.audit.counts", [], OPERATOR)[::2] == (403, "forbidden")


def test_audit_notes_versions_out_of_order_and_counts(world):
    aggregate, request = new_id(), new_id()
    before = dict(world.sql("SELECT kind, count(*) FROM audit.finding GROUP BY kind"))
    world.say("intake", request, event(aggregate, 1, request, 1, 0, 1))
    trace_events(world, request, 1)
    world.say("intake", request, event(aggregate, 3, request, 2, 1, 3), event(aggregate, 3, request, 2, 1, 3))
    trace_events(world, request, 3)
    found = world.sql("SELECT kind, detail FROM audit.finding WHERE request_id = %s ORDER BY id", str(request))
    assert found == [("version_gap", "version 3 after 1"), ("version_repeat", "version 3 after 3")]
    status, answer, _ = world.ask("pd.qry.audit.counts", [], SUPERVISOR)
    assert status == 200
    size, = world.sql("SELECT count(*) FROM audit.trace_event")[0]
    assert answer[1] == [size]
    counts = {unpack(raw)[1][0].decode(): unpack(raw)[2][0] for raw in answer[2]}
    assert sum(counts.values()) == size and counts["dispatch"] >= 5 and counts["other"] == 1
    findings = {unpack(raw)[1][0].decode(): unpack(raw)[2][0] for raw in answer[4]}
    assert findings == {kind: before.get(kind, 0) + 1 for kind in ("version_gap", "version_repeat")}
    assert {unpack(raw)[1][0] for raw in answer[3]} == {b"intake", b"assign", b"notify"}


def test_audit_continues_after_kill_without_hole_or_double(world):
    requests = [new_id() for _ in range(40)]
    for i, request in enumerate(requests):
        world.say("intake", request, event(request, 1, request, 1, 0, 1))
        if i % 10 == 5:
            state = json.loads((Path(world.env["PAIDAN_VAR"]) / "stack.json").read_text())
            os.kill(state["services"]["audit"]["pid"], 9)
            time.sleep(0.3)
    for request in requests:
        assert len(trace_events(world, request, 1)) == 1
    size, first, last, kinds = world.sql("SELECT count(*), min(seq), max(seq), count(DISTINCT event_id) FROM audit.trace_event")[0]
    assert (first, last, kinds) == (1, size, size)


def test_garbage_is_refused_or_set_aside_and_holds_nobody_up(world):
    garbage = (b"", b"\xff", b"\x0a\xff\xff\xff\xff\x0f", os.urandom(200), pack([(1, b"\xff\xff\xff")]))
    for subject in ("pd.cmd.notify.acknowledge", "pd.cmd.notify.no_such", "pd.qry.notify.undelivered", "pd.qry.notify.list_deliveries",
                    "pd.qry.audit.trace", "pd.qry.audit.counts", "pd.qry.audit.no_such"):
        for payload in garbage:
            world.bus["gateway"].publish(subject, payload)
    for payload in garbage:
        world.bus["assign"].publish("pd.evt.assign.p00", payload)
    order, request = new_id(), new_id()
    nobody = dispatch(order, request, worker="")
    unreadable = event(order, 2, request, DISPATCH, ACCEPTED, DISPATCHED)[:-4] + pack([(11, b"\xff\xff"), (12, ACCEPTED), (13, DISPATCHED)])
    world.say("assign", request, nobody, unreadable, dispatch(order, request, 3, 3))
    assert world.push(order)[5] == [3]
    assert len(trace_events(world, request, 3)) == 3
    reasons = {reason for reason, in world.sql("SELECT reason FROM notify.dead_letter")}
    assert {"the dispatch names no worker", "the payload is not the message of the event's type"} <= reasons
    assert world.sql("SELECT count(*) > 0 FROM audit.dead_letter") == [(True,)]
    world.sql("UPDATE notify.delivery SET acknowledged_at = now(), next_push_at = NULL WHERE order_id = %s", str(order))
