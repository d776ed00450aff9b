"""A node for the clients, and the count of what they found."""
import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time

WEFT = os.environ.get("WEFT", "build/dev/weft")
PATIENCE_SECONDS = 15
ROLES = ("CONTROL", "PROXY", "CONSUL", "DNS")


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, good, what, why=""):
        self.passed += 1 if good else 0
        self.failed += 0 if good else 1
        if not good:
            print(f"FAILED {what}: {why}", file=sys.stderr)

    def skip(self, what, why):
        self.skipped += 1
        print(f"skipped {what}: {why}", file=sys.stderr)


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
    def __init__(self, directory, bound):
        self.directory, self.bound, self.exit_code = directory, bound, None
        self.consul = bound["consul"][0]
        self.host, _, self.port = self.consul.rpartition(":")

    def ask(self, method, path, body=None, where=None, headers=None):
        """Returns status, text, headers."""
        connection = http.client.HTTPConnection(where or self.consul, timeout=PATIENCE_SECONDS)
        try:
            data = json.dumps(body) if isinstance(body, (dict, list)) else body
            connection.request(method, path, data, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def get(self, path):
        return json.loads(self.ask("GET", path)[1])


@contextlib.contextmanager
def node(**settings):
    """A node alone on ports of its own; a setting CONSUL gives its address, `config` is the text of a file."""
    config = settings.pop("config", None)
    with tempfile.TemporaryDirectory(prefix="weft-consul-") as directory:
        listen = {f"WEFT_{role}_LISTEN": settings.pop(role, "127.0.0.1:0") for role in ROLES}
        environment = {**os.environ, **listen, "WEFT_DATA_DIR": directory, "WEFT_PROXY_LOOPS": "1",
                       "WEFT_NODE_NAME": "n1", "LOG_LEVEL": "error", **settings}
        words = [WEFT, "server", "--json"]
        if config is not None:
            words += ["--config", os.path.join(directory, "config.yaml")]
            with open(words[-1], "w") as file:
                file.write(config)
        process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, text=True)
        try:
            assert process.stdout.readline(), "the node did not start"
            with open(os.path.join(directory, "listeners.json")) as file:
                node = Node(directory, json.load(file))
            yield node
        finally:
            process.terminate()
            code = process.wait(PATIENCE_SECONDS)
            process.stdout.close()
        node.exit_code = code
