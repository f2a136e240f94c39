// This file is compiled into the image of the test.
import com.sun.nio.file.ExtendedOpenOption;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Reads files past the page cache whose bytes are known, in a container; tells each second how it went. */
public final class Reader {
  private static final int BLOCK = 4096;
  private static final AtomicLong BYTES = new AtomicLong();
  private static final AtomicLong READS = new AtomicLong();
  private static final AtomicLong LONGEST = new AtomicLong();

  public static void main(String[] args) throws Exception {
    List<Path> files;
    try (var list = Files.list(Path.of(args[0]))) {
      files = list.sorted().toList();
    }
    for (int i = 0; i < Integer.parseInt(args[1]); i++) {
      int seed = i;
      new Thread(() -> read(files, new SplittableRandom(seed))).start();
    }
    while (true) {
      Thread.sleep(1000);
      System.out.println(BYTES.get() + " " + READS.get() + " " + LONGEST.get() / 1_000_000);
    }
  }

  /** Byte N of a block is a function of the file's number, the block and N. */
  private static void read(List<Path> files, SplittableRandom random) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(17 * BLOCK).alignedSlice(BLOCK);
    while (true) {
      Path file = files.get(random.nextInt(files.size()));
      try {
        long started = System.nanoTime();
        int n;
        long at;
        try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
          long blocks = open.size() / BLOCK;
          at = random.nextLong(blocks);
          buffer.clear().limit(BLOCK * (1 + random.nextInt(16)));
          n = open.read(buffer, at * BLOCK);
        }
        LONGEST.accumulateAndGet(System.nanoTime() - started, Math::max);
        long number = Long.parseLong(file.getFileName().toString());
        for (int i = 0; i + 8 <= n; i += 8) {
          long expected = mix(number << 40 ^ (at * BLOCK + i));
          if (buffer.getLong(i) != expected) {
            fail("wrong bytes in " + file + " at " + (at * BLOCK + i));
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
