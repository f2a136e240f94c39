package dev.sluice.fetch;

import dev.sluice.registry.RangeTerms;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/** The bytes of one compressed layer, wherever they are. */
public interface BlobSource {
  /** The {@link #host} of what is on this machine. */
  String LOCAL = "local";

  /**
   * Streams the bytes {@code [from, to)} in order, each exactly once, to {@code sink} (which must
   * not block). Ends in bounded time.
   */
  Future<Void> range(long from, long to, Consumer<Buffer> sink);

  /** The same on other terms, as far as the source knows any. */
  default Future<Void> range(long from, long to, RangeTerms terms, Consumer<Buffer> sink) {
    return range(from, to, sink);
  }

  /**
   * Names what the ranges are asked of: sources of one host share its bandwidth. Few values, no
   * credentials.
   */
  default String host() {
    return LOCAL;
  }

  /**
   * Says that the bytes {@code [from, to)}, as the last {@link #range} brought them, are not what
   * their digest says: the next time they are rather taken from elsewhere, if there is such a
   * place.
   */
  default void distrust(long from, long to) {}

  /** False once the server is known to send everything, whatever range it is asked for. */
  default boolean takesRanges() {
    return true;
  }

  /** Names the blob in messages, without credentials. */
  @Override
  String toString();
}
