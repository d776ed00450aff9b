"""dig against the node's DNS: contract/consul.md §8 as a resolver sees it."""
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading

import stage


class Dig:
    def __init__(self, node):
        self.host, _, self.port = node.bound["dns"][0].rpartition(":")

    def __call__(self, *words):
        done = subprocess.run(["dig", f"@{self.host}", "-p", self.port, "+tries=1", "+time=5", *words],
                              capture_output=True, text=True, timeout=30, check=False)
        return done.stdout

    def short(self, *words):
        return sorted(self(*words, "+short").split("\n")[:-1])


def cases(node, dig):
    for number in (1, 2):
        node.ask("PUT", "/v1/agent/service/register", {
            "ID": f"web-{number}", "Name": "web", "Port": 8080 + number, "Address": f"10.1.1.{number}",
            "Tags": ["prod"] if number == 1 else ["test"], "Weights": {"Passing": 10 * number, "Warning": 1},
            "Check": {"TTL": "10m", "Status": "passing"}})
    stage.wait_for(lambda: len(dig.short("web.service.consul")) == 2, "both are there")
    yield "addresses", dig.short("web.service.consul", "A") == ["10.1.1.1", "10.1.1.2"]
    yield "the other domain", len(dig.short("WEB.service.weft")) == 2
    yield "by TCP", len(dig.short("+tcp", "web.service.dc1.consul")) == 2
    yield "a tag", dig.short("prod.web.service.consul") == ["10.1.1.1"]
    yield "SRV", dig.short("web.service.consul", "SRV") == ["1 10 8081 0a010101.addr.dc1.consul.",
                                                            "1 20 8082 0a010102.addr.dc1.consul."]
    yield "RFC 2782", dig.short("_web._test.service.consul", "SRV") == ["1 20 8082 0a010102.addr.dc1.consul."]
    yield "the target of an answer", dig.short("0a010102.addr.dc1.consul") == ["10.1.1.2"]
    yield "a node", dig.short("n1.node.consul") == ["127.0.0.1"]
    yield "the other way round", dig.short("-x", "10.1.1.1") == ["web.service.consul."]
    yield "SOA", dig.short("consul.", "SOA")[0].startswith("ns.consul. hostmaster.consul.")
    yield "services of its own", dig.short("consul.service.consul") == ["127.0.0.1"]
    yield "nobody", "status: NXDOMAIN" in dig("nobody.service.consul")
    yield "no data", "status: NOERROR" in dig("web.service.consul", "AAAA") and "SOA" in dig("web.service.consul", "AAAA")
    yield "names of elsewhere", "status: REFUSED" in dig("example.org")
    node.ask("PUT", "/v1/agent/check/fail/service:web-1")
    stage.wait_for(lambda: dig.short("web.service.consul") == ["10.1.1.2"], "one that fails is left out")
    node.ask("PUT", "/v1/agent/maintenance?enable=true")
    stage.wait_for(lambda: dig.short("web.service.consul") == [], "a node in maintenance has nobody")
    yield "health", True
    node.ask("PUT", "/v1/agent/maintenance?enable=false")
    node.ask("PUT", "/v1/agent/service/deregister/web-2")
    stage.wait_for(lambda: "NXDOMAIN" in dig("web.service.consul"), "who is gone is not named")
    yield "deregistration", True


def taken(transport):
    """A node whose address for names somebody else has works without, and stops in order."""
    with socket.socket(socket.AF_INET, transport) as other:
        other.bind(("127.0.0.1", 0))
        if transport == socket.SOCK_STREAM:
            other.listen()
        with stage.node(DNS=f"127.0.0.1:{other.getsockname()[1]}") as node:
            status = node.ask("GET", "/v1/status/leader")[0]
            no_names = "dns" not in node.bound
        return status == 200 and no_names and node.exit_code == 0


QUESTION = b"\0\1\1\0\0\1\0\0\0\0\0\0\6consul\7service\6consul\0\0\1\0\1"


def lost_over_a_takeover():
    """Another process takes over while names are asked for by UDP: how many questions are not answered, of how many."""
    with tempfile.TemporaryDirectory(prefix="weft-names-") as directory:
        environment = {**os.environ, **{f"WEFT_{role}_LISTEN": "127.0.0.1:0" for role in stage.ROLES},
                       "WEFT_DATA_DIR": directory, "WEFT_PROXY_LOOPS": "1", "LOG_LEVEL": "error"}

        def start(*flags):
            process = subprocess.Popen([stage.WEFT, "server", "--json", *flags], env=environment,
                                       stdout=subprocess.PIPE, text=True)
            return process, json.loads(process.stdout.readline())["listening"]["dns"][0]

        first, address = start()
        host, _, port = address.rpartition(":")
        asked, lost, ending = [0], [0], threading.Event()

        def ask():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(2)
                client.connect((host, int(port)))
                while not ending.is_set():
                    asked[0] += 1
                    try:
                        client.send(QUESTION)
                        lost[0] += client.recv(512)[3] & 15 != 0
                    except OSError:
                        lost[0] += 1

        asking = threading.Thread(target=ask)
        asking.start()
        second, now = start("--takeover")
        first.wait(stage.PATIENCE_SECONDS)
        before = asked[0]
        stage.wait_for(lambda: asked[0] > before + 100, "names are asked for")
        ending.set()
        asking.join()
        second.terminate()
        second.wait(stage.PATIENCE_SECONDS)
        for process in (first, second):
            process.stdout.close()
        assert now == address, (now, address)
        return lost[0], asked[0]


def run(tally):
    lost, asked = lost_over_a_takeover()
    tally.check(lost == 0, "names: another process takes over", f"{lost} of {asked} questions were not answered")
    for name, transport in (("UDP", socket.SOCK_DGRAM), ("TCP", socket.SOCK_STREAM)):
        tally.check(taken(transport), f"names: {name} is somebody else's")
    if shutil.which("dig") is None:
        tally.skip("names", "dig is not installed")
        return
    with stage.node() as node:
        for what, good in cases(node, Dig(node)):
            tally.check(good, f"names: {what}")
