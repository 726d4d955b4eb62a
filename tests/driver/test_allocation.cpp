// After its first steps, a run allocates nothing from step to step.
#include "driver/attempt.h"
#include "job/check.h"
#include "job/document.h"
#include "plugin/library.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <new>

using namespace tessera;

namespace {

/// Calls of operator new in this program so far.
std::size_t allocations = 0;

/// Notes the count after each step.
class Counter : public driver::Observer {
 public:
  void stepped(const driver::StateView& state, double) override {
    const auto step = static_cast<std::size_t>(state.step);
    if (step < counts.size()) counts[step] = allocations;
  }
  std::array<std::size_t, 32> counts{};
};

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* p = std::malloc(bytes)) return p;
  throw std::bad_alloc{};
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

TEST_CASE("steps allocate nothing") {
  const std::string faces = GENERATE(as<std::string>{}, "\"periodic\"", "\"wall\"",
                                     "{ x = \"periodic\", y = { fixed = { temperature = \"300 + x\" } } }");
  // Blocks of other lengths, and other ways to go over the cells, would each cost their set-up.
  const std::string steps = GENERATE(as<std::string>{}, "\"stage\"", "1", "5");
  const std::string transport = GENERATE(as<std::string>{}, "\"auto\"", "\"messages\"");
  const std::string toml = R"([job]
name   = "count"
solver = "heat"
[domain]
cells    = [40, 24, 24]
chunk    = 8
boundary = )" + faces + R"(
[initial]
temperature = "300 + x"
[time]
max_steps = 30
[diagnostics]
every = "never"
[health]
every = "never"
[output]
every = "never"
[performance]
autotune = false
balance = false
steps_per_exchange = )" + steps +
                           "\ntransport = " + transport + "\n";
  job::Diagnostics problems;
  const job::Document document{"count.toml", toml, {}, problems};
  plugin::Solver solver{plugin::find_library("heat", ".", {{TESSERA_SOLVERS_DIR}})};
  const auto job = job::check(document, solver.schema(), problems);
  INFO(problems.render());
  REQUIRE(job);
  solver.configure(*job);
  driver::Attempt attempt{world(), solver, *job};
  Counter counter;
  attempt.run(counter);
  // The first block sets up what is needed, the second one meets the other level of the fields.
  const std::size_t settled = steps == "5" ? 10 : 2;
  for (std::size_t step = settled + 1; step < 30; ++step) {
    CAPTURE(step, steps, transport, faces);
    CHECK(counter.counts[step] == counter.counts[settled]);
  }
}
