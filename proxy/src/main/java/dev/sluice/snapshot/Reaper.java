package dev.sluice.snapshot;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes the directories of snapshots that are no more. */
final class Reaper {
  private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);

  private final MetadataStore store;
  private final Directories directories;
  private final Supplier<Set<Long>> filling;
  private final ReentrantLock deleting = new ReentrantLock();
  private final AtomicBoolean planned = new AtomicBoolean();
  private volatile boolean closed;

  /**
   * @param filling ids of directories that have no snapshot yet
   */
  Reaper(MetadataStore store, Directories directories, Supplier<Set<Long>> filling) {
    this.store = store;
    this.directories = directories;
    this.filling = filling;
  }

  /** Deletes in the background what there is to delete. */
  void soon() {
    if (!closed && planned.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("reap snapshots")
          .start(() -> {
            planned.set(false);
            try {
              now();
            } catch (RuntimeException e) {
              LOG.warn("delete the directories of removed snapshots", e);
            }
          });
    }
  }

  /** Deletes all there is to delete; done when it returns. */
  void now() {
    deleting.lock();
    try {
      for (Path orphan : orphans()) {
        if (closed) {
          return;
        }
        directories.remove(orphan);
      }
    } finally {
      deleting.unlock();
    }
  }

  /** The rest is deleted after the next start. Waits for the tree that is being deleted. */
  void close() {
    closed = true;
    deleting.lock();
    try {
      LOG.debug("no directory is being deleted");
    } finally {
      deleting.unlock();
    }
  }

  /** Within a transaction: no directory is made meanwhile that has no record yet. */
  private List<Path> orphans() {
    return store.change(draft -> {
      Set<Long> ids = new HashSet<>(filling.get());
      ids.addAll(draft.ids());
      return directories.orphans(ids);
    });
  }
}
