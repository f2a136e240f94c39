package dev.sluice.snapshot;

import java.nio.file.Path;
import java.util.List;

/**
 * A snapshot that waits for the files of a layer.
 *
 * @param id never given twice, also not after a restart
 * @param files where the files go if they are unpacked: an empty directory, not for others to read
 *     until the snapshot is committed
 * @param ancestors nearest first
 */
public record NewSnapshot(long id, Path files, List<Ancestor> ancestors) {
  /**
   * @param files the directory that shows its files, unpacked or by FUSE
   * @param lazy whether the {@link LayerSource} shows it
   */
  public record Ancestor(long id, Path files, boolean lazy) {}
}
