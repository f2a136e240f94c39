package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.Durability;
import dev.sluice.config.ConfigurationLoader.Flag;
import dev.sluice.face.FaceChoice;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigurationTest {
  @TempDir Path directory;

  private Path file(String toml) throws Exception {
    return Files.writeString(directory.resolve("config.toml"), toml);
  }

  private Configuration read(String toml) throws Exception {
    return ConfigurationLoader.loadFile(file(toml)).configuration();
  }

  private LoadedConfiguration load(Map<String, String> environment, String... sets) {
    return new ConfigurationLoader(environment, directory.resolve("usual.toml"))
        .load(null, Stream.of(sets).map(Flag::parse).toList());
  }

  /* A file that gives every key another value than the default: a key that nothing reads, or that
   * lands in another field, differs from this. */
  private static final String EVERY_KEY =
      """
      version = 1
      root = "/srv/sluice"
      address = "unix:///run/other/s.sock"
      log_level = "debug"
      log_format = "text"
      [containerd]
      address = "/run/k3s/containerd.sock"
      [registry]
      config_path = ["/a", "/b"]
      plain_http_hosts = ["localhost:5000", "[::1]:5000"]
      connections_per_host = 7
      http2 = false
      connect_timeout = "1s"
      answer_timeout = "2s"
      stall_timeout = "3s"
      silence_timeout = "4s"
      request_timeout = "1m30s"
      retries = 0
      retry_pause = "5ms"
      longest_retry_pause = "6s"
      [cache]
      memory = 0
      disk = "1GB"
      disk_reserve = "5MiB"
      durability = "unsynced"
      pinned_images = ["r/a:1", "r/b*"]
      [fetch]
      memory = "100MiB"
      read_deadline = "7s"
      [fill]
      enable = false
      rate = "3MiB"
      quiet_time = "15s"
      start_after = "16s"
      retry_after = "17s"
      [lazy]
      enable = false
      soci_v1 = false
      soci_v2 = false
      min_layer_size = "10MiB"
      index_timeout = "8s"
      retry_failed_index_after = "9s"
      layer_face = "erofs"
      [profile]
      record = false
      quiet = "15s"
      longest = "16s"
      [prefetch]
      enable = false
      directory = "/etc/p.d"
      artifacts = false
      max_size = "18MiB"
      [pull]
      enable = false
      connections = 11
      connections_per_image = 10
      range_size = "1MiB"
      memory = "17MiB"
      unpacks = 13
      unpacks_per_image = 12
      max_layer_size = "2GiB"
      [credentials]
      docker_config = "/root/c.json"
      cri_proxy = true
      cri_image_service = "/run/crio.sock"
      kubelet_provider_config = "/etc/k.yaml"
      kubelet_provider_bin_dir = "/opt/bin"
      cache = "14s"
      [metrics]
      address = ":9464"
      """;

  private static final Configuration EVERY_VALUE =
      new Configuration(
          Path.of("/srv/sluice"),
          Path.of("/run/other/s.sock"),
          LogLevel.DEBUG,
          LogFormat.TEXT,
          new Configuration.Containerd(Path.of("/run/k3s/containerd.sock")),
          new Configuration.Registry(
              List.of(Path.of("/a"), Path.of("/b")),
              Set.of("localhost:5000", "[::1]:5000"),
              7,
              false,
              Duration.ofSeconds(1),
              Duration.ofSeconds(2),
              Duration.ofSeconds(3),
              Duration.ofSeconds(4),
              Duration.ofSeconds(90),
              0,
              Duration.ofMillis(5),
              Duration.ofSeconds(6)),
          new Configuration.Cache(
              0, 1_000_000_000, 5 << 20, Durability.UNSYNCED, List.of("r/a:1", "r/b*")),
          new Configuration.Fetch(100 << 20, Duration.ofSeconds(7)),
          new Configuration.Fill(
              false,
              3 << 20,
              Duration.ofSeconds(15),
              Duration.ofSeconds(16),
              Duration.ofSeconds(17)),
          new Configuration.Lazy(
              false,
              false,
              false,
              10 << 20,
              Duration.ofSeconds(8),
              Duration.ofSeconds(9),
              FaceChoice.EROFS),
          new Configuration.Profile(false, Duration.ofSeconds(15), Duration.ofSeconds(16)),
          new Configuration.Prefetch(false, Path.of("/etc/p.d"), false, 18 << 20),
          new Configuration.Pull(false, 11, 10, 1 << 20, 17 << 20, 13, 12, 2L << 30),
          new Configuration.Credentials(
              Path.of("/root/c.json"),
              true,
              Path.of("/run/crio.sock"),
              Path.of("/etc/k.yaml"),
              Path.of("/opt/bin"),
              Duration.ofSeconds(14)),
          new Configuration.Metrics(":9464"));

  @Test
  void everyKeyReachesItsField() throws Exception {
    LoadedConfiguration loaded = ConfigurationLoader.loadFile(file(EVERY_KEY));
    assertThat(loaded.configuration()).isEqualTo(EVERY_VALUE);
    assertThat(loaded.entries())
        .allSatisfy(entry -> assertThat(entry.origin()).startsWith(directory.toString()));
    assertThat(Keys.ALL)
        .filteredOn(key -> !key.equals(Keys.VERSION))
        .allSatisfy(key -> {
          String set =
              loaded.entries().stream()
                  .filter(entry -> entry.key().equals(key.path()))
                  .findFirst()
                  .orElseThrow()
                  .value();
          assertThat(set).as(key.path()).isNotEqualTo(key.usualSetting().toml());
        });
  }

  @Test
  void whatIsPrintedReadsBackTheSame() throws Exception {
    LoadedConfiguration loaded = ConfigurationLoader.loadFile(file(EVERY_KEY));
    assertThat(read(loaded.dump())).isEqualTo(EVERY_VALUE);
    assertThat(read(loaded.document())).isEqualTo(EVERY_VALUE);
    assertThat(read(ConfigurationLoader.defaults().document())).isEqualTo(Configuration.defaults());
  }

  @Test
  void everyKeyHasAVariableAndAFlag() throws Exception {
    LoadedConfiguration file = ConfigurationLoader.loadFile(file(EVERY_KEY));
    var environment = new java.util.TreeMap<String, String>();
    var sets = new java.util.ArrayList<String>();
    for (LoadedConfiguration.Entry entry : file.entries()) {
      String text = entry.value().replaceAll("[\\[\\]\"]", "");
      if (entry.key().equals("registry.plain_http_hosts")) {
        text = "localhost:5000, [::1]:5000";
      }
      environment.put(
          "SLUICE_" + entry.key().replace('.', '_').toUpperCase(java.util.Locale.ROOT), text);
      sets.add(entry.key() + "=" + text);
    }
    assertThat(load(environment).configuration()).isEqualTo(EVERY_VALUE);
    assertThat(load(Map.of(), sets.toArray(String[]::new)).configuration()).isEqualTo(EVERY_VALUE);
  }

  @Test
  void theDefaultsAreThoseOfTheParts() {
    Configuration usual = Configuration.defaults();
    assertThat(usual.cache())
        .isEqualTo(
            new Configuration.Cache(
                CacheOptions.DEFAULT_MEMORY_BYTES,
                CacheOptions.DEFAULT_DISK_BYTES,
                CacheOptions.DEFAULT_DISK_RESERVE_BYTES,
                Durability.SYNCED,
                List.of()));
    assertThat(usual.address()).isEqualTo(Path.of("/run/sluice/sluice.sock"));
    assertThat(usual.metrics().address()).isNull();
    assertThat(usual.credentials().dockerConfig()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "rot = 1                               | 1 | there is no key rot; did you mean root?",
        "[cache] \\nmemroy = 1                 | 2 | there is no key cache.memroy; did you mean cache.memory?",
        "\\n[cahce] \\ndisk = 1                | 2 | there is no section [cahce]; did you mean [cache]?",
        "disk_reserve = 1                      | 1 | did you mean cache.disk_reserve?",
        "[lazy] \\nretries = 1                 | 2 | did you mean registry.retries?",
        "[pull_modes.soci_v1] \\nenable = true | 1 | there is no section [pull_modes]; soci-snapshotter's pull_modes.soci_v1.enable is lazy.soci_v1 here",
        "metrics_address = 'x:1'               | 1 | soci-snapshotter's metrics_address is metrics.address here",
        "cache = 3                             | 1 | cache is a section: write [cache]",
        "[root]\\nx = 1                        | 1 | root is a key, not a section",
        "version = 2                           | 1 | version: must be 1",
        "root = 3                              | 1 | root: expected an absolute path, but found the number 3",
        "root = 'state'                        | 1 | root: expected an absolute path, but found 'state'",
        "root = '/'                            | 1 | root: must be a directory below /",
        "log_level = 'loud'                    | 1 | expected one of \"error\", \"warn\", \"info\", \"debug\", \"trace\", but found 'loud'",
        "log_level = true                      | 1 | but found true",
        "[fetch]\\nread_deadline = 30          | 2 | fetch.read_deadline: expected a time such as \"30s\" or \"1m30s\", but found the number 30",
        "[fetch]\\nread_deadline = 'soon'      | 2 | 'soon' is no time",
        "[fetch]\\nread_deadline = '0s'        | 2 | fetch.read_deadline: must be longer than nothing, but is \"0s\"",
        "[fetch]\\nread_deadline = '25h'       | 2 | a day at most",
        "[fetch]\\nmemory = '1MiB'             | 2 | fetch.memory: must be at least 64MiB, but is \"1MiB\"",
        "[cache]\\ndisk = -1                   | 2 | cache.disk: expected a number of bytes such as \"64MiB\", \"1GB\" or 4096, but found the number -1",
        "[cache]\\ndisk = 1.5                  | 2 | found the number 1.5",
        "[cache]\\ndisk = '99999999T'          | 2 | is no number of bytes",
        "[lazy]\\nenable = 'yes'               | 2 | lazy.enable: expected true or false, but found the string 'yes'",
        "[registry]\\nretries = 2000           | 2 | registry.retries: must be from 0 to 100, but is 2000",
        "[registry]\\nretries = 99999999999    | 2 | registry.retries: expected a whole number",
        "[registry]\\nretries = 1979-05-27     | 2 | found a date",
        "[registry]\\nconfig_path = '/a'       | 2 | expected an array of absolute paths, but found the string '/a'",
        "[registry]\\nconfig_path = ['/a', 1]  | 2 | found the number 1",
        "[registry]\\nplain_http_hosts = ['http://x'] | 2 | a list of host or host:port without scheme",
        "[metrics]\\naddress = 'localhost'     | 2 | metrics.address: must be HOST:PORT or PORT",
        "[pull]\\nconnections = 0              | 2 | pull.connections: must be from 1 to 1024",
        "[pull]\\nunpacks_per_image = 5        | 2 | pull.unpacks_per_image (5) is more than pull.unpacks (4)",
        "[pull]\\nrange_size = '1KiB'          | 2 | pull.range_size: must be from 256KiB to 1GiB",
        "[lazy]\\nsoci_v1=false\\nsoci_v2=false| 2 | neither lazy.soci_v1 nor lazy.soci_v2",
        "[credentials]\\nkubelet_provider_config='/x' | 2 | need each other",
        "[containerd]\\naddress='/run/sluice/sluice.sock' | 2 | the same socket",
        "root = '/a'\\nroot = '/b'             | 2 | root",
        "[cache\\ndisk = 1                     | 1 | ",
        "address = '/run'                      | 1 | in a directory of its own",
      })
  void refusesWithTheLineAndWhatWasExpected(String toml, int line, String message)
      throws Exception {
    Path file = file(toml.strip().replace("\\n", "\n"));
    assertThatThrownBy(() -> ConfigurationLoader.loadFile(file))
        .isInstanceOf(SluiceException.class)
        .hasMessageContaining(file + ":" + line)
        .hasMessageContaining(message == null ? "" : message)
        .extracting(e -> ((SluiceException) e).kind())
        .isEqualTo(FailureKind.INVALID);
  }

  @Test
  void aSocketPathThatTheKernelWouldCutIsRefused() throws Exception {
    String longest = "/run/" + "x".repeat(102);
    assertThatThrownBy(() -> read("address = '/r" + longest + "'"))
        .hasMessageContaining("no longer than 107 bytes");
    assertThatThrownBy(() -> read("address = '" + longest + "y'"))
        .hasMessageContaining("no longer than 107 bytes");
    assertThat(read("address = '/run/s/" + "x".repeat(100) + "'").address().toString())
        .hasSize(107);
  }

  @Test
  void aFileThatOverflowsTheParserIsAnError() throws Exception {
    Path file = file("root = " + "[".repeat(100_000));
    assertThatThrownBy(() -> ConfigurationLoader.loadFile(file))
        .isInstanceOf(SluiceException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void tellsAllErrorsAtOnce() throws Exception {
    Path file = file("rot = 1\nlog_level = 'loud'\n[cache]\nmemory = true\ndisk = 'x'\n");
    assertThatThrownBy(() -> ConfigurationLoader.loadFile(file))
        .hasMessageContaining("4 errors")
        .hasMessageContaining(file + ":1: there is no key rot")
        .hasMessageContaining(file + ":2: log_level")
        .hasMessageContaining(file + ":4: cache.memory")
        .hasMessageContaining(file + ":5: cache.disk");
  }

  @Test
  void showsNothingThatMayBeAPassword() throws Exception {
    Path file =
        file(
            """
            log_level = "robot:s3cret@host"
            password = "s3cret"
            [registry]
            plain_http_hosts = ["robot:s3cret@host"]
            """);
    assertThatThrownBy(() -> ConfigurationLoader.loadFile(file))
        .hasMessageContaining("3 errors")
        .message()
        .doesNotContain("s3cret");
  }

  @Test
  void aFlagGoesBeforeAVariableBeforeTheFileBeforeTheDefault() throws Exception {
    Path file = file("[cache]\nmemory = 1\ndisk = 2\ndisk_reserve = 3\n");
    Map<String, String> environment =
        Map.of(
            "SLUICE_CONFIG", file.toString(),
            "SLUICE_CACHE_DISK", "20",
            "SLUICE_CACHE_DISK_RESERVE", "30");
    LoadedConfiguration loaded = load(environment, "cache.disk_reserve=300");
    assertThat(loaded.configuration().cache())
        .isEqualTo(new Configuration.Cache(1, 20, 300, Durability.SYNCED, List.of()));
    assertThat(loaded.changed()).isEqualTo(3);
    assertThat(loaded.dump())
        .containsPattern("memory = \"1B\" +# " + java.util.regex.Pattern.quote(file + ":2") + "\n")
        .containsPattern("disk = \"20B\" +# SLUICE_CACHE_DISK\n")
        .containsPattern("disk_reserve = \"300B\" +# --set cache.disk_reserve\n")
        .containsPattern("durability = \"synced\" +# default\n");
  }

  @Test
  void aNamedFileMustExistTheDefaultNeedNot() throws Exception {
    Path missing = directory.resolve("none.toml");
    assertThat(load(Map.of()).configuration()).isEqualTo(Configuration.defaults());
    Files.writeString(directory.resolve("usual.toml"), "root = '/srv'");
    assertThat(load(Map.of()).configuration().root()).isEqualTo(Path.of("/srv"));
    assertThatThrownBy(() -> load(Map.of("SLUICE_CONFIG", missing.toString())))
        .hasMessageContaining("there is no file " + missing);
    assertThatThrownBy(() -> new ConfigurationLoader(Map.of()).load(missing, List.of()))
        .hasMessageContaining("there is no file " + missing);
    assertThatThrownBy(() -> new ConfigurationLoader(Map.of()).load(directory, List.of()))
        .isInstanceOf(SluiceException.class)
        .hasMessageContaining("read the configuration: ")
        .hasMessageContaining(directory.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "SLUICE_CACHE_DISC, did you mean SLUICE_CACHE_DISK?",
    "SLUICE_LOGLEVEL, did you mean SLUICE_LOG_LEVEL?",
    "SLUICE_PULL_TURBO, there is no such variable",
    "SLUICE_LAZY_ENABLE, expected true or false",
  })
  void aVariableThatIsMeantForUsButWrongIsAnError(String name, String message) {
    assertThatThrownBy(() -> load(Map.of(name, "1")))
        .hasMessageContaining(name + ": ")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "SLUICE_JAVA_FLAGS",
    "SLUICE_BUILD",
    "SLUICE_TEST_RUN",
    "SLUICE_HOME_PAGE_OF_SOMEBODY",
    "SLUICE_PORT",
    "SLUICE_SERVICE_HOST",
    "SLUICE_SERVICE_PORT_METRICS",
    "SLUICE_PORT_9464_TCP_ADDR",
    "SLUICE_METRICS_PORT_9464_TCP",
    "SLUICE_METRICS_SERVICE_HOST",
    "SLUICE_METRICS_PORT",
    "PATH",
  })
  void variablesOfTheLauncherAndOfKubernetesAreLeftAlone(String name) {
    assertThat(load(Map.of(name, "tcp://10.0.0.1:9464")).changed()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "cache.dsk=1   | --set cache.dsk: there is no key cache.dsk; did you mean cache.disk?",
        "cahce.disk=1  | there is no section [cahce]; did you mean [cache]?",
        "disk=1        | did you mean cache.disk?",
        "cache.disk=a  | 'a' is no number of bytes",
        "lazy.enable=1 | expected true or false, but found '1'",
        "pull.unpacks=x| expected a whole number",
        "cache.disk    | is no SECTION.KEY=VALUE",
      })
  void aWrongFlagIsAnError(String set, String message) {
    assertThatThrownBy(() -> load(Map.of(), set)).hasMessageContaining(message);
  }

  /** What soci-snapshotter's users may write, and what they are told instead of "unknown". */
  static Stream<Arguments> namesOfSoci() {
    return Keys.ALL.stream()
        .flatMap(key -> key.soci().stream().map(name -> Arguments.of(name, key.path())))
        .filter(arguments -> !((String) arguments.get()[0]).startsWith("--"));
  }

  @ParameterizedTest
  @MethodSource("namesOfSoci")
  void aKeyOfSociIsAnsweredWithOurs(String name, String ours) throws Exception {
    int dot = name.lastIndexOf('.');
    String toml =
        dot < 0
            ? name + " = 1\n"
            : "[%s]\n%s = 1\n".formatted(name.substring(0, dot), name.substring(dot + 1));
    Path file = file(toml);
    assertThatThrownBy(() -> ConfigurationLoader.loadFile(file))
        .hasMessageContaining("soci-snapshotter's " + name + " is " + ours + " here");
  }

  @Test
  void theSampleFileAndThePageAreThoseOfThisCode() throws Exception {
    assertThat(Path.of("../conf/config.toml"))
        .as("write it anew: ./sluice config default > conf/config.toml")
        .hasContent(ConfigurationLoader.defaults().document());
    assertThat(Path.of("../docs/configuration.md"))
        .as("write it anew: ./sluice config reference > docs/configuration.md")
        .hasContent(Reference.markdown());
  }

  @Test
  void timesAndSizesReadBackAsWritten() {
    for (long bytes : new long[] {0, 1, 1023, 1024, 1500, 1 << 20, 3L << 40, (1L << 59) - 1}) {
      assertThat(SizeText.parse(SizeText.format(bytes))).isEqualTo(bytes);
    }
    for (long millis : new long[] {0, 1, 999, 1000, 61_001, 3_600_000, 90_061_001}) {
      Duration time = Duration.ofMillis(millis);
      assertThat(TimeText.parse(TimeText.format(time))).isEqualTo(time);
    }
  }
}
