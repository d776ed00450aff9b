"""The repository as the rules see it: its files, and its C++ without comments and strings."""

import os
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

PRUNED = {".git", "build", "node_modules", "dist", "__pycache__", "data"}

# What may hide braces and words from a reader of code: comments, raw strings, strings, characters.
HIDDEN = re.compile(
    r"""//[^\n]*(?:\\\n[^\n]*)*
      | /\*.*?\*/
      | \b(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'
    """,
    re.S | re.X,
)


@dataclass(frozen=True)
class Finding:
    """One broken rule at one place, with what to do instead."""

    path: str
    line: int
    instead: str


def blank(match):
    """Replaces hidden text by spaces, so that lines and columns stay; quotes stay quotes."""
    text = match.group(0)
    inner = re.sub(r"[^\n]", " ", text)
    if text.startswith(("/", "'")) or len(text) < 2:
        return inner
    return '"' + inner[1:-1] + '"'


class Source:
    """One C++ file."""

    def __init__(self, path, text):
        self.path = path  # relative to the root, with forward slashes
        self.text = text
        self.is_header = path.endswith(".h")
        self.is_test = path.endswith(("_test.cc", "_for_test.h", "_for_test.cc"))

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        """The text with comments and the insides of strings blanked."""
        return HIDDEN.sub(blank, self.text)

    @cached_property
    def includes(self):
        """(line number, opening mark, name) of every #include."""
        found = []
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if match:
                found.append((number, match.group(1), match.group(2)))
        return found

    def excused(self, number, rule):
        """True when the line, or the comment above it, says `house(rule): why`."""
        marks = self.lines[max(0, number - 2) : number]
        return any(re.search(rf"//.*\bhouse\({re.escape(rule)}\): \S", mark) for mark in marks)


class Tree:
    """A directory with src/, tests/ and the rest of the house."""

    def __init__(self, root):
        self.root = Path(root)

    @cached_property
    def paths(self):
        """Every file, relative to the root."""
        found = []
        for directory, folders, files in os.walk(self.root):
            folders[:] = sorted(f for f in folders if f not in PRUNED)
            relative = Path(directory).relative_to(self.root)
            found += [(relative / name).as_posix() for name in sorted(files)]
        return found

    @cached_property
    def sources(self):
        """Every C++ file of src/."""
        wanted = [p for p in self.paths if p.startswith("src/") and p.endswith((".cc", ".h"))]
        return [Source(path, self.read(path)) for path in wanted]

    @cached_property
    def source_at(self):
        """Path to source."""
        return {source.path: source for source in self.sources}

    @cache
    def closure(self, path):
        """The paths of a source of src/ and of all of ours that it includes, by way of others too."""
        found, open_ends = set(), [path]
        while open_ends:
            path = open_ends.pop()
            if path in self.source_at and path not in found:
                found.add(path)
                open_ends += ["src/" + name for _, mark, name in self.source_at[path].includes if mark == '"']
        return frozenset(found)

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def exists(self, path):
        return (self.root / path).exists()

    def table(self, path):
        """The lines of a data file as (line number, text), without comments and blanks."""
        if not self.exists(path):
            return []
        numbered = enumerate(self.read(path).splitlines(), 1)
        return [(n, line.strip()) for n, line in numbered if line.strip() and line[0] != "#"]

    @cached_property
    def rooms(self):
        """Room name to the set of rooms it may include."""
        table = {}
        for _, line in self.table("tests/house/rooms.txt"):
            name, _, allowed = line.partition(":")
            table[name.strip()] = set(allowed.split())
        return table

    def room_of(self, path):
        """The room of a path below src/ (`src/` left away), or None."""
        folders = path.split("/")[:-1]
        for length in (2, 1):
            name = "/".join(folders[:length])
            if len(folders) >= length and name in self.rooms:
                return name
        return None
