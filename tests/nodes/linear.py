"""Is a history linearizable? A search over single keys: registers with compare and set, and locks.

An operation takes effect at some moment between its beginning and its end; `known` says whether its outcome is.
One whose outcome is unknown may have happened at any moment after its beginning, or never."""
from dataclasses import asdict, dataclass

NEVER = 1 << 62


@dataclass(frozen=True)
class Operation:
    client: int
    key: str
    kind: str  # read, write, cas of a register; acquire, release of a lock
    begin: int
    end: int
    source: str = ""  # cas: what must be there
    to: str = ""  # write, cas: the value; acquire, release: the session
    value: str = ""  # read: what was there
    done: bool = True
    known: bool = True

    def line(self):
        """As the other checker reads it."""
        fields = asdict(self)
        fields["from"] = fields.pop("source")
        return fields


def step(state, op):
    """Returns what the key may be after it: an empty list when it cannot happen here."""
    if op.kind == "read":
        return [state] if state == op.value else []
    possible = {"write": True, "cas": state == op.source, "acquire": state in ("", op.to),
                "release": state == op.to}[op.kind]
    after = ("" if op.kind == "release" else op.to) if possible else state
    return [after] if not op.known or op.done == possible else []


def find_violation(operations):
    """Returns a key whose operations cannot be put in an order, or None."""
    by_key = {}
    for op in operations:
        by_key.setdefault(op.key, []).append(op)
    for key, ops in by_key.items():
        if not is_linearizable(sorted(ops, key=lambda op: op.begin)):
            return key
    return None


def is_linearizable(ops):
    """Depth first: next may be any operation that began before all others that are left have ended."""
    everything = sum(1 << i for i, op in enumerate(ops) if op.known)
    seen = set()
    stack = [(0, "")]
    while stack:
        taken, state = stack.pop()
        if (taken, state) in seen:
            continue
        seen.add((taken, state))
        if taken & everything == everything:
            return True
        earliest_end = NEVER
        for i, op in enumerate(ops):
            if op.begin > earliest_end:
                break
            if not taken >> i & 1:
                earliest_end = min(earliest_end, op.end)
        for i, op in enumerate(ops):
            if op.begin > earliest_end:
                break
            if not taken >> i & 1:
                stack.extend((taken | 1 << i, after) for after in step(state, op))
    return False


def self_check():
    """What the search must find, so that it cannot say yes to everything."""
    def op(kind, begin, end, **more):
        return Operation(0, "k", kind, begin, end, **more)

    good = [op("write", 0, 1, to="a"), op("read", 2, 3, value="a"), op("cas", 2, 5, source="a", to="b"),
            op("read", 4, 6, value="b"), op("write", 7, NEVER, to="c", known=False), op("read", 8, 9, value="b"),
            op("read", 10, 11, value="c")]
    stale = [op("write", 0, 1, to="a"), op("write", 2, 3, to="b"), op("read", 4, 5, value="a")]
    lost = [op("cas", 0, 1, source="", to="a"), op("cas", 2, 3, source="", to="b")]
    back = [op("write", 0, 1, to="a"), op("write", 2, NEVER, to="b", known=False), op("read", 3, 4, value="b"),
            op("read", 5, 6, value="a")]
    twice = [op("acquire", 0, 1, to="s"), op("acquire", 2, 3, to="t")]
    assert find_violation(good) is None
    for bad in (stale, lost, back, twice):
        assert find_violation(bad) == "k", bad
