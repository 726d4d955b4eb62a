#include "job/section.h"

#include "base/text.h"
#include "job/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tessera::job {

Context::Context(const Document& document, Diagnostics& out, std::span<const KeyHint> key_hints)
    : document_{&document}, out_{&out}, key_hints_{key_hints} {}

void Context::complain(const Place& place, std::string key, Complaint what) {
  // Limits the cost, because quoting a line requires a scan of the file. Nobody reads so many problems.
  constexpr std::size_t max_complaints = 1000;
  if (++complaint_count_ > max_complaints) return;
  Problem p = document_->problem_at(place, std::move(what.message), std::move(what.label));
  p.note = std::move(what.note);
  p.key = std::move(key);
  p.suggestion = std::move(what.suggestion);
  out_->add(std::move(p));
}

std::nullopt_t Context::refuse(const Place& place, std::string key, Complaint what) {
  complain(place, std::move(key), std::move(what));
  return std::nullopt;
}

std::nullopt_t Context::refuse_kind(const Node& node, std::string key, const std::string& name,
                                    const std::string& wanted, std::string hint) {
  return refuse(
      node.place, std::move(key),
      {fmt::format("`{}` expects {}, not {}", name, wanted, kind_name(node.kind)), std::move(hint)});
}

std::optional<double> read_number(Context& context, const Node& node, const std::string& key,
                                  const std::string& name) {
  if (!node.is_number()) return context.refuse_kind(node, key, name, "a number");
  if (std::isfinite(node.number())) return node.number();
  return context.refuse(node.place, key, {fmt::format("`{}` must be finite", name)});
}

Complaint unknown_word(std::string message, const std::string& word, std::span<const std::string> candidates,
                       std::string note) {
  const auto closest = suggest(word, candidates);
  return {std::move(message), closest ? fmt::format("did you mean `{}`?", *closest) : "", std::move(note),
          closest.value_or("")};
}

std::string listed(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return fmt::format("{}", fmt::join(words, ", "));
}

Section::Section(Context& context, const std::string& name, std::vector<std::string> keys)
    : context_{&context}, path_{name}, label_{"[" + name + "]"} {
  const Node& root = context.document().root();
  for (std::size_t n = 0; n < root.keys.size(); ++n) {
    if (root.keys[n].name != name) continue;
    place_ = root.keys[n].place;
    if (root.items[n].is_table()) {
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
  if (table.is_table()) {
    table_ = &table;
  } else {
    context.complain(table.place, path_,
                     {fmt::format("{} expects a table, not {}", label_, kind_name(table.kind)),
                      "write { key = value, ... }", "keys: " + listed(keys)});
  }
  report_unknown(keys);
}

void Section::report_unknown(const std::vector<std::string>& keys) const {
  if (table_ == nullptr) return;
  for (const Key& k : table_->keys) {
    if (std::find(keys.begin(), keys.end(), k.name) != keys.end()) continue;
    const std::string valid_keys = keys.empty() ? "no keys" : listed(keys);
    Complaint what = unknown_word(fmt::format("unknown key `{}` in {}", base::printable(k.name, 40), label_),
                                  k.name, keys, fmt::format("{} takes: {}", label_, valid_keys));
    const auto key_hints = context_->key_hints();
    const auto hint =
        std::find_if(key_hints.begin(), key_hints.end(), [&](const KeyHint& h) { return k.name == h.key; });
    if (hint != key_hints.end() && path_ != hint->section)
      what.label = fmt::format("it belongs in [{}]", hint->section);
    context_->complain(k.place, path_of(k.name), std::move(what));
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

void Section::complain_name(const std::string& key, Complaint what) const {
  context_->complain(key_place(key), path_of(key), std::move(what));
}

std::nullopt_t Section::refuse(const std::string& key, Complaint what) const {
  complain(key, std::move(what));
  return std::nullopt;
}

std::nullopt_t Section::refuse_kind(const std::string& key, const std::string& wanted,
                                    std::string hint) const {
  return context_->refuse_kind(*find(key), path_of(key), key, wanted, std::move(hint));
}

const Node* Section::array(const std::string& key, const std::string& wanted, std::string hint) const {
  const Node* node = find(key);
  if (node == nullptr || node->is_array()) return node;
  refuse_kind(key, wanted, std::move(hint));
  return nullptr;
}

std::optional<std::string> Section::text(const std::string& key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_text()) {
    const bool nested = node->is_array() || node->is_table();
    return refuse_kind(key, "a string", nested ? "" : "write it in quotes");
  }
  if (node->text.find('\0') == std::string::npos) return node->text;
  return refuse(key, {fmt::format("`{}` must not contain a NUL character", key)});
}

std::optional<std::string> Section::choice(const std::string& key,
                                           std::span<const std::string> choices) const {
  const auto value = text(key);
  if (!value || std::find(choices.begin(), choices.end(), *value) != choices.end()) return value;
  return refuse(
      key, unknown_word(fmt::format("`{}` cannot be `{}`", key, base::printable(*value, 40)), *value, choices,
                        fmt::format("`{}` is one of: {}", key, fmt::join(choices, ", "))));
}

std::optional<double> Section::number(const std::string& key) const {
  const Node* node = find(key);
  return node == nullptr ? std::nullopt : read_number(*context_, *node, path_of(key), key);
}

std::optional<std::int64_t> Section::integer(const std::string& key, std::int64_t min,
                                             std::int64_t max) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is(Node::Kind::integer)) return refuse_kind(key, "an integer");
  if (node->integer < min) return refuse(key, {fmt::format("`{}` must be at least {}", key, min)});
  if (node->integer > max) return refuse(key, {fmt::format("`{}` must be at most {}", key, max)});
  return node->integer;
}

std::optional<bool> Section::boolean(const std::string& key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is(Node::Kind::boolean)) return refuse_kind(key, "true or false");
  return node->boolean;
}

std::optional<double> Section::duration(const std::string& key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_number()) return number(key);
  if (!node->is_text())
    return refuse_kind(key, "a duration", "write \"10 min\", \"600 s\" or a number of seconds");
  const auto parsed = parse_duration(node->text);
  if (const auto* value = std::get_if<double>(&parsed)) return *value;
  const UnitError& error = std::get<UnitError>(parsed);
  return refuse(key, {fmt::format("`{}` {}", key, error.problem), error.hint});
}

std::optional<Cadence> Section::cadence(const std::string& key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_number()) {
    const std::string value =
        node->is(Node::Kind::integer) ? std::to_string(node->integer) : fmt::format("{}", node->real);
    return refuse(
        key, {fmt::format("`{}` needs a unit", key), fmt::format("write \"{0} steps\" or \"{0} s\"", value)});
  }
  if (!node->is_text()) {
    return refuse_kind(key, "a cadence",
                       "write \"200 steps\", \"10 min\", \"30 s wall\", \"end\" or \"never\"");
  }
  const auto parsed = parse_cadence(node->text);
  if (const auto* value = std::get_if<Cadence>(&parsed)) return *value;
  const UnitError& error = std::get<UnitError>(parsed);
  return refuse(key, {fmt::format("`{}` {}", key, error.problem), error.hint});
}

}  // namespace tessera::job
