"""intake on a stack of its own: a fake gateway asks, a fake assign says what became of the orders."""

import hashlib
import os
import re
import sys
import time
import uuid
from base64 import urlsafe_b64decode
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))

from minibus import Bus, pack, unpack  # noqa: E402
from stack import Stack  # noqa: E402

OPERATOR, DISPATCHER, WORKER, SUPERVISOR, ADMIN, REQUESTER, SYSTEM = 1, 2, 3, 4, 5, 6, 7
(REGISTERED, ACCEPTED, DISPATCHED, SIGNED, IN_PROGRESS, FED_BACK, VISITING, CLOSED, ARCHIVED, REJECTED,
 CANCELLED) = 1, 3, 4, 5, 6, 8, 10, 11, 12, 13, 15
REGISTER, ACCEPT, ANSWER, REJECT, CANCEL, DISPATCH, SIGN, START, FEED_BACK, REVIEW_PASS = 1, 2, 3, 4, 5, 6, 8, 9, 10, 11
VISIT_CLOSE, VISIT_REDO, REOPEN, ARCHIVE, DISCLOSE = 13, 14, 15, 16, 19
NAME, PHONE, TEXT, ADDRESS = "王小明", "13812345678", "路灯不亮，晚上看不见路", "孙文东路 1 号"
WAIT_S = 15


class View:
    """A ServiceRequest as read from the wire."""

    def __init__(self, fields):
        self.fields = fields

    def text(self, number):
        return self.fields.get(number, [b""])[0].decode()

    def number(self, number):
        return self.fields.get(number, [0])[0]

    id = property(lambda self: self.text(1))
    human = property(lambda self: self.text(2))
    version = property(lambda self: self.number(3))
    state = property(lambda self: self.number(4))
    description = property(lambda self: self.text(9))
    address = property(lambda self: unpack(self.fields[8][0]).get(3, [b""])[0].decode())
    order_id = property(lambda self: self.text(11))
    grid = property(lambda self: self.text(12))
    worker = property(lambda self: self.text(13))
    answer = property(lambda self: self.text(21))
    actions = property(lambda self: " ".join(a.decode() for a in self.fields.get(23, [])))

    @property
    def requester(self):
        one = unpack(self.fields[10][0]) if 10 in self.fields else {}
        return one.get(1, [b""])[0].decode(), one.get(2, [b""])[0].decode()


class World:
    def __init__(self, stack):
        self.stack = stack
        self.connect()
        self.said = [0] * 16

    def connect(self):
        state = self.stack.state()
        url, secrets = state["nats"]["url"], self.stack.var / "secrets"
        self.gateway = Bus(url, secrets / "gateway.nk", "gateway")
        self.assign = Bus(url, secrets / "assign.nk", "assign")
        pg = state["postgres"]
        self.db = psycopg2.connect(host=pg["socket_dir"], port=pg["port"], user=pg["superuser"], dbname=pg["database"],
                                   options="-c search_path=intake")
        self.db.autocommit = True

    def sql(self, text, *args):
        with self.db.cursor() as cursor:
            cursor.execute(text, args)
            return cursor.fetchall() if cursor.description else []

    def ask_many(self, subject, payloads, role=OPERATOR, worker="", account=None, keys=None):
        account = account or str(uuid.UUID(int=role))
        commands = []
        for i, payload in enumerate(payloads):
            key = [(1, keys[i])] if keys else []
            raw = payload if isinstance(payload, bytes) else pack(payload)
            commands.append((1, key + [(2, [(1, role), (2, account), (3, worker)]), (5, raw)]))
        batch = unpack(self.gateway.request(subject, pack(commands), timeout=10))
        return [Answer(unpack(raw)) for raw in batch[1]]

    def ask(self, subject, payload, role=OPERATOR, **more):
        return self.ask_many(subject, [payload], role, **more)[0]

    def do(self, command, payload, role=OPERATOR, **more):
        return self.ask(f"pd.cmd.intake.{command}", payload, role, **more)

    def query(self, name, payload, role=OPERATOR, **more):
        return self.ask(f"pd.qry.intake.{name}", payload, role, **more)

    def get(self, request, role=OPERATOR, **more):
        return self.query("get_request", [(1, request)], role, **more)

    def say(self, request, order, version, kind, origin, to, worker="W000001", grid="442000001005003", seq=1, result=0):
        """An event of assign about the request's order."""
        partition = uuid.UUID(request).bytes[15] % 16
        self.said[partition] += 1
        now = time.time_ns() // 1000
        payload = [(2, seq), (3, grid), (4, 1), (5, worker)] + ([(7, result)] if result else [])
        event = pack([(1, os.urandom(16)), (2, order.bytes), (3, version), (4, uuid.UUID(request).bytes), (5, kind), (6, 1),
                      (7, now), (8, now), (9, [(1, SYSTEM)]), (11, pack(payload)), (12, origin), (13, to)])
        self.assign.publish(f"pd.evt.assign.p{partition:02d}",
                            pack([(1, "assign"), (2, partition), (3, self.said[partition]), (4, event)]))

    def handle(self, request, order, worker="W000001", version=0, result=1):
        """The order's way from acceptance to the visit, as assign tells it."""
        steps = ((DISPATCH, ACCEPTED, DISPATCHED), (SIGN, DISPATCHED, SIGNED), (START, SIGNED, IN_PROGRESS),
                 (FEED_BACK, IN_PROGRESS, FED_BACK), (REVIEW_PASS, FED_BACK, VISITING))
        for i, (kind, origin, to) in enumerate(steps, version + 1):
            self.say(request, order, i, kind, origin, to, worker, result=result if to >= FED_BACK else 0)
        self.wait_state(request, VISITING)
        return version + len(steps)

    def wait_state(self, request, state):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            view = self.get(request).view
            if view.state == state:
                return view
            time.sleep(0.03)
        pytest.fail(f"not in state {state} but {view.state}")

    def events(self, request):
        """(type, version, from, to, payload) of all that intake said about it."""
        found = []
        for (raw,) in self.sql("SELECT event FROM outbox ORDER BY recorded_at, seq"):
            event = unpack(bytes(raw))
            if event[4][0] == uuid.UUID(request).bytes:
                found.append((event[5][0], event[3][0], event.get(12, [0])[0], event[13][0],
                              unpack(event[11][0]) if 11 in event else {}, event))
        return sorted(found, key=lambda e: e[1])


class Answer:
    def __init__(self, reply):
        self.status = reply[1][0]
        self.payload = unpack(reply[2][0]) if 2 in reply else {}
        self.view = View(self.payload)
        problem = unpack(reply[3][0]) if 3 in reply else {}
        self.code = problem.get(1, [b""])[0].decode().split(":")[-1]
        self.detail = problem.get(4, [b""])[0].decode()


@pytest.fixture(scope="module")
def world():
    with Stack(services=("intake",)) as stack:
        yield World(stack)
        log = stack.log("intake")
        assert "Sanitizer" not in log and "Assertion" not in log
        assert stack.entry("intake")["restarts"] <= 1  # the one that a test killed


def registration(text=TEXT, code="streetlight", place=(22.517, 113.39), address=ADDRESS, name=NAME, phone=PHONE, extra=()):
    where = ([(1, place[0]), (2, place[1])] if place else []) + ([(3, address)] if address else [])
    return [(1, 1), (2, code), (3, text), (4, where), (5, [(1, name), (2, phone)]), (6, 1), *extra]


def register(world, **more):
    answer = world.do("register", registration(**more))
    assert answer.status == 201, answer.detail
    return answer.view


def timestamp(seconds):
    return [(1, int(seconds))]


def test_a_request_from_the_first_call_to_the_archive(world):
    made = register(world)
    assert re.fullmatch(r"ZS\d{8}-\d{6,}", made.human)
    # Answers of commands are kept for repeats, so the words are not in them; reading the request shows them.
    assert (made.state, made.version, made.description, made.address) == (REGISTERED, 1, "", "")
    read = world.get(made.id).view
    assert (read.state, read.version, read.description, read.address) == (REGISTERED, 1, TEXT, ADDRESS)
    assert made.requester == ("王*", "138****5678")
    assert made.actions == "accept answer_directly reject cancel disclose"
    accepted = world.do("accept", [(1, made.id)])
    assert (accepted.status, accepted.view.state, accepted.view.version) == (200, ACCEPTED, 2)
    order = uuid.uuid4()
    world.handle(made.id, order)
    seen = world.get(made.human).view
    assert (seen.order_id, seen.grid, seen.worker, seen.version) == (str(order), "442000001005003", "W000001", 2)
    assert seen.actions == "visit disclose"
    closed = world.do("visit", [(1, made.human), (2, 1), (4, "很满意")])
    assert (closed.status, closed.view.state) == (200, CLOSED)
    archived = world.do("archive", [(1, made.id)], SUPERVISOR)
    assert (archived.status, archived.view.state, archived.view.version) == (200, ARCHIVED, 4)
    events = world.events(made.id)
    assert [e[:4] for e in events] == [(REGISTER, 1, 0, REGISTERED), (ACCEPT, 2, REGISTERED, ACCEPTED),
                                       (VISIT_CLOSE, 3, VISITING, CLOSED), (ARCHIVE, 4, CLOSED, ARCHIVED)]
    texts = world.query("get_texts", [(1, made.id)]).payload[1]
    assert [unpack(t)[2][0].decode() for t in texts] == ["很满意"]
    assert unpack(texts[0])[1][0].decode() == str(uuid.UUID(bytes=events[2][5][1][0]))
    accept = events[1][4]
    assert accept[1][0].decode() == made.human and 3 not in unpack(accept[4][0])


def test_what_residents_say_is_nowhere_in_clear(world):
    made = register(world, text="绝密的路灯 canary-7301", phone="13900007301")
    world.do("reject", [(1, made.id), (2, 1), (3, "不属本区 canary-7302")])
    needles = [b"canary-7301", b"13900007301", b"canary-7302", NAME.encode(), ADDRESS.encode()]
    rows = world.sql("SELECT r::text::bytea, wrapped_key, sealed FROM service_request r WHERE id = %s", made.id)
    rows += world.sql("SELECT sealed FROM event_text WHERE request_id = %s", made.id)
    rows += world.sql("SELECT event FROM outbox")
    for row in rows:
        for value in row:
            for needle in needles:
                assert needle not in bytes(value)
    assert world.get(made.id).view.answer == "不属本区 canary-7302"
    assert "canary" not in world.stack.log("intake")
    # the commitment: SHA-256 of 32 bytes and the text, which only the owner of the key can check
    assert len(world.events(made.id)[0][4][5][0]) == 32
    assert len(world.events(made.id)[1][4][4][0]) == 32
    assert world.events(made.id)[1][4][4][0] != hashlib.sha256("不属本区 canary-7302".encode()).digest()


def test_deleting_the_key_erases(world):
    made = register(world)
    world.do("disclose", [(1, made.id), (2, "回拨")])
    world.sql("UPDATE service_request SET wrapped_key = NULL WHERE id = %s", made.id)
    seen = world.get(made.id)
    assert (seen.status, seen.view.description, seen.view.requester, seen.view.address) == (200, "", ("", ""), "")
    assert world.query("get_texts", [(1, made.id)]).payload == {}
    assert world.do("disclose", [(1, made.id), (2, "again")]).status == 404
    done = world.do("cancel", [(1, made.id), (2, "words that nobody keeps")])
    assert (done.status, done.view.state) == (200, CANCELLED)


def test_disclosing_shows_the_contact_and_leaves_a_trace(world):
    made = register(world)
    shown = world.do("disclose", [(1, made.id), (2, "回拨核实地址")])
    assert shown.status == 200
    assert [v.decode() for v in (unpack(shown.payload[2][0])[1][0], unpack(shown.payload[2][0])[2][0])] == [NAME, PHONE]
    assert world.events(made.id)[-1][:4] == (DISCLOSE, 2, REGISTERED, REGISTERED)
    assert world.do("disclose", [(1, made.id)]).code == "guard"
    assert world.do("disclose", [(1, made.id), (2, "x")], ADMIN).code == "forbidden"


def test_numbers_are_dense_whatever_is_refused(world):
    good, bad = pack(registration()), pack(registration(text=""))
    answers = world.ask_many("pd.cmd.intake.register", [good, bad, good, bad, bad, good])
    assert [a.status for a in answers] == [201, 400, 201, 400, 400, 201]
    numbers = [int(a.view.human.split("-")[1]) for a in answers if a.status == 201]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    rows = world.sql("SELECT count(*), max(substr(number, 12)::bigint), count(DISTINCT number) FROM service_request")
    assert rows[0][0] == rows[0][1] == rows[0][2]


def test_two_commands_of_one_batch_see_each_other(world):
    made = register(world)
    answers = world.ask_many("pd.cmd.intake.accept", [[(1, made.id)], [(1, made.human)], [(1, made.id)]])
    assert [a.status for a in answers] == [200, 409, 409]
    answers = world.ask_many("pd.cmd.intake.disclose", [[(1, made.id), (2, f"call {i}")] for i in range(20)])
    assert [a.status for a in answers] == [200] * 20
    assert [e[1] for e in world.events(made.id)] == list(range(1, 23))
    assert len(world.query("get_texts", [(1, made.id)]).payload[1]) == 20


def test_the_same_key_gives_the_same_answer(world):
    key = os.urandom(32)
    first, again = (world.do("register", registration(), keys=[key]) for _ in range(2))
    assert first.status == again.status == 201 and first.view.id == again.view.id
    other = world.do("register", registration(text="another"), keys=[key])
    assert (other.status, other.code) == (422, "key-reused")


@pytest.mark.parametrize("change, code", [
    ({"text": ""}, "malformed"), ({"text": "路" * 4001}, "malformed"), ({"code": "not good"}, "malformed"),
    ({"place": (91.0, 0.0)}, "malformed"), ({"place": None, "address": ""}, "guard"), ({"phone": "no phone"}, "malformed"),
    ({"ahead_s": 400}, "malformed"), ({"extra": [(7, timestamp(-5))]}, "malformed"),
    ({"extra": [(7, timestamp(1 << 60))]}, "malformed"), ({"text": b"\xff\xfe"}, "malformed")])
def test_bad_registrations_are_refused(world, change, code):
    if "ahead_s" in change:  # of the time of the call, not of the collection of the tests
        change = {"extra": [(7, timestamp(time.time() + change["ahead_s"]))]}
    answer = world.do("register", registration(**change))
    assert answer.code == code and answer.status in (400, 422), answer.detail


def test_times_of_recorded_histories_are_kept(world):
    asked, taken = 1700000000, 1700003600
    made = register(world, extra=[(7, timestamp(asked))])
    accepted = world.do("accept", [(1, made.id), (4, timestamp(taken))]).view
    assert unpack(accepted.fields[14][0])[1][0] == asked and unpack(accepted.fields[16][0])[1][0] == taken
    assert world.do("cancel", [(1, made.id), (3, timestamp(asked - 1))]).code == "malformed"
    cancelled = world.do("cancel", [(1, made.id), (3, timestamp(taken + 60))]).view
    assert unpack(cancelled.fields[17][0])[1][0] == taken + 60
    assert world.events(made.id)[-1][5][7][0] == (taken + 60) * 1000000


def test_wrong_states_and_roles_say_what_is_possible(world):
    made = register(world)
    assert world.do("visit", [(1, made.id), (2, 1)]).code == "wrong-state"
    assert world.do("accept", [(1, made.id)], DISPATCHER).code == "forbidden"
    assert world.do("reject", [(1, made.id), (3, "because")]).code == "guard"
    for nothing in (str(uuid.uuid4()), "ZS20200101-000001", "nonsense", ""):
        assert world.do("accept", [(1, nothing)]).status == 404
        assert world.get(nothing).status == 404


def test_a_worker_sees_and_touches_only_his_own(world):
    made = register(world)
    world.do("accept", [(1, made.id)])
    world.say(made.id, uuid.uuid4(), 1, DISPATCH, ACCEPTED, DISPATCHED, worker="W000007")
    world.wait_state(made.id, DISPATCHED)
    own, other = {"worker": "W000007"}, {"worker": "W000008"}
    assert world.get(made.id, WORKER, **own).view.description == TEXT
    assert world.get(made.id, WORKER, **other).status == 404
    assert world.query("get_texts", [(1, made.id)], WORKER, **other).status == 404
    assert world.do("disclose", [(1, made.id), (2, "call")], WORKER, **other).status == 404
    assert world.do("disclose", [(1, made.id), (2, "call")], WORKER, **own).status == 200
    assert [View(unpack(r)).id for r in world.query("list_requests", [], WORKER, **own).payload[1]] == [made.id]
    assert world.query("list_requests", [(3, "W000007")], WORKER, **other).payload == {}
    assert world.query("list_requests", [], REQUESTER).status == 403
    patrol = world.do("register", registration(extra=[(1, 0)]), WORKER, **own)
    assert patrol.status == 201 and patrol.view.number(5) == 3


def test_redo_and_reopen_go_back_to_assign(world):
    made = register(world)
    world.do("accept", [(1, made.id)])
    order = uuid.uuid4()
    last = world.handle(made.id, order)
    redo = world.do("visit", [(1, made.id), (2, 3), (3, 1), (4, "没修好")])
    assert (redo.view.state, redo.view.version) == (ACCEPTED, 3)
    last = world.handle(made.id, order, worker="W000002", version=last)
    assert world.do("visit", [(1, made.id), (2, 2)]).view.state == CLOSED
    reopened = world.do("reopen", [(1, made.id), (2, "又坏了")])
    assert (reopened.view.state, reopened.view.number(22)) == (ACCEPTED, 1)
    world.handle(made.id, order, version=last)
    assert world.do("visit", [(1, made.id), (2, 4)]).view.state == CLOSED
    assert [e[0] for e in world.events(made.id)] == [REGISTER, ACCEPT, VISIT_REDO, VISIT_CLOSE, REOPEN, VISIT_CLOSE]
    direct = register(world)
    world.do("answer_directly", [(1, direct.id), (2, "请拨打 12345")])
    assert world.get(direct.id).view.answer == "请拨打 12345"
    assert world.do("reopen", [(1, direct.id), (2, "more")]).code == "guard"


def test_a_cancelled_request_stays_cancelled_whatever_assign_says(world):
    made = register(world)
    world.do("accept", [(1, made.id)])
    order = uuid.uuid4()
    world.say(made.id, order, 1, DISPATCH, ACCEPTED, DISPATCHED)
    world.wait_state(made.id, DISPATCHED)
    assert world.do("cancel", [(1, made.id)]).view.state == CANCELLED
    world.say(made.id, order, 2, SIGN, DISPATCHED, SIGNED, worker="W000003")
    world.say(made.id, order, 1, DISPATCH, ACCEPTED, DISPATCHED, worker="W000009")
    end = time.monotonic() + WAIT_S
    while world.get(made.id).view.worker != "W000003" and time.monotonic() < end:
        time.sleep(0.03)
    assert (world.get(made.id).view.state, world.get(made.id).view.worker) == (CANCELLED, "W000003")


def test_an_event_of_an_unknown_request_is_set_aside(world):
    stranger = str(uuid.uuid4())
    world.say(stranger, uuid.uuid4(), 1, DISPATCH, ACCEPTED, DISPATCHED)
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        reasons = [r[0] for r in world.sql("SELECT reason FROM dead_letter")]
        if any("request is not here" in r for r in reasons):
            return
        time.sleep(0.05)
    pytest.fail("no dead letter")


def listed(world, payload, role=OPERATOR, **more):
    """All pages, as ids."""
    ids, cursor, pages = [], "", 0
    while True:
        answer = world.query("list_requests", payload + ([(6, cursor)] if cursor else []), role, **more)
        assert answer.status == 200, answer.detail
        ids += [View(unpack(r)).id for r in answer.payload.get(1, [])]
        cursor = answer.payload.get(2, [b""])[0].decode()
        pages += 1
        if not cursor:
            return ids, pages


def test_lists_are_newest_first_and_complete(world):
    for _ in range(12):
        register(world, code="listed")
    everything = [str(r[0]) for r in world.sql("SELECT id FROM service_request ORDER BY registered_at DESC, id DESC")]
    ids, pages = listed(world, [(7, 5)])
    assert ids == everything and pages == (len(everything) + 4) // 5
    for state in (REGISTERED, CLOSED, CANCELLED):
        expected = [str(r[0]) for r in world.sql("SELECT id FROM service_request WHERE state = %s ORDER BY id DESC", state)]
        assert expected and listed(world, [(1, state), (7, 3)])[0] == expected
    grid = "442000001005003"
    expected = [str(r[0]) for r in world.sql("SELECT id FROM service_request WHERE grid = %s ORDER BY id DESC", grid)]
    assert listed(world, [(2, grid), (7, 2)])[0] == expected
    expected = [str(r[0]) for r in world.sql(
        "SELECT id FROM service_request WHERE worker_id = 'W000001' AND grid = %s AND state = 11 ORDER BY id DESC", grid)]
    assert listed(world, [(1, CLOSED), (2, grid), (3, "W000001")])[0] == expected
    moment = world.sql("SELECT registered_at FROM service_request ORDER BY id DESC OFFSET 7 LIMIT 1")[0][0]
    at = [(1, int(moment.timestamp())), (2, moment.microsecond * 1000)]
    assert listed(world, [(4, at)])[0] == everything[:8]
    assert listed(world, [(5, at)])[0] == everything[8:]
    for wrong in ([(7, 201)], [(7, -1)], [(6, "not a cursor")], [(6, "AAAA")], [(1, 99)]):
        assert world.query("list_requests", wrong).code == "malformed"
    full = world.query("list_requests", [(7, 5)]).payload[2][0].decode()
    assert uuid.UUID(bytes=urlsafe_b64decode(full + "==")) == uuid.UUID(everything[4])


def test_malformed_protobuf_is_answered(world):
    for junk in (b"\xff\xff\xff", b"\x0a\xff", os.urandom(300)):
        for command in ("register", "accept", "visit", "disclose"):
            assert world.do(command, junk).status in (400, 404)
        assert world.query("list_requests", junk).status in (200, 400)


def test_the_timer_archives_what_is_closed_long_enough(world):
    made = [register(world, extra=[(7, timestamp(1600000000))]) for _ in range(3)]
    for one in made:
        assert world.do("answer_directly", [(1, one.id), (2, "ok"), (3, timestamp(1600000060))]).status == 200
    recent = register(world)
    world.do("answer_directly", [(1, recent.id), (2, "ok")])
    for one in made:
        world.wait_state(one.id, ARCHIVED)
        event = world.events(one.id)[-1]
        assert event[:4] == (ARCHIVE, 3, CLOSED, ARCHIVED)
        assert unpack(event[5][9][0])[1][0] == SYSTEM
    assert world.get(recent.id).view.state == CLOSED


def test_kill_and_restart_keeps_all(world):
    made = [register(world) for _ in range(3)]
    old = world.stack.kill("intake")
    world.stack.wait_restart("intake", old)
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        try:
            if all(world.get(one.id).view.description == TEXT for one in made):
                return
        except Exception:  # nobody answers yet
            time.sleep(0.1)
    pytest.fail("not found again")


ROWS = int(os.environ.get("PAIDAN_TEST_ROWS") or 200_000)


def test_no_statement_scans_the_table(world):
    """Generic plans of every statement, against many rows."""
    world.sql("""INSERT INTO service_request (id, number, version, state, channel, urgency, service_code, requested_at,
            registered_at, updated_at, closed_at, grid, worker_id, order_id, sealed)
        SELECT (lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '7000' ||
                '8' || lpad(to_hex(n), 15, '0'))::uuid, 'XX20200101-' || lpad(n::text, 7, '0'), 5,
               CASE WHEN n %% 50 = 0 THEN 1 + n / 50 %% 10 WHEN n %% 60 = 1 THEN 11 ELSE 12 END, 1, 1, 'bulk', t, t, t, t,
               'G' || n %% 1000, 'W' || n %% 2000, gen_random_uuid(), '\\x00'
          FROM (SELECT n, '2020-01-01'::timestamptz + n * interval '1 minute' AS t FROM generate_series(1, %s) n) s""", ROWS)
    world.sql("INSERT INTO event_text SELECT id, gen_random_uuid(), '\\x00' FROM service_request")
    world.sql("VACUUM ANALYZE service_request")
    world.sql("ANALYZE event_text")
    world.sql("SET plan_cache_mode = force_generic_plan")
    checked = 0
    for path in sorted((ROOT / "services" / "intake" / "sql").glob("*.sql")):
        text = re.sub(r"--.*", "", path.read_text())
        count = max([int(n) for n in re.findall(r"\$(\d+)", text)], default=0)
        world.sql(f"PREPARE {path.stem} AS {text.replace('%', '%%')}")
        nulls = f"({', '.join(['NULL'] * count)})" if count else ""
        plan = "\n".join(r[0] for r in world.sql(f"EXPLAIN EXECUTE {path.stem}{nulls}"))
        assert "Seq Scan on service_request" not in plan and "Seq Scan on event_text" not in plan, f"{path.name}\n{plan}"
        if path.stem.startswith("list_"):
            assert "Sort" not in plan, f"{path.name}\n{plan}"
        checked += 1
    assert checked >= 14
    world.sql("RESET plan_cache_mode")
    start = time.monotonic()
    for filters in ([], [(1, 1)], [(1, 12)], [(2, "G17")], [(3, "W33")], [(1, 5), (2, "G17")], [(4, timestamp(1580000000))],
                    [(5, timestamp(1580000000))]):
        assert world.query("list_requests", filters).status == 200
    assert time.monotonic() - start < 4


def test_addresses_are_told_to_the_platform_itself_and_to_nobody_else(world):
    ids = [world.do("register", registration(place=None, address=f"孙文东路 {n} 号")).view.id for n in range(3)]
    world.sql("UPDATE service_request SET wrapped_key = NULL WHERE id = %s", ids[1])
    asked = [(1, i) for i in [ids[0], str(uuid.uuid4()), ids[1], "x", ids[2], ids[0]]]
    for role in (OPERATOR, DISPATCHER, WORKER, SUPERVISOR, ADMIN, REQUESTER):
        assert world.query("get_addresses", asked, role).status == 403
    told = [unpack(raw) for raw in world.query("get_addresses", asked, SYSTEM).payload[1]]
    assert [t.get(2, [b""])[0].decode() for t in told] == ["孙文东路 0 号", "", "", "", "孙文东路 2 号", "孙文东路 0 号"]
    assert [t[1][0].decode() for t in told] == [i for _, i in asked]
    assert world.query("get_addresses", [], SYSTEM).status == 400
    assert world.query("get_addresses", [(1, ids[0])] * 201, SYSTEM).status == 400
