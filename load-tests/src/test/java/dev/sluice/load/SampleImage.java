package dev.sluice.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An image that none of our code had a hand in: Debian's packages, umoci's layers, and umoci's
 * unpacking as the truth.
 *
 * <p>Three layers: packages (tens of MB, written by umoci from a real tree), odd entries
 * (craft_layer.py: what packages do not hold, and removals from the first), and a layer of a few
 * bytes.
 *
 * @param layout directory of the OCI layout
 * @param tag the image's tag in it
 * @param unpacked the root file system as umoci unpacks it, as root
 */
record SampleImage(Path layout, String tag, Path unpacked) {
  private static final Pattern DIGEST = Pattern.compile("\"digest\":\"sha256:([0-9a-f]{64})\"");

  private static final Duration STEP = Duration.ofMinutes(3);

  /** Some have setuid files, many links, many small files; one binary each of several MB. */
  private static final List<String> PACKAGES =
      List.of(
          "coreutils", "perl-base", "libpython3-stdlib", "passwd", "libcap2-bin", "bash", "git");

  private static final int ENOUGH_PACKAGES = 4;

  /** Makes the image below {@code scratch}. Needs root: it makes devices and owners. */
  static SampleImage make(Scratch scratch) {
    Path layout = scratch.resolve("layout");
    String image = layout + ":sample";
    Path bundle = scratch.resolve("bundle");
    Program.run(STEP, "umoci", "init", "--layout", layout);
    Program.run(STEP, "umoci", "new", "--image", image);
    Program.run(STEP, "umoci", "unpack", "--image", image, bundle);
    fillFirstLayer(scratch, bundle.resolve("rootfs"));
    Program.run(STEP, "umoci", "repack", "--image", image, bundle);
    for (String layer : List.of("odd", "small")) {
      Path tar = scratch.resolve(layer + ".tar");
      Program.run(STEP, "python3", scratch.script("craft_layer.py"), layer, tar);
      Program.run(STEP, "umoci", "raw", "add-layer", "--image", image, tar);
      Program.run(STEP, "rm", tar);
    }
    return new SampleImage(layout, "sample", unpack(layout, "sample", scratch.resolve("truth")));
  }

  /** Unpacks an image with umoci; the root file system that came out. */
  static Path unpack(Path layout, String tag, Path bundle) {
    Program.run(STEP, "umoci", "unpack", "--image", layout + ":" + tag, bundle);
    return bundle.resolve("rootfs");
  }

  /** Digests of the compressed layers, lowest first. */
  List<String> layers() {
    String manifest = blob(digests(text(layout.resolve("index.json"))).getFirst());
    return digests(manifest.substring(manifest.indexOf("\"layers\":")));
  }

  /** Length of a compressed layer in bytes. */
  long sizeOf(String layer) {
    return blobFile(layer).toFile().length();
  }

  private static List<String> digests(String json) {
    return DIGEST.matcher(json).results().map(found -> "sha256:" + found.group(1)).toList();
  }

  private String blob(String digest) {
    return text(blobFile(digest));
  }

  private Path blobFile(String digest) {
    return layout.resolve("blobs").resolve(digest.replace(':', '/'));
  }

  private static String text(Path file) {
    try {
      return Program.text(file);
    } catch (IOException e) {
      throw new UncheckedIOException("read " + file, e);
    }
  }

  private static void fillFirstLayer(Scratch scratch, Path root) {
    if (!unpackPackages(scratch.mkdir("packages"), root)) {
      copyFromHost(root);
    }
    Program.run(STEP, "sh", "-euc", LOWER, "sh", root);
  }

  /** What the second layer replaces, removes and hides, and attributes that packages have not. */
  private static final String LOWER =
      """
      mkdir -p "$1/lower/removed-directory/below" "$1/lower/opaque/below" "$1/lower/merged"
      mkdir -p "$1/lower/becomes-file/below"
      for name in removed removed-directory/below/file replaced opaque/hidden opaque/below/hidden \\
        becomes-directory becomes-file/below/file merged/from-below; do
        echo "$name" >"$1/lower/$name"
      done
      mkdir -p "$1/bin"
      cp "$(command -v cat)" "$1/bin/capable"
      setcap cap_net_raw,cap_net_bind_service=ep "$1/bin/capable"
      setfattr -n user.origin -v packages "$1/bin/capable"
      ln "$1/bin/capable" "$1/bin/capable-too"
      mknod "$1/lower/tty" c 5 0
      mkfifo "$1/lower/fifo"
      chown 1234:5678 "$1/lower/fifo"
      """;

  private static boolean unpackPackages(Path directory, Path root) {
    for (String name : PACKAGES) {
      // One by one: a release that lacks one of them still has the others.
      Program.result(
          STEP,
          Map.of(),
          "sh",
          "-c",
          "cd \"$1\" && exec apt-get -qq -o APT::Sandbox::User=root download \"$2\"",
          "sh",
          directory,
          name);
    }
    try (Stream<Path> packages = Files.list(directory)) {
      List<Path> found = packages.filter(file -> file.toString().endsWith(".deb")).toList();
      if (found.size() < ENOUGH_PACKAGES) {
        return false;
      }
      found.forEach(file -> Program.run(STEP, "dpkg-deb", "-x", file, root));
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("list " + directory, e);
    }
  }

  /** Where no package mirror can be reached: the same kind of files, as they are installed here. */
  private static void copyFromHost(Path root) {
    Program.run(
        STEP,
        "sh",
        "-euc",
        """
        mkdir -p "$1/usr/bin" "$1/usr/lib"
        cd /usr
        find bin lib -xdev \\( -type f -o -type l \\) -size -4M | LC_ALL=C sort | head -n 4000 |
          tar -cf - --no-recursion -T - | tar -xpf - -C "$1/usr"
        """,
        "sh",
        root);
  }
}
