#include "grid/partition/rcb.h"

#include "base/contract.h"
#include "grid/partition/cut_rule.h"

namespace tessera::partition {

namespace {

/// Calls f with each node of the tree that is cut, in the order of their slots.
template <class CutOf, class F>
void for_each_cut(const CutNode& node, const CutOf& cut_of, const F& f) {
  if (node.is_leaf()) return;
  const Cut cut = cut_of(node);
  f(node, cut);
  const auto [lower, upper] = node.halves(cut);
  for_each_cut(lower, cut_of, f);
  for_each_cut(upper, cut_of, f);
}

}  // namespace

Rcb::Rcb(const grid::ChunkLayout& layout, int ranks, ChunkCosts costs)
    : Partition{layout}, speeds_{ranks}, cost_{layout, costs} {
  base::expects(ranks >= 1, "a partition needs a rank");
}

Rcb::Rcb(const grid::ChunkLayout& layout, int ranks, CutTree cuts)
    : Partition{layout}, speeds_{ranks}, cost_{layout, {}}, given_{std::move(cuts)} {
  base::expects(given_->ranks() == ranks, "a tree of cuts is made for its number of ranks");
  const auto cut_of_checked = [&](const CutNode& node) {
    const Cut& cut = (*given_)[node.slot];
    base::expects(cut.axis >= 0 && cut.axis < 3 && cut.at > node.box.lower[cut.axis] &&
                      cut.at < node.box.upper[cut.axis] && cut.lower_ranks >= 1 &&
                      cut.lower_ranks < node.count,
                  "a cut lies inside its box and leaves both halves a rank");
    return cut;
  };
  for_each_cut(root(), cut_of_checked, [](const CutNode&, const Cut&) {});
}

Cut Rcb::cut_of(const CutNode& node) const {
  if (given_) return (*given_)[node.slot];
  const CostBelow cost_below = [this, &node](int axis, std::int64_t at) {
    grid::Box below = node.box;
    below.upper[axis] = at;
    return cost_(below);
  };
  return choose_cut(layout(), node, cost_(node.box), cost_below, speeds_, Costs::guessed);
}

CutTree Rcb::cut_tree() const {
  if (given_) return *given_;
  CutTree tree{ranks()};
  for_each_cut(
      root(), [this](const CutNode& node) { return cut_of(node); },
      [&](const CutNode& node, const Cut& cut) { tree[node.slot] = cut; });
  return tree;
}

std::vector<grid::Box> Rcb::bricks(int rank) const {
  CutNode node = root();
  while (!node.is_leaf()) {
    const auto [lower, upper] = node.halves(cut_of(node));
    node = rank < upper.first ? lower : upper;
  }
  if (rank != node.first) return {};  // more ranks than chunks: the first of them has the chunk
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
    visit_owner({node.first, 0, node.box});
    return;
  }
  const auto [lower, upper] = node.halves(cut_of(node));
  visit(lower, chunks, visit_owner);
  visit(upper, chunks, visit_owner);
}

}  // namespace tessera::partition
