package dev.sluice.cli;

/** Shows how far the steps of a job are. Safe for use by several threads. */
public interface ProgressReport extends AutoCloseable {
  /** Begins a step of {@code total} bytes. */
  Step begin(String label, long total);

  /** A remark that belongs between the steps. */
  void note(String message);

  @Override
  void close();

  /** One step. */
  interface Step {
    /** So many more bytes are done. */
    void advance(long bytes);

    void done(String result);
  }
}
