package dev.sluice.registry;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** The certificates that the system trusts, read once. */
final class SystemTrust {
  /** Where distributions keep the certificates that an administrator manages. */
  private static final List<Path> BUNDLES =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
          Path.of("/etc/ssl/ca-bundle.pem"));

  private final Map<String, String> environment;
  private @Nullable Collection<? extends Certificate> read;

  SystemTrust(Map<String, String> environment) {
    this.environment = environment;
  }

  /** Blocks. */
  synchronized Collection<? extends Certificate> certificates() throws GeneralSecurityException {
    if (read == null) {
      Path bundle = bundle();
      read = bundle == null ? List.of(jdk().getAcceptedIssuers()) : Tls.read(bundle);
    }
    return read;
  }

  private @Nullable Path bundle() {
    String named = environment.get("SSL_CERT_FILE");
    if (named != null && !named.isEmpty()) {
      return Path.of(named);
    }
    return BUNDLES.stream().filter(Files::isReadable).findFirst().orElse(null);
  }

  private static X509TrustManager jdk() throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("the JDK has no X.509 trust manager");
  }
}
