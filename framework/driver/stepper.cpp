#include "driver/stepper.h"

#include "base/stopwatch.h"
#include "transport/agreement.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tessera::driver {

namespace {

/// The cells of a brick that no message is needed for: those farther than `radius` from every side that
/// waits.
grid::Box interior_of(const grid::Box& owned, const halo::HaloExchange& exchange, int brick, int radius) {
  grid::Box box{{}, owned.extents()};
  for (int a = 0; a < 3; ++a) {
    if (exchange.waits(brick, a, 0)) box.lower[a] = std::min(box.upper[a], box.lower[a] + radius);
    if (exchange.waits(brick, a, 1)) box.upper[a] = std::max(box.lower[a], box.upper[a] - radius);
  }
  return box;
}

}  // namespace

Stepper::Stepper(const transport::Communicator& comm, const plugin::Solver& solver, const job::JobSpec& job,
                 const partition::Partition& partition, field::FieldStore& store)
    : comm_{&comm},
      solver_{&solver},
      partition_{&partition},
      periodic_{job.geometry.periodic},
      store_{&store},
      patches_{solver, store},
      boundary_{job.geometry, solver.schema(), job, store,
                [this](int brick, const grid::Box& ghosts, int field, int axis, int side, double time) {
                  guarded([&] {
                    solver_->boundary(patches_.for_boundary(brick, field), region_of(ghosts), field, axis,
                                      side, time);
                  });
                }} {
  int tag = 1;
  for (StagePlan& plan : plan_step(solver.schema())) {
    StageWork& work = stages_.emplace_back();
    work.plan = std::move(plan);
    if (!work.plan.exchange.empty()) {
      work.exchange.emplace(comm, store, partition, periodic_, work.plan.exchange, tag++);
    }
    for (std::size_t b = 0; b < store.bricks().size(); ++b) {
      const grid::Box whole{{}, store.bricks()[b].extents()};
      work.interior.push_back(work.exchange ? interior_of(store.bricks()[b], *work.exchange,
                                                          static_cast<int>(b), work.plan.radius)
                                            : whole);
      work.rim.push_back(grid::difference(whole, work.interior.back()));
    }
  }
}

template <class F>
void Stepper::guarded(F call) {
  if (failure_) return;
  try {
    call();
  } catch (...) {
    failure_ = transport::error_of(std::current_exception());
  }
}

void Stepper::fill_boundaries(const std::vector<halo::HaloField>& fields, double time) {
  for (const halo::HaloField& f : fields) boundary_.fill(f.field, f.width, time);
}

void Stepper::prepare(double time) {
  const std::vector<halo::HaloField> fields = fixed_fields(solver_->schema());
  if (fields.empty()) return;
  halo::HaloExchange once{*comm_, *store_, *partition_, periodic_, fields, 0};
  once.start();
  once.finish();
  fill_boundaries(fields, time);
}

void Stepper::update(const StagePlan& plan, int brick, const grid::Box& cells, double time, double dt) {
  if (cells.empty()) return;
  const bool had_failed = failure_.has_value();
  guarded([&] {
    const job::StageSchema& stage = solver_->schema().stages[static_cast<std::size_t>(plan.stage)];
    solver_->update(plan.stage, patches_.for_stage(brick, stage), region_of(cells), time, dt);
  });
  if (had_failed || !failure_) return;
  const grid::Box where = cells.shifted(store_->bricks()[static_cast<std::size_t>(brick)].lower);
  failure_ =
      base::Error::report(failure_->code(), fmt::format("{}\n  = in the step from t = {:.6g} s, cells {}",
                                                        failure_->text(), time, grid::to_string(where)));
}

void Stepper::step(double time, double dt, PhaseTimes& times) {
  base::Stopwatch watch;
  const int bricks = static_cast<int>(store_->bricks().size());
  for (StageWork& work : stages_) {
    const StagePlan& plan = work.plan;
    const double input_time = time + plan.time_offset * dt;
    if (work.exchange) {
      work.exchange->start();
      times[Phase::halo] += watch.lap();
      fill_boundaries(plan.exchange, input_time);
      times[Phase::boundary] += watch.lap();
    }
    for (int b = 0; b < bricks; ++b) update(plan, b, work.interior[static_cast<std::size_t>(b)], time, dt);
    times[Phase::update] += watch.lap();
    if (work.exchange && work.exchange->has_messages()) {
      work.exchange->finish();
      times[Phase::halo] += watch.lap();
      fill_boundaries(plan.exchange, input_time);
      times[Phase::boundary] += watch.lap();
      for (int b = 0; b < bricks; ++b) {
        for (const grid::Box& piece : work.rim[static_cast<std::size_t>(b)]) update(plan, b, piece, time, dt);
      }
      times[Phase::update] += watch.lap();
    }
    for (const int field : plan.advances) store_->advance(field);
  }
}

double Stepper::stable_dt(double time) {
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t b = 0; b < store_->bricks().size(); ++b) {
    guarded([&] {
      const int brick = static_cast<int>(b);
      const double dt = solver_->stable_dt(patches_.for_stable_dt(brick),
                                           region_of({{}, store_->bricks()[b].extents()}), time);
      // std::min would drop a NaN.
      smallest = dt < smallest || dt != dt ? dt : smallest;
    });
  }
  return smallest;
}

void Stepper::derive(double time) {
  if (!solver_->schema().has_derive) return;
  for (std::size_t b = 0; b < store_->bricks().size(); ++b) {
    guarded([&] {
      solver_->derive(patches_.for_derive(static_cast<int>(b)),
                      region_of({{}, store_->bricks()[b].extents()}), time);
    });
  }
}

void Stepper::derive_cell(int brick, const grid::Index& cell, double time) {
  if (!solver_->schema().has_derive) return;
  guarded([&] {
    solver_->derive(patches_.for_derive(brick), region_of({cell, cell + grid::Index{{1, 1, 1}}}), time);
  });
}

std::int64_t Stepper::bytes_sent_per_step() const {
  std::int64_t total = 0;
  for (const StageWork& w : stages_) {
    if (w.exchange) total += w.exchange->bytes_sent();
  }
  return total;
}

}  // namespace tessera::driver
