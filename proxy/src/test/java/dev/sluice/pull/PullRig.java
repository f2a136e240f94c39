package dev.sluice.pull;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A puller, its staging directory and places to claim into. */
final class PullRig implements AutoCloseable {
  static final PullOptions SMALL =
      PullOptions.DEFAULT.withMemory(64 << 10, 4 << 20).withDisk(1L << 30, 0);

  private final Path directory;
  private final AtomicInteger targets = new AtomicInteger();
  private LayerPuller puller;

  PullRig(PullOptions options) {
    try {
      directory = Files.createTempDirectory("sluice-pull-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    puller = LayerPuller.open(options, staging());
  }

  static PullRig open() {
    return new PullRig(SMALL);
  }

  LayerPuller puller() {
    return puller;
  }

  Path directory() {
    return directory;
  }

  Path staging() {
    return directory.resolve("staging");
  }

  void reopen(PullOptions options) {
    puller.close();
    puller = LayerPuller.open(options, staging());
  }

  Path target() {
    try {
      return Files.createDirectory(directory.resolve("target-" + targets.incrementAndGet()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Pulls a layer and claims it. */
  Path pull(Blobs blobs, PullLayer layer, Directories below) {
    Path into = target();
    try (ImagePull pull = puller.start(blobs.image())) {
      pull.claim(layer.blob().digest(), into, below);
    }
    return into;
  }

  /** Unpacks one tar as the lowest layer but one, on a layer without directories. */
  Path unpack(byte[] tar) {
    Blobs blobs = new Blobs();
    return pull(blobs, blobs.gzip(tar), path -> null);
  }

  /**
   * A layer that is given up while it is unpacked takes its files away by itself, a little later.
   */
  void awaitNothingStaged() {
    Awaitility.await().untilAsserted(() -> assertThat(staged()).isEmpty());
  }

  /** What is in the staging directory. */
  private List<Path> staged() {
    try (Stream<Path> entries = Files.list(staging())) {
      return entries.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    puller.close();
    Removal.tree(directory);
  }
}
