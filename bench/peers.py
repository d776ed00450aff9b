"""The proxies beside which weft is measured, set up to do the same work on every request.

weft by default keeps backend connections alive, rewrites X-Forwarded-For, -Proto, -Host and -Port, and
adds X-Request-ID and trace fields to the request, and the instance, trace and request ids to the answer.
`headers` says whether a peer does that too, or only passes on what it gets.
"""

import contextlib
import os
import tempfile
from pathlib import Path

import lab

HAPROXY_DEFAULTS = """\
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
  option http-keep-alive
  http-reuse always
"""

HAPROXY = """
global
  nbthread 1
  maxconn 8000
  {tuning}
{defaults}frontend front
  bind {bind}
  {headers}
  default_backend back
backend back
  server one {backend}
"""

# Routes by a map file; what is not in it is answered 503.
HAPROXY_MAP = """
global
  nbthread 1
  maxconn 8000
  stats socket {folder}/admin.sock mode 600 level admin
{defaults}frontend front
  bind 127.0.0.1:{port}
  {headers}
  use_backend %[{key}]
backend back
  server one {backend}
"""

# Checks only: nobody is sent there. Every check is a connection of its own, as weft's are.
HAPROXY_CHECKS = """
global
  nbthread 1
  maxconn 100
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout check 5s
  option httpchk
  http-check send meth GET uri /health ver HTTP/1.1 hdr Host 127.0.0.1 hdr User-Agent haproxy hdr Accept */*
  default-server check inter {interval}s
frontend front
  bind 127.0.0.1:{port}
  http-request return status 200
{backends}
"""

HAPROXY_HEADERS = """
  unique-id-format %{+X}o%pid%Ts%ms%rt%cp%fp
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Request-ID %[unique-id]
  http-request set-header X-Trace-Id %[unique-id]
  http-request set-header X-Span-Id %[unique-id]
  http-request set-header X-Trace-Flags 0
  http-request set-header traceparent 00-%[unique-id]-%[unique-id]-01
  http-response set-header X-Mesh-Instance %s
  http-response set-header X-Trace-Id %[unique-id]
  http-response set-header X-Request-ID %[unique-id]
"""

NGINX = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 20000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  {buffers}
  upstream back {{
    server {backend};
    keepalive 2048;
    keepalive_requests 1000000000;
  }}
  server {{
    listen {listen} backlog=4096;
    location / {{
      proxy_pass http://back;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Request-ID $request_id;
      proxy_set_header X-Trace-Id $request_id;
      proxy_set_header X-Span-Id $request_id;
      proxy_set_header X-Trace-Flags 0;
      proxy_set_header traceparent 00-$request_id-$request_id-01;
      add_header X-Mesh-Instance $upstream_addr;
      add_header X-Trace-Id $request_id;
      add_header X-Request-ID $request_id;
    }}
  }}
}}
"""

NGINX_LARGE_BUFFERS = "proxy_buffer_size 64k; proxy_buffers 4 64k; proxy_busy_buffers_size 128k;"


@contextlib.contextmanager
def weft(where, backend, driver="auto"):
    command = [
        lab.binary("weft"),
        "proxy",
        "--listen",
        lab.address(where),
        "--backend",
        backend,
        "--loops",
        "1",
    ]
    with lab.running(command, where, lab.MEASURED_CORE, {"WEFT_IO_DRIVER": driver}) as process:
        yield process


@contextlib.contextmanager
def gateway(where, backend, driver="auto", mode="on"):
    """weft's data plane with all that observes and decides on, or off."""
    command = [lab.binary("bench_gateway"), lab.address(where), backend, mode]
    with lab.running(command, where, lab.MEASURED_CORE, {"WEFT_IO_DRIVER": driver}) as process:
        yield process


@contextlib.contextmanager
def forwarder(where, backend, driver="auto"):
    command = [lab.binary("bench_forwarder"), lab.address(where), backend]
    with lab.running(command, where, lab.MEASURED_CORE, {"WEFT_IO_DRIVER": driver}) as process:
        yield process


@contextlib.contextmanager
def running_haproxy(text, where):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "haproxy.cfg"
        path.write_text(text)
        with lab.running(["haproxy", "-db", "-f", str(path)], where, lab.MEASURED_CORE) as process:
            yield process


def write_haproxy_map(folder, port, backend, key, entries):
    """Writes haproxy.cfg and routes.map into the folder: every entry leads to the one backend. `key`
    is the sample expression that looks an entry up, with {map} for the file."""
    (folder / "routes.map").write_text("".join(f"{entry} back\n" for entry in entries))
    text = HAPROXY_MAP.format(
        defaults=HAPROXY_DEFAULTS,
        folder=folder,
        port=port,
        backend=backend,
        headers=HAPROXY_HEADERS.strip(),
        key=key.format(map=folder / "routes.map"),
    )
    (folder / "haproxy.cfg").write_text(text)


@contextlib.contextmanager
def haproxy_map(port, backend, key, entries):
    """HAProxy that routes by a map; yields the process and its folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_haproxy_map(folder, port, backend, key, entries)
        command = ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]
        with lab.running(command, port, lab.MEASURED_CORE) as process:
            yield process, folder


def haproxy(where, backend, headers=True, buffer_bytes=None, slow_head_seconds=None):
    slow_head = f"  timeout http-request {slow_head_seconds}s\n" if slow_head_seconds else ""
    text = HAPROXY.format(
        defaults=HAPROXY_DEFAULTS + slow_head,
        bind=lab.address(where).replace("unix:", "unix@"),
        backend=backend.replace("unix:", "unix@"),
        headers=HAPROXY_HEADERS.strip() if headers else "",
        tuning=f"tune.bufsize {buffer_bytes}" if buffer_bytes else "",
    )
    return running_haproxy(text, where)


def haproxy_checks(port, server_ports, servers_per_backend, interval_seconds):
    """HAProxy that checks GET /health of every port of 127.0.0.1 at the interval."""
    lines = []
    for number, server_port in enumerate(server_ports):
        if number % servers_per_backend == 0:
            lines.append(f"backend back-{number // servers_per_backend:04d}")
        lines.append(f"  server one-{number % servers_per_backend} 127.0.0.1:{server_port}")
    text = HAPROXY_CHECKS.format(port=port, interval=interval_seconds, backends="\n".join(lines))
    return running_haproxy(text, port)


@contextlib.contextmanager
def nginx(where, backend, large_buffers=False):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""  # so that it may open the unix backend
        buffers = NGINX_LARGE_BUFFERS if large_buffers else ""
        listen = f"{lab.address(where)} backlog=4096"
        path.write_text(
            NGINX.format(listen=listen, backend=backend, folder=folder, buffers=buffers, user=user)
        )
        command = ["nginx", "-e", f"{folder}/error.log", "-p", folder, "-c", str(path)]
        with lab.running(command, where, lab.MEASURED_CORE) as process:
            yield process
