package dev.sluice.cache;

import static dev.sluice.cache.LayerCacheContract.readAndCheck;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found on disk after a start: never a wrong byte, whatever happened to the files. */
final class DiskFormatTest {
  private static final LayerKey KEY = new LayerKey("format");
  private static final ChunkMap MAP =
      ChunkMap.of(new long[] {0, 3000, 3001, 12_000, 20_000}, 33_333);

  @TempDir Path directory;

  private CacheOptions options() {
    return CacheOptions.in(directory).withMemoryBytes(0).withDurability(Durability.UNSYNCED);
  }

  private Path tar() {
    return directory.resolve("layers/format.tar");
  }

  private Path journal() {
    return directory.resolve("layers/format.journal");
  }

  /** Fills the layer and closes it. */
  private void fill() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options());
        LayerCache layer = cache.open(KEY, MAP, new PatternOrigin(KEY, MAP))) {
      readAndCheck(layer, 0, (int) MAP.size());
      Waiting.until(() -> layer.bytesOnDisk() == MAP.size());
    }
  }

  /** Reads all chunks after a start; returns how many the origin had to bring. */
  private int readAll() throws Exception {
    PatternOrigin origin = new PatternOrigin(KEY, MAP);
    try (ChunkCache cache = ChunkCache.open(options());
        LayerCache layer = cache.open(KEY, MAP, origin)) {
      for (int chunk = 0; chunk < MAP.count(); chunk++) {
        readAndCheck(layer, MAP.start(chunk), MAP.length(chunk));
      }
    }
    return origin.chunksAsked();
  }

  @Test
  void reopened_asksTheOriginForNothing() throws Exception {
    fill();
    assertThat(readAll()).isZero();
  }

  @Test
  void file_isTheTar() throws Exception {
    fill();
    assertThat(Files.readAllBytes(tar())).isEqualTo(Pattern.of(KEY).bytes(0, (int) MAP.size()));
  }

  @Test
  void otherChunksOfTheSameKey_discardTheFile() throws Exception {
    fill();
    ChunkMap other = ChunkMap.fixed(5000, MAP.size());
    PatternOrigin origin = new PatternOrigin(KEY, other);
    try (ChunkCache cache = ChunkCache.open(options());
        LayerCache layer = cache.open(KEY, other, origin)) {
      assertThat(layer.bytesOnDisk()).isZero();
      readAndCheck(layer, 0, (int) other.size());
      assertThat(origin.chunksAsked()).isEqualTo(other.count());
    }
  }

  @Test
  void journalOfAnotherKey_isNotBelieved() throws Exception {
    fill();
    Files.move(journal(), directory.resolve("layers/other.journal"));
    Files.move(tar(), directory.resolve("layers/other.tar"));
    LayerKey other = new LayerKey("other");
    try (ChunkCache cache = ChunkCache.open(options());
        LayerCache layer = cache.open(other, MAP, new PatternOrigin(other, MAP))) {
      assertThat(layer.bytesOnDisk()).isZero();
      readAndCheck(layer, 0, (int) MAP.size());
    }
  }

  @Test
  void journalCutAtEveryByte_neverAWrongByte() throws Exception {
    fill();
    byte[] whole = Files.readAllBytes(journal());
    Path kept = directory.resolve("kept");
    Files.copy(tar(), kept);
    for (int length = 0; length < whole.length; length++) {
      Files.copy(kept, tar(), StandardCopyOption.REPLACE_EXISTING);
      Files.write(journal(), java.util.Arrays.copyOf(whole, length));
      int header = whole.length - MAP.count() * JournalFormat.RECORD_BYTES;
      int records = Math.max(0, length - header) / JournalFormat.RECORD_BYTES;
      assertThat(readAll()).as("cut at %d", length).isEqualTo(MAP.count() - records);
    }
  }

  @Test
  void bitsFlippedAnywhere_neverAWrongByte() throws Exception {
    fill();
    byte[] journal = Files.readAllBytes(journal());
    byte[] tar = Files.readAllBytes(tar());
    long seed = Long.getLong("sluice.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      Files.write(journal(), i % 3 == 0 ? journal : flipped(journal, random));
      Files.write(tar(), i % 3 == 1 ? tar : flipped(tar, random));
      assertThat(readAll()).as("round %d with -Dsluice.seed=%d", i, seed).isBetween(1, MAP.count());
    }
  }

  private static byte[] flipped(byte[] bytes, Random random) {
    byte[] copy = bytes.clone();
    copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
    return copy;
  }

  @Test
  void flippedBit_isCountedDroppedAndFetchedAgain() throws Exception {
    fill();
    flip(4000);
    PatternOrigin origin = new PatternOrigin(KEY, MAP);
    try (ChunkCache cache = ChunkCache.open(options());
        LayerCache layer = cache.open(KEY, MAP, origin)) {
      assertThat(layer.tryRead(3500, 10)).isNull();
      assertThat(cache.stats().corruptChunks()).isEqualTo(1);
      readAndCheck(layer, 3500, 10);
      assertThat(origin.fetches).containsExactly(new PatternOrigin.Fetch(2, 2, Lane.DEMAND));
      Waiting.until(() -> layer.bytesOnDisk() == MAP.size());
    }
    assertThat(readAll()).isZero();
  }

  private void flip(long offset) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(tar().toFile(), "rw")) {
      file.seek(offset);
      int old = file.read();
      file.seek(offset);
      file.write(old ^ 4);
    }
  }

  @Test
  void shortOrLongFile_isDiscarded() throws Exception {
    for (long size : new long[] {0, 20_000, MAP.size() - 1, MAP.size() + 1}) {
      fill();
      try (RandomAccessFile file = new RandomAccessFile(tar().toFile(), "rw")) {
        file.setLength(size);
      }
      assertThat(readAll()).isEqualTo(MAP.count());
    }
  }

  @Test
  void spoiledLease_dropsItsChunks() throws Exception {
    PatternOrigin origin = new PatternOrigin(KEY, MAP);
    try (ChunkCache cache = ChunkCache.open(options());
        LayerCache layer = cache.open(KEY, MAP, origin)) {
      readAndCheck(layer, 0, 10);
      Waiting.until(() -> layer.bytesOnDisk() == 3000);
      Lease lease = layer.tryRead(0, 10);
      Lease other = layer.tryRead(5, 10);
      lease.spoiled();
      lease.close();
      assertThat(layer.tryRead(0, 10)).isNull();
      Pattern.of(KEY).check(other, 5, 10);
      other.close();
      readAndCheck(layer, 0, 10);
      assertThat(origin.fetches).hasSize(2);
    }
  }

  @Test
  void start_sweepsWhatACrashLeft() throws Exception {
    fill();
    Path layers = directory.resolve("layers");
    Files.writeString(layers.resolve("a.tar"), "no journal");
    Files.writeString(layers.resolve("b.journal"), "no tar");
    Files.writeString(layers.resolve("format.journal-draft"), "not renamed");
    Files.writeString(directory.resolve("staging/7.tar"), "not committed");
    Files.writeString(layers.resolve("notes.txt"), "not ours");
    ChunkCache.open(options()).close();
    try (var left = Files.list(layers)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("format.tar", "format.journal", "notes.txt");
    }
    assertThat(directory.resolve("staging")).isEmptyDirectory();
  }

  @Test
  void bytesThatNoRecordNames_areFreedAtOpen() throws Exception {
    ChunkMap map = ChunkMap.fixed(1 << 20, 8 << 20);
    LayerKey key = new LayerKey("gaps");
    Path tar = directory.resolve("layers/gaps.tar");
    try (ChunkCache cache = ChunkCache.open(options());
        LayerCache layer = cache.open(key, map, new PatternOrigin(key, map))) {
      readAndCheck(layer, 3 << 20, 1);
      Waiting.until(() -> layer.bytesOnDisk() == 1 << 20);
    }
    try (RandomAccessFile file = new RandomAccessFile(tar.toFile(), "rw")) {
      file.write(new byte[3 << 20]);
      file.seek(5 << 20);
      file.write(new byte[3 << 20]);
    }
    try (ChunkCache cache = ChunkCache.open(options());
        LayerCache layer = cache.open(key, map, new PatternOrigin(key, map));
        var file = dev.sluice.cache.linux.SparseFiles.host().open(tar)) {
      assertThat(file.allocated()).isLessThan(2 << 20);
      assertThat(cache.stats().diskBytes()).isEqualTo(1 << 20);
      assertThat(layer.tryRead(3 << 20, 1)).isNotNull();
    }
  }

  @Test
  void journal_isWrittenAnewWhenMostOfItIsOld() throws Exception {
    ChunkMap map = ChunkMap.fixed(4096, 64 * 4096);
    LayerKey key = new LayerKey("rewritten");
    try (ChunkCache cache =
            ChunkCache.open(options().withDiskBytes(8 * 4096).withDiskReserveBytes(0));
        LayerCache layer = cache.open(key, map, new PatternOrigin(key, map))) {
      for (int i = 0; i < 40 * 64; i++) {
        readAndCheck(layer, (i % 64) * 4096L, 100);
      }
      assertThat(Files.size(directory.resolve("layers/rewritten.journal")))
          .isLessThan(16 * 1024 * 3);
    }
  }
}
