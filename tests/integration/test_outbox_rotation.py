"""The outbox is rotated by slots: confirmed slots are emptied, nothing unconfirmed is, and the trace stays whole."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "fault"))

from world import World  # noqa: E402


def test_confirmed_slots_are_emptied_and_the_trace_stays_whole():
    os.environ["PAIDAN_OUTBOX_HOURS"] = "0"
    try:
        world = World()
    finally:
        del os.environ["PAIDAN_OUTBOX_HOURS"]
    try:
        clients = {name: world.client(name) for name in world.tokens}
        postgres = world.state()["postgres"]
        database = psycopg2.connect(host=postgres["socket_dir"], port=postgres["port"], user=postgres["superuser"], dbname="paidan")
        database.autocommit = True
        cursor = database.cursor()
        slots = set()
        for turn in range(4):
            world.walk(clients, f"轮换 {turn}")
            # Upkeep comes at start and every minute: a restart is the quick way to it, once the confirmations are saved.
            time.sleep(6)
            subprocess.run([str(ROOT / "scripts" / "stack"), "restart", "intake"], env=world.env, check=True, timeout=60)
            time.sleep(1)
            cursor.execute("SELECT slot FROM intake.outbox_slot")
            slots.add(cursor.fetchone()[0])
        assert slots == {0, 1, 2}
        cursor.execute("SELECT count(*) FROM intake.outbox")
        kept = cursor.fetchone()[0]
        cursor.execute("SELECT sum(s) FROM intake.producer_position, unnest(last_seq) AS s")
        assert 0 < kept < cursor.fetchone()[0], "no slot was emptied"
        good, report = world.check()
        assert good, report
    finally:
        world.close()
