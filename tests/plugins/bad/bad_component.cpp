// Declares a diagnostic of a component that the field does not have.
#include "plain.hpp"

class BadComponent : public Plain {
 public:
  explicit BadComponent(tessera::Declare& d) : Plain{d} {
    d.stage("keep").reads(level_, 0).writes(level_);
    d.diagnostic("third").sum(level_, 3);
  }
};

TESSERA_SOLVER(BadComponent, "bad_component", "1.0.0", "Declares a diagnostic of a missing component")
