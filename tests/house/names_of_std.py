"""Headers bring the names of the standard library that they use, so that they compile alone."""

import re

from tree import Finding

NAME = re.compile(r"\bstd::([a-z_0-9]+)")
VENDOR = re.compile(r"(?<![\w:])(fmt|boost)::")  # the libraries of cmake/pch.h
STANDARD = re.compile(r"^[a-z_0-9]+$")


def providers(tree):
    """Name to the headers that bring it; None: any."""
    table = {}
    for _, line in tree.table("tests/house/std_names.txt"):
        names, _, headers = line.partition(":")
        wanted = None if headers.strip() == "*" else set(headers.split())
        table |= {name: wanted for name in names.split()}
    return table


def headers_bring_their_names(tree):
    """What a header names of std is in what it includes. The compiler sees the rest: headers are also
    compiled alone (tests/headers/run), over a precompiled header that holds the standard library."""
    table = providers(tree)
    for source in tree.sources:
        if not source.is_header:
            continue
        includes = [each for path in tree.closure(source.path) for each in tree.source_at[path].includes]
        brought = {name for _, mark, name in includes if mark == "<"}
        told = set()
        for number, line in enumerate(source.code.splitlines(), 1):
            for library in VENDOR.findall(line):
                if not any(each.startswith(library + "/") for each in brought):
                    yield Finding(source.path, number, f"{library}:: is used and no header of it included")
            for name in NAME.findall(line):
                if name in told:
                    continue
                told.add(name)
                if name not in table:
                    yield Finding(source.path, number, f"std::{name} is not in tests/house/std_names.txt: add it")
                elif table[name] is None and not any(STANDARD.match(each) for each in brought):
                    yield Finding(source.path, number, f"std::{name}: include a standard header that brings it")
                elif table[name] is not None and not table[name] & brought:
                    header = sorted(table[name], key=len)[0] if name not in table[name] else name
                    yield Finding(source.path, number, f"std::{name}: include <{header}>")
