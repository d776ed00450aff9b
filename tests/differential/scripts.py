"""The scenarios of tests/scenarios as weft_scn reads them: the language is known to that program alone."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Piece:
    """Bytes that are sent in one go, some time after those before them."""

    pause_seconds: float
    data: bytes


@dataclass(frozen=True)
class Case:
    """One scenario."""

    file: str  # below tests/scenarios
    line: int
    title: str
    heading: str  # the title before a value of `each` was put in
    value: str
    source: str
    must_be_refused: bool
    client: tuple
    client_ends: bool
    backend: tuple
    backend_closes: bool
    backend_early: bool
    patience_seconds: float
    bodiless: bool
    statuses: tuple | None
    closed: bool | None
    requests: int | None
    sights: tuple  # (by, text, wanted)

    @property
    def place(self):
        return f"{self.file}:{self.line}"


def pieces(listed):
    return tuple(Piece(one["pause_ms"] / 1000, bytes.fromhex(one["bytes"])) for one in listed)


def text(digits):
    return bytes.fromhex(digits).decode("utf-8", "backslashreplace")


def case_of(one):
    folder = str(ROOT / "tests/scenarios") + "/"
    return Case(
        file=str(Path(one["file"]).resolve()).removeprefix(folder),
        line=one["line"],
        title=text(one["title"]),
        heading=one["heading"],
        value=text(one["value"]),
        source=one["source"],
        must_be_refused=one["must_be_refused"],
        client=pieces(one["client"]),
        client_ends=one["client_ends"],
        backend=pieces(one["backend"]),
        backend_closes=one["backend_closes"],
        backend_early=one["backend_early"],
        patience_seconds=one["patience_ms"] / 1000,
        bodiless=one["bodiless"],
        statuses=None if one["statuses"] is None else tuple(one["statuses"]),
        closed=one["closed"],
        requests=one["requests"],
        sights=tuple((s["by"], bytes.fromhex(s["text"]), s["wanted"]) for s in one["sights"]),
    )


def read_all(only=""):
    """Every case of every script, in their order."""
    player = os.environ.get("WEFT_SCN", str(ROOT / "build/dev/weft_scn"))
    files = sorted(str(path) for path in (ROOT / "tests/scenarios").glob("*/*.scn"))
    done = subprocess.run(
        [player, "--json", "--only", only, *files], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{player} --json: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return [case_of(json.loads(line)) for line in done.stdout.splitlines()]
