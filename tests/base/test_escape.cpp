#include "base/escape.h"
#include "base/utf8.h"

#include <catch2/catch.hpp>

#include <string>

#include <nlohmann/json.hpp>

using namespace tessera::base;
using nlohmann::json;

TEST_CASE("JSON is valid UTF-8 without control characters, and valid strings are read back unchanged") {
  for (const std::string text : {"plain", "a\"b\\c", "\x01\x1b[31m\x7f", "Malé 東京",
                                 "\u009b\u202e\u2066\u200b", "tag \U000E0041", "tab\tnewline\n"}) {
    CAPTURE(text);
    const std::string out = json_text(json{{"key", text}}, -1);
    CHECK(is_printable(out));
    CHECK(json::parse(out)["key"] == text);
  }
  CHECK(json_text(json{{"a", "\u202e\x7f"}}, -1) == R"({"a":"\u202e\u007f"})");
  CHECK(json_text(json::array({"\U000E0041"}), -1) == R"(["\udb40\udc41"])");
  CHECK(json_text(json::array({"x\xff\xc3"}), -1) == "[\"x\uFFFD\uFFFD\"]");
  CHECK(json_text(json{{"a", 1}}) == "{\n  \"a\": 1\n}");
  CHECK(json_text(nlohmann::ordered_json{{"b", 1}, {"a", "\xff"}}, -1) == "{\"b\":1,\"a\":\"\uFFFD\"}");
}

TEST_CASE("fields of a CSV file are quoted as in RFC 4180, and are not formulas") {
  CHECK(csv_field("") == "");
  CHECK(csv_field("Malé") == "Malé");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("a \"b\"") == "\"a \"\"b\"\"\"");
  CHECK(csv_field("a\r\nb\x1b\xff") == "a\uFFFD\uFFFDb\uFFFD\uFFFD");
  for (const std::string start : {"=", "+", "-", "@"}) CHECK(csv_field(start + "1") == "'" + start + "1");
  CHECK(csv_field("\tcmd") == "' cmd");
  CHECK(csv_field("=HYPERLINK(\"x\",1)") == "\"'=HYPERLINK(\"\"x\"\",1)\"");
  CHECK(csv_field("a=b-c") == "a=b-c");
}

TEST_CASE("text for XML contains no markup and no control characters") {
  CHECK(xml_text("a<b>&\"c\"") == "a&lt;b&gt;&amp;&quot;c&quot;");
  CHECK(xml_text("x\x01\xff\ny") == "x\uFFFD\uFFFD\uFFFDy");
}

TEST_CASE("a quoted word is read unchanged by the shell") {
  CHECK(shell_word("plain-1.2/x") == "plain-1.2/x");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a b") == "'a b'");
  CHECK(shell_word("A=b") == "'A=b'");  // as the first word of a line, this would be an assignment
  CHECK(shell_word("it's") == R"('it'\''s')");
  CHECK(shell_word("$HOME `date`\n\xff") == "'$HOME `date`\n\xff'");
  CHECK(shell_line({"/opt/tessera", "run", "--n=2"}) == "/opt/tessera run '--n=2'");
}
