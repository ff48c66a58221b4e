"""The replay of a recorded city: every request reaches its end, also one outside of every grid, and a second run changes nothing."""

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from stack import ROOT, Stack  # noqa: E402

DATA = ROOT / "tests" / "fixtures" / "boston"
BIN = ROOT / "build" / (os.environ.get("BUILD") or "release") / "bin"


@pytest.fixture(scope="module")
def boston(tmp_path_factory):
    """(stack, file of the workers' ids, the recorded requests with one more in the sea)"""
    folder = tmp_path_factory.mktemp("replay")
    with gzip.open(DATA / "boston_311.csv.gz", "rt", newline="") as file:
        rows = list(csv.reader(file))
    lost = dict(zip(rows[0], rows[1]), CASE_ENQUIRY_ID="outside", LATITUDE="42.9", LONGITUDE="-70.1")
    with gzip.open(folder / "requests.csv.gz", "wt", newline="") as file:
        csv.writer(file).writerows([*rows, [lost[name] for name in rows[0]]])
    city = [ROOT / "scripts" / "demo-city", "boston", "--data", DATA]
    with Stack() as stack:
        subprocess.run(city, env=stack.env, check=True)
        count = json.loads(subprocess.run([*city, "--print"], check=True, capture_output=True).stdout)["workers"]
        (folder / "workers").write_text("".join(f"W{n:06d}\n" for n in range(1, count + 1)))
        yield stack, folder / "workers", folder / "requests.csv.gz", len(rows)


def replay(boston, *options):
    """Status, summary and what was printed."""
    stack, workers, requests, _ = boston
    summary = workers.with_name("summary.json")
    command = [BIN / "paidan-replay", "--http", stack.state()["http"], "--accounts", stack.var / "accounts.json", "--workers",
               workers, "--ids", workers.with_name("ids"), "--json", summary, *options, requests]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, json.loads(summary.read_text()), done.stdout + done.stderr


def check_traces(boston):
    stack, workers, *_ = boston
    done = subprocess.run([ROOT / "scripts" / "check-traces", "--wait", "30", workers.with_name("ids")], env=stack.env,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_request_is_closed(boston):
    status, summary, told = replay(boston)
    assert status == 0, told
    count = boston[3]
    assert {summary["steps"][step] for step in ("register", "accept", "sign", "feed_back", "visit", "closed")} == {count}
    assert summary["steps"]["dispatch"] == 1, "the one in the sea is given to a worker by the dispatcher"
    check_traces(boston)


def test_the_times_are_those_of_the_record(boston):
    rows = boston[0].sql("SELECT count(*), count(*) FILTER (WHERE requested_at < '2016-01-01' AND closed_at < '2016-01-02'), "
                         "count(*) FILTER (WHERE closed_at < requested_at) FROM intake.service_request")
    assert rows == [[str(boston[3]), str(boston[3]), "0"]]
    # 07/01/2011 01:32:33 AM in Boston, daylight saving time
    assert boston[0].sql("SELECT count(*) FROM intake.service_request WHERE requested_at = '2011-07-01 05:32:33+00'") != [["0"]]


def test_a_second_run_changes_nothing(boston):
    said = "SELECT count(*) FROM audit.trace_event WHERE type <> 16"  # the timer archives meanwhile
    before = boston[0].sql(said)
    status, _, told = replay(boston)
    assert status == 0, told
    assert boston[0].sql(said) == before
    check_traces(boston)


def test_at_a_speed(boston):
    """Four years in about eight seconds, under other keys: the same requests once more."""
    status, summary, told = replay(boston, "--speed", "15000000", "--prefix", "again-")
    assert status == 0, told
    assert summary["steps"]["closed"] == boston[3]
    assert summary["seconds"] > 5
