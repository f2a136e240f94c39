package dev.sluice.registry.hosts;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one directory says at a moment about the hosts of a registry.
 *
 * @param hosts in the order in which they are asked
 * @param read everything that it depends on
 * @param broken the version of {@code hosts.toml} that could not be read, or null
 */
record HostsDirectory(
    List<ConfiguredHost> hosts, List<StampedFile> read, @Nullable StampedFile broken) {
  static final String FILE = "hosts.toml";
  private static final Logger log = LoggerFactory.getLogger(HostsDirectory.class);
  private static final int MOST_BYTES = 1 << 20;

  /**
   * @param knownBroken a version of the file of which it has been said that it is broken
   * @throws SluiceException LOCAL_IO if the file system fails
   */
  static HostsDirectory read(Path directory, @Nullable StampedFile knownBroken) {
    Path file = directory.resolve(FILE);
    try {
      // First the stamps: what changes meanwhile will be read again.
      StampedFile directoryStamp = StampedFile.of(directory);
      StampedFile stamp = StampedFile.of(file);
      StampedFile broken = null;
      byte[] bytes = bytes(file);
      if (bytes.length > 0) {
        try {
          return parsed(file, stamp, bytes);
        } catch (SluiceException e) {
          broken = stamp;
          if (!stamp.equals(knownBroken)) {
            log.error(
                "{} ({}); only certificates in {} count until then",
                e.getMessage(),
                e.advice(),
                directory);
          }
        }
      }
      TlsFiles tls = CertificateFiles.in(directory);
      List<StampedFile> read = new ArrayList<>(List.of(directoryStamp, stamp));
      read.addAll(files(tls));
      return new HostsDirectory(List.of(ConfiguredHost.itself(tls)), List.copyOf(read), broken);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "read the hosts in " + directory + ": " + e.getClass().getSimpleName(),
          "Make the directory and what is in it readable.",
          e);
    }
  }

  private static byte[] bytes(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return in.readNBytes(MOST_BYTES + 1);
    } catch (NoSuchFileException | NotDirectoryException _) {
      return new byte[0];
    }
  }

  private static HostsDirectory parsed(Path file, StampedFile stamp, byte[] bytes) {
    if (bytes.length > MOST_BYTES) {
      throw HostsToml.failure(file, 1, "it is longer than " + MOST_BYTES + " bytes");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      throw HostsToml.failure(file, 1, "it is not in UTF-8");
    }
    HostsToml.Parsed parsed = HostsToml.parse(file, text);
    for (String key : parsed.ignored()) {
      log.warn("{}: nobody knows the key {}; it is ignored", file, key);
    }
    List<StampedFile> read = new ArrayList<>(List.of(stamp));
    parsed.hosts().forEach(host -> read.addAll(files(host.tls())));
    return new HostsDirectory(parsed.hosts(), List.copyOf(read), null);
  }

  private static List<StampedFile> files(TlsFiles tls) {
    List<StampedFile> all = new ArrayList<>(tls.authorities());
    for (TlsFiles.ClientPair pair : tls.clients()) {
      all.add(pair.certificate());
      all.add(pair.key());
    }
    return all;
  }

  boolean isCurrent() {
    return read.stream().noneMatch(StampedFile::hasChanged);
  }
}
