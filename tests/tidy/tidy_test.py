#!/usr/bin/env python3
"""tidy_test - each rule of tidy catches a known-bad snippet, and lets its good twin pass."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True
import cpp_source
import tidy

CMAKE = """
mxlab_room(relay/world LINKS options)
mxlab_room(relay/dns LINKS relay_world PkgConfig::ldns)
mxlab_room(relay/queue LINKS relay_world)
mxlab_room(relay LINKS relay_dns relay_queue)
mxlab_room(fakedns LINKS relay_world)
mxlab_room(sim/world LINKS relay fakedns)
"""


class TidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.put("CMakeLists.txt", CMAKE)

    def put(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def messages(self, path, text):
        self.put(path, text)
        return [message for at, _, message in tidy.check(self.root) if at == path]

    def catches(self, words, path, bad, good):
        self.assertIn(words, " | ".join(self.messages(path, bad)))
        self.assertEqual([], self.messages(path, good))

    def test_left_overs(self):
        self.catches("left-over", "a.cpp", "// TODO later\n", "// todos are for later\n")

    def test_paths_of_one_machine(self):
        good = 'auto p = "spool/work/x"; auto maildir = folder + "/tmp/" + name;\n'
        self.catches("one machine", "a.cpp", 'auto p = "/tmp/x";\n', good)

    def test_issue_numbers_in_comments_only(self):
        self.catches("making", "a.cpp", "// see #12\n", 'auto colour = "#111";\n')

    def test_golden_texts_may_say_anything_but_paths_of_one_machine(self):
        self.assertEqual([], self.messages("tests/golden/x.conf", "\t# TODO #12\n"))
        self.assertNotEqual([], self.messages("tests/golden/y.conf", "include /home/me/x\n"))

    def test_tabs(self):
        self.catches("tab", "a.md", "a\tb\n", "a b\n")

    def test_long_files(self):
        self.catches("401 lines", "a.cpp", "int f();\n" * 401, "int f();\n" * 400)

    def test_long_functions(self):
        def body(lines):
            return "int f(int a) {\n" + "  a++;\n" * lines + "}\n"

        self.catches("f has 71 lines", "a.cpp", body(69), body(68))

    def test_many_parameters(self):
        bad = "void f(int a, int b, int c, int d, int e) {}\n"
        good = "void f(std::map<int, int> a, int b, int c, int d) {}\n"
        self.catches("5 parameters", "a.cpp", bad, good)

    def test_deep_nesting(self):
        deep = "void f() { if (a) { for (;;) { while (b) { if (c) { g(); } } } } }\n"
        flat = "void f() { if (a) { for (;;) { while (b) { g(); } } } else if (d) { g(); } }\n"
        self.catches("4 levels", "a.cpp", deep, flat)

    def test_headers_say_what_they_are(self):
        self.catches("must begin with", "a.hpp", "#pragma once\n", "// a.hpp - nothing at all.\n")

    def test_dependencies_point_down(self):
        self.put("relay/dns/d.hpp", "// d.hpp - x.\n")
        self.put("sim/world/s.hpp", "// s.hpp - x.\n")
        good = '#include "relay/dns/d.hpp"\n'
        self.catches("may not include", "relay/x.cpp", '#include "sim/world/s.hpp"\n', good)
        self.assertIn("relay/queue may not include relay/dns",
                      self.messages("relay/queue/q.cpp", good)[0])
        self.assertIn("not a path", self.messages("relay/y.cpp", '#include "d.hpp"\n')[0])

    def test_the_product_never_links_the_lab(self):
        self.put("CMakeLists.txt", CMAKE + "mxlab_room(relay/late LINKS sim_world)\n")
        self.assertIn("depends on the lab", list(tidy.check(self.root))[0][2])
        self.put("CMakeLists.txt", "mxlab_room(relay/dns LINKS relay_world)\n")
        self.assertIn("not declared above", list(tidy.check(self.root))[0][2])

    def test_what_reaches_around_the_world(self):
        for bad in (
            "auto t = std::chrono::system_clock::now();",
            "std::thread t;",
            "std::mutex m;",
            "std::unordered_map<int, int> m;",
            "std::filesystem::remove(p);",
            "getaddrinfo(a, b, c, d);",
            "int fd = ::open(path, 0);",
            "auto t = time(nullptr);",
            "asio::steady_timer timer;",
            "std::map<Host*, int> hosts;",
            "static int count = 0;",
        ):
            with self.subTest(bad):
                self.assertEqual(1, len(self.messages("relay/a.cpp", bad + "\n")))
        for good in (
            "disk.open(path); // not std::thread, and no ::open(",
            'auto text = "std::mutex";',
            "static constexpr int kMost = 3;",
            "static int parse(std::string_view text);",
            "std::map<std::string, Host*> hosts;",
        ):
            with self.subTest(good):
                self.assertEqual([], self.messages("relay/a.cpp", good + "\n"))
        self.assertEqual([], self.messages("relay/world/real_clock.cpp", "std::thread t;\n"))
        self.assertEqual([], self.messages("sim/world/a.cpp", "std::thread t;\n"))

    def test_links_lead_somewhere(self):
        self.put("b.md", "# A Heading, here\n")
        self.catches("nowhere", "a.md", "[x](c.md)\n", "[x](b.md#a-heading-here) `[x](c.md)`\n")
        self.assertIn("no heading", self.messages("a.md", "[x](b.md#another)\n")[0])

    def test_scenarios_have_their_place_in_the_catalogue(self):
        whole = "explain: a\ngroup: weird\nlearn: >\n  b\n"
        for key in ("explain", "group", "learn"):
            without = "".join(f"{line}\n" for line in whole.split("\n")[:-1] if not line.startswith(key))
            self.catches(key, "scenarios/a/b.yaml", without, whole)


class CppSourceTest(unittest.TestCase):
    def found(self, text):
        code, _ = cpp_source.split_comments(text)
        return [(f.name, f.line, f.lines) for f in cpp_source.functions(code)]

    def test_functions_in_namespaces_and_classes(self):
        text = """namespace a::b {
class C final : public D {
 public:
  explicit C(int n) : size_{n}, rest_(n), map_{{1, 2}} {
    go();
  }
  int size() const { return size_; }
  bool operator==(const C&) const = default;
};
}  // namespace
"""
        self.assertEqual([("C", 4, 3), ("size", 7, 1)], self.found(text))

    def test_tables_are_not_functions_and_lambdas_belong_to_theirs(self):
        text = """constexpr std::array kTable = {f(1), f(2)};
struct Options { int a = 1; std::vector<int> b{g()}; };
awaitable<void> serve(Stream& s) {
  auto say = [&](int x) { return x; };
  for (auto x : {1, 2}) {
    run({.a = x}, [] { y(); });
  }
}
auto f = [](int a) {
  return a;
};
"""
        self.assertEqual([("serve", 3, 6), ("lambda", 9, 3)],
                         [(n, l, c) for n, l, c in self.found(text)])

    def test_comments_and_literals_hide_braces(self):
        text = "int f() {\n  // }\n  return '}' + \"}\" + R\"(}\n})\" /* } */;\n}\n"
        self.assertEqual([("f", 1, 5)], self.found(text))


if __name__ == "__main__":
    unittest.main()
