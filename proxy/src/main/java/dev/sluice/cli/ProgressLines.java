package dev.sluice.cli;

/** Progress where nobody watches: one line when a step is done. */
final class ProgressLines implements ProgressReport {
  private final Console console;

  ProgressLines(Console console) {
    this.console = console;
  }

  @Override
  public Step begin(String label, long total) {
    return new Step() {
      @Override
      public void advance(long bytes) {}

      @Override
      public void done(String result) {
        console.say(label + ": " + result);
      }
    };
  }

  @Override
  public void note(String message) {
    console.say(message);
  }

  @Override
  public void close() {}
}
