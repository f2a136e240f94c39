package dev.sluice.registry.hosts;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/** The form of {@code hosts.toml}, with the meaning that containerd gives it. */
final class HostsToml {
  /* A file describes hosts in its order, then the server, which the keys before the first table are
   * about. A file without `server` ends with the registry itself; capabilities are not for that. */
  private static final Set<String> ROOT_KEYS = Set.of("server", "host");

  private final Path file;
  private final List<ConfiguredHost> hosts = new ArrayList<>();
  private final List<String> ignored = new ArrayList<>();

  private HostsToml(Path file) {
    this.file = file;
  }

  /**
   * @param hosts in order; the last one may be the registry itself
   * @param ignored keys that mean nothing, with their lines
   */
  record Parsed(List<ConfiguredHost> hosts, List<String> ignored) {}

  /**
   * Reads a file's text. Paths in it are relative to its directory.
   *
   * @throws SluiceException INVALID, with the line
   */
  static Parsed parse(Path file, String text) {
    HostsToml toml = new HostsToml(file);
    toml.read(tables(file, text));
    return new Parsed(List.copyOf(toml.hosts), List.copyOf(toml.ignored));
  }

  private static TomlTable tables(Path file, String text) {
    TomlParseResult parsed;
    try {
      parsed = Toml.parse(text);
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      throw new SluiceException(
          FailureKind.INVALID, "read " + file + ": the TOML parser gave up on it", e);
    }
    if (parsed.hasErrors()) {
      TomlParseError first = parsed.errors().getFirst();
      throw failure(file, first.position().line(), String.valueOf(first.getMessage()));
    }
    return parsed;
  }

  static SluiceException failure(Path file, int line, String cause) {
    return new SluiceException(
        FailureKind.INVALID,
        "read " + file + ": line " + line + ": " + cause,
        "Correct the file; no restart is needed.",
        null);
  }

  private void read(TomlTable root) {
    Settings top = new Settings(file, root, ROOT_KEYS);
    TomlTable tables = top.table("host");
    if (tables != null) {
      for (String name : tables.keySet()) {
        Settings host = new Settings(file, top.tableIn(tables, name), Set.of());
        hosts.add(host.host(top.url(tables, name, name, host.flag("override_path"))));
        ignored.addAll(host.ignored());
      }
    }
    String server = top.string("server");
    if (server == null || server.isEmpty()) {
      top.flag("override_path");
      ConfiguredHost last = top.host(null);
      hosts.add(
          new ConfiguredHost(null, Capability.ALL, last.tls(), last.headers(), last.dialTimeout()));
    } else {
      hosts.add(top.host(top.url(root, "server", server, top.flag("override_path"))));
    }
    ignored.addAll(top.ignored());
  }
}
