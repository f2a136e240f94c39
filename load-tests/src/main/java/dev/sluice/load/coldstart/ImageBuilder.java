package dev.sluice.load.coldstart;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.json.JsonObject;
import dev.sluice.load.Program;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes images below a directory and keeps them: a recipe that is the same is not made again. */
public final class ImageBuilder {
  /** Downloads of some hundred megabytes and their unpacking, on a busy machine. */
  private static final Duration LIMIT = Duration.ofMinutes(45);

  private static final int LAST_LINES = 20;
  private static final int MOST_JSON_BYTES = 4 << 20;

  private final Path directory;
  private final @Nullable String mirror;

  /**
   * @param mirror of Debian packages, null for the one of this machine
   */
  public ImageBuilder(Path directory, @Nullable String mirror) {
    this.directory = directory;
    this.mirror = mirror;
  }

  /** The image of a recipe, made unless it is there. */
  public Image make(Recipe recipe) throws IOException {
    String script = script();
    Path home = directory.resolve("images/" + recipe.name() + "-" + key(recipe, script));
    Path layout = home.resolve("layout");
    Path complete = home.resolve("complete");
    if (!Files.exists(complete)) {
      System.err.printf("making the image %s (once; a few minutes)%n", recipe.name());
      removeOlder(recipe);
      build(recipe, script, home, layout);
      Files.createFile(complete);
    }
    return describe(recipe, layout);
  }

  /** Images of this name that other recipes made. */
  private void removeOlder(Recipe recipe) throws IOException {
    Path images = Files.createDirectories(directory.resolve("images"));
    try (DirectoryStream<Path> older = Files.newDirectoryStream(images, recipe.name() + "-*")) {
      for (Path each : older) {
        Program.run(Duration.ofMinutes(2), "rm", "-rf", "--one-file-system", each);
      }
    }
  }

  private void build(Recipe recipe, String script, Path home, Path layout) throws IOException {
    Path scripts = Files.createDirectories(home.resolve("recipe"));
    Path builder = Files.writeString(scripts.resolve("build-image.sh"), script);
    List<Object> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "bash",
                builder,
                directory,
                Recipes.SUITE,
                mirror == null ? machinesMirror() : mirror,
                layout));
    for (int i = 0; i < recipe.layers().size(); i++) {
      command.add(
          Files.writeString(scripts.resolve("layer-" + i), recipe.layers().get(i)).toString());
    }
    Program.Result result = Program.result(LIMIT, Map.of(), command.toArray());
    if (result.exitCode() != 0) {
      throw new IOException(
          "make the image %s: status %d; the last that was said:%n%s%n%s"
              .formatted(recipe.name(), result.exitCode(), tail(result.out()), tail(result.err())));
    }
    List<Object> configure =
        new ArrayList<>(
            List.of(
                "umoci", "config", "--image", layout + ":image", "--config.user", recipe.user()));
    for (String word : recipe.command()) {
      configure.add("--config.cmd");
      configure.add(word);
    }
    configure.addAll(
        List.of(
            "--config.env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    Program.run(Duration.ofMinutes(1), configure.toArray());
    Program.run(Duration.ofMinutes(10), "umoci", "gc", "--layout", layout);
  }

  private static String machinesMirror() throws IOException {
    String wanted = " " + Recipes.SUITE + " main";
    return Program.run(
            Duration.ofMinutes(1),
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI) $(RELEASE) $(COMPONENT)")
        .lines()
        .filter(line -> line.endsWith(wanted))
        .map(line -> line.substring(0, line.length() - wanted.length()))
        .findFirst()
        .orElseThrow(() ->
            new IOException(
                "apt of this machine knows no mirror of Debian %s: give one with --mirror"
                    .formatted(Recipes.SUITE)));
  }

  private static String tail(String said) {
    List<String> lines = said.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
  }

  private static Image describe(Recipe recipe, Path layout) throws IOException {
    JsonObject index = json(layout.resolve("index.json"));
    String digest = index.objects("manifests").getFirst().string("digest");
    List<JsonObject> layers =
        json(layout.resolve("blobs/" + digest.replace(':', '/'))).objects("layers");
    return new Image(
        recipe,
        layout,
        layers.stream().map(layer -> layer.string("digest")).toList(),
        layers.stream()
            .max(java.util.Comparator.comparingLong(layer -> layer.integer("size")))
            .orElseThrow()
            .string("digest"),
        layers.stream().mapToLong(layer -> layer.integer("size")).sum());
  }

  private static JsonObject json(Path file) throws IOException {
    return JsonObject.parse(file.toString(), Files.readAllBytes(file), MOST_JSON_BYTES);
  }

  private static String script() throws IOException {
    try (InputStream in = ImageBuilder.class.getResourceAsStream("build-image.sh")) {
      return new String(Objects.requireNonNull(in, "build-image.sh").readAllBytes(), UTF_8);
    }
  }

  private static String key(Recipe recipe, String script) {
    Map<String, Object> all =
        new java.util.TreeMap<>(
            Map.of(
                "script", script,
                "suite", Recipes.SUITE,
                "layers", recipe.layers(),
                "user", recipe.user(),
                "command", recipe.command()));
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(all.toString().getBytes(UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
