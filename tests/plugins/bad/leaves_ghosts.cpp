// The boundary condition does not fill any ghost cell.
#include "plain.hpp"

class LeavesGhosts : public Plain {
 public:
  explicit LeavesGhosts(tessera::Declare& d) : Plain{d} { d.stage("keep").reads(level_, 1).writes(level_); }

  void boundary(tessera::Patch&, tessera::Region, int, tessera::Face, double) override {}
};

TESSERA_SOLVER(LeavesGhosts, "leaves_ghosts", "1.0.0", "Does not fill ghost cells")
