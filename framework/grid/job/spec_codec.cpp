#include "grid/job/spec_codec.h"

#include "base/archive.h"
#include "job/header_codec.h"

namespace tessera::input {

void describe(auto& archive, base::MaybeConst<Component> auto& c) { archive(c.index, c.count); }

constexpr Between last_of(Between) { return Between::linear; }

void describe(auto& archive, base::MaybeConst<Region> auto& r) { archive(r.lower, r.upper); }

void describe(auto& archive, base::MaybeConst<GapFill> auto& f) { archive(f.nearest, f.value); }

void describe(auto& archive, base::MaybeConst<GridSource> auto& s) {
  archive(s.path, s.dataset, s.axes, s.at, s.between, s.fill, s.longitudes, s.domain, s.partial, s.unit,
          s.run, s.component);
}

}  // namespace tessera::input

namespace tessera::grid {

using base::MaybeConst;

constexpr Coordinates last_of(Coordinates) { return Coordinates::spherical; }
constexpr BoundaryKind last_of(BoundaryKind) { return BoundaryKind::custom; }
constexpr StatisticKind last_of(StatisticKind) { return StatisticKind::first_above; }
constexpr RegionStatistic last_of(RegionStatistic) { return RegionStatistic::max; }
constexpr Partitioner last_of(Partitioner) { return Partitioner::sfc; }
constexpr Transport last_of(Transport) { return Transport::messages; }

void describe(auto& archive, MaybeConst<Index> auto& i) { archive(i.at); }

void describe(auto& archive, MaybeConst<Geometry> auto& g) {
  archive(g.coordinates, g.dimensions, g.cells, g.lower, g.upper, g.periodic, g.radius);
}

void describe(auto& archive, MaybeConst<FormulaText> auto& f) { archive(f.text); }

void describe(auto& archive, MaybeConst<FixedValue> auto& v) { archive(v.field, v.component, v.value); }

void describe(auto& archive, MaybeConst<FaceBoundary> auto& b) { archive(b.kind, b.values); }

void describe(auto& archive, MaybeConst<InitialValue> auto& v) { archive(v.field, v.component, v.value); }

void describe(auto& archive, MaybeConst<TimeSpec> auto& t) {
  archive(t.end, t.dt, t.cfl, t.cfl_every, t.max_steps, t.shorten_steps, t.start);
}

void describe(auto& archive, MaybeConst<Probe> auto& p) { archive(p.name, p.at, p.observed_arrival); }

void describe(auto& archive, MaybeConst<Bounds> auto& b) { archive(b.lower, b.upper); }

void describe(auto& archive, MaybeConst<RegionValue> auto& v) {
  archive(v.kind, v.field, v.component, v.formula);
}

void describe(auto& archive, MaybeConst<Region> auto& r) { archive(r.name, r.bounds, r.where, r.values); }

void describe(auto& archive, MaybeConst<Transect> auto& t) { archive(t.name, t.from, t.to, t.points); }

void describe(auto& archive, MaybeConst<ProbeSpec> auto& p) {
  archive(p.fields, p.every, p.points, p.where, p.arrival_field, p.arrival_above, p.regions, p.transects);
}

void describe(auto& archive, MaybeConst<ImageSpec> auto& i) {
  archive(i.field, i.component, i.slice_axis, i.slice_at, i.colormap, i.range, i.mask_field, i.mask_above,
          i.width, i.probes);
}

void describe(auto& archive, MaybeConst<Statistic> auto& s) {
  archive(s.name, s.unit, s.kind, s.field, s.component, s.formula, s.above);
}

void describe(auto& archive, MaybeConst<OutputSpec> auto& o) {
  archive(o.fields, o.every, o.hdf5, o.geotiff, o.kml, o.images, o.images_every, o.statistics,
          o.statistics_every);
}

void describe(auto& archive, MaybeConst<PerformanceSpec> auto& p) {
  archive(p.steps_per_exchange, p.tile_rows, p.streaming, p.autotune, p.transport, p.bricks, p.balance,
          p.balance_every, p.guard);
}

template <MaybeConst<JobSpec> Spec>
void describe(auto& archive, Spec& j) {
  base::ConstAs<Spec, job::Header>& header = j;
  archive(header, j.parameters, j.geometry, j.chunk, j.partitioner, j.boundary, j.initial, j.time,
          j.diagnostics_every, j.health_every, j.probes, j.output, j.performance);
}

std::string encode(const JobSpec& job) { return base::encode(job); }

JobSpec decode_spec(std::string_view bytes) { return base::decode<JobSpec>(bytes, "the encoded job"); }

}  // namespace tessera::grid
