"""Where the program meets the world: taken ports, bad settings, signals, what commands say when
something is wrong. Cases of `run`; `f` is its fleet."""
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

WEFT = os.path.abspath(os.environ.get("WEFT", "build/dev/weft"))
PATIENCE_SECONDS = 20


def weft(*words, **environment):
    """Runs a command to its end. Returns exit code, stdout, stderr."""
    with tempfile.TemporaryDirectory(prefix="weft-edges-") as directory:
        defaults = dict(WEFT_DATA_DIR=directory, WEFT_CONTROL_LISTEN="127.0.0.1:0", WEFT_CONSUL_LISTEN="127.0.0.1:0", WEFT_DNS_LISTEN="127.0.0.1:0",
                        WEFT_PROXY_LISTEN="127.0.0.1:0", WEFT_PROXY_LOOPS="1", LOG_LEVEL="error")
        done = subprocess.run([WEFT, *words], env={**os.environ, **defaults, **environment},
                              cwd=directory, capture_output=True, text=True,
                              timeout=PATIENCE_SECONDS)
    return done.returncode, done.stdout, done.stderr


class Server:
    """A node of its own that runs for one case; stopped at the end of `with`."""

    def __init__(self, *words, **environment):
        self.directory = tempfile.TemporaryDirectory(prefix="weft-edges-")
        self.log = open(os.path.join(self.directory.name, "log"), "w+")
        defaults = dict(WEFT_DATA_DIR=os.path.join(self.directory.name, "data"),
                        WEFT_CONTROL_LISTEN="127.0.0.1:0", WEFT_CONSUL_LISTEN="127.0.0.1:0", WEFT_DNS_LISTEN="127.0.0.1:0",
                        WEFT_PROXY_LISTEN="127.0.0.1:0", WEFT_PROXY_LOOPS="1")
        self.process = subprocess.Popen([WEFT, "server", "--json", *words],
                                        env={**os.environ, **defaults, **environment},
                                        cwd=self.directory.name, stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        line = self.process.stdout.readline()
        assert line, self.said()
        self.started = json.loads(line)
        self.control = self.started["listening"]["control"][0]
        self.url = "http://" + self.control

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=PATIENCE_SECONDS)
        self.process.stdout.close()
        self.log.close()
        self.directory.cleanup()
        assert problem[0] or code == 0, code


def a_taken_gateway_port_ends_the_start(f):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        code, _, said = weft("server", WEFT_PROXY_LISTEN=address)
    assert code == 1, (code, said)
    assert f"{address} is taken by python3 (pid {os.getpid()})" in said, said
    assert "WEFT_PROXY_LISTEN" in said and said.count("\n") == 1, said


def a_second_gateway_shares_no_port(f):
    owner = f"{f.proxy} is taken by weft (pid {f.processes[0].pid})"
    code, _, said = weft("server", WEFT_PROXY_LISTEN=f.proxy)
    assert code == 1 and owner in said, (code, said)
    code, _, said = weft("proxy", "--listen", f.proxy, "--backend", "127.0.0.1:9")
    assert code == 1 and owner in said and "--listen" in said, (code, said)


def other_taken_ports_name_their_owner(f):
    owner = f"{f.control} is taken by weft (pid {f.processes[0].pid})"
    code, _, said = weft("server", WEFT_CONTROL_LISTEN=f.control)
    assert code == 1 and owner in said and "WEFT_CONTROL_LISTEN" in said, (code, said)
    code, _, said = weft("sample", "--port", f.control.rsplit(":", 1)[1])
    assert code == 1 and owner in said and "--port" in said, (code, said)


def a_bad_setting_is_one_line_and_exit_2(f):
    for name, value, allowed in (("WEFT_HEALTH_INTERVAL", "0", "100ms to 1h"),
                                 ("WEFT_CLUSTER_BREAKER_FAILURES", "0", "1 to 100"),
                                 ("WEFT_PROXY_LOOPS", "100000", "0 to 1024"),
                                 ("HEALTH_CHECK_INTERVAL", "soon", "100ms to 1h"),
                                 ("HEALTH_CHECK_TIMEOUT", "0s", "10ms to 5m"),
                                 ("CORS_ORIGINS", '["http://a",5]', "https://ui.example.org")):
        code, _, said = weft("server", **{name: value})
        assert code == 2 and said.count("\n") == 1, (code, said)
        assert said.startswith(f"weft server: {name}: ") and allowed in said, said
    code, _, said = weft("server", "--config", "/tmp")
    assert code == 2 and said == "weft server: /tmp: is a directory; name a YAML file\n", said


def config_check_lists_every_bad_value(f):
    bad = dict(WEFT_HEALTH_INTERVAL="0", WEFT_PROXY_LOOPS="x", LOG_LEVEL="loud")
    code, _, said = weft("config", "check", **bad)
    assert code == 2 and said.count("\n") == 3, (code, said)
    code, printed, _ = weft("config", "check", "--json", **bad)
    assert code == 2 and len(json.loads(printed)["errors"]) == 3, printed
    code, _, said = weft("server", **bad)
    assert code == 2 and "(and 2 more: 'weft config check' lists them)" in said, said


def the_example_configuration_is_good(f):
    example = os.path.join(os.path.dirname(__file__), "../../config/config.example.yaml")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
    done = subprocess.run([WEFT, "config", "check", "--json", "--config", example], env=clean,
                          capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 0, done.stdout
    config = json.loads(done.stdout)
    assert config["warnings"] == [] and config["without_effect"] == [], config
    done = subprocess.run([WEFT, "config", "check", "--json"], env=clean, cwd="/",
                          capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    defaults = json.loads(done.stdout)["settings"]
    for key, row in config["settings"].items():
        assert row["value"].strip("[]") == defaults[key]["value"], (key, row)


def ask(control, path, headers, method="GET"):
    """One request to a node. Returns status and body."""
    host, port = control.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def an_open_node_is_warned_about(f):
    code, _, said = weft("server", WEFT_CONTROL_LISTEN="0.0.0.0:0")
    assert code == 2 and "security.allow_unauthenticated" in said, (code, said)
    with Server(WEFT_CONTROL_LISTEN="0.0.0.0:0", WEFT_ALLOW_UNAUTHENTICATED="true") as node:
        assert "no access control" in node.said(), node.said()
        url = "http://127.0.0.1:" + node.control.rsplit(":", 1)[1]
        code, text, _ = weft("status", "--url", url)
        assert code == 0 and "warning: Everybody who reaches 0.0.0.0:" in text, text
        warnings = json.loads(weft("status", "--json", "--url", url)[1])["warnings"]
        assert len(warnings) == 1 and "security.allow_unauthenticated" in warnings[0], warnings
        # Its own name is its name; the answer to another says where names are listed.
        control = "127.0.0.1:" + node.control.rsplit(":", 1)[1]
        assert ask(control, "/health", {"Host": socket.gethostname()})[0] == 200
        status, body = ask(control, "/health", {"Host": "evil.example"})
        assert status == 421 and "security.hosts" in body, (status, body)


def pages_of_the_node_itself_may_change_it(f):
    port = f.control.rsplit(":", 1)[1]
    for origin, status in ((f"http://localhost:{port}", 422), (f"http://127.0.0.1:{port}", 422),
                           (f"https://127.0.0.1:{port}", 403), ("http://localhost:1", 403)):
        seen = ask(f.control, "/api/v1/mesh/v2/register", {"Origin": origin}, "POST")
        assert seen[0] == status, (origin, seen)


def health_speaks_as_the_contract_says(f):
    health = json.loads(ask(f.control, "/health", {})[1])
    assert health["status"] == "healthy" and health["service"] == "service-mesh", health
    assert health["version"] == "2.5.0" and health["timestamp"].endswith("+00:00"), health
    assert "message_bus_integration" not in health["features"], health


def json_is_spoken_by_what_starts_and_by_what_fails(f):
    for words in (("proxy", "--listen", "127.0.0.1:0", "--backend", "127.0.0.1:9"),
                  ("sample", "--name", "web")):
        with subprocess.Popen([WEFT, *words, "--json"], stdout=subprocess.PIPE, text=True) as process:
            started = json.loads(process.stdout.readline())
            process.send_signal(signal.SIGTERM)
        assert started["listening"][0].startswith("127.0.0.1:"), started
    for words in (("server",), ("sample", "--port", f.control.rsplit(":", 1)[1]),
                  ("proxy", "--listen", f.control, "--backend", "127.0.0.1:9")):
        code, _, said = weft(*words, "--json", WEFT_PROXY_LISTEN=f.control)
        error = json.loads(said)
        assert code == 1 and "is taken by weft" in error["error"], (code, said)
        assert error["command"] == words[0] and error["exit_code"] == 1, error
    code, _, said = weft("status", "--json", "--url", "http://127.0.0.1:1")
    assert code == 1 and json.loads(said)["command"] == "status", (code, said)
    code, _, said = weft("demo", "--json")
    assert code == 2 and "--check" in json.loads(said)["error"], (code, said)


def errors_say_what_to_do_next(f):
    code, _, said = weft("deregister", "nope", "--url", "http://" + f.control)
    assert code == 1 and "'nope'" in said and "weft services" in said, (code, said)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        f.mesh("POST", "/register", {"service_name": "silent", "address": "127.0.0.1",
                                     "port": silent.getsockname()[1], "service_id": "silent-1"})
        status, data = f.mesh("POST", "/call", {"service_name": "silent", "timeout": 1,
                                                "retry_count": 0})
    f.mesh("DELETE", "/services/silent")
    assert status == 503 and "no answer within 1s" in data["detail"], (status, data)


def addresses_of_a_proxy_are_plain(f):
    for words, advice in ((("--backend", "127.0.0.1:0"), "port 0"), (("--backend", ":80"), "host"),
                          (("--backend", "http://127.0.0.1:80"), "leave out the scheme")):
        code, _, said = weft("proxy", "--listen", "127.0.0.1:0", *words)
        assert code == 2 and advice in said, (code, said)
    process = subprocess.Popen([WEFT, "proxy", "--listen", ":0", "--backend", "127.0.0.1:9",
                                "--json"], stdout=subprocess.PIPE, text=True)
    started = json.loads(process.stdout.readline())
    process.terminate()
    process.wait(timeout=PATIENCE_SECONDS)
    process.stdout.close()
    assert started["listening"][0].startswith("127.0.0.1:"), started


def the_program_speaks_of_itself(f):
    assert weft("--version") == weft("version") and weft("version")[0] == 0
    assert weft("help", "config", "check")[1] == weft("config", "check", "--help")[1]
    code, _, said = weft("status", "services")
    assert code == 2 and "'services' is one word too many" in said, (code, said)


def names_are_completed_from_the_running_node(f):
    port = f.samples[1][1]
    assert f.register(port, service_id="web-x")[0] == 200
    code, names, said = weft("completion-names", "instances", WEFT_URL="http://" + f.control)
    f.mesh("DELETE", "/services/web")
    assert code == 0 and names == "web\nweb-x\n" and not said, (names, said)
    code, names, said = weft("completion-names", "services", WEFT_URL="http://127.0.0.1:1")
    assert (code, names, said) == (0, "", ""), (code, names, said)


def sighup_reads_the_settings_again(f):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        def write(text):
            config.seek(0)
            config.truncate()
            config.write(text)
            config.flush()

        def hear(what):
            node.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while what not in node.said():
                assert time.monotonic() < deadline, (what, node.said())
                time.sleep(0.02)

        write("logging: {level: info}")
        with Server("--config", config.name) as node:
            write("logging: {level: debug}\nhealth: {interval: 3s}")
            hear("setting changed setting=logging.level from=info to=debug")
            assert "next start setting=health.interval from=10s to=3s" in node.said(), node.said()
            assert ask(node.control, "/health", {})[0] == 200
            assert "debug" in node.said(), node.said()
            write("logging: {level: loud}")
            hear('not reloaded problem="logging.level:')


CASES = [a_taken_gateway_port_ends_the_start, a_second_gateway_shares_no_port,
         other_taken_ports_name_their_owner, a_bad_setting_is_one_line_and_exit_2,
         config_check_lists_every_bad_value, the_example_configuration_is_good,
         an_open_node_is_warned_about, pages_of_the_node_itself_may_change_it,
         health_speaks_as_the_contract_says, json_is_spoken_by_what_starts_and_by_what_fails,
         errors_say_what_to_do_next, addresses_of_a_proxy_are_plain, the_program_speaks_of_itself,
         names_are_completed_from_the_running_node, sighup_reads_the_settings_again]
