# Quern's build. `make demo` shows it at work, `make test` proves it; both install what they need on Debian 12.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

PREFIX ?= /usr/local
DESTDIR ?=
EXECUTABLES := quern quern-worker quern-monitor
UNITS := $(wildcard systemd/*.service.in systemd/*.target systemd/*.slice)

# To build; to run; for the demo and the tests: promtool, and a container that boots systemd.
PACKAGES := pkg-config libpcre2-dev libpq-dev libsystemd-dev \
            postgresql \
            curl procps prometheus systemd-container
MISSING = $(shell for p in $(PACKAGES); do \
  dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done)
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

BUILD := swift build -c release
# Tests start servers, containers and workers: more of them at once than the processors can serve only time out.
TEST := SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4 swift test -c release --skip-build --disable-testable-imports --disable-xctest

.PHONY: deps build demo test proof lint format install clean

deps:
	@missing="$(MISSING)"; if [ -n "$$missing" ]; then \
	  $(SUDO) apt-get update -q; \
	  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -q -y --no-install-recommends $$missing; \
	fi

# The migrations that the executables accept: what they were built with.
CHECKSUMS := Sources/Launch/MigrationChecksums.swift
$(CHECKSUMS): migrations $(wildcard migrations/*.sql)
	@{ echo '// Made by `make $@` from migrations/*.sql: do not edit.'; \
	  echo; \
	  echo 'package enum MigrationChecksums {'; \
	  echo '  /// SHA-256 in hexadecimal by file name without `.sql`.'; \
	  echo '  package static let byName = ['; \
	  (cd migrations && sha256sum *.sql) | sed -E 's/^([0-9a-f]+)  (.*)\.sql$$/    "\2": "\1",/'; \
	  echo '  ]'; \
	  echo '}'; } > $@.new
	@if cmp -s $@.new $@; then rm $@.new; touch -r migrations $@; else mv $@.new $@; fi

build: deps $(CHECKSUMS)
	$(BUILD)

demo: build
	demo/run

test: deps lint $(CHECKSUMS)
	$(BUILD) --build-tests
	@$(MAKE) --no-print-directory install DESTDIR=.build/stage PREFIX=/usr >/dev/null
	$(TEST)

# The long runs: every test with QUERN_PROOF set, which lifts the short forms to full size. Recovery has the machine to
# itself: it measures.
proof: deps $(CHECKSUMS)
	$(BUILD) --build-tests
	@$(MAKE) --no-print-directory install DESTDIR=.build/stage PREFIX=/usr >/dev/null
	QUERN_PROOF=1 $(TEST) --skip RecoveryTests
	QUERN_PROOF=1 $(TEST) --filter RecoveryTests

lint:
	swift format lint --strict --parallel -r Sources Tests Package.swift

format:
	swift format --in-place --parallel -r Sources Tests Package.swift

# Installs what has been built: run `make build` first, as a user who has Swift.
install:
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/quern/migrations \
	  $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/systemd/catalog \
	  $(DESTDIR)$(PREFIX)/lib/sysusers.d $(DESTDIR)$(PREFIX)/lib/tmpfiles.d
	for executable in $(EXECUTABLES); do \
	  strip --strip-debug -o $(DESTDIR)$(PREFIX)/bin/$$executable .build/release/$$executable; \
	done
	install -m 644 migrations/*.sql $(DESTDIR)$(PREFIX)/share/quern/migrations/
	for unit in $(UNITS); do \
	  sed 's|@BINDIR@|$(PREFIX)/bin|' $$unit > $(DESTDIR)$(PREFIX)/lib/systemd/system/$$(basename $$unit .in); \
	done
	install -m 644 systemd/*.catalog $(DESTDIR)$(PREFIX)/lib/systemd/catalog/
	install -m 644 systemd/quern.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/quern.conf
	install -m 644 systemd/quern.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/quern.conf

clean:
	rm -rf .build
