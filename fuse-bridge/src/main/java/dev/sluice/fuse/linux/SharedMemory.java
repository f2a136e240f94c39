package dev.sluice.fuse.linux;

import dev.sluice.linux.NativeFunction;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Memory that lives as long as any process has its descriptor. Given back when nobody here refers
 * to the segment any more.
 *
 * @param descriptor valid as long as {@code memory} is
 */
public record SharedMemory(int descriptor, MemorySegment memory) {
  /*
   * No file system: nothing is written to a disk, and nothing is left when the last descriptor goes.
   */
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final NativeFunction FTRUNCATE = NativeFunction.ofInt("ftruncate");
  private static final NativeFunction MMAP = NativeFunction.ofLong("mmap");
  private static final NativeFunction MUNMAP = NativeFunction.ofInt("munmap");

  /** Makes {@code bytes} of it, all zero, which take room only where they are written. */
  public static SharedMemory make(String name, long bytes) throws LinuxException {
    int descriptor = Syscalls.memfdCreate(name);
    if (descriptor < 0) {
      throw new LinuxException("make shared memory", -descriptor, "");
    }
    int errno = -(int) FTRUNCATE.call(descriptor, bytes);
    if (errno != 0) {
      Libc.close(descriptor);
      throw new LinuxException("make shared memory", errno, "");
    }
    return map(descriptor, bytes);
  }

  /**
   * What was made under that name and size by another process.
   *
   * @param descriptor stays the caller's
   * @throws IOException if it is something else
   */
  public static SharedMemory of(int descriptor, String name, long bytes) throws IOException {
    String found = Descriptors.name(descriptor);
    long size = Files.size(Path.of("/proc/self/fd/" + descriptor));
    if (!found.startsWith("/memfd:" + name + " ") || size != bytes) {
      throw new IOException(
          "share memory: descriptor %d is %s of %d bytes, not %s of %d"
              .formatted(descriptor, found, size, name, bytes));
    }
    return map(Descriptors.duplicate(descriptor), bytes);
  }

  private static SharedMemory map(int descriptor, long bytes) throws LinuxException {
    long address = MMAP.call(0, bytes, PROT_READ_WRITE, MAP_SHARED, descriptor, 0);
    if (address < 0) {
      Libc.close(descriptor);
      throw new LinuxException("map shared memory", (int) -address, "");
    }
    return new SharedMemory(
        descriptor,
        MemorySegment.ofAddress(address)
            .reinterpret(bytes, Arena.ofAuto(), all -> giveBack(all, descriptor)));
  }

  private static void giveBack(MemorySegment all, int descriptor) {
    var _ = MUNMAP.call(all.address(), all.byteSize());
    Libc.close(descriptor);
  }
}
