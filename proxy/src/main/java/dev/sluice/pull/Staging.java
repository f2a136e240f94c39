package dev.sluice.pull;

import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory in which layers are unpacked before they are claimed. What a process leaves there
 * when it is killed, the next one removes; until then it is in nobody's way.
 */
final class Staging {
  private static final Logger log = LoggerFactory.getLogger(Staging.class);
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final Set<PosixFilePermission> ROOT = PosixFilePermissions.fromString("rwxr-xr-x");

  private final Path directory;
  private final String prefix;
  private final AtomicLong numbers = new AtomicLong();

  private Staging(Path directory, String prefix) {
    this.directory = directory;
    this.prefix = prefix;
  }

  static Staging open(Path directory) throws IOException {
    Files.createDirectories(directory.toAbsolutePath().getParent());
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(directory, OWNER_ONLY);
    }
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    List<Path> left;
    try (Stream<Path> entries = Files.list(directory)) {
      left = entries.toList();
    }
    Staging staging = new Staging(directory, Long.toHexString(System.nanoTime()));
    if (!left.isEmpty()) {
      // A large tree takes seconds, for which nobody should wait.
      Thread.ofPlatform().daemon().name("pull-sweep").start(() -> left.forEach(staging::remove));
    }
    return staging;
  }

  /** A new empty directory, which only the root of a container's files will ever be like. */
  Path directory() throws IOException {
    Path made = file();
    Files.createDirectory(made);
    // Whatever the umask.
    Files.setPosixFilePermissions(made, ROOT);
    return made;
  }

  /** A name for a file, not used by any other. */
  Path file() {
    return directory.resolve(prefix + "-" + numbers.incrementAndGet());
  }

  /** Removes a tree; if that fails, the next start tries again. */
  void remove(Path tree) {
    try {
      Removal.tree(tree);
    } catch (SluiceException e) {
      log.warn("{} is left in the staging directory: {}", tree, e.getMessage());
    }
  }
}
