"""What must be true of the traces, each as one statement that returns the faults.

All statements run in one REPEATABLE READ snapshot, so they speak about one moment of all five schemas. Work is done by the
server; only counts and a few examples travel. The temporary tables are the checker's own and made before the snapshot.
"""

import time
from dataclasses import dataclass

# Numbers of table audit.producer; also the order of producers among events recorded at the same instant.
PRODUCERS = {"intake": 1, "assign": 2, "notify": 3}
HEARS = {"intake": ("assign",), "assign": ("intake",), "notify": ("assign",), "audit": ("intake", "assign", "notify")}
EXAMPLES = 5


@dataclass
class Check:
    name: str            # what is true when there is no fault
    faults: str          # SELECT of one text column, a row a fault
    counts: str = ""     # SELECT of one number: of how many it was found true
    settled: bool = False  # only meaningful when no event is on its way


@dataclass
class Outcome:
    name: str
    count: int
    faults: int
    examples: list
    seconds: float


# One row a producer and partition: how far its numbers go, and how far audit and its other hearers are.
POSITIONS = " UNION ALL ".join(
    f"SELECT {number} AS producer, '{name}' AS name, (o - 1)::smallint AS partition, last_seq[o] AS last_seq, "
    f"coalesce((SELECT watermarks[o] FROM audit.inbox WHERE producer = '{name}'), 0) AS audited "
    f"FROM {name}.producer_position, generate_series(1, 16) o" for name, number in PRODUCERS.items())

OUTBOXES = " UNION ALL ".join(
    f"SELECT {number}::smallint AS producer, partition, seq, event_id, event FROM {name}.outbox"
    for name, number in PRODUCERS.items())

UNHEARD = " UNION ALL ".join(
    f"SELECT '{hearer} has heard ' || coalesce((SELECT watermarks[o] FROM {hearer}.inbox WHERE producer = '{name}'), 0) || "
    f"' of ' || last_seq[o] || ' events of {name}, partition ' || (o - 1) "
    f"FROM {name}.producer_position, generate_series(1, 16) o "
    f"WHERE last_seq[o] > coalesce((SELECT watermarks[o] FROM {hearer}.inbox WHERE producer = '{name}'), 0)"
    for hearer, names in HEARS.items() for name in names)

# The fold of each request. Overlays (from = to) change nothing, so it leaves them out; so it does with cancelling, which is
# intake's word about an order that may be further on its way: the order's own end is its withdrawal. Kept: where the chain
# is broken, and where it ends.
CHAIN = """
    INSERT INTO chain
    SELECT * FROM (SELECT request_id, from_state, to_state, seq, lag(to_state, 1, 0) OVER w AS before, lead(seq) OVER w IS NULL AS last
                     FROM trace WHERE from_state <> to_state AND type <> %s
                   WINDOW w AS (PARTITION BY request_id ORDER BY recorded_at, producer, seq)) c
     WHERE last OR from_state <> before"""


def prepare(cursor):
    """The checker's own tables, before the read-only snapshot. trace is the log without the bytes of its events."""
    cursor.execute("""
        CREATE TEMP TABLE acknowledged (request_id uuid, state int);
        CREATE TEMP TABLE rule (type int, from_state int, to_state int);
        CREATE TEMP TABLE trace (seq bigint, aggregate_version bigint, producer_seq bigint, recorded_at timestamptz,
                                 event_id uuid, request_id uuid, aggregate_id uuid, type int, from_state int, to_state int,
                                 producer smallint, partition smallint, whole boolean);
        CREATE TEMP TABLE city (request_id uuid PRIMARY KEY);
        CREATE TEMP TABLE cancelled (request_id uuid, from_state int, recorded_at timestamptz, seq bigint);
        CREATE TEMP TABLE chain (request_id uuid, from_state int, to_state int, seq bigint, before int, last boolean)""")


def load(cursor, fsm):
    """What several checks need, inside the snapshot."""
    cursor.execute("INSERT INTO rule SELECT * FROM unnest(%s, %s, %s)", [list(part) for part in zip(*sorted(fsm.rules))])
    cursor.execute("""INSERT INTO trace
        SELECT seq, aggregate_version, producer_seq, recorded_at, event_id, request_id, aggregate_id, type, from_state, to_state,
               producer, partition, sha256(event) = digest FROM audit.trace_event""")
    cancel = fsm.event_number["cancel"]
    cursor.execute("INSERT INTO cancelled SELECT request_id, from_state, recorded_at, seq FROM trace WHERE type = %s", (cancel,))
    # Facts of the city (key recipients, changes of the map) have threads of their own, which are no requests.
    cursor.execute("INSERT INTO city SELECT DISTINCT request_id FROM trace WHERE type BETWEEN %s AND %s",
                   (fsm.event_number["recipient_mark"], fsm.event_number["change_withdraw"]))
    cursor.execute("ANALYZE acknowledged; ANALYZE rule; ANALYZE trace; ANALYZE cancelled; ANALYZE city")
    cursor.execute(CHAIN, (cancel,))
    cursor.execute("ANALYZE chain")


def log_checks():
    """The log by itself."""
    return [
        Check("the log is dense: seq 1, 2, 3, ... as far as its head says",
              """SELECT 'head says ' || h.size || ', the log has ' || n || ' events from ' || first || ' to ' || last
                   FROM audit.log_head h, (SELECT count(*) AS n, coalesce(min(seq), 1) AS first, coalesce(max(seq), 0) AS last
                                             FROM trace) t
                  WHERE n <> size OR last <> size OR first <> 1""",
              "SELECT size FROM audit.log_head"),
        Check("the counts per type are those of the log",
              """SELECT 'type ' || type || ': counted ' || coalesce(counts[type + 1], 0) || ', found ' || n
                   FROM audit.log_head,
                        (SELECT CASE WHEN type BETWEEN 1 AND 255 THEN type ELSE 0 END AS type, count(*) AS n
                           FROM trace GROUP BY 1) t
                  WHERE coalesce(counts[type + 1], 0) <> n""",
              "SELECT count(*) FROM audit.log_head, unnest(counts) c WHERE c > 0"),
        Check("every event's digest is the SHA-256 of its bytes",
              "SELECT 'seq ' || seq FROM trace WHERE NOT whole"),
        Check("no event is in the log twice",
              "SELECT event_id || ': ' || count(*) || ' times' FROM trace GROUP BY event_id HAVING count(*) > 1"),
        Check("audit has found nothing wrong by itself", "SELECT kind || ' at seq ' || seq || ': ' || detail FROM audit.finding",
              "SELECT 0"),
    ]


def producer_checks():
    """The log against those who wrote the events."""
    return [
        Check("every producer's numbers are dense in the log, and end where audit says",
              f"""SELECT p.name || ', partition ' || p.partition || ': ' || coalesce(n, 0) || ' events, numbers '
                         || coalesce(first, 0) || ' to ' || coalesce(last, 0) || ', audit has heard ' || p.audited
                    FROM ({POSITIONS}) p
                    LEFT JOIN (SELECT producer, partition, count(DISTINCT producer_seq) AS n, count(*) AS rows,
                                      min(producer_seq) AS first, max(producer_seq) AS last
                                 FROM trace GROUP BY 1, 2) t
                      ON t.producer = p.producer AND t.partition = p.partition
                   WHERE coalesce(n, 0) <> p.audited OR coalesce(last, 0) <> p.audited OR coalesce(first, 1) <> 1
                      OR coalesce(rows, 0) <> p.audited""",
              f"SELECT count(*) FROM ({POSITIONS}) p WHERE last_seq > 0"),
        Check("audit = the outboxes, byte for byte, of what they still hold",
              f"""SELECT p.name || ', partition ' || o.partition || ', number ' || o.seq || ': '
                         || CASE WHEN t.seq IS NULL THEN 'missing in the log'
                                 WHEN t.event_id <> o.event_id THEN 'another event in the log' ELSE 'other bytes in the log' END
                    FROM ({OUTBOXES}) o
                    JOIN ({POSITIONS}) p ON p.producer = o.producer AND p.partition = o.partition AND o.seq <= p.audited
                    LEFT JOIN audit.trace_event t
                      ON t.producer = o.producer AND t.partition = o.partition AND t.producer_seq = o.seq
                   WHERE t.seq IS NULL OR t.event_id <> o.event_id OR t.event <> o.event""",
              f"SELECT count(*) FROM ({OUTBOXES}) o"),
        Check("the outboxes are dense, and end where their numbers end",
              f"""SELECT p.name || ', partition ' || p.partition || ': ' || n || ' events from ' || first || ' to ' || last
                         || ', numbered up to ' || p.last_seq
                    FROM ({POSITIONS}) p
                    JOIN (SELECT producer, partition, count(*) AS n, min(seq) AS first, max(seq) AS last
                            FROM ({OUTBOXES}) o GROUP BY 1, 2) o
                      ON o.producer = p.producer AND o.partition = p.partition
                   WHERE last <> p.last_seq OR n <> last - first + 1""",
              f"SELECT count(*) FROM ({POSITIONS}) p WHERE last_seq > 0"),
        Check("nothing in the log that its producer never numbered",
              f"""SELECT p.name || ', partition ' || p.partition || ', number ' || t.producer_seq || ': seq ' || t.seq
                    FROM trace t
                    LEFT JOIN ({POSITIONS}) p ON p.producer = t.producer AND p.partition = t.partition
                   WHERE p.producer IS NULL OR t.producer_seq > p.last_seq"""),
    ]


def lineage_checks(fsm):
    """Each request's story."""
    register, accept = fsm.event_number["register"], fsm.event_number["accept"]
    return [
        Check("the versions of every aggregate are dense and in order, within one request and one producer",
              """SELECT aggregate_id || ' version ' || aggregate_version || ' at seq ' || seq
                   FROM (SELECT aggregate_id, aggregate_version, seq, request_id, producer, row_number() OVER w AS n,
                                first_value(request_id) OVER w AS r, first_value(producer) OVER w AS p
                           FROM trace WINDOW w AS (PARTITION BY aggregate_id ORDER BY seq)) t
                  WHERE n <> aggregate_version OR r <> request_id OR p <> producer""",
              "SELECT count(DISTINCT aggregate_id) FROM trace"),
        Check("every step is a rule of the state machine",
              """SELECT 'event ' || type || ' from ' || from_state || ' to ' || to_state || ', ' || n || ' times, first at seq ' || s
                   FROM (SELECT type, from_state, to_state, count(*) AS n, min(seq) AS s
                           FROM trace GROUP BY 1, 2, 3) t
                  WHERE NOT EXISTS (SELECT FROM rule r WHERE (r.type, r.from_state, r.to_state)
                                                           = (t.type, t.from_state, t.to_state))"""),
        Check("the states of every request are one chain",
              """SELECT request_id || ' at seq ' || seq || ': from state ' || from_state || ' after ' || before
                   FROM chain WHERE from_state <> before
                  UNION ALL
                 SELECT request_id || ' at seq ' || seq || ': cancelled from state ' || from_state || ', where it never was'
                   FROM cancelled c WHERE NOT EXISTS (SELECT FROM trace t WHERE t.request_id = c.request_id
                                                         AND t.to_state = c.from_state AND t.recorded_at <= c.recorded_at)""",
              "SELECT count(DISTINCT request_id) FROM trace"),
        Check("every request was registered once and accepted at most once, and has at most one order",
              f"""SELECT request_id || ': registered ' || r || ', accepted ' || a || ', orders ' || o
                    FROM (SELECT request_id, count(*) FILTER (WHERE type = {register}) AS r,
                                 count(*) FILTER (WHERE type = {accept}) AS a,
                                 count(*) FILTER (WHERE producer = 2 AND aggregate_version = 1) AS o
                            FROM trace WHERE request_id NOT IN (SELECT request_id FROM city) GROUP BY 1) t
                   WHERE r <> 1 OR a > 1 OR o > 1 OR (o = 1 AND a = 0)""",
              "SELECT count(*) FROM intake.service_request"),
        Check("every acknowledged request is there, in the state that was acknowledged or beyond",
              f"""SELECT a.request_id || CASE WHEN s.id IS NULL THEN ': intake does not know it'
                                              ELSE ': was told to be in state ' || a.state || ', never was' END
                    FROM acknowledged a LEFT JOIN intake.service_request s ON s.id = a.request_id
                   WHERE s.id IS NULL OR (a.state IS NOT NULL AND NOT EXISTS
                         (SELECT FROM trace t WHERE t.request_id = a.request_id AND t.to_state = a.state))""",
              "SELECT count(*) FROM acknowledged", settled=True),
        Check("intake's requests and the trace's are the same",
              """SELECT coalesce(s.id, t.request_id) || CASE WHEN s.id IS NULL THEN ': only in the trace' ELSE ': has no trace' END
                   FROM intake.service_request s
                   FULL JOIN (SELECT DISTINCT request_id FROM trace WHERE request_id NOT IN (SELECT request_id FROM city)) t
                     ON t.request_id = s.id
                  WHERE s.id IS NULL OR t.request_id IS NULL""",
              "SELECT count(*) FROM intake.service_request", settled=True),
        Check("no human number was given twice", "SELECT number FROM intake.service_request GROUP BY number HAVING count(*) > 1",
              "SELECT count(*) FROM intake.service_request"),
    ]


def state_checks(fsm):
    """The rows of the services against the fold of the trace."""
    return [
        Check("intake's row = the fold of the trace",
              f"""SELECT s.id || ': row ' || s.state || ', trace ' || coalesce(f.to_state::text, 'nothing')
                    FROM intake.service_request s
                    LEFT JOIN (SELECT request_id, to_state FROM chain WHERE last AND request_id NOT IN (SELECT request_id FROM cancelled)
                               UNION SELECT request_id, {fsm.state_number["cancelled"]} FROM cancelled) f ON f.request_id = s.id
                   WHERE s.state IS DISTINCT FROM f.to_state""",
              "SELECT count(*) FROM intake.service_request", settled=True),
        Check("assign's row = the fold of the trace",
              """SELECT w.id || ' of request ' || w.request_id || ': row ' || w.state || ', trace ' || coalesce(f.to_state::text, 'nothing')
                   FROM assign.work_order w LEFT JOIN chain f ON f.last AND f.request_id = w.request_id
                  WHERE w.state IS DISTINCT FROM f.to_state""",
              "SELECT count(*) FROM assign.work_order", settled=True),
        Check("every accepted request has its order, and intake knows it",
              """SELECT s.id || ': intake says ' || coalesce(s.order_id::text, 'none') || ', assign ' || coalesce(w.id::text, 'none')
                   FROM intake.service_request s FULL JOIN assign.work_order w ON w.request_id = s.id
                  WHERE (s.order_id IS NOT NULL OR w.version > 0) AND s.order_id IS DISTINCT FROM w.id
                     OR s.accepted_at IS NOT NULL AND w.id IS NULL OR s.id IS NULL""",
              "SELECT count(*) FROM assign.work_order", settled=True),
        Check("the versions of the rows are those of the trace",
              """SELECT r.id || ': row version ' || r.version || ', events ' || coalesce(t.n, 0)
                   FROM (SELECT id, version FROM intake.service_request UNION ALL SELECT id, version FROM assign.work_order) r
                   LEFT JOIN (SELECT aggregate_id, max(aggregate_version) AS n FROM trace GROUP BY 1) t
                     ON t.aggregate_id = r.id
                  WHERE r.version <> coalesce(t.n, 0)""",
              "SELECT (SELECT count(*) FROM intake.service_request) + (SELECT count(*) FROM assign.work_order)", settled=True),
    ]


def delivery_checks(fsm):
    """What was dispatched, what was told, what arrived."""
    delivered = fsm.event_number["delivered"]
    # Both make an assignment: the first, and each by which an order changes hands.
    dispatch = f'{fsm.event_number["dispatch"]}, {fsm.event_number["reassign"]}'
    return [
        Check("every dispatch has exactly one delivery, and every assignment told was dispatched",
              f"""SELECT coalesce(t.aggregate_id, d.order_id) || ' dispatch_seq ' || coalesce(t.n, d.dispatch_seq)
                         || CASE WHEN d.order_id IS NULL THEN ': no delivery' ELSE ': never dispatched' END
                    FROM (SELECT aggregate_id, row_number() OVER (PARTITION BY aggregate_id ORDER BY aggregate_version) AS n
                            FROM trace WHERE type IN ({dispatch})) t
                    FULL JOIN (SELECT order_id, dispatch_seq FROM notify.delivery WHERE kind = 1) d
                      ON d.order_id = t.aggregate_id AND d.dispatch_seq = t.n
                   WHERE d.order_id IS NULL OR t.aggregate_id IS NULL""",
              f"SELECT count(*) FROM trace WHERE type IN ({dispatch})", settled=True),
        Check("every dispatch has exactly one assignment, and an order in the works has one that runs",
              f"""SELECT coalesce(t.aggregate_id, a.order_id) || ' dispatch_seq ' || coalesce(t.n, a.dispatch_seq)
                         || CASE WHEN a.order_id IS NULL THEN ': no assignment' ELSE ': never dispatched' END
                    FROM (SELECT aggregate_id, row_number() OVER (PARTITION BY aggregate_id ORDER BY aggregate_version) AS n
                            FROM trace WHERE type IN ({dispatch})) t
                    FULL JOIN assign.assignment a ON a.order_id = t.aggregate_id AND a.dispatch_seq = t.n
                   WHERE a.order_id IS NULL OR t.aggregate_id IS NULL
                   UNION ALL
                  SELECT w.id || ': in state ' || w.state || ', running assignments ' || count(a.order_id)
                    FROM assign.work_order w LEFT JOIN assign.assignment a ON a.order_id = w.id AND a.ended_at IS NULL
                   GROUP BY w.id, w.state
                  HAVING count(a.order_id) <> CASE WHEN w.state BETWEEN 4 AND 10 THEN 1 ELSE 0 END""",
              f"SELECT count(*) FROM trace WHERE type IN ({dispatch})", settled=True),
        Check("every current assignment that was acknowledged is in the trace as delivered, once",
              f"""SELECT coalesce(d.id, t.aggregate_id) || ': acknowledged ' || (d.id IS NOT NULL) || ', events ' || coalesce(t.n, 0)
                    FROM (SELECT id FROM notify.delivery
                           WHERE kind = 1 AND acknowledged_at IS NOT NULL AND superseded_at IS NULL) d
                    FULL JOIN (SELECT aggregate_id, count(*) AS n FROM trace WHERE type = {delivered} GROUP BY 1) t
                      ON t.aggregate_id = d.id
                   WHERE d.id IS NULL OR t.n IS DISTINCT FROM 1""",
              f"SELECT count(*) FROM trace WHERE type = {delivered}", settled=True),
        Check("no order has two open assignments",
              """SELECT order_id || ': ' || count(*) FROM notify.delivery
                  WHERE kind = 1 AND acknowledged_at IS NULL AND superseded_at IS NULL GROUP BY order_id HAVING count(*) > 1""",
              "SELECT count(*) FROM notify.delivery WHERE kind = 1"),
    ]


EXACTLY = Check("nothing but the acknowledged requests",
                """SELECT s.id::text FROM intake.service_request s LEFT JOIN acknowledged a ON a.request_id = s.id
                    WHERE a.request_id IS NULL""", "SELECT count(*) FROM intake.service_request")
SETTLED = Check("everything said was heard by everybody concerned", UNHEARD,
                f"SELECT coalesce(sum(last_seq), 0) FROM ({POSITIONS}) p")


def all_checks(fsm):
    return log_checks() + producer_checks() + lineage_checks(fsm) + state_checks(fsm) + delivery_checks(fsm)


def run(cursor, check):
    """One check as an Outcome; the number of faults is exact, the examples are the first few."""
    start = time.monotonic()
    cursor.execute(f"SELECT fault, count(*) OVER () FROM ({check.faults}) AS f (fault) LIMIT {EXAMPLES}")
    rows = cursor.fetchall()
    cursor.execute(check.counts or "SELECT size FROM audit.log_head")
    count = int(cursor.fetchone()[0])
    return Outcome(check.name, count, rows[0][1] if rows else 0, [row[0] for row in rows], round(time.monotonic() - start, 2))
