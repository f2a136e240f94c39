package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * What a registry's answer says, line by line, each read as every header that is read:
 * WWW-Authenticate, Content-Range, Retry-After, Location, and the body of an error.
 */
public final class AnswerHeadersFuzz implements FuzzTarget {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Target FROM = Target.of("https://registry.test/v2/a/blobs/b?sig=secret");

  @Override
  public Set<FailureKind> refusals() {
    return Set.of();
  }

  @Override
  public List<byte[]> seeds() {
    return FuzzTarget.texts(
        "Bearer realm=\"https://auth.test/token\",service=\"r\\\"s\",scope=\"a:b:pull\"\n"
            + "Basic realm=x, Negotiate aa==, Digest a=1 , b=\"2\"",
        "bytes 0-499/1234\nbytes 5-9/*\nbytes */99",
        "120\nWed, 21 Oct 2026 07:28:00 GMT\n-1\n99999999999",
        "https://user@cdn.test:8443/p/q?X-Amz-Signature=abc#f\n//other/x\n/v2/x\n?a=b\nblob\n"
            + "http://[::1]:80/x",
        "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"see https://x/?token=1\",\"detail\":[]}]}");
  }

  @Override
  public void run(byte[] input) {
    for (String line : new String(input, StandardCharsets.UTF_8).split("\n", 64)) {
      read(line);
    }
  }

  private static void read(String line) {
    for (Challenge challenge : Challenge.parse(List.of(line))) {
      assertThat(challenge.scheme()).isNotEmpty().doesNotContain(" ", ",", "\"");
    }
    ContentRange range = ContentRange.parse(line);
    if (range != null) {
      String total = range.total() < 0 ? "*" : Long.toString(range.total());
      assertThat(ContentRange.parse("bytes %d-%d/%s".formatted(range.first(), range.last(), total)))
          .isEqualTo(range);
    }
    Duration wait = RetryAfter.parse(line, NOW);
    if (wait != null) {
      assertThat(wait).isBetween(Duration.ZERO, Duration.ofDays(1));
    }
    place(line);
    String said = StatusFailure.said(Buffer.buffer(line));
    assertThat(said).hasSizeLessThanOrEqualTo(201).doesNotContainPattern("\\?[^…\\s]");
  }

  private static void place(String location) {
    Target to;
    try {
      to = FROM.resolve(location);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).doesNotContain("secret");
      return;
    }
    assertThat(to.uri()).startsWith("/").doesNotContain(" ", "\r", "\n", "#");
    assertThat(to.toString()).doesNotContain("?");
    assertThat(to.origin().toString()).doesNotContain("@");
    assertThat(Target.of(to.origin() + to.uri()).origin()).isEqualTo(to.origin());
  }
}
