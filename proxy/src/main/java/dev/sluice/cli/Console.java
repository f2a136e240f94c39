package dev.sluice.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The two streams of a command and how talkative it is: data on one, messages and progress on the
 * other. Safe for use by several threads.
 */
public final class Console {
  private static final Path STDERR = Path.of("/proc/self/fd/2");

  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private volatile boolean interrupted;
  private boolean debug;
  private boolean quiet;
  private boolean bars;
  private boolean colors;
  private @Nullable Duration timeout;

  private Console(PrintStream out, PrintStream err, boolean terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.bars = terminal;
    this.colors = terminal && wantsColor();
  }

  static Console ofProcess() {
    return new Console(System.out, System.err, isTerminal(STDERR));
  }

  static Console ofStreams(PrintStream out, PrintStream err) {
    return new Console(out, err, false);
  }

  /* The JDK's Console knows only whether stdin and stdout both are terminals. */
  private static boolean isTerminal(Path descriptor) {
    try {
      String device = Files.readSymbolicLink(descriptor).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  private static boolean wantsColor() {
    String no = System.getenv("NO_COLOR");
    return (no == null || no.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
  }

  /** Where results go. */
  public PrintStream out() {
    return out;
  }

  /** A message for people; nothing if they asked for quiet. */
  public synchronized void say(String message) {
    if (!quiet) {
      err.println(message);
    }
  }

  /** A message that is shown even when quiet is asked for. */
  public synchronized void complain(String message) {
    err.println(message);
  }

  /** Follows a job that may take a while. */
  public ProgressReport progress() {
    return bars && !quiet ? new ProgressBars(err) : new ProgressLines(this);
  }

  String red(String text) {
    return colors ? "\033[31m" + text + "\033[0m" : text;
  }

  PrintWriter outWriter() {
    return new PrintWriter(out, true, out.charset());
  }

  PrintWriter errWriter() {
    return new PrintWriter(err, true, err.charset());
  }

  void flush() {
    out.flush();
    err.flush();
  }

  /** From now on every failure is a consequence of the interruption. */
  void interrupted() {
    interrupted = true;
  }

  boolean isInterrupted() {
    return interrupted;
  }

  boolean debug() {
    return debug;
  }

  void debug(boolean debug) {
    this.debug = debug;
    LogLevel.set(debug);
  }

  void quiet(boolean quiet) {
    this.quiet = quiet;
  }

  void bars(boolean bars) {
    this.bars = bars && terminal;
  }

  boolean colors() {
    return colors;
  }

  void colors(boolean colors) {
    this.colors = colors && terminal && wantsColor();
  }

  @Nullable Duration timeout() {
    return timeout;
  }

  void timeout(Duration timeout) {
    this.timeout = timeout;
  }
}
