"""What mutations start from: every request of the scenarios, and the known shapes of smuggling."""

SEED_BYTES_MAX = 4096
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: hidden\r\n\r\n"

LENGTHS = (
    b"Content-Length: %d", b"Content-Length : %d", b"Content_Length: %d", b"content-length:%d",
    b"Content-Length: +%d", b"Content-Length: 0%d", b"Content-Length: %d, %d", b"Content-Length:\x0b%d",
    b"Content-Length: %d\r\nContent-Length: 0", b"Content-Length: 0\r\nContent-Length: %d",
    b" Content-Length: %d", b"X: 1\r\n Content-Length: %d", b"X: 1\nContent-Length: %d",
    b"Content-Length:\r\n %d", b"Content-Length: %d\x00", b"Content-Length\x00: %d",
)  # fmt: skip

CODINGS = (
    b"Transfer-Encoding: chunked", b"Transfer-Encoding : chunked", b"Transfer_Encoding: chunked",
    b"Transfer-Encoding: xchunked", b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: \x0bchunked", b"Transfer-Encoding:\tchunked", b"Transfer-Encoding: \"chunked\"",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
    b" Transfer-Encoding: chunked", b"X: 1\nTransfer-Encoding: chunked", b"X: 1\rTransfer-Encoding: chunked",
    b"Transfer-Encoding:\r\n chunked", b"Transfer-Encoding: chunked\x00", b"Transfer-Encoding: CHUNKED;q=1",
    b"Foo: bar\r\n\r\nTransfer-Encoding: chunked", b"tRANSFER-eNCODING: chunked", b"Transfer\xadEncoding: chunked",
)  # fmt: skip

SIZES = (b"0", b"00", b"0;x", b"0x0", b"-0", b" 0", b"0 ", b"0\x00", b"0;\"", b"g", b"10000000000000000")
ENDS = (b"\r\n", b"\n", b"\r", b"\n\r", b"\r\r\n", b"")
UPGRADES = (b"Connection: Upgrade\r\nUpgrade: websocket", b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            b"HTTP2-Settings: AAMAAABkAAQAAP__", b"Expect: 100-continue", b"Connection: Content-Length",
            b"Connection: Transfer-Encoding", b"Connection: close, Host")  # fmt: skip


def filled(template, number):
    """The template with the number wherever it wants one."""
    return template.replace(b"%d", b"%d" % number)


def request(*fields, body, method=b"POST"):
    return method + b" / HTTP/1.1\r\nHost: a\r\n" + b"".join(f + b"\r\n" for f in fields if f) + b"\r\n" + body


def smuggling():
    """CL.TE, TE.CL, TE.TE, CL.CL, CL.0 and what hides in chunks, sizes, line ends and upgrades."""
    chunked = b"0\r\n\r\n" + HIDDEN
    wrapped = b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"
    found = []
    for coding in CODINGS:
        for body in (chunked, wrapped):
            found.append(request(coding, body=body))
            found += [request(filled(length, len(body)), coding, body=body) for length in LENGTHS[:9]]
            found.append(request(coding, filled(LENGTHS[0], 4), body=body))
    for length in LENGTHS:
        found.append(request(filled(length, len(HIDDEN)), body=HIDDEN))
        found += [request(filled(length, n), body=HIDDEN, method=m) for n in (0, 5) for m in (b"GET", b"HEAD")]
    for size in SIZES:
        for end in ENDS:
            found.append(request(CODINGS[0], body=size + end + end + HIDDEN))
            found.append(request(CODINGS[0], body=b"5\r\nhello" + end + size + end + end + HIDDEN))
    for field in UPGRADES:
        found.append(request(field, body=HIDDEN, method=b"GET"))
        found += [request(field, frame, body=chunked) for frame in (CODINGS[0], b"Content-Length: 5")]
    for end in ENDS:
        found.append(b"GET / HTTP/1.1" + end + b"Host: a" + end + end + HIDDEN)
        found.append(b"GET / HTTP/1.1\r\nHost: a\r\nX: a" + end + b"Content-Length: 38" + end + end + HIDDEN)
    return found


def seeds(cases):
    """(taken, others): what a mutation may start from, without repetition, in a fixed order. Half of them start
    from requests that go through, because of what is refused at once little can be learnt."""
    taken, others = {}, dict.fromkeys(smuggling())
    for case in cases:
        data = b"".join(piece.data for piece in case.client)
        if len(data) <= SEED_BYTES_MAX:
            (taken if case.requests else others)[data] = None
    return list(taken), list(others)
