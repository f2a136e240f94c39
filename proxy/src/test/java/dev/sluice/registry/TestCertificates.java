package dev.sluice.registry;

import dev.sluice.embedded.EmbeddedOptions;
import java.io.IOException;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A CA and certificates that it has signed, as PEM files. */
final class TestCertificates {
  private static final X500Name CA_NAME = new X500Name("CN=Test CA");

  final Path ca;
  private final Path directory;
  private final KeyPair caKey;
  private long serial = 1;

  TestCertificates(Path directory) throws Exception {
    this.directory = Files.createDirectories(directory);
    caKey = newKey();
    ca = pem("ca.pem", certificate(CA_NAME, caKey, null));
  }

  /** Certificate and key of a server that is known by {@code name}: an address or a DNS name. */
  EmbeddedOptions.ServerTls server(String name, boolean wantsClientCertificates) throws Exception {
    return server(name, wantsClientCertificates, Duration.ofDays(1));
  }

  /** The same, past its time for half an hour. */
  EmbeddedOptions.ServerTls expired(String name) throws Exception {
    return server(name, false, Duration.ofMinutes(-30));
  }

  private EmbeddedOptions.ServerTls server(
      String name, boolean wantsClientCertificates, Duration valid) throws Exception {
    boolean address = Character.isDigit(name.charAt(0));
    GeneralName known =
        new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, name);
    KeyPair key = newKey();
    return new EmbeddedOptions.ServerTls(
        pem(name + ".pem", certificate(new X500Name("CN=server"), key, known, valid)),
        keyPem(name + ".key", key),
        wantsClientCertificates ? ca : null);
  }

  /** Certificate and key of a client, in one file. */
  Path client() throws Exception {
    KeyPair key = newKey();
    Path file = pem("client.pem", certificate(new X500Name("CN=client"), key, null));
    Path keyFile = keyPem("client.key", key);
    return Files.writeString(file, Files.readString(file) + Files.readString(keyFile));
  }

  private X509Certificate certificate(X500Name subject, KeyPair key, GeneralName name)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    return certificate(subject, key, name, Duration.ofDays(1));
  }

  private X509Certificate certificate(
      X500Name subject, KeyPair key, GeneralName name, Duration valid)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    Instant now = Instant.now();
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            CA_NAME,
            BigInteger.valueOf(serial++),
            Date.from(now.minus(Duration.ofHours(1))),
            Date.from(now.plus(valid)),
            subject,
            key.getPublic());
    if (subject.equals(CA_NAME)) {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    }
    if (name != null) {
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(name));
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(caKey.getPrivate())));
  }

  private static KeyPair newKey() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private Path pem(String name, Object object) throws IOException {
    Path file = directory.resolve(name);
    try (Writer out = Files.newBufferedWriter(file);
        JcaPEMWriter pem = new JcaPEMWriter(out)) {
      pem.writeObject(object);
    }
    return file;
  }

  private Path keyPem(String name, KeyPair key) throws IOException {
    return pem(name, new JcaPKCS8Generator(key.getPrivate(), null));
  }
}
