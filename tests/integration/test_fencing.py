"""One accountable worker at every instant: outdated assignments, foreign workers and many hands at once."""

import sys
import threading
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from rig import Rig  # noqa: E402
from world import WORKERS, Refused  # noqa: E402

SIGN = 8


@pytest.fixture(scope="module")
def rig():
    with Rig() as made:
        yield made
        made.prove()


def refusal_of(client, path, body):
    with pytest.raises(Refused) as refusal:
        client.call("POST", path, body)
    return refusal.value.status, refusal.value.body


def work(rig, view, **seq):
    """From dispatched to visiting."""
    clients = rig.clients()
    worker, order = clients[view["worker_id"]], view["order_id"]
    worker.call("POST", f"/v1/orders/{order}/sign", seq)
    worker.call("POST", f"/v1/orders/{order}/start", seq)
    worker.call("POST", f"/v1/orders/{order}/feed_back", dict(seq, result="resolved", text="已清理"))
    clients["dispatcher"].call("POST", f"/v1/orders/{order}/review_pass", {})
    rig.wait_state(clients["operator"], view["id"], ("visiting",))


def order_of(rig, view):
    return rig.client("dispatcher").call("GET", f"/v1/orders/{view['order_id']}")


def signs(rig, order):
    return rig.sql("SELECT count(*) FROM audit.trace_event WHERE aggregate_id = %s AND type = %s", order, SIGN)[0][0]


def redo(rig, view):
    rig.client("operator").call("POST", f"/v1/requests/{view['id']}/visit", {"satisfaction": "not", "justified": True, "text": "没有清理干净"})
    return rig.wait_state(rig.client("operator"), view["id"], ("dispatched",))


def reopen(rig, view):
    operator = rig.client("operator")
    operator.call("POST", f"/v1/requests/{view['id']}/visit", {"satisfaction": "satisfied"})
    operator.call("POST", f"/v1/requests/{view['id']}/reopen", {"text": "又有垃圾"})
    return rig.wait_state(operator, view["id"], ("dispatched",))


@pytest.mark.parametrize("again", [redo, reopen])
def test_an_outdated_dispatch_is_refused_at_every_step(rig, again):
    view = rig.dispatched()
    assert order_of(rig, view)["dispatch_seq"] == 1
    work(rig, view, dispatch_seq=1)
    former, view = view["worker_id"], again(rig, view)
    assert order_of(rig, view)["dispatch_seq"] == 2
    worker, order = rig.client(view["worker_id"]), view["order_id"]
    for old in (1, 3, -1, 2147483647):
        status, body = refusal_of(worker, f"/v1/orders/{order}/sign", {"dispatch_seq": old})
        assert status == 409 and body["detail"], (old, body)
    if former != view["worker_id"]:
        assert refusal_of(rig.client(former), f"/v1/orders/{order}/sign", {"dispatch_seq": 1})[0] in (403, 404, 409)
    assert order_of(rig, view)["state"] == "dispatched"
    worker.call("POST", f"/v1/orders/{order}/sign", {"dispatch_seq": 2})
    assert refusal_of(worker, f"/v1/orders/{order}/start", {"dispatch_seq": 1})[0] == 409
    worker.call("POST", f"/v1/orders/{order}/start", {"dispatch_seq": 2})
    assert refusal_of(worker, f"/v1/orders/{order}/feed_back", {"dispatch_seq": 1, "result": "resolved", "text": "旧"})[0] == 409
    assert order_of(rig, view)["state"] == "in_progress"


def all_at_once(rig, callers):
    """Each caller (client, path, body, key) in a thread of its own, at the same moment; [(index, status)]."""
    answers, lock, barrier = [], threading.Lock(), threading.Barrier(len(callers))

    def ask(index, client, path, body, key):
        barrier.wait()
        try:
            client.call("POST", path, body, key=key)
            status = 200
        except Refused as refusal:
            status = refusal.status
        with lock:
            answers.append((index, status))

    threads = [threading.Thread(target=ask, args=(i, *caller)) for i, caller in enumerate(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_64_signs_at_once_are_one(rig):
    view = rig.dispatched()
    path = f"/v1/orders/{view['order_id']}/sign"
    answers = all_at_once(rig, [(rig.client(view["worker_id"]), path, {}, str(uuid.uuid4())) for _ in range(64)])
    assert sorted(status for _, status in answers) == [200] + [409] * 63
    rig.prove()
    assert signs(rig, view["order_id"]) == 1


def test_64_signs_under_one_key_are_one_and_all_succeed(rig):
    view = rig.dispatched()
    path, key = f"/v1/orders/{view['order_id']}/sign", str(uuid.uuid4())
    answers = all_at_once(rig, [(rig.client(view["worker_id"]), path, {"dispatch_seq": 1}, key) for _ in range(64)])
    assert [status for _, status in answers] == [200] * 64
    rig.prove()
    assert signs(rig, view["order_id"]) == 1


def test_two_workers_cannot_act_on_one_order(rig):
    view = rig.dispatched()
    path = f"/v1/orders/{view['order_id']}/sign"
    answers = all_at_once(rig, [(rig.client(WORKERS[i % 3]), path, {}, str(uuid.uuid4())) for i in range(30)])
    good = [WORKERS[i % 3] for i, status in answers if status == 200]
    assert good == [view["worker_id"]]
    assert all(status in (200, 403, 404, 409) for _, status in answers)
    others = [w for w in WORKERS if w != view["worker_id"]]
    for worker in others:
        for event, body in (("start", {}), ("feed_back", {"result": "resolved", "text": "不是我的"})):
            assert refusal_of(rig.client(worker), f"/v1/orders/{view['order_id']}/{event}", body)[0] in (403, 404)
    rig.prove()
    assert signs(rig, view["order_id"]) == 1
    assert rig.sql("SELECT count(*) FROM assign.assignment WHERE order_id = %s AND ended_at IS NULL", view["order_id"]) == [(1,)]
