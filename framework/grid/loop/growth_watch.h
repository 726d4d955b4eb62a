// Detects diagnostics that grow without bound.
#pragma once

#include "grid/solver/solver_schema.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tessera::loop {

/// Watches the records of all diagnostics. A diagnostic grows without bound if its magnitude
///   * has risen by at least 10 % from each record to the next, over at least 4 records,
///   * has thereby become at least 10^6 times as large (10^18 times if it is a sum, whose terms may cancel),
///   and
///   * rises exponentially: over the last 4 records at no less than half of the mean rate of the whole rise.
/// A value that starts at 0 has no scale, so its rise counts from its first other value. The magnitude of a
/// maximum is 0 if it is negative, and that of a minimum 0 if it is positive: a minimum that rises from 0
/// towards the other values does not grow without bound. Values that are not finite end a rise.
class GrowthWatch {
 public:
  static constexpr std::size_t last_records = 4;

  /// The rise of a diagnostic up to its latest record.
  struct Rise {
    std::int64_t first_step = 0;                    ///< step of the record at which the rise began
    double first = 0.0;                             ///< magnitude at that record
    std::int64_t records = 0;                       ///< number of records since then
    std::array<double, last_records + 1> latest{};  ///< the latest magnitudes, the newest first
    bool reported = false;                          ///< whether the diagnostic has been reported in this run

    friend bool operator==(const Rise&, const Rise&) = default;
  };

  explicit GrowthWatch(const std::vector<solver::DiagnosticSchema>& diagnostics)
      : diagnostics_{diagnostics}, rises_(diagnostics.size()) {}

  /// Adds a record. `values`: one per diagnostic. Returns a description of each diagnostic that is found to
  /// grow without bound for the first time.
  std::vector<std::string> add(std::int64_t step, const std::vector<double>& values);

  const std::vector<Rise>& rises() const { return rises_; }
  /// Continues from a saved state, unless it is for another number of diagnostics.
  void restore(const std::vector<Rise>& rises) {
    if (rises.size() == rises_.size()) rises_ = rises;
  }

 private:
  std::vector<solver::DiagnosticSchema> diagnostics_;
  std::vector<Rise> rises_;
};

}  // namespace tessera::loop
