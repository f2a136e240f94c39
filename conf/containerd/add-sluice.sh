#!/bin/sh
# Adds what Sluice needs to a configuration file of containerd (version 2 to 4). All other lines stay;
# a second run changes nothing; the file as it was stays beside it as FILE.before-sluice.
#
#   conf/containerd/add-sluice.sh /etc/containerd/config.toml && systemctl restart containerd
#
# containerd calls the service "sluice", or what a second argument says: "soci", for tools that know that
# name (nerdctl, finch). One name only: the service refuses a second one.
set -eu
file=${1:?usage: add-sluice.sh FILE [NAME]}
name=${2:-sluice}
case $name in
  *[!a-z0-9-]* | '')
    echo "add-sluice.sh: '$name' can't be a name in containerd: use a-z, 0-9 and -" >&2
    exit 1
    ;;
esac
[ -s "$file" ] || printf 'version = 2\n' >"$file"
version=$(sed -n 's/^ *version *= *\([0-9][0-9]*\).*/\1/p' "$file" | head -n 1)
case $version in
  2) table='[plugins."io.containerd.grpc.v1.cri".containerd]' ;;
  3 | 4) table='[plugins."io.containerd.cri.v1.images"]' ;;
  *)
    echo "add-sluice.sh: $file has no version from 2 to 4: migrate it first (containerd config migrate)" >&2
    exit 1
    ;;
esac

new=$(mktemp "$file.XXXXXX")
trap 'rm -f "$new"' EXIT
awk -v table="$table" -v version="$version" -v name="$name" '
  function bare(line) { sub(/#.*/, "", line); gsub(/[ \t]/, "", line); gsub(/\047/, "\"", line); return line }
  # Who pulls by the transfer service (ctr image pull, nerdctl) gets an error for a snapshotter that is
  # not listed here. The first entry replaces containerd\047s own list, which has its default alone.
  function unpack(snapshotter) {
    print ""
    print "[[plugins.\"io.containerd.transfer.v1.local\".unpack_config]]"
    print "  platform = \"linux\""
    print "  snapshotter = \"" snapshotter "\""
  }
  function keys() { print "  snapshotter = \"" name "\""; print "  disable_snapshot_annotations = false" }
  /^[ \t]*\[/ {
    ours = bare($0) == table
    listed = bare($0) == "[[plugins.\"io.containerd.transfer.v1.local\".unpack_config]]"
    if (listed) lists = 1
    if (bare($0) == "[proxy_plugins." name "]") plugin = 1
    print
    if (ours) { seen = 1; keys() }
    next
  }
  ours && /^[ \t]*(snapshotter|disable_snapshot_annotations)[ \t]*=/ { next }
  listed && bare($0) == "snapshotter=\"" name "\"" { unpacks = 1 }
  { print }
  END {
    if (!seen) { print ""; print table; keys() }
    if (!plugin) {
      print ""
      print "[proxy_plugins." name "]"
      print "  type = \"snapshot\""
      print "  address = \"/run/sluice/sluice.sock\""
      if (version >= 3) print "  capabilities = [\"remap-ids\", \"multi-remap-ids\"]"
      print "  [proxy_plugins." name ".exports]"
      print "    root = \"/var/lib/sluice\""
      if (version >= 3) print "    enable_remote_snapshot_annotations = \"true\""
    }
    if (version >= 3 && !unpacks) {
      if (!lists) unpack("overlayfs")
      unpack(name)
    }
  }
' "$file" >"$new"
if cmp -s "$file" "$new"; then
  echo "add-sluice.sh: $file has it all"
  exit 0
fi
if command -v containerd >/dev/null && ! containerd --config "$new" config dump >/dev/null; then
  echo "add-sluice.sh: containerd doesn't take the result, so $file stays as it is; add the lines of" \
    "conf/containerd by hand" >&2
  exit 1
fi
[ -e "$file.before-sluice" ] || cp -p "$file" "$file.before-sluice"
cat "$new" >"$file" # keeps owner and mode
echo "add-sluice.sh: changed $file; restart containerd"
