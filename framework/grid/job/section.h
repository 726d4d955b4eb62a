// A section of a grid job.
#pragma once

#include "grid/job/context.h"
#include "job/section.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace tessera::grid {

/// A job::Section whose keys may name fields of the solver.
class Section : public job::Section {
 public:
  Section(Context& context, const std::string& name, std::vector<std::string> keys);
  Section(Context& context, const job::Node& table, job::Place place, std::string path, std::string label,
          std::vector<std::string> keys);

  Context& context() const { return *context_; }

  /// The indices of the fields that `key` names, each once.
  std::optional<std::vector<int>> fields(const std::string& key,
                                         std::initializer_list<solver::FieldKind> kinds) const;

 private:
  Context* context_;
};

}  // namespace tessera::grid
