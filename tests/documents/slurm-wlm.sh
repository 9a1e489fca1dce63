# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Sourced: a cluster of one node, this machine. Its daemons run as this user, with
# files and ports of their own, and go at the end.
slurm_folder=$folder/slurm
mkdir -p "$slurm_folder"/{state,spool}
export SLURM_CONF=$slurm_folder/slurm.conf
head -c 1024 /dev/urandom >"$slurm_folder/munge.key"
chmod 600 "$slurm_folder/munge.key"
chmod 755 "$folder" "$slurm_folder" # munge asks for it

until_it_works() { # a command, for a minute at most
  local i
  for ((i = 0; i < 600; i++)); do
    "$@" >"$slurm_folder/tried" 2>&1 && return
    sleep 0.1
  done
  echo "FAILED: $*"
  tail -n 5 "$slurm_folder"/*.log
  return 1
}

/usr/sbin/munged --foreground --key-file="$slurm_folder/munge.key" --socket="$slurm_folder/munge.socket" \
  --pid-file="$slurm_folder/munge.pid" --seed-file="$slurm_folder/munge.seed" \
  --log-file="$slurm_folder/munge.log" >"$slurm_folder/munged.log" 2>&1 &
at_end+=("stop $!")
until_it_works test -S "$slurm_folder/munge.socket" || exit 1

is_taken() { # one of two ports
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || (exec 3<>"/dev/tcp/127.0.0.1/$(($1 + 1))") 2>/dev/null
}
while is_taken $((port = 20000 + RANDOM % 12000)); do
  :
done
cat >"$SLURM_CONF" <<END
ClusterName=loopback
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$slurm_folder/munge.socket
StateSaveLocation=$slurm_folder/state
SlurmdSpoolDir=$slurm_folder/spool
SlurmctldPidFile=$slurm_folder/slurmctld.pid
SlurmdPidFile=$slurm_folder/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=1
PartitionName=all Nodes=$(hostname) Default=YES State=UP
END
for daemon in slurmctld slurmd; do
  "/usr/sbin/$daemon" -D >"$slurm_folder/$daemon.log" 2>&1 &
  at_end+=("stop $!")
done
# What looks after a job ends some time after it, if the daemons can hear of it.
jobs_are_over() {
  [ -z "$(find "$slurm_folder/spool" -type s)" ]
}
at_end+=('until_it_works jobs_are_over')
until_it_works srun --immediate=5 true || exit 1
