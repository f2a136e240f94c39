package dev.sluice.soci.ztoc;

import java.io.IOException;

/** Takes the decompressed bytes of a layer in order. */
@FunctionalInterface
public interface TarSink {
  TarSink NONE = (buffer, from, to) -> {};

  /** The bytes {@code [from, to)} of {@code buffer}, which is not the sink's to keep. */
  void accept(byte[] buffer, int from, int to) throws IOException;
}
