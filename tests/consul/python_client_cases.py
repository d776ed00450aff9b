"""Run by Debian's Python: HOST PORT. Prints a line of JSON per case."""
import json
import sys
import threading
import time
import traceback

import consul

CASES = []


def case(function):
    CASES.append(function)
    return function


@case
def a_value_is_put_read_and_deleted(c):
    assert c.kv.put("py/a", "1", flags=7)
    index, entry = c.kv.get("py/a")
    assert entry["Value"] == b"1" and entry["Flags"] == 7 and int(index) > 0
    assert c.kv.put("py/b/c", b"\x00\xff")
    assert [e["Key"] for e in c.kv.get("py/", recurse=True)[1]] == ["py/a", "py/b/c"]
    assert c.kv.get("py/", keys=True, separator="/")[1] == ["py/a", "py/b/"]
    assert c.kv.get("py/b/c")[1]["Value"] == b"\x00\xff"
    assert c.kv.delete("py/", recurse=True)
    assert c.kv.get("py/a")[1] is None


@case
def compare_and_set(c):
    assert c.kv.put("cas", "1", cas=0)
    assert not c.kv.put("cas", "2", cas=0)
    index = c.kv.get("cas")[1]["ModifyIndex"]
    assert c.kv.put("cas", "3", cas=index) and not c.kv.put("cas", "4", cas=index)
    assert not c.kv.delete("cas", cas=index)
    assert c.kv.delete("cas", cas=c.kv.get("cas")[1]["ModifyIndex"])


@case
def a_lock_is_held_by_one_session(c):
    one, two = c.session.create(lock_delay=0), c.session.create("second", ttl=10, behavior="delete")
    assert c.kv.put("lock", "x", acquire=one) and not c.kv.put("lock", "y", acquire=two)
    assert c.kv.get("lock")[1]["Session"] == one
    assert c.session.info(two)[1]["TTL"] == "10s" and len(c.session.list()[1]) >= 2
    assert c.session.renew(two)["ID"] == two
    assert c.session.destroy(one) and c.kv.put("lock", "y", acquire=two)
    assert c.session.destroy(two) and c.kv.get("lock")[1] is None


@case
def a_service_is_registered_found_and_gone(c):
    check = consul.Check.ttl("10s")
    assert c.agent.service.register("pyweb", service_id="pyweb-1", address="10.1.1.1", port=81, tags=["a"],
                                    check=check)
    assert c.agent.services()["pyweb-1"]["Port"] == 81
    assert c.health.service("pyweb", passing=True)[1] == []
    assert c.agent.check.ttl_pass("service:pyweb-1", "well")
    nodes = c.health.service("pyweb", passing=True, tag="a")[1]
    assert nodes[0]["Service"]["Address"] == "10.1.1.1" and nodes[0]["Node"]["Node"] == "n1"
    assert c.agent.checks()["service:pyweb-1"]["Output"] == "well"
    assert c.agent.check.ttl_fail("service:pyweb-1") and c.health.state("critical")[1]
    assert c.agent.service.maintenance("pyweb-1", "true", "because")
    assert any(check["CheckID"].startswith("_service_maintenance") for check in c.health.node("n1")[1])
    assert c.agent.service.maintenance("pyweb-1", "false")
    assert c.catalog.service("pyweb")[1][0]["ServiceID"] == "pyweb-1"
    assert "pyweb" in c.catalog.services()[1]
    assert c.agent.service.deregister("pyweb-1") and c.catalog.service("pyweb")[1] == []


@case
def checks_of_the_node(c):
    assert c.agent.check.register("disk", check=consul.Check.ttl("10s"), notes="of the node")
    assert c.agent.checks()["disk"]["Notes"] == "of the node"
    assert c.agent.check.deregister("disk") and "disk" not in c.agent.checks()


@case
def the_catalogue_takes_other_nodes(c):
    assert c.catalog.register("elsewhere", "10.3.3.3", service={"service": "pydb", "port": 5432, "id": "pydb"})
    assert c.catalog.node("elsewhere")[1]["Services"]["pydb"]["Port"] == 5432
    assert "elsewhere" in [node["Node"] for node in c.catalog.nodes()[1]]
    assert c.catalog.deregister("elsewhere", service_id="pydb") and c.catalog.deregister("elsewhere")
    assert "elsewhere" not in [node["Node"] for node in c.catalog.nodes()[1]]


@case
def who_waits_hears_of_the_change(c):
    index, _ = c.kv.get("watched")
    changer = threading.Timer(0.2, lambda: c.kv.put("watched", "now"))
    changer.start()
    began = time.monotonic()
    new_index, entry = c.kv.get("watched", index=index, wait="20s")
    assert entry["Value"] == b"now" and int(new_index) > int(index), (index, new_index, entry)
    assert time.monotonic() - began < 15
    same_index, _ = c.kv.get("watched", index=new_index, wait="50ms")
    assert same_index == new_index


@case
def events_are_fired_and_listed(c):
    fired = c.event.fire("deploy", body="v1")
    assert fired["Name"] == "deploy"
    assert c.event.list("deploy")[1][-1]["Payload"] == b"v1"


@case
def the_agent_says_who_it_is(c):
    assert c.agent.self()["Config"]["NodeName"] == "n1"
    assert c.agent.members()[0]["Name"] == "n1"
    assert c.status.leader().endswith(":8300") and len(c.status.peers()) == 1
    assert c.catalog.datacenters() == ["dc1"]


def main():
    client = consul.Consul(host=sys.argv[1], port=int(sys.argv[2]))
    for function in CASES:
        why = ""
        try:
            function(client)
        except Exception:
            why = traceback.format_exc()
        print(json.dumps({"case": function.__name__, "good": not why, "why": why}))


main()
