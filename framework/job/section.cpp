#include "job/section.h"

#include "base/text.h"
#include "base/utf8.h"
#include "job/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tessera::job {

Context::Context(const Document& document, Diagnostics& out, std::span<const KeyHint> key_hints)
    : document_{&document}, out_{&out}, key_hints_{key_hints} {}

void Context::report(const Location& location, std::string key, ProblemText problem) {
  // A limit, because quoting a line requires a scan of the file. No user reads that many problems.
  constexpr std::size_t max_problems = 1000;
  if (++problem_count_ > max_problems) return;
  Problem p = document_->problem_at(location, std::move(problem.message), std::move(problem.label));
  p.note = std::move(problem.note);
  p.key = std::move(key);
  p.suggestion = std::move(problem.suggestion);
  out_->add(std::move(p));
}

std::nullopt_t Context::reject(const Location& location, std::string key, ProblemText problem) {
  report(location, std::move(key), std::move(problem));
  return std::nullopt;
}

std::nullopt_t Context::reject_kind(const Node& node, std::string key, const std::string& name,
                                    const std::string& expected, std::string hint) {
  return reject(
      node.location, std::move(key),
      {fmt::format("`{}` expects {}, not {}", name, expected, kind_name(node.kind)), std::move(hint)});
}

std::optional<double> read_number(Context& context, const Node& node, const std::string& key,
                                  const std::string& name) {
  if (!node.is_number()) return context.reject_kind(node, key, name, "a number");
  if (std::isfinite(node.number())) return node.number();
  return context.reject(node.location, key, {fmt::format("`{}` must be finite", name)});
}

namespace {

/// Returns the string in a node, which may have several lines.
std::optional<std::string> read_lines(Context& context, const Node& node, const std::string& key,
                                      const std::string& name) {
  if (!node.is_text()) {
    const bool nested = node.is_array() || node.is_table();
    return context.reject_kind(node, key, name, "a string", nested ? "" : "write it in quotes");
  }
  if (node.text.find('\0') == std::string::npos) return node.text;
  return context.reject(node.location, key, {fmt::format("`{}` must not contain a NUL character", name)});
}

}  // namespace

std::string unprintable_text(const std::string& name, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const base::Character c = base::character_at(text, at);
    // Joiners and marks of direction belong to the spelling of some languages; output escapes them.
    const bool is_spelling = c.code_point >= 0x200c && c.code_point <= 0x200f;
    if (base::is_control(c.code_point) && !is_spelling) {
      return fmt::format("`{}` must not contain control characters such as U+{:04X}", name,
                         static_cast<unsigned>(c.code_point));
    }
    at += c.bytes;
  }
  return {};
}

std::optional<std::string> read_text(Context& context, const Node& node, const std::string& key,
                                     const std::string& name) {
  auto value = read_lines(context, node, key, name);
  if (!value) return std::nullopt;
  std::string problem = unprintable_text(name, *value);
  if (problem.empty()) return value;
  return context.reject(node.location, key, {std::move(problem)});
}

std::optional<std::string> read_choice(Context& context, const Node& node, const std::string& key,
                                       const std::string& name, std::span<const std::string> choices) {
  const auto value = read_text(context, node, key, name);
  if (!value || std::find(choices.begin(), choices.end(), *value) != choices.end()) return value;
  return context.reject(
      node.location, key,
      unknown_word(fmt::format("`{}` cannot be `{}`", name, base::printable(*value, 40)), *value, choices,
                   fmt::format("valid values: {}", fmt::join(choices, ", "))));
}

std::optional<double> read_duration(Context& context, const Node& node, const std::string& key,
                                    const std::string& name) {
  if (node.is_number()) {
    const auto seconds = read_number(context, node, key, name);
    if (!seconds || std::abs(*seconds) <= max_duration) return seconds;
    return context.reject(node.location, key, {fmt::format("`{}` must be at most {} s", name, max_duration)});
  }
  if (!node.is_text()) {
    return context.reject_kind(node, key, name, "a duration",
                               "write \"10 min\", \"600 s\" or a number of seconds");
  }
  const auto parsed = parse_duration(node.text);
  if (const auto* value = std::get_if<double>(&parsed)) return *value;
  const UnitError& error = std::get<UnitError>(parsed);
  return context.reject(node.location, key, {fmt::format("`{}` {}", name, error.problem), error.hint});
}

ProblemText unknown_word(std::string message, const std::string& word,
                         std::span<const std::string> candidates, std::string note) {
  const auto closest = suggest(word, candidates);
  return {std::move(message), closest ? fmt::format("did you mean `{}`?", *closest) : "", std::move(note),
          closest.value_or("")};
}

std::string join_sorted(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return fmt::format("{}", fmt::join(words, ", "));
}

Section::Section(Context& context, const std::string& name, std::vector<std::string> keys)
    : context_{&context}, path_{name}, label_{"[" + name + "]"} {
  const Node& root = context.document().root();
  for (std::size_t n = 0; n < root.keys.size(); ++n) {
    if (root.keys[n].name != name) continue;
    location_ = root.keys[n].location;
    if (root.items[n].is_table()) {
      table_ = &root.items[n];
    } else {
      context.report(location_, name,
                     {fmt::format("`{}` must be a section, not {}", name, kind_name(root.items[n].kind)),
                      fmt::format("write [{}] on a line of its own", name)});
    }
  }
  report_unknown_keys(keys);
}

Section::Section(Context& context, const Node& table, Location location, std::string path, std::string label,
                 std::vector<std::string> keys)
    : context_{&context}, location_{location}, path_{std::move(path)}, label_{std::move(label)} {
  if (table.is_table()) {
    table_ = &table;
  } else {
    context.report(table.location, path_,
                   {fmt::format("{} expects a table, not {}", label_, kind_name(table.kind)),
                    "write { key = value, ... }", "keys: " + join_sorted(keys)});
  }
  report_unknown_keys(keys);
}

void Section::report_unknown_keys(const std::vector<std::string>& keys) const {
  if (table_ == nullptr) return;
  for (const Key& k : table_->keys) {
    if (std::find(keys.begin(), keys.end(), k.name) != keys.end()) continue;
    const std::string valid_keys = keys.empty() ? "none" : join_sorted(keys);
    ProblemText problem =
        unknown_word(fmt::format("unknown key `{}` in {}", base::printable(k.name, 40), label_), k.name, keys,
                     fmt::format("valid keys in {}: {}", label_, valid_keys));
    const auto key_hints = context_->key_hints();
    const auto hint =
        std::find_if(key_hints.begin(), key_hints.end(), [&](const KeyHint& h) { return k.name == h.key; });
    if (hint != key_hints.end() && path_ != hint->section)
      problem.label = fmt::format("it belongs in [{}]", hint->section);
    context_->report(k.location, path_of(k.name), std::move(problem));
  }
}

const Node* Section::find(const std::string& key) const {
  return table_ == nullptr ? nullptr : table_->find(key);
}

const Node* Section::require(const std::string& key, const std::string& example) const {
  const Node* node = find(key);
  if (node == nullptr) {
    context_->report(location_, path_of(key),
                     {fmt::format("{} needs a key `{}`", label_, key), "", "write " + example, key});
  }
  return node;
}

Location Section::key_location(const std::string& key) const {
  if (table_ != nullptr) {
    for (const Key& k : table_->keys) {
      if (k.name == key) return k.location;
    }
  }
  return location_;
}

void Section::report(const std::string& key, ProblemText problem) const {
  const Node* node = find(key);
  context_->report(node != nullptr ? node->location : location_, path_of(key), std::move(problem));
}

void Section::report_at_key(const std::string& key, ProblemText problem) const {
  context_->report(key_location(key), path_of(key), std::move(problem));
}

std::nullopt_t Section::reject(const std::string& key, ProblemText problem) const {
  report(key, std::move(problem));
  return std::nullopt;
}

std::nullopt_t Section::reject_kind(const std::string& key, const std::string& expected,
                                    std::string hint) const {
  return context_->reject_kind(*find(key), path_of(key), key, expected, std::move(hint));
}

const Node* Section::array(const std::string& key, const std::string& expected, std::string hint) const {
  const Node* node = find(key);
  if (node == nullptr || node->is_array()) return node;
  reject_kind(key, expected, std::move(hint));
  return nullptr;
}

std::optional<std::string> Section::text(const std::string& key) const {
  const Node* node = find(key);
  return node == nullptr ? std::nullopt : read_text(*context_, *node, path_of(key), key);
}

std::optional<std::string> Section::lines(const std::string& key) const {
  const Node* node = find(key);
  return node == nullptr ? std::nullopt : read_lines(*context_, *node, path_of(key), key);
}

std::optional<std::string> Section::choice(const std::string& key,
                                           std::span<const std::string> choices) const {
  const Node* node = find(key);
  return node == nullptr ? std::nullopt : read_choice(*context_, *node, path_of(key), key, choices);
}

std::optional<double> Section::number(const std::string& key) const {
  const Node* node = find(key);
  return node == nullptr ? std::nullopt : read_number(*context_, *node, path_of(key), key);
}

std::optional<std::int64_t> Section::integer(const std::string& key, std::int64_t min,
                                             std::int64_t max) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is(Node::Kind::integer)) return reject_kind(key, "an integer");
  if (node->integer < min) return reject(key, {fmt::format("`{}` must be at least {}", key, min)});
  if (node->integer > max) return reject(key, {fmt::format("`{}` must be at most {}", key, max)});
  return node->integer;
}

std::optional<bool> Section::boolean(const std::string& key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is(Node::Kind::boolean)) return reject_kind(key, "true or false");
  return node->boolean;
}

std::optional<double> Section::duration(const std::string& key) const {
  const Node* node = find(key);
  return node == nullptr ? std::nullopt : read_duration(*context_, *node, path_of(key), key);
}

std::optional<Cadence> Section::cadence(const std::string& key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_text() && !node->is_number()) {
    return reject_kind(key, "a cadence",
                       "write \"200 steps\", \"10 min\", \"30 s wall\", \"end\" or \"never\"");
  }
  const auto parsed = node->is_number() ? cadence_of(node->number()) : parse_cadence(node->text);
  if (const auto* value = std::get_if<Cadence>(&parsed)) return *value;
  const UnitError& error = std::get<UnitError>(parsed);
  return reject(key, {fmt::format("`{}` {}", key, error.problem), error.hint});
}

}  // namespace tessera::job
