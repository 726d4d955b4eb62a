// A job file: parsed TOML with the location of each value, and the overrides from the command line.
#pragma once

#include "job/diagnostics.h"
#include "job/node.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::job {

/// The contents of a job file, before they are checked.
class Document {
 public:
  /// Parses `bytes`, and applies the overrides ("time.end=1 h") in order. Safe on arbitrary bytes. The part
  /// of an override after `=` is a TOML value; if it is not valid TOML, it is treated as a string, unless it
  /// starts like a TOML string, array or table. Reports problems to `out`. `folder`: base folder of
  /// relative paths in the job; empty: the folder of `path`.
  Document(std::string path, std::string bytes, const std::vector<std::string>& overrides, Diagnostics& out,
           std::string folder = {});

  /// Reads and parses a file. Throws base::Error (no_input) if the file is missing, unreadable or a
  /// directory.
  static Document read(const std::string& path, const std::vector<std::string>& overrides, Diagnostics& out);

  const std::string& path() const { return path_; }
  /// The base folder of relative paths in the job; "." is the current folder.
  std::string folder() const;

  /// Whether the file is valid TOML. If not, root() contains only the overrides and must not be checked.
  bool is_valid_toml() const { return is_valid_toml_; }
  /// Whether the file is valid TOML and every override could be applied.
  bool parsed() const { return is_valid_toml_ && overrides_applied_; }
  const Node& root() const { return root_; }

  /// The value of `solver` in [job]; nullopt if it is missing, empty or not a string.
  std::optional<std::string> solver_name() const;

  /// The job as TOML: the unchanged file or, if there are overrides, the merged values.
  std::string text() const;

  /// Returns a problem at `location`, with the contents of that line filled in.
  Problem problem_at(const Location& location, std::string message = {}, std::string label = {}) const;

  /// Returns the location of bytes [position, position + length) of the string value `text`, or the location
  /// of the whole value if the string contains escapes or spans several lines.
  Location location_within(const Node& text, std::size_t position, std::size_t length) const;

 private:
  std::string line_text(const Location& location) const;
  void apply_override(const std::string& text, int source, Diagnostics& out);

  std::string path_;
  std::string folder_;
  std::string bytes_;
  std::vector<std::string> overrides_;
  Node root_;
  bool is_valid_toml_ = true;
  bool overrides_applied_ = true;
};

}  // namespace tessera::job
