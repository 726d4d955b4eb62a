// A solver on a grid in C++: derive a class from tessera::GridSolver and end the file with TESSERA_SOLVER.
//
// This header-only library wraps the C interface in tessera/grid.h. An exception thrown from any function of
// the class ends the run, with its what() as the message.
#ifndef TESSERA_GRID_HPP
#define TESSERA_GRID_HPP

#include <tessera/grid.h>
#include <tessera/declare.hpp>
#include <tessera/patch.hpp>
#include <tessera/poison.hpp>

#include <limits>
#include <memory>
#include <string>
#include <type_traits>

namespace tessera {

/// A solver on a grid. Its constructor takes a Declare& and makes the declarations. Tessera then calls the
/// functions below, on every rank, with patches of that rank. None of them may communicate.
class GridSolver {
 public:
  GridSolver() = default;
  GridSolver(const GridSolver&) = delete;
  GridSolver& operator=(const GridSolver&) = delete;
  virtual ~GridSolver() = default;

  /// Called once, after the parameters have been set. An exception rejects the job.
  virtual void configure(const Geometry&) {}

  /// Sets fields at the start, after the fields set in the job's [initial] have been filled. For each cell,
  /// it may read and write all fields except work fields at that cell. If a class does not override it, jobs
  /// cannot set derived fields in [initial].
  virtual void initialize(Patch&, Region, double /*time*/) {}

  /// Returns the largest stable time step in seconds. Override it if the step depends only on the grid.
  virtual double stable_dt(const Geometry&) const { return std::numeric_limits<double>::infinity(); }

  /// Returns the largest stable time step of `cells` in seconds. Override it if the step depends on the
  /// fields.
  virtual double local_stable_dt(const Patch& patch, Region /*cells*/, double /*time*/) const {
    return stable_dt(patch.geometry());
  }

  /// Computes `stage` on `cells`. The new values of a cell may depend only on the fields that the stage
  /// reads, within their declared radius of that cell, and on the parameters, the position of the cell,
  /// `time` and `dt`. `time` is the time at the start of the step.
  virtual void update(const Stage& stage, Patch&, Region cells, double time, double dt) = 0;

  /// Writes the derived fields of `cells` from state and constant fields at the same cell.
  virtual void derive(Patch&, Region, double /*time*/) {}

  /// Fills the ghost cells `ghosts` of the field with index `field` beyond `face`, for faces that the job
  /// declares "custom". Owned cells near the face are valid, and so are ghost cells along lower axes: x is
  /// filled before y, and y before z. The function may read `field` itself. If `field` is not constant, it
  /// may also read each constant field that every stage reads with at least the radius of all its other
  /// reads.
  virtual void boundary(Patch&, Region /*ghosts*/, int /*field*/, Face, double /*time*/) {}

  /// Whether the job's [initial] sets the field. Must not be called before configure().
  template <class T>
  bool given(Field<T> field) const {
    return declared_->given(field.index());
  }

  void attach(const Declare& declared) { declared_ = &declared; }

 private:
  const Declare* declared_ = nullptr;
};

namespace detail {

/// The C functions of a solver class.
template <class Solver>
class Adapter {
 public:
  static const tessera_plugin& plugin(const char* name, const char* version, const char* summary) {
    static const tessera_grid_functions functions{
        sizeof(tessera_grid_functions), 0,          &create, &destroy, &schema,  &configure,
        initialize_function(),          &stable_dt, &update, &derive,  &boundary};
    static const tessera_plugin p{sizeof(tessera_plugin),
                                  TESSERA_INTERFACE_VERSION,
                                  TESSERA_GRID,
                                  0,
                                  name,
                                  version,
                                  summary,
                                  &functions};
    return p;
  }

 private:
  struct Instance {
    Declare declared;
    Solver solver{declared};
  };

  static Instance& instance_of(void* p) { return *static_cast<Instance*>(p); }

  static Region region_of(const tessera_patch& patch, const tessera_region& r) {
    return {{r.lower[0], r.lower[1], r.lower[2]},
            {r.upper[0], r.upper[1], r.upper[2]},
            patch.geometry->dimensions,
            patch.execution};
  }

  static Patch::Call call_of(void* p, const char* name) {
    Patch::Call call;
    call.schema = &instance_of(p).declared.tables();
    call.name = name;
    return call;
  }

  static tessera_status create(void** out, tessera_message* message) {
    return guarded(message, [&] {
      auto instance = std::make_unique<Instance>();
      instance->solver.attach(instance->declared);
      *out = instance.release();
    });
  }

  static void destroy(void* p) { std::unique_ptr<Instance>{&instance_of(p)}.reset(); }

  static tessera_status schema(void* p, const tessera_schema** out, tessera_message* message) {
    return guarded(message, [&] {
      constexpr bool local =
          !std::is_same_v<decltype(&Solver::local_stable_dt), decltype(&GridSolver::local_stable_dt)>;
      constexpr bool global = !std::is_same_v<decltype(&Solver::stable_dt), decltype(&GridSolver::stable_dt)>;
      std::uint32_t flags = 0;
      if constexpr (local) flags |= TESSERA_LOCAL_DT;
      if constexpr (local || global) flags |= TESSERA_HAS_DT;
      if constexpr (!std::is_same_v<decltype(&Solver::derive), decltype(&GridSolver::derive)>) {
        flags |= TESSERA_HAS_DERIVE;
      }
      if constexpr (!std::is_same_v<decltype(&Solver::boundary), decltype(&GridSolver::boundary)>) {
        flags |= TESSERA_HAS_BOUNDARY;
      }
      *out = &instance_of(p).declared.schema(flags);
    });
  }

  static tessera_status configure(void* p, const tessera_grid_configuration* c, tessera_message* message) {
    return guarded(message, [&] {
      instance_of(p).declared.bind(*c);
      instance_of(p).solver.configure(Geometry{*c->geometry});
    });
  }

  /// NULL if the class does not override initialize(), so that a job cannot set fields that nothing would
  /// read.
  static constexpr decltype(tessera_grid_functions::initialize) initialize_function() {
    // False if the name is overloaded, which means that the class declares it.
    constexpr bool inherited = requires {
      requires std::is_same_v<decltype(&Solver::initialize), decltype(&GridSolver::initialize)>;
    };
    if constexpr (inherited) {
      return nullptr;
    } else {
      return &initialize;
    }
  }

  static tessera_status initialize(void* p, const tessera_patch* patch, tessera_region region, double time,
                                   tessera_message* message) {
    return guarded(message, [&] {
      Patch view{*patch, call_of(p, "initialize()")};
      instance_of(p).solver.initialize(view, region_of(*patch, region), time);
    });
  }

  static tessera_status stable_dt(void* p, const tessera_patch* patch, tessera_region region, double time,
                                  double* dt, tessera_message* message) {
    return guarded(message, [&] {
      const Patch view{*patch, call_of(p, "local_stable_dt()")};
      *dt = instance_of(p).solver.local_stable_dt(view, region_of(*patch, region), time);
    });
  }

  static tessera_status update(void* p, std::int32_t stage, const tessera_patch* patch, tessera_region region,
                               double time, double dt, tessera_message* message) {
    return guarded(message, [&] {
      Patch::Call call = call_of(p, "update()");
      const tessera_stage& declared = call.schema->stages[stage];
      call.name = declared.name;
      call.stage = stage;
      call.region = region_of(*patch, region);
      Patch view{*patch, call};
#if TESSERA_CHECKED
      for (int w = 0; w < declared.write_count; ++w) poison_field(*patch, declared.writes[w], region);
#endif
      instance_of(p).solver.update(Stage{stage}, view, call.region, time, dt);
#if TESSERA_CHECKED
      const std::string name = "stage `" + std::string(declared.name) + "`";
      for (int w = 0; w < declared.write_count; ++w) check_field(p, *patch, declared.writes[w], region, name);
#endif
    });
  }

  static tessera_status derive(void* p, const tessera_patch* patch, tessera_region region, double time,
                               tessera_message* message) {
    return guarded(message, [&] {
      Patch view{*patch, call_of(p, "derive()")};
#if TESSERA_CHECKED
      for (int f = 0; f < patch->field_count; ++f) poison_field(*patch, f, region);
#endif
      instance_of(p).solver.derive(view, region_of(*patch, region), time);
#if TESSERA_CHECKED
      for (int f = 0; f < patch->field_count; ++f) check_field(p, *patch, f, region, "derive()");
#endif
    });
  }

  static tessera_status boundary(void* p, const tessera_patch* patch, tessera_region region,
                                 std::int32_t field, std::int32_t axis, std::int32_t side, double time,
                                 tessera_message* message) {
    return guarded(message, [&] {
      Patch view{*patch, call_of(p, "boundary()")};
      instance_of(p).solver.boundary(view, region_of(*patch, region), field,
                                     Face{static_cast<Axis>(axis), static_cast<Side>(side)}, time);
    });
  }

#if TESSERA_CHECKED
  /// Whether the call must write all of `field`: the field may be written, is in host memory, and is not
  /// updated in place.
  static bool is_output(const tessera_patch& patch, int field) {
    const void* to = patch.writes[field].data;
    return to != nullptr && to != patch.reads[field].data &&
           (patch.execution == nullptr || patch.execution->space == TESSERA_HOST);
  }
  static void poison_field(const tessera_patch& patch, int field, const tessera_region& region) {
    if (is_output(patch, field)) poison(patch.writes[field], region);
  }
  static void check_field(void* p, const tessera_patch& patch, int field, const tessera_region& region,
                          const std::string& call) {
    if (!is_output(patch, field)) return;
    require_written(patch.writes[field], region, call, instance_of(p).declared.tables().fields[field].name,
                    patch.geometry->dimensions);
  }
#endif
};

}  // namespace detail
}  // namespace tessera

/// Exports CLASS as the solver of this shared library. Use it exactly once per library, at file scope.
#define TESSERA_SOLVER(CLASS, NAME, VERSION, SUMMARY)                        \
  extern "C" TESSERA_EXPORT const tessera_plugin* tessera_plugin_entry() {   \
    return &tessera::detail::Adapter<CLASS>::plugin(NAME, VERSION, SUMMARY); \
  }

#endif
