"""One request from the first call to the closed and archived end, every step over HTTP or the worker's WebSocket."""

import requests

from api import refused, wait_for

EVENTS = ["register", "accept", "dispatch", "delivered", "sign", "start", "feed_back", "review_pass", "visit_close", "archive"]


def test_a_request_goes_its_whole_way(city):
    worker = city.workers[0]
    with worker.stream() as stream:
        request = city.register(requester={"name": "陈小一", "phone": "13800001234"})
        assert request["state"] == "registered" and "accept" in request["allowed_actions"]
        assert request["requester"] == {"name": "陈*", "phone": "138****1234"}
        base = f"/v1/requests/{request['id']}"
        assert city.operator.post(f"{base}/accept", {"urgency": "urgent"}).json()["state"] == "accepted"
        frame = wait_for(lambda: next_for(stream, request["number"]), "push")
        assert frame["kind"] == "assignment" and frame["urgency"] == "urgent"
        assert stream.acknowledge(frame["delivery_id"])["kind"] == "acknowledged"

    order = f"/v1/orders/{frame['order_id']}"
    assert worker.post(f"{order}/sign", {"dispatch_seq": frame["dispatch_seq"]}).json()["state"] == "signed"
    assert worker.post(f"{order}/start").json()["state"] == "in_progress"
    done = worker.post(f"{order}/feed_back", {"result": "resolved", "text": "坑已填平", "contacted_requester": True})
    assert done.json()["state"] == "fed_back" and done.json()["feedback"] == "坑已填平"
    assert city.dispatcher.post(f"{order}/review_pass").json()["state"] == "visiting"
    city.request_in(request["id"], "visiting")
    closed = city.operator.post(f"{base}/visit", {"satisfaction": "satisfied", "text": "很满意"})
    assert closed.json()["state"] == "closed"
    assert city.supervisor.post(f"{base}/archive").json()["state"] == "archived"

    trace = wait_for(lambda: complete(city.supervisor.get(f"{base}/trace").json()), "complete trace")
    assert [e["event"] for e in trace["events"] if e["event"] in EVENTS] == EVENTS
    assert trace["request_id"] == request["id"]
    texts = {e["event"]: e.get("text") for e in trace["events"]}
    assert texts["feed_back"] == "坑已填平" and texts["visit_close"] == "很满意"
    assert city.supervisor.get(f"/v1/requests/{request['number']}/trace").json() == trace
    deliveries = city.supervisor.get(f"{order}/deliveries").json()["deliveries"]
    assert [d["worker_id"] for d in deliveries] == [worker.worker_id] and deliveries[0]["acknowledged_at"]


def next_for(stream, number):
    frame = stream.next()
    return frame if frame.get("request_number") == number else None


def complete(trace):
    return trace if "archive" in [e["event"] for e in trace.get("events", [])] else None


def test_a_point_outside_every_grid_waits_for_a_dispatcher(city):
    request = city.register(place=(10.0, 100.0))
    city.operator.post(f"/v1/requests/{request['id']}/accept")
    order = city.order_of(request["id"], "accepted")
    assert order["queue_reason"] == "outside_every_grid"
    waiting = city.dispatcher.get("/v1/orders?manual_queue=true").json()["orders"]
    assert order["id"] in [o["id"] for o in waiting]
    chosen = city.dispatcher.post(f"/v1/orders/{order['id']}/dispatch", {"worker_id": city.workers[1].worker_id})
    assert chosen.status_code == 200 and chosen.json()["worker_id"] == city.workers[1].worker_id, chosen.text


def test_a_wrong_transition_says_where_it_stands_and_what_could_be_done(city):
    request = city.register()
    problem = refused(city.operator.post(f"/v1/requests/{request['id']}/visit", {"satisfaction": "satisfied"}), 409, "wrong-state")
    assert problem["state"] == "registered"
    assert "accept" in problem["allowed_actions"] and "visit" not in problem["allowed_actions"]


def test_a_missing_fact_is_named(city):
    request = city.register()
    problem = refused(city.operator.post(f"/v1/requests/{request['id']}/reject", {"text": "不属于本市"}), 422, "guard")
    assert "reason" in problem["detail"]


def test_lists_go_on_where_the_cursor_says(city):
    ids = [city.register()["id"] for _ in range(5)]
    seen, cursor = [], ""
    for _ in range(3):
        page = city.operator.get(f"/v1/requests?limit=2&cursor={cursor}").json()
        seen += [r["id"] for r in page["requests"]]
        cursor = page["next_cursor"]
    assert seen[:5] == ids[::-1] and len(set(seen)) == 6
    states = {r["state"] for r in city.operator.get("/v1/requests?state=registered&limit=200").json()["requests"]}
    assert states == {"registered"}


def test_a_grid_is_found_by_its_point(city):
    place = city.operator.get("/v1/grids/locate?lat=22.505&long=113.305").json()
    assert place["grid"] == "442000001001001" and place["worker_id"] == city.workers[0].worker_id


def test_the_log_counts(city):
    city.register()
    counts = wait_for(lambda: city.supervisor.get("/v1/audit/counts").json().get("counts"), "counts")
    assert {c["event"] for c in counts} >= {"register"}


def test_the_document_describes_every_address(city):
    document = requests.get(city.url + "/v1/openapi.json", timeout=10)
    assert document.headers["Content-Type"] == "application/json"
    api = document.json()
    assert api["openapi"].startswith("3.1")
    assert {"/v1/requests/{id}/accept", "/v1/orders/{id}/sign", "/v1/stream", "/healthz"} <= set(api["paths"])
    accept = api["paths"]["/v1/requests/{id}/accept"]["post"]
    assert "200" in accept["responses"] and any(p["name"] == "Idempotency-Key" for p in accept["parameters"])


def test_health_is_told_without_a_token(city):
    assert city.nobody.get("/healthz").status_code == 200
    assert city.nobody.get("/readyz").json() == {"status": "ready"}
    assert "paidan_http_requests_total" in city.nobody.get("/metrics").text
