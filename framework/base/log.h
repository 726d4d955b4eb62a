// The log of a run.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tessera::base {

enum class LogLevel { debug, info, warning, error };

/// Writes lines of the form "time rank level text" to a file, using spdlog. Rank 0 writes the run's log; with
/// one file per rank, every rank writes its own. A write error never stops a run.
class Log {
 public:
  /// A log that drops everything.
  Log();
  /// Appends to the file at `path`. Throws base::Error (cannot_create) if it cannot be opened.
  Log(const std::string& path, int rank, LogLevel level) : Log{path, "rank " + std::to_string(rank), level} {}
  /// The same for a writer that is not a rank; `who` takes the place of the rank.
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
