package dev.sluice.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Runs what fast starts are for, so that the JVM can keep what it loaded and learned in an AOT
 * cache: a command that asks a registry, and the service. Only the launchers start this.
 */
public final class Rehearsal {
  private Rehearsal() {}

  /**
   * Neither command needs to succeed: nobody listens where the first asks, and the second needs
   * root, FUSE and overlayfs; it goes as far as it can.
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
    System.exit(0);
  }
}
