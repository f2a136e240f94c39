package dev.sluice.load.coldstart;

import dev.sluice.load.Program;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * What curl finds that a link gives.
 *
 * @param connectMillis of a small request on a new connection: two round trips, and the registry
 * @param requestMillis of one more on the same connection: one round trip, and the registry
 * @param megabitsPerSecond of one blob on one connection
 */
record Calibration(
    Link link, double connectMillis, double requestMillis, double megabitsPerSecond) {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final long LEAST_BYTES = 1_000_000;
  private static final long MOST_BYTES = 256_000_000;
  private static final double SECONDS = 1.5;

  /** Measures a link in a session of its own. */
  static Calibration of(LinkProxy proxy, Link link, Image image) throws IOException {
    try (LinkProxy.Session _ = proxy.session(link)) {
      String base = "http://" + proxy.host() + "/v2/";
      // To an IP address a connection takes no time to look a name up; the handshake is delayed
      // with the first bytes.
      List<String> times =
          Program.run(
                  LIMIT,
                  "curl",
                  "-sS",
                  "-w",
                  "%{time_total}\\n",
                  "-o",
                  "/dev/null",
                  base,
                  "-o",
                  "/dev/null",
                  base,
                  "-o",
                  "/dev/null",
                  base)
              .lines()
              .toList();
      return new Calibration(
          link,
          Double.parseDouble(times.getFirst()) * 1e3,
          Double.parseDouble(times.getLast()) * 1e3,
          rate(base, link, image));
    }
  }

  private static double rate(String base, Link link, Image image) {
    long wanted =
        link.bitsPerSecond() == 0 ? MOST_BYTES : (long) (link.bitsPerSecond() / 8.0 * SECONDS);
    wanted = Math.clamp(wanted, LEAST_BYTES, MOST_BYTES);
    String[] said =
        Program.run(
                LIMIT,
                "curl",
                "-sSf",
                "-o",
                "/dev/null",
                "-r",
                "0-" + (wanted - 1),
                "-w",
                "%{size_download} %{time_starttransfer} %{time_total}",
                base + image.name() + "/blobs/" + image.largestLayer())
            .split(" ", -1);
    double seconds = Double.parseDouble(said[2]) - Double.parseDouble(said[1]);
    return Double.parseDouble(said[0]) * 8 / 1e6 / seconds;
  }
}
