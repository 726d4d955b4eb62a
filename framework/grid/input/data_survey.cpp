#include "grid/input/data_survey.h"

#include "grid/input/data_digest.h"
#include "grid/input/gaps.h"
#include "grid/input/missing_values.h"
#include "grid/input/stored_grid.h"

#include <utility>

namespace tessera::input {
namespace {

DataMeaning meaning_of(const GridSource& source) {
  return {source.unit == "m", source.longitudes, source.partial};
}

bool needs_all(const GridSource& source) { return source.fill && source.fill->nearest; }

DataSurvey survey_blocks(const StoredGrid& grid, const std::vector<NodeBox>& boxes, const GridSource& source,
                         const std::optional<Region>& region) {
  MissingValues missing{grid};
  DataDigest digest{grid.axes()};
  DataReview review{grid.axes(), meaning_of(source)};
  for (const NodeBox& box : boxes) {
    StoredGrid::Block block = grid.read(box);
    missing.add(box, block);
    if (source.fill && !block.gap.empty()) fill_gaps(block.values, box.count, *source.fill);
    digest.add(box, block.values);
    review.add(box, block.values);
  }
  DataSurvey survey;
  if (missing.count() > 0 && !source.partial) {
    if (!source.fill) missing.reject();
    survey.filled = missing.count();
  }
  survey.nodes = grid.size();
  survey.fingerprint = digest.text();
  if (region) survey.findings = review.findings(*region);
  return survey;
}

}  // namespace

DataSurvey survey_of(const GridData& data, const GridSource& source, const std::optional<Region>& region) {
  DataSurvey survey;
  survey.nodes = data.values().size();
  survey.filled = data.filled();
  survey.fingerprint = data.fingerprint();
  if (region) survey.findings = review(data, *region, meaning_of(source));
  return survey;
}

SurveyedData survey_file(const GridSource& source, int dimensions, const std::optional<Region>& region) {
  SurveyedData out;
  read_unchanged(source.path, [&] {
    const auto stamp = stamp_of(source.path);
    if (needs_all(source)) {
      out.data = GridData::read(source, dimensions, region);
    } else {
      const StoredGrid grid{source, dimensions, region};
      grid.expect_stored();  // so that the number of blocks is reasonable
      const std::vector<NodeBox> boxes = grid.blocks(max_block_nodes);
      if (grid.size() <= max_small_nodes || boxes.size() == 1) {
        out.data = GridData::read(grid, source);
      } else {
        out.survey = survey_blocks(grid, boxes, source, region);
      }
    }
    if (out.data) out.survey = survey_of(*out.data, source, region);
    out.survey.stamp = stamp;
  });
  return out;
}

}  // namespace tessera::input
