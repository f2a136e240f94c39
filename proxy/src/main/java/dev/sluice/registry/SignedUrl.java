package dev.sluice.registry;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads when a signed URL ends: S3 and GCS (V4), CloudFront and V2, Azure SAS. */
final class SignedUrl {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private SignedUrl() {}

  /** Null if the URL doesn't say. */
  static @Nullable Instant expiry(String uri) {
    int query = uri.indexOf('?');
    if (query < 0) {
      return null;
    }
    Map<String, String> parameters = new HashMap<>();
    for (String pair : uri.substring(query + 1).split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.put(
            pair.substring(0, equals).toLowerCase(Locale.ROOT), pair.substring(equals + 1));
      }
    }
    try {
      for (String vendor : new String[] {"x-amz-", "x-goog-"}) {
        String date = parameters.get(vendor + "date");
        String seconds = parameters.get(vendor + "expires");
        if (date != null && seconds != null) {
          return STAMP.parse(date, Instant::from).plusSeconds(Long.parseLong(seconds));
        }
      }
      String epoch = parameters.get("expires");
      if (epoch != null) {
        return Instant.ofEpochSecond(Long.parseLong(epoch));
      }
      String azure = parameters.get("se");
      if (azure != null) {
        return OffsetDateTime.parse(URLDecoder.decode(azure, StandardCharsets.UTF_8)).toInstant();
      }
    } catch (DateTimeException | ArithmeticException | IllegalArgumentException _) {
      return null;
    }
    return null;
  }
}
