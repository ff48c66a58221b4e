"""The gateway's HTTP API, as an administrator with many rows needs it."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROWS_MAX = 2000
BYTES_MAX = 900_000
TRIES = 8


class DemoError(Exception):
    """Something that the user must know, told in plain lines."""


def var_folder():
    return Path(os.environ.get("PAIDAN_VAR") or ROOT / "var").absolute()


def read_json(path, what):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as e:
        raise DemoError(f"cannot read {path} ({e}): {what}") from e


class Gateway:
    """Logged in as the stack's administrator."""

    def __init__(self):
        var = var_folder()
        state = read_json(var / "stack.json", "is the stack running? PAIDAN_VAR names its folder")
        self.url = "http://" + state["http"]
        self.accounts_file = Path(state.get("accounts") or var / "accounts.json")
        self.accounts = read_json(self.accounts_file, "the stack writes it at its first start")
        admin = next((a for a in self.accounts if a["role"] == "admin"), None)
        if admin is None:
            raise DemoError(f"{self.accounts_file} names no administrator")
        self.token = None
        self.token = self.post("/v1/session", {"username": admin["username"], "password": admin["password"]})["token"]

    def post(self, path, body, key=None):
        """The answer; tries again as long as the server says busy. Without a key a call must be one that may safely be repeated."""
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return self.call("POST", path, data, {"Idempotency-Key": key} if key else {})

    def get(self, path):
        return self.call("GET", path, None, {})

    def call(self, method, path, data, headers):
        headers["Content-Type"] = "application/json"
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        for attempt in range(TRIES):
            request = urllib.request.Request(self.url + path, data, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as e:
                text = e.read().decode(errors="replace")
                if e.code not in (429, 502, 503, 504) or attempt == TRIES - 1:
                    raise DemoError(f"{method} {path}: {e.code} {text}") from e
            except OSError as e:
                if attempt == TRIES - 1:
                    raise DemoError(f"{method} {path}: {e}") from e
            time.sleep(min(0.25 * 2 ** attempt, 5))
        return None

    def load(self, kind, rows):
        """Imports rows of one kind in parts that the gateway takes."""
        done, part, size = 0, [], 0
        for row in list(rows) + [None]:
            length = 0 if row is None else len(json.dumps(row, ensure_ascii=False).encode()) + 1
            if part and (row is None or len(part) == ROWS_MAX or size + length > BYTES_MAX):
                self.post("/v1/import", {kind: part})
                done += len(part)
                progress(f"{kind}: {done}")
                part, size = [], 0
            if row is not None:
                part.append(row)
                size += length
        progress(f"{kind}: {done}", end=True)

    def draw(self, title, layer, features, valid_from):
        """Imports outlines (GeoJSON features with code and name) as one change of the map; what overlaps or gapes is told, not refused."""
        draft = self.post("/v1/grid-changes", {"kind": "import", "layer": layer, "title": title, "valid_from": valid_from,
                                               "accept_findings": True}, str(uuid.uuid4()))
        path, part, size = f"/v1/grid-changes/{draft['id']}", [], 0
        for feature in list(features) + [None]:
            length = 0 if feature is None else len(json.dumps(feature, ensure_ascii=False).encode()) + 1
            if part and (feature is None or size + length > BYTES_MAX):
                self.post(path + "/features", {"type": "FeatureCollection", "features": part}, str(uuid.uuid4()))
                part, size = [], 0
            part.append(feature)
            size += length
        seen = self.post(path + "/check", {}, str(uuid.uuid4()))
        while seen["verdict"] == "running":
            time.sleep(0.1)
            seen = self.get(path)
        if seen["verdict"] != "clean":
            raise DemoError(f"{title}: " + "; ".join(f["detail"] for f in seen["faults"][:5]))
        seen = self.post(path + "/apply", {}, str(uuid.uuid4()))
        counts = seen["counts"]
        progress(f"{title}: {counts.get('added', 0)} new outlines, {counts.get('overlaps', 0)} overlaps, {counts.get('gaps', 0)} gaps", end=True)

    def put_accounts(self, accounts):
        for i in range(0, len(accounts), 500):
            self.post("/v1/accounts", {"accounts": accounts[i:i + 500]})
            progress(f"accounts: {min(i + 500, len(accounts))}")
        progress(f"accounts: {len(accounts)}", end=True)

    def remember(self, accounts):
        """Adds accounts with their passwords to accounts.json."""
        self.accounts += accounts
        new = self.accounts_file.with_name(f".{self.accounts_file.name}.{os.getpid()}")
        old = self.accounts_file.stat()
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w") as out:
            json.dump(self.accounts, out, indent=1)
            out.write("\n")
        if os.geteuid() == 0:
            os.chown(new, old.st_uid, old.st_gid)
        os.replace(new, self.accounts_file)


def progress(text, end=False):
    """One line that is written over on a terminal; elsewhere only its last state."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K  " + text + ("\n" if end else ""))
    elif end:
        sys.stderr.write("  " + text + "\n")
    sys.stderr.flush()
