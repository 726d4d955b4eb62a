// A Tessera solver in C++: derive a class from tessera::GridSolver and end the file with TESSERA_SOLVER.
//
// Header-only, over the C interface of tessera/solver.h; exceptions that leave the class become errors
// of the run.
#ifndef TESSERA_SOLVER_HPP
#define TESSERA_SOLVER_HPP

#include <tessera/solver.h>
#include <tessera/declare.hpp>
#include <tessera/patch.hpp>

#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <string_view>
#include <type_traits>

namespace tessera {

/// A solver on a grid. The constructor takes a Declare& and declares; the framework then calls the
/// functions below, on every rank, with patches of that rank. None of them may communicate.
class GridSolver {
 public:
  GridSolver() = default;
  GridSolver(const GridSolver&) = delete;
  GridSolver& operator=(const GridSolver&) = delete;
  virtual ~GridSolver() = default;

  /// Called once, when the parameters have their values. Throw to refuse the job.
  virtual void configure(const Geometry&) {}

  /// Sets the fields at the start, after those that the job's [initial] gives have been filled. Reads
  /// and writes all fields at the same cell.
  virtual void initialize(Patch&, Region, double /*time*/) {}

  /// The largest stable time step, seconds, when it depends on the grid alone.
  virtual double stable_dt(const Geometry&) const { return std::numeric_limits<double>::infinity(); }

  /// The largest stable time step of `cells`, seconds, when it depends on the fields.
  virtual double local_stable_dt(const Patch& patch, Region /*cells*/, double /*time*/) const {
    return stable_dt(patch.geometry());
  }

  /// Advances `stage` on `cells`: reads within the declared radius, writes at each cell alone, and
  /// depends on nothing else. `time` is the time at the start of the step.
  virtual void update(const Stage& stage, Patch&, Region cells, double time, double dt) = 0;

  /// Writes the derived fields of `cells` from the fields at the same cell.
  virtual void derive(Patch&, Region, double /*time*/) {}

  /// Fills ghost cells `ghosts` of the field with index `field` beyond `face`, for faces declared
  /// "custom". Owned cells and the ghost cells of earlier axes are valid.
  virtual void boundary(Patch&, Region /*ghosts*/, int /*field*/, Face, double /*time*/) {}

  /// Whether the job's [initial] sets the field.
  template <class T>
  bool given(Field<T> field) const {
    return declared_->given(field.index());
  }

  void attach(const Declare& declared) { declared_ = &declared; }

 private:
  const Declare* declared_ = nullptr;
};

namespace detail {

/// The C functions over a solver class.
template <class Solver>
class Adapter {
 public:
  static const tessera_solver_descriptor& descriptor(const char* name, const char* version,
                                                     const char* summary) {
    static const tessera_solver_descriptor d{TESSERA_ABI_VERSION,
                                             sizeof(tessera_solver_descriptor),
                                             name,
                                             version,
                                             summary,
                                             &create,
                                             &destroy,
                                             &schema,
                                             &configure,
                                             &initialize,
                                             &stable_dt,
                                             &update,
                                             &derive,
                                             &boundary};
    return d;
  }

 private:
  struct Instance {
    Declare declared;
    Solver solver{declared};
  };

  static Solver& of(void* p) { return static_cast<Instance*>(p)->solver; }

  template <class F>
  static tessera_status guarded(tessera_message* message, F f) noexcept {
    const char* text = "";
    try {
      f();
      return TESSERA_OK;
    } catch (const std::exception& e) {
      text = e.what();
      copy(text, message);
    } catch (...) {
      copy("the solver threw something that is no std::exception", message);
    }
    return TESSERA_FAILED;
  }

  static void copy(std::string_view text, tessera_message* message) noexcept {
    if (message == nullptr) return;
    const std::size_t n = text.size() < TESSERA_MESSAGE_SIZE ? text.size() : TESSERA_MESSAGE_SIZE - 1;
    std::memcpy(message->text, text.data(), n);
    message->text[n] = '\0';
  }

  static Region region_of(const tessera_region& r) {
    return {{r.lower[0], r.lower[1], r.lower[2]}, {r.upper[0], r.upper[1], r.upper[2]}};
  }

  static tessera_status create(void** out, tessera_message* message) {
    return guarded(message, [&] {
      auto instance = std::make_unique<Instance>();
      instance->solver.attach(instance->declared);
      *out = instance.release();
    });
  }

  static void destroy(void* p) { std::unique_ptr<Instance>{static_cast<Instance*>(p)}.reset(); }

  static tessera_status schema(void* p, const tessera_schema** out, tessera_message* message) {
    return guarded(message, [&] {
      using F = decltype(&Solver::local_stable_dt);
      using G = decltype(&Solver::derive);
      using B = decltype(&Solver::boundary);
      constexpr bool local = !std::is_same_v<F, decltype(&GridSolver::local_stable_dt)>;
      constexpr bool global = !std::is_same_v<decltype(&Solver::stable_dt), decltype(&GridSolver::stable_dt)>;
      std::uint32_t flags = 0;
      if constexpr (local) flags |= TESSERA_LOCAL_DT | TESSERA_HAS_DT;
      if constexpr (global) flags |= TESSERA_HAS_DT;
      if constexpr (!std::is_same_v<G, decltype(&GridSolver::derive)>) flags |= TESSERA_HAS_DERIVE;
      if constexpr (!std::is_same_v<B, decltype(&GridSolver::boundary)>) flags |= TESSERA_HAS_BOUNDARY;
      *out = &static_cast<Instance*>(p)->declared.schema(flags);
    });
  }

  static tessera_status configure(void* p, const tessera_configuration* c, tessera_message* message) {
    return guarded(message, [&] {
      static_cast<Instance*>(p)->declared.bind(*c);
      of(p).configure(Geometry{*c->geometry});
    });
  }

  static tessera_status initialize(void* p, const tessera_patch* patch, tessera_region region, double time,
                                   tessera_message* message) {
    return guarded(message, [&] {
      Patch view{*patch};
      of(p).initialize(view, region_of(region), time);
    });
  }

  static tessera_status stable_dt(void* p, const tessera_patch* patch, tessera_region region, double time,
                                  double* dt, tessera_message* message) {
    return guarded(message, [&] {
      const Patch view{*patch};
      *dt = of(p).local_stable_dt(view, region_of(region), time);
    });
  }

  static tessera_status update(void* p, std::int32_t stage, const tessera_patch* patch, tessera_region region,
                               double time, double dt, tessera_message* message) {
    return guarded(message, [&] {
      Patch view{*patch, static_cast<Instance*>(p)->declared.tables(), stage, region_of(region)};
      of(p).update(Stage{stage}, view, region_of(region), time, dt);
    });
  }

  static tessera_status derive(void* p, const tessera_patch* patch, tessera_region region, double time,
                               tessera_message* message) {
    return guarded(message, [&] {
      Patch view{*patch};
      of(p).derive(view, region_of(region), time);
    });
  }

  static tessera_status boundary(void* p, const tessera_patch* patch, tessera_region region,
                                 std::int32_t field, std::int32_t axis, std::int32_t side, double time,
                                 tessera_message* message) {
    return guarded(message, [&] {
      Patch view{*patch};
      of(p).boundary(view, region_of(region), field, Face{static_cast<Axis>(axis), static_cast<Side>(side)},
                     time);
    });
  }
};

}  // namespace detail
}  // namespace tessera

/// Exports CLASS as the solver of this shared library. Once a library, at file scope.
#define TESSERA_SOLVER(CLASS, NAME, VERSION, SUMMARY)                                 \
  extern "C" TESSERA_EXPORT const tessera_solver_descriptor* tessera_solver_entry() { \
    return &tessera::detail::Adapter<CLASS>::descriptor(NAME, VERSION, SUMMARY);      \
  }

#endif
