"""The private PostgreSQL cluster of a stack, and the roles in any cluster (compose uses roles() through TCP)."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import keys
from .settings import ROOT, SERVICES, StackError, as_user, chown, make_owned, pg_bin, write_file

CONF = ROOT / "deploy" / "postgres"
PORT = 5432            # only a file name: the cluster listens on a Unix socket alone
SOCKET_PATH_MAX = 107  # bytes, sockaddr_un
GIB = 1 << 30


def prepare(place, state):
    """Everything before the server starts. Returns the socket folder."""
    socket_dir = socket_folder(place, state)
    make_owned(place.pgdata.parent, place.pg_user, 0o755)
    configure(place, socket_dir)
    return socket_dir


def configure(place, socket_dir):
    """initdb at the first start; configuration files at every start."""
    if not (place.pgdata / "PG_VERSION").exists():
        shutil.rmtree(place.pgdata, ignore_errors=True)
        init_cluster(place)
    mine = place.pgdata / "conf.d"
    make_owned(mine, place.pg_user, 0o700)
    user = place.pg_user
    write_file(mine / "10-paidan.conf", (CONF / "paidan.conf").read_text(), 0o600, user)
    write_file(mine / "20-stack.conf", stack_conf(place, socket_dir), 0o600, user)
    write_file(place.pgdata / "pg_hba.conf", (CONF / "pg_hba.conf").read_text(), 0o600, user)
    admins = sorted({"root", "postgres", place.pg_user})
    write_file(place.pgdata / "pg_ident.conf", "".join(f"paidan {name} postgres\n" for name in admins), 0o600, user)


def init_cluster(place):
    """Into a new folder, renamed when complete: a first start that was killed leaves nothing half made."""
    new = place.pgdata.with_name("data.new")
    shutil.rmtree(new, ignore_errors=True)
    argv = [pg_bin() / "initdb", "-D", new, "-U", "postgres", "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8",
            "--auth-local=peer", "--auth-host=reject", "--no-instructions"]
    done = subprocess.run(as_user(place.pg_user, argv, place.override), cwd="/", capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise StackError("initdb failed:\n" + (done.stderr or done.stdout).strip())
    with open(new / "postgresql.conf", "a") as conf:
        conf.write("\ninclude_dir = 'conf.d'\n")
    os.sync()
    new.rename(place.pgdata)


def socket_folder(place, state):
    """var/pg/socket, or a short folder under /tmp when the path would not fit a socket address."""
    wanted = place.pgdata.parent / "socket"
    if len(os.fsencode(wanted)) + len(f"/.s.PGSQL.{PORT}.lock") <= SOCKET_PATH_MAX:
        place.pgdata.parent.mkdir(parents=True, exist_ok=True)
        make_owned(wanted, place.pg_user, 0o755)
        return str(wanted)
    before = state.get("postgres", {}).get("socket_dir", "")
    if before.startswith(tempfile.gettempdir()) and Path(before).is_dir() and Path(before).stat().st_uid == os.stat(
            place.pgdata.parent).st_uid:
        return before
    short = Path(tempfile.mkdtemp(prefix="paidan-"))
    short.chmod(0o755)
    chown(short, place.pg_user)
    return str(short)


def stack_conf(place, socket_dir):
    """What depends on this machine: memory, disk, the socket."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    free = shutil.disk_usage(place.pgdata).free
    buffers_mb = max(64, min(512, (memory >> 20) // 16))
    wal_mb = max(256, min(2048, (free >> 20) // 8))
    return (f"listen_addresses = ''\nport = {PORT}\nunix_socket_directories = '{socket_dir}'\n"
            f"unix_socket_permissions = 0777\nshared_buffers = {buffers_mb}MB\nmax_wal_size = {wal_mb}MB\n"
            "logging_collector = off\nlog_destination = stderr\n")


def server_command(place):
    return [pg_bin(place.pgdata) / "postgres", "-D", place.pgdata]


def is_ready(socket_dir):
    argv = [pg_bin() / "pg_isready", "-q", "-U", "postgres", "-d", "postgres", "-h", socket_dir, "-p", str(PORT)]
    return subprocess.run(argv, check=False).returncode == 0


class Psql:
    """Runs SQL as superuser. options are psql's connection options; env may carry PGPASSFILE."""

    def __init__(self, options, env=None):
        self.options = options
        self.env = dict(os.environ, PGCONNECT_TIMEOUT="10", PGOPTIONS="-c client_min_messages=warning", **(env or {}))

    def __call__(self, sql, database="paidan", variables=(), rows=False):
        argv = [pg_bin() / "psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", *self.options, "-d", database]
        argv += ["-A", "-t"] if rows else []
        argv += [part for name, value in variables for part in ("-v", f"{name}={value}")]
        done = subprocess.run([str(a) for a in argv], input=sql, capture_output=True, text=True, env=self.env,
                              check=False)
        if done.returncode:
            raise StackError("PostgreSQL refused:\n" + done.stderr.strip())
        return done.stdout


def local_psql(socket_dir):
    return Psql(["-h", socket_dir, "-p", str(PORT), "-U", "postgres"])


def ensure_roles(psql, place):
    """Database, roles, schemas, passwords: deploy/postgres/roles.sql, each time; it changes only what differs."""
    if not psql("SELECT 1 FROM pg_database WHERE datname = 'paidan'", database="postgres", rows=True).strip():
        psql("CREATE DATABASE paidan ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C.UTF-8'", database="postgres")
    passwords = "".join(f"ALTER ROLE {name} PASSWORD '{keys.verifier(place, name)}';\n" for name in SERVICES)
    psql((CONF / "roles.sql").read_text() + passwords, variables=[("services", "{" + ",".join(SERVICES) + "}")])


def conninfo(place, service, socket_dir):
    """For a service of this stack; the password is in the file that passfile names."""
    return (f"host={socket_dir} port={PORT} dbname=paidan user={service} "
            f"passfile={keys.pass_file(place, service)} application_name={service}")
