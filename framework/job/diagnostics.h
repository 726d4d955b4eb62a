// The problems found in a job file, in human-readable and machine-readable form.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::job {

/// A problem and its location.
struct Problem {
  std::string message;     ///< lower case, no full stop
  std::string label;       ///< a possible fix, printed after the carets; may be empty
  std::string note;        ///< printed below the quoted line; may be empty
  std::string key;         ///< dotted path of the key; may be empty
  std::string suggestion;  ///< the replacement word alone; may be empty

  std::string file;          ///< path as given, or the complete command-line override
  bool is_override = false;  ///< whether `file` is an override
  int line = 0;              ///< 1-based; 0 for the whole file or an override
  int column = 0;            ///< 1-based, in characters; 0 for the whole line
  int length = 0;            ///< number of characters to mark
  std::string line_text;     ///< contents of the line; may be empty
};

/// Collects problems. Their strings may contain arbitrary bytes; the report is safe to print on a terminal.
class Diagnostics {
 public:
  /// Adds a problem, unless the same message was already added for the same location.
  void add(Problem problem);

  bool empty() const { return problems_.empty(); }
  std::size_t size() const { return problems_.size(); }
  /// The problems in the file, sorted by line and column; problems without a line come after them, and
  /// problems in overrides last.
  const std::vector<Problem>& problems() const { return problems_; }

  /// Returns a report of the first 50 problems, without a trailing newline; empty if there are no problems.
  /// The report ends with the number of problems and `closing`, for example "2 errors. Nothing was started."
  std::string render(const std::string& closing = "Nothing was started.", bool colour = false) const;

  /// Returns a JSON array of {message, file, line, column, key, suggestion}; unknown values are null.
  /// `suggestion` is the label if the problem has no suggestion.
  std::string json() const;

 private:
  std::vector<Problem> problems_;
};

}  // namespace tessera::job
