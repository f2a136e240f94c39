package dev.sluice.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The commands by name, in the order in which the help lists them. */
final class Commands {
  /*
   * picocli reads the annotations of all commands that it is given, which takes the JVM a third of a
   * second at a start. So it is given the one that is called, and all where it is not clear.
   */
  private static final Map<String, Class<?>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("demo", DemoCommand.class);
    ALL.put("serve", ServeCommand.class);
    ALL.put("mount", MountCommand.class);
    ALL.put("image", ImageCommand.class);
    ALL.put("create", CreateCommand.class);
    ALL.put("convert", ConvertCommand.class);
    ALL.put("index", IndexCommand.class);
    ALL.put("ztoc", ZtocCommand.class);
    ALL.put("prefetch", PrefetchCommand.class);
    ALL.put("profile", ProfileCommand.class);
    ALL.put("ps", PsCommand.class);
    ALL.put("layers", LayersCommand.class);
    ALL.put("explain", ExplainCommand.class);
    ALL.put("cache", CacheCommand.class);
    ALL.put("config", ConfigCommand.class);
    ALL.put("doctor", DoctorCommand.class);
    ALL.put("completion", CompletionCommand.class);
  }

  private Commands() {}

  static List<Class<?>> all() {
    return List.copyOf(ALL.values());
  }

  /** The command that a command line calls; all if it calls none that is known. */
  static List<Class<?>> named(String... arguments) {
    if (List.of(arguments).equals(List.of("--version"))) {
      return List.of();
    }
    for (String argument : arguments) {
      Class<?> named = ALL.get(argument);
      if (named != null) {
        return List.of(named);
      }
    }
    return all();
  }
}
