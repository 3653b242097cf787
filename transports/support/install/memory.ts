// A piece of the probe that tells how much memory an agent may use: a text, since it runs on the host.

/**
 * Says the host's memory and each limit of the control groups that the shell is in, in KiB: the smallest one counts. A group's own
 * limit may be above that of a group around it, so all of them are read. A container sees its own group as the root, or sees the path of
 * another file system in `/proc/self/cgroup`, so the root is read in any case. Version 2 has one line, `0::/path`; version 1 has a line
 * with the controller `memory`.
 */
export const MEMORY = `limit() {
  bytes=
  { read -r bytes <"$1"; } 2>/dev/null
  case $bytes in ''|*[!0-9]*|????????????????*) ;; *) say memory $((bytes / 1024));; esac
}
limit /sys/fs/cgroup/memory.max
limit /sys/fs/cgroup/memory/memory.limit_in_bytes
{ while IFS=: read -r group controllers path; do
  case ,$controllers, in
  ,,) group=/sys/fs/cgroup limit=memory.max;;
  *,memory,*) group=/sys/fs/cgroup/memory limit=memory.limit_in_bytes;;
  *) continue;;
  esac
  while [ -n "\${path%/}" ]; do
    limit "$group$path/$limit"
    path=\${path%/*}
  done
done </proc/self/cgroup; } 2>/dev/null
{ while read -r name kib unit; do [ "$name" != MemTotal: ] || say memory "$kib"; done </proc/meminfo; } 2>/dev/null`;
