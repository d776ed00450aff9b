"""The processes a case is played against. Each stands for several lanes: ports to call, each with an
origin of its own behind it."""

import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import stage

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import lab  # noqa: E402

BACKEND_SECONDS = 30  # how long an answer may take: weft's default, too long for any case here

# As a user would set them up to pass everything on: keep-alive on both sides, upgrades allowed, the name
# the client asked for kept. Only the times are shorter.
NGINX = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_header_timeout {stall}s;
  client_body_timeout {stall}s;
  proxy_read_timeout {backend}s;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
{lanes}
}}
"""

NGINX_LANE = """
  upstream back{number} {{ server 127.0.0.1:{origin} max_fails=0; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://back{number};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }}
  }}
"""

HAPROXY = """
global
  nbthread 1
defaults
  mode http
  timeout connect 1s
  timeout client {stall}s
  timeout http-request {stall}s
  timeout http-keep-alive 60s
  timeout server {backend}s
{lanes}
"""

HAPROXY_LANE = """
frontend front{number}
  bind 127.0.0.1:{port}
  default_backend back{number}
backend back{number}
  server one 127.0.0.1:{origin}
"""


def version_of(name):
    """"nginx 1.22.1", or None when the program is not here."""
    if shutil.which(name) is None:
        return None
    word = lab.first_line(name, "-v").split()[2]
    return f"{name} {word.rpartition('/')[2].split('-')[0]}"


class Peer:
    """nginx or HAProxy: one process for all lanes."""

    def __init__(self, name, origins):
        self.name = name
        first = lab.free_ports(len(origins))
        self.ports = list(range(first, first + len(origins)))
        self.origins = origins

    @contextlib.contextmanager
    def running(self):
        text, lane = (NGINX, NGINX_LANE) if self.name == "nginx" else (HAPROXY, HAPROXY_LANE)
        lanes = "".join(
            lane.format(number=number, port=port, origin=origin)
            for number, (port, origin) in enumerate(zip(self.ports, self.origins))
        )
        with tempfile.TemporaryDirectory(prefix="weft-differential-") as folder:
            path = Path(folder) / "peer.conf"
            user = "user root;" if os.geteuid() == 0 else ""
            path.write_text(
                text.format(
                    lanes=lanes,
                    folder=folder,
                    user=user,
                    stall=int(stage.STALL_SECONDS),
                    backend=BACKEND_SECONDS,
                )
            )
            command = ["haproxy", "-db", "-f", str(path)]
            if self.name == "nginx":
                command = ["nginx", "-e", f"{folder}/error.log", "-p", folder, "-c", str(path)]
            with lab.running(command, self.ports[0], core=None):
                yield self

    async def port(self, lane):
        return self.ports[lane]

    async def judge(self, lane, statuses):
        """Nothing a case does here lasts."""


class Weft:
    """A process for each lane. Its breaker counts failures of the backend: one that saw some is replaced,
    so that no case is judged by another's."""

    name = "weft"

    def __init__(self, origins):
        self.origins = origins
        self.processes = {}
        self.ports = {}

    async def port(self, lane):
        if lane not in self.processes:
            await self.start(lane)
        return self.ports[lane]

    async def start(self, lane):
        weft = os.environ.get("WEFT", str(ROOT / "build/dev/weft"))
        process = await asyncio.create_subprocess_exec(
            weft,
            *("proxy", "--json", "--listen", "127.0.0.1:0", "--loops", "1"),
            *("--backend", f"127.0.0.1:{self.origins[lane]}"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "WEFT_LIMITS_STALL_MS": str(int(stage.STALL_SECONDS * 1000))},
        )
        self.processes[lane] = process
        line = json.loads(await process.stdout.readline())
        self.ports[lane] = int(line["listening"][0].rpartition(":")[2])

    async def judge(self, lane, statuses):
        if any(status >= 500 for status in statuses):
            await self.stop(lane)

    async def stop(self, lane):
        process = self.processes.pop(lane)
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5.0)
        except asyncio.TimeoutError:
            process.kill()
            await process.wait()

    async def stop_all(self):
        for lane in list(self.processes):
            await self.stop(lane)
