#include "command_line.h"

#include "base/digest.h"
#include "base/print.h"
#include "grid/output/stored_snapshot.h"

#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

struct Options {
  std::string path;
  bool json = false;
};

int digest(Options& options, const Invocation&) {
  const auto snapshot = output::StoredSnapshot::read(output::StoredSnapshot::find_newest(options.path));
  nlohmann::json fields = nlohmann::json::object();
  for (const output::StoredField& f : snapshot.fields) {
    const std::string text = base::Digest::to_hex(f.digest);
    fields[f.name] = text;
    if (!options.json) base::print("{}  {}\n", text, f.name);
  }
  if (options.json) {
    print_json(
        {{"file", snapshot.path}, {"step", snapshot.step}, {"time_s", snapshot.time}, {"fields", fields}});
  } else {
    base::print("{}, step {}, t = {:.6g} s\n", snapshot.path, snapshot.step, snapshot.time);
  }
  return 0;
}

}  // namespace

void add_digest(CommandLine& command_line) {
  const auto [command, options] =
      command_line.add("digest", "print the digests of the fields in a run's last field file", digest);
  command.add_option("path", options.path, "run directory or .h5 file")->required();
  command.add_flag("--json", options.json, "print JSON");
}

}  // namespace tessera::app
