// The content of a table, by which a run recognises its own tables after a restart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::table {

/// The length of the beginning of a table, and a hash of its lines.
struct Content {
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;

  /// Appends a line, which includes its newline.
  void add_line(std::string_view line);

  friend bool operator==(const Content&, const Content&) = default;
};

/// How a file begins, compared with the content that it should begin with.
enum class Match {
  same,
  other_line_endings,  ///< the same lines, but they end in CR LF, or follow a byte-order mark
  missing,             ///< there is no file
  different            ///< the file was changed, or is not a regular file
};

/// Compares the beginning of the file at `path` with `content`. Throws base::Error if the file cannot be
/// read.
Match compare(const std::string& path, const Content& content);

/// Returns the first line of the file at `path`, with its newline; an empty string if there is none. Throws
/// base::Error if the file cannot be read.
std::string first_line(const std::string& path);

/// Replaces a file for which compare() returned Match::other_line_endings with its original lines, durably
/// and atomically. Throws base::Error.
void restore_line_endings(const std::string& path, const Content& content);

}  // namespace tessera::table
