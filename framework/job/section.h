// Reads the keys of a section by type and reports what is wrong with them.
#pragma once

#include "job/cadence.h"
#include "job/context.h"
#include "job/node.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::job {

/// A table of the job that takes certain keys. Reading a key that is absent gives nullopt without a
/// complaint; reading one of the wrong type gives nullopt and complains.
class Section {
 public:
  /// A top-level section, which may be absent. Complains about keys that are not in `keys`.
  Section(Context& context, const std::string& name, std::vector<std::string> keys);
  /// A table below a section; `path` is its dotted path, `label` how messages call it ("[[probes.point]]").
  /// `place` is where a missing key is reported.
  Section(Context& context, const Node& table, Place place, std::string path, std::string label,
          std::vector<std::string> keys);

  bool present() const { return table_ != nullptr; }
  const Place& place() const { return place_; }
  const std::string& path() const { return path_; }
  Context& context() const { return *context_; }

  const Node* find(const std::string& key) const;
  /// As find(); complains when the key is absent. `example`: what to write.
  const Node* require(const std::string& key, const std::string& example) const;
  /// Where a key's name stands.
  Place key_place(const std::string& key) const;

  std::optional<std::string> text(const std::string& key) const;
  std::optional<std::string> choice(const std::string& key, std::span<const std::string> choices) const;
  std::optional<double> number(const std::string& key) const;
  std::optional<std::int64_t> integer(const std::string& key, std::int64_t least,
                                      std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  std::optional<bool> boolean(const std::string& key) const;
  std::optional<double> duration(const std::string& key) const;
  std::optional<Cadence> cadence(const std::string& key) const;

  /// Complains about the value of `key`.
  void complain(const std::string& key, Complaint what) const;
  std::string path_of(const std::string& key) const { return path_ + "." + key; }

 private:
  void report_unknown(const std::vector<std::string>& keys) const;

  Context* context_;
  const Node* table_ = nullptr;
  Place place_;
  std::string path_;
  std::string label_;
};

}  // namespace tessera::job
