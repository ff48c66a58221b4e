"""What could not be applied is set aside with its reason, can be seen and tried again, and does not stop what comes behind it."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from minibus import pack, unpack  # noqa: E402
from rig import ROOT, Rig, new_id, wait_for  # noqa: E402
from world import Refused  # noqa: E402

CTL = Path(os.environ.get("PAIDAN_BIN") or ROOT / "build" / "release" / "bin") / "paidanctl"
ACCEPT, DISPATCH = 2, 6


@pytest.fixture(scope="module")
def rig():
    with Rig() as made:
        yield made


@pytest.fixture(autouse=True)
def nobody_dies(rig):
    before = {name: pid for name, pid in rig.pids().items() if name != "assign"}
    yield
    assert {name: pid for name, pid in rig.pids().items() if name != "assign"} == before, rig.log_tail()
    rig.walk_one()


def ctl(rig, *arguments):
    """(status, everything that was printed)"""
    done = subprocess.run([CTL, *arguments], env=rig.env, text=True, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def letters(rig, service, client="admin"):
    return rig.client(client).call("GET", f"/v1/deadletters/{service}").get("dead_letters", [])


def letter_about(rig, service, event_id):
    """The letter whose body is that event."""
    rows = wait_for(lambda: rig.sql(f"SELECT id, reason, replayed_at IS NOT NULL FROM {service}.dead_letter WHERE position(%s IN body) > 0",
                                    event_id), why=lambda: f"{service} set aside {rig.dead_letters(service)}")
    assert len(rows) == 1, rows
    return rows[0]


def event_of(rig, producer, request, kind):
    """The newest event of that type about the request: (partition, seq, bytes)."""
    found = [row for row in rig.outbox(producer) if unpack(row[2])[4][0] == uuid.UUID(request).bytes and unpack(row[2])[5][0] == kind]
    return found[-1]


def finish(rig, view):
    """From dispatched to closed."""
    clients = rig.clients()
    worker, order = clients[view["worker_id"]], view["order_id"]
    worker.call("POST", f"/v1/orders/{order}/sign", {})
    worker.call("POST", f"/v1/orders/{order}/feed_back", {"result": "resolved", "text": "已清理"})
    clients["dispatcher"].call("POST", f"/v1/orders/{order}/review_pass", {})
    rig.wait_state(clients["operator"], view["id"], ("visiting",))
    clients["operator"].call("POST", f"/v1/requests/{view['id']}/visit", {"satisfaction": "satisfied"})


def accepted(rig, service_code):
    operator = rig.client("operator")
    body = dict(rig.register_body("一件"), service_code=service_code)
    request = operator.call("POST", "/v1/requests", body, key=str(uuid.uuid4()))["id"]
    rig.acknowledged.append(request)
    operator.call("POST", f"/v1/requests/{request}/accept", {})
    return request


def test_an_event_that_the_database_refuses_and_its_neighbours(rig):
    """A real event, a real cause that goes away: set aside, seen, refused again, applied."""
    rig.sql("CREATE FUNCTION assign.no_room() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no room for this'; END $$")
    rig.sql("CREATE TRIGGER no_room BEFORE INSERT ON assign.work_order FOR EACH ROW WHEN (NEW.service_code = '0102.poison') "
            "EXECUTE FUNCTION assign.no_room()")
    requests = [accepted(rig, code) for code in ("0102.litter", "0102.litter", "0102.poison", "0102.litter", "0102.litter")]
    poison = requests.pop(2)
    operator = rig.client("operator")
    views = [rig.wait_state(operator, request, ("dispatched",)) for request in requests]
    event_id = unpack(event_of(rig, "intake", poison, ACCEPT)[2])[1][0]
    number, reason, replayed = letter_about(rig, "assign", event_id)
    assert "no room for this" in reason and not replayed
    seen = next(letter for letter in letters(rig, "assign") if letter["id"] == number)
    assert seen["source"].startswith("pd.evt.intake.p") and "no room for this" in seen["reason"] and "replayed_at" not in seen
    status, text = ctl(rig, "dead", "assign")
    assert status == 0 and str(number) in text and "no room for this" in text
    status, text = ctl(rig, "replay", "assign", str(number))
    assert status == 1 and "no room for this" in text, text
    assert letter_about(rig, "assign", event_id)[2] is False
    assert rig.sql("SELECT count(*) FROM assign.work_order WHERE request_id = %s", poison) == [(0,)]

    rig.sql("DROP TRIGGER no_room ON assign.work_order; DROP FUNCTION assign.no_room()")
    status, text = ctl(rig, "replay", "assign", str(number))
    assert status == 0, text
    views.append(rig.wait_state(operator, poison, ("dispatched",)))
    assert letter_about(rig, "assign", event_id)[2] is True
    assert next(letter for letter in letters(rig, "assign") if letter["id"] == number)["replayed_at"]
    status, text = ctl(rig, "replay", "assign", str(number))
    assert status == 1 and "409" in text
    for view in views:
        finish(rig, view)
    rig.prove()


def test_a_genuine_event_that_only_the_letter_still_has(rig):
    """The consumer's mark is past the event, as after setting it aside; the letter brings it, once."""
    stack = [str(ROOT / "scripts" / "stack")]
    subprocess.run([*stack, "stop", "assign"], env=rig.env, check=True, timeout=60, capture_output=True)
    request = accepted(rig, "0102.litter")
    partition, seq, event = wait_for(lambda: [row for row in rig.outbox("intake") if unpack(row[2])[4][0] == uuid.UUID(request).bytes
                                              and unpack(row[2])[5][0] == ACCEPT])[0]
    rig.sql("UPDATE assign.inbox SET watermarks[%s] = %s WHERE producer = 'intake'", partition + 1, seq)
    number, = rig.sql("INSERT INTO assign.dead_letter (source, reason, body) VALUES (%s, 'once', %s) RETURNING id",
                      f"pd.evt.intake.p{partition:02d}", event)[0]
    subprocess.run([*stack, "start", "assign"], env=rig.env, check=True, timeout=60, capture_output=True)
    rig.walk_one()
    operator = rig.client("operator")
    assert operator.call("GET", f"/v1/requests/{request}")["state"] == "accepted"
    replays = [ctl(rig, "replay", "assign", str(number))[0] for _ in range(3)]
    assert replays == [0, 1, 1]
    finish(rig, rig.wait_state(operator, request, ("dispatched",)))
    assert rig.sql("SELECT count(*) FROM assign.work_order WHERE request_id = %s", request) == [(1,)]
    rig.prove()


def test_who_may_see_and_replay_and_what_is_not_there(rig):
    for role in ("operator", "dispatcher", "supervisor", "W000901"):
        for method, path in (("GET", "/v1/deadletters/assign"), ("POST", "/v1/deadletters/assign/1/replay")):
            with pytest.raises(Refused) as refusal:
                rig.client(role).call(method, path, None if method == "GET" else {})
            assert refusal.value.status == 403, (role, path)
    for path, status in (("/v1/deadletters/assign/999999999/replay", 404), ("/v1/deadletters/gateway/1/replay", 404),
                         ("/v1/deadletters/nobody/1/replay", 404)):
        with pytest.raises(Refused) as refusal:
            rig.client("admin").call("POST", path, {})
        assert refusal.value.status == status, path
    assert ctl(rig, "dead", "nobody")[0] == 1
    rig.bus("intake").publish("pd.evt.intake.p03", b"\xff")
    number = wait_for(lambda: rig.sql("SELECT max(id) FROM assign.dead_letter WHERE body = '\\xff'")[0][0])
    status, text = ctl(rig, "replay", "assign", str(number))
    assert status == 1 and "not an Event" in text


def order_event(order, version, request, kind, origin, to, payload, event_id=None):
    return pack([(1, (event_id or new_id()).bytes), (2, order.bytes), (3, version), (4, request.bytes), (5, kind), (6, 1),
                 (7, 1764000000000000), (8, 1764000000000000), (9, [(1, 7)]), (11, payload), (12, origin), (13, to)])


def test_poison_between_good_events(rig):
    """Last, because a producer that lies cannot be made good: what it said stays in the log. check-traces must tell so."""
    before = {name: len(rig.dead_letters(name)) for name in ("intake", "notify", "audit")}
    poison = []
    for partition in range(16):
        ids = [new_id() for _ in range(3)]
        poison.append(ids[0].bytes)
        rig.say("assign", partition, order_event(ids[1], 1, ids[2], DISPATCH, 3, 4, b"\xff\xff\xff", ids[0]))
    rig.say("assign", 3, pack([(1, b"i" * 15), (2, b"a" * 16), (3, 1), (4, b"r" * 16), (5, DISPATCH)]))
    too_long, order = new_id(), new_id()  # a word that no index of PostgreSQL can hold
    worker = os.urandom(10000).hex()
    rig.say("assign", 5, order_event(order, 1, new_id(), DISPATCH, 3, 4, pack([(1, "X"), (2, 1), (4, 1), (5, worker), (11, 1), (12, "x")]), too_long))
    for _ in range(3):
        rig.walk_one()
    for name in ("intake", "notify"):
        for event_id in poison:
            number, reason, _ = letter_about(rig, name, event_id)
            assert reason == "the payload is not the message of the event's type"
        status, text = ctl(rig, "replay", name, str(number))
        assert status == 1 and reason in text
        assert letter_about(rig, name, poison[-1])[2] is False
        short = [row for row in rig.dead_letters(name)[before[name]:] if row[2] == "not an Event"]
        assert len(short) == 1 and short[0][1] == "pd.evt.assign.p03"
    wait_for(lambda: [row[2] for row in rig.dead_letters("audit")[before["audit"]:]] == ["not an Event"],
             why=lambda: f"audit set aside {rig.dead_letters('audit')}, heard {rig.heard('audit', 'assign', 3)}")
    number, reason, _ = letter_about(rig, "notify", too_long.bytes)
    assert reason.startswith("54000"), reason
    assert ctl(rig, "replay", "notify", str(number))[0] == 1
    good, report = rig.check()
    assert not good and "assign, partition 3" in report, report
