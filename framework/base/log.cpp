#include "base/log.h"

#include "base/error.h"
#include "base/text.h"

#include <array>
#include <filesystem>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

namespace tessera::base {

struct Log::Impl {
  spdlog::logger logger;
};

namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  constexpr std::array levels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                              spdlog::level::err};
  return levels[static_cast<std::size_t>(level)];
}

}  // namespace

Log::Log() = default;
Log::Log(Log&&) noexcept = default;
Log& Log::operator=(Log&&) noexcept = default;
Log::~Log() = default;

Log::Log(const std::string& path, const std::string& writer, LogLevel level) {
  std::error_code ec;
  const auto type = std::filesystem::status(path, ec).type();
  if (type != std::filesystem::file_type::not_found && type != std::filesystem::file_type::regular) {
    throw Error(ExitCode::cannot_create, "the log " + path + " is not a regular file",
                "remove it, or use another --run-dir");
  }
  try {
    auto file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    impl_ = std::make_unique<Impl>(Impl{spdlog::logger{"tessera", std::move(file)}});
  } catch (const spdlog::spdlog_ex& e) {
    throw Error(ExitCode::cannot_create, "cannot open the log " + path + " (" + e.what() + ")",
                "check that its folder is writable and that the disk is not full");
  }
  impl_->logger.set_pattern("%Y-%m-%d %H:%M:%S.%e " + writer + " %l: %v");
  impl_->logger.set_level(level_of(level));
  impl_->logger.flush_on(spdlog::level::info);
  impl_->logger.set_error_handler([](const std::string&) {});
}

void Log::write(LogLevel level, std::string_view text) {
  if (impl_) impl_->logger.log(level_of(level), "{}", printable(text, unlimited, Newlines::indented));
}

}  // namespace tessera::base
