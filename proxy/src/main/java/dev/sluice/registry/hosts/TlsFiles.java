package dev.sluice.registry.hosts;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a host proves who it is, and we to it. Files are PEM.
 *
 * @param authorities certificates that are trusted beside those that the system trusts
 * @param skipVerify whether any certificate will do; null if nobody said
 */
public record TlsFiles(
    List<StampedFile> authorities, List<ClientPair> clients, @Nullable Boolean skipVerify) {
  public static final TlsFiles NONE = new TlsFiles(List.of(), List.of(), null);

  /**
   * A certificate that we show.
   *
   * @param key the same file if the key stands beside the certificate
   */
  public record ClientPair(StampedFile certificate, StampedFile key) {}

  /** Whether anybody said anything about TLS. */
  public boolean isConfigured() {
    return !equals(NONE);
  }

  public boolean verifies() {
    return skipVerify == null || !skipVerify;
  }
}
