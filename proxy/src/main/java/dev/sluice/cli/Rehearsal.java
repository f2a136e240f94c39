package dev.sluice.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Runs what fast starts are for, so that the JVM can keep what it loaded and learned in an AOT
 * cache: a command that asks a registry, the service, and lazy layers. Only the launchers start
 * this.
 */
public final class Rehearsal {
  private Rehearsal() {}

  /**
   * Nothing needs to succeed: nobody listens where the first command asks, and the others need
   * root, FUSE and overlayfs; they go as far as they can.
   *
   * @param args an empty directory for the service's state
   */
  public static void main(String[] args) {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    var _ =
        Main.run(
            nowhere,
            nowhere,
            "index",
            "list",
            "--plain-http",
            "--timeout",
            "5s",
            "127.0.0.1:1/none:none");
    var _ =
        Main.run(nowhere, nowhere, "serve", "--check", "--config", "/dev/null", "--root", args[0]);
    try {
      new RehearsedNode(nowhere, Path.of(args[0])).run();
    } catch (Exception e) {
      // What was rehearsed until then counts.
      System.err.println("rehearsal: " + e);
    }
    System.exit(0);
  }
}
