#include "base/fail_points.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

namespace tessera::base {

namespace {

using Action = FailPoints::Action;

/// Names of the actions, in the order of Action.
constexpr std::array<std::string_view, 8> action_names{"kill", "segv",  "abort", "exit",
                                                       "stop", "throw", "hang",  "nan"};

[[noreturn]] void reject(const std::string& spec, const std::string& problem, const std::string& hint) {
  throw Error(ExitCode::usage, fmt::format("--inject \"{}\": {}", printable(spec, 80), problem), hint);
}

std::int64_t parse_number(const std::string& spec, const std::string& word, const std::string& value,
                          std::int64_t min) {
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (ec != std::errc{} || end != value.data() + value.size() || number < min) {
    reject(spec, fmt::format("`{}` expects a whole number of at least {}", printable(word, 40), min),
           "write, for example, \"kill rank=1 step=40\"");
  }
  return number;
}

[[noreturn]] void hang_forever() {
  for (;;) sleep(3600);
}

}  // namespace

const std::vector<std::string>& FailPoints::points() {
  static const std::vector<std::string> all = [] {
    std::istringstream words{
        "start compute halo migration output checkpoint.begin checkpoint.open checkpoint.write "
        "checkpoint.fsync checkpoint.close checkpoint.manifest checkpoint.manifest_fsync "
        "checkpoint.rename checkpoint.published checkpoint.verify checkpoint.prune local.begin "
        "local.write local.commit restart.promote restart.manifest restart.read restart.done"};
    return std::vector<std::string>{std::istream_iterator<std::string>{words}, {}};
  }();
  return all;
}

FailPoints::FailPoints(const std::vector<std::string>& specs, int attempt) {
  for (const std::string& spec : specs) {
    std::istringstream words{spec};
    std::string word;
    words >> word;
    const auto found = std::find(action_names.begin(), action_names.end(), word);
    if (found == action_names.end()) {
      reject(spec, fmt::format("unknown fault `{}`", printable(word, 40)),
             fmt::format("faults: {}", fmt::join(action_names, ", ")));
    }
    Fault fault;
    fault.action = static_cast<Action>(found - action_names.begin());
    std::optional<std::int64_t> only_attempt = 1;
    while (words >> word) {
      const auto equals = word.find('=');
      const std::string key = word.substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
      if (key == "rank") {
        fault.rank = parse_number(spec, word, value, 0);
      } else if (key == "step") {
        fault.step = parse_number(spec, word, value, 0);
      } else if (key == "hit") {
        fault.hits_left = parse_number(spec, word, value, 1);
      } else if (key == "attempt") {
        only_attempt = value == "all" ? std::nullopt : std::optional{parse_number(spec, word, value, 1)};
      } else if (key == "at") {
        if (std::find(points().begin(), points().end(), value) == points().end()) {
          reject(spec, fmt::format("unknown point `{}`", printable(value, 40)),
                 fmt::format("points: {}", fmt::join(points(), " ")));
        }
        fault.point = value;
      } else {
        reject(spec, fmt::format("unknown argument `{}`", printable(word, 40)),
               "write rank=R, step=S, at=POINT, hit=N or attempt=A");
      }
    }
    if (!only_attempt || *only_attempt == attempt) faults_.push_back(fault);
  }
}

void FailPoints::keep_only_rank(int rank) {
  std::erase_if(faults_, [rank](const Fault& f) { return f.rank != rank; });
}

bool FailPoints::inject(std::string_view point, std::int64_t step, std::int64_t steps) const {
  bool must_write_nan = false;
  for (const Fault& f : faults_) {
    if (f.point != point || (f.step && (*f.step < step || *f.step >= step + steps))) continue;
    if (f.hits_left == 0 || --f.hits_left > 0) continue;
    switch (f.action) {
      case Action::kill:
        raise(SIGKILL);
        break;
      case Action::segv:
        std::signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
        break;
      case Action::abort:
        std::abort();
      case Action::exit:
        _exit(0);
      case Action::stop:
        raise(SIGSTOP);
        break;
      case Action::hang:
        hang_forever();
      case Action::raise:
        throw Error(ExitCode::internal, fmt::format("injected fault at {}, step {}", point, step));
      case Action::nan:
        must_write_nan = true;
        break;
    }
  }
  return must_write_nan;
}

}  // namespace tessera::base
