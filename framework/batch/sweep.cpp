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

Error too_many_runs() {
  return Error(ExitCode::usage, fmt::format("more than {} runs in one job array", max_runs),
               "submit them in several parts");
}

/// Splits at commas outside of brackets and quotes.
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

/// Expands one "key=value,value" text into overrides, one per value.
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
    if (overrides.size() > max_runs / all.size()) throw too_many_runs();
    std::vector<std::vector<std::string>> extended;
    for (const auto& before : all) {
      for (const std::string& one : overrides) {
        extended.push_back(before);
        extended.back().push_back(one);
      }
    }
    all = std::move(extended);
  }
  return all;
}

void check_run_count(std::size_t jobs, std::size_t combinations) {
  if (jobs > max_runs / combinations) throw too_many_runs();
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
  for (const std::string& one : combination) {
    label += label.empty() ? "" : ",";
    label += one.starts_with(prefix) ? one.substr(prefix.size()) : one;
  }
  return folder_name(label);
}

JobWords classify_words(const std::string& job, const std::vector<std::string>& overrides,
                        const std::vector<std::string>& array) {
  JobWords words;
  if (!job.empty()) words.paths.push_back(job);
  std::vector<std::string> candidates = overrides;
  for (const std::string& word : array) {
    const bool is_override = word.find('=') != std::string::npos && !is_file(word);
    (is_override ? candidates : words.paths).push_back(word);
  }
  for (std::string& word : candidates) {
    (!array.empty() && is_file(word) ? words.paths : words.overrides).push_back(std::move(word));
  }
  if (words.paths.empty()) {
    throw Error(ExitCode::usage, "a job file is needed", "tessera submit job.toml -t 2:00:00");
  }
  return words;
}

}  // namespace tessera::batch
