"""A17: 城南社区 is split into 环城 and 城南, with the procedure's states, the preview's numbers, open orders that follow and closed ones that
stay. A merge and a boundary change likewise, small. The real figures are scaled: 225 clients a month are key recipients here."""

import sys
import threading
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))

from changes import LAT, LONG, STEP, apply, box, change, checked, feature, post_features, step  # noqa: E402
from stack import Stack  # noqa: E402
from test_assign import World, stamp  # noqa: E402

CITY, TOWN = "442000", "442000003"
SOUTH, RING = TOWN + "005", TOWN + "010"  # 城南, 环城
OLD = [f"{SOUTH}{n:03d}" for n in range(1, 5)]        # four grids before, side by side
NEW_RING = [f"{RING}{n:03d}" for n in range(1, 30)]   # 29 after the split
NEW_SOUTH = [f"{SOUTH}{n:03d}" for n in range(11, 36)]  # and 25
HOUSEHOLDS = {RING: 13200, SOUTH: 10400}
RECIPIENTS = {RING: 158, SOUTH: 67}
WAIT_S = 30


def worker(number):
    return f"W{number:06d}"


def place(column, row=0.5):
    return LAT + row * STEP, LONG + column * STEP


def shares(total, parts):
    return [total // parts + (i < total % parts) for i in range(parts)]


def drawn(codes, begin, end, community, replaces):
    """Grids side by side from column to column; every one says what it takes the place of."""
    width = (end - begin) / len(codes)
    homes = shares(HOUSEHOLDS[community], len(codes))
    return [feature(code, f"网格{code[-3:]}", box(begin + i * width, 0, width), households=homes[i], replaces=replaces,
                    community=community) for i, code in enumerate(codes)]


class City(World):
    def __init__(self, stack):
        super().__init__(stack)
        self.admin.post("/v1/import", {
            "divisions": [{"code": CITY, "name": "中山市", "level": "city"},
                          {"code": TOWN, "name": "南区街道", "level": "town", "parent": CITY},
                          {"code": SOUTH, "name": "城南社区", "level": "community", "parent": TOWN}],
            "workers": [{"id": worker(n), "name": f"网格员{n}"} for n in range(1, 61)],
            "shifts": [{"worker_id": worker(n), "from": stamp(-3600), "to": stamp(86400)} for n in range(1, 61)]})
        draft = change(self.admin, "城南社区原来的网格", posts=[
            {"grid": code, "worker_id": worker(i + 1), "accountability": "primary"} for i, code in enumerate(OLD)])
        post_features(self.admin, draft, [feature(SOUTH, "城南社区", box(0, 0, 4), level="community")] + [
            feature(code, f"城南第{i + 1}网格", box(i, 0), households=5900) for i, code in enumerate(OLD)])
        assert checked(self.admin, draft)["verdict"] == "clean"
        apply(self.admin, draft)
        self.first = draft["id"]

    def mark_recipients(self):
        """225 clients: the first 158 live where 环城 will be."""
        for community, (begin, end) in ((RING, (0, 2)), (SOUTH, (2, 4))):
            for i in range(RECIPIENTS[community]):
                column = begin + (i + 0.5) * (end - begin) / RECIPIENTS[community]
                lat, long = place(column)
                self.sql("INSERT INTO key_recipient (id, version, category, lat, long, grid, marked_at, wrapped_key, sealed) "
                         "VALUES (%s, 1, 1, %s, %s, %s, now(), repeat('k', 72)::bytea, 'x')", str(uuid.uuid4()), lat, long, OLD[int(column)])

    def split(self):
        """The draft of the split, checked."""
        posts = [{"grid": code, "worker_id": worker(1 + i), "accountability": "primary"}
                 for i, code in enumerate(NEW_RING + NEW_SOUTH)]
        draft = change(self.dispatcher, "城南社区拆分为环城社区和城南社区", "split", posts=posts)
        post_features(self.dispatcher, draft, [
            feature(RING, "环城社区", box(0, 0, 2), level="community"),
            feature(SOUTH, "城南社区", box(2, 0, 2), level="community")])
        post_features(self.dispatcher, draft, drawn(NEW_RING, 0, 2, RING, OLD[:2]) + drawn(NEW_SOUTH, 2, 4, SOUTH, OLD[2:]))
        return draft

    def owners(self, order):
        """[(worker, from, to)] of an order, in order."""
        return self.sql("SELECT worker_id, started_at, ended_at FROM assignment WHERE order_id = %s ORDER BY dispatch_seq", order["id"])

    def never_without_owner(self, order):
        rows = self.owners(order)
        return all(a[2] == b[1] for a, b in zip(rows, rows[1:])) and rows[-1][2] is None

    def events(self, request, *wanted):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            events = self.trace(request, 1)
            if set(wanted) <= {e["event"] for e in events}:
                return events
            time.sleep(0.1)
        raise AssertionError(f"the trace has {[e['event'] for e in events]}, not {wanted}")


@pytest.fixture(scope="module")
def city():
    with Stack(env={"PAIDAN_RATE_LIMIT": "0"}) as stack:
        yield City(stack)


def finish(city, request, order):
    """Through to the end."""
    who = city.worker(order["worker_id"])
    for name, body in (("sign", {}), ("feed_back", {"result": "resolved", "text": "办好了"})):
        who.step(order, name, **body)
    city.supervisor.step(order, "review_pass")
    city.request_is(request, "visiting")
    city.operator.post(f"/v1/requests/{request['id']}/visit", {"satisfaction": "satisfied"})
    return city.order_of(request, state="closed")


def test_a_community_is_split_and_every_open_order_gets_its_new_owner(city):
    city.mark_recipients()
    closed = city.accept(*place(0.3))
    closed_order = finish(city, closed, city.order_of(closed, state="dispatched"))
    # in the ring, moved to another worker; at work there already; in the grid whose worker stays; without coordinates
    moved, working, stays = city.accept(*place(1.9)), city.accept(*place(3.1)), city.accept(*place(0.01))
    blind = city.accept(address="城南某处")
    orders = {r["id"]: city.order_of(r, state="dispatched") for r in (moved, working, stays)}
    blind_order = city.dispatcher.step(city.order_of(blind, queue_reason="no_location"), "dispatch", grid=OLD[0])
    assert [orders[r["id"]]["worker_id"] for r in (moved, working, stays)] == [worker(2), worker(4), worker(1)]
    city.worker(worker(4)).step(orders[working["id"]], "sign")
    city.worker(worker(4)).step(orders[working["id"]], "start")

    draft = city.split()
    seen = checked(city.dispatcher, draft)
    assert (seen["verdict"], seen["counts"]["added"], seen["counts"]["closed"]) == ("clean", 55, 4), seen
    preview = seen["preview"]
    after = {c["code"]: c for c in preview["communities"]}
    for community, workers, grids in ((RING, 29, 29), (SOUTH, 25, 25)):
        one = after[community]
        assert (one["households"], one["workers"], one["grids"], one["recipients"]) == \
            (HOUSEHOLDS[community], workers, grids, RECIPIENTS[community]), one
    assert (after[RING]["name"], after[SOUTH]["name"]) == ("环城社区", "城南社区")
    assert (after[RING]["open_orders"], after[SOUTH]["open_orders"]) == (2, 1)
    assert preview["households_moved"] == 23600 and preview["orders_moved"] == 4 and preview["recipients_moved"] == 225
    assert preview["workers_moved"] == 54

    # the procedure: no step may be left out, and the map stands still until the last
    city.supervisor.post(f"/v1/grid-changes/{draft['id']}/apply", status=409)
    city.dispatcher.post(f"/v1/grid-changes/{draft['id']}/vote", status=409)
    assert step(city.dispatcher, draft, "consult", "vote", "submit")["state"] == "submitted"
    city.dispatcher.post(f"/v1/grid-changes/{draft['id']}/approve", status=403)
    assert step(city.supervisor, draft, "approve")["state"] == "approved"
    assert city.operator.get("/v1/grids/locate", lat=place(1.9)[0], long=place(1.9)[1])["grid"] == OLD[1]
    before = city.sql("SELECT clock_timestamp()")[0][0]
    applied = step(city.supervisor, draft, "apply")
    assert applied["state"] == "applied"
    found = city.operator.get("/v1/grids/locate", lat=place(1.9)[0], long=place(1.9)[1])
    assert found["grid"] == NEW_RING[-2] and found["community"] == RING

    # open orders follow: the grid of record stays, the trace says why
    new = city.order_of(moved, grid_now=NEW_RING[-2], worker_id=worker(28))
    assert (new["grid"], new["state"], new["dispatch_seq"]) == (OLD[1], "dispatched", 2)
    events = city.events(moved, "regrid", "reassign")
    assert [e["event"] for e in events if e["producer"] == "assign"] == ["dispatch", "regrid", "reassign"]
    why = {e["event"]: e for e in events if e["event"] in ("regrid", "reassign")}
    assert {(e["reason"], e["grid_change"], e["grid"], e["grid_now"]) for e in why.values()} == \
        {("grid_change", draft["id"], OLD[1], NEW_RING[-2])}
    assert (why["reassign"]["worker_before"], why["reassign"]["worker_id"]) == (worker(2), worker(28))
    again = city.order_of(working, grid_now=NEW_SOUTH[13], worker_id=worker(43))
    assert (again["state"], again["dispatch_seq"]) == ("dispatched", 2) and "signed_at" not in again
    assert city.request_is(working, "dispatched")["worker_id"] == worker(43)
    assert "WO-FENCED" in city.worker(worker(43)).step(again, "sign", 409, dispatch_seq=1)["detail"]
    city.worker(worker(4)).step(again, "feed_back", 404, result="resolved", text="我做完了")
    same = city.order_of(stays, grid_now=NEW_RING[0])
    assert (same["worker_id"], same["dispatch_seq"], same["state"]) == (worker(1), 1, "dispatched")
    assert "reassign" not in [e["event"] for e in city.events(stays, "regrid")]
    successor = city.order_of({"id": blind_order["request_id"]}, grid_now=NEW_RING[0])
    assert successor["worker_id"] == worker(1)  # he answers for one of the successors, so it stays his
    for request in (moved, working, stays, blind):
        assert city.never_without_owner(city.order_of(request))

    # who was responsible at t: by the assignments and by the posts, before and after
    at = [(w, a <= before and (b is None or b > before)) for w, a, b in city.owners(new)]
    assert at == [(worker(2), True), (worker(28), False)]
    holders = "SELECT worker_id FROM grid_worker WHERE grid = %s AND valid_from <= %s AND valid_to > %s"
    assert city.sql(holders, OLD[1], before, before) == [(worker(2),)]
    assert city.sql(holders, OLD[1], "infinity", "infinity") == []
    assert city.sql(holders, NEW_RING[-2], before, before) == []

    # closed orders keep their grid and their trace
    kept = city.order_of(closed, state="closed")
    assert (kept["grid"], kept["worker_id"], kept.get("grid_now", ""), kept["version"]) == \
        (OLD[0], closed_order["worker_id"], "", closed_order["version"])
    assert not {"regrid", "reassign"} & {e["event"] for e in city.trace(closed, 5)}

    # recipients follow without an event
    end = time.monotonic() + WAIT_S
    count = "SELECT count(*) FILTER (WHERE grid LIKE %s), count(*) FILTER (WHERE grid LIKE %s) FROM key_recipient WHERE NOT relocate"
    while city.sql(count, RING + "%", SOUTH + "%") != [(158, 67)]:
        assert time.monotonic() < end, city.sql(count, RING + "%", SOUTH + "%")
        time.sleep(0.2)


def test_the_change_that_moved_an_order_is_named_in_its_events(city):
    rows = city.sql("SELECT event FROM outbox WHERE position(%s::bytea IN event) > 0",
                    city.sql("SELECT id::text FROM grid_change WHERE kind = 2")[0][0].encode())
    assert len(rows) >= 6  # four regrids and two reassignments at least


def test_a_merge_ends_one_grid_and_its_orders_come_to_the_other(city):
    left, right = NEW_SOUTH[-2], NEW_SOUTH[-1]
    width = 2 / 25
    request = city.accept(*place(4 - width / 2))
    order = city.order_of(request, state="dispatched", grid=right)
    draft = change(city.dispatcher, "最后两个网格合并", "merge")
    post_features(city.dispatcher, draft, [feature(left, "合并后的网格", box(4 - 2 * width, 0, 2 * width), households=832,
                                                   replaces=[right])])
    seen = checked(city.dispatcher, draft)
    assert (seen["verdict"], seen["counts"]["changed"], seen["counts"]["closed"]) == ("clean", 1, 1), seen
    assert seen["preview"]["orders_moved"] == 1 and seen["preview"]["households_moved"] == 416
    step(city.dispatcher, draft, "consult", "vote", "submit")
    step(city.supervisor, draft, "approve", "apply")
    moved = city.order_of(request, grid_now=left, worker_id=worker(53))
    assert order["worker_id"] == worker(54) and moved["grid"] == right
    assert city.sql("SELECT count(*) FROM grid WHERE code = %s AND superseded_at = 'infinity' AND valid_to = 'infinity'", right) == [(0,)]


def test_a_boundary_change_moves_only_what_lies_between(city):
    west, east = NEW_RING[0], NEW_RING[1]
    width = 2 / 29
    before, between = city.accept(*place(width * 0.2)), city.accept(*place(width * 0.9))
    for request in (before, between):
        assert city.order_of(request, state="dispatched")["grid"] == west
    draft = change(city.dispatcher, "边界西移", "boundary")
    post_features(city.dispatcher, draft, [feature(west, "网格001", box(0, 0, width / 2), households=456),
                                           feature(east, "网格002", box(width / 2, 0, width * 1.5), households=456)])
    seen = checked(city.dispatcher, draft)
    assert (seen["verdict"], seen["counts"]["changed"]) == ("clean", 2), seen
    step(city.dispatcher, draft, "consult", "vote", "submit")
    step(city.supervisor, draft, "approve", "apply")
    moved = city.order_of(between, grid_now=east, worker_id=worker(2))
    assert moved["grid_version"] == 1
    end = time.monotonic() + WAIT_S
    while city.sql("SELECT count(*) FROM work_order WHERE retry_at IS NOT NULL") != [(0,)]:
        assert time.monotonic() < end
        time.sleep(0.1)
    kept = city.order_of(before)
    assert (kept["worker_id"], kept.get("grid_now", ""), kept["dispatch_seq"]) == (worker(1), "", 1)


def test_a_withdrawn_change_leaves_the_map_as_it_is(city):
    version = city.sql("SELECT map FROM city_version")
    draft = change(city.dispatcher, "不做了", "boundary")
    post_features(city.dispatcher, draft, [feature(NEW_RING[5], "别名", box(5 * 2 / 29, 0, 2 / 29))])
    checked(city.dispatcher, draft)
    step(city.dispatcher, draft, "consult", "withdraw")
    city.supervisor.post(f"/v1/grid-changes/{draft['id']}/apply", status=409)
    assert city.sql("SELECT map FROM city_version") == version


def test_a_change_that_begins_later_moves_the_orders_of_then(city):
    west, east = NEW_RING[10], NEW_RING[11]
    width = 2 / 29
    draft = change(city.dispatcher, "稍后西移", "boundary", valid_from=stamp(4))
    post_features(city.dispatcher, draft, [
        feature(west, "网格011", box(10 * width, 0, width / 2), households=455),
        feature(east, "网格012", box(10.5 * width, 0, width * 1.5), households=455)])
    assert checked(city.dispatcher, draft)["verdict"] == "clean"
    step(city.dispatcher, draft, "consult", "vote", "submit")
    step(city.supervisor, draft, "approve", "apply")
    # applied, but not begun: an order of now has the grid of now
    request = city.accept(*place(10.8 * width))
    assert city.order_of(request, state="dispatched")["grid"] == west
    moved = city.order_of(request, grid_now=east, worker_id=worker(12))
    assert (moved["grid"], moved["dispatch_seq"]) == (west, 2)
    assert city.sql("SELECT begun_at >= valid_from FROM grid_change WHERE id = %s", draft["id"]) == [(True,)]


def test_under_load_no_order_is_ever_without_its_one_owner(city):
    """Orders come in and are worked on while a boundary moves to and fro under them."""
    west, east = NEW_SOUTH[4], NEW_SOUTH[5]
    width, begin = 2 / 25, 2 + 4 * 2 / 25
    ends = threading.Event()
    made, troubles = [], []

    def come():
        try:
            while not ends.is_set():
                made.append(city.accept(*place(begin + width * (0.05 + 0.9 * (len(made) % 20) / 10))))
        except AssertionError as e:
            troubles.append(e)

    load = threading.Thread(target=come)
    load.start()
    for shift in (0.6, 1.4, 1.0):
        draft = change(city.dispatcher, f"边界 {shift}", "boundary")
        post_features(city.dispatcher, draft, [
            feature(west, "网格西", box(begin, 0, width * shift), households=416),
            feature(east, "网格东", box(begin + width * shift, 0, width * (2 - shift)), households=416)])
        assert checked(city.dispatcher, draft)["verdict"] == "clean"
        step(city.dispatcher, draft, "consult", "vote", "submit")
        step(city.supervisor, draft, "approve", "apply")
        time.sleep(2.5)
    ends.set()
    load.join()
    assert not troubles and len(made) > 30
    ids = [r["id"] for r in made]
    end = time.monotonic() + WAIT_S
    while city.sql("SELECT count(*) FROM work_order WHERE request_id = ANY(%s::uuid[]) AND retry_at IS NULL", ids) != [(len(ids),)]:
        assert time.monotonic() < end
        time.sleep(0.2)
    # every instant between an order's first dispatch and now has exactly one assignment
    assert city.sql("""SELECT count(*) FROM (
        SELECT ended_at, lead(started_at) OVER w AS next, row_number() OVER w AS n, dispatch_seq
          FROM assignment WHERE order_id IN (SELECT id FROM work_order WHERE request_id = ANY(%s::uuid[]))
        WINDOW w AS (PARTITION BY order_id ORDER BY dispatch_seq)) a
        WHERE ended_at IS DISTINCT FROM next OR n <> dispatch_seq""", ids) == [(0,)]
    # and in the end each is where its place is, with the worker of that grid
    rows = city.sql("SELECT long, coalesce(grid_now, grid), worker_id FROM work_order WHERE request_id = ANY(%s::uuid[])", ids)
    edge = LONG + (begin + width) * STEP
    wanted = {True: (west, worker(29 + 5)), False: (east, worker(29 + 6))}
    wrong = [r for r in rows if abs(r[0] - edge) > 1e-7 and (r[1], r[2]) != wanted[r[0] < edge]]
    assert not wrong, wrong[:3]
