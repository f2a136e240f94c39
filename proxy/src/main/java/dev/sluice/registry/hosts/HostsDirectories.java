package dev.sluice.registry.hosts;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Directories such as {@code /etc/containerd/certs.d} that hold a directory for each registry. A
 * change of a file counts at the next {@link #hosts}; what hasn't changed isn't read again.
 */
public final class HostsDirectories {
  private static final int MOST = 1024;
  private static final Pattern NAMESPACE =
      Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9_-][A-Za-z0-9._-]*)(:[0-9]{1,5})?");

  private final List<Path> roots;
  private final Map<Path, HostsDirectory> directories = new ConcurrentHashMap<>();

  /**
   * @param roots asked in order; the first that has a directory for a registry is the only one that
   *     counts. They need not exist.
   */
  public HostsDirectories(List<Path> roots) {
    this.roots = List.copyOf(roots);
  }

  /**
   * The hosts of a registry in the order in which they are asked, each with its place. Blocks: it
   * looks at the files.
   *
   * @param namespace {@code name[:port]} of the registry
   * @param plain whether the user wants the registry itself reached without TLS
   * @throws SluiceException LOCAL_IO if a directory can't be read, INVALID if the namespace is no
   *     host
   */
  public List<ConfiguredHost> hosts(String namespace, boolean plain) {
    if (!NAMESPACE.matcher(namespace).matches()) {
      throw new SluiceException(FailureKind.INVALID, "'" + namespace + "' is no registry");
    }
    Path directory = directory(namespace);
    List<ConfiguredHost> found =
        directory == null ? List.of(ConfiguredHost.itself(TlsFiles.NONE)) : read(directory).hosts();
    List<ConfiguredHost> located = new ArrayList<>();
    for (ConfiguredHost host : found) {
      located.add(host.url() == null ? NamespaceServer.locate(host, namespace, plain) : host);
    }
    return List.copyOf(located);
  }

  /**
   * Reads a {@code hosts.toml} as {@link #hosts} would, but tells what is wrong with it.
   *
   * @return keys that mean nothing, with their lines
   * @throws SluiceException INVALID with the line, LOCAL_IO if it can't be read
   */
  public static List<String> check(Path file) {
    try {
      return HostsToml.parse(file, Files.readString(file)).ignored();
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "read " + file + ": " + e.getMessage(), e);
    }
  }

  private HostsDirectory read(Path directory) {
    HostsDirectory known = directories.get(directory);
    if (known != null && known.isCurrent()) {
      return known;
    }
    HostsDirectory now = HostsDirectory.read(directory, known == null ? null : known.broken());
    if (directories.size() >= MOST) {
      directories.clear();
    }
    directories.put(directory, now);
    return now;
  }

  private @Nullable Path directory(String namespace) {
    for (Path root : roots) {
      for (String name : names(namespace)) {
        Path directory = root.resolve(name);
        try {
          if (StampedFile.ask(directory).isDirectory()) {
            return directory;
          }
        } catch (UncheckedIOException e) {
          throw new SluiceException(
              FailureKind.LOCAL_IO,
              "look for the hosts of " + namespace + " in " + root + ": " + e.getMessage(),
              e);
        }
      }
    }
    return null;
  }

  private static List<String> names(String namespace) {
    int colon = namespace.lastIndexOf(':');
    return colon > 0
        ? List.of(
            namespace.substring(0, colon) + "_" + namespace.substring(colon + 1) + "_",
            namespace,
            "_default")
        : List.of(namespace, "_default");
  }
}
