"""A throw-away stack for tests: its own PostgreSQL, NATS and services in a folder that is removed at the end.

    with Stack() as stack:            # services=("none",) starts only PostgreSQL, NATS and the steward
        stack.url, stack.state(), stack.sql("SELECT 1"), stack.kill("nats"), stack.accounts()
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "stack"


class Stack:
    def __init__(self, services=(), env=None):
        self.var = Path(tempfile.mkdtemp(prefix="paidan-test-"))
        self.var.chmod(0o755)
        self.services = services
        self.env = dict(os.environ, PAIDAN_VAR=str(self.var), PAIDAN_HTTP="127.0.0.1:0", **(env or {}))

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.remove()

    def run(self, *args, check=True, **options):
        done = subprocess.run([SCRIPT, *args], env=self.env, text=True, capture_output=True, timeout=180, check=False, **options)
        if check and done.returncode:
            raise AssertionError(f"stack {' '.join(args)}: {done.stderr or done.stdout}")
        return done

    def up(self):
        self.run("up", *(["--services", ",".join(self.services)] if self.services else []))
        self.env["PAIDAN_HTTP"] = self.state()["http"]

    def remove(self):
        """Stops and deletes. PAIDAN_TEST_KEEP=1 keeps the folder for reading its logs."""
        self.run("down", check=False)
        if not os.environ.get("PAIDAN_TEST_KEEP"):
            shutil.rmtree(self.var, ignore_errors=True)

    def state(self):
        return json.loads((self.var / "stack.json").read_text())

    @property
    def url(self):
        return "http://" + self.state()["http"]

    def accounts(self):
        """{role: first account of that role}"""
        accounts = {}
        for account in json.loads((self.var / "accounts.json").read_text()):
            accounts.setdefault(account["role"], account)
        return accounts

    def entry(self, name):
        state = self.state()
        return state["services"].get(name) or state[name]

    def kill(self, name, number=signal.SIGKILL):
        """Returns the pid that got the signal."""
        pid = self.entry(name)["pid"]
        os.kill(pid, number)
        return pid

    def wait_restart(self, name, old_pid, seconds=15):
        """Seconds until the supervisor has started another process of that name."""
        start = time.monotonic()
        while self.entry(name)["pid"] in (old_pid, None):
            assert time.monotonic() - start < seconds, f"{name} was not started again in {seconds} s"
            time.sleep(0.005)
        return time.monotonic() - start

    def sql(self, text, check=True):
        """Rows as lists of strings, as superuser."""
        done = self.run("psql", "-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", text, check=check)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def log(self, name):
        return (self.var / "log" / f"{name}.log").read_text(errors="replace")
