// Declares a stage whose stencil is one cell wider than allowed.
#include "plain.hpp"

class WideRadius : public Plain {
 public:
  explicit WideRadius(tessera::Declare& d) : Plain{d} {
    d.stage("keep").reads(level_, TESSERA_MAX_RADIUS + 1).writes(level_);
  }
};

TESSERA_SOLVER(WideRadius, "wide_radius", "1.0.0", "Declares a stencil that is too wide")
