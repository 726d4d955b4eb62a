#include "grid/input/data_sets.h"

namespace tessera::input {

std::shared_ptr<const GridData> DataSets::get(const GridSource& source, int dimensions) {
  const std::pair key{source, dimensions};
  if (const auto found = read_.find(key); found != read_.end()) return found->second;
  auto data = std::make_shared<const GridData>(reader_(source, dimensions));
  read_.emplace(key, data);
  return data;
}

}  // namespace tessera::input
