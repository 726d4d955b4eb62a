#include "diagnosis/host_probe.h"

#include "base/text.h"
#include "diagnosis/launcher_version.h"

#include <charconv>
#include <sstream>

namespace tessera::diagnosis {

namespace {

// Prints one line per property. The time comes first, so that it is read as soon as the shell has started.
// The script is a single line, because the login shell may not accept quoted newlines.
constexpr const char* script =
    R"sh(printf '\ntessera-doctor time=%s\n' "$(date +%s.%N)"; )sh"
    R"sh(put() { printf 'tessera-doctor %s=%s\n' "$1" "$2"; }; )sh"
    R"sh(if [ -x "$1" ]; then put program yes; version=$("$1" --version 2>/dev/null | head -n 1); )sh"
    R"sh(put version "$version"; [ "$version" ] || put problem "$("$1" --version 2>&1 | head -n 1)"; fi; )sh"
    R"sh(put launcher "$("$2" --version 2>/dev/null | head -n 1)"; )sh"
    R"sh(put daemon "$(command -v "$3")"; )sh"
    R"sh(put marker "$(cat "$4" 2>/dev/null)"; )sh"
    R"sh(threads=$(nproc 2>/dev/null || echo 0); )sh"
    R"sh(cores=$(lscpu -p=CORE,SOCKET 2>/dev/null | grep -v '^#' | sort -u | wc -l); )sh"
    R"sh(if [ "$cores" -gt 0 ] && [ "$cores" -lt "$threads" ]; then put cores "$cores"; )sh"
    R"sh(else put cores "$threads"; fi; )sh"
    R"sh(put shm "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $2, $4 }')"; )sh"
    R"sh(put end yes)sh";

double parse_number(const std::string& text) {
  double value = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::vector<std::string> probe_command(const std::string& program, const std::string& launcher,
                                       const std::string& daemon, const std::string& marker) {
  return {"sh", "-c", script, "tessera-doctor", program, launcher, daemon, marker};
}

std::optional<HostProperties> parse_properties(const std::string& output) {
  HostProperties properties;
  bool complete = false;
  std::istringstream lines{output};
  for (std::string line; std::getline(lines, line);) {
    const std::string prefix = "tessera-doctor ";
    const std::size_t equals = line.find('=');
    if (!line.starts_with(prefix) || equals == std::string::npos) continue;
    const std::string key = line.substr(prefix.size(), equals - prefix.size());
    std::string value = line.substr(equals + 1);
    if (value.ends_with('\r')) value.pop_back();
    if (key == "time") properties.time = parse_number(value);
    if (key == "program") properties.has_program = true;
    if (key == "version") properties.version = base::printable(value, 100);
    if (key == "problem") properties.problem = base::printable(value, 200);
    if (key == "launcher") properties.launcher_mpi = launcher_version(value);
    if (key == "daemon") properties.daemon = base::printable(value, 200);
    if (key == "marker") properties.marker = value;
    if (key == "cores") properties.cores = static_cast<int>(parse_number(value));
    if (key == "shm") {
      properties.shared_memory = parse_number(value) * 1024.0;
      const std::size_t blank = value.find(' ');
      if (blank != std::string::npos)
        properties.shared_memory_free = parse_number(value.substr(blank + 1)) * 1024.0;
    }
    if (key == "end") complete = true;
  }
  if (!complete) return std::nullopt;
  return properties;
}

}  // namespace tessera::diagnosis
