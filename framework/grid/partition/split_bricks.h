// A partition with separate storage for each chunk.
#pragma once

#include "grid/partition/partition.h"

namespace tessera::partition {

/// Assigns chunks to the same ranks as another partition, but with one brick per chunk.
class SplitBricks final : public Partition {
 public:
  explicit SplitBricks(std::unique_ptr<Partition> whole);

  std::string_view name() const override { return whole_->name(); }
  int ranks() const override { return whole_->ranks(); }
  std::vector<grid::Box> bricks(int rank) const override;
  void visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit) const override;

 private:
  std::unique_ptr<Partition> whole_;
};

}  // namespace tessera::partition
