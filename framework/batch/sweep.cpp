#include "batch/sweep.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tessera::batch {

namespace {

using base::Error;
using base::ExitCode;

bool is_file(const std::string& path) {
  std::error_code ec;
  return std::filesystem::is_regular_file(path, ec);
}

Error too_many_runs_error() {
  return Error(ExitCode::usage, fmt::format("more than {} runs in one job array", max_runs),
               "submit them as several arrays");
}

/// Splits at commas outside brackets and quotes.
std::vector<std::string> values_of(std::string_view text) {
  std::vector<std::string> values(1);
  int depth = 0;
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      values.emplace_back();
      continue;
    }
    values.back() += c;
  }
  return values;
}

/// Expands one "key=value,value" string into overrides, one per value.
std::vector<std::string> overrides_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  std::vector<std::string> values =
      equals == std::string::npos ? std::vector<std::string>(1) : values_of(text.substr(equals + 1));
  if (key.empty() ||
      std::any_of(values.begin(), values.end(), [](const std::string& v) { return v.empty(); })) {
    throw Error(ExitCode::usage,
                fmt::format("--sweep needs a key and its values, not `{}`", base::printable(text, 80)),
                "write --sweep diffusivity=0.1,0.2,0.4");
  }
  const std::string prefix = (key.find('.') == std::string::npos ? "parameters." : "") + key + "=";
  for (std::string& value : values) value.insert(0, prefix);
  return values;
}

}  // namespace

std::vector<std::vector<std::string>> combinations_of(const std::vector<std::string>& sweep) {
  std::vector<std::vector<std::string>> all(1);
  for (const std::string& text : sweep) {
    const std::vector<std::string> overrides = overrides_of(text);
    if (overrides.size() > max_runs / all.size()) throw too_many_runs_error();
    std::vector<std::vector<std::string>> extended;
    for (const auto& combination : all) {
      for (const std::string& override_text : overrides) {
        extended.push_back(combination);
        extended.back().push_back(override_text);
      }
    }
    all = std::move(extended);
  }
  return all;
}

void check_run_count(std::size_t jobs, std::size_t combinations) {
  if (jobs > max_runs / combinations) throw too_many_runs_error();
}

std::string folder_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         std::string_view{"-_.=+,"}.find(c) != std::string_view::npos;
    name += allowed ? c : '_';
  }
  if (name.size() > 120) name.resize(120);
  if (name.empty() || name.front() == '.') name.insert(name.begin(), '_');
  return name;
}

std::string run_label(const std::string& job_path, bool several_jobs,
                      const std::vector<std::string>& combination) {
  constexpr std::string_view prefix = "parameters.";
  std::string label = several_jobs ? std::filesystem::path{job_path}.stem().string() : "";
  for (const std::string& override_text : combination) {
    label += label.empty() ? "" : ",";
    label += override_text.starts_with(prefix) ? override_text.substr(prefix.size()) : override_text;
  }
  return folder_name(label);
}

JobArguments classify_arguments(const std::string& job, const std::vector<std::string>& overrides,
                                const std::vector<std::string>& array) {
  JobArguments arguments;
  if (!job.empty()) arguments.paths.push_back(job);
  std::vector<std::string> candidates = overrides;
  for (const std::string& argument : array) {
    const bool is_override = argument.find('=') != std::string::npos && !is_file(argument);
    (is_override ? candidates : arguments.paths).push_back(argument);
  }
  for (std::string& argument : candidates) {
    (!array.empty() && is_file(argument) ? arguments.paths : arguments.overrides)
        .push_back(std::move(argument));
  }
  if (arguments.paths.empty()) {
    throw Error(ExitCode::usage, "no job file was given",
                "use, for example, tessera submit job.toml -t 2:00:00");
  }
  return arguments;
}

}  // namespace tessera::batch
