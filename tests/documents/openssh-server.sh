# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Sourced: the machine "board" is this one. Its sshd has a key and a port of its own
# on the loopback, and goes at the end.
ssh_folder=$folder/ssh
mkdir "$ssh_folder"
ssh-keygen -q -t ed25519 -N '' -f "$ssh_folder/host"
ssh-keygen -q -t ed25519 -N '' -f "$ssh_folder/user"
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd # as the service does when it starts

cat >"$ssh_folder/sshd_config" <<END
ListenAddress 127.0.0.1
HostKey $ssh_folder/host
AuthorizedKeysFile $ssh_folder/user.pub
PasswordAuthentication no
StrictModes no
UsePAM no
PidFile none
SetEnv PATH=$PATH
END

sshd_listens() { # at a port; fails if somebody else does
  /usr/sbin/sshd -D -e -p "$1" -f "$ssh_folder/sshd_config" 2>"$ssh_folder/log" &
  while kill -0 $! 2>/dev/null; do
    grep -qs '^Server listening' "$ssh_folder/log" && return
    sleep 0.1
  done
  return 1
}
until sshd_listens $((port = 20000 + RANDOM % 12000)); do
  grep -q 'in use' "$ssh_folder/log" || {
    cat "$ssh_folder/log"
    exit 1
  }
done
at_end+=("stop $!")

cat >"$ssh_folder/config" <<END
Host board
  HostName 127.0.0.1
  Port $port
  User $(id -un)
  IdentityFile $ssh_folder/user
  IdentitiesOnly yes
  UserKnownHostsFile $ssh_folder/known
  StrictHostKeyChecking accept-new
  LogLevel ERROR
END
# ssh finds its configuration by the user's entry in passwd, and not by HOME.
mkdir "$ssh_folder/bin"
printf '#!/bin/sh\nexec %s -F %s "$@"\n' "$(command -v ssh)" "$ssh_folder/config" >"$ssh_folder/bin/ssh"
chmod +x "$ssh_folder/bin/ssh"
PATH=$ssh_folder/bin:$PATH
