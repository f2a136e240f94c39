package dev.sluice.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Progress on a terminal: a bar per step under way, below the lines of those that are done. */
final class ProgressBars implements ProgressReport {
  private static final int BAR_WIDTH = 24;
  private static final long REDRAW_NANOS = 100_000_000;

  private final PrintStream err;
  private final List<Bar> bars = new ArrayList<>();
  private int drawn;
  private long drawnAt;

  ProgressBars(PrintStream err) {
    this.err = err;
  }

  @Override
  public synchronized Step begin(String label, long total) {
    var bar = new Bar(label, total);
    bars.add(bar);
    draw();
    return bar;
  }

  @Override
  public synchronized void note(String message) {
    erase();
    err.println(message);
    draw();
  }

  @Override
  public synchronized void close() {
    erase();
    err.flush();
  }

  private synchronized void maybeDraw() {
    if (System.nanoTime() - drawnAt >= REDRAW_NANOS) {
      draw();
    }
  }

  private void erase() {
    for (int i = 0; i < drawn; i++) {
      err.print("\033[1A\033[2K");
    }
    drawn = 0;
  }

  private void draw() {
    erase();
    for (Bar bar : bars) {
      err.println(bar);
    }
    drawn = bars.size();
    drawnAt = System.nanoTime();
    err.flush();
  }

  private final class Bar implements Step {
    private final String label;
    private final long total;
    private final AtomicLong bytes = new AtomicLong();

    Bar(String label, long total) {
      this.label = label;
      this.total = Math.max(total, 1);
    }

    @Override
    public void advance(long more) {
      bytes.addAndGet(more);
      maybeDraw();
    }

    @Override
    public void done(String result) {
      synchronized (ProgressBars.this) {
        bars.remove(this);
        note(label + ": " + result);
      }
    }

    @Override
    public String toString() {
      long done = Math.min(bytes.get(), total);
      int filled = (int) (BAR_WIDTH * done / total);
      return "%s [%s%s] %s of %s"
          .formatted(
              label,
              "=".repeat(filled),
              " ".repeat(BAR_WIDTH - filled),
              ByteCount.show(done),
              ByteCount.show(total));
    }
  }
}
