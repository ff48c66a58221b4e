"""The world of a fault test: a stack of its own, a small city, and walkers who carry requests from register to closed.

A walker keeps asking, with the same Idempotency-Key, until it has an answer: what a client must do and no more. It writes down what was
acknowledged to it; scripts/check-traces then proves that all of it is there, once.
"""

import http.client
import json
import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GRID = "442000001001001"
WORKERS = ("W000901", "W000902", "W000903")
PATIENCE_S = 120  # a call that has no answer for so long means that the system did not come back


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


class Client:
    """One principal's connection; remakes it when it breaks."""

    def __init__(self, address, token=None):
        self.address = address
        self.token = token
        self.connection = None
        self.retries = 0

    def once(self, method, path, body=None, key=None, timeout=15):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=timeout)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        try:
            self.connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise
        return answer.status, json.loads(text) if text else {}

    def call(self, method, path, body=None, key=None):
        """Until there is an answer that says whether it was done."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                status, answer = self.once(method, path, body, key)
                if status < 300:
                    return answer
                if status not in (429, 503):
                    raise Refused(status, answer)
            except (OSError, http.client.HTTPException, ValueError) as error:
                answer = repr(error)
            if time.monotonic() > end:
                raise TimeoutError(f"{method} {path}: no answer for {PATIENCE_S} s; last: {answer}")
            self.retries += 1
            time.sleep(0.05 + random.random() * 0.1)


class World:
    """A running stack in a folder of its own."""

    def __init__(self, before_start=lambda var: None, **settings):
        """before_start is called with the stack's folder. settings: further variables of the stack's environment; "{var}" in a value
        is that folder."""
        self.var = Path(tempfile.mkdtemp(prefix="pd-fault-", dir=os.environ.get("PAIDAN_TEST_DIR")))
        self.var.chmod(0o755)
        before_start(self.var)
        self.env = dict(os.environ, PAIDAN_VAR=str(self.var), PAIDAN_HTTP="127.0.0.1:0", PAIDAN_RATE_LIMIT="1000000",
                        **{name: value.format(var=self.var) for name, value in settings.items()})
        subprocess.run([str(ROOT / "scripts" / "stack"), "up"], env=self.env, check=True, timeout=180)
        self.address = self.state()["http"]
        self.lock = threading.Lock()
        self.acknowledged = []  # ids that were answered with 201
        self.closed = []
        self.errors = []
        accounts = {a["role"]: a for a in json.loads((self.var / "accounts.json").read_text())}
        self.tokens = {role: self.log_in(a["username"], a["password"]) for role, a in accounts.items() if role != "worker"}
        self.make_city()

    def state(self):
        return json.loads((self.var / "stack.json").read_text())

    def client(self, role):
        return Client(self.address, self.tokens[role])

    def log_in(self, username, password):
        return Client(self.address).call("POST", "/v1/session", {"username": username, "password": password})["token"]

    def make_city(self):
        """One grid, three workers on duty."""
        admin = self.client("admin")
        now = time.time()
        stamp = lambda t: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
        admin.call("POST", "/v1/import", {
            "divisions": [{"code": "442000", "name": "中山市", "level": "city"},
                          {"code": "442000001", "name": "石岐街道", "level": "town", "parent": "442000"},
                          {"code": "442000001001", "name": "测试社区", "level": "community", "parent": "442000001"}],
            "grids": [{"code": GRID, "name": "测试一格", "layer": "unit", "community": "442000001001",
                       "ring": [113.3, 22.4, 113.5, 22.4, 113.5, 22.6, 113.3, 22.6], "valid_from": "2020-01-01T00:00:00Z"}],
            "workers": [{"id": w, "name": "测试员"} for w in WORKERS],
            "grid_workers": [{"grid": GRID, "worker_id": w, "accountability": "primary"} for w in WORKERS],
            "shifts": [{"worker_id": w, "from": stamp(now - 86400), "to": stamp(now + 86400 * 30)} for w in WORKERS]})
        admin.call("POST", "/v1/accounts", {"accounts": [{"username": w.lower(), "role": "worker", "worker_id": w} for w in WORKERS]})
        for w in WORKERS:
            self.tokens[w] = admin.call("POST", "/v1/tokens", {"username": w.lower()})["token"]

    def register_body(self, text):
        return {"channel": "hotline", "service_code": "0102.litter", "description": text,
                "location": {"lat": 22.45 + random.random() / 10, "long": 113.35 + random.random() / 10},
                "requester": {"name": "陈大文", "phone": "13800001234"}}

    # ---- one request's life

    def wait_state(self, client, request_id, wanted):
        end = time.monotonic() + PATIENCE_S
        while True:
            view = client.call("GET", f"/v1/requests/{request_id}")
            if view["state"] in wanted:
                return view
            if time.monotonic() > end:
                raise TimeoutError(f"{request_id} is {view['state']} for {PATIENCE_S} s, not {wanted}")
            time.sleep(0.03)

    def act(self, client, path, body, done):
        """A command under one key. 409 can only mean that an earlier try of ours was done and its answer was lost before the key
        was known to us; the state then must be the one we wanted."""
        try:
            return client.call("POST", path, body, key=str(uuid.uuid4()))
        except Refused as refusal:
            if refusal.status == 409 and refusal.body.get("state") in done:
                return refusal.body
            raise

    def walk(self, clients, text):
        operator, dispatcher = clients["operator"], clients["dispatcher"]
        request = operator.call("POST", "/v1/requests", self.register_body(text), key=str(uuid.uuid4()))["id"]
        with self.lock:
            self.acknowledged.append(request)
        self.act(operator, f"/v1/requests/{request}/accept", {}, ())
        view = self.wait_state(operator, request, ("dispatched",))
        worker, order = clients[view["worker_id"]], view["order_id"]
        self.act(worker, f"/v1/orders/{order}/sign", {}, ())
        self.act(worker, f"/v1/orders/{order}/start", {}, ())
        self.act(worker, f"/v1/orders/{order}/feed_back", {"result": "resolved", "text": "已清理"}, ())
        self.act(dispatcher, f"/v1/orders/{order}/review_pass", {}, ())
        self.wait_state(operator, request, ("visiting",))
        self.act(operator, f"/v1/requests/{request}/visit", {"satisfaction": "satisfied"}, ())
        with self.lock:
            self.closed.append(request)

    def walk_until(self, stop, number):
        clients = {name: self.client(name) for name in self.tokens}
        while not stop.is_set():
            try:
                self.walk(clients, f"垃圾 {number}")
            except (Refused, TimeoutError, KeyError) as error:
                with self.lock:
                    self.errors.append(f"{type(error).__name__}: {error}")

    # ---- the proof

    def check(self):
        """Every acknowledged request is there once, and the trace is whole."""
        listing = self.var / "acknowledged"
        listing.write_text("".join(f"{i}\n" for i in self.acknowledged))
        done = subprocess.run([str(ROOT / "scripts" / "check-traces"), "--wait", "60", str(listing)], env=self.env,
                              capture_output=True, text=True, timeout=600, check=False)
        return done.returncode == 0, done.stdout + done.stderr

    def metric(self, name, label=""):
        """Sum over the services that answer; a process that was restarted counts from zero."""
        total = 0.0
        for entry in self.state()["services"].values():
            host = http.client.HTTPConnection(entry["http"], timeout=5)
            try:
                host.request("GET", "/metrics")
                text = host.getresponse().read().decode()
            except (OSError, http.client.HTTPException):
                continue
            total += sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(f"paidan_{name}{{") and label in line)
        return total

    def log_tail(self, count=5):
        lines = []
        for path in sorted((self.var / "log").glob("*.log")):
            lines.append(f"--- {path.name}")
            lines += path.read_text(errors="replace").splitlines()[-count:]
        return "\n".join(lines)

    def close(self, keep=False):
        subprocess.run([str(ROOT / "scripts" / "stack"), "down"], env=self.env, check=False, timeout=120)
        if not keep:
            shutil.rmtree(self.var, ignore_errors=True)
