// Reports what the process was computing when a fatal signal ended it.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::host {

/// A call into code that is not ours. The handler reads it in the middle of whatever happens, so its members
/// are plain words and string pointers that stay valid.
struct CrashContext {
  const char* caller = nullptr;  ///< "solver `heat`"
  const char* call = nullptr;    ///< "stage `diffuse`"
  std::int64_t step = 0;
  std::array<std::int64_t, 3> lower{};  ///< first cell of the region
  std::array<std::int64_t, 3> upper{};  ///< beyond its last cell
};

/// During its lifetime, SEGV, BUS, ILL and FPE print one line to stderr ("rank 3 of … received SIGSEGV in
/// stage `diffuse` of solver `heat`, step 42, cells (0, 0, 0) to (32, 32, 1)"), and then have the effect that
/// they had before. At most one per process: signal handlers are global.
class CrashReport {
 public:
  /// `rank`: to name in the line.
  explicit CrashReport(int rank);
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;
  ~CrashReport();

  /// The context to report; null if the process is not in such a call. It must live until the next call.
  static void set(const CrashContext* context);
};

}  // namespace tessera::host
