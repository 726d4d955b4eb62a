// Reads the tables that a C plugin could declare, with one mistake at a time.
#include "base/error.h"
#include "grid/solver/schema_reader.h"

#include <catch2/catch.hpp>

#include <array>
#include <functional>
#include <limits>
#include <vector>

using namespace tessera;

namespace {

/// Valid tables. The tests introduce mistakes into them.
struct Tables {
  std::vector<tessera_parameter> parameters{real("speed"), text("scheme")};
  std::vector<tessera_field> fields{field("height"), field("floor", TESSERA_CONSTANT),
                                    field("top", TESSERA_DERIVED)};
  std::vector<tessera_read> reads{{0, 2}, {1, 1}};
  std::vector<std::int32_t> writes{0};
  std::vector<tessera_stage> stages{{"move", 0, 0, nullptr, 0, nullptr, 0.5}};
  std::vector<tessera_diagnostic> diagnostics{{"mass", "kg", "", TESSERA_SUM, 0, 0, 1}};
  tessera_schema schema{};
  tessera_grid_functions functions{};
  plugin::Plugin plugin{"sample.so", plugin::Kind::grid, "sample", "2.0.1", "A sample", nullptr};

  Tables() {
    schema.struct_size = sizeof schema;
    schema.dimensions = 2;
    schema.geometries = 3;
    schema.default_cfl = 0.4;
    schema.flags = TESSERA_HAS_DERIVE;
    schema.parameter_size = sizeof(tessera_parameter);
    schema.field_size = sizeof(tessera_field);
    schema.stage_size = sizeof(tessera_stage);
    schema.diagnostic_size = sizeof(tessera_diagnostic);
    functions.derive = [](void*, const tessera_patch*, tessera_region, double, tessera_message*) {
      return TESSERA_OK;
    };
  }

  static tessera_parameter real(const char* name) {
    tessera_parameter p{};
    p.name = name;
    p.type = TESSERA_REAL;
    p.flags = TESSERA_HAS_DEFAULT | TESSERA_HAS_MINIMUM | TESSERA_MINIMUM_OPEN;
    p.default_number.real = 1.0;
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
    return solver::read_schema(plugin, functions, &schema);
  }
};

void check_rejected(const std::function<void(Tables&)>& introduce_mistake, const std::string& phrase) {
  Tables tables;
  introduce_mistake(tables);
  std::string text = "no error";
  try {
    tables.read();
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::unavailable);
    text = e.text();
  }
  INFO(text);
  CHECK(text.find("the declarations of the solver `sample` are invalid: ") != std::string::npos);
  CHECK(text.find(phrase) != std::string::npos);
}

}  // namespace

TEST_CASE("valid tables are copied completely") {
  Tables tables;
  const std::array<std::uint8_t, 2> odd{1, 3};
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
  CHECK(s.parameters[0].default_number == job::Number{1.0});
  CHECK(s.parameters[1].choices == std::vector<std::string>{"upwind", "central"});
  CHECK(s.parameters[1].default_text == "central");
  REQUIRE(s.fields.size() == 3);
  CHECK(s.fields[0].odd_axes == std::vector<std::uint8_t>{1, 3});
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

TEST_CASE("each flag sets only its own property") {
  Tables tables;
  solver::SolverSchema s = tables.read();
  CHECK_FALSE(s.one_step);
  CHECK_FALSE(s.local_dt);
  CHECK_FALSE(s.has_initialize);
  tables.functions.initialize = [](void*, const tessera_patch*, tessera_region, double, tessera_message*) {
    return TESSERA_OK;
  };
  CHECK(tables.read().has_initialize);
  tables.schema.flags = TESSERA_ONE_STEP;
  tables.fields.pop_back();  // a derived field needs derive()
  s = tables.read();
  CHECK(s.one_step);
  CHECK_FALSE(s.local_dt);
  CHECK_FALSE(s.has_dt);
  CHECK_FALSE(s.has_derive);
  CHECK_FALSE(s.has_boundary);
}

TEST_CASE("invalid properties of the solver and its fields are rejected") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  check_rejected([](Tables& t) { t.schema.dimensions = 8; },
                 "it must support 1, 2 or 3 dimensions, and no others");
  check_rejected([](Tables& t) { t.schema.geometries = 0; }, "it must support at least one geometry");
  check_rejected([](Tables& t) { t.schema.default_cfl = 0.0; }, "its default CFL number is not positive");
  check_rejected([&](Tables& t) { t.schema.default_cfl = nan; }, "its default CFL number is not positive");
  check_rejected([](Tables& t) { t.schema.flags = TESSERA_HAS_BOUNDARY; }, "declare a function that is NULL");
  check_rejected([](Tables& t) { t.schema.flags = TESSERA_HAS_DT; }, "declare a function that is NULL");
  check_rejected(
      [](Tables& t) { t.fields.clear(), t.reads.clear(), t.writes.clear(), t.diagnostics.clear(); },
      "it declares no field");
  check_rejected([](Tables& t) { t.fields[1].name = "height"; }, "two fields are called `height`");
  check_rejected([](Tables& t) { t.fields[1].name = "the floor"; }, "invalid field name `the floor`");
  check_rejected([](Tables& t) { t.fields[1].name = "2nd"; }, "invalid field name `2nd`");
  check_rejected([](Tables& t) { t.fields[0].components = 0; },
                 "field `height` has 0 components (1 to 64 are allowed)");
  check_rejected([](Tables& t) { t.fields[0].components = 65; }, "has 65 components");
  check_rejected([](Tables& t) { t.fields[0].kind = 9; },
                 "field `height` has an unknown kind or scalar type");
  check_rejected([](Tables& t) { t.fields[0].scalar = -1; },
                 "field `height` has an unknown kind or scalar type");
}

TEST_CASE("invalid stages and diagnostics are rejected") {
  check_rejected([](Tables& t) { t.reads[0].radius = 17; },
                 "within a radius of 17 cells (0 to 16 are allowed)");
  check_rejected([](Tables& t) { t.reads[0].radius = -1; }, "within a radius of -1 cells");
  check_rejected([](Tables& t) { t.reads[1].field = 0; }, "stage `move` reads `height` twice");
  check_rejected([](Tables& t) { t.reads[1].field = 3; },
                 "stage `move` reads field number 3, which is not declared (3 declared, numbered from 0)");
  check_rejected(
      [](Tables& t) {
        t.writes = {0, -1};
      },
      "stage `move` writes field number -1, which is not declared (3 declared, numbered from 0)");
  check_rejected([](Tables& t) { t.writes = {0, 0}; }, "stage `move` writes `height` twice");
  check_rejected([](Tables& t) { t.writes = {1}; },
                 "stage `move` writes `floor`, which is declared constant");
  check_rejected([](Tables& t) { t.writes = {2}; }, "stage `move` writes `top`, which is declared derived");
  check_rejected([](Tables& t) { t.writes.clear(); }, "stage `move` writes nothing");
  check_rejected([](Tables& t) { t.stages[0].name = nullptr; }, "invalid stage name ``");
  check_rejected([](Tables& t) { t.stages[0].time_offset = 1.0 / 0.0; },
                 "stage `move` has a time offset that is not finite");
  check_rejected([](Tables& t) { t.diagnostics[0].field = -1; },
                 "diagnostic `mass` uses a field that is not declared");
  check_rejected([](Tables& t) { t.diagnostics[0].component = 1; },
                 "uses component 1, which `height` does not have");
  check_rejected([](Tables& t) { t.diagnostics[0].reduction = 5; },
                 "diagnostic `mass` has an unknown reduction");
  check_rejected([](Tables& t) { t.diagnostics.push_back(t.diagnostics[0]); },
                 "two diagnostics are called `mass`");
}

TEST_CASE("invalid parameters are rejected") {
  check_rejected([](Tables& t) { t.parameters[0].type = 4; }, "parameter `speed` has an unknown type");
  check_rejected([](Tables& t) { t.parameters[0].default_number.real = 0.0; },
                 "the default of parameter `speed` is out of range");
  check_rejected([](Tables& t) { t.parameters[1].default_text = "sideways"; },
                 "the default of parameter `scheme` is not one of its choices");
  check_rejected([](Tables& t) { t.parameters[1].choices = nullptr; },
                 "its array of choices of parameter `scheme` is NULL");
  check_rejected([](Tables& t) { t.parameters[1].name = "speed"; }, "two parameters are called `speed`");
  check_rejected([](Tables& t) { t.parameters[1].table = "speed"; },
                 "`speed` is both a parameter and a table");
  check_rejected([](Tables& t) { t.parameters[1].table = "a b"; }, "invalid parameter table name `a b`");
}

TEST_CASE("lists, series and the limits of their sizes are copied") {
  Tables tables;
  const std::array<tessera_number, 2> numbers{{{.real = 1.5}, {.real = 2.5}}};
  const std::array<const char*, 1> texts{"upwind"};
  tessera_parameter& list = tables.parameters[0];
  list.flags |= TESSERA_LIST | TESSERA_HAS_MINIMUM_COUNT | TESSERA_HAS_MAXIMUM_COUNT;
  list.minimum_count = 1;
  list.maximum_count = 5;
  list.default_count = 2;
  list.default_numbers = numbers.data();
  tables.parameters[1].flags |= TESSERA_LIST;
  tables.parameters[1].default_count = 1;
  tables.parameters[1].default_texts = texts.data();
  tables.parameters.push_back(Tables::real("inflow"));
  tables.parameters[2].flags |= TESSERA_SERIES;
  tables.parameters.push_back(Tables::real("depth"));
  tables.parameters[3].table = "layer";
  tables.parameters[3].flags |= TESSERA_HAS_MINIMUM_COUNT;
  tables.parameters[3].minimum_count = 3;
  const solver::SolverSchema s = tables.read();
  CHECK(s.parameters[0].shape == job::ParameterShape::list);
  CHECK((s.parameters[0].minimum_count == 1 && s.parameters[0].maximum_count == 5));
  REQUIRE(s.parameters[0].default_list);
  CHECK(s.parameters[0].default_list->reals == std::vector<double>{1.5, 2.5});
  CHECK_FALSE(s.parameters[0].default_number);
  REQUIRE(s.parameters[1].default_list);
  CHECK(s.parameters[1].default_list->texts == std::vector<std::string>{"upwind"});
  CHECK(s.parameters[2].shape == job::ParameterShape::series);
  CHECK(s.parameters[2].default_number == job::Number{1.0});
  CHECK(s.parameters[3].shape == job::ParameterShape::single);
  CHECK((s.parameters[3].minimum_count == 3 && s.parameters[3].maximum_count == job::max_values));
}

TEST_CASE("invalid lists and series are rejected") {
  const auto change_parameter = [](std::uint32_t flags, auto edit) {
    return [flags, edit](Tables& t) {
      t.parameters[0].flags |= flags;
      edit(t.parameters[0]);
    };
  };
  const auto nothing = [](tessera_parameter&) {};
  check_rejected(change_parameter(TESSERA_LIST | TESSERA_SERIES, nothing),
                 "parameter `speed` is both a list and a series");
  check_rejected(change_parameter(TESSERA_LIST, [](tessera_parameter& p) { p.table = "t"; }),
                 "parameter `speed` is a column, which cannot be a list or a series");
  check_rejected([](Tables& t) { t.parameters[1].flags |= TESSERA_SERIES; },
                 "parameter `scheme` is a series, but not real");
  check_rejected(change_parameter(TESSERA_HAS_MINIMUM_COUNT, nothing),
                 "parameter `speed` has a limit on its number of values, but is not a list");
  check_rejected(change_parameter(TESSERA_LIST | TESSERA_HAS_MINIMUM_COUNT | TESSERA_HAS_MAXIMUM_COUNT,
                                  [](tessera_parameter& p) { p.minimum_count = 1; }),
                 "parameter `speed` has limits on its number of values that no number satisfies");
  check_rejected(change_parameter(TESSERA_LIST, [](tessera_parameter& p) { p.default_count = 1; }),
                 "its array of default values of parameter `speed` is NULL");
  check_rejected(change_parameter(TESSERA_LIST, [](tessera_parameter& p) { p.default_count = -1; }),
                 "it declares -1 default values of parameter `speed`");
  check_rejected(change_parameter(TESSERA_LIST | TESSERA_HAS_MINIMUM_COUNT,
                                  [](tessera_parameter& p) { p.minimum_count = 1; }),
                 "the default of parameter `speed` has a number of values that is not allowed");
  check_rejected(change_parameter(TESSERA_LIST,
                                  [](tessera_parameter& p) {
                                    static const tessera_number zero{.real = 0.0};
                                    p.default_count = 1;
                                    p.default_numbers = &zero;
                                  }),
                 "the default of parameter `speed` is out of range");
  check_rejected(change_parameter(512, nothing), "parameter `speed` has unknown flags");
  check_rejected(
      [](Tables& t) {
        t.parameters[0].table = t.parameters[1].table = "t";
        t.parameters[1].flags |= TESSERA_HAS_MINIMUM_COUNT;
        t.parameters[1].minimum_count = 1;
      },
      "columns `speed` and `scheme` of table `t` have different limits on the number of rows");
}

TEST_CASE("parameters without a valid value or name are rejected") {
  const auto change_parameter = [](auto edit) { return [edit](Tables& t) { edit(t.parameters[0]); }; };
  check_rejected(change_parameter([](tessera_parameter& p) {
                   p.flags |= TESSERA_HAS_MAXIMUM;
                   p.maximum.real = 0.0;
                 }),
                 "parameter `speed` has bounds that no value satisfies");
  check_rejected(change_parameter([](tessera_parameter& p) {
                   p.type = TESSERA_INTEGER;
                   p.flags = TESSERA_HAS_MINIMUM | TESSERA_HAS_MAXIMUM | TESSERA_MINIMUM_OPEN |
                             TESSERA_MAXIMUM_OPEN;
                   p.minimum.integer = 1;
                   p.maximum.integer = 2;
                 }),
                 "parameter `speed` has bounds that no value satisfies");
  check_rejected(change_parameter([](tessera_parameter& p) {
                   p.type = TESSERA_BOOLEAN;
                   p.flags = TESSERA_HAS_DEFAULT;
                   p.default_number.integer = 7;
                 }),
                 "the default of parameter `speed` is out of range");
  check_rejected(change_parameter([](tessera_parameter& p) {
                   p.type = TESSERA_BOOLEAN;
                   p.flags = TESSERA_HAS_MINIMUM;
                   p.minimum.integer = 5;
                 }),
                 "parameter `speed` is boolean, but has bounds");
  check_rejected(change_parameter([](tessera_parameter& p) { p.reserved = 1; }),
                 "has a reserved member that is not 0");
  check_rejected([](Tables& t) { t.parameters[1].default_text = "cen\ntral"; },
                 "the default of parameter `scheme` contains control characters");
  check_rejected([](Tables& t) { t.parameters[0].name = "height"; },
                 "the name of parameter `height` has another meaning in the formulas of a job");
}

TEST_CASE("texts of a plugin are stripped of control characters and truncated") {
  Tables tables;
  tables.parameters[0].help = "red\x1b[31m\nerror: \xff";
  const std::string help = tables.read().parameters[0].help;
  CHECK(help.find('\x1b') == std::string::npos);
  CHECK(help.find('\n') == std::string::npos);
  CHECK(help.starts_with("red"));
  const std::string huge(1 << 20, 'x');
  tables.fields[0].unit = huge.c_str();
  CHECK(tables.read().fields[0].unit.size() < 1010);
  check_rejected([&](Tables& t) { t.fields[0].name = huge.c_str(); },
                 "invalid field name `" + huge.substr(0, 80) + "…`");
  check_rejected(
      [](Tables& t) {
        for (int n = 0; n < 30; ++n) t.fields.push_back(Tables::field("height"));
      },
      "; and 10 more");
}

TEST_CASE("fields with the name of a coordinate or a non-finite default are rejected") {
  for (const char* name : {"x", "y", "z", "lon", "lat", "time"}) {
    check_rejected([name](Tables& t) { t.fields[0].name = name; },
                   "field `" + std::string(name) + "` has the name of a coordinate");
  }
  check_rejected([](Tables& t) { t.fields[0].name = "VTKHDF"; },
                 "field `VTKHDF` has the name of a group in field files");
  const auto change_default = [](double value, tessera_scalar scalar) {
    return [=](Tables& t) {
      t.fields[0].has_default = 1;
      t.fields[0].default_value = value;
      t.fields[0].scalar = scalar;
    };
  };
  const std::string not_finite = "the default of field `height` is not finite";
  check_rejected(change_default(std::numeric_limits<double>::quiet_NaN(), TESSERA_FLOAT64), not_finite);
  check_rejected(change_default(1e300, TESSERA_FLOAT32), not_finite);
  Tables large;
  change_default(1e300, TESSERA_FLOAT64)(large);
  CHECK(large.read().fields[0].default_value == 1e300);
}

TEST_CASE("all mistakes are reported at once") {
  const auto introduce_mistakes = [](Tables& t) {
    t.fields[1].name = "height";
    t.reads[0].radius = 99;
    t.diagnostics[0].reduction = -1;
  };
  check_rejected(introduce_mistakes,
                 "two fields are called `height`; stage `move` reads `height` within a radius of 99 cells");
  check_rejected(introduce_mistakes, "; diagnostic `mass` has an unknown reduction");
}

TEST_CASE("declarations that would silently give wrong results are rejected") {
  check_rejected([](Tables& t) { t.reads[1].field = 2; },
                 "stage `move` reads `top`, a derived field; derive() runs after the stages");
  check_rejected([](Tables& t) { t.schema.flags = 0; },
                 "field `top` is derived, but the solver has no derive()");
  check_rejected([](Tables& t) { t.fields[1].kind = TESSERA_WORK; },
                 "stage `move` reads the work field `floor` before the step writes it");
  check_rejected(
      [](Tables& t) {
        t.fields[1].kind = TESSERA_WORK;
        t.reads.pop_back();
      },
      "no stage writes the work field `floor`");
  for (const char* name : {"x", "y", "z", "t", "pi", "e"}) {
    check_rejected([name](Tables& t) { t.parameters[0].name = name; },
                   std::string("the name of parameter `") + name + "` has another meaning in the formulas");
  }
  static const std::uint8_t mask = 8;
  check_rejected([](Tables& t) { t.fields[0].odd_axes = &mask; },
                 "field `height` is odd across an axis that the solver does not support");
  check_rejected([](Tables& t) { t.schema.flags |= TESSERA_LOCAL_DT; },
                 "it sets TESSERA_LOCAL_DT without TESSERA_HAS_DT");
}

TEST_CASE("a stage may read a work field that an earlier stage writes") {
  Tables tables;
  tables.fields[1].kind = TESSERA_WORK;
  const std::array<std::int32_t, 1> writes{1};
  tables.stages.insert(tables.stages.begin(), {"first", 0, 0, nullptr, 1, writes.data(), 0.0});
  std::swap(tables.stages[0], tables.stages[1]);  // read() sets the reads and writes of stages[0] only
  CHECK_THROWS_AS(tables.read(), base::Error);
  tables.reads.pop_back();
  CHECK_NOTHROW(tables.read());
}

TEST_CASE("unknown flags and invalid sizes are rejected") {
  check_rejected([](Tables& t) { t.schema.flags |= 1u << 20; }, "its schema has unknown flags (0x100000)");
  check_rejected([](Tables& t) { t.fields[0].flags = 4; }, "field `height` has unknown flags (0x4)");
  check_rejected([](Tables& t) { t.stages[0].flags = 1; }, "stage `move` has unknown flags (0x1)");
  check_rejected([](Tables& t) { t.parameters[0].flags |= 1u << 20; },
                 "parameter `speed` has unknown flags (0x100000)");
  check_rejected([](Tables& t) { t.schema.field_size = 0; }, "an element of its array of fields has 0 bytes");
  check_rejected([](Tables& t) { t.schema.stage_size = 1 << 20; },
                 "an element of its array of stages has 1048576 bytes");
  check_rejected([](Tables& t) { t.schema.diagnostic_size = 13; },
                 "an element of its array of diagnostics has 13 bytes");
  for (const std::uint32_t size : {0u, 7u, 5000u}) {
    Tables tables;
    tables.schema.struct_size = size;
    try {
      tables.read();
      FAIL("a schema of " << size << " bytes was accepted");
    } catch (const base::Error& e) {
      CHECK(e.code() == base::ExitCode::unavailable);
      CHECK(e.text().find("the schema of the solver `sample` has a struct_size of") != std::string::npos);
    }
  }
}

TEST_CASE("integer parameters keep all 64 bits") {
  Tables tables;
  tessera_parameter& p = tables.parameters[0];
  p.type = TESSERA_INTEGER;
  p.flags = TESSERA_HAS_DEFAULT | TESSERA_HAS_MINIMUM | TESSERA_HAS_MAXIMUM;
  p.default_number.integer = 9007199254740993;  // 2^53 + 1
  p.minimum.integer = std::numeric_limits<std::int64_t>::min();
  p.maximum.integer = std::numeric_limits<std::int64_t>::max();
  const solver::SolverSchema s = tables.read();
  CHECK(s.parameters[0].default_number == job::Number{std::int64_t{9007199254740993}});
  CHECK(s.parameters[0].maximum->value == job::Number{std::numeric_limits<std::int64_t>::max()});
  p.maximum.integer = 9007199254740992;
  check_rejected([&p](Tables& t) { t.parameters[0] = p; },
                 "the default of parameter `speed` is out of range");
  p.minimum.integer = p.maximum.integer + 1;
  check_rejected([&p](Tables& t) { t.parameters[0] = p; },
                 "parameter `speed` has bounds that no value satisfies");
}
