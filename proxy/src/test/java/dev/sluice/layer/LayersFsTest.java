package dev.sluice.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Origin;
import dev.sluice.cache.VerifiedChunk;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.Errno;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.ReadReply;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayersFsTest {
  private static final int TAR = 100_000;

  @TempDir Path directory;
  private final Entries make = new Entries();
  private final ReadLog log = new ReadLog();
  private final LayersFs fs = new LayersFs(Duration.ofMillis(300), log);
  private final AtomicInteger fetches = new AtomicInteger();
  private ChunkCache cache;
  private Origin origin = this::fetch;

  @BeforeEach
  void open() throws Exception {
    cache = ChunkCache.open(CacheOptions.in(directory).withDiskBytes(0));
  }

  @AfterEach
  void close() throws Exception {
    cache.close();
  }

  /** Byte i of the tar is i mod 251. */
  private void fetch(int first, int last, Lane lane, Origin.Sink sink) {
    fetches.incrementAndGet();
    for (int chunk = first; chunk <= last; chunk++) {
      int start = chunk * 1000;
      sink.arrived(
          chunk,
          VerifiedChunk.from(
              1000,
              into -> {
                for (int i = 0; i < 1000; i++) {
                  into.set(ValueLayout.JAVA_BYTE, i, (byte) ((start + i) % 251));
                }
              }));
    }
  }

  private long show(String name, LayerTree tree) {
    Origin late = (first, last, lane, sink) -> origin.fetch(first, last, lane, sink);
    LayerCache bytes = cache.open(new LayerKey(name), ChunkMap.fixed(1000, TAR), late);
    return fs.add(new MountedLayer(name, tree, bytes));
  }

  private static final class Answer implements ReadReply {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int error = -1;

    @Override
    public boolean data(long[] addresses, long[] lengths, int parts) {
      error = 0;
      for (int i = 0; i < parts; i++) {
        bytes.writeBytes(
            MemorySegment.ofAddress(addresses[i])
                .reinterpret(lengths[i])
                .toArray(ValueLayout.JAVA_BYTE));
      }
      return true;
    }

    @Override
    public void error(int errno) {
      error = errno;
    }
  }

  private Answer read(long node, long offset, int size) {
    Answer answer = new Answer();
    fs.read(node, offset, size, answer);
    org.awaitility.Awaitility.await().until(() -> answer.error >= 0);
    return answer;
  }

  private long node(long layer, String path) {
    long at = fs.lookup(ReadOnlyFs.ROOT, Entries.bytes(Long.toString(layer)));
    for (String part : path.split("/", -1)) {
      at = fs.lookup(at, Entries.bytes(part));
    }
    return at;
  }

  @Test
  void layersAreDirectoriesByNumber_andIdsSayLayerAndNode() {
    long one = show("a", LayerTreeBuilder.build(List.of(make.dir("d", 0755))));
    long two = show("b", LayerTreeBuilder.build(List.of(make.file("d/f", 0644, 1))));
    assertThat(one).isEqualTo(1);
    assertThat(two).isEqualTo(2);
    List<String> names = new ArrayList<>();
    fs.list(
        ReadOnlyFs.ROOT,
        0,
        (name, _, _) -> names.add(new String(name, StandardCharsets.ISO_8859_1)));
    assertThat(names).containsExactly("1", "1.tar", "2", "2.tar");
    long file = node(2, "d/f");
    assertThat(file >>> 32).isEqualTo(2);
    assertThat(fs.parent(node(2, "d"))).isEqualTo(2L << 32);
    assertThat(fs.parent(2L << 32)).isEqualTo(ReadOnlyFs.ROOT);
    for (String absent :
        List.of("3", "0", "01", "x", "", "99999999999", "1.ta", "1.tarx", ".tar", "3.tar")) {
      assertThat(fs.lookup(ReadOnlyFs.ROOT, Entries.bytes(absent))).as(absent).isZero();
    }
  }

  @Test
  void aMissIsFetchedOnce_andAHitIsAnsweredAtOnce() {
    show("a", LayerTreeBuilder.build(List.of(make.file("f", 0644, 5000))));
    long file = node(1, "f");
    Answer first = read(file, 700, 2000);
    byte[] wanted = new byte[2000];
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = (byte) ((512 + 700 + i) % 251);
    }
    assertThat(first.bytes.toByteArray()).isEqualTo(wanted);
    int soFar = fetches.get();
    Answer again = new Answer();
    fs.read(file, 700, 2000, again);
    assertThat(again.error).as("answered before read() returned").isZero();
    assertThat(fetches).hasValue(soFar);
    assertThat(log.hits()).isEqualTo(1);
    assertThat(log.misses()).isEqualTo(1);
    assertThat(read(file, 4990, 4096).bytes.size()).isEqualTo(10);
    assertThat(read(file, 5000, 1).bytes.size()).isZero();
    assertThat(read(file, 1 << 30, 1).bytes.size()).isZero();
  }

  @Test
  void aFileReadFrontToBackIsFetchedAheadInGrowingSteps_andNotBeyondItsEnd() {
    show("a", LayerTreeBuilder.build(List.of(make.file("f", 0644, 40_000))));
    List<String> asked = new ArrayList<>();
    origin =
        (first, last, lane, sink) -> {
          asked.add(lane + " " + first + "-" + last);
          fetch(first, last, lane, sink);
        };
    for (int offset = 0; offset < 40_000; offset += 500) {
      assertThat(read(node(1, "f"), offset, 500).bytes.size()).isEqualTo(500);
    }
    // The file covers the bytes 512 to 40512 of the tar: chunks 0 to 40.
    assertThat(asked)
        .containsExactly(
            "DEMAND 0-1",
            "HINT 2-2",
            "HINT 3-4",
            "HINT 5-8",
            "HINT 9-16",
            "HINT 17-32",
            "HINT 33-40");
  }

  @Test
  void jumpsInALargeFileFetchNothingAhead() {
    show("a", LayerTreeBuilder.build(List.of(make.file("f", 0644, 90_000))));
    for (int chunk : new int[] {50, 10, 80, 30, 70, 5, 60}) {
      read(node(1, "f"), chunk * 1000L, 100);
    }
    assertThat(fetches).as("each jump, and the chunk behind the first").hasValue(8);
  }

  private List<String> asked() {
    List<String> asked = new java.util.concurrent.CopyOnWriteArrayList<>();
    origin =
        (first, last, lane, sink) -> {
          asked.add(lane + " " + first + "-" + last);
          fetch(first, last, lane, sink);
        };
    return asked;
  }

  @Test
  void readersOfOneFileAtSeveralPlacesAreFollowedEach() {
    show("a", LayerTreeBuilder.build(List.of(make.file("f", 0644, 90_000))));
    List<String> asked = asked();
    for (int step = 0; step < 8_000; step += 500) {
      for (int reader : new int[] {1000, 30_000, 60_000}) {
        assertThat(read(node(1, "f"), reader + step, 500).bytes.size()).isEqualTo(500);
      }
    }
    assertThat(asked.stream().filter(each -> each.startsWith("DEMAND")))
        .as("each waits at its first chunks only")
        .hasSizeLessThanOrEqualTo(7);
    assertThat(asked).anyMatch(each -> each.startsWith("HINT 6") && !each.startsWith("HINT 6-"));
  }

  @Test
  void aFileReadBackwardsIsFetchedBelow() {
    show("a", LayerTreeBuilder.build(List.of(make.file("f", 0644, 40_000))));
    List<String> asked = asked();
    for (int offset = 39_500; offset >= 0; offset -= 500) {
      assertThat(read(node(1, "f"), offset, 500).bytes.size()).isEqualTo(500);
    }
    assertThat(asked.stream().filter(each -> each.startsWith("DEMAND")))
        .as("not each of the 40 chunks is waited for")
        .hasSizeLessThan(20);
    assertThat(asked.stream().distinct()).hasSameSizeAs(asked);
  }

  @Test
  void aReaderThatSkipsALittleIsStillFollowed() {
    show("a", LayerTreeBuilder.build(List.of(make.file("f", 0644, 90_000))));
    List<String> asked = asked();
    for (int chunk = 0; chunk < 90; chunk += 2) {
      read(node(1, "f"), chunk * 1000L, 100);
    }
    assertThat(asked.stream().filter(each -> each.startsWith("DEMAND"))).hasSizeLessThan(10);
  }

  @Test
  void aFileOfFewChunksInWhichAReaderJumpsIsBroughtWhole() {
    show("a", LayerTreeBuilder.build(List.of(make.file("f", 0644, 7000))));
    read(node(1, "f"), 0, 100);
    read(node(1, "f"), 5000, 100);
    int soFar = fetches.get();
    for (int offset = 0; offset < 7000; offset += 700) {
      read(node(1, "f"), offset, 700);
    }
    assertThat(fetches).hasValue(soFar);
  }

  @Test
  void aFailedFetchIsEio_isKeptWithItsCause_andTheNextReadTriesAgain() {
    show("a", LayerTreeBuilder.build(List.of(make.file("f", 0644, 5000))));
    origin =
        (first, last, _, sink) -> {
          for (int chunk = first; chunk <= last; chunk++) {
            sink.failed(chunk, new SluiceException(FailureKind.UNAVAILABLE, "registry is gone"));
          }
        };
    assertThat(read(node(1, "f"), 0, 10).error).isEqualTo(Errno.EIO);
    assertThat(log.lastFailures())
        .singleElement()
        .satisfies(wait -> {
          assertThat(wait.layer()).isEqualTo("a");
          assertThat(wait.failure()).isEqualTo("registry is gone");
        });
    origin = this::fetch;
    assertThat(read(node(1, "f"), 0, 10).bytes.size()).isEqualTo(10);
  }

  @Test
  void aFetchThatNeverEndsIsEioAtTheDeadline() {
    show("a", LayerTreeBuilder.build(List.of(make.file("f", 0644, 5000))));
    origin = (_, _, _, _) -> {};
    assertThat(read(node(1, "f"), 0, 10).error).isEqualTo(Errno.EIO);
    assertThat(log.lastFailures()).hasSize(1);
  }

  @Test
  void nodesThatDoNotExistAreStale_andOthersAreNoFiles() {
    show("a", LayerTreeBuilder.build(List.of(make.dir("d", 0755))));
    assertThat(read((1L << 32) | 999, 0, 10).error).isEqualTo(Errno.ESTALE);
    assertThat(read(7L << 32, 0, 10).error).isEqualTo(Errno.ESTALE);
    assertThat(read(node(1, "d"), 0, 10).error).isEqualTo(Errno.EINVAL);
    assertThat(fs.attributes((1L << 32) | 999, new Attributes())).isFalse();
    assertThat(fs.list((1L << 32) | 999, 0, (_, _, _) -> true)).isFalse();
    assertThat(fs.xattr((1L << 32) | 999, Entries.bytes("user.x"))).isNull();
    assertThat(fs.readlink((1L << 32) | 999)).isNull();
    fs.remove(1);
    assertThat(fs.lookup(ReadOnlyFs.ROOT, Entries.bytes("1"))).isZero();
    assertThat(fs.attributes(1L << 32, new Attributes())).isFalse();
  }
}
