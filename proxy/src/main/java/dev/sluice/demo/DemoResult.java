package dev.sluice.demo;

import io.vertx.core.json.JsonObject;
import java.util.Locale;

/**
 * What the demonstration measured.
 *
 * @param imageBytes compressed size of the image's layers
 * @param indexBytes size of the SOCI index with its ztocs
 * @param lazy start from a lazy mount
 * @param eager start after pulling and unpacking everything
 * @param again start of a second container from the same mount
 */
public record DemoResult(long imageBytes, long indexBytes, Run lazy, Run eager, Run again) {
  /**
   * One start of the program.
   *
   * @param fetchedBytes bytes of bodies that the registry sent
   * @param requests requests that the registry answered
   * @param readySeconds from nothing local to the program's last line
   */
  public record Run(long fetchedBytes, long requests, double readySeconds) {}

  /** How many times as fast the lazy start is. */
  public double speedup() {
    return eager.readySeconds / lazy.readySeconds;
  }

  /** One JSON object. */
  public String json() {
    return new JsonObject()
        .put("image_bytes", imageBytes)
        .put("index_bytes", indexBytes)
        .put("fetched_bytes", lazy.fetchedBytes)
        .put("requests", lazy.requests)
        .put("lazy_ready_seconds", round(lazy.readySeconds))
        .put("eager_ready_seconds", round(eager.readySeconds))
        .put("eager_fetched_bytes", eager.fetchedBytes)
        .put("eager_requests", eager.requests)
        .put("second_requests", again.requests)
        .put("second_ready_seconds", round(again.readySeconds))
        .put("speedup", round(speedup()))
        .encode();
  }

  /** A table for people. */
  public String table() {
    return """

    %-28s %10s %12s %10s
    %s%s%s
    image %.1f MB, index %.1f MB; lazy start is %.1f times as fast and fetched %.0f %% of the image
    """
        .formatted(
            "",
            "ready",
            "fetched",
            "requests",
            row("lazy (Sluice)", lazy),
            row("lazy, second container", again),
            row("eager (pull, unpack, run)", eager),
            imageBytes / 1e6,
            indexBytes / 1e6,
            speedup(),
            100.0 * lazy.fetchedBytes / imageBytes);
  }

  private static String row(String name, Run run) {
    return String.format(
        Locale.ROOT,
        "%-28s %8.2f s %9.1f MB %10d%n",
        name,
        run.readySeconds,
        run.fetchedBytes / 1e6,
        run.requests);
  }

  private static double round(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
