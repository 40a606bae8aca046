#!/usr/bin/env bash
# Installs what the tests drive for real (Mosquitto, Chromium, CJK fonts) where this user may; else says what is missing.
set -u
declare -A package=([mosquitto]=mosquitto [mosquitto_pub]=mosquitto-clients [chromium]=chromium)
missing=()
for command in "${!package[@]}"; do
  PATH=$PATH:/usr/sbin command -v "$command" >/dev/null || missing+=("${package[$command]}")
done
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fonts-noto-cjk)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null && exit 0
fi
echo "not installed, so the tests that need them are skipped: ${missing[*]}"
