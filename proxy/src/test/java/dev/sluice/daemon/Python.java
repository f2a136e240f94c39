package dev.sluice.daemon;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A Python program in a process of its own, for what the JDK can't do; read line by line. */
final class Python implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;

  Python(String program, String... arguments) throws IOException {
    var command = new java.util.ArrayList<>(java.util.List.of("python3", "-c", program));
    command.addAll(java.util.List.of(arguments));
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    out = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Its next line; it ends by itself after 20 seconds. */
  String line() throws IOException {
    return out.readLine();
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
