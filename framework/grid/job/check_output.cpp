#include "grid/job/check_parts.h"
#include "job/common_checks.h"

#include <fmt/format.h>

#include <utility>

namespace tessera::grid {

namespace {

void check_formats(const Section& output, OutputSpec& spec) {
  const job::Node* formats = output.find("formats");
  if (formats == nullptr) return;
  spec.hdf5 = false;
  if (!formats->is(job::Node::Kind::array)) {
    return output.complain(
        "formats", {fmt::format("`formats` wants an array of texts, not {}", job::kind_name(formats->kind)),
                    "write [\"hdf5\"] or []"});
  }
  for (const job::Node& f : formats->items) {
    if (f.is(job::Node::Kind::text) && f.text == "hdf5") {
      spec.hdf5 = true;
    } else {
      const std::string found = f.is(job::Node::Kind::text) ? "`" + f.text + "`" : job::kind_name(f.kind);
      output.context().complain(
          f.place, "output.formats",
          {fmt::format("there is no output format {}", found), "write \"hdf5\"", "", "hdf5"});
    }
  }
}

}  // namespace

void check_output(Context& context, Draft& draft) {
  const Section output{context, "output", {"directory", "fields", "every", "formats", "images"}};
  OutputSpec& spec = draft.spec.output;
  job::check_directory(output, draft.spec);
  if (auto fields = output.fields(
          "fields", {solver::FieldKind::state, solver::FieldKind::constant, solver::FieldKind::derived})) {
    spec.fields = std::move(*fields);
  } else if (context.schema() != nullptr) {
    const auto& all = context.schema()->fields;
    for (std::size_t n = 0; n < all.size(); ++n) {
      if (all[n].kind == solver::FieldKind::state) spec.fields.push_back(static_cast<int>(n));
    }
  }
  spec.every = output.cadence("every").value_or(job::Cadence{job::Cadence::Unit::end, 0.0});
  spec.images_every = spec.every;
  check_formats(output, spec);
  check_images(output, draft);
}

}  // namespace tessera::grid
