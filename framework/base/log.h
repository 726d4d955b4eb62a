// The log of a run.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tessera::base {

enum class LogLevel { debug, info, warning, error };

/// Writes lines of the form "time rank level: text" to a file, using spdlog. Write errors are ignored, so
/// that they never stop a run.
class Log {
 public:
  /// A log that discards all messages.
  Log();
  /// Appends to the file at `path`. Throws base::Error (cannot_create) if it cannot be opened.
  Log(const std::string& path, int rank, LogLevel level) : Log{path, "rank " + std::to_string(rank), level} {}
  /// The same for a process that is not a rank: each line contains its name, `writer`, instead of the rank.
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

  struct Sink;
  std::unique_ptr<Sink> sink_;
};

}  // namespace tessera::base
