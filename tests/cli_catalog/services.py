"""weft catalog, weft services and weft watch."""
import json
import os
import time

from ground import Memory, Node, stop_watch, wait_for

SHIPPED = os.path.join(os.path.dirname(__file__), "../../config/consul/services.json")


def agent_services(n):
    return n.ask("GET", "/v1/agent/services")[1]


def the_shipped_catalogue_is_loaded(n):
    assert "22 services, as they should be" in n.done("catalog", "validate", SHIPPED)
    said = json.loads(n.done("catalog", "load", SHIPPED, "--dry-run", "--json"))
    assert {one["did"] for one in said["services"]} == {"would add"}, said
    assert agent_services(n) == {}, "a dry run changes nothing"
    said = json.loads(n.done("catalog", "load", SHIPPED, "--json"))
    assert said["failed"] == 0 and len(said["services"]) == 22, said
    services = agent_services(n)
    assert len(services) == 22 and "health-monitor-1" in services
    backend = services["backend-1"]
    assert backend["Service"] == "backend" and backend["Address"] == "backend", backend
    assert backend["Port"] == 8000 and backend["Tags"] == ["api", "core", "rest", "primary"]
    assert backend["Weights"] == {"Passing": 10, "Warning": 1}, backend
    assert backend["Meta"] == {"version": "1.0.0", "type": "api", "weft-catalog": "services.json"}
    check = n.ask("GET", "/v1/health/checks/backend")[1][0]
    assert check["Type"] == "http" and check["Interval"] == "15s", check
    assert "backend" in n.done("services", "--tag", "api")
    assert json.loads(n.done("services", "--tag", "api", "--json"))["services"][0]["name"] == "backend"
    # The names of the file resolve nowhere here: loading says nothing about health.
    assert json.loads(n.done("services", "--healthy", "--json"))["services"] == []
    assert "has no tag" in n.refused("services", "backend", "--tag", "nope")


def loading_again_updates(n):
    with open(SHIPPED) as file:
        catalog = json.load(file)
    redis = next(one for one in catalog["services"] if one["name"] == "redis")
    redis["port"] = 6380
    redis["dependencies"] = ["postgres", "backend"]
    del redis["check"]
    n.done("catalog", "load", n.write("services.json", catalog))
    assert len(agent_services(n)) == 22
    again = agent_services(n)["redis-1"]
    assert again["Port"] == 6380, again
    assert again["Meta"]["weft-dependencies"] == "postgres,backend", again
    assert n.ask("GET", "/v1/health/checks/redis")[1] == [], "the check that is not there any more"


def a_mistake_keeps_no_other_out(n):
    path = n.write("mixed.json", {"services": [
        {"name": "good", "address": "127.0.0.1", "port": 1, "chekc": {}},
        {"name": "bad", "port": 70000, "check": {"http": "ftp://x", "interval": 1}},
        {"Name": "odd", "Check": {"HTTP": "https://h/", "Args": ["x"], "Interval": "1s"}},
        {"name": "scripted", "check": {"args": ["/bin/true"], "interval": "1s"}},
        {"name": "fine", "check": {"ttl": "1m"}}]})
    validated = n.weft("catalog", "validate", path)
    assert validated.returncode == 1 and b"4 problems in 5 services" in validated.stderr, validated
    ended = n.weft("catalog", "load", path, "--json")
    said = json.loads(ended.stdout)
    assert ended.returncode == 1 and said["failed"] == 3, said
    did = {one["id"]: one["did"] for one in said["services"]}
    assert did == {"good": "loaded", "bad": "failed", "odd": "failed", "scripted": "failed",
                   "fine": "loaded"}, did
    bad = next(one for one in said["services"] if one["id"] == "bad")["errors"]
    assert [one.split(":")[0] for one in bad] == [
        "services[1].port", "services[1].check.interval", "services[1].check.http"], bad
    scripted = next(one for one in said["services"] if one["id"] == "scripted")["errors"]
    assert "Scripts are disabled" in scripted[0], "the node's own word: " + scripted[0]
    assert "did you mean 'check'?" in said["warnings"][0], said
    text = n.weft("catalog", "load", path)
    assert text.returncode == 1 and b"loaded  good" in text.stdout, text
    assert b"services[1].port" in text.stdout and b"3 of 5 failed" in text.stderr, text


def what_left_the_file_is_removed(n):
    path = n.write("mixed.json", {"services": [{"name": "fine", "check": {"ttl": "1m"}}]})
    said = json.loads(n.done("catalog", "load", path, "--prune", "--dry-run", "--json"))
    assert {one["id"]: one["did"] for one in said["services"]} == {
        "fine": "would update", "good": "would remove"}, said
    assert "good" in agent_services(n)
    n.done("catalog", "load", path, "--prune")
    assert "good" not in agent_services(n) and len(agent_services(n)) == 23, "no other load's"
    nameless = n.write("mixed.json", {"services": [{"port": 1}]})
    ended = n.weft("catalog", "load", nameless, "--prune")
    assert ended.returncode == 1 and b"nothing is removed" in ended.stdout, ended
    assert "fine" in agent_services(n)
    n.done("catalog", "load", n.write("empty.json", {"services": []}), "--prune", "--name", "mixed.json")
    assert "fine" not in agent_services(n) and len(agent_services(n)) == 22


def a_file_that_is_none_is_told_where(n):
    assert "line 1, column 2" in n.refused("catalog", "validate", "-", given=b"{x")
    assert "expected {" in n.refused("catalog", "load", "-", given=b"[]")
    assert "cannot read" in n.refused("catalog", "load", n.path("nowhere.json"))
    assert "is a node running" in n.weft("catalog", "load", SHIPPED, "--consul-url",
                                         "127.0.0.1:1").stderr.decode()


def an_export_loads_into_another_node(n):
    n.done("register", "--name", "meshed", "--address", "127.0.0.1", "--port", "9", "--check-ttl", "90s")
    path = n.path("export.json")
    assert n.done("catalog", "export", "-o", path) == ""
    with open(path) as file:
        exported = json.load(file)
    assert len(exported["services"]) == 23, len(exported["services"])
    redis = next(one for one in exported["services"] if one["id"] == "redis-1")
    assert redis["dependencies"] == ["postgres", "backend"] and "weft-catalog" not in redis["meta"]
    postgres = next(one for one in exported["services"] if one["id"] == "postgres-1")
    assert postgres["check"] == {"tcp": "postgres:5432", "interval": "10s", "timeout": "5s"}, postgres
    n.done("catalog", "validate", path)
    other = Node()
    try:
        other.done("catalog", "load", path)
        assert json.loads(other.done("catalog", "export")) == exported
    finally:
        assert other.stop() == 0
    n.done("catalog", "load", n.write("none.json", {"services": []}), "--prune", "--name", "services.json")
    n.done("deregister", "meshed")
    assert agent_services(n) == {}


def unconfirmed_instances_are_named(n):
    n.ask("PUT", "/v1/agent/service/register", {"Name": "bare", "Tags": ["old"]})
    n.ask("PUT", "/v1/agent/service/register", {"Name": "silent", "Check": {"TTL": "10m"}})
    n.ask("PUT", "/v1/agent/service/register", {"Name": "late", "Check": {"TTL": "1s"}})
    n.ask("PUT", "/v1/agent/service/register", {"Name": "good", "Check": {"TTL": "10m"}})
    n.ask("PUT", "/v1/agent/service/register", {"Name": "ill", "Check": {"TTL": "10m"}})
    assert n.ask("PUT", "/v1/agent/check/pass/service:good")[0] == 200
    assert n.ask("PUT", "/v1/agent/check/fail/service:ill?note=disk")[0] == 200

    def doubts(*words):
        stale = json.loads(n.done("services", *words, "--stale", "--json"))["stale"]
        return {one["instance_id"]: one["reason"] for one in stale}

    wait_for(lambda: doubts().get("late") == "report expired", "its second is over")
    assert doubts() == {"bare": "no check", "silent": "never reported", "late": "report expired"}
    assert doubts("late") == {"late": "report expired"} and doubts("good") == {}
    assert doubts("--tag", "old") == {"bare": "no check"}
    wait_for(lambda: doubts("--for", "0s").get("ill") == "failing", "it fails for longer than 0 s")
    late = json.loads(n.done("services", "late", "--stale", "--json"))["stale"][0]
    assert late["since"].endswith("Z") and late["for_seconds"] >= 0, late
    text = n.done("services", "--stale").splitlines()
    assert text[0].split() == ["INSTANCE", "SERVICE", "CHECK", "WHY", "FOR", "SAID"], text
    assert "Nothing is stale" in n.done("services", "good", "--stale")
    assert "no instance of a service 'nobody'" in n.refused("services", "nobody", "--stale")
    assert [one["name"] for one in json.loads(n.done("services", "--healthy", "--json"))["services"]
            if one["name"] in ("good", "ill", "late")] == ["good"]
    for name in ("bare", "silent", "late", "good", "ill"):
        assert n.ask("PUT", "/v1/agent/service/deregister/" + name)[0] == 200


def what_comes_and_goes_is_told(n):
    services = n.start("watch", "services")
    for name in ("consul", "weft-admin", "weft-gateway"):
        assert services.stdout.readline() == f"+ {name}\n"
    instances = n.start("watch", "service", "web", "--json")
    checks = n.start("watch", "checks", "--state", "critical")
    nodes = n.start("watch", "nodes")
    assert nodes.stdout.readline().startswith("+ ")
    n.ask("PUT", "/v1/agent/service/register",
          {"Name": "web", "Tags": ["blue"], "Address": "10.0.0.1", "Port": 80, "Check": {"TTL": "10m"}})
    assert services.stdout.readline() == "+ web  blue\n"
    assert json.loads(instances.stdout.readline())["name"] == "web"
    assert checks.stdout.readline().startswith("+ web/service:web  critical")
    n.ask("PUT", "/v1/agent/check/pass/service:web")
    changed = json.loads(instances.stdout.readline())
    assert changed["change"] == "changed", changed
    assert {check["Status"] for check in changed["value"]["Checks"]} == {"passing"}, changed
    assert checks.stdout.readline() == "- web/service:web\n"
    n.ask("PUT", "/v1/agent/service/deregister/web")
    assert services.stdout.readline() == "- web\n"
    assert json.loads(instances.stdout.readline())["change"] == "removed"
    for process in (services, instances, checks, nodes):
        assert stop_watch(process) == ("", "")


def a_command_reads_each_change(n):
    log = n.write("changes", "")
    script = f"cat >> {log}; echo $CONSUL_INDEX >> {log}; exit 3"
    watch = n.start("watch", "key", "seen", "--", "sh", "-c", script)

    def lines():
        with open(log) as file:
            return file.read().splitlines()

    wait_for(lambda: len(lines()) == 2, "it is run for what there is")
    assert lines()[0] == "null", lines()
    n.done("kv", "put", "seen", "x")
    wait_for(lambda: len(lines()) == 4, "and at a change")
    entry = json.loads(lines()[2])
    assert entry["Key"] == "seen" and entry["Value"] == "eA==", entry
    assert int(lines()[3]) == entry["ModifyIndex"], lines()
    assert "ended with 3" in stop_watch(watch)[1]
    n.done("kv", "delete", "seen")
    assert "cannot start" in n.refused("watch", "services", "/nowhere/program", code=127)


def a_node_that_was_away_is_asked_again(n):
    state = {"index": 1, "body": {"a": []}}

    def answer(_method, _path, query):
        if query.get("index") == str(state["index"]):
            time.sleep(0.2)
        return 200, {"X-Consul-Index": str(state["index"])}, json.dumps(state["body"])

    memory = Memory(answer)
    watch = n.start("watch", "services", "--consul-url", memory.url)
    assert watch.stdout.readline() == "+ a\n"
    memory.close()
    assert "trying again in 1s" in watch.stderr.readline()
    state.update(index=1, body={"a": [], "b": []})
    back = wait_for(lambda: reopened(answer, memory.port), "the port is free again")
    try:
        assert watch.stdout.readline() == "+ b\n"
        wait_for(lambda: len(back.asked) > 1, "and goes on waiting")
        assert back.asked[0][2]["index"] == "0", "it begins anew"
    finally:
        stop_watch(watch)
        back.close()


def reopened(answer, port):
    try:
        return Memory(answer, port)
    except OSError:
        return None


def a_watch_that_cannot_begin_ends(n):
    assert "is a node running" in n.refused("watch", "services", "--consul-url", "127.0.0.1:1")
    control = n.environment["WEFT_URL"]
    assert "Consul API?" in n.refused("watch", "services", "--consul-url", control)


CASES = [the_shipped_catalogue_is_loaded, loading_again_updates, a_mistake_keeps_no_other_out,
         what_left_the_file_is_removed, a_file_that_is_none_is_told_where,
         an_export_loads_into_another_node, unconfirmed_instances_are_named,
         what_comes_and_goes_is_told, a_command_reads_each_change,
         a_node_that_was_away_is_asked_again, a_watch_that_cannot_begin_ends]
