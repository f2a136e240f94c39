package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.FuseCounters.Operation;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What only the kernel's own protocol gives: fewer requests, and safety from bad memory. */
final class KernelBridgeTest extends MountingTest {
  KernelBridgeTest() {
    kind = BridgeKind.KERNEL;
  }

  @Test
  void aSecondWalkAsksNothing() throws IOException {
    MemoryNode directory = fs.root().directory("d");
    Content content = Content.random(100, 1);
    for (int i = 0; i < 1000; i++) {
      directory.file("f" + i, content);
    }
    directory.symlink("link", new byte[] {'f', '1'});
    try (FuseMount mount = mount()) {
      String walk = "ls -lR \"$0\"; cat \"$0\"/d/f*; test -e \"$0\"/absent; true";
      Child.run("sh", "-c", walk, mount.directory());
      FuseCounters counters = mount.counters();
      // READDIRPLUS gives the attributes with the names.
      assertThat(counters.requests(Operation.GETATTR)).isLessThan(50);
      assertThat(counters.requests(Operation.LOOKUP)).isLessThan(50);
      long before = total(counters);
      Child.run("sh", "-c", walk, mount.directory());
      // ls also asks for attributes, which the kernel does not cache; nothing else may be asked.
      assertThat(total(counters)).isEqualTo(before);
    }
  }

  private static long total(FuseCounters counters) {
    long total = 0;
    for (Operation operation : Operation.values()) {
      total += operation == Operation.XATTR ? 0 : counters.requests(operation);
    }
    return total;
  }

  @Test
  void readAheadIsSet() throws IOException {
    try (FuseMount mount = mount()) {
      String device = Mounts.top(mount.directory()).orElseThrow().device();
      assertThat(Files.readString(Path.of("/sys/class/bdi", device, "read_ahead_kb")).strip())
          .isEqualTo(Integer.toString(MountOptions.DEFAULT.readAheadBytes() >> 10));
    }
  }

  @Test
  void readsAreAsLargeAsAMebibyte() throws IOException {
    fs.root().file("f", Content.random(8 << 20, 1));
    try (FuseMount mount = mount()) {
      Child.run(
          "dd", "if=" + mount.directory().resolve("f"), "of=/dev/null", "bs=1M", "iflag=direct");
      assertThat(mount.counters().requests(Operation.READ)).isLessThanOrEqualTo(9);
    }
  }

  @Test
  void aMappingThatWasCutShortGivesAnError() throws IOException {
    Path backing = directory("cache").resolve("file");
    Files.write(backing, new byte[1 << 20]);
    AtomicBoolean cut = new AtomicBoolean();
    try (Arena arena = Arena.ofShared();
        FileChannel channel =
            FileChannel.open(backing, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment map = channel.map(FileChannel.MapMode.READ_ONLY, 0, 1 << 20, arena);
      fs.root()
          .file(
              "f",
              new Content() {
                @Override
                public long size() {
                  return 1 << 20;
                }

                @Override
                public void read(long offset, int size, ReadReply reply) {
                  long from = cut.get() ? 512 << 10 : 0;
                  reply.data(new long[] {map.address() + from}, new long[] {size}, 1);
                }
              });
      try (FuseMount mount = mount()) {
        String read =
            """
            import os, sys
            try:
              print(len(os.pread(os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT), 4096, 0)))
            except OSError as e:
              print('errno', e.errno)
            """;
        Path file = mount.directory().resolve("f");
        assertThat(Child.python(read, file).out().strip()).isEqualTo("4096");
        cut.set(true);
        channel.truncate(4096);
        assertThat(Child.python(read, file).out().strip()).isEqualTo("errno 5");
        assertThat(mount.isAlive()).isTrue();
        cut.set(false);
        assertThat(Child.python(read, file).out().strip()).isEqualTo("4096");
      }
    }
  }
}
