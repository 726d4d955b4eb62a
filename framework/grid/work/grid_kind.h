// Jobs on grids.
#pragma once

#include "work/kind.h"

namespace tessera::grid {

/// See work::Kind.
class GridKind : public work::Kind {
 public:
  std::optional<work::Checked> check(const job::Document& document, const work::CheckOptions& options,
                                     job::Diagnostics& problems) const override;
  std::unique_ptr<work::Work> make(const work::Checked& checked, const work::Context& context) const override;
};

}  // namespace tessera::grid
