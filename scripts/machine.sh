# What ./sluice, ./run-tests and load-tests/run share: finding a JDK, installing what is missing,
# building once, keeping the AOT cache. Sourced by bash with `home` set to the top of the tree.

least_jdk=25

# One set of flags for training and running: an AOT cache made with other flags is not used.
# FFM and Netty need the first two; the heap is bounded because layers are kept off-heap. What a
# collection has freed goes back to the machine, and what malloc keeps once a minute (HeapCare).
jvm_flags=(
  --enable-native-access=ALL-UNNAMED
  --sun-misc-unsafe-memory-access=allow
  -XX:+UseSerialGC
  -Xms32m
  -Xmx512m
  -XX:MinHeapSize=16m
  -XX:MinHeapFreeRatio=20
  -XX:MaxHeapFreeRatio=40
  -XX:-ShrinkHeapInSteps
  -XX:TrimNativeHeapInterval=60000
  -XX:-UsePerfData
  # Off-heap memory is bounded by cache.memory and fetch.memory; the JVM's own bound would be -Xmx.
  -XX:MaxDirectMemorySize=64g
  -Dio.netty.maxDirectMemory=536870912
  # The optimizing compiler takes CPUs that the first container waits for: only for what is really hot.
  -XX:Tier4InvocationThreshold=50000
  -XX:Tier4MinInvocationThreshold=6000
  -XX:Tier4CompileThreshold=150000
  -XX:Tier4BackEdgeThreshold=400000
  -XX:+ExitOnOutOfMemoryError
)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  say "$*"
  exit 1
}
is_root() { [ "$EUID" = 0 ]; }

# The feature version of the JDK in $1 (25, 26 …), or nothing if there is no JDK.
jdk_version() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
  local line version=
  if [ -r "$1/release" ]; then
    while IFS= read -r line; do
      case $line in JAVA_VERSION=*) version=${line#*=} ;; esac
    done <"$1/release"
  fi
  [ -n "$version" ] || version=$("$1/bin/java" -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')
  version=${version//\"/}
  printf '%s' "${version%%[!0-9]*}"
}

# Sets JAVA_HOME to the first JDK that is new enough: JAVA_HOME, PATH, /usr/lib/jvm.
find_jdk() {
  local candidate version on_path
  on_path=$(readlink -f -- "$(command -v javac || true)" || true)
  for candidate in "${JAVA_HOME:-}" "${on_path%/bin/javac}" /usr/lib/jvm/*; do
    [ -n "$candidate" ] || continue
    version=$(jdk_version "$candidate")
    if [ -n "$version" ] && [ "$version" -ge "$least_jdk" ]; then
      export JAVA_HOME=$candidate
      return 0
    fi
  done
  return 1
}

need_jdk() {
  find_jdk && return
  local package="openjdk-$least_jdk-jdk-headless"
  if in_distribution "$package"; then
    apt_install "$package"
    find_jdk && return
  fi
  die "no JDK $least_jdk or newer in JAVA_HOME, PATH or /usr/lib/jvm, and this machine's package" \
    "sources have no $package. Install one (for instance Eclipse Temurin $least_jdk, see" \
    "https://adoptium.net/installation/linux) and try again; JAVA_HOME may point to any directory."
}

in_distribution() {
  command -v apt-cache >/dev/null || return 1
  [ -n "$(apt-cache madison "$1" 2>/dev/null)" ] && return
  is_root || return 1
  refresh_package_lists
  [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]
}

lists_are_fresh=
refresh_package_lists() {
  [ -z "$lists_are_fresh" ] || return 0
  say "refreshing the package lists (apt-get update)"
  apt-get update -qq </dev/null >/dev/null 2>&1 || say "apt-get update failed; going on with the lists that are there"
  lists_are_fresh=yes
}

# Installs Debian packages, or names the command that would and ends.
apt_install() {
  if ! command -v apt-get >/dev/null; then
    die "missing: $*. Install them with this machine's package manager (the names are Debian's)."
  fi
  if ! is_root; then
    die "missing: $*. Install them, then try again: sudo apt-get install -y --no-install-recommends $*"
  fi
  refresh_package_lists
  say "installing $* (apt-get; no service is started)"
  local log guard=/usr/sbin/policy-rc.d made_guard=
  log=$(mktemp)
  if [ ! -e "$guard" ] && printf '#!/bin/sh\nexit 101\n' >"$guard" 2>/dev/null; then
    chmod +x "$guard"
    made_guard=yes
  fi
  local status=0
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >"$log" 2>&1 || status=$?
  [ -z "$made_guard" ] || rm -f "$guard"
  if [ "$status" != 0 ]; then
    cat "$log" >&2
    rm -f "$log"
    die "apt-get could not install $* (its words are above)"
  fi
  rm -f "$log"
}

need_command() { # COMMAND PACKAGE
  command -v "$1" >/dev/null || apt_install "$2"
}

jar_of() { printf '%s' "$home/$1/target/sluice-$1.jar"; }

# Whether the jar of module $1 is newer than every source that goes into it. Maven makes it last.
is_built() {
  local jar module sources=("$home/pom.xml")
  jar=$(jar_of "$1")
  [ -f "$jar" ] || return 1
  for module in cache fuse-bridge proxy load-tests; do
    sources+=("$home/$module/pom.xml" "$home/$module/src/main")
    [ "$module" != "$1" ] || break
  done
  [ -z "$(find "${sources[@]}" -newer "$jar" -print -quit)" ]
}

# Builds module $1 and those below it if a source is newer. Two launches at once build once. With
# SLUICE_BUILD=no (set where Maven is at work already) it only checks that there is a build.
build() {
  is_built "$1" && return
  if [ "${SLUICE_BUILD:-}" = no ]; then
    [ -f "$(jar_of "$1")" ] && return
    die "not built, and SLUICE_BUILD=no forbids to build: run mvn package -DskipTests"
  fi
  need_command mvn maven
  local lock
  exec {lock}<"$home/pom.xml"
  if ! flock -n "$lock"; then
    say "waiting for another build"
    flock -w 900 "$lock" || die "another build has held the lock on $home/pom.xml for 15 minutes"
  fi
  if ! is_built "$1"; then
    [ -w "$home/$1" ] || die "not built, and $(id -un) may not write to $home/$1: build as its owner"
    say "building (about a minute; only when sources changed)"
    local log
    log=$(mktemp)
    if ! (cd "$home" && mvn -B -ntp package -Dmaven.test.skip=true -pl "$1" -am) </dev/null >"$log" 2>&1; then
      cat "$log" >&2
      rm -f "$log"
      die "the build failed (its log is above)"
    fi
    rm -f "$log"
  fi
  exec {lock}<&-
}

# Sets aot_flags. The cache belongs to one JDK and one build, is made once, and is only ever a
# matter of speed: where it can't be made, an empty file says not to try again. With `later` it is made
# beside what is started now, for the next start.
use_aot_cache() { # [later]
  aot_flags=()
  local jar cache
  jar=$(jar_of proxy)
  cache=$home/proxy/target/sluice-$(printf '%s' "$JAVA_HOME" | cksum | cut -d' ' -f1).aot
  if [ ! "$cache" -nt "$jar" ]; then
    if [ "${1:-}" = later ]; then
      # Nobody's child, as this process becomes the service, which waits for none.
      (
        {
          renice -n 19 -p "$BASHPID" || true
          train_aot_cache "$jar" "$cache"
        } </dev/null >/dev/null 2>&1 &
      )
    else
      train_aot_cache "$jar" "$cache"
    fi
  fi
  if [ -s "$cache" ] && [ "$cache" -nt "$jar" ]; then
    aot_flags=(-XX:AOTCache="$cache")
  fi
}

# Trains by a rehearsal: a command that asks a registry where none can be, and the service, which
# goes as far as the machine lets it (all the way with root, FUSE and overlayfs). No network.
train_aot_cache() { # JAR CACHE
  [ -w "${2%/*}" ] || return 0
  local lock place fresh=$2.$$
  exec {lock}<"$1"
  flock -w 60 "$lock" || return 0
  if [ ! "$2" -nt "$1" ]; then
    say "preparing for fast starts (a few seconds, once per build)"
    place=$(mktemp -d)
    timeout 60 "$JAVA_HOME/bin/java" "${jvm_flags[@]}" -XX:AOTCacheOutput="$fresh" -cp "$1" \
      dev.sluice.cli.Rehearsal "$place" </dev/null >/dev/null 2>&1 || true
    [ -s "$fresh" ] || : >"$fresh"
    mv -f "$fresh" "$2"
    rm -rf --one-file-system "$place" "$fresh".*
  fi
  exec {lock}<&-
}
