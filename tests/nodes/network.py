"""A network of its own for each node, with a wire to its clients and one to the database that can be cut."""
import os
import subprocess


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def is_possible():
    """Network namespaces need a right that containers often lack."""
    name = f"weft-probe-{os.getpid()}"
    made = os.path.exists("/usr/sbin/ip") and run("/usr/sbin/ip", "netns", "add", name).returncode == 0
    if made:
        run("/usr/sbin/ip", "netns", "del", name)
    return made


class Island:
    """The network of one node. Clients reach it at `address`, it reaches the database at `database`."""

    def __init__(self, number):
        self.name = f"weft-{os.getpid()}-{number}"
        own = 1 + os.getpid() % 120  # several runs at a time are not to meet
        clients, database = f"10.{own}.{number}", f"10.{own + 120}.{number}"
        self.address, self.database = f"{clients}.2", f"{database}.1"
        self.wires = {f"wc{os.getpid()}-{number}": clients, f"wd{os.getpid()}-{number}": database}

    def __enter__(self):
        self._ip("netns", "add", self.name)
        for wire, network in self.wires.items():
            inside = "to" + wire[1]
            self._ip("link", "add", wire, "type", "veth", "peer", "name", inside, "netns", self.name)
            self._ip("addr", "add", f"{network}.1/24", "dev", wire)
            self._ip("link", "set", wire, "up")
            self._ip("-n", self.name, "addr", "add", f"{network}.2/24", "dev", inside)
            self._ip("-n", self.name, "link", "set", inside, "up")
        self._ip("-n", self.name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        run("/usr/sbin/ip", "netns", "del", self.name)

    def cut(self):
        """Nothing gets through to the database or back, and nobody is told."""
        self._ip("link", "set", list(self.wires)[1], "down")

    def mend(self):
        self._ip("link", "set", list(self.wires)[1], "up")

    @property
    def within(self):
        """In front of a command that is to run in it."""
        return ["/usr/sbin/ip", "netns", "exec", self.name]

    @staticmethod
    def _ip(*arguments):
        done = run("/usr/sbin/ip", *arguments)
        assert done.returncode == 0, (arguments, done.stderr)
