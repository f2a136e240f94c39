package dev.sluice.doctor;

import dev.sluice.failure.SluiceException;
import dev.sluice.registry.hosts.HostsDirectories;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Whether all {@code hosts.toml} files can be read: a broken one is passed over silently. */
final class HostsCheck implements Check {
  private static final String SUBJECT = "registry hosts";

  private final List<Path> directories;

  HostsCheck(List<Path> directories) {
    this.directories = directories;
  }

  @Override
  public String subject() {
    return SUBJECT;
  }

  @Override
  public List<Finding> run() throws IOException {
    List<Finding> findings = new ArrayList<>();
    int read = 0;
    for (Path directory : directories) {
      if (!Files.isDirectory(directory)) {
        continue;
      }
      try (DirectoryStream<Path> registries = Files.newDirectoryStream(directory)) {
        for (Path registry : registries) {
          Path file = registry.resolve("hosts.toml");
          if (Files.isRegularFile(file)) {
            read++;
            findings.addAll(look(file));
          }
        }
      }
    }
    if (findings.isEmpty()) {
      findings.add(
          Finding.ok(
              SUBJECT,
              read == 0 ? "no hosts.toml: registries are asked directly" : read + " hosts.toml"));
    }
    return findings;
  }

  private static List<Finding> look(Path file) {
    try {
      return HostsDirectories.check(file).stream()
          .map(ignored ->
              Finding.warn(
                  SUBJECT,
                  "%s: %s means nothing here".formatted(file, ignored),
                  "is it misspelt? containerd passes it over too"))
          .toList();
    } catch (SluiceException e) {
      return List.of(Finding.fail(SUBJECT, String.valueOf(e.getMessage()), e.advice()));
    }
  }
}
