"""The npm client `consul`, with its watches."""
import json
import os
import shutil
import subprocess

import stage

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "npm")


def installed():
    """Installs what package-lock.json names, once. Returns why it could not be, or nothing."""
    if os.path.isdir(os.path.join(FOLDER, "node_modules", "consul")):
        return ""
    done = subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=FOLDER, capture_output=True,
                          text=True, timeout=300, check=False)
    return "" if done.returncode == 0 else done.stderr[-500:] or "npm ci failed"


def run(tally):
    if shutil.which("node") is None or shutil.which("npm") is None:
        tally.skip("npm consul", "node or npm is not installed")
        return
    why = installed()
    if why:
        tally.skip("npm consul", f"its packages could not be installed: {why}")
        return
    with stage.node() as node:
        done = subprocess.run(["node", os.path.join(FOLDER, "cases.js"), node.host, node.port],
                              capture_output=True, text=True, timeout=120, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    tally.check(done.returncode == 0 and len(lines) > 0, "npm consul", done.stderr[-2000:])
    for line in lines:
        tally.check(line["good"], f"npm consul {line['case']}", line["why"])
