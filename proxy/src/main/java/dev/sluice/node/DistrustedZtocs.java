package dev.sluice.node;

import dev.sluice.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ztocs that gave wrong bytes for their layers: such a layer is never lazy again by this one. */
final class DistrustedZtocs {
  private static final Logger LOG = LoggerFactory.getLogger(DistrustedZtocs.class);

  /** An index that is wrong costs its layer's bytes once; nobody publishes so many. */
  private static final int MOST = 10_000;

  private final Path file;
  private final Set<Digest> digests = ConcurrentHashMap.newKeySet();

  /**
   * @param file a digest per line; kept over restarts
   */
  DistrustedZtocs(Path file) {
    this.file = file;
    try {
      if (Files.exists(file)) {
        digests.addAll(
            Files.readAllLines(file, StandardCharsets.US_ASCII).stream()
                .limit(MOST)
                .map(Digest::parse)
                .collect(Collectors.toSet()));
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("read which indexes are wrong from {}: {}", file, e.toString());
    }
  }

  boolean contains(Digest ztoc) {
    return digests.contains(ztoc);
  }

  void add(Digest ztoc) {
    if (digests.size() >= MOST || !digests.add(ztoc)) {
      return;
    }
    try {
      Files.writeString(
          file,
          ztoc + "\n",
          StandardCharsets.US_ASCII,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      LOG.warn("note in {} that ztoc {} is wrong: {}", file, ztoc, e.toString());
    }
  }
}
