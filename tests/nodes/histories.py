"""What clients saw of three nodes while those are killed, stopped and cut off, recorded and checked: writes,
compare-and-set, locks and consistent reads are linearizable. Source: the promise in docs/several_nodes.md."""
import base64
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time

import linear
import network
from mesh import Mesh, wait_for

REGISTERS = [f"r{i}" for i in range(8)]
LOCKS = [f"l{i}" for i in range(4)]
CLIENTS_OF_EACH = 2
ANSWER_SECONDS = 4
PORCUPINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "porcupine")


class Refused(Exception):
    """It has not happened."""


class Client(threading.Thread):
    def __init__(self, number, node, session, ending, seed):
        super().__init__(daemon=True)
        self.number, self.node, self.session, self.ending = number, node, session, ending
        self.chance, self.history, self.values = random.Random(seed), [], 0

    def run(self):
        while not self.ending.is_set():
            time.sleep(self.chance.random() * 0.1)
            try:
                self.act()
            except Refused:
                time.sleep(0.1)

    def act(self):
        if self.chance.random() < 0.25:
            return self.lock(self.chance.choice(LOCKS))
        key, what = self.chance.choice(REGISTERS), self.chance.random()
        if what < 0.4:
            return self.read(key)
        if what < 0.7:
            return self.write(key)
        return self.compare_and_set(key)

    def next_value(self):
        self.values += 1
        return f"{self.number}.{self.values}"

    def read(self, key):
        begin = time.monotonic_ns()
        status, text = self.ask("GET", f"/v1/kv/{key}?consistent")
        if status not in (200, 404):
            return None, 0
        row = json.loads(text)[0] if status == 200 else {"Value": "", "ModifyIndex": 0}
        value = base64.b64decode(row["Value"]).decode()
        self.note(key, "read", begin, value=value)
        return value, row["ModifyIndex"]

    def write(self, key):
        value = self.next_value()
        self.change(key, "write", f"/v1/kv/{key}", value, to=value)

    # No value comes twice, so the index that was read stands for the value that was read.
    def compare_and_set(self, key):
        seen, index = self.read(key)
        if seen is not None:
            value = self.next_value()
            self.change(key, "cas", f"/v1/kv/{key}?cas={index}", value, source=seen, to=value)

    def lock(self, key):
        kind = self.chance.choice(("acquire", "release"))
        self.change(key, kind, f"/v1/kv/{key}?{kind}={self.session}", "", to=self.session)

    def change(self, key, kind, path, body, **more):
        begin = time.monotonic_ns()
        status, text = self.ask("PUT", path, body)
        if status == 200:
            self.note(key, kind, begin, done=text.strip() == "true", **more)
        else:
            self.note(key, kind, begin, known=False, **more)

    def note(self, key, kind, begin, known=True, **more):
        end = time.monotonic_ns() if known else linear.NEVER
        self.history.append(linear.Operation(self.number, key, kind, begin, end, known=known, **more))

    def ask(self, method, path, body=None):
        """Status 0: nobody knows. Raises Refused when nothing was sent, or the node had given up before."""
        connection = http.client.HTTPConnection(self.node.consul, timeout=ANSWER_SECONDS)
        try:
            connection.connect()
        except OSError:
            raise Refused from None
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            status, text = answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()
        if status == 503 and "retry later" in text:
            raise Refused
        return status, text


# What happens to nodes: each returns when all is as before.
def kill(node, chance, _):
    node.kill()
    time.sleep(chance.random())
    assert node.start(), node.why


def stand_still(node, chance, _):
    node.signal(signal.SIGSTOP)
    time.sleep(chance.random() * 5)
    node.signal(signal.SIGCONT)


def cut_off(node, chance, islands):
    if islands:
        island = islands[node.name]
        island.cut()
        time.sleep(chance.random() * 7)
        island.mend()


def record(server, seconds, seed, islands):
    """One history on a mesh of its own."""
    chance = random.Random(seed)
    settings = {"islands": islands} if islands else {}
    mesh = Mesh(server, **settings)
    with mesh as nodes:
        ending = threading.Event()
        clients = []
        for number in range(len(nodes) * CLIENTS_OF_EACH):
            node = nodes[number % len(nodes)]
            session = node.put("/v1/session/create", {"LockDelay": "0s", "NodeChecks": []})["ID"]
            clients.append(Client(number, node, session, ending, chance.random()))
        for client in clients:
            client.start()
        troubles = [kill, stand_still] + ([cut_off] if islands else [])
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(chance.random() * 2)
            chance.choice(troubles)(chance.choice(nodes), chance, islands)
        ending.set()
        for client in clients:
            client.join()
        wait_for(lambda: nodes[0].ask("GET", "/v1/kv/?keys&consistent")[0] in (200, 404), "it answers again")
    return [op for client in clients for op in client.history]


def porcupine():
    """The program of the other checker, built where Go and its registry are there; None elsewhere."""
    go = shutil.which("go")
    if go is None:
        return None
    program = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"weft-porcupine-{os.getpid()}")
    built = subprocess.run([go, "build", "-o", program, "."], cwd=PORCUPINE, capture_output=True, timeout=120)
    return program if built.returncode == 0 else None


def check(history, program):
    """Raises when it is not linearizable. Returns by what it was checked."""
    if program is None:
        bad = linear.find_violation(history)
        assert bad is None, f"not linearizable: {bad}"
        return "own search"
    lines = "\n".join(json.dumps(op.line()) for op in history)
    done = subprocess.run([program], input=lines, capture_output=True, text=True)
    assert done.returncode == 0, f"not linearizable: {done.stdout}{done.stderr}"
    return "porcupine"


def run(server, histories, seconds, keep=None):
    linear.self_check()
    program = porcupine()
    with contextlib.ExitStack() as stack:
        islands = {f"n{i + 1}": stack.enter_context(network.Island(i + 1)) for i in range(3)} if \
            network.is_possible() else {}
        for number in range(histories):
            history = record(server, seconds, 1000 + number, islands)
            if keep:
                with open(f"{keep}-{number}.json", "w") as file:
                    file.writelines(json.dumps(op.line()) + "\n" for op in history)
            unknown = sum(1 for op in history if not op.known)
            by = check(history, program)
            print(f"history {number}: {len(history)} operations, {unknown} of unknown outcome, linearizable by {by}"
                  f"{'' if islands else ' (no partitions: network namespaces are not allowed here)'}", flush=True)
    if program:
        os.unlink(program)
