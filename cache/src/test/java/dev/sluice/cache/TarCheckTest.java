package dev.sluice.cache;

import static dev.sluice.cache.LayerCacheContract.readAndCheck;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.TarCheck.Verdict;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A layer of which all is here is looked at once, and kept or thrown away. */
final class TarCheckTest {
  private static final LayerKey KEY = new LayerKey("whole");
  private static final ChunkMap MAP = ChunkMap.of(new long[] {0, 700_000, 700_001}, 1_500_000);

  @TempDir Path directory;

  private ChunkCache open() throws Exception {
    return ChunkCache.open(CacheOptions.in(directory).withMemoryBytes(0).withDiskReserveBytes(0));
  }

  private static LayerCache layer(ChunkCache cache) {
    return cache.open(KEY, MAP, new PatternOrigin(KEY, MAP));
  }

  private static LayerCache filled(ChunkCache cache) throws Exception {
    LayerCache layer = layer(cache);
    layer.fill(0, MAP.count() - 1, Lane.BACKGROUND).get(20, TimeUnit.SECONDS);
    return layer;
  }

  private static MessageDigest sha256() throws Exception {
    return MessageDigest.getInstance("SHA-256");
  }

  private static byte[] right() throws Exception {
    return sha256().digest(Pattern.of(KEY).bytes(0, (int) MAP.size()));
  }

  private static Verdict check(LayerCache layer, byte[] expected) throws Exception {
    return layer.check(sha256(), expected, () -> true);
  }

  @Test
  void aRightOne_isComplete_alsoAfterARestart() throws Exception {
    try (ChunkCache cache = open()) {
      LayerCache layer = filled(cache);
      assertThat(layer.complete()).isFalse();
      assertThat(check(layer, right())).isEqualTo(Verdict.RIGHT);
      assertThat(layer.complete()).isTrue();
    }
    try (ChunkCache cache = open()) {
      LayerCache layer = layer(cache);
      assertThat(layer.complete()).isTrue();
      assertThat(layer.check(sha256(), new byte[32], () -> false)).isEqualTo(Verdict.RIGHT);
    }
  }

  /** GNU tar fills its last record of 10 KiB; an index tells of nothing behind the end mark. */
  @Test
  void paddingBehindTheTar_belongsToIt() throws Exception {
    try (ChunkCache cache = open()) {
      LayerCache layer = filled(cache);
      MessageDigest padded = sha256();
      padded.update(Pattern.of(KEY).bytes(0, (int) MAP.size()));
      padded.update(new byte[5 * 512]);
      assertThat(check(layer, padded.digest())).isEqualTo(Verdict.RIGHT);
      assertThat(layer.complete()).isTrue();
    }
  }

  @Test
  void otherBytesBehindTheTar_areNoPadding() throws Exception {
    try (ChunkCache cache = open()) {
      MessageDigest longer = sha256();
      longer.update(Pattern.of(KEY).bytes(0, (int) MAP.size()));
      longer.update(new byte[511]);
      assertThat(check(filled(cache), longer.digest())).isEqualTo(Verdict.WRONG);
    }
  }

  @Test
  void aWrongOne_isThrownAway() throws Exception {
    try (ChunkCache cache = open()) {
      LayerCache layer = filled(cache);
      assertThat(check(layer, new byte[32])).isEqualTo(Verdict.WRONG);
      assertThat(layer.bytesOnDisk()).isZero();
      assertThat(layer.complete()).isFalse();
      assertThat(cache.stats().diskBytes()).isZero();
      readAndCheck(layer, 0, 1000); // what was thrown away is not served, but fetched
    }
  }

  @Test
  void whatIsNotAllThere_isNotJudged() throws Exception {
    try (ChunkCache cache = open()) {
      LayerCache layer = layer(cache);
      layer.fill(0, 1, Lane.BACKGROUND).get(20, TimeUnit.SECONDS);
      assertThat(check(layer, right())).isEqualTo(Verdict.INCOMPLETE);
      layer.fill(2, 2, Lane.BACKGROUND).get(20, TimeUnit.SECONDS);
      assertThat(layer.check(sha256(), right(), () -> false)).isEqualTo(Verdict.INCOMPLETE);
      assertThat(layer.complete()).isFalse();
    }
  }

  @Test
  void aDiskThatLies_isNoWrongIndex() throws Exception {
    try (ChunkCache cache = open()) {
      LayerCache layer = filled(cache);
      try (var file = new RandomAccessFile(directory.resolve("layers/whole.tar").toFile(), "rw")) {
        file.seek(900_000);
        file.write(~file.read());
      }
      assertThat(check(layer, right())).isEqualTo(Verdict.INCOMPLETE);
      assertThat(cache.stats().corruptChunks()).isEqualTo(1);
      Waiting.until(() -> !layer.onDisk(2));
      layer.fill(0, 2, Lane.BACKGROUND).get(20, TimeUnit.SECONDS);
      assertThat(check(layer, right())).isEqualTo(Verdict.RIGHT);
    }
  }

  @Test
  void theMarkIsLostWithItsRecord_andNothingElse() throws Exception {
    long before;
    try (ChunkCache cache = open()) {
      LayerCache layer = filled(cache);
      before = Files.size(directory.resolve("layers/whole.journal"));
      assertThat(check(layer, right())).isEqualTo(Verdict.RIGHT);
    }
    try (var file =
        new RandomAccessFile(directory.resolve("layers/whole.journal").toFile(), "rw")) {
      file.seek(before + 5);
      file.write(0x55);
    }
    try (ChunkCache cache = open()) {
      LayerCache layer = layer(cache);
      assertThat(layer.bytesOnDisk()).isEqualTo(MAP.size());
      assertThat(layer.complete()).isFalse();
      assertThat(check(layer, right())).isEqualTo(Verdict.RIGHT);
    }
  }
}
