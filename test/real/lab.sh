#!/bin/bash
# A real systemd in namespaces of its own, about a second away. Its root is an overlay of the running one, so that every
# program installed here is inside, and everything it writes vanishes with it.
#
#   lab.sh DIRECTORY [SHARED...]     as root
#
# DIRECTORY is empty and the lab's own. SHARED paths are visible inside at the same place, read-only: needed where they
# are on another file system than the root, or below /tmp and /run, which are empty inside.
# Prints `ready PID` once it is up, PID being its init as seen from here, and lives until its standard input ends: so it
# cannot outlive the test that started it, even one that is killed.
set -euo pipefail
# pivot_root and its like live where users have no path to.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# It takes well under a second; a machine whose cores are all taken by other tests can be many times slower.
readyTenthsMax=300
leaveTenthsMax=50

main() {
  directory=$(realpath -- "$1")
  tag=$(basename -- "$directory")
  group=$(unifiedRoot)$(sed -n 's/^0:://p' /proc/self/cgroup)
  group=${group%/}/$tag
  trap leave EXIT
  # The lab must not see an interrupt from the terminal: we end it ourselves, and clean up after it.
  setsid "$BASH" -eu "$0" --enter "$group" "$@" > "$directory/console" 2>&1 < /dev/null &
  lab=$!
  awaitReady
  echo "ready $(< "$directory/init.pid")"
  cat > /dev/null
}

unifiedRoot() {
  if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then echo /sys/fs/cgroup; else echo /sys/fs/cgroup/unified; fi
}

awaitReady() {
  for _ in $(seq "$readyTenthsMax"); do
    if isReady; then return; fi
    kill -0 "$lab" 2> /dev/null || break
    sleep 0.1
  done
  echo 'systemd did not come up' >&2
  cat "$directory/console" >&2
  exit 1
}

isReady() {
  [ -s "$directory/init.pid" ] &&
    nsenter -t "$(< "$directory/init.pid")" -m -p -u -i -C -n -- systemctl is-active --quiet lab.target 2> /dev/null
}

# The end of an init is the end of all processes and mounts in its namespaces, and `unshare`, which waits for it, ends as
# it did. While that waits, the number of the init is that of no other process. What stays is the control group.
leave() {
  if kill -0 "$lab" 2> /dev/null; then
    kill -KILL "$(cat "$directory/init.pid" 2> /dev/null || echo "$lab")" 2> /dev/null || true
  fi
  wait "$lab" 2> /dev/null || true
  for _ in $(seq "$leaveTenthsMax"); do
    [ -d "$group" ] || break
    find "$group" -depth -type d -exec rmdir {} + 2> /dev/null || true
    sleep 0.1
  done
  rm -rf --one-file-system -- "$directory"
}

# A cgroup namespace has the group it was made in as its root: without a group of its own, systemd would make its slices
# in that of the whole machine.
enter() {
  local group=$1
  shift
  mkdir "$group"
  echo $$ > "$group/cgroup.procs"
  exec unshare --fork --kill-child --pid --mount --uts --ipc --cgroup --net --propagation private -- \
    "$BASH" -eu "$0" --become-init "$@"
}

becomeInit() {
  directory=$1
  shift
  # /proc is still that of the machine, and says who we are out there. Our exec keeps the process.
  read -r outerPid _ < /proc/self/stat
  echo "$outerPid" > "$directory/init.pid"

  mountRoot "$directory" "$@"
  mkdir "$root/.outside"
  cd "$root"
  pivot_root . .outside
  umount --lazy /.outside

  # Only from here on are absolute paths, and links that lead to them, those of the lab.
  trimUnits
  tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
  basename -- "$directory" | tee /etc/hostname > /proc/sys/kernel/hostname
  # `container` tells systemd to leave kernel, devices and clock alone.
  exec env -i container=lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    /lib/systemd/systemd --unit=lab.target
}

mountRoot() {
  local directory=$1 path
  shift
  # The upper layer is a tmpfs: the file system of the directory can be an overlay itself, which the kernel refuses there.
  mount -t tmpfs -o mode=755 lab "$directory"
  root=$directory/root
  mkdir "$directory/upper" "$directory/work" "$root"
  mount -t overlay -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work" lab "$root"

  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 run "$root/run"
  mount -t tmpfs -o mode=1777 tmp "$root/tmp"
  mountDevices "$root/dev"
  for path in "$@"; do
    mkdir -p "$root$path"
    mount --bind "$path" "$root$path"
    mount -o remount,bind,ro "$root$path"
  done
}

mountDevices() {
  local dev=$1 name
  mount -t tmpfs -o mode=755 dev "$dev"
  for name in null zero full random urandom tty; do
    : > "$dev/$name"
    mount --bind "/dev/$name" "$dev/$name"
  done
  mkdir "$dev/pts" "$dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$dev/pts"
  mount -t tmpfs -o mode=1777 shm "$dev/shm"
  ln -s pts/ptmx "$dev/ptmx"
  ln -s /proc/self/fd "$dev/fd"
  ln -s /proc/self/fd/0 "$dev/stdin"
  ln -s /proc/self/fd/1 "$dev/stdout"
  ln -s /proc/self/fd/2 "$dev/stderr"
}

# Nothing that the machine enables starts in the lab, whatever is installed: only the journal and the bus.
trimUnits() {
  rm -rf {/etc,/usr/lib,/lib}/systemd/system/*.{wants,requires,upholds} {/etc,/usr/lib,/lib}/systemd/system-generators
  printf '%s\n' '[Unit]' 'Requires=basic.target' 'After=basic.target' \
    'Wants=systemd-journald.socket systemd-journald-dev-log.socket systemd-journald.service dbus.socket' \
    > /etc/systemd/system/lab.target
  : > /etc/fstab
}

case $1 in
  --enter) shift; enter "$@" ;;
  --become-init) shift; becomeInit "$@" ;;
  *) main "$@" ;;
esac
