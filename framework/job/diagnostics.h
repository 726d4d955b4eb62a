// The problems found in a job file, in human-readable and machine-readable form.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::job {

/// A problem and its location.
struct Problem {
  std::string message;     ///< lower case, no full stop
  std::string label;       ///< printed after the carets: what to write instead; may be empty
  std::string note;        ///< printed below the quoted line; may be empty
  std::string key;         ///< dotted path of the key; may be empty
  std::string suggestion;  ///< only the replacement word; may be empty

  std::string file;          ///< path as given, or the complete command-line override
  bool is_override = false;  ///< whether `file` is an override
  int line = 0;              ///< from 1; 0: the problem concerns the whole file
  int column = 0;            ///< from 1, in characters; 0: the problem concerns the whole line
  int length = 0;            ///< number of characters to mark
  std::string line_text;     ///< text of the line; may be empty
};

/// Collects problems. Texts may contain arbitrary bytes; the report is safe to print on a terminal.
class Diagnostics {
 public:
  /// Adds a problem, unless one with the same message and location was added before.
  void add(Problem problem);

  bool empty() const { return problems_.empty(); }
  std::size_t size() const { return problems_.size(); }
  /// The problems sorted by line and column, then those without a line, then those in overrides.
  const std::vector<Problem>& problems() const { return problems_; }

  /// Returns a report of the first 50 problems, without a final newline; empty if there are no problems. The
  /// report ends with the number of problems and `closing`, for example "2 errors. Nothing was started."
  std::string render(const std::string& closing = "Nothing was started.", bool colour = false) const;

  /// Returns a JSON array of {message, file, line, column, key, suggestion}; unknown values are null.
  /// `suggestion` is the label if the problem has no suggestion.
  std::string json() const;

 private:
  std::vector<Problem> problems_;
};

}  // namespace tessera::job
