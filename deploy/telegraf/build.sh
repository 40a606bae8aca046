#!/usr/bin/env bash
# Builds Telegraf 1.37.2 with the four plug-ins that the intake bench compares against, and prints its path.
# Kept outside the tree (CARETAKER_TOOLS, else the user's cache). Needs go; about a minute.
set -euo pipefail
version=v1.37.2
tools=${CARETAKER_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/caretaker-tools}
target=$tools/telegraf-$version
if [ -x "$target" ]; then echo "$target"; exit 0; fi
command -v go >/dev/null || { echo "telegraf: go is missing; the bench runs without it" >&2; exit 3; }
mkdir -p "$tools"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
GOBIN=$work go install -tags custom,inputs.mqtt_consumer,outputs.influxdb_v2,parsers.json_v2,serializers.influx \
  "github.com/influxdata/telegraf/cmd/telegraf@$version" >&2
mv "$work/telegraf" "$target"
echo "$target"
