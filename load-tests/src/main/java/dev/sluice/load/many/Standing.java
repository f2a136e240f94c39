package dev.sluice.load.many;

import dev.sluice.load.Containerd;
import dev.sluice.load.Program;
import dev.sluice.load.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Root file systems of containers, mounted as containerd says, and reads in them. */
final class Standing implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int READERS = 4;

  private final Containerd containerd;
  private final Path directory;
  private final ManyImages images;
  private final List<Root> roots = new ArrayList<>();

  private record Root(ManyImages.Image image, Path directory) {}

  Standing(Containerd containerd, Path directory, ManyImages images) {
    this.containerd = containerd;
    this.directory = directory;
    this.images = images;
  }

  /** Prepares a container's snapshot on an image and mounts it. */
  void add(ManyImages.Image image) throws IOException {
    String key = "container-" + roots.size();
    Path at = Files.createDirectories(directory.resolve(key));
    Program.run(LIMIT, "sh", "-ec", prepare(image, key, at));
    roots.add(new Root(image, at));
  }

  /* After some restarts of the service containerd connects to it with a pause, and says so. */
  private String prepare(ManyImages.Image image, String key, Path at) {
    Program.Result[] last = new Program.Result[1];
    Waiting.until(
        "containerd prepares " + key,
        LIMIT,
        () -> {
          last[0] =
              containerd.result(
                  "snapshot", "--snapshotter", "sluice", "prepare", "-t", at, key, image.chain());
          return !last[0].err().contains("unavailable");
        });
    if (last[0].exitCode() != 0) {
      throw new IllegalStateException("prepare %s: %s".formatted(key, last[0].err()));
    }
    return last[0].out();
  }

  /**
   * Reads random files in random roots, several at a time.
   *
   * @return how many
   * @throws IllegalStateException if one read other bytes than it must, failed or did not end
   */
  long read(long seed, int reads) throws InterruptedException {
    List<Future<Long>> all = new ArrayList<>();
    // Not closed: that would wait for a read that does not end.
    ExecutorService readers =
        Executors.newFixedThreadPool(
            READERS, Thread.ofPlatform().daemon().name("many-reader-", 1).factory());
    try {
      for (int i = 0; i < READERS; i++) {
        Random random = new Random(seed * READERS + i);
        Callable<Long> reader = () -> read(random, reads / READERS);
        all.add(readers.submit(reader));
      }
      long sum = 0;
      for (Future<Long> each : all) {
        sum += each.get(LIMIT.toMinutes() * 5, TimeUnit.MINUTES);
      }
      return sum;
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("read in the mounts: " + e, e);
    } finally {
      readers.shutdownNow();
    }
  }

  private long read(Random random, int reads) throws IOException {
    for (int i = 0; i < reads; i++) {
      Root root = roots.get(random.nextInt(roots.size()));
      ManyImages.Member member = images.member(root.image(), random);
      byte[] got = Files.readAllBytes(root.directory().resolve(member.name()));
      if (!Arrays.equals(got, images.bytes(root.image().number(), member))) {
        throw new IllegalStateException(
            "WRONG BYTES in %s of image %d".formatted(member.name(), root.image().number()));
      }
    }
    return reads;
  }

  /** Unmounts all, and removes their snapshots. */
  void remove() {
    while (!roots.isEmpty()) {
      Root root = roots.removeLast();
      Program.run(LIMIT, "umount", root.directory());
      containerd.ctr(
          "snapshot", "--snapshotter", "sluice", "rm", root.directory().getFileName().toString());
    }
  }

  /** Unmounts all. */
  @Override
  public void close() {
    for (Root root : roots) {
      var _ = Program.result(LIMIT, java.util.Map.of(), "umount", "-l", root.directory());
    }
    roots.clear();
  }
}
