"""The worker's WebSocket: assignments come at once, stay until acknowledged, and come again."""

import json

import pytest
import requests
import websockets

from api import EAST, WEST, Caller, Stream, log_in, refused, wait_for


def frames_until_quiet(stream, seconds=0.4):
    import asyncio
    frames = []
    while True:
        try:
            frames.append(stream.next(seconds))
        except asyncio.TimeoutError:
            return frames


def drain(worker):
    """Acknowledges whatever is left of other tests."""
    with worker.stream() as stream:
        for frame in frames_until_quiet(stream):
            if frame["kind"] in ("assignment", "withdrawal"):
                stream.say({"delivery_id": frame["delivery_id"]})
        frames_until_quiet(stream)


def frame_of(stream, order_id):
    return wait_for(lambda: next((f for f in [stream.next()] if f.get("order_id") == order_id), None), f"frame of {order_id}")


def test_an_order_comes_at_once_and_only_to_its_worker(city):
    me, you = city.workers
    drain(me), drain(you)
    with me.stream() as mine, you.stream() as yours:
        order = city.dispatched(WEST)
        frame = frame_of(mine, order["id"])
        assert frame["kind"] == "assignment" and frame["dispatch_seq"] == 1 and frame["service_code"] == "road"
        assert set(frame) <= {"kind", "delivery_id", "order_id", "request_number", "dispatch_seq", "urgency", "service_code"}
        assert yours.none()
        assert mine.acknowledge(frame["delivery_id"])["kind"] == "acknowledged"


def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(city):
    me = city.workers[0]
    drain(me)
    order = city.dispatched(WEST)
    wait_for(lambda: city.supervisor.get(f"/v1/orders/{order['id']}/deliveries").json().get("deliveries"), "delivery")
    with me.stream() as stream:
        frame = frame_of(stream, order["id"])
    with me.stream() as stream:
        again = frame_of(stream, order["id"])
        assert again == frame
        assert stream.acknowledge(frame["delivery_id"])["kind"] == "acknowledged"
        assert stream.acknowledge(frame["delivery_id"])["kind"] in ("acknowledged", "error")  # a repeat does no harm
    with me.stream() as stream:
        assert stream.none()
    trace = wait_for(lambda: has(city, order["request_id"], "delivered"), "delivered in the trace")
    assert len([e for e in trace if e["event"] == "delivered"]) == 1


def has(city, request_id, event):
    events = city.supervisor.get(f"/v1/requests/{request_id}/trace").json().get("events", [])
    return events if event in [e["event"] for e in events] else None


def test_more_than_a_page_of_undelivered_ones_comes_whole(city):
    you = city.workers[1]
    drain(you)
    ids = [city.register(EAST)["id"] for _ in range(230)]
    for an_id in ids:
        assert city.operator.post(f"/v1/requests/{an_id}/accept").status_code == 200
    orders = [city.order_of(an_id)["id"] for an_id in ids]
    wait_for(lambda: city.supervisor.get(f"/v1/orders/{orders[-1]}/deliveries").json().get("deliveries"), "last delivery")
    with you.stream() as stream:
        first = {}
        while len(first) < 230:
            frame = stream.next()
            # On a slow run notify's back-off says some of them again meanwhile: the same delivery in the same words.
            assert first.setdefault(frame["delivery_id"], frame) == frame
        assert {f["order_id"] for f in first.values()} == set(orders)
        for delivery_id in first:
            stream.say({"delivery_id": delivery_id})
        acknowledged = []
        while len(acknowledged) < 230:
            frame = stream.next()
            if frame["kind"] == "acknowledged":
                acknowledged.append(frame["delivery_id"])
        assert sorted(acknowledged) == sorted(first)
        assert stream.none()


def test_a_withdrawn_order_is_told(city):
    me = city.workers[0]
    drain(me)
    with me.stream() as stream:
        order = city.dispatched(WEST)
        frame = frame_of(stream, order["id"])
        stream.acknowledge(frame["delivery_id"])
        assert city.operator.post(f"/v1/requests/{order['request_id']}/cancel", {"text": "已解决"}).status_code == 200
        told = frame_of(stream, order["id"])
        assert told["kind"] == "withdrawal"
        assert stream.acknowledge(told["delivery_id"])["kind"] == "acknowledged"


@pytest.mark.parametrize("said", ["", "{", "[]", "null", '{"delivery_id":5}', '{"delivery_id":"x"}', '{"colour":"red"}', "{}",
                                  json.dumps({"delivery_id": "0" * 500}), '{"delivery_id":"01a20b18-d2cc-78d8-84d7-52f442a21ab6"}'])
def test_nonsense_is_answered_and_the_stream_goes_on(city, said):
    me = city.workers[0]
    drain(me)
    with me.stream() as stream:
        stream.say(said)
        frame = stream.next()
        assert frame["kind"] == "error" and frame["detail"], frame
        order = city.dispatched(WEST)
        stream.acknowledge(frame_of(stream, order["id"])["delivery_id"])


def test_binary_and_oversize_messages_close_the_stream(city):
    with city.workers[0].stream() as stream:
        stream.say(b"\x00\x01")
        assert stream.closed() == 1003
    with city.workers[0].stream() as stream:
        stream.say("x" * 20000)
        assert stream.closed() == 1009


def test_a_worker_cannot_acknowledge_anothers_delivery(city):
    me, you = city.workers
    drain(me), drain(you)
    with me.stream() as mine, you.stream() as yours:
        order = city.dispatched(WEST)
        frame = frame_of(mine, order["id"])
        assert yours.acknowledge(frame["delivery_id"])["kind"] == "error"
        assert not city.supervisor.get(f"/v1/orders/{order['id']}/deliveries").json()["deliveries"][0].get("acknowledged_at")
        assert mine.acknowledge(frame["delivery_id"])["kind"] == "acknowledged"


def test_the_token_may_stand_in_the_address(city):
    me = city.workers[0]
    with Stream(city.url, me.token, in_url=True) as stream:
        stream.say("{}")
        assert stream.next()
    with pytest.raises(websockets.InvalidStatusCode) as refusal:
        Stream(city.url, "A" * 43, in_url=True)
    assert refusal.value.status_code == 401


def test_a_call_that_is_no_handshake_is_told_so(city):
    answer = city.workers[0].get("/v1/stream")
    refused(answer, 426, "malformed")
    answer = requests.get(city.url + "/v1/stream?colour=red", headers={"Authorization": "Bearer " + city.workers[0].token}, timeout=10)
    refused(answer, 400, "unknown-field")


def test_the_stream_ends_with_its_session(city):
    caller = log_in(city.url, city.stack.accounts()["worker"])
    stream = caller.stream()
    assert caller.call("DELETE", "/v1/session").status_code == 204
    assert stream.closed() == 4401
    stream.close()


def test_a_fifth_connection_of_one_worker_closes_the_first(city):
    made = city.admin.post("/v1/tokens", {"username": "w2"}).json()
    caller = Caller(city.url, made["token"], made["worker_id"])
    streams = [caller.stream() for _ in range(5)]
    assert streams[0].closed() == 4409
    for stream in streams[1:]:
        stream.say("{}")
        assert stream.next()
    for stream in streams:
        stream.close()


def test_while_notify_is_away_nothing_is_lost(city):
    me = city.workers[0]
    drain(me)
    city.stack.run("stop", "notify")
    try:
        order = city.dispatched(WEST)
        stream = me.stream()
    finally:
        city.stack.run("start", "notify")
    assert frame_of(stream, order["id"])["kind"] == "assignment"
    stream.close()
    drain(me)


def test_a_gateway_that_was_killed_sends_again(city):
    me = city.workers[0]
    drain(me)
    with me.stream() as stream:
        order = city.dispatched(WEST)
        frame = frame_of(stream, order["id"])
        old = city.stack.kill("gateway")
        assert stream.closed() == 1006
    city.stack.wait_restart("gateway", old)
    wait_for(lambda: alive(city), "gateway")
    with me.stream() as stream:
        assert frame_of(stream, order["id"])["delivery_id"] == frame["delivery_id"]
        stream.acknowledge(frame["delivery_id"])


def alive(city):
    try:
        return requests.get(city.url + "/readyz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False
