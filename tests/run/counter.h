// A minimal kind of job, which adds numbers. The framework contains no code specific to it.
//
// The state of a chunk is a sum, to which every step adds a number. Every few steps, the chunks are
// redistributed over the ranks according to their costs, so that they migrate between ranks.
#pragma once

#include "work/kind.h"

#include <cstdint>

namespace counter {

/// Jobs with a section [count], which sets the number of chunks (`chunks`), the number of steps (`steps`) and
/// the duration of a step (`pause`).
class Kind : public tessera::work::Kind {
 public:
  std::optional<tessera::work::CheckedJob> check(const tessera::job::Document& document,
                                                 const tessera::work::CheckOptions& options,
                                                 tessera::job::Diagnostics& problems) const override;
  bool is_complete(const tessera::work::CheckedJob& checked, std::int64_t step,
                   std::optional<double> time) const override;
  std::unique_ptr<tessera::work::Work> make(const tessera::work::CheckedJob& checked,
                                            const tessera::work::Context& context) const override;
};

/// The number that a step adds to the sum of a chunk.
inline std::uint64_t addend(std::uint64_t chunk, std::int64_t step) {
  return (chunk + 1) * 0x9E3779B97F4A7C15u ^ static_cast<std::uint64_t>(step);
}

}  // namespace counter
