#!/usr/bin/env python3
"""Serves the requests that the profile of a release is counted from (dev.d/train.sh), and ends.

    bench/train.py [--seconds 1]

A gateway of the training build between weft_fire_load and weft_fire_origin: each driver, with everything that
observes switched on and off; GETs and POSTs, small bodies and large ones, kept connections and new ones.
"""

import argparse
import contextlib
import json
import signal
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import lab

BUILD = Path(__file__).resolve().parent.parent / "build" / "training"
LOADS = (
    ["--connections", "64", "--paths", "/"],
    ["--connections", "16", "--paths", "/", "--post-ratio", "0.5", "--body-bytes", "2000"],
    ["--connections", "16", "--paths", "/bytes/65536"],
    ["--connections", "8", "--paths", "/", "--once", "1"],
)


def serve(driver, mode, seconds):
    origin_port, port = lab.free_ports(), lab.free_ports(2) + 1
    with contextlib.ExitStack() as stack:
        stack.enter_context(lab.running([str(BUILD / "weft_fire_origin"), "--port", str(origin_port)], origin_port, None))
        gateway = stack.enter_context(lab.running(
            [str(BUILD / "bench" / "bench_gateway"), lab.address(port), lab.address(origin_port), mode],
            port, None, {"WEFT_IO_DRIVER": driver}))
        for load in LOADS:
            seen = json.loads(subprocess.run(
                [str(BUILD / "weft_fire_load"), "--to", str(port), "--seconds", str(seconds), *load],
                capture_output=True, text=True, check=True).stdout)
            print(f"{driver} {mode} {' '.join(load)}: {seen['answers']}")
        gateway.send_signal(signal.SIGTERM)
        if gateway.wait(30) != 0:
            raise lab.Broken(f"the gateway ended with {gateway.returncode}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1)
    arguments = parser.parse_args()
    for driver in ("epoll", "auto"):
        for mode in ("on", "off"):
            serve(driver, mode, arguments.seconds)


if __name__ == "__main__":
    try:
        main()
    except lab.Broken as reason:
        lab.fail(reason)
