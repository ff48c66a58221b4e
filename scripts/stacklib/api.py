"""The gateway's API as one person of the demo accounts uses it."""

import json
import time
import urllib.error
import urllib.request

from .settings import StackError

TRIES = 20


class Person:
    """Logged in; tries again while the server says busy, under the same Idempotency-Key."""

    def __init__(self, place, username):
        state = place.state()
        if not state.get("http"):
            raise StackError(f"no stack runs in {place.var}: start one with make up, or name its folder in PAIDAN_VAR")
        try:
            accounts = json.loads(place.accounts_file.read_text())
        except (OSError, ValueError) as e:
            raise StackError(f"cannot read {place.accounts_file}: {e}") from e
        account = next((a for a in accounts if a["username"] == username), None)
        if account is None:
            raise StackError(f"{place.accounts_file} has no account {username}: load the demo city with make demo")
        self.url = "http://" + state["http"]
        self.role = account["role"]
        self.token = None
        self.worker_id = account.get("worker_id")
        self.token = self.post("/v1/session", {"username": username, "password": account["password"]})["token"]

    def get(self, path, missing=None):
        """missing: the answer for 404, which is otherwise an error."""
        return self.call("GET", path, missing=missing)

    def post(self, path, body=None, key=None):
        return self.call("POST", path, body or {}, key)

    def call(self, method, path, body=None, key=None, missing=None):
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if key:
            headers["Idempotency-Key"] = key
        for attempt in range(TRIES):
            request = urllib.request.Request(self.url + path, data, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as e:
                text = e.read().decode(errors="replace")
                if e.code == 404 and missing is not None:
                    return missing
                if e.code not in (429, 503) or attempt == TRIES - 1:
                    raise StackError(f"{method} {path}: {e.code} {text}") from e
            except urllib.error.URLError as e:
                if attempt == TRIES - 1:
                    raise StackError(f"{method} {path}: {e.reason}; is the stack running (make up)?") from e
            time.sleep(0.25)
        raise AssertionError("unreachable")

    def wait(self, path, field, wanted, seconds=20):
        """Reads until the field has one of the wanted values."""
        end = time.monotonic() + seconds
        while True:
            answer = self.get(path)
            if answer.get(field) in wanted:
                return answer
            if time.monotonic() > end:
                raise StackError(f"{path}: {field} is {answer.get(field)} for {seconds} s, expected {' or '.join(wanted)}")
            time.sleep(0.05)
