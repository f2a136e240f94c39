package dev.sluice.mount;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.linux.LinuxException;
import dev.sluice.fuse.linux.Mounts;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts the kernel's overlayfs over the directories of layers. */
final class Overlay {
  /** What the mount table shows as the device. */
  static final String SOURCE = "sluice";

  static final String TYPE = "overlay";

  /* Image layers may carry any trusted.overlay.* attribute. Redirects and metacopy would let a layer
   * point into others, so both are off; an index of hard links would pin the lower directories. */
  private static final String SAFE = "redirect_dir=nofollow,metacopy=off,index=off";

  private Overlay() {}

  /**
   * Mounts read-only, or writable if {@code upper} and {@code work} are given.
   *
   * @param lowers directories of the layers, top first; at least two for a read-only mount
   */
  static void mount(Path target, List<Path> lowers, @Nullable Path upper, @Nullable Path work) {
    StringBuilder options = new StringBuilder(SAFE).append(",lowerdir=");
    for (int i = 0; i < lowers.size(); i++) {
      options.append(i == 0 ? "" : ":").append(escape(lowers.get(i)));
    }
    if (upper != null && work != null) {
      options.append(",upperdir=").append(escape(upper)).append(",workdir=").append(escape(work));
    }
    try {
      Mounts.mount(SOURCE, target, TYPE, upper == null ? Mounts.MS_RDONLY : 0, options.toString());
    } catch (LinuxException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, message(e), e);
    }
  }

  private static String message(LinuxException e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }

  private static String escape(Path path) {
    return path.toString().replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,");
  }
}
