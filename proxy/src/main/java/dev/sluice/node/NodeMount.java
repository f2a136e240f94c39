package dev.sluice.node;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.HandOver;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.linux.FileStatus;
import dev.sluice.fuse.linux.LinuxException;
import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.linux.Mounts.Unmount;
import dev.sluice.keeper.SessionKeeper;
import dev.sluice.layer.LayersFs;
import dev.sluice.layer.MountedLayer;
import dev.sluice.mount.StateDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one FUSE mount of a node: a directory per lazy snapshot, called by the snapshot's id. Mounted
 * anew if somebody unmounts it. Outlives the process if there is who keeps its session.
 */
final class NodeMount implements AutoCloseable {
  /*
   * A mount that an earlier process has left is not served before it is known which layers it
   * showed: requests for those wait until they are shown again, and nothing that comes late is taken
   * for absent.
   */
  private static final Logger LOG = LoggerFactory.getLogger(NodeMount.class);

  /** How long requests that were taken may still be answered; the next process gets the others. */
  private static final Duration LAST_ANSWERS = Duration.ofSeconds(2);

  /** The same where the next process does not get them. */
  private static final Duration LAST_ANSWERS_FOR_GOOD = Duration.ofSeconds(20);

  private final FuseBridge bridge;
  private final Path directory;
  private final LayersFs fs;
  private final @Nullable SessionKeeper keeper;

  /** Guarded by this; null while a session of an earlier process is there and not yet served. */
  private @Nullable FuseMount mount;

  /** Names the file system that is mounted; guarded by this. */
  private long device;

  /** Guarded by this. */
  private int number = 1;

  /**
   * Mounts that were taken out of the tree and live on below EROFS mounts: containers need them
   * still.
   */
  private final List<FuseMount> displaced = new ArrayList<>();

  private SessionKeeper.@Nullable Found found;
  private volatile boolean adopted;

  private NodeMount(
      FuseBridge bridge, Path directory, LayersFs fs, @Nullable SessionKeeper keeper) {
    this.bridge = bridge;
    this.directory = directory;
    this.fs = fs;
    this.keeper = keeper;
  }

  /** Which file system is at a directory, 0 if there is none; nobody is asked for it. */
  private static long deviceAt(Path directory) {
    try {
      return FileStatus.remembered(directory).device();
    } catch (LinuxException e) {
      return 0;
    }
  }

  /**
   * Mounts at {@code directory}, or finds what an earlier process left mounted there, which is then
   * served from {@link #expect} on. A mount that can't be gone on with is taken away: containers
   * that still have it open keep that, and see errors.
   *
   * @param keeper null if the mount is to end with this process
   * @throws SluiceException LOCAL_IO if FUSE can't be mounted
   */
  static NodeMount open(
      FuseBridge bridge, Path directory, LayersFs fs, @Nullable SessionKeeper keeper) {
    NodeMount opened = new NodeMount(bridge, directory, fs, keeper);
    opened.found = keeper == null ? null : keeper.find(directory).orElse(null);
    if (opened.found == null) {
      opened.mountAnew();
    }
    return opened;
  }

  private void mountAnew() {
    clear(directory);
    StateDirectory.make(directory);
    mount = mount(bridge, directory, fs);
    device = deviceAt(directory);
    keep(mount);
  }

  private void keep(FuseMount now) {
    if (keeper == null) {
      return;
    }
    if (now.handOver().isPresent()) {
      LOG.info(
          "when this process ends, {} is kept by {}", directory, keeper.keep(now.handOver().get()));
    } else {
      LOG.warn("{} ends with this process: this bridge can't hand mounts over", directory);
    }
  }

  /** Says which snapshots will be shown soon; goes on with the mount of an earlier process. */
  synchronized void expect(Set<Long> snapshots) {
    SessionKeeper.Found session = found;
    found = null;
    if (session == null) {
      return;
    }
    fs.expect(snapshots.stream().map(Math::toIntExact).collect(Collectors.toSet()));
    try {
      FuseMount now = bridge.adopt(fs, session.session(), session.files(), MountOptions.DEFAULT);
      mount = now;
      adopted = true;
      device = deviceAt(directory);
      LOG.info("going on with the layers that are mounted at {}", directory);
      keep(now);
    } catch (IOException e) {
      LOG.error("{}; containers with lazy layers must be started again", e.getMessage());
      session.files().close();
      fs.expect(Set.of());
      if (keeper != null) {
        keeper.giveUp();
      }
      mountAnew();
      number++;
    }
  }

  /** An expected snapshot can't be shown now. */
  void missing(long snapshot, Throwable cause) {
    fs.failed(Math.toIntExact(snapshot), cause);
  }

  /** Whether the mount is that of an earlier process, or will be. */
  boolean isAdopted() {
    return adopted || found != null;
  }

  private void forget() {
    if (keeper != null) {
      keeper.forget();
    }
  }

  private static FuseMount mount(FuseBridge bridge, Path directory, LayersFs fs) {
    try {
      return bridge.mount(fs, directory, MountOptions.DEFAULT);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "mount the node's layers at " + directory + ": " + e.getMessage(),
          "sluice doctor says what is missing",
          e);
    }
  }

  private static void clear(Path directory) {
    try {
      List<MountEntry> stale = Mounts.below(directory);
      for (MountEntry entry : stale) {
        Mounts.unmount(Path.of(entry.directory()), EnumSet.of(Unmount.LAZY));
        LOG.info("took away {} that an earlier process had mounted", entry.directory());
      }
      if (!stale.isEmpty()) {
        SessionKeeper.endStray(directory);
      }
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "take away old mounts at " + directory + ": " + e.getMessage(), e);
    }
  }

  /** Shows a layer as a snapshot's directory. */
  void show(long snapshot, MountedLayer layer) {
    int number = Math.toIntExact(snapshot);
    boolean known = fs.isExpected(number);
    fs.add(number, layer);
    // The kernel has been told nothing of one that was expected, and may have it in use.
    if (!known) {
      changed(snapshot);
    }
  }

  void hide(long snapshot) {
    fs.remove(Math.toIntExact(snapshot));
    changed(snapshot);
  }

  private void changed(long snapshot) {
    changed(Long.toString(snapshot));
    changed(LayersFs.tarName(snapshot));
  }

  private void changed(String name) {
    served().changed(ReadOnlyFs.ROOT, name.getBytes(StandardCharsets.US_ASCII));
  }

  private synchronized FuseMount served() {
    if (found != null) {
      // Nobody has said what to expect: nothing, then.
      expect(Set.of());
    }
    return Objects.requireNonNull(mount);
  }

  /** Grows when it is mounted anew: what stood on the mount before is dead then. */
  synchronized int number() {
    return number;
  }

  synchronized boolean isAlive() {
    return served().isAlive() && deviceAt(directory) == device;
  }

  FuseCounters counters() {
    return served().counters();
  }

  /**
   * Mounts again if the mount is gone.
   *
   * @throws SluiceException UNAVAILABLE if that fails
   */
  synchronized void ensureAlive() {
    FuseMount now = served();
    if (isAlive()) {
      return;
    }
    LOG.warn("{} was unmounted by somebody else; mounting it again", directory);
    try {
      if (now.isAlive()) {
        displaced.add(now);
      } else {
        now.close();
      }
      forget();
      mountAnew();
      number++;
    } catch (SluiceException e) {
      throw new SluiceException(FailureKind.UNAVAILABLE, SluiceException.describe(e), e);
    }
  }

  /**
   * Stops serving and leaves the mount to the next process, if somebody keeps it.
   *
   * @return whether nothing that was asked is unanswered
   */
  synchronized boolean leave() {
    FuseMount now = mount;
    HandOver handOver = now == null ? null : now.handOver().orElse(null);
    return handOver == null
        || handOver.leave(handOver.keepsRequests() ? LAST_ANSWERS : LAST_ANSWERS_FOR_GOOD);
  }

  /** Unmounts. */
  @Override
  public synchronized void close() {
    displaced.forEach(FuseMount::close);
    served().close();
    forget();
  }
}
