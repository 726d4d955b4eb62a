#include "grid/partition/rcb.h"

#include "base/contract.h"
#include "grid/partition/cut_rule.h"

namespace tessera::partition {

Rcb::Rcb(const grid::ChunkLayout& layout, int ranks) : Partition{layout}, speeds_{ranks} {
  base::expects(ranks >= 1, "a partition must have at least one rank");
}

Rcb::Rcb(const grid::ChunkLayout& layout, int ranks, CutTree cuts)
    : Partition{layout}, speeds_{ranks}, given_cuts_{std::move(cuts)} {
  base::expects(given_cuts_->ranks() == ranks, "a cut tree must have as many ranks as the partition");
  check_cuts(root());
}

void Rcb::check_cuts(const CutNode& node) const {
  if (node.is_leaf()) return;
  const Cut& cut = (*given_cuts_)[node.slot];
  base::expects(cut.axis >= 0 && cut.axis < 3 && cut.at > node.box.lower[cut.axis] &&
                    cut.at < node.box.upper[cut.axis] && cut.lower_ranks >= 1 &&
                    cut.lower_ranks < node.rank_count,
                "a cut must be inside its box and leave at least one rank in each half");
  const auto [lower, upper] = node.halves(cut);
  check_cuts(lower);
  check_cuts(upper);
}

Cut Rcb::cut_of(const CutNode& node) const {
  if (given_cuts_) return (*given_cuts_)[node.slot];
  return choose_cut(layout(), node, 0.0, {}, speeds_, CostSource::estimated);  // total 0: cell counts
}

std::vector<grid::Box> Rcb::bricks(int rank) const {
  CutNode node = root();
  while (!node.is_leaf()) {
    const auto [lower, upper] = node.halves(cut_of(node));
    node = rank < upper.first_rank ? lower : upper;
  }
  // If there are more ranks than chunks, the first rank of a leaf owns its chunk.
  if (rank != node.first_rank) return {};
  return {node.box};
}

void Rcb::visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit_owner) const {
  if (chunks.empty()) return;
  visit(root(), chunks, visit_owner);
}

void Rcb::visit(const CutNode& node, const grid::Box& chunks,
                const std::function<void(const Owner&)>& visit_owner) const {
  if (grid::intersection(node.box, chunks).empty()) return;
  if (node.is_leaf()) {
    visit_owner({node.first_rank, 0, node.box});
    return;
  }
  const auto [lower, upper] = node.halves(cut_of(node));
  visit(lower, chunks, visit_owner);
  visit(upper, chunks, visit_owner);
}

}  // namespace tessera::partition
