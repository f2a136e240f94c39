package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small parsers and policies, by table. */
final class HeaderTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "none, none",
        "'', none",
        "0, PT0S",
        "120, PT2M",
        "' 7 ', PT7S",
        "99999999999999999999, PT24H",
        "-1, none",
        "1.5, none",
        "'Thu, 01 Jan 2026 00:00:30 GMT', PT30S",
        "'Sun, 06 Nov 1994 08:49:37 GMT', PT0S",
        "'Fri, 01 Jan 2100 00:00:00 GMT', PT24H",
        "tomorrow, none",
      })
  void retryAfter(String header, Duration expected) {
    assertThat(RetryAfter.parse(header, NOW)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "/b, none",
        "/b?x=y, none",
        "/b?X-Amz-Date=20260101T000000Z&X-Amz-Expires=1200&X-Amz-Signature=s, 2026-01-01T00:20:00Z",
        "/b?X-Goog-Date=20260101T000000Z&X-Goog-Expires=60, 2026-01-01T00:01:00Z",
        "/b?Expires=1767225600&Signature=s&Key-Pair-Id=k, 2026-01-01T00:00:00Z",
        "/b?se=2026-01-01T00%3A05%3A00Z&sig=s, 2026-01-01T00:05:00Z",
        "/b?X-Amz-Date=never&X-Amz-Expires=1200, none",
        "/b?Expires=soon, none",
        "/b?Expires=99999999999999999999, none",
        "/b?se=%zz, none",
      })
  void endOfASignedUrl(String uri, Instant expected) {
    assertThat(SignedUrl.expiry(uri)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "bytes 0-9/10, 0, 9, 10",
        "bytes 5-9/*, 5, 9, -1",
        "none, none, none, none",
        "bytes 0-9, none, none, none",
        "bytes */10, none, none, none",
        "bytes a-b/c, none, none, none",
        "bytes 0-9999999999999999999999/*, none, none, none",
      })
  void contentRange(String header, Long first, Long last, Long total) {
    ContentRange range = ContentRange.parse(header);
    if (first == null) {
      assertThat(range).isNull();
    } else {
      assertThat(range).isEqualTo(new ContentRange(first, last, total));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "registry.example, true, https://registry.example",
    "registry.example:443, true, https://registry.example",
    "registry.example:5000, false, http://registry.example:5000",
    "registry.example:80, false, http://registry.example",
    "[::1]:5000, false, http://[::1]:5000",
    "[::1], true, https://[::1]",
  })
  void originOfARegistry(String host, boolean tls, String expected) {
    assertThat(HttpOrigin.of(host, tls)).hasToString(expected);
  }

  @Test
  void pausesAreJitteredUnderADoublingCap() {
    RetryPolicy policy =
        new RetryPolicy(
            9, Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(9), 10);
    Random random = new Random(1);
    for (int next = 2; next < 60; next++) {
      Duration cap = Duration.ofMillis(Math.min(1000, 100L << Math.min(10, next - 2)));
      for (int i = 0; i < 100; i++) {
        assertThat(policy.pause(next, random)).isBetween(Duration.ZERO, cap);
      }
    }
  }

  @Test
  void theBudgetEndsRetriesAndSuccessRefillsIt() {
    RetryBudget budget = new RetryBudget(3);
    assertThat(taken(budget)).isEqualTo(3);
    for (int i = 0; i < 10; i++) {
      assertThat(budget.take()).isFalse();
      budget.succeeded();
    }
    assertThat(budget.take()).isTrue();
    assertThat(budget.take()).isFalse();
    for (int i = 0; i < 1000; i++) {
      budget.succeeded();
    }
    assertThat(taken(budget)).isEqualTo(3);
  }

  @Test
  void aTokenIsRenewedBeforeItsEnd() {
    Token token = new Token("secret", 0, Duration.ofSeconds(100));
    assertThat(token.stale(seconds(79))).isFalse();
    assertThat(token.stale(seconds(80))).isTrue();
    assertThat(token.usable(seconds(94))).isTrue();
    assertThat(token.usable(seconds(96))).isFalse();
    assertThat(token.toString()).doesNotContain("secret");
  }

  private static int taken(RetryBudget budget) {
    int taken = 0;
    while (budget.take()) {
      taken++;
    }
    return taken;
  }

  private static long seconds(int n) {
    return Duration.ofSeconds(n).toNanos();
  }
}
