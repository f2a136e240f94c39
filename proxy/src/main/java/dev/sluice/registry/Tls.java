package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.SSLEngineOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a TLS connection needs.
 *
 * @param identity the client's own certificate and key
 * @param engine null for the JDK's
 */
record Tls(
    TrustOptions trust, @Nullable KeyCertOptions identity, @Nullable SSLEngineOptions engine) {
  private static final Logger log = LoggerFactory.getLogger(Tls.class);

  /** Where distributions keep the certificates that an administrator manages. */
  private static final List<Path> SYSTEM_BUNDLES =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
          Path.of("/etc/ssl/ca-bundle.pem"));

  /**
   * Reads certificates and keys; blocks.
   *
   * @throws SluiceException LOCAL_IO if a file can't be read, INVALID if it holds no PEM
   */
  static Tls load(RegistryOptions options) {
    SSLEngineOptions engine = null;
    if (OpenSSLEngineOptions.isAvailable()) {
      engine = new OpenSSLEngineOptions();
    } else {
      log.info("TLS to registries: no native library for this platform, the JDK's engine is used");
    }
    return new Tls(trust(options), identity(options), engine);
  }

  private static TrustOptions trust(RegistryOptions options) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      Path bundle = systemBundle(options.environment());
      add(
          store,
          "system",
          bundle == null ? List.of(jdkTrust().getAcceptedIssuers()) : read(bundle));
      for (Path file : options.caFiles()) {
        Collection<? extends Certificate> certificates = read(file);
        if (certificates.isEmpty()) {
          throw new SluiceException(
              FailureKind.INVALID, "trust the CA file " + file + ": it holds no certificate");
        }
        add(store, file.toString(), certificates);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return TrustOptions.wrap(factory);
    } catch (GeneralSecurityException | IOException e) {
      throw new SluiceException(FailureKind.INTERNAL, "make the trust store", e);
    }
  }

  private static void add(
      KeyStore store, String source, Collection<? extends Certificate> certificates)
      throws GeneralSecurityException {
    int number = 0;
    for (Certificate certificate : certificates) {
      store.setCertificateEntry(source + "-" + number++, certificate);
    }
  }

  private static X509TrustManager jdkTrust() throws GeneralSecurityException {
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

  private static @Nullable Path systemBundle(Map<String, String> environment) {
    String named = environment.get("SSL_CERT_FILE");
    if (named != null && !named.isEmpty()) {
      return Path.of(named);
    }
    return SYSTEM_BUNDLES.stream().filter(Files::isReadable).findFirst().orElse(null);
  }

  @SuppressWarnings("unchecked")
  private static Collection<X509Certificate> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return (Collection<X509Certificate>)
          CertificateFactory.getInstance("X.509").generateCertificates(in);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "read the CA file " + file + ": " + e.getMessage(), e);
    } catch (CertificateException e) {
      throw new SluiceException(
          FailureKind.INVALID, "read the CA file " + file + ": it is no PEM file", e);
    }
  }

  private static @Nullable KeyCertOptions identity(RegistryOptions options) {
    Path certificate = options.clientCertificate();
    if (certificate == null) {
      return null;
    }
    Path key = options.clientKey() == null ? certificate : options.clientKey();
    for (Path file : List.of(certificate, key)) {
      if (!Files.isReadable(file)) {
        throw new SluiceException(
            FailureKind.LOCAL_IO, "read the client certificate: can't read " + file);
      }
    }
    return new PemKeyCertOptions().addCertPath(certificate.toString()).addKeyPath(key.toString());
  }
}
