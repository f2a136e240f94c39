package dev.sluice.snapshot;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a snapshot.
 *
 * @param id names its directory; never given twice
 * @param name given by containerd: a key while active or a view, else the committed name
 * @param parent name of the committed snapshot below, "" if none
 * @param usage as of the commit; {@link Usage#NONE} until then
 * @param origin null if containerd filled it
 */
public record Snapshot(
    long id,
    String name,
    String parent,
    SnapshotKind kind,
    Map<String, String> labels,
    Instant created,
    Instant updated,
    Usage usage,
    @Nullable Origin origin) {

  /**
   * How Sluice brought it.
   *
   * @param target chain id of the layer and those below
   * @param lazy what {@link LayerSource#reopen} needs, null if the files lie in its directory
   */
  public record Origin(String target, @Nullable String lazy) {}

  /** Whether the {@link LayerSource} shows its files. */
  public boolean isLazy() {
    return origin != null && origin.lazy() != null;
  }

  /** Reference of the image, as the user wrote it; "" if no label says. */
  public String image() {
    return labels.getOrDefault(LayerLabels.IMAGE, "");
  }

  /** Digest of the image's manifest, "" if no label says. */
  public String manifest() {
    return labels.getOrDefault(LayerLabels.MANIFEST, "");
  }

  /** Digest of the compressed layer, "" if no label says. */
  public String layer() {
    return labels.getOrDefault(LayerLabels.LAYER, "");
  }

  boolean hasParent() {
    return !parent.isEmpty();
  }

  Snapshot withLabels(Map<String, String> replaced, Instant now) {
    return new Snapshot(id, name, parent, kind, replaced, created, now, usage, origin);
  }
}
