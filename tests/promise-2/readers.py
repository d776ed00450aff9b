"""Readers of a stream of requests as backends in the field have them, from strict to careless. What weft sends
on must be the same requests to all of them; where two disagree, somebody can be smuggled past."""

import re
from dataclasses import dataclass

NUMBER = re.compile(rb"[+ \t]*(\d+)")
SIZE = re.compile(rb"[ \t]*(?:0[xX])?([0-9A-Fa-f]+)")


@dataclass(frozen=True)
class Reader:
    """How one backend reads."""

    name: str
    bare_lf: bool = False  # a LF alone ends a line
    bare_cr: bool = False  # a CR alone, too
    loose_names: bool = False  # "Content_Length :" is Content-Length
    folds: bool = False  # a line that begins with a blank goes on with the one before
    length_first: bool = False  # Content-Length outranks Transfer-Encoding
    last_field: bool = False  # of several the last counts
    loose_coding: bool = False  # anything with "chunked" in it is chunked


READERS = (
    Reader("strict"),
    Reader("by LF", bare_lf=True, loose_names=True),
    Reader("by CR", bare_lf=True, bare_cr=True, folds=True),
    Reader("length first", length_first=True, loose_names=True),
    Reader("last field", last_field=True, folds=True),
    Reader("careless", bare_lf=True, loose_names=True, folds=True, last_field=True, loose_coding=True),
)


def lines_of(reader):
    """Matches one line with its end."""
    if reader.bare_cr:
        return re.compile(rb"[^\r\n]*(\r\n|\n|\r)")
    return re.compile(rb"[^\n]*?(\r?\n)" if reader.bare_lf else rb".*?(\r\n)", re.S)


LINES = {reader: lines_of(reader) for reader in READERS}


def read_head(reader, data, at):
    """(lines, end) of the head at `at`, or None."""
    lines = []
    while True:
        match = LINES[reader].match(data, at)
        if not match:
            return None
        line = match.group(0)[: -len(match.group(1))]
        at = match.end()
        if not line and not lines:
            continue
        if not line:
            return lines, at
        if reader.folds and lines and line[:1] in (b" ", b"\t"):
            lines[-1] += b" " + line.strip()
        else:
            lines.append(line)


def fields_of(reader, lines, name):
    found = []
    for line in lines[1:]:
        key, colon, value = line.partition(b":")
        if reader.loose_names:
            key = key.strip().replace(b"_", b"-")
        if colon and key.lower() == name:
            found.append(value.strip(b" \t"))
    return found[::-1] if reader.last_field else found


def read_chunks(reader, data, at):
    """The end of the chunked body at `at`, or None."""
    while True:
        line = LINES[reader].match(data, at)
        size = SIZE.match(data, at)
        if not line or not size:
            return None
        at = line.end()
        length = int(size.group(1), 16)
        if length == 0:
            break
        at += length
        end = LINES[reader].match(data, at)
        if not end:
            return None
        at = end.end()
    while True:
        line = LINES[reader].match(data, at)
        if not line:
            return None
        at = line.end()
        if line.group(0) == line.group(1):
            return at


def requests_of(reader, data):
    """([(first line, bytes)], rest) as this reader divides the stream."""
    found, at = [], 0
    while at < len(data):
        head = read_head(reader, data, at)
        if head is None:
            break
        lines, body = head
        lengths = fields_of(reader, lines, b"content-length")
        codings = fields_of(reader, lines, b"transfer-encoding")
        is_chunked = bool(codings) and (
            b"chunked" in codings[0].lower() if reader.loose_coding else codings[0].lower() == b"chunked"
        )
        number = NUMBER.match(lengths[0]) if lengths else None
        end = body
        if number and (reader.length_first or not is_chunked):
            end = body + int(number.group(1))
        elif is_chunked:
            end = read_chunks(reader, data, body)
        if end is None or end > len(data):
            break
        found.append((lines[0], end - at))
        at = end
    return found, data[at:]


def disagreement(data):
    """A sentence when two readers see different requests in the stream, else None."""
    strict = requests_of(READERS[0], data)
    for reader in READERS[1:]:
        other = requests_of(reader, data)
        if other[0] != strict[0]:
            return f"strict readers see {strict[0]}, one that reads '{reader.name}' sees {other[0]}"
    return None
