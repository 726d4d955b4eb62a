// A job file: parsed TOML with the location of each value, and the overrides of the command line.
#pragma once

#include "job/diagnostics.h"
#include "job/node.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::job {

/// The content of a job file, before it is checked.
class Document {
 public:
  /// Parses `bytes`, and applies the overrides ("time.end=1 h") in order. Safe on arbitrary bytes. The part
  /// of an override after `=` is a TOML value; if it is not valid TOML, it is taken as a string, unless it
  /// starts like a TOML string, array or table. Adds problems to `out`. `folder`: base of the relative paths
  /// in the job, if it differs from the folder of `path`.
  Document(std::string path, std::string bytes, const std::vector<std::string>& overrides, Diagnostics& out,
           std::string folder = {});

  /// Reads the file and parses it. Throws base::Error (no_input) if it is missing, a directory or unreadable.
  static Document read(const std::string& path, const std::vector<std::string>& overrides, Diagnostics& out);

  const std::string& path() const { return path_; }
  /// The base of the relative paths in the job; "." for the current folder.
  std::string folder() const;

  /// Whether the file is valid TOML; otherwise root() contains only the overrides and must not be checked.
  bool readable() const { return readable_; }
  /// Whether the file is valid TOML and every override could be applied.
  bool parsed() const { return readable_ && overrides_applied_; }
  const Node& root() const { return root_; }

  /// The value of `solver` in [job]; nullopt if it is missing, empty or not a string.
  std::optional<std::string> solver_name() const;

  /// The job as TOML: the bytes of the file or, if there are overrides, the merged values.
  std::string text() const;

  /// Returns a problem at `place`, with the text of its line.
  Problem problem_at(const Place& place, std::string message = {}, std::string label = {}) const;

  /// Returns the location of bytes [position, position + length) of the string value `text`; the location of
  /// the whole value if the string is written with escapes or on several lines.
  Place place_within(const Node& text, std::size_t position, std::size_t length) const;

 private:
  std::string line_text(const Place& place) const;
  void apply(const std::string& text, int source, Diagnostics& out);

  std::string path_;
  std::string folder_;
  std::string bytes_;
  std::vector<std::string> overrides_;
  Node root_;
  bool readable_ = true;
  bool overrides_applied_ = true;
};

}  // namespace tessera::job
