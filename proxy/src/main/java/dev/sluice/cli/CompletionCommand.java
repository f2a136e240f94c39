package dev.sluice.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints a completion script. */
@Command(
    name = "completion",
    description = "Print the completion script of a shell: source <(sluice completion bash)")
final class CompletionCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
  private Shell shell = Shell.BASH;

  CompletionCommand(Console console) {
    this.console = console;
  }

  enum Shell {
    BASH,
    ZSH;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @Override
  public Integer call() {
    String script = AutoComplete.bash("sluice", Main.commandLine(console, Commands.all()));
    console
        .out()
        .print(
            shell == Shell.ZSH ? "autoload -U +X bashcompinit && bashcompinit\n" + script : script);
    return CommandLine.ExitCode.OK;
  }
}
