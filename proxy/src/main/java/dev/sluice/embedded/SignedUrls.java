package dev.sluice.embedded;

import dev.sluice.oci.Digest;
import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Makes and checks URLs of the second origin, in the manner of S3. */
final class SignedUrls {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final String origin;
  private final Duration life;
  private SecretKeySpec key = newKey();

  SignedUrls(String origin, Duration life) {
    this.origin = origin;
    this.life = life;
  }

  String sign(Digest digest) {
    String stamp = STAMP.format(Instant.now());
    String expires = Long.toString(life.toSeconds());
    return origin
        + "/storage/"
        + digest
        + "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date="
        + stamp
        + "&X-Amz-Expires="
        + expires
        + "&X-Amz-SignedHeaders=host&X-Amz-Signature="
        + mac(digest + stamp + expires);
  }

  boolean good(Digest digest, MultiMap query) {
    String stamp = query.get("X-Amz-Date");
    String expires = query.get("X-Amz-Expires");
    Instant from = stamp == null ? null : parse(stamp);
    return from != null
        && expires != null
        && mac(digest + stamp + expires).equals(query.get("X-Amz-Signature"))
        && from.plusSeconds(Long.parseLong(expires)).isAfter(Instant.now());
  }

  /** All URLs that were given out are bad from now on. */
  void revoke() {
    key = newKey();
  }

  private String mac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  private static @Nullable Instant parse(String stamp) {
    try {
      return STAMP.parse(stamp, Instant::from);
    } catch (DateTimeParseException _) {
      return null;
    }
  }

  private static SecretKeySpec newKey() {
    return new SecretKeySpec(
        UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8), "HmacSHA256");
  }
}
