package dev.sluice.node;

import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import dev.sluice.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images whose cached bytes are never evicted: pinned by command, kept over restarts, or by the
 * configuration. The layers of a pinned image stay pinned while the image is not shown.
 */
public final class Pins {
  private static final Logger LOG = LoggerFactory.getLogger(Pins.class);
  private static final int VERSION = 1;
  private static final int MAX_BYTES = 16 << 20;

  /** How long after the start layers may be missing of an image without being forgotten. */
  private static final Duration SETTLING = Duration.ofMinutes(10);

  private final Path file;
  private final ChunkCache cache;
  private final List<Pattern> configured;
  private final long openedAt = System.nanoTime();

  /** By command; guarded by this, as are the others. */
  private final TreeMap<String, Set<LayerKey>> pinned = new TreeMap<>();

  private Set<LayerKey> inForce;

  private Pins(Path file, ChunkCache cache, Collection<String> configured) {
    this.file = file;
    this.cache = cache;
    this.configured = configured.stream().map(Pins::pattern).toList();
    this.inForce = cache.pinned();
  }

  private static Pattern pattern(String images) {
    return Pattern.compile(
        Stream.of(images.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
  }

  /**
   * @param configured references of images, {@code *} for any characters
   * @throws SluiceException if the file is there and can't be read
   */
  public static Pins open(Path file, ChunkCache cache, Collection<String> configured) {
    Pins pins = new Pins(file, cache, configured);
    pins.read();
    return pins;
  }

  private synchronized void read() {
    if (!Files.exists(file)) {
      return;
    }
    try {
      JsonObject all = JsonObject.parse("the pins in " + file, Files.readAllBytes(file), MAX_BYTES);
      if (all.integer("version") != VERSION) {
        throw all.invalid("version", "is not " + VERSION + ", the one this Sluice knows");
      }
      for (JsonObject pin : all.objects("pins")) {
        pinned.put(
            pin.string("image"),
            pin.strings("layers").stream().map(LayerKey::new).collect(Collectors.toSet()));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "read the pins in %s: %s".formatted(file, e),
          "delete the file if the pins may be forgotten",
          e);
    }
  }

  /** Images pinned by command. */
  public synchronized Set<String> images() {
    return Set.copyOf(pinned.keySet());
  }

  /** Whether an image is pinned, by command or by the configuration. */
  public synchronized boolean isPinned(String image) {
    return pinned.containsKey(image) || isConfigured(image);
  }

  private boolean isConfigured(String image) {
    return configured.stream().anyMatch(each -> each.matcher(image).matches());
  }

  /** Pins an image with these layers. */
  public synchronized void pin(String image, Set<LayerKey> layers) {
    Set<LayerKey> before = pinned.put(image, Set.copyOf(layers));
    try {
      write();
    } catch (SluiceException e) {
      restore(image, before);
      throw e;
    }
    Set<LayerKey> more = new HashSet<>(inForce);
    more.addAll(layers);
    enforce(more);
  }

  /**
   * @return false if it was not pinned
   */
  public synchronized boolean unpin(String image) {
    Set<LayerKey> before = pinned.remove(image);
    if (before == null) {
      return false;
    }
    try {
      write();
    } catch (SluiceException e) {
      restore(image, before);
      throw e;
    }
    Set<LayerKey> less = new HashSet<>(inForce);
    less.removeAll(before);
    pinned.values().forEach(less::addAll);
    enforce(less);
    return true;
  }

  private void restore(String image, @org.jspecify.annotations.Nullable Set<LayerKey> before) {
    if (before == null) {
      pinned.remove(image);
    } else {
      pinned.put(image, before);
    }
  }

  /**
   * Takes note of the images that are shown now.
   *
   * @param shown their layers, by reference
   */
  synchronized void refresh(Map<String, Set<LayerKey>> shown) {
    Map<String, Set<LayerKey>> changed = new HashMap<>(shown);
    changed.keySet().retainAll(pinned.keySet());
    changed.entrySet().removeIf(each -> isKnown(each.getKey(), each.getValue()));
    if (!changed.isEmpty()) {
      pinned.putAll(changed);
      write();
    }
    Set<LayerKey> keys = pinned.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
    shown.forEach((image, layers) -> {
      if (isConfigured(image)) {
        keys.addAll(layers);
      }
    });
    enforce(keys);
  }

  /* A layer that can't be shown after a start is not gone; it is tried again when it is needed. */
  private boolean isKnown(String image, Set<LayerKey> shown) {
    Set<LayerKey> known = pinned.getOrDefault(image, Set.of());
    boolean young = System.nanoTime() - openedAt < SETTLING.toNanos();
    return known.equals(shown) || (young && known.containsAll(shown));
  }

  private void enforce(Set<LayerKey> keys) {
    if (keys.equals(inForce)) {
      return;
    }
    try {
      cache.pin(keys);
      inForce = Set.copyOf(keys);
      LOG.info("{} layers are pinned in the cache", keys.size());
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "pin layers in the cache: " + e, e);
    }
  }

  private void write() {
    JsonWriter w = new JsonWriter().beginObject().name("version").value(VERSION);
    w.name("pins").beginArray();
    pinned.forEach((image, layers) -> {
      w.beginObject().name("image").value(image).name("layers").beginArray();
      layers.stream().map(LayerKey::name).sorted().forEach(w::value);
      w.endArray().endObject();
    });
    String json = w.endArray().endObject().toString();
    try {
      StateFile.replace(file, json);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "write the pins to %s: %s".formatted(file, e), e);
    }
  }
}
