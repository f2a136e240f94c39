// This file is compiled into the image of the test.
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads files whose bytes are known, in a container; tells each second how it went, and in a file
 * beside it which reads took longer than a second: the epoch's milliseconds at its begin, how many it took, what.
 */
public final class Reader {
  private static final int BLOCK = 4096;
  private static final int MOST_BLOCKS = 16;
  private static final long SLOW = 1_000_000_000;
  private static final AtomicLong BYTES = new AtomicLong();
  private static final AtomicLong READS = new AtomicLong();
  private static final AtomicLong LONGEST = new AtomicLong();

  // FileChannel can't say that the kernel is to forget pages, and EROFS has no O_DIRECT.
  private static final int DONTNEED = 4;
  private static final MethodHandle OPEN = c("open", ValueLayout.JAVA_INT, true, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final MethodHandle CLOSE = c("close", ValueLayout.JAVA_INT, false, ValueLayout.JAVA_INT);
  private static final MethodHandle PREAD = c("pread", ValueLayout.JAVA_LONG, false, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
  private static final MethodHandle ADVISE = c("posix_fadvise", ValueLayout.JAVA_INT, false, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);

  private static MethodHandle c(String name, ValueLayout gives, boolean variadic, ValueLayout... takes) {
    Linker linker = Linker.nativeLinker();
    FunctionDescriptor type = FunctionDescriptor.of(gives, takes);
    MemorySegment at = linker.defaultLookup().find(name).orElseThrow();
    return variadic
        ? linker.downcallHandle(at, type, Linker.Option.firstVariadicArg(takes.length))
        : linker.downcallHandle(at, type);
  }

  public static void main(String[] args) throws Exception {
    List<Path> files;
    try (var list = Files.list(Path.of(args[0]))) {
      files = list.sorted().toList();
    }
    Path slow = Path.of(args[2]);
    for (int i = 0; i < Integer.parseInt(args[1]); i++) {
      int seed = i;
      new Thread(() -> read(files, slow, new SplittableRandom(seed))).start();
    }
    while (true) {
      Thread.sleep(1000);
      System.out.println(BYTES.get() + " " + READS.get() + " " + LONGEST.get() / 1_000_000);
    }
  }

  /** Byte N of a block is a function of the file's number, the block and N. */
  private static void read(List<Path> files, Path slow, SplittableRandom random) {
    MemorySegment buffer = Arena.global().allocate(MOST_BLOCKS * BLOCK, BLOCK);
    var longs = ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
    while (true) {
      Path file = files.get(random.nextInt(files.size()));
      try (Arena arena = Arena.ofConfined()) {
        long number = Long.parseLong(file.getFileName().toString());
        long begun = System.currentTimeMillis();
        long started = System.nanoTime();
        int open = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), 0);
        if (open < 0) {
          fail("can't open " + file);
        }
        long at = random.nextLong(Files.size(file) / BLOCK) * BLOCK;
        long n = (long) PREAD.invokeExact(open, buffer, BLOCK * (1L + random.nextInt(MOST_BLOCKS)), at);
        long took = System.nanoTime() - started;
        int forgot = (int) ADVISE.invokeExact(open, 0L, 0L, DONTNEED);
        int closed = (int) CLOSE.invokeExact(open);
        if (n <= 0 || forgot != 0 || closed != 0) {
          fail("can't read " + file + " at " + at);
        }
        LONGEST.accumulateAndGet(took, Math::max);
        if (took > SLOW) {
          Files.writeString(slow, begun + " " + took / 1_000_000 + " " + file + "@" + at + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        for (long i = 0; i + 8 <= n; i += 8) {
          if (buffer.get(longs, i) != mix(number << 40 ^ (at + i))) {
            fail("wrong bytes in " + file + " at " + (at + i));
          }
        }
        BYTES.addAndGet(n);
        READS.incrementAndGet();
        Thread.sleep(2); // leaves the machine to those who compile and start
      } catch (Throwable t) {
        fail(file + ": " + t);
      }
    }
  }

  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private static void fail(String what) {
    System.out.println("ERROR " + what);
    System.out.flush();
    Runtime.getRuntime().halt(1);
  }
}
