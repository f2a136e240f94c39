package dev.sluice.registry.hosts;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go writes them: {@code 300ms}, {@code 1.5h}, {@code 1m30s}. */
final class GoDuration {
  private static final Map<String, Long> UNIT_NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "μs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);
  private static final String PART =
      "([0-9]{1,12}(?:\\.[0-9]{0,12})?|\\.[0-9]{1,12})(ns|[uµμ]s|ms|[smh])";
  private static final Pattern WHOLE = Pattern.compile("(?:" + PART + "){1,16}");
  private static final Pattern ONE = Pattern.compile(PART);

  private GoDuration() {}

  /**
   * @throws IllegalArgumentException if it is none, or below zero
   */
  static Duration parse(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    if (!WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException("it is no duration such as \"1s\" or \"300ms\"");
    }
    BigDecimal nanos = BigDecimal.ZERO;
    for (Matcher part = ONE.matcher(text); part.find(); ) {
      long unit = UNIT_NANOS.getOrDefault(part.group(2), 1L);
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
    }
    if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException("it is longer than a duration can be");
    }
    return Duration.ofNanos(nanos.longValue());
  }
}
