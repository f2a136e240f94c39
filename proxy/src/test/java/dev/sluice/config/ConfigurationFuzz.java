package dev.sluice.config;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A configuration file. */
public final class ConfigurationFuzz implements FuzzTarget {
  private final Path file;

  public ConfigurationFuzz() {
    try {
      file = Files.createTempFile("config", ".toml");
      file.toFile().deleteOnExit();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.INVALID);
  }

  @Override
  public List<byte[]> seeds() throws IOException {
    byte[] sample = Files.readAllBytes(Path.of("../conf/config.toml"));
    String set =
        new String(sample, java.nio.charset.StandardCharsets.UTF_8).replaceAll("(?m)^#(\\w)", "$1");
    return List.of(sample, set.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  @Override
  public void run(byte[] input) throws IOException {
    Files.write(file, input);
    var _ = ConfigurationLoader.loadFile(file).configuration();
  }
}
