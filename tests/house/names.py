"""Names in anonymous namespaces: unique within a room, so that its files can be compiled as one."""

import re

from shape import NAMESPACE_HEAD, TYPE_HEAD, is_member_initialiser, without_preprocessor
from tree import Finding

ANONYMOUS = re.compile(r"\bnamespace\s*$")
BRACES = re.compile(r"[{};]")
NOISE = re.compile(r"\[\[[^\]]*\]\]|alignas\([^)]*\)|__attribute__\(\(.*?\)\)\)?|\w*\"[^\"]*\"")
ANGLES = re.compile(r"<[^<>]*>")
TYPE_NAME = re.compile(r"\b(?:class|struct|union|enum(?:\s+class)?)\s+(\w+)(?!\s*::)")
ALIAS = re.compile(r"^\s*using\s+(\w+)\s*=")
# TEST(...), BOOST_DESCRIBE_STRUCT(...): no names of their own, and what follows may be a declaration.
MACRO_CALL = re.compile(r"^\s*[A-Z][A-Z0-9_]+\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", re.M)
VALUE_OR_FUNCTION = re.compile(r"([~\w:]+)\s*(?=[(={\[]|$)")
# Not names of their own: a declaration without one, and what other code finds by its arguments.
NAMELESS = re.compile(r"\b(?:using\s+(?!\w+\s*=)|namespace\b|static_assert\b|friend\b|operator\b)|template\s*<\s*>")
FOUND_BY_ARGUMENT = {"PrintTo", "tag_invoke"}


def without_angles(text):
    """Template heads and arguments left out, from the inside."""
    text = re.sub(r"->|<=>|<<|>>=|[<>]=", " ", text)
    while True:
        shorter = ANGLES.sub(" ", text)
        if shorter == text:
            return text
        text = shorter


def plain(head):
    """A declaration without macros, attributes and template arguments."""
    return without_angles(NOISE.sub(" ", MACRO_CALL.sub(" ", head)))


def name_of(head):
    """The name that a declaration introduces, or None. `head` ends before its body or semicolon."""
    head = plain(head)
    if NAMELESS.search(head):
        return None
    alias = ALIAS.search(head)
    if alias:
        return alias.group(1)
    if TYPE_HEAD.search(head):
        found = TYPE_NAME.search(head)
        return found.group(1) if found else None
    found = VALUE_OR_FUNCTION.search(head)
    if not found or not head[: found.start()].strip() or ":" in found.group(1):
        return None  # no declaration, or a member's definition
    return found.group(1)


def kind_of(head):
    """What a brace at namespace level opens."""
    if NAMESPACE_HEAD.search(head):
        return "space"
    if head.count("(") != head.count(")"):
        return "value"  # a brace among the arguments of a call
    if TYPE_HEAD.search(plain(head)):
        return "type"
    if "(" in head and not re.search(r"=[^()]*$", head) and not is_member_initialiser(head):
        return "function"
    return "value"


def names(source, anonymous):
    """(name, line, alias) of everything declared at the level of an anonymous namespace, or of a named
    one. `alias` is the text of a `using NAME = ...`, else empty."""
    code = without_preprocessor(source.code)
    spaces = []  # one truth value per open namespace: anonymous or inside an anonymous one
    head_start, depth, kind = 0, 0, None
    for match in BRACES.finditer(code):
        mark, at = match.group(0), match.start()
        if depth:  # inside a body: only its end matters
            depth += {"{": 1, "}": -1, ";": 0}[mark]
            if depth == 0 and kind == "function":
                head_start, kind = match.end(), None
            continue
        head = code[head_start:at]
        if mark == "{" and kind is None and kind_of(head) == "space":
            spaces.append(bool(ANONYMOUS.search(head)) or (bool(spaces) and spaces[-1]))
            head_start = match.end()
            continue
        if mark == "}":
            if spaces:
                spaces.pop()
            head_start, kind = match.end(), None
            continue
        if kind is None and spaces and spaces[-1] == anonymous:
            name = name_of(head)
            if name and name not in FOUND_BY_ARGUMENT:
                first = at - len(head.lstrip())
                alias = " ".join(head.split()) if ALIAS.search(head) else ""
                yield name, code.count("\n", 0, first) + 1, alias
        if mark == "{":
            depth, kind = 1, kind_of(head)
        else:
            head_start, kind = match.end(), None


def anonymous_names_are_unique(tree):
    """No two sources of a room, tests included, give one name to things of their own, nor the name of
    something in a header of the room: the sanitizers' program is compiled in a few files of all of them."""
    seen = {}  # (room, name): (path, alias) of the first
    for source in (s for s in tree.sources if s.is_header):
        room = tree.room_of(source.path.removeprefix("src/"))
        for name, _, alias in names(source, anonymous=False):
            seen.setdefault((room, name), (source.path, alias))
    for source in (s for s in tree.sources if not s.is_header):
        room = tree.room_of(source.path.removeprefix("src/"))
        for name, line, alias in names(source, anonymous=True):
            first, first_alias = seen.setdefault((room, name), (source.path, alias))
            if first != source.path and not (alias and alias == first_alias):
                yield Finding(
                    source.path,
                    line,
                    f"'{name}' is also in {first}, which may be compiled together with this file: name "
                    f"what is different, or share what is the same",
                )
