"""A proxy on a Unix socket between a service and PostgreSQL, which can do to a COMMIT what networks do.

    proxy = Proxy(folder, upstream)       # conninfo host=folder
    proxy.choose = lambda user: "after"   # asked at each COMMIT; None lets it pass

before   the connection is cut and PostgreSQL never sees the COMMIT
after    PostgreSQL gets the COMMIT and answers, the answer is thrown away and the connection cut
freeze   the backend is stopped (SIGSTOP) about when the COMMIT reaches it, the connection cut, the backend continued FREEZE_S later
"""

import collections
import os
import random
import re
import signal
import socket
import threading
import time

FREEZE_S = 3
COMMIT = b"COMMIT\0"


class Proxy:
    def __init__(self, folder, upstream):
        self.upstream = str(upstream)
        self.choose = lambda user: None
        self.done = collections.Counter()
        self.lock = threading.Lock()
        folder.mkdir()
        folder.chmod(0o755)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / ".s.PGSQL.5432"))
        os.chmod(folder / ".s.PGSQL.5432", 0o777)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.upstream)
            except OSError:
                client.close()
                continue
            Link(self, client, server)

    def close(self):
        self.listener.close()

    def count(self, action):
        with self.lock:
            self.done[action] += 1


class Link:
    """One connection: a thread each way."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.user = self.backend = None
        self.muted, self.answered = False, threading.Event()
        threading.Thread(target=self.forth, daemon=True).start()
        threading.Thread(target=self.back, daemon=True).start()

    def cut(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def forth(self):
        tail = b""
        try:
            while data := self.client.recv(1 << 16):
                if self.user is None:
                    found = re.search(rb"user\0(\w+)\0", data)
                    self.user = found[1].decode() if found else None
                action = self.proxy.choose(self.user) if COMMIT in tail + data else None
                if action:
                    self.spoil(action, data)
                    break
                self.server.sendall(data)
                tail = data[-len(COMMIT):]
        except OSError:
            pass
        self.cut()
        self.client.close()
        self.server.close()

    def back(self):
        try:
            while data := self.server.recv(1 << 16):
                key = data.find(b"K\0\0\0\x0c")
                if self.backend is None and key >= 0:
                    self.backend = int.from_bytes(data[key + 5:key + 9], "big")
                if self.muted:
                    self.answered.set()
                else:
                    self.client.sendall(data)
        except OSError:
            pass
        self.cut()

    def spoil(self, action, data):
        self.muted = True
        if action == "after":
            self.server.sendall(data)
            if self.answered.wait(5):
                self.proxy.count(action)
        elif action == "before":
            self.proxy.count(action)
        elif action == "freeze":
            self.freeze(data)

    def freeze(self, data):
        """Half of the backends are stopped before the COMMIT comes, half of them while they work on it."""
        early = random.random() < 0.5
        if early:
            os.kill(self.backend, signal.SIGSTOP)
        self.server.sendall(data)
        if not early:
            time.sleep(random.random() * 0.002)
            os.kill(self.backend, signal.SIGSTOP)
        try:
            self.cut()
            time.sleep(FREEZE_S)
        finally:
            os.kill(self.backend, signal.SIGCONT)
        self.proxy.count("freeze")
