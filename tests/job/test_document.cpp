#include "base/error.h"
#include "job/document.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>

using namespace tessera;
using job::Diagnostics;
using job::Document;
using job::Node;

namespace {

Document document(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Diagnostics out;
  Document d{"job.toml", text, overrides, out};
  INFO(out.render());
  REQUIRE(out.empty());
  return d;
}

std::string problems(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Diagnostics out;
  const Document d{"job.toml", text, overrides, out};
  CHECK(d.parsed() == out.empty());
  return out.render("");
}

const Node& at(const Document& d, std::initializer_list<const char*> path) {
  const Node* n = &d.root();
  for (const char* key : path) {
    n = n->find(key);
    REQUIRE(n != nullptr);
  }
  return *n;
}

}  // namespace

TEST_CASE("values and keys have their locations in the file") {
  const Document d =
      document("[job]\nname = \"é\"   # a comment\r\n\tn=[1,  2.5]\n[job.sub]\nk = { a = true }\n");
  CHECK(at(d, {"job", "name"}).text == "é");
  CHECK(at(d, {"job", "name"}).location.line == 2);
  CHECK(at(d, {"job", "name"}).location.column == 8);
  CHECK(at(d, {"job", "name"}).location.length == 3);
  const Node& n = at(d, {"job", "n"});
  CHECK(n.items[1].real == 2.5);
  CHECK(n.items[1].location.line == 3);
  CHECK(n.items[1].location.column == 9);
  CHECK(d.root().find("job")->keys[1].location.column == 2);
  CHECK(at(d, {"job", "sub", "k", "a"}).boolean);
}

TEST_CASE("the name of the solver is known before the job is checked") {
  CHECK(document("[job]\nsolver = \"heat\"").solver_name() == "heat");
  CHECK(document("", {"job.solver=heat"}).solver_name() == "heat");
  CHECK_FALSE(document("[job]\nsolver = 3").solver_name());
  CHECK_FALSE(document("job = 3").solver_name());
  CHECK_FALSE(document("").solver_name());
}

TEST_CASE("overrides are TOML values or unquoted strings") {
  const Document d =
      document("[domain]\ncells = [8]\nchunk = 4\n",
               {"time.end=1 h", "domain.cells=[64, 64,64]", "parameters.diffusivity=0.2", "job.solver=heat",
                "job.name = \"a b\" ", "log.per_rank=true", "domain.boundary={ x = \"wall\" }",
                "output.every=10 # steps", "domain.cells.1=32", "probes.where=bed < -20"});
  CHECK(at(d, {"time", "end"}).text == "1 h");
  CHECK(at(d, {"domain", "cells"}).items.size() == 3);
  CHECK(at(d, {"domain", "cells"}).items[1].integer == 32);
  CHECK(at(d, {"domain", "chunk"}).integer == 4);
  CHECK(at(d, {"parameters", "diffusivity"}).real == 0.2);
  CHECK(at(d, {"job", "solver"}).text == "heat");
  CHECK(at(d, {"job", "name"}).text == "a b");
  CHECK(at(d, {"log", "per_rank"}).boolean);
  CHECK(at(d, {"domain", "boundary", "x"}).text == "wall");
  CHECK(at(d, {"output", "every"}).integer == 10);
  CHECK(at(d, {"probes", "where"}).text == "bed < -20");
  CHECK(at(d, {"time", "end"}).location.source == 1);
  CHECK(at(d, {"time", "end"}).location.column == 10);
  CHECK(at(d, {"domain", "cells"}).location.column == 14);
  CHECK(at(d, {"domain", "cells"}).items[0].location.column == 15);
}

TEST_CASE("an invalid override is marked with carets") {
  CHECK(problems("", {"foo"}) ==
        "error: an override needs a value\n"
        "  --> command line: foo\n"
        "   |                ^^^ write key.path=value, such as time.end=1 h\n"
        "1 error.");
  CHECK(problems("", {"domain.cells=[1, 2"}).find("  --> command line: domain.cells=[1, 2\n") !=
        std::string::npos);
  CHECK(problems("", {"=3"}).find("needs a key before `=`") != std::string::npos);
  CHECK(problems("", {"a..b=3"}).find("needs a key before `=`") != std::string::npos);
  CHECK(problems("", {"time.end="}).find("needs a value after `=`") != std::string::npos);
  CHECK(problems("", {"a.a.a.a.a.a.a.a.a.a.a=1"}).find("more than 8 dots") != std::string::npos);
  CHECK(problems("[time]\nend = 1", {"time.end.hours=1"}) ==
        "error: there is no `hours` in an integer\n"
        "  --> command line: time.end.hours=1\n"
        "   |                         ^^^^^\n"
        "1 error.");
}

TEST_CASE("the text of a job is its file or, if there are overrides, equivalent TOML") {
  const std::string text = "# comment\n[job]\nname = 'x'\n";
  CHECK(document(text).text() == text);
  const Document d = document(
      "[job]\nname = \"\\u0001 \\\"q\\\" \\\\ é\\n\"\nr = [1.0, 1e300, inf, -inf, 0.1, 1e-7]\n"
      "d = 1979-05-27T07:32:00Z\n\"odd key\" = {a.b = 1}\n[[t.rows]]\nv = -3\n[[t.rows]]\n",
      {"t.new=1 h"});
  const Document reparsed = document(d.text());
  CHECK(reparsed.text() == job::to_toml(d.root()));
  CHECK(at(reparsed, {"job", "name"}).text == "\x01 \"q\" \\ é\n");
  CHECK(at(reparsed, {"job", "r"}).items[4].real == 0.1);
  CHECK(at(reparsed, {"job", "r"}).items[1].real == 1e300);
  CHECK(std::isinf(at(reparsed, {"job", "r"}).items[2].real));
  CHECK(at(reparsed, {"job", "d"}).kind == Node::Kind::date);
  CHECK(at(reparsed, {"job", "odd key", "a", "b"}).integer == 1);
  CHECK(at(reparsed, {"t", "rows"}).items.size() == 2);
  CHECK(at(reparsed, {"t", "new"}).text == "1 h");
}

TEST_CASE("arbitrary bytes are parsed or reported as an error") {
  CHECK(document("\xEF\xBB\xBF[job]\r\nname = \"x\"\r\n").is_valid_toml());
  for (const std::string& bytes :
       {std::string("a = \"\xff\xfe\""), std::string("a = \"x\0y\"", 9), std::string(100, '\0'),
        std::string("\xff"), "a = " + std::string(100000, '['), "a = " + std::string(100000, '{'),
        std::string("[") + std::string(5000, 'a') + "."}) {
    CHECK(problems(bytes).find("error: ") == 0);
  }
  std::string dots = "a";
  for (int n = 0; n < 100000; ++n) dots += ".a";
  CHECK(problems(dots + " = 1").find("error: a key has more than 8 dots\n --> job.toml:1:18") == 0);
  CHECK(problems("[" + dots + "]").find("more than 8 dots") != std::string::npos);
  CHECK(problems("x = {" + dots + " = 1}").find("more than 8 dots") != std::string::npos);
  CHECK(document("d = \"a.b.c.d.e.f.g.h.i.j.k\" # a.b.c.d.e.f.g.h.i.j.k\ne = '''\na.b.c.d.e.f.g.h.i.j.k'''\n")
            .is_valid_toml());
  CHECK(problems(std::string((16U << 20U) + 1, ' ')).find("larger than 16 MiB") != std::string::npos);
  std::string nested = "1";
  for (int n = 0; n < 200; ++n) nested = "{a.a.a.a.a.a.a.a=" + nested + "}";
  CHECK(document("x=" + nested).is_valid_toml());
}

TEST_CASE("job files that cannot be read are refused") {
  Diagnostics out;
  const auto error_text = [&](const std::string& path) {
    try {
      Document::read(path, {}, out);
    } catch (const base::Error& e) {
      CHECK(e.code() == base::ExitCode::no_input);
      return e.text();
    }
    return std::string{};
  };
  const auto folder = std::filesystem::temp_directory_path();
  CHECK(error_text("missing.toml") == "error: no such job file: `missing.toml`");
  CHECK(error_text(folder.string()) == "error: `" + folder.string() + "` is a directory, not a job file");
  CHECK(error_text("") == "error: no such job file: ``");
}

TEST_CASE("control characters and long lines do not displace the caret") {
  const std::string line = "name = \"\t\u00e9\" \x1b" + std::string(300, 'x');
  const std::string report = problems(line);
  CHECK(report.find('\x1b') == std::string::npos);
  CHECK(report.find('\t') == std::string::npos);
  const std::string long_line = "a = " + std::string(500, ' ') + "?" + std::string(500, ' ');
  const std::string shown = problems(long_line);
  CHECK(shown.find("job.toml:1:505") != std::string::npos);
  CHECK(shown.find("\n1 | …" + std::string(32, ' ') + "?" + std::string(63, ' ') + "…\n  |  " +
                   std::string(32, ' ') + "^\n") != std::string::npos);
}
