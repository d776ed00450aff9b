"""A PostgreSQL server of the tests' own: a private directory and port, gone with the `with`."""
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE_SECONDS = 60


def programs():
    """The directory of the newest server's programs, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
    return os.path.dirname(found[-1]) if found else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    def __init__(self, fsync="on"):
        self.bin, self.port, self.fsync, self.process = programs(), free_port(), fsync, None
        self.directory = tempfile.mkdtemp(prefix="weft-nodes-pg-")
        # The server refuses to run as root.
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.directory, self.user.pw_uid, self.user.pw_gid)
        self.data = os.path.join(self.directory, "data")

    def _run(self, *command, **more):
        as_user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        return subprocess.Popen(command, cwd=self.directory, start_new_session=True, stdin=subprocess.DEVNULL,
                                stdout=self.log, stderr=subprocess.STDOUT, **as_user, **more)

    def __enter__(self):
        self.log = open(os.path.join(self.directory, "log"), "ab")
        made = self._run(f"{self.bin}/initdb", "-D", self.data, "-A", "trust", "-U", "weft", "--no-locale",
                         "-E", "UTF8", "-N")
        assert made.wait() == 0, "initdb failed"
        # The networks of network.py; others are not let in.
        with open(os.path.join(self.data, "pg_hba.conf"), "a") as access:
            access.write("host all all 10.0.0.0/8 trust\n")
        self.start()
        return self

    def start(self):
        self.process = self._run(f"{self.bin}/postgres", "-D", self.data, "-p", str(self.port),
                                 "-c", "listen_addresses=*", "-c", f"unix_socket_directories={self.directory}",
                                 "-c", f"fsync={self.fsync}", "-c", "max_connections=60")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._probe() != 0:
            assert time.monotonic() < deadline and self.process.poll() is None, "PostgreSQL does not start"
            time.sleep(0.05)

    def _probe(self):
        return subprocess.call([f"{self.bin}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)])

    def stop(self):
        """At once, as when its machine loses power; nothing that was committed is lost."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.stop()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def url(self):
        return self.url_at("127.0.0.1")

    def url_at(self, host):
        return f"postgresql://weft@{host}:{self.port}/postgres"

    def ask(self, sql):
        """The rows of an answer, each a list of texts."""
        out = subprocess.run([f"{self.bin}/psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "weft", "-d",
                              "postgres", "-AtX", "-F", "\t", "-c", sql], capture_output=True, text=True, check=True)
        return [line.split("\t") for line in out.stdout.splitlines()]

    def _family(self):
        """The server's processes: the first, and its children."""
        out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return [self.process.pid] + [int(pid) for pid in out.stdout.split()]

    def stand_still(self):
        for pid in self._family():
            os.kill(pid, signal.SIGSTOP)

    def go_on(self):
        for pid in self._family():
            os.kill(pid, signal.SIGCONT)
