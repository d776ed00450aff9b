"""Where HTTP/1.1 messages begin and end, for players that must not trust weft's own parser."""

import re

HEAD_END = b"\r\n\r\n"
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n")
UNKNOWN = -1  # in the place of a status: bytes that are no answer


def field(head, name):
    """The value of the first field of that name, or None."""
    for line in head.split(b"\r\n")[1:]:
        key, colon, value = line.partition(b":")
        if colon and key.lower() == name:
            return value.strip(b" \t")
    return None


def chunked_end(data, at):
    """(end, payload) of a chunked body at `at`; the end is None when it is not all there."""
    payload = b""
    while True:
        size = CHUNK_SIZE.match(data, at)
        if not size:
            return None, payload
        length = int(size.group(1), 16)
        at = size.end()
        if length == 0:
            break
        payload += data[at : at + length]
        at += length + 2
        if at > len(data):
            return None, payload
    # The last chunk's line end, or that of a trailer field, and the empty line behind it.
    last = data.find(HEAD_END, at - 2)
    return (None if last < 0 else last + len(HEAD_END)), payload


def request_end(data):
    """The end of the request at the front of `data`, or None when it is not all there."""
    head_end = data.find(HEAD_END)
    if head_end < 0:
        return None
    head, body = data[:head_end], head_end + len(HEAD_END)
    if field(head, b"transfer-encoding") is not None:
        return chunked_end(data, body)[0]
    length = field(head, b"content-length")
    end = body + (int(length) if length is not None and length.isdigit() else 0)
    return end if end <= len(data) else None


def answer_end(data, has_body):
    """The end of the answer at the front of `data`: all of it when nothing says where."""
    head_end = data.find(HEAD_END)
    if head_end < 0:
        return len(data)
    head, body = data[:head_end], head_end + len(HEAD_END)
    if not has_body:
        return body
    if field(head, b"transfer-encoding") is not None:
        return chunked_end(data, body)[0] or len(data)
    length = field(head, b"content-length")
    return min(len(data), body + int(length)) if length is not None and length.isdigit() else len(data)


def answers(data, bodiless=False):
    """[(status, bytes)] of the answers in `data`; the last is UNKNOWN when what follows is none."""
    found = []
    while data:
        line = STATUS_LINE.match(data)
        if not line:
            found.append((UNKNOWN, data))
            break
        status = int(line.group(1))
        has_body = not bodiless and status >= 200 and status not in (204, 304)
        end = answer_end(data, has_body)
        found.append((status, data[:end]))
        if status == 101:
            break
        data = data[end:]
    return found


def payload_of(request):
    """The bytes of a whole request's chunks put together; empty when it is not chunked."""
    body = request.find(HEAD_END) + len(HEAD_END)
    if field(request[: body - len(HEAD_END)], b"transfer-encoding") is None:
        return b""
    return chunked_end(request, body)[1]
