package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.snapshot.NewSnapshot.Ancestor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A source whose lazy layers are plain directories, and which does as it is told. */
final class DirectoryLayers implements LayerSource {
  /** What happens when a layer is asked for. */
  interface Way {
    Brought bring(LayerRequest request, NewSnapshot snapshot) throws IOException;
  }

  final List<LayerRequest> asked = new CopyOnWriteArrayList<>();
  final List<Long> restored = new CopyOnWriteArrayList<>();
  final List<Long> forgotten = new CopyOnWriteArrayList<>();
  final List<Long> abandoned = new CopyOnWriteArrayList<>();
  final Set<String> unreachable = ConcurrentHashMap.newKeySet();
  volatile Way way = this::lazily;

  /** Called with the record of each layer that is opened again. */
  volatile Consumer<String> reopening = _ -> {};

  volatile RootAttributes root = new RootAttributes(0, 0, 0755);
  private final Set<Long> shown = ConcurrentHashMap.newKeySet();
  private final Path directory;

  DirectoryLayers(Path directory) {
    this.directory = directory;
  }

  Brought lazily(LayerRequest request, NewSnapshot snapshot) throws IOException {
    Files.createDirectories(shown(snapshot.id()));
    Files.writeString(shown(snapshot.id()).resolve("lazy-" + hex(request)), "lazy");
    shown.add(snapshot.id());
    return new Brought.Lazily("record of " + hex(request));
  }

  Brought unpacked(LayerRequest request, NewSnapshot snapshot) throws IOException {
    Files.write(snapshot.files().resolve("unpacked-" + hex(request)), new byte[50_000]);
    return new Brought.Unpacked();
  }

  private static String hex(LayerRequest request) {
    return request.layer().hex().substring(0, 4);
  }

  @Override
  public Brought bring(LayerRequest request, NewSnapshot snapshot) {
    asked.add(request);
    try {
      return way.bring(request, snapshot);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void abandon(long snapshot) {
    abandoned.add(snapshot);
  }

  @Override
  public Path shown(long snapshot) {
    return directory.resolve(Long.toString(snapshot));
  }

  @Override
  public void settle(long... snapshots) {}

  @Override
  public RootAttributes rootAttributes(long snapshot) {
    check(snapshot);
    return root;
  }

  @Override
  public Reopened reopen(long snapshot, String record) {
    if (unreachable.contains(record)) {
      throw new SluiceException(FailureKind.CORRUPT, "restore " + record + ": told not to");
    }
    reopening.accept(record);
    return ancestors -> {
      for (Ancestor ancestor : ancestors) {
        if (ancestor.lazy()) {
          check(ancestor.id());
        }
      }
      shown.add(snapshot);
      restored.add(snapshot);
    };
  }

  @Override
  public void check(long snapshot) {
    if (!shown.contains(snapshot)) {
      throw new SluiceException(FailureKind.UNAVAILABLE, "layer " + snapshot + " is not shown");
    }
  }

  @Override
  public void expect(Set<Long> snapshots) {}

  @Override
  public void missing(long snapshot, Throwable cause) {}

  @Override
  public void forget(long snapshot) {
    shown.remove(snapshot);
    forgotten.add(snapshot);
  }
}
