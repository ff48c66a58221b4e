"""Who checks the checker: a database that is right by construction, then one fault of each kind, which must be named."""

import json
import os
import subprocess
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = 60

# Every request walked from registration to closure. Each third was cancelled while the worker signed: the two services' parts
# of its trace overlap, which is no fault. Another third changed hands before it was signed.
WALK = """(VALUES (1, 1, 1, 1, 0, 1), (2, 1, 2, 2, 1, 3), (3, 2, 1, 6, 3, 4), (4, 3, 1, 7, 4, 4), (5, 2, 2, 8, 4, 5), (6, 2, 3, 9, 5, 6),
                  (7, 2, 4, 10, 6, 8), (8, 2, 5, 11, 8, 10), (9, 1, 3, 13, 10, 11)) AS s (n, p, v, type, f, t)"""
REASSIGNED = """(VALUES (1, 1, 1, 1, 0, 1), (2, 1, 2, 2, 1, 3), (3, 2, 1, 6, 3, 4), (4, 3, 1, 7, 4, 4), (5, 2, 2, 20, 4, 4), (6, 2, 3, 8, 4, 5),
                        (7, 2, 4, 9, 5, 6), (8, 2, 5, 10, 6, 8), (9, 2, 6, 11, 8, 10), (10, 1, 3, 13, 10, 11)) AS s (n, p, v, type, f, t)"""
CANCELLED = """(VALUES (1, 1, 1, 1, 0, 1), (2, 1, 2, 2, 1, 3), (3, 2, 1, 6, 3, 4), (4, 3, 1, 7, 4, 4), (5, 1, 3, 5, 4, 15),
                       (6, 2, 2, 8, 4, 5), (7, 2, 3, 17, 5, 15)) AS s (n, p, v, type, f, t)"""
MAKE = f"""
CREATE TEMP TABLE r AS
SELECT i, gen_random_uuid() AS id, gen_random_uuid() AS o, gen_random_uuid() AS d FROM generate_series(1, {REQUESTS}) i;
CREATE TEMP TABLE ev AS
SELECT gen_random_uuid() AS event_id, id AS request_id, CASE p WHEN 1 THEN id WHEN 2 THEN o ELSE d END AS aggregate_id,
       v AS aggregate_version, type, f, t, p::smallint AS producer, (get_byte(uuid_send(id), 15) % 16)::smallint AS partition,
       now() + n * interval '1 ms' + i * interval '1 us' AS at, row_number() OVER (ORDER BY n, i) AS seq,
       (i || '/' || n)::bytea || CASE type WHEN 6 THEN '\\x2a025731'::bytea WHEN 20 THEN '\\x2a0257328201025731'::bytea ELSE '' END AS event
  FROM (SELECT * FROM r, {WALK} WHERE i % 3 = 1 UNION ALL SELECT * FROM r, {REASSIGNED} WHERE i % 3 = 2
        UNION ALL SELECT * FROM r, {CANCELLED} WHERE i % 3 = 0) walk;
INSERT INTO ev
SELECT gen_random_uuid(), k.id, k.id, v, 23 + v, 0, 0, 2, (get_byte(uuid_send(k.id), 15) % 16)::smallint, now() + v * interval '1 s',
       (SELECT max(seq) FROM ev) + row_number() OVER (ORDER BY v, k.id), (k.id || '/' || v)::text::bytea
  FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 5)) k, generate_series(1, 3) v;
ALTER TABLE ev ADD pseq bigint;
UPDATE ev SET pseq = n FROM (SELECT event_id AS e, row_number() OVER (PARTITION BY producer, partition ORDER BY seq) AS n FROM ev) x
 WHERE e = event_id;
INSERT INTO audit.trace_event (seq, aggregate_version, producer_seq, occurred_at, recorded_at, received_at, event_id, request_id,
                               aggregate_id, type, from_state, to_state, producer, partition, actor_role, digest, event)
SELECT seq, aggregate_version, pseq, at, at, at, event_id, request_id, aggregate_id, type, f, t, producer, partition, 1,
       sha256(event), event FROM ev ORDER BY seq;
UPDATE audit.log_head SET size = (SELECT count(*) FROM ev),
       counts = (SELECT array_agg(n ORDER BY k) FROM (SELECT k, count(type) AS n FROM generate_series(0, 26) k
                                                        LEFT JOIN ev ON type = k GROUP BY k) x);
INSERT INTO notify.delivery SELECT d, 1, o, id, 1, 1, 1, now(), now(), NULL, NULL, 'ZS' || i, 'W1', 'lamp' FROM r;
INSERT INTO notify.delivery
SELECT gen_random_uuid(), 1, o, id, 2, 1, 1, now(), NULL, NULL, NULL, 'ZS' || i, 'W2', 'lamp' FROM r WHERE i % 3 = 2;
INSERT INTO notify.delivery
SELECT gen_random_uuid(), 2, o, id, 1, 1, 1, now(), NULL, NULL, NULL, 'ZS' || i, 'W1', 'lamp' FROM r WHERE i % 3 = 0;
INSERT INTO intake.service_request (id, version, registered_at, requested_at, updated_at, accepted_at, closed_at, order_id,
                                    order_version, dispatch_seq, state, channel, urgency, service_code, number, sealed)
SELECT id, 3, now(), now(), now(), now(), now(), o, 5, 1, CASE WHEN i % 3 > 0 THEN 11 ELSE 15 END, 1, 1, 'lamp', 'ZS' || i, 'x' FROM r;
INSERT INTO assign.work_order (id, request_id, version, state, request_number, service_code, accepted_at, updated_at, dispatch_seq,
                               urgency, worker_id, queue_reason, result, redo_count)
SELECT o, id, CASE i % 3 WHEN 1 THEN 5 WHEN 2 THEN 6 ELSE 3 END, CASE WHEN i % 3 > 0 THEN 11 ELSE 15 END, 'ZS' || i, 'lamp', now(), now(),
       CASE i % 3 WHEN 2 THEN 2 ELSE 1 END, 1, 'W1',
       0, 1, 0 FROM r;
INSERT INTO assign.assignment
SELECT b.aggregate_id, CASE b.type WHEN 6 THEN 1 ELSE 2 END, CASE b.type WHEN 6 THEN 'W1' ELSE 'W2' END, b.at,
       (SELECT min(e.at) FROM ev e WHERE e.request_id = b.request_id AND e.type IN (13, 17, 20) AND e.at > b.at)
  FROM ev b WHERE b.type IN (6, 20);
INSERT INTO assign.key_recipient (id, version, category, lat, long, marked_at, unmarked_at, wrapped_key, sealed)
SELECT request_id, 3, 1, 22.5, 113.4, now(), now(), repeat('k', 72)::bytea, 'x' FROM ev WHERE type = 24;
"""
OUTBOX = """
INSERT INTO {p}.outbox SELECT 0, partition, pseq, event_id, event, at FROM ev WHERE producer = {n};
UPDATE {p}.producer_position SET last_seq = (SELECT array_agg(m ORDER BY k) FROM (
    SELECT k, coalesce(max(pseq), 0) AS m FROM generate_series(0, 15) k LEFT JOIN ev ON partition = k AND producer = {n} GROUP BY k) x);
"""
INBOX = "INSERT INTO {h}.inbox SELECT '{p}', last_seq FROM {p}.producer_position " \
        "ON CONFLICT (producer) DO UPDATE SET watermarks = excluded.watermarks;"

# What is done, what undoes it, and words of the checks that must name it.
FAULTS = {
    "an event is missing in the log": (
        "CREATE TABLE kept AS SELECT * FROM audit.trace_event WHERE seq = 70; DELETE FROM audit.trace_event WHERE seq = 70",
        "INSERT INTO audit.trace_event SELECT * FROM kept; DROP TABLE kept", ["the log is dense", "byte for byte", "numbers are dense"]),
    "the last event is missing, and the head agrees": (
        "CREATE TABLE kept AS SELECT t.* FROM audit.trace_event t, audit.log_head WHERE seq = size;"
        "DELETE FROM audit.trace_event USING audit.log_head WHERE seq = size; UPDATE audit.log_head SET size = size - 1",
        "INSERT INTO audit.trace_event SELECT * FROM kept; UPDATE audit.log_head SET size = size + 1; DROP TABLE kept",
        ["byte for byte", "counts per type"]),
    "one byte of an event was changed": (
        "UPDATE audit.trace_event SET event = event || 'x' WHERE seq = 5",
        "UPDATE audit.trace_event SET event = substr(event, 1, length(event) - 1) WHERE seq = 5", ["SHA-256", "byte for byte"]),
    "and its digest made to fit": (
        "UPDATE audit.trace_event SET event = event || 'x', digest = sha256(event || 'x') WHERE seq = 5",
        "UPDATE audit.trace_event SET event = substr(event, 1, length(event) - 1), digest = sha256(substr(event, 1, length(event) - 1)) "
        "WHERE seq = 5", ["byte for byte"]),
    "an event is there twice": (
        "CREATE TABLE kept AS SELECT size FROM audit.log_head;"
        "INSERT INTO audit.trace_event SELECT (json_populate_record(t, json_build_object('seq', size + 1))).* "
        "FROM audit.trace_event t, audit.log_head WHERE seq = 3; UPDATE audit.log_head SET size = size + 1",
        "DELETE FROM audit.trace_event USING kept WHERE seq > size; UPDATE audit.log_head SET size = kept.size FROM kept; DROP TABLE kept",
        ["is in the log twice", "versions of every aggregate"]),
    "a version was skipped": (
        "UPDATE audit.trace_event SET aggregate_version = 9 WHERE seq = (SELECT min(seq) FROM audit.trace_event WHERE type = 11)",
        "UPDATE audit.trace_event SET aggregate_version = 5 WHERE aggregate_version = 9", ["versions of every aggregate"]),
    "a state was skipped": (
        "UPDATE audit.trace_event SET from_state = 5 WHERE seq = (SELECT min(seq) FROM audit.trace_event WHERE type = 10)",
        "UPDATE audit.trace_event SET from_state = 6 WHERE type = 10", ["one chain"]),
    "a step that the table does not know": (
        "UPDATE audit.trace_event SET to_state = 12 WHERE seq = (SELECT max(seq) FROM audit.trace_event WHERE type = 13)",
        "UPDATE audit.trace_event SET to_state = 11 WHERE type = 13", ["rule of the state machine", "intake's row"]),
    "an outbox row is gone": (
        "CREATE TABLE kept AS SELECT * FROM assign.outbox ORDER BY partition, seq OFFSET 1 LIMIT 1;"
        "DELETE FROM assign.outbox o USING kept k WHERE o.event_id = k.event_id",
        "INSERT INTO assign.outbox SELECT * FROM kept; DROP TABLE kept", ["the outboxes are dense"]),
    "a hearer is behind": (
        "UPDATE notify.inbox SET watermarks[1 + (SELECT min(partition) FROM assign.outbox)] = 0",
        "UPDATE notify.inbox SET watermarks = (SELECT last_seq FROM assign.producer_position)", ["was heard"]),
    "intake's row is elsewhere": (
        "UPDATE intake.service_request SET state = 12 WHERE number = 'ZS1'",
        "UPDATE intake.service_request SET state = 11 WHERE number = 'ZS1'", ["intake's row"]),
    "assign's row is elsewhere": (
        "UPDATE assign.work_order SET state = 12 WHERE request_number = 'ZS1'",
        "UPDATE assign.work_order SET state = 11 WHERE request_number = 'ZS1'", ["assign's row"]),
    "a row's version is ahead": (
        "UPDATE assign.work_order SET version = 7 WHERE request_number = 'ZS1'",
        "UPDATE assign.work_order SET version = 5 WHERE request_number = 'ZS1'", ["versions of the rows"]),
    "a recipient's version is ahead": (
        "UPDATE assign.key_recipient SET version = 4 WHERE id = (SELECT min(id::text)::uuid FROM assign.key_recipient)",
        "UPDATE assign.key_recipient SET version = 3", ["versions of the rows"]),
    "a recipient's thread moves an order": (
        "UPDATE audit.trace_event SET to_state = 3 WHERE seq = (SELECT max(seq) FROM audit.trace_event WHERE type = 25)",
        "UPDATE audit.trace_event SET to_state = 0 WHERE type = 25",
        ["rule of the state machine", "registered once", "and the trace's are the same"]),
    "a request without an order": (
        "UPDATE intake.service_request SET order_id = NULL WHERE number = 'ZS1'",
        "UPDATE intake.service_request s SET order_id = w.id FROM assign.work_order w WHERE w.request_id = s.id", ["has its order"]),
    "a request is gone": (
        "CREATE TABLE kept AS SELECT id, number FROM intake.service_request WHERE number = 'ZS1';"
        "UPDATE intake.service_request SET id = gen_random_uuid() WHERE number = 'ZS1'",
        "UPDATE intake.service_request s SET id = k.id FROM kept k WHERE k.number = s.number; DROP TABLE kept",
        ["every acknowledged request", "and the trace's are the same", "nothing but the acknowledged"]),
    "a dispatch was told to nobody": (
        "UPDATE notify.delivery SET dispatch_seq = 2 WHERE request_number = 'ZS1'",
        "UPDATE notify.delivery SET dispatch_seq = 1 WHERE request_number = 'ZS1'", ["every dispatch and reassignment has exactly one delivery"]),
    "a dispatch has no assignment": (
        "UPDATE assign.assignment a SET dispatch_seq = 3 FROM assign.work_order w WHERE w.id = order_id AND request_number = 'ZS1'",
        "UPDATE assign.assignment SET dispatch_seq = 1 WHERE dispatch_seq = 3", ["exactly one assignment"]),
    "an assignment never ended": (
        "UPDATE assign.assignment a SET ended_at = NULL FROM assign.work_order w WHERE w.id = order_id AND request_number = 'ZS1'",
        "UPDATE assign.assignment SET ended_at = now() WHERE ended_at IS NULL", ["exactly one assignment"]),
    "nobody was accountable for a moment": (
        "UPDATE assign.assignment SET ended_at = ended_at - interval '1 us' WHERE order_id = (SELECT order_id FROM assign.assignment "
        "WHERE dispatch_seq = 2 ORDER BY 1 LIMIT 1) AND dispatch_seq = 1",
        "UPDATE assign.assignment a SET ended_at = b.started_at FROM assign.assignment b WHERE b.order_id = a.order_id "
        "AND a.dispatch_seq = 1 AND b.dispatch_seq = 2", ["exactly one accountable worker at each instant"]),
    "two were accountable for a moment": (
        "UPDATE assign.assignment SET ended_at = ended_at + interval '1 us' WHERE order_id = (SELECT order_id FROM assign.assignment "
        "WHERE dispatch_seq = 2 ORDER BY 1 LIMIT 1) AND dispatch_seq = 1",
        "UPDATE assign.assignment a SET ended_at = b.started_at FROM assign.assignment b WHERE b.order_id = a.order_id "
        "AND a.dispatch_seq = 1 AND b.dispatch_seq = 2", ["exactly one accountable worker at each instant"]),
    "the event names another worker": (
        "UPDATE assign.assignment SET worker_id = 'W3' WHERE dispatch_seq = 2",
        "UPDATE assign.assignment SET worker_id = 'W2' WHERE dispatch_seq = 2", ["is the one that its event names"]),
    "a reassignment names another as the one before": (
        "UPDATE assign.assignment SET worker_id = 'W2' WHERE order_id = (SELECT order_id FROM assign.assignment "
        "WHERE dispatch_seq = 2 ORDER BY 1 LIMIT 1) AND dispatch_seq = 1",
        "UPDATE assign.assignment SET worker_id = 'W1' WHERE dispatch_seq = 1", ["is the one that its event names"]),
    "a grid had nobody's row for a while": (
        "INSERT INTO assign.accountable (grid, since, until, accountability, changed) VALUES ('442000001001001', '2026-01-01', '2026-01-02', 0, 1), "
        "('442000001001001', '2026-01-03', 'infinity', 0, 1)",
        "DELETE FROM assign.accountable", ["for each grid exactly one row"]),
    "an acknowledgement without its event": (
        "UPDATE notify.delivery SET id = gen_random_uuid() WHERE request_number = 'ZS1'",
        "UPDATE notify.delivery d SET id = t.aggregate_id FROM audit.trace_event t WHERE t.type = 7 AND t.request_id = d.request_id "
        "AND d.kind = 1 AND d.dispatch_seq = 1", ["acknowledged is in the trace as delivered"]),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """(run SQL, run the checker). Of the stack only the database is wanted."""
    var = tmp_path_factory.mktemp("stack")
    env = dict(os.environ, PAIDAN_VAR=str(var), PAIDAN_HTTP="127.0.0.1:0")
    subprocess.run([str(ROOT / "scripts" / "stack"), "up", "--services", "notify"], env=env, check=True, timeout=120)
    pg = json.loads((var / "stack.json").read_text())["postgres"]
    db = psycopg2.connect(host=pg["socket_dir"], port=pg["port"], user=pg["superuser"], dbname=pg["database"])
    db.autocommit = True
    cursor = db.cursor()
    cursor.execute("SET session_replication_role = replica")  # the trace's own triggers would refuse what this test does
    cursor.execute(MAKE)
    for number, producer in enumerate(("intake", "assign", "notify"), 1):
        cursor.execute(OUTBOX.format(p=producer, n=number))
    for hearer, producers in {"intake": ["assign"], "assign": ["intake"], "notify": ["assign"],
                              "audit": ["intake", "assign", "notify"]}.items():
        for producer in producers:
            cursor.execute(INBOX.format(h=hearer, p=producer))
    cursor.execute("SELECT id || CASE WHEN i % 3 > 0 THEN ' closed' ELSE ' cancelled' END FROM r")
    acknowledged = var / "acknowledged"
    acknowledged.write_text("# id state\n" + "\n".join(row[0] for row in cursor.fetchall()) + "\n")

    def check(*more):
        argv = [str(ROOT / "scripts" / "check-traces"), "--json", "--wait", "0", *more]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode in (0, 1), done.stderr
        found = json.loads(done.stdout)
        return done.returncode, [c["name"] for c in found["checks"] if c["faults"]], found

    yield cursor.execute, lambda *more: check(str(acknowledged), "--exactly", *more)
    subprocess.run([str(ROOT / "scripts" / "stack"), "down"], env=env, check=True, timeout=120)


def test_what_is_right_is_found_right(database):
    _, check = database
    status, named, found = check()
    assert (status, named, found["skipped"]) == (0, [], 0)
    assert {c["count"] for c in found["checks"] if "acknowledged request is there" in c["name"]} == {REQUESTS}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named(database, fault):
    sql, check = database
    do, undo, words = FAULTS[fault]
    sql(do)
    try:
        status, named, _ = check()
        assert status == 1
        for word in words:
            assert any(word in name for name in named), (word, named)
    finally:
        sql(undo)
    assert check()[:2] == (0, [])


def test_live_leaves_out_what_needs_quiet(database):
    sql, check = database
    do, undo, _ = FAULTS["a hearer is behind"]
    sql(do)
    try:
        status, named, found = check("--live")
        assert (status, named) == (0, []) and found["skipped"] > 0
    finally:
        sql(undo)
