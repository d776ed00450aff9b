"""What is written beside the code: readmes, named paths, secrets, lock files."""

import re

from tree import Finding

README_LINES_MAX = 30
ARCHITECTURE_LINES_MAX = 200
SECTIONS = ("comes in", "goes out", "never here", "front door", "start reading at")
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*(PRIVATE KEY|CERTIFICATE)-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b"
)
KEY_FILE = re.compile(r"\.(pem|key|crt|cer|p12|pfx|jks)$")
PATH_ENDING = re.compile(r"\.(h|cc|\{h,cc\}|def|ts|js|mjs|svelte|css|html|py|sh|cmake|md|txt|scn|json)$")
LOCK_FILE = re.compile(r"(^|/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml)$")


def rooms_have_readmes(tree):
    """Every room has a README.md of at most 30 lines with the five sections."""
    inhabited = {tree.room_of(s.path.removeprefix("src/")) for s in tree.sources} - {None}
    for room in sorted(inhabited):
        path = f"src/{room}/README.md"
        if not tree.exists(path):
            yield Finding(path, 0, "the room has no README.md: " + ", ".join(SECTIONS))
            continue
        text = tree.read(path)
        if len(text.splitlines()) > README_LINES_MAX:
            yield Finding(path, README_LINES_MAX + 1, f"at most {README_LINES_MAX} lines")
        for section in SECTIONS:
            if section not in text.lower():
                yield Finding(path, 1, f"does not say '{section}'")


def expand(name):
    """`a.{h,cc}` names a.h and a.cc."""
    braces = re.match(r"^(.*)\{([^{}]*)\}(.*)$", name)
    if not braces:
        return [name]
    before, choices, after = braces.groups()
    return [path for choice in choices.split(",") for path in expand(before + choice.strip() + after)]


def looks_like_path(word):
    """In `code` quotes: a file of ours by its ending, or a folder by its slash."""
    if not re.fullmatch(r"[\w.{},-]+(/[\w.{},-]+)*/?", word) or word.startswith((".", "build/")):
        return False
    if "/" not in word:  # a bare name is taken for a file only when it is code of ours
        return bool(re.search(r"\.(h|cc|def|\{h,cc\})$", word))
    return word.endswith("/") or bool(PATH_ENDING.search(word))


def documents(tree):
    for path in tree.paths:
        if path.endswith(".md") and not path.startswith(("web/node_modules", "sdk/")):
            yield path


def named_paths_exist(tree):
    """A path that a document names in `code` quotes or links to is there."""
    for path in documents(tree):
        folder = path.rpartition("/")[0]
        fenced = False
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            if line.lstrip().startswith("```"):
                fenced = not fenced
            if fenced:
                continue
            words = [w for w in re.findall(r"`([^`]+)`", line) if looks_like_path(w)]
            links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", line)
            for name in [p for word in words for p in expand(word)] + links:
                places = [name, f"src/{name}", f"{folder}/{name}", f"{folder}/src/{name}"]
                if not any(tree.exists(place) for place in places):
                    yield Finding(path, number, f"names '{name}', which does not exist")


def architecture_is_short(tree):
    """ARCHITECTURE.md fits into 200 lines."""
    path = "ARCHITECTURE.md"
    if tree.exists(path) and len(tree.read(path).splitlines()) > ARCHITECTURE_LINES_MAX:
        yield Finding(path, ARCHITECTURE_LINES_MAX + 1, f"at most {ARCHITECTURE_LINES_MAX} lines")


def no_secrets(tree):
    """No keys or certificates in src/, web/, deploy/ or the documents; tests make their own."""
    for path in tree.paths:
        if not path.startswith(("src/", "web/", "deploy/", "docs/")):
            continue
        if KEY_FILE.search(path):
            yield Finding(path, 0, "a key or certificate: make it where it is needed")
        elif path.endswith((".cc", ".h", ".ts", ".tsx", ".js", ".json", ".md", ".yml", ".yaml")):
            for number, line in enumerate(tree.read(path).splitlines(), 1):
                if SECRET.search(line):
                    yield Finding(path, number, "a secret: read it from the environment or a file")


def lock_files_name_no_host(tree):
    """Lock files pin versions and hashes, not the registry of whoever wrote them."""
    for path in tree.paths:
        if LOCK_FILE.search(path):
            for number, line in enumerate(tree.read(path).splitlines(), 1):
                if re.search(r'"resolved":|https?://[^"\s]*\.tgz', line):
                    yield Finding(
                        path, number, "names a registry: npm config set omit-lockfile-registry-resolved true"
                    )
                    break


BUG_CLASSES = "docs/bug_classes.md"
NUMBER = re.compile(r"CVE-\d{4}-\d{4,}")


def places_of_tests(tree):
    """Name of a test or title of a scenario -> the files that have it."""
    places = {}
    for path in tree.paths:
        if path.startswith("src/") and path.endswith("_test.cc"):
            for suite, name in re.findall(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)", tree.read(path)):
                places.setdefault(f"{suite}.{name}", []).append(path)
        elif path.startswith("tests/scenarios/") and path.endswith(".scn"):
            for title in re.findall(r"^== (.+)$", tree.read(path), re.M):
                places.setdefault(title, []).append(path)
    return places


def bug_classes_are_tested(tree):
    """Every row of docs/bug_classes.md names tests that exist, and its CVE numbers stand beside one of them."""
    if not tree.exists(BUG_CLASSES):
        return
    places = places_of_tests(tree)
    for number, line in enumerate(tree.read(BUG_CLASSES).splitlines(), 1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) != 4 or cells[0] in ("class", "---"):
            continue
        named = re.findall(r'"([^"]+)"', cells[3]) + re.findall(r"`(\w+\.\w+)`", cells[3])
        for name in named:
            if name not in places:
                yield Finding(BUG_CLASSES, number, f"names '{name}', which no test and no scenario is called")
        if not named:
            yield Finding(BUG_CLASSES, number, "names no test: this class is not tested")
        beside = "".join(tree.read(path) for name in named for path in places.get(name, []))
        for cve in NUMBER.findall(cells[1]):
            if cve not in beside:
                yield Finding(BUG_CLASSES, number, f"{cve} stands beside none of the tests of its row")
