// configure() throws.
#include "plain.hpp"

#include <stdexcept>

class ThrowsConfigure : public Plain {
 public:
  explicit ThrowsConfigure(tessera::Declare& d) : Plain{d} {
    d.stage("keep").reads(level_, 0).writes(level_);
  }
  void configure(const tessera::Geometry&) override {
    throw std::runtime_error("the domain is too small for this solver");
  }
};

TESSERA_SOLVER(ThrowsConfigure, "throws_configure", "1.0.0", "Throws in configure")
