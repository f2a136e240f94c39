package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
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
  private static final BlobLocations.Home HOME =
      new BlobLocations.Home(new HttpOrigin(true, "h", 443), new Repository("h", "a/b"));
  private static final Digest DIGEST = Digest.sha256(new byte[0]);
  private static final Target FROM = Target.of("https://registry.test/v2/a/blobs/b?sig=secret");

  private final BlobLocations locations = new BlobLocations();

  @Override
  public Set<FailureKind> refusals() {
    return Set.of();
  }

  @Override
  public List<byte[]> seeds() {
    return FuzzTarget.texts(
        """
        Bearer realm="https://auth.test/token",service="r\\"s",scope="a:b:pull"
        Basic realm=x, Negotiate aa==, Digest a=1 , b="2"
        """,
        """
        bytes 0-499/1234
        bytes 5-9/*
        bytes */99
        120
        Wed, 21 Oct 2026 07:28:00 GMT
        99999999999
        """,
        """
        https://user@cdn.test:8443/p/q?X-Amz-Signature=abc#f
        //other/x
        ?a=b
        blob
        http://[::1]:80/x
        https://s/x?X-Amz-Date=20260101T000000Z&X-Amz-Expires=900
        https://s/x?Expires=1767225600
        https://s/x?se=2026-01-01T00%3A00%3A00Z
        """,
        """
        {"errors":[{"code":"DENIED","message":"see https://x/?token=1","detail":[]}]}
        """);
  }

  @Override
  public void run(byte[] input) {
    for (String line : new String(input, StandardCharsets.UTF_8).split("\n", 64)) {
      read(line);
    }
  }

  private void read(String line) {
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

  private void place(String location) {
    Target to;
    try {
      to = FROM.resolve(location);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).doesNotContain("secret");
      return;
    }
    locations.put(HOME, DIGEST, to);
    assertThat(to.uri()).startsWith("/").doesNotContain(" ", "\r", "\n", "#");
    assertThat(to.toString()).doesNotContain("?");
    assertThat(to.origin().toString()).doesNotContain("@");
    assertThat(Target.of(to.origin() + to.uri()).origin()).isEqualTo(to.origin());
  }
}
