"""What a stretch of work cost: CPU per process, WAL, fsyncs, the stream, bytes through nats-server."""

import os
import re
import subprocess
from pathlib import Path

TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")
SERVICES = ("gateway", "intake", "assign", "notify", "audit")


def stat_of(pid):
    """(parent, own CPU, CPU with ended children), in ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own = int(fields[11]) + int(fields[12])
    return int(fields[1]), own, own + int(fields[13]) + int(fields[14])


def tree_cpu(pid):
    """CPU of a process, its ended children and its living ones, in ticks."""
    total = stat_of(pid)[2]
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parent, _, cpu = stat_of(name)
            except (OSError, IndexError):
                continue
            total += cpu if parent == pid else 0
    return total


def nats_bytes(port):
    """(bytes, segments with data) that nats-server received and sent on its present connections, by the kernel's count."""
    try:
        text = subprocess.run(["ss", "-tinH", "sport", "=", f":{port}"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    find = lambda word: sum(int(n) for n in re.findall(rf"\b{word}:(\d+)", text))  # noqa: E731
    return {"nats_bytes_in": find("bytes_received"), "nats_bytes_out": find("bytes_sent"),
            "nats_segments_in": find("data_segs_in"), "nats_segments_out": find("data_segs_out")}


class Probe:
    def __init__(self, bench):
        self.bench = bench
        self.before = self.read()

    def read(self):
        state = self.bench.state
        now = {f"cpu_{name}": stat_of(state["services"][name]["pid"])[1] * TICK_US for name in SERVICES}
        now["cpu_nats"] = stat_of(state["nats"]["pid"])[1] * TICK_US
        now["cpu_postgres"] = tree_cpu(state["postgres"]["pid"]) * TICK_US
        (syncs, size, records, images), = self.bench.psql(
            "SELECT wal_sync, wal_bytes, wal_records, wal_fpi FROM pg_stat_wal")
        now.update(fsyncs=int(syncs), wal_bytes=int(size), wal_records=int(records), wal_images=int(images))
        stream = self.bench.run("stream", "--nats", state["nats"]["url"], "--seed", Path(state["secrets"]) / "intake.nk")
        now.update(stream_messages=stream["last_seq"], stream_bytes=stream["bytes"])
        now.update(nats_bytes(state["nats"]["port"]) or {})
        return now

    def per_order(self, orders, client_cpu_us):
        """The difference since the beginning, divided by the orders."""
        now = self.read()
        per = {name: (now[name] - self.before[name]) / orders for name in now if name in self.before}
        per["cpu_client"] = client_cpu_us / orders
        return per
