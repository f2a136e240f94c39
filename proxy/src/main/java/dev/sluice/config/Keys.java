package dev.sluice.config;

import dev.sluice.cache.Durability;
import dev.sluice.face.FaceChoice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The table of all keys: what reads, checks, documents and prints the configuration. */
final class Keys {
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;
  private static final Path CONTAINERD_SOCKET = Path.of("/run/containerd/containerd.sock");

  /** The longest path of a socket that Linux takes, in bytes. */
  private static final int SOCKET_PATH_BYTES = 107;

  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:\\d{1,5})?");
  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]*):?\\d{1,5}");

  static final Key<Integer> VERSION =
      Key.of(
              Section.TOP,
              "version",
              ValueType.COUNT,
              1,
              "Version of this file's form. Later versions of Sluice read older files.")
          .mustBe("1, the only version that this Sluice knows", version -> version == 1);

  static final Key<Path> ROOT =
      Key.of(
              Section.TOP,
              "root",
              ValueType.FILE,
              Path.of("/var/lib/sluice"),
              "State and cache. One service at a time uses it; it must be on a local file system"
                  + " that can be the upper side of an overlayfs (ext4, xfs with ftype=1, btrfs).")
          .mustBe("a directory below /", path -> path.getNameCount() > 0)
          .knownToSociAs("--root");

  static final Key<Path> ADDRESS =
      Key.of(
              Section.TOP,
              "address",
              ValueType.FILE,
              Path.of("/run/sluice/sluice.sock"),
              "UNIX socket for containerd and for the commands that ask the service. Its directory"
                  + " is made for root alone.")
          .mustBe("in a directory of its own", path -> path.getNameCount() > 1)
          .mustBe(
              "no longer than " + SOCKET_PATH_BYTES + " bytes",
              path ->
                  path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length
                      <= SOCKET_PATH_BYTES)
          .knownToSociAs("--address");

  static final Key<LogLevel> LOG_LEVEL =
      Key.of(
              Section.TOP,
              "log_level",
              ValueType.choice(LogLevel.class),
              LogLevel.INFO,
              "How much is logged, on stderr.")
          .knownToSociAs("debug", "--log-level");

  static final Key<LogFormat> LOG_FORMAT =
      Key.of(
          Section.TOP,
          "log_format",
          ValueType.choice(LogFormat.class),
          LogFormat.JSON,
          "json: one object per line; text: for people.");

  static final Key<Path> CONTAINERD_ADDRESS =
      Key.of(
              Section.CONTAINERD,
              "address",
              ValueType.FILE,
              CONTAINERD_SOCKET,
              "Socket of containerd; read by sluice image pull and sluice doctor.")
          .knownToSociAs("content_store.containerd_address");

  static final Key<List<Path>> CONFIG_PATH =
      Key.of(
              Section.REGISTRY,
              "config_path",
              ValueType.FILES,
              List.of(Path.of("/etc/containerd/certs.d"), Path.of("/etc/docker/certs.d")),
              "Directories with hosts.toml files, read as containerd reads them, and again whenever"
                  + " they change. The first directory that knows a registry wins.")
          .knownToSociAs("resolver.host");

  static final Key<List<String>> PLAIN_HTTP_HOSTS =
      Key.of(
              Section.REGISTRY,
              "plain_http_hosts",
              ValueType.WORDS,
              List.<String>of(),
              "Registries (host or host:port) that are spoken to without TLS, where no hosts.toml"
                  + " says anything else.")
          .mustBe(
              "a list of host or host:port without scheme",
              hosts -> hosts.stream().allMatch(host -> HOST.matcher(host).matches()));

  static final Key<Integer> CONNECTIONS_PER_HOST =
      Key.of(
              Section.REGISTRY,
              "connections_per_host",
              ValueType.COUNT,
              32,
              "Most HTTP/1.1 connections to one host.")
          .mustBe("from 1 to 1024", count -> count >= 1 && count <= 1024);

  static final Key<Boolean> HTTP2 =
      Key.of(
          Section.REGISTRY,
          "http2",
          ValueType.SWITCH,
          true,
          "Whether HTTP/2 may be spoken over TLS.");

  static final Key<Duration> CONNECT_TIMEOUT =
      time(
              Section.REGISTRY,
              "connect_timeout",
              Duration.ofSeconds(5),
              "For a TCP connection and, as long again, for the TLS handshake.")
          .knownToSociAs("http.DialTimeoutMsec");

  static final Key<Duration> ANSWER_TIMEOUT =
      time(Section.REGISTRY, "answer_timeout", Duration.ofSeconds(15), "For the head of an answer.")
          .knownToSociAs("http.ResponseHeaderTimeoutMsec");

  static final Key<Duration> STALL_TIMEOUT =
      time(
          Section.REGISTRY,
          "stall_timeout",
          Duration.ofSeconds(15),
          "For the next byte of an answer: a connection that stalls longer is given up.");

  static final Key<Duration> SILENCE_TIMEOUT =
      time(
          Section.REGISTRY,
          "silence_timeout",
          Duration.ofSeconds(30),
          "For the next byte of a range of a layer, over all attempts. The first connection is given"
              + " up after an eighth of it, the second one after a quarter.");

  static final Key<Duration> REQUEST_TIMEOUT =
      time(
              Section.REGISTRY,
              "request_timeout",
              Duration.ofMinutes(2),
              "For a whole request with all its retries; one that moves many bytes gets more.")
          .knownToSociAs("http.RequestTimeoutMsec");

  static final Key<Integer> RETRIES =
      Key.of(
              Section.REGISTRY,
              "retries",
              ValueType.COUNT,
              4,
              "How often a failed request is sent again; an attempt that brought bytes is not"
                  + " counted. 0: never.")
          .mustBe("from 0 to 100", count -> count >= 0 && count <= 100)
          .knownToSociAs("http.MaxRetries", "blob.max_retries");

  static final Key<Duration> RETRY_PAUSE =
      time(
              Section.REGISTRY,
              "retry_pause",
              Duration.ofMillis(100),
              "Upper bound of the random pause before the first retry; it doubles with each.")
          .knownToSociAs("http.MinWaitMsec", "blob.min_wait_msec");

  static final Key<Duration> LONGEST_RETRY_PAUSE =
      time(
              Section.REGISTRY,
              "longest_retry_pause",
              Duration.ofSeconds(10),
              "Where the doubling ends.")
          .knownToSociAs("http.MaxWaitMsec", "blob.max_wait_msec");

  static final Key<Long> CACHE_MEMORY =
      size(
              Section.CACHE,
              "memory",
              128 * MIB,
              "Bound of the memory tier, which lies outside the Java heap. 0: none. Hot files are"
                  + " in the kernel's page cache anyway.")
          .knownToSociAs("directory_cache.max_lru_cache_entry");

  static final Key<Long> CACHE_DISK =
      size(
          Section.CACHE,
          "disk",
          64 * GIB,
          "Bound of the disk tier; what was not read for longest goes first. 0: none.");

  static final Key<Long> CACHE_DISK_RESERVE =
      size(
          Section.CACHE,
          "disk_reserve",
          2 * GIB,
          "Space that stays free on the file system, whatever the bound says.");

  static final Key<Durability> CACHE_DURABILITY =
      Key.of(
          Section.CACHE,
          "durability",
          ValueType.choice(Durability.class),
          Durability.SYNCED,
          "synced: data is on the device before it counts as cached; unsynced: faster, for file"
              + " systems in memory. Neither can give a wrong byte.");

  static final Key<List<String>> CACHE_PINNED_IMAGES =
      Key.of(
              Section.CACHE,
              "pinned_images",
              ValueType.WORDS,
              List.<String>of(),
              "Images whose cached bytes are never evicted while they are on this node, as sluice ps"
                  + " names them; * stands for any characters. sluice cache pin pins others.")
          .mustBe(
              "a list of references, each with a * for any characters if need be",
              images -> images.stream().noneMatch(image -> image.isBlank() || image.contains(" ")));

  static final Key<Boolean> FILL_ENABLE =
      Key.of(
              Section.FILL,
              "enable",
              ValueType.SWITCH,
              true,
              "Whether the layers of running containers are brought in the background until all is"
                  + " here, so that nothing depends on the registry any more. Readers always come"
                  + " first, and nothing that is used is evicted for it.")
          .knownToSociAs("background_fetch.disable");

  static final Key<Long> FILL_RATE =
      size(
              Section.FILL,
              "rate",
              32 * MIB,
              "Compressed bytes fetched per second for this. 0: as fast as it goes.")
          .knownToSociAs("background_fetch.fetch_period_msec");

  static final Key<Duration> FILL_QUIET_TIME =
      time(
              Section.FILL,
              "quiet_time",
              Duration.ofSeconds(10),
              "How long no reader of an image must have waited for bytes before its layers are"
                  + " filled.")
          .knownToSociAs("background_fetch.silence_period_msec");

  static final Key<Duration> FILL_START_AFTER =
      time(
          Section.FILL,
          "start_after",
          Duration.ofMinutes(5),
          "When they are filled although readers still wait now and then, counted from the start of"
              + " the container.");

  static final Key<Duration> FILL_RETRY_AFTER =
      time(
          Section.FILL,
          "retry_after",
          Duration.ofSeconds(10),
          "Pause of a layer after a fetch for it failed; it doubles with each failure, up to 64"
              + " times.");

  static final Key<Long> FETCH_MEMORY =
      size(
              Section.FETCH,
              "memory",
              256 * MIB,
              "Bound of what all fetches together hold in memory, outside the Java heap.")
          .mustBe("at least 64MiB", bytes -> bytes >= 64 * MIB);

  static final Key<Duration> READ_DEADLINE =
      time(
              Section.FETCH,
              "read_deadline",
              Duration.ofMinutes(3),
              "How long a process that reads a file may wait for bytes from the registry; then it"
                  + " gets an I/O error, and the next read tries again.")
          .knownToSociAs("blob.fetching_timeout_sec");

  static final Key<Boolean> LAZY_ENABLE =
      Key.of(
          Section.LAZY,
          "enable",
          ValueType.SWITCH,
          true,
          "Whether layers with an index are mounted before their bytes are here.");

  static final Key<Boolean> LAZY_SOCI_V1 =
      Key.of(
              Section.LAZY,
              "soci_v1",
              ValueType.SWITCH,
              true,
              "Whether indexes that refer to an image are looked for (Referrers API, fallback tag)."
                  + " Whoever may push to the repository can attach one at any time.")
          .knownToSociAs("pull_modes.soci_v1.enable");

  static final Key<Boolean> LAZY_SOCI_V2 =
      Key.of(
              Section.LAZY,
              "soci_v2",
              ValueType.SWITCH,
              true,
              "Whether an index is used that the image itself names, as sluice convert makes it.")
          .knownToSociAs("pull_modes.soci_v2.enable");

  static final Key<Long> LAZY_MIN_LAYER_SIZE =
      size(
              Section.LAZY,
              "min_layer_size",
              0,
              "Layers with fewer compressed bytes are pulled whole, index or not.")
          .knownToSociAs("snapshotter.min_layer_size");

  static final Key<Duration> LAZY_INDEX_TIMEOUT =
      time(
              Section.LAZY,
              "index_timeout",
              Duration.ofSeconds(20),
              "How long an image may wait for its index; then its layers are pulled whole.")
          .knownToSociAs("mount_timeout_sec");

  static final Key<Duration> LAZY_RETRY_FAILED_INDEX_AFTER =
      time(
          Section.LAZY,
          "retry_failed_index_after",
          Duration.ofMinutes(1),
          "How long an image counts as one without index after none was found or fetching it"
              + " failed.");

  static final Key<FaceChoice> LAZY_LAYER_FACE =
      Key.of(
          Section.LAZY,
          "layer_face",
          ValueType.choice(FaceChoice.class),
          FaceChoice.AUTO,
          "Who answers for names and attributes in lazy layers. erofs: the kernel, from an image that"
              + " is written of each layer, so that no stat or open waits for a process; fuse: the"
              + " service; auto: erofs where the kernel can (Linux 6.12 or later), else fuse. sluice"
              + " layers says which it is.");

  static final Key<Boolean> PROFILE_RECORD =
      Key.of(
          Section.PROFILE,
          "record",
          ValueType.SWITCH,
          true,
          "Whether what is read of an image until its container is ready is recorded in the state"
              + " directory. It costs the reads nothing that can be measured.");

  static final Key<Duration> PROFILE_QUIET =
      time(
          Section.PROFILE,
          "quiet",
          Duration.ofSeconds(10),
          "A container that has read nothing new for this long counts as ready.");

  static final Key<Duration> PROFILE_LONGEST =
      time(
          Section.PROFILE,
          "longest",
          Duration.ofMinutes(2),
          "After this time it counts as ready in any case.");

  static final Key<Boolean> PREFETCH_ENABLE =
      Key.of(
          Section.PREFETCH,
          "enable",
          ValueType.SWITCH,
          true,
          "Whether layers of an image are fetched ahead by what is known of it: its profile on"
              + " this node, manifests, and the prefetch artifacts beside it.");

  static final Key<Path> PREFETCH_DIRECTORY =
      Key.of(
          Section.PREFETCH,
          "directory",
          ValueType.FILE,
          Path.of("/etc/sluice/prefetch.d"),
          "Manifests (*.json, *.toml) that say what images read first; changes count at once. It"
              + " need not exist. sluice prefetch check looks for mistakes.");

  static final Key<Boolean> PREFETCH_ARTIFACTS =
      Key.of(
          Section.PREFETCH,
          "artifacts",
          ValueType.SWITCH,
          true,
          "Whether prefetch artifacts of SOCI indexes are used, which come with the image.");

  static final Key<Long> PREFETCH_MAX_SIZE =
      size(
              Section.PREFETCH,
              "max_size",
              4 * GIB,
              "Compressed bytes that may be fetched ahead of one image; what comes later in the"
                  + " order is left to the reads.")
          .mustBe("at least 1MiB", bytes -> bytes >= MIB);

  static final Key<Boolean> PULL_ENABLE =
      Key.of(
              Section.PULL,
              "enable",
              ValueType.SWITCH,
              true,
              "Whether Sluice pulls layers that can't be lazy, in parallel ranges; else containerd"
                  + " does.")
          .knownToSociAs(
              "pull_modes.parallel_pull_unpack.enable",
              "pull_modes.parallel_pull_unpack.experimental_parallel_pull_as_fallback");

  static final Key<Integer> PULL_CONNECTIONS =
      count(Section.PULL, "connections", 16, 1024, "Ranges fetched at once, over all images.")
          .knownToSociAs("pull_modes.parallel_pull_unpack.max_concurrent_downloads");

  static final Key<Integer> PULL_CONNECTIONS_PER_IMAGE =
      count(Section.PULL, "connections_per_image", 8, 1024, "Ranges fetched at once for one image.")
          .knownToSociAs("pull_modes.parallel_pull_unpack.max_concurrent_downloads_per_image");

  static final Key<Long> PULL_RANGE_SIZE =
      size(Section.PULL, "range_size", 8 * MIB, "Bytes asked for by one request.")
          .mustBe("from 256KiB to 1GiB", bytes -> bytes >= MIB / 4 && bytes <= GIB)
          .knownToSociAs("pull_modes.parallel_pull_unpack.concurrent_download_chunk_size");

  static final Key<Long> PULL_MEMORY =
      size(
              Section.PULL,
              "memory",
              256 * MIB,
              "Bound of what all pulls together hold in memory, outside the Java heap.")
          .mustBe("at least 16MiB", bytes -> bytes >= 16 * MIB);

  static final Key<Integer> PULL_UNPACKS =
      count(Section.PULL, "unpacks", 4, 256, "Layers unpacked at once, over all images.")
          .knownToSociAs("pull_modes.parallel_pull_unpack.max_concurrent_unpacks");

  static final Key<Integer> PULL_UNPACKS_PER_IMAGE =
      count(Section.PULL, "unpacks_per_image", 4, 256, "Layers unpacked at once for one image.")
          .knownToSociAs("pull_modes.parallel_pull_unpack.max_concurrent_unpacks_per_image");

  static final Key<Long> PULL_MAX_LAYER_SIZE =
      size(
              Section.PULL,
              "max_layer_size",
              256 * GIB,
              "Unpacked bytes that one layer may have; a larger one is refused.")
          .mustBe("at least 1MiB", bytes -> bytes >= MIB);

  static final Key<Optional<Path>> DOCKER_CONFIG =
      Key.of(
          Section.CREDENTIALS,
          "docker_config",
          ValueType.FILE_OR_NONE,
          Optional.<Path>empty(),
          "A config.json of Docker, with its helpers. \"\": where Docker looks for it.");

  static final Key<Boolean> CRI_PROXY =
      Key.of(
              Section.CREDENTIALS,
              "cri_proxy",
              ValueType.SWITCH,
              false,
              "Serve the CRI's image service on our socket too, hand every call on, and learn the"
                  + " credentials that kubelet sends with PullImage. Needs kubelet's"
                  + " imageServiceEndpoint.")
          .knownToSociAs("cri_keychain.enable_keychain");

  static final Key<Path> CRI_IMAGE_SERVICE =
      Key.of(
              Section.CREDENTIALS,
              "cri_image_service",
              ValueType.FILE,
              CONTAINERD_SOCKET,
              "Socket of the image service that calls are handed on to.")
          .knownToSociAs("cri_keychain.image_service_path");

  static final Key<Optional<Path>> KUBELET_PROVIDER_CONFIG =
      Key.of(
          Section.CREDENTIALS,
          "kubelet_provider_config",
          ValueType.FILE_OR_NONE,
          Optional.<Path>empty(),
          "kubelet's --image-credential-provider-config: its plugins are asked for credentials."
              + " \"\": not asked.");

  static final Key<Optional<Path>> KUBELET_PROVIDER_BIN_DIR =
      Key.of(
          Section.CREDENTIALS,
          "kubelet_provider_bin_dir",
          ValueType.FILE_OR_NONE,
          Optional.<Path>empty(),
          "kubelet's --image-credential-provider-bin-dir.");

  static final Key<Duration> CREDENTIALS_CACHE =
      time(
              Section.CREDENTIALS,
              "cache",
              Duration.ofMinutes(5),
              "How long credentials are used before they are looked up again; a refusal by the"
                  + " registry looks them up at once.")
          .knownToSociAs("resolver.auth_client_ttl_sec");

  static final Key<String> METRICS_ADDRESS =
      Key.of(
              Section.METRICS,
              "address",
              ValueType.WORD,
              "",
              "HOST:PORT or PORT (on loopback) that serves /metrics, /livez and /readyz, e.g."
                  + " \"127.0.0.1:9464\". \"\": not served.")
          .mustBe(
              "HOST:PORT or PORT, e.g. \"127.0.0.1:9464\"",
              address -> address.isEmpty() || HOST_AND_PORT.matcher(address).matches())
          .knownToSociAs("metrics_address");

  /** In the order of the file. */
  static final List<Key<?>> ALL =
      List.of(
          VERSION,
          ROOT,
          ADDRESS,
          LOG_LEVEL,
          LOG_FORMAT,
          CONTAINERD_ADDRESS,
          CONFIG_PATH,
          PLAIN_HTTP_HOSTS,
          CONNECTIONS_PER_HOST,
          HTTP2,
          CONNECT_TIMEOUT,
          ANSWER_TIMEOUT,
          STALL_TIMEOUT,
          SILENCE_TIMEOUT,
          REQUEST_TIMEOUT,
          RETRIES,
          RETRY_PAUSE,
          LONGEST_RETRY_PAUSE,
          CACHE_MEMORY,
          CACHE_DISK,
          CACHE_DISK_RESERVE,
          CACHE_DURABILITY,
          CACHE_PINNED_IMAGES,
          FETCH_MEMORY,
          READ_DEADLINE,
          FILL_ENABLE,
          FILL_RATE,
          FILL_QUIET_TIME,
          FILL_START_AFTER,
          FILL_RETRY_AFTER,
          LAZY_ENABLE,
          LAZY_SOCI_V1,
          LAZY_SOCI_V2,
          LAZY_MIN_LAYER_SIZE,
          LAZY_INDEX_TIMEOUT,
          LAZY_RETRY_FAILED_INDEX_AFTER,
          LAZY_LAYER_FACE,
          PROFILE_RECORD,
          PROFILE_QUIET,
          PROFILE_LONGEST,
          PREFETCH_ENABLE,
          PREFETCH_DIRECTORY,
          PREFETCH_ARTIFACTS,
          PREFETCH_MAX_SIZE,
          PULL_ENABLE,
          PULL_CONNECTIONS,
          PULL_CONNECTIONS_PER_IMAGE,
          PULL_RANGE_SIZE,
          PULL_MEMORY,
          PULL_UNPACKS,
          PULL_UNPACKS_PER_IMAGE,
          PULL_MAX_LAYER_SIZE,
          DOCKER_CONFIG,
          CRI_PROXY,
          CRI_IMAGE_SERVICE,
          KUBELET_PROVIDER_CONFIG,
          KUBELET_PROVIDER_BIN_DIR,
          CREDENTIALS_CACHE,
          METRICS_ADDRESS);

  private Keys() {}

  private static Key<Duration> time(Section section, String name, Duration usual, String purpose) {
    return Key.of(section, name, ValueType.TIME, usual, purpose)
        .mustBe("longer than nothing", Duration::isPositive)
        .mustBe("a day at most", time -> time.compareTo(Duration.ofDays(1)) <= 0);
  }

  private static Key<Long> size(Section section, String name, long usual, String purpose) {
    return Key.of(section, name, ValueType.SIZE, usual, purpose);
  }

  private static Key<Integer> count(
      Section section, String name, int usual, int most, String purpose) {
    return Key.of(section, name, ValueType.COUNT, usual, purpose)
        .mustBe("from 1 to " + most, value -> value >= 1 && value <= most);
  }
}
