package dev.sluice.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Debian's docker-registry on a free port of the loopback, over plain HTTP. It has no Referrers
 * API: an index is found by the fallback tag.
 */
public final class DockerRegistry implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("listening on (127\\.0\\.0\\.1:\\d+)");

  /** A line of the access log, in Apache's form: request line, status, bytes. */
  private static final Pattern GET =
      Pattern.compile("\"GET ([^ ?\"]+)\\S* HTTP/[0-9.]+\" (\\d{3}) (\\d+)");

  /** Some gigabytes, on a busy machine. */
  private static final Duration PUSH = Duration.ofMinutes(15);

  private final Process process;
  private final Path log;
  private final String host;

  private DockerRegistry(Process process, Path log, String host) {
    this.process = process;
    this.log = log;
    this.host = host;
  }

  /** Starts a registry that keeps its blobs, configuration and log below {@code directory}. */
  public static DockerRegistry start(Path directory) {
    Path log = directory.resolve("log");
    try {
      Files.createDirectories(directory);
      Path config = directory.resolve("config.yml");
      Files.writeString(
          config,
          """
          version: 0.1
          log: {level: info}
          storage:
            filesystem: {rootdirectory: "%s"}
            delete: {enabled: true}
          http: {addr: "127.0.0.1:0"}
          """
              .formatted(directory.resolve("data")));
      Process process =
          new ProcessBuilder("setsid", "docker-registry", "serve", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try {
        Waiting.until(
            "docker-registry listens",
            Duration.ofSeconds(30),
            () -> !listeningAt(process, log).isEmpty());
        return new DockerRegistry(process, log, listeningAt(process, log));
      } catch (RuntimeException e) {
        process.destroyForcibly();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("start docker-registry in " + directory, e);
    }
  }

  /** {@code 127.0.0.1:port}. */
  public String host() {
    return host;
  }

  /** Copies an image from an OCI layout to {@code host/repository:tag}; returns that reference. */
  public String push(Path layout, String tag, String repositoryAndTag) {
    String reference = host + "/" + repositoryAndTag;
    Program.run(
        PUSH,
        "skopeo",
        "--insecure-policy",
        "copy",
        "--dest-tls-verify=false",
        "oci:" + layout + ":" + tag,
        "docker://" + reference);
    return reference;
  }

  /**
   * A GET that the registry has answered.
   *
   * @param path {@code /v2/…}, without query string
   * @param bytes length of the answer's body
   */
  record Read(String path, int status, long bytes) {}

  /** The reads so far, in their order. The registry logs a read after its last byte is sent. */
  List<Read> reads() {
    try {
      return GET.matcher(Program.text(log))
          .results()
          .map(found ->
              new Read(
                  found.group(1), Integer.parseInt(found.group(2)), Long.parseLong(found.group(3))))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("read " + log, e);
    }
  }

  private static String listeningAt(Process process, Path log) throws IOException {
    String said = Program.text(log);
    if (!process.isAlive()) {
      throw new IllegalStateException("docker-registry ended at once:\n" + said);
    }
    Matcher matcher = LISTENING.matcher(said);
    return matcher.find() ? matcher.group(1) : "";
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
