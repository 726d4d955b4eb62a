#include "grid/input/data_sets.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tessera::input {
namespace {

bool contains(const std::optional<Region>& outer, const std::optional<Region>& inner) {
  if (!outer || !inner) return !outer;
  bool result = true;
  for (std::size_t a = 0; a < 3; ++a)
    result = result && outer->lower[a] <= inner->lower[a] && inner->upper[a] <= outer->upper[a];
  return result;
}

}  // namespace

DataSets::DataSets()
    : reader_{[](const auto&... request) { return GridData::read(request...); }}, surveyor_{survey_file} {}

DataSets::DataSets(Reader reader) : reader_{std::move(reader)} {
  surveyor_ = [read = reader_](const GridSource& source, int dimensions,
                               const std::optional<Region>& region) {
    GridData data = read(source, dimensions, region);
    DataSurvey survey = survey_of(data, source, region);
    return SurveyedData{std::move(survey), std::move(data)};
  };
}

std::shared_ptr<const GridData> DataSets::get(const GridSource& source, int dimensions,
                                              const std::optional<Region>& region) {
  const Key key{source, dimensions};
  if (const auto found = cache_.find(key); found != cache_.end() && contains(found->second.region, region))
    return found->second.value;
  auto data = std::make_shared<const GridData>(reader_(source, dimensions, region));
  cache_.insert_or_assign(key, Entry<GridData>{region, data});
  return data;
}

const DataSurvey& DataSets::survey(const GridSource& source, int dimensions,
                                   const std::optional<Region>& region) {
  const Key key{source, dimensions};
  if (const auto found = surveys_.find(key); found != surveys_.end() && found->second.region == region)
    return *found->second.value;
  SurveyedData surveyed;
  const auto cached = cache_.find(key);
  if (cached != cache_.end() && cached->second.region == region) {
    surveyed.survey = survey_of(*cached->second.value, source, region);
  } else {
    surveyed = surveyor_(source, dimensions, region);
    if (surveyed.data) {
      auto data = std::make_shared<const GridData>(std::move(*surveyed.data));
      cache_.insert_or_assign(key, Entry<GridData>{region, std::move(data)});
    }
  }
  auto survey = std::make_shared<const DataSurvey>(std::move(surveyed.survey));
  return *surveys_.insert_or_assign(key, Entry<DataSurvey>{region, std::move(survey)}).first->second.value;
}

const DataSurvey* DataSets::known(const GridSource& source, int dimensions) const {
  const auto found = surveys_.find({source, dimensions});
  return found == surveys_.end() ? nullptr : found->second.value.get();
}

bool DataSets::holds(const GridSource& source, int dimensions) const {
  return cache_.contains({source, dimensions});
}

void DataSets::drop(const GridSource& source, int dimensions) {
  cache_.erase({source, dimensions});
  surveys_.erase({source, dimensions});
}

double DataSets::bytes() const {
  double total = 0.0;
  for (const auto& [key, entry] : cache_) total += static_cast<double>(entry.value->values().size_bytes());
  return total;
}

double DataSets::largest_bytes_left() const {
  double largest = 0.0;
  for (const auto& [key, entry] : surveys_) {
    if (!cache_.contains(key))
      largest = std::max(largest, static_cast<double>(entry.value->nodes * sizeof(double)));
  }
  return largest;
}

}  // namespace tessera::input
