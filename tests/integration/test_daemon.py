#!/usr/bin/python3
"""The skeleton of every service, through tests/unit/io/daemon_probe.c: start, readiness, drain, failures, exit codes.

Run by `make io-test`, or: BUILD=asan tests/integration/test_daemon.py
"""
import fcntl
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

import requests

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", "release")
PROBE = os.path.join(TOP, "build", BUILD, "tests", "unit", "io", "daemon_probe")


class Probe:
    def __init__(self, **settings):
        env = {k: v for k, v in os.environ.items() if not k.startswith("PAIDAN_")}
        env["PAIDAN_HTTP"] = "127.0.0.1:0"
        env.update({k: str(v) for k, v in settings.items()})
        self.log = tempfile.TemporaryFile("a+")
        # Python gives the descriptor no O_APPEND; reading from the start would make the child write over its own log.
        fcntl.fcntl(self.log, fcntl.F_SETFL, os.O_APPEND)
        begin = time.monotonic()
        self.process = subprocess.Popen([PROBE], env=env, stderr=self.log)
        while not self.find("HTTP_LISTENING") and not self.find("FATAL"):
            time.sleep(0.005)
        self.start_s = time.monotonic() - begin
        listening = self.find("HTTP_LISTENING")
        if listening:
            self.url = "http://127.0.0.1:" + listening["text"].split()[-1]

    def read(self):
        """All whole records of the log so far."""
        self.log.seek(0)
        return [json.loads(line) for line in self.log.read().splitlines(keepends=True) if line.endswith("\n")]

    def find(self, event):
        return next((r for r in self.read() if r["event"] == event), None)

    def end(self, number=None):
        """(exit code, names of the events in the log)"""
        if number:
            self.process.send_signal(number)
        code = self.process.wait(timeout=20)
        self.records = self.read()
        self.log.close()
        return code, [r["event"] for r in self.records]

    def get(self, path):
        return requests.get(self.url + path, timeout=10)

    def wait_ready(self):
        while self.get("/readyz").status_code != 200:
            time.sleep(0.02)


class Daemon(unittest.TestCase):
    def test_it_starts_fast_tells_what_it_is_and_becomes_ready(self):
        probe = Probe()
        if BUILD == "release":
            self.assertLess(probe.start_s, 0.2)
        self.assertEqual(probe.get("/healthz").json(), {"status": "ok"})
        waiting = probe.get("/readyz")
        self.assertEqual(waiting.status_code, 503)
        self.assertEqual(waiting.json()["detail"], "Waiting for the probe's timer.")
        probe.wait_ready()
        metrics = probe.get("/metrics")
        self.assertIn("version=0.0.4", metrics.headers["Content-Type"])
        self.assertIn('paidan_http_requests_total{service="audit",status="2xx"}', metrics.text)
        self.assertEqual(requests.post(probe.url + "/metrics", timeout=5).status_code, 405)
        self.assertEqual(requests.head(probe.url + "/readyz", timeout=5).text, "")
        self.assertEqual(probe.get("/elsewhere").status_code, 404)
        code, events = probe.end(signal.SIGTERM)
        self.assertEqual(code, 0)
        self.assertEqual(events[0], "STARTED")
        self.assertEqual(events[-2:], ["DRAINING", "STOPPED"])
        settings = [r["text"] for r in probe.records if r["event"] == "SETTING"]
        self.assertIn("batch_max=512", settings)
        self.assertTrue(all(r["service"] == "audit" and r["ts"].endswith("Z") for r in probe.records))

    def test_calls_from_other_threads_all_run(self):
        probe = Probe()
        for _ in range(3):
            self.assertEqual(probe.get("/post").text, "posted")
        self.assertEqual(probe.end(signal.SIGINT)[0], 0)

    def test_drain_waits_for_the_service(self):
        probe = Probe(PROBE_DRAIN_MS=400)
        begin = time.monotonic()
        code, events = probe.end(signal.SIGTERM)
        self.assertEqual(code, 0)
        self.assertGreater(time.monotonic() - begin, 0.35)
        self.assertNotIn("DRAIN_DEADLINE", events)

    def test_drain_has_a_deadline(self):
        probe = Probe(PROBE_DRAIN_MS=60000, PAIDAN_DRAIN_MS=300)
        code, events = probe.end(signal.SIGTERM)
        self.assertEqual(code, 0)
        self.assertIn("DRAIN_DEADLINE", events)

    def test_a_second_signal_stops_at_once(self):
        probe = Probe(PROBE_DRAIN_MS=60000)
        probe.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        self.assertEqual(probe.end(signal.SIGTERM)[0], 0)

    def test_sighup_changes_nothing(self):
        probe = Probe()
        probe.process.send_signal(signal.SIGHUP)
        time.sleep(0.1)
        self.assertEqual(probe.get("/healthz").status_code, 200)
        code, events = probe.end(signal.SIGTERM)
        self.assertEqual((code, "SIGHUP_IGNORED" in events), (0, True))

    def test_a_start_that_fails(self):
        code, events = Probe(PROBE_START="fail").end()
        self.assertEqual((code, events[-1]), (1, "FATAL"))

    def test_a_service_that_breaks_while_it_answers(self):
        probe = Probe()
        self.assertEqual(probe.get("/fail").text, "failing")
        code, events = probe.end()
        self.assertEqual((code, events[-1]), (1, "FATAL"))
        self.assertEqual(probe.records[-1]["code"], "probe")

    def test_a_handle_left_open_is_told(self):
        probe = Probe()
        probe.get("/leak")
        code, events = probe.end(signal.SIGTERM)
        self.assertEqual((code, events[-1]), (1, "HANDLES_LEFT"))

    def test_an_address_that_is_taken(self):
        probe = Probe()
        second = Probe(PAIDAN_HTTP=probe.url[len("http://"):])
        code, events = second.end()
        self.assertEqual((code, events[-1]), (1, "FATAL"))
        self.assertIn("Address already in use", second.records[-1]["text"])
        self.assertEqual(probe.end(signal.SIGTERM)[0], 0)

    def test_wrong_settings_exit_78_and_say_which(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write("PAIDAN_QUEUE_MAX=lots\n")
            file.flush()
            done = subprocess.run([PROBE, "--config", file.name], capture_output=True, text=True, timeout=5)
        self.assertEqual(done.returncode, 78)
        self.assertIn('queue_max', done.stderr)
        for args in (["--nonsense"], ["stray"], ["--config"], ["--config", "/nonexistent"]):
            self.assertEqual(subprocess.run([PROBE, *args], capture_output=True, timeout=5).returncode, 78, args)
        self.assertEqual(subprocess.run([PROBE, "--help"], capture_output=True, timeout=5).returncode, 0)
        version = subprocess.run([PROBE, "--version"], capture_output=True, text=True, timeout=5)
        self.assertRegex(version.stdout, r"^audit \d+\.\d+\.\d+")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
