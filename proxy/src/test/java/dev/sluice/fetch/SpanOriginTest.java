package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Lease;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.Compression;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SpanOriginTest {
  @TempDir Path directory;
  private final InflateWorkers workers = new InflateWorkers(2);
  private final FetchStats stats = new FetchStats();
  private final FetchScheduler scheduler = new FetchScheduler(64 << 20, stats);

  @AfterEach
  void close() {
    scheduler.close();
    workers.close();
  }

  private ChunkCache openCache() throws Exception {
    return ChunkCache.open(CacheOptions.in(directory).withDiskReserveBytes(0));
  }

  private LayerCache open(ChunkCache cache, SampleLayer layer, BytesBlob blob) {
    ChunkMap map =
        ChunkMap.of(layer.ztoc().spans().uncompressedStarts(), layer.ztoc().uncompressedSize());
    return cache.open(
        new LayerKey("layer"), map, new SpanOrigin(layer.ztoc().spans(), blob, scheduler, workers));
  }

  private static byte[] read(LayerCache layer, long offset, int length) throws Exception {
    try (Lease lease = layer.read(offset, length, Lane.DEMAND).get(30, TimeUnit.SECONDS)) {
      byte[] got = new byte[length];
      lease.copyTo(MemorySegment.ofArray(got));
      return got;
    }
  }

  private void assertEverythingIsGivenBack() {
    Awaitility.await().untilAsserted(() -> assertThat(scheduler.memoryUsed()).isZero());
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void randomReadsAreTheTar(Compression compression) throws Exception {
    for (long seed = 1; seed <= 5; seed++) {
      SampleLayer sample = SampleLayer.make(seed, 40, compression, 64 << 10);
      BytesBlob blob = new BytesBlob(sample.blob(), seed);
      int size = (int) sample.ztoc().uncompressedSize();
      try (ChunkCache cache = openCache();
          LayerCache layer = open(cache, sample, blob)) {
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
          int offset = random.nextInt(size);
          int length = 1 + random.nextInt(Math.min(300_000, size - offset));
          assertThat(read(layer, offset, length))
              .as("seed %d, %d bytes at %d", seed, length, offset)
              .isEqualTo(Arrays.copyOfRange(sample.tar(), offset, offset + length));
        }
      }
      assertEverythingIsGivenBack();
    }
  }

  @Test
  void aReadOverManySpansIsOneRequest_andASecondReadIsNone() throws Exception {
    SampleLayer sample = SampleLayer.make(9, 40, Compression.GZIP, 64 << 10);
    BytesBlob blob = new BytesBlob(sample.blob(), 9);
    try (ChunkCache cache = openCache();
        LayerCache layer = open(cache, sample, blob)) {
      int size = (int) sample.ztoc().uncompressedSize();
      assertThat(sample.ztoc().spans().count()).isGreaterThan(10);
      read(layer, 0, size);
      assertThat(blob.requests()).hasSize(1);
      assertThat(read(layer, 0, size)).isEqualTo(Arrays.copyOf(sample.tar(), size));
      assertThat(blob.requests()).hasSize(1);
    }
  }

  @Test
  void aBrokenRangeKeepsTheSpansThatWereIn_andTheNextReadGetsTheRest() throws Exception {
    SampleLayer sample = SampleLayer.make(3, 40, Compression.GZIP, 64 << 10);
    BytesBlob blob = new BytesBlob(sample.blob(), 3);
    int size = (int) sample.ztoc().uncompressedSize();
    try (ChunkCache cache = openCache();
        LayerCache layer = open(cache, sample, blob)) {
      blob.breakNextAfter(sample.blob().length / 2);
      assertThatThrownBy(() -> read(layer, 0, size)).hasStackTraceContaining("the wire was cut");
      assertEverythingIsGivenBack();
      assertThat(read(layer, 0, size)).isEqualTo(Arrays.copyOf(sample.tar(), size));
      assertThat(blob.requests()).hasSize(2);
      long from = Long.parseLong(blob.requests().get(1).split("-", -1)[0]);
      assertThat(from).as("the first half is not fetched again").isGreaterThan(size / 20);
    }
  }

  @Test
  void aSpanWithWrongBytesIsAskedForAgainByItself() throws Exception {
    SampleLayer sample = SampleLayer.make(4, 20, Compression.GZIP, 1 << 20);
    BytesBlob blob = new BytesBlob(sample.blob(), 4);
    int size = (int) sample.ztoc().uncompressedSize();
    try (ChunkCache cache = openCache();
        LayerCache layer = open(cache, sample, blob)) {
      blob.spoilNext(1);
      assertThat(read(layer, 0, size)).isEqualTo(Arrays.copyOf(sample.tar(), size));
      assertThat(stats.corruptSpans()).isEqualTo(sample.ztoc().spans().count());
    }
    assertEverythingIsGivenBack();
  }

  @Test
  void wrongBytesTwiceAreAnErrorThatNamesBlobAndSpan_andRecoveryFollows() throws Exception {
    SampleLayer sample = SampleLayer.make(5, 20, Compression.GZIP, 64 << 10);
    BytesBlob blob = new BytesBlob(sample.blob(), 5);
    try (ChunkCache cache = openCache();
        LayerCache layer = open(cache, sample, blob)) {
      blob.spoilNext(2);
      assertThatThrownBy(() -> read(layer, 0, 10))
          .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.CORRUPT))
          .satisfies(e ->
              assertThat(SluiceException.describe(e))
                  .contains("test blob")
                  .contains("span 0")
                  .contains("digest"));
      assertThat(read(layer, 0, 10)).isEqualTo(Arrays.copyOf(sample.tar(), 10));
    }
    assertEverythingIsGivenBack();
  }
}
