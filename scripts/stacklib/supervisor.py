"""Starts a stack in order, keeps its processes alive, stops it in order. One object, one thread."""

import fcntl
import http.client
import json
import os
import select
import signal
import subprocess
import time

from . import accounts, bus, database, keys, migration
from .child import Child
from .settings import StackError, free_port, is_free, split_address

READY_S = 60
STORE_LOOK_S = 1.0
STORE_PATIENCE_S = 3.0
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS",
             "GCOV_PREFIX", "GCOV_PREFIX_STRIP")
SECRET_NAMES = ("PASSWORD", "SECRET", "TOKEN")


class Stopped(Exception):
    """A signal asked the supervisor to end."""


class Supervisor:
    def __init__(self, place, say):
        self.place, self.say = place, say
        self.children = {}
        self.state = {}
        self.stopping = False
        self.lock = None
        self.held = set()

    # ---- start

    def start(self):
        """Everything up and ready, or StackError telling what is missing."""
        place = self.place
        check_programs(place)
        place.make_folders()
        self.take_lock()
        for old in place.run.glob("*.hold"):
            old.unlink()
        before = place.state()
        keys.ensure(place)
        self.choose_addresses(before)
        socket_dir = database.prepare(place, before)
        self.state["postgres"] = {"socket_dir": socket_dir, "port": database.PORT, "superuser": "postgres",
                                  "database": "paidan", "data": str(place.pgdata), "bin": str(database.pg_bin(place.pgdata))}
        self.start_postgres(socket_dir)
        self.start_nats()
        psql = database.local_psql(socket_dir)
        database.ensure_roles(psql, place)
        for line in migration.migrate(psql):
            self.say(f"migrated {line}")
        self.start_services(socket_dir)
        self.save()

    def take_lock(self):
        """Held for life. Tried for a second, because those who only look hold it shared for a moment."""
        self.lock = open(self.place.lock_file, "a+")
        for attempt in range(20):
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if attempt == 19:
                    raise StackError(f"a stack is already running in {self.place.var}")
                time.sleep(0.05)
        self.lock.truncate(0)
        self.lock.write(f"{os.getpid()}\n")
        self.lock.flush()

    def choose_addresses(self, before):
        """The gateway's address is the user's word; all others keep their port of last time when it is still free."""
        place = self.place
        host, port = split_address(place.http)
        old = before.get("services", {})
        taken = set()
        if port == 0:
            port = free_port(port_of(before.get("http")), taken)
        elif not is_free(host, port):
            raise StackError(f"{host}:{port} is taken by another program; set PAIDAN_HTTP to a free address "
                             "(PAIDAN_HTTP=127.0.0.1:0 chooses one)")
        taken.add(port)
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.state = {"var": str(place.var), "http": address, "supervisor": os.getpid(), "ready": False, "services": {}}
        for name in place.services:
            if name == "gateway":
                self.state["services"][name] = {"pid": None, "http": address}
                continue
            chosen = free_port(port_of(old.get(name, {}).get("http")), taken)
            taken.add(chosen)
            self.state["services"][name] = {"pid": None, "http": f"127.0.0.1:{chosen}"}
        chosen = free_port(port_of(before.get("nats", {}).get("url")), taken)
        self.state["nats"] = {"url": f"nats://127.0.0.1:{chosen}", "port": chosen, "pid": None,
                              "store": str(place.nats / "store"), "conf": str(place.nats / "nats-server.conf")}
        self.state["secrets"] = str(place.secrets)
        self.state["accounts"] = str(place.accounts_file)

    def start_postgres(self, socket_dir):
        child = self.add(Child(self.place, "postgres", self.place.pg_user, database.server_command(self.place),
                               self.plain_env(), stop_signal=signal.SIGINT, patience_s=30))
        self.wait_for(child, lambda: database.is_ready(socket_dir), "PostgreSQL does not accept connections")

    def start_nats(self):
        port = self.state["nats"]["port"]
        self.stream_bytes = bus.prepare(self.place, port)
        child = self.add(Child(self.place, "nats", self.place.run_user, bus.server_command(self.place), self.plain_env()))
        self.wait_for(child, lambda: bus.is_ready(port), "nats-server does not answer")

    def start_services(self, socket_dir):
        place = self.place
        env = dict(self.service_env("steward", socket_dir), PAIDAN_STREAM_MAX_BYTES=str(self.stream_bytes))
        steward = place.bin / "paidan_steward"
        made = subprocess.run(place.command(place.run_user, [steward, "--once"]), env=env, cwd="/", capture_output=True,
                              text=True, check=False)
        if made.returncode:
            raise StackError(f"cannot create the event stream and its consumers:\n{made.stderr.strip()}")
        self.add(Child(place, "steward", place.run_user, [steward], env))
        if "gateway" in place.services:
            accounts.ensure(place, self.service_env("gateway", socket_dir))
        for name in place.services:
            child = Child(place, name, place.run_user, [place.bin / name], self.service_env(name, socket_dir))
            child.http = self.state["services"][name]["http"]
            self.add(child)
        for name in place.services:
            child = self.children[name]
            self.wait_for(child, lambda c=child: readyz(c.http)[0] == 200, "is not ready",
                          detail=lambda c=child: readyz(c.http)[1])
        self.state["ready"] = True

    def add(self, child):
        self.children[child.name] = child
        child.start()
        self.note_pid(child)
        self.save()
        return child

    def plain_env(self):
        kept = {k: v for k, v in os.environ.items() if k in PASSED_ON}
        kept.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        return kept

    def service_env(self, name, socket_dir):
        """What a service reads; also written, free of secrets, to run/NAME.env for starting one by hand."""
        place = self.place
        env = {k: v for k, v in os.environ.items() if k.startswith("PAIDAN_") and not k.endswith(SECRET_NAMES)}
        env["PAIDAN_NATS_URL"] = self.state["nats"]["url"]
        env["PAIDAN_NATS_SEED_FILE"] = str(keys.seed_file(place, name))
        if name in self.state["services"] or name == "gateway":
            env["PAIDAN_PG_CONNINFO"] = database.conninfo(place, name, socket_dir)
            env["PAIDAN_HTTP"] = self.state["services"].get(name, {}).get("http", "")
            env["PGPASSFILE"] = str(keys.pass_file(place, name))
        if name in keys.KEK_SERVICES:
            env["PAIDAN_KEY_FILE"] = str(keys.kek_file(place, name))
        lines = "".join(f"{k}={v}\n" for k, v in sorted(env.items()))
        (place.run / f"{name}.env").write_text(lines)
        return {**self.plain_env(), **env}

    def wait_for(self, child, ready, complaint, detail=None):
        """Waits until ready() holds. Meanwhile other children that die are started again."""
        deadline = time.monotonic() + READY_S
        pause = 0.02
        while not ready():
            if self.stopping:
                raise Stopped()
            if time.monotonic() > deadline or child.restarts >= 5:
                how = f" (it ended {child.restarts} times)" if child.restarts else ""
                said = detail() if detail else ""
                raise StackError(f"{child.name}: {complaint} after {READY_S} s{how}{'; it says: ' + said if said else ''}\n"
                                 f"  end of {child.log_path}:{child.log_tail()}")
            self.tick()
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)

    # ---- keep alive

    def tick(self):
        """Reaps the dead, starts what is due. Returns seconds until something is due, or None."""
        now = time.monotonic()
        changed = False
        for child in self.children.values():
            status = child.reap()
            if status is not None:
                self.say(f"{child.name} ended ({how_ended(status)}), starts again in {child.due - now:.1f} s")
                self.note_pid(child)
                changed = True
            if child.due and child.hold_path.exists():
                continue
            if child.due and child.due <= now:
                child.start()
                self.note_pid(child)
                changed = True
        if changed:
            self.save()
        waiting = [0.2 if c.hold_path.exists() else max(0.0, c.due - time.monotonic())
                   for c in self.children.values() if c.due]
        return min(waiting) if waiting else None

    def watch(self, wakeup_fd):
        """Runs until a signal asks to stop. Sleeps while all is well."""
        while not self.stopping:
            pause = self.tick()
            select.select([wakeup_fd], [], [], STORE_LOOK_S if pause is None else pause)
            self.check_store()
            drain(wakeup_fd)

    def check_store(self):
        """A nats-server whose files were deleted goes on without them: it must be started again to notice."""
        nats = self.children["nats"]
        stream = self.place.nats / "store" / "jetstream" / "PAIDAN" / "streams" / "PD_EVENTS"
        if nats.process and time.monotonic() - nats.started > STORE_PATIENCE_S and not stream.exists():
            self.say("the files of the event stream are gone; nats-server is started again")
            nats.signal(signal.SIGKILL)
            nats.process.wait()

    def note_pid(self, child):
        if child.name in self.state.get("services", {}):
            self.state["services"][child.name]["pid"] = child.pid
            self.state["services"][child.name]["restarts"] = child.restarts
        else:
            self.state.setdefault(child.name, {})["pid"] = child.pid
            self.state[child.name]["restarts"] = child.restarts

    def save(self):
        self.place.save_state(self.state)

    # ---- stop

    def stop(self):
        """Gateway first, so that nothing new comes in; then the services; then the bus; PostgreSQL last."""
        for group in (("gateway",), ("intake", "assign", "notify", "audit"), ("steward",), ("nats",), ("postgres",)):
            asked = [self.children[name] for name in group if name in self.children]
            for child in asked:
                child.stop_asked()
            for child in asked:
                if not child.stop_wait(time.monotonic() + child.patience_s):
                    self.say(f"{child.name} did not stop in {child.patience_s:.0f} s and was killed")
                self.note_pid(child)
        if self.state:
            self.state["ready"] = False
            self.state["supervisor"] = None
            self.save()


def check_programs(place):
    wanted = list(place.services) + ["paidan_steward"] + (["paidan_account"] if "gateway" in place.services else [])
    missing = [name for name in wanted if not os.access(place.bin / name, os.X_OK)]
    if missing:
        raise StackError(f"not built: {', '.join(missing)} (looked in {place.bin}); run make")


def port_of(address):
    tail = (address or "").rpartition(":")[2]
    return int(tail) if tail.isdigit() else 0


def readyz(address, timeout=2):
    """(status, text) of GET /readyz; (0, reason) when nobody answers."""
    host, port = split_address(address)
    link = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=timeout)
    try:
        link.request("GET", "/readyz")
        answer = link.getresponse()
        return answer.status, answer.read(2000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as e:
        return 0, str(e)
    finally:
        link.close()


def how_ended(status):
    if status < 0:
        try:
            return signal.Signals(-status).name
        except ValueError:
            return f"signal {-status}"
    return f"exit {status}"


def drain(fd):
    try:
        while os.read(fd, 512):
            pass
    except BlockingIOError:
        pass


def is_running(place):
    """The supervisor's pid when the lock is held, else None."""
    try:
        with open(place.lock_file) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None
            except OSError:
                return int(lock.read().strip() or 0) or 1
    except (OSError, ValueError):
        return None


def report_json(place):
    return json.dumps(place.state(), indent=1)
