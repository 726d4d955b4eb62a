#include "job/common_checks.h"

namespace tessera::job {

void check_checkpoint(Context& context, CheckpointSpec& spec) {
  const Section section{context,
                        "checkpoint",
                        {"every", "keep", "failures_every", "most_loss", "compress", "local", "local_every"}};
  const Node* every = section.find("every");
  if (every != nullptr && every->is(Node::Kind::text) && every->text == "auto") {
    spec.automatic = true;
  } else if (auto cadence = section.cadence("every")) {
    // What a failure costs is wall-clock time, so that is what a duration means here.
    if (cadence->unit == Cadence::Unit::simulated) cadence->unit = Cadence::Unit::wall;
    if (cadence->unit == Cadence::Unit::end) {
      section.complain("every", {"a run that is done needs no checkpoint",
                                 "write \"10 min\", \"200 steps\" or \"never\""});
    }
    spec.every = *cadence;
  }
  if (const auto keep = section.integer("keep", 2, 1'000'000)) spec.keep = static_cast<int>(*keep);
  const auto positive = [&](const char* key, double& target) {
    const auto value = section.duration(key);
    if (!value) return;
    target = *value;
    if (spec.automatic) {
      if (!(*value > 0)) section.complain(key, {std::string("`") + key + "` must be above 0"});
    } else {
      section.complain(key,
                       {std::string("`") + key + "` is for every = \"auto\"", "leave it out, or write that"});
    }
  };
  positive("failures_every", spec.failures_every);
  positive("most_loss", spec.most_loss);
  if (const auto value = section.boolean("compress")) spec.compress = *value;
  if (const auto folder = section.text("local")) {
    spec.local = *folder;
    if (!spec.local.starts_with("/")) {
      section.complain("local",
                       {"`local` names a folder of each node by its whole path", "write \"/dev/shm\""});
    }
  }
  if (const auto value = section.duration("local_every")) {
    spec.local_every = *value;
    if (spec.local.empty()) {
      section.complain("local_every",
                       {"`local_every` is for checkpoints on the nodes", "set `local`, as \"/dev/shm\""});
    } else if (!(*value > 0)) {
      section.complain("local_every", {"`local_every` must be above 0"});
    }
  }
}

}  // namespace tessera::job
