"""python3-consul of Debian: key-value store, locks, agent, catalogue, health, blocking queries, events."""
import json
import os
import subprocess

import stage

PYTHON = "/usr/bin/python3"  # Debian's, for which its packages are
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python_client_cases.py")


def run(tally):
    known = subprocess.run([PYTHON, "-c", "import consul"], capture_output=True, check=False)
    if known.returncode != 0:
        tally.skip("python3-consul", "it is not installed")
        return
    with stage.node() as node:
        done = subprocess.run([PYTHON, "-B", SCRIPT, node.host, node.port], capture_output=True, text=True,
                              timeout=120, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    tally.check(done.returncode == 0 and len(lines) > 0, "python3-consul", done.stderr[-2000:])
    for line in lines:
        tally.check(line["good"], f"python3-consul {line['case']}", line["why"])
