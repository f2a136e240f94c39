package dev.sluice.keeper;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.MountedSession;
import dev.sluice.fuse.linux.HolderProcess;
import dev.sluice.json.JsonObject;
import dev.sluice.json.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the file beside the mount says of its session.
 *
 * @param numbering how nodes are numbered
 * @param boot of the kernel: pids, devices and descriptors are of no use after another
 * @param holder null if only a service manager has the descriptor
 */
record SessionRecord(
    int numbering, String boot, MountedSession session, @Nullable HolderProcess holder) {
  private static final int VERSION = 1;
  private static final int MAX_BYTES = 64 << 10;

  static String thisBoot() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** Whether it can be alive: nothing outlives the kernel. */
  boolean isOfThisBoot() {
    return boot.equals(thisBoot());
  }

  void write(Path file) throws IOException {
    JsonWriter w = new JsonWriter().beginObject().name("version").value(VERSION);
    w.name("numbering").value(numbering).name("boot").value(boot);
    w.name("directory").value(session.directory().toString());
    w.name("device").value(session.device());
    w.name("minor").value(session.minor()).name("flags").value(session.flags());
    if (holder != null) {
      w.name("holder").value(holder.pid()).name("holderStart").value(holder.startTicks());
    }
    Path draft = file.resolveSibling(file.getFileName() + ".draft");
    Files.writeString(draft, w.endObject().toString(), StandardCharsets.UTF_8);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * @return empty if there is no file
   * @throws SluiceException if it can't be read or is of another version
   */
  static Optional<SessionRecord> read(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonObject o =
          JsonObject.parse("the session in " + file, Files.readAllBytes(file), MAX_BYTES);
      if (o.integer("version") != VERSION) {
        throw o.invalid("version", "is not " + VERSION + ", the one this Sluice knows");
      }
      return Optional.of(
          new SessionRecord(
              Math.toIntExact(o.integer("numbering")),
              o.string("boot"),
              new MountedSession(
                  Path.of(o.string("directory")),
                  o.string("device"),
                  Math.toIntExact(o.integer("minor")),
                  o.integer("flags")),
              o.has("holder")
                  ? new HolderProcess(
                      Math.toIntExact(o.integer("holder")), o.integer("holderStart"))
                  : null));
    } catch (IOException | ArithmeticException | IllegalArgumentException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "read the session in %s: %s".formatted(file, e), e);
    }
  }
}
