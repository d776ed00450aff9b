"""A weft server to measure, and the mesh v2 API it is driven through (register, health)."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import socket
import subprocess
import tempfile
import time

import lab

CLIENTS = 16  # registrations under way at a time, as a fleet that comes up would send them


class Server:
    """One running `weft server` with a fresh data directory."""

    def __init__(self, process, port, first_answer_ms):
        self.process = process
        self.port = port
        self.first_answer_ms = first_answer_ms

    def request(self, method, path, body=None):
        """One request on a connection of its own: (status, parsed JSON)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            return exchange(connection, method, path, body)

    def register_all(self, bodies):
        """Registers every instance; the first refusal ends it."""
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            for answer in [pool.submit(self.register_some, bodies[i::CLIENTS]) for i in range(CLIENTS)]:
                answer.result()

    def register_some(self, bodies):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            for body in bodies:
                status, answer = exchange(connection, "POST", "/api/v1/mesh/v2/register", body)
                if status != 200:
                    raise lab.Broken(f"register answered {status}: {answer}")

    def healthy_instances(self):
        return self.request("GET", "/api/v1/mesh/v2/health")[1]["healthy_instances"]


def exchange(connection, method, path, body):
    text = None if body is None else json.dumps(body)
    headers = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(method, path, text, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
        raise lab.Broken(f"{method} {path}: {error!r}") from error


def has_answered(port):
    """Does one request get a whole 200 head? Nothing is kept open."""
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as stream:
            stream.sendall(request)
            return stream.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def environment(folder, control, gateway):
    """Listeners on free ports, every other role off; settings of the caller do not leak in."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WEFT_")}
    roles = ("PROXY_TLS", "ADMIN", "CONSUL", "DNS", "MONITOR", "AMQP", "BUS_ADMIN", "REDIS")
    return (
        kept
        | {f"WEFT_{role}_LISTEN": "off" for role in roles}
        | {
            "WEFT_CONTROL_LISTEN": f"127.0.0.1:{control}",
            "WEFT_PROXY_LISTEN": f"127.0.0.1:{gateway}",
            "WEFT_DATA_DIR": folder,
        }
    )


@contextlib.contextmanager
def server():
    """Runs `weft server` alone on the measured core and times exec to the first answered request."""
    control = lab.free_ports(2)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile(mode="w+") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            [lab.binary("weft"), "server"],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment(folder, control, control + 1),
            cwd=folder,
            preexec_fn=lambda: os.sched_setaffinity(0, {lab.MEASURED_CORE}),
        )
        try:
            while not has_answered(control):
                if process.poll() is not None or time.monotonic() - began > 15:
                    log.seek(0)
                    raise lab.Broken(f"weft server does not answer on port {control}\n{log.read()[-2000:]}")
                time.sleep(0.0005)
            yield Server(process, control, (time.monotonic() - began) * 1000)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


@contextlib.contextmanager
def origin(ports):
    """Runs one origin on `ports` neighbouring ports and gives the first. It opens them in order: when
    the last one answers, none of them is taken for free by whoever starts next."""
    first = lab.free_ports(ports)
    last = first + ports - 1
    with lab.running([lab.binary("bench_origin"), f"{first}-{last}"], last):
        yield first


def fleet(services, instances, first_port, ports):
    """Register bodies: `services` names with `instances` each, checked at GET /health every 10 s.

    All are addresses of one origin that listens on `ports` neighbouring ports. The id carries the
    number, because several instances of a service may share a port.
    """
    bodies = []
    for service in range(services):
        for instance in range(instances):
            name = f"svc-{service:04d}"
            port = first_port + (service * instances + instance) % ports
            bodies.append(
                {
                    "service_name": name,
                    "service_id": f"{name}-{instance:03d}",
                    "address": "127.0.0.1",
                    "port": port,
                    "health_check": {"interval": "10s", "timeout": "5s", "deregister_after": "off"},
                }
            )
    return bodies


def wait_until_checked(running, count, seconds=40):
    """Waits until every check has passed at least once."""
    end = time.monotonic() + seconds
    while running.healthy_instances() < count:
        if time.monotonic() > end:
            raise lab.Broken(f"only {running.healthy_instances()} of {count} instances became healthy")
        time.sleep(0.5)
