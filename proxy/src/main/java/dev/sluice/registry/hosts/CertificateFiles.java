package dev.sluice.registry.hosts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The layout that Docker gave certificates of a registry: {@code *.crt} are trusted, {@code X.cert}
 * is shown with the key {@code X.key}.
 */
final class CertificateFiles {
  private CertificateFiles() {}

  static TlsFiles in(Path directory) throws IOException {
    List<StampedFile> authorities = new ArrayList<>();
    List<TlsFiles.ClientPair> clients = new ArrayList<>();
    for (Path file : files(directory)) {
      String name = file.getFileName().toString();
      if (name.endsWith(".crt")) {
        authorities.add(StampedFile.of(file));
      } else if (name.endsWith(".cert")) {
        StampedFile certificate = StampedFile.of(file);
        String stem = name.substring(0, name.length() - ".cert".length());
        StampedFile key = StampedFile.of(directory.resolve(stem + ".key"));
        clients.add(new TlsFiles.ClientPair(certificate, key.exists() ? key : certificate));
      }
    }
    return new TlsFiles(List.copyOf(authorities), List.copyOf(clients), null);
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(file -> !Files.isDirectory(file)).sorted().toList();
    }
  }
}
