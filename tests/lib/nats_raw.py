"""The NATS protocol by hand, with an nkey: enough to ask what an identity may do, without a client library's good manners."""

import base64
import json
import socket

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Denied(Exception):
    """The server said -ERR."""


class RawNats:
    """seed_file None: connect without identity."""

    def __init__(self, port, seed_file=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.lines = self.socket.makefile("rb")
        info = json.loads(self.lines.readline().split(b" ", 1)[1])
        options = {"verbose": True, "pedantic": False, "lang": "test", "version": "1", "protocol": 1, "headers": True,
                   "no_responders": True}
        if seed_file:
            seed = seed_file.read_text().strip()
            raw = base64.b32decode(seed + "=" * (-len(seed) % 8))[2:34]
            signature = Ed25519PrivateKey.from_private_bytes(raw).sign(info["nonce"].encode())
            options["nkey"] = seed_file.with_name(seed_file.name + ".pub").read_text().strip()
            options["sig"] = base64.urlsafe_b64encode(signature).decode().rstrip("=")
        self.say(f"CONNECT {json.dumps(options)}")

    def close(self):
        self.lines.close()
        self.socket.close()

    def say(self, text):
        """Sends one operation; raises Denied unless the server says +OK. Messages that arrive meanwhile are kept."""
        self.socket.sendall(text.encode() + b"\r\n")
        return self.answer()

    def answer(self):
        while True:
            line = self.lines.readline()
            if line.startswith(b"+OK"):
                return True
            if line.startswith((b"-ERR", b"")) and not line.startswith((b"PING", b"MSG", b"HMSG", b"INFO")):
                raise Denied(line.decode(errors="replace").strip())
            if line.startswith((b"MSG", b"HMSG")):
                self.lines.read(int(line.split()[-1]) + 2)
            if line.startswith(b"PING"):
                self.socket.sendall(b"PONG\r\n")

    def may(self, operation):
        """True when allowed. A denied publish is told after +OK of itself, so a PING follows."""
        self.socket.sendall(operation.encode() + b"\r\nPING\r\n")
        allowed = True
        while True:
            line = self.lines.readline()
            if line.startswith(b"-ERR"):
                allowed = False
            elif line.startswith((b"MSG", b"HMSG")):
                self.lines.read(int(line.split()[-1]) + 2)
            elif line.startswith(b"PONG"):
                return allowed
            elif not line:
                raise Denied("the server closed the connection")

    def may_publish(self, subject):
        return self.may(f"PUB {subject} 0\r\n")

    def may_subscribe(self, subject, queue=""):
        return self.may(f"SUB {subject} {queue} 1".replace("  ", " "))
