"""Who may do what on whose object: sessions, roles, a worker's own, limits."""

import threading
import time
import uuid

import pytest
import requests

from api import EAST, WEST, Caller, City, log_in, refused, wait_for


# ---- sessions

def test_without_a_session_nothing_is_told(city):
    for path in ("/v1/requests", "/v1/orders", "/v1/requests/x/trace", "/v1/audit/counts", "/v1/stream", "/v1/grids/locate?lat=1&long=1"):
        answer = city.nobody.get(path)
        refused(answer, 401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    refused(city.nobody.post("/v1/requests", city.words()), 401, "unauthenticated")


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 42 + "=", "A" * 5000, "' OR 1=1 --", ""])
def test_a_token_of_nobody_is_refused(city, token):
    answer = requests.get(city.url + "/v1/requests", headers={"Authorization": "Bearer " + token}, timeout=10)
    assert answer.status_code in (401, 431)


def test_a_session_ends_when_it_is_closed(city):
    account = city.stack.accounts()["operator"]
    caller = log_in(city.url, account)
    assert caller.get("/v1/requests?limit=1").status_code == 200
    assert caller.call("DELETE", "/v1/session").status_code == 204
    refused(caller.get("/v1/requests?limit=1"), 401, "unauthenticated")
    assert city.operator.get("/v1/requests?limit=1").status_code == 200


def test_an_expired_session_is_refused(city):
    caller = log_in(city.url, city.stack.accounts()["operator"])
    city.stack.sql("UPDATE gateway.session SET expires_at = now() - interval '1 second' WHERE created_at = "
                   "(SELECT max(created_at) FROM gateway.session)")
    city_restart(city)
    refused(caller.get("/v1/requests?limit=1"), 401, "unauthenticated")


def test_sessions_live_on_when_the_gateway_is_killed(city):
    caller = log_in(city.url, city.stack.accounts()["supervisor"])
    city_restart(city)
    assert caller.get("/v1/requests?limit=1").status_code == 200


def city_restart(city):
    """Kills the gateway; comes back when it serves again."""
    old = city.stack.kill("gateway")
    city.stack.wait_restart("gateway", old)
    wait_for(lambda: answers(city), "gateway")


def answers(city):
    try:
        return requests.get(city.url + "/readyz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def test_only_hashes_are_stored(city):
    text = "\n".join("\t".join(row) for row in city.stack.sql("SELECT * FROM gateway.session") +
                     city.stack.sql("SELECT * FROM gateway.account"))
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in text
    for secret in [city.operator.token, city.admin.token] + [a["password"] for a in city.stack.accounts().values()]:
        assert secret not in text and secret not in city.stack.log("gateway")


def test_a_wrong_password_and_an_unknown_name_look_the_same(city):
    account = city.stack.accounts()["dispatcher"]
    spent, answers = {}, {}
    for name in (account["username"], "nobody-of-that-name"):
        took = []
        for _ in range(4):
            start = time.monotonic()
            answers[name] = requests.post(city.url + "/v1/session", json={"username": name, "password": "wrong password"}, timeout=30)
            took.append(time.monotonic() - start)
        spent[name] = min(took)
    first, second = answers.values()
    assert refused(first, 401, "unauthenticated") == refused(second, 401, "unauthenticated")
    fast, slow = sorted(spent.values())
    assert slow < 3 * fast + 0.02, spent


def test_failed_log_ins_are_slowed_down(city):
    body = {"username": "somebody", "password": "guess"}
    codes = [requests.post(city.url + "/v1/session", json=body, timeout=30).status_code for _ in range(24)]
    assert codes.count(401) == 20 and codes[-1] == 429
    answer = requests.post(city.url + "/v1/session", json=body, timeout=30)
    refused(answer, 429, "rate-limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 31
    assert log_in(city.url, city.stack.accounts()["operator"])  # others are not held up


@pytest.mark.parametrize("body", [{}, {"username": "operator"}, {"password": "x"}, {"username": "", "password": ""},
                                  {"username": "x" * 100, "password": "x"}, {"username": "操作员", "password": "x"},
                                  {"username": "operator", "password": "x" * 1000}])
def test_a_log_in_without_its_words_is_refused(city, body):
    refused(requests.post(city.url + "/v1/session", json=body, timeout=30), 401, "unauthenticated")


def test_many_log_ins_at_once_all_come_through(city):
    account = city.stack.accounts()["supervisor"]
    codes = []

    def one():
        answer = requests.post(city.url + "/v1/session", json={"username": account["username"], "password": account["password"]},
                               timeout=30)
        codes.append(answer.status_code)

    crowd = [threading.Thread(target=one) for _ in range(20)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert codes == [201] * 20


# ---- accounts

def test_accounts_are_made_and_changed_and_their_sessions_end(city):
    name, password = "ops-" + uuid.uuid4().hex[:8], "correct horse battery"
    put = {"accounts": [{"username": name, "password": password, "role": "operator"}]}
    assert city.admin.post("/v1/accounts", put).json() == {"accounts": 1}
    caller = log_in(city.url, {"username": name, "password": password})
    assert caller.get("/v1/requests?limit=1").status_code == 200
    refused(caller.get("/v1/audit/counts"), 403, "forbidden")
    put["accounts"][0].update(role="supervisor", password="another good password")
    assert city.admin.post("/v1/accounts", put).status_code == 200
    refused(caller.get("/v1/requests?limit=1"), 401, "unauthenticated")
    caller = log_in(city.url, {"username": name, "password": "another good password"})
    assert caller.get("/v1/audit/counts").status_code == 200


@pytest.mark.parametrize("account", [
    {"username": "a b", "role": "operator"}, {"username": "", "role": "operator"}, {"username": "x", "role": "system"},
    {"username": "x"}, {"username": "x", "role": "requester"}, {"username": "x", "role": "operator", "password": "short"},
    {"username": "x", "role": "worker"}, {"username": "x", "role": "operator", "worker_id": "W1"},
    {"username": "x", "role": "worker", "worker_id": "W*>"},
])
def test_an_account_that_is_none_is_refused_and_none_is_made(city, account):
    before = city.stack.sql("SELECT count(*) FROM gateway.account")
    good = {"username": "never-made", "role": "operator"}
    refused(city.admin.post("/v1/accounts", {"accounts": [good, account]}), 400, "wrong-type")
    assert city.stack.sql("SELECT count(*) FROM gateway.account") == before


def test_a_name_twice_and_too_many_accounts_are_refused(city):
    two = [{"username": "twin", "role": "operator"}] * 2
    refused(city.admin.post("/v1/accounts", {"accounts": two}), 400, "wrong-type")
    many = [{"username": f"m{i}", "role": "operator"} for i in range(501)]
    refused(city.admin.post("/v1/accounts", {"accounts": many}), 413, "too-large")
    workers = [{"username": f"bulk{i}", "role": "worker", "worker_id": f"W8{i:05}"} for i in range(500)]
    assert city.admin.post("/v1/accounts", {"accounts": workers}).json() == {"accounts": 500}


def test_a_token_is_made_for_others_but_not_for_an_administrator(city):
    made = city.admin.post("/v1/tokens", {"username": city.stack.accounts()["supervisor"]["username"]})
    assert made.status_code == 201 and made.json()["role"] == "supervisor"
    assert Caller(city.url, made.json()["token"]).get("/v1/audit/counts").status_code == 200
    refused(city.admin.post("/v1/tokens", {"username": city.stack.accounts()["admin"]["username"]}), 403, "forbidden")
    refused(city.admin.post("/v1/tokens", {"username": "nobody-of-that-name"}), 404, "not-found")
    refused(city.operator.post("/v1/tokens", {"username": "worker1"}), 403, "forbidden")


# ---- roles

def test_each_role_is_kept_from_what_is_not_its_own(city):
    request = city.register()
    base = f"/v1/requests/{request['id']}"
    worker = city.workers[0]
    for caller, path in ((worker, f"{base}/accept"), (city.dispatcher, f"{base}/accept"), (city.admin, f"{base}/accept"),
                         (city.operator, f"{base}/archive"), (city.operator, "/v1/orders/x/sign"),
                         (city.supervisor, "/v1/orders/x/sign"), (city.operator, "/v1/orders/x/dispatch"),
                         (worker, "/v1/orders/x/review_pass"), (city.operator, "/v1/import"), (city.supervisor, "/v1/accounts"),
                         (city.supervisor, "/v1/deadletters/intake/1/replay")):
        refused(caller.post(path), 403, "forbidden")
    for caller, path in ((worker, "/v1/audit/counts"), (city.operator, "/v1/audit/counts"), (city.operator, "/v1/deadletters/intake"),
                         (worker, "/v1/orders/x/deliveries"), (city.operator, "/v1/stream"), (city.supervisor, "/v1/stream"),
                         (city.admin, "/v1/stream")):
        refused(caller.get(path), 403, "forbidden")


def test_an_operator_cannot_open_a_workers_stream(city):
    import websockets
    for caller in (city.operator, city.supervisor, city.admin, city.dispatcher):
        with pytest.raises(websockets.InvalidStatusCode) as refusal:
            caller.stream()
        assert refusal.value.status_code == 403
    with pytest.raises(websockets.InvalidStatusCode) as refusal:
        city.nobody.stream()
    assert refusal.value.status_code == 401


# ---- a worker's own

def test_a_worker_sees_and_moves_only_his_own_orders(city):
    mine, yours = city.dispatched(WEST), city.dispatched(EAST)
    me, you = city.workers
    assert mine["worker_id"] == me.worker_id and yours["worker_id"] == you.worker_id
    assert me.get(f"/v1/orders/{mine['id']}").status_code == 200
    assert me.get(f"/v1/requests/{mine['request_id']}").status_code == 200
    refused(me.get(f"/v1/requests/{mine['request_id']}/trace"), 403, "forbidden")  # traces are for those who supervise
    for path in (f"/v1/orders/{yours['id']}", f"/v1/requests/{yours['request_id']}", f"/v1/requests/{yours['request_number']}",
                 f"/v1/requests/{yours['request_id']}/trace"):
        assert me.get(path).status_code in (403, 404), path
    for event, body in (("sign", {}), ("start", {}), ("feed_back", {"result": "resolved", "text": "x"})):
        assert me.post(f"/v1/orders/{yours['id']}/{event}", body).status_code in (403, 404)
    refusal = me.post(f"/v1/requests/{yours['request_id']}/disclose", {"purpose": "curious"})
    assert refusal.status_code in (403, 404)
    assert city.supervisor.get(f"/v1/orders/{yours['id']}").json()["state"] == "dispatched"


def test_a_workers_lists_hold_only_his_own(city):
    city.dispatched(WEST), city.dispatched(EAST)
    me, you = city.workers
    for kind in ("orders", "requests"):
        wait_for(lambda: me.get(f"/v1/{kind}").json().get(kind), kind)
        listed = me.get(f"/v1/{kind}?limit=200").json()[kind]
        assert {o["worker_id"] for o in listed} == {me.worker_id}
        assert me.get(f"/v1/{kind}?limit=200&worker={me.worker_id}").json()[kind] == listed
        refused(me.get(f"/v1/{kind}?worker={you.worker_id}"), 403, "forbidden")
    assert {o["worker_id"] for o in city.supervisor.get("/v1/orders?limit=200").json()["orders"]} >= {me.worker_id, you.worker_id}


# ---- limits

def test_a_service_that_is_not_there_is_told_so_and_nothing_else_stops(city):
    city.stack.run("stop", "assign")
    try:
        answer = city.operator.get("/v1/orders?limit=1")
        refused(answer, 503, "busy")
        assert int(answer.headers["Retry-After"]) >= 1
        assert city.register()["state"] == "registered"
    finally:
        city.stack.run("start", "assign")
    wait_for(lambda: city.operator.get("/v1/orders?limit=1").status_code == 200, "assign")


def test_the_city_is_whole_at_the_end(city):
    assert isinstance(city, City)
    assert city.register()["state"] == "registered"
