"""The gateway's API as a test uses it, and a small city to use it in.

    with Stack() as stack:
        city = City(stack)                       # two grids side by side, a worker each, both on duty
        city.operator.post("/v1/requests", {...}, key="k")
        with city.workers[0].stream() as stream: # a WebSocket
            frame = stream.next()
"""

import asyncio
import json
import time
import uuid

import requests
import websockets

WAIT_S = 15
WEST, EAST = (22.505, 113.305), (22.505, 113.315)  # a point of each grid
GRIDS = ("442000001001001", "442000001001002")


class Caller:
    """Somebody with a token (or without)."""

    def __init__(self, url, token=None, worker_id=None):
        self.url, self.token, self.worker_id = url, token, worker_id
        self.http = requests.Session()
        if token:
            self.http.headers["Authorization"] = "Bearer " + token

    def call(self, method, path, **options):
        return self.http.request(method, self.url + path, timeout=30, **options)

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, key=None, **options):
        headers = dict(options.pop("headers", {}), **({"Idempotency-Key": key} if key else {}))
        return self.call("POST", path, json={} if body is None else body, headers=headers, **options)

    def raw(self, path, body, content_type="application/json", method="POST", **headers):
        return self.call(method, path, data=body, headers={"Content-Type": content_type, **headers})

    def stream(self, **options):
        return Stream(self.url, self.token, **options)


class Stream:
    """A worker's WebSocket, one step at a time."""

    def __init__(self, url, token, in_url=False):
        self.loop = asyncio.new_event_loop()
        address = url.replace("http:", "ws:") + "/v1/stream" + (f"?access_token={token}" if in_url else "")
        headers = {} if in_url or token is None else {"Authorization": "Bearer " + token}
        try:
            self.ws = self.loop.run_until_complete(self._open(address, headers))
        except BaseException:
            self.loop.close()
            raise

    async def _open(self, address, headers):
        return await websockets.connect(address, extra_headers=headers, open_timeout=10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if not self.loop.is_closed():
            self.loop.run_until_complete(self.ws.close())
            self.loop.close()

    def say(self, text):
        self.loop.run_until_complete(self.ws.send(text if isinstance(text, (str, bytes)) else json.dumps(text)))

    def next(self, seconds=WAIT_S):
        return json.loads(self.loop.run_until_complete(asyncio.wait_for(self.ws.recv(), seconds)))

    def none(self, seconds=0.5):
        """Nothing comes for so long."""
        try:
            frame = self.next(seconds)
        except asyncio.TimeoutError:
            return True
        raise AssertionError(f"unexpected frame {frame}")

    def closed(self, seconds=WAIT_S):
        """The code with which the server closes, after whatever it still says."""
        try:
            while True:
                self.next(seconds)
        except websockets.ConnectionClosed as e:
            return e.code

    def acknowledge(self, delivery_id):
        self.say({"delivery_id": delivery_id})
        while True:
            frame = self.next()
            if frame["kind"] in ("acknowledged", "error") and frame.get("delivery_id") == delivery_id:
                return frame


def log_in(url, account):
    answer = requests.post(url + "/v1/session", json={"username": account["username"], "password": account["password"]},
                           timeout=30)
    assert answer.status_code == 201, answer.text
    return Caller(url, answer.json()["token"], answer.json().get("worker_id"))


def square(lat, long, side=0.01):
    return [long, lat, long + side, lat, long + side, lat + side, long, lat + side]


class City:
    def __init__(self, stack):
        self.stack, self.url = stack, stack.url
        self.nobody = Caller(self.url)
        accounts = stack.accounts()
        for role in ("admin", "operator", "dispatcher", "supervisor"):
            setattr(self, role, log_in(self.url, accounts[role]))
        ids = (accounts["worker"]["worker_id"], "W900002")
        since = "2026-01-01T00:00:00Z"
        made = self.admin.post("/v1/import", {
            "divisions": [{"code": "442000", "name": "中山市", "level": "city"},
                          {"code": "442000001", "name": "石岐街道", "level": "town", "parent": "442000"},
                          {"code": "442000001001", "name": "迎阳社区", "level": "community", "parent": "442000001"}],
            "grids": [{"code": code, "name": f"迎阳第{n}网格", "layer": "governance", "community": "442000001001",
                       "ring": square(22.50, 113.30 + 0.01 * i), "valid_from": since}
                      for i, (code, n) in enumerate(zip(GRIDS, "一二"))],
            "workers": [{"id": i, "name": "网格员"} for i in ids],
            "grid_workers": [{"grid": g, "worker_id": w, "accountability": "primary"} for g, w in zip(GRIDS, ids)],
            "shifts": [{"worker_id": w, "from": since, "to": "2036-01-01T00:00:00Z"} for w in ids]})
        assert made.status_code == 200, made.text
        put = self.admin.post("/v1/accounts", {"accounts": [{"username": "w2", "role": "worker", "worker_id": ids[1]}]})
        assert put.json() == {"accounts": 1}, put.text
        second = self.admin.post("/v1/tokens", {"username": "w2"})
        assert second.status_code == 201, second.text
        self.workers = (log_in(self.url, accounts["worker"]), Caller(self.url, second.json()["token"], ids[1]))

    def words(self, place=WEST, **more):
        return {"channel": "hotline", "service_code": "road", "description": "路面有坑",
                "location": {"lat": place[0], "long": place[1]}, **more}

    def register(self, place=WEST, **more):
        made = self.operator.post("/v1/requests", self.words(place, **more), key=str(uuid.uuid4()))
        assert made.status_code == 201, made.text
        return made.json()

    def order_of(self, request_id, state="dispatched"):
        """The work order of a request, once it is in that state."""
        def found():
            request = self.supervisor.get(f"/v1/requests/{request_id}").json()
            if not request.get("order_id"):
                return None
            order = self.supervisor.get(f"/v1/orders/{request['order_id']}")
            return order.json() if order.status_code == 200 and order.json()["state"] == state else None
        return wait_for(found, f"order of {request_id} in state {state}")

    def dispatched(self, place=WEST):
        """A fresh order on its way to the worker of the place."""
        request = self.register(place)
        accepted = self.operator.post(f"/v1/requests/{request['id']}/accept")
        assert accepted.status_code == 200, accepted.text
        return self.order_of(request["id"])

    def request_in(self, request_id, state):
        def found():
            request = self.supervisor.get(f"/v1/requests/{request_id}").json()
            return request if request["state"] == state else None
        return wait_for(found, f"request {request_id} in state {state}")


def wait_for(found, what, seconds=WAIT_S):
    end = time.monotonic() + seconds
    while True:
        one = found()
        if one:
            return one
        assert time.monotonic() < end, f"no {what} after {seconds} s"
        time.sleep(0.02)


def refused(answer, status, code):
    """Checks that an answer is this problem, made as RFC 9457 says; returns the document."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.headers
    problem = answer.json()
    assert problem["type"] == f"urn:paidan:problem:{code}", problem
    assert problem["status"] == status and problem["title"] and problem["detail"], problem
    return problem
