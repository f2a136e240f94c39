package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.registry.hosts.TlsFiles;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a TLS connection needs.
 *
 * @param trust null: any certificate will do
 * @param identity the client's own certificate and key
 * @param engine null for the JDK's
 */
record Tls(
    @Nullable TrustOptions trust,
    @Nullable KeyCertOptions identity,
    @Nullable SSLEngineOptions engine) {
  private static final Logger log = LoggerFactory.getLogger(Tls.class);

  /**
   * Reads certificates and keys; blocks.
   *
   * @throws SluiceException LOCAL_IO if a file can't be read, INVALID if it holds no PEM
   */
  static Tls load(RegistryOptions options, SystemTrust system, TlsFiles files) {
    SSLEngineOptions engine = null;
    if (OpenSSLEngineOptions.isAvailable()) {
      engine = new OpenSSLEngineOptions();
    } else {
      log.info("TLS to registries: no native library for this platform, the JDK's engine is used");
    }
    TrustOptions trust = files.verifies() ? trust(options, system, files) : null;
    return new Tls(trust, identity(options, files), engine);
  }

  private static TrustOptions trust(RegistryOptions options, SystemTrust system, TlsFiles files) {
    List<Path> authorities = new ArrayList<>(options.caFiles());
    files.authorities().forEach(file -> authorities.add(file.path()));
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      add(store, "system", system.certificates());
      for (Path file : authorities) {
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

  @SuppressWarnings("unchecked")
  static Collection<X509Certificate> read(Path file) {
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

  private static @Nullable KeyCertOptions identity(RegistryOptions options, TlsFiles files) {
    PemKeyCertOptions pairs = new PemKeyCertOptions();
    Path certificate = options.clientCertificate();
    if (certificate != null) {
      add(pairs, certificate, options.clientKey() == null ? certificate : options.clientKey());
    }
    for (TlsFiles.ClientPair pair : files.clients()) {
      add(pairs, pair.certificate().path(), pair.key().path());
    }
    return pairs.getCertPaths().isEmpty() ? null : pairs;
  }

  private static void add(PemKeyCertOptions pairs, Path certificate, Path key) {
    for (Path file : List.of(certificate, key)) {
      if (!Files.isReadable(file)) {
        throw new SluiceException(
            FailureKind.LOCAL_IO, "read the client certificate: can't read " + file);
      }
    }
    pairs.addCertPath(certificate.toString()).addKeyPath(key.toString());
  }
}
