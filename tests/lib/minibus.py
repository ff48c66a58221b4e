"""A NATS client and a protobuf codec small enough to read: the tests' second implementation of what travels on the bus.

Bus speaks the text protocol with nkey authentication. pack() and unpack() know wire types, not messages: a message is a list of
(field number, value), value an int, bytes, str, float or a nested list; unpack() gives {number: [raw values]}.
"""

import json
import os
import queue
import socket
import struct
import sys
import threading
from base64 import urlsafe_b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from stacklib import keys  # noqa: E402


class Bus:
    """One connection as one identity. subscribe() gives a queue of (subject, reply, payload)."""

    def __init__(self, url, seed_file, name):
        host, _, port = url.removeprefix("nats://").rpartition(":")
        self.name = name
        self.queues = {}
        self.errors = []
        self.lock = threading.Lock()
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.socket.settimeout(None)
        self.reader = self.socket.makefile("rb")
        info = json.loads(self.reader.readline().split(b" ", 1)[1])
        seed = keys.decode(Path(seed_file).read_text().strip())[2:]
        signature = Ed25519PrivateKey.from_private_bytes(seed).sign(info["nonce"].encode())
        hello = {"verbose": False, "pedantic": False, "lang": "python", "version": "1", "protocol": 1, "name": name,
                 "nkey": keys.public_text(seed), "sig": urlsafe_b64encode(signature).decode().rstrip("=")}
        self.send(b"CONNECT " + json.dumps(hello).encode() + b"\r\nPING\r\n")
        threading.Thread(target=self.listen, daemon=True).start()

    def send(self, data):
        with self.lock:
            self.socket.sendall(data)

    def listen(self):
        try:
            for line in iter(self.reader.readline, b""):
                word = line.split()
                if word[0] == b"MSG":
                    payload = self.reader.read(int(word[-1]) + 2)[:-2]
                    reply = word[3].decode() if len(word) == 5 else ""
                    self.queues[int(word[2])].put((word[1].decode(), reply, payload))
                elif word[0] == b"PING":
                    self.send(b"PONG\r\n")
                elif word[0] == b"-ERR":
                    self.errors.append(line.decode().strip())
        except OSError:
            pass

    def subscribe(self, subject):
        number = len(self.queues) + 1
        self.queues[number] = queue.Queue()
        self.send(f"SUB {subject} {number}\r\n".encode())
        return self.queues[number]

    def publish(self, subject, payload, reply=""):
        self.send(f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n")

    def request(self, subject, payload, timeout=5):
        inbox = f"_INBOX_{self.name}.{os.urandom(8).hex()}"
        answers = self.subscribe(inbox)
        self.publish(subject, payload, inbox)
        return answers.get(timeout=timeout)[2]

    def close(self):
        self.socket.close()


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def pack(fields):
    out = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        elif isinstance(value, float):
            out += varint(number << 3 | 1) + struct.pack("<d", value)
        else:
            raw = pack(value) if isinstance(value, list) else value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(raw)) + raw
    return bytes(out)


def take_number(data, at):
    """The varint at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def unpack_numbers(data):
    """A packed repeated field of integers."""
    numbers, at = [], 0
    while at < len(data):
        value, at = take_number(data, at)
        numbers.append(value)
    return numbers


def unpack(data):
    fields, at = {}, 0
    while at < len(data):
        tag, at = take_number(data, at)
        if tag & 7 == 0:
            value, at = take_number(data, at)
        elif tag & 7 == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif tag & 7 == 2:
            length, at = take_number(data, at)
            value, at = data[at:at + length], at + length
        else:
            raise ValueError(f"wire type {tag & 7}")
        fields.setdefault(tag >> 3, []).append(value)
    return fields
