package dev.sluice.load.coldstart;

import dev.sluice.control.LayerStatus;
import java.nio.file.Path;
import java.util.List;

/** A service that shows containerd the layers of images. */
interface Snapshotter extends AutoCloseable {
  /** What containerd calls it. */
  String name();

  Path socket();

  long pid();

  /** All that it has printed. */
  String said();

  /** What it tells of its lazy layers; nothing if it can't be asked. */
  List<LayerStatus> layers();

  /** Ends it and what it has mounted. */
  @Override
  void close();
}
