"""Configuration of nats-server: fills deploy/nats/nats-server.conf."""

import shutil
import socket

from . import keys
from .settings import ROOT, program, write_file

TEMPLATE = ROOT / "deploy" / "nats" / "nats-server.conf"
GIB = 1 << 30


def render(place, listen, store, max_file):
    text = TEMPLATE.read_text()
    values = {"LISTEN": listen, "STORE": str(store), "MAX_FILE": str(max_file)}
    values.update({f"PUB_{name}": keys.public_key(place, name) for name in keys.BUS_IDENTITIES})
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def store_limit(place):
    """Bytes for the JetStream store: a quarter of what is free at the first start, between 1 and 64 GiB. Kept, because
    a stream larger than the limit would not be opened again."""
    kept = place.nats / "max_file"
    if not kept.exists():
        write_file(kept, str(max(GIB, min(64 * GIB, shutil.disk_usage(place.nats).free // 4))), 0o444)
    return int(kept.read_text())


def prepare(place, port):
    """Writes var/nats/nats-server.conf; returns the bytes that the stream may take."""
    limit = store_limit(place)
    text = render(place, f"127.0.0.1:{port}", place.nats / "store", limit)
    write_file(place.nats / "nats-server.conf", text, 0o400, place.run_user)
    return limit // 10 * 9


def server_command(place):
    return [program("nats-server"), "-c", place.nats / "nats-server.conf"]


def is_ready(port):
    """The server greets each connection with INFO."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as s:
            return s.recv(4) == b"INFO"
    except OSError:
        return False
