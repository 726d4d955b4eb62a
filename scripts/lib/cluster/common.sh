# shellcheck shell=bash
# Shared by scripts/cluster-up, cluster-down and cluster-exec; sourced, not run.
#
# All parts of a cluster have fixed names, so that they can be found after a script was killed: the network namespaces,
# the pointer to the state folder, and (through their namespace) all processes.

# shellcheck source-path=SCRIPTDIR
# shellcheck source=../common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

cluster_lib="$root/scripts/lib/cluster"
# shellcheck disable=SC2034  # for the scripts that source this
network=10.77.0
marker=.tessera-cluster # marks a state folder; no other folder is ever removed
impossible=77           # exit code: this machine cannot run a cluster

# Clusters with different names are isolated from each other, although their addresses are the same. The default cluster
# has no name.
cluster_name="${TESSERA_CLUSTER_NAME-}"
if [[ ! "$cluster_name" =~ ^[a-z0-9]{0,16}$ ]]; then
  fail "TESSERA_CLUSTER_NAME is '$cluster_name'" "a name has up to 16 lower-case letters and digits"
fi
suffix="${cluster_name:+-$cluster_name}"
prefix="${cluster_name:+$cluster_name.}tessera-" # of the network namespaces: tessera-head, tessera-node1, …
pointer="/run/tessera-cluster$suffix"            # symbolic link to the state folder of the cluster that is up

# refuse MESSAGE [HINT]: reports that this machine cannot run a cluster, and exits.
refuse() {
  echo "error: $1" >&2
  if [ $# -gt 1 ]; then echo "  = $2" >&2; fi
  exit "$impossible"
}

default_state() { echo "/var/tmp/tessera-cluster-$(id -u)$suffix"; }

# Prints the state folder of the cluster that is up; empty if there is none.
current_state() { readlink "$pointer" 2>/dev/null || true; }

# Prints the names of the existing members, one per line: head, node1, …
members() {
  local path
  for path in /run/netns/"$prefix"*; do
    if [ -e "$path" ]; then echo "${path##*/"$prefix"}"; fi
  done
}

nodes() { members | { grep -v '^head$' || true; } | sort -V; }

member_pids() { ip netns pids "$prefix$1" 2>/dev/null || true; }

# Prints the ID, in the outer process tree, of the first process of a node (1 in its own tree); empty if the node is not
# running.
node_init() {
  local pid
  for pid in $(member_pids "$1"); do
    if grep -qE '^NSpid:[[:space:]]+[0-9]+[[:space:]]+1$' "/proc/$pid/status" 2>/dev/null; then
      echo "$pid"
      return
    fi
  done
}

# Prints the ID of the process that holds the head's namespaces; empty if there is none.
head_init() {
  local pid
  for pid in $(member_pids head); do
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$cluster_lib/head "; then
      echo "$pid"
      return
    fi
  done
}

member_init() {
  if [ "$1" = head ]; then head_init; else node_init "$1"; fi
}

# start_member NAME STATE: starts the first process of the head or of a node, in the background. It outlives this
# script and keeps none of its files open.
start_member() {
  local name="$1" state="$2" namespaces=(-m -u)
  if [ "$name" != head ]; then namespaces+=(-p -f --kill-child --mount-proc); fi
  local program="$cluster_lib/node"
  if [ "$name" = head ]; then program="$cluster_lib/head"; fi
  mkdir -p "$state/up"
  rm -f "$state/up/$name"
  setsid nsenter --net="/run/netns/$prefix$name" unshare "${namespaces[@]}" \
    bash "$program" "$name" "$state" </dev/null >>"$state/log/$name.log" 2>&1 9>&- &
  disown
}

# Runs a command in the namespaces of the head or of a running node, with the environment of the cluster.
run_in() { (enter "$1" bash -c "$in_environment" run "$(current_state)" / "${@:2}") </dev/null; }

# A script with the arguments STATE FOLDER COMMAND …, which executes the command in the environment of the cluster. The
# working folder is FOLDER, or / if FOLDER does not exist there.
# shellcheck disable=SC2016
in_environment='source "$1/env"; cd "$2" 2>/dev/null || cd /; shift 2; exec "$@"'

accepts_ssh() { run_in head timeout 15 ssh "$1" true 2>/dev/null; }

# slurm_ready COUNT: whether at least COUNT nodes accept jobs.
slurm_ready() {
  local idle
  idle="$(run_in head sinfo --noheader --Node --partition=normal --states=idle --format=%N 2>/dev/null)" || return 1
  [ "$(wc -w <<<"$idle")" -ge "$1" ]
}

# enter NAME COMMAND …: replaces this process with the command, in the namespaces of a running member.
enter() {
  local name="$1" pid
  shift
  pid="$(member_init "$name")"
  [ -n "$pid" ] || return 1
  if [ "$name" = head ]; then
    exec nsenter --target "$pid" --net --mount --uts "$@"
  fi
  # nsenter waits in the outer process tree; if it is killed, the command must be killed too.
  exec nsenter --target "$pid" --net --mount --uts --pid setpriv --pdeathsig KILL "$@"
}

# wait_until SECONDS COMMAND …: repeats the command until it succeeds. Fails after SECONDS.
wait_until() {
  local limit=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ "$SECONDS" -ge "$limit" ]; then return 1; fi
    sleep 0.05
  done
}

# Only one script at a time may change a cluster. The kernel releases the lock when the process that holds it ends, for
# any reason. The lock is on a folder, so that no lock file is left behind.
take_lock() {
  exec 9</run
  if ! flock -w 900 9; then
    fail "another scripts/cluster-up or scripts/cluster-down is running" "wait for it, or end it"
  fi
}

# kill_remaining NAME: kills all processes of a member. Returns success if there were none.
kill_remaining() {
  local pids
  pids="$(member_pids "$1")"
  if [ -z "$pids" ]; then return 0; fi
  # shellcheck disable=SC2086
  kill -KILL $pids 2>/dev/null || true
  return 1
}

remove_netns_folder() {
  if [ -d /run/netns ] && [ -z "$(ls -A /run/netns)" ]; then
    umount /run/netns 2>/dev/null || true
    rmdir /run/netns || true
  fi
}

# Removes the cluster that is up, or the remains of one. May be called at any time, and more than once.
tear_down() {
  local state name
  state="$(current_state)"
  [ -n "$state" ] || state="$(default_state)"
  for name in $(members); do
    wait_until 60 kill_remaining "$name" || echo "warning: processes of $name do not end" >&2
    ip netns del "$prefix$name" || true
  done
  if [ -e "$state/$marker" ]; then
    # `ip netns` leaves its own folder mounted; it is removed if it was created for the cluster.
    if [ -e "$state/made-netns" ]; then remove_netns_folder; fi
    rm -rf --one-file-system -- "$state"
  fi
  rm -f "$pointer"
}
