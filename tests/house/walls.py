"""Who may include whom, and that nothing stands outside."""

import re
from fnmatch import fnmatch

from tree import Finding

# Folders inside a room where one file is one choice (style: things that are addable).
LISTS = {"policies", "checks", "algorithms"}
VAGUE = {"common", "core", "utils", "util", "misc", "helpers", "shared"}
GENERATED = {("web/pages_assets.h", "api/pages")}  # the front end, embedded
THREAD = re.compile(r"\bstd::j?thread\b(?!::)|\bLoopThread\b|\bloop_threads\b")
STANDARD = re.compile(r"^[a-z_0-9]+$")


def include_direction(tree):
    """A room includes only the rooms that rooms.txt names for it."""
    for source in tree.sources:
        room = tree.room_of(source.path.removeprefix("src/"))
        for line, mark, name in source.includes:
            if mark != '"' or room is None:
                continue
            if (name, room) in GENERATED:
                continue
            if not tree.exists("src/" + name):
                yield Finding(
                    source.path, line, f'"{name}" is not in src/: include from the root, vendors with <>'
                )
                continue
            other = tree.room_of(name)
            if other not in (room, None) and other not in tree.rooms[room]:
                yield Finding(
                    source.path,
                    line,
                    f"{room} may not include {other} (tests/house/rooms.txt): move the line to the "
                    f"room it belongs to, or hand the value in",
                )


def vendor_headers(tree):
    """A third-party or system header is included only by the files listed in vendors.txt."""
    owners = []
    for number, line in tree.table("tests/house/vendors.txt"):
        headers, _, places = line.partition(":")
        owners.append((headers.split(), places.split(), number))
    for source in tree.sources:
        for line, mark, name in source.includes:
            if mark != "<" or STANDARD.match(name):
                continue
            places = [p for headers, p, _ in owners if any(fnmatch(name, h) for h in headers)]
            if not places:
                yield Finding(
                    source.path,
                    line,
                    f"<{name}> is not in tests/house/vendors.txt: add it with the files that may include it",
                )
                continue
            allowed = [place for group in places for place in group]
            inside = source.path.removeprefix("src/")
            if not any(fnmatch(inside, place) for place in allowed):
                yield Finding(
                    source.path, line, f"<{name}> belongs to {' '.join(allowed)}: use what that file offers"
                )


def folders_are_rooms(tree):
    """Every folder of src/ is a room of rooms.txt, or a list of choices inside one."""
    for folder in sorted({path.rpartition("/")[0] for path in tree.paths if path.startswith("src/")}):
        inside = folder.removeprefix("src/").removeprefix("src")
        last = inside.rpartition("/")[2]
        if last in VAGUE:
            yield Finding(folder, 0, f"'{last}' says nothing: name the folder after what lives in it")
        elif inside and inside not in tree.rooms:
            parent = inside.rpartition("/")[0]
            if last not in LISTS or parent not in tree.rooms:
                yield Finding(
                    folder, 0, "no room of this name in tests/house/rooms.txt, so no target builds it"
                )
        elif not inside:
            loose = [p for p in tree.paths if re.fullmatch(r"src/[^/]+\.(cc|h)", p)]
            yield from (Finding(path, 0, "belongs into a room") for path in loose)


def rooms_are_reachable(tree):
    """Every room with sources is linked into the program: node, or a room it names, uses it."""
    used = tree.rooms.get("node", set()) | {"node"}
    inhabited = {tree.room_of(s.path.removeprefix("src/")) for s in tree.sources} - {None}
    for room in sorted(inhabited - used):
        yield Finding(
            "src/" + room, 0, "no target reaches this room: name it for node in rooms.txt or remove it"
        )


def threads_are_watched(tree):
    """Unit tests that make threads are in rooms that the thread sanitizer's preset names."""
    presets = "CMakePresets.json"
    if not tree.exists(presets):
        return
    listed = re.search(r'"WEFT_TEST_ROOMS": "([^"]*)"', tree.read(presets))
    watched = listed.group(1).split(";") if listed else []
    for source in tree.sources:
        room = tree.room_of(source.path.removeprefix("src/"))
        found = THREAD.search(source.code) if source.is_test and room not in watched else None
        if found:
            line = source.code.count("\n", 0, found.start()) + 1
            yield Finding(
                source.path, line, f"makes a thread: name {room} in WEFT_TEST_ROOMS of the tsan preset"
            )


def headers_are_used(tree):
    """Every header is included by some other file."""
    named = set()
    for path in tree.paths:
        if path.endswith((".cc", ".h")):
            text = tree.read(path)
            own = path.removeprefix("src/")
            named |= set(re.findall(r'#\s*include\s*"([^"]+)"', text)) - {own}
    for source in tree.sources:
        inside = source.path.removeprefix("src/")
        if source.is_header and inside not in named:
            yield Finding(source.path, 1, "nobody includes this header: remove it")


def sources_begin_with_their_header(tree):
    """x.cc includes x.h first, or x_test.cc does for a header without source: whoever reads the source begins
    with what it promises."""
    for source in tree.sources:
        if source.is_header:
            continue
        stem = source.path.removesuffix(".cc")
        if stem.endswith("_test") and not tree.exists(stem.removesuffix("_test") + ".cc"):
            stem = stem.removesuffix("_test")
        own = stem.removeprefix("src/") + ".h"
        first = source.includes[0] if source.includes else (1, "", "")
        if tree.exists(f"src/{own}") and first[2] != own:
            yield Finding(source.path, first[0], f'include "{own}" before all others')


def parsers_are_fuzzed(tree):
    """Every header of wire with a parser is included by a fuzz target that has a corpus."""
    targets = [p for p in tree.paths if re.fullmatch(r"fuzz/[^/]+\.cc", p)]
    fuzzed = {}
    for target in targets:
        for name in re.findall(r'#\s*include\s*"([^"]+)"', tree.read(target)):
            fuzzed.setdefault(name, target)
    for source in tree.sources:
        if not source.path.startswith("src/wire/") or not source.is_header or source.is_test:
            continue
        match = re.search(r"\b(parse\w*|\w+Parser)\b(?=\s*[({:]|\s+final)", source.code)
        if match and source.path.removeprefix("src/") not in fuzzed:
            line = source.code.count("\n", 0, match.start()) + 1
            yield Finding(
                source.path,
                line,
                f"{match.group(1)} has no fuzz target: add one in fuzz/ that includes this header",
            )
    for target in targets:
        name = target.removeprefix("fuzz/").removesuffix(".cc").removesuffix("_fuzz")
        if not any(
            p.startswith(f"fuzz/corpus/{name}/") for p in tree.paths
        ) and "LLVMFuzzerTestOneInput" in tree.read(target):
            yield Finding(target, 1, f"no seed in fuzz/corpus/{name}/: add a few inputs")
