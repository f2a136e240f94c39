package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The one name that containerd has for this service; calls under another are refused. */
final class SnapshotterName {
  /*
   * containerd's collection of garbage asks a snapshotter for all that it has, and removes what it
   * does not know under that name. Two names for one service would so take each other's snapshots
   * away, also those of containers that run. The name is kept on disk, because the first call after a
   * restart may be such a collection. Where nothing is, nothing can be lost, and any name may come.
   */
  private final Path file;
  private final BooleanSupplier empty;
  private volatile @Nullable String name;

  /**
   * @param file where the name is kept
   * @param empty whether there are no snapshots
   */
  SnapshotterName(Path file, BooleanSupplier empty) {
    this.file = file;
    this.empty = empty;
    try {
      name = Files.exists(file) ? Files.readString(file).strip() : null;
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Takes a name if there is none yet.
   *
   * @param asked under which the service is called; empty if the client says none
   * @throws SluiceException FAILED_PRECONDITION if it has another one
   */
  void check(String asked) {
    if (!asked.isEmpty() && !asked.equals(name)) {
      take(asked);
    }
  }

  private synchronized void take(String asked) {
    String known = name;
    if (known != null && !known.equals(asked) && !empty.getAsBoolean()) {
      throw new SluiceException(
          FailureKind.FAILED_PRECONDITION,
          "answer for snapshotter '%s': this service has the snapshots of '%s'; containerd's collection would take them away"
              .formatted(asked, known),
          "keep one of the two proxy_plugins in containerd's configuration; if it is to be '%s', first remove the images of '%s', or delete %s when containerd knows it no more"
              .formatted(asked, known, file),
          null);
    }
    try {
      Path draft = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(draft, asked + "\n");
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "write " + file + ": " + e.getMessage(), e);
    }
    name = asked;
  }
}
