"""What every figure needs: the machine, free ports, pinned processes and what they cost."""

import contextlib
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
MEASURED_CORE = 1  # what is measured runs here alone
OTHER_CORE = 0  # load, backend and this program share this one


class Broken(Exception):
    """A measurement that would mean nothing. The text says why."""


def fail(text):
    print(f"bench: {text}", file=sys.stderr)
    sys.exit(1)


def binary(name):
    """A program of the same build as $WEFT: the bench helpers lie in bench/ beside it."""
    weft = os.environ.get("WEFT", "build/release/weft")
    path = Path(weft) if name == "weft" else Path(weft).parent / "bench" / name
    if not path.exists():
        raise Broken(f"{path} is missing: run this through ./dev bench")
    return str(path.resolve())


def first_line(*command):
    """The first line a program prints about itself, or '-'."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except OSError:
        return "-"
    return ((done.stdout or done.stderr).splitlines() or ["-"])[0]


def describe_machine():
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    return (
        f"{model}, {os.cpu_count()} cores, {memory_kib / 2**20:.0f} GiB, "
        f"Linux {platform.release()}, loopback"
    )


def stay_on_other_core():
    """Moves this program, and all it starts, away from the measured core."""
    if (os.cpu_count() or 1) < 2:
        fail("two cores are needed: one for what is measured, one for load and backend")
    os.sched_setaffinity(0, {OTHER_CORE})


def address(where):
    """As our programs take it: `where` is a port of this machine, or "unix:/path" already."""
    return where if isinstance(where, str) else f"127.0.0.1:{where}"


def answers(where):
    is_path = isinstance(where, str)
    with socket.socket(socket.AF_UNIX if is_path else socket.AF_INET) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(where.removeprefix("unix:") if is_path else ("127.0.0.1", where)) == 0


def free_ports(count=1):
    """The first of `count` neighbouring ports that nobody listens on."""
    for first in range(21000, 31000, max(count, 7)):
        ports = range(first, first + count)
        if any(answers(port) for port in ports):
            continue  # a leftover would be measured instead of us
        with contextlib.ExitStack() as held:
            try:
                for port in ports:
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise Broken("no free ports between 21000 and 31000")


def wait_for(where, process, seconds=10.0):
    end = time.monotonic() + seconds
    while not answers(where):
        if process.poll() is not None:
            raise Broken(f"{process.args[0]} ended with {process.returncode} before it listened")
        if time.monotonic() > end:
            raise Broken(f"{process.args[0]} does not answer on {address(where)}")
        time.sleep(0.005)


@contextlib.contextmanager
def running(command, where=None, core=OTHER_CORE, environment=None):
    """Runs a program pinned to a core, or to none; ends it, and waits for its end, on the way out."""
    if where is not None and answers(where):
        raise Broken(f"{address(where)} answers already: something was left over")
    log = tempfile.TemporaryFile(mode="w+")
    process = subprocess.Popen(
        command,
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=os.environ | (environment or {}),
        start_new_session=True,
        preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        if where is not None:
            try:
                wait_for(where, process)
            except Broken as broken:
                log.seek(0)
                raise Broken(f"{broken}\n{log.read()[-2000:]}") from broken
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def family(pid):
    """The process and its children, such as nginx's worker."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [one for child in children for one in family(int(child))]


def cpu_by_thread(pid):
    """{thread: seconds on a processor so far} of a process family. In nanoseconds, where the times of
    /proc/PID/stat are in ticks. Source: the kernel's Documentation/scheduler/sched-stats.rst."""
    threads = [thread for member in family(pid) for thread in Path(f"/proc/{member}/task").iterdir()]
    return {thread.name: int((thread / "schedstat").read_text().split()[0]) / 1e9 for thread in threads}


def cpu_seconds(pid):
    """User and system time of a process family so far. Source: proc(5), fields 14 and 15."""
    total = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS_PER_SECOND


def resident_bytes(pid):
    """Resident memory of a process family."""
    total = 0
    for member in family(pid):
        for line in Path(f"/proc/{member}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) * 1024
    return total


def core_times(core):
    """(busy, stolen, all) seconds of one core so far. Source: proc(5), /proc/stat."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            user, nice, system, idle, wait, irq, soft, steal = map(int, line.split()[1:9])
            whole = user + nice + system + idle + wait + irq + soft + steal
            return tuple(t / TICKS_PER_SECOND for t in (whole - idle - wait, steal, whole))
    return (0.0, 0.0, 0.0)


def spread(values, digits=2):
    """As 1.02  (0.90 .. 1.00 .. 1.05 .. 1.20): the median; minimum, the middle half and maximum."""
    middle = statistics.median(values)
    quarters = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [middle] * 3
    around = " .. ".join(f"{value:.{digits}f}" for value in (min(values), quarters[0], quarters[2], max(values)))
    return f"{middle:{digits + 4}.{digits}f}  ({around})"


def require(*commands):
    for command in commands:
        if shutil.which(command) is None:
            fail(f"{command} is missing: run this through ./dev bench")
