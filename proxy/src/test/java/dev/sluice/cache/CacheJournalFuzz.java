package dev.sluice.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * A journal of the cache, as it is and with the checksums that it should have. What is taken can be
 * written again and says the same.
 */
public final class CacheJournalFuzz implements FuzzTarget {
  @Override
  public Set<FailureKind> refusals() {
    return Set.of();
  }

  @Override
  public List<byte[]> seeds() {
    ChunkMap map = ChunkMap.of(new long[] {0, 100, 4096, 10_000}, 12_345);
    byte[] header =
        JournalFormat.header(new JournalFormat.Header(new LayerKey("layer-1"), map, true));
    byte[] records =
        JournalFormat.records(
            List.of(
                new JournalFormat.Entry(JournalFormat.Kind.PRESENT, 2, 77),
                new JournalFormat.Entry(JournalFormat.Kind.FILLED, 0, -1),
                new JournalFormat.Entry(JournalFormat.Kind.HINTED, 3, 5),
                new JournalFormat.Entry(JournalFormat.Kind.GONE, 2, 0),
                JournalFormat.Entry.PROVEN),
            JournalFormat.seed(header));
    return List.of(joined(header, records), header);
  }

  @Override
  public void run(byte[] input) {
    check(input);
    repair(input);
    check(input);
  }

  private static void check(byte[] file) {
    JournalFormat.Contents contents = JournalFormat.parse(file);
    if (contents == null) {
      return;
    }
    byte[] header = JournalFormat.header(contents.header());
    byte[] records = JournalFormat.records(contents.entries(), JournalFormat.seed(header));
    JournalFormat.Contents again = JournalFormat.parse(joined(header, records));
    assertThat(again).isNotNull();
    assertThat(again.damaged()).isFalse();
    assertThat(again.order()).isEqualTo(contents.order());
    assertThat(again.proven()).isEqualTo(contents.proven());
    for (int chunk : contents.order()) {
      assertThat(again.crcs()[chunk]).isEqualTo(contents.crcs()[chunk]);
      assertThat(again.lanes()[chunk]).isEqualTo(contents.lanes()[chunk]);
    }
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  private static void repair(byte[] file) {
    if (file.length < 36) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int header = bytes.getInt(8);
    if (header < 36 || header > file.length) {
      return;
    }
    int seed = crc(file, 0, header - 4, 0);
    bytes.putInt(header - 4, seed);
    for (int at = header; at + 16 <= file.length; at += 16) {
      bytes.putInt(at + 12, crc(file, at, 12, seed));
    }
  }

  private static int crc(byte[] bytes, int from, int length, int seed) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, seed));
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }
}
