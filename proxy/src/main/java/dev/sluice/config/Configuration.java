package dev.sluice.config;

import dev.sluice.cache.Durability;
import dev.sluice.face.FaceChoice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the service is set up. Every value is within the bounds that {@code docs/configuration.md}
 * gives.
 *
 * @param root directory of state and cache
 * @param address the socket that is served
 */
public record Configuration(
    Path root,
    Path address,
    LogLevel logLevel,
    LogFormat logFormat,
    Containerd containerd,
    Registry registry,
    Cache cache,
    Fetch fetch,
    Fill fill,
    Lazy lazy,
    Profile profile,
    Prefetch prefetch,
    Pull pull,
    Credentials credentials,
    Metrics metrics) {

  /**
   * @param address its socket
   */
  public record Containerd(Path address) {}

  /**
   * @param configPath directories with {@code hosts.toml} files, first match wins
   * @param plainHttpHosts {@code host[:port]} without TLS where no {@code hosts.toml} says more
   * @param retries after the first attempt; 0 for none
   * @param retryPause upper bound of the pause before the first retry
   */
  public record Registry(
      List<Path> configPath,
      Set<String> plainHttpHosts,
      int connectionsPerHost,
      boolean http2,
      Duration connectTimeout,
      Duration answerTimeout,
      Duration stallTimeout,
      Duration silenceTimeout,
      Duration requestTimeout,
      int retries,
      Duration retryPause,
      Duration longestRetryPause) {}

  /**
   * Sizes in bytes; 0 switches a tier off.
   *
   * @param pinnedImages references, {@code *} for any characters
   */
  public record Cache(
      long memory, long disk, long diskReserve, Durability durability, List<String> pinnedImages) {}

  /**
   * @param memory bytes
   * @param readDeadline after which a read gets EIO
   */
  public record Fetch(long memory, Duration readDeadline) {}

  /**
   * @param rate compressed bytes per second, 0 for no limit
   * @param quietTime how long no reader waited before a layer is filled
   * @param startAfter when it is filled anyway
   * @param retryAfter first pause after a failure
   */
  public record Fill(
      boolean enable, long rate, Duration quietTime, Duration startAfter, Duration retryAfter) {}

  /**
   * @param minLayerSize compressed bytes
   * @param indexTimeout for finding and fetching the index of an image
   */
  public record Lazy(
      boolean enable,
      boolean sociV1,
      boolean sociV2,
      long minLayerSize,
      Duration indexTimeout,
      Duration retryFailedIndexAfter,
      FaceChoice layerFace) {}

  /**
   * @param quiet a container that reads nothing new for so long is ready
   * @param longest it is ready after so long in any case
   */
  public record Profile(boolean record, Duration quiet, Duration longest) {}

  /**
   * @param directory of manifests
   * @param artifacts whether prefetch artifacts of SOCI indexes are used
   * @param maxSize compressed bytes of one image
   */
  public record Prefetch(boolean enable, Path directory, boolean artifacts, long maxSize) {}

  /**
   * @param enable else layers are left to containerd
   * @param rangeSize bytes of one request
   * @param memory bytes
   * @param maxLayerSize unpacked bytes
   */
  public record Pull(
      boolean enable,
      int connections,
      int connectionsPerImage,
      long rangeSize,
      long memory,
      int unpacks,
      int unpacksPerImage,
      long maxLayerSize) {}

  /**
   * @param dockerConfig null for Docker's usual places
   * @param kubeletProviderConfig null if kubelet's plugins are not asked; else so is the next not
   */
  public record Credentials(
      @Nullable Path dockerConfig,
      boolean criProxy,
      Path criImageService,
      @Nullable Path kubeletProviderConfig,
      @Nullable Path kubeletProviderBinDir,
      Duration cache) {}

  /**
   * @param address {@code HOST:PORT} or {@code PORT}; null for none
   */
  public record Metrics(@Nullable String address) {}

  /** What holds if nobody configures anything. */
  public static Configuration defaults() {
    return of(new Settings());
  }

  static Configuration of(Settings s) {
    String metrics = s.get(Keys.METRICS_ADDRESS);
    return new Configuration(
        s.get(Keys.ROOT),
        s.get(Keys.ADDRESS),
        s.get(Keys.LOG_LEVEL),
        s.get(Keys.LOG_FORMAT),
        new Containerd(s.get(Keys.CONTAINERD_ADDRESS)),
        new Registry(
            s.get(Keys.CONFIG_PATH),
            Set.copyOf(s.get(Keys.PLAIN_HTTP_HOSTS)),
            s.get(Keys.CONNECTIONS_PER_HOST),
            s.get(Keys.HTTP2),
            s.get(Keys.CONNECT_TIMEOUT),
            s.get(Keys.ANSWER_TIMEOUT),
            s.get(Keys.STALL_TIMEOUT),
            s.get(Keys.SILENCE_TIMEOUT),
            s.get(Keys.REQUEST_TIMEOUT),
            s.get(Keys.RETRIES),
            s.get(Keys.RETRY_PAUSE),
            s.get(Keys.LONGEST_RETRY_PAUSE)),
        new Cache(
            s.get(Keys.CACHE_MEMORY),
            s.get(Keys.CACHE_DISK),
            s.get(Keys.CACHE_DISK_RESERVE),
            s.get(Keys.CACHE_DURABILITY),
            s.get(Keys.CACHE_PINNED_IMAGES)),
        new Fetch(s.get(Keys.FETCH_MEMORY), s.get(Keys.READ_DEADLINE)),
        new Fill(
            s.get(Keys.FILL_ENABLE),
            s.get(Keys.FILL_RATE),
            s.get(Keys.FILL_QUIET_TIME),
            s.get(Keys.FILL_START_AFTER),
            s.get(Keys.FILL_RETRY_AFTER)),
        new Lazy(
            s.get(Keys.LAZY_ENABLE),
            s.get(Keys.LAZY_SOCI_V1),
            s.get(Keys.LAZY_SOCI_V2),
            s.get(Keys.LAZY_MIN_LAYER_SIZE),
            s.get(Keys.LAZY_INDEX_TIMEOUT),
            s.get(Keys.LAZY_RETRY_FAILED_INDEX_AFTER),
            s.get(Keys.LAZY_LAYER_FACE)),
        new Profile(
            s.get(Keys.PROFILE_RECORD), s.get(Keys.PROFILE_QUIET), s.get(Keys.PROFILE_LONGEST)),
        new Prefetch(
            s.get(Keys.PREFETCH_ENABLE),
            s.get(Keys.PREFETCH_DIRECTORY),
            s.get(Keys.PREFETCH_ARTIFACTS),
            s.get(Keys.PREFETCH_MAX_SIZE)),
        new Pull(
            s.get(Keys.PULL_ENABLE),
            s.get(Keys.PULL_CONNECTIONS),
            s.get(Keys.PULL_CONNECTIONS_PER_IMAGE),
            s.get(Keys.PULL_RANGE_SIZE),
            s.get(Keys.PULL_MEMORY),
            s.get(Keys.PULL_UNPACKS),
            s.get(Keys.PULL_UNPACKS_PER_IMAGE),
            s.get(Keys.PULL_MAX_LAYER_SIZE)),
        new Credentials(
            s.get(Keys.DOCKER_CONFIG).orElse(null),
            s.get(Keys.CRI_PROXY),
            s.get(Keys.CRI_IMAGE_SERVICE),
            s.get(Keys.KUBELET_PROVIDER_CONFIG).orElse(null),
            s.get(Keys.KUBELET_PROVIDER_BIN_DIR).orElse(null),
            s.get(Keys.CREDENTIALS_CACHE)),
        new Metrics(metrics.isEmpty() ? null : metrics));
  }
}
