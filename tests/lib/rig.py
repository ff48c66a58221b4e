"""A whole stack with its small city, and hands on everything a hostile test needs: the bus as any identity, the database as superuser,
pids, dumps of what the business knows.

    with Rig() as rig:
        rig.walk_one(), rig.bus("assign").publish(...), rig.sql("SELECT ..."), rig.state_of("assign.work_order"), rig.prove()
"""

import hashlib
import sys
import time
import uuid
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "fault"), str(ROOT / "tests" / "lib")]

from minibus import Bus, pack, unpack  # noqa: E402
from world import World  # noqa: E402

SERVICES = ("intake", "assign", "notify", "audit")
HEARS = {"intake": ("assign",), "assign": ("intake",), "notify": ("assign",), "audit": ("intake", "assign", "notify")}
# What changes by itself: who wrote last, what was reported, when to push again.
RESTLESS = {"writer_mark", "outbox_confirm", "bus_position", "idempotency", "dead_letter"}
RESTLESS_COLUMNS = {"notify.delivery": ("attempts", "next_push_at")}


def wait_for(what, seconds=20, why="waited in vain"):
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < end, why() if callable(why) else why
        time.sleep(0.05)


def new_id():
    """A UUIDv7, as the services make them."""
    return uuid.UUID(bytes=int(time.time() * 1000).to_bytes(6, "big") + b"\x70" + uuid.uuid4().bytes[7:])


class Rig(World):
    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        postgres = self.state()["postgres"]
        self.dsn = f"host={postgres['socket_dir']} port={postgres['port']} user={postgres['superuser']} dbname={postgres['database']}"
        self.db = psycopg2.connect(self.dsn)
        self.db.autocommit = True
        self.links = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def bus(self, name):
        """The connection of that identity, made at the first use."""
        if name not in self.links:
            self.links[name] = Bus(self.state()["nats"]["url"], self.var / "secrets" / f"{name}.nk", name)
        return self.links[name]

    def sql(self, text, *args):
        with self.db.cursor() as cursor:
            cursor.execute(text, args or None)
            return cursor.fetchall() if cursor.description else []

    def pids(self):
        """(pid, how often it was started again) of every process."""
        state = self.state()
        entries = dict(state["services"], **{n: state[n] for n in ("nats", "postgres", "steward")})
        return {name: (entry["pid"], entry["restarts"]) for name, entry in entries.items()}

    def log(self, name):
        return (self.var / "log" / f"{name}.log").read_text(errors="replace")

    def clients(self):
        return {name: self.client(name) for name in self.tokens}

    def walk_one(self, text="走一遍"):
        """One request from registered to closed; its id."""
        self.walk(self.clients(), text)
        return self.closed[-1]

    def dispatched(self, service_code="0102.litter"):
        """A request just dispatched: its view."""
        operator = self.client("operator")
        body = dict(self.register_body("待派"), service_code=service_code)
        request = operator.call("POST", "/v1/requests", body, key=str(uuid.uuid4()))["id"]
        self.acknowledged.append(request)
        operator.call("POST", f"/v1/requests/{request}/accept", {})
        return self.wait_state(operator, request, ("dispatched",))

    def prove(self):
        good, report = self.check()
        assert good, report + self.log_tail()
        return report

    # ---- the bus

    def ask(self, subject, commands, timeout=15):
        """Sends the raw bytes of a CommandBatch as the gateway; [(status, code, detail)] of the replies."""
        replies = unpack(self.bus("gateway").request(subject, commands, timeout=timeout)).get(1, [])
        return [self.read_reply(raw) for raw in replies]

    @staticmethod
    def read_reply(raw):
        reply = unpack(raw)
        problem = unpack(reply[3][0]) if 3 in reply else {}
        text = lambda number: problem.get(number, [b""])[0].decode()
        return reply.get(1, [0])[0], text(1).removeprefix("urn:paidan:problem:"), text(4)

    def outbox(self, producer):
        """[(partition, seq, bytes)] in order."""
        return [(p, s, bytes(e)) for p, s, e in
                self.sql(f"SELECT partition, seq, event FROM {producer}.outbox ORDER BY partition, seq")]

    def publish(self, producer, partition, first, events, named=None):
        batch = [(1, named or producer), (2, partition), (3, first)] + [(4, one) for one in events]
        self.bus(producer).publish(f"pd.evt.{producer}.p{partition % 16:02d}", pack(batch))

    def say(self, producer, partition, *events):
        """Commits events under the producer's next numbers and publishes them, as if the producer had done so; the first number."""
        ids = [unpack(one)[1][0].ljust(16, b"\0")[:16] for one in events]
        with psycopg2.connect(self.dsn) as db, db.cursor() as cursor:
            cursor.execute(f"SELECT last_seq[%s] FROM {producer}.producer_position FOR UPDATE", (partition + 1,))
            first = cursor.fetchone()[0] + 1
            cursor.execute(f"UPDATE {producer}.producer_position SET last_seq[%s] = %s", (partition + 1, first + len(events) - 1))
            for seq, (one, event_id) in enumerate(zip(events, ids), first):
                cursor.execute(f"INSERT INTO {producer}.outbox SELECT slot, %s, %s, %s, %s, now() FROM {producer}.outbox_slot",
                               (partition, seq, str(uuid.UUID(bytes=event_id)), one))
        self.publish(producer, partition, first, events)
        return first

    def heard(self, hearer, producer, partition):
        return self.sql(f"SELECT watermarks[%s] FROM {hearer}.inbox WHERE producer = %s", partition + 1, producer)[0][0]

    def settled(self):
        """Everybody has heard everything."""
        return all(self.sql(f"SELECT i.watermarks = p.last_seq FROM {hearer}.inbox i, {producer}.producer_position p "
                            "WHERE i.producer = %s", producer)[0][0] for hearer, names in HEARS.items() for producer in names)

    def dead_letters(self, service):
        """[(id, source, reason, replayed)]"""
        return self.sql(f"SELECT id, source, reason, replayed_at IS NOT NULL FROM {service}.dead_letter ORDER BY id")

    # ---- what the business knows

    def business_tables(self):
        rows = self.sql("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1", list(SERVICES))
        return [name for name, in rows if name.split(".")[1] not in RESTLESS]

    def state_of(self, table):
        """SHA-256 of all rows in a fixed order."""
        restless = RESTLESS_COLUMNS.get(table, ())
        columns = [c for c, in self.sql("SELECT column_name::text FROM information_schema.columns WHERE table_schema || '.' || table_name = %s "
                                        "ORDER BY ordinal_position", table) if c not in restless]
        rows = self.sql(f"SELECT ({', '.join(columns)})::text AS row FROM {table} ORDER BY 1")
        return len(rows), hashlib.sha256("\n".join(row for row, in rows).encode()).hexdigest()

    def business(self):
        return {table: self.state_of(table) for table in self.business_tables()}

    def close(self, keep=False):
        for link in self.links.values():
            link.close()
        self.db.close()
        super().close(keep)
