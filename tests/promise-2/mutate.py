"""One mutation of a payload. The same seed and number give the same bytes."""

import random
import re

import payloads

SPLICED_SHARE = 0.1  # begins with one payload and goes on with another
CHANGES_PER_MUTATION = (1, 1, 1, 2, 2, 3, 5)
BYTES = b"\r\n\t \x00\x0b\x0c\x7f\xa0\xff:;,\"\\/?#%&=+-_.0159afAFxg"
LINES = (
    *payloads.CODINGS, *(payloads.filled(length, 5) for length in payloads.LENGTHS), *payloads.UPGRADES,
    b"Host: b", b"Host:", b"Connection: close", b"Connection: keep-alive", b"Content-Length: 38", b"X: y", b"",
    b"GET /extra HTTP/1.1", b"GET /extra HTTP/1.0", b"0", b"5", b"5;a=b", b"Trailer: X", b"TE: trailers, chunked",
)  # fmt: skip


def at_random(dice, data):
    return dice.randrange(len(data) + 1)


def put_byte(dice, data):
    at = at_random(dice, data)
    return data[:at] + bytes([dice.choice(BYTES)]) + data[at:]


def change_byte(dice, data):
    at = at_random(dice, data)
    return data[:at] + bytes([dice.choice(BYTES)]) + data[at + 1 :]


def drop_bytes(dice, data):
    at = at_random(dice, data)
    return data[:at] + data[at + dice.choice((1, 1, 2, 4, 16)) :]


def in_lines(dice, data, change):
    lines = data.split(b"\r\n")
    change(lines, dice.randrange(len(lines)))
    return b"\r\n".join(lines)


def put_line(dice, data):
    return in_lines(dice, data, lambda lines, at: lines.insert(at, dice.choice(LINES)))


def repeat_line(dice, data):
    return in_lines(dice, data, lambda lines, at: lines.insert(dice.randrange(len(lines)), lines[at]))


def drop_line(dice, data):
    return in_lines(dice, data, lambda lines, at: lines.pop(at))


def change_line_end(dice, data):
    ends = [match.start() for match in re.finditer(rb"\r\n", data)]
    if not ends:
        return data
    at = dice.choice(ends)
    return data[:at] + dice.choice(payloads.ENDS) + data[at + 2 :]


def change_number(dice, data):
    numbers = list(re.finditer(rb"\d+", data))
    if not numbers:
        return data
    one = dice.choice(numbers)
    value = int(one.group(0)[:18])
    new = dice.choice((value + 1, max(0, value - 1), value * 10, 0, 2**32, 2**64 + value, value + len(payloads.HIDDEN)))
    return data[: one.start()] + b"%d" % new + data[one.end() :]


def change_case(dice, data):
    at = at_random(dice, data)
    return data[:at] + data[at : at + 12].swapcase() + data[at + 12 :]


def append_hidden(dice, data):
    return data + dice.choice((payloads.HIDDEN, b"x" + payloads.HIDDEN, b"\r\n" + payloads.HIDDEN, b"0\r\n\r\n"))


CHANGES = (
    put_byte, put_byte, change_byte, change_byte, drop_bytes, put_line, put_line, repeat_line, drop_line,
    change_line_end, change_line_end, change_number, change_case, append_hidden,
)  # fmt: skip


def mutation(seeds, seed, number):
    """The bytes of mutation `number`; `seeds` as payloads.seeds() gives them. The first are the payloads as they
    are."""
    taken, others = seeds
    if number < len(taken) + len(others):
        return (taken + others)[number]
    dice = random.Random(f"{seed}:{number}")
    data = dice.choice(dice.choice(seeds))
    if dice.random() < SPLICED_SHARE:
        other = dice.choice(dice.choice(seeds))
        data = data[: at_random(dice, data)] + other[at_random(dice, other) :]
    for _ in range(dice.choice(CHANGES_PER_MUTATION)):
        data = dice.choice(CHANGES)(dice, data)
    return data
