#include "project_files.h"

#include "base/error.h"
#include "base/text.h"
#include "host/output_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

using base::Error;
using base::ExitCode;

constexpr std::string_view suffix = ".in";

Error template_error(const std::string& problem) {
  return {ExitCode::unavailable, problem, "the templates are part of Tessera; install it again"};
}

std::string replace_placeholders(std::string text, const Placeholders& values) {
  for (const auto& [name, value] : values) {
    const std::string placeholder = "@" + name + "@";
    for (std::size_t at = text.find(placeholder); at != std::string::npos;
         at = text.find(placeholder, at + value.size())) {
      text.replace(at, placeholder.size(), value);
    }
  }
  return text;
}

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::string content{std::istreambuf_iterator<char>{in}, {}};
  if (!in.good() && !in.eof())
    throw template_error(fmt::format("cannot read the template {}", file.string()));
  return content;
}

std::vector<ProjectFile> fill_folder(const std::string& folder, const Placeholders& values) {
  std::vector<ProjectFile> files;
  std::error_code ec;
  for (fs::recursive_directory_iterator entry{folder, ec}, end; !ec && entry != end; entry.increment(ec)) {
    const std::string path = entry->path().lexically_relative(folder).string();
    if (entry->is_directory() || !path.ends_with(suffix)) continue;
    files.push_back({replace_placeholders(path.substr(0, path.size() - suffix.size()), values),
                     replace_placeholders(content_of(entry->path()), values)});
  }
  if (ec) throw template_error(fmt::format("cannot read the templates in {}: {}", folder, ec.message()));
  if (files.empty()) throw template_error("there are no templates in " + folder);
  return files;
}

/// Creates files and folders. Unless keep() is called, the destructor removes the files and the empty
/// folders.
class ProjectWriter {
 public:
  ProjectWriter() = default;
  ProjectWriter(const ProjectWriter&) = delete;
  ProjectWriter& operator=(const ProjectWriter&) = delete;
  ~ProjectWriter() {
    std::error_code ec;
    for (auto path = created_.rbegin(); path != created_.rend(); ++path) fs::remove(*path, ec);
  }

  /// Creates a folder and its missing parents.
  void add_folder(const fs::path& path) {
    std::error_code ec;
    if (path.empty() || fs::is_directory(path, ec)) return;
    add_folder(path.parent_path());
    if (!fs::create_directory(path, ec)) {
      throw Error(ExitCode::cannot_create,
                  fmt::format("cannot create the folder `{}`: {}", base::printable(path.string()),
                              ec ? ec.message() : "a file with this name exists"),
                  "choose a folder that you may write to");
    }
    created_.push_back(path);
  }

  void add_file(const fs::path& path, const std::string& content) {
    host::OutputFile file{path.string(), host::OutputFile::Existing::refuse};
    created_.push_back(path);
    file.write(content);
    file.close();
  }

  void keep() { created_.clear(); }

 private:
  std::vector<fs::path> created_;
};

/// Throws base::Error (cannot_create) unless `folder` is an empty folder or does not exist.
void require_unused(const std::string& folder) {
  std::error_code ec;
  const fs::file_status status = fs::status(folder, ec);
  if (status.type() == fs::file_type::not_found) return;
  if (!fs::is_directory(status)) {
    throw Error(ExitCode::cannot_create,
                fmt::format("`{}` exists and is not a folder", base::printable(folder)),
                "choose another folder with --folder");
  }
  const bool empty = fs::is_empty(folder, ec);
  if (ec || !empty) {
    throw Error(ExitCode::cannot_create,
                ec ? fmt::format("cannot read the folder `{}`: {}", base::printable(folder), ec.message())
                   : fmt::format("the folder `{}` exists and is not empty", base::printable(folder)),
                "choose another folder with --folder");
  }
}

}  // namespace

std::vector<ProjectFile> fill_templates(const std::vector<std::string>& folders, const Placeholders& values) {
  std::vector<ProjectFile> files;
  for (const std::string& folder : folders) {
    std::ranges::move(fill_folder(folder, values), std::back_inserter(files));
  }
  std::ranges::sort(files, {}, &ProjectFile::path);
  return files;
}

void write_project(const std::string& folder, const std::vector<ProjectFile>& files) {
  require_unused(folder);
  ProjectWriter writer;
  for (const ProjectFile& file : files) {
    const fs::path path = fs::path{folder} / file.path;
    writer.add_folder(path.parent_path());
    writer.add_file(path, file.content);
  }
  writer.keep();
}

}  // namespace tessera::app
