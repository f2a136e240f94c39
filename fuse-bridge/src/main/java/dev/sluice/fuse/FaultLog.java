package dev.sluice.fuse;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports each kind of fault of a mount once, so that a fault per read floods no log. */
public final class FaultLog {
  private static final Logger LOG = LoggerFactory.getLogger(FaultLog.class);
  private static final int MAX_KINDS = 256;

  private final Set<String> seen = ConcurrentHashMap.newKeySet();
  private final String subject;

  /**
   * @param subject what the log names, e.g. the mount point
   */
  public FaultLog(String subject) {
    this.subject = subject;
  }

  /**
   * @param kind what is counted as the same fault
   */
  public void report(String kind, String detail, @Nullable Throwable cause) {
    if (seen.size() < MAX_KINDS && seen.add(kind)) {
      LOG.error("{}: {}: {}; the same fault is not logged again", subject, kind, detail, cause);
    }
  }
}
