package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

final class CommandsTest {
  private static CommandLine line(List<Class<?>> commands) {
    return Main.commandLine(Console.ofStreams(System.out, System.err), commands);
  }

  @Test
  void eachIsCalledAsItsAnnotationSays() {
    assertThat(line(Commands.all()).getSubcommands()).hasSameSizeAs(Commands.all());
    for (Class<?> type : Commands.all()) {
      String name = type.getAnnotation(Command.class).name();
      assertThat(Commands.named("--timeout", "5s", name, "x")).containsExactly(type);
    }
  }

  @Test
  void aloneItIsWhatItIsAmongTheOthers() {
    CommandLine all = line(Commands.all());
    all.getSubcommands()
        .forEach((name, command) ->
            assertThat(line(Commands.named(name)).getSubcommands().get(name).getUsageMessage())
                .isEqualTo(command.getUsageMessage())
                .contains("--debug", "--timeout"));
  }

  @Test
  void whereItIsNotClearAllAreKnown() {
    assertThat(Commands.named()).isEqualTo(Commands.all());
    assertThat(Commands.named("srve", "--check")).isEqualTo(Commands.all());
    assertThat(Commands.named("--help")).isEqualTo(Commands.all());
    assertThat(Commands.named("--version")).isEmpty();
  }
}
