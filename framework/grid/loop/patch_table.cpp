#include "grid/loop/patch_table.h"

#include "base/contract.h"
#include "grid/loop/tile_plan.h"

#include <algorithm>
#include <limits>

namespace tessera::loop {

namespace {

tessera_view view_of(const field::FieldView& view) {
  tessera_view v{};
  v.data = view.origin;
  std::copy(view.stride.begin(), view.stride.end(), v.stride);
  for (int a = 0; a < 3; ++a) v.ghost[a] = static_cast<std::int32_t>(view.ghost[a]);
  v.scalar = view.scalar == field::Scalar::float64 ? TESSERA_FLOAT64 : TESSERA_FLOAT32;
  v.components = view.components;
  return v;
}

constexpr tessera_execution on_host{
    sizeof(tessera_execution), TESSERA_HOST, -1, 0, nullptr, nullptr, nullptr};

}  // namespace

tessera_region region_of(const grid::Box& local) {
  tessera_region r{};
  for (int a = 0; a < 3; ++a) {
    r.lower[a] = static_cast<std::int32_t>(local.lower[a]);
    r.upper[a] = static_cast<std::int32_t>(local.upper[a]);
  }
  return r;
}

PatchTable::PatchTable(const solver::Solver& solver, field::FieldStore& store)
    : schema_{&solver.schema()},
      store_{&store},
      boundary_inputs_{boundary_inputs(solver.schema())},
      reads_(store.fields().size()),
      writes_(store.fields().size()) {
  const auto solver_fields = std::ranges::count_if(schema_->fields, [](const solver::FieldSchema& f) {
    return f.kind != solver::FieldKind::statistic;  // statistics follow all other fields
  });
  for (const grid::Box& brick : store.bricks()) {
    tessera_patch p{};
    p.struct_size = sizeof p;
    p.execution = &on_host;
    p.geometry = &solver.geometry();
    for (int a = 0; a < 3; ++a) {
      base::expects(brick.extent(a) < std::numeric_limits<std::int32_t>::max() / 2,
                    "a brick's extent fits in 32 bits");
      p.offset[a] = brick.lower[a];
      p.extent[a] = static_cast<std::int32_t>(brick.extent(a));
    }
    p.field_count = static_cast<std::int32_t>(solver_fields);
    patches_.push_back(p);
  }
}

/// Returns the patch of a brick, with all views set to null.
tessera_patch& PatchTable::reset_patch(int brick, const grid::Index& image) {
  std::fill(reads_.begin(), reads_.end(), tessera_view{});
  std::fill(writes_.begin(), writes_.end(), tessera_view{});
  tessera_patch& p = patches_[static_cast<std::size_t>(brick)];
  const grid::Index& lower = store_->bricks()[static_cast<std::size_t>(brick)].lower;
  for (int a = 0; a < 3; ++a) p.offset[a] = lower[a] + image[a];
  p.reads = reads_.data();
  p.writes = writes_.data();
  return p;
}

const tessera_patch& PatchTable::for_stage(int brick, const solver::StageSchema& stage,
                                           const std::vector<int>& advances, const grid::Index& image) {
  tessera_patch& p = reset_patch(brick, image);
  for (const solver::StageRead& r : stage.reads) {
    const auto f = static_cast<std::size_t>(r.field);
    reads_[f] = view_of(store_->view_after(brick, r.field, advances[f]));
  }
  for (const int field : stage.writes) {
    const auto f = static_cast<std::size_t>(field);
    writes_[f] = view_of(store_->view_after(brick, field, advances[f] + 1));
  }
  return p;
}

std::byte* PatchTable::redirect_writes(int field, const grid::Box& cells, std::byte* scratch) {
  constexpr std::int64_t cache_line_bytes = 64;
  tessera_view& v = writes_[static_cast<std::size_t>(field)];
  const field::FieldSpec& spec = store_->fields()[static_cast<std::size_t>(field)];
  const auto element_bytes = static_cast<std::int64_t>(field::bytes_of(spec.scalar));
  const std::int64_t per_line = cache_line_bytes / element_bytes;
  const std::int64_t padding = (cells.lower[0] % per_line + per_line) % per_line;
  const std::int64_t row_stride = (padding + cells.extent(0) + per_line - 1) / per_line * per_line;
  const std::int64_t plane_stride = row_stride * cells.extent(1);
  const std::int64_t component_stride = plane_stride * cells.extent(2);
  v.stride[1] = v.stride[1] == 0 ? 0 : row_stride;
  v.stride[2] = v.stride[2] == 0 ? 0 : plane_stride;
  v.stride[3] = component_stride;
  const std::int64_t first = cells.lower[0] + cells.lower[1] * v.stride[1] + cells.lower[2] * v.stride[2];
  v.data = scratch + (padding - first) * element_bytes;
  return scratch + component_stride * spec.components * element_bytes;
}

field::FieldView PatchTable::scratch_view(int field, const field::FieldView& original) const {
  const tessera_view& v = writes_[static_cast<std::size_t>(field)];
  field::FieldView view = original;
  view.origin = static_cast<std::byte*>(v.data);
  std::copy(std::begin(v.stride), std::end(v.stride), view.stride.begin());
  return view;
}

/// Returns a patch with views of the current levels of all fields of the given kinds.
const tessera_patch& PatchTable::for_kinds(int brick, Kinds reads, Kinds writes) {
  tessera_patch& p = reset_patch(brick);
  for (std::size_t f = 0; f < reads_.size(); ++f) {
    const auto is_one_of = [&](Kinds kinds) {
      return std::find(kinds.begin(), kinds.end(), schema_->fields[f].kind) != kinds.end();
    };
    const tessera_view view = view_of(store_->current(brick, static_cast<int>(f)));
    if (is_one_of(reads)) reads_[f] = view;
    if (is_one_of(writes)) writes_[f] = view;
  }
  return p;
}

const tessera_patch& PatchTable::for_boundary(int brick, int field, const std::vector<int>* advances,
                                              const grid::Index& image) {
  tessera_patch& p = reset_patch(brick, image);
  const auto f = static_cast<std::size_t>(field);
  if (schema_->fields[f].kind != solver::FieldKind::constant) {
    for (const int input : boundary_inputs_) {
      reads_[static_cast<std::size_t>(input)] = view_of(store_->current(brick, input));
    }
  }
  reads_[f] = writes_[f] =
      view_of(store_->view_after(brick, field, advances == nullptr ? 0 : (*advances)[f]));
  return p;
}

}  // namespace tessera::loop
