#include "grid/loop/solver_calls.h"

#include "grid/field/stream.h"
#include "transport/agreement.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <limits>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

/// Size of the results to compute before they are streamed to memory, in bytes; small enough for the L2
/// cache.
constexpr std::size_t scratch_bytes = std::size_t{128} << 10;

}  // namespace

SolverCalls::SolverCalls(const solver::Solver& solver, const grid::JobSpec& job, field::FieldStore& store)
    : solver_{&solver},
      store_{&store},
      geometry_{job.geometry},
      patches_{solver, store},
      guard_{solver.schema(), store, job.geometry},
      uses_guard_{job.performance.guard} {}

void SolverCalls::fail(const base::Error& error) {
  if (!failure_) failure_ = error;
}

template <class F>
void SolverCalls::catch_failure(F call) {
  if (failure_) return;
  try {
    call();
  } catch (...) {
    failure_ = transport::error_of(std::current_exception());
  }
}

/// Splits `cells` at periodic faces and calls f(part, image) for each part. `image` must be added to the
/// offset of the brick in the domain, to give the coordinates of the original cells.
template <class F>
void SolverCalls::for_each_image(int brick, const grid::Box& cells, F f) const {
  const grid::Index& brick_lower = store_->bricks()[static_cast<std::size_t>(brick)].lower;
  std::array<std::array<std::int64_t, 4>, 3> bounds{};
  for (int a = 0; a < 3; ++a) {
    const bool periodic = a < geometry_.dimensions && geometry_.periodic[static_cast<std::size_t>(a)];
    const auto clamped = [&](std::int64_t face) { return std::clamp(face, cells.lower[a], cells.upper[a]); };
    const std::int64_t low = periodic ? clamped(-brick_lower[a]) : cells.lower[a];
    const std::int64_t high = periodic ? clamped(geometry_.cells[a] - brick_lower[a]) : cells.upper[a];
    bounds[static_cast<std::size_t>(a)] = {cells.lower[a], low, high, cells.upper[a]};
  }
  grid::for_each_index({{}, grid::Index::all(3)}, [&](const grid::Index& piece) {
    grid::Box part;
    grid::Index image;
    for (int a = 0; a < 3; ++a) {
      const auto n = static_cast<std::size_t>(piece[a]);
      part.lower[a] = bounds[static_cast<std::size_t>(a)][n];
      part.upper[a] = bounds[static_cast<std::size_t>(a)][n + 1];
      image[a] = (1 - piece[a]) * geometry_.cells[a];
    }
    if (!part.empty()) f(part, image);
  });
}

void SolverCalls::update(const Sweep& sweep, int brick, const grid::Box& cells, const StepTime& step) {
  const bool had_failed = failure_.has_value();
  catch_failure([&] {
    const solver::StageSchema& stage = solver_->schema().stages[static_cast<std::size_t>(sweep.stage)];
    for_each_image(brick, cells, [&](const grid::Box& part, const grid::Index& image) {
      const tessera_patch& patch = patches_.for_stage(brick, stage, sweep.advances, image);
      const auto call = [&](const grid::Box& box) {
        solver_->update(sweep.stage, patch, region_of(box), step.time, step.dt);
      };
      if (uses_guard_) {
        guard_.update(sweep, brick, part, call);
      } else {
        call(part);
      }
    });
  });
  if (had_failed || !failure_) return;
  const grid::Box box = cells.shifted(store_->bricks()[static_cast<std::size_t>(brick)].lower);
  annotate_failure(step, ", cells " + grid::to_string(box, geometry_.dimensions));
}

/// Appends the start time of the step, and `location`, to the text of the failure.
void SolverCalls::annotate_failure(const StepTime& step, const std::string& location) {
  failure_ = base::Error::with_text(
      failure_->code(),
      fmt::format("{}\n  = in the step starting at t = {:.6g} s{}", failure_->text(), step.time, location));
}

void SolverCalls::update_streamed(const Sweep& sweep, int brick, const grid::Box& cells,
                                  const StepTime& step) {
  const solver::StageSchema& stage = solver_->schema().stages[static_cast<std::size_t>(sweep.stage)];
  if (scratch_.size() == 0) scratch_ = base::Buffer{2 * scratch_bytes};
  std::int64_t row_bytes = 0;
  for (const int f : stage.writes) {
    const field::FieldView to = store_->view_after(brick, f, sweep.advances[static_cast<std::size_t>(f)] + 1);
    if (store_->fields()[static_cast<std::size_t>(f)].levels == 2) {
      row_bytes +=
          (cells.extent(0) + 32) * static_cast<std::int64_t>(field::bytes_of(to.scalar)) * to.components;
    }
  }
  bool in_domain = true;  // whether no cell is beyond a periodic face
  for_each_image(brick, cells, [&](const grid::Box& part, const grid::Index& image) {
    in_domain = part == cells && image == grid::Index{};
  });
  const std::int64_t rows =
      row_bytes == 0 || !in_domain ? 0 : static_cast<std::int64_t>(scratch_bytes) / row_bytes;
  if (rows == 0) return update(sweep, brick, cells, step);

  grid::Box piece = cells;
  for (std::int64_t k = cells.lower[2]; k < cells.upper[2]; ++k) {
    piece.lower[2] = k;
    piece.upper[2] = k + 1;
    for (std::int64_t j = cells.lower[1]; j < cells.upper[1]; j += rows) {
      piece.lower[1] = j;
      piece.upper[1] = std::min(j + rows, cells.upper[1]);
      const bool had_failed = failure_.has_value();
      const tessera_patch& patch = patches_.for_stage(brick, stage, sweep.advances);
      std::byte* scratch_end = scratch_.data();
      for (const int f : stage.writes) {
        if (store_->fields()[static_cast<std::size_t>(f)].levels != 2) continue;
        scratch_end = patches_.redirect_writes(f, piece, scratch_end);
      }
      catch_failure([&] { solver_->update(sweep.stage, patch, region_of(piece), step.time, step.dt); });
      if (failure_ && !had_failed) annotate_failure(step, "");
      for (const int f : stage.writes) {
        if (store_->fields()[static_cast<std::size_t>(f)].levels != 2) continue;
        field::stream(patches_.scratch_view(f, store_->current(brick, f)), piece,
                      store_->view_after(brick, f, sweep.advances[static_cast<std::size_t>(f)] + 1));
      }
    }
  }
}

void SolverCalls::boundary(int brick, const grid::Box& ghosts, int field, std::array<int, 2> face,
                           double time, const std::vector<int>* advances) {
  for_each_image(brick, ghosts, [&](const grid::Box& part, const grid::Index& image) {
    catch_failure([&] { fill_image(brick, part, image, field, face, time, advances); });
  });
}

void SolverCalls::fill_image(int brick, const grid::Box& ghosts, const grid::Index& image, int field,
                             std::array<int, 2> face, double time, const std::vector<int>* advances) {
  const auto call = [&] {
    solver_->boundary(patches_.for_boundary(brick, field, advances, image), region_of(ghosts), field, face[0],
                      face[1], time);
  };
  if (!uses_guard_) return call();
  const int level = advances == nullptr ? 0 : (*advances)[static_cast<std::size_t>(field)];
  guard_.boundary(brick, field, store_->view_after(brick, field, level), ghosts, call);
}

double SolverCalls::stable_dt(double time) {
  double min_dt = std::numeric_limits<double>::infinity();
  for (std::size_t b = 0; b < store_->bricks().size(); ++b) {
    catch_failure([&] {
      const int brick = static_cast<int>(b);
      const double dt = solver_->stable_dt(patches_.for_stable_dt(brick),
                                           region_of({{}, store_->bricks()[b].extents()}), time);
      // std::min would not propagate a NaN.
      min_dt = dt < min_dt || dt != dt ? dt : min_dt;
    });
  }
  return min_dt;
}

void SolverCalls::derive(int brick, const grid::Box& cells, double time) {
  if (!solver_->schema().has_derive) return;
  catch_failure([&] {
    const auto call = [&] { solver_->derive(patches_.for_derive(brick), region_of(cells), time); };
    if (uses_guard_) {
      guard_.derive(brick, cells, call);
    } else {
      call();
    }
  });
}

}  // namespace tessera::loop
