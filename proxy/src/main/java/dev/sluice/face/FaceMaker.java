package dev.sluice.face;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the layers of a node share to get their faces.
 *
 * @param adopted number of the FUSE mount that an earlier process served, 0 if none is gone on with
 * @param earlierNames mounts of an earlier process whose bytes come by that FUSE mount
 * @param earlierWhole mounts of an earlier process whose bytes lie on disk
 * @param direct whether the cache's files are read past the page cache
 */
record FaceMaker(
    FaceDirectories directories,
    NameImages images,
    int adopted,
    EarlierMounts earlierNames,
    EarlierMounts earlierWhole,
    boolean direct,
    FaceCounters counters) {
  private static final Logger LOG = LoggerFactory.getLogger(FaceMaker.class);

  /** Whether an earlier process has mounted it already, on the FUSE mount that serves it now. */
  boolean adoptNames(Path image, Path at, int servedBy) {
    if (servedBy == adopted) {
      return earlierNames.adopt(at, image);
    }
    earlierNames.drop(at);
    return false;
  }

  void mountNames(Path image, Path tar, Path at) throws IOException {
    ErofsMounts.mount(image, tar, ErofsMounts.Device.OURS, true, at);
    counters.erofs.increment();
  }

  void mountWhole(Path image, Path tar, Path at) throws IOException {
    ErofsMounts.mount(image, tar, ErofsMounts.Device.ON_DISK, direct, at);
    counters.disk.increment();
  }

  /** Takes away mounts and images of an earlier process that belong to none of these layers. */
  void cleanUp(Set<Long> layers) {
    earlierNames.dropAll();
    earlierWhole.dropAll();
    try {
      images.keepOnly(layers);
    } catch (IOException e) {
      LOG.warn("delete images of names of layers that are gone: {}", e.toString());
    }
  }
}
