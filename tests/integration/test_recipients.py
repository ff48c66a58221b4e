"""Key service recipients through the real gateway: who may mark, read, unmark and erase whom, and that every read is in the trace."""

import json
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))

from api import EAST, GRIDS, WEST, Caller, City, refused, wait_for  # noqa: E402
from stack import Stack  # noqa: E402

CANARY = {"name": "金丝雀李奶奶", "phone": "13777770088", "note": "独居，听力差，金丝雀三号", "address": "金丝雀里二号 501"}
COMMUNITY = GRIDS[0][:12]
NOBODY = "01890000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def city():
    with Stack(env={"PAIDAN_LOG_LEVEL": "debug", "PAIDAN_REQUEST_MS": "2000"}) as stack:
        made = City(stack)
        made.west, made.east = made.workers
        yield made


def body(place=WEST, **more):
    words = {"category": "elderly", "name": CANARY["name"], "phone": CANARY["phone"], "note": CANARY["note"],
             "location": {"lat": place[0], "long": place[1], "address": CANARY["address"]}}
    return {**words, **more}


def mark(city, place=WEST, by=None, **more):
    def answered():
        """The map of a city just imported may still be read: 503, try again."""
        got = (by or city.dispatcher).post("/v1/recipients", body(place, **more), key=str(uuid.uuid4()))
        return None if got.status_code == 503 else got
    made = wait_for(answered, "the map")
    assert made.status_code == 201, made.text
    return made.json()


def read(caller, recipient, purpose="上门探访"):
    return caller.post(f"/v1/recipients/{recipient}/read", {"purpose": purpose} if purpose else {})


def listed(caller, grid=GRIDS[0], purpose="节前走访", **more):
    return caller.post("/v1/recipients/list", {"grid": grid, **({"purpose": purpose} if purpose else {}), **more})


def trace(city, recipient, events):
    """The recipient's trace, once it has so many events."""
    def found():
        answer = city.supervisor.get(f"/v1/recipients/{recipient}/trace")
        assert answer.status_code == 200, answer.text
        got = answer.json().get("events", [])
        return got if len(got) >= events else None
    return wait_for(found, f"trace of {events} events")


def version(city, recipient):
    return int(city.stack.sql(f"SELECT version FROM assign.key_recipient WHERE id = '{recipient}'")[0][0])


# ---- the story

def test_who_is_marked_is_read_in_clear_and_each_reading_is_told(city):
    made = mark(city)
    assert made["grid"] == GRIDS[0] and made["version"] == 1 and set(made) == {"id", "grid", "version", "marked_at"}
    shown = read(city.west, made["id"]).json()
    assert {k: shown[k] for k in ("id", "category", "grid", "version", "name", "phone", "note")} == {
        "id": made["id"], "category": "elderly", "grid": GRIDS[0], "version": 2, **{k: CANARY[k] for k in ("name", "phone", "note")}}
    assert shown["location"] == {"lat": WEST[0], "long": WEST[1], "address": CANARY["address"], "coordinate_system": "wgs84"}
    assert read(city.supervisor, made["id"], "抽查走访质量").status_code == 200
    gone = city.west.post(f"/v1/recipients/{made['id']}/unmark", {"text": "已搬走"})
    assert gone.status_code == 200 and gone.json()["unmarked_at"], gone.text
    events = trace(city, made["id"], 4)
    assert [(e["event"], e["aggregate_version"], e["actor"]["role"], e.get("text", "")) for e in events] == [
        ("recipient_mark", 1, "dispatcher", ""), ("recipient_read", 2, "worker", "上门探访"),
        ("recipient_read", 3, "supervisor", "抽查走访质量"), ("recipient_unmark", 4, "worker", "已搬走")]
    assert all(e["aggregate_id"] == made["id"] and e["grid"] == GRIDS[0] and e["producer"] == "assign" for e in events)
    assert events[1]["actor"]["worker_id"] == city.west.worker_id


def test_the_place_may_be_declared_in_another_system_and_is_kept_as_said(city):
    there = {"lat": 22.50218160568801, "long": 113.31234607496117, "coordinate_system": "gcj02"}
    made = mark(city, location=there)
    assert made["grid"] == GRIDS[0], "taken for WGS84 it would be the eastern grid"
    place = read(city.west, made["id"]).json()["location"]
    assert abs(place["lat"] - 22.505) < 1e-8 and abs(place["long"] - 113.307) < 1e-8 and place["coordinate_system"] == "wgs84"
    assert place["original"] == there


# ---- every role, every call

def roles(city):
    return {"operator": city.operator, "dispatcher": city.dispatcher, "own": city.west, "other": city.east,
            "supervisor": city.supervisor, "admin": city.admin, "nobody": city.nobody}


CALLS = {
    "mark": lambda c, r: c.post("/v1/recipients", body(), key=str(uuid.uuid4())),
    "read": lambda c, r: read(c, r),
    "list": lambda c, r: listed(c),
    "counts": lambda c, r: c.get(f"/v1/recipients/counts?grid={GRIDS[0]}"),
    "trace": lambda c, r: c.get(f"/v1/recipients/{r}/trace"),
    "unmark": lambda c, r: c.post(f"/v1/recipients/{r}/unmark", {"text": "搬家"}),
    "erase": lambda c, r: c.post(f"/v1/recipients/{r}/erase"),
}
ALLOWED = {
    "mark": {"dispatcher": 201, "supervisor": 201, "own": 201, "other": 403},
    "read": {"dispatcher": 200, "supervisor": 200, "own": 200, "other": 404},
    "list": {"dispatcher": 200, "supervisor": 200, "own": 200, "other": 404},
    "counts": {"dispatcher": 200, "supervisor": 200, "own": 200, "other": 404},
    "unmark": {"dispatcher": 200, "supervisor": 200, "own": 200, "other": 404},
    "trace": {"supervisor": 200},
    "erase": {"supervisor": 200},
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("who", ["operator", "dispatcher", "own", "other", "supervisor", "admin", "nobody"])
def test_every_role_gets_what_the_table_says_and_no_more(city, who, call):
    recipient = mark(city)["id"]
    answer = CALLS[call](roles(city)[who], recipient)
    wanted = ALLOWED[call].get(who, 401 if who == "nobody" else 403)
    assert answer.status_code == wanted, answer.text
    if wanted >= 400:
        refused(answer, wanted, {401: "unauthenticated", 403: "forbidden", 404: "not-found"}[wanted])
        assert not any(word in answer.text for word in CANARY.values())
        assert version(city, recipient) == 1, "a refused call leaves no event"


def test_what_is_not_there_looks_like_what_is_not_his(city):
    theirs = refused(read(city.west, mark(city, EAST)["id"]), 404, "not-found")
    nowhere = refused(read(city.west, NOBODY), 404, "not-found")
    assert theirs["detail"] == nowhere["detail"]
    refused(listed(city.west, GRIDS[1]), 404, "not-found")
    refused(listed(city.west, "442000001001999"), 404, "not-found")
    refused(city.supervisor.get(f"/v1/recipients/{NOBODY}/trace"), 404, "not-found")


def test_a_request_has_no_recipients_trace_and_a_recipient_no_requests_trace(city):
    request = city.register()["id"]
    refused(city.supervisor.get(f"/v1/recipients/{request}/trace"), 404, "not-found")
    refused(city.supervisor.get(f"/v1/requests/{mark(city)['id']}/trace"), 404, "not-found")


@pytest.mark.parametrize("who", ["dispatcher", "supervisor"])
@pytest.mark.parametrize("purpose", [None, "  "])
def test_who_may_read_the_whole_city_says_why(city, who, purpose):
    recipient = mark(city)["id"]
    assert "purpose" in refused(read(roles(city)[who], recipient, purpose), 422, "guard")["detail"]
    assert "purpose" in refused(listed(roles(city)[who], purpose=purpose), 422, "guard")["detail"]
    assert version(city, recipient) == 1
    assert read(city.west, recipient, None).status_code == 200, "the grid's own worker need not"


def test_after_a_worker_lost_his_post_the_recipient_is_not_there_for_him(city):
    recipient = mark(city, EAST)["id"]
    assert read(city.east, recipient).status_code == 200
    post = {"grid": GRIDS[1], "worker_id": city.east.worker_id, "accountability": "primary"}
    assert city.admin.post("/v1/import", {"grid_workers": [{**post, "ends": True}]}).status_code == 200
    try:
        refused(read(city.east, recipient), 404, "not-found")
        refused(listed(city.east, GRIDS[1]), 404, "not-found")
        refused(city.east.post("/v1/recipients", body(EAST), key=str(uuid.uuid4())), 403, "forbidden")
        assert version(city, recipient) == 2
    finally:
        assert city.admin.post("/v1/import", {"grid_workers": [post]}).status_code == 200
    assert read(city.east, recipient).status_code == 200


# ---- lists and counts

def test_a_list_shows_at_most_fifty_and_leaves_an_event_for_each(city):
    made = [mark(city, EAST, by=city.east, name=f"某{i}")["id"] for i in range(52)]
    before = int(city.stack.sql("SELECT count(*) FROM assign.recipient_text")[0][0])
    start = city.stack.sql(f"SELECT count(*) FROM assign.key_recipient WHERE grid = '{GRIDS[1]}' AND id < '{made[0]}' "
                           "AND unmarked_at IS NULL")[0][0]
    cursor = city.stack.sql(f"SELECT max(id::text) FROM assign.key_recipient WHERE id < '{made[0]}'")[0][0] if start != "0" else ""
    first = listed(city.east, GRIDS[1], limit=50, cursor=cursor).json()
    assert [r["id"] for r in first["recipients"]] == made[:50] and [r["name"] for r in first["recipients"]][7] == "某7"
    versions = dict(city.stack.sql(f"SELECT id, version FROM assign.key_recipient WHERE grid = '{GRIDS[1]}'"))
    assert {versions[r] for r in made[:50]} == {"2"} and {versions[r] for r in made[50:]} == {"1"}
    assert int(city.stack.sql("SELECT count(*) FROM assign.recipient_text")[0][0]) == before + 50
    rest = listed(city.east, GRIDS[1], limit=50, cursor=first["next_cursor"]).json()
    assert [r["id"] for r in rest["recipients"]] == made[50:] and "next_cursor" not in rest
    assert [e["event"] for e in trace(city, made[49], 2)] == ["recipient_mark", "recipient_read"]
    assert trace(city, made[49], 2)[1]["text"] == "节前走访"
    assert len(listed(city.east, GRIDS[1]).json()["recipients"]) == 20, "unless more is asked for"


@pytest.mark.parametrize("wrong", [{"limit": 51}, {"limit": -1}, {"cursor": "x"}, {"grid": "44"}, {"grid": ""}, {"grid": "442000001001000"}])
def test_a_list_that_cannot_be_is_refused(city, wrong):
    refused(city.dispatcher.post("/v1/recipients/list", {"grid": GRIDS[0], "purpose": "走访", **wrong}), 400, "malformed")


def test_readings_at_once_leave_each_its_event_under_dense_versions(city):
    """Many inputs of one batch are about one recipient; the checker at the end looks at the log as well."""
    recipient = mark(city)["id"]
    callers = [city.west, city.dispatcher, city.supervisor]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: fresh(callers[n % 3]).post(f"/v1/recipients/{recipient}/read", {"purpose": f"第{n}次"}), range(48)))
        lists = list(pool.map(lambda n: listed(fresh(callers[n % 3]), limit=1, cursor=before(recipient)), range(12)))
    assert sorted(a.json()["version"] for a in answers) == list(range(2, 50))
    assert sorted(a.json()["recipients"][0]["version"] for a in lists) == list(range(50, 62))
    events = trace(city, recipient, 61)
    assert [e["aggregate_version"] for e in events] == list(range(1, 62))
    assert {e.get("text") for e in events[1:49]} == {f"第{n}次" for n in range(48)}


def fresh(caller):
    """The same person on a connection of his own."""
    return Caller(caller.url, caller.token, caller.worker_id)


def test_a_reading_is_never_answered_from_what_is_kept(city):
    recipient = mark(city)["id"]
    for n in (2, 3):
        answer = city.west.post(f"/v1/recipients/{recipient}/read", {}, key="again")
        assert answer.status_code == 200 and answer.json()["version"] == n
    for n in (4, 5):
        shown = city.west.post("/v1/recipients/list", {"grid": GRIDS[0], "limit": 50, "cursor": before(recipient)}, key="again")
        assert [r["version"] for r in shown.json()["recipients"] if r["id"] == recipient] == [n]


def before(recipient):
    """The id right before."""
    return str(uuid.UUID(int=uuid.UUID(recipient).int - 1))


def test_marking_twice_under_one_key_marks_once(city):
    key = str(uuid.uuid4())
    first, second = (city.dispatcher.post("/v1/recipients", body(), key=key).json() for _ in range(2))
    assert first == second and version(city, first["id"]) == 1


def test_counts_tell_no_small_number(city):
    for _ in range(2):
        mark(city, category="child")
    for _ in range(3):
        mark(city, category="destitute")
    for caller, where in ((city.west, GRIDS[0]), (city.dispatcher, GRIDS[0]), (city.supervisor, COMMUNITY)):
        counts = {(c["grid"], c["category"]): c["count"] for c in city_counts(caller, where)}
        assert counts[GRIDS[0], "child"] == "<3" and counts[GRIDS[0], "destitute"] == "3", counts
    versions = city.stack.sql("SELECT DISTINCT version FROM assign.key_recipient WHERE category IN (5, 6)")
    assert versions == [["1"]], "counting is no reading"
    refused(city.west.get(f"/v1/recipients/counts?grid={COMMUNITY}"), 404, "not-found")
    refused(city.supervisor.get("/v1/recipients/counts"), 400, "malformed")
    refused(city.supervisor.get("/v1/recipients/counts?grid=442000"), 400, "malformed")


def city_counts(caller, where):
    answer = caller.get(f"/v1/recipients/counts?grid={where}")
    assert answer.status_code == 200, answer.text
    return answer.json()["counts"]


def test_no_reading_is_answered_without_its_event_whatever_dies(city):
    """The service is killed while it answers: what somebody saw is in the trace, and once."""
    recipient = mark(city)["id"]
    seen = []

    def go(_):
        caller = fresh(city.west)
        for _ in range(25):
            answer = read(caller, recipient, "巡查")
            assert answer.status_code in (200, 503), answer.text
            seen.extend([answer.json()["version"]] if answer.status_code == 200 else [])

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(go, n) for n in range(4)]
        wait_for(lambda: len(seen) >= 10, "readings")
        city.stack.wait_restart("assign", city.stack.kill("assign"))
        for one in running:
            one.result()
    assert len(seen) == len(set(seen)) and len(seen) > 10
    events = trace(city, recipient, version(city, recipient))
    assert [e["aggregate_version"] for e in events] == list(range(1, len(events) + 1))
    assert set(seen) <= {e["aggregate_version"] for e in events if e["event"] == "recipient_read"}


# ---- the end of a mark

def test_an_unmarked_recipient_is_read_by_nobody(city):
    recipient = mark(city)["id"]
    assert city.dispatcher.post(f"/v1/recipients/{recipient}/unmark").status_code == 200
    refused(read(city.west, recipient), 404, "not-found")
    refused(read(city.supervisor, recipient), 409, "wrong-state")
    refused(city.dispatcher.post(f"/v1/recipients/{recipient}/unmark"), 409, "wrong-state")
    shown = listed(city.dispatcher, limit=50, cursor=before(recipient)).json().get("recipients", [])
    assert recipient not in [r["id"] for r in shown]
    assert version(city, recipient) == 2


def test_after_erasure_nothing_personal_comes_back(city):
    made = mark(city)
    recipient = made["id"]
    assert read(city.west, recipient, f"给{CANARY['name']}送药").status_code == 200
    erased = city.supervisor.post(f"/v1/recipients/{recipient}/erase")
    assert erased.status_code == 200 and erased.json()["erased"] is True and erased.json()["unmarked_at"]
    refused(read(city.west, recipient), 404, "not-found")
    refused(read(city.supervisor, recipient), 409, "wrong-state")
    refused(city.supervisor.post(f"/v1/recipients/{recipient}/erase"), 409, "wrong-state")
    events = trace(city, recipient, 3)
    assert [e["event"] for e in events] == ["recipient_mark", "recipient_read", "recipient_erase"]
    assert [e for e in events if "text" in e] == [], "what was said goes with the key"
    assert city.stack.sql(f"SELECT lat, long, wrapped_key, unmarked_at IS NOT NULL FROM assign.key_recipient WHERE id = '{recipient}'") == \
        [["", "", "", "t"]]
    assert not any(word in json.dumps(events, ensure_ascii=False) for word in CANARY.values())


# ---- what a mark must say

@pytest.mark.parametrize("word,more", [
    ("category", {"category": None}), ("name", {"name": ""}), ("name", {"name": " "}), ("name", {"name": "王" * 65}),
    ("phone", {"phone": "call me"}), ("note", {"note": "注" * 501}), ("location", {"location": {"address": "孙文东路 1 号"}}),
    ("location.lat", {"location": {"lat": 91, "long": 113}}), ("location.address", {"location": {"lat": 22.505, "long": 113.305,
                                                                                                "address": "a" * 201}}),
    ("location.original", {"location": {"lat": 22.505, "long": 113.305, "original": {"lat": 1}}})])
def test_a_mark_that_says_too_little_or_too_much_is_refused(city, word, more):
    words = {k: v for k, v in body(**more).items() if v is not None}
    problem = refused(city.dispatcher.post("/v1/recipients", words, key=str(uuid.uuid4())), 400, "malformed")
    assert problem["detail"].startswith(word), problem
    assert not any(word in problem["detail"] for word in CANARY.values())


def test_a_place_in_no_grid_is_refused_with_what_to_do(city):
    problem = refused(city.dispatcher.post("/v1/recipients", body((22.9, 113.9)), key=str(uuid.uuid4())), 422, "guard")
    assert "coordinate_system" in problem["detail"]


def test_purposes_are_bounded(city):
    recipient = mark(city)["id"]
    assert read(city.dispatcher, recipient, "因" * 500).status_code == 200
    refused(read(city.dispatcher, recipient, "因" * 501), 400, "malformed")
    refused(listed(city.dispatcher, purpose="因" * 501), 400, "malformed")
    refused(city.dispatcher.post(f"/v1/recipients/{recipient}/unmark", {"text": "因" * 501}), 400, "malformed")
    refused(city.dispatcher.post("/v1/recipients/x/read", {"purpose": "走访"}), 400, "malformed")
    assert version(city, recipient) == 2


# ---- what it costs

def test_no_statement_scans_the_table(city):
    """With 20,000 recipients in 500 grids each question walks an index; counting a community reads its grids alone."""
    city.stack.sql("INSERT INTO assign.key_recipient (id, version, category, lat, long, grid, marked_at, unmarked_at, wrapped_key, sealed) "
                   "SELECT gen_random_uuid(), 1, 1 + n % 8, 22.5, 113.3, lpad((442000900000001 + n % 500)::text, 15, '0'), now(), "
                   "CASE WHEN n % 4 = 0 THEN now() END, decode(repeat('00', 72), 'hex'), 'x' FROM generate_series(1, 20000) n; "
                   "ANALYZE assign.key_recipient")
    try:
        for name, values in (("read_recipient_pages", "ARRAY[0], ARRAY['442000900000007'], ARRAY['" + NOBODY + "']::uuid[], ARRAY[51]"),
                             ("read_recipients", f"ARRAY['{NOBODY}']::uuid[]"), ("read_recipient_texts", f"'{NOBODY}'::uuid, 2000"),
                             ("count_recipients", "'442000900000007', '442000900000007', 1000")):
            text = (ROOT / "services" / "assign" / "sql" / f"{name}.sql").read_text()
            plan = city.stack.sql(f"SET search_path = assign; PREPARE q AS {text}; EXPLAIN EXECUTE q({values})")
            shown = "\n".join(line[0] for line in plan)
            assert "Seq Scan" not in shown and "Index" in shown, f"{name}: {shown}"
    finally:
        city.stack.sql("DELETE FROM assign.key_recipient WHERE grid LIKE '442000900%'")


# ---- what is left behind

def test_the_canary_sings_nowhere(city):
    """In no log, no event, no file of the bus, no metric and in no row but sealed; the search is proven on a planted one."""
    recipient = mark(city)["id"]
    for caller in (city.west, city.supervisor):
        assert read(caller, recipient, f"回访{CANARY['name']} {CANARY['phone']}").status_code == 200
    trace(city, recipient, 3)
    pg = city.stack.state()["postgres"]
    dump = subprocess.run([Path(pg["bin"]) / "pg_dump", "-h", pg["socket_dir"], "-p", str(pg["port"]), "-U", pg["superuser"], "-d",
                           pg["database"], "-a", "--inserts"], capture_output=True, timeout=60, check=True).stdout
    kept = {"dump": dump}
    kept.update((p.name, p.read_bytes()) for p in (city.stack.var / "log").iterdir())
    kept.update((str(p), p.read_bytes()) for p in Path(city.stack.state()["nats"]["store"]).rglob("*.blk"))
    for name, entry in city.stack.state()["services"].items():
        kept[f"metrics of {name}"] = city.nobody.http.get(f"http://{entry['http']}/metrics", timeout=10).content
    assert recipient.encode() in dump and any(uuid.UUID(recipient).bytes in data for data in kept.values()), "the search has eyes"
    for where, data in kept.items():
        for word in CANARY.values():
            assert word.encode() not in data and word.encode().hex().encode() not in data, where
            assert word.encode("unicode_escape") not in data or word.isdigit(), where


def test_no_message_was_set_aside_and_the_traces_hold(city):
    """Other hearers of assign do not stumble over threads that are about no request; the checker knows them from requests."""
    city.register()
    assert city.stack.sql("SELECT 'intake', source, reason FROM intake.dead_letter UNION ALL SELECT 'notify', source, reason FROM "
                          "notify.dead_letter UNION ALL SELECT 'audit', source, reason FROM audit.dead_letter") == []
    done = subprocess.run([ROOT / "scripts" / "check-traces"], env=city.stack.env, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_does_not_open_is_an_error_and_no_empty_answer(city):
    """Another key than at the marking, or changed bytes: nothing is shown, and no event says that something was."""
    recipient = mark(city)["id"]
    city.stack.sql(f"UPDATE assign.key_recipient SET wrapped_key = set_byte(wrapped_key, 40, get_byte(wrapped_key, 40) # 1) WHERE id = '{recipient}'")
    refused(read(city.west, recipient), 500, "internal")
    refused(city.west.post("/v1/recipients/list", {"grid": GRIDS[0], "cursor": before(recipient)}), 500, "internal")
    assert version(city, recipient) == 1
    city.stack.sql(f"UPDATE assign.key_recipient SET wrapped_key = set_byte(wrapped_key, 40, get_byte(wrapped_key, 40) # 1) WHERE id = '{recipient}'")
    assert read(city.west, recipient).status_code == 200
