"""PostgreSQL goes away and comes back."""
import contextlib
import glob
import os
import subprocess
import tempfile
import threading
import time

from mesh import Mesh, Node, Skipped, wait_for
from sharing import ALIVE, Backend


def reads_go_on_without_the_database(server, seconds=6):
    with Mesh(server) as nodes, Backend() as backend:
        a, b, _ = nodes
        for number in range(9):
            nodes[number % 3].put("/v1/agent/service/register", backend.definition("web", number))
        a.put("/v1/kv/before", "1")
        for node in nodes:
            wait_for(lambda: node.statuses("web") == ["passing"] * 9, "all are checked")
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


def reads_go_on_while_the_database_stands_still(server, seconds=8):
    """It takes connections and answers nothing: writes are refused after the patience, reads wait for nobody."""
    with Mesh(server) as nodes:
        a, b, _ = nodes
        a.put("/v1/agent/service/register", {"ID": "w", "Name": "web", "Port": 80})
        for node in nodes:
            wait_for(lambda: node.get("/v1/catalog/service/web"), "seen elsewhere")
        outcomes = []
        writer = threading.Thread(target=lambda: outcomes.append(b.ask("PUT", "/v1/kv/during", "2")))
        server.stand_still()
        try:
            writer.start()
            begun, slowest = time.monotonic(), 0.0
            while time.monotonic() - begun < seconds:
                asked = time.monotonic()
                for node in nodes:
                    assert len(node.get("/v1/health/service/web?passing")) == 1, "reads go on"
                slowest = max(slowest, time.monotonic() - asked)
                time.sleep(0.05)
            print(f"three reads took {slowest * 1000:.0f} ms at the most")
            writer.join()
            assert outcomes[0][0] == 503, outcomes
        finally:
            server.go_on()
        for node in nodes:
            wait_for(lambda: node.ask("PUT", f"/v1/kv/after-{node.name}", "3")[0] == 200, "writes go on")
            wait_for(lambda: node.members() == {n.name: ALIVE for n in nodes}, "all are there")


def a_full_disk_refuses_writes(server):
    """The embedded store on a disk of its own: what was acknowledged is there, what was not is not, reads go on."""
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="weft-full-"))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "weft", directory], capture_output=True)
        if mounted.returncode != 0:
            raise Skipped("file systems cannot be mounted here")
        stack.callback(subprocess.run, ["umount", "-l", directory])
        node = Node("n1", f"sqlite:///{directory}/state.db", "weft", directory)
        stack.callback(node.kill)
        assert node.start(), node.why
        acknowledged, number = {}, 0
        status = 200
        while status == 200 and number < 10_000:
            key, value = f"k{number}", f"{number}-" * 2000
            status, text = node.ask("PUT", f"/v1/kv/{key}", value)
            if status == 200:
                acknowledged[key] = value
            number += 1
        assert status == 503 and "space" in text, (status, text[:200])
        assert node.ask("GET", "/v1/kv/k0?raw")[1] == acknowledged["k0"], "reads go on"
        assert node.ask("GET", f"/v1/kv/k{number - 1}")[0] == 404, "what was refused is not there"
        node.kill()
        # Room is made: as a person would.
        subprocess.run(["mount", "-o", "remount,size=64m", directory], check=True)
        assert node.start(), node.why
        for key, value in acknowledged.items():
            assert node.ask("GET", f"/v1/kv/{key}?raw") == (200, value), key
        assert node.ask("PUT", "/v1/kv/more", "1")[0] == 200, "writes go on"


def a_clock_that_jumps_ends_nothing(server):
    """An hour forth and two back: sessions, reports and checks live by time that only passes."""
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not found:
        raise Skipped("libfaketime is not installed")
    with tempfile.TemporaryDirectory(prefix="weft-clock-") as directory, Backend() as backend:
        offset = os.path.join(directory, "offset")

        def jump(to):
            with open(offset + ".new", "w") as file:
                file.write(to)
            os.rename(offset + ".new", offset)

        jump("+0")
        node = Node("n1", "", "weft", directory, LD_PRELOAD=found[0], FAKETIME_TIMESTAMP_FILE=offset,
                    FAKETIME_DONT_FAKE_MONOTONIC="1", FAKETIME_NO_CACHE="1")
        assert node.start(), node.why
        try:
            session = node.put("/v1/session/create", {"TTL": "10s"})["ID"]
            assert node.put(f"/v1/kv/lock?acquire={session}", "1") is True
            node.put("/v1/agent/service/register", backend.definition("web"))
            node.put("/v1/agent/service/register", {"ID": "t", "Name": "t", "Check": {"TTL": "20s", "Status": "passing"}})
            wait_for(lambda: node.statuses("web") == ["passing"], "it is checked")
            for to in ("+3600", "-3600", "+0"):
                jump(to)
                assert node.put(f"/v1/kv/at{to}", to) is True, "writes go on"
                backend.asked = 0
                wait_for(lambda: backend.asked >= 2, "checks go on")
                assert node.statuses("web") + node.statuses("t") == ["passing"] * 2
                assert node.get("/v1/kv/lock")[0]["Session"] == session
                assert node.ask("PUT", f"/v1/session/renew/{session}")[0] == 200
            backend.status = 500
            wait_for(lambda: node.statuses("web") == ["critical"], "failures are seen")
            indexes = [node.get(f"/v1/kv/at{to}")[0]["ModifyIndex"] for to in ("+3600", "-3600", "+0")]
            assert indexes == sorted(indexes), "the index only grows"
        finally:
            node.kill()


CASES = {case.__name__: case for case in (
    reads_go_on_without_the_database, nothing_acknowledged_is_lost, reads_go_on_while_the_database_stands_still,
    a_full_disk_refuses_writes, a_clock_that_jumps_ends_nothing)}
