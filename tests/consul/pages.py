"""The page of the Consul listener in a browser (contract/consul.md §9)."""
import os
import shutil
import subprocess

import stage

WEB = os.path.join(os.path.dirname(__file__), "..", "..", "web")


def run(tally):
    with stage.node() as node:
        status, _, headers = node.ask("GET", "/")
        tally.check((status, headers["Location"]) == (301, "/ui/"), "pages: / leads to /ui/")
        status, text, headers = node.ask("GET", "/ui/")
        tally.check(status == 200 and "text/html" in headers["Content-Type"], "pages: /ui/ is a page")
        if "without pages" in text or not os.path.isdir(os.path.join(WEB, "node_modules", "playwright-core")) or \
                shutil.which("chromium") is None:
            tally.skip("pages", "no pages in the binary, or no browser")
            return
        done = subprocess.run(["node", "tests/consul.mjs", f"http://{node.consul}",
                               *filter(None, [os.environ.get("WEFT_SHOTS")])], cwd=WEB, capture_output=True, text=True,
                              timeout=120, check=False)
        words = done.stdout.split()
        tally.check(len(words) == 4, "pages: the walk ends", done.stderr[-2000:])
        if len(words) == 4:
            tally.passed += int(words[0])
            tally.failed += int(words[2])
            if words[2] != "0":
                print(done.stderr)
