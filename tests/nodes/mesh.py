"""Nodes that share a mesh, and what is asked of them."""
import http.client
import json
import os
import signal
import subprocess
import tempfile
import time

WEFT = os.path.abspath(os.environ.get("WEFT", "build/dev/weft"))
PATIENCE_SECONDS = 30


class Skipped(Exception):
    """A case needs what is not here; the text says what."""


def wait_for(question, what, seconds=PATIENCE_SECONDS):
    """Asks until the answer is true; the last answer is returned."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer or time.monotonic() > deadline:
            assert answer, what
            return answer
        time.sleep(0.02)


class Node:
    def __init__(self, name, url, schema, directory, island=None, **settings):
        self.name, self.directory = name, os.path.join(directory, name)
        self.within = island.within if island else []
        host = island.address if island else "127.0.0.1"
        if island:
            settings["WEFT_ALLOW_UNAUTHENTICATED"] = "true"
        self.environment = {**os.environ, **{f"WEFT_{role}_LISTEN": f"{host}:0" for role in
                                             ("CONTROL", "PROXY", "CONSUL", "DNS")},
                            "WEFT_DATA_DIR": self.directory, "WEFT_NODE_NAME": name, "WEFT_PROXY_LOOPS": "1",
                            "DATABASE_URL": url, "WEFT_DATABASE_SCHEMA": schema, "LOG_LEVEL": "info",
                            "WEFT_DRAIN_TIMEOUT": "1s", **settings}
        self.process = None

    def start(self):
        """False when it did not start; then self.why has what it said."""
        os.makedirs(self.directory, exist_ok=True)
        self.log = open(os.path.join(self.directory, "log"), "ab")
        self.process = subprocess.Popen([*self.within, WEFT, "server", "--json"], env=self.environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if "listening" not in line:
            self.process.wait()
            self.why = self.said()
            return False
        listening = json.loads(line)["listening"]
        self.consul, self.control = listening["consul"][0], listening["control"][0]
        return True

    def said(self):
        with open(os.path.join(self.directory, "log"), errors="replace") as file:
            return file.read()

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """kill -9."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        self.end()

    def stop(self):
        self.process.terminate()
        return self.end()

    def end(self):
        code = self.process.wait(PATIENCE_SECONDS)
        self.process.stdout.close()
        self.log.close()
        return code

    def ask(self, method, path, body=None, timeout=PATIENCE_SECONDS, where=None):
        """Returns status, text."""
        connection = http.client.HTTPConnection(where or self.consul, timeout=timeout)
        try:
            data = json.dumps(body) if isinstance(body, (dict, list)) else body
            connection.request(method, path, data)
            answer = connection.getresponse()
            self.headers = answer.headers
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def get(self, path):
        status, text = self.ask("GET", path)
        return json.loads(text) if status == 200 else None

    def put(self, path, body=None):
        status, text = self.ask("PUT", path, body)
        assert status == 200, f"PUT {path}: {status} {text}"
        return json.loads(text) if text else None

    def members(self):
        """Who is there, as it sees it: name -> 1 alive, 3 left, 4 failed."""
        return {member["Name"]: member["Status"] for member in self.get("/v1/agent/members")}

    def statuses(self, service):
        """The statuses of the service's checks, without those of nodes."""
        return [check["Status"] for check in self.get(f"/v1/health/checks/{service}")]


class Mesh:
    """Three nodes on one schema; each on an island of its own when those are given by the nodes' names."""
    schemas = 0

    def __init__(self, postgres, count=3, islands=None, **settings):
        Mesh.schemas += 1
        self.postgres, self.schema = postgres, f"mesh_{Mesh.schemas}"
        self.directory = tempfile.TemporaryDirectory(prefix="weft-nodes-")
        self.nodes = []
        for name in (f"n{i + 1}" for i in range(count)):
            island = islands[name] if islands else None
            url = postgres.url_at(island.database if island else "127.0.0.1")
            self.nodes.append(Node(name, url, self.schema, self.directory.name, island, **settings))

    def __enter__(self):
        for node in self.nodes:
            assert node.start(), node.why
        for node in self.nodes:
            wait_for(lambda: node.members() == {each.name: 1 for each in self.nodes}, f"{node.name} sees all others")
        return self.nodes

    def __exit__(self, kind, *_):
        for node in self.nodes:
            if node.process is not None and node.process.poll() is None:
                node.signal(signal.SIGCONT)
                node.kill()
            if kind is not None:
                print(f"--- {node.name} said\n{node.said()[-3000:]}")
        self.directory.cleanup()
