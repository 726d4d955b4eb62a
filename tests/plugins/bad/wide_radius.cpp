// A stage reads one cell further than the widest stencil allowed.
#include "plain.hpp"

class WideRadius : public Plain {
 public:
  explicit WideRadius(tessera::Declare& d) : Plain{d} {
    d.stage("keep").reads(level_, TESSERA_MAX_RADIUS + 1).writes(level_);
  }
};

TESSERA_SOLVER(WideRadius, "wide_radius", "1.0.0", "Declares a stencil that is too wide")
