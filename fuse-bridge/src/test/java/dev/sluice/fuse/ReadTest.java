package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.memory.Content;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Reads give the right bytes or an error, however they are asked for and answered. */
final class ReadTest extends ContractTest {
  private static final long SEED = 20261;

  /** Reads "offset size" lines; prints the CRC of each piece, read in three ways. */
  private static final String CRCS =
      """
      import os, sys, zlib, mmap
      path, ways = sys.argv[1], sys.argv[2].split(',')
      plain = os.open(path, os.O_RDONLY)
      direct = os.open(path, os.O_RDONLY | os.O_DIRECT)
      size = os.fstat(plain).st_size
      mapped = mmap.mmap(plain, size, prot=mmap.PROT_READ) if 'mmap' in ways else None
      for line in sys.stdin:
        offset, length = map(int, line.split())
        for way in ways:
          if way == 'plain':
            data = os.pread(plain, length, offset)
          elif way == 'direct':
            data = os.pread(direct, length, offset)
          else:
            data = mapped[offset:offset + length]
          print(len(data), zlib.crc32(data))
      """;

  private static final String READ_OR_ERRNO =
      """
      import os, sys
      try:
        data = os.pread(os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT), 1 << 16, 0)
        print(len(data))
      except OSError as e:
        print('errno', e.errno)
      """;

  @Test
  void wholeFile() throws IOException {
    Content.Repeated content = Content.random(3_000_001, SEED);
    fs.root().directory("a").file("b", content);
    try (FuseMount mount = mount()) {
      Child.Output out = Child.run("sha256sum", mount.directory().resolve("a/b"));
      assertThat(out.out()).startsWith(sha256(content.bytes(0, 3_000_001)));
    }
  }

  @Test
  void anyOffsetAndSize() throws IOException {
    int size = 2_345_677;
    Content.Repeated content = Content.random(size, SEED);
    fs.root().file("f", content);
    Random random = new Random(SEED);
    List<int[]> pieces = new ArrayList<>();
    for (int edge : new int[] {0, 4096, 131072, 1 << 20, size}) {
      for (int around = -2; around <= 2; around++) {
        for (int length : new int[] {1, 2, 511, 4096, 4097, 131072, (1 << 20) + 1}) {
          pieces.add(new int[] {Math.max(0, edge + around), length});
        }
      }
    }
    for (int i = 0; i < 300; i++) {
      pieces.add(new int[] {random.nextInt(size), 1 + random.nextInt(1 << random.nextInt(1, 20))});
    }
    try (FuseMount mount = mount()) {
      assertPieces(mount.directory().resolve("f"), content, pieces);
    }
  }

  private static void assertPieces(Path file, Content.Repeated content, List<int[]> pieces) {
    StringBuilder asked = new StringBuilder();
    List<String> expected = new ArrayList<>();
    for (int[] piece : pieces) {
      asked.append(piece[0]).append(' ').append(piece[1]).append('\n');
      for (int way = 0; way < 3; way++) {
        expected.add(lengthAndCrc(content.bytes(piece[0], piece[1])));
      }
    }
    Child.Output out = Child.pythonWithInput(asked.toString(), CRCS, file, "plain,direct,mmap");
    assertThat(out.lines()).as("seed " + SEED).isEqualTo(expected);
  }

  @Test
  void behindTheEnd() throws IOException {
    Content.Repeated content = Content.random(5000, SEED);
    fs.root().file("f", content);
    fs.root().file("empty", Content.of(new byte[0]));
    try (FuseMount mount = mount()) {
      String pieces = "4999 10\n5000 10\n5001 1\n100000 4096\n";
      Child.Output out =
          Child.pythonWithInput(pieces, CRCS, mount.directory().resolve("f"), "plain,direct");
      String last = lengthAndCrc(content.bytes(4999, 1));
      assertThat(out.lines()).containsExactly(last, last, "0 0", "0 0", "0 0", "0 0", "0 0", "0 0");
      assertThat(
              Child.pythonWithInput(
                      "0 10\n", CRCS, mount.directory().resolve("empty"), "plain,direct")
                  .lines())
          .containsExactly("0 0", "0 0");
    }
  }

  @Test
  void beyondFourGiB() throws IOException {
    long size = (6L << 30) + 123;
    Content.Repeated content = Content.random(size, SEED);
    fs.root().file("f", content);
    try (FuseMount mount = mount()) {
      Path file = mount.directory().resolve("f");
      assertThat(Child.run("stat", "-c", "%s %b", file).out().strip())
          .isEqualTo(size + " " + Math.ceilDiv(size, 512));
      long[] offsets = {(5L << 30) + 7, (4L << 30) - 3, size - 100};
      StringBuilder asked = new StringBuilder();
      List<String> expected = new ArrayList<>();
      for (long offset : offsets) {
        asked.append(offset).append(" 70000\n");
        String right = lengthAndCrc(content.bytes(offset, 70_000));
        expected.addAll(List.of(right, right));
      }
      assertThat(Child.pythonWithInput(asked.toString(), CRCS, file, "plain,direct").lines())
          .isEqualTo(expected);
    }
  }

  @Test
  void answersFromOtherThreads() throws IOException {
    Content.Repeated content = Content.random(4 << 20, SEED);
    try (ExecutorService platform = Executors.newFixedThreadPool(4);
        ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      AtomicBoolean turn = new AtomicBoolean();
      fs.root()
          .file(
              "f",
              new Answering(
                  content.size(),
                  (offset, size, reply) ->
                      (turn.getAndSet(!turn.get()) ? platform : virtual)
                          .execute(() -> content.read(offset, size, reply))));
      try (FuseMount mount = mount()) {
        Random random = new Random(SEED);
        List<int[]> pieces = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          pieces.add(new int[] {random.nextInt(4 << 20), 1 + random.nextInt(200_000)});
        }
        assertPieces(mount.directory().resolve("f"), content, pieces);
      }
    }
  }

  @Test
  void manyReadersAtOnce() throws IOException {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Content.Repeated content = Content.random(2_000_000 + i, SEED + i);
      fs.root().file("f" + i, content);
      expected.add(sha256(content.bytes(0, 3_000_000)));
    }
    try (FuseMount mount = mount()) {
      List<Child> children = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        children.add(Child.start("sha256sum", mount.directory().resolve("f" + i)));
      }
      for (int i = 0; i < 6; i++) {
        assertThat(children.get(i).succeed().out()).startsWith(expected.get(i));
      }
    }
  }

  @Test
  void answersInPieces() throws IOException {
    Content.Repeated content = Content.random(1 << 16, SEED);
    for (int parts : new int[] {1, 3, 63, 64, 1023, 1024, 5000}) {
      fs.root()
          .file(
              "f" + parts,
              new Answering(
                  content.size(),
                  (offset, size, reply) -> content.read(offset, size, split(reply, parts))));
    }
    try (FuseMount mount = mount()) {
      Child.Output out = Child.run("sh", "-c", "sha256sum \"$0\"/*", mount.directory());
      assertThat(out.lines())
          .hasSize(7)
          .allMatch(line -> line.startsWith(sha256(content.bytes(0, 1 << 16))));
    }
  }

  private static ReadReply split(ReadReply reply, int parts) {
    return new ReadReply() {
      @Override
      public boolean data(long[] addresses, long[] lengths, int one) {
        long[] at = new long[parts];
        long[] length = new long[parts];
        for (int i = 0; i < parts; i++) {
          long from = lengths[0] * i / parts;
          at[i] = addresses[0] + from;
          length[i] = lengths[0] * (i + 1) / parts - from;
        }
        return reply.data(at, length, parts);
      }

      @Override
      public void error(int errno) {
        reply.error(errno);
      }
    };
  }

  @Test
  void anErrorIsSeenAndTheNextReadIsRight() throws IOException {
    Content.Repeated content = Content.random(100_000, SEED);
    AtomicBoolean broken = new AtomicBoolean(true);
    fs.root()
        .file(
            "f",
            new Answering(
                content.size(),
                (offset, size, reply) -> {
                  if (broken.get()) {
                    reply.error(Errno.EIO);
                  } else {
                    content.read(offset, size, reply);
                  }
                }));
    try (FuseMount mount = mount()) {
      Path file = mount.directory().resolve("f");
      Child.Output out = Child.start("cat", file).await();
      assertThat(out.exit()).isEqualTo(1);
      assertThat(out.err()).contains("Input/output error");
      assertThat(mount.counters().errors(FuseCounters.Operation.READ)).isPositive();
      broken.set(false);
      assertThat(Child.run("sha256sum", file).out()).startsWith(sha256(content.bytes(0, 100_000)));
    }
  }

  @Test
  void wrongAnswersBecomeErrors() throws IOException {
    Content.Repeated content = Content.random(1 << 20, SEED);
    fs.root().file("too-short", answering((o, n, reply) -> content.read(o, n / 2, reply)));
    fs.root().file("too-long", answering((o, n, reply) -> content.read(o, n + 1, reply)));
    fs.root().file("end-too-early", answering((o, n, reply) -> reply.end()));
    fs.root().file("no-such-errno", answering((o, n, reply) -> reply.error(100_000)));
    fs.root().file("negative-errno", answering((o, n, reply) -> reply.error(-5)));
    fs.root()
        .file(
            "exception",
            answering((o, n, reply) -> {
              throw new IllegalStateException("thrown by the test");
            }));
    fs.root()
        .file(
            "java-error",
            answering((o, n, reply) -> {
              throw new StackOverflowError("thrown by the test");
            }));
    fs.root()
        .file(
            "negative-length",
            answering((o, n, reply) -> reply.data(new long[] {1}, new long[] {-1}, 1)));
    fs.root()
        .file(
            "twice",
            answering((o, n, reply) -> {
              content.read(o, n, reply);
              content.read(o, n, reply);
              reply.error(Errno.EIO);
            }));
    try (FuseMount mount = mount()) {
      for (String name :
          List.of(
              "too-short",
              "too-long",
              "end-too-early",
              "no-such-errno",
              "negative-errno",
              "exception",
              "java-error",
              "negative-length")) {
        assertThat(Child.python(READ_OR_ERRNO, mount.directory().resolve(name)).out().strip())
            .as(name)
            .isEqualTo("errno " + Errno.EIO);
      }
      assertThat(Child.python(READ_OR_ERRNO, mount.directory().resolve("twice")).out().strip())
          .isEqualTo("65536");
      assertThat(mount.isAlive()).isTrue();
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

  private static Content answering(Answer answer) {
    return new Answering(1 << 18, answer);
  }

  private interface Answer {
    void read(long offset, int size, ReadReply reply);
  }

  private record Answering(long size, Answer answer) implements Content {
    @Override
    public void read(long offset, int length, ReadReply reply) {
      answer.read(offset, length, reply);
    }
  }

  private static String lengthAndCrc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return bytes.length + " " + crc.getValue();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
