// The identity of a computation, stored in its checkpoints.
#pragma once

#include <string>
#include <string_view>

namespace tessera::checkpoint {

/// Identifies the computation that a checkpoint belongs to: everything that its results depend on, bit for
/// bit. A checkpoint cannot be restored into any other computation, unless the user accepts the difference.
struct Identity {
  std::string solver;  ///< name of the plugin
  std::string solver_version;
  std::string job;             ///< one line per property of the job
  std::string solver_build{};  ///< fingerprint of the plugin file; empty if the job needs no plugin
  std::string tessera{};       ///< version of Tessera and fingerprint of the program
  std::string data{};          ///< one line per field that is read from files, with a digest of its values

  friend bool operator==(const Identity&, const Identity&) = default;
};

/// Differences that the user accepts when a run is resumed.
struct AcceptedChanges {
  bool solver = false;  ///< another version or build of the same solver
  bool tessera = false;
  bool data = false;

  static constexpr std::string_view names = "solver, tessera, data";
  /// Sets the member called `name`. Returns false if there is none.
  bool accept(std::string_view name);
};

/// The reason why a job cannot resume from a checkpoint.
struct Mismatch {
  std::string reason;    ///< such as "it was written by ..."; empty if there is none
  std::string accepted;  ///< the member of AcceptedChanges that permits it; empty: nothing does

  explicit operator bool() const { return !reason.empty(); }
  /// Advice for the user.
  std::string advice() const;
};

/// Returns the first difference between the identity `stored` in a checkpoint and the identity `current` of
/// a job that is not among the accepted ones.
Mismatch mismatch(const Identity& stored, const Identity& current, const AcceptedChanges& accepted = {});

}  // namespace tessera::checkpoint
