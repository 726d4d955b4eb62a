// The log of a run.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tessera::base {

enum class LogLevel { debug, info, warning, error };

/// Writes lines "time rank level text" to a file, through spdlog. Rank 0 writes the run's log; with
/// files per rank, every rank writes its own. Failing to write never stops a run.
class Log {
 public:
  /// A log that drops everything.
  Log();
  /// Appends to the file at `path`. Throws base::Error (cannot_create) when it cannot be opened.
  Log(const std::string& path, int rank, LogLevel level) : Log{path, "rank " + std::to_string(rank), level} {}
  /// The same of who is no rank.
  Log(const std::string& path, const std::string& who, LogLevel level);
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
