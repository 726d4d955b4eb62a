#include "grid/halo/halo_plan.h"

#include "base/contract.h"

#include <algorithm>
#include <tuple>

namespace tessera::halo {

std::vector<grid::Index> image_shifts(const grid::Index& cells, std::array<bool, 3> periodic,
                                      const grid::Index& ghost) {
  grid::Box lattice{{}, grid::Index::all(1)};
  for (int a = 0; a < 3; ++a) {
    if (!periodic[static_cast<std::size_t>(a)] || ghost[a] == 0) continue;
    lattice.lower[a] = -1;
    lattice.upper[a] = 2;
  }
  std::vector<grid::Index> shifts;
  for_each_index(lattice, [&](const grid::Index& at) {
    shifts.push_back({{at[0] * cells[0], at[1] * cells[1], at[2] * cells[2]}});
  });
  return shifts;
}

HaloPlan HaloPlan::make(const partition::Partition& partition, std::array<bool, 3> periodic,
                        const grid::Index& ghost, int rank) {
  const grid::ChunkLayout& layout = partition.layout();
  for (int a = 0; a < 3; ++a) {
    base::expects(!periodic[static_cast<std::size_t>(a)] || layout.cells()[a] >= ghost[a],
                  "a periodic axis must have at least as many cells as ghost layers");
  }
  const auto shifts = image_shifts(layout.cells(), periodic, ghost);
  const std::vector<grid::Box> own = partition.bricks(rank);
  HaloPlan plan;

  for (std::size_t b = 0; b < own.size(); ++b) {
    const int brick = static_cast<int>(b);
    const grid::Box cells = layout.cells_of(own[b]);
    for (const grid::Index& shift : shifts) {
      const bool unshifted = shift == grid::Index{};
      const grid::Index back = grid::Index{} - shift;

      // Copies and receives: the ghost cells of this brick in the image of the domain shifted by `shift`.
      const grid::Box needed = grid::intersection(cells.grown(ghost).shifted(back), {{}, layout.cells()});
      partition.visit_owners(layout.chunks_of(needed), [&](const partition::Owner& owner) {
        if (unshifted && owner.rank == rank && owner.brick == brick) return;
        const grid::Box source = grid::intersection(needed, layout.cells_of(owner.chunks));
        if (source.empty()) return;
        if (owner.rank == rank) {
          plan.copies.push_back({owner.brick, brick, source, shift});
        } else {
          plan.receives.push_back({owner.rank, brick, owner.brick, source, shift});
        }
      });

      // Sends: to bricks of other ranks whose ghost cells overlap this brick's image.
      const grid::Box image = cells.shifted(shift);
      const grid::Box neighbourhood = grid::intersection(image.grown(ghost), {{}, layout.cells()});
      partition.visit_owners(layout.chunks_of(neighbourhood), [&](const partition::Owner& owner) {
        if (owner.rank == rank) return;
        const grid::Box peer_cells = layout.cells_of(owner.chunks);
        const grid::Box source = grid::intersection(peer_cells.grown(ghost), image).shifted(back);
        if (!source.empty()) plan.sends.push_back({owner.rank, brick, owner.brick, source, shift});
      });
    }
  }

  std::sort(plan.receives.begin(), plan.receives.end(), [](const Transfer& l, const Transfer& r) {
    return std::tie(l.peer, l.brick, l.shift, l.peer_brick) <
           std::tie(r.peer, r.brick, r.shift, r.peer_brick);
  });
  std::sort(plan.sends.begin(), plan.sends.end(), [](const Transfer& l, const Transfer& r) {
    return std::tie(l.peer, l.peer_brick, l.shift, l.brick) <
           std::tie(r.peer, r.peer_brick, r.shift, r.brick);
  });
  return plan;
}

}  // namespace tessera::halo
