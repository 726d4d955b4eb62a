# shellcheck shell=bash
# Replaces files of the machine with files of the cluster, for its members only. Sourced by their first processes.

# common_files STATE
common_files() {
  local state="$1"
  mount --bind "$state/hosts" /etc/hosts
  # Logins get an empty home directory: shell start-up files and keys of the real user must not affect the cluster, and
  # a node that is killed must not leave incomplete files in the real home directory.
  mount --bind "$state/passwd" /etc/passwd
  if [ -e /etc/ssh/ssh_config ]; then mount --bind "$state/ssh/config" /etc/ssh/ssh_config; fi
}

# keep_open FOLDER opens a folder before mounts that may cover it. uncover FOLDER then makes the folder visible at its
# path again, through the open descriptor. Nothing is mounted below the state folder, which is removed as a whole.
keep_open() { exec 8<"$1"; }

uncover() {
  if ! [ "$1" -ef /proc/self/fd/8 ]; then
    mkdir -p "$1"
    mount --no-canonicalize --rbind /proc/self/fd/8 "$1"
  fi
  exec 8<&-
}
