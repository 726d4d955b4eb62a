#include "diagnosis/mpi_failure.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace tessera::diagnosis {

namespace {

constexpr std::size_t max_characters = 300;

/// The words of a line, separated by single blanks.
std::string squeezed(const std::string& line) {
  std::istringstream words{line};
  std::string text;
  for (std::string word; words >> word;) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// Whether a line consists of dashes. mpirun prints such lines before and after each message.
bool is_rule(const std::string& line) {
  return line.size() >= 5 && line.find_first_not_of('-') == std::string::npos;
}

bool reports_binding(const std::string& line) {
  return line.find(" bound to ") != std::string::npos || line.find(" not bound ") != std::string::npos;
}

/// Whether a line of mpirun says nothing about the cause of a failure.
bool is_noise(const std::string& line) {
  return line.find("ORTE_ERROR_LOG") != std::string::npos ||
         line.find("*** Process received signal ***") != std::string::npos;
}

/// Whether a line is a detail of a message, such as "Host: node1" or "--> Returned ...".
bool is_detail(const std::string& line) {
  if (line.starts_with("-->")) return true;
  const std::size_t colon = line.find(": ");
  return colon != std::string::npos && colon < 24 && line.find('[') == std::string::npos;
}

/// Whether a message only says that something failed. Others say why.
bool is_general(const std::string& first_line) {
  for (const char* begin : {"It looks like", "Primary job", "mpirun detected"})
    if (first_line.starts_with(begin)) return true;
  return false;
}

/// The lines of the most informative message: the first one between lines of dashes that is not general,
/// otherwise the first line outside of them, otherwise the first message.
std::vector<std::string> best_message(const std::string& output) {
  std::vector<std::vector<std::string>> messages;  // between lines of dashes
  std::vector<std::string> outside;
  bool inside = false;
  std::istringstream lines{output};
  for (std::string line; std::getline(lines, line);) {
    line = squeezed(line);
    if (is_rule(line)) {
      inside = !inside;
      if (inside) messages.emplace_back();
    } else if (!line.empty() && !reports_binding(line) && !is_noise(line)) {
      (inside ? messages.back() : outside).push_back(line);
    }
  }
  std::erase_if(messages, [](const auto& message) { return message.empty(); });
  const auto best = std::find_if(messages.begin(), messages.end(),
                                 [](const auto& message) { return !is_general(message.front()); });
  if (best != messages.end()) return *best;
  if (!outside.empty()) return {outside.front()};
  return messages.empty() ? std::vector<std::string>{} : messages.front();
}

}  // namespace

std::string launcher_message(const std::string& output) {
  std::istringstream lines{output};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("error: ")) return base::printable(line.substr(7), max_characters);
  }
  const std::vector<std::string> message = best_message(output);
  if (message.empty()) return {};
  std::string text;
  for (const std::string& line : message) {  // the first sentence, which may span lines
    if (!text.empty() && is_detail(line)) break;
    text += (text.empty() ? "" : " ") + line;
    const std::size_t end = text.find(". ");
    if (end != std::string::npos) text.resize(end);
    if (end != std::string::npos || text.ends_with('.') || text.ends_with(':') || line.starts_with('['))
      break;
  }
  while (text.ends_with('.') || text.ends_with(':')) text.pop_back();
  std::string details;
  for (const std::string& line : message) {
    if (is_detail(line) && line != message.front()) details += (details.empty() ? "" : "; ") + line;
  }
  return base::printable(details.empty() ? text : text + " (" + details + ")", max_characters);
}

std::string mpi_settings() {
  constexpr std::array<std::string_view, 5> prefixes{"OMPI_MCA_", "OPAL_", "PMIX_", "PRTE_MCA_", "UCX_"};
  std::vector<std::string> settings;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view assignment{*entry};
    if (std::any_of(prefixes.begin(), prefixes.end(),
                    [&](std::string_view prefix) { return assignment.starts_with(prefix); }))
      settings.push_back(base::printable(std::string{assignment}, 100));
  }
  std::sort(settings.begin(), settings.end());
  if (const char* home = std::getenv("HOME")) {
    for (const char* name : {"/.openmpi/mca-params.conf", "/.prte/mca-params.conf"}) {
      std::error_code ec;
      if (std::filesystem::exists(std::string{home} + name, ec))
        settings.push_back(base::printable(std::string{home} + name, 200));
    }
  }
  return fmt::format("{}", fmt::join(settings, ", "));
}

}  // namespace tessera::diagnosis
