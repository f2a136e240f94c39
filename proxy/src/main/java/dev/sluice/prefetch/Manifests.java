package dev.sluice.prefetch;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.ImageTree;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The manifests in a directory, in the order of their names. A change counts the next time that an
 * image starts. What is wrong in one is logged once, and never stops an image. Blocks on the disk.
 */
public final class Manifests {
  private static final Logger LOG = LoggerFactory.getLogger(Manifests.class);
  private static final int MOST_MANIFESTS = 1000;
  private static final int MOST_FOUND = 10_000;

  private final Path directory;

  /** Guarded by this. */
  private Map<Path, Known> known = new HashMap<>();

  private record Known(Object stamp, Manifest manifest) {}

  /**
   * @param directory need not exist
   */
  public Manifests(Path directory) {
    this.directory = directory;
  }

  /**
   * Everything that is wrong in a manifest, or in all of a directory.
   *
   * @throws SluiceException NOT_FOUND if there is no such file
   */
  public static List<String> check(Path fileOrDirectory) {
    if (Files.isDirectory(fileOrDirectory)) {
      return new Manifests(fileOrDirectory)
          .all().stream().flatMap(manifest -> manifest.problems().stream()).toList();
    }
    try {
      return ManifestReader.read(fileOrDirectory, Files.readAllBytes(fileOrDirectory)).problems();
    } catch (IOException e) {
      throw new SluiceException(
          e instanceof NoSuchFileException ? FailureKind.NOT_FOUND : FailureKind.LOCAL_IO,
          "read manifest " + fileOrDirectory + ": " + e,
          e);
    }
  }

  /** Whether a manifest says something of an image. */
  public boolean has(Digest manifest, String reference) {
    return !wanted(manifest, reference).isEmpty();
  }

  /**
   * What manifests say of an image, found in its layers.
   *
   * @param layers that are shown, the lowest first
   */
  public List<Hint> hints(Digest manifest, String reference, List<ShownLayer> layers) {
    return find(wanted(manifest, reference), layers);
  }

  /** What a list of paths and patterns says; those that are neither are logged and left out. */
  public static List<Hint> hints(String source, List<String> paths, List<ShownLayer> layers) {
    List<WantedFile> wanted = new ArrayList<>();
    for (String path : paths) {
      try {
        wanted.add(WantedFile.of(path.strip(), List.of(), 0));
      } catch (IllegalArgumentException e) {
        LOG.warn("prefetch by {}: {}", source, e.getMessage());
      }
    }
    return find(wanted, layers);
  }

  private static List<Hint> find(List<WantedFile> wanted, List<ShownLayer> layers) {
    if (wanted.isEmpty() || layers.isEmpty()) {
      return List.of();
    }
    List<ShownLayer> topFirst = layers.reversed();
    ImageTree image = new ImageTree(topFirst.stream().map(ShownLayer::tree).toList());
    List<Hint> hints = new ArrayList<>();
    for (WantedFile file : wanted) {
      for (ImageTree.Found found : find(image, file.path())) {
        add(topFirst.get(found.layer()), found.node(), file, hints);
      }
    }
    return hints;
  }

  private static List<ImageTree.Found> find(ImageTree image, PathPattern path) {
    if (path.isLiteral()) {
      ImageTree.Found found = image.file(path.toString());
      return found == null ? List.of() : List.of(found);
    }
    return image.below(path.directory(), each -> path.fits("/" + each), MOST_FOUND);
  }

  private static void add(ShownLayer layer, int node, WantedFile file, List<Hint> hints) {
    long start = layer.tree().dataOffset(node);
    long size = layer.tree().size(node);
    List<WantedFile.Range> ranges =
        file.ranges().isEmpty() ? List.of(new WantedFile.Range(0, size)) : file.ranges();
    for (WantedFile.Range range : ranges) {
      long to = Math.min(range.to(), size);
      if (range.from() < to) {
        hints.add(
            new Hint(
                layer.digest(),
                Hint.Unit.BYTES,
                start + range.from(),
                start + to,
                file.priority()));
      }
    }
  }

  private List<WantedFile> wanted(Digest manifest, String reference) {
    return all().stream()
        .flatMap(each -> each.images().stream())
        .filter(entry -> entry.match().fits(manifest, reference))
        .flatMap(entry -> entry.files().stream())
        .toList();
  }

  private synchronized List<Manifest> all() {
    Map<Path, Known> now = new HashMap<>();
    List<Manifest> manifests = new ArrayList<>();
    for (Path file : files()) {
      try {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        Object stamp = List.of(found.lastModifiedTime(), found.size(), "" + found.fileKey());
        Known before = known.get(file);
        Known current =
            before != null && before.stamp.equals(stamp) ? before : new Known(stamp, read(file));
        now.put(file, current);
        manifests.add(current.manifest);
      } catch (IOException e) {
        LOG.warn("read manifest {}: {}", file, e.toString());
      }
    }
    known = now;
    return manifests;
  }

  private static Manifest read(Path file) throws IOException {
    byte[] bytes;
    try (var in = Files.newInputStream(file)) {
      bytes = in.readNBytes(ManifestReader.MOST_BYTES + 1);
    }
    Manifest manifest = ManifestReader.read(file, bytes);
    manifest.problems().forEach(problem -> LOG.warn("prefetch manifest {}", problem));
    return manifest;
  }

  private List<Path> files() {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.{json,toml}")) {
      for (Path file : found) {
        if (files.size() < MOST_MANIFESTS) {
          files.add(file);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      LOG.debug("no manifests in {}", directory);
    } catch (IOException e) {
      LOG.warn("read manifests in {}: {}", directory, e.toString());
    }
    files.sort(Comparator.naturalOrder());
    return files;
  }
}
