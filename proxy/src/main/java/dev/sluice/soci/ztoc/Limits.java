package dev.sluice.soci.ztoc;

/**
 * Bounds on what a ztoc or a tar from outside may ask for.
 *
 * @param ztocBytes longest ztoc in bytes
 * @param entries most entries
 * @param nameBytes longest name or link target in bytes
 * @param attributeBytes PAX records of one entry together, in bytes
 * @param spans most spans
 * @param spanBytes longest span in bytes, compressed or not; at most 2 GiB - 8
 */
public record Limits(
    long ztocBytes, int entries, int nameBytes, int attributeBytes, int spans, int spanBytes) {

  /** 1 GiB, 4 Mi entries, names as long as Linux's PATH_MAX, 1 MiB of PAX, 256 MiB spans. */
  public static final Limits DEFAULT =
      new Limits(1L << 30, 4 << 20, 4096, 1 << 20, 1 << 20, 256 << 20);

  /** Bytes of heap that an entry takes while its layer is opened, and as much again for others. */
  private static final long ENTRY_BYTES = 1600;

  /** Bytes of heap that an entry takes while its layer is opened. */
  public static final long OPENING_BYTES = ENTRY_BYTES / 2;

  /** The defaults, but no more entries than fit into a part of this JVM's heap. */
  public static Limits forHeap() {
    return forHeap(Runtime.getRuntime().maxMemory());
  }

  /* However small the heap: a layer that it can't hold would end the process at each start. */
  static Limits forHeap(long heapBytes) {
    int entries = (int) Math.min(heapBytes / ENTRY_BYTES, DEFAULT.entries);
    return new Limits(
        DEFAULT.ztocBytes,
        entries,
        DEFAULT.nameBytes,
        DEFAULT.attributeBytes,
        DEFAULT.spans,
        DEFAULT.spanBytes);
  }
}
