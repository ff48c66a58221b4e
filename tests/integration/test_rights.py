"""Nobody has more than his part: what a running stack's identities, roles, processes, files and messages give away.

test_operations.py asks the same of an idle stack; here the services work, and a canary is looked for in everything they leave behind."""

import http.client
import itertools
import os
import re
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import psycopg2
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from minibus import unpack  # noqa: E402
from nats_raw import Denied, RawNats  # noqa: E402
from rig import HEARS, ROOT, SERVICES, Rig, wait_for  # noqa: E402

ALL = ("gateway", *SERVICES)
CANARY = {"name": "金丝雀赵四", "phone": "13899990042", "description": "路灯不亮而且金丝雀很吵", "address": "金丝雀巷七号"}
STREAM_VERBS = ("CREATE", "UPDATE", "DELETE", "PURGE", "MSG.GET", "MSG.DELETE", "SNAPSHOT", "RESTORE", "LEADER.STEPDOWN", "PEER.REMOVE")


@pytest.fixture(scope="module")
def rig():
    with Rig(PAIDAN_LOG_LEVEL="debug") as made:
        made.traffic = listen_everywhere(made)
        sing(made)
        yield made


def listen_everywhere(rig):
    """Every message that any identity may hear by subject, and the stream as nats-server stores it, is read later from its files."""
    heard, threads = [], []
    subjects = {"gateway": ("pd.push.gateway", "_INBOX_gateway.>")}
    for name in SERVICES:
        subjects[name] = (f"pd.cfm.{name}.*", f"_INBOX_{name}.>")
    for name, wanted in subjects.items():
        for subject in wanted:
            queue = rig.bus(name).subscribe(subject)
            thread = threading.Thread(target=lambda q=queue: [heard.append(m) for m in iter(q.get, None)], daemon=True)
            thread.start()
            threads.append(thread)
    return heard


def sing(rig):
    """A request with a canary goes its whole way; refused calls, disclosure and a redo carry it too."""
    clients = rig.clients()
    operator = clients["operator"]
    body = rig.register_body(CANARY["description"])
    body["requester"] = {"name": CANARY["name"], "phone": CANARY["phone"]}
    body["location"]["address"] = CANARY["address"]
    for bad in (dict(body, channel="nonsense"), dict(body, unknown=CANARY["name"]), dict(body, location={})):
        operator.once("POST", "/v1/requests", bad)
    request = operator.call("POST", "/v1/requests", body, key=str(uuid.uuid4()))["id"]
    rig.acknowledged.append(request)
    operator.once("GET", f"/v1/requests?cursor={CANARY['phone']}")
    operator.once("GET", f"/v1/requests/{CANARY['phone']}")
    operator.call("POST", f"/v1/requests/{request}/accept", {})
    view = rig.wait_state(operator, request, ("dispatched",))
    worker, order = clients[view["worker_id"]], view["order_id"]
    operator.call("POST", f"/v1/requests/{request}/disclose", {"purpose": f"回电 {CANARY['phone']}"}, key=str(uuid.uuid4()))
    worker.call("POST", f"/v1/orders/{order}/sign", {})
    worker.call("POST", f"/v1/orders/{order}/feed_back", {"result": "resolved", "text": f"{CANARY['name']} 已告知"})
    clients["dispatcher"].call("POST", f"/v1/orders/{order}/review_pass", {"text": CANARY["name"]})
    rig.wait_state(operator, request, ("visiting",))
    operator.call("POST", f"/v1/requests/{request}/visit", {"satisfaction": "satisfied", "text": CANARY["name"]})
    mark = {"category": "elderly", "name": CANARY["name"], "phone": CANARY["phone"], "note": CANARY["description"],
            "location": {"lat": 22.5, "long": 113.4, "address": CANARY["address"]}}
    clients["dispatcher"].once("POST", "/v1/recipients", dict(mark, category="nonsense"))
    clients["dispatcher"].once("POST", "/v1/recipients", dict(mark, phone=CANARY["name"]))
    recipient = clients["dispatcher"].call("POST", "/v1/recipients", mark, key=str(uuid.uuid4()))["id"]
    worker.call("POST", f"/v1/recipients/{recipient}/read", {"purpose": f"探望{CANARY['name']}"})
    clients["supervisor"].call("POST", "/v1/recipients/list", {"grid": "442000001001001", "purpose": f"查{CANARY['phone']}"})
    wait_for(rig.settled)


def canaries(data):
    """Which of the canary's words stand in these bytes."""
    return [name for name, word in CANARY.items() if word.encode() in data or word.encode("unicode_escape") in data]


# ---- the bus

def raw(rig, name):
    return RawNats(rig.state()["nats"]["port"], rig.var / "secrets" / f"{name}.nk" if name else None)


def test_nobody_connects_without_a_key_or_with_half_of_one(rig, tmp_path):
    with pytest.raises(Denied, match="Authorization"):
        raw(rig, None)
    (tmp_path / "x.nk").write_bytes((rig.var / "secrets" / "audit.nk").read_bytes())
    (tmp_path / "x.nk.pub").write_bytes((rig.var / "secrets" / "steward.nk.pub").read_bytes())
    with pytest.raises(Denied, match="Authorization"):
        RawNats(rig.state()["nats"]["port"], tmp_path / "x.nk")


def may_publish(me):
    """Subjects that the design gives this identity, of those asked below."""
    if me == "gateway":
        return {f"pd.{kind}.{s}.x" for kind in ("cmd", "qry") for s in SERVICES}
    allowed = {f"pd.evt.{me}.p{n:02d}" for n in (0, 15)} | {f"pd.cfm.{p}.{me}" for p in HEARS[me]} | {"_INBOX_gateway.x"}
    asks = {"intake": ("assign",), "assign": ("intake",), "notify": ("intake", "assign"), "audit": ("intake", "assign", "notify")}
    # assign answers itself: its place finder sends place_order to its writer
    answers = {"intake": ("assign", "notify", "audit"), "assign": ("assign", "intake", "notify", "audit"), "notify": ("audit",), "audit": ()}
    allowed |= {f"pd.qry.{s}.x" for s in asks[me]} | {f"_INBOX_{s}.x" for s in answers[me]}
    return allowed | ({"pd.push.gateway"} if me == "notify" else set())


@pytest.mark.parametrize("me", ALL)
def test_every_identity_against_every_subject(rig, me):
    link, everything = raw(rig, me), ["pd.push.gateway", "pd.push.x", "pd.x", "x", "_INBOX.x", "$SYS.REQ.SERVER.PING", "$JS.API.INFO"]
    for service in ALL:
        everything += [f"pd.cmd.{service}.x", f"pd.qry.{service}.x", f"pd.evt.{service}.p00", f"pd.evt.{service}.p15", f"_INBOX_{service}.x"]
        everything += [f"pd.cfm.{service}.{other}" for other in ALL]
    granted = {subject for subject in everything if link.may_publish(subject)}
    assert granted == may_publish(me) & set(everything)
    hears = {f"_INBOX_{me}.x", *([f"pd.cmd.{me}.x", f"pd.qry.{me}.x", f"pd.cfm.{me}.x"] if me in SERVICES else ["pd.push.gateway"])}
    if me == "audit":
        hears -= {"pd.cfm.audit.x"}  # nobody hears audit
    if me == "gateway":
        hears |= {"pd.push.gateway", "pd.push.gateway.x"}
    asked = everything + [f"pd.cfm.{s}.x" for s in ALL] + [f"pd.evt.{s}.*" for s in ALL] + \
        [">", "*", "pd.>", "pd.*.*.*", "pd.evt.>", "_INBOX_*.>", "$JS.>", "$SYS.>", "pd.push.gateway.x", "$JS.EVENT.>"]
    own_confirms = {f"pd.cfm.{me}.{other}" for other in ALL} if me in ("intake", "assign", "notify") else set()
    assert {subject for subject in asked if link.may_subscribe(subject)} == hears | own_confirms
    link.close()


def test_assign_commands_itself_and_nothing_but_place_order(rig):
    for me in ALL:
        link = raw(rig, me)
        assert link.may_publish("pd.cmd.assign.place_order") == (me in ("assign", "gateway"))
        assert me == "gateway" or not any(link.may_publish(f"pd.cmd.assign.{word}") for word in ("place", "dispatch", "import_places"))
        link.close()


@pytest.mark.parametrize("me", ALL)
def test_no_service_makes_changes_or_empties_streams_and_consumers(rig, me):
    link = raw(rig, me)
    for verb in STREAM_VERBS:
        assert not link.may_publish(f"$JS.API.STREAM.{verb}.PD_EVENTS"), verb
        assert not link.may_publish(f"$JS.API.STREAM.{verb}.MINE"), verb
    for hearer, producers in HEARS.items():
        for consumer in (f"{hearer}_from_{producer}" for producer in producers):
            for verb in ("CREATE", "DURABLE.CREATE", "DELETE", "PAUSE", "LEADER.STEPDOWN"):
                assert not link.may_publish(f"$JS.API.CONSUMER.{verb}.PD_EVENTS.{consumer}"), (verb, consumer)
            assert link.may_publish(f"$JS.API.CONSUMER.MSG.NEXT.PD_EVENTS.{consumer}") == (hearer == me), consumer
    link.close()


# ---- the database

def test_the_grant_matrix(rig):
    """Every privilege of every service role on every table, sequence and schema, from the catalogue."""
    tables = rig.sql("SELECT r.rolname, n.nspname, c.relname, p FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles r, "
                     "unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER']) p WHERE c.relkind IN ('r','p','v','m') "
                     "AND n.nspname !~ '^pg_|information_schema' AND r.rolname = ANY(%s) AND has_table_privilege(r.oid, c.oid, p)", list(ALL))
    assert {(role, schema) for role, schema, _, _ in tables} == {(s, s) for s in ALL}
    assert {p for _, _, _, p in tables} <= {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"}
    mine = {(schema, table, privilege) for _, schema, table, privilege in tables}
    assert {(s, t) for s, t, p in mine if p == "DELETE" and s != "gateway"} == \
        {(s, t) for s in SERVICES for t in ("writer_mark", "idempotency")} | \
        {("assign", f"grid_change_{t}") for t in ("part", "feature", "fault")}  # what a check made is made anew by the next
    assert {(s, t) for s, t, p in mine if p == "TRUNCATE"} == {(s, f"outbox_{n}") for s in SERVICES for n in range(3)} | \
        {(s, t) for s, t, p in mine if p == "TRUNCATE" and s == "gateway" and t.startswith("outbox_")}
    assert not {one for one in mine if one[2] == "UPDATE" and re.match(r"outbox(_\d)?$|trace_event|finding$|schema_migration$|producer$", one[1])}
    assert not {one for one in mine if one[0] == "audit" and one[1].startswith("trace_event") and one[2] not in ("SELECT", "INSERT")}
    owners = rig.sql("SELECT DISTINCT n.nspname, r.rolname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r "
                     "ON r.oid = c.relowner WHERE n.nspname = ANY(%s) AND c.relname !~ '^schema_migration'", list(ALL))
    assert set(owners) == {(s, f"{s}_owner") for s in ALL}
    strong = rig.sql("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication "
                     "OR rolbypassrls OR rolinherit)", list(ALL))
    assert strong == []
    assert rig.sql("SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = ANY(%s)", list(ALL)) == []


@pytest.mark.parametrize("me", ALL)
def test_a_role_is_told_no(rig, me):
    socket_dir = rig.state()["postgres"]["socket_dir"]
    db = psycopg2.connect(f"host={socket_dir} dbname=paidan user={me} passfile={rig.var}/secrets/{me}.pgpass")
    db.autocommit = True
    refused = [f"SELECT count(*) FROM {other}.{table}" for other in ALL if other != me for table in ("schema_migration",)]
    refused += ["SELECT * FROM intake.service_request" if me != "intake" else "SELECT * FROM gateway.account",
                "SELECT rolpassword FROM pg_authid", "SELECT pg_read_file('/etc/passwd')", f"SET ROLE {me}_owner", "CREATE TEMP TABLE t (n int)"]
    if me in SERVICES:
        refused += ["UPDATE outbox SET event = ''", "DELETE FROM outbox", "UPDATE outbox_0 SET seq = 0", "TRUNCATE outbox", "DELETE FROM inbox"]
    if me == "audit":
        refused += [f"{verb} trace_event{part}" for part in ("", "_p000") for verb in ("DELETE FROM", "TRUNCATE")] + \
            ["UPDATE trace_event SET event = ''", "UPDATE trace_event_p000 SET digest = ''", "ALTER TABLE trace_event DISABLE TRIGGER ALL"]
    with db.cursor() as cursor:
        for statement in refused:
            with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.UndefinedTable)) as error:
                cursor.execute(statement)
            assert error.type is psycopg2.errors.InsufficientPrivilege, statement
    db.close()


# ---- processes and files

def secrets(rig):
    """Every secret of the stack, as bytes."""
    found = [p.read_bytes().strip() for p in (rig.var / "secrets").iterdir() if not p.name.endswith(".pub") and p.is_file()]
    passwords = [line.rsplit(b":", 1)[1] for f in (rig.var / "secrets").glob("*.pgpass") for line in f.read_bytes().splitlines() if b":" in line]
    accounts = re.findall(rb'"password": "([^"]+)"', (rig.var / "accounts.json").read_bytes())
    tokens = [token.encode() for token in rig.tokens.values()]
    return [s for s in found + passwords + accounts + tokens if len(s) >= 8 and s.count(b"\n") == 0]


def processes(rig):
    return {name: pid for name, (pid, _) in rig.pids().items()} | {"supervisor": rig.state()["supervisor"]}


def test_no_secret_in_command_lines_and_environments(rig):
    assert len(secrets(rig)) > 15
    for name, pid in processes(rig).items():
        argv = Path(f"/proc/{pid}/cmdline").read_bytes()
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        for secret in secrets(rig):
            assert secret not in argv, f"a secret stands in the command line of {name}"
            assert secret not in environment, f"a secret stands in the environment of {name}"
        if name in ALL:
            for line in environment.split(b"\0"):
                assert not re.match(rb"[A-Z_]*(PASSWORD|SECRET|TOKEN|SEED|KEY)=", line), line
                if re.match(rb"PAIDAN_(NATS_SEED|KEY)_FILE=|PGPASSFILE=", line):
                    path = Path(line.split(b"=", 1)[1].decode())
                    assert path.is_file() and path.stat().st_mode & 0o077 == 0


def test_no_secret_in_logs_state_metrics_and_run_files(rig):
    for path in [*(rig.var / "log").iterdir(), *(rig.var / "run").iterdir(), rig.var / "stack.json"]:
        data = path.read_bytes()
        assert [s for s in secrets(rig) if s in data] == [], path.name


def leftovers(rig):
    """(where, bytes) of everything that others than intake's own tables keep or say."""
    for path in (rig.var / "log").iterdir():
        yield f"log {path.name}", path.read_bytes()
    for name, entry in rig.state()["services"].items():
        link = http.client.HTTPConnection(entry["http"], timeout=10)
        for page in ("/metrics", "/readyz", "/healthz"):
            link.request("GET", page)
            yield f"{page} of {name}", link.getresponse().read()
    for path in Path(rig.state()["nats"]["store"]).rglob("*.blk"):
        yield f"stream file {path.name}", path.read_bytes()
    for subject, _, payload in list(rig.traffic):
        yield f"message {subject}", payload


def test_the_canary_sings_nowhere(rig):
    seen = list(leftovers(rig))
    assert sum(where.startswith("stream") for where, _ in seen) > 0 and len(rig.traffic) > 20
    # Answers to the gateway carry what its caller may see, masked; nothing else may carry any of it.
    loud = {where: words for where, data in seen if (words := canaries(data)) and not where.startswith("message _INBOX_gateway")}
    assert loud == {}
    phones = [where for where, data in seen if CANARY["phone"].encode() in data]
    assert all(where.startswith("message _INBOX_gateway") for where in phones), phones


def tables_with_canary(rig):
    """{table: words} of a dump of everything, in clear or as the hex of a bytea."""
    socket_dir = rig.state()["postgres"]["socket_dir"]
    dump = subprocess.run([Path(rig.state()["postgres"]["bin"]) / "pg_dump", "-h", socket_dir, "-U", "postgres", "-d", "paidan", "-a", "--inserts"],
                          capture_output=True, timeout=60, check=True).stdout
    hexed = {name: word.encode().hex().encode() for name, word in CANARY.items()}
    tables = {}
    for line in dump.splitlines():
        if words := canaries(line) + [name for name, word in hexed.items() if word in line]:
            tables.setdefault((line.split(b" ")[2] if line.startswith(b"INSERT") else line[:80]).decode(), set()).update(words)
    return tables


def test_the_canary_is_in_no_table_but_sealed(rig):
    """What worker and reviewer typed by hand stands in assign.event_text, a row that can be erased; nothing else may be in clear."""
    tables = tables_with_canary(rig)
    assert tables == {"assign.event_text": {"name"}}
    for producer in ("intake", "assign", "notify"):
        for _, _, event in rig.outbox(producer):
            assert canaries(event) == []
            assert set(unpack(event)) <= set(range(1, 14))


def test_answers_kept_for_repeats_hold_no_personal_data(rig):
    """They would outlive the erasure of the request's key."""
    assert tables_with_canary(rig).get("intake.idempotency", set()) == set()


def test_this_search_finds_a_canary(rig, tmp_path):
    """The eyes are open: the same search sees a planted one."""
    (tmp_path / "planted.log").write_text(f'{{"event":"X","name":"{CANARY["name"]}"}}')
    assert canaries((tmp_path / "planted.log").read_bytes()) == ["name"]
    assert any(word for _, data in leftovers(rig) if (word := data.find(str(rig.acknowledged[0]).encode()) >= 0))
    assert list(itertools.islice(secrets(rig), 1)) and os.path.isdir(ROOT)
