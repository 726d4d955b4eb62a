# shellcheck shell=bash
# shellcheck source-path=SCRIPTDIR
# ssh keys and configuration for the nodes. Sourced by scripts/cluster-up.

# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# write_ssh STATE NODE-COUNT
write_ssh() {
  local folder="$1/ssh" count="$2" state="$1" i key
  mkdir -p "$folder"
  chmod 700 "$folder"
  ssh-keygen -q -t ed25519 -N '' -C tessera-cluster-host -f "$folder/host_key"
  ssh-keygen -q -t ed25519 -N '' -C tessera-cluster-user -f "$folder/user_key"
  cp "$folder/user_key.pub" "$folder/authorized_keys"
  key="$(cut -d ' ' -f 1,2 "$folder/host_key.pub")"
  for ((i = 1; i <= count; ++i)); do
    echo "node$i,$network.$i $key"
  done >"$folder/known_hosts"

  cat >"$folder/sshd_config" <<TEXT
Port 22
HostKey $folder/host_key
AuthorizedKeysFile $folder/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
PrintMotd no
SetEnv OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 SLURM_CONF=$state/slurm/slurm.conf
TEXT

  {
    for ((i = 1; i <= count; ++i)); do
      printf 'Host node%d\n  HostName %s.%d\n' "$i" "$network" "$i"
    done
    cat <<TEXT
Host *
  User root
  IdentityFile $folder/user_key
  IdentitiesOnly yes
  UserKnownHostsFile $folder/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 5
  LogLevel ERROR
TEXT
  } >"$folder/config"
}
