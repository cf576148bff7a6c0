import Foundation
import Subprocess

/// Starts and ends systemd-nspawn in a session of its own.
enum ContainerLauncher {
  /// Run with: the folder, the process to outlive at most, a folder to hide, and pairs of source and destination to
  /// bind.
  private static let script = #"""
    set -euo pipefail
    directory=$1 owner=$2 hidden=$3
    shift 3
    # A control group of its own, or two containers would share their root slice.
    for hierarchy in /sys/fs/cgroup/systemd /sys/fs/cgroup; do
      [ -e "$hierarchy/cgroup.procs" ] || continue
      group=$hierarchy/$(basename "$directory")
      mkdir -p "$group" && echo $$ > "$group/cgroup.procs" && break
    done
    echo "${group:-}" > "$directory/group"
    mkdir -p "$directory/layers"
    mount -t tmpfs -o mode=0755 tmpfs "$directory/layers"
    cd "$directory/layers"
    mkdir upper work root empty
    mount -t overlay overlay -o "lowerdir=/,upperdir=$PWD/upper,workdir=$PWD/work" root
    rm -f root/etc/machine-id
    tr -d - < /proc/sys/kernel/random/uuid > root/etc/machine-id
    # Nothing of what this machine starts at boot, and a journal of its own.
    rm -rf root/etc/systemd/system/*.wants root/etc/rc?.d/* root/var/log/journal
    # perf keeps copies of the libraries that it saw, Swift's among them.
    rm -rf root/root/.debug
    mkdir -p root/var/log/journal
    arguments=(--boot --quiet --directory="$PWD/root" --register=no --keep-unit --private-network --console=read-only
      --machine="$(basename "$directory")" --link-journal=no)
    arguments+=(--bind-ro="$PWD/empty:$hidden")
    while [ $# -gt 0 ]; do
      arguments+=(--bind-ro="$1:$2")
      shift 2
    done
    systemd-nspawn "${arguments[@]}" systemd.unit=multi-user.target > "$directory/console.log" 2>&1 < /dev/null &
    nspawn=$!
    echo $nspawn > "$directory/nspawn"
    trap 'kill -TERM $nspawn 2>/dev/null || true' EXIT
    while kill -0 $nspawn 2>/dev/null && kill -0 "$owner" 2>/dev/null && [ -e "$directory" ]; do
      if [ ! -e "$directory/leader" ]; then
        for child in $(cat /proc/$nspawn/task/$nspawn/children); do
          grep -qsE '^NSpid:.*[[:space:]]1$' "/proc/$child/status" && echo "$child" > "$directory/leader.new" &&
            mv "$directory/leader.new" "$directory/leader"
        done
      fi
      sleep 0.1
    done
    kill -KILL $nspawn 2>/dev/null || true
    wait $nspawn || true
    cd /
    umount -R "$directory/layers/root" "$directory/layers" 2>/dev/null || true
    echo $$ > "$(dirname "${group:-/x/y}")/cgroup.procs" 2>/dev/null || true
    [ -z "${group:-}" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    touch "$directory/ended" 2>/dev/null || true
    """#

  /// Returns at once; `leader` appears in the folder when process 1 of the container exists.
  static func start(_ directory: String, binding: [SystemdContainer.Binding]) async throws {
    let path = directory + "/launch.sh"
    try script.write(toFile: path, atomically: true, encoding: .utf8)
    let bindings = binding.flatMap { [$0.source, $0.destination] }
    let command = #"setsid unshare --mount --propagation private bash "$@" > "$0/launch.log" 2>&1 < /dev/null &"#
    let outcome = try await execute(
      "bash",
      ["-c", command, directory, path, directory, "\(getpid())", SwiftToolchain.root] + bindings,
      outputLimit: 65_536
    )
    guard outcome.succeeded else { throw SystemdContainerError.command("starting", outcome.standardError) }
  }

  /// Waits for the end, by force after 20 s, and removes the folder.
  static func end(_ directory: String) async throws {
    let end = ContinuousClock.now + .seconds(20)
    while !FileManager.default.fileExists(atPath: directory + "/ended") {
      // Absent when the launcher failed before it started anything.
      guard let text = try? String(contentsOfFile: directory + "/nspawn", encoding: .utf8),
        let process = pid_t(text.dropLast())
      else {
        break
      }
      if ContinuousClock.now > end { kill(process, SIGKILL) }
      try await Task.sleep(for: .milliseconds(100))
    }
    try FileManager.default.removeItem(atPath: directory)
  }

  static func execute(_ program: String, _ arguments: [String], outputLimit: Int) async throws
    -> SystemdContainer.Outcome
  {
    let result = try await Subprocess.run(
      .name(program),
      arguments: Arguments(arguments),
      output: .string(limit: outputLimit),
      error: .string(limit: outputLimit)
    )
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): 128 + signal
      }
    return SystemdContainer.Outcome(
      status: status,
      standardOutput: result.standardOutput,
      standardError: result.standardError
    )
  }
}
