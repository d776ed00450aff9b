"""docs/http1_differences.md: made of what the processes did and of the reasons in reasons.txt."""

import re
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
REASONS = HERE / "reasons.txt"
PAGE = HERE.parent.parent / "docs/http1_differences.md"

INTRO = """# Where weft and others read HTTP/1.1 differently

The scenarios of `tests/scenarios/` played against three processes over real sockets: weft, {nginx} and
{haproxy} as Debian ships them, each set up to pass everything on (`tests/differential/servers.py`), with an
origin behind it that answers by the script and records what reaches it. Where all three do the same, or all
refuse and differ only in the status or in whether the connection stays, there is nothing to tell. What else
differs is below, by class, with the reason why weft does it its way.

This page is made by `tests/differential/run --write` and held to the truth by `./dev test differential`; the
reasons are written by hand in `tests/differential/reasons.txt`, and a difference without one fails the test.

A cell says what the client got, how its connection was in the end, and how many whole requests reached the
origin. `-1` stands for bytes that are no HTTP/1.x answer, "varies" for what is not the same in each run.
"""


@dataclass
class Reason:
    """Why one class of differences is as it is."""

    name: str
    source: str = ""
    why: str = ""
    covers: list = field(default_factory=list)  # "requests/lines.scn: A bare LF ends a field line"
    varies: list = field(default_factory=list)  # "nginx requests/lines.scn: ...": not the same in each run


def read_reasons():
    """The classes of reasons.txt, in their order."""
    found = []
    for number, line in enumerate(REASONS.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "==":
            found.append(Reason(rest))
        elif not found or word not in ("source", "why", "covers", "varies"):
            raise SystemExit(f"{REASONS}:{number}: a line is '== NAME', 'source', 'why', 'covers' or 'varies'")
        elif word in ("covers", "varies"):
            getattr(found[-1], word).append(rest)
        else:
            old = getattr(found[-1], word)
            setattr(found[-1], word, f"{old} {rest}".strip())
    for reason in found:
        if not (reason.source and reason.why and reason.covers):
            raise SystemExit(f"{REASONS}: '{reason.name}' needs a source, a why and what it covers")
    return found


def unsteady():
    """{"nginx requests/lines.scn: ..."}: what a peer does there depends on how bytes happen to arrive."""
    return {one for reason in read_reasons() for one in reason.varies}


def heading_of(case):
    return f"{case.file}: {case.heading}"


def cell(text):
    return text.replace("|", "\\|").replace("\r", "\\r").replace("\n", "\\n")


def shown(value, chars_max=40):
    """A value of `each` as code; GitHub's Markdown keeps backticks out of code with doubled fences."""
    short = value if len(value) <= chars_max else value[:chars_max] + "…"
    fence = "``" if "`" in short else "`"
    pad = " " if short[:1] in ("`", " ", "") or short[-1:] in ("`", " ") else ""
    return f"{fence}{pad}{cell(short)}{pad}{fence}"


def row_name(case):
    """How the rows of a heading begin."""
    name = cell(case.heading.replace(": {}", "").replace("{}", "…"))
    return f"(answer) {name}" if case.file.startswith("answers/") else name


def rows_of(cases, told):
    """Rows of the cases of one heading: those that went alike share one. `told`: case -> three texts."""
    alike = {}
    for case in cases:
        alike.setdefault(told[case.title, case.place], []).append(case)
    rows = []
    for texts, members in alike.items():
        values = ", ".join(shown(case.value) for case in members if case.value or len(cases) > 1)
        name = row_name(members[0])
        rows.append(f"| {name}{': ' + values if values else ''} | {' | '.join(map(cell, texts))} |")
    return rows


def sections(differing, told):
    """[(reason, rows)] and the headings nobody gave a reason for. `differing`: the cases that differ."""
    by_heading = {}
    for case in differing:
        by_heading.setdefault(heading_of(case), []).append(case)
    found = []
    reasons = read_reasons()
    for reason in reasons:
        rows = [row for heading in reason.covers for row in rows_of(by_heading.get(heading, []), told)]
        found.append((reason, rows))
    covered = {heading for reason in reasons for heading in reason.covers}
    return found, [heading for heading in by_heading if heading not in covered], covered - set(by_heading)


def render(versions, found):
    """The whole page. `versions`: {"nginx": "nginx 1.2.3", ...}."""
    lines = [INTRO.format(**versions)]
    for reason, rows in found:
        if rows:
            lines += [f"## {reason.name}", "", f"{reason.source}. {reason.why}", ""]
            lines += ["| case | weft | nginx | HAProxy |", "| --- | --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def rows_on_page():
    """The rows of the page as it lies there."""
    if not PAGE.exists():
        return set()
    text = PAGE.read_text(encoding="utf-8")
    return {line for line in text.splitlines() if re.match(r"\| (?!case |---)", line)}
