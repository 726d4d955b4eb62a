// Recognising the beginning of a table.
#include "base/error.h"
#include "support/temporary_folder.h"
#include "table/table.h"

#include <catch2/catch.hpp>

#include <filesystem>

#include <sys/stat.h>

using namespace tessera;
using table::Content;
using table::CsvWriter;
using table::Match;
using test::bytes_of;

namespace {

const std::string two_rows = "step,u\n0,1.5\n10,2.5\n";

Content content_of(const std::string& text) {
  Content content;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    content.add_line(std::string_view{text}.substr(at, end - at));
    at = end;
  }
  return content;
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string{"\r\n"} : std::string{c};
  return out;
}

}  // namespace

TEST_CASE("a writer knows the content of its file, also after it was reopened") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("t.csv");
  Content content;
  {
    CsvWriter writer{path, {"step", "u"}};
    writer.write_row({std::int64_t{0}, 1.5});
    content = writer.sync();
    CHECK(content == content_of("step,u\n0,1.5\n"));
    writer.write_row({std::int64_t{5}, 9.0});
  }
  CsvWriter writer = CsvWriter::reopen(path, 2, content);
  writer.write_row({std::int64_t{10}, 2.5});
  CHECK(writer.sync() == content_of(two_rows));
  CHECK(bytes_of(path) == two_rows);
}

TEST_CASE("the beginning of a file is compared line by line") {
  const test::TemporaryFolder folder;
  const Content content = content_of(two_rows);
  const auto match = [&](const std::string& text) {
    return table::compare(folder.write("t.csv", text), content);
  };
  CHECK(match(two_rows) == Match::same);
  CHECK(match(two_rows + "20,3.5\n30") == Match::same);
  CHECK(match(with_crlf(two_rows)) == Match::other_line_endings);
  CHECK(match("\xef\xbb\xbf" + with_crlf(two_rows + "20,3.5\n")) == Match::other_line_endings);
  CHECK(match("\xef\xbb\xbf" + two_rows) == Match::other_line_endings);
  for (std::size_t n = 0; n < two_rows.size(); ++n) {
    CAPTURE(n);
    CHECK(match(two_rows.substr(0, n)) == Match::different);
    std::string changed = two_rows;
    changed[n] = '#';
    CHECK(match(changed) == Match::different);
  }
  CHECK(table::compare(folder.file("missing.csv"), content) == Match::missing);
  CHECK(table::compare(folder.write("empty.csv", ""), Content{}) == Match::same);
}

TEST_CASE("a pipe, a folder and a link in place of a table do not match, and are not opened") {
  const test::TemporaryFolder folder;
  const Content content = content_of(two_rows);
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  std::filesystem::create_directory(folder.file("folder"));
  std::filesystem::create_symlink(folder.write("t.csv", two_rows), folder.file("link"));
  for (const char* name : {"pipe", "folder", "link"}) {
    CAPTURE(name);
    CHECK(table::compare(folder.file(name), content) == Match::different);
  }
}

TEST_CASE("the original line endings are restored, without later rows") {
  const test::TemporaryFolder folder;
  const Content content = content_of(two_rows);
  const std::string path = folder.write("t.csv", "\xef\xbb\xbf" + with_crlf(two_rows + "20,3.5\n"));
  table::restore_line_endings(path, content);
  CHECK(bytes_of(path) == two_rows);
  CHECK(table::first_line(path) == "step,u\n");
  CHECK(table::first_line(folder.write("empty.csv", "")).empty());
}

TEST_CASE("lines longer than a block are compared") {
  const test::TemporaryFolder folder;
  const std::string text = std::string((std::size_t{3} << 20) + 17, 'x') + "\n1\n";
  CHECK(table::compare(folder.write("t.csv", text), content_of(text)) == Match::same);
}
