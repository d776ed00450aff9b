"""PostgreSQL goes away and comes back."""
import threading
import time

from mesh import Mesh, wait_for
from sharing import ALIVE, Backend


def reads_go_on_without_the_database(server, seconds=6):
    with Mesh(server) as nodes, Backend() as backend:
        a, b, _ = nodes
        for number in range(9):
            nodes[number % 3].put("/v1/agent/service/register", backend.definition("web", number))
        a.put("/v1/kv/before", "1")
        wait_for(lambda: b.statuses("web") == ["passing"] * 9, "all are checked")
        server.stop()
        try:
            begun = time.monotonic()
            while time.monotonic() - begun < seconds:
                for node in nodes:
                    assert len(node.get("/v1/health/service/web?passing")) == 9, "reads go on"
                status, text = b.ask("PUT", "/v1/kv/during", "2")
                assert status == 503 and "store" in text, (status, text)
                status, text = b.ask("GET", "/v1/kv/before?consistent")
                assert status == 503, (status, text)
                time.sleep(0.1)
            backend.status = 500  # found by nodes that cannot write it down yet
        finally:
            server.start()
        for node in nodes:
            wait_for(lambda: node.ask("PUT", f"/v1/kv/after-{node.name}", "3")[0] == 200, "writes go on")
        for node in nodes:
            wait_for(lambda: node.members() == {n.name: ALIVE for n in nodes}, "all are there")
            wait_for(lambda: node.statuses("web") == ["critical"] * 9, "what was found meanwhile is told")
            wait_for(lambda: node.ask("GET", "/v1/kv/?keys&consistent")[1].count("after-") == 3, "and the rest is seen")
            assert node.ask("GET", "/v1/kv/during?consistent")[0] == 404, "what was refused is not there"


def nothing_acknowledged_is_lost(server):
    """Three crashes of PostgreSQL while three nodes write."""
    with Mesh(server) as nodes:
        acknowledged, ending = [], threading.Event()

        def write(node):
            number = 0
            while not ending.is_set():
                key = f"w/{node.name}/{number}"
                if node.ask("PUT", f"/v1/kv/{key}", str(number))[0] == 200:
                    acknowledged.append(key)
                    number += 1
                else:
                    time.sleep(0.05)

        threads = [threading.Thread(target=write, args=(node,)) for node in nodes]
        for thread in threads:
            thread.start()
        for _ in range(3):
            time.sleep(1)
            server.stop()
            server.start()
        time.sleep(1)
        ending.set()
        for thread in threads:
            thread.join()
        for node in nodes:
            wait_for(lambda: node.ask("GET", "/v1/kv/w/?keys&consistent")[0] == 200, "reads are consistent again")
            keys = set(node.get("/v1/kv/w/?keys&consistent"))
            missing = [key for key in acknowledged if key not in keys]
            assert not missing and len(acknowledged) > 50, (len(acknowledged), missing[:5])


CASES = {case.__name__: case for case in (reads_go_on_without_the_database, nothing_acknowledged_is_lost)}
