package dev.sluice.keeper;

import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.HandOver;
import dev.sluice.fuse.MountedSession;
import dev.sluice.fuse.SessionFiles;
import dev.sluice.fuse.linux.Descriptors;
import dev.sluice.fuse.linux.HolderProcess;
import dev.sluice.keeper.DescriptorStore.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has a mount's session kept by others than this process, and finds what an earlier one left. */
public final class SessionKeeper {
  /*
   * The kernel ends a session with the last descriptor of it. So somebody else has one too (and that
   * of the memory with its requests, where there is such memory): the service manager, if there is one that says it keeps descriptors; else a process that does
   * nothing more than that. If a manager does not say (systemd before 254), both have it: it may
   * forget what it keeps when the service is stopped. A file says what the next server must know.
   *
   * A holder without a file (we were killed between the two) is found by what its environment says,
   * and ended: nobody has used the mount by then.
   */
  private static final Logger LOG = LoggerFactory.getLogger(SessionKeeper.class);

  private final Path file;
  private final DescriptorStore store;
  private final int numbering;

  /** Guarded by this. */
  private @Nullable HolderProcess holder;

  private boolean stored;

  /** Whether who keeps the session keeps its requests too. */
  private boolean requestsAreKept;

  /** Guarded by this. */
  private int lost;

  /**
   * A session that can be gone on with.
   *
   * @param files the caller's
   */
  public record Found(MountedSession session, SessionFiles files) {}

  /** Who has the session besides this process. */
  public enum Keeper {
    NOBODY("nobody else: it ends with this process"),
    PROCESS("a process of its own"),
    SERVICE_MANAGER("the service manager"),
    BOTH("the service manager and a process of its own");

    private final String text;

    Keeper(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * @param file where to write down what is kept
   * @param numbering how this process numbers nodes; a session with another one is of no use
   */
  public SessionKeeper(Path file, DescriptorStore store, int numbering) {
    this.file = file;
    this.store = store;
    this.numbering = numbering;
  }

  /**
   * What an earlier process left of a mount at {@code directory}. What is of no use is ended; then
   * the mount, if it is still there, answers with errors.
   */
  public synchronized Optional<Found> find(Path directory) {
    Optional<SessionFiles> given = store.take();
    Optional<SessionRecord> read = read();
    String useless = read.map(record -> uselessness(record, directory)).orElse("");
    if (read.isEmpty() || !useless.isEmpty()) {
      given.ifPresent(SessionFiles::close);
      stored = given.isPresent();
      holder = read.map(SessionRecord::holder).orElse(null);
      boolean ofThisBoot = read.map(SessionRecord::isOfThisBoot).orElse(false);
      if (ofThisBoot) {
        LOG.warn(
            "the mount {} of the process before can't be gone on with: {}", directory, useless);
        lost++;
      }
      forget();
      return Optional.empty();
    }
    SessionRecord record = read.get();
    stored = given.isPresent();
    holder = record.holder();
    Optional<SessionFiles> stillStored = alive(given);
    Optional<SessionFiles> files = fuller(stillStored, alive(fetch(record.holder())));
    if (files.isEmpty()) {
      LOG.info("the session of {} has ended", directory);
      lost++;
      forget();
      return Optional.empty();
    }
    stored = files.equals(stillStored); // else the manager gets all that there is once more
    requestsAreKept = files.get().requests().isPresent();
    return Optional.of(new Found(record.session(), files.get()));
  }

  private Optional<SessionRecord> read() {
    try {
      return SessionRecord.read(file);
    } catch (SluiceException e) {
      LOG.warn("{}; containers with lazy layers must be started again", e.getMessage());
      return Optional.empty();
    }
  }

  private String uselessness(SessionRecord record, Path directory) {
    if (!record.isOfThisBoot()) {
      return "the machine was started anew";
    }
    if (record.numbering() != numbering) {
      return "that version numbers nodes otherwise (%d, this one %d)"
          .formatted(record.numbering(), numbering);
    }
    if (!record.session().directory().equals(directory)) {
      return "it was at " + record.session().directory();
    }
    return "";
  }

  /** What is not is closed. */
  private static Optional<SessionFiles> alive(Optional<SessionFiles> files) {
    if (files.isPresent() && Descriptors.hasEnded(files.get().device())) {
      files.get().close();
      return Optional.empty();
    }
    return files;
  }

  /** The one with more files, of two with the same; the other one is closed. */
  private static Optional<SessionFiles> fuller(
      Optional<SessionFiles> one, Optional<SessionFiles> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.or(() -> other);
    }
    boolean isOther = other.get().numbers().size() > one.get().numbers().size();
    (isOther ? one : other).get().close();
    return isOther ? other : one;
  }

  private static Optional<SessionFiles> fetch(@Nullable HolderProcess holder) {
    if (holder == null) {
      return Optional.empty();
    }
    try {
      List<Integer> fetched = holder.fetch();
      return fetched.isEmpty() ? Optional.empty() : Optional.of(SessionFiles.of(fetched));
    } catch (IOException e) {
      LOG.warn("{}; containers with lazy layers must be started again", e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * Has the session of a mount kept, so that the mount outlives this process; gives who does. That
   * nobody can is logged, and no error: the mount works.
   */
  public synchronized Keeper keep(HandOver mount) {
    HolderProcess before = holder;
    try {
      try (SessionFiles files = mount.duplicate()) {
        boolean more = files.requests().isPresent() && !requestsAreKept;
        store(files, more);
        hold(files, more, mount.session());
        requestsAreKept |= more;
      }
      // Until that is written, the next process looks for the holder before.
      if (keeper() != Keeper.NOBODY) {
        new SessionRecord(numbering, SessionRecord.thisBoot(), mount.session(), holder).write(file);
      }
    } catch (IOException e) {
      LOG.warn("the mounted layers end with this process: {}", e.getMessage());
      forget();
    }
    if (before != null && !before.equals(holder)) {
      before.end();
    }
    return keeper();
  }

  /**
   * @param more whether there is more to keep than was kept before
   */
  private void store(SessionFiles files, boolean more) {
    if (store.trust() == Trust.NONE) {
      stored = false;
      return;
    }
    try {
      if (!stored || more) {
        store.put(files);
        stored = true;
      }
    } catch (IOException e) {
      stored = false;
      LOG.warn("give the session to the service manager: {}", e.getMessage());
    }
  }

  private void hold(SessionFiles files, boolean more, MountedSession session) throws IOException {
    HolderProcess now = holder;
    if (stored && store.trust() == Trust.SURE) {
      holder = null;
    } else if (now == null || more || !now.isAlive()) {
      holder = HolderProcess.start(files.numbers(), session.directory().toString());
    }
  }

  public synchronized Keeper keeper() {
    HolderProcess now = holder;
    boolean held = now != null && now.isAlive();
    if (stored) {
      return held ? Keeper.BOTH : Keeper.SERVICE_MANAGER;
    }
    return held ? Keeper.PROCESS : Keeper.NOBODY;
  }

  /** A session that was found turned out to be of no use. */
  public synchronized void giveUp() {
    lost++;
    forget();
  }

  /** Sessions of earlier processes that could not be gone on with. */
  public synchronized int lost() {
    return lost;
  }

  /** The mount is gone, or is to go: nobody keeps it any more. */
  public synchronized void forget() {
    try {
      Files.deleteIfExists(file);
      if (stored) {
        stored = false;
        store.remove();
      }
    } catch (IOException e) {
      LOG.warn("forget the session in {}: {}", file, e.toString());
    }
    requestsAreKept = false;
    HolderProcess now = holder;
    holder = null;
    if (now != null) {
      now.end();
    }
  }

  /** Where in a state directory the session is written down. */
  public static Path file(Path root) {
    return root.resolve("session.json");
  }

  /** Whether a process has the session that is written down, so that any process can get it. */
  public static boolean isKeptByProcess(Path file) {
    return SessionRecord.read(file)
        .map(SessionRecord::holder)
        .filter(HolderProcess::isAlive)
        .isPresent();
  }

  /** Ends holders of a mount at {@code directory} that no file tells of. */
  public static void endStray(Path directory) {
    try {
      for (HolderProcess stray : HolderProcess.of(directory.toString())) {
        LOG.info("ended process {}, which kept a mount at {}", stray.pid(), directory);
        stray.end();
      }
    } catch (IOException e) {
      LOG.warn("look for processes that keep {}: {}", directory, e.toString());
    }
  }
}
