# shellcheck shell=bash
# Files of the machine in whose place the members of a cluster see their own; sourced by their first processes.

# common_files STATE
common_files() {
  local state="$1"
  mount --bind "$state/hosts" /etc/hosts
  # Who logs in gets an empty home: what a person's shell does there at each start, or a key of theirs, is no business
  # of the cluster, and a node that is killed must not leave half of it behind.
  mount --bind "$state/passwd" /etc/passwd
  if [ -e /etc/ssh/ssh_config ]; then mount --bind "$state/ssh/config" /etc/ssh/ssh_config; fi
}

# keep_open FOLDER, then mounts that may cover it, then uncover FOLDER: processes see the folder again at its usual place.
# The open descriptor is what still leads to it. Nothing is mounted below the state folder, which is removed as a whole.
keep_open() { exec 8<"$1"; }

uncover() {
  if ! [ "$1" -ef /proc/self/fd/8 ]; then
    mkdir -p "$1"
    mount --no-canonicalize --rbind /proc/self/fd/8 "$1"
  fi
  exec 8<&-
}
