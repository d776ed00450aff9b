"""The checker checked: small bad houses that a rule must refuse, and good ones it must not."""

import tempfile
from pathlib import Path

from tree import Tree

HERE = Path(__file__).resolve().parent
DATA = ("rooms.txt", "std_names.txt", "vendors.txt", "words.txt")
LONG = "void long_one() {\n" + "  step();\n" * 69 + "}\n"  # 71 lines
BUG_CLASS = "| class | seen in | what must happen | tests |\n| --- | --- | --- | --- |\n| x | CVE-2020-12345 | 400 | %s |\n"
ANONYMOUS = "namespace weft::base {\nnamespace {\n\n%s\n\n}  // namespace\n}  // namespace weft::base\n"

# Each case: a sentence, the rule, the files, and what the message must hold (None: no finding).
CASES = [
    ("a floor may not include a higher one", "include-direction",
     {"src/base/a.cc": '#include "io/loop.h"\n', "src/io/loop.h": ""}, "base may not include io"),
    ("rooms of one floor are blind to one another", "include-direction",
     {"src/health/a.cc": '#include "proxy/x.h"\n', "src/proxy/x.h": ""}, "health may not include proxy"),
    ("a face never includes another face", "include-direction",
     {"src/api/ui/a.cc": '#include "api/mesh/x.h"\n', "src/api/mesh/x.h": ""}, "api/ui may not include api/mesh"),
    ("a lower floor may be included", "include-direction",
     {"src/http/a.cc": '#include "io/loop.h"\n', "src/io/loop.h": ""}, None),
    ("an include starts at the root", "include-direction",
     {"src/http/a.cc": '#include "pool.h"\n', "src/http/pool.h": ""}, "include from the root"),

    ("a vendor belongs to its files", "vendor-headers",
     {"src/proxy/a.cc": "#include <sqlite3.h>\n"}, "belongs to state/store_sqlite*"),
    ("an unknown vendor is a question", "vendor-headers",
     {"src/base/a.cc": "#include <absl/strings/str_cat.h>\n"}, "is not in tests/house/vendors.txt"),
    ("a system header stays in io", "vendor-headers",
     {"src/proxy/a.cc": "#include <sys/socket.h>\n"}, "belongs to io/*"),
    ("house vocabulary and the standard library are free", "vendor-headers",
     {"src/proxy/a.cc": "#include <fmt/format.h>\n#include <cstdint>\n#include <boost/json.hpp>\n"}, None),

    ("a folder is a room", "folders-are-rooms", {"src/cache/a.cc": ""}, "no room of this name"),
    ("there is no room for leftovers", "folders-are-rooms", {"src/common/a.cc": ""}, "says nothing"),
    ("nothing lies loose in src", "folders-are-rooms", {"src/a.cc": ""}, "belongs into a room"),
    ("a list of choices is part of its room", "folders-are-rooms", {"src/balance/algorithms/a.cc": ""}, None),
    ("a list of choices needs a room around it", "folders-are-rooms", {"src/checks/a.cc": ""}, "no room of this name"),

    ("a room that node does not name is dead", "rooms-are-reachable",
     {"tests/house/rooms.txt": "base:\ntui: base\nnode: base\n", "src/tui/a.cc": ""}, "no target reaches"),
    ("node reaches the rooms it names", "rooms-are-reachable", {"src/base/a.cc": "", "src/node/main.cc": ""}, None),
    ("a test with threads is in a room of the thread sanitizer", "threads-are-watched",
     {"CMakePresets.json": '"WEFT_TEST_ROOMS": "io;proxy"', "src/wire/a_test.cc": "std::jthread other;\n"}, "name wire in"),
    ("what the thread sanitizer sees may make threads", "threads-are-watched",
     {"CMakePresets.json": '"WEFT_TEST_ROOMS": "io;wire"', "src/wire/a_test.cc": "std::jthread other;\n"}, None),
    ("a header that nobody includes is dead", "headers-are-used", {"src/base/a.h": ""}, "nobody includes"),
    ("a header that its source includes is alive", "headers-are-used",
     {"src/base/a.h": "", "src/base/a.cc": '#include "base/a.h"\n'}, None),

    ("a source begins with its header", "sources-begin-with-their-header",
     {"src/base/a.h": "", "src/base/a.cc": '#include "base/b.h"\n#include "base/a.h"\n'}, 'include "base/a.h" before'),
    ("a source may not leave its header out", "sources-begin-with-their-header",
     {"src/base/a.h": "", "src/base/a.cc": "#include <map>\n"}, 'include "base/a.h" before'),
    ("the test of a header without source does it", "sources-begin-with-their-header",
     {"src/base/a.h": "", "src/base/a_test.cc": '#include "base/b.h"\n'}, 'include "base/a.h" before'),
    ("a test beside a source begins as it likes", "sources-begin-with-their-header",
     {"src/base/a.h": "", "src/base/a.cc": '#include "base/a.h"\n', "src/base/a_test.cc": '#include "base/b.h"\n'}, None),

    ("a parser needs a fuzz target", "parsers-are-fuzzed",
     {"src/wire/dns.h": "Result<Dns> parse_dns(std::string_view);\n"}, "parse_dns has no fuzz target"),
    ("a fuzz target needs seeds", "parsers-are-fuzzed",
     {"src/wire/dns.h": "class DnsParser {};\n",
      "fuzz/dns_fuzz.cc": '#include "wire/dns.h"\nint LLVMFuzzerTestOneInput();\n'}, "no seed"),
    ("a parser with target and seed is fine", "parsers-are-fuzzed",
     {"src/wire/dns.h": "class DnsParser {};\n",
      "fuzz/dns_fuzz.cc": '#include "wire/dns.h"\nint LLVMFuzzerTestOneInput();\n',
      "fuzz/corpus/dns/a": "x"}, None),

    ("a header has a ceiling", "file-sizes", {"src/base/a.h": "\n" * 301}, "301 lines, at most 300"),
    ("a source has a ceiling", "file-sizes", {"src/base/a.cc": "\n" * 801}, "at most 800"),
    ("a test may be longer", "file-sizes", {"src/base/a_test.cc": "\n" * 1000}, None),

    ("a function has a ceiling", "function-sizes", {"src/base/a.cc": LONG}, "long_one has 71 lines"),
    ("70 lines are allowed", "function-sizes", {"src/base/a.cc": LONG.replace("  step();\n", "", 1)}, None),
    ("a member function counts too", "function-sizes",
     {"src/base/a.cc": "namespace a {\nclass B final : public C {\n public:\n"
                       + LONG.replace("long_one()", "long_one() const noexcept -> int") + "};\n}\n"}, "long_one"),
    ("a constructor with a member list counts too", "function-sizes",
     {"src/base/a.cc": LONG.replace("void long_one()", "Thing::Thing(int x) : x_{x}, y_(1)")}, "Thing::Thing"),
    ("a class of many short functions is no long function", "function-sizes",
     {"src/base/a.cc": "struct A {\n" + "  int f() { return 1; }\n" * 90 + "};\n"}, None),
    ("a brace in a string or comment ends nothing", "function-sizes",
     {"src/base/a.cc": 'void f() { g("}{{"); /* { */ h(\'{\'); }\n' + "int x = 1'000;\n" * 80}, None),
    ("an old offender may not grow", "function-sizes",
     {"src/base/a.cc": LONG.replace("  step();\n", "  step();\n  step();\n", 1),
      "tests/house/long_functions.txt": "src/base/a.cc long_one 71\n"}, "has 72 lines, at most 71"),
    ("an old offender may stay", "function-sizes",
     {"src/base/a.cc": LONG, "tests/house/long_functions.txt": "src/base/a.cc long_one 71\n"}, None),
    ("an old offender that shrank is written down", "function-sizes",
     {"src/base/a.cc": LONG, "tests/house/long_functions.txt": "src/base/a.cc long_one 90\n"}, "shrank to 71"),
    ("a healed offender leaves the list", "function-sizes",
     {"src/base/a.cc": "", "tests/house/long_functions.txt": "src/base/a.cc long_one 90\n"}, "no offender any more"),

    ("a header includes what it names of std", "headers-bring-their-names",
     {"src/base/a.h": "std::optional<int> f();\n"}, "include <optional>"),
    ("what another header of ours brings counts", "headers-bring-their-names",
     {"src/base/a.h": "#include <optional>\n", "src/base/b.h": '#include "base/a.h"\nstd::optional<int> f();\n'}, None),
    ("a header includes the library it uses", "headers-bring-their-names",
     {"src/base/a.h": "#include <string>\nstd::string f() { return fmt::to_string(1); }\n"}, "no header of it"),
    ("a name of std has a header", "headers-bring-their-names",
     {"src/base/a.h": "#include <string>\nstd::unheard_of x;\n"}, "add it"),

    ("two sources of a room give a name once", "anonymous-names-are-unique",
     {"src/base/a.cc": ANONYMOUS % "int twice(int x) { return 2 * x; }",
      "src/base/b.cc": ANONYMOUS % "std::map<int, int> twice(std::span<const int> x);"},
     "'twice' is also in src/base/a.cc"),
    ("a type, a constant and an alias are names too", "anonymous-names-are-unique",
     {"src/base/a.cc": ANONYMOUS % "struct [[nodiscard]] Way final : Base<int> {\n  int x = 0;\n};",
      "src/base/b.cc": ANONYMOUS % "constexpr std::array<int, 2> Way{1, 2};",
      "src/base/c.cc": ANONYMOUS % "using Way = std::vector<int>;"}, "src/base/a.cc"),
    ("a name of a header of the room is taken", "anonymous-names-are-unique",
     {"src/base/a.h": "namespace weft::base {\ninline constexpr std::size_t kMax = 2;\n}\n",
      "src/base/b.cc": ANONYMOUS % "constexpr std::size_t kMax = 3;"}, "'kMax' is also in src/base/a.h"),
    ("a folder of choices is part of its room", "anonymous-names-are-unique",
     {"src/balance/a.cc": ANONYMOUS % "enum class Way { kUp };",
      "src/balance/algorithms/b.cc": ANONYMOUS % "auto Way = [] { return 1; };"}, "'Way' is also"),
    ("what follows a macro is a name", "anonymous-names-are-unique",
     {"src/base/a_test.cc": ANONYMOUS % "TEST(A, B) {\n  f();\n}\nint once() { return 1; }",
      "src/base/b_test.cc": ANONYMOUS % "BOOST_DESCRIBE_STRUCT(X, (), (a, b))\nint once();"}, "'once' is also"),
    ("tests, macros, members and locals share names", "anonymous-names-are-unique",
     {f"src/base/{name}.cc": ANONYMOUS % "TEST_P(A, B) {\n  int x = 1;\n}\nINSTANTIATE_TEST_SUITE_P(C, D, Values(X{1}, X{2}));\n"
      "void PrintTo(const X& x);\nbool operator==(X a, X b) { return true; }\nusing base::Code;\n"
      "using Verdict = Breaker::Verdict;\nint Walk::step() { return 1; }"
      for name in ("a_test", "b_test")}, None),
    ("a source and a test give a name once", "anonymous-names-are-unique",
     {f"src/base/{name}.cc": ANONYMOUS % "constexpr int kTick = 1;" for name in ("a", "b_test")}, "'kTick' is also"),
    ("two rooms share names", "anonymous-names-are-unique",
     {f"src/{name}.cc": ANONYMOUS % "int once() { return 1; }" for name in ("base/a", "io/a")}, None),
    ("a name of the room is none of a file's own", "anonymous-names-are-unique",
     {f"src/base/{name}.cc": "namespace weft::base {\nint A::f() { return 1; }\nint g(A a) { return 2; }\n}\n"
      for name in ("a", "b")}, None),

    ("threads are made in io", "banned-words", {"src/proxy/a.cc": "std::thread t;\n"}, "use io/thread.h"),
    ("threads may be made in their place", "banned-words", {"src/io/thread.cc": "std::thread t;\n"}, None),
    ("no mutex above io", "banned-words", {"src/state/a.cc": "std::mutex m;\n"}, "use a mailbox"),
    ("nobody sleeps", "banned-words", {"src/io/a_test.cc": "std::this_thread::sleep_for(x);\n"}, "loop.sleep_for"),
    ("a loop's own sleep is the replacement", "banned-words", {"src/health/a.cc": "co_await loop.sleep_for(x);\n"}, None),
    ("time is handed in", "banned-words", {"src/health/a.cc": "auto t = std::chrono::steady_clock::now();\n"}, "base::Clock"),
    ("chance is handed in", "banned-words", {"src/balance/a.cc": "int x = rand();\n"}, "base::Random"),
    ("std::regex is out", "banned-words", {"src/proxy/a.cc": "std::regex r;\n"}, "RE2"),
    ("nobody throws", "banned-words", {"src/model/a.cc": "throw 1;\n"}, "use Result"),
    ("a test may throw", "banned-words", {"src/model/a_test.cc": "throw 1;\n"}, None),
    ("no raw new", "banned-words", {"src/model/a.cc": "auto* p = new Thing();\n"}, "make_unique"),
    ("operator new may be defined", "banned-words",
     {"src/io/a.h": "static void* operator new(std::size_t n);\nvoid operator delete(void* p);\nA(A&) = delete;\n"}, None),
    ("no printf", "banned-words", {"src/model/a.cc": 'std::printf("x");\n'}, "fmt"),
    ("no upstream, not even in a comment", "banned-words", {"src/proxy/a.cc": "// the Upstream host\n"}, "backend"),
    ("Kong says upstream", "banned-words", {"src/api/kong/a.cc": "// the upstream\n"}, None),
    ("no bare TODO", "banned-words", {"src/proxy/a.cc": "// TODO: later\n"}, "TODO(perf|"),
    ("a TODO with its kind may stay", "banned-words", {"src/proxy/a.cc": "// TODO(perf): drop when 12.3 is out\n"}, None),
    ("no Manager", "banned-words", {"src/proxy/a.h": "class PoolManager {\n"}, "the noun"),
    ("no get_", "banned-words", {"src/proxy/a.h": "  int get_size() const;\n"}, "a verb"),
    ("a vendor's get_ may be called", "banned-words", {"src/proxy/a.cc": "x.get_size(); std::get_if<int>(&v);\n"}, None),
    ("a word in a string is no call", "banned-words", {"src/proxy/a.cc": 'f("throw rand() new X");\n'}, None),
    ("no co_await in a condition", "banned-words",
     {"src/proxy/a.cc": "if (!co_await loop.sleep_for(x)) {\n"}, "name the result first"),
    ("a result named in a condition may be awaited", "banned-words",
     {"src/proxy/a.cc": "if (const auto r = co_await loop.sleep_for(x); !r) {\n"}, None),
    ("no aggregate made within a co_await", "banned-words",
     {"src/proxy/a.cc": "co_await send(ErrorReply{404, text});\n"}, "name it first"),
    ("a view made within a co_await is no object", "banned-words",
     {"src/proxy/a.cc": "co_await socket.recv({in.tail(), in.tail_room()}, deadline);\n"}, None),
    ("an excuse with a reason counts", "banned-words",
     {"src/proxy/a.cc": "// house(new): freed by the C library\nauto* p = new Thing();\n"}, None),
    ("an excuse without a reason does not", "banned-words",
     {"src/proxy/a.cc": "auto* p = new Thing();  // house(new):\n"}, "make_unique"),

    ("a room has a readme", "rooms-have-readmes", {"src/base/a.h": ""}, "no README.md"),
    ("a readme says where to start", "rooms-have-readmes",
     {"src/base/a.h": "", "src/base/README.md": "Comes in, goes out, never here, front doors\n"}, "start reading at"),
    ("a readme is short", "rooms-have-readmes",
     {"src/base/a.h": "", "src/base/README.md": "x\n" * 31}, "at most 30 lines"),
    ("a document names what exists", "named-paths-exist", {"README.md": "See `io/loop.h`.\n"}, "'io/loop.h'"),
    ("braces name several files", "named-paths-exist",
     {"README.md": "See `io/loop.{h,cc}`.\n", "src/io/loop.h": ""}, "'io/loop.cc'"),
    ("a link leads somewhere", "named-paths-exist", {"docs/a.md": "[x](b.md)\n"}, "'b.md'"),
    ("an existing path, an address and an API path are fine", "named-paths-exist",
     {"README.md": "`src/io/loop.h` [x](https://a.example/b) `GET /api/v1/x` `text/plain`\n", "src/io/loop.h": ""}, None),
    ("the architecture page is short", "architecture-is-short", {"ARCHITECTURE.md": "x\n" * 201}, "at most 200"),
    ("no private key", "no-secrets",
     {"src/io/a.cc": 'auto k = "-----BEGIN' + ' PRIVATE KEY-----";\n'}, "a secret"),
    ("no certificate file", "no-secrets", {"src/io/a.pem": ""}, "a key or certificate"),
    ("a class of faults names a test that exists", "bug-classes-are-tested",
     {"docs/bug_classes.md": BUG_CLASS % "`Suite.Name`", "src/io/a_test.cc": "TEST(Suite, Other) {}\n"}, "no test and no scenario"),
    ("a class of faults has a test", "bug-classes-are-tested", {"docs/bug_classes.md": BUG_CLASS % "soon"}, "names no test"),
    ("a number stands beside its test", "bug-classes-are-tested",
     {"docs/bug_classes.md": BUG_CLASS % '"A title"', "tests/scenarios/a/a.scn": "== A title\n"}, "CVE-2020-12345 stands beside none"),
    ("a number in a comment of the test will do", "bug-classes-are-tested",
     {"docs/bug_classes.md": BUG_CLASS % "`Suite.Name`", "src/io/a_test.cc": "// CVE-2020-12345.\nTEST_P(Suite, Name) {}\n"}, None),
    ("a lock file names no host", "lock-files-name-no-host",
     {"web/package-lock.json": '"resolved": "https://registry.example/a.tgz"\n'}, "names a registry"),
]


def build(root, files):
    """Writes a small house with the real tables unless the case brings its own."""
    tables = {f"tests/house/{name}": (HERE / name).read_text() for name in DATA}
    for path, text in (tables | files).items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def run(rules):
    """Returns one truth value per case, after printing those that went wrong."""
    results = []
    for sentence, rule, files, expected in CASES:
        with tempfile.TemporaryDirectory() as root:
            build(Path(root), files)
            found = [finding.instead for finding in rules[rule](Tree(root))]
        good = not found if expected is None else any(expected in text for text in found)
        if not good:
            print(f"tests/house/cases.py:0: {rule}: '{sentence}' expected {expected!r}, found {found}")
        results.append(good)
    return results
