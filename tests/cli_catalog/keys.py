"""weft kv: values, files of keys, changes, locks."""
import base64
import json
import os
import signal
import subprocess
import time

from ground import PATIENCE_SECONDS, WEFT, Memory, stop_watch, wait_for


def values_are_any_bytes(n):
    data = bytes(range(256)) * 4
    n.done("kv", "put", "bytes", "-", "--flags", "18446744073709551615", given=data)
    ended = n.weft("kv", "get", "bytes")
    assert ended.returncode == 0 and ended.stdout == data, ended
    shown = json.loads(n.done("kv", "get", "bytes", "--json"))
    assert base64.b64decode(shown["value"]) == data and shown["encoding"] == "base64", shown
    assert shown["flags"] == 18446744073709551615, shown
    n.done("kv", "put", "text", "grün @ -")
    assert n.done("kv", "get", "text") == "grün @ -"
    n.done("kv", "put", "of file", "@" + n.write("value", "from a file\n"))
    assert n.done("kv", "get", "/of file") == "from a file\n"
    n.done("kv", "put", "empty")
    assert n.done("kv", "get", "empty") == ""
    assert "cannot read" in n.refused("kv", "put", "x", "@" + n.path("nowhere"))
    for key in ("bytes", "text", "of file", "empty"):
        assert json.loads(n.done("kv", "delete", key, "--json")) == {"key": key, "deleted": True}


def keys_are_any_text(n):
    for key in ("a b/c?d#e%20", "ü/ö", "tail/", "a//b"):
        n.done("kv", "put", key, key)
        assert n.done("kv", "get", key) == key
        assert n.ask("GET", "/v1/kv/?keys")[1] == [key]
        n.done("kv", "delete", key)
    assert n.done("kv", "list") == "" and n.done("kv", "list", "--json").strip() == "[]"


def listed_as_folders(n):
    for key in ("app/a", "app/sub/b", "app/sub/c", "other"):
        n.done("kv", "put", key, "1")
    assert n.done("kv", "list").split() == ["app/a", "app/sub/b", "app/sub/c", "other"]
    assert n.done("kv", "list", "app/", "--separator", "/").split() == ["app/a", "app/sub/"]
    assert n.done("kv", "get", "app/", "--recurse").split() == ["app/a:1", "app/sub/b:1",
                                                                "app/sub/c:1"]
    assert [one["key"] for one in json.loads(n.done("kv", "get", "o", "--recurse", "--json"))] == ["other"]
    assert n.done("completion-names", "keys").split() == ["app/a", "app/sub/b", "app/sub/c", "other"]
    n.done("kv", "delete", "app/", "--recurse")
    assert n.done("kv", "list").split() == ["other"]
    n.done("kv", "delete", "/", "--recurse")
    assert n.done("kv", "list") == ""


def a_value_is_changed_only_as_it_was_seen(n):
    n.done("kv", "cas", "cas", "0", "first")
    assert "exists already" in n.refused("kv", "cas", "cas", "0", "second")
    index = json.loads(n.done("kv", "get", "cas", "--json"))["modify_index"]
    n.done("kv", "put", "cas", "second", "--cas", str(index))
    assert "not changed" in n.refused("kv", "put", "cas", "third", "--cas", str(index))
    assert n.done("kv", "get", "cas") == "second"
    assert "not changed" in n.refused("kv", "delete", "cas", "--cas", str(index))
    n.done("kv", "delete", "cas")


def keys_go_into_a_file_and_back(n):
    n.done("kv", "put", "app/one", "-", "--flags", "7", given=b"\x00\xff")
    n.done("kv", "put", "app/two", "")
    text = n.done("kv", "export", "app/")
    assert json.loads(text) == [{"key": "app/one", "flags": 7, "value": "AP8="},
                                {"key": "app/two", "flags": 0, "value": ""}], text
    n.done("kv", "delete", "app/", "--recurse")
    n.done("kv", "import", n.write("keys.json", text))
    assert n.done("kv", "export", "app/") == text
    n.done("kv", "delete", "app/", "--recurse")
    said = json.loads(n.done("kv", "import", "-", "--json", given=text.encode()))
    assert said["failed"] == 0 and len(said["keys"]) == 2, said
    n.done("kv", "delete", "app/", "--recurse")
    mistaken = n.write("keys.json", [{"key": "good", "value": "eA=="}, {"key": "bad", "value": "?"}])
    assert "[1].value" in n.refused("kv", "import", mistaken)
    assert "line 2, column 1" in n.refused("kv", "import", n.write("keys.json", "[{\"key\":\nx"))
    assert n.done("kv", "list") == "", "nothing was stored of them"
    huge = [{"key": "huge", "value": base64.b64encode(b"x" * 600_000).decode()},
            {"key": "good", "value": "eA=="}]
    ended = n.weft("kv", "import", n.write("keys.json", huge))
    assert ended.returncode == 1 and b"too large" in ended.stdout, ended
    assert n.done("kv", "list").split() == ["good"], "one key keeps no other out"
    n.done("kv", "delete", "good")


def who_is_told_no_is_told_what_to_do(n):
    assert "'weft kv list'" in n.refused("kv", "get", "nothing")
    assert "which key?" in n.refused("kv", "get", code=2)
    assert "is a node running" in n.refused("kv", "get", "x", "--consul-url", "127.0.0.1:1")
    control = n.environment["WEFT_URL"]
    assert "is it a node's Consul API?" in n.refused("kv", "put", "x", "y", "--consul-url", control)
    said = json.loads(n.refused("kv", "get", "nothing", "--json"))
    assert said["exit_code"] == 1 and said["command"] == "kv get", said
    assert "too large" in n.refused("kv", "put", "x", "-", given=b"x" * 600_000)


def a_token_goes_along_and_is_no_flag(n):
    memory = Memory(lambda *_: (403, {}, "Permission denied"))
    try:
        for variables, wanted in (({}, None), ({"WEFT_TOKEN": "w"}, "w"),
                                  ({"WEFT_TOKEN": "w", "CONSUL_HTTP_TOKEN": "c"}, "c")):
            ended = n.weft("kv", "get", "x", "--consul-url", memory.url, **variables)
            assert ended.returncode == 1 and b"CONSUL_HTTP_TOKEN" in ended.stderr, ended
            assert memory.asked[-1][3].get("X-Consul-Token") == wanted, memory.asked[-1]
    finally:
        memory.close()
    assert "--token" not in n.done("kv", "get", "--help")


def changes_are_told_as_they_come(n):
    key = n.start("kv", "watch", "live/key", "--json")
    prefix = n.start("kv", "watch", "live/")
    n.done("kv", "put", "live/key", "1")
    first = json.loads(key.stdout.readline())
    assert first["change"] == "added" and first["value"]["value"] == "1", first
    assert prefix.stdout.readline() == "+ live/key  1\n"
    n.done("kv", "put", "live/key", "2")
    assert json.loads(key.stdout.readline())["value"]["value"] == "2"
    assert prefix.stdout.readline() == "~ live/key  2\n"
    n.done("kv", "put", "live/other", "x")
    assert prefix.stdout.readline() == "+ live/other  x\n"
    n.done("kv", "delete", "live/", "--recurse")
    assert json.loads(key.stdout.readline())["change"] == "removed"
    assert [prefix.stdout.readline(), prefix.stdout.readline()] == ["- live/key\n", "- live/other\n"]
    for process in (key, prefix):
        assert stop_watch(process) == ("", "")


# --- locks ---

def holder_of(n, key):
    status, data = n.ask("GET", "/v1/kv/" + key)
    return data[0].get("Session") if status == 200 else None


def a_lock_ends_as_its_command_does(n):
    ended = n.weft("kv", "lock", "lock/a", "--", "sh", "-c", "echo $CONSUL_LOCK_HELD; exit 7")
    assert ended.returncode == 7 and ended.stdout == b"true\n", ended
    assert n.weft("kv", "lock", "lock/a", "--", "sh", "-c", "kill -9 $$").returncode == 128 + 9
    assert "cannot start" in n.refused("kv", "lock", "lock/a", "/nowhere/program", code=127)
    assert n.ask("GET", "/v1/session/list")[1] == [], "no session is left"
    assert n.done("kv", "list") == "", "no key is left"


def one_at_a_time_holds_a_lock(n):
    counter = n.write("counter", "0")
    script = f"v=$(cat {counter}); sleep 0.05; echo $((v + 1)) > {counter}"
    running = [n.start("kv", "lock", "lock/count", "--", "sh", "-c", script) for _ in range(6)]
    for process in running:
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, err
    with open(counter) as file:
        assert file.read() == "6\n"


def a_lock_is_waited_for_no_longer_than_said(n):
    holder = n.start("kv", "lock", "lock/b", "--", "sleep", "30")
    wait_for(lambda: holder_of(n, "lock/b"), "the lock is held")
    assert "somebody else still holds" in n.weft(
        "kv", "lock", "lock/b", "--timeout", "0s", "true").stderr.decode()
    held = holder_of(n, "lock/b")
    ended = n.weft("kv", "lock", "lock/b", "--timeout", "300ms", "--", "true")
    assert ended.returncode == 1 and held in ended.stderr.decode(), ended
    # Ctrl-C while waiting leaves nothing behind.
    waiting = n.start("kv", "lock", "lock/b", "--", "true")
    assert "waiting for" in waiting.stderr.readline()
    waiting.send_signal(signal.SIGINT)
    waiting.communicate(timeout=PATIENCE_SECONDS)
    assert waiting.returncode == 128 + signal.SIGINT, waiting.returncode
    assert holder_of(n, "lock/b") == held
    holder.send_signal(signal.SIGTERM)
    holder.communicate(timeout=PATIENCE_SECONDS)
    assert holder.returncode == 128 + signal.SIGTERM, holder.returncode
    assert n.ask("GET", "/v1/session/list")[1] == [] and holder_of(n, "lock/b") is None


def a_signal_is_the_commands(n):
    holder = n.start("kv", "lock", "lock/c", "--", "sh", "-c",
                     "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done")
    assert holder.stdout.readline() == "up\n"
    holder.send_signal(signal.SIGTERM)
    out, _ = holder.communicate(timeout=PATIENCE_SECONDS)
    assert holder.returncode == 5 and out == "bye\n", (holder.returncode, out)
    assert holder_of(n, "lock/c") is None


def a_lock_that_is_taken_off_ends_the_command(n):
    holder = n.start("kv", "lock", "lock/d", "--", "sleep", "30")
    session = wait_for(lambda: holder_of(n, "lock/d"), "the lock is held")
    assert "another session" in n.refused("kv", "unlock", "lock/d", "--session", "other")
    said = json.loads(n.done("kv", "unlock", "lock/d", "--json"))
    assert said == {"key": "lock/d", "released": session}, said
    _, err = holder.communicate(timeout=PATIENCE_SECONDS)
    assert holder.returncode == 1 and "was lost: somebody else released it" in err, err
    assert "no key" in n.refused("kv", "unlock", "lock/d")
    n.done("kv", "put", "lock/d", "x")
    assert "nobody holds" in n.refused("kv", "unlock", "lock/d")
    assert "no lock's" in n.refused("kv", "lock", "lock/d", "true")
    assert n.done("kv", "get", "lock/d") == "x"
    n.done("kv", "delete", "lock/d")


def a_lock_ends_when_its_session_does(n):
    holder = n.start("kv", "lock", "lock/e", "--lock-delay", "0s", "--", "sleep", "30")
    session = wait_for(lambda: holder_of(n, "lock/e"), "the lock is held")
    assert n.ask("PUT", "/v1/session/destroy/" + session)[1] is True
    _, err = holder.communicate(timeout=PATIENCE_SECONDS)
    assert holder.returncode == 1 and "was lost" in err, err
    assert n.done("kv", "list") == ""


def a_session_is_renewed_while_the_command_runs(n):
    """Against a server that counts: half the TTL is 5 s."""
    def answer(method, path, query):
        if path == "/v1/session/create":
            return 200, {}, json.dumps({"ID": "11111111-2222-4333-8444-555555555555"})
        if path.startswith("/v1/kv/") and method == "GET":
            if "wait" in query:
                time.sleep(0.5)
            entry = {"Key": "k", "Flags": 3304740253564472344, "Value": None, "ModifyIndex": 5,
                     "Session": "11111111-2222-4333-8444-555555555555"}
            return 200, {"X-Consul-Index": "5"}, json.dumps([entry])
        return 200, {}, "true"

    memory = Memory(answer)
    try:
        environment = dict(n.environment, CONSUL_HTTP_ADDR=memory.url)
        holder = subprocess.Popen([WEFT, "kv", "lock", "k", "--ttl", "10s", "--", "sleep", "30"],
                                  env=environment, stdin=subprocess.DEVNULL)
        renewed = "/v1/session/renew/11111111-2222-4333-8444-555555555555"
        wait_for(lambda: any(path == renewed for _, path, *_ in list(memory.asked)), "it is renewed")
        assert holder.poll() is None
        holder.send_signal(signal.SIGINT)
        assert holder.wait(timeout=PATIENCE_SECONDS) == 128 + signal.SIGINT
        created = next(body for _, path, _, _, body in memory.asked if path == "/v1/session/create")
        assert json.loads(created)["TTL"] == "10s", created
        ways = [(method, path) for method, path, *_ in memory.asked]
        assert ("PUT", "/v1/session/destroy/11111111-2222-4333-8444-555555555555") in ways
    finally:
        memory.close()


def nothing_is_left_of_all_this(n):
    assert n.done("kv", "list") == "" and n.ask("GET", "/v1/session/list")[1] == []
    assert os.path.isdir(n.directory)


CASES = [values_are_any_bytes, keys_are_any_text, listed_as_folders,
         a_value_is_changed_only_as_it_was_seen, keys_go_into_a_file_and_back,
         who_is_told_no_is_told_what_to_do, a_token_goes_along_and_is_no_flag,
         changes_are_told_as_they_come, a_lock_ends_as_its_command_does, one_at_a_time_holds_a_lock,
         a_lock_is_waited_for_no_longer_than_said, a_signal_is_the_commands,
         a_lock_that_is_taken_off_ends_the_command, a_lock_ends_when_its_session_does,
         a_session_is_renewed_while_the_command_runs, nothing_is_left_of_all_this]
