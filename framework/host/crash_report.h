// Reports the plugin call in progress when a fatal signal ends the process.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::host {

/// A call to plugin code. The signal handler may read it at any time, so its members are only integers, and
/// pointers to strings that must stay valid.
struct CrashContext {
  const char* callee = nullptr;  ///< such as "solver `heat`"
  const char* call = nullptr;    ///< such as "stage `diffuse`"
  std::int64_t step = 0;
  std::array<std::int64_t, 3> lower{};  ///< first cell of the region; equal to `upper` if there is none
  std::array<std::int64_t, 3> upper{};  ///< one past its last cell along each axis
  int dimensions = 3;                   ///< number of axes of the domain
};

/// Handles SEGV, BUS, ILL and FPE during its lifetime: prints the context, if one is set, to stderr ("error:
/// rank 3 received SIGSEGV (invalid memory access) in stage `diffuse` of solver `heat`, step 42, cells
/// [0,32)x[0,32)"), and then lets the previous handler handle the signal. Because signal handlers are
/// global, a process may have only one such object.
class CrashReport {
 public:
  static constexpr int no_rank = -1;

  /// `rank` appears in the message, unless it is no_rank.
  explicit CrashReport(int rank);
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;
  ~CrashReport();

  /// Makes exit() report the call in progress, if any, and end the process with exit code 70. Call this once,
  /// at the start of main(); it needs no object of this class.
  static void watch_exit();

  /// Sets the context to report; nullptr if no plugin call is in progress. The context must stay valid until
  /// the next call of set().
  static void set(const CrashContext* context);
};

/// Sets the context of crash reports during its lifetime. `context` must outlive it.
class CrashScope {
 public:
  explicit CrashScope(const CrashContext& context) { CrashReport::set(&context); }
  CrashScope(const CrashScope&) = delete;
  CrashScope& operator=(const CrashScope&) = delete;
  ~CrashScope() { CrashReport::set(nullptr); }
};

}  // namespace tessera::host
