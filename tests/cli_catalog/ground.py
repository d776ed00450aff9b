"""A real node on ports of its own choosing, the commands that talk to it, and a server that only
remembers what it was asked."""
import http.client
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

WEFT = os.environ.get("WEFT", "build/dev/weft")
PATIENCE_SECONDS = 30


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
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="weft-cli-")
        environment = dict(os.environ, WEFT_DATA_DIR=self.directory, LOG_LEVEL="error",
                           WEFT_CONTROL_LISTEN="127.0.0.1:0", WEFT_CONSUL_LISTEN="127.0.0.1:0", WEFT_DNS_LISTEN="127.0.0.1:0",
                           WEFT_PROXY_LISTEN="127.0.0.1:0", WEFT_PROXY_LOOPS="1")
        self.process = subprocess.Popen([WEFT, "server"], env=environment)
        listeners = os.path.join(self.directory, "listeners.json")
        wait_for(lambda: os.path.exists(listeners), "the node starts")
        with open(listeners) as file:
            bound = json.load(file)
        self.consul = bound["consul"][0]
        self.environment = dict(os.environ, WEFT_URL="http://" + bound["control"][0],
                                CONSUL_HTTP_ADDR=self.consul, NO_COLOR="1")
        for name in ("CONSUL_HTTP_TOKEN", "WEFT_TOKEN"):
            self.environment.pop(name, None)

    def weft(self, *words, given=None, **variables):
        """Runs a command to its end; what it prints is bytes."""
        return subprocess.run([WEFT, *words], env=dict(self.environment, **variables), input=given,
                              stdin=subprocess.DEVNULL if given is None else None,
                              capture_output=True, timeout=PATIENCE_SECONDS)

    def done(self, *words, given=None):
        """The same; it must succeed. Returns what it printed."""
        ended = self.weft(*words, given=given)
        assert ended.returncode == 0, (words, ended)
        return ended.stdout.decode()

    def refused(self, *words, code=1, given=None):
        """The same; it must fail so, with one line on stderr, which is returned."""
        ended = self.weft(*words, given=given)
        line = ended.stderr.decode()
        assert ended.returncode == code and line.count("\n") == 1, (words, ended)
        return line

    def start(self, *words, **more):
        return subprocess.Popen([WEFT, *words], env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)

    def ask(self, method, path, body=None):
        """Consul's API itself. Returns: the status and the JSON, or the text."""
        host, port = self.consul.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            data = answer.read()
            is_json = answer.headers.get_content_type() == "application/json" and data
            return answer.status, json.loads(data) if is_json else data
        finally:
            connection.close()

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, content):
        with open(self.path(name), "w") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return self.path(name)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=40)
        shutil.rmtree(self.directory)
        return code


def stop_watch(process):
    """Ctrl-C. Returns: what was printed and not read yet."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, (process.returncode, err)
    return out, err


class Memory:
    """Answers what `answer` says (a function of path and query) and remembers what it was asked."""

    def __init__(self, answer, port=0):
        memory = self
        self.asked = []
        self.connections = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                memory.connections.append(self.connection)

            def log_message(self, *_):
                pass

            def answer_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
                memory.asked.append((self.command, parts.path, query, dict(self.headers), body))
                status, headers, text = answer(self.command, parts.path, query)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_PUT = do_DELETE = answer_one

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass  # who asked has gone

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed by itself
