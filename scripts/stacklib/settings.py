"""Where a stack lives, which user runs its processes, and how errors reach the person who typed the command."""

import json
import os
import pwd
import random
import shutil
import socket
import subprocess
from pathlib import Path

SERVICES = ("intake", "assign", "notify", "audit", "gateway")
EVENT_SERVICES = ("intake", "assign", "notify", "audit")
ROOT = Path(__file__).resolve().parents[2]


class StackError(Exception):
    """Something that the user must know, told in one or more plain lines."""


class Place:
    """The paths and choices of one stack; built from the environment (PAIDAN_VAR, PAIDAN_HTTP, ...)."""

    def __init__(self, services=None):
        env = os.environ
        self.root = ROOT
        self.var = Path(env.get("PAIDAN_VAR") or ROOT / "var").absolute()
        self.bin = Path(env.get("PAIDAN_BIN") or ROOT / "build" / (env.get("BUILD") or "release") / "bin").absolute()
        self.http = env.get("PAIDAN_HTTP") or "127.0.0.1:8311"
        self.services = SERVICES if services is None else tuple(services)
        self.log = self.var / "log"
        self.run = self.var / "run"
        self.secrets = self.var / "secrets"
        self.pgdata = self.var / "pg" / "data"
        self.nats = self.var / "nats"
        self.state_file = self.var / "stack.json"
        self.accounts_file = self.var / "accounts.json"
        self.lock_file = self.run / "stack.lock"
        self.is_root = os.geteuid() == 0
        me = pwd.getpwuid(os.geteuid()).pw_name
        self.pg_user = "postgres" if self.is_root else me
        self.run_user = (env.get("PAIDAN_USER") or "nobody") if self.is_root else me
        self.override = False  # set by make_folders(): the users need CAP_DAC_OVERRIDE to reach var

    def owner(self, _name):
        """Who may read the secrets of a service."""
        return self.run_user

    def state(self):
        """The last stack.json, or {}."""
        try:
            return json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            return {}

    def save_state(self, state):
        write_file(self.state_file, json.dumps(state, indent=1) + "\n", 0o644)

    def make_folders(self):
        """Creates var/ with the owners that the processes need."""
        self.var.mkdir(parents=True, exist_ok=True)
        for folder in (self.log, self.run, self.pgdata.parent):
            folder.mkdir(exist_ok=True)
        make_owned(self.nats, self.run_user, 0o700)
        self.secrets.mkdir(exist_ok=True)
        self.secrets.chmod(0o711)
        if self.is_root:
            for user in {self.pg_user, self.run_user}:
                probe = ["test", "-x", str(self.var), "-a", "-x", str(self.bin)]
                if subprocess.run(as_user(user, probe), check=False).returncode:
                    self.override = True

    def command(self, user, argv):
        """argv as it must be started: under that user, and dying when the supervisor dies."""
        return as_user(user, argv, self.override, follow_parent=True)


def as_user(user, argv, override=False, follow_parent=False):
    """Wraps argv in setpriv: drops to user when root. override keeps the one right to pass folders closed to others
    (a checkout under /root), which is still far less than root."""
    wrap = ["setpriv"]
    if follow_parent:
        wrap += ["--pdeathsig", "TERM"]
    if os.geteuid() == 0 and user != "root":
        entry = passwd(user)
        caps = "-all,+dac_override" if override else "-all"
        wrap += [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", f"--inh-caps={caps}",
                 f"--ambient-caps={caps}", f"--bounding-set={caps}", "--no-new-privs"]
    return wrap + [str(a) for a in argv] if len(wrap) > 1 else [str(a) for a in argv]


def passwd(user):
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise StackError(f"there is no user {user} on this machine (PAIDAN_USER names the one that runs the services)")


def chown(path, user):
    if os.geteuid() == 0:
        entry = passwd(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def make_owned(folder, user, mode):
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(mode)
    chown(folder, user)


def write_file(path, text, mode, user=None):
    """Replaces a file at once, so that nobody reads half of it."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(fd, "w") as out:
        out.write(text)
    os.chmod(new, mode)
    if user:
        chown(new, user)
    os.replace(new, path)


def split_address(text):
    """'127.0.0.1:8311' or '[::1]:8311' -> (host, port)."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise StackError(f"PAIDAN_HTTP must be host:port, not '{text}'")
    return host.strip("[]") or "127.0.0.1", int(port)


def is_free(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as e:
            if e.errno in (13, 99):
                raise StackError(f"cannot listen on {host}:{port}: {e.strerror}")
            return False
    return True


def free_port(wanted, taken):
    """The wanted port if nobody has it, else a random one below the range that the kernel gives to clients."""
    if wanted and wanted not in taken and is_free("127.0.0.1", wanted):
        return wanted
    for _ in range(200):
        port = random.randint(21000, 31999)
        if port not in taken and is_free("127.0.0.1", port):
            return port
    raise StackError("found no free port between 21000 and 31999")


def pg_bin(data=None):
    """The folder of PostgreSQL's programs: of the cluster's own major version, else the newest installed."""
    base = Path("/usr/lib/postgresql")
    if data and (data / "PG_VERSION").exists():
        major = (data / "PG_VERSION").read_text().strip()
        if not (base / major / "bin" / "postgres").exists():
            raise StackError(f"{data} was made by PostgreSQL {major}, which is not installed; install postgresql-{major} "
                             "or move to a new PAIDAN_VAR")
        return base / major / "bin"
    found = [p for p in base.glob("*/bin") if (p / "initdb").exists()]
    if not found:
        raise StackError("PostgreSQL is not installed; run scripts/install-packages")
    return max(found, key=lambda p: float(p.parent.name))


def program(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if not found:
        raise StackError(f"{name} is not installed; run scripts/install-packages")
    return found
