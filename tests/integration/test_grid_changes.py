"""Grid changes through the gateway: GeoJSON in parts, the check and what it reports, the procedure, applying whole or not at all."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))

from changes import LAT, LONG, apply, box, change, checked, collection, feature, post_features  # noqa: E402
from stack import Stack  # noqa: E402
from test_assign import CITY, COMMUNITY, TOWN, World  # noqa: E402

OTHER = TOWN + "002"
SINCE = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def world():
    with Stack(env={"PAIDAN_RATE_LIMIT": "0"}) as stack:
        made = World(stack)
        made.admin.post("/v1/import", {
            "divisions": [{"code": CITY, "name": "中山市", "level": "city"},
                          {"code": TOWN, "name": "石岐街道", "level": "town", "parent": CITY},
                          {"code": COMMUNITY, "name": "迎阳社区", "level": "community", "parent": TOWN},
                          {"code": OTHER, "name": "莲塘社区", "level": "community", "parent": TOWN}],
            "workers": [{"id": f"W{n:06d}", "name": f"网格员{n}"} for n in range(1, 9)]})
        yield made


def code(number, community=COMMUNITY):
    return f"{community}{number:03d}"


def grids(count, row, first=1, community=COMMUNITY):
    """Side by side in one row."""
    return [feature(code(first + i, community), f"格{first + i}", box(i, row), households=100 + i) for i in range(count)]


def kinds(seen):
    return [f["kind"] for f in seen.get("faults", [])]


def test_an_import_in_parts_is_checked_and_applied_whole(world):
    draft = change(world.admin, "导入迎阳", layer="unit", posts=[
        {"grid": code(1), "worker_id": "W000001", "accountability": "primary"}])
    assert (draft["state"], draft["allowed_actions"]) == ("draft", ["features", "check", "withdraw"])
    features = grids(4, 0)
    post_features(world.admin, draft, features[:2])
    post_features(world.admin, draft, features[2:])
    assert world.sql("SELECT count(*) FROM grid") == [(0,)]
    seen = checked(world.admin, draft)
    assert (seen["state"], seen["verdict"], seen["counts"]["added"]) == ("checked", "clean", 4), seen
    assert world.sql("SELECT count(*) FROM grid") == [(0,)]
    applied = apply(world.admin, draft)
    assert applied["state"] == "applied" and applied["applied_at"] == applied["valid_from"]
    rows = world.sql("SELECT code, version, layer, households, bounds IS NOT NULL, grid_change::text FROM grid ORDER BY code")
    assert rows == [(code(i + 1), 1, 1, 100 + i, True, draft["id"]) for i in range(4)]
    found = world.operator.get("/v1/grids/locate", lat=LAT + 0.0005, long=LONG + 0.0005)
    assert found["grid"] == code(1)
    assert world.sql("SELECT worker_id FROM grid_worker WHERE grid = %s", code(1)) == [("W000001",)]
    assert world.sql("SELECT count(*) FROM grid_change_part") == [(0,)]


def test_the_same_again_changes_nothing_and_a_moved_edge_is_a_new_version(world):
    draft = change(world.admin, "同样", layer="unit")
    post_features(world.admin, draft, grids(4, 0))
    seen = checked(world.admin, draft)
    assert (seen["counts"].get("unchanged"), seen["counts"].get("changed", 0)) == (4, 0)
    apply(world.admin, draft)
    assert world.sql("SELECT max(version) FROM grid") == [(1,)]
    draft = change(world.admin, "移边界", layer="unit")
    post_features(world.admin, draft, [feature(code(1), "格1", box(0, 0, 0.9), households=100),
                                       feature(code(2), "格2", box(0.9, 0, 1.1), households=101)])
    seen = checked(world.admin, draft)
    assert (seen["counts"]["changed"], seen["verdict"]) == (2, "clean"), seen
    apply(world.admin, draft)
    assert world.sql("SELECT code, version, valid_to = 'infinity' FROM grid WHERE superseded_at = 'infinity' AND code IN (%s, %s) "
                     "ORDER BY 1, 2", code(1), code(2)) == [
        (code(1), 1, False), (code(1), 2, True), (code(2), 1, False), (code(2), 2, True)]
    assert world.operator.get("/v1/grids/locate", lat=LAT + 0.0005, long=LONG + 0.00095)["grid"] == code(2)


def test_every_fault_is_told_with_its_feature_and_place(world):
    bow = [[LONG, LAT + 0.05], [LONG + 0.001, LAT + 0.051], [LONG + 0.001, LAT + 0.05], [LONG, LAT + 0.051], [LONG, LAT + 0.05]]
    features = [
        feature(code(21), "自交", [bow]),
        feature(code(22), "反了", [[[y, x] for x, y in box(2, 50)[0]]]),
        feature(code(23), "米", [[[x * 111320, y * 111320] for x, y in box(3, 50)[0]]]),
        feature(code(24), "没闭合", [box(4, 50)[0][:-1]]),
        feature(code(25), "两点", [box(5, 50)[0][:2]]),
        feature("44200000100100", "短码", box(6, 50)),
        feature(code(26, "442000009009"), "没社区", box(7, 50)),
        feature(code(27), "", box(8, 50)),
        feature(code(28), "重码", box(9, 50)), feature(code(28), "重码", box(10, 50)),
        feature(code(29), "同形", box(12, 50)), feature(code(30), "同形", box(12, 50)),
        feature(code(31), "取代", box(14, 50), replaces=[code(999)]),
        feature(code(32), "远", [[[100, 10], [100.1, 10], [100.1, 10.1], [100, 10]]]),
        {"type": "Feature", "properties": {"code": code(33), "name": "点"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}]
    draft = change(world.admin, "全错", layer="unit")
    post_features(world.admin, draft, features)
    world.admin.send("POST", f"/v1/grid-changes/{draft['id']}/features")  # no body: refused, changes nothing
    seen = checked(world.admin, draft)
    assert (seen["state"], seen["verdict"]) == ("faulty", "faulty")
    told = {f.get("feature", 0): f for f in seen["faults"]}
    wanted = {0: "geometry", 1: "coordinates", 2: "coordinates", 3: "geometry", 4: "geometry", 5: "code", 6: "parent", 7: "name",
              9: "duplicate", 12: "replaces", 13: "coordinates", 14: "geojson"}
    for index, kind in wanted.items():
        assert told[index]["kind"] == kind, (index, told.get(index))
    assert abs(told[0]["long"] - LONG - 0.0005) < 1e-6 and abs(told[0]["lat"] - LAT - 0.0505) < 1e-6
    assert "lat before long" in told[1]["detail"] and "metres" in told[2]["detail"] and "not closed" in told[3]["detail"]
    assert (told[10]["kind"], told[10]["other"]) == ("duplicate", code(30)) and "same outline" in told[10]["detail"]
    assert world.admin.post(f"/v1/grid-changes/{draft['id']}/apply", status=409)["detail"]
    assert world.sql("SELECT count(*) FROM grid WHERE code LIKE %s", code(2)[:13] + "2_")[0][0] == 0
    world.admin.post(f"/v1/grid-changes/{draft['id']}/withdraw")


def test_text_that_is_no_geojson_and_another_crs_are_told(world):
    draft = change(world.admin, "坏文件", layer="unit")
    post_features(world.admin, draft, b'{"type":"FeatureCollection","features":[{"a":NaN}]}')
    post_features(world.admin, draft, b'[]')
    post_features(world.admin, draft, dict(collection(grids(1, 60, 40)), crs={"type": "name", "properties": {"name": "EPSG:3857"}}))
    seen = checked(world.admin, draft)
    assert kinds(seen)[:2] == ["geojson", "geojson"] and "crs" in kinds(seen)
    assert "line 1" in seen["faults"][0]["detail"]


def test_overlaps_and_gaps_are_findings_that_a_change_may_accept(world):
    def drawn(**more):
        draft = change(world.admin, "重叠", layer="special", **more)
        ring = [feature(code(50 + n), f"环{n}", box(x, y)) for n, (x, y) in enumerate(
            (x, 70 + y) for x in range(3) for y in range(3) if (x, y) != (1, 1))]
        post_features(world.admin, draft, ring + [feature(code(60), "压", box(2.9, 70, 1.5))])
        return draft, checked(world.admin, draft)
    draft, seen = drawn()
    assert (seen["verdict"], seen["counts"]["overlaps"], seen["counts"]["gaps"], seen["counts"].get("faults", 0)) == \
        ("faulty", 1, 1, 0), seen
    overlap = next(f for f in seen["faults"] if f["kind"] == "overlap")
    gap = next(f for f in seen["faults"] if f["kind"] == "gap")
    assert {overlap["code"], overlap["other"]} == {code(55), code(60)}
    assert abs(overlap["area_m2"] / (0.1 * 0.001 * 0.001 * 111320 ** 2 * 0.92388) - 1) < 0.01
    assert abs(gap["lat"] - LAT - 0.0715) < 1e-3 and abs(gap["area_m2"] / (0.001 ** 2 * 111320 ** 2 * 0.92388) - 1) < 0.01
    words = [f["properties"]["difference"] for f in world.admin.get(f"/v1/grid-changes/{draft['id']}/difference")["features"]]
    assert sorted(words) == ["added"] * 9 + ["gap", "overlap"]
    world.admin.post(f"/v1/grid-changes/{draft['id']}/withdraw")
    _, seen = drawn(accept_findings=True, tolerance_m2=2)
    assert (seen["verdict"], seen["counts"]["overlaps"], seen["counts"]["gaps"]) == ("clean", 1, 1)
    _, seen = drawn(tolerance_m2=100000)
    assert (seen["verdict"], seen["counts"].get("overlaps", 0)) == ("clean", 0)


def test_a_gap_against_the_community_s_outline_is_found(world):
    draft = change(world.admin, "社区界", layer="community")
    post_features(world.admin, draft, [feature(OTHER, "莲塘社区", box(0, 80, 4), level="community", parent=TOWN)])
    assert checked(world.admin, draft)["verdict"] == "clean"
    apply(world.admin, draft)
    assert world.sql("SELECT code, version FROM division_outline") == [(OTHER, 1)]
    draft = change(world.admin, "缺一块", layer="unit")
    post_features(world.admin, draft, grids(3, 80, 1, OTHER) + [feature(code(9, OTHER), "出界", box(3, 80, 1.2))])
    seen = checked(world.admin, draft)
    assert sorted(kinds(seen)) == ["overhang"], seen
    world.admin.post(f"/v1/grid-changes/{draft['id']}/withdraw")
    draft = change(world.admin, "缺一块", layer="unit")
    post_features(world.admin, draft, grids(3, 80, 1, OTHER))
    assert kinds(checked(world.admin, draft)) == ["gap"]


def test_a_check_is_outdated_when_the_map_changed_since(world):
    first, second = change(world.admin, "一", layer="unit"), change(world.admin, "二", layer="unit")
    post_features(world.admin, first, grids(1, 90, 70))
    post_features(world.admin, second, grids(1, 91, 71))
    assert checked(world.admin, first)["verdict"] == checked(world.admin, second)["verdict"] == "clean"
    apply(world.admin, first)
    assert world.admin.get(f"/v1/grid-changes/{second['id']}")["outdated"] is True
    assert "check" in world.admin.post(f"/v1/grid-changes/{second['id']}/apply", status=409)["detail"]
    checked(world.admin, second)
    assert apply(world.admin, second)["state"] == "applied"
    assert "nothing" in world.admin.post(f"/v1/grid-changes/{second['id']}/apply", status=409)["detail"]


def test_the_whole_layer_ends_what_it_does_not_name(world):
    draft = change(world.admin, "专属", layer="special", mode="whole", accept_findings=True)
    post_features(world.admin, draft, [feature(code(80), "一", box(0, 100)), feature(code(81), "二", box(1, 100))])
    checked(world.admin, draft)
    apply(world.admin, draft)
    draft = change(world.admin, "专属", layer="special", mode="whole")
    post_features(world.admin, draft, [feature(code(80), "一", box(0, 100))])
    seen = checked(world.admin, draft)
    assert (seen["counts"]["unchanged"], seen["counts"]["closed"]) == (1, 1), seen
    apply(world.admin, draft)
    assert world.sql("SELECT code FROM grid WHERE layer = 4 AND superseded_at = 'infinity' AND valid_to = 'infinity'") == [(code(80),)]


def test_a_grid_that_another_change_draws_anew_later_is_left_alone_until_then(world):
    later = change(world.admin, "以后", layer="unit", valid_from="2036-01-01T00:00:00Z")
    post_features(world.admin, later, [feature(code(3), "格3", box(2, 0), households=7)])
    assert checked(world.admin, later)["verdict"] == "clean"
    apply(world.admin, later)
    assert world.sql("SELECT valid_to FROM grid WHERE code = %s AND superseded_at = 'infinity' ORDER BY valid_from", code(3))[0][0].year == 2036
    now = change(world.admin, "现在", layer="unit")
    post_features(world.admin, now, [feature(code(3), "改名", box(2, 0))])
    seen = checked(world.admin, now)
    assert kinds(seen) == ["code"] and "later" in seen["faults"][0]["detail"]
    other = change(world.admin, "别层", layer="special")
    post_features(world.admin, other, [feature(code(4), "格4", box(3, 160))])
    assert "another layer" in checked(world.admin, other)["faults"][0]["detail"]


def test_who_may_do_what_and_what_is_told_to_the_others(world):
    draft = change(world.dispatcher, "调度员的方案", layer="unit")
    post_features(world.dispatcher, draft, grids(1, 110, 90))
    checked(world.dispatcher, draft)
    world.dispatcher.post(f"/v1/grid-changes/{draft['id']}/apply", status=403)
    world.operator.post("/v1/grid-changes", {"kind": "import", "layer": "unit", "title": "x"}, 403)
    world.worker("W000001").get("/v1/grid-changes", 403)
    world.admin.post("/v1/grid-changes", {"kind": "import", "layer": "unit", "title": ""}, 422)
    world.admin.post("/v1/grid-changes", {"kind": "import", "title": "x"}, 422)
    world.admin.get("/v1/grid-changes/0190c2a4-7d1e-7cc3-98c4-dc0c0c07398f", 404)
    assert world.admin.session.post(f"{world.stack.url}/v1/grid-changes/{draft['id']}/features", data=b"x",
                                    headers={"Content-Type": "text/plain"}, timeout=15).status_code == 415
    listed = world.operator.get("/v1/grid-changes", limit=3)
    assert len(listed["changes"]) == 3 and listed["changes"][0]["id"] == draft["id"]
    older = world.operator.get("/v1/grid-changes", limit=3, cursor=listed["next_cursor"])["changes"]
    assert not {c["id"] for c in older} & {c["id"] for c in listed["changes"]}
    assert {c["state"] for c in world.operator.get("/v1/grid-changes", state="applied")["changes"]} == {"applied"}


def test_the_api_s_document_says_where_geojson_is_taken_and_given(world):
    paths = world.admin.get("/v1/openapi.json")["paths"]
    taken = paths["/v1/grid-changes/{id}/features"]["post"]["requestBody"]["content"]
    given = paths["/v1/grid-changes/{id}/difference"]["get"]["responses"]["200"]["content"]
    assert list(taken) == list(given) == ["application/geo+json"]
    answer = world.admin.send("GET", f"/v1/grid-changes/{change(world.admin, '空')['id']}/difference")
    assert answer.headers["Content-Type"] == "application/geo+json" and answer.json()["features"] == []


def test_the_trace_of_a_change_is_that_of_its_procedure(world):
    draft = change(world.admin, "留痕", layer="unit")
    post_features(world.admin, draft, grids(1, 120, 95))
    checked(world.admin, draft)
    apply(world.supervisor, draft)
    end = time.monotonic() + 15
    events = []
    while time.monotonic() < end and len(events) < 2:
        answer = world.supervisor.send("GET", f"/v1/grid-changes/{draft['id']}/trace")
        events = answer.json().get("events", []) if answer.status_code == 200 else []
        time.sleep(0.05)
    assert [(e["event"], e["actor"]["role"], e["aggregate_version"]) for e in events] == \
        [("change_draft", "admin", 1), ("change_apply", "supervisor", 2)]


def test_a_check_that_a_crash_ended_is_done_again(world):
    draft = change(world.admin, "崩溃", layer="unit")
    post_features(world.admin, draft, grids(200, 130, 101))
    world.admin.post(f"/v1/grid-changes/{draft['id']}/check")
    world.stack.wait_restart("assign", world.stack.kill("assign"))
    seen = checked(world.admin, draft, ask=False)
    assert (seen["verdict"], seen["counts"]["added"]) == ("clean", 200), json.dumps(seen["counts"])


def test_a_process_killed_while_it_applies_leaves_all_or_nothing(world):
    for round_number in range(4):
        draft = change(world.admin, "断电", layer="governance", accept_findings=True)
        post_features(world.admin, draft, [feature(code(i + 1, OTHER), f"格{i}", box(i % 30, 200 + 40 * round_number + i // 30))
                                           for i in range(900)])
        assert checked(world.admin, draft)["verdict"] == "clean"
        before = world.sql("SELECT count(*) FROM grid WHERE layer = 3 AND superseded_at = 'infinity' AND valid_to = 'infinity'")
        asked = threading.Thread(target=world.admin.send, args=("POST", f"/v1/grid-changes/{draft['id']}/apply"))
        asked.start()
        time.sleep(0.04 * round_number)
        world.stack.wait_restart("assign", world.stack.kill("assign"))
        asked.join()
        end = time.monotonic() + 20
        while world.admin.send("GET", f"/v1/grid-changes/{draft['id']}").status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.1)
        state, written = world.sql("SELECT state, (SELECT count(*) FROM grid WHERE grid_change = c.id AND superseded_at = 'infinity' "
                                   "AND valid_to = 'infinity') FROM grid_change c WHERE id = %s", draft["id"])[0]
        assert (state, written) in ((8, 900), (3, 0)), (state, written)
        if state == 3:
            assert world.sql("SELECT count(*) FROM grid WHERE layer = 3 AND superseded_at = 'infinity' AND valid_to = 'infinity'") == before


def test_the_trace_checker_takes_a_change_s_thread_for_no_request(world):
    done = subprocess.run([ROOT / "scripts" / "check-traces"], text=True, capture_output=True, timeout=120, check=False,
                          env=dict(os.environ, PAIDAN_VAR=str(world.stack.var)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert world.sql("SELECT count(*) > 10 FROM audit.trace_event WHERE type BETWEEN 27 AND 33") == [(True,)]
