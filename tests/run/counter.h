// The smallest kind of job: it adds up numbers. No line of framework/ knows it.
//
// Each chunk is one sum; a step adds a number to each. Every few steps the chunks are dealt out anew by their
// costs, so that they move between ranks.
#pragma once

#include "work/kind.h"

#include <cstdint>

namespace counter {

/// The kind of jobs with a section [count]: `chunks`, `steps` and `pause`, seconds per step.
class Kind : public tessera::work::Kind {
 public:
  std::optional<tessera::work::Checked> check(const tessera::job::Document& document,
                                              const tessera::work::CheckOptions& options,
                                              tessera::job::Diagnostics& problems) const override;
  std::unique_ptr<tessera::work::Work> make(const tessera::work::Checked& checked,
                                            const tessera::work::Context& context) const override;
};

/// What a step adds to the sum of a chunk.
inline std::uint64_t number(std::uint64_t chunk, std::int64_t step) {
  return (chunk + 1) * 0x9E3779B97F4A7C15u ^ static_cast<std::uint64_t>(step);
}

}  // namespace counter
