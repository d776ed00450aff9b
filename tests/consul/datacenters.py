"""Two datacenters: what is asked with ?dc= is asked there (contract/README.md "High availability")."""
import json
import threading
import time

import stage


def cases(near, far):
    far.ask("PUT", "/v1/agent/service/register", {"Name": "far-away", "Port": 80})
    yield "both are listed", near.get("/v1/catalog/datacenters") == ["dc1", "dc2", "dc9"]
    yield "read there", [s["ServiceName"] for s in near.get("/v1/catalog/service/far-away?dc=dc2")] == ["far-away"]
    yield "not here", near.get("/v1/catalog/service/far-away") == []
    yield "the name of there", near.get("/v1/catalog/nodes?dc=dc2")[0]["Datacenter"] == "dc2"
    yield "written there", near.ask("PUT", "/v1/kv/a%20b?dc=dc2&flags=7", "value")[:2] == (200, "true")
    yield "with everything", far.get("/v1/kv/a%20b")[0]["Flags"] == 7
    yield "and not here", near.ask("GET", "/v1/kv/a%20b")[0] == 404
    yield "raw", near.ask("GET", "/v1/kv/a%20b?dc=dc2&raw")[1] == "value"
    yield "errors of there", near.ask("GET", "/v1/agent/service/none?dc=dc2")[:2] == (404, "unknown service ID: none")
    yield "registered by the body", near.ask("PUT", "/v1/catalog/register", {
        "Datacenter": "dc2", "Node": "n9", "Address": "10.9.9.9"})[:2] == (200, "true") and \
        far.get("/v1/catalog/node/n9")["Node"]["Address"] == "10.9.9.9"
    index = near.ask("GET", "/v1/kv/a%20b?dc=dc2")[2]["X-Consul-Index"]
    yield "an index of there", index == far.ask("GET", "/v1/kv/a%20b")[2]["X-Consul-Index"]
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(
        near.ask("GET", f"/v1/kv/a%20b?dc=dc2&index={index}&wait=10s&raw")[1]))
    waiting.start()
    time.sleep(0.2)  # so that it waits; were it late, it would be answered at once and as well
    still = not answers
    far.ask("PUT", "/v1/kv/a%20b", "newer")
    waiting.join()
    yield "a blocking query waits", still and answers == ["newer"]
    yield "nobody knows it", near.ask("GET", "/v1/catalog/nodes?dc=dc3")[:2] == (500, "No path to datacenter")
    status, text, _ = near.ask("GET", "/v1/catalog/nodes?dc=dc9")
    yield "it cannot be reached", status == 500 and text.startswith('Remote datacenter "dc9" cannot be reached')


def run(tally):
    with stage.node(WEFT_CONSUL_DATACENTER="dc2") as far:
        peers = f"cluster: {{wan_peers: {{dc2: 'http://{far.consul}', dc9: 'http://127.0.0.1:1'}}}}"
        with stage.node(config=peers) as near:
            for what, good in cases(near, far):
                tally.check(good, f"datacenters: {what}")
