#include "job/section.h"

#include "base/text.h"
#include "job/suggest.h"
#include "job/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tessera::job {

namespace {

std::string mean(const std::optional<std::string>& near) {
  return near ? fmt::format("did you mean `{}`?", *near) : std::string{};
}

}  // namespace

Section::Section(Context& context, const std::string& name, std::vector<std::string> keys)
    : context_{&context}, path_{name}, label_{"[" + name + "]"} {
  const Node& root = context.document().root();
  for (std::size_t n = 0; n < root.keys.size(); ++n) {
    if (root.keys[n].name != name) continue;
    place_ = root.keys[n].place;
    if (root.items[n].is(Node::Kind::table)) {
      table_ = &root.items[n];
    } else {
      context.complain(place_, name,
                       {fmt::format("`{}` must be a section, not {}", name, kind_name(root.items[n].kind)),
                        fmt::format("write [{}] on a line of its own", name)});
    }
  }
  report_unknown(keys);
}

Section::Section(Context& context, const Node& table, Place place, std::string path, std::string label,
                 std::vector<std::string> keys)
    : context_{&context}, place_{place}, path_{std::move(path)}, label_{std::move(label)} {
  if (table.is(Node::Kind::table)) {
    table_ = &table;
  } else {
    context.complain(table.place, path_,
                     {fmt::format("{} wants a table, not {}", label_, kind_name(table.kind)),
                      "write { key = value, ... }", "keys: " + listed(keys)});
  }
  report_unknown(keys);
}

void Section::report_unknown(const std::vector<std::string>& keys) const {
  if (table_ == nullptr) return;
  for (const Key& k : table_->keys) {
    if (std::find(keys.begin(), keys.end(), k.name) != keys.end()) continue;
    const auto near = suggest(k.name, keys);
    std::string label = mean(near);
    const auto homes = context_->homes();
    const auto home =
        std::find_if(homes.begin(), homes.end(), [&](const Home& h) { return k.name == h.key; });
    if (home != homes.end() && path_ != home->section)
      label = fmt::format("it belongs in [{}]", home->section);
    const std::string takes = keys.empty() ? "no keys" : listed(keys);
    context_->complain(k.place, path_of(k.name),
                       {fmt::format("unknown key `{}` in {}", base::printable(k.name, 40), label_), label,
                        fmt::format("{} takes: {}", label_, takes), near.value_or("")});
  }
}

const Node* Section::find(const std::string& key) const {
  return table_ == nullptr ? nullptr : table_->find(key);
}

const Node* Section::require(const std::string& key, const std::string& example) const {
  const Node* node = find(key);
  if (node == nullptr) {
    context_->complain(place_, path_of(key),
                       {fmt::format("{} needs a key `{}`", label_, key), "", "write " + example, key});
  }
  return node;
}

Place Section::key_place(const std::string& key) const {
  if (table_ != nullptr) {
    for (const Key& k : table_->keys) {
      if (k.name == key) return k.place;
    }
  }
  return place_;
}

void Section::complain(const std::string& key, Complaint what) const {
  const Node* node = find(key);
  context_->complain(node != nullptr ? node->place : place_, path_of(key), std::move(what));
}

std::optional<std::string> Section::text(const std::string& key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is(Node::Kind::text)) {
    if (node->text.find('\0') == std::string::npos) return node->text;
    complain(key, {fmt::format("`{}` must not hold a NUL character", key)});
    return std::nullopt;
  }
  complain(key, {fmt::format("`{}` wants a text, not {}", key, kind_name(node->kind)),
                 node->is(Node::Kind::array) || node->is(Node::Kind::table) ? "" : "write it in quotes"});
  return std::nullopt;
}

std::optional<std::string> Section::choice(const std::string& key,
                                           std::span<const std::string> choices) const {
  const auto value = text(key);
  if (!value || std::find(choices.begin(), choices.end(), *value) != choices.end()) return value;
  const auto near = suggest(*value, choices);
  complain(key, {fmt::format("`{}` cannot be `{}`", key, base::printable(*value, 40)), mean(near),
                 fmt::format("`{}` is one of: {}", key, fmt::join(choices, ", ")), near.value_or("")});
  return std::nullopt;
}

std::optional<double> Section::number(const std::string& key) const {
  const Node* node = find(key);
  return node == nullptr ? std::nullopt : read_number(*context_, *node, path_of(key), key);
}

std::optional<std::int64_t> Section::integer(const std::string& key, std::int64_t least,
                                             std::int64_t most) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is(Node::Kind::integer)) {
    complain(key, {fmt::format("`{}` wants an integer, not {}", key, kind_name(node->kind))});
    return std::nullopt;
  }
  if (node->integer < least) {
    complain(key, {fmt::format("`{}` must be at least {}", key, least)});
    return std::nullopt;
  }
  if (node->integer > most) {
    complain(key, {fmt::format("`{}` must be at most {}", key, most)});
    return std::nullopt;
  }
  return node->integer;
}

std::optional<bool> Section::boolean(const std::string& key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is(Node::Kind::boolean)) return node->boolean;
  complain(key, {fmt::format("`{}` wants true or false, not {}", key, kind_name(node->kind))});
  return std::nullopt;
}

std::optional<double> Section::duration(const std::string& key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_number()) return number(key);
  if (!node->is(Node::Kind::text)) {
    complain(key, {fmt::format("`{}` wants a duration, not {}", key, kind_name(node->kind)),
                   "write \"10 min\", \"600 s\" or a number of seconds"});
    return std::nullopt;
  }
  auto parsed = parse_duration(node->text);
  if (auto* error = std::get_if<UnitError>(&parsed)) {
    complain(key, {fmt::format("`{}` {}", key, error->problem), error->hint});
    return std::nullopt;
  }
  return std::get<double>(parsed);
}

std::optional<Cadence> Section::cadence(const std::string& key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_number()) {
    const std::string value =
        node->is(Node::Kind::integer) ? std::to_string(node->integer) : fmt::format("{}", node->real);
    complain(key,
             {fmt::format("`{}` needs a unit", key), fmt::format("write \"{0} steps\" or \"{0} s\"", value)});
    return std::nullopt;
  }
  if (!node->is(Node::Kind::text)) {
    complain(key, {fmt::format("`{}` wants a cadence, not {}", key, kind_name(node->kind)),
                   "write \"200 steps\", \"10 min\", \"30 s wall\", \"end\" or \"never\""});
    return std::nullopt;
  }
  auto parsed = parse_cadence(node->text);
  if (auto* error = std::get_if<UnitError>(&parsed)) {
    complain(key, {fmt::format("`{}` {}", key, error->problem), error->hint});
    return std::nullopt;
  }
  return std::get<Cadence>(parsed);
}

}  // namespace tessera::job
