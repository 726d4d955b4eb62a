// Errors that are reported to the user, with the cause and a hint.
#pragma once

#include "base/exit_code.h"

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace tessera::base {

/// Thrown for every failure that a user can act on. For programming errors, ContractViolation is thrown
/// instead.
class Error : public std::exception {
 public:
  /// `problem` is one sentence that starts in lower case and has no full stop; further lines are indented by
  /// two spaces. `hint` tells the user how to solve the problem; it may be empty. Both may quote any bytes,
  /// such as names of files: control characters, and newlines that do not begin an indented line, are
  /// replaced.
  Error(ExitCode code, std::string_view problem, std::string_view hint = {});

  /// An error whose text is already formatted and safe to print, such as a report of several problems.
  static Error with_text(ExitCode code, std::string text) {
    Error e{code, ""};
    e.text_ = std::move(text);
    return e;
  }

  ExitCode code() const { return code_; }
  /// The text to print, without a newline at the end.
  const std::string& text() const { return text_; }
  /// The text without its leading "error: ", for use within another sentence.
  std::string message() const { return text_.starts_with(prefix) ? text_.substr(prefix.size()) : text_; }
  /// The message up to the first hint in it.
  std::string problem() const;
  /// What follows problem() in the message, without the "  = " before it; empty if there is no hint.
  std::string hint() const;
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  static constexpr std::string_view prefix = "error: ";
  ExitCode code_;
  std::string text_;
};

}  // namespace tessera::base
