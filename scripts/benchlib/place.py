"""The stack that is measured: its own, in a temporary folder, with a small city and the database of the floors."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

from citylib import people
from citylib.client import Gateway
from stacklib import database
from stacklib.settings import ROOT, Place

SIDE = 20                     # grids in a row
CELL = 0.001                  # degrees, about 100 m
SOUTH, WEST = 22.50, 113.38
WORKERS = 200
IDLE = 2000
COMMUNITY = "442000901001"
FLOOR_OPTIONS = ("-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off "
                 "-c enable_mergejoin=off")


class Bench:
    """Started by the constructor, ended by close()."""

    def __init__(self, var=None):
        self.own = var is None
        self.var = Path(var or tempfile.mkdtemp(prefix="paidan-bench-"))
        self.var.chmod(0o755)
        os.environ.update(PAIDAN_VAR=str(self.var), PAIDAN_HTTP="127.0.0.1:0", PAIDAN_RATE_LIMIT="1000000")
        self.place = Place()
        self.stack("up")
        self.tool = self.place.bin / "paidan-bench"
        self.load_city()
        self.make_floor()

    def stack(self, *words):
        subprocess.run([ROOT / "scripts" / "stack", *words], check=True, stdout=sys.stderr)

    @property
    def state(self):
        return self.place.state()

    def close(self, keep=False):
        self.stack("down")
        if keep or not self.own:
            print(f"kept {self.var}", file=sys.stderr)
        else:
            shutil.rmtree(self.var, ignore_errors=True)

    # ---- the city: SIDE by SIDE unit grids, each worker has some of them, everybody is on duty

    def load_city(self):
        gateway = Gateway()
        now = people.now()
        ids = [f"W{900000 + n}" for n in range(1, WORKERS + 1)]
        idle = [f"I{900000 + n}" for n in range(1, IDLE + 1)]
        grids, posts = [], []
        for n in range(SIDE * SIDE):
            south, west = SOUTH + n // SIDE * CELL, WEST + n % SIDE * CELL
            north, east = SOUTH + (n // SIDE + 1) * CELL, WEST + (n % SIDE + 1) * CELL
            code = f"{COMMUNITY}{n + 1:03d}"
            grids.append({"code": code, "name": f"Cell {n}", "layer": "unit", "community": COMMUNITY,
                          "ring": [round(v, 7) for v in (west, south, east, south, east, north, west, north)],
                          "valid_from": "2020-01-01T00:00:00Z"})
            posts.append({"grid": code, "worker_id": ids[n % WORKERS], "accountability": "primary"})
        gateway.load("divisions", [{"code": COMMUNITY[:6], "name": "Bench", "level": "city"},
                                   {"code": COMMUNITY[:9], "name": "Bench", "level": "town", "parent": COMMUNITY[:6]},
                                   {"code": COMMUNITY, "name": "Bench", "level": "community", "parent": COMMUNITY[:9]}])
        gateway.load("grids", grids)
        gateway.load("workers", [{"id": i, "name": f"Worker {i}"} for i in ids])
        gateway.load("grid_workers", posts)
        gateway.load("shifts", [{"worker_id": i, "from": people.stamp(now - timedelta(days=1)),
                                 "to": people.stamp(now + timedelta(days=60))} for i in ids])
        gateway.put_accounts([{"username": i.lower(), "role": "worker", "worker_id": i} for i in ids + idle])
        (self.var / "workers").write_text("".join(i + "\n" for i in ids))
        (self.var / "idle").write_text("".join(i + "\n" for i in idle))

    @property
    def box(self):
        inside = CELL / 100
        return f"{SOUTH + inside},{WEST + inside},{SOUTH + SIDE * CELL - inside},{WEST + SIDE * CELL - inside}"

    # ---- the floors' database: the very tables of the services, in the same cluster

    def make_floor(self):
        postgres = self.state["postgres"]
        psql = database.local_psql(postgres["socket_dir"])
        psql("DROP DATABASE IF EXISTS bench_floor", database="postgres")
        psql("CREATE DATABASE bench_floor ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C.UTF-8'", database="postgres")
        schema = subprocess.run([Path(postgres["bin"]) / "pg_dump", "-h", postgres["socket_dir"], "-p", str(postgres["port"]),
                                 "-U", "postgres", "--schema-only", "--no-privileges", "paidan"], check=True,
                                capture_output=True, text=True).stdout
        psql(schema, database="bench_floor")
        psql("CREATE SCHEMA floor; CREATE SEQUENCE floor.position; CREATE SEQUENCE floor.log", database="bench_floor")

    def psql(self, sql, name="paidan"):
        out = database.local_psql(self.state["postgres"]["socket_dir"])(sql, database=name, rows=True)
        return [line.split("|") for line in out.splitlines()]

    # ---- single measurements

    def unconfirmed(self):
        """Events that somebody has not committed yet, over all services."""
        total = 0.0
        for name in ("intake", "assign", "notify"):
            with urllib.request.urlopen(f"http://{self.state['services'][name]['http']}/metrics", timeout=5) as answer:
                total += sum(float(line.rsplit(" ", 1)[1]) for line in answer.read().decode().splitlines()
                             if line.startswith("paidan_outbox_unconfirmed{"))
        return total

    def settle(self, seconds=60):
        """What the measurement before left behind must not be paid by the next one: the trace catches up, vacuum ends."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            vacuums = self.psql("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'")
            if self.unconfirmed() == 0 and vacuums == [["0"]]:
                return
            time.sleep(0.5)

    def run(self, what, *options, timeout=300):
        """One JSON object of paidan-bench. A measurement that failed ends everything: its figure would be worth nothing."""
        if what != "idle":
            self.settle()
        done = subprocess.run([self.tool, what, *[str(o) for o in options]], capture_output=True, text=True, timeout=timeout,
                              check=False)
        if done.returncode:
            raise RuntimeError(f"paidan-bench {what} ended with {done.returncode}: {done.stderr.strip()} {done.stdout.strip()}")
        return json.loads(done.stdout.splitlines()[-1])

    def floor_options(self, kind, connections, seconds, sizes):
        postgres = self.state["postgres"]
        conninfo = (f"host={postgres['socket_dir']} port={postgres['port']} user=postgres dbname=bench_floor "
                    f"options='{FLOOR_OPTIONS}'")
        return ["--kind", kind, "--conninfo", conninfo, "--connections", connections, "--seconds", seconds,
                "--event-bytes", sizes["events"], "--reply-bytes", sizes["replies"], "--sealed-bytes", sizes["sealed"]]

    def life_options(self, seconds, connections, open_max, workers="workers"):
        return ["--http", self.state["http"], "--accounts", self.state["accounts"], "--workers", self.var / workers,
                "--box", self.box, "--seconds", seconds, "--connections", connections, "--open", open_max]

    def bus_options(self, seconds, open_max):
        return ["--nats", self.state["nats"]["url"], "--seed", Path(self.state["secrets"]) / "gateway.nk", "--workers",
                self.var / "workers", "--box", self.box, "--seconds", seconds, "--open", open_max]

    def sizes(self):
        """What the rows of this system weigh, for the floors."""
        events = dict(self.psql("SELECT type, round(avg(length(event))) FROM audit.trace_event GROUP BY 1"))
        order = ["1", "2", "6", "7", "8", "9", "10", "11", "13"]
        replies = self.psql("SELECT round(avg(length(reply))) FROM intake.idempotency UNION ALL "
                            "SELECT round(avg(length(reply))) FROM assign.idempotency")
        (intake,), (assign,) = replies
        by_stage = [intake, intake, "0", "0", assign, assign, assign, assign, intake]
        sealed = self.psql("SELECT round(avg(length(sealed))) FROM intake.service_request")[0][0]
        return {"events": ",".join(events.get(t, "250") for t in order), "replies": ",".join(by_stage), "sealed": sealed}
