package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Servers are killed while processes read past the page cache, and none of those reads fails, is
 * wrong or stays without an answer. {@code -Dsluice.kills=1000} makes it long.
 */
@ParameterizedClass
@EnumSource(names = {"KERNEL", "KERNEL_WITHOUT_RESEND"})
final class KilledServerTest extends MountingTest {
  private static final int KILLS = Integer.getInteger("sluice.kills", 5);
  private static final int READERS = 8;
  private static final int LONGEST_LIFE_MILLIS = 300;
  private static final String READ =
      """
      import mmap, os, random, sys
      file, truth, end, seed = sys.argv[1:]
      right = open(truth, 'rb').read()
      room = mmap.mmap(-1, 65536)
      f = os.open(file, os.O_RDONLY | os.O_DIRECT)
      chance, reads = random.Random(int(seed)), 0
      while not os.path.exists(end):
          at = chance.randrange(len(right) // 4096) * 4096
          n = os.preadv(f, [room], at)
          if room[:n] != right[at:at + 65536]:
              sys.exit('wrong bytes at %d' % at)
          reads += 1
      print(reads)
      """;

  @Test
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void nobodyWhoReadsNotices() throws Exception {
    Random random = new Random(20261201);
    Path directory = directory("mnt");
    Path session = directory.resolveSibling("session");
    Path end = directory.resolveSibling("end");
    Path truth = Files.write(directory.resolveSibling("truth"), ServerProcess.bytes());
    ServerProcess server = ServerProcess.start(kind, directory, session);
    List<Child> readers = new ArrayList<>();
    try {
      for (int i = 0; i < READERS; i++) {
        readers.add(Child.startPython(READ, directory.resolve("f"), truth, end, i));
      }
      for (int kill = 0; kill < KILLS; kill++) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(LONGEST_LIFE_MILLIS)));
        server.close();
        server = ServerProcess.start(kind, directory, session);
      }
      Files.createFile(end);
      long reads = 0;
      for (Child reader : readers) {
        reads += Long.parseLong(reader.succeed().out().strip());
      }
      System.err.printf("%s: %d kills, %d reads%n", kind, KILLS, reads);
      assertThat(reads).isPositive();
    } finally {
      server.close();
      ServerProcess.endHolder(session);
      // What still waits is let go by the end of the session.
      readers.forEach(Child::signal);
    }
  }
}
