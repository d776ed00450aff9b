"""The test-suite of armon/consul-api, the Go client of 2014, from Debian. It knows one address: 127.0.0.1:8500."""
import os
import re
import shutil
import socket
import subprocess
import tempfile

import stage

SOURCE = "/usr/share/gocode/src/github.com/armon/consul-api"
# The access lists of that time; the suite itself skips them where nobody set a root token.
KNOWN = {"TestACL_CreateDestroy", "TestACL_CloneDestroy", "TestACL_Info", "TestACL_List"}


def debians_go():
    """The Go of Debian, which still knows GOPATH: the newest beside it may not."""
    for version in ("1.19", "1.20"):
        path = f"/usr/lib/go-{version}/bin/go"
        if os.access(path, os.X_OK):
            return path
    return shutil.which("go")


def is_free():
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 8500)) != 0


def run(tally):
    go = debians_go()
    if not os.path.isdir(SOURCE) or go is None:
        tally.skip("armon/consul-api", "golang-github-armon-consul-api-dev or golang-go is not installed")
        return
    if not is_free():
        tally.skip("armon/consul-api", "something listens on 127.0.0.1:8500")
        return
    with stage.node(CONSUL="127.0.0.1:8500"), tempfile.TemporaryDirectory(prefix="weft-go-") as cache:
        environment = {**os.environ, "GO111MODULE": "off", "GOFLAGS": "", "GOPATH": "/usr/share/gocode",
                       "GOCACHE": os.environ.get("WEFT_GO_CACHE", cache)}
        done = subprocess.run([go, "test", "-vet=off", "-v", "."], cwd=SOURCE, env=environment,
                              capture_output=True, text=True, timeout=300, check=False)
    verdicts = re.findall(r"^--- (PASS|FAIL|SKIP): (\w+)", done.stdout, re.MULTILINE)
    if len(verdicts) < 40:
        tally.check(False, "armon/consul-api", f"only {len(verdicts)} cases ran\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    for verdict, name in verdicts:
        if verdict == "SKIP" and name in KNOWN:
            tally.skip(f"armon/consul-api {name}", "legacy access lists")
        else:
            tally.check(verdict == "PASS", f"armon/consul-api {name}", done.stdout[-3000:])
