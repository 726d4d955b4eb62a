// stable_dt() returns an invalid time step.
#include "plain.hpp"

#include <limits>
#include <string>

class NegativeDt : public Plain {
 public:
  explicit NegativeDt(tessera::Declare& d)
      : Plain{d}, kind_{d.parameter("kind", "negative").one_of({"negative", "zero", "nan", "infinite"})} {
    d.stage("keep").reads(level_, 0).writes(level_);
  }

  double stable_dt(const tessera::Geometry&) const override {
    const std::string kind = kind_;
    if (kind == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (kind == "infinite") return std::numeric_limits<double>::infinity();
    return kind == "zero" ? 0.0 : -1.0;
  }

 private:
  tessera::Parameter<std::string> kind_;
};

TESSERA_SOLVER(NegativeDt, "negative_dt", "1.0.0", "Returns an invalid time step")
