"""Bad input gets a clear answer, changes nothing and holds up nobody."""

import socket
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from api import City, refused, wait_for

GOOD = '{"channel":"hotline","service_code":"road","description":"坑","location":{"lat":22.505,"long":113.305}}'


@pytest.mark.parametrize("body, code", [
    ('{', "malformed"),
    ('', None),
    ('[]', "wrong-type"),
    ('null', "wrong-type"),
    ('"text"', "wrong-type"),
    (GOOD + "x", "malformed"),
    (GOOD[:-1] + ',}', "malformed"),
    ('{"description":"a","description":"b"}', "malformed"),
    ('{"colour":"red"}', "unknown-field"),
    ('{"location":{"lat":22.5,"height":3}}', "unknown-field"),
    ('{"description":5}', "wrong-type"),
    ('{"description":null,"service_code":{}}', "wrong-type"),
    ('{"channel":"pigeon"}', "wrong-type"),
    ('{"channel":99}', "wrong-type"),
    ('{"urgency":"high"}', "wrong-type"),
    ('{"location":{"lat":"north","long":1}}', "wrong-type"),
    ('{"location":{"lat":NaN,"long":1}}', "malformed"),
    ('{"requested_at":"yesterday"}', "wrong-type"),
    ('{"requested_at":"2026-02-30T00:00:00Z"}', "wrong-type"),
    (b'{"description":"\xff\xfe"}', "malformed"),
    (b'{"description":"\xc0\xaf"}', "malformed"),
    (b'{"description":"\xed\xa0\x80"}', "malformed"),
    (b'\xef\xbb\xbf' + GOOD.encode(), "malformed"),
    ('{"description":"a\\u0000b"}', None),
    ('{"description":"\\ud800"}', "malformed"),
    ("[" * 5000, None),
    ('{"a":' * 5000, None),
])
def test_a_body_that_is_none_is_refused(city, body, code):
    answer = city.operator.raw("/v1/requests", body if isinstance(body, bytes) else body.encode())
    assert 400 <= answer.status_code < 500
    if code:
        refused(answer, 400, code)
    assert answer.json()["detail"]


def test_what_was_sent_is_not_repeated_in_the_answer(city):
    answer = city.operator.raw("/v1/requests", '{"channel":"13800009999","requester":{"phone":5}}'.encode())
    assert "13800009999" not in refused(answer, 400, "wrong-type")["detail"]


def test_another_content_type_is_refused(city):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"):
        refused(city.operator.raw("/v1/requests", GOOD.encode(), kind), 415, "unsupported-media-type")
    assert city.operator.raw("/v1/requests", GOOD.encode(), "application/json; charset=utf-8").status_code == 201


def test_an_oversize_body_is_refused_and_the_limit_is_exact(city):
    body = '{"description":"%s"}' % ("x" * 70000)
    refused(city.operator.raw("/v1/requests", body.encode()), 413, "too-large")
    refused(city.operator.raw("/v1/requests", b" " * 65537), 413, "too-large")
    refused(city.operator.raw("/v1/requests", b" " * 65534 + b"{x"), 400, "malformed")
    big = b'{"accounts":[]' + b" " * 100000 + b"}"
    assert city.admin.raw("/v1/accounts", big).json() in ({"accounts": 0}, {})


def test_a_description_beyond_4000_characters_is_refused(city):
    assert 400 <= city.operator.post("/v1/requests", city.words(description="长" * 4001)).status_code < 500
    assert city.operator.post("/v1/requests", city.words(description="长" * 4000)).status_code == 201


@pytest.mark.parametrize("place", [{"lat": 91, "long": 0}, {"lat": 0, "long": 181}, {"lat": 1e300, "long": 0}, {"lat": 22.5}, {}])
def test_a_place_that_is_none_is_refused(city, place):
    assert city.operator.post("/v1/requests", dict(city.words(), location=place)).status_code in (400, 422)


@pytest.mark.parametrize("query, code", [
    ("colour=red", "unknown-field"), ("limit=many", "wrong-type"), ("limit=1&limit=2", None), ("state=lost", "wrong-type"),
    ("from=noon", "wrong-type"), ("access_token=x", "unknown-field"), ("limit=99999999999999999999", "wrong-type"),
])
def test_a_query_that_is_none_is_refused(city, query, code):
    answer = city.operator.get("/v1/requests?" + query)
    assert answer.status_code == 400, answer.text
    if code:
        refused(answer, 400, code)


@pytest.mark.parametrize("query", ["cursor=%F0%9F%92%A9", "cursor=../../etc", "limit=0", "limit=-1", "limit=201", "cursor=AAAA",
                                   "worker=%27%3B+DROP+TABLE+x", "grid=" + "9" * 3000, "state=%FF", "state=%", "state=%00"])
def test_a_strange_query_breaks_nothing(city, query):
    assert city.operator.get("/v1/requests?" + query).status_code in (200, 400)


def test_a_get_with_a_parameter_for_nothing_is_refused(city):
    refused(city.operator.get("/v1/openapi.json?x=1"), 400, "unknown-field")
    refused(city.operator.post("/v1/requests?channel=app", city.words()), 400, "unknown-field")


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/requests/a/b/c", "/v1/requests/x/marry", "/v1/orders/x/accept", "/", "/v1",
                                  "/v1/requests/" + "x" * 65, "/v1/requests//accept", "/..%2f..%2fetc/passwd", "/v1/requests/%2e%2e/x"])
def test_an_address_that_is_none_is_not_found(city, path):
    assert city.operator.post(path).status_code in (400, 404, 405)
    refused(city.operator.get("/v1/nothing"), 404, "not-found")


def test_an_id_that_is_none_is_not_found(city):
    for an_id in (str(uuid.uuid4()), "ZS20000101-999999", "x", "'; DROP TABLE request; --", "0" * 64, "%E6%B4%BE"):
        answer = city.operator.get(f"/v1/requests/{an_id}")
        assert answer.status_code in (400, 404), answer.text
        assert city.supervisor.get(f"/v1/orders/{an_id}").status_code in (400, 404)
        assert city.operator.post(f"/v1/requests/{an_id}/accept").status_code in (400, 404)
        assert city.supervisor.get(f"/v1/requests/{an_id}/trace").status_code in (400, 404)
        assert city.supervisor.get(f"/v1/orders/{an_id}/deliveries").status_code in (200, 400, 404)


def test_the_path_says_which_object_and_the_body_may_not_say_another(city):
    request = city.register()
    assert city.operator.post(f"/v1/requests/{request['id']}/accept", {"id": "another"}).status_code == 400
    assert city.operator.post(f"/v1/requests/{request['id']}/accept", {"id": request["id"]}).status_code == 200


def test_another_method_is_refused_and_told_which_there_are(city):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = city.operator.call(method, "/v1/requests")
        assert answer.status_code == 405 and answer.headers["Allow"] == "GET, HEAD, POST", answer.text
    head = city.operator.call("HEAD", "/v1/requests")
    assert head.status_code == 200 and head.text == ""


def test_an_unknown_service_is_not_found(city):
    for service in ("nothing", "gateway", "*", ">", "intake.x", "intake%20", "assign%00"):
        assert city.admin.get(f"/v1/deadletters/{service}").status_code in (400, 404)
        assert city.admin.post(f"/v1/deadletters/{service}/1/replay").status_code in (400, 404)
    assert city.admin.get("/v1/deadletters/intake").status_code == 200
    for an_id in ("x", "-1", "0", "999999999", "9" * 30):
        assert city.admin.post(f"/v1/deadletters/audit/{an_id}/replay").status_code in (400, 404)


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ключ".encode(), "a\tb"])
def test_a_key_that_is_none_is_refused(city, key):
    answer = city.operator.post("/v1/requests", city.words(), headers={"Idempotency-Key": key})
    assert answer.status_code == 400, answer.text


def test_the_same_key_gets_the_same_answer_and_another_payload_none(city):
    key = str(uuid.uuid4())
    first = city.operator.post("/v1/requests", city.words(), key=key)
    again = city.operator.post("/v1/requests", city.words(), key=key)
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    refused(city.operator.post("/v1/requests", city.words(description="anders"), key=key), 422, "key-reused")
    other = city.supervisor.post("/v1/requests", city.words(), key=key)  # another person's key is another key
    assert other.status_code == 201 and other.json()["id"] != first.json()["id"]
    accepted = city.operator.post(f"/v1/requests/{first.json()['id']}/accept", key=key)  # and another call's
    assert accepted.status_code == 200


def test_sixty_four_clients_with_one_key_make_one_request(city):
    key, words = str(uuid.uuid4()), city.words(description="einmal")

    def one(_):
        return city.operator.http.post(city.url + "/v1/requests", json=words, headers={"Idempotency-Key": key}, timeout=30)

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(one, range(64)))
    assert {a.status_code for a in answers} == {201}, {(a.status_code, a.text) for a in answers}
    assert len({a.text for a in answers}) == 1
    count = city.stack.sql(f"SELECT count(*) FROM intake.idempotency WHERE reply <> '' AND at > now() - interval '1 minute'")
    assert int(count[0][0]) >= 1


def test_a_client_that_goes_away_holds_up_nobody(city):
    host, port = city.url.removeprefix("http://").split(":")
    for n in range(50):
        with socket.create_connection((host, int(port))) as link:
            body = GOOD.encode()
            link.sendall(b"POST /v1/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer "
                         + city.operator.token.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:n] if n % 2 else
                         b"POST /v1/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer "
                         + city.operator.token.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert city.register()["state"] == "registered"


def test_noise_on_the_socket_breaks_nothing(city):
    host, port = city.url.removeprefix("http://").split(":")
    for noise in (b"\x00" * 1000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/requests HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                  b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
                  b"POST /v1/requests HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", b"\x16\x03\x01\x02\x00\x01"):
        with socket.create_connection((host, int(port)), timeout=5) as link:
            link.settimeout(2)
            try:
                link.sendall(noise)
                link.shutdown(socket.SHUT_WR)
                while link.recv(65536):
                    pass
            except OSError:
                pass
    assert city.register()["state"] == "registered"


def test_answers_carry_the_headers_that_protect_a_browser(city):
    for answer in (city.nobody.get("/v1/openapi.json"), city.operator.get("/v1/requests?limit=1"), city.nobody.get("/v1/requests")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_trace_context_goes_the_whole_way(city):
    context = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    made = city.operator.post("/v1/requests", city.words(), headers={"traceparent": context}).json()
    other = city.operator.post("/v1/requests", city.words(), headers={"traceparent": "nonsense"}).json()

    def events(request):
        return city.supervisor.get(f"/v1/requests/{request['id']}/trace").json().get("events")

    assert wait_for(lambda: events(made), "trace")[0]["traceparent"] == context
    own = wait_for(lambda: events(other), "trace")[0]["traceparent"]
    assert own != context and len(own) == 55 and own.startswith("00-")


def test_nothing_of_all_this_made_the_gateway_fall(city):
    assert isinstance(city, City)
    assert city.stack.state()["services"]["gateway"]["restarts"] == 0
    for name in ("intake", "assign", "notify", "audit"):
        assert city.stack.state()["services"][name]["restarts"] == 0
