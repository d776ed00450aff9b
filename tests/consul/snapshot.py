"""GET and PUT /v1/snapshot: a mesh moves whole, or not at all (contract/consul.md §7)."""
import gzip
import hashlib
import http.client
import json

import stage

KEYS = 12_000  # more than one transaction takes


def bytes_of(node, path="/v1/snapshot"):
    connection = http.client.HTTPConnection(node.consul, timeout=stage.PATIENCE_SECONDS)
    connection.request("GET", path)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer, data


def fill(node):
    for first in range(0, KEYS, 100):
        operations = [{"KV": {"Verb": "set", "Key": f"many/{i:05}", "Value": "dmFsdWU="}} for i in range(first, first + 100)]
        assert node.ask("PUT", "/v1/txn", operations)[0] == 200
    node.ask("PUT", "/v1/agent/service/register", {"Name": "web", "Port": 80, "Check": {"TTL": "10m"}})
    node.ask("PUT", "/v1/catalog/register", {
        "Node": "far", "Address": "10.0.0.9", "Service": {"Service": "db", "ID": "d", "Port": 5432},
        "Check": {"CheckID": "db-up", "ServiceID": "d", "Status": "passing"}})


def cases(node):
    fill(node)
    answer, data = bytes_of(node)
    yield "it is gzip", answer.status == 200 and data[:2] == b"\x1f\x8b" and int(answer.headers["X-Consul-Index"]) > 0
    lines = gzip.decompress(data).decode().splitlines()
    body = "".join(line + "\n" for line in lines[:-1])
    yield "it says what it is", json.loads(lines[0])["format"] == "weft-snapshot" and json.loads(lines[0])["node"] == "n1"
    yield "its digest is right", json.loads(lines[-1])["sha256"] == hashlib.sha256(body.encode()).hexdigest()
    with stage.node(WEFT_NODE_NAME="n2") as other:
        other.ask("PUT", "/v1/kv/not/in/it", "x")
        before = bytes_of(other)[1]
        for what, bad, why in (("garbage", b"garbage", "no gzip data"), ("half of it", data[:len(data) // 2], "cut off"),
                               ("one bit", data[:100] + bytes([data[100] ^ 4]) + data[101:], ""),
                               ("another digest", gzip.compress((body + '{"sha256":"00"}\n').encode()), "digest")):
            status, text, _ = other.ask("PUT", "/v1/snapshot", bad)
            yield f"{what} is refused", status == 400 and text.startswith("Failed to restore the snapshot") and why in text
        status, text, _ = other.ask("PUT", "/v1/snapshot", gzip.compress(b"a" * (300 * 1024 * 1024), compresslevel=9))
        yield "a mountain is refused", status == 413 and text.startswith("Failed to restore the snapshot")
        yield "and nothing changed", gzip.decompress(bytes_of(other)[1]).splitlines()[1:-1] == \
            gzip.decompress(before).splitlines()[1:-1]
        yield "restored", other.ask("PUT", "/v1/snapshot", data)[:2] == (200, "")
        keys = other.get("/v1/kv/?keys")
        yield "all keys, and no others", len(keys) == KEYS and keys[-1] == f"many/{KEYS - 1:05}"
        yield "services of everywhere", len(other.get("/v1/health/service/db?passing")) == 1 and \
            len(other.get("/v1/catalog/service/web")) == 1
        changes = json.loads(other.ask("GET", "/api/v1/changes?limit=3", where=other.bound["control"][0])[1])["changes"]
        yield "it is in the history", changes[0]["actor"] == "127.0.0.1"


def too_large():
    with stage.node(WEFT_LIMITS_BODY_BYTES="4096") as node:
        status, text, _ = node.ask("PUT", "/v1/snapshot", b"x" * 5000)
        return status == 413


def run(tally):
    with stage.node() as node:
        for what, good in cases(node):
            tally.check(good, f"snapshot: {what}")
    tally.check(too_large(), "snapshot: limits.body_bytes is its limit")
