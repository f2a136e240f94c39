package dev.sluice.mount;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.sluice.fetch.FetchStats;
import dev.sluice.layer.ReadLog;
import dev.sluice.layer.ReadWait;
import java.util.Locale;

/**
 * What a mount has cost so far, for people.
 *
 * @param requests that the registry was sent
 * @param receivedBytes of bodies that the registry answered
 */
public record MountSummary(
    long requests, long receivedBytes, long imageBytes, ReadLog reads, FetchStats fetches) {
  private static final int SHOWN = 5;

  /** Several lines of text, each ended. */
  public String text() {
    long answered = reads.hits() + reads.misses();
    StringBuilder text = new StringBuilder();
    line(
        text,
        "fetched %s of %s in %d requests; %d spans verified, %d corrupt",
        bytes(receivedBytes),
        bytes(imageBytes),
        requests,
        fetches.spans(),
        fetches.corruptSpans());
    line(
        text,
        "answered %d reads, %s; %.1f %% from the cache; %d failed",
        answered,
        bytes(reads.bytes()),
        answered == 0 ? 100.0 : 100.0 * reads.hits() / answered,
        reads.failures());
    for (ReadWait wait : reads.slowest().stream().limit(SHOWN).toList()) {
      line(text, "slow: %s", describe(wait));
    }
    for (ReadWait wait : reads.lastFailures().reversed().stream().limit(SHOWN).toList()) {
      line(text, "failed: %s: %s", describe(wait), String.valueOf(wait.failure()));
    }
    return text.toString();
  }

  private static String describe(ReadWait wait) {
    return String.format(
        Locale.ROOT,
        "%s for %s at offset %d of layer %s",
        wait.story(),
        bytes(wait.length()),
        wait.offset(),
        wait.layer());
  }

  @FormatMethod
  private static void line(StringBuilder text, @FormatString String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  /** A size in bytes for people: three digits and a decimal unit. */
  static String bytes(long count) {
    if (count < 1000) {
      return count + " B";
    }
    String[] units = {"kB", "MB", "GB", "TB"};
    double value = count / 1000.0;
    int unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  }
}
