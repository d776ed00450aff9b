"""Words that are banned, by words.txt."""

import re
from fnmatch import fnmatch

from tree import Finding

TABLE = "tests/house/words.txt"


class Ban:
    """One line of the table. Fields are separated by ` | `, so that a pattern may hold a bar."""

    def __init__(self, line):
        fields = [field.strip() for field in re.split(r"\s\|(?:\s|$)", line)]
        self.rule, self.where, pattern, self.instead, places = fields
        self.pattern = re.compile(pattern)
        self.places = places.split()

    def allows(self, source):
        if source.is_test and "tests" in self.places:
            return True
        inside = source.path.removeprefix("src/")
        return any(fnmatch(inside, place) for place in self.places)

    def findings(self, source):
        text = source.code if self.where == "code" else source.text
        for match in self.pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            if not source.excused(line, self.rule):
                word = match.group(0).strip().rstrip("(").strip()
                yield Finding(source.path, line, f"'{word}' ({self.rule}): use {self.instead}")


def bans(tree):
    return [Ban(line) for _, line in tree.table(TABLE)]


def banned_words(tree):
    """No banned word outside the places where it is allowed."""
    for ban in bans(tree):
        for source in tree.sources:
            if not ban.allows(source):
                yield from ban.findings(source)
