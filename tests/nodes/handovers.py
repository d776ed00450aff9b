"""A node dies, stands still or is cut off: how soon the others take over its checks. Source: docs/several_nodes.md."""
import contextlib
import random
import signal
import time

import network
from mesh import Mesh, wait_for
from sharing import ALIVE, FAILED

TAKEN_OVER_SECONDS_MAX = 10.0


def trouble(node, islands, kind):
    """Returns what ends it."""
    if kind == "killed":
        node.kill()
        return lambda: node.start() or print(node.why)
    if kind == "stopped":
        node.signal(signal.SIGSTOP)
        return lambda: node.signal(signal.SIGCONT)
    islands[node.name].cut()
    return islands[node.name].mend


def run(server, count):
    chance, took = random.Random(11), {}
    with contextlib.ExitStack() as stack:
        islands = {f"n{i + 1}": stack.enter_context(network.Island(i + 1)) for i in range(3)} if \
            network.is_possible() else None
        nodes = stack.enter_context(Mesh(server, islands=islands))
        for turn in range(count):
            kinds = ["killed", "stopped"] + (["cut off"] if islands else [])
            kind, node = kinds[turn % len(kinds)], chance.choice(nodes)
            other = next(each for each in nodes if each is not node)
            time.sleep(chance.random() * 0.3)
            begun = time.monotonic()
            end = trouble(node, islands, kind)
            # Shares follow the row of the node, at the same index.
            wait_for(lambda: other.members()[node.name] == FAILED, f"{node.name} is missed")
            took.setdefault(kind, []).append(time.monotonic() - begun)
            end()
            for each in nodes:
                wait_for(lambda: each.members() == {n.name: ALIVE for n in nodes}, "all are there")
    for kind, seconds in took.items():
        seconds.sort()
        print(f"{kind:<8} {len(seconds):3} times, taken over after s: min {seconds[0]:.2f} median "
              f"{seconds[len(seconds) // 2]:.2f} max {seconds[-1]:.2f}")
        assert seconds[-1] <= TAKEN_OVER_SECONDS_MAX, kind
