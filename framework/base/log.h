// The log of a run.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tessera::base {

enum class LogLevel { debug, info, warning, error };

/// Writes lines of the form "time rank level: text" to a file, using spdlog. In `text`, control characters,
/// and newlines that do not begin an indented line, are replaced. Write errors are ignored, so that they
/// never stop a run.
class Log {
 public:
  /// A log that discards all messages.
  Log();
  /// Appends to the file at `path`. Throws base::Error (cannot_create) if it cannot be opened.
  Log(const std::string& path, int rank, LogLevel level) : Log{path, "rank " + std::to_string(rank), level} {}
  /// Appends to the file at `path`, for a process that is not a rank: each line contains `writer`, the name
  /// of the process, instead of the rank. Throws base::Error (cannot_create) if the file cannot be opened.
  Log(const std::string& path, const std::string& writer, LogLevel level);
  Log(Log&&) noexcept;
  Log& operator=(Log&&) noexcept;
  ~Log();

  void debug(std::string_view text) { write(LogLevel::debug, text); }
  void info(std::string_view text) { write(LogLevel::info, text); }
  void warning(std::string_view text) { write(LogLevel::warning, text); }
  void error(std::string_view text) { write(LogLevel::error, text); }

 private:
  void write(LogLevel level, std::string_view text);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera::base
