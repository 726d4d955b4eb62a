// The constructor throws.
#include "plain.hpp"

#include <stdexcept>

class ThrowsConstructor : public Plain {
 public:
  explicit ThrowsConstructor(tessera::Declare& d) : Plain{d} {
    throw std::runtime_error("there is no licence for this solver");
  }
};

TESSERA_SOLVER(ThrowsConstructor, "throws_constructor", "1.0.0", "Throws in its constructor")
