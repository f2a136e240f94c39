package dev.sluice.registry.hosts;

import dev.sluice.failure.SluiceException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** The keys that describe one host. Names of keys may be written in any case, as for containerd. */
final class Settings {
  private static final Set<String> KEYS =
      Set.of(
          "capabilities", "ca", "client", "skip_verify", "header", "override_path", "dial_timeout");
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}");
  private static final Pattern VALUE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]{0,8192}");

  /** What the HTTP client alone may say. */
  private static final Set<String> RESERVED =
      Set.of("host", "content-length", "transfer-encoding", "connection", "upgrade", "te");

  private final Path file;
  private final TomlTable table;
  private final Set<String> others;

  Settings(Path file, TomlTable table, Set<String> others) {
    this.file = file;
    this.table = table;
    this.others = others;
  }

  ConfiguredHost host(@Nullable HostUrl url) {
    return new ConfiguredHost(url, capabilities(), tls(), headers(), dialTimeout());
  }

  /** Keys that mean nothing, with their lines. */
  List<String> ignored() {
    return table.keySet().stream()
        .filter(key -> {
          String plain = key.toLowerCase(Locale.ROOT);
          return !KEYS.contains(plain) && !others.contains(plain);
        })
        .map(key -> "'" + key + "' (line " + line(table, key) + ")")
        .toList();
  }

  HostUrl url(TomlTable in, String key, String text, boolean asItIs) {
    try {
      return HostUrl.parse(text, asItIs);
    } catch (IllegalArgumentException e) {
      throw wrong(in, key, "this is no host: " + e.getMessage());
    }
  }

  private Set<Capability> capabilities() {
    Object value = value("capabilities");
    if (value == null || (value instanceof TomlArray none && none.isEmpty())) {
      return Capability.ALL;
    }
    Set<Capability> all = EnumSet.noneOf(Capability.class);
    for (String name : strings("capabilities", value, false)) {
      Capability one = Capability.of(name);
      if (one == null) {
        throw wrong("capabilities", "one is none of pull, resolve, push, referrers");
      }
      all.add(one);
    }
    return Set.copyOf(all);
  }

  private TlsFiles tls() {
    Object ca = value("ca");
    Object client = value("client");
    Boolean skip = value("skip_verify") == null ? null : flag("skip_verify");
    if (ca == null && client == null && skip == null) {
      return TlsFiles.NONE;
    }
    List<StampedFile> authorities = new ArrayList<>();
    if (ca != null) {
      strings("ca", ca, true).forEach(path -> authorities.add(stamped("ca", path)));
    }
    List<TlsFiles.ClientPair> clients = new ArrayList<>();
    if (client instanceof TomlArray pairs) {
      for (int i = 0; i < pairs.size(); i++) {
        clients.add(pair(pairs.get(i)));
      }
    } else if (client != null) {
      clients.add(pair(client));
    }
    return new TlsFiles(List.copyOf(authorities), List.copyOf(clients), skip);
  }

  private TlsFiles.ClientPair pair(@Nullable Object value) {
    if (value instanceof TomlArray both) {
      List<String> paths = strings("client", both, false);
      if (paths.size() != 2) {
        throw wrong("client", "a pair is a certificate and a key");
      }
      StampedFile certificate = stamped("client", paths.getFirst());
      String key = paths.getLast();
      return new TlsFiles.ClientPair(
          certificate, key.isEmpty() ? certificate : stamped("client", key));
    }
    if (value instanceof String path) {
      StampedFile both = stamped("client", path);
      return new TlsFiles.ClientPair(both, both);
    }
    throw wrong("client", "it must be a file, a list of files or a list of pairs of files");
  }

  private StampedFile stamped(String key, String path) {
    try {
      Path directory = file.toAbsolutePath().getParent();
      return StampedFile.of(directory == null ? Path.of(path) : directory.resolve(path));
    } catch (InvalidPathException _) {
      throw wrong(key, "it is no path of a file");
    }
  }

  private Map<String, List<String>> headers() {
    TomlTable header = table("header");
    if (header == null) {
      return Map.of();
    }
    Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String name : header.keySet()) {
      if (!TOKEN.matcher(name).matches()) {
        throw wrong(header, name, "it is no name of a header");
      }
      List<String> values = new ArrayList<>();
      Object value = header.get(List.of(name));
      if (value instanceof String one) {
        values.add(one);
      } else if (value instanceof TomlArray several) {
        for (int i = 0; i < several.size(); i++) {
          if (!(several.get(i) instanceof String one)) {
            throw wrong(header, name, "a header is a string or a list of strings");
          }
          values.add(one);
        }
      } else {
        throw wrong(header, name, "a header is a string or a list of strings");
      }
      if (!values.stream().allMatch(one -> VALUE.matcher(one).matches())) {
        throw wrong(header, name, "its value can't be sent in a header");
      }
      if (!RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
        all.put(name, List.copyOf(values));
      }
    }
    return java.util.Collections.unmodifiableMap(all);
  }

  private @Nullable Duration dialTimeout() {
    String text = string("dial_timeout");
    if (text == null || text.isEmpty()) {
      return null;
    }
    try {
      Duration timeout = GoDuration.parse(text);
      return timeout.isZero() ? null : timeout;
    } catch (IllegalArgumentException e) {
      throw wrong("dial_timeout", String.valueOf(e.getMessage()));
    }
  }

  @Nullable String string(String key) {
    return typed(key, String.class, "a string");
  }

  boolean flag(String key) {
    Boolean value = typed(key, Boolean.class, "true or false");
    return value != null && value;
  }

  @Nullable TomlTable table(String key) {
    return typed(key, TomlTable.class, "a table");
  }

  TomlTable tableIn(TomlTable in, String key) {
    if (in.get(List.of(key)) instanceof TomlTable one) {
      return one;
    }
    throw wrong(in, key, "it must be a table");
  }

  private <T> @Nullable T typed(String key, Class<T> type, String name) {
    Object value = value(key);
    if (value == null) {
      return null;
    }
    if (!type.isInstance(value)) {
      throw wrong(key, "it must be " + name);
    }
    return type.cast(value);
  }

  private List<String> strings(String key, Object value, boolean orOne) {
    if (orOne && value instanceof String one) {
      return List.of(one);
    }
    List<String> all = new ArrayList<>();
    if (value instanceof TomlArray several) {
      for (int i = 0; i < several.size(); i++) {
        if (several.get(i) instanceof String one) {
          all.add(one);
        }
      }
      if (all.size() == several.size()) {
        return all;
      }
    }
    throw wrong(
        key, orOne ? "it must be a string or a list of strings" : "it must be a list of strings");
  }

  private @Nullable Object value(String key) {
    String written = written(key, Function.identity());
    String any = written == null ? written(key, one -> one.toLowerCase(Locale.ROOT)) : written;
    return any == null ? null : table.get(List.of(any));
  }

  private @Nullable String written(String key, Function<String, String> form) {
    return table.keySet().stream()
        .filter(one -> form.apply(one).equals(key))
        .findFirst()
        .orElse(null);
  }

  private SluiceException wrong(String key, String cause) {
    String written = written(key, one -> one.toLowerCase(Locale.ROOT));
    return wrong(table, written == null ? key : written, cause);
  }

  private SluiceException wrong(TomlTable in, String key, String cause) {
    return HostsToml.failure(file, line(in, key), "'" + shown(key) + "': " + cause);
  }

  /** Without what a user may have put before an @, and not at length. */
  private static String shown(String key) {
    String safe = key.substring(key.lastIndexOf('@') + 1).replaceAll("\\p{Cntrl}|\\?.*", "…");
    return safe.length() > 80 ? safe.substring(0, 80) + "…" : safe;
  }

  private static int line(TomlTable in, String key) {
    TomlPosition position = in.inputPositionOf(List.of(key));
    return position == null ? 1 : position.line();
  }
}
