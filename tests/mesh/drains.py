"""Taking an instance out of rotation, from the command line and from HTTP. Cases of `run`."""
import http.client
import http.server
import json
import os
import tempfile
import threading
import urllib.request

from edges import Server, weft


class Backend:
    """One instance; answers of /slow wait until `may_answer` is set."""

    def __init__(self):
        backend = self
        self.may_answer = threading.Event()
        self.asked = threading.Event()
        self.seen = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                backend.seen += self.path != "/health"
                if self.path == "/slow":
                    backend.asked.set()
                    backend.may_answer.wait(20)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.may_answer.set()
        self.server.shutdown()
        self.server.server_close()


def get(node, path):
    connection = http.client.HTTPConnection(node.started["listening"]["proxy"][0], timeout=20)
    connection.request("GET", "/svc/web" + path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def api(node, method, path, body=None):
    request = urllib.request.Request(node.url + "/api/v1/mesh/v2" + path, method=method,
                                     data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def register(node, backend):
    api(node, "POST", "/register", {"service_name": "web", "service_id": "web-1",
                                    "address": "127.0.0.1", "port": backend.port})


def a_drain_waits_for_the_requests_under_way(_):
    with Server() as node, Backend() as backend:
        register(node, backend)
        statuses = []
        slow = threading.Thread(target=lambda: statuses.append(get(node, "/slow")))
        slow.start()
        assert backend.asked.wait(10)
        url = ("--url", node.url)
        code, _, said = weft("drain", "web-1", "--wait", "--timeout", "300ms", "--reason", "disks", *url)
        assert code == 1 and "web-1: 1 request under way on 1 loop" in said, (code, said)
        assert get(node, "/") == 503 and backend.seen == 1, backend.seen
        state = api(node, "GET", "/instances/web-1/drain")
        assert state["drained"] and not state["done"] and state["active"] == 1, state
        threading.Timer(0.3, backend.may_answer.set).start()
        code, said, trouble = weft("drain", "web-1", "--wait", *url)
        assert code == 0 and "none is under way" in said, (code, said, trouble)
        slow.join()
        assert statuses == [200], statuses
        register(node, backend)  # as an instance does that starts again
        assert get(node, "/") == 503 and backend.seen == 1, backend.seen
        row = json.loads(weft("endpoints", "web", "--loops", "--json", *url)[1])["endpoints"][0]
        assert row["drained"] and row["loops"][0]["requests_total"] == 1, row
        assert row["loops"][0]["idle_connections"] == 0, row
        shown = weft("endpoints", *url)[1]
        assert "web-1" in shown and "drained" in shown, shown
        code, said, _ = weft("undrain", "web-1", *url)
        assert code == 0 and "gets requests again" in said, said
        assert get(node, "/") == 200
        assert "in use" in weft("endpoints", "web", *url)[1]


def a_drain_is_remembered_over_a_restart(_):
    with tempfile.TemporaryDirectory(prefix="weft-drains-") as directory, Backend() as backend:
        with Server(WEFT_DATA_DIR=os.path.join(directory, "data")) as node:
            register(node, backend)
            assert weft("drain", "web-1", "--reason", "disks", "--url", node.url)[0] == 0
        with Server(WEFT_DATA_DIR=os.path.join(directory, "data")) as node:
            state = api(node, "GET", "/instances/web-1/drain?wait=5s")
            assert state["done"] and state["reason"] == "disks", state
            assert get(node, "/") == 503 and backend.seen == 0


def an_unknown_instance_is_named_with_what_was_meant(_):
    with Server() as node, Backend() as backend:
        register(node, backend)
        for command in ("drain", "undrain"):
            code, _, said = weft(command, "web-2", "--url", node.url)
            assert code == 1 and "did you mean 'web-1'" in said, (code, said)
        code, _, said = weft("endpoints", "wbe", "--url", node.url)
        assert code == 1 and "did you mean 'web'" in said, (code, said)
        code, _, said = weft("drain", "web-1", "--wait", "--timeout", "soon", "--url", node.url)
        assert code == 2 and "duration" in said, (code, said)


CASES = [a_drain_waits_for_the_requests_under_way, a_drain_is_remembered_over_a_restart,
         an_unknown_instance_is_named_with_what_was_meant]
