"""One measurement: clients of a proxy, its CPU time and the requests served in the same window."""

import contextlib
import json
import re
import subprocess
import time
import urllib.request
from dataclasses import dataclass

import lab


@dataclass(frozen=True)
class Margins:
    """What is not measured of a load, in seconds."""

    warm: float  # connections are made and pools filled before the window opens
    tail: float  # and it closes before the clients leave


LONG = Margins(1.0, 0.5)
SHORT = Margins(0.05, 0.02)  # of clients that have been there before


@dataclass(frozen=True)
class Shape:
    """What the clients ask for."""

    name: str
    connections: int
    path: str
    script: str = ""  # for wrk, to ask for something else each time; empty: bench_clients ask for `path`


@dataclass(frozen=True)
class Sample:
    """What one run cost."""

    cpu_us: float  # CPU microseconds of the proxy per request
    p50_us: float  # of the time from a request to its whole answer, by the load generator
    p99_us: float
    per_second: float  # requests
    proxy_busy: float  # share of the measured core's time that the proxy took
    other_busy: float  # share of time the core of load and backend was busy
    strangers: float  # share of the measured core's time that other programs took, to a tick or two
    stolen: float  # share of the measured core's time that the machine below took away

    def saturated(self):
        """Who could not do more."""
        names = []
        if self.proxy_busy >= 0.97:
            names.append("proxy")
        if self.other_busy >= 0.97:
            names.append("load+backend")
        return " and ".join(names) or "nobody"


def served(origin_port):
    """How many requests the origin has answered so far, by its own count."""
    with urllib.request.urlopen(f"http://127.0.0.1:{origin_port}/count", timeout=5) as answer:
        return int(answer.read())


def reading(pid, origin_port):
    """(clock, proxy's CPU by thread, requests, measured core, other core), as one as far as that goes."""
    return (
        time.monotonic(),
        lab.cpu_by_thread(pid),
        served(origin_port),
        lab.core_times(lab.MEASURED_CORE),
        lab.core_times(lab.OTHER_CORE),
    )


def wrk_requests(text):
    """wrk's own count. Any error of any kind makes the run worthless."""
    trouble = re.search(r"Non-2xx.*|Socket errors: .*", text)
    if trouble and re.search(r"[1-9]", trouble.group(0).removeprefix("Non-2xx")):
        raise lab.Broken(f"wrk met {trouble.group(0)}")
    count = re.search(r"(\d+) requests in", text)
    if not count:
        raise lab.Broken(f"wrk said:\n{text}")
    return int(count.group(1))


def quantile_us(text, percent):
    """One line of wrk's latency distribution."""
    found = re.search(rf"^ +{percent}% +([0-9.]+)(us|ms|s)$", text, re.MULTILINE)
    if not found:
        raise lab.Broken(f"wrk said:\n{text}")
    return float(found.group(1)) * {"us": 1, "ms": 1e3, "s": 1e6}[found.group(2)]


class Clients:
    """bench_clients: they keep their connections from one window to the next."""

    def __init__(self, where, shape):
        self.process = subprocess.Popen(
            [lab.binary("bench_clients"), str(where), str(shape.connections), shape.path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def begin(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()

    def end(self):
        """(requests, p50, p99) of the window that has passed."""
        text = self.process.stdout.readline()
        try:
            counted = json.loads(text)
        except json.JSONDecodeError as wrong:
            raise lab.Broken(text.strip()) from wrong
        return counted["requests"], float(counted["p50_us"]), float(counted["p99_us"])

    def close(self):
        self.process.kill()
        self.process.communicate()


class Wrk:
    """wrk, where each request must differ: new connections for each window."""

    def __init__(self, where, shape):
        self.shape, self.where, self.process = shape, where, None

    def begin(self, seconds):
        command = ["wrk", "-t1", "--latency", f"-c{self.shape.connections}", f"-d{round(seconds + 0.5)}s",
                   "-s", self.shape.script, f"http://127.0.0.1:{self.where}{self.shape.path}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def end(self):
        """As Clients.end()."""
        text, _ = self.process.communicate(timeout=30)
        return wrk_requests(text), quantile_us(text, 50), quantile_us(text, 99)

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def asking(where, shape):
    """Clients of the proxy at `where` (a port, or unix:/path), for one window or many."""
    clients = Wrk(where, shape) if shape.script else Clients(where, shape)
    try:
        yield clients
    finally:
        clients.close()


def measure(pid, where, origin_port, shape, seconds):
    """Loads the proxy `pid` at `where` once and returns a Sample of the middle of the run."""
    with asking(where, shape) as clients:
        return measure_window(pid, clients, origin_port, shape, seconds, LONG)


def measure_window(pid, clients, origin_port, shape, seconds, margins):
    """The same by clients that are there already."""
    first = served(origin_port)
    clients.begin(margins.warm + seconds + margins.tail)
    time.sleep(margins.warm)
    begin = reading(pid, origin_port)
    time.sleep(seconds)
    end = reading(pid, origin_port)
    read = clients.end()
    (by_clients, p50_us, p99_us), by_origin = read, served(origin_port) - first
    if abs(by_origin - by_clients) > shape.connections + by_clients // 100:
        raise lab.Broken(f"the clients count {by_clients} requests and the origin {by_origin}")
    if not begin[1].keys() <= end[1].keys():
        raise lab.Broken("a thread of the proxy has ended: nobody knows what it took")
    cpu_seconds = sum(end[1].values()) - sum(begin[1].values())
    elapsed, requests = end[0] - begin[0], end[2] - begin[2]
    if requests == 0:
        raise lab.Broken("no request was answered")
    measured = [late - early for early, late in zip(begin[3], end[3])]
    other = [late - early for early, late in zip(begin[4], end[4])]
    proxy_busy = cpu_seconds / elapsed
    return Sample(
        cpu_us=cpu_seconds / requests * 1e6,
        p50_us=p50_us,
        p99_us=p99_us,
        per_second=requests / elapsed,
        proxy_busy=proxy_busy,
        other_busy=other[0] / max(other[2], 1e-9),
        strangers=(measured[0] - measured[1]) / max(measured[2], 1e-9) - proxy_busy,
        stolen=measured[1] / max(measured[2], 1e-9),
    )


def cpu_us_of_window(pid, clients, seconds):
    """CPU microseconds per request of a server that counts nothing itself: all it took from before the window
    to after it. Between windows it has nothing to do."""
    before = sum(lab.cpu_by_thread(pid).values())
    clients.begin(seconds)
    requests, _, _ = clients.end()
    if requests == 0:
        raise lab.Broken("no request was answered")
    return (sum(lab.cpu_by_thread(pid).values()) - before) / requests * 1e6
