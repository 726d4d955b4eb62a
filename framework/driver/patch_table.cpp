#include "driver/patch_table.h"

#include "base/contract.h"

#include <algorithm>
#include <limits>

namespace tessera::driver {

tessera_region region_of(const grid::Box& local) {
  tessera_region r{};
  for (int a = 0; a < 3; ++a) {
    r.lower[a] = static_cast<std::int32_t>(local.lower[a]);
    r.upper[a] = static_cast<std::int32_t>(local.upper[a]);
  }
  return r;
}

PatchTable::PatchTable(const plugin::Solver& solver, const field::FieldStore& store)
    : schema_{&solver.schema()},
      store_{&store},
      reads_(store.fields().size()),
      writes_(store.fields().size()) {
  for (const grid::Box& brick : store.bricks()) {
    tessera_patch p{};
    p.geometry = &solver.geometry();
    for (int a = 0; a < 3; ++a) {
      base::expects(brick.extent(a) < std::numeric_limits<std::int32_t>::max() / 2,
                    "a brick's extent fits 32 bits");
      p.offset[a] = brick.lower[a];
      p.extent[a] = static_cast<std::int32_t>(brick.extent(a));
    }
    p.field_count = static_cast<std::int32_t>(store.fields().size());
    patches_.push_back(p);
  }
}

tessera_view PatchTable::view_of(const field::FieldView& view) const {
  tessera_view v{};
  v.data = view.origin;
  std::copy(view.stride.begin(), view.stride.end(), v.stride);
  for (int a = 0; a < 3; ++a) v.ghost[a] = static_cast<std::int32_t>(view.ghost[a]);
  v.scalar = view.scalar == field::Scalar::float64 ? TESSERA_FLOAT64 : TESSERA_FLOAT32;
  return v;
}

bool PatchTable::is(int field, job::FieldKind kind) const {
  return schema_->fields[static_cast<std::size_t>(field)].kind == kind;
}

tessera_patch& PatchTable::blank(int brick) {
  std::fill(reads_.begin(), reads_.end(), tessera_view{});
  std::fill(writes_.begin(), writes_.end(), tessera_view{});
  tessera_patch& p = patches_[static_cast<std::size_t>(brick)];
  p.reads = reads_.data();
  p.writes = writes_.data();
  return p;
}

const tessera_patch& PatchTable::for_stage(int brick, const job::StageSchema& stage) {
  tessera_patch& p = blank(brick);
  for (const job::StageRead& r : stage.reads) {
    reads_[static_cast<std::size_t>(r.field)] = view_of(store_->current(brick, r.field));
  }
  for (const int f : stage.writes) writes_[static_cast<std::size_t>(f)] = view_of(store_->next(brick, f));
  return p;
}

const tessera_patch& PatchTable::for_initialize(int brick) {
  tessera_patch& p = blank(brick);
  for (int f = 0; f < p.field_count; ++f) {
    if (is(f, job::FieldKind::work)) continue;
    reads_[static_cast<std::size_t>(f)] = writes_[static_cast<std::size_t>(f)] =
        view_of(store_->current(brick, f));
  }
  return p;
}

const tessera_patch& PatchTable::for_stable_dt(int brick) {
  tessera_patch& p = blank(brick);
  for (int f = 0; f < p.field_count; ++f) {
    if (is(f, job::FieldKind::state) || is(f, job::FieldKind::constant)) {
      reads_[static_cast<std::size_t>(f)] = view_of(store_->current(brick, f));
    }
  }
  return p;
}

const tessera_patch& PatchTable::for_derive(int brick) {
  tessera_patch& p = blank(brick);
  for (int f = 0; f < p.field_count; ++f) {
    if (is(f, job::FieldKind::work)) continue;
    auto& views = is(f, job::FieldKind::derived) ? writes_ : reads_;
    views[static_cast<std::size_t>(f)] = view_of(store_->current(brick, f));
  }
  return p;
}

const tessera_patch& PatchTable::for_boundary(int brick, int field) {
  tessera_patch& p = blank(brick);
  for (int f = 0; f < p.field_count; ++f)
    reads_[static_cast<std::size_t>(f)] = view_of(store_->current(brick, f));
  writes_[static_cast<std::size_t>(field)] = view_of(store_->current(brick, field));
  return p;
}

}  // namespace tessera::driver
