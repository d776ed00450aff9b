"""Tokens as a client meets them: docs/access.md."""
import json
import os
import subprocess

import stage

ROOT, WEB = "root-3f7c2a9d51e84b06", "web-91be44d7c8f0a352"
CONFIG = f"""
security:
  protect: [consul]
  tokens:
    root: {{secret: "${{ROOT}}", management: true}}
    web:
      secret: {WEB}
      rules:
        service: {{web: write}}
        node_prefix: {{"": read}}
        key_prefix: {{web/: write}}
"""


def cases(node):
    def ask(token, method, path, body=None):
        headers = {"X-Consul-Token": token} if token else {}
        return node.ask(method, path, body, headers=headers)

    for name in ("web", "db"):
        status, text, _ = ask(ROOT, "PUT", "/v1/agent/service/register", {"Name": name, "Port": 80})
        yield f"management registers {name}", (status, text) == (200, "")
    status, text, headers = ask(None, "GET", "/v1/agent/self")
    yield "nobody", (status, text, headers["X-Consul-Default-Acl-Policy"]) == (403, "Permission denied", "deny")
    yield "a stranger", ask("nobody-knows-me-here", "GET", "/v1/catalog/nodes")[:2] == (403, "ACL not found")
    # Twice and more: an answer that is kept would come back for somebody else.
    for _ in range(3):
        yield "everything is seen", {"db", "web"} <= set(json.loads(ask(ROOT, "GET", "/v1/catalog/services")[1]))
        status, text, headers = ask(WEB, "GET", "/v1/catalog/services")
        yield "a part is seen", (status, list(json.loads(text))) == (200, ["web"])
        yield "and said", headers["X-Consul-Results-Filtered-By-ACLs"] == "true"
        yield "nothing is seen", ask(None, "GET", "/v1/catalog/services")[1] == "{}"
        yield "nor by its name", ask(None, "GET", "/v1/health/service/db")[1] == "[]"
        yield "by the query", len(json.loads(node.ask("GET", f"/v1/health/service/db?token={ROOT}")[1])) == 1
        yield "as standards have it", node.ask("GET", "/v1/agent/self", headers={
            "Authorization": f"Bearer {ROOT}"})[0] == 200
    yield "a key of its own", ask(WEB, "PUT", "/v1/kv/web/a", "x")[:2] == (200, "true")
    yield "a key of others", ask(WEB, "PUT", "/v1/kv/db/a", "x")[:2] == (403, "Permission denied")
    yield "its service", ask(WEB, "PUT", "/v1/agent/service/deregister/web")[0] == 200
    yield "another service", ask(WEB, "PUT", "/v1/agent/service/deregister/db")[0] == 403
    actors = {change["actor"] for change in json.loads(node.ask(
        "GET", "/api/v1/changes", where=node.bound["control"][0])[1])["changes"]}
    yield "the history knows who", {"root", "web"} <= actors


def exposed(protect):
    """May a node bind beyond loopback? It starts, or says why it does not."""
    try:
        with stage.node(CONSUL="0.0.0.0:0", **protect) as node:
            return node.ask("GET", "/v1/agent/self", where=f"127.0.0.1:{node.port}")[0]
    except AssertionError:
        return None


def secrets_are_not_shown():
    shown = subprocess.run([stage.WEFT, "config", "check"], capture_output=True, text=True, check=False, timeout=30,
                           env={**os.environ, "WEFT_MANAGEMENT_TOKEN": ROOT, "WEFT_SECURITY_PROTECT": "consul"})
    return "security.protect" in shown.stdout and ROOT not in shown.stdout + shown.stderr


def run(tally):
    with stage.node(config=CONFIG, ROOT=ROOT) as node:
        for what, good in cases(node):
            tally.check(good, f"access: {what}")
    tally.check(exposed({}) is None, "access: without tokens nobody listens beyond loopback")
    protect = {"WEFT_SECURITY_PROTECT": "consul", "WEFT_MANAGEMENT_TOKEN": ROOT}
    tally.check(exposed(protect) == 403, "access: with tokens one may")
    tally.check(secrets_are_not_shown(), "access: no secret is shown")
