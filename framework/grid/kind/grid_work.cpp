#include "grid/kind/grid_work.h"

#include "base/error.h"
#include "base/text.h"
#include "grid/job/identity.h"
#include "grid/kind/blocks.h"
#include "grid/loop/initial_state.h"
#include "transport/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tessera::grid {

namespace {

// Names of the sections of a checkpoint.
constexpr const char* loop_section = "grid";

struct Sections {
  loop::LoopState loop;
  output::OutputsState outputs;
};

/// Decodes the sections of a checkpoint. Throws base::Error (bad_data) if they are damaged, or if their step
/// differs from that of the manifest.
Sections sections_of(const checkpoint::Source& source) {
  const std::string& path = source.path();
  Sections sections{loop::decode_loop_state(source.section(loop_section), path),
                    output::decode_outputs_state(source.section(outputs_section), path)};
  if (sections.loop.steps.step != source.manifest().step) {
    throw base::Error{base::ExitCode::bad_data,
                      fmt::format("`{}`: the manifest is for step {}, but the loop state is for step {}",
                                  path, source.manifest().step, sections.loop.steps.step)};
  }
  return sections;
}

}  // namespace

GridWork::GridWork(const work::Context& context, solver::Solver solver, JobSpec job,
                   input::DataSets data_sets)
    : context_{&context},
      solver_{std::move(solver)},
      job_{std::move(job)},
      data_sets_{std::move(data_sets)},
      files_{context.comm, job_, solver_.schema(), context.directory, context.report},
      recorder_{context, job_, files_} {
  make_loop();
  if (context.comm.is_root()) initial_imbalance_ = partition::imbalance(loop_->partition());
}

void GridWork::make_loop() {
  loop_.reset();  // two loops at a time would need twice the memory
  loop_ = std::make_unique<loop::GridLoop>(context_->comm, solver_, job_, recorder_, &context_->faults);
}

/// Recreates the loop unless it has not been used yet: a failed restore() leaves its fields partly filled.
void GridWork::use_fresh_loop() {
  if (!loop_is_fresh_) make_loop();
  loop_is_fresh_ = false;
  digests_.reset();
}

std::string GridWork::banner() const {
  return banner_of(initial_report(), std::set<int>(context_->nodes.begin(), context_->nodes.end()).size());
}

void GridWork::begin() {
  use_fresh_loop();
  log_own_cells();
  warn_about_resources();
  files_.begin();
  loop_->begin(std::exchange(data_sets_, input::DataSets{}));
}

void GridWork::restore(const checkpoint::Source& source) {
  use_fresh_loop();
  const transport::Communicator& comm = context_->comm;
  Sections sections;
  transport::collectively(comm, [&] { sections = sections_of(source); });
  files_.restore(sections.outputs);
  loop::fill_defaults(job_.geometry, solver_.schema(), loop_->store());
  BlockRestorer restorer{loop_->store(), loop_->partition(), comm.rank(), saved_fields(sections.loop)};
  source.read(restorer.target());
  transport::collectively(comm, [&] { restorer.check_complete(); });
  loop_->restore(sections.loop, restorer.costs());
}

/// The field of each piece of a chunk in a checkpoint with this state: the fields of the solver, then the
/// statistics of the job that wrote it. nullopt: the job no longer has the statistic.
std::vector<std::optional<int>> GridWork::saved_fields(const loop::LoopState& state) const {
  std::vector<std::optional<int>> fields;
  for (const int f : stored_fields(solver_.schema())) {
    if (solver_.schema().fields[static_cast<std::size_t>(f)].kind != solver::FieldKind::statistic)
      fields.push_back(f);
  }
  for (const loop::SavedStatistic& s : state.statistics)
    fields.push_back(loop_->statistics().field_of(s.definition));
  return fields;
}

void GridWork::resume() {
  log_own_cells();
  warn_about_resources();
  files_.resume(loop_->point().step);
  data_sets_ = input::DataSets{};
}

work::SafePoint GridWork::advance(const work::AdvanceOptions& options) {
  digests_.reset();
  return loop_->advance(options);
}

checkpoint::Contents GridWork::save() {
  loop_->prepare_save();
  const output::OutputsState outputs = files_.state();
  checkpoint::Contents contents = contents_of(loop_->store(), loop_->partition(), context_->comm.rank(),
                                              stored_fields(solver_.schema()), loop_->costs());
  contents.sections = {{loop_section, loop::encode(loop_->state())},
                       {outputs_section, output::encode(outputs)}};
  return contents;
}

const std::vector<loop::FieldDigest>& GridWork::field_digests() {
  if (!digests_) {
    digests_ = loop::field_digests(context_->comm, solver_.schema(), loop_->store(), job_.geometry.cells);
  }
  return *digests_;
}

std::uint64_t GridWork::digest() { return loop::state_digest(field_digests()); }

work::Progress GridWork::progress() const {
  const work::SafePoint current = loop_->point();
  work::Progress p;
  p.step = current.step;
  p.time = current.time;
  p.units_per_step = static_cast<double>(job_.geometry.domain().volume());
  p.unit = "cell";
  if (std::isfinite(job_.time.end)) {
    p.end_time = job_.time.end;
    p.fraction_done = *current.time / job_.time.end;
  }
  if (job_.time.max_steps != std::numeric_limits<std::int64_t>::max()) {
    p.steps_expected = job_.time.max_steps;
    p.fraction_done = std::max(p.fraction_done,
                               static_cast<double>(current.step) / static_cast<double>(job_.time.max_steps));
  }
  return p;
}

/// Returns a report with the data known before the first step.
GridReport GridWork::initial_report() const {
  GridReport r;
  r.job = &job_;
  r.schema = &solver_.schema();
  r.ranks = context_->comm.size();
  r.chunk = loop_->partition().layout().chunk();
  r.chunks = loop_->partition().layout().chunk_count();
  r.imbalance = initial_imbalance_;
  r.loop.field_bytes = loop_->store().bytes();
  return r;
}

std::string GridWork::facts() const { return facts_json(initial_report()); }

work::Report GridWork::report() {
  const transport::Communicator& comm = context_->comm;
  const output::OutputsState outputs = files_.state();  // on disk before the run is recorded as complete
  GridReport r = initial_report();
  r.loop = loop_->report();
  r.digests = field_digests();
  r.statistics = loop_->statistics().saved();
  r.probes = recorder_.sampled_probes();
  // A run that only had to be recorded as done has taken no samples; its arrivals are in the checkpoint.
  if (r.probes.empty() && loop_->point().done) r.probes = loop_->probes().records();
  r.gather(comm);
  const std::int64_t steps = r.loop.steps - r.loop.first_step;
  context_->log.info(fmt::format("{} step{} in {:.3g} s: {}", steps, steps == 1 ? "" : "s",
                                 r.loop.loop_seconds, phases_text(r.loop.phases)));
  if (!comm.is_root()) return {};
  const std::string directory = base::printable(context_->directory, base::unlimited);
  std::string results;
  if (files_.image_count() > 0 && !job_.output.images.empty())
    results += fmt::format("images     {}/frames/\n", directory);
  if (files_.image_count() > 0 && job_.output.writes_maps())
    results += fmt::format("maps       {}/maps/\n", directory);
  if (files_.field_file_count() > 0)
    results += fmt::format("view       paraview {}/fields.xdmf\n", directory);
  return {
      results_json(r), headline_of(r), summary_of(r), results, {{outputs_section, output::encode(outputs)}}};
}

void GridWork::log_own_cells() const {
  const field::FieldStore& store = loop_->store();
  std::int64_t cells = 0;
  for (const Box& b : store.bricks()) cells += b.volume();
  const std::size_t bricks = store.bricks().size();
  context_->log.info(fmt::format("this rank owns {} cells in {} brick{} (boxes of chunks), {}, {}", cells,
                                 bricks, bricks == 1 ? "" : "s",
                                 base::format_bytes(static_cast<double>(store.bytes())),
                                 loop_->decomposition().shares_memory() ? "shared memory" : "messages only"));
}

/// Warns about idle ranks, and about ranks that cannot share memory. @note Collective.
void GridWork::warn_about_resources() const {
  warn_about_shared_memory();
  const std::int64_t ranks = context_->comm.size();
  const std::int64_t chunks = loop_->partition().layout().chunk_count();
  if (!context_->comm.is_root() || ranks <= chunks) return;
  context_->report(fmt::format("{} of {} ranks are idle: the domain has {} chunk{}", ranks - chunks, ranks,
                               chunks, chunks == 1 ? "" : "s"),
                   "use fewer ranks, or smaller chunks: `chunk` in [domain]");
}

/// Warns if ranks cannot share memory. Rank 0 reports the problem of the first rank that has one; every
/// other rank logs its own. @note Collective.
void GridWork::warn_about_shared_memory() const {
  const std::string& own_problem = loop_->decomposition().shared_memory_problem();
  const auto text = [](const std::string& problem) {
    return "ranks of a node cannot share memory: " + problem;
  };
  if (!own_problem.empty() && !context_->comm.is_root()) context_->log.warning(text(own_problem));
  const std::vector<std::string> all = context_->comm.gather(own_problem);
  const auto first = std::find_if(all.begin(), all.end(), [](const std::string& t) { return !t.empty(); });
  if (first == all.end()) return;
  context_->report(
      text(*first),
      "they exchange messages instead; `transport = \"messages\"` in [performance] silences this warning");
}

}  // namespace tessera::grid
