"""Calls as Consul's own documentation shows them to users of curl, and what they are to print."""
import json
import shutil
import subprocess

import stage

SERVICE = {
    "ID": "redis1", "Name": "redis", "Tags": ["primary", "v1"], "Address": "127.0.0.1", "Port": 8000,
    "Meta": {"redis_version": "4.0"}, "EnableTagOverride": False,
    "Check": {"DeregisterCriticalServiceAfter": "90m", "TTL": "30s", "Status": "passing"},
    "Weights": {"Passing": 10, "Warning": 1},
}
CHECK = {"ID": "mem", "Name": "Memory utilization", "Notes": "Ensure we don't oversubscribe memory",
         "DeregisterCriticalServiceAfter": "90m", "TTL": "15s", "Method": "POST",
         "Header": {"Content-Type": ["application/json"]}}
ENTITY = {
    "Datacenter": "dc1", "ID": "40e4a748-2192-161a-0510-9bf59fe950b5", "Node": "t2.320",
    "Address": "192.168.10.10", "TaggedAddresses": {"lan": "192.168.10.10", "wan": "10.0.10.10"},
    "NodeMeta": {"somekey": "somevalue"},
    "Service": {"ID": "redis9", "Service": "redis9", "Tags": ["primary", "v1"], "Address": "10.1.10.12",
                "Meta": {"redis_version": "4.0"}, "Port": 8000},
    "Check": {"Node": "t2.320", "CheckID": "service:redis9", "Name": "Redis health check",
              "Notes": "Script based health check", "Status": "passing", "ServiceID": "redis9",
              "Definition": {"TCP": "localhost:8888", "Interval": "5s", "Timeout": "1s",
                             "DeregisterCriticalServiceAfter": "30s"}},
    "SkipNodeUpdate": False,
}
SESSION = {"LockDelay": "15s", "Name": "my-service-lock", "Node": "n1", "NodeChecks": ["serfHealth"],
           "Behavior": "release", "TTL": "30s"}
TXN = [{"KV": {"Verb": "set", "Key": "sample", "Value": "c2FtcGxl", "Flags": 0}},
       {"KV": {"Verb": "get", "Key": "sample"}}]


class Curl:
    def __init__(self, node):
        self.base = f"http://{node.consul}/v1"

    def __call__(self, *words):
        """The last word is a path; a dictionary among them is the data."""
        *options, path = words
        command = ["curl", "-s", "-S"]
        for option in options:
            command += ["--data", json.dumps(option)] if isinstance(option, (dict, list)) else [option]
        done = subprocess.run([*command, self.base + path], capture_output=True, text=True, timeout=30, check=True)
        return done.stdout

    def json(self, *words):
        return json.loads(self(*words))


def cases(curl):
    put = ("--request", "PUT")
    yield "register a service", curl(*put, SERVICE, "/agent/service/register?replace-existing-checks=true") == ""
    yield "list services", curl.json("/agent/services")["redis1"]["Weights"]["Passing"] == 10
    yield "one service", curl.json("/agent/service/redis1")["ContentHash"] != ""
    yield "register a check", curl(*put, CHECK, "/agent/check/register") == ""
    yield "pass a check", curl(*put, "/agent/check/pass/mem?note=online+ok") == ""
    yield "list checks", curl.json("/agent/checks")["mem"]["Status"] == "passing"
    yield "filter checks", list(curl.json("-G", "--data-urlencode", 'filter=Status == "passing" and ServiceName == "redis"', "/agent/checks")) == ["service:redis1"]
    yield "update a check", curl(*put, {"Status": "passing", "Output": "curl reported a failure"}, "/agent/check/update/mem") == ""
    yield "register an entity", curl(*put, ENTITY, "/catalog/register") == "true"
    yield "list nodes", [n["Node"] for n in curl.json("/catalog/nodes?node-meta=somekey:somevalue")] == ["t2.320"]
    yield "node addresses", curl.json("/catalog/node/t2.320")["Node"]["TaggedAddresses"]["wan"] == "10.0.10.10"
    yield "list names", "redis9" in curl.json("/catalog/services")
    yield "nodes of a service", curl.json("/catalog/service/redis9")[0]["ServiceAddress"] == "10.1.10.12"
    yield "health of a service", curl.json("/health/service/redis9?passing=true")[0]["Checks"][0]["Status"] == "passing"
    yield "health with a filter", len(curl.json("-G", "--data-urlencode", 'filter=Checks.Status == "passing"', "/health/service/redis9")) == 1
    yield "checks of a node", curl.json("/health/node/t2.320")[0]["CheckID"] == "service:redis9"
    yield "local health", curl.json("/agent/health/service/name/redis")[0]["AggregatedStatus"] == "passing"
    yield "deregister an entity", curl(*put, {"Datacenter": "dc1", "Node": "t2.320"}, "/catalog/deregister") == "true"
    yield "set a key", curl(*put, "--data", "some contents", "/kv/my-key") == "true"
    yield "read a key", curl.json("/kv/my-key")[0]["Value"] == "c29tZSBjb250ZW50cw=="
    yield "read raw", curl("/kv/my-key?raw") == "some contents"
    yield "list keys", curl.json("/kv/?keys&separator=/") == ["my-key"]
    yield "delete a key", curl("--request", "DELETE", "/kv/my-key") == "true"
    session = curl.json(*put, SESSION, "/session/create")["ID"]
    yield "make a session", len(session) == 36
    yield "acquire", curl(*put, "--data", "x", f"/kv/lock?acquire={session}") == "true"
    yield "renew", curl.json(*put, f"/session/renew/{session}")[0]["TTL"] == "30s"
    yield "destroy", curl(*put, f"/session/destroy/{session}") == "true"
    yield "a transaction", curl.json(*put, TXN, "/txn")["Results"][1]["KV"]["Value"] == "c2FtcGxl"
    yield "fire an event", curl.json(*put, "--data", "Lorem ipsum dolor sit amet...", "/event/fire/my-event")["Name"] == "my-event"
    yield "list events", len(curl.json("/event/list?name=my-event")) == 1
    yield "maintenance", curl(*put, "/agent/service/maintenance/redis1?enable=true&reason=For+the+docs") == ""
    yield "deregister", curl(*put, "/agent/service/deregister/redis1") == ""
    yield "leader", curl("/status/leader") == '"127.0.0.1:8300"'
    yield "metrics", "consul.runtime.num_goroutines" in curl("/agent/metrics")


def run(tally):
    if shutil.which("curl") is None:
        tally.skip("examples", "curl is not installed")
        return
    with stage.node() as node:
        for what, good in cases(Curl(node)):
            tally.check(good, f"examples: {what}")
