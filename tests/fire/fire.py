"""What the tests under fire share: real processes around a real weft, and a tally.

Environment: WEFT, WEFT_FIRE_ORIGIN and WEFT_FIRE_LOAD, the programs (else those of build/dev)."""
import argparse
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

PATIENCE_SECONDS = 15


def program(name):
    return os.environ.get(name, "build/dev/" + name.lower())


def arguments(doc, size=None, **more):
    """Parses `[SIZE] [--ci] [--weft FILE]`. `size` is (by hand, in CI); others are name=(default, help)."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    if size:
        parser.add_argument("size", nargs="?", type=int, help=f"default: {size[0]}, with --ci {size[1]}")
    parser.add_argument("--ci", action="store_true", help="as short as a push can afford")
    parser.add_argument("--weft", default=program("WEFT"), help="another weft, to compare with")
    for name, (default, text) in more.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(default), default=default, help=text)
    parsed = parser.parse_args()
    if size and parsed.size is None:
        parsed.size = size[1 if parsed.ci else 0]
    return parsed


class Tally:
    """One check per line; prints those that fail, and what is worth knowing."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, is_good, what, detail=""):
        self.passed += bool(is_good)
        self.failed += not is_good
        print(f"{'ok' if is_good else 'FAILED'}: {what}{': ' if detail != '' else ''}{detail}", flush=True)

    def skip(self, what, why):
        self.skipped += 1
        print(f"skipped: {what}: {why}", flush=True)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0


def wait_for(question, what, seconds=PATIENCE_SECONDS):
    """Asks until the answer is true; returns it."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise AssertionError(f"never came true: {what}")
        time.sleep(0.02)
    return answer


@contextlib.contextmanager
def running(command, environment=None, seconds=40):
    """A process that is stopped, and waited for, on the way out."""
    process = subprocess.Popen(command, env=dict(os.environ, **(environment or {})), text=True,
                               stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def words(options):
    """--key value for each option; lists with commas."""
    out = []
    for key, value in options.items():
        text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
        out += ["--" + key.replace("_", "-"), text]
    return out


@contextlib.contextmanager
def origin(**options):
    """A backend that misbehaves as told (tests/fire/origin.cc); gives its process and port."""
    with running([program("WEFT_FIRE_ORIGIN"), *words(options)]) as process:
        yield process, int(process.stdout.readline())


@contextlib.contextmanager
def gateway(weft, backends, loops=2, driver="auto", **environment):
    """`weft proxy` before backends of one service; gives its process and port."""
    command = [weft, "proxy", "--listen", "127.0.0.1:0", "--loops", str(loops)]
    for port in backends:
        command += ["--backend", f"127.0.0.1:{port}"]
    with running(command, {"WEFT_IO_DRIVER": driver, **environment}) as process:
        yield process, int(process.stdout.readline().split()[2].rsplit(":", 1)[1])


def start_load(port, **options):
    return subprocess.Popen([program("WEFT_FIRE_LOAD"), "--to", str(port), *words(options)], text=True,
                            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)


def end_load(process):
    """Waits for a load to end; returns what it saw."""
    text, _ = process.communicate()
    if process.returncode != 0:
        raise AssertionError(f"the load ended with {process.returncode}")
    return json.loads(text)


def load(port, **options):
    return end_load(start_load(port, **options))


def bad_answers(seen, method):
    """How many answers to a method were no 2xx."""
    return sum(count for answer, count in seen["answers"].items()
               if answer.startswith(method + " ") and not answer.startswith(method + " 2"))


def call(port, method, path, body=None, headers=None):
    """One request on a connection of its own: status, parsed body, fields."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    with contextlib.closing(connection):
        text = body if isinstance(body, (str, type(None))) else json.dumps(body)
        connection.request(method, path, text, headers or {})
        answer = connection.getresponse()
        data = answer.read()
        is_json = answer.headers.get_content_type() == "application/json" and data
        return answer.status, json.loads(data) if is_json else data.decode(), answer.headers


def resident_kib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


class Node:
    """`weft server` with a fresh data directory, on ports of its own choosing."""

    def __init__(self, weft, loops=2, **environment):
        self.directory = tempfile.mkdtemp(prefix="weft-fire-")
        # A relative name is one in the data directory.
        if log := environment.get("WEFT_ACCESS_LOG"):
            self.access_log = environment["WEFT_ACCESS_LOG"] = os.path.join(self.directory, log)
        settings = dict(WEFT_DATA_DIR=self.directory, WEFT_CONTROL_LISTEN="127.0.0.1:0", WEFT_CONSUL_LISTEN="127.0.0.1:0", WEFT_DNS_LISTEN="127.0.0.1:0",
                        WEFT_PROXY_LISTEN="127.0.0.1:0", WEFT_PROXY_LOOPS=str(loops), LOG_LEVEL="error")
        self.process = subprocess.Popen([weft, "server"], stdin=subprocess.DEVNULL,
                                        env=dict(os.environ, **settings, **environment))
        listeners = os.path.join(self.directory, "listeners.json")
        wait_for(lambda: os.path.exists(listeners), "the node starts")
        with open(listeners, encoding="utf-8") as file:
            bound = json.load(file)
        self.control, self.proxy, self.consul = (int(bound[name][0].rsplit(":", 1)[1])
                                                 for name in ("control", "proxy", "consul"))

    def mesh(self, method, path, body=None):
        """One call of mesh v2 that must succeed."""
        status, data, _ = call(self.control, method, "/api/v1/mesh/v2" + path, body)
        assert status == 200, (method, path, status, data)
        return data

    def register(self, service, instance, port, **more):
        return self.mesh("POST", "/register", dict(service_name=service, service_id=instance,
                                                   address="127.0.0.1", port=port, **more))

    def metric(self, name, **labels):
        """The sum of the samples of a metric that have these labels."""
        total = 0.0
        for line in call(self.control, "GET", "/metrics")[1].splitlines():
            series, _, value = line.rpartition(" ")
            if series.split("{")[0] == name and all(f'{k}="{v}"' in series for k, v in labels.items()):
                total += float(value)
        return total

    def stop(self):
        self.process.terminate()
        try:
            code = self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        shutil.rmtree(self.directory)
        return code


@contextlib.contextmanager
def node(weft, loops=2, **environment):
    running_node = Node(weft, loops, **environment)
    try:
        yield running_node
    finally:
        running_node.stop()


def run_all(directory, names):
    """Runs scripts one after another with --ci and adds up their tallies."""
    total = [0, 0, 0]
    for name in names:
        began = time.monotonic()
        done = subprocess.run([os.path.join(directory, name), "--ci"], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        lines = done.stdout.strip().splitlines() or [""]
        print(f"{name}, {time.monotonic() - began:.1f} s", *lines[:-1], sep="\n  ", flush=True)
        numbers = [int(word) for word in lines[-1].split() if word.isdigit()]
        if len(numbers) != 3 or (done.returncode != 0 and numbers[1] == 0):
            print("  " + lines[-1])
            numbers = [0, 1, 0]
        total = [a + b for a, b in zip(total, numbers)]
    print("{} passed, {} failed, {} skipped".format(*total))
    return 1 if total[1] else 0


def main(test):
    """Runs a test, which gets a tally; what ends it early counts as one failure."""
    tally = Tally()
    try:
        test(tally)
    except AssertionError as broken:
        tally.check(False, str(broken))
    sys.exit(tally.end())
