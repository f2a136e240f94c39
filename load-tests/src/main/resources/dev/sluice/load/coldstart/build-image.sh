#!/bin/bash
# Makes one image in an OCI layout: build-image.sh DIRECTORY SUITE MIRROR LAYOUT LAYER...
# Each LAYER is a file with a shell script; the first holds the name of a base. Runs in a mount
# namespace of its own, so that nothing stays mounted however it ends.
set -euo pipefail
directory=$1 suite=$2 mirror=$3 layout=$4
shift 4
work=$directory/building
rm -rf --one-file-system "$work" "$layout"
mkdir -p "$work" "$directory/apt/lists/partial" "$directory/apt/archives/partial" "${layout%/*}"

debian_base() {
  [ -e "$directory/debian-$suite/complete" ] && return
  rm -rf --one-file-system "$directory/debian-$suite"
  mkdir -p "$directory/debian-$suite"
  local root=$directory/debian-$suite/root
  debootstrap --variant=minbase --cache-dir="$directory/apt/archives" "$suite" "$root" "$mirror"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root"/debootstrap
  mkdir -p "$root/var/cache/apt/archives/partial" "$root/var/lib/apt/lists/partial"
  # As in Debian's own images: packages must not start services.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  : >"$root/etc/resolv.conf"
  : >"$root/etc/hostname"
  touch "$directory/debian-$suite/complete"
}

busybox_base() {
  rm -rf --one-file-system "$directory/busybox"
  local root=$directory/busybox/root
  mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,root}
  cp "$(command -v busybox)" "$root/bin/busybox"
  "$root/bin/busybox" --list | while read -r name; do
    [ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
  done
  echo 'root:x:0:0::/root:/bin/sh' >"$root/etc/passwd"
}

# Packages of a layer, with caches that are no part of it.
prelude='
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
refresh() { apt-get -qq -o APT::Sandbox::User=root update; }
install() {
  ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1 || refresh
  set -- -qq -o APT::Sandbox::User=root -o APT::Keep-Downloaded-Packages=true \
    -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@"
  apt-get "$@" || { refresh; apt-get "$@"; }
}
'

add_layer() { # TREE
  tar --sort=name --numeric-owner --xattrs --xattrs-include='security.*' --xattrs-include='user.*' \
    -C "$1" -cf "$work/layer.tar" .
  umoci raw add-layer --image "$layout:image" "$work/layer.tar"
  rm "$work/layer.tar"
}

# What overlayfs notes of removals, as layers note it.
whiteouts() { # TREE
  local path
  find "$1" -type c -print0 | while IFS= read -r -d '' path; do
    [ "$(stat -c %t,%T "$path")" = 0,0 ] || continue
    rm "$path"
    : >"${path%/*}/.wh.${path##*/}"
  done
  find "$1" -mindepth 1 -type d -print0 | while IFS= read -r -d '' path; do
    [ "$(getfattr --only-values -n trusted.overlay.opaque "$path" 2>/dev/null)" = y ] || continue
    : >"$path/.wh..wh..opq"
  done
}

umoci init --layout "$layout"
umoci new --image "$layout:image"
base=$(cat "$1")
shift
"${base}_base"
case $base in debian) lower=$directory/debian-$suite/root ;; *) lower=$directory/$base/root ;; esac
add_layer "$lower"
number=0
for script in "$@"; do
  number=$((number + 1))
  layer=$work/$number
  mkdir -p "$layer"/{upper,work,root}
  mount -t overlay overlay \
    -o "lowerdir=$lower,upperdir=$layer/upper,workdir=$layer/work,redirect_dir=off,metacopy=off,index=off" \
    "$layer/root"
  mount -t proc proc "$layer/root/proc"
  mount --rbind /dev "$layer/root/dev"
  if [ "$base" = debian ]; then
    mount --bind "$directory/apt/lists" "$layer/root/var/lib/apt/lists"
    mount --bind "$directory/apt/archives" "$layer/root/var/cache/apt/archives"
    mount --bind /etc/resolv.conf "$layer/root/etc/resolv.conf"
  fi
  { [ "$base" != debian ] || printf '%s' "$prelude"; cat "$script"; } >"$work/script"
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root ${http_proxy:+http_proxy="$http_proxy"} \
    ${https_proxy:+https_proxy="$https_proxy"} chroot "$layer/root" /bin/sh -euc "$(cat "$work/script")"
  umount -R "$layer/root"
  if [ "$base" = debian ]; then
    rm -rf "$layer"/upper/tmp "$layer"/upper/var/cache/apt/*.bin "$layer"/upper/var/log/apt
  fi
  whiteouts "$layer/upper"
  add_layer "$layer/upper"
  lower=$layer/upper:$lower
done
rm -rf --one-file-system "$work"
