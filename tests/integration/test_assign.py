"""assign in a whole stack, through the gateway: dispatch by place and duty, the worker's steps, the manual queue, import, fencing."""

import hashlib
import json
import os
import subprocess
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg2
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))

from stack import Stack  # noqa: E402

WAIT_S = 15
CITY, TOWN, COMMUNITY = "442000", "442000001", "442000001001"
WEST, EAST, LONELY, SHARED = (COMMUNITY + n for n in ("001", "002", "003", "004"))
LAT, LONG = 22.5, 113.4


def stamp(delta_s=0):
    return (datetime.now(timezone.utc) + timedelta(seconds=delta_s)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def square(column, row=0):
    x, y, d = LONG + column * 0.001, LAT + row * 0.001, 0.001
    return [round(v, 7) for v in (x, y, x + d, y, x + d, y + d, x, y + d)]


def grid(code, column, row=0, **more):
    return dict({"code": code, "name": "格" + code[-3:], "layer": "unit", "community": COMMUNITY,
                 "ring": square(column, row)}, **more)


class Caller:
    """One account's session."""

    def __init__(self, world, token):
        self.world, self.session = world, requests.Session()
        self.session.headers["Authorization"] = "Bearer " + token

    def send(self, method, path, body=None, **params):
        return self.session.request(method, self.world.stack.url + path, json=body, params=params, timeout=15)

    def post(self, path, body=None, status=None):
        answer = self.send("POST", path, {} if body is None else body)
        assert status is None and answer.status_code < 300 or answer.status_code == status, answer.text
        return answer.json()

    def get(self, path, status=200, **params):
        answer = self.send("GET", path, **params)
        assert answer.status_code == status, answer.text
        return answer.json()

    def step(self, order, event, status=None, **body):
        return self.post(f"/v1/orders/{order['id']}/{event}", body, status)


class World:
    def __init__(self, stack):
        self.stack = stack
        self.who = {role: Caller(self, self.log_in(a)) for role, a in stack.accounts().items()}
        self.admin, self.operator = self.who["admin"], self.who["operator"]
        self.dispatcher, self.supervisor = self.who["dispatcher"], self.who["supervisor"]
        pg = stack.state()["postgres"]
        self.db = psycopg2.connect(host=pg["socket_dir"], port=pg["port"], user=pg["superuser"], dbname=pg["database"],
                                   options="-c search_path=assign,ext")
        self.db.autocommit = True
        self.workers = {}

    def log_in(self, account):
        answer = requests.post(self.stack.url + "/v1/session", timeout=15,
                               json={"username": account["username"], "password": account["password"]})
        assert answer.status_code == 201, answer.text
        return answer.json()["token"]

    def sql(self, text, *args):
        with self.db.cursor() as cursor:
            cursor.execute(text, args)
            return cursor.fetchall() if cursor.description else []

    def worker(self, worker_id):
        if worker_id not in self.workers:
            name = worker_id.lower()
            self.admin.post("/v1/accounts", {"accounts": [{"username": name, "role": "worker", "worker_id": worker_id}]})
            self.workers[worker_id] = Caller(self, self.admin.post("/v1/tokens", {"username": name})["token"])
        return self.workers[worker_id]

    def register(self, lat=None, long=None, address=None):
        location = {"lat": lat, "long": long} if address is None else {"address": address}
        return self.operator.post("/v1/requests", {
            "channel": "hotline", "service_code": "street-light", "description": "路灯不亮", "location": location,
            "requester": {"name": "王小明", "phone": "13812345678"}})

    def accept(self, lat=None, long=None, address=None):
        request = self.register(lat, long, address)
        self.operator.post(f"/v1/requests/{request['id']}/accept", {"urgency": "normal"})
        return request

    def order_of(self, request, **wanted):
        """The request's order, as soon as it is as wanted."""
        end = time.monotonic() + WAIT_S
        order = None
        while time.monotonic() < end:
            rows = self.sql("SELECT id::text FROM work_order WHERE request_id = %s", request["id"])
            order = self.supervisor.get(f"/v1/orders/{rows[0][0]}") if rows else None
            if order and all(order.get(k) == v for k, v in wanted.items()):
                return order
            time.sleep(0.02)
        raise AssertionError(f"order is {order}, not {wanted}")

    def request_is(self, request, state):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            seen = self.supervisor.get(f"/v1/requests/{request['id']}")
            if seen["state"] == state:
                return seen
            time.sleep(0.02)
        raise AssertionError(f"request is {seen['state']}, not {state}")

    def trace(self, request, count):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            events = self.supervisor.get(f"/v1/requests/{request['id']}/trace")["events"]
            if len(events) >= count:
                break
            time.sleep(0.05)
        return events

    def in_grid(self, column, row=0):
        return LAT + (row + 0.5) * 0.001, LONG + (column + 0.5) * 0.001


@pytest.fixture(scope="module")
def world():
    with Stack() as stack:
        made = World(stack)
        made.admin.post("/v1/import", {
            "divisions": [{"code": CITY, "name": "中山市", "level": "city"},
                          {"code": TOWN, "name": "石岐街道", "level": "town", "parent": CITY},
                          {"code": COMMUNITY, "name": "迎阳社区", "level": "community", "parent": TOWN}],
            "grids": [grid(WEST, 0), grid(EAST, 1), grid(LONELY, 0, 5), grid(SHARED, 0, 9)],
            "workers": [{"id": f"W{n:06d}", "name": f"网格员{n}"} for n in range(1, 9)],
            "grid_workers": [
                {"grid": WEST, "worker_id": "W000001", "accountability": "primary"},
                {"grid": WEST, "worker_id": "W000002", "accountability": "deputy"},
                {"grid": EAST, "worker_id": "W000003", "accountability": "primary"},
                {"grid": EAST, "worker_id": "W000002", "accountability": "grid_head"},
                {"grid": LONELY, "worker_id": "W000004", "accountability": "primary"},
                {"grid": SHARED, "worker_id": "W000005", "accountability": "primary"},
                {"grid": SHARED, "worker_id": "W000006", "accountability": "primary"}],
            "shifts": [{"worker_id": f"W00000{n}", "from": stamp(-3600), "to": stamp(86400)} for n in (1, 2, 5, 6)]})
        yield made


@pytest.fixture
def signed(world):
    order = world.order_of(world.accept(*world.in_grid(0)), state="dispatched")
    return world.worker("W000001").step(order, "sign")


def test_an_accepted_request_goes_to_the_primary_of_its_grid_and_through_to_the_end(world):
    request = world.accept(*world.in_grid(0))
    order = world.order_of(request, state="dispatched")
    assert (order["grid"], order["grid_version"], order["worker_id"]) == (WEST, 1, "W000001")
    assert (order["dispatch_seq"], order["version"], order["request_number"]) == (1, 1, request["number"])
    worker = world.worker("W000001")
    assert worker.get(f"/v1/orders/{order['id']}")["allowed_actions"] == ["sign"]
    signed = worker.step(order, "sign", dispatch_seq=1)
    assert (signed["state"], signed["allowed_actions"]) == ("signed", ["start", "feed_back"])
    assert worker.step(order, "start")["state"] == "in_progress"
    done = worker.step(order, "feed_back", result="resolved", text="换了灯泡", contacted_requester=True)
    assert (done["state"], done["feedback"], done["result"]) == ("fed_back", "换了灯泡", "resolved")
    assert world.supervisor.step(order, "review_pass")["state"] == "visiting"
    world.request_is(request, "visiting")
    world.operator.post(f"/v1/requests/{request['id']}/visit", {"satisfaction": "satisfied"})
    order = world.order_of(request, state="closed")
    assert order["version"] == 5
    assert world.sql("SELECT dispatch_seq, worker_id, ended_at IS NULL FROM assignment WHERE order_id = %s",
                     order["id"]) == [(1, "W000001", False)]
    events = world.trace(request, 8)
    assert [e["event"] for e in events if e["event"] in ("dispatch", "sign", "start", "feed_back", "review_pass")] == \
        ["dispatch", "sign", "start", "feed_back", "review_pass"]


def test_the_digest_in_the_event_is_that_of_the_stored_text(world, signed):
    world.worker("W000001").step(signed, "feed_back", result="explained", text="已解释")
    event, salt, text = world.sql("SELECT t.event_id::text, t.salt, t.text FROM event_text t JOIN work_order o "
                                  "ON o.feedback_event = t.event_id WHERE o.id = %s", signed["id"])[0]
    digest = hashlib.sha256(bytes(salt) + text.encode()).digest()
    rows = world.sql("SELECT event FROM outbox WHERE event_id = %s", event)
    assert text == "已解释" and digest in bytes(rows[0][0]) and text.encode() not in bytes(rows[0][0])


def test_when_the_primary_is_off_duty_the_grid_head_gets_it(world):
    assert world.order_of(world.accept(*world.in_grid(1)), state="dispatched")["worker_id"] == "W000002"


def test_a_point_on_a_shared_edge_has_one_owner(world):
    for _ in range(2):
        order = world.order_of(world.accept(LAT + 0.0005, round(LONG + 0.001, 7)), state="dispatched")
        assert order["grid"] == WEST
    found = world.operator.get("/v1/grids/locate", lat=LAT + 0.0005, long=round(LONG + 0.001, 7))
    assert (found["grid"], found["grid_version"], found["worker_id"]) == (WEST, 1, "W000001")


def test_equals_share_the_load(world):
    requests_made = [world.accept(*world.in_grid(0, 9)) for _ in range(6)]
    workers = [world.order_of(r, state="dispatched")["worker_id"] for r in requests_made]
    assert sorted(workers) == ["W000005"] * 3 + ["W000006"] * 3


def test_outside_every_grid_and_without_a_place_wait_for_a_dispatcher(world):
    outside = world.order_of(world.accept(10.0, 10.0), queue_reason="outside_every_grid")
    address = world.order_of(world.accept(address="孙文东路 1 号"), queue_reason="no_location")
    assert outside["state"] == address["state"] == "accepted" and outside.get("worker_id", "") == ""
    listed = world.dispatcher.get("/v1/orders", manual_queue="true", limit=200)["orders"]
    assert {outside["id"], address["id"]} <= {o["id"] for o in listed}
    assert world.dispatcher.get(f"/v1/orders/{outside['id']}")["allowed_actions"] == ["dispatch"]
    world.dispatcher.step(outside, "dispatch", 422)
    world.dispatcher.step(outside, "dispatch", 422, worker_id="W999999")
    world.dispatcher.step(outside, "dispatch", 422, worker_id="W000003")  # off duty
    world.worker("W000001").step(outside, "dispatch", 403, worker_id="W000001")
    by_worker = world.dispatcher.step(outside, "dispatch", worker_id="W000005")
    assert (by_worker["state"], by_worker["worker_id"], by_worker.get("queue_reason", "unspecified")) == \
        ("dispatched", "W000005", "unspecified")
    by_grid = world.dispatcher.step(address, "dispatch", grid=WEST)
    assert (by_grid["worker_id"], by_grid["grid"]) == ("W000001", WEST)
    listed = world.dispatcher.get("/v1/orders", manual_queue="true", limit=200).get("orders", [])
    assert not {outside["id"], address["id"]} & {o["id"] for o in listed}


def test_nobody_on_duty_waits_until_somebody_comes(world):
    request = world.accept(*world.in_grid(0, 5))
    order = world.order_of(request, queue_reason="nobody_on_duty")
    assert order["grid"] == LONELY
    world.admin.post("/v1/import", {"shifts": [{"worker_id": "W000004", "from": stamp(3), "to": stamp(3600)}]})
    order = world.order_of(request, state="dispatched")
    assert (order["worker_id"], order["dispatch_seq"], order["version"]) == ("W000004", 1, 2)
    assert [e["event"] for e in world.trace(request, 4)][-2:] == ["queue_manually", "dispatch"]


def test_a_worker_sees_and_moves_only_his_own(world, signed):
    stranger = world.worker("W000002")
    stranger.get(f"/v1/orders/{signed['id']}", 404)
    stranger.step(signed, "start", 404)
    assert all(o["worker_id"] == "W000002" for o in stranger.get("/v1/orders", limit=200)["orders"])
    stranger.get("/v1/orders", 403, worker="W000001")
    world.worker("W000001").get(f"/v1/orders/{uuid.uuid4()}", 404)
    world.supervisor.step(signed, "start", 403)
    assert world.worker("W000001").step(signed, "sign", 409)["allowed_actions"][:2] == ["start", "feed_back"]


def test_an_outdated_dispatch_seq_is_fenced(world):
    request = world.accept(*world.in_grid(0))
    order = world.order_of(request, state="dispatched")
    worker = world.worker("W000001")
    for event, body in (("sign", {}), ("feed_back", {"result": "unable", "text": "做不到"})):
        worker.step(order, event, dispatch_seq=1, **body)
    world.supervisor.step(order, "review_pass")
    world.request_is(request, "visiting")
    world.operator.post(f"/v1/requests/{request['id']}/visit",
                        {"satisfaction": "not", "justified": True, "text": "还是不亮"})
    again = world.order_of(request, state="dispatched", dispatch_seq=2)
    assert again["redo_count"] == 1 and "signed_at" not in again
    assert "WO-FENCED" in worker.step(order, "sign", 409, dispatch_seq=1)["detail"]
    assert worker.step(order, "sign", dispatch_seq=2)["state"] == "signed"
    assert world.sql("SELECT count(*), count(*) FILTER (WHERE ended_at IS NULL) FROM assignment WHERE order_id = %s",
                     order["id"]) == [(2, 1)]


def test_feedback_that_fails_the_review_goes_back_to_the_worker(world, signed):
    worker = world.worker("W000001")
    worker.step(signed, "feed_back", 422, text="没有结果")
    worker.step(signed, "feed_back", 422, result="resolved")
    worker.step(signed, "feed_back", 422, result="resolved", text="长" * 4001)
    worker.step(signed, "feed_back", result="resolved", text="长" * 4000)
    world.dispatcher.step(signed, "review_fail", 422)
    back = world.dispatcher.step(signed, "review_fail", text="照片不清")
    assert (back["state"], back["redo_count"], back["worker_id"]) == ("in_progress", 1, "W000001")


def test_times_of_what_happened_are_kept_and_checked(world, signed):
    worker = world.worker("W000001")
    worker.step(signed, "start", 422, occurred_at=stamp(600))
    worker.step(signed, "start", 422, occurred_at=stamp(-86400))
    at = world.sql("SELECT accepted_at + interval '1 microsecond' FROM work_order WHERE id = %s", signed["id"])[0][0]
    at = at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    started = worker.step(signed, "start", occurred_at=at)
    assert datetime.fromisoformat(started["started_at"].replace("Z", "+00:00")) == \
        datetime.fromisoformat(at.replace("Z", "+00:00"))


def test_a_cancelled_request_withdraws_its_order(world, signed):
    world.operator.post(f"/v1/requests/{signed['request_id']}/cancel", {"text": "自己修好了"})
    order = world.order_of({"id": signed["request_id"]}, state="cancelled")
    assert order["worker_id"] == "W000001" and order["version"] == 3
    assert world.sql("SELECT count(*) FROM assignment WHERE order_id = %s AND ended_at IS NULL", order["id"]) == [(0,)]


def test_lists_are_paged_without_gaps_or_doubles(world):
    seen, cursor = [], ""
    while True:
        page = world.supervisor.get("/v1/orders", limit=3, cursor=cursor)
        seen += [o["id"] for o in page["orders"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert seen == [r[0] for r in world.sql("SELECT id::text FROM work_order ORDER BY accepted_at DESC, id DESC")]
    for state in ("dispatched", "closed", "cancelled"):
        got = [o["state"] for o in world.supervisor.get("/v1/orders", state=state, limit=200)["orders"]]
        assert got and set(got) == {state}
    assert {o["grid"] for o in world.supervisor.get("/v1/orders", grid=EAST)["orders"]} == {EAST}
    world.supervisor.get("/v1/orders", 400, cursor="zzz")
    world.supervisor.get("/v1/orders", 400, limit=201)
    assert world.supervisor.get("/v1/orders", to="2001-01-01T00:00:00Z").get("orders", []) == []


# ---- import

def faults(world, **rows):
    return world.admin.post("/v1/import", rows, 422)["detail"]


def test_an_import_with_faults_changes_nothing_and_says_all_of_them(world):
    before = world.sql("SELECT (SELECT map + people FROM city_version), (SELECT count(*) FROM grid), (SELECT count(*) FROM worker)")
    bow_tie = [LONG, LAT, LONG + 1, LAT + 1, LONG + 1, LAT, LONG, LAT + 1]
    detail = faults(world, workers=[{"id": "W000100", "name": "好"}, {"id": "无效", "name": ""}],
                    divisions=[{"code": "44200", "name": "x", "level": "city"},
                               {"code": "442000009", "name": "x", "level": "town", "parent": "442001"}],
                    grids=[grid(COMMUNITY + "000", 0), grid(COMMUNITY + "010", 0, ring=bow_tie),
                           grid(COMMUNITY + "011", 0, ring=[1, 2, 3]), grid(COMMUNITY + "012", 0, ring=[200, 0, 201, 0, 201, 1]),
                           grid("442000001099001", 0, community="442000001099")],
                    grid_workers=[{"grid": COMMUNITY + "777", "worker_id": "W000001", "accountability": "primary"}],
                    shifts=[{"worker_id": "W000001", "from": stamp(5), "to": stamp(4)}])
    for words in ("workers[1]", "divisions[0]", "divisions[1]", "grids[0]", "grids[1]", "Self-intersection", "grids[2]", "odd",
                  "grids[3]", "-180..180", "442000001099 is unknown", "grid_workers[0]", "shifts[0]", "nothing of this import"):
        assert words in detail, (words, detail)
    assert world.sql("SELECT (SELECT map + people FROM city_version), (SELECT count(*) FROM grid), "
                     "(SELECT count(*) FROM worker)") == before


def test_only_an_administrator_imports(world):
    world.supervisor.post("/v1/import", {"workers": [{"id": "W000200", "name": "x"}]}, 403)


def test_a_grid_that_changes_gets_a_version_and_the_old_one_stays_known(world):
    code = COMMUNITY + "050"
    one = grid(code, 3, valid_from="2021-01-01T00:00:00Z")
    for _ in range(2):
        world.admin.post("/v1/import", {"grids": [one]})
    assert world.sql("SELECT count(*) FROM grid WHERE code = %s", code) == [(1,)]
    lat, long = world.in_grid(3)
    assert world.operator.get("/v1/grids/locate", lat=lat, long=long)["grid_version"] == 1
    two = grid(code, 4, valid_from="2022-01-01T00:00:00Z")
    for _ in range(2):
        world.admin.post("/v1/import", {"grids": [two]})
    world.operator.get("/v1/grids/locate", 404, lat=lat, long=long)
    lat, long = world.in_grid(4)
    assert world.operator.get("/v1/grids/locate", lat=lat, long=long)["grid_version"] == 2
    rows = world.sql("SELECT version, extract(year FROM valid_from AT TIME ZONE 'UTC')::int, valid_to < 'infinity', "
                     "superseded_at < 'infinity' FROM grid WHERE code = %s ORDER BY version, recorded_at", code)
    assert rows == [(1, 2021, False, True), (1, 2021, True, False), (2, 2022, False, False)]


def test_orders_follow_when_an_import_redraws_their_grid(world):
    left, right = COMMUNITY + "061", COMMUNITY + "062"

    def halves(middle):
        """Two grids that share the meridian at so many thousandths of a degree."""
        ring = lambda a, b: [round(v, 7) for v in (LONG + a, LAT + 0.06, LONG + b, LAT + 0.06, LONG + b, LAT + 0.061, LONG + a, LAT + 0.061)]  # noqa: E731
        return [grid(left, 0, ring=ring(0, middle)), grid(right, 0, ring=ring(middle, 0.002))]

    world.admin.post("/v1/import", {"grids": halves(0.001), "grid_workers": [
        {"grid": left, "worker_id": "W000001", "accountability": "primary"},
        {"grid": right, "worker_id": "W000002", "accountability": "primary"}]})
    moved, stays = (world.accept(LAT + 0.0605, LONG + east) for east in (0.0009, 0.0001))
    order = world.order_of(moved, state="dispatched", worker_id="W000001", grid=left)
    world.worker("W000001").step(order, "sign")
    world.admin.post("/v1/import", {"grids": halves(0.0005)})
    order = world.order_of(moved, worker_id="W000002", state="dispatched", dispatch_seq=2)
    assert (order["grid"], order["grid_now"]) == (left, right), "the grid of record stays"
    other = world.order_of(stays, worker_id="W000001", dispatch_seq=1)
    assert other.get("grid_now", "") == ""
    events = [(e["event"], e.get("reason", "")) for e in world.trace(moved, 6)]
    assert events[-2:] == [("regrid", "grid_change"), ("reassign", "grid_change")], events


def test_the_database_holds_one_version_and_one_live_assignment(world):
    with pytest.raises(psycopg2.Error):
        world.sql("INSERT INTO grid (code, version, layer, community, name, outline, valid_from, recorded_at) "
                  "SELECT code, version + 1, layer, community, name, outline, now(), now() FROM grid WHERE code = %s", WEST)
    with pytest.raises(psycopg2.Error):
        world.sql("INSERT INTO assignment SELECT order_id, dispatch_seq + 1, worker_id, now() FROM assignment "
                  "WHERE ended_at IS NULL LIMIT 1")


def test_every_version_chain_is_dense_and_matches_the_order(world):
    time.sleep(0.5)
    wrong = world.sql("SELECT o.id FROM work_order o WHERE (SELECT count(*) FROM assignment a WHERE a.order_id = o.id "
                      "AND a.ended_at IS NULL) <> CASE WHEN o.state BETWEEN 4 AND 10 THEN 1 ELSE 0 END")
    assert wrong == []
    assert world.sql("SELECT count(*) FROM dead_letter") == [(0,)]


def test_the_demo_city_loads_and_every_community_has_its_grids(world):
    env = dict(world.stack.env, PAIDAN_DATA=str(ROOT / "tests" / "fixtures"))
    for _ in range(2):
        done = subprocess.run([ROOT / "scripts" / "demo-city", "zhongshan", "--data", "/nowhere"], env=env, text=True,
                              capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
    assert "迎阳社区 has 8 grids" in done.stdout
    names = [a["username"] for a in json.loads((world.stack.var / "accounts.json").read_text())]
    assert "worker4" in names and len(names) == len(set(names))
    assert world.sql("SELECT count(DISTINCT g.code) FROM grid g JOIN division d ON d.code = g.community "
                     "WHERE d.name = '迎阳社区' AND g.name LIKE '迎阳社区%%'") == [(8,)]


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(pytest.main(["-x", "-q", __file__]))
