"""Registries for the cases: nodes of weft that may be killed and started again on the same ports, and a real
Consul where there is one. All speak the same API, which is all the cases need."""
import contextlib
import http.client
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.parse

WEFT = os.path.abspath(os.environ.get("WEFT", "build/dev/weft"))
CONSUL = os.environ.get("CONSUL_BIN", "")
PATIENCE_SECONDS = 30
ROLES = ("CONTROL", "CONSUL", "DNS", "PROXY")


def wait_for(question, what):
    """Asks until the answer is true; the last answer is returned. One that is not there yet is no answer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = question()
        except (OSError, KeyError, IndexError, http.client.HTTPException):
            answer = None
        if answer or time.monotonic() > deadline:
            assert answer, what
            return answer
        time.sleep(0.05)


def free_ports(count):
    """Ports that nobody has now, for who must be told which to use. Held together, so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Registry:
    """What speaks Consul's API at `self.consul`."""
    consul = ""

    def ask(self, method, path, body=None, where=None):
        connection = http.client.HTTPConnection(where or self.consul, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, (method, path, answer.status, text)
            is_json = (answer.headers.get_content_type() == "application/json")
            return json.loads(text) if text and is_json else text
        finally:
            connection.close()

    def register(self, name, number, port, **more):
        """An instance that reports by itself and lives."""
        self.ask("PUT", "/v1/agent/service/register", {
            "Name": name, "ID": number, "Address": "127.0.0.1", "Port": port, **more,
            "Check": {"CheckID": "c-" + number, "TTL": "600s", "Status": "passing"}})

    def tell(self, number, status, output=""):
        self.ask("PUT", "/v1/agent/check/update/c-" + number, {"Status": status, "Output": output})

    def deregister(self, number):
        self.ask("PUT", "/v1/agent/service/deregister/" + number)

    def entries(self, service):
        return self.ask("GET", "/v1/health/service/" + urllib.parse.quote(service))

    def states(self, service):
        """port: worst status, of each instance of a service."""
        order = ["passing", "warning", "critical"]
        return {entry["Service"]["Port"]: max([check["Status"] for check in entry["Checks"]], key=order.index,
                                              default="passing") for entry in self.entries(service)}

    def ports(self, service):
        """Of each instance, also when one is there twice."""
        return sorted(entry["Service"]["Port"] for entry in self.entries(service))

    def services(self):
        """The names without those that each registry has by itself."""
        own = {"consul", "weft-gateway", "weft-admin", "weft-bus", "weft-monitor"}
        return sorted(set(self.ask("GET", "/v1/catalog/services")) - own)


class Weft(Registry):
    """Stopped at the end of `with`; its state and its ports survive kill() and start()."""

    def __init__(self, name, sync_with=None, **settings):
        self.directory = tempfile.TemporaryDirectory(prefix="weft-sync-")
        self.process = None
        self.bound = dict.fromkeys(ROLES, "127.0.0.1:0")
        self.environment = dict(
            os.environ, WEFT_DATA_DIR=os.path.join(self.directory.name, "data"), LOG_LEVEL="info",
            WEFT_NODE_NAME=name, WEFT_CONSUL_DATACENTER="dc-" + name, WEFT_PROXY_LOOPS="1",
            WEFT_CONSUL_SYNC_INTERVAL="100ms", **settings)
        if sync_with:
            self.sync_with(sync_with)

    def sync_with(self, other, **settings):
        self.environment.update(WEFT_CONSUL_SYNC_ADDRESS=other.consul, **settings)

    def start(self):
        listen = {f"WEFT_{role}_LISTEN": address for role, address in self.bound.items()}
        self.log = open(os.path.join(self.directory.name, "log"), "a")
        self.process = subprocess.Popen([WEFT, "server", "--json"], env={**self.environment, **listen},
                                        stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL,
                                        text=True)
        line = self.process.stdout.readline()
        assert line, "the node did not start: " + self.log_text()
        listening = json.loads(line)["listening"]
        self.bound = {role: listening[role.lower()][0] for role in ROLES}
        self.consul, self.control = self.bound["CONSUL"], self.bound["CONTROL"]
        return self

    def log_text(self):
        with open(os.path.join(self.directory.name, "log")) as file:
            return file.read()

    def kill(self):
        self.process.kill()
        self.reap()

    def stop(self):
        self.process.terminate()
        assert self.reap() == 0, self.log_text()

    def reap(self):
        code = self.process.wait(PATIENCE_SECONDS)
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return code

    def restart(self, **settings):
        self.stop()
        self.environment.update(settings)
        self.start()

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *problem):
        if problem[0]:
            print(self.log_text()[-3000:])
        if self.process and problem[0]:
            self.kill()
        elif self.process:
            self.stop()
        self.directory.cleanup()

    def weft(self, *words):
        done = subprocess.run([WEFT, *words, "--url", "http://" + self.control], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE_SECONDS, check=False)
        return done.stdout + done.stderr

    def metric(self, name):
        text = self.ask("GET", "/metrics", where=self.control)
        for line in text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        raise KeyError(name)


class Consul(Registry):
    """`consul agent -dev` of CONSUL_BIN: what it knew is gone after kill()."""

    def __init__(self):
        self.http, self.dns, self.server, self.serf_lan, self.serf_wan = free_ports(5)
        self.consul = f"127.0.0.1:{self.http}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [CONSUL, "agent", "-dev", "-bind=127.0.0.1", "-client=127.0.0.1", f"-http-port={self.http}",
             f"-dns-port={self.dns}", f"-server-port={self.server}", f"-serf-lan-port={self.serf_lan}",
             f"-serf-wan-port={self.serf_wan}", "-grpc-port=-1", "-grpc-tls-port=-1", "-node=real",
             "-datacenter=dc-real", "-log-level=error"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.ask("GET", "/v1/status/leader"), "Consul has no leader")
        return self

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *problem):
        if self.process:
            self.kill()
