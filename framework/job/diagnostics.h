// The problems found in a job file, in human-readable and machine-readable form.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::job {

/// A problem and its location.
struct Problem {
  std::string message;     ///< lower case, no full stop
  std::string label;       ///< printed after the caret: what to write instead; may be empty
  std::string note;        ///< printed below; may be empty
  std::string key;         ///< dotted path of the key; may be empty
  std::string suggestion;  ///< only the replacement word; may be empty

  std::string file;           ///< path as given, or the complete command-line override
  bool command_line = false;  ///< `file` is an override
  int line = 0;               ///< from 1; 0: the file as a whole
  int column = 0;             ///< from 1, characters; 0: the line as a whole
  int length = 0;             ///< characters to mark
  std::string quoted;         ///< the text of the line
};

/// Collects problems. Texts may contain arbitrary bytes; the report is safe to print on a terminal.
class Diagnostics {
 public:
  /// Adds a problem, unless one with the same message and location was added before.
  void add(Problem problem);

  bool empty() const { return problems_.empty(); }
  std::size_t size() const { return problems_.size(); }
  /// Sorted: problems by line and column, then those without a line, then those on the command line.
  const std::vector<Problem>& problems() const { return problems_; }

  /// The report, ending with the count and `closing` ("2 errors. Nothing was started."), without a
  /// newline at its end; empty if there is no problem. Shows the first 50 problems.
  std::string render(const std::string& closing = "Nothing was started.", bool colour = false) const;

  /// A JSON array of {message, file, line, column, key, suggestion}; unknown values are null. `suggestion` is
  /// the label if the problem has no suggestion.
  std::string json() const;

 private:
  std::vector<Problem> problems_;
};

}  // namespace tessera::job
