"""Whose is this place? Now and at any instant, as known now and at any instant; in every layer; while the map changes."""

import random
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import psycopg2
import pytest

import wkb
from api import City, refused, wait_for
from stack import Stack

COMMUNITY, TOWN = "442000001001", "442000001"
WEST, EAST = COMMUNITY + "001", COMMUNITY + "002"
IN_WEST, IN_EAST, ON_THE_EDGE, OUTSIDE = (22.505, 113.305), (22.505, 113.315), (22.505, 113.31), (22.505, 113.3215)
HISTORY = COMMUNITY + "070"
LONG_AGO, THEN, CORRECTED, LATER = "2020-01-01", "2021-06-01", "2022-03-01", "2023-01-01"


@pytest.fixture(scope="module")
def town():
    with Stack(env={"PAIDAN_RATE_LIMIT": "0"}) as stack:
        city = City(stack)
        pg = stack.state()["postgres"]
        city.options = {"host": pg["socket_dir"], "port": pg["port"], "user": pg["superuser"], "dbname": pg["database"],
                        "options": "-c search_path=assign,ext"}
        city.db = psycopg2.connect(**city.options)
        city.db.autocommit = True
        add_divisions(city)
        add_history(city)
        yield city
        city.db.close()


def sql(town, text, *args):
    with town.db.cursor() as cursor:
        cursor.execute(text, args)
        return cursor.fetchall() if cursor.description else []


def ring(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north]]


def add_divisions(town):
    """The community is two islands with a lake in the first; the town is around both."""
    islands = wkb.multipolygon([[ring(113.30, 22.50, 113.32, 22.51), ring(113.311, 22.501, 113.319, 22.509)],
                                [ring(113.34, 22.50, 113.35, 22.51)]])
    for code, name, outline, box in ((COMMUNITY, "迎阳社区", islands, "(113.35,22.51),(113.30,22.50)"),
                                     (TOWN, "石岐街道", wkb.polygon([ring(113.29, 22.49, 113.36, 22.52)]), "(113.36,22.52),(113.29,22.49)")):
        sql(town, "INSERT INTO division_outline (code, version, name, outline, bounds, valid_from, recorded_at) "
                  "VALUES (%s, 1, %s, %s, %s, '2020-01-01', '2020-01-01')", code, name, outline, box)
    sql(town, "UPDATE city_version SET map = map + 1")


def add_history(town):
    """A grid at 114..: since 2020 at 114.0; in 2022 it becomes known that it lies at 114.1 since June 2021; ended with 2023."""
    rows = [(1, 114.0, LONG_AGO, "infinity", LONG_AGO, CORRECTED), (1, 114.0, LONG_AGO, THEN, CORRECTED, "infinity"),
            (2, 114.1, THEN, LATER, CORRECTED, "infinity")]
    for version, west, valid_from, valid_to, recorded_at, superseded_at in rows:
        sql(town, "INSERT INTO grid (code, version, layer, community, name, outline, bounds, valid_from, valid_to, recorded_at, superseded_at) "
                  "VALUES (%s, %s, 1, %s, '旧格', %s, box(point(%s, 23), point(%s, 23.01)), %s, %s, %s, %s)",
            HISTORY, version, COMMUNITY, wkb.polygon([ring(west, 23, west + 0.01, 23.01)]), west, west + 0.01,
            f"{valid_from}T00:00:00Z", valid_to if valid_to == "infinity" else f"{valid_to}T00:00:00Z",
            f"{recorded_at}T00:00:00Z", superseded_at if superseded_at == "infinity" else f"{superseded_at}T00:00:00Z")


def ask(town, place, status=200, **more):
    answer = town.operator.get("/v1/grids/locate", params={"lat": repr(place[0]), "long": repr(place[1]), **more})
    assert answer.status_code == status, (place, more, answer.text)
    return answer.json()


def stamp(seconds=0):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_the_answer_says_what_where_since_when_and_who(town):
    found = ask(town, IN_WEST)
    assert datetime.fromisoformat(found.pop("recorded_at").replace("Z", "+00:00")) <= datetime.now(timezone.utc)
    assert found == {"grid": WEST, "grid_name": "迎阳第一网格", "grid_version": 1, "layer": "governance", "community": COMMUNITY,
                     "community_name": "迎阳社区", "town": TOWN, "town_name": "石岐街道", "valid_from": "2026-01-01T00:00:00Z",
                     "worker_id": town.workers[0].worker_id}


def test_a_point_may_say_that_it_is_wgs84(town):
    assert ask(town, IN_WEST, coordinate_system="wgs84")["grid"] == WEST


def test_a_shared_edge_belongs_to_the_lowest_code(town):
    assert ask(town, ON_THE_EDGE)["grid"] == WEST
    assert ask(town, ON_THE_EDGE, at=stamp())["grid"] == WEST


def test_communities_and_towns_are_layers_with_parts_and_holes(town):
    assert ask(town, IN_WEST, layer="community")["grid"] == COMMUNITY
    assert ask(town, (22.505, 113.345), layer="community")["community_name"] == "迎阳社区"
    for more in ({}, {"at": stamp()}):
        ask(town, (22.505, 113.315), 404, layer="community", **more)  # the lake
        assert ask(town, (22.505, 113.311), layer="community", **more)["layer"] == "community"  # its shore
        found = ask(town, (22.505, 113.33), layer="town", **more)
        assert (found["grid"], found["town_name"], found.get("community", "")) == (TOWN, "石岐街道", "")
        ask(town, (22.505, 113.37), 404, layer="town", **more)
        ask(town, IN_WEST, 404, layer="unit", **more)


@pytest.mark.parametrize("at, known_at, long", [
    ("2021-01-01", None, 114.0),       # before the move
    ("2022-01-01", None, 114.1),       # after the move, as known now
    ("2022-01-01", "2022-02-01", 114.0),  # the same instant, as known before the correction
    ("2024-01-01", None, None),        # it has ended
    ("2024-01-01", "2022-02-01", 114.0),  # which nobody knew then
    ("2021-01-01", "2019-01-01", None),  # before anything was known
    ("2019-01-01", None, None),        # before it began
])
def test_valid_time_and_recorded_time_are_two_questions(town, at, known_at, long):
    for west in (114.0, 114.1):
        more = {"at": f"{at}T00:00:00Z", **({"known_at": f"{known_at}T00:00:00Z"} if known_at else {})}
        found = ask(town, (23.005, west + 0.005), 200 if west == long else 404, **more)
        if west == long:
            assert (found["grid"], found["grid_version"]) == (HISTORY, 1 if west == 114.0 else 2)
            assert "worker_id" not in found


def test_an_end_is_told_where_one_is_known(town):
    assert ask(town, (23.005, 114.105), at="2022-01-01T00:00:00Z")["valid_to"] == "2023-01-01T00:00:00Z"
    assert "valid_to" not in ask(town, (23.005, 114.005), at="2022-01-01T00:00:00Z", known_at="2022-02-01T00:00:00Z")


def test_the_present_from_memory_and_from_the_database_are_the_same(town):
    random.seed(3)
    edges = [113.30, 113.31, 113.32, 22.50, 22.51]
    places = [(random.choice(edges[3:] + [random.uniform(22.495, 22.515)]), random.choice(edges[:3] + [random.uniform(113.295, 113.355)]))
              for _ in range(60)]
    for place in places:
        for layer in ("", "governance", "community", "town"):
            for tolerance in (0, 700):
                answers = []
                for more in ({}, {"at": stamp()}):
                    answer = town.operator.get("/v1/grids/locate", params={
                        "lat": repr(place[0]), "long": repr(place[1]), "tolerance_m": tolerance, **more,
                        **({"layer": layer} if layer else {})})
                    body = answer.json()
                    body.pop("worker_id", None)
                    answers.append((answer.status_code, body))
                assert answers[0] == answers[1], (place, layer, tolerance)


def test_the_nearest_grid_is_marked_as_such(town):
    ask(town, OUTSIDE, 404)
    ask(town, OUTSIDE, 404, tolerance_m=150)
    for more in ({}, {"at": stamp()}):
        near = ask(town, OUTSIDE, tolerance_m=200, **more)
        # 0.0015 degrees of longitude at 22.505 north: 154.1 m
        assert near["grid"] == EAST and near["nearest"] is True and abs(near["distance_m"] - 154.1) < 0.2
        inside = ask(town, IN_EAST, tolerance_m=200, **more)
        assert inside["grid"] == EAST and "nearest" not in inside and "distance_m" not in inside


def test_an_order_outside_every_grid_shows_the_dispatcher_the_nearest(town):
    request = accept(town, *OUTSIDE)
    order_id = wait_for(lambda: (order_row(town, request) or [None] * 3)[2] == 2 and order_row(town, request)[0], "manual queue")
    order = wait_for(lambda: (o := town.dispatcher.get(f"/v1/orders/{order_id}").json()).get("nearest_grid") and o, "hint")
    assert order["nearest_grid"] == EAST and abs(order["nearest_m"] - 154.1) < 0.2
    far = accept(town, 10.0, 10.0)
    order_id = wait_for(lambda: (order_row(town, far) or [None] * 3)[2] == 2 and order_row(town, far)[0], "manual queue")
    assert "nearest_grid" not in town.dispatcher.get(f"/v1/orders/{order_id}").json()


def test_a_refusal_says_what_to_do(town):
    problem = refused(town.operator.get("/v1/grids/locate?lat=10&long=10"), 404, "not-found")
    assert "tolerance_m" in problem["detail"] and "layer" in problem["detail"]
    for query, words in (("lat=91&long=1", "-90 to 90"), ("lat=1&long=181", "-180 to 180"), ("lat=1&long=1&tolerance_m=5001", "0 to 5000"),
                         ("lat=1&long=1&tolerance_m=-1", "0 to 5000"), ("lat=1&long=1&layer=street", "one of"),
                         ("lat=1&long=1&coordinate_system=mars", "coordinate_system"),
                         ("lat=1&long=1&known_at=2100-01-01T00:00:00Z", "known_at")):
        answer = town.operator.get("/v1/grids/locate?" + query)
        assert answer.status_code == 400 and words in answer.text, (query, answer.text)
    assert town.operator.get("/v1/locate?lat=1&long=1").status_code == 404
    assert town.nobody.get("/v1/grids/locate?lat=1&long=1").status_code == 401


# ---- the map changes

def add_grid(town, number, west, **more):
    made = town.admin.post("/v1/import", {"grids": [{
        "code": f"{COMMUNITY}{number:03}", "name": "新格", "layer": "governance", "community": COMMUNITY,
        "ring": [x for p in ring(west, 24.0, west + 0.01, 24.01) for x in p], **more}]})
    assert made.status_code == 200, made.text
    return f"{COMMUNITY}{number:03}"


def posted(town, grid):
    town.admin.post("/v1/import", {"grid_workers": [{"grid": grid, "worker_id": town.workers[0].worker_id,
                                                      "accountability": "primary"}]})


@contextmanager
def map_unreadable(town, tables="division_outline"):
    """Nobody can read outlines: a new map cannot come into memory."""
    with psycopg2.connect(**town.options) as holder, holder.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        yield
        holder.rollback()


def accept(town, lat, long):
    request = town.register(location={"lat": lat, "long": long})
    town.operator.post(f"/v1/requests/{request['id']}/accept", {"urgency": "normal"})
    return request


def order_row(town, request):
    rows = sql(town, "SELECT id::text, state, queue_reason, retry_at IS NOT NULL, version, coalesce(worker_id, '') "
                     "FROM work_order WHERE request_id = %s", request["id"])
    return rows[0] if rows else None


def test_a_new_grid_is_there_for_the_next_question(town):
    for number in range(100, 110):
        grid = add_grid(town, number, 115 + number / 100)
        assert ask(town, (24.005, 115 + number / 100 + 0.005))["grid"] == grid


def test_the_present_is_answered_from_memory_alone(town):
    version = sql(town, "SELECT map FROM city_version")[0][0]
    wait_for(lambda: f"map {version} read" in town.stack.log("assign"), "map in memory")
    with map_unreadable(town, "grid, division_outline, division"):
        assert ask(town, IN_WEST)["town_name"] == "石岐街道"
        assert ask(town, OUTSIDE, tolerance_m=200)["grid"] == EAST


def test_an_outline_that_begins_later_is_taken_over_at_its_time(town):
    grid = add_grid(town, 120, 117, valid_from=stamp(2.5))
    ask(town, (24.005, 117.005), 404)
    assert ask(town, (24.005, 117.005), at=stamp(3600))["grid"] == grid
    time.sleep(2.6)
    assert ask(town, (24.005, 117.005))["grid"] == grid


def test_while_a_map_is_read_orders_wait_without_a_word_and_everything_else_goes_on(town):
    request = accept(town, *IN_WEST)
    order_id = wait_for(lambda: (order_row(town, request) or [None, 0])[1] == 4 and order_row(town, request)[0], "dispatch")
    with map_unreadable(town):
        grid = add_grid(town, 130, 118)
        posted(town, grid)
        waiting = accept(town, 24.005, 118.005)
        row = wait_for(lambda: order_row(town, waiting), "order")
        assert row[1:] == (3, 0, True, 0, "")  # accepted, in no queue, to be tried, nothing said
        signed = town.workers[0].post(f"/v1/orders/{order_id}/sign")
        assert signed.status_code == 200, signed.text
        busy = refused(town.dispatcher.post(f"/v1/orders/{row[0]}/dispatch", {"grid": WEST}), 503, "busy")
        assert "try again" in busy["detail"]
        without = town.register(location={"address": "孙文东路 1 号"})
        town.operator.post(f"/v1/requests/{without['id']}/accept", {"urgency": "normal"})
        assert wait_for(lambda: order_row(town, without), "order")[1:] == (3, 0, True, 0, "")  # its address is being looked up
        time.sleep(0.5)
        assert order_row(town, waiting)[1:] == (3, 0, True, 0, "")
    row = wait_for(lambda: order_row(town, waiting)[1] == 4 and order_row(town, waiting), "dispatch")
    assert row[1:] == (4, 0, False, 1, town.workers[0].worker_id)
    assert wait_for(lambda: order_row(town, without)[2] == 1 and order_row(town, without), "nothing like it is known")[1] == 3


def test_a_map_that_changes_all_the_time_loses_no_order(town):
    def change():
        with psycopg2.connect(**town.options) as db, db.cursor() as cursor:
            db.autocommit = True
            for _ in range(80):
                cursor.execute("UPDATE city_version SET map = map + 1")
                time.sleep(0.02)
    changer = threading.Thread(target=change)
    changer.start()
    accepted = [(accept(town, *place), worker) for _ in range(20) for place, worker in zip((IN_WEST, IN_EAST), town.workers)]
    changer.join()
    for request, worker in accepted:
        wait_for(lambda: (order_row(town, request) or [None, 0])[1] == 4, "dispatch")  # noqa: B023
        assert order_row(town, request)[1:] == (4, 0, False, 1, worker.worker_id)  # dispatched once, to the right one, nothing else said
    assert sql(town, "SELECT count(*) FROM dead_letter") == [(0,)]


def test_the_first_map_after_a_start_comes_the_same_way(town):
    with map_unreadable(town):
        town.stack.wait_restart("assign", town.stack.kill("assign"))
        request = accept(town, *IN_EAST)
        row = wait_for(lambda: order_row(town, request), "order")
        assert row[1:] == (3, 0, True, 0, "")
    wait_for(lambda: order_row(town, request)[1] == 4, "dispatch")


def test_an_outline_that_is_none_leaves_its_neighbours_alone(town):
    code = COMMUNITY + "140"
    sql(town, "INSERT INTO grid (code, version, layer, community, name, outline, valid_from, recorded_at) "
              "VALUES (%s, 1, 1, %s, '坏格', '\\x0102', now(), now())", code, COMMUNITY)
    sql(town, "UPDATE city_version SET map = map + 1")
    wait_for(lambda: code in town.stack.log("assign"), "alarm")
    assert "OUTLINE_LEFT_OUT" in town.stack.log("assign")
    assert ask(town, IN_WEST)["grid"] == ask(town, IN_WEST, at=stamp())["grid"] == WEST
