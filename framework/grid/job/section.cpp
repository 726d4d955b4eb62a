#include "grid/job/section.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tessera::grid {

Section::Section(Context& context, const std::string& name, std::vector<std::string> keys)
    : job::Section{context, name, std::move(keys)}, context_{&context} {}

Section::Section(Context& context, const job::Node& table, job::Place place, std::string path,
                 std::string label, std::vector<std::string> keys)
    : job::Section{context, table, place, std::move(path), std::move(label), std::move(keys)},
      context_{&context} {}

std::optional<std::vector<int>> Section::fields(const std::string& key,
                                                std::initializer_list<solver::FieldKind> kinds) const {
  const job::Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is(job::Node::Kind::array)) {
    complain(key, {fmt::format("`{}` wants an array of field names, not {}", key, job::kind_name(node->kind)),
                   node->is(job::Node::Kind::text) ? fmt::format("write [\"{}\"]", node->text) : ""});
    return std::nullopt;
  }
  std::vector<int> out;
  for (const job::Node& item : node->items) {
    if (!item.is(job::Node::Kind::text)) {
      context_->complain(item.place, path_of(key),
                         {fmt::format("`{}` wants field names, not {}", key, job::kind_name(item.kind))});
      continue;
    }
    const auto field = context_->field(item.text, item.place, path_of(key), kinds);
    if (!field) continue;
    if (std::find(out.begin(), out.end(), *field) == out.end()) {
      out.push_back(*field);
    } else {
      context_->complain(item.place, path_of(key), {fmt::format("`{}` is named twice", item.text)});
    }
  }
  return out;
}

}  // namespace tessera::grid
