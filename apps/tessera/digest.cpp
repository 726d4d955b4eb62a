#include "commands.h"

#include "base/digest.h"
#include "grid/output/snapshot_reader.h"

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

int digest(const std::string& path, bool json) {
  const auto snapshot = output::StoredSnapshot::read(output::StoredSnapshot::newest(path));
  nlohmann::json fields = nlohmann::json::object();
  for (const output::StoredField& f : snapshot.fields) {
    const std::string text = base::Digest::text(output::digest_of(f));
    fields[f.name] = text;
    if (!json) fmt::print("{}  {}\n", text, f.name);
  }
  if (json) {
    const nlohmann::json out{
        {"file", snapshot.path}, {"step", snapshot.step}, {"time_s", snapshot.time}, {"fields", fields}};
    std::puts(out.dump(2).c_str());
  } else {
    fmt::print("{}, step {}, t = {:.6g} s\n", snapshot.path, snapshot.step, snapshot.time);
  }
  return 0;
}

struct Options {
  std::string path;
  bool json = false;
};

}  // namespace

void add_digest(CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = line.add("digest", "print the digests of a run's last fields",
                               [options](const Invocation&) { return digest(options->path, options->json); });
  command.add_option("path", options->path, "run directory or .h5 file")->required();
  command.add_flag("--json", options->json, "print JSON");
}

}  // namespace tessera::app
