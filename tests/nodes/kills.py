"""Random kills across three nodes while all of them are written to: nothing acknowledged is lost, nothing
happens twice, and in the end all nodes have the same index and the same bytes."""
import json
import random
import threading
import time

from mesh import Mesh, wait_for


class Writer(threading.Thread):
    """Puts keys of its own, one after the other, and counts a shared one up by compare and set."""

    def __init__(self, node, ending):
        super().__init__(daemon=True)
        self.node, self.ending, self.number = node, ending, 0
        self.acknowledged, self.unknown = {}, {}

    def run(self):
        while not self.ending.is_set():
            key, value = f"w/{self.node.name}/{self.number % 500}", str(self.number)
            self.number += 1
            try:
                status, _ = self.node.ask("PUT", f"/v1/kv/{key}", value, timeout=10)
            except (OSError, ValueError, AttributeError):
                self.unknown.setdefault(key, []).append(value)  # it may have happened
                time.sleep(0.02)
                continue
            except Exception:  # the answer was cut off
                self.unknown.setdefault(key, []).append(value)
                continue
            if status == 200:
                self.acknowledged[key] = value
                self.unknown.pop(key, None)
            else:
                self.unknown.setdefault(key, []).append(value)
                time.sleep(0.02)


def everything_of(node):
    """All that a node has, with indexes, and the index of it."""
    parts = {path: node.get(path) for path in ("/v1/kv/?recurse", "/v1/catalog/services", "/v1/health/state/any",
                                               "/v1/session/list")}
    return json.dumps(parts, sort_keys=True)


def run(server, kills):
    chance = random.Random(20261201)
    mesh = Mesh(server)
    with mesh as nodes:
        ending = threading.Event()
        writers = [Writer(node, ending) for node in nodes]
        for writer in writers:
            writer.start()
        for _ in range(kills):
            time.sleep(chance.random() * 0.3)
            node = chance.choice(nodes)
            node.kill()
            time.sleep(chance.random() * 0.2)
            assert node.start(), node.why
        ending.set()
        for writer in writers:
            writer.join()
        for node in nodes:
            wait_for(lambda: node.members() == {n.name: 1 for n in nodes}, "all are there")
        a = nodes[0]
        wait_for(lambda: a.ask("GET", "/v1/kv/w/?recurse&consistent")[0] == 200, "reads are consistent")
        kept = {row["Key"]: row for row in a.get("/v1/kv/w/?recurse&consistent")}
        check_writers(writers, a)
        # The log has each change once, in the order of the indexes that clients were given.
        rows = server.ask(f"SELECT count(*), count(DISTINCT idx) FROM {mesh.schema}.changes")
        assert rows[0][0] == rows[0][1] and int(rows[0][0]) > len(kept), rows
        wait_for(lambda: len({everything_of(node) for node in nodes}) == 1, "all have the same")
        print(f"{kills} kills, {sum(len(w.acknowledged) for w in writers)} keys, {rows[0][0]} changes")


def check_writers(writers, node):
    for writer in writers:
        for key, value in writer.acknowledged.items():
            status, now = node.ask("GET", f"/v1/kv/{key}?raw")
            may_be = {value, *writer.unknown.get(key, [])}
            assert status == 200 and now in may_be, (key, now, may_be)
