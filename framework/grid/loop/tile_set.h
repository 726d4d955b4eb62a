// The time tiles of a rank, each with its exchange and the boxes that it computes.
#pragma once

#include "grid/halo/halo_exchange.h"
#include "grid/loop/tile_plan.h"
#include "grid/loop/tiling.h"
#include "grid/loop/traversal.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace tessera::loop {

/// The passes over one brick. Each sweep has two: the first fills ghost cells, the second computes.
struct BrickPasses {
  std::vector<Pass> before_wait;   ///< cells computed before waiting for other ranks
  std::vector<Pass> after_wait;    ///< cells computed afterwards
  std::vector<grid::Box> regions;  ///< all cells of each pass
};

struct Tile {
  TilePlan plan;
  std::optional<halo::HaloExchange> exchange;  ///< nullopt if the tile needs none
  bool overwrites_sent_cells = false;
  bool interdependent = false;  ///< whether cells computed before and after the wait depend on each other
  bool overlaps = false;        ///< whether computation overlaps the exchange
  std::vector<BrickPasses> bricks;
};

/// Makes the tiles and keeps them.
class TileSet {
 public:
  /// Makes the tiles of the stages and, if `limits.steps` is not 0, that of the largest number of steps.
  /// `limits` must be the same on all ranks. `shared`: the fields of neighbours on the node, or nullptr. All
  /// arguments except `job` and `limits` must outlive the object. @note Collective over `comm`.
  TileSet(const transport::Communicator& comm, const solver::SolverSchema& schema, const grid::JobSpec& job,
          const partition::Partition& partition, field::FieldStore& store, const TilingLimits& limits,
          halo::SharedFields* shared);

  /// One tile per stage, for steps that are computed one stage at a time.
  const std::vector<std::unique_ptr<Tile>>& stages() const { return stages_; }
  /// The tile of `steps` steps. Makes it if it has not been used before. @note Collective.
  Tile& tile_of(int steps);

  /// The owned cells of a brick and `layers` layers around them along exchanged axes, clipped to the domain
  /// along non-periodic axes, in local indices.
  grid::Box region_around(int brick, int layers) const;

  /// The communication of this rank in all tiles so far. `nodes`: see halo::HaloExchange::traffic().
  halo::Traffic traffic(const std::vector<int>& nodes) const;

 private:
  std::unique_ptr<Tile> make_tile(TilePlan plan);
  std::int64_t add_pass(Tile& tile, std::size_t brick, int depth, int skew) const;

  const transport::Communicator* comm_;
  const solver::SolverSchema* schema_;
  const partition::Partition* partition_;
  field::FieldStore* store_;
  halo::SharedFields* shared_;
  grid::Geometry geometry_;
  TilingLimits limits_;
  bool uses_guard_;
  TimeDependentFields time_dependent_fields_;
  int next_tag_ = 1;
  std::vector<std::unique_ptr<Tile>> stages_;
  std::map<int, std::unique_ptr<Tile>> tiles_;  // by number of steps
};

}  // namespace tessera::loop
