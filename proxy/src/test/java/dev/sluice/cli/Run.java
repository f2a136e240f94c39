package dev.sluice.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;

/** What one command line said and how it ended. */
record Run(int code, String out, String err) {
  static Run of(String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        Main.run(new PrintStream(out, false, UTF_8), new PrintStream(err, false, UTF_8), args);
    return new Run(code, out.toString(UTF_8), err.toString(UTF_8));
  }
}
