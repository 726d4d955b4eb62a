#include "job/attachments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tessera::job {

namespace {

/// The largest job that can be recorded; see Document.
constexpr std::size_t max_job_bytes = std::size_t{16} << 20U;

}  // namespace

void Attachments::check_times(Context& context, double end) const {
  for (const UsedSeries& used : series_) {
    const auto report = [&](ProblemText problem) {
      context.report(used.location, used.key, std::move(problem));
    };
    const std::vector<double>& times = used.stored.series.times;
    if (times.front() > 0) {
      report({fmt::format("{}: the series begins at {} s, after the start of the run",
                          used.stored.first_place, times.front())});
    } else if (std::isinf(end)) {
      report({"a series needs `end` in [time]", "", "write end = \"...\" in [time]"});
    } else if (times.back() < end) {
      report({fmt::format("{}: the series ends at {} s, before `end` in [time], {} s", used.stored.last_place,
                          times.back(), end)});
    }
  }
}

std::string Attachments::text(Context& context) const {
  const Document& document = context.document();
  if (values_.empty()) return document.text();
  std::string text = to_toml(with_values(document.root()));
  if (text.size() > max_job_bytes) {
    context.report(values_.front().node->location, "",
                   {"the files of the job have too many values: more than 16 MiB of text"});
  }
  return text;
}

Node Attachments::with_values(const Node& node) const {
  const auto found = std::ranges::find(values_, &node, &Values::node);
  if (found != values_.end()) return found->values;
  Node copy = node;
  for (std::size_t n = 0; n < node.items.size(); ++n) copy.items[n] = with_values(node.items[n]);
  return copy;
}

Node array_of(const std::vector<double>& numbers) {
  Node array;
  array.kind = Node::Kind::array;
  for (const double number : numbers) {
    Node item;
    item.kind = Node::Kind::real;
    item.real = number;
    array.items.push_back(std::move(item));
  }
  return array;
}

}  // namespace tessera::job
