// The problems of a job file, as a person and as a machine reads them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::job {

/// One problem and its place.
struct Problem {
  std::string message;     ///< lower case, no full stop
  std::string label;       ///< printed after the caret: what to write instead; may be empty
  std::string note;        ///< printed below; may be empty
  std::string key;         ///< dotted path of the key; may be empty
  std::string suggestion;  ///< the word to write instead, alone; may be empty

  std::string file;           ///< path as given, or the whole override
  bool command_line = false;  ///< `file` is an override
  int line = 0;               ///< from 1; 0: the file as a whole
  int column = 0;             ///< from 1, characters; 0: the line as a whole
  int length = 0;             ///< characters to mark
  std::string quoted;         ///< the text of the line
};

/// Collects problems. Texts may hold any bytes; what is printed is safe on a terminal.
class Diagnostics {
 public:
  /// Drops a problem whose message and place are there already.
  void add(Problem problem);

  bool empty() const { return problems_.empty(); }
  std::size_t size() const { return problems_.size(); }
  /// In the order of the file; those without a line follow, then those of the command line.
  const std::vector<Problem>& problems() const { return problems_; }

  /// The report, ending with the count and `closing` ("2 errors. Nothing was started."), without a
  /// newline at its end; empty when there is no problem. Shows the first 50 problems.
  std::string render(const std::string& closing = "Nothing was started.", bool colour = false) const;

  /// A JSON array of {message, file, line, column, key, suggestion}; what is not known is null.
  std::string json() const;

 private:
  std::vector<Problem> problems_;
};

}  // namespace tessera::job
