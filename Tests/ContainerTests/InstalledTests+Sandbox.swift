import Testing

extension InstalledTests {
  /// A script in the place of the executable shows what the unit's sandbox lets a service do.
  @Test func `a service in the sandbox reads its credential, reaches PostgreSQL by peer, and writes its cache alone`()
    async throws
  {
    let unit = "quern-worker@probe.service"
    let report = try await InstalledQuernTrait.quern.shell(
      #"""
      cat > /usr/local/bin/quern-probe <<'PROBE'
      #!/bin/bash
      credential=$(cat "$CREDENTIALS_DIRECTORY/db-url")
      echo "credential: $credential"
      echo "peer: $(psql "$credential" -Atc 'SELECT current_user' 2>&1)"
      echo "cache: $(touch /var/cache/quern/x && rm /var/cache/quern/x && echo writable)"
      echo "runtime: $(touch "$RUNTIME_DIRECTORY/x" && echo writable)"
      echo "etc: $(touch /etc/x 2>&1)"
      echo "core: $(ulimit -c)"
      PROBE
      chmod +x /usr/local/bin/quern-probe
      mkdir -p /etc/systemd/system/\#(unit).d
      printf '[Service]\nType=oneshot\nWatchdogSec=0\nExecStart=\nExecStart=/usr/local/bin/quern-probe\n' \
        > /etc/systemd/system/\#(unit).d/probe.conf
      systemctl daemon-reload
      systemctl start \#(unit)
      (umask 077; printf 'host=/run/postgresql dbname=quern user=quern application_name=own' > /etc/quern/db-url)
      systemctl start \#(unit)
      rm -r /etc/quern/db-url /etc/systemd/system/\#(unit).d
      systemctl daemon-reload
      journalctl --sync
      journalctl -o cat -u \#(unit) -t quern-probe
      """#
    )
    #expect(report.contains("credential: host=/run/postgresql dbname=quern user=quern\n"))
    #expect(report.contains("credential: host=/run/postgresql dbname=quern user=quern application_name=own\n"))
    for line in [
      "peer: quern", "cache: writable", "runtime: writable", "etc: touch: cannot touch '/etc/x': Read-only file system",
      "core: 0",
    ] {
      #expect(report.contains(line), "\(report)")
    }
  }
}
