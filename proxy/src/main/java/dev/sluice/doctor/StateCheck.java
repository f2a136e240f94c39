package dev.sluice.doctor;

import dev.sluice.config.Configuration;
import dev.sluice.config.SizeText;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Whether what is configured fits on the file system of the state directory. */
final class StateCheck implements Check {
  private static final String SUBJECT = "state directory";
  private static final long GIB = 1L << 30;
  private static final Set<String> REMOTE = Set.of("nfs", "nfs4", "cifs", "smb3", "9p", "ceph");

  private final Configuration configuration;

  StateCheck(Configuration configuration) {
    this.configuration = configuration;
  }

  @Override
  public String subject() {
    return SUBJECT;
  }

  @Override
  public List<Finding> run() throws IOException {
    Path root = configuration.root();
    Path at = MountCheck.existing(root);
    FileStore store = Files.getFileStore(at);
    List<Finding> findings = new ArrayList<>();
    if (REMOTE.contains(store.type())) {
      findings.add(
          Finding.fail(
              SUBJECT,
              root + " is on " + store.type() + ", a file system of another machine",
              "configure a root on a local disk"));
    }
    if (!Files.isWritable(at)) {
      findings.add(Finding.fail(SUBJECT, at + " can't be written", "run it with sudo"));
    }
    findings.add(space(root, store));
    return findings;
  }

  private Finding space(Path root, FileStore store) throws IOException {
    long free = store.getUsableSpace();
    long cached = size(root.resolve("cache"));
    long wanted = configuration.cache().disk();
    long reserve = configuration.cache().diskReserve();
    String has =
        "%s (%s) has %s free of %s"
            .formatted(root, store.type(), gib(free), gib(store.getTotalSpace()));
    if (wanted > 0 && free + cached <= reserve) {
      return Finding.fail(
          SUBJECT,
          has + ", and cache.disk_reserve is " + SizeText.format(reserve) + ": nothing is cached",
          "free space, or make cache.disk_reserve smaller");
    }
    if (free + cached < wanted + reserve) {
      return Finding.warn(
          SUBJECT,
          "%s: cache.disk (%s) will not be reached".formatted(has, SizeText.format(wanted)),
          "nothing breaks, as cache.disk_reserve is kept; a larger disk keeps more layers");
    }
    return Finding.ok(SUBJECT, has);
  }

  private static long size(Path cache) throws IOException {
    Path layers = cache.resolve("layers");
    if (!Files.isReadable(layers)) {
      return 0;
    }
    long sum = 0;
    try (var files = Files.newDirectoryStream(layers)) {
      for (Path file : files) {
        // Holes take no space; without stat's blocks the length is the best guess from above.
        sum += Files.size(file);
      }
    }
    return sum;
  }

  private static String gib(long bytes) {
    return "%.1f GiB".formatted((double) bytes / GIB);
  }
}
