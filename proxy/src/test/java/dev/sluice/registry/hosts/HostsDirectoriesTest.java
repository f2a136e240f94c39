package dev.sluice.registry.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Which file counts for a registry, and what counts without one. */
final class HostsDirectoriesTest {
  @TempDir Path root;

  private void write(String directory, String text) throws IOException {
    Files.writeString(Files.createDirectories(root.resolve(directory)).resolve("hosts.toml"), text);
  }

  private static String server(String name) {
    return "server = 'https://" + name + "'";
  }

  private static String place(HostsDirectories directories, String namespace) {
    HostUrl url = directories.hosts(namespace, false).getLast().url();
    return url == null ? "none" : (url.tls() ? "https://" : "http://") + url.authority();
  }

  private String place(String namespace) {
    return place(new HostsDirectories(List.of(root)), namespace);
  }

  @Test
  void theDirectoryWithThePortSpelledOutComesFirst() throws IOException {
    write("_default", server("default.example"));
    assertThat(place("r.example:5000")).isEqualTo("https://default.example");
    write("r.example:5000", server("colon.example"));
    assertThat(place("r.example:5000")).isEqualTo("https://colon.example");
    write("r.example_5000_", server("spelled.example"));
    assertThat(place("r.example:5000")).isEqualTo("https://spelled.example");
    assertThat(place("r.example")).isEqualTo("https://default.example");
    write("r.example", server("plain.example"));
    assertThat(place("r.example")).isEqualTo("https://plain.example");
  }

  @Test
  void theFirstDirectoryCountsEvenIfItIsEmpty() throws IOException {
    write("_default", server("default.example"));
    Files.createDirectories(root.resolve("r.example"));
    assertThat(place("r.example")).isEqualTo("https://r.example");
  }

  @Test
  void rootsAreAskedInOrder() throws IOException {
    write("one/_default", server("one.example"));
    write("two/r.example", server("two.example"));
    Path one = root.resolve("one");
    Path two = root.resolve("two");
    Path absent = root.resolve("absent");
    assertThat(place(new HostsDirectories(List.of(absent, two, one)), "r.example"))
        .isEqualTo("https://two.example");
    assertThat(place(new HostsDirectories(List.of(absent, one, two)), "r.example"))
        .isEqualTo("https://one.example");
    assertThat(place(new HostsDirectories(List.of(absent)), "r.example"))
        .isEqualTo("https://r.example");
  }

  @ParameterizedTest
  @CsvSource({
    "docker.io, https://registry-1.docker.io, true, false",
    "r.example, https://r.example, true, false",
    "r.example:80, https://r.example:80, true, false",
    "localhost, https://localhost, false, true",
    "localhost:443, https://localhost:443, false, true",
    "localhost:5000, http://localhost:5000, false, true",
    "localhost:80, http://localhost:80, true, false",
    "127.0.0.7:5000, http://127.0.0.7:5000, false, true",
    "[::1]:5000, http://[::1]:5000, false, true",
    "128.0.0.1:5000, https://128.0.0.1:5000, true, false",
  })
  void aRegistryWithoutAFileIsWhereItsNameSays(
      String namespace, String place, boolean verifies, boolean tlsConfigured) {
    HostsDirectories none = new HostsDirectories(List.of(root));
    ConfiguredHost host = none.hosts(namespace, false).getFirst();
    assertThat(place(none, namespace)).isEqualTo(place);
    assertThat(host.tls().verifies()).isEqualTo(verifies);
    assertThat(host.tls().isConfigured()).isEqualTo(tlsConfigured);
    assertThat(host.capabilities()).isEqualTo(Capability.ALL);
  }

  @Test
  void aUserWhoWantsPlainHttpGetsIt() {
    HostsDirectories none = new HostsDirectories(List.of(root));
    for (String namespace : List.of("r.example", "localhost", "localhost:5000")) {
      ConfiguredHost host = none.hosts(namespace, true).getFirst();
      assertThat(host.url()).extracting(HostUrl::tls).isEqualTo(false);
      assertThat(host.tls().isConfigured()).isFalse();
    }
    assertThat(none.hosts("docker.io", true).getFirst().url())
        .extracting(HostUrl::tls)
        .isEqualTo(true);
  }

  @Test
  void withoutAFileCertificatesBesideItCount() throws IOException {
    Path directory = Files.createDirectories(root.resolve("r.example"));
    for (String name : List.of("b.crt", "a.crt", "x.cert", "x.key", "y.cert", "z.key", "n.txt")) {
      Files.writeString(directory.resolve(name), name);
    }
    Files.createDirectories(directory.resolve("d.crt"));
    Files.writeString(directory.resolve("hosts.toml"), "");
    TlsFiles tls = new HostsDirectories(List.of(root)).hosts("r.example", false).getFirst().tls();
    assertThat(tls.authorities())
        .extracting(StampedFile::path)
        .containsExactly(directory.resolve("a.crt"), directory.resolve("b.crt"));
    assertThat(tls.clients())
        .extracting(pair -> pair.certificate().path(), pair -> pair.key().path())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                directory.resolve("x.cert"), directory.resolve("x.key")),
            org.assertj.core.groups.Tuple.tuple(
                directory.resolve("y.cert"), directory.resolve("y.cert")));
  }

  @Test
  void aBrokenFileIsSaidOnceAndOnlyCertificatesCount() throws IOException {
    Logger logger = (Logger) LoggerFactory.getLogger(HostsDirectory.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);
    try {
      write("r.example", "server = 'https://m.example'\ncapabilities = ['pul']");
      Files.writeString(root.resolve("r.example/a.crt"), "x");
      HostsDirectories directories = new HostsDirectories(List.of(root));
      ConfiguredHost host = directories.hosts("r.example", false).getFirst();
      assertThat(place(directories, "r.example")).isEqualTo("https://r.example");
      assertThat(host.tls().authorities()).hasSize(1);
      Files.writeString(root.resolve("r.example/b.crt"), "x");
      assertThat(directories.hosts("r.example", false).getFirst().tls().authorities()).hasSize(2);
      assertThat(said.list).hasSize(1);
      assertThat(said.list.getFirst().getFormattedMessage())
          .contains(root.resolve("r.example/hosts.toml") + ": line 2: 'capabilities'");
      write("r.example", "server = 'https://m.example'\ncapabilities = ['pule']");
      assertThat(place(directories, "r.example")).isEqualTo("https://r.example");
      assertThat(said.list).hasSize(2);
      write("r.example", server("m.example"));
      assertThat(place(directories, "r.example")).isEqualTo("https://m.example");
      assertThat(said.list).hasSize(2);
    } finally {
      logger.detachAppender(said);
    }
  }

  @Test
  void everyChangeCounts() throws IOException {
    HostsDirectories directories = new HostsDirectories(List.of(root));
    assertThat(place(directories, "r.example")).isEqualTo("https://r.example");
    write("_default", server("d.example"));
    assertThat(place(directories, "r.example")).isEqualTo("https://d.example");
    write("r.example", server("a.example"));
    assertThat(place(directories, "r.example")).isEqualTo("https://a.example");
    // The same size at the same time, as an editor that keeps times may leave it.
    Path file = root.resolve("r.example/hosts.toml");
    Path other = root.resolve("new.toml");
    Files.writeString(other, server("b.example"));
    Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(place(directories, "r.example")).isEqualTo("https://b.example");
    Files.delete(file);
    assertThat(place(directories, "r.example")).isEqualTo("https://r.example");
    Files.delete(root.resolve("r.example"));
    assertThat(place(directories, "r.example")).isEqualTo("https://d.example");
  }

  @Test
  void aRenewedCertificateCounts() throws IOException {
    write("r.example", "ca = 'ca.pem'");
    HostsDirectories directories = new HostsDirectories(List.of(root));
    TlsFiles absent = directories.hosts("r.example", false).getFirst().tls();
    Files.writeString(root.resolve("r.example/ca.pem"), "x");
    TlsFiles first = directories.hosts("r.example", false).getFirst().tls();
    assertThat(first).isNotEqualTo(absent);
    assertThat(directories.hosts("r.example", false).getFirst().tls()).isEqualTo(first);
    Files.writeString(root.resolve("r.example/ca.pem"), "xy");
    assertThat(directories.hosts("r.example", false).getFirst().tls()).isNotEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", ".", "a/b", "", "a b", "../x:1", "a:b:c"})
  void whatIsNoRegistryLeadsNowhere(String namespace) {
    assertThatThrownBy(() -> new HostsDirectories(List.of(root)).hosts(namespace, false))
        .isInstanceOf(SluiceException.class);
  }

  @Test
  void noBytesInAFileStopAPull() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    HostsDirectories directories = new HostsDirectories(List.of(root));
    Path file = Files.createDirectories(root.resolve("r.example")).resolve("hosts.toml");
    for (int i = 0; i < 100; i++) {
      byte[] bytes = new byte[1 + random.nextInt(200)];
      random.nextBytes(bytes);
      Files.write(file, bytes);
      assertThat(directories.hosts("r.example", false)).as("seed %d", seed).isNotEmpty();
    }
    Files.write(file, new byte[2 << 20]);
    assertThat(place(directories, "r.example")).isEqualTo("https://r.example");
  }
}
