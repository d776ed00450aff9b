"""What nodes share while all is well, and how one goes."""
import base64
import http.server
import signal
import threading
import time

from mesh import Mesh, Node, wait_for

ALIVE, LEFT, FAILED = 1, 3, 4


class Backend:
    """Counts who asks for its health: one of the nodes, at each time."""

    def __init__(self):
        self.asked, self.status = 0, 200
        backend = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                backend.asked += 1
                self.send_response(backend.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def definition(self, name, number=0):
        return {"ID": f"{name}-{number}", "Name": name, "Address": "127.0.0.1", "Port": self.port,
                "Check": {"HTTP": f"http://127.0.0.1:{self.port}/", "Interval": "1s", "Timeout": "1s"}}


def any_node_answers(server):
    with Mesh(server) as (a, b, c):
        a.put("/v1/agent/service/register", {"ID": "w1", "Name": "web", "Port": 80})
        index = int(a.headers.get("X-Consul-Index", 0))
        for node in (b, c):
            wait_for(lambda: [s["ServiceID"] for s in node.get("/v1/catalog/service/web")] == ["w1"], "seen elsewhere")
        b.put("/v1/kv/x", "1")
        assert c.ask("GET", "/v1/kv/x?raw&consistent") == (200, "1"), "a consistent read sees what was written before"
        assert [n.get("/v1/status/leader") for n in (a, b, c)] == [a.get("/v1/status/leader")] * 3
        assert len(c.get("/v1/status/peers")) == 3
        assert index >= 0


def compare_and_set_is_one_of_all(server):
    """A hundred increments from each of three nodes at once: none is lost."""
    with Mesh(server) as nodes:
        nodes[0].put("/v1/kv/count", "0")
        each = 40

        def count(node):
            done = 0
            while done < each:
                row = node.get("/v1/kv/count?consistent")[0]
                value = int(base64.b64decode(row["Value"]))
                done += node.put(f"/v1/kv/count?cas={row['ModifyIndex']}", str(value + 1)) is True

        threads = [threading.Thread(target=count, args=(node,)) for node in nodes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert nodes[1].ask("GET", "/v1/kv/count?raw&consistent")[1] == str(each * 3)


def a_lock_is_held_over_all(server):
    with Mesh(server) as (a, b, _):
        first = a.put("/v1/session/create", {"TTL": "10s", "LockDelay": "0s"})["ID"]
        second = b.put("/v1/session/create", {"TTL": "10s"})["ID"]
        assert a.put(f"/v1/kv/lock?acquire={first}", "a") is True
        assert b.put(f"/v1/kv/lock?acquire={second}", "b") is False
        # A renewal that comes in at another node counts: it outlives its time.
        for _ in range(18):
            time.sleep(1)
            assert b.ask("PUT", f"/v1/session/renew/{first}")[0] == 200, "kept by renewals at another node"
        assert b.get("/v1/kv/lock")[0]["Session"] == first


def checks_are_shared_out(server):
    with Mesh(server) as nodes, Backend() as backend:
        for number in range(30):
            nodes[number % 3].put("/v1/agent/service/register", backend.definition("web", number))
        for node in nodes:
            wait_for(lambda: node.statuses("web") == ["passing"] * 30, "all are checked")
        # Each by one node: about thirty requests a second, not ninety.
        backend.asked = 0
        time.sleep(3)
        assert 60 <= backend.asked <= 150, backend.asked
        backend.status = 500
        for node in nodes:
            wait_for(lambda: node.statuses("web") == ["critical"] * 30, "a failure is seen everywhere")


def reports_come_in_anywhere(server):
    with Mesh(server) as (a, b, _):
        a.put("/v1/agent/service/register", {"ID": "t", "Name": "ticking", "Check": {"TTL": "3s", "CheckID": "tick"}})
        wait_for(lambda: b.statuses("ticking") == ["critical"], "seen")
        b.put("/v1/agent/check/pass/tick?note=well")
        wait_for(lambda: a.statuses("ticking") == ["passing"], "the report has got to whose the check is")
        for _ in range(5):
            time.sleep(1)
            b.put("/v1/agent/check/pass/tick")
            assert a.statuses("ticking") == ["passing"]
        wait_for(lambda: b.statuses("ticking") == ["critical"], "its time runs out")


def who_leaves_has_left(server):
    with Mesh(server) as (a, b, c):
        assert c.stop() == 0
        wait_for(lambda: a.members() == {"n1": ALIVE, "n2": ALIVE, "n3": LEFT}, "it has left")
        assert len(b.get("/v1/status/peers")) == 2
        assert c.start(), c.why
        wait_for(lambda: a.members() == {"n1": ALIVE, "n2": ALIVE, "n3": ALIVE}, "it is back")


def the_work_of_a_killed_one_goes_on(server):
    with Mesh(server) as (a, b, c), Backend() as backend:
        for number in range(30):
            c.put("/v1/agent/service/register", backend.definition("web", number))
        wait_for(lambda: a.statuses("web") == ["passing"] * 30, "all are checked")
        c.kill()
        begun = time.monotonic()
        wait_for(lambda: a.members()["n3"] == FAILED, "its failure is seen")
        print(f"a killed node is missed after {time.monotonic() - begun:.1f} s")
        backend.status = 500
        wait_for(lambda: b.statuses("web") == ["critical"] * 30, "its checks are taken over")
        assert c.start(), c.why
        wait_for(lambda: b.members()["n3"] == ALIVE, "it is back")
        backend.status = 200
        wait_for(lambda: b.statuses("web") == ["passing"] * 30, "and does its share")


def who_stood_still_writes_nothing_of_others(server):
    """A node that stands still loses its share; when it goes on, what it believes is not written."""
    with Mesh(server) as (a, b, c), Backend() as backend:
        for number in range(30):
            c.put("/v1/agent/service/register", backend.definition("web", number))
        wait_for(lambda: a.statuses("web") == ["passing"] * 30, "all are checked")
        c.signal(signal.SIGSTOP)
        begun = time.monotonic()
        wait_for(lambda: a.members()["n3"] == FAILED, "its silence is noticed")
        print(f"a node that stands still is missed after {time.monotonic() - begun:.1f} s")
        backend.status = 500
        wait_for(lambda: a.statuses("web") == ["critical"] * 30, "its checks are taken over")
        c.signal(signal.SIGCONT)
        wait_for(lambda: a.members()["n3"] == ALIVE, "it is back")
        for _ in range(20):
            assert a.statuses("web") == ["critical"] * 30, "what it knew from before does not come back"
            time.sleep(0.05)
        assert c.statuses("web") == ["critical"] * 30


def two_of_one_name_are_refused(server):
    mesh = Mesh(server)
    with mesh as (a, _, _):
        other = Node("n1", server.url, mesh.schema, mesh.directory.name + "/other")
        assert not other.start()
        assert "node.name" in other.why, other.why
        other.end()
        assert a.members()["n1"] == ALIVE


CASES = {case.__name__: case for case in (
    any_node_answers, compare_and_set_is_one_of_all, a_lock_is_held_over_all, checks_are_shared_out,
    reports_come_in_anywhere, who_leaves_has_left, the_work_of_a_killed_one_goes_on,
    who_stood_still_writes_nothing_of_others, two_of_one_name_are_refused)}
