package dev.sluice.oci;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A content digest: {@code sha256:<64 hex>} or {@code sha512:<128 hex>}.
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex lower-case hexadecimal
 */
public record Digest(String algorithm, String hex) {
  private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");

  /**
   * @throws SluiceException {@link FailureKind#INVALID} if the text is no digest of a known
   *     algorithm
   */
  public static Digest parse(String text) {
    if (!FORM.matcher(text).matches()) {
      String shown = text.length() > 100 ? text.substring(0, 100) + "…" : text;
      throw new SluiceException(
          FailureKind.INVALID,
          "'" + shown + "' is no digest (sha256:<64 hex> or sha512:<128 hex>)");
    }
    int colon = text.indexOf(':');
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  public static boolean isDigest(String text) {
    return FORM.matcher(text).matches();
  }

  public static Digest sha256(byte[] bytes) {
    return of(newSha256(), bytes);
  }

  private static Digest of(MessageDigest digester, byte[] bytes) {
    return new Digest("sha256", HexFormat.of().formatHex(digester.digest(bytes)));
  }

  /** The sha256 digest that {@code digester} has computed; resets it. */
  public static Digest sha256Of(MessageDigest digester) {
    return new Digest("sha256", HexFormat.of().formatHex(digester.digest()));
  }

  public static MessageDigest newSha256() {
    return newDigester("SHA-256");
  }

  /** A fresh digester of this digest's algorithm. */
  public MessageDigest digester() {
    return newDigester(algorithm.equals("sha256") ? "SHA-256" : "SHA-512");
  }

  /** Whether {@code bytes} have this digest. */
  public boolean matches(byte[] bytes) {
    return HexFormat.of().formatHex(digester().digest(bytes)).equals(hex);
  }

  /** The first twelve hex digits, for people. */
  public String brief() {
    return hex.substring(0, 12);
  }

  private static MessageDigest newDigester(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + name, e);
    }
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
