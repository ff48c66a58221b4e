"""People in a whole stack, through the gateway: leave, duty, who is accountable for a grid at any instant, and orders that follow."""

import itertools
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import psycopg2
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from api import Stream, wait_for  # noqa: E402
from stack import Stack  # noqa: E402
from test_assign import CITY, COMMUNITY, TOWN, World, grid, stamp  # noqa: E402

numbers = itertools.count(1)


class Place:
    """A grid of its own with workers of its own. ranks: one accountability a worker; shifts: (from, to) in seconds from now."""

    def __init__(self, world, *ranks, shift=(-3600, 86400)):
        self.world, number = world, next(numbers)
        self.code, self.at = f"{COMMUNITY}{100 + number}", world.in_grid(number % 20, 20 + number // 20)
        self.ids = [f"P{number:03d}{chr(65 + n)}" for n in range(len(ranks))]
        world.admin.post("/v1/import", {
            "grids": [grid(self.code, number % 20, 20 + number // 20)],
            "workers": [{"id": i, "name": "网格员"} for i in self.ids],
            "grid_workers": [{"grid": self.code, "worker_id": i, "accountability": r} for i, r in zip(self.ids, ranks)],
            "shifts": [{"worker_id": i, "from": stamp(shift[0]), "to": stamp(shift[1])} for i in self.ids] if shift else []})

    def worker(self, n=0):
        return self.world.worker(self.ids[n])

    def order(self, state="dispatched", n=0):
        """A fresh order in the hands of worker n, who walked it to that state."""
        request = self.world.accept(*self.at)
        order = self.world.order_of(request, state="dispatched")
        for step in {"dispatched": (), "signed": ("sign",), "in_progress": ("sign", "start")}[state]:
            order = self.worker(n).step(order, step)
        return order

    def leave(self, n=0, status=None, **more):
        return self.world.dispatcher.post(f"/v1/workers/{self.ids[n]}/leave",
                                          {"kind": "sick", "ends_at": stamp(7200), **more}, status)

    def duty(self, on_duty, n=0, status=None):
        return self.worker(n).post("/v1/duty", {"on_duty": on_duty}, status)

    def log(self, **params):
        spans = self.world.supervisor.get(f"/v1/grids/{self.code}/accountable", **params)["spans"]
        return [s.get("worker_id", "") for s in spans]

    def rows(self):
        return self.world.sql("SELECT since, until, worker_id FROM accountable WHERE grid = %s ORDER BY since", self.code)

    def vacant(self):
        """This grid's entry among those without anybody, or None."""
        cursor = self.code[:-1]
        found = self.world.supervisor.get("/v1/grids/vacant", cursor=cursor, limit=200).get("grids", [])
        return next((g for g in found if g["grid"] == self.code), None)


def now_of(world, order):
    return world.supervisor.get(f"/v1/orders/{order['id']}")


def order_is(world, order, **wanted):
    def found():
        seen = now_of(world, order)
        return seen if all(seen.get(k) == v for k, v in wanted.items()) else None
    return wait_for(found, f"order with {wanted}, it is {now_of(world, order)}")


def events_of(world, order):
    return [e["event"] for e in world.supervisor.get(f"/v1/requests/{order['request_id']}/trace")["events"]]


def traced(world, order, event):
    return wait_for(lambda: event in events_of(world, order), f"{event} in the trace")


@pytest.fixture(scope="module")
def world():
    with Stack(env={"PAIDAN_RATE_LIMIT": "0"}) as stack:
        made = World(stack)
        made.admin.post("/v1/import", {
            "divisions": [{"code": CITY, "name": "中山市", "level": "city"},
                          {"code": TOWN, "name": "石岐街道", "level": "town", "parent": CITY},
                          {"code": COMMUNITY, "name": "迎阳社区", "level": "community", "parent": TOWN}]})
        yield made


# ---- leave

@pytest.mark.parametrize("state", ("dispatched", "signed", "in_progress"))
def test_leave_hands_what_is_not_fed_back_to_whoever_is_accountable(world, state):
    place = Place(world, "primary", "deputy")
    order = place.order(state)
    leave = place.leave()
    assert leave["orders_moved"] == 1 and leave["kind"] == "sick"
    moved = now_of(world, order)
    assert (moved["worker_id"], moved["state"], moved["dispatch_seq"]) == (place.ids[1], "dispatched", 2)
    assert "signed_at" not in moved and moved["grid"] == place.code
    place.worker(0).step(order, "sign", 404)
    assert place.worker(1).step(order, "sign")["state"] == "signed"
    traced(world, order, "reassign")
    assert world.sql("SELECT worker_id, ended_at IS NULL, ended_at = lead(started_at) OVER (ORDER BY dispatch_seq) FROM assignment "
                     "WHERE order_id = %s ORDER BY dispatch_seq", order["id"]) == \
        [(place.ids[0], False, True), (place.ids[1], True, None)]
    assert place.log()[-2:] == place.ids


def test_what_is_fed_back_stays_with_who_did_it(world):
    place = Place(world, "primary", "deputy")
    order = place.order("in_progress")
    place.worker().step(order, "feed_back", result="resolved", text="修好了")
    assert place.leave().get("orders_moved", 0) == 0
    assert now_of(world, order)["worker_id"] == place.ids[0]


def test_intake_shows_the_new_worker_and_the_old_one_no_longer_sees_the_request(world):
    place = Place(world, "primary", "deputy")
    order = place.order("signed")
    place.leave()
    wait_for(lambda: world.supervisor.get(f"/v1/requests/{order['request_id']}").get("worker_id") == place.ids[1],
             "request with the new worker")
    assert world.supervisor.get(f"/v1/requests/{order['request_id']}")["state"] == "dispatched"
    place.worker(1).get(f"/v1/requests/{order['request_id']}")
    place.worker(0).get(f"/v1/requests/{order['request_id']}", 404)


def test_a_leave_that_begins_later_moves_the_orders_then(world):
    place = Place(world, "primary", "deputy")
    order = place.order("signed")
    assert place.leave(starts_at=stamp(2)).get("orders_moved", 0) == 0
    assert now_of(world, order)["worker_id"] == place.ids[0]
    order_is(world, order, worker_id=place.ids[1], state="dispatched")
    assert place.log()[-2:] == place.ids


def test_a_cancelled_leave_gives_the_grid_back_but_not_what_went_to_another(world):
    place = Place(world, "primary", "deputy")
    order = place.order()
    leave = place.leave()
    back = world.supervisor.post(f"/v1/workers/{place.ids[0]}/leave/{leave['id']}/cancel")
    assert back["cancelled_at"] and place.log()[-3:] == [place.ids[0], place.ids[1], place.ids[0]]
    assert world.supervisor.post(f"/v1/workers/{place.ids[0]}/leave/{leave['id']}/cancel")["cancelled_at"] == back["cancelled_at"]
    assert now_of(world, order)["worker_id"] == place.ids[1]
    world.supervisor.post(f"/v1/workers/{place.ids[1]}/leave/{leave['id']}/cancel", {}, 404)


def test_leave_is_checked_and_for_dispatchers(world):
    place = Place(world, "primary")
    place.leave(status=422, ends_at=stamp(-5))
    place.leave(status=422, starts_at=stamp(9000))
    place.leave(status=422, ends_at=stamp(500 * 86400))
    place.leave(status=422, kind="unspecified")
    world.dispatcher.post("/v1/workers/NOBODY/leave", {"kind": "sick", "ends_at": stamp(60)}, 404)
    place.worker().post(f"/v1/workers/{place.ids[0]}/leave", {"kind": "sick", "ends_at": stamp(60)}, 403)
    world.operator.post(f"/v1/workers/{place.ids[0]}/leave", {"kind": "sick", "ends_at": stamp(60)}, 403)
    assert world.sql("SELECT count(*) FROM leave WHERE worker_id = %s", place.ids[0]) == [(0,)]


def test_more_orders_than_follow_at_once_follow_by_themselves(world):
    place = Place(world, "primary", "deputy")
    made = [world.accept(*place.at) for _ in range(230)]
    world.order_of(made[-1], state="dispatched")
    wait_for(lambda: world.sql("SELECT count(*) FROM work_order WHERE worker_id = %s AND state = 4", place.ids[0]) == [(230,)],
             "230 orders")
    assert place.leave()["orders_moved"] == 200
    wait_for(lambda: world.sql("SELECT count(*) FROM work_order WHERE worker_id = %s AND state = 4", place.ids[1]) == [(230,)],
             "230 orders of the deputy")


# ---- duty

def test_who_goes_off_duty_gives_away_what_he_has_not_signed(world):
    place = Place(world, "primary", "deputy")
    unsigned, signed = place.order(), place.order("signed")
    said = place.duty(False)
    assert (said.get("on_duty", False), said["orders_moved"]) == (False, 1)
    assert now_of(world, unsigned)["worker_id"] == place.ids[1]
    assert now_of(world, signed)["worker_id"] == place.ids[0]
    assert place.duty(True)["on_duty"] and now_of(world, unsigned)["worker_id"] == place.ids[1]
    assert place.log()[-3:] == [place.ids[0], place.ids[1], place.ids[0]]


def test_what_is_true_already_is_not_written(world):
    place = Place(world, "primary")
    before = world.sql("SELECT people FROM city_version")
    assert place.duty(True)["on_duty"]
    assert world.sql("SELECT people FROM city_version") == before
    assert world.sql("SELECT count(*) FROM duty_mark WHERE worker_id = %s", place.ids[0]) == [(0,)]


def test_a_mark_is_good_until_the_shift_plan_next_changes(world):
    place = Place(world, "primary", shift=(-3600, 4))
    said = place.duty(False)
    assert not said.get("on_duty", False)
    assert place.duty(True)["on_duty"]
    wait_for(lambda: not world.supervisor.get(f"/v1/workers/{place.ids[0]}").get("on_duty", False), "end of his shift")
    said = place.duty(True)
    assert said["on_duty"] and said["until"] > stamp(6 * 86400)


def test_nobody_says_that_he_is_there_while_he_is_on_leave(world):
    place = Place(world, "primary")
    place.leave()
    place.duty(True, status=422)
    assert not place.duty(False).get("on_duty", False)
    place.worker().post("/v1/duty", {}, 400)
    world.dispatcher.post("/v1/duty", {"on_duty": True}, 403)


def test_a_shift_that_ends_hands_on_at_its_own_instant(world):
    place = Place(world, "primary", "deputy", shift=None)
    end = stamp(3)
    world.admin.post("/v1/import", {"shifts": [{"worker_id": place.ids[0], "from": stamp(-60), "to": end},
                                               {"worker_id": place.ids[1], "from": stamp(-60), "to": stamp(3600)}]})
    order = place.order()
    assert order["worker_id"] == place.ids[0]
    order_is(world, order, worker_id=place.ids[1])
    assert [r[2] for r in place.rows()][-2:] == place.ids
    assert place.rows()[-1][0] == datetime.fromisoformat(end.replace("Z", "+00:00"))


def test_every_edge_that_was_missed_while_the_service_stood_still_is_in_the_log(world):
    place = Place(world, "primary", "deputy", shift=None)
    times = [stamp(n) for n in (1, 2, 3, 4)]
    world.admin.post("/v1/import", {"shifts": [{"worker_id": place.ids[0], "from": times[0], "to": times[1]},
                                               {"worker_id": place.ids[1], "from": times[2], "to": times[3]}]})
    pid = world.stack.kill("assign", signal.SIGSTOP)
    time.sleep(5)
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: len(place.rows()) >= 5, "five rows")
    rows = place.rows()[-4:]
    assert [r[2] for r in rows] == [place.ids[0], None, place.ids[1], None]
    assert [r[0].astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for r in rows] == times
    pid = world.stack.kill("assign")
    world.stack.wait_restart("assign", pid)
    time.sleep(3)
    assert place.rows()[-4:] == rows


# ---- nobody else there

def test_an_order_without_anybody_is_held_and_pushed_when_he_is_back(world):
    place = Place(world, "primary")
    with Stream(world.stack.url, place.worker().session.headers["Authorization"][7:]) as stream:
        order = place.order()
        assert stream.next()["kind"] == "assignment"
        place.duty(False)
        order_is(world, order, held=True, worker_id=place.ids[0], state="dispatched")
        traced(world, order, "duty_end")
        delivery = wait_for(lambda: world.sql("SELECT held_at IS NOT NULL, next_push_at IS NULL FROM notify.delivery WHERE order_id = %s "
                                              "AND held_at IS NOT NULL", order["id"]), "held delivery")
        assert delivery == [(True, True)]
        assert stream.none(6)
        with Stream(world.stack.url, place.worker().session.headers["Authorization"][7:]) as again:
            assert again.none(1)
        place.duty(True)
        assert now_of(world, order).get("held", False) is False
        frame = stream.next(3)
        assert frame["kind"] == "assignment" and frame["order_id"] == order["id"]
    assert [e for e in events_of(world, order) if e.startswith("duty")] == ["duty_end", "duty_begin"]
    assert world.sql("SELECT count(*) FROM assignment WHERE order_id = %s", order["id"]) == [(1,)]


def test_a_held_order_goes_to_whoever_comes_first(world):
    place = Place(world, "primary", "deputy")
    place.duty(False, 1)
    order = place.order()
    assert place.leave()["orders_moved"] == 1
    assert now_of(world, order)["held"]
    place.duty(True, 1)
    moved = order_is(world, order, worker_id=place.ids[1])
    assert not moved.get("held", False) and moved["dispatch_seq"] == 2


def test_a_grid_without_anybody_is_listed_counted_and_logged(world):
    place = Place(world, "primary", "deputy", shift=None)
    assert place.vacant()["since"]
    world.admin.post("/v1/import", {"shifts": [{"worker_id": place.ids[1], "from": stamp(2), "to": stamp(3600)}]})
    seen = place.vacant()
    assert seen["next_worker_id"] == place.ids[1] and seen["next_at"] > stamp(-5)
    wait_for(lambda: place.vacant() is None, "somebody")
    health = world.stack.entry("assign")["http"]

    def vacant_by_metric():
        text = requests.get(f"http://{health}/metrics", timeout=5).text
        return int(next(line.split()[-1] for line in text.splitlines() if line.startswith("paidan_grids_without_anybody")))

    def vacant_by_rows():
        return world.sql("SELECT count(*)::int FROM accountable WHERE until = 'infinity' AND worker_id IS NULL AND grid IN "
                         "(SELECT code FROM grid WHERE superseded_at = 'infinity' AND valid_to = 'infinity')")[0][0]

    wait_for(lambda: vacant_by_metric() == vacant_by_rows(), "metric that counts what the log says")
    before = vacant_by_metric()
    lines = world.stack.log("assign").count("GRID_WITHOUT_ANYBODY")
    place.duty(False, 1)
    wait_for(lambda: vacant_by_metric() == before + 1, "one more without anybody")
    assert place.vacant()["grid"] == place.code
    assert world.stack.log("assign").count("GRID_WITHOUT_ANYBODY") == lines + 1
    time.sleep(3)
    assert world.stack.log("assign").count("GRID_WITHOUT_ANYBODY") == lines + 1


# ---- reassign by hand

def test_a_dispatcher_gives_an_order_to_another_and_both_are_told(world):
    place = Place(world, "primary", "deputy")
    with Stream(world.stack.url, place.worker(0).session.headers["Authorization"][7:]) as one, \
            Stream(world.stack.url, place.worker(1).session.headers["Authorization"][7:]) as two:
        order = place.order("signed")
        assert one.next()["kind"] == "assignment"
        world.dispatcher.step(order, "reassign", 422)
        world.dispatcher.step(order, "reassign", 422, worker_id=place.ids[0])
        world.dispatcher.step(order, "reassign", 422, worker_id="W999999")
        world.operator.step(order, "reassign", 403, worker_id=place.ids[1])
        place.worker().step(order, "reassign", 403, worker_id=place.ids[1])
        moved = world.dispatcher.step(order, "reassign", worker_id=place.ids[1], text="他更近")
        assert (moved["worker_id"], moved["state"], moved["dispatch_seq"]) == (place.ids[1], "dispatched", 2)
        told = two.next()
        assert (told["kind"], told["dispatch_seq"]) == ("assignment", 2)
        told = one.next()
        assert (told["kind"], told["dispatch_seq"]) == ("withdrawal", 1)
    traced(world, order, "reassign")
    told = [e for e in world.trace({"id": order["request_id"]}, 5) if e["event"] == "reassign"][0]
    assert (told["text"], told["reason"], told["worker_before"], told["worker_id"]) == ("他更近", "dispatcher", *place.ids)
    place.duty(False, 0)
    assert "WO-WORKER" in world.dispatcher.step(order, "reassign", 422, worker_id=place.ids[0])["detail"]
    assert "already" in world.dispatcher.step(order, "reassign", 422, grid=place.code)["detail"]
    place.worker(1).step(order, "sign")
    place.worker(1).step(order, "feed_back", result="resolved", text="好了")
    world.dispatcher.step(order, "reassign", 409, worker_id=place.ids[0])


# ---- people as data

def test_posts_end_and_skills_count_by_import(world):
    place = Place(world, "primary", "primary", "deputy")
    world.admin.post("/v1/import", {"workers": [{"id": place.ids[1], "name": "网格员", "skills": ["electric"]}],
                                    "service_skills": [{"prefix": "street-", "skill": "electric"}]})
    orders = [world.order_of(world.accept(*place.at), state="dispatched") for _ in range(3)]
    assert {o["worker_id"] for o in orders} == {place.ids[1]}
    world.admin.post("/v1/import", {"service_skills": [{"prefix": "street-"}]})
    assert world.order_of(world.accept(*place.at), state="dispatched")["worker_id"] == place.ids[0]
    ends = [{"grid": place.code, "worker_id": i, "ends": True} for i in place.ids[:2]]
    for _ in range(2):
        world.admin.post("/v1/import", {"grid_workers": ends})
        assert place.log()[-1] == place.ids[2]
    assert world.sql("SELECT count(*) FROM grid_worker WHERE grid = %s AND valid_to = 'infinity'", place.code) == [(1,)]
    world.admin.post("/v1/import", {"grid_workers": [{"grid": place.code, "worker_id": place.ids[0], "accountability": "primary"}]})
    assert place.log()[-1] == place.ids[0]
    detail = world.admin.post("/v1/import", {"workers": [{"id": "X1", "name": "x", "skills": ["A b"]}]}, 422)["detail"]
    assert "skills" in detail


def test_workers_are_listed_and_shown(world):
    place = Place(world, "primary", "deputy")
    order = place.order("signed")
    place.leave(1, starts_at=stamp(3600))
    place.duty(False, 1)
    listed = world.dispatcher.get("/v1/workers", grid=place.code)["workers"]
    assert [(w["id"], w.get("on_duty", False)) for w in listed] == [(place.ids[0], True), (place.ids[1], False)]
    assert [w["id"] for w in world.dispatcher.get("/v1/workers", grid=place.code, on_duty="true")["workers"]] == [place.ids[0]]
    assert [w["id"] for w in world.dispatcher.get("/v1/workers", grid=place.code, on_duty="false")["workers"]] == [place.ids[1]]
    page = world.dispatcher.get("/v1/workers", grid=place.code, limit=1)
    assert world.dispatcher.get("/v1/workers", grid=place.code, cursor=page["next_cursor"])["workers"][0]["id"] == place.ids[1]
    one = place.worker().get(f"/v1/workers/{place.ids[0]}")
    assert (int(one["open_orders"]), one["posts"][0]["grid"], one["posts"][0]["accountable"]) == (1, place.code, True)
    assert len(one["shifts"]) == 1 and order["worker_id"] == place.ids[0]
    two = world.supervisor.get(f"/v1/workers/{place.ids[1]}")
    assert two["leaves"][0]["kind"] == "sick" and not two.get("on_leave", False)
    place.worker().get(f"/v1/workers/{place.ids[1]}", 403)
    place.worker().get("/v1/workers", 403)
    world.supervisor.get("/v1/workers/NOBODY", 404)


def test_the_history_of_a_grid_answers_for_any_instant(world):
    place = Place(world, "primary", "deputy")
    place.duty(False)
    between = stamp()
    place.duty(True)
    spans = world.supervisor.get(f"/v1/grids/{place.code}/accountable")["spans"]
    assert [s.get("worker_id", "") for s in spans[-3:]] == [place.ids[0], place.ids[1], place.ids[0]]
    assert all(a["until"] == b["since"] for a, b in zip(spans, spans[1:])) and "until" not in spans[-1]
    then = world.supervisor.get(f"/v1/grids/{place.code}/accountable", **{"from": between, "to": between[:-1] + "1Z"})["spans"]
    assert [s["worker_id"] for s in then] == [place.ids[1]]
    world.supervisor.get("/v1/grids/442000001001999/accountable", 404)
    place.worker().get(f"/v1/grids/{place.code}/accountable", 403)


def test_equals_take_turns_by_open_work_and_the_present_one_stays(world):
    place = Place(world, "primary", "primary")
    assert place.log()[-1] == place.ids[0]
    place.duty(False)
    assert place.log()[-1] == place.ids[1]
    place.duty(True)
    assert place.log()[-1] == place.ids[1], "among equals the present one stays"
    order = world.order_of(world.accept(*place.at), state="dispatched")
    assert order["worker_id"] == place.ids[1], "a tie goes to the accountable one"
    order = world.order_of(world.accept(*place.at), state="dispatched")
    assert order["worker_id"] == place.ids[0], "then the least open work"


# ---- held by the database

def broken(world, place, *statements):
    """The statements in one transaction, as the owner of everything; what the database says."""
    world.db.autocommit = False
    try:
        with world.db.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.replace("GRID", f"'{place.code}'"))
        world.db.commit()
    except psycopg2.Error as e:
        world.db.rollback()
        return e.pgerror
    finally:
        world.db.autocommit = True
    return None


@pytest.mark.parametrize("words, statements", [
    ("accountable_once", ["INSERT INTO accountable (grid, since, accountability, changed) VALUES (GRID, clock_timestamp(), 0, 1)"]),
    ("accountable_once", ["INSERT INTO accountable (grid, since, until, accountability, changed) SELECT grid, since + interval '1 us', "
                          "since + interval '2 us', 0, 1 FROM accountable WHERE grid = GRID ORDER BY since DESC LIMIT 1"]),
    ("accountable_next", ["UPDATE accountable SET until = clock_timestamp() WHERE grid = GRID AND until = 'infinity'"]),
    ("accountable_next", ["UPDATE accountable SET until = clock_timestamp() WHERE grid = GRID AND until = 'infinity'",
                          "INSERT INTO accountable (grid, since, accountability, changed) VALUES (GRID, clock_timestamp() + interval '1 ms', 0, 1)"]),
    ("accountable_next", ["DELETE FROM accountable WHERE grid = GRID AND until = 'infinity'"]),
    ("accountable_next", ["UPDATE accountable SET since = since + interval '1 us' WHERE grid = GRID AND until = 'infinity'"]),
    ("accountable_next", ["INSERT INTO accountable (grid, since, until, accountability, changed) "
                          "VALUES (GRID, '2020-01-01', '2020-01-02', 0, 1)"]),
    ("violates", ["UPDATE accountable SET worker_id = NULL WHERE grid = GRID AND until = 'infinity'"]),
    ("violates", ["UPDATE accountable SET worker_id = 'NOBODY' WHERE grid = GRID AND until = 'infinity'"]),
], ids=lambda v: v if isinstance(v, str) else v[0][:24] + str(len(v)))
def test_the_database_refuses_none_and_two(world, words, statements):
    place = Place(world, "primary", "deputy")
    place.duty(False)
    before = place.rows()
    said = broken(world, place, *statements)
    assert said and words in said, said
    assert place.rows() == before and len(before) >= 2


def test_the_database_takes_what_is_right(world):
    place = Place(world, "primary")
    world.db.autocommit = False
    try:
        world.sql("UPDATE accountable SET until = '2100-01-01' WHERE grid = %s AND until = 'infinity'", place.code)
        world.sql("INSERT INTO accountable (grid, since, accountability, changed) VALUES (%s, '2100-01-01', 0, 1)", place.code)
        world.sql("SET CONSTRAINTS ALL IMMEDIATE")
    finally:
        world.db.rollback()  # the service would not know of it
        world.db.autocommit = True


def test_a_grid_cannot_come_into_being_without_its_row(world):
    code = COMMUNITY + "990"
    world.sql("INSERT INTO grid (code, version, layer, community, name, outline, valid_from, recorded_at) "
              "SELECT %s, 1, 4, community, name, outline, now(), now() FROM grid LIMIT 1", code)
    assert world.sql("SELECT worker_id, until = 'infinity' FROM accountable WHERE grid = %s", code) == [(None, True)]


def test_the_service_cannot_rewrite_or_remove_the_past(world):
    for statement in ("DELETE FROM accountable", "UPDATE accountable SET since = now()", "UPDATE accountable SET grid = ''"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            world.sql("SET ROLE assign; " + statement)
        world.sql("RESET ROLE")


def test_what_was_read_change_by_change_is_what_is_read_anew(world):
    def everybody():
        found, cursor = {}, ""
        while True:
            page = world.supervisor.get("/v1/workers", limit=200, cursor=cursor)
            found.update({w["id"]: (w.get("on_duty", False), w.get("on_leave", False), w.get("until"), w.get("skills")) for w in page["workers"]})
            cursor = page.get("next_cursor", "")
            if not cursor:
                return found

    def logged():
        return dict(world.sql("SELECT grid, worker_id FROM accountable WHERE until = 'infinity'"))

    before, log_before = everybody(), logged()
    pid = world.stack.kill("assign")
    world.stack.wait_restart("assign", pid)
    wait_for(lambda: world.supervisor.send("GET", "/v1/workers", limit=1).status_code == 200, "assign")
    time.sleep(3)  # the first tick looks at every grid
    assert everybody() == before and len(before) > 30
    assert logged() == log_before


def test_at_the_end_the_traces_are_whole(world):
    done = subprocess.run([ROOT / "scripts" / "check-traces"], env=world.stack.env, text=True, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert world.sql("SELECT count(*) FROM dead_letter") == [(0,)]
