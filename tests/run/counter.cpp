#include "counter.h"

#include "base/archive.h"
#include "job/common_checks.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace counter {

using namespace tessera;

struct Spec {
  std::int64_t chunks = 7;
  std::int64_t steps = 20;
  double pause = 0.0;
};

void describe(auto& archive, base::MaybeConst<Spec> auto& s) { archive(s.chunks, s.steps, s.pause); }

namespace {

constexpr std::int64_t assign_interval = 3;  // steps
constexpr std::size_t sum_bytes = sizeof(std::uint64_t);

class Work : public work::Work {
 public:
  Work(const Spec& spec, const work::Context& context)
      : spec_{spec}, context_{context}, sums_(static_cast<std::size_t>(spec.chunks)), owners_(sums_.size()) {
    assign_chunks();
    moves_ = 0;
  }

  std::string banner() const override { return ""; }
  std::string facts() const override { return "{}"; }
  void begin() override {
    std::fill(sums_.begin(), sums_.end(), 0);
    step_ = 0;
  }
  void resume() override {}

  /// Does not check that all chunks are present, because the run compares the state digest afterwards.
  void restore(const checkpoint::Source& source) override {
    source.read({[this](std::int64_t chunk) { return owns(static_cast<std::size_t>(chunk)); },
                 [this](const checkpoint::Block& block) {
                   std::memcpy(&sums_[static_cast<std::size_t>(block.chunk)], block.bytes.data(), sum_bytes);
                 }});
    step_ = source.manifest().step;
  }

  work::SafePoint advance(const work::AdvanceOptions& options) override {
    context_.faults.reach("compute", step_);
    std::this_thread::sleep_for(std::chrono::duration<double>(spec_.pause));  // simulates a long computation
    for (const std::size_t c : owned()) sums_[c] += addend(c, step_);
    if (++step_ % assign_interval == 0) assign_chunks();
    std::array<std::int64_t, 3> requested{options.requests & 1, options.requests & 2, options.requests & 4};
    context_.comm.allreduce_max(requested);
    requests_ = static_cast<unsigned>(requested[0] + requested[1] + requested[2]);
    return point();
  }

  checkpoint::Contents save() override {
    checkpoint::Contents contents;
    const std::vector<std::size_t> chunks = owned();
    for (const std::size_t c : chunks)
      contents.blocks.push_back({static_cast<std::int64_t>(c), 0, sum_bytes, cost(c)});
    contents.copy = [=, this](auto n, auto* to) { std::memcpy(to, &sums_[chunks[n]], sum_bytes); };
    return contents;
  }

  std::uint64_t digest() override {
    std::uint64_t sum = 0;
    for (const std::size_t c : owned()) sum += (sums_[c] ^ addend(c, 0)) * 0xD6E8FEB86659FD93u;
    context_.comm.allreduce_sum(std::span{&sum, 1});
    return sum;
  }

  work::SafePoint point() const override { return {step_, std::nullopt, step_ >= spec_.steps, requests_}; }
  work::Progress progress() const override {
    return {step_, spec_.steps, {}, {}, double(step_) / double(spec_.steps), 1.0, "step"};
  }
  work::Report report() override {
    return {"{\"moves\": " + std::to_string(moves_) + "}", std::to_string(step_) + " steps", "", "", {}};
  }

 private:
  double cost(std::size_t chunk) const { return 1.0 + double((chunk + std::uint64_t(step_)) % 5); }
  bool owns(std::size_t chunk) const { return owners_.at(chunk) == context_.comm.rank(); }
  std::vector<std::size_t> owned() const {
    std::vector<std::size_t> chunks;
    for (std::size_t c = 0; c < owners_.size(); ++c)
      if (owns(c)) chunks.push_back(c);
    return chunks;
  }

  /// Sends all sums to all ranks, then assigns the chunks in order, each to the rank with the least load so
  /// far. All ranks compute the same assignment. Collective.
  void assign_chunks() {
    for (std::size_t c = 0; c < sums_.size(); ++c)
      if (!owns(c)) sums_[c] = 0;
    context_.comm.allreduce_sum(sums_);
    std::vector<double> loads(static_cast<std::size_t>(context_.comm.size()));
    for (std::size_t c = 0; c < owners_.size(); ++c) {
      const auto least_loaded = std::min_element(loads.begin(), loads.end());
      *least_loaded += cost(c);
      const int owner = static_cast<int>(least_loaded - loads.begin());
      moves_ += std::exchange(owners_[c], owner) != owner ? 1 : 0;
    }
  }

  Spec spec_;
  work::Context context_;
  std::vector<std::uint64_t> sums_;  // by chunk; valid only for the chunks of this rank
  std::vector<int> owners_;
  std::int64_t step_ = 0;
  std::int64_t moves_ = 0;
  unsigned requests_ = 0;
};

}  // namespace

std::optional<work::CheckedJob> Kind::check(const job::Document& document,
                                            const work::CheckOptions& /*options*/,
                                            job::Diagnostics& problems) const {
  job::Context context{document, problems};
  work::CheckedJob checked;
  job::check_job(context, checked.header);
  job::check_checkpoint(context, checked.header.checkpoint);
  const job::Section count{context, "count", {"chunks", "steps", "pause"}};
  Spec spec;
  spec.chunks = count.integer("chunks", 1).value_or(spec.chunks);
  spec.steps = count.integer("steps", 1).value_or(spec.steps);
  spec.pause = count.duration("pause").value_or(spec.pause);
  checked.header.path = document.path();
  checked.header.folder = document.folder();
  checked.header.text = document.text();
  checked.identity = {"counter", "1", "chunks: " + std::to_string(spec.chunks) + "\n"};
  checked.spec = base::encode(spec);
  if (!document.parsed() || context.problem_count() > 0) return std::nullopt;
  return checked;
}

bool Kind::is_complete(const work::CheckedJob& checked, std::int64_t step, std::optional<double>) const {
  return step >= base::decode<Spec>(checked.spec, "the job").steps;
}

std::unique_ptr<work::Work> Kind::make(const work::CheckedJob& checked, const work::Context& context) const {
  return std::make_unique<Work>(base::decode<Spec>(checked.spec, "the encoded job"), context);
}

}  // namespace counter
