#!/usr/bin/python3
"""people - what a change of people costs: 12,000 grids, 5,000 workers, a stack of its own

    tests/bench/people.py [--toggles N] [--tmp DIR]

Prints: the import; one worker's toggle of duty with nobody else (the batch without its COMMIT is the reading of what changed, the decision
and the log); orders dispatched while 200 workers toggle at once; the same while the shift of half the city changes.
"""

import argparse
import sys
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
sys.dont_write_bytecode = True

from stack import Stack  # noqa: E402

GRIDS, WORKERS, ROWS = 12000, 5000, 2000
CALLERS = 16


def stamp(seconds):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Api:
    def __init__(self, url, token):
        self.url, self.http = url, requests.Session()
        self.http.headers["Authorization"] = "Bearer " + token

    def post(self, path, body):
        answer = self.http.post(self.url + path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())}, timeout=120)
        assert answer.status_code < 300, answer.text
        return answer.json()


def code_of(n):
    return f"44200000{1 + n // 6000}{1 + n % 6000 // 60:03d}{1 + n % 60:03d}"


def ring(n):
    x, y = 113.0 + n % 120 * 0.001, 22.0 + n // 120 * 0.001
    return [round(v, 7) for v in (x, y, x + .001, y, x + .001, y + .001, x, y + .001)]


def import_city(admin, change_s):
    """Everybody is on duty; the shift of every other worker ends at change_s."""
    towns = sorted({code_of(n)[:9] for n in range(GRIDS)})
    communities = sorted({code_of(n)[:12] for n in range(GRIDS)})
    parts = {
        "divisions": [{"code": "442000", "name": "城", "level": "city"}] +
                     [{"code": t, "name": "镇", "level": "town", "parent": "442000"} for t in towns] +
                     [{"code": c, "name": "社区", "level": "community", "parent": c[:9]} for c in communities],
        "workers": [{"id": f"B{n:05d}", "name": "网格员"} for n in range(WORKERS)],
        "shifts": [{"worker_id": f"B{n:05d}", "from": stamp(-3600), "to": change_s if n % 2 else stamp(86400)} for n in range(WORKERS)],
        "grids": [{"code": code_of(n), "name": "格", "layer": "unit", "community": code_of(n)[:12], "ring": ring(n)} for n in range(GRIDS)],
        "grid_workers": [{"grid": code_of(n), "worker_id": f"B{(n + k) % WORKERS:05d}", "accountability": rank}
                         for n in range(GRIDS) for k, rank in ((0, "primary"), (1, "deputy"))]}
    began = time.monotonic()
    for name, rows in parts.items():
        for first in range(0, len(rows), ROWS):
            admin.post("/v1/import", {name: rows[first:first + ROWS]})
    return time.monotonic() - began


def metrics(stack):
    text = requests.get(f"http://{stack.entry('assign')['http']}/metrics", timeout=5).text
    return {line.split("{")[0]: float(line.split()[-1]) for line in text.splitlines() if line.startswith("paidan_") and "_bucket" not in line}


def quantiles(list_ms):
    ordered = sorted(list_ms)
    return f"p50 {ordered[len(ordered) // 2]:.1f} ms, p99 {ordered[int(len(ordered) * .99)]:.1f} ms, worst {ordered[-1]:.1f} ms (n {len(ordered)})"


def toggle_alone(stack, workers, toggles):
    before, times = metrics(stack), []
    for n in range(toggles):
        began = time.monotonic()
        workers[n % len(workers)].post("/v1/duty", {"on_duty": n // len(workers) % 2 == 1})
        times.append((time.monotonic() - began) * 1000)
    after = metrics(stack)
    spent = {name: after[name] - before[name] for name in ("paidan_batch_seconds_sum", "paidan_commit_seconds_sum", "paidan_batches_total")}
    batch = spent["paidan_batch_seconds_sum"] / spent["paidan_batches_total"] * 1000
    commit = spent["paidan_commit_seconds_sum"] / spent["paidan_batches_total"] * 1000
    print(f"one toggle at a time: {quantiles(times)}; batch {batch:.2f} ms, of it COMMIT {commit:.2f} ms, the rest {batch - commit:.2f} ms")


def dispatches(stack, operator, count):
    """From acceptance to the row of the dispatched order, one after the other; in grids whose primary stays on duty all the time."""
    times = []
    stay = [n for n in range(GRIDS) if n % WORKERS % 2 == 0 and n % WORKERS > 400]
    for k in range(count):
        n = stay[k * 997 % len(stay)]
        lat, long = 22.0 + (n // 120 + .5) * .001, 113.0 + (n % 120 + .5) * .001
        made = operator.post("/v1/requests", {"channel": "hotline", "service_code": "x", "description": "x",
                                              "location": {"lat": lat, "long": long}})
        operator.post(f"/v1/requests/{made['id']}/accept", {})
        began = time.monotonic()
        while True:
            seen = operator.http.get(f"{stack.url}/v1/requests/{made['id']}", timeout=30).json()
            if seen["state"] != "accepted" or time.monotonic() - began > 30:
                break
            time.sleep(.002)
        times.append((time.monotonic() - began) * 1000)
    return times


def toggle_together(workers, stop, counted):
    def one(mine):
        n = 0
        while not stop.is_set():
            for worker in mine:
                worker.post("/v1/duty", {"on_duty": n % 2 == 1})
                counted[0] += 1
                if stop.is_set():
                    return
            n += 1

    threads = [threading.Thread(target=one, args=(workers[i::CALLERS],)) for i in range(CALLERS)]
    for thread in threads:
        thread.start()
    return threads


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toggles", type=int, default=400)
    args = parser.parse_args()
    with Stack(env={"PAIDAN_RATE_LIMIT": "0"}) as stack:
        accounts = stack.accounts()
        log_in = lambda role: Api(stack.url, requests.post(stack.url + "/v1/session", timeout=30, json={
            k: accounts[role][k] for k in ("username", "password")}).json()["token"])
        admin, operator = log_in("admin"), log_in("operator")
        change = stamp(40)
        print(f"import of {GRIDS} grids, {WORKERS} workers, {2 * GRIDS} posts: {import_city(admin, change):.1f} s")
        names = [{"username": f"b{n:05d}", "role": "worker", "worker_id": f"B{n:05d}"} for n in range(0, 400, 2)]
        admin.post("/v1/accounts", {"accounts": names})
        workers = [Api(stack.url, admin.post("/v1/tokens", {"username": a["username"]})["token"]) for a in names]
        toggle_alone(stack, workers, args.toggles)
        print("dispatch, nobody toggles:", quantiles(dispatches(stack, operator, 60)))
        stop, counted, began = threading.Event(), [0], time.monotonic()
        threads = toggle_together(workers, stop, counted)
        busy = dispatches(stack, operator, 60)
        stop.set()
        for thread in threads:
            thread.join()
        rate = counted[0] / (time.monotonic() - began)
        for worker in workers:
            worker.post("/v1/duty", {"on_duty": True})
        print(f"dispatch, {rate:.0f} toggles a second: {quantiles(busy)}")
        wait = datetime.fromisoformat(change.replace("Z", "+00:00")).timestamp() - time.time()
        print(f"shift change of half the workers in {max(wait, 0):.0f} s")
        if wait > 0.5:
            time.sleep(wait - 0.5)
        stop = threading.Event()
        threads = toggle_together(workers, stop, counted)
        print("dispatch meanwhile, and toggles:", quantiles(dispatches(stack, operator, 100)))
        stop.set()
        for thread in threads:
            thread.join()
        time.sleep(10)
        text = stack.sql("SELECT count(*), count(DISTINCT grid), max(changed) - min(changed) + 1 FROM assign.accountable "
                         f"WHERE since = '{change}'")
        print("rows of the log at that instant, grids, versions from first to last:", *text[0])


if __name__ == "__main__":
    main()
