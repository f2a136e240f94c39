package dev.sluice.control;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a service knows of a container or a file in it.
 *
 * @param subject the snapshot's key
 * @param image reference, "" if unknown
 * @param layers topmost first
 * @param file null if none was asked for or no lazy layer has it
 */
public record Explanation(String subject, String image, List<Layer> layers, @Nullable File file) {

  /**
   * A layer below the container.
   *
   * @param lazy whether its bytes come when they are read; all but snapshot and digest are 0 if not
   * @param trouble why it is not shown though it is lazy, null if nothing is wrong
   * @param spans it has
   * @param spansHere of those, in memory or on disk
   * @param slowest reads that waited, slowest first
   * @param failed the last reads that ended in an I/O error, oldest first
   */
  public record Layer(
      long snapshot,
      String digest,
      boolean lazy,
      @Nullable String trouble,
      int spans,
      int spansHere,
      long bytes,
      long cachedBytes,
      long reads,
      long failures,
      List<Read> slowest,
      List<Read> failed) {}

  /**
   * A read that waited; times in microseconds.
   *
   * @param path of the file, "" if the layer's tar was read where no file lies
   * @param offset in the file, else in the tar
   * @param known whether it is known where the time went
   * @param cause of the failure, null if it was answered
   */
  public record Read(
      Instant ended,
      String path,
      long offset,
      int length,
      long waited,
      boolean known,
      long queue,
      long network,
      long verify,
      long inflate,
      @Nullable String cause) {}

  /**
   * A file of a lazy layer.
   *
   * @param path symbolic links followed
   * @param snapshot of the layer that has it
   * @param size in bytes
   * @param inMemory spans of it that only memory holds
   * @param onDisk spans of it on disk
   * @param missing spans of it that only the registry has
   * @param spans the first of them
   */
  public record File(
      String path,
      long snapshot,
      String digest,
      long size,
      int inMemory,
      int onDisk,
      int missing,
      List<Span> spans) {}

  /**
   * A span that holds bytes of the file.
   *
   * @param number in the ztoc
   * @param from first byte of the file in it
   * @param to end (exclusive) of the file's bytes in it
   * @param compressedFrom first byte in the layer's blob
   * @param compressedTo end (exclusive) there
   */
  public record Span(
      int number, long from, long to, long compressedFrom, long compressedTo, Tier tier) {}

  /** Where a span can be read from. */
  public enum Tier {
    MEMORY,
    DISK,
    REGISTRY;

    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
