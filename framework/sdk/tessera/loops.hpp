// Loops over the cells of a region.
#ifndef TESSERA_LOOPS_HPP
#define TESSERA_LOOPS_HPP

#include <tessera/grid.h>
#include <tessera/function.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace tessera {

/// A box of cells in a patch's local indices, upper end exclusive.
struct Region {
  int lower[3];
  int upper[3];
  int dimensions = 0;                            ///< dimensions of the domain; 0: unknown
  const tessera_execution* execution = nullptr;  ///< for loops over the region; null: they run on the host
};

namespace detail {

/// Number of indices that a loop body takes: 3 for (i, j, k), 2 for (i, j), 1 for (i).
template <class F>
constexpr int indices() {
  if constexpr (std::is_invocable_v<F&, int, int, int>) {
    return 3;
  } else if constexpr (std::is_invocable_v<F&, int, int>) {
    return 2;
  } else {
    static_assert(std::is_invocable_v<F&, int>, "a loop body takes the indices (i, j, k), (i, j) or (i)");
    return 1;
  }
}

/// Throws std::logic_error if the body of a loop over `cells` takes fewer indices than the domain has
/// dimensions.
template <class F>
void require_indices(const Region& cells) {
  constexpr int count = indices<F>();
  if constexpr (count < 3) {
    int needed = cells.dimensions;
    if (needed == 0) {
      for (int a = 0; a < 3; ++a) {
        if (cells.upper[a] - cells.lower[a] > 1) needed = a + 1;
      }
    }
    if (needed > count) {
      throw std::logic_error("a loop body takes " + std::to_string(count) +
                             (count == 1 ? " index" : " indices") + ", but the domain has " +
                             std::to_string(needed) + " dimensions");
    }
  }
}

template <class F>
TESSERA_FUNCTION inline decltype(auto) call(F& f, int i, [[maybe_unused]] int j, [[maybe_unused]] int k) {
  if constexpr (indices<F>() == 3) {
    return f(i, j, k);
  } else if constexpr (indices<F>() == 2) {
    return f(i, j);
  } else {
    return f(i);
  }
}

/// Calls `f` for every cell. Flattened, because a loop that still calls its body cannot be vectorised: a long
/// body, which for_each() instantiates for host and device, is not inlined otherwise.
template <class R, class F>
[[gnu::flatten]] inline void loop(const R& cells, F& f) {
  for (int k = cells.lower[2]; k < cells.upper[2]; ++k) {
    for (int j = cells.lower[1]; j < cells.upper[1]; ++j) {
      const int end = cells.upper[0];
      TESSERA_INDEPENDENT_ITERATIONS
      for (int i = cells.lower[0]; i < end; ++i) call(f, i, j, k);
    }
  }
}

/// Returns the smallest value of `f` over `cells`: NaN if one value is NaN, infinity if there are no cells.
template <class R, class F>
[[gnu::flatten]] inline double minimum(const R& cells, F& f) {
  // Independent minima, so that the loop can be vectorised. The order does not change the result.
  constexpr int lanes = 8;
  double minima[lanes];
  bool is_nan[lanes] = {};
  for (double& v : minima) v = std::numeric_limits<double>::infinity();
  const auto update = [&](int lane, double v) {
    minima[lane] = v < minima[lane] ? v : minima[lane];
    is_nan[lane] = is_nan[lane] || v != v;
  };
  for (int k = cells.lower[2]; k < cells.upper[2]; ++k) {
    for (int j = cells.lower[1]; j < cells.upper[1]; ++j) {
      int i = cells.lower[0];
      for (; i + lanes <= cells.upper[0]; i += lanes) {
        for (int lane = 0; lane < lanes; ++lane) update(lane, call(f, i + lane, j, k));
      }
      for (; i < cells.upper[0]; ++i) update(0, call(f, i, j, k));
    }
  }
  for (int lane = 0; lane < lanes; ++lane) {
    if (is_nan[lane]) return std::numeric_limits<double>::quiet_NaN();
    minima[0] = minima[lane] < minima[0] ? minima[lane] : minima[0];
  }
  return minima[0];
}

inline bool on_device(const Region& cells) {
  return cells.execution != nullptr && cells.execution->space == TESSERA_DEVICE;
}

inline tessera_region to_c(const Region& r) {
  return {{r.lower[0], r.lower[1], r.lower[2]}, {r.upper[0], r.upper[1], r.upper[2]}};
}

inline void require_ok(tessera_status status, const tessera_message& message) {
  if (status != TESSERA_OK) throw std::runtime_error(message.text);
}

}  // namespace detail

/// Calls `f(i, j, k)` for every cell of `cells`, x fastest. In domains of one or two dimensions, `f` may take
/// only the indices of these dimensions: `f(i, j)` or `f(i)`. The calls must be independent of each other:
/// the innermost loop is vectorised. On a device, `f` is copied, and the call returns before the loop has
/// run. Throws std::logic_error if `f` takes too few indices.
template <class F>
inline void for_each(const Region& cells, F&& f) {
  using Body = std::remove_cvref_t<F>;
  detail::require_indices<Body>(cells);
  if (!detail::on_device(cells)) return detail::loop(cells, f);
  const auto kernel = [](const void* closure, tessera_region region) {
    detail::loop(region, *static_cast<const Body*>(closure));
  };
  tessera_message message{};
  detail::require_ok(
      cells.execution->launch(cells.execution, kernel, &f, sizeof(Body), detail::to_c(cells), &message),
      message);
}

/// Calls `f(j, k)` for every row of `cells`. A row consists of the cells along x. Throws std::logic_error on
/// a device.
template <class F>
inline void for_each_row(const Region& cells, F&& f) {
  if (detail::on_device(cells)) throw std::logic_error("for_each_row cannot run on a device; use for_each");
  for (int k = cells.lower[2]; k < cells.upper[2]; ++k) {
    for (int j = cells.lower[1]; j < cells.upper[1]; ++j) f(j, k);
  }
}

/// Returns the smallest value of `f(i, j, k)` over `cells`, for example a stable time step: infinity if there
/// are no cells, NaN if a value is NaN. For `f`, see for_each().
template <class F>
inline double reduce_min(const Region& cells, F&& f) {
  using Body = std::remove_cvref_t<F>;
  detail::require_indices<Body>(cells);
  if (!detail::on_device(cells)) return detail::minimum(cells, f);
  const auto kernel = [](const void* closure, tessera_region region, double* result) {
    *result = detail::minimum(region, *static_cast<const Body*>(closure));
  };
  double result = 0.0;
  tessera_message message{};
  detail::require_ok(cells.execution->reduce(cells.execution, TESSERA_MIN, kernel, &f, sizeof(Body),
                                             detail::to_c(cells), &result, &message),
                     message);
  return result;
}

/// Returns the largest value of `f(i, j, k)` over `cells`: -infinity if there are no cells, NaN if a value is
/// NaN. For `f`, see for_each().
template <class F>
inline double reduce_max(const Region& cells, F&& f) {
  return -reduce_min(
      cells, [f](auto... at) requires std::is_invocable_v<const std::remove_cvref_t<F>&, decltype(at)...> {
        return -f(at...);
      });
}

}  // namespace tessera

#endif
