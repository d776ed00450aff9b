"""Prometheus finds its targets through consul_sd_configs, scrapes them, and lets them go."""
import contextlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import urllib.request

import stage

CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: mesh
    consul_sd_configs: [{{server: "{consul}", refresh_interval: 1s}}]
    relabel_configs:
      - {{source_labels: [__meta_consul_service], regex: shop.*, action: keep}}
      - {{source_labels: [__meta_consul_service_metadata_team], target_label: team}}
      - {{source_labels: [__meta_consul_tags], target_label: tags}}
"""


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"up_for_test 1\n")

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def page():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def prometheus(consul):
    """Yields a question to its API."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="weft-prometheus-") as folder:
        path = os.path.join(folder, "prometheus.yml")
        with open(path, "w") as file:
            file.write(CONFIG.format(consul=consul))
        process = subprocess.Popen(
            [PROGRAM, f"--config.file={path}", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def ask(path):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                    return json.loads(answer.read())["data"]
            except OSError:
                return None

        try:
            yield ask
        finally:
            process.terminate()
            process.wait(30)


PROGRAM = os.environ.get("PROMETHEUS_BIN", "prometheus")


def knows_consul(folder):
    """Debian builds it without some of its discoveries."""
    path = os.path.join(folder, "prometheus.yml")
    with open(path, "w") as file:
        file.write(CONFIG.format(consul="127.0.0.1:1"))
    promtool = os.path.join(os.path.dirname(shutil.which(PROGRAM)), "promtool")
    done = subprocess.run([promtool, "check", "config", path], capture_output=True, text=True, timeout=30, check=False)
    return "consul_sd_configs not found" not in done.stdout + done.stderr


def run(tally):
    if shutil.which(PROGRAM) is None:
        tally.skip("prometheus", "it is not installed")
        return
    with tempfile.TemporaryDirectory(prefix="weft-prometheus-") as folder:
        if not knows_consul(folder):
            tally.skip("prometheus", "this one was built without consul_sd_configs; PROMETHEUS_BIN names another")
            return
    with stage.node() as node, page() as port, prometheus(node.consul) as ask:
        for number in (1, 2):
            status, text, _ = node.ask("PUT", "/v1/agent/service/register", {
                "ID": f"shop-{number}", "Name": "shop", "Address": f"127.0.0.{number}", "Port": port,
                "Tags": ["a", "b"], "Meta": {"team": "blue"}})
            assert status == 200, text

        def targets():
            known = ask("/api/v1/targets")
            return [] if known is None else known["activeTargets"]

        # The page listens on one of the two addresses: that target is up, the other one is not.
        both = stage.wait_for(
            lambda: [t for t in targets() if t["health"] != "unknown"] if len(targets()) == 2 else [],
            "two targets are found")
        labels = both[0]["labels"]
        tally.check(labels.get("team") == "blue" and labels.get("tags") == ",a,b,", "prometheus labels", str(labels))
        up = stage.wait_for(lambda: [t for t in targets() if t["health"] == "up"], "one target is scraped")
        tally.check(up[0]["labels"]["instance"] == f"127.0.0.1:{port}", "prometheus scrapes", str(up))
        value = stage.wait_for(lambda: (ask("/api/v1/query?query=up_for_test") or {}).get("result"), "a value is there")
        tally.check(value[0]["value"][1] == "1", "prometheus has the value", str(value))
        node.ask("PUT", "/v1/agent/service/deregister/shop-2")
        stage.wait_for(lambda: len(targets()) == 1, "a target that is gone is let go")
        tally.check(True, "prometheus lets go")
