"""What the gateway does when callers, services or its database are not as they should be. A small stack of its own."""

import os
import signal
import socket
import time
import uuid

import pytest
import requests

from api import Caller, log_in, refused, wait_for
from stack import Stack

WORDS = {"channel": "hotline", "service_code": "road", "description": "坑", "location": {"lat": 22.5, "long": 113.3}}


@pytest.fixture(scope="module")
def stack():
    with Stack(services=("gateway", "intake"), env={"PAIDAN_RATE_LIMIT": "40", "PAIDAN_REQUEST_MS": "700"}) as one:
        yield one


@pytest.fixture(scope="module")
def callers(stack):
    accounts = stack.accounts()
    return {role: log_in(stack.url, accounts[role]) for role in accounts}


def test_who_calls_too_often_waits_and_nobody_else(callers):
    operator, supervisor = callers["operator"], callers["supervisor"]
    answers = [operator.get("/v1/requests?limit=1") for _ in range(200)]
    assert {a.status_code for a in answers} == {200, 429}
    limited = next(a for a in answers if a.status_code == 429)
    refused(limited, 429, "rate-limited")
    assert 1 <= int(limited.headers["Retry-After"]) <= 2
    assert supervisor.get("/v1/requests?limit=1").status_code == 200
    time.sleep(1.1)
    assert operator.get("/v1/requests?limit=1").status_code == 200
    assert "paidan_rate_limited_total" in operator.get("/metrics").text


def test_an_address_has_a_limit_too(callers, stack):
    host, port = stack.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as link:
        link.sendall(b"GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n" * 1500 + b"GET /v1/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = b""
        while some := link.recv(1 << 20):
            said += some
    codes = [said.count(b"HTTP/1.1 %d" % code) for code in (404, 429)]
    assert sum(codes) == 1501 and 800 <= codes[0] < 1400, codes
    assert requests.get(stack.url + "/healthz", timeout=10).status_code == 200  # the watch is not held up
    wait_for(lambda: callers["operator"].get("/v1/requests?limit=1").status_code == 200, "end of the limit", pause=0.2)


def test_a_service_that_hangs_leaves_the_outcome_unknown_and_the_key_finds_it(callers, stack):
    operator, key = callers["operator"], str(uuid.uuid4())
    pid = stack.entry("intake")["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        start = time.monotonic()
        refused(operator.post("/v1/requests", WORDS, key=key), 503, "unknown-outcome")
        assert 0.6 < time.monotonic() - start < 2
        answer = operator.get("/v1/requests?limit=1")
        refused(answer, 503, "busy")
        assert answer.headers["Retry-After"] == "1"
    finally:
        os.kill(pid, signal.SIGCONT)
    made = wait_for(lambda: (a := operator.post("/v1/requests", WORDS, key=key)).status_code == 201 and a.json(), "answer")
    assert operator.post("/v1/requests", WORDS, key=key).json() == made
    listed = operator.get("/v1/requests?limit=200").json()["requests"]
    assert len([r for r in listed if r["id"] == made["id"]]) == 1


def test_a_killed_service_is_busy_until_it_is_back(callers, stack):
    old = stack.kill("intake")
    codes = set()
    while stack.entry("intake")["pid"] == old or not codes:
        codes.add(callers["operator"].get("/v1/requests?limit=1").status_code)
        time.sleep(0.05)
    assert codes <= {200, 503}
    wait_for(lambda: callers["operator"].get("/v1/requests?limit=1").status_code == 200, "intake")


def test_without_its_database_who_is_known_goes_on_and_who_is_not_is_told(callers, stack):
    fresh = callers["admin"].post("/v1/tokens", {"username": stack.accounts()["operator"]["username"]}).json()["token"]
    stack.run("stop", "postgres")
    try:
        assert callers["operator"].get("/v1/nothing").status_code == 404
        assert callers["operator"].get("/v1/orders/x").status_code == 503  # no assign here; the session is known
        assert Caller(stack.url, fresh).get("/v1/orders/x").status_code == 503
        account = stack.accounts()["operator"]
        answer = requests.post(stack.url + "/v1/session", json={"username": account["username"], "password": account["password"]},
                               timeout=30)
        refused(answer, 503, "busy")
        wait_for(lambda: requests.get(stack.url + "/readyz", timeout=5).status_code == 503, "not ready")
        assert "PostgreSQL" in requests.get(stack.url + "/readyz", timeout=5).json()["detail"]
        assert requests.get(stack.url + "/healthz", timeout=5).status_code == 200
    finally:
        stack.run("start", "postgres")
    wait_for(lambda: requests.get(stack.url + "/readyz", timeout=5).status_code == 200, "ready")
    assert log_in(stack.url, stack.accounts()["operator"])
    wait_for(lambda: Caller(stack.url, fresh).get("/v1/requests?limit=1").status_code == 200, "intake")


def test_without_nats_it_says_so_and_comes_back(callers, stack):
    stack.run("stop", "nats")
    try:
        answer = wait_for(lambda: (a := callers["operator"].get("/v1/requests?limit=1")).status_code == 503 and [a], "refusal", pause=0.1)
        assert answer[0].json()["type"] in ("urn:paidan:problem:busy", "urn:paidan:problem:unknown-outcome")
        wait_for(lambda: requests.get(stack.url + "/readyz", timeout=5).status_code == 503, "not ready")
    finally:
        stack.run("start", "nats")
    wait_for(lambda: callers["operator"].get("/v1/requests?limit=1").status_code == 200, "service")


def test_sigterm_answers_what_runs_and_ends_clean(callers, stack):
    entry = stack.entry("gateway")
    old = stack.kill("gateway", signal.SIGTERM)
    assert old == entry["pid"]
    stack.wait_restart("gateway", old)
    wait_for(lambda: alive(stack), "gateway")
    log = stack.log("gateway")
    assert '"STOPPED"' in log and '"HANDLES_LEFT"' not in log and '"DRAIN_DEADLINE"' not in log


def alive(stack):
    try:
        return requests.get(stack.url + "/readyz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False
