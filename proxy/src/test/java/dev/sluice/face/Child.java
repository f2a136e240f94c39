package dev.sluice.face;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Scripts in processes of their own: the process that serves a mount must not look into it. */
public final class Child {
  private Child() {}

  /** What a shell script printed, which must end well within a minute; arguments are $1, $2 … */
  public static String sh(String script, Path... arguments)
      throws IOException, InterruptedException {
    return run(List.of("sh", "-euc", script, "sh"), arguments);
  }

  /** The same where nobody else sees what the script mounts, and none of it stays. */
  static List<String> apart(String script, Path... arguments)
      throws IOException, InterruptedException {
    List<String> program =
        List.of("unshare", "--mount", "--propagation", "private", "sh", "-euc", script, "sh");
    return run(program, arguments).lines().toList();
  }

  /** The same of a Python program. */
  static List<String> python(String program, Path... arguments)
      throws IOException, InterruptedException {
    return run(List.of("python3", "-c", program), arguments).lines().toList();
  }

  private static String run(List<String> program, Path... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(program);
    for (Path argument : arguments) {
      command.add(argument.toString());
    }
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(child.exitValue()).as(said).isZero();
    return said;
  }
}
