#include "base/text.h"
#include "grid/job/check_parts.h"
#include "job/common_checks.h"
#include "picture/colormap.h"

#include <tessera/grid.h>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tessera::grid {

namespace {

// Reads the key `slice`: an axis and a position along it, such as "z=0.5".
void check_slice(const Section& image, const Draft& draft, ImageSpec& spec) {
  const job::Node* node = image.find("slice");
  if (node == nullptr) {
    if (draft.dimensions == 3) {
      image.report("slice",
                   {"an image of a 3-D domain needs a `slice`", "", "write slice = \"z=0.5\"", "slice"});
    }
    return;
  }
  const auto text = image.text("slice");
  if (!text) return;
  if (draft.dimensions == 1 || draft.dimensions == 2) {
    return image.report_at_key("slice", {fmt::format("a domain of {} dimension{} has no slices",
                                                     draft.dimensions, draft.dimensions == 1 ? "" : "s"),
                                         "remove it"});
  }
  std::string compact = *text;
  compact.erase(std::remove(compact.begin(), compact.end(), ' '), compact.end());
  const bool has_axis = compact.size() > 2 && compact[0] >= 'x' && compact[0] <= 'z' && compact[1] == '=';
  double position = 0.0;
  const char* end = compact.data() + compact.size();
  const auto parsed = has_axis ? std::from_chars(compact.data() + 2, end, position)
                               : std::from_chars_result{nullptr, std::errc::invalid_argument};
  if (!has_axis || parsed.ec != std::errc{} || parsed.ptr != end) {
    return image.report("slice", {"`slice` expects an axis and a position along it", "write \"z=0.5\""});
  }
  const auto a = static_cast<std::size_t>(compact[0] - 'x');
  spec.slice_axis = static_cast<int>(a);
  spec.slice_at = position;
  const auto& g = draft.spec.geometry;
  if (draft.has_bounds && !(position >= g.lower[a] && position <= g.upper[a])) {
    image.report("slice", {fmt::format("the slice lies outside the domain: {} ranges from {} to {}",
                                       compact[0], g.lower[a], g.upper[a])});
  }
}

void check_field(const Section& image, const Draft& draft, ImageSpec& spec) {
  const solver::SolverSchema* schema = image.context().schema();
  bool has_field = schema != nullptr && !draft.spec.output.fields.empty();
  if (has_field) spec.field = draft.spec.output.fields.front();
  if (image.find("field") != nullptr) {
    const auto field = image.field("field");
    has_field = field.has_value();
    spec.field = field.value_or(0);
  } else if (schema != nullptr && !has_field) {
    image.require("field", "field = \"...\"");
  }
  const int components =
      has_field ? schema->fields[static_cast<std::size_t>(spec.field)].components : TESSERA_MAX_COMPONENTS;
  if (const auto component = image.integer("component", 0, components - 1))
    spec.component = static_cast<int>(*component);
}

void check_mask(const Section& image, ImageSpec& spec) {
  const job::Node* node = image.find("mask");
  if (node == nullptr) return;
  const Section mask{image.context(),       *node,    node->location,
                     image.path_of("mask"), "`mask`", {"field", "above"}};
  if (!mask.present()) return;
  if (mask.require("field", "{ field = \"bed\", above = 0.0 }") != nullptr)
    spec.mask_field = mask.field("field");
  spec.mask_above = mask.number("above").value_or(0.0);
}

void check_range(const Section& image, ImageSpec& spec) {
  const job::Node* node = image.find("range");
  if (node == nullptr) return;
  if (!node->is_array() || node->items.size() != 2) {
    return image.report("range", {"`range` expects two numbers", "write [-1.0, 1.0]"});
  }
  const auto low = read_number(image.context(), node->items[0], image.path_of("range"), "range");
  const auto high = read_number(image.context(), node->items[1], image.path_of("range"), "range");
  if (!low || !high) return;
  spec.range = {*low, *high};
  // The width of the range, and fractions of it, are finite and above 0.
  constexpr double max_magnitude = 1e300;
  constexpr double min_width = 1e-290;
  if (!(*low < *high)) {
    image.report("range", {fmt::format("the ends of `range` are in the wrong order: {} is not below {}", *low,
                                       *high)});
  } else if (*low < -max_magnitude || *high > max_magnitude) {
    image.report("range", {fmt::format("`range` must lie between {} and {}", -max_magnitude, max_magnitude)});
  } else if (*high - *low < min_width) {
    image.report("range", {fmt::format("the ends of `range` must differ by at least {}", min_width)});
  }
}

ImageSpec read_image(const Section& image, const Draft& draft) {
  const std::vector<std::string> colormaps{picture::colormap_names.begin(), picture::colormap_names.end()};
  ImageSpec spec;
  check_field(image, draft, spec);
  check_slice(image, draft, spec);
  if (const auto map = image.choice("colormap", colormaps)) spec.colormap = *map;
  check_range(image, spec);
  check_mask(image, spec);
  if (const auto width = image.integer("width", 240, 8192)) spec.width = static_cast<int>(*width);
  spec.probes = image.boolean("probes").value_or(true);
  return spec;
}

/// Checks that an action that ends a time step is not due more than 10^15 times.
void check_step_count(const Section& section, const job::Cadence& every, const TimeSpec& time) {
  const bool shortens_steps = every.unit == job::Cadence::Unit::simulated && !time.dt && time.shorten_steps;
  if (!shortens_steps || !std::isfinite(time.end)) return;
  if (time.end / every.amount > 1e15)
    section.report("every", {"`every` is too short: the run would take more than 10^15 steps"});
}

void check_images(const Section& output, Draft& draft) {
  const job::Node* node = output.find("images");
  if (node == nullptr) return;
  Context& context = output.context();
  if (!node->is_table() && !node->is_array()) {
    return output.report("images", {fmt::format("`images` expects a table or an array of tables, not {}",
                                                job::kind_name(node->kind)),
                                    "write { field = \"...\", colormap = \"viridis\" }"});
  }
  const bool single = node->is_table();
  std::optional<job::Cadence> every;
  for (std::size_t n = 0; n < (single ? 1 : node->items.size()); ++n) {
    const job::Node& table = single ? *node : node->items[n];
    const Section image{
        context,
        table,
        single ? output.key_location("images") : table.location,
        "output.images",
        "`images`",
        {"field", "component", "slice", "colormap", "range", "mask", "width", "probes", "every"}};
    if (!image.present()) continue;
    draft.spec.output.images.push_back(read_image(image, draft));
    const auto cadence = image.cadence("every");
    if (cadence && every && (cadence->unit != every->unit || cadence->amount != every->amount)) {
      image.report("every",
                   {"all images must have the same `every`", "write the same value as above, or remove it"});
    }
    if (cadence) check_step_count(image, *cadence, draft.spec.time);
    if (cadence && !every) every = cadence;
  }
  draft.spec.output.images_every = every.value_or(draft.spec.output.every);
}

void check_formats(const Section& output, OutputSpec& spec) {
  const std::vector<std::string> names{"hdf5", "geotiff", "kml"};
  const job::Node* formats = output.array("formats", "an array of strings", "write [\"hdf5\"] or []");
  if (formats == nullptr) return;
  spec.hdf5 = false;
  for (const job::Node& f : formats->items) {
    if (f.is_text() && f.text == "hdf5") {
      spec.hdf5 = true;
    } else if (f.is_text() && f.text == "geotiff") {
      spec.geotiff = true;
    } else if (f.is_text() && f.text == "kml") {
      spec.kml = true;
    } else {
      const std::string found = f.is_text() ? "`" + f.text + "`" : job::kind_name(f.kind);
      output.context().report(
          f.location, "output.formats",
          job::unknown_word(fmt::format("unknown output format {}", found), f.is_text() ? f.text : "", names,
                            "the formats are \"hdf5\", \"geotiff\" and \"kml\""));
    }
  }
}

/// Checks that maps of the statistics can be drawn.
void check_maps(const Section& output, const Draft& draft) {
  const OutputSpec& spec = draft.spec.output;
  if (!spec.writes_maps()) return;
  const std::string format = spec.geotiff ? "geotiff" : "kml";
  const Geometry& geometry = draft.spec.geometry;
  constexpr std::int64_t max_cells = 500'000'000;  // offsets in the file have 32 bits
  if (draft.dimensions == 1 || draft.dimensions == 3) {
    output.report("formats", {fmt::format("\"{}\" needs a domain of 2 dimensions, but this one has {}",
                                          format, draft.dimensions),
                              "write \"hdf5\""});
  } else if (draft.dimensions == 2 && spec.kml && geometry.coordinates != Coordinates::spherical) {
    output.report("formats", {"\"kml\" needs a domain in degrees", "write \"geotiff\"",
                              "or set geometry = \"spherical\" in [domain]"});
  } else if (draft.dimensions == 2 && draft.has_cells && spec.geotiff &&
             geometry.domain().volume() > max_cells) {
    output.report("formats",
                  {fmt::format("a GeoTIFF file of {} cells would be larger than 4 GB",
                               base::format_count(static_cast<double>(geometry.domain().volume()))),
                   "write \"hdf5\""});
  }
  const job::Node* statistics = output.find("statistic");
  if (statistics == nullptr || (statistics->is_array() && statistics->items.empty())) {
    output.report("formats", {fmt::format("\"{}\" shows statistics, but the job has none", format), "",
                              "add [[output.statistic]]"});
  }
}

}  // namespace

void check_output(Context& context, Draft& draft) {
  const Section output{context, "output", {"directory", "fields", "every", "formats", "images", "statistic"}};
  OutputSpec& spec = draft.spec.output;
  job::check_output_directory(output, draft.spec);
  check_statistics(output, draft);
  spec.fields = output.fields("fields");
  spec.every = output.cadence("every").value_or(job::Cadence{job::Cadence::Unit::end, 0.0});
  spec.images_every = spec.every;
  check_step_count(output, spec.every, draft.spec.time);
  check_formats(output, spec);
  check_images(output, draft);
  check_statistic_outputs(output, draft);
  check_maps(output, draft);
}

}  // namespace tessera::grid
