"""A WebSocket client (RFC 6455) of the standard library alone: text frames, ping, close; enough for a worker's app in a script."""

import base64
import hashlib
import os
import socket
import struct

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class WebSocketError(Exception):
    """The server refused, or the connection is gone."""


class WebSocket:
    """Connected after construction. receive() waits for a text frame and answers pings by the way."""

    def __init__(self, host, port, path, headers, timeout=10):
        self.buffer = b""
        self.socket = socket.create_connection((host, port), timeout=timeout)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *(f"{name}: {value}" for name, value in headers.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status, *fields = head.decode("latin-1").split("\r\n")
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        given = {name.strip().lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        if " 101 " not in status + " " or given.get("sec-websocket-accept") != accept:
            raise WebSocketError(f"no WebSocket at {path}: {status}")

    def fill(self):
        more = self.socket.recv(65536)
        if not more:
            raise WebSocketError("the server closed the connection")
        self.buffer += more

    def take(self, count):
        while len(self.buffer) < count:
            self.fill()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def receive(self, timeout):
        """The next text, or None when there is none within the time."""
        text = b""
        self.socket.settimeout(timeout)
        while True:
            try:
                first, second = self.take(2)
            except TimeoutError:
                return None
            length = second & 127
            if length > 125:
                length = struct.unpack(">H" if length == 126 else ">Q", self.take(2 if length == 126 else 8))[0]
            payload = self.take(length)
            kind = first & 15
            if kind == PING:
                self.send(payload, PONG)
            elif kind == CLOSE:
                raise WebSocketError("the server ended the stream")
            elif kind in (0, TEXT):
                text += payload
                if first & 128:
                    return text.decode()

    def send(self, payload, kind=TEXT):
        data = payload.encode() if isinstance(payload, str) else payload
        mask = os.urandom(4)
        size = bytes([128 | len(data)]) if len(data) < 126 else bytes([128 | 126]) + struct.pack(">H", len(data))
        masked = bytes(byte ^ mask[i & 3] for i, byte in enumerate(data))
        self.socket.sendall(bytes([128 | kind]) + size + mask + masked)

    def close(self):
        try:
            self.send(b"", CLOSE)
        except OSError:
            pass
        self.socket.close()
