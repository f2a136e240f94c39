#!/bin/sh
# Installs Sluice on the host that runs this pod: program, unit, configuration; then (re)starts the
# service if anything changed. The host's root is at $HOST, and the pod shares the host's pids.
set -eu
HOST=${HOST:-/host}
from=${FROM:-/opt/sluice}
config=${CONFIG:-/config/config.toml}
to=$HOST/opt/sluice
changed=

# Runs a command in the host's namespaces.
host() { nsenter --target 1 --mount --uts --ipc --net --pid -- "$@"; }

same() { [ -e "$2" ] && cmp -s "$1" "$2"; }

put() { # FROM TO
  same "$1" "$2" && return
  mkdir -p "${2%/*}"
  cp "$1" "$2.new"
  mv "$2.new" "$2"
  changed=yes
}

if ! same "$from/sluice-proxy.jar" "$to/sluice-proxy.jar" || ! same "$from/sluice" "$to/sluice"; then
  # A running service goes on with the old files, which are there until it was restarted.
  mkdir -p "${to%/*}"
  rm -rf "$to.new" "$to.old"
  cp -a "$from" "$to.new"
  [ ! -e "$to" ] || mv "$to" "$to.old"
  mv "$to.new" "$to"
  changed=yes
fi
mkdir -p "$HOST/usr/local/bin"
ln -sfn /opt/sluice/sluice "$HOST/usr/local/bin/sluice"
put "$from/share/sluice.service" "$HOST/etc/systemd/system/sluice.service"
if [ -e "$config" ]; then
  "$from/sluice" config check "$config"
  put "$config" "$HOST/etc/sluice/config.toml"
fi

if [ -n "$changed" ]; then
  host systemctl daemon-reload
  host systemctl enable --quiet sluice.service
  host systemctl restart sluice.service
else
  host systemctl start sluice.service
fi
rm -rf "$to.old"

# Only with consent: this restarts containerd once (running containers go on).
if [ "${EDIT_CONTAINERD:-no}" = yes ]; then
  put "$from/share/add-sluice.sh" "$HOST/opt/sluice/share/add-sluice.sh"
  before=$(cksum <"$HOST/etc/containerd/config.toml" 2>/dev/null || true)
  host sh /opt/sluice/share/add-sluice.sh /etc/containerd/config.toml
  [ "$before" = "$(cksum <"$HOST/etc/containerd/config.toml")" ] || host systemctl restart containerd.service
fi
host /usr/local/bin/sluice doctor || echo "install.sh: doctor found something to change (above)"
