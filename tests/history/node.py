"""A node of its own for one case, its API, its commands, and a WebSocket to it. Used by `run`."""
import base64
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import tempfile
import time

WEFT = os.path.abspath(os.environ.get("WEFT", "build/dev/weft"))
PATIENCE_SECONDS = 20


def wait_for(question, what):
    """Asks until the answer is true; the last answer is returned."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = question()
        if answer or time.monotonic() > deadline:
            assert answer, what
            return answer
        time.sleep(0.02)


class Node:
    """Stopped at the end of `with`; what it writes survives restart()."""

    def __init__(self, **environment):
        self.directory = tempfile.TemporaryDirectory(prefix="weft-history-")
        self.environment = dict(
            os.environ, WEFT_DATA_DIR=os.path.join(self.directory.name, "data"), LOG_LEVEL="error",
            WEFT_CONTROL_LISTEN="127.0.0.1:0", WEFT_CONSUL_LISTEN="127.0.0.1:0", WEFT_DNS_LISTEN="127.0.0.1:0",
            WEFT_PROXY_LISTEN="127.0.0.1:0", WEFT_PROXY_LOOPS="1", **environment)
        self.start()

    def start(self):
        self.process = subprocess.Popen([WEFT, "server", "--json"], env=self.environment,
                                        stdout=subprocess.PIPE, text=True)
        listening = json.loads(self.process.stdout.readline())["listening"]
        self.control = listening["control"][0]
        self.consul = listening["consul"][0]
        self.proxy = listening["proxy"][0]
        self.url = "http://" + self.control

    def restart(self):
        """As after kill -9."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.start()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=40)
        self.process.stdout.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        code = self.stop() if self.process.poll() is None else 0
        self.directory.cleanup()
        assert problem[0] or code == 0, code

    def call(self, method, path, body=None, headers=None, where=None):
        connection = http.client.HTTPConnection(where or self.control, timeout=PATIENCE_SECONDS)
        try:
            text = body if isinstance(body, (str, bytes, type(None))) else json.dumps(body)
            connection.request(method, path, text, headers or {})
            answer = connection.getresponse()
            data = answer.read()
            if answer.headers.get_content_type() == "application/json" and data:
                data = json.loads(data)
            return answer.status, data, answer.headers
        finally:
            connection.close()

    def good(self, method, path, body=None):
        status, data, _ = self.call(method, path, body)
        assert status == 200, (path, status, data)
        return data

    def changes(self, query=""):
        return self.good("GET", "/api/v1/changes" + query)

    def index(self):
        return self.changes()["index"]

    def register(self, name, port, **more):
        """Checked by nobody, so that nothing changes by itself. Returns: the index after it."""
        body = dict(service_name=name, address="127.0.0.1", port=port,
                    health_check={"ttl": "600s"}, **more)
        answer = self.good("POST", "/api/v1/mesh/v2/register", body)
        if answer["service"]["instance"]["state"] == "healthy":  # again: it reports that it lives
            wait_for(lambda: self.state_of(answer["service_id"]) == "healthy", "the registry hears of it")
        return self.index()

    def state_of(self, instance):
        services = self.good("GET", "/api/v1/mesh/v2/services")["services"]
        return {each["id"]: each["state"] for each in services}[instance]

    def put(self, key, value):
        status, data, _ = self.call("PUT", "/v1/kv/" + key, value, where=self.consul)
        assert status == 200 and data is True, (status, data)

    def put_many(self, count, begin=0):
        """As many changes, in few transactions: of keys from a number on."""
        for first in range(begin, begin + count, 64):
            steps = [{"KV": {"Verb": "set", "Key": f"many/{number}", "Value": "eA=="}}
                     for number in range(first, min(first + 64, begin + count))]
            assert self.call("PUT", "/v1/txn", steps, where=self.consul)[0] == 200

    def weft(self, *words):
        """Runs a command to its end. Returns exit code, stdout, stderr."""
        done = subprocess.run([WEFT, *words, "--url", self.url], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE_SECONDS)
        return done.returncode, done.stdout, done.stderr

    def meter(self, name):
        for line in self.call("GET", "/metrics")[1].decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        return None


class Stream:
    """A client of /api/v1/changes/stream. Source: RFC 6455."""

    def __init__(self, node, query="", receive_buffer=None):
        host, port = node.control.rsplit(":", 1)
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.connect((host, int(port)))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /api/v1/changes/stream{query} HTTP/1.1\r\nHost: {node.control}\r\n"
                             "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                             f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = http.client.parse_headers(self.file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def frame(self):
        """Returns opcode and payload; (None, b"") at the end of the stream."""
        head = self.file.read(2)
        if len(head) < 2:
            return None, b""
        size = head[1] & 127
        if size == 126:
            size = struct.unpack(">H", self.file.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.file.read(8))[0]
        return head[0] & 15, self.file.read(size)

    def change(self):
        """The next change. A ping of the node waits until the node gives up on us."""
        while True:
            opcode, payload = self.frame()
            if opcode == 1:
                return json.loads(payload)
            assert opcode == 9, (opcode, payload)

    def close_code(self):
        """Reads on to the close frame."""
        while True:
            opcode, payload = self.frame()
            if opcode in (8, None):
                return struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else None
