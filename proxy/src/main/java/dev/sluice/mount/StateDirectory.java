package dev.sluice.mount;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The one place that knows where Sluice keeps what on disk.
 *
 * <pre>
 * root/cache/          chunks of layers (owned by the chunk cache)
 * root/ztoc/HEX        verified ztocs by digest
 * root/mounts/ID/      one mount: owner, fuse/, empty/, upper/, work/
 * root/profiles/       what images read until they were ready (owned by the profile store)
 * root/layers/ID/      lazy snapshot ID of the service, by FUSE; beside it its tar, ID.tar
 * root/names/ID/       the same by EROFS, whose bytes come from that tar
 * root/whole/ID/       the same by EROFS, whose bytes come from the cache's file
 * root/erofs/ID-*      images of names (owned by the faces of layers)
 * </pre>
 */
public final class StateDirectory {
  /** Without links: mounts below it are found in the table of mounts, which has real paths. */
  private final Path root;

  /**
   * @param root made if missing, mode 0700; may be a link to a directory
   * @throws SluiceException {@link FailureKind#LOCAL_IO} if it can't be made
   */
  public StateDirectory(Path root) {
    make(root.toAbsolutePath().normalize());
    this.root = real(root);
    make(ztocs());
    make(mounts());
  }

  public Path root() {
    return root;
  }

  public Path cache() {
    return root.resolve("cache");
  }

  public Path profiles() {
    return root.resolve("profiles");
  }

  /** Where the service shows lazy snapshots. */
  public Path layers() {
    return root.resolve("layers");
  }

  /** Where EROFS shows lazy snapshots whose bytes come by FUSE. */
  public Path names() {
    return root.resolve("names");
  }

  /** Where EROFS shows lazy snapshots whose bytes are all on disk. */
  public Path whole() {
    return root.resolve("whole");
  }

  /** Images of the names of lazy snapshots. */
  public Path nameImages() {
    return root.resolve("erofs");
  }

  /** Deletes kept ztocs other than these; gives how many. */
  public int keepOnlyZtocs(Set<Digest> wanted) {
    int deleted = 0;
    try (DirectoryStream<Path> kept = Files.newDirectoryStream(ztocs())) {
      for (Path file : kept) {
        String name = file.getFileName().toString();
        if (wanted.stream().noneMatch(digest -> digest.hex().equals(name))) {
          Files.deleteIfExists(file);
          deleted++;
        }
      }
      return deleted;
    } catch (IOException e) {
      throw cannot("clean up", ztocs(), e);
    }
  }

  Path ztocs() {
    return root.resolve("ztoc");
  }

  Path ztoc(Digest digest) {
    return ztocs().resolve(digest.hex());
  }

  Path mounts() {
    return root.resolve("mounts");
  }

  /** Makes the directory of a new mount. */
  Path newMount() {
    for (int id = 1; ; id++) {
      Path directory = mounts().resolve(Integer.toString(id));
      if (!Files.exists(directory) && tryMake(directory)) {
        return directory;
      }
    }
  }

  private static boolean tryMake(Path directory) {
    try {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return true;
    } catch (java.nio.file.FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw cannot("make directory", directory, e);
    }
  }

  private static Path real(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      throw cannot("look for directory", directory, e);
    }
  }

  public static void make(Path directory) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw cannot("make directory", directory, e);
    }
  }

  /** Removes a directory of ours with all in it; mounts below must be gone. */
  public static void removeTree(Path directory) {
    try (Stream<Path> walk = Files.walk(directory)) {
      List<Path> deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    } catch (java.nio.file.NoSuchFileException e) {
      // Somebody was faster.
    } catch (IOException | java.io.UncheckedIOException e) {
      throw cannot("remove", directory, e);
    }
  }

  static SluiceException cannot(String action, Path subject, Exception cause) {
    return new SluiceException(FailureKind.LOCAL_IO, action + " " + subject + ": " + cause, cause);
  }
}
