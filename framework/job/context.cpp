#include "job/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tessera::job {

namespace {

// Beyond this many nobody reads on, and quoting a line costs a walk through the file.
constexpr std::size_t most_complaints = 1000;

}  // namespace

Context::Context(const Document& document, Diagnostics& out, std::span<const Home> homes)
    : document_{&document}, out_{&out}, homes_{homes} {}

void Context::complain(const Place& place, std::string key, Complaint what) {
  if (++complaints_ > most_complaints) return;
  Problem p = document_->problem_at(place);
  p.message = std::move(what.message);
  p.label = std::move(what.label);
  p.note = std::move(what.note);
  p.key = std::move(key);
  p.suggestion = std::move(what.suggestion);
  out_->add(std::move(p));
}

std::optional<double> read_number(Context& context, const Node& node, const std::string& key,
                                  const std::string& name) {
  if (!node.is_number()) {
    context.complain(node.place, key,
                     {fmt::format("`{}` wants a number, not {}", name, kind_name(node.kind))});
    return std::nullopt;
  }
  if (!std::isfinite(node.number())) {
    context.complain(node.place, key, {fmt::format("`{}` must be finite", name)});
    return std::nullopt;
  }
  return node.number();
}

std::string listed(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace tessera::job
