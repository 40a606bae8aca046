#!/usr/bin/env bash
# Builds a real influxd 2.7.12 for tests and benches where there are Go and Rust, and prints its path.
# Kept outside the tree (CARETAKER_TOOLS, else the user's cache), so a second call answers at once.
# Needs go, cargo, clang and pkg-config; about five minutes on two cores, 132 MB.
set -euo pipefail
version=v2.7.12
tools=${CARETAKER_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/caretaker-tools}
target=$tools/influxd-$version
if [ -x "$target" ]; then echo "$target"; exit 0; fi
for need in go cargo clang pkg-config; do
  command -v "$need" >/dev/null || { echo "influxd: $need is missing; install it, or set INFLUXDB_URL to a running server" >&2; exit 3; }
done
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir -p "$tools"
cd "$work"
# `go install` refuses the module because of its replace: a module of our own repeats that one line.
cat >go.mod <<'MOD'
module caretaker.invalid/influxd

go 1.23.0

replace github.com/nats-io/nats-streaming-server v0.11.2 => github.com/influxdata/nats-streaming-server v0.11.3-0.20201112040610-c277f7560803
MOD
printf '#!/bin/sh\nexec "$@" --cap-lints allow\n' >lenient-rustc
chmod +x lenient-rustc
{
  GOFLAGS=-mod=mod go get -tool "github.com/influxdata/influxdb/v2/cmd/influxd@$version"
  GOBIN=$work go install github.com/influxdata/pkg-config
  PKG_CONFIG=$work/pkg-config RUSTUP_TOOLCHAIN=stable RUSTC_WRAPPER=$work/lenient-rustc \
    go build -tags sqlite_foreign_keys,sqlite_json -o influxd github.com/influxdata/influxdb/v2/cmd/influxd
} >&2
mv influxd "$target.new" && mv "$target.new" "$target"
echo "$target"
