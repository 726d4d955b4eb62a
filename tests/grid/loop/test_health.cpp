#include "grid/loop/health.h"
#include "test_bricks.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace tessera;
using field::FieldStore;
using grid::Index;

namespace {

const Index cells{{37, 6, 2}};
const grid::ChunkLayout layout{cells, {{4, 3, 2}}};
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

solver::SolverSchema make_schema() {
  solver::SolverSchema s;
  s.fields.resize(4);
  s.fields[0].name = "depth";
  s.fields[0].kind = solver::FieldKind::constant;
  s.fields[1].name = "velocity";
  s.fields[1].scalar = solver::Scalar::float32;
  s.fields[1].components = 2;
  s.fields[2].name = "height";
  s.fields[3].name = "flux";
  s.fields[3].kind = solver::FieldKind::work;
  return s;
}

/// A value to write to one component of a field in one cell.
struct CellValue {
  int field;
  int component;
  Index cell;
  double value;
};

/// Creates fields with ordinary values in all owned cells except the given ones, and with NaN in all ghost
/// cells and in the next time level.
FieldStore make_store(const std::vector<CellValue>& special_values, std::int64_t cut = 4) {
  FieldStore store{{{"depth", field::Scalar::float64, 1, 1, Index{{1, 1, 1}}},
                    {"velocity", field::Scalar::float32, 2, 2, Index{{1, 1, 1}}},
                    {"height", field::Scalar::float64, 1, 2, Index{{1, 1, 1}}},
                    {"flux", field::Scalar::float64, 1, 1, Index{{1, 1, 1}}}},
                   test::local_bricks(cells, cut),
                   3};
  const auto set = [](const field::FieldView& view, const Index& local, int component, double value) {
    if (view.scalar == field::Scalar::float64) {
      *view.at<double>(local, component) = value;
    } else {
      *view.at<float>(local, component) = static_cast<float>(value);
    }
  };
  for (int f = 0; f < 4; ++f) {
    for (int c = 0; c < (f == 1 ? 2 : 1); ++c) {
      for (std::size_t n = 0; n < store.bricks().size(); ++n) {
        const grid::Box& owned = store.bricks()[n];
        const int b = static_cast<int>(n);
        const Index one{{1, 1, 1}};
        test::for_each({owned.lower - one, owned.upper + one}, [&](const Index& cell) {
          set(store.view_after(b, f, 1), cell - owned.lower, c, not_a_number);
          set(store.current(b, f), cell - owned.lower, c,
              owned.contains(cell) ? test::unique_value(cell, f, c) : not_a_number);
        });
      }
    }
  }
  for (const CellValue& s : special_values) {
    test::for_each_owned_cell(store.bricks(), [&](int b, const Index& local, const Index& cell) {
      if (cell == s.cell) set(store.current(b, s.field), local, s.component, s.value);
    });
  }
  return store;
}

/// Text of the error that check_health() throws; nullopt if it does not throw.
std::optional<std::string> health_error(const FieldStore& store, std::int64_t step = 12,
                                        double time = 0.375) {
  try {
    loop::check_health(world(), make_schema(), layout, store, step, time);
  } catch (const transport::AgreedError& e) {
    CHECK(e.code() == base::ExitCode::internal);
    return e.text();
  }
  return std::nullopt;
}

std::string expected_error(const std::string& field, const std::string& cell, const std::string& chunk) {
  return "error: the field `" + field + "` is not finite at cell " + cell + ", in chunk " + chunk +
         ", found after step 12, t = 0.375 s\n  = the usual cause is too large a time step: lower `cfl` or "
         "`dt`; otherwise check the initial and boundary values there";
}

}  // namespace

TEST_CASE("extreme but finite values pass the check, regardless of the ghost cells") {
  using limits = std::numeric_limits<double>;
  CHECK(health_error(make_store({{2, 0, {{0, 0, 0}}, limits::max()},
                                 {2, 0, {{36, 5, 1}}, limits::lowest()},
                                 {2, 0, {{9, 3, 1}}, limits::denorm_min()},
                                 {1, 1, {{9, 3, 1}}, std::numeric_limits<float>::max()},
                                 {1, 0, {{9, 3, 1}}, -0.0}})) == std::nullopt);
}

TEST_CASE("only state fields are checked") {
  CHECK(health_error(make_store({{0, 0, {{3, 3, 0}}, not_a_number}, {3, 0, {{3, 3, 0}}, infinity}})) ==
        std::nullopt);
}

TEST_CASE("a non-finite value is found in any cell and any component") {
  for (const double value : {not_a_number, -not_a_number, infinity, -infinity}) {
    for (const std::int64_t cut : {1, 4}) {
      CHECK(health_error(make_store({{2, 0, {{0, 0, 0}}, value}}, cut)) ==
            expected_error("height", "(0, 0, 0)", "(0, 0, 0)"));
      CHECK(health_error(make_store({{2, 0, {{36, 5, 1}}, value}}, cut)) ==
            expected_error("height", "(36, 5, 1)", "(9, 1, 0)"));
      CHECK(health_error(make_store({{1, 0, {{15, 2, 1}}, value}}, cut)) ==
            expected_error("velocity", "(15, 2, 1)", "(3, 0, 0)"));
      CHECK(health_error(make_store({{1, 1, {{16, 3, 0}}, value}}, cut)) ==
            expected_error("velocity", "(16, 3, 0)", "(4, 1, 0)"));
    }
  }
}

TEST_CASE("the error names the first non-finite field and its first non-finite cell, x fastest") {
  const CellValue height{2, 0, {{0, 0, 0}}, not_a_number};
  const CellValue late{1, 0, {{2, 1, 1}}, infinity};
  const CellValue middle{1, 1, {{30, 5, 0}}, not_a_number};
  const CellValue early{1, 0, {{33, 4, 0}}, not_a_number};
  CHECK(health_error(make_store({height, late})) == expected_error("velocity", "(2, 1, 1)", "(0, 0, 0)"));
  CHECK(health_error(make_store({height, late, middle})) ==
        expected_error("velocity", "(30, 5, 0)", "(7, 1, 0)"));
  CHECK(health_error(make_store({height, late, middle, early})) ==
        expected_error("velocity", "(33, 4, 0)", "(8, 1, 0)"));
}

TEST_CASE("at step 0, the error refers to the initial state") {
  CHECK(health_error(make_store({{2, 0, {{4, 0, 0}}, not_a_number}}), 0, 0.0) ==
        "error: the field `height` is not finite at cell (4, 0, 0), in chunk (1, 0, 0), found after "
        "step 0, t = 0 s\n  = the initial state is wrong there: check [initial] and the parameters");
}
