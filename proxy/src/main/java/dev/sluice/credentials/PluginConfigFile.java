package dev.sluice.credentials;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The kubelet's {@code --image-credential-provider-config}: a file in YAML or JSON, or a directory
 * of such files, which are read in the order of their names. Members that we don't know are
 * ignored: the kubelet checks its own file.
 */
final class PluginConfigFile {
  static final String REQUESTS = "credentialprovider.kubelet.k8s.io/";
  private static final String GROUP = "kubelet.config.k8s.io/";
  private static final int LIMIT = 1 << 20;
  private static final Set<String> VERSIONS =
      Set.of(REQUESTS + "v1", REQUESTS + "v1beta1", REQUESTS + "v1alpha1");
  private static final Pattern ENDING = Pattern.compile(".*\\.(json|ya?ml)");

  private PluginConfigFile() {}

  /**
   * @throws SluiceException LOCAL_IO if it can't be read, INVALID or CORRUPT if it is wrong
   */
  static List<PluginConfig> read(Path path) {
    List<PluginConfig> plugins = new ArrayList<>();
    Set<String> names = new HashSet<>();
    try {
      for (Path file : files(path)) {
        for (PluginConfig plugin : parse(file.toString(), Files.readAllBytes(file))) {
          if (!names.add(plugin.name())) {
            throw invalid(file.toString(), "plugin " + plugin.name() + " is there twice");
          }
          plugins.add(plugin);
        }
      }
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "read credential plugins from " + path + ": " + e.getClass().getSimpleName(),
          "Name the file that the kubelet's --image-credential-provider-config names.",
          e);
    }
    return List.copyOf(plugins);
  }

  private static List<Path> files(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> all = Files.list(path)) {
      return all.filter(file -> ENDING.matcher(file.getFileName().toString()).matches())
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }

  static List<PluginConfig> parse(String name, byte[] bytes) {
    if (bytes.length > LIMIT) {
      throw invalid(name, "it has more than " + LIMIT + " bytes");
    }
    boolean json = new String(bytes, StandardCharsets.UTF_8).stripLeading().startsWith("{");
    JsonObject file =
        JsonObject.parse(name, json ? bytes : YamlDocument.toJson(name, bytes), LIMIT);
    if (!file.string("kind").equals("CredentialProviderConfig")
        || !file.string("apiVersion").startsWith(GROUP)) {
      throw invalid(name, "it is no CredentialProviderConfig of " + GROUP + "v1");
    }
    List<PluginConfig> plugins = new ArrayList<>();
    for (JsonObject provider : file.objects("providers")) {
      plugins.add(plugin(provider));
    }
    if (plugins.isEmpty()) {
      throw invalid(name, "it names no providers");
    }
    return plugins;
  }

  private static PluginConfig plugin(JsonObject provider) {
    String name = provider.string("name");
    if (name.isEmpty()
        || name.contains("/")
        || name.contains(" ")
        || name.equals(".")
        || name.equals("..")) {
      throw provider.invalid("name", "it is no name of a program");
    }
    String version = provider.string("apiVersion");
    if (!VERSIONS.contains(version)) {
      throw provider.invalid("apiVersion", "'" + version + "' is none of " + VERSIONS);
    }
    List<ImagePattern> patterns =
        provider.strings("matchImages").stream().map(ImagePattern::parse).toList();
    if (patterns.isEmpty()) {
      throw provider.invalid("matchImages", "it names no images");
    }
    Duration duration =
        GoDuration.parse(provider.string("defaultCacheDuration"))
            .orElseThrow(() ->
                provider.invalid("defaultCacheDuration", "it is no time such as 12h or 30m0s"));
    JsonObject token = provider.object("tokenAttributes");
    return new PluginConfig(
        name,
        patterns,
        duration,
        version,
        List.copyOf(provider.strings("args")),
        env(provider),
        token != null && truth(token, "requireServiceAccount"));
  }

  private static Map<String, String> env(JsonObject provider) {
    Map<String, String> env = new TreeMap<>();
    for (JsonObject variable : provider.objects("env")) {
      if (variable.string("name").isEmpty()) {
        throw provider.invalid("env", "a variable has no name");
      }
      env.put(variable.string("name"), variable.string("value"));
    }
    return env;
  }

  private static boolean truth(JsonObject object, String name) {
    try {
      return object.string(name).equals("true");
    } catch (SluiceException _) {
      // JSON knows booleans, which only say no here if they are not there at all.
      return true;
    }
  }

  private static SluiceException invalid(String name, String what) {
    return new SluiceException(
        FailureKind.INVALID, "read credential plugins from " + name + ": " + what);
  }
}
