package dev.sluice.pull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Trees as find, getfattr and sha256sum see them. */
final class Listing {
  private static final String SCRIPT =
      """
      cd "$1"
      export LC_ALL=C
      find . -printf '%p %y %m %U:%G %T@ %n %l\\n' | sed 's/\\.0000000000 / /' | sort
      find . -type f -printf '%p %s ' -exec sh -c 'sha256sum <"$1"' sh {} ';' | sort
      find . \\( -type b -o -type c \\) -exec stat -c '%n %t:%T' {} + | sort
      getfattr -R -P -h -d -m - . 2>/dev/null || true
      """;

  private Listing() {}

  /** One line for each thing that can be seen of each path. */
  static List<String> of(Path tree) {
    return run("sh", "-euc", SCRIPT, "sh", tree.toString()).lines().toList();
  }

  /** What a command prints; fails with all that it says if it fails. */
  static String run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new AssertionError(String.join(" ", command) + ":\n" + said);
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
