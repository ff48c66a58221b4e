#!/usr/bin/python3
"""The HTTP and WebSocket server of services/common/io, asked from outside through tests/unit/io/http_echo.c.

Run by `make http-test`, or: BUILD=asan tests/integration/test_http_server.py [TestCase.test_name]
"""
import asyncio
import contextlib
import os
import resource
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

import requests
import websockets

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ECHO = os.path.join(TOP, "build", os.environ.get("BUILD", "release"), "tests", "unit", "io", "http_echo")
SANITIZED = os.environ.get("BUILD", "release") in ("asan", "tsan")
SOCKETS = int(os.environ.get("SOCKETS", "1000"))
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)  # the server inherits it


class Echo:
    """One server process; stop() demands a clean end."""

    def __init__(self, **settings):
        env = dict(os.environ, **{k: str(v) for k, v in settings.items()})
        self.out = tempfile.TemporaryFile("a+")
        self.process = subprocess.Popen([ECHO], env=env, stdout=self.out)
        while not self.read().endswith("\n"):
            time.sleep(0.005)
        self.port = int(self.read().split()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws = f"ws://127.0.0.1:{self.port}"

    def read(self):
        self.out.seek(0)
        return self.out.read()

    def wait(self):
        """(exit code, what it printed)"""
        code = self.process.wait(timeout=20)
        out = self.read()
        self.out.close()
        return code, out

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def connect(self, receive_buffer=None):
        s = socket.socket()
        if receive_buffer:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        s.settimeout(10)
        s.connect(("127.0.0.1", self.port))
        return s

    def open_ws(self, path="/ws", **kw):
        s = self.connect(**kw)
        s.sendall(handshake(path))
        head = read_until(s, b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        return s


def handshake(path="/ws", key="dGhlIHNhbXBsZSBub25jZQ==", version="13", extra=""):
    return (f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: {version}\r\n{extra}\r\n").encode()


def frame(opcode, payload=b"", fin=True, mask=True, rsv=0, length=None):
    """A client's frame; `length` lies about the payload's length in its longest form."""
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if mask else 0
    n = len(payload)
    if length is not None:
        head += bytes([bit | 127]) + struct.pack(">Q", length)
    elif n < 126:
        head += bytes([bit | n])
    elif n < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", n)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", n)
    key = b"\x11\x22\x33\x44"
    return head + (key + bytes(b ^ key[i % 4] for i, b in enumerate(payload)) if mask else payload)


def read_exactly(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise EOFError(data)
        data += more
    return data


def read_until(s, end):
    data = b""
    while not data.endswith(end):
        data += read_exactly(s, 1)
    return data


def read_frame(s):
    first, n = read_exactly(s, 2)
    assert n < 128, "a server's frame is not masked"
    if n == 126:
        n = struct.unpack(">H", read_exactly(s, 2))[0]
    elif n == 127:
        n = struct.unpack(">Q", read_exactly(s, 8))[0]
    return first & 15, read_exactly(s, n)


def pong_until(s, wanted):
    """Answers pings until a frame of the wanted kind came; its payload."""
    while True:
        opcode, payload = read_frame(s)
        if opcode == 9:
            s.sendall(frame(10, payload))
        if opcode == wanted:
            return payload


def close_code(s):
    """Reads until the close frame; its code. Then the connection must end."""
    while True:
        opcode, payload = read_frame(s)
        if opcode == 8:
            break
    with contextlib.suppress(ConnectionResetError):
        assert s.recv(1) == b""
    return struct.unpack(">H", payload[:2])[0] if payload else None


def read_response(s):
    head = read_until(s, b"\r\n\r\n").decode()
    length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length")), 0)
    return int(head.split()[1]), read_exactly(s, length)


class Case(unittest.TestCase):
    settings = {}

    def setUp(self):
        self.echo = Echo(**self.settings)

    def tearDown(self):
        code, out = self.echo.stop()
        self.assertEqual(code, 0, out)
        self.assertIn("loop closed", out)


class Http(Case):
    def test_keep_alive_serves_many_requests_on_one_connection(self):
        with requests.Session() as session:
            for i in range(200):
                answer = session.post(self.echo.url + "/echo", data=f"body {i}")
                self.assertEqual((answer.status_code, answer.text), (200, f"body {i}"))

    def test_pipelined_requests_are_answered_in_order(self):
        s = self.echo.connect()
        paths = ["/hello", "/later?ms=30", "/hello", "/nowhere", "/later?ms=1", "/hello"]
        s.sendall(b"".join(f"GET {p} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for p in paths))
        self.assertEqual([read_response(s)[0] for _ in paths], [200, 200, 200, 404, 200, 200])

    def test_one_byte_at_a_time(self):
        s = self.echo.connect()
        for b in b"POST /echo?x=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello":
            s.sendall(bytes([b]))
        self.assertEqual(read_response(s), (200, b"hello"))

    def test_chunked_body(self):
        answer = requests.post(self.echo.url + "/echo", data=iter([b"a" * 5000, b"b" * 5000]))
        self.assertEqual(answer.content, b"a" * 5000 + b"b" * 5000)

    def test_method_path_query_and_peer(self):
        answer = requests.patch(self.echo.url + "/echo?a=1&b=x%20y+z&c", data=b"")
        self.assertEqual(answer.headers["X-Method"], "PATCH")
        self.assertEqual(answer.headers["X-Peer"], "127.0.0.1")
        self.assertEqual(answer.headers["X-Query"], "a=1, b=x y z, c=")

    def test_body_at_the_limit_and_one_byte_more(self):
        self.assertEqual(requests.post(self.echo.url + "/echo", data=b"x" * 65536).status_code, 200)
        with requests.Session() as session:
            answer = session.post(self.echo.url + "/echo", data=b"x" * 65537)
            self.assertEqual(answer.status_code, 413)
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            self.assertEqual(answer.json()["type"], "urn:paidan:problem:too-large")
            self.assertEqual(session.get(self.echo.url + "/hello").text, "hello\n")

    def test_a_path_may_have_a_larger_limit(self):
        self.assertEqual(len(requests.post(self.echo.url + "/big", data=b"x" * (1 << 20)).content), 1 << 20)
        self.assertEqual(requests.post(self.echo.url + "/big", data=b"x" * ((1 << 20) + 1)).status_code, 413)

    def test_oversize_chunked_body(self):
        answer = requests.post(self.echo.url + "/echo", data=iter([b"x" * 50000] * 3))
        self.assertEqual(answer.status_code, 413)

    def test_a_gigabyte_is_refused_before_it_is_read(self):
        s = self.echo.connect()
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        self.assertEqual(read_response(s)[0], 413)
        self.assertEqual(s.recv(1), b"")

    def test_expect_continue(self):
        s = self.echo.connect()
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        self.assertTrue(read_until(s, b"\r\n\r\n").startswith(b"HTTP/1.1 100"))
        s.sendall(b"ok")
        self.assertEqual(read_response(s), (200, b"ok"))

    def test_too_long_a_head(self):
        s = self.echo.connect()
        with contextlib.suppress(OSError):
            s.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 20000 + b"\r\n\r\n")
            self.assertIn(read_response(s)[0], (413, 431))
        self.assertEqual(requests.get(self.echo.url + "/hello").status_code, 200)

    def test_head_of_a_usual_size_fits(self):
        headers = {"Authorization": "Bearer " + "t" * 64, "User-Agent": "u" * 200, "Cookie": "c" * 1500,
                   "Idempotency-Key": "k" * 64, "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}
        answer = requests.post(self.echo.url + "/echo?" + "q" * 800, headers=headers, data=b"z" * 60000)
        self.assertEqual(answer.status_code, 200)

    def test_unsound_targets_are_400(self):
        for target in ("/a%00b", "/%ff", "/%e6%b4", "/a%zz", "/a%4", "/?q=%c0%80", "/%0a", "/?q=%ed%a0%80"):
            s = self.echo.connect()
            s.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            self.assertEqual(read_response(s)[0], 400, target)
        s = self.echo.connect()
        s.sendall("GET /echo?w=派%E5%8D%95 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        self.assertEqual(read_response(s)[0], 200)

    def test_garbage_does_not_hurt(self):
        for bytes_ in (b"\x00" * 100, b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00" * 20, b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 50,
                       b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                       b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                       b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            s = self.echo.connect()
            s.sendall(bytes_)
            s.shutdown(socket.SHUT_WR)
            s.settimeout(0.3)
            with contextlib.suppress(OSError):
                while s.recv(4096):
                    pass
        self.assertEqual(requests.get(self.echo.url + "/hello").status_code, 200)

    def test_a_forgotten_request_is_500(self):
        self.assertEqual(requests.get(self.echo.url + "/forgotten").status_code, 500)

    def test_clients_that_leave_while_their_request_is_held(self):
        for how in ("close", "reset"):
            for _ in range(50):
                s = self.echo.connect()
                s.sendall(b"GET /later?ms=40 HTTP/1.1\r\nHost: x\r\n\r\n")
                if how == "reset":
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                s.close()
        time.sleep(0.2)
        self.assertEqual(requests.get(self.echo.url + "/later?ms=1").text, "later\n")

    def test_clients_that_leave_in_the_middle_of_a_body(self):
        for _ in range(50):
            s = self.echo.connect()
            s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + b"x" * 1000)
            s.close()
        self.assertEqual(requests.get(self.echo.url + "/hello").text, "hello\n")


class Stopping(unittest.TestCase):
    def test_held_requests_are_answered_503_at_the_deadline(self):
        echo = Echo()
        s = echo.connect()
        s.sendall(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        code, out = echo.stop()
        self.assertEqual((code, read_response(s)[0]), (0, 503), out)

    def test_drain_finishes_what_runs_and_takes_nothing_new(self):
        echo = Echo()
        idle = echo.connect()
        idle.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        read_response(idle)
        busy = echo.connect()
        busy.sendall(b"GET /later?ms=300 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        echo.process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        with self.assertRaises(ConnectionRefusedError):
            echo.connect()
        self.assertEqual(read_response(busy), (200, b"later\n"))
        code, out = echo.wait()
        self.assertEqual(code, 0, out)

    def test_sockets_are_told_1001(self):
        echo = Echo()
        s = echo.open_ws()
        silent = echo.open_ws()
        echo.process.send_signal(signal.SIGTERM)
        opcode, payload = read_frame(s)
        self.assertEqual((opcode, payload[:2]), (8, struct.pack(">H", 1001)))
        s.sendall(frame(8, payload[:2]))
        self.assertEqual(s.recv(1), b"")
        self.assertEqual(read_frame(silent)[0], 8)
        code, out = echo.wait()
        self.assertEqual(code, 0, out)
        self.assertIn("closed 1001", out)


class SlowBody(Case):
    settings = {"IDLE_S": 1, "BODY_S": 1}

    def test_a_body_that_trickles_is_given_up(self):
        s = self.echo.connect()
        s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        begin = time.monotonic()
        with self.assertRaises((OSError, EOFError)):
            while time.monotonic() - begin < 10:
                s.sendall(b"x")
                time.sleep(0.2)
        self.assertLess(time.monotonic() - begin, 4)

    def test_an_idle_connection_is_closed(self):
        s = self.echo.connect()
        s.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        read_response(s)
        self.assertEqual(s.recv(1), b"")

    def test_a_held_request_outlives_the_idle_time(self):
        self.assertEqual(requests.get(self.echo.url + "/later?ms=2500").status_code, 200)


class Handshake(Case):
    def test_the_example_of_rfc_6455(self):
        s = self.echo.connect()
        s.sendall(handshake())
        self.assertIn(b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", read_until(s, b"\r\n\r\n"))

    def test_wrong_handshakes(self):
        for request, status in ((handshake(key="short"), 400), (handshake(version="8"), 426),
                                (handshake(key="!!!!!!!!!!!!!!!!!!!!!!=="), 400),
                                (b"GET /ws HTTP/1.1\r\nHost: x\r\n\r\n", 400),
                                (handshake().replace(b"GET", b"POST"), 400),
                                (handshake().replace(b"HTTP/1.1", b"HTTP/1.0"), 400)):
            s = self.echo.connect()
            s.sendall(request)
            self.assertEqual(read_response(s)[0], status, request)

    def test_frames_that_come_with_the_handshake(self):
        s = self.echo.connect()
        s.sendall(handshake() + frame(1, b"early") + frame(1, b"bird"))
        read_until(s, b"\r\n\r\n")
        self.assertEqual([read_frame(s), read_frame(s)], [(1, b"early"), (1, b"bird")])

    def test_upgrade_later(self):
        s = self.echo.open_ws("/ws-later")
        s.sendall(frame(1, b"hi"))
        self.assertEqual(read_frame(s), (1, b"hi"))

    def test_clients_that_leave_before_the_upgrade(self):
        for _ in range(20):
            s = self.echo.connect()
            s.sendall(handshake("/ws-later"))
            time.sleep(0.01)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
        time.sleep(0.3)
        rss, sockets, closes = map(int, requests.get(self.echo.url + "/memory").text.split())
        self.assertEqual((sockets, closes), (0, 20))


class WebSocket(Case):
    def test_messages_are_echoed(self):
        s = self.echo.open_ws()
        for text in (b"", b"a", "派单".encode(), b"x" * 125, b"x" * 126, b"x" * 16384):
            s.sendall(frame(1, text))
            self.assertEqual(read_frame(s), (1, text))

    def test_fragments_with_a_ping_between(self):
        s = self.echo.open_ws()
        s.sendall(frame(1, "派".encode()[:2], fin=False))
        s.sendall(frame(9, b"still there?"))
        s.sendall(frame(0, "派".encode()[2:], fin=False) + frame(0, b"", fin=True))
        self.assertEqual(read_frame(s), (10, b"still there?"))
        self.assertEqual(read_frame(s), (1, "派".encode()))

    def test_one_byte_at_a_time(self):
        s = self.echo.open_ws()
        for b in frame(1, b"slow") + frame(1, b"y" * 200):
            s.sendall(bytes([b]))
        self.assertEqual([read_frame(s), read_frame(s)], [(1, b"slow"), (1, b"y" * 200)])

    def test_many_messages_in_one_write(self):
        s = self.echo.open_ws()
        s.sendall(b"".join(frame(1, str(i).encode()) for i in range(500)))
        self.assertEqual([read_frame(s)[1] for _ in range(500)], [str(i).encode() for i in range(500)])

    def test_close_codes_for_what_is_wrong(self):
        cases = {
            "unmasked": (frame(1, b"x", mask=False), 1002),
            "reserved bit": (frame(1, b"x", rsv=1), 1002),
            "unknown opcode": (frame(3, b"x"), 1002),
            "unknown control": (frame(11, b"x"), 1002),
            "fragmented control": (frame(9, b"x", fin=False), 1002),
            "long control": (frame(9, b"x" * 126), 1002),
            "continuation of nothing": (frame(0, b"x"), 1002),
            "message inside a message": (frame(1, b"x", fin=False) + frame(1, b"y"), 1002),
            "length longer than needed": (frame(1, b"", length=5), 1002),
            "negative length": (frame(1, b"", length=1 << 63), 1002),
            "close code 1005": (frame(8, struct.pack(">H", 1005)), 1002),
            "close of one byte": (frame(8, b"\x03"), 1002),
            "binary": (frame(2, b"x"), 1003),
            "bad UTF-8": (frame(1, b"\xff\xfe"), 1007),
            "overlong UTF-8": (frame(1, b"\xc0\xaf"), 1007),
            "cut UTF-8": (frame(1, "派".encode()[:2]), 1007),
            "surrogate": (frame(1, b"\xed\xa0\x80"), 1007),
            "oversize": (frame(1, b"x" * 16385), 1009),
            "oversize by announcement": (frame(1, b"x", length=1 << 40), 1009),
            "oversize in fragments": (frame(1, b"x" * 9000, fin=False) + frame(0, b"x" * 9000), 1009),
        }
        for name, (bytes_, code) in cases.items():
            with self.subTest(name):
                s = self.echo.open_ws()
                s.sendall(frame(1, b"before") + bytes_)
                self.assertEqual(read_frame(s), (1, b"before"))
                self.assertEqual(close_code(s), code)

    def test_closing_by_the_peer(self):
        for payload, code in ((struct.pack(">H", 1000), 1000), (struct.pack(">H", 4321) + b"why", 4321), (b"", None)):
            s = self.echo.open_ws()
            s.sendall(frame(8, payload))
            self.assertEqual(close_code(s), code)

    def test_closing_by_the_server(self):
        s = self.echo.open_ws()
        s.sendall(frame(1, b"close 4001"))
        opcode, payload = read_frame(s)
        self.assertEqual((opcode, payload), (8, struct.pack(">H", 4001) + b"asked for"))
        s.sendall(frame(8, payload[:2]))
        self.assertEqual(s.recv(1), b"")

    def test_a_peer_that_does_not_read_is_dropped(self):
        s = self.echo.open_ws(receive_buffer=4096)
        s.sendall(frame(1, b"push 100000"))
        time.sleep(0.3)
        rss, sockets, closes = map(int, requests.get(self.echo.url + "/memory").text.split())
        self.assertEqual((sockets, closes), (0, 1))

    def test_a_peer_that_reads_slowly_gets_all(self):
        s = self.echo.open_ws(receive_buffer=4096)
        s.sendall(frame(1, b"push 200"))
        for _ in range(200):
            self.assertEqual(read_frame(s), (1, b"x" * 1024))
            time.sleep(0.001)

    def test_a_client_library_agrees(self):
        async def talk():
            async with websockets.connect(self.echo.ws + "/ws", max_size=None) as ws:
                for i in range(300):
                    await ws.send("派单" * i)
                    self.assertEqual(await ws.recv(), "派单" * i)
                await asyncio.wait_for(await ws.ping(), 5)
        asyncio.run(talk())


class DeadPeers(Case):
    settings = {"WS_PING_MS": 200, "WS_PONG_MS": 200}

    def test_a_silent_peer_is_found_out_and_a_living_one_is_not(self):
        silent, living = self.echo.open_ws(), self.echo.open_ws()
        begin = time.monotonic()
        while time.monotonic() - begin < 1.5:
            opcode, payload = read_frame(living)
            self.assertEqual(opcode, 9)
            living.sendall(frame(10, payload))
        rss, sockets, closes = map(int, requests.get(self.echo.url + "/memory").text.split())
        self.assertEqual((sockets, closes), (1, 1))
        self.assertEqual(read_frame(silent)[0], 9)
        with contextlib.suppress(ConnectionResetError):
            self.assertEqual(silent.recv(1), b"")


class PerAddress(Case):
    settings = {"PER_IP": 5}

    def test_sockets_of_one_address_are_limited(self):
        sockets = [self.echo.open_ws() for _ in range(5)]
        s = self.echo.connect()
        s.sendall(handshake())
        self.assertEqual(read_response(s)[0], 503)
        sockets.pop().close()
        time.sleep(0.1)
        self.echo.open_ws()


class Crowd(Case):
    ping_ms = max(1000, SOCKETS)
    settings = {"WS_PING_MS": ping_ms, "WS_PONG_MS": 5 * ping_ms}

    def test_idle_sockets_cost_little(self):
        def memory():
            return map(int, requests.get(self.echo.url + "/memory").text.split())

        warm = [self.echo.open_ws() for _ in range(20)]
        before, _, _ = memory()
        crowd = [self.echo.open_ws() for _ in range(SOCKETS)]
        for s in crowd:
            s.sendall(frame(1, b"hello"))
            pong_until(s, 1)
        time.sleep(1.5 * self.ping_ms / 1000)  # pings go out and their answers come: buffers are made and given back
        for s in crowd + warm:
            pong_until(s, 9)
        time.sleep(0.2)
        after, sockets, _ = memory()
        each = (after - before) * 1024 / SOCKETS
        print(f"\n    {SOCKETS} idle WebSockets: {before} kB -> {after} kB, {each:.0f} bytes each")
        self.assertEqual(sockets, SOCKETS + 20)
        if not SANITIZED:
            self.assertLess(each, 6000)
        for s in crowd + warm:
            s.close()
        time.sleep(0.3 + SOCKETS / 10000)
        gone, sockets, closes = memory()
        if not SANITIZED:
            self.assertLess(gone, after + 2000)
        self.assertEqual((sockets, closes), (0, SOCKETS + 20))


if __name__ == "__main__":
    unittest.main(warnings="ignore")
