"""A node that is asked by Consul's interface, and what fills its catalogue."""

import contextlib
import json
import socket

import lab

CONNECTIONS = 50  # that registrations are sent over
AT_ONCE = 20  # on their way on one of them
ROLES_OFF = ("PROXY_TLS", "ADMIN", "MONITOR", "AMQP", "BUS_ADMIN", "REDIS")


def environment(folder, port, dns="off"):
    """Settings of a node whose Consul interface listens on `port`, and what else must on the next two."""
    return {f"WEFT_{role}_LISTEN": "off" for role in ROLES_OFF} | {
        "WEFT_CONSUL_LISTEN": f"127.0.0.1:{port}", "WEFT_CONTROL_LISTEN": f"127.0.0.1:{port + 1}",
        "WEFT_PROXY_LISTEN": f"127.0.0.1:{port + 2}", "WEFT_PROXY_LOOPS": "1", "WEFT_DNS_LISTEN": dns,
        "WEFT_DATA_DIR": str(folder), "WEFT_SECURITY_HOSTS": "*", "LOG_LEVEL": "error"}


@contextlib.contextmanager
def node(folder, dns="off"):
    """Runs it on the measured core. Yields its process and port."""
    port = lab.free_ports(3)
    command = [lab.binary("weft"), "server"]
    with lab.running(command, port, lab.MEASURED_CORE, environment(folder, port, dns)) as process:
        yield process, port


def registration(service, number):
    """An instance on one of 1,000 nodes, with tags and a check that is told, as bytes of a request."""
    body = {
        "Node": f"node-{number % 1000:04}", "Address": f"10.0.{number % 1000 // 250}.{number % 250 + 1}",
        "Service": {"ID": f"{service}-{number}", "Service": service, "Port": 8000 + number % 1000,
                    "Address": f"10.1.{number // 250 % 250}.{number % 250 + 1}", "Tags": ["v1", "prod"]},
        "Check": {"CheckID": f"up-{service}-{number}", "Name": "up", "Status": "passing",
                  "ServiceID": f"{service}-{number}", "Output": "HTTP GET http://10.1.0.1:8000/health: 200 OK"},
    }
    text = json.dumps(body)
    return (f"PUT /v1/catalog/register HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(text)}\r\n\r\n"
            f"{text}").encode()


def read_answer(answers):
    status = answers.readline()
    if not status.startswith(b"HTTP/1.1 200"):
        raise lab.Broken(f"a registration was answered {status!r}")
    length = 0
    while line := answers.readline().strip():
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    answers.read(length)


def fill(port, requests):
    """Sends all of them over some connections. A connection's are answered one after the other, each when it is
    durable; those of all connections share transactions."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(CONNECTIONS)]
        answers = [one.makefile("rb") for one in made]
        for first in range(0, len(requests), CONNECTIONS * AT_ONCE):
            parts = [requests[first + number:first + CONNECTIONS * AT_ONCE:CONNECTIONS] for number in range(CONNECTIONS)]
            for one, part in zip(made, parts):
                one.sendall(b"".join(part))
            for one, part in zip(answers, parts):
                for _ in part:
                    read_answer(one)
