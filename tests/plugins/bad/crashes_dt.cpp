// stable_dt() writes through a null pointer.
#include "plain.hpp"

class CrashesDt : public Plain {
 public:
  explicit CrashesDt(tessera::Declare& d) : Plain{d} { d.stage("keep").reads(level_, 0).writes(level_); }

  double stable_dt(const tessera::Geometry&) const override {
    volatile double* volatile nowhere = nullptr;  // volatile, so that the store is not optimised away
    *nowhere = 1.0;
    return 1.0;
  }
};

TESSERA_SOLVER(CrashesDt, "crashes_dt", "1.0.0", "Crashes in stable_dt()")
