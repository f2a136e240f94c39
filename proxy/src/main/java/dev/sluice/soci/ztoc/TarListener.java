package dev.sluice.soci.ztoc;

/** Takes a tar's entries as they come, each followed by its content and its end. */
public interface TarListener {
  void entry(TocEntry entry);

  /** The next bytes {@code [from, to)} of the entry's content; the array is not to be kept. */
  void content(byte[] buffer, int from, int to);

  /** All of the entry's content has come. */
  void complete();
}
