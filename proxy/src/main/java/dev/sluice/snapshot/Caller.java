package dev.sluice.snapshot;

import java.util.ArrayList;
import java.util.List;

/** The one who waits for an answer, and may go away before it comes. */
public final class Caller {
  private final List<Runnable> whenGone = new ArrayList<>();
  private boolean gone;

  /** Runs {@code action} when the caller goes; at once if it has gone. */
  void whenGone(Runnable action) {
    synchronized (this) {
      if (!gone) {
        whenGone.add(action);
        return;
      }
    }
    action.run();
  }

  /** Nobody waits any more. */
  public void leave() {
    List<Runnable> actions;
    synchronized (this) {
      if (gone) {
        return;
      }
      gone = true;
      actions = List.copyOf(whenGone);
    }
    actions.forEach(Runnable::run);
  }

  synchronized boolean gone() {
    return gone;
  }
}
