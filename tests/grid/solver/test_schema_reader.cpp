// Tables as a plugin in C could write them, one mistake at a time.
#include "base/error.h"
#include "grid/solver/schema_reader.h"

#include <catch2/catch.hpp>

#include <array>
#include <functional>
#include <limits>
#include <vector>

using namespace tessera;

namespace {

/// Faultless tables that a test spoils.
struct Tables {
  std::vector<tessera_parameter> parameters{real("speed"), text("scheme")};
  std::vector<tessera_field> fields{field("height"), field("floor", TESSERA_CONSTANT),
                                    field("top", TESSERA_DERIVED)};
  std::vector<tessera_access> reads{{0, 2}, {1, 1}};
  std::vector<std::int32_t> writes{0};
  std::vector<tessera_stage> stages{{"move", nullptr, 0, nullptr, 0, 0.5}};
  std::vector<tessera_diagnostic> diagnostics{{"mass", "kg", "", TESSERA_SUM, 0, 0, 1}};
  tessera_schema schema{};
  tessera_solver_descriptor descriptor{};

  Tables() {
    schema.struct_size = sizeof schema;
    schema.dimensions = 2;
    schema.geometries = 3;
    schema.default_cfl = 0.4;
    descriptor.name = "sample";
    descriptor.version = "2.0.1";
    descriptor.summary = "A sample";
  }

  static tessera_parameter real(const char* name) {
    tessera_parameter p{};
    p.name = name;
    p.type = TESSERA_REAL;
    p.flags = TESSERA_HAS_DEFAULT | TESSERA_HAS_MINIMUM | TESSERA_MINIMUM_OPEN;
    p.default_number = 1.0;
    return p;
  }
  static tessera_parameter text(const char* name) {
    static const std::array<const char*, 2> choices{"upwind", "central"};
    tessera_parameter p{};
    p.name = name;
    p.type = TESSERA_TEXT;
    p.flags = TESSERA_HAS_DEFAULT;
    p.default_text = "central";
    p.choices = choices.data();
    p.choice_count = 2;
    return p;
  }
  static tessera_field field(const char* name, tessera_field_kind kind = TESSERA_STATE) {
    tessera_field f{};
    f.name = name;
    f.kind = kind;
    f.components = 1;
    return f;
  }

  solver::SolverSchema read() {
    stages[0].reads = reads.data();
    stages[0].read_count = static_cast<std::int32_t>(reads.size());
    stages[0].writes = writes.data();
    stages[0].write_count = static_cast<std::int32_t>(writes.size());
    schema.parameters = parameters.data();
    schema.parameter_count = static_cast<std::int32_t>(parameters.size());
    schema.fields = fields.data();
    schema.field_count = static_cast<std::int32_t>(fields.size());
    schema.stages = stages.data();
    schema.stage_count = static_cast<std::int32_t>(stages.size());
    schema.diagnostics = diagnostics.data();
    schema.diagnostic_count = static_cast<std::int32_t>(diagnostics.size());
    return solver::read_schema(descriptor, schema);
  }
};

void check_refused(const std::function<void(Tables&)>& spoil, const std::string& phrase) {
  Tables tables;
  spoil(tables);
  std::string text = "nothing was wrong";
  try {
    tables.read();
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::unavailable);
    text = e.text();
  }
  INFO(text);
  CHECK(text.find("the solver `sample` declares something impossible: ") != std::string::npos);
  CHECK(text.find(phrase) != std::string::npos);
}

}  // namespace

TEST_CASE("faultless tables are copied whole") {
  Tables tables;
  const std::array<std::uint8_t, 2> odd{1, 6};
  tables.fields[0].components = 2;
  tables.fields[0].odd_axes = odd.data();
  tables.fields[1].scalar = TESSERA_FLOAT32;
  tables.fields[1].has_default = 1;
  tables.fields[1].default_value = -3.5;
  const solver::SolverSchema s = tables.read();
  CHECK(s.name == "sample");
  CHECK(s.version == "2.0.1");
  CHECK(s.dimensions == std::array<bool, 3>{false, true, false});
  CHECK(s.cartesian);
  CHECK(s.spherical);
  CHECK(s.default_cfl == 0.4);
  REQUIRE(s.parameters.size() == 2);
  CHECK(s.parameters[0].minimum->open);
  CHECK_FALSE(s.parameters[0].maximum);
  CHECK(s.parameters[0].default_number == 1.0);
  CHECK(s.parameters[1].choices == std::vector<std::string>{"upwind", "central"});
  CHECK(s.parameters[1].default_text == "central");
  REQUIRE(s.fields.size() == 3);
  CHECK(s.fields[0].odd_axes == std::vector<std::uint8_t>{1, 6});
  CHECK(s.fields[1].scalar == solver::Scalar::float32);
  CHECK(s.fields[1].kind == solver::FieldKind::constant);
  CHECK(s.fields[1].default_value == -3.5);
  CHECK_FALSE(s.fields[0].default_value);
  REQUIRE(s.stages.size() == 1);
  CHECK(s.stages[0].time_offset == 0.5);
  CHECK(s.radius() == 2);
  CHECK(s.diagnostics.at(0).times_volume);
  CHECK(s.field_index("floor") == 1);
  CHECK(s.field_index("roof") == -1);
}

TEST_CASE("flags are told apart") {
  Tables tables;
  solver::SolverSchema s = tables.read();
  CHECK_FALSE(s.one_step);
  CHECK_FALSE(s.local_dt);
  tables.schema.flags = TESSERA_ONE_STEP;
  s = tables.read();
  CHECK(s.one_step);
  CHECK_FALSE(s.local_dt);
  CHECK_FALSE(s.has_dt);
  CHECK_FALSE(s.has_derive);
  CHECK_FALSE(s.has_boundary);
}

TEST_CASE("impossible tables") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  check_refused([](Tables& t) { t.schema.struct_size = 8; }, "its schema has 8 bytes");
  check_refused([](Tables& t) { t.schema.dimensions = 8; }, "it works in no number of dimensions");
  check_refused([](Tables& t) { t.schema.geometries = 0; }, "it works in no geometry");
  check_refused([](Tables& t) { t.schema.default_cfl = 0.0; }, "its default cfl is not positive");
  check_refused([&](Tables& t) { t.schema.default_cfl = nan; }, "its default cfl is not positive");
  check_refused([](Tables& t) { t.schema.flags = TESSERA_HAS_BOUNDARY; }, "promise a function that is NULL");
  check_refused([](Tables& t) { t.schema.flags = TESSERA_HAS_DT; }, "promise a function that is NULL");
  check_refused([](Tables& t) { t.fields.clear(), t.reads.clear(), t.writes.clear(), t.diagnostics.clear(); },
                "it declares no field");
  check_refused([](Tables& t) { t.fields[1].name = "height"; }, "two fields are called `height`");
  check_refused([](Tables& t) { t.fields[1].name = "the floor"; }, "a field is called `the floor`");
  check_refused([](Tables& t) { t.fields[1].name = "2nd"; }, "a field is called `2nd`");
  check_refused([](Tables& t) { t.fields[0].components = 0; },
                "field `height` has 0 components (1 to 64 are allowed)");
  check_refused([](Tables& t) { t.fields[0].components = 65; }, "has 65 components");
  check_refused([](Tables& t) { t.fields[0].kind = 9; }, "field `height` has an unknown kind or scalar type");
  check_refused([](Tables& t) { t.fields[0].scalar = -1; },
                "field `height` has an unknown kind or scalar type");
}

TEST_CASE("impossible stages and diagnostics") {
  check_refused([](Tables& t) { t.reads[0].radius = 17; },
                "within a radius of 17 cells (0 to 16 are allowed)");
  check_refused([](Tables& t) { t.reads[0].radius = -1; }, "within a radius of -1 cells");
  check_refused([](Tables& t) { t.reads[1].field = 0; }, "stage `move` reads `height` twice");
  check_refused([](Tables& t) { t.reads[1].field = 3; },
                "stage `move` reads field number 3, which nobody declared");
  check_refused(
      [](Tables& t) {
        t.writes = {0, -1};
      },
      "stage `move` writes field number -1, which nobody declared");
  check_refused([](Tables& t) { t.writes = {0, 0}; }, "stage `move` writes `height` twice");
  check_refused([](Tables& t) { t.writes = {1}; }, "stage `move` writes `floor`, which is declared constant");
  check_refused([](Tables& t) { t.writes = {2}; }, "stage `move` writes `top`, which is declared derived");
  check_refused([](Tables& t) { t.writes.clear(); }, "stage `move` writes nothing");
  check_refused([](Tables& t) { t.stages[0].name = nullptr; }, "a stage is called ``");
  check_refused([](Tables& t) { t.stages[0].time_offset = 1.0 / 0.0; },
                "stage `move` has no finite time offset");
  check_refused([](Tables& t) { t.diagnostics[0].field = -1; }, "diagnostic `mass` is of no declared field");
  check_refused([](Tables& t) { t.diagnostics[0].component = 1; },
                "of component 1, which `height` does not have");
  check_refused([](Tables& t) { t.diagnostics[0].reduction = 5; },
                "diagnostic `mass` has an unknown reduction");
  check_refused([](Tables& t) { t.diagnostics.push_back(t.diagnostics[0]); },
                "two diagnostics are called `mass`");
}

TEST_CASE("impossible parameters") {
  check_refused([](Tables& t) { t.parameters[0].type = 4; }, "parameter `speed` has an unknown type");
  check_refused([](Tables& t) { t.parameters[0].default_number = 0.0; },
                "the default of parameter `speed` is out of its range");
  check_refused([](Tables& t) { t.parameters[1].default_text = "sideways"; },
                "the default of parameter `scheme` is none of its choices");
  check_refused([](Tables& t) { t.parameters[1].choices = nullptr; }, "its table of choices is NULL");
  check_refused([](Tables& t) { t.parameters[1].name = "speed"; }, "two parameters are called `speed`");
  check_refused([](Tables& t) { t.parameters[1].table = "speed"; },
                "`speed` is both a parameter and a table");
  check_refused([](Tables& t) { t.parameters[1].table = "a b"; }, "a table of parameters is called `a b`");
}

TEST_CASE("all that is wrong is said at once") {
  const auto spoil = [](Tables& t) {
    t.fields[1].name = "height";
    t.reads[0].radius = 99;
    t.diagnostics[0].reduction = -1;
  };
  check_refused(spoil,
                "two fields are called `height`; stage `move` reads `height` within a radius of 99 cells");
  check_refused(spoil, "; diagnostic `mass` has an unknown reduction");
}
