package dev.sluice.fuse.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mount that this process made and serves. */
public final class OwnMount {
  private static final Logger LOG = LoggerFactory.getLogger(OwnMount.class);

  private final Path directory;
  private final MountEntry entry;

  /** Whether the mount went by itself: what is at the directory by now belongs to others. */
  private volatile boolean gone;

  private OwnMount(Path directory, MountEntry entry) {
    this.directory = directory;
    this.entry = entry;
  }

  /** What has just been mounted at {@code directory}, a real path. */
  public static OwnMount at(Path directory) throws IOException {
    MountEntry entry =
        Mounts.top(directory)
            .orElseThrow(() -> new IOException("mount " + directory + ": it is gone at once"));
    return new OwnMount(directory, entry);
  }

  /**
   * What another process has mounted at {@code directory}, a real path.
   *
   * @param device of the file system
   * @throws IOException if that is not what is mounted there
   */
  public static OwnMount of(Path directory, String type, String device) throws IOException {
    MountEntry entry =
        Mounts.top(directory)
            .filter(top -> top.type().equals(type) && top.device().equals(device))
            .orElseThrow(() ->
                new IOException(
                    "go on with the mount %s at %s: it is not mounted there any more"
                        .formatted(type, directory)));
    return new OwnMount(directory, entry);
  }

  public Path directory() {
    return directory;
  }

  /** Of the file system, e.g. "0:42". */
  public String device() {
    return entry.device();
  }

  /** Sets how far the kernel reads ahead; its own default of 128 KiB cannot be raised by INIT. */
  public void readAhead(int bytes) {
    Path setting = Path.of("/sys/class/bdi", entry.device(), "read_ahead_kb");
    try {
      Files.writeString(setting, Integer.toString(bytes >> 10));
    } catch (IOException e) {
      LOG.info("read-ahead stays at the kernel's default, as {} cannot be written: {}", setting, e);
    }
  }

  /** To be called when the kernel has ended the connection and {@link #unmount} was not called. */
  public void ended() {
    try {
      if (isMounted()) {
        LOG.warn("{} was aborted from outside: it answers with errors until closed", directory);
      } else {
        gone = true;
        LOG.info("{} was unmounted from outside", directory);
      }
    } catch (IOException e) {
      LOG.warn("{} ended: {}", directory, e.getMessage());
    }
  }

  /**
   * Ends requests in flight and takes the mount out of the tree, though it be busy or live on in
   * another namespace or below an overlay. Leaves alone what others have mounted here since.
   */
  public void unmount() {
    try {
      if (!gone && isMounted()) {
        Mounts.unmount(directory, EnumSet.allOf(Mounts.Unmount.class));
      }
    } catch (IOException e) {
      LOG.warn("{}", e.getMessage());
    }
  }

  /** Whether ours, and no other, is what an unmount of the directory would hit. */
  private boolean isMounted() throws IOException {
    Optional<MountEntry> top = Mounts.top(directory);
    return top.isPresent()
        && top.get().id() == entry.id()
        && top.get().device().equals(entry.device())
        && top.get().type().equals(entry.type());
  }
}
