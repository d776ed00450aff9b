"""HAProxy fills its server-template from SRV records, balances over what it found, and follows changes."""
import contextlib
import http.client
import os
import shutil
import subprocess
import tempfile

import stage
from prometheus import free_port

CONFIG = """
global
  stats socket {folder}/stats
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
resolvers mesh
  nameserver weft {dns}
  accepted_payload_size 8192
  hold valid 1s
  hold obsolete 0s
  timeout resolve 1s
  timeout retry 200ms
frontend in
  bind 127.0.0.1:{port}
  default_backend shop
backend shop
  balance roundrobin
  server-template shop 5 _shop._tcp.service.consul resolvers mesh resolve-prefer ipv4 init-addr none check inter 200ms
"""


@contextlib.contextmanager
def haproxy(dns):
    """Yields the port it listens on."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="weft-haproxy-") as folder:
        path = os.path.join(folder, "haproxy.cfg")
        with open(path, "w") as file:
            file.write(CONFIG.format(folder=folder, dns=dns, port=port))
        process = subprocess.Popen(["haproxy", "-db", "-f", path], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            yield port
        finally:
            process.terminate()
            process.wait(30)


def asked(port):
    """Status of one request through it, and who answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/v1/agent/self")
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


def run(tally):
    if shutil.which("haproxy") is None:
        tally.skip("haproxy", "it is not installed")
        return
    # The nodes themselves are what is balanced over: each says its name.
    with stage.node(WEFT_NODE_NAME="n1") as first, stage.node(WEFT_NODE_NAME="n2") as second, \
            haproxy(first.bound["dns"][0]) as port:
        def names():
            found = set()
            for _ in range(6):
                status, body = asked(port)
                found |= {name for name in (b"n1", b"n2") if status == 200 and b'"NodeName":"' + name + b'"' in body}
            return found

        stage.wait_for(lambda: asked(port)[0] == 503, "it has no server before there is one")
        for name, node in (("shop-1", first), ("shop-2", second)):
            first.ask("PUT", "/v1/agent/service/register", {
                "ID": name, "Name": "shop", "Address": "127.0.0.1", "Port": int(node.port), "Tags": ["tcp"],
                "Check": {"TTL": "10m", "Status": "passing", "CheckID": name}})
        stage.wait_for(lambda: names() == {b"n1", b"n2"}, "requests reach both, at the ports of their SRV records")
        tally.check(True, "haproxy balances over both")
        first.ask("PUT", "/v1/agent/check/fail/shop-1")
        stage.wait_for(lambda: names() == {b"n2"}, "one that fails is asked no more")
        tally.check(True, "haproxy leaves out who fails")
        first.ask("PUT", "/v1/agent/check/pass/shop-1")
        first.ask("PUT", "/v1/agent/service/deregister/shop-2")
        stage.wait_for(lambda: names() == {b"n1"}, "one that has gone is forgotten, one that is well again is asked")
        tally.check(True, "haproxy follows who comes and goes")
