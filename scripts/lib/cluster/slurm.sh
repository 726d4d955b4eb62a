# shellcheck shell=bash
# shellcheck source-path=SCRIPTDIR
# Configuration of Slurm for the nodes. Sourced by scripts/cluster-up.

# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# write_slurm STATE NODE-COUNT SLOTS
write_slurm() {
  local state="$1" count="$2" slots="$3"
  local folder="$state/slurm" i
  mkdir -p "$folder/state" "$state/munge"
  chmod 700 "$state/munge"
  (umask 077 && head -c 128 /dev/urandom >"$state/munge/key")

  cat >"$folder/slurm.conf" <<TEXT
ClusterName=box
SlurmctldHost=head($network.254)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# cred_expire is also the time that a requeued job waits before it starts again: 120 s by default, at least 5 s.
AuthInfo=socket=$state/munge/socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$state/log/slurmctld.log
SlurmdLogFile=$state/log/slurmd.%n.log
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/jobs.txt

# The nodes share one machine, so there are no control groups, no core binding and no hardware detection.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
MpiDefault=pmix
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU

# Short intervals and timeouts, for tests.
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0
ReturnToService=2
JobRequeue=1
KillWait=3
MinJobAge=120
SlurmctldTimeout=10
SlurmdTimeout=10
BatchStartTimeout=10
MessageTimeout=5
TCPTimeout=2
CompleteWait=0

# A job in "urgent" preempts jobs in "normal", which are requeued. A preempted job has GraceTime seconds from the first
# signal, which is that of its option --signal, if any.
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
TEXT
  for ((i = 1; i <= count; ++i)); do
    echo "NodeName=node$i NodeAddr=$network.$i CPUs=$slots State=UNKNOWN"
  done >>"$folder/slurm.conf"
  cat >>"$folder/slurm.conf" <<TEXT
PartitionName=normal Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=5
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
TEXT
}
