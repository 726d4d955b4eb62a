#include "grid/output/examination.h"

#include "base/error.h"
#include "grid/output/stored_snapshot.h"
#include "host/durable_file.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tessera::output {

namespace {

using rundir::Examination;

constexpr const char* tables = "tables";
constexpr const char* old_tables = "old-tables";
constexpr const char* field_files = "field files";
constexpr const char* images = "images";
constexpr const char* maps = "maps";
constexpr const char* index_group = "index";
constexpr const char* index_name = "fields.xdmf";
constexpr const char* foreign_advice = "move it elsewhere";
constexpr const char* index_advice =
    "restore it from a backup; resuming or extending the run writes it again";
constexpr std::uint64_t max_index_bytes = std::uint64_t{1} << 30;

void add_foreign(Examination& examination, const std::string& group, const std::string& file) {
  examination.add_damaged(group, file, "is not in the list of the files that the run has written",
                          foreign_advice);
}

void examine_table(const std::string& name, const table::Content* content, bool is_complete,
                   Examination& examination) {
  if (content == nullptr) {
    if (!examination.exists(name)) return;
    if (is_complete) return add_foreign(examination, tables, name);
    if (examination.expect_regular(tables, name)) examination.add_unrecorded(tables, name);
    return;
  }
  if (!examination.expect_regular(tables, name)) return;
  const std::uint64_t bytes =
      host::DurableFile{examination.path_of(name), host::DurableFile::Open::read}.size();
  if (bytes < content->bytes) {
    examination.add_damaged(tables, name, fmt::format("has {} bytes instead of {}", bytes, content->bytes));
    return;
  }
  switch (table::compare(examination.path_of(name), *content)) {
    case table::Match::same:
      if (is_complete && bytes > content->bytes) {
        examination.add_damaged(tables, name,
                                fmt::format("has {} bytes instead of {}", bytes, content->bytes),
                                fmt::format("remove what follows the first {} bytes", content->bytes));
      } else {
        examination.add_intact(tables, name);
      }
      break;
    case table::Match::other_line_endings:
      examination.add_damaged(tables, name, "has other line endings, or begins with a byte-order mark",
                              "convert it back; a resumed run does this itself");
      break;
    case table::Match::missing:
    case table::Match::different:
      examination.add_damaged(tables, name, "has been changed: its checksum is wrong");
      break;
  }
}

/// What is wrong with a recorded field file, which is a regular file; empty if nothing is.
std::string problem_of(const FieldFile& recorded, const host::DurableFile& file) {
  if (file.size() != recorded.bytes)
    return fmt::format("has {} bytes instead of {}", file.size(), recorded.bytes);
  if (hash_of_rest(file, recorded.fields) != recorded.hash)
    return "has been changed outside the values of its fields";
  for (const StoredArray& array : recorded.fields) {
    if (digest_in(file, array) != array.digest)
      return fmt::format("has been changed: the values of `{}` have another digest", array.name);
  }
  return {};
}

void examine_field_file(const FieldFile& recorded, Examination& examination) {
  const std::string& name = recorded.name;
  if (!examination.expect_regular(field_files, name)) return;
  const std::string problem =
      problem_of(recorded, {examination.path_of(name), host::DurableFile::Open::read});
  if (problem.empty()) {
    examination.add_intact(field_files, name);
  } else {
    examination.add_damaged(field_files, name, problem);
  }
}

/// Examines a field file, an image or a map that is not in the list.
void examine_unlisted(const std::string& group, const std::string& file, const RecordedFiles& recorded,
                      Examination& examination) {
  // Left by a run that was killed while it wrote the file.
  const bool is_leftover = file.ends_with(".tmp") || is_temporary_result(file);
  const auto step = step_in(file);
  if (recorded.is_complete() || !(is_leftover || (step && *step > recorded.last_step)))
    return add_foreign(examination, group, file);
  if (!examination.expect_regular(group, file, "remove it; a resumed run writes it again")) return;
  try {
    if (file.ends_with(".h5")) static_cast<void>(StoredSnapshot::read(examination.path_of(file)));
    examination.add_unrecorded(group, file);
  } catch (const base::Error& e) {
    // Too little memory to read the file, for example, says nothing about it.
    if (e.code() != base::ExitCode::bad_data) return examination.add_unrecorded(group, file);
    examination.add_damaged(group, file, e, "remove it; a resumed run writes it again");
  }
}

template <class File>
std::set<std::string> names_of(const std::vector<File>& files) {
  std::set<std::string> names;
  for (const FileState& file : files) names.insert(file.name);
  return names;
}

/// Examines the files in `folder`, of which `listed` have been recorded, with `examine_listed`.
template <class File, class ExamineListed>
void examine_folder(const std::string& group, const std::string& folder, const std::vector<File>& listed,
                    const RecordedFiles& recorded, Examination& examination,
                    const ExamineListed& examine_listed) {
  examination.claim(folder);
  const std::size_t findings = examination.findings().size();
  const std::vector<std::string> present = examination.names_in(group, folder);
  if (examination.findings().size() > findings) return;  // it is not a folder
  for (const File& file : listed) {
    try {
      examine_listed(file);
    } catch (const base::Error& e) {
      examination.add_damaged(group, file.name, e);
    }
  }
  const std::set<std::string> names = names_of(listed);
  for (const std::string& name : present) {
    const std::string file = folder + "/" + name;
    if (!names.contains(file)) examine_unlisted(group, file, recorded, examination);
  }
}

/// The files that are in `folder`.
std::vector<FileState> files_in(const std::string& folder, std::vector<FileState> files) {
  std::erase_if(files, [&](const FileState& file) { return !file.name.starts_with(folder + "/"); });
  return files;
}

/// The paths of the field files that an index lists.
std::set<std::string> files_in_index(const std::string& text) {
  constexpr std::string_view begin = "Format=\"HDF\">";
  std::set<std::string> files;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    files.insert(text.substr(at, text.find(':', at) - at));
  }
  return files;
}

/// Examines an index that was written again after it had been recorded.
void examine_later_index(const RecordedFiles& recorded, Examination& examination) {
  const std::set<std::string> in_index =
      files_in_index(host::read_small_file(examination.path_of(index_name), max_index_bytes));
  const std::set<std::string> listed = names_of(recorded.state.field_files);
  const auto missing = std::find_if(listed.begin(), listed.end(),
                                    [&](const std::string& name) { return !in_index.contains(name); });
  const auto extra = std::find_if(in_index.begin(), in_index.end(), [&](const std::string& name) {
    return !listed.contains(name) && !examination.exists(name);
  });
  if (missing != listed.end()) {
    examination.add_damaged(index_group, index_name, fmt::format("does not list `{}`", *missing),
                            index_advice);
  } else if (extra != in_index.end()) {
    examination.add_damaged(index_group, index_name, fmt::format("lists `{}`, which does not exist", *extra),
                            index_advice);
  } else {
    examination.add_unrecorded(index_group, index_name);
  }
}

void examine_index(const RecordedFiles& recorded, Examination& examination) {
  examination.claim(index_name);
  const FileState& index = recorded.state.index;
  if (recorded.is_complete()) {
    if (!index.name.empty())
      return examination.compare(index_group, index_name, index.bytes, index.hash, index_advice);
    if (examination.exists(index_name)) add_foreign(examination, index_group, index_name);
    return;
  }
  if (index.name.empty() && !examination.exists(index_name)) return;
  if (!examination.expect_regular(index_group, index_name, index_advice)) return;
  Examination as_recorded{examination.directory()};
  if (!index.name.empty()) as_recorded.compare(index_group, index_name, index.bytes, index.hash);
  const bool is_same =
      !index.name.empty() && as_recorded.findings().front().state == rundir::Finding::State::intact;
  if (is_same) return examination.add_intact(index_group, index_name);
  try {
    examine_later_index(recorded, examination);
  } catch (const base::Error& e) {
    examination.add_damaged(index_group, index_name, e, index_advice);
  }
}

}  // namespace

void examine(const RecordedFiles& recorded, Examination& examination) {
  std::map<std::string, const table::Content*> contents;
  for (const char* name : table_names) contents.emplace(name, nullptr);
  for (const TableState& t : recorded.state.tables) contents[t.name] = &t.content;
  for (const auto& [name, content] : contents) {
    examination.claim(name);
    try {
      examine_table(name, content, recorded.is_complete(), examination);
    } catch (const base::Error& e) {
      examination.add_damaged(tables, name, e);
    }
  }
  examine_folder(field_files, "fields", recorded.state.field_files, recorded, examination,
                 [&](const FieldFile& file) { examine_field_file(file, examination); });
  for (const auto& [group, folder] : {std::pair{images, "frames"}, std::pair{maps, "maps"}}) {
    examine_folder(group, folder, files_in(folder, recorded.state.images), recorded, examination,
                   [&, name = group](const FileState& file) {
                     examination.compare(name, file.name, file.bytes, file.hash);
                   });
  }
  examine_index(recorded, examination);
  examination.claim(old_tables);
  if (examination.exists(old_tables) && examination.expect_folder(tables, old_tables))
    examination.add_unrecorded(tables, old_tables);
}

}  // namespace tessera::output
