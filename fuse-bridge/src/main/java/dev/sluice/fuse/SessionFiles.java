package dev.sluice.fuse;

import dev.sluice.fuse.linux.Descriptors;
import java.util.List;
import java.util.OptionalInt;

/**
 * The open files of a session, by number. As long as one process has them, the mount lives.
 *
 * @param device what the kernel sends requests by
 * @param requests memory with the requests that were taken and not answered; there where the kernel
 *     can't send those again
 */
public record SessionFiles(int device, OptionalInt requests) implements AutoCloseable {
  /** The device alone. */
  public static SessionFiles of(int device) {
    return new SessionFiles(device, OptionalInt.empty());
  }

  /**
   * @param numbers as {@link #numbers} gives them
   */
  public static SessionFiles of(List<Integer> numbers) {
    return numbers.size() == 1
        ? of(numbers.getFirst())
        : new SessionFiles(numbers.getFirst(), OptionalInt.of(numbers.get(1)));
  }

  /** All of them, the device first. */
  public List<Integer> numbers() {
    return requests.isPresent() ? List.of(device, requests.getAsInt()) : List.of(device);
  }

  @Override
  public void close() {
    numbers().forEach(Descriptors::close);
  }
}
