#include "grid/solver/solver.h"

#include "base/contract.h"
#include "base/error.h"
#include "base/text.h"
#include "grid/solver/schema_reader.h"
#include "plugin/tables.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <iterator>
#include <sstream>
#include <utility>

#include <fmt/format.h>

namespace tessera::solver {

/// Owns the data that configure() passes to the solver.
struct Solver::Configuration {
  tessera_geometry geometry{};
  std::deque<job::ParameterValues> values;
  std::deque<std::vector<const char*>> texts;
  std::vector<tessera_values> tables;
  std::vector<std::uint8_t> field_given;
};

namespace {

/// Returns a message from a plugin as printable text. Lines after the first are indented, so that they are
/// not mistaken for separate messages.
std::string text_of(const tessera_message& message) {
  std::istringstream lines{std::string{message.text, strnlen(message.text, sizeof message.text)}};
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    text += (text.empty() ? "" : "\n  ") + base::printable(line);
  }
  return text.empty() ? "no reason given" : text;
}

tessera_grid_functions functions_of(const plugin::Plugin& plugin) {
  const auto f = plugin::read_struct<tessera_grid_functions>(
      plugin.functions, "the function table of the plugin " + plugin.file);
  if (f.flags != 0) {
    throw base::Error(
        base::ExitCode::unavailable,
        fmt::format("the functions of the plugin {} have unknown flags ({:#x})", plugin.file, f.flags),
        "it needs a newer version of Tessera");
  }
  if (f.create == nullptr || f.destroy == nullptr || f.schema == nullptr || f.configure == nullptr ||
      f.update == nullptr) {
    throw base::Error(base::ExitCode::unavailable,
                      "the plugin " + plugin.file + " lacks a function that every solver needs",
                      "create, destroy, schema, configure and update must not be NULL");
  }
  return f;
}

tessera_geometry to_c(const grid::Geometry& g) {
  tessera_geometry out{};
  out.struct_size = sizeof out;
  out.kind = g.coordinates == grid::Coordinates::spherical ? TESSERA_SPHERICAL : TESSERA_CARTESIAN;
  out.dimensions = g.dimensions;
  for (int a = 0; a < 3; ++a) {
    out.cells[a] = g.cells[a];
    out.lower[a] = g.lower[static_cast<std::size_t>(a)];
    out.upper[a] = g.upper[static_cast<std::size_t>(a)];
    out.spacing[a] = g.spacing(a);
  }
  out.radius = g.radius;
  return out;
}

}  // namespace

/// A call into the plugin. During the lifetime of this object, crash reports name the call.
class Solver::ActiveCall {
 public:
  /// `patch` and `region`: the cells that the call computes; null if it computes none.
  ActiveCall(const Solver& solver, const char* call, const tessera_patch* patch = nullptr,
             const tessera_region* region = nullptr)
      : scope_{set_context(solver, call, patch, region)} {}

 private:
  /// Sets the crash context of the solver and returns it.
  static const host::CrashContext& set_context(const Solver& solver, const char* call,
                                               const tessera_patch* patch, const tessera_region* region) {
    host::CrashContext& c = solver.crash_;
    c.callee = solver.crash_name_.c_str();
    c.call = call;
    if (patch != nullptr) c.dimensions = patch->geometry->dimensions;
    for (std::size_t a = 0; a < 3; ++a) {
      c.lower[a] = region != nullptr ? patch->offset[a] + region->lower[a] : 0;
      c.upper[a] = region != nullptr ? patch->offset[a] + region->upper[a] : 0;
    }
    return c;
  }

  host::CrashScope scope_;
};

Solver::Solver(const std::string& file) : Solver{plugin::load_library(file)} {}

Solver::Solver(const plugin::Plugin& plugin)
    : file_{plugin.file},
      warning_{plugin.warning},
      crash_name_{"solver `" + plugin.name + "`"},
      functions_{functions_of(plugin)},
      instance_{nullptr, functions_.destroy} {
  tessera_message message{};
  void* instance = nullptr;
  {
    const ActiveCall call{*this, "create()"};
    if (functions_.create(&instance, &message) != TESSERA_OK || instance == nullptr) {
      throw base::Error(base::ExitCode::unavailable,
                        fmt::format("the solver `{}` cannot start: {}", plugin.name, text_of(message)));
    }
  }
  instance_.reset(instance);
  const tessera_schema* tables = nullptr;
  {
    const ActiveCall call{*this, "schema()"};
    if (functions_.schema(instance, &tables, &message) != TESSERA_OK || tables == nullptr) {
      throw base::Error(base::ExitCode::unavailable,
                        fmt::format("the solver `{}` failed to return its declarations: {}", plugin.name,
                                    text_of(message)));
    }
  }
  schema_ = read_schema(plugin, functions_, tables);
  for (const solver::StageSchema& s : schema_.stages) stage_names_.push_back("stage `" + s.name + "`");
}

Solver::Solver(Solver&&) noexcept = default;
Solver& Solver::operator=(Solver&&) noexcept = default;
Solver::~Solver() {
  if (!instance_) return;
  const ActiveCall call{*this, "destroy()"};
  instance_.reset();
}

void Solver::fail(const std::string& call, const tessera_message& message) const {
  throw base::Error(base::ExitCode::internal,
                    "the solver `" + schema_.name + "` failed in " + call + ": " + text_of(message));
}

void Solver::configure(const grid::Geometry& geometry, const std::vector<job::ParameterValues>& parameters,
                       const std::vector<int>& given_fields) {
  base::expects(!configuration_, "a solver must be configured only once");
  configuration_ = std::make_unique<Configuration>();
  Configuration& c = *configuration_;
  c.geometry = to_c(geometry);
  for (const job::ParameterValues& v : parameters) {
    const job::ParameterValues& stored = c.values.emplace_back(v);
    auto& texts = c.texts.emplace_back();
    for (const std::string& t : stored.texts) texts.push_back(t.c_str());
    c.tables.push_back({static_cast<std::int64_t>(stored.size()), stored.reals.data(), stored.integers.data(),
                        texts.data(), stored.times.data()});
  }
  c.field_given.assign(schema_.fields.size(), 0);
  for (const int field : given_fields) c.field_given[static_cast<std::size_t>(field)] = 1;

  tessera_grid_configuration out{};
  out.struct_size = sizeof out;
  out.value_size = sizeof(tessera_values);
  out.geometry = &c.geometry;
  out.values = c.tables.data();
  out.value_count = static_cast<std::int32_t>(c.tables.size());
  out.field_given = c.field_given.data();
  const ActiveCall call{*this, "configure()"};
  tessera_message message{};
  if (functions_.configure(instance_.get(), &out, &message) != TESSERA_OK) {
    throw base::Error(base::ExitCode::bad_job,
                      "the solver `" + schema_.name + "` rejects the job: " + text_of(message));
  }
}

void Solver::append_statistics(std::vector<FieldSchema> statistics) {
  base::expects(configuration_ != nullptr, "the solver must have been configured");
  std::move(statistics.begin(), statistics.end(), std::back_inserter(schema_.fields));
}

const tessera_geometry& Solver::geometry() const {
  base::expects(configuration_ != nullptr, "the solver must have been configured");
  return configuration_->geometry;
}

void Solver::initialize(const tessera_patch& patch, const tessera_region& region, double time) const {
  if (functions_.initialize == nullptr) return;
  const ActiveCall call{*this, "initialize()", &patch, &region};
  tessera_message message{};
  if (functions_.initialize(instance_.get(), &patch, region, time, &message) != TESSERA_OK) {
    fail("initialize", message);
  }
}

double Solver::stable_dt(const tessera_patch& patch, const tessera_region& region, double time) const {
  const ActiveCall call{*this, "stable_dt()", &patch, &region};
  tessera_message message{};
  double dt = 0.0;
  if (functions_.stable_dt(instance_.get(), &patch, region, time, &dt, &message) != TESSERA_OK) {
    fail("stable_dt", message);
  }
  return dt;
}

void Solver::update(int stage, const tessera_patch& patch, const tessera_region& region, double time,
                    double dt) const {
  const ActiveCall call{*this, stage_names_[static_cast<std::size_t>(stage)].c_str(), &patch, &region};
  tessera_message message;
  message.text[0] = '\0';
  if (functions_.update(instance_.get(), stage, &patch, region, time, dt, &message) != TESSERA_OK) {
    fail("stage `" + schema_.stages[static_cast<std::size_t>(stage)].name + "`", message);
  }
}

void Solver::derive(const tessera_patch& patch, const tessera_region& region, double time) const {
  if (!schema_.has_derive) return;
  const ActiveCall call{*this, "derive()", &patch, &region};
  tessera_message message{};
  if (functions_.derive(instance_.get(), &patch, region, time, &message) != TESSERA_OK)
    fail("derive", message);
}

void Solver::boundary(const tessera_patch& patch, const tessera_region& ghosts, int field, int axis, int side,
                      double time) const {
  const ActiveCall call{*this, "boundary()", &patch, &ghosts};
  tessera_message message{};
  if (functions_.boundary(instance_.get(), &patch, ghosts, field, axis, side, time, &message) != TESSERA_OK) {
    fail("boundary", message);
  }
}

}  // namespace tessera::solver
