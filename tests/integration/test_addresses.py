"""Addresses in a whole stack: known places, what an address may mean, orders placed by their address, and what dispatchers teach."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psycopg2
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "lib"), str(Path(__file__).resolve().parent)]

from minibus import Bus, pack, unpack  # noqa: E402
from stack import Stack  # noqa: E402
from test_assign import CITY, COMMUNITY, TOWN, WAIT_S, World, grid, stamp  # noqa: E402

OTHER = TOWN + "002"
WEST, EAST, EMPTY = COMMUNITY + "001", COMMUNITY + "002", COMMUNITY + "003"


def at(world, column):
    lat, long = world.in_grid(column)
    return {"lat": round(lat, 7), "long": round(long, 7)}


def place(world, name, column, **more):
    return dict({"kind": "compound", "name": name, "division": COMMUNITY, **at(world, column)}, **more)


def wait_for(what, seconds=WAIT_S):
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.05)


def match(world, text, **more):
    return world.operator.get("/v1/addresses/match", text=text, **more)


def known(world, text):
    """Waits until the service has heard of the place; its best candidate."""
    found = wait_for(lambda: match(world, text).get("candidates"))
    assert found, text
    return found[0]


def settle(world):
    """Waits until assign and intake answer again after a kill."""
    assert wait_for(lambda: all(world.supervisor.send("GET", path, limit=1).status_code == 200 for path in ("/v1/orders", "/v1/requests")))


@pytest.fixture(scope="module")
def world():
    with Stack() as stack:
        made = World(stack)
        made.admin.post("/v1/import", {
            "divisions": [{"code": CITY, "name": "中山市", "level": "city"},
                          {"code": TOWN, "name": "石岐街道", "level": "town", "parent": CITY},
                          {"code": COMMUNITY, "name": "迎阳社区", "level": "community", "parent": TOWN},
                          {"code": OTHER, "name": "桂园社区", "level": "community", "parent": TOWN}],
            "grids": [grid(WEST, 0), grid(EAST, 1), grid(EMPTY, 2)],
            "workers": [{"id": "W000001", "name": "甲"}, {"id": "W000002", "name": "乙"}],
            "grid_workers": [{"grid": WEST, "worker_id": "W000001", "accountability": "primary"},
                             {"grid": EAST, "worker_id": "W000002", "accountability": "primary"}],
            "shifts": [{"worker_id": w, "from": stamp(-3600), "to": stamp(86400)} for w in ("W000001", "W000002")]})
        made.admin.post("/v1/places", {"places": [
            place(made, "星宝明珠", 0, aliases=["星宝小区", "明珠花园"]),
            place(made, "翠景花园", 1),
            place(made, "兴业新村", 0), place(made, "兴业新村", 1, division=OTHER),
            place(made, "孙文东路", 0, kind="road", number_from=1, number_to=99, parity="odd"),
            place(made, "孙文东路", 1, kind="road", number_from=2, number_to=98, parity="even"),
            place(made, "远方山庄", 50), place(made, "空山别墅", 2)]})
        known(made, "星宝明珠")
        yield made


def test_an_order_with_a_known_address_is_dispatched_by_it_within_two_seconds(world):
    request = world.accept(address="中山市石岐街道迎阳社区星宝明珠３幢２单元501室")
    began = time.monotonic()
    order = world.order_of(request, state="dispatched")
    assert time.monotonic() - began < 2
    assert (order["grid"], order["worker_id"], order["place_source"]) == (WEST, "W000001", "address")
    assert (order["location"]["lat"], order["location"]["long"]) == tuple(at(world, 0).values())
    assert [c["place"]["name"] for c in order["candidates"]] == ["星宝明珠"] and order["candidates"][0]["confidence"] == 1
    assert order["place_id"] == order["candidates"][0]["place"]["id"] and order["candidates"][0]["grid"] == WEST
    assert "candidates" not in world.worker("W000001").get(f"/v1/orders/{order['id']}")
    assert "candidates" not in world.operator.get(f"/v1/orders/{order['id']}")
    events = world.trace(request, 3)
    assert [e["event"] for e in events] == ["register", "accept", "dispatch"]
    assert events[-1]["actor"]["role"] == "system"


@pytest.mark.parametrize("number,wanted", [("7", EAST[:-1] + "1"), ("八", EAST)])
def test_a_road_number_decides_by_its_side(world, number, wanted):
    assert world.order_of(world.accept(address=f"孙文东路{number}号"), state="dispatched")["grid"] == wanted


def test_what_is_unsure_waits_with_its_candidates_and_what_is_unknown_without(world):
    unsure = world.order_of(world.accept(address="兴业新村2栋"), queue_reason="address_unsure")
    assert unsure["state"] == "accepted" and "location" not in unsure
    assert {c["grid"] for c in unsure["candidates"]} == {WEST, EAST}
    assert {c["place"]["division"] for c in unsure["candidates"]} == {COMMUNITY, OTHER}
    assert unsure["allowed_actions"] == ["dispatch"]
    unknown = world.order_of(world.accept(address="火星基地九号"), queue_reason="no_location")
    assert "candidates" not in unknown
    number = world.order_of(world.accept(address="孙文东路"), queue_reason="address_unsure")
    listed = {o["id"] for o in world.dispatcher.get("/v1/orders", manual_queue="true", limit=200)["orders"]}
    assert {unsure["id"], unknown["id"], number["id"]} <= listed
    hinted = world.order_of(world.accept(address="桂园社区兴业新村2栋"), state="dispatched")
    assert hinted["grid"] == EAST


def test_a_sure_place_outside_every_grid_or_without_people_waits_as_coordinates_do(world):
    nobody = world.order_of(world.accept(address="空山别墅"), queue_reason="nobody_on_duty")
    assert (nobody["grid"], nobody["place_source"]) == (EMPTY, "address")
    outside = world.order_of(world.accept(address="远方山庄"), queue_reason="address_unsure")
    assert outside["candidates"][0]["place"]["name"] == "远方山庄" and "grid" not in outside["candidates"][0]


def test_a_dispatchers_choice_is_remembered_for_the_same_words(world):
    words = "老粮站宿舍"
    first = world.order_of(world.accept(address=f"中山市石岐街道{words}3栋2单元501"), queue_reason="no_location")
    chosen = known(world, "翠景花园")["place"]["id"]
    placed = world.dispatcher.step(first, "place", place_id=chosen)
    assert (placed["state"], placed["grid"], placed["worker_id"], placed["place_source"]) == ("dispatched", EAST, "W000002", "dispatcher")
    assert world.sql("SELECT alias, source, uses FROM place_alias WHERE place_id = %s", chosen) == [(words + "3栋", 2, 1)]
    best = wait_for(lambda: match(world, words + "3栋").get("sure"))
    assert best
    again = world.order_of(world.accept(address=f"石岐街道{words}三幢１单元１０２室"), state="dispatched")
    assert (again["grid"], again["place_source"]) == (EAST, "address")
    other_house = world.order_of(world.accept(address=f"{words}9栋"), queue_reason="no_location")
    world.dispatcher.step(other_house, "dispatch", worker_id="W000001")
    last = world.trace({"id": first["request_id"]}, 4)[-1]
    assert (last["event"], last["actor"]["role"]) == ("dispatch", "dispatcher")


def test_a_point_may_be_chosen_and_teaches_nothing(world):
    before = world.sql("SELECT count(*) FROM place_alias")
    order = world.order_of(world.accept(address="无名小店"), queue_reason="no_location")
    placed = world.supervisor.step(order, "place", **at(world, 0))
    assert (placed["state"], placed["grid"], placed["place_source"]) == ("dispatched", WEST, "point")
    outside = world.order_of(world.accept(address="无名小店二"), queue_reason="no_location")
    still = world.dispatcher.step(outside, "place", **at(world, 60))
    assert (still["state"], still["queue_reason"], still.get("grid", "")) == ("accepted", "outside_every_grid", "")
    assert world.dispatcher.step(outside, "place", **at(world, 1))["worker_id"] == "W000002"
    outside = world.order_of(world.accept(10.0, 10.0), queue_reason="outside_every_grid")
    assert world.dispatcher.step(outside, "place", **at(world, 1))["worker_id"] == "W000002"
    assert world.sql("SELECT count(*) FROM place_alias") == before


def test_place_says_what_is_wrong(world):
    order = world.order_of(world.accept(address="又一处无名"), queue_reason="no_location")
    world.worker("W000001").step(order, "place", 403, **at(world, 0))
    world.operator.step(order, "place", 403, **at(world, 0))
    for body in ({}, {"lat": 22.5}, {"place_id": str(uuid.uuid4())}, dict(at(world, 0), place_id=str(uuid.uuid4()))):
        assert world.dispatcher.step(order, "place", 422, **body)["detail"]
    world.dispatcher.step(order, "place", 400, lat=91, long=0)
    world.dispatcher.step({"id": str(uuid.uuid4())}, "place", 404, **at(world, 0))
    world.dispatcher.step(order, "place", **at(world, 0))
    world.dispatcher.step(order, "place", 409, **at(world, 1))


def test_words_of_an_address_are_kept_only_while_no_place_is_known(world):
    order = world.order_of(world.accept(address="第三处无名88号6单元777室"), queue_reason="no_location")
    assert world.sql("SELECT words FROM order_address WHERE order_id = %s", order["id"]) == [("第3处无名88号",)]
    world.dispatcher.step(order, "dispatch", worker_id="W000001")
    request = world.accept(address="第四处无名")
    cancelled = world.order_of(request, queue_reason="no_location")
    world.operator.post(f"/v1/requests/{request['id']}/cancel", {"text": "不用了"})
    world.order_of(request, state="cancelled")
    assert world.sql("SELECT words, due_at FROM order_address WHERE order_id IN (%s, %s)", order["id"], cancelled["id"]) == \
        [(None, None)] * 2
    for table, in world.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'assign'"):
        assert world.sql(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%%777室%%'") == [(0,)], table


def test_while_intake_is_away_an_order_waits_and_is_placed_afterwards(world):
    ids = []
    for _ in range(3):
        request = world.accept(address="翠景花园1栋")
        ids.append(world.order_of(request)["id"])
        pid = world.stack.kill("intake")
        world.stack.wait_restart("intake", pid)
        settle(world)
        world.order_of(request, state="dispatched", grid=EAST)
    assert world.sql("SELECT count(*) FROM order_address WHERE due_at IS NOT NULL") == [(0,)]


def test_assign_killed_at_any_moment_loses_no_look_up(world):
    requests_made = []
    for n in range(6):
        requests_made.append(world.accept(address=f"星宝明珠{n}栋"))
        time.sleep(0.07 * n)
        world.stack.wait_restart("assign", world.stack.kill("assign"))
    settle(world)
    for request in requests_made:
        order = world.order_of(request, state="dispatched")
        assert (order["grid"], order["dispatch_seq"]) == (WEST, 1)
    assert world.sql("SELECT count(*) FROM dead_letter") == [(0,)]


def pause(world, name, number):
    os.kill(world.stack.entry(name)["pid"], number)


def test_an_address_that_cannot_be_looked_up_is_shown_to_dispatchers_and_placed_all_the_same(world):
    pause(world, "assign", signal.SIGSTOP)
    try:
        request = world.accept(address="星宝明珠8栋")
        time.sleep(0.5)  # its event is in the stream
        pause(world, "intake", signal.SIGSTOP)
        pause(world, "assign", signal.SIGCONT)
        order = world.order_of(request, state="accepted")
        assert order.get("queue_reason", "unspecified") == "unspecified"
        assert world.sql("UPDATE work_order SET retry_at = now() WHERE id = %s RETURNING retry_at > accepted_at", order["id"]) == [(True,)]
        assert world.order_of(request, queue_reason="no_location")["state"] == "accepted"
    finally:
        pause(world, "assign", signal.SIGCONT)
        pause(world, "intake", signal.SIGCONT)
    order = world.order_of(request, state="dispatched")
    assert (order["grid"], order["place_source"]) == (WEST, "address")
    assert [e["event"] for e in world.trace(request, 4)] == ["register", "accept", "queue_manually", "dispatch"]


# ---- places

def test_only_the_service_itself_may_say_what_was_found(world):
    order = world.order_of(world.accept(address="第五处无名"), queue_reason="no_location")
    assert world.supervisor.send("POST", f"/v1/orders/{order['id']}/place_order", {}).status_code == 404
    state = world.stack.state()["nats"]["url"], world.stack.var / "secrets"
    bus = Bus(state[0], state[1] / "gateway.nk", "gateway")
    somewhere = known(world, "星宝明珠")["place"]
    found = pack([(1, order["id"]), (3, [(1, somewhere["id"]), (2, 1.0), (3, somewhere["lat"]), (4, somewhere["long"])])])
    for role in range(1, 7):
        reply = unpack(unpack(bus.request("pd.cmd.assign.place_order", pack([(1, [(2, [(1, role)]), (5, found)])])))[1][0])
        assert reply[1][0] == 403, role
    assert world.order_of({"id": order["request_id"]})["queue_reason"] == "no_location"


def test_an_import_twice_changes_nothing_and_a_change_is_seen_within_seconds(world):
    rows = [place(world, "和平大厦", 0, kind="building", road="和平路", number_from=5, aliases=["和平楼"])]
    for _ in range(2):
        assert world.admin.post("/v1/places", {"places": rows}) == {"places": 1, "aliases": 1}
    assert world.sql("SELECT count(*) FROM place WHERE name = '和平大厦'") == [(1,)]
    best = known(world, "和平楼")
    assert known(world, "和平路5号")["place"]["id"] == best["place"]["id"] and best["grid"] == WEST
    moved = dict(rows[0], id=best["place"]["id"], name="和平新厦", **at(world, 1))
    world.admin.post("/v1/places", {"places": [moved]})
    assert wait_for(lambda: known(world, "和平楼")["grid"] == EAST, 5)
    world.admin.post("/v1/places", {"places": [dict(moved, closed=True)]})
    assert wait_for(lambda: not match(world, "和平楼").get("candidates"), 5)
    assert match(world, "和平楼")["understood"] == "和平楼"


def test_faults_of_places_are_told_and_nothing_is_taken_over(world):
    before = world.sql("SELECT count(*) FROM place")
    good = place(world, "好地方", 0)
    bad = [dict(good, id="x"), dict(good, kind="unspecified"), dict(good, name="短"[:0]), dict(good, division="44200"),
           dict(good, division="442000999"), dict(good, lat=91), dict(good, number_from=5, number_to=3),
           dict(good, aliases=["长" * 41])]
    detail = world.admin.post("/v1/places", {"places": [good] + bad}, 422)["detail"]
    for n, word in enumerate(("id", "kind", "name", "division", "442000999", "lat", "number_from", "aliases"), 1):
        assert f"places[{n}]" in detail and word in detail, detail
    one = known(world, "星宝明珠")["place"]["id"]
    assert "another id" in world.admin.post("/v1/places", {"places": [place(world, "翠景花园", 1, id=one)]}, 422)["detail"]
    world.admin.post("/v1/places", {"places": [good] * 2001}, 413)
    world.supervisor.post("/v1/places", {"places": [good]}, 403)
    assert world.sql("SELECT count(*) FROM place") == before


def test_places_are_listed_by_name_page_by_page(world):
    seen, cursor = [], ""
    while True:
        page = world.operator.get("/v1/places", limit=3, cursor=cursor)
        seen += [p["id"] for p in page["places"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert sorted(seen) == [r[0] for r in world.sql("SELECT id::text FROM place WHERE valid ORDER BY id::text")]
    assert [p["name"] for p in world.operator.get("/v1/places", text="兴业", community=OTHER)["places"]] == ["兴业新村"]
    assert world.operator.get("/v1/places", text="%").get("places", []) == []
    world.operator.get("/v1/places", 400, cursor="zzz")
    world.operator.get("/v1/places", 400, limit=201)
    world.worker("W000001").get("/v1/places", 403)


def test_match_uses_what_the_caller_knows(world):
    assert not match(world, "兴业新村").get("sure", False)
    assert match(world, "星宝明珠", **at(world, 0))["candidates"][0]["confidence"] == 1
    assert match(world, "星宝明珠", lat=23.0, long=113.4)["candidates"][0]["confidence"] == 0.8
    assert match(world, "兴业新村", community=OTHER)["sure"] and match(world, "兴业新村", community=OTHER)["candidates"][0]["grid"] == EAST
    typo = match(world, "迎阳社区星宝名珠")
    assert typo["candidates"][0]["place"]["name"] == "星宝明珠" and 0.5 < typo["candidates"][0]["confidence"] < 1
    assert match(world, "12号").get("candidates", []) == []
    world.operator.get("/v1/addresses/match", 400, text="")
    world.operator.get("/v1/addresses/match", 400, text="长" * 501)
    world.worker("W000001").get("/v1/addresses/match", 403, text="星宝明珠")


def test_paidanctl_imports_a_file_of_places(world, tmp_path):
    file = tmp_path / "places.ndjson"
    file.write_text("".join(json.dumps(place(world, f"批量花园{n}", 1), ensure_ascii=False) + "\n" for n in range(1201)))
    control = [ROOT / "build" / "release" / "bin" / "paidanctl", "--var", world.stack.var]
    done = subprocess.run([*control, "import-places", file], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "1201 places" in done.stdout and world.sql("SELECT count(*) FROM place WHERE name LIKE '批量花园%%'") == [(1201,)]
    file.write_text('{"name": "x"}\n{broken\n')
    done = subprocess.run([*control, "import-places", file], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and ":2:" in done.stderr


def test_what_became_of_addresses_is_counted(world):
    health = world.stack.entry("assign")["http"]
    def count(outcome):
        text = requests.get(f"http://{health}/metrics", timeout=5).text
        return next(float(line.split()[-1]) for line in text.splitlines() if "addresses_total" in line and f'"{outcome}"' in line and "#" not in line)
    before = {o: count(o) for o in ("sure", "unsure", "unknown", "failed")}
    world.order_of(world.accept(address="星宝明珠2栋"), state="dispatched")
    world.order_of(world.accept(address="兴业新村"), queue_reason="address_unsure")
    world.order_of(world.accept(address="水星基地"), queue_reason="no_location")
    assert wait_for(lambda: {o: count(o) - before[o] for o in before} == {"sure": 1, "unsure": 1, "unknown": 1, "failed": 0})


def test_the_database_keeps_places_whole(world):
    with pytest.raises(psycopg2.Error):
        world.sql("INSERT INTO place SELECT gen_random_uuid(), kind, name, division, lat, long, road, number_from, number_to, parity, valid, "
                  "version FROM place LIMIT 1")
    with pytest.raises(psycopg2.Error):
        world.sql("UPDATE place SET division = '442000' WHERE name = '翠景花园'")


if __name__ == "__main__":
    sys.exit(pytest.main(["-x", "-q", __file__]))
