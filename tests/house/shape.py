"""How large files and functions may be."""

import re

from tree import Finding

FILE_LINES_MAX = 800
HEADER_LINES_MAX = 300
TEST_LINES_MAX = 1000
FUNCTION_LINES_MAX = 70
OLD_OFFENDERS = "tests/house/long_functions.txt"

TYPE_HEAD = re.compile(r"\b(class|struct|union|enum)\b[^()=]*$")
NAMESPACE_HEAD = re.compile(r'\bnamespace\b[^()=;]*$|\bextern\s+""\s*$|\bextern\s+"\s*"\s*$')
CONSTRUCTOR_LIST = re.compile(r"\)\s*(?:noexcept\s*(?:\([^()]*\))?\s*)?:(?!:)")
FUNCTION_NAME = re.compile(r"([~\w:]+|operator\s*[^\s\w(]{1,3}|operator\s*\(\))\s*\(")


def file_sizes(tree):
    """Files, headers and tests stay below their ceilings."""
    for source in tree.sources:
        most = FILE_LINES_MAX
        if source.is_test:
            most = TEST_LINES_MAX
        elif source.is_header:
            most = HEADER_LINES_MAX
        if len(source.lines) > most:
            yield Finding(
                source.path, most + 1, f"{len(source.lines)} lines, at most {most}: split it by idea"
            )


def without_preprocessor(code):
    """The code with directives, continued lines included, blanked."""
    directive = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
    return directive.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), code)


def is_member_initialiser(head):
    """Is this brace of `: a_{1}` in a constructor's list, not its body?"""
    found = CONSTRUCTOR_LIST.search(head)
    return bool(found) and bool(re.search(r"[\w>]\s*$", head[found.end() :]))


def functions(source):
    """(name, first line, lines) of every function body at namespace or class level."""
    code = without_preprocessor(source.code)
    stack = []  # one word per open brace: space, type, function, value
    head_start = 0
    opened = None
    for match in re.finditer(r"[{};]|(?:public|private|protected)\s*:(?!:)", code):
        mark, at = match.group(0), match.start()
        inside = stack[-1] if stack else "space"
        if mark == "{":
            head = code[head_start:at]
            if inside in ("function", "value"):
                stack.append(inside)
                continue
            if NAMESPACE_HEAD.search(head):
                stack.append("space")
            elif TYPE_HEAD.search(re.sub(r"<[^<>]*>|\[\[[^\]]*\]\]|alignas\([^)]*\)", " ", head)):
                stack.append("type")
            elif "(" in head and not is_member_initialiser(head) and not re.search(r"=\s*$", head):
                stack.append("function")
                opened = (len(stack), head, at)
            else:
                stack.append("value")
                continue  # the head of what surrounds it goes on
            head_start = match.end()
        elif mark == "}":
            kind = stack.pop() if stack else "space"
            if kind == "function" and opened and opened[0] == len(stack) + 1:
                name = FUNCTION_NAME.search(opened[1])
                first = code.count("\n", 0, opened[2]) + 1
                yield (name.group(1) if name else "?", first, code.count("\n", opened[2], at) + 1)
                opened = None
            if kind != "value" and (not stack or stack[-1] in ("space", "type")):
                head_start = match.end()
        elif inside in ("space", "type"):
            head_start = match.end()


def read_offenders(tree):
    """`path function lines` of the functions that were too long when the rule came."""
    table = {}
    for number, line in tree.table(OLD_OFFENDERS):
        path, name, lines = line.split()
        table[path, name] = (int(lines), number)
    return table


def function_sizes(tree):
    """No function passes 70 lines; listed old offenders may only shrink."""
    offenders = read_offenders(tree)
    seen = set()
    for source in tree.sources:
        for name, line, lines in functions(source):
            if lines <= FUNCTION_LINES_MAX:
                continue
            most, _ = offenders.get((source.path, name), (FUNCTION_LINES_MAX, 0))
            seen.add((source.path, name))
            if lines > most:
                yield Finding(
                    source.path,
                    line,
                    f"{name} has {lines} lines, at most {most}: name its steps and call them",
                )
            elif lines < most:
                yield Finding(
                    OLD_OFFENDERS,
                    offenders[source.path, name][1],
                    f"{name} shrank to {lines} lines: write that down",
                )
    for (path, name), (_, number) in offenders.items():
        if (path, name) not in seen:
            yield Finding(OLD_OFFENDERS, number, f"{path} {name} is no offender any more: remove the line")
