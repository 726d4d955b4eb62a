// Declares two fields with the same name.
#include "plain.hpp"

class DuplicateField : public Plain {
 public:
  explicit DuplicateField(tessera::Declare& d) : Plain{d} {
    d.field("level");
    d.stage("keep").reads(level_, 0).writes(level_);
  }
};

TESSERA_SOLVER(DuplicateField, "duplicate_field", "1.0.0", "Declares two fields with the same name")
