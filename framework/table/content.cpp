#include "table/content.h"

#include "base/digest.h"
#include "base/error.h"
#include "host/durable_file.h"
#include "host/output_file.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace tessera::table {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t block_bytes = std::size_t{1} << 20;
/// A longer line was not written by a run.
constexpr std::size_t max_line_bytes = std::size_t{1} << 26;

/// Reads a file line by line.
class LineReader {
 public:
  explicit LineReader(const std::string& path)
      : file_{path, host::DurableFile::Open::read}, size_{file_.size()} {}

  /// Returns the next line, with its newline; nullopt after the last complete line.
  std::optional<std::string> next() {
    std::string line;
    for (;;) {
      const auto* end = static_cast<const char*>(std::find(at_, end_, '\n'));
      line.append(at_, end);
      at_ = end;
      if (at_ != end_) {
        ++at_;
        return line + '\n';
      }
      if (line.size() > max_line_bytes || !read_block()) return std::nullopt;
    }
  }

 private:
  bool read_block() {
    block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block_bytes, size_ - offset_)));
    if (block_.empty()) return false;
    file_.read(std::as_writable_bytes(std::span{block_}), offset_);
    offset_ += block_.size();
    at_ = block_.data();
    end_ = block_.data() + block_.size();
    return true;
  }

  host::DurableFile file_;
  std::uint64_t size_;
  std::uint64_t offset_ = 0;
  std::vector<char> block_;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
};

/// Removes what other programs add to the lines of a table.
std::string original_line(std::string line, bool is_first) {
  if (is_first && line.starts_with(byte_order_mark)) line.erase(0, byte_order_mark.size());
  if (line.ends_with("\r\n")) line.erase(line.size() - 2, 1);
  return line;
}

}  // namespace

void Content::add_line(std::string_view line) {
  std::string chained{reinterpret_cast<const char*>(&hash), sizeof hash};
  chained += line;
  hash = base::hash_of(std::as_bytes(std::span{chained}));
  bytes += line.size();
}

Match compare(const std::string& path, const Content& content) {
  std::error_code ec;
  const fs::file_status status = fs::symlink_status(path, ec);
  if (status.type() == fs::file_type::not_found) return Match::missing;
  if (status.type() != fs::file_type::regular) return Match::different;
  LineReader lines{path};
  Content as_is;
  Content original;
  bool is_first = true;
  while (as_is.bytes < content.bytes || original.bytes < content.bytes) {
    const auto line = lines.next();
    if (!line) break;
    if (as_is.bytes < content.bytes) as_is.add_line(*line);
    if (original.bytes < content.bytes) original.add_line(original_line(*line, is_first));
    is_first = false;
  }
  if (as_is == content) return Match::same;
  return original == content ? Match::other_line_endings : Match::different;
}

std::string first_line(const std::string& path) { return LineReader{path}.next().value_or(""); }

void restore_line_endings(const std::string& path, const Content& content) {
  LineReader lines{path};
  std::string text;
  while (text.size() < content.bytes) {
    auto line = lines.next();
    if (!line) break;
    text += original_line(std::move(*line), text.empty());
  }
  host::write_whole_file(path, text, host::Durability::on_disk);
}

}  // namespace tessera::table
