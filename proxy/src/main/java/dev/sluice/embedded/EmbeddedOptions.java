package dev.sluice.embedded;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How an embedded registry behaves.
 *
 * @param directory where blobs are stored; made if absent, not removed at the end
 * @param referrersApi false: the Referrers API answers 404 and manifests with a subject get no
 *     {@code OCI-Subject}
 * @param referrersPage descriptors in one answer of the Referrers API; 0 is all
 * @param signedUrlLife if not null, blobs are redirected to a second origin by URLs that live so
 *     long
 */
public record EmbeddedOptions(
    Path directory,
    Link link,
    Access access,
    boolean referrersApi,
    int referrersPage,
    @Nullable Duration signedUrlLife,
    @Nullable ServerTls tls) {

  /** An open, unshaped registry with the Referrers API, over plain HTTP. */
  public static EmbeddedOptions in(Path directory) {
    return new EmbeddedOptions(directory, Link.NONE, Access.OPEN, true, 0, null, null);
  }

  public EmbeddedOptions withLink(Link link) {
    return new EmbeddedOptions(
        directory, link, access, referrersApi, referrersPage, signedUrlLife, tls);
  }

  public EmbeddedOptions withAccess(Access access) {
    return new EmbeddedOptions(
        directory, link, access, referrersApi, referrersPage, signedUrlLife, tls);
  }

  public EmbeddedOptions withoutReferrersApi() {
    return new EmbeddedOptions(directory, link, access, false, 0, signedUrlLife, tls);
  }

  public EmbeddedOptions withReferrersPage(int referrersPage) {
    return new EmbeddedOptions(
        directory, link, access, referrersApi, referrersPage, signedUrlLife, tls);
  }

  public EmbeddedOptions withSignedUrls(Duration life) {
    return new EmbeddedOptions(directory, link, access, referrersApi, referrersPage, life, tls);
  }

  public EmbeddedOptions withTls(ServerTls tls) {
    return new EmbeddedOptions(
        directory, link, access, referrersApi, referrersPage, signedUrlLife, tls);
  }

  /**
   * @param clientCa if not null, clients must show a certificate that this CA has signed
   */
  public record ServerTls(Path certificate, Path key, @Nullable Path clientCa) {}
}
