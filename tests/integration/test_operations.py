"""What scripts/stack promises: identities, rights, repair of the stream, restarts, migrations. Needs no service to be there."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "lib"), str(ROOT / "scripts")]

from nats_raw import Denied, RawNats  # noqa: E402
from stack import SCRIPT, Stack  # noqa: E402
from stacklib import database, keys, migration  # noqa: E402
from stacklib.settings import StackError  # noqa: E402

SERVICES = ("gateway", "intake", "assign", "notify", "audit")
HEARS = {"intake": ["assign"], "assign": ["intake"], "notify": ["assign"], "audit": ["intake", "assign", "notify"], "gateway": []}
CONSUMERS = [f"{me}_from_{other}" for me, others in HEARS.items() for other in others]


@pytest.fixture(scope="module")
def stack():
    with Stack(services=("none",)) as one:
        yield one


def bus(stack, name):
    return RawNats(stack.state()["nats"]["port"], stack.var / "secrets" / f"{name}.nk" if name else None)


# ---- the bus

def test_nobody_connects_without_a_key(stack):
    with pytest.raises(Denied, match="Authorization"):
        bus(stack, None)


def test_a_key_of_another_stack_is_refused(stack, tmp_path):
    seed = os.urandom(32)
    (tmp_path / "x.nk").write_text(keys.seed_text(seed))
    (tmp_path / "x.nk.pub").write_text(keys.public_text(seed))
    with pytest.raises(Denied, match="Authorization"):
        RawNats(stack.state()["nats"]["port"], tmp_path / "x.nk")


@pytest.mark.parametrize("me", SERVICES)
def test_each_service_says_and_hears_its_own_and_nothing_else(stack, me):
    link = bus(stack, me)
    for other in SERVICES[1:]:
        own = me == other
        assert link.may_publish(f"pd.evt.{other}.p00") == own, f"events of {other}"
        assert link.may_subscribe(f"pd.cmd.{other}.>", other) == own, f"commands of {other}"
        assert link.may_subscribe(f"pd.qry.{other}.>", other) == own, f"queries of {other}"
        assert link.may_publish(f"pd.cmd.{other}.x") == (me == "gateway"), f"commanding {other}"
    for other in (*SERVICES, "steward"):
        assert link.may_subscribe(f"_INBOX_{other}.>") == (me == other), f"inbox of {other}"
    for producer in SERVICES[1:]:
        for consumer in SERVICES[1:]:
            assert link.may_publish(f"pd.cfm.{producer}.{consumer}") == (consumer == me and producer in HEARS[me])
    assert link.may_publish("pd.push.gateway") == (me == "notify")
    assert not link.may_subscribe("pd.>") and not link.may_subscribe(">") and not link.may_subscribe("pd.evt.>")
    link.close()


@pytest.mark.parametrize("me", SERVICES)
def test_each_service_reaches_its_own_consumers_only(stack, me):
    link = bus(stack, me)
    for consumer in CONSUMERS:
        own = consumer.startswith(me + "_")
        for subject in (f"$JS.API.CONSUMER.INFO.PD_EVENTS.{consumer}", f"$JS.API.CONSUMER.MSG.NEXT.PD_EVENTS.{consumer}",
                        f"$JS.ACK.PD_EVENTS.{consumer}.1.1.1.1.0"):
            assert link.may_publish(subject) == own, subject
        assert not link.may_publish(f"$JS.API.CONSUMER.DELETE.PD_EVENTS.{consumer}")
        assert not link.may_publish(f"$JS.API.CONSUMER.DURABLE.CREATE.PD_EVENTS.{consumer}")
    for verb in ("CREATE", "UPDATE", "DELETE", "PURGE", "MSG.DELETE", "MSG.GET", "SNAPSHOT", "RESTORE"):
        assert not link.may_publish(f"$JS.API.STREAM.{verb}.PD_EVENTS"), verb
    assert not link.may_publish("$SYS.REQ.SERVER.PING")
    link.close()


def test_the_steward_reads_no_message(stack):
    link = bus(stack, "steward")
    assert not link.may_publish("$JS.API.STREAM.MSG.GET.PD_EVENTS") and not link.may_publish("$JS.API.STREAM.DELETE.PD_EVENTS")
    assert not link.may_publish("$JS.API.CONSUMER.MSG.NEXT.PD_EVENTS.audit_from_intake") and not link.may_subscribe("pd.>")
    link.close()


# ---- the database

def as_service(stack, name, sql):
    conninfo = (f"host={stack.state()['postgres']['socket_dir']} dbname=paidan user={name} "
                f"passfile={stack.var}/secrets/{name}.pgpass")
    return subprocess.run([Path(stack.state()["postgres"]["bin"]) / "psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", conninfo, "-c", sql],
                          text=True, capture_output=True, check=False)


@pytest.mark.parametrize("me", SERVICES)
def test_a_role_has_its_schema_and_no_other(stack, me):
    assert as_service(stack, me, "SHOW search_path").stdout.strip() == f"{me}, ext"
    for other in set(SERVICES) - {me}:
        assert "permission denied" in as_service(stack, me, f"SELECT * FROM {other}.schema_migration").stderr
    for statement in ("CREATE TABLE t ()", "CREATE TABLE public.t ()", "CREATE SCHEMA s", f"SET ROLE {me}_owner", "CREATE TEMP TABLE t ()",
                      "DELETE FROM schema_migration", "COPY (SELECT 1) TO PROGRAM 'id'"):
        refused = as_service(stack, me, statement).stderr
        assert "permission denied" in refused or "must be superuser" in refused, statement


def test_no_role_has_more_than_the_manual_says(stack):
    """The catalogue's word: no DELETE or TRUNCATE but the two granted, no UPDATE on what is append-only."""
    rows = stack.sql("SELECT table_schema, table_name, privilege_type FROM information_schema.role_table_grants "
                     "WHERE grantee IN ('gateway','intake','assign','notify','audit') AND privilege_type NOT IN ('SELECT','INSERT','UPDATE')")
    extra = {(s, t, p) for s, t, p in rows}
    granted = {(s, t, "DELETE") for s in SERVICES[1:] for t in ("writer_mark", "idempotency")} | \
              {(s, f"outbox_{n}", "TRUNCATE") for s in SERVICES[1:] for n in range(3)}
    assert {g for g in extra if g[0] != "gateway"} >= granted
    trace = stack.sql("SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'audit' AND table_schema = 'audit' "
                      "AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE') AND table_name ~ '^trace_event'")
    assert trace == []
    changed = stack.sql("SELECT table_schema, table_name FROM information_schema.role_table_grants WHERE privilege_type = 'UPDATE' "
                        "AND grantee = table_schema AND table_name ~ '^outbox(_[0-9])?$'")
    assert changed == []


def test_a_wrong_password_is_refused(stack, tmp_path):
    wrong = tmp_path / "pass"
    wrong.write_text("*:*:*:intake:wrong\n")
    wrong.chmod(0o600)
    done = subprocess.run(["psql", "-X", f"host={stack.state()['postgres']['socket_dir']} dbname=paidan user=intake passfile={wrong}",
                           "-c", "SELECT 1"], text=True, capture_output=True, check=False)
    assert "password authentication failed" in done.stderr


def test_postgresql_is_durable(stack):
    settings = dict(map(tuple, stack.sql("SELECT name, setting FROM pg_settings WHERE name IN ('fsync','synchronous_commit',"
                                         "'full_page_writes','data_checksums','wal_compression','listen_addresses')")))
    assert settings == {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on",
                        "wal_compression": "lz4", "listen_addresses": ""}


# ---- secrets

def test_secrets_are_closed(stack):
    for path in (stack.var / "secrets").iterdir():
        if not path.name.endswith(".pub"):
            assert path.stat().st_mode & 0o777 == 0o400, path
    assert (stack.var / "secrets").stat().st_mode & 0o066 == 0


def test_an_nkey_carries_prefix_and_checksum():
    seed = bytes(range(32))
    assert keys.seed_text(seed).startswith("SU") and keys.public_text(seed).startswith("U")
    assert keys.decode(keys.seed_text(seed))[2:] == seed
    with pytest.raises(StackError):
        keys.decode("A" + keys.seed_text(seed)[1:])


# ---- the stream

def steward_says(stack, event, since, seconds=15):
    """Waits for a line of the steward about that event, written after `since` characters."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for line in stack.log("steward")[since:].splitlines():
            if line.startswith("{") and json.loads(line)["event"] == event:
                return json.loads(line)
        time.sleep(0.05)
    raise AssertionError(f"the steward did not say {event}: {stack.log('steward')[since:]}")


def publish(stack, count):
    link = bus(stack, "intake")
    for _ in range(count):
        assert link.may_publish("pd.evt.intake.p00")
    link.close()


def test_a_deleted_store_is_made_again(stack):
    since = len(stack.log("steward"))
    old = stack.entry("nats")["pid"]
    time.sleep(3.2)  # the supervisor leaves a young nats-server alone
    shutil.rmtree(stack.var / "nats" / "store")
    stack.wait_restart("nats", old)
    steward_says(stack, "stream_created", since)
    steward_says(stack, "consumer_created", since)
    publish(stack, 3)


def test_a_rolled_back_tail_is_noticed(stack):
    """The store loses its tail while the server is down, as after a power cut: consumers must not stay beyond the end."""
    store = stack.var / "nats" / "store"
    publish(stack, 50)
    stack.run("stop", "nats")
    shutil.copytree(store, stack.var / "nats" / "copy")
    stack.run("start", "nats")
    wait_well(stack)
    publish(stack, 70)
    time.sleep(2.5)  # the steward has seen the longer stream
    since = len(stack.log("steward"))
    stack.run("stop", "nats")
    uid, gid = store.stat().st_uid, store.stat().st_gid
    shutil.rmtree(store)
    shutil.move(stack.var / "nats" / "copy", store)
    for path in [store, *store.rglob("*")]:
        os.chown(path, uid, gid)
    stack.run("start", "nats")
    said = steward_says(stack, "stream_went_backwards", since)
    assert said["level"] == "error"
    steward_says(stack, "consumer_recreated", since)


def wait_well(stack, seconds=10):
    deadline = time.monotonic() + seconds
    while True:
        link = bus(stack, "audit")
        if link.may_publish("$JS.API.CONSUMER.INFO.PD_EVENTS.audit_from_intake"):
            link.close()
            return
        assert time.monotonic() < deadline


# ---- the supervisor

@pytest.mark.parametrize("name", ["steward", "nats", "postgres"])
def test_what_is_killed_is_started_again(stack, name):
    time.sleep(3.1)
    took = stack.wait_restart(name, stack.kill(name))
    assert took < 1.0
    assert stack.run("restart", name).returncode == 0


def test_a_second_up_says_so(stack):
    done = stack.run("up", "--services", "none")
    assert "already running" in done.stdout


def test_a_taken_port_is_said(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        env = dict(os.environ, PAIDAN_VAR=str(tmp_path / "var"), PAIDAN_HTTP=f"127.0.0.1:{taken.getsockname()[1]}")
        done = subprocess.run([SCRIPT, "up", "--services", "none"], env=env, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1 and "is taken" in done.stderr
    assert not (tmp_path / "var" / "stack.json").exists()


def test_data_survive_down_and_up_and_two_stacks_live_side_by_side(stack):
    with Stack(services=("none",)) as other:
        assert other.state()["nats"]["port"] != stack.state()["nats"]["port"]
        other.sql("CREATE TABLE keep AS SELECT 42 AS n")
        port = other.state()["nats"]["port"]
        other.run("down")
        assert other.run("status", check=False).returncode == 3
        other.up()
        assert other.sql("SELECT n FROM keep") == [["42"]]
        assert other.state()["nats"]["port"] == port
        with pytest.raises(AssertionError):
            stack.sql("SELECT n FROM keep")


# ---- migrations

@pytest.fixture
def project(tmp_path, stack):
    """A copy of the migrations to change; and psql on a database of its own."""
    for path in (ROOT / "services").glob("*/migrations/*.sql"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / "services" / "intake" / "migrations").mkdir(parents=True, exist_ok=True)
    return tmp_path, database.local_psql(stack.state()["postgres"]["socket_dir"])


def test_migrations_apply_once(project):
    root, psql = project
    assert migration.migrate(psql, root=root) == []


def test_a_changed_migration_is_refused(project):
    root, psql = project
    with open(root / "services/common/migrations/0001_engine.sql", "a") as out:
        out.write("-- changed\n")
    with pytest.raises(StackError, match="0001_engine.sql was changed"):
        migration.migrate(psql, root=root)


def test_a_failing_migration_leaves_nothing(project):
    root, psql = project
    file = root / "services/intake/migrations/9999_bad.sql"
    file.write_text("CREATE TABLE half_made (n int);\nSELECT 1/0;\n")
    with pytest.raises(StackError, match="9999_bad.sql:2"):
        migration.migrate(psql, root=root)
    assert psql("SELECT to_regclass('intake.half_made')", rows=True).strip() == ""
    file.write_text("COMMIT;\n")
    with pytest.raises(StackError, match="one transaction"):
        migration.migrate(psql, root=root)


def test_a_new_migration_is_applied_with_its_grants(project):
    root, psql = project
    file = root / "services/intake/migrations/9998_new.sql"
    file.write_text("CREATE TABLE granted (n int);\nGRANT DELETE ON granted TO :service;\n"
                    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;\n")
    try:
        assert migration.migrate(psql, root=root) == ["intake: intake/9998_new.sql"]
        told = psql("SELECT relacl::text FROM pg_class WHERE relname = 'granted'", rows=True)
        assert "intake=arwd/intake_owner" in told
        assert psql("SELECT proacl::text FROM pg_proc WHERE proname = 'f'", rows=True).strip() == \
            "{intake_owner=X/intake_owner,intake=X/intake_owner}"
    finally:
        psql("DROP TABLE intake.granted; DROP FUNCTION intake.f(); DELETE FROM intake.schema_migration WHERE name ~ '9998'")
