#include "grid/balance/migration_plan.h"

#include "base/contract.h"

#include <algorithm>
#include <tuple>

namespace tessera::balance {

namespace {

void sort_by_peer(std::vector<Move>& moves) {
  std::sort(moves.begin(), moves.end(), [](const Move& l, const Move& r) {
    return std::tie(l.peer, l.chunks) < std::tie(r.peer, r.chunks);
  });
}

}  // namespace

MigrationPlan MigrationPlan::make(const partition::Partition& from, const partition::Partition& to,
                                  int rank) {
  base::expects(from.layout().cells() == to.layout().cells() &&
                    from.layout().chunk() == to.layout().chunk() &&
                    from.layout().lattice() == to.layout().lattice(),
                "a migration must not change the chunk layout");
  MigrationPlan plan;
  const std::vector<grid::Box> before = from.bricks(rank);
  for (std::size_t b = 0; b < before.size(); ++b) {
    const int brick = static_cast<int>(b);
    to.visit_owners(before[b], [&](const partition::Owner& owner) {
      const grid::Box chunks = grid::intersection(before[b], owner.chunks);
      if (owner.rank == rank) {
        plan.local_moves.push_back({brick, owner.brick, chunks});
      } else {
        plan.sends.push_back({owner.rank, brick, chunks});
      }
    });
  }
  const std::vector<grid::Box> after = to.bricks(rank);
  for (std::size_t b = 0; b < after.size(); ++b) {
    from.visit_owners(after[b], [&](const partition::Owner& owner) {
      if (owner.rank == rank) return;
      plan.receives.push_back({owner.rank, static_cast<int>(b), grid::intersection(after[b], owner.chunks)});
    });
  }
  sort_by_peer(plan.sends);
  sort_by_peer(plan.receives);
  return plan;
}

std::int64_t cells_of(const std::vector<Move>& moves, const grid::ChunkLayout& layout) {
  std::int64_t cells = 0;
  for (const Move& m : moves) cells += layout.cells_of(m.chunks).volume();
  return cells;
}

}  // namespace tessera::balance
