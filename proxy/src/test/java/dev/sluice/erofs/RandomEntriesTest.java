package dev.sluice.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.soci.ztoc.TocEntry;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What is made up must be what a tar can hold: a search for differences would find our own else.
 */
final class RandomEntriesTest {
  private static final long TAR = 1 << 20;
  private static final int BLOCK = 512;

  @Test
  void noTwoFilesHaveBytesInOneBlock() {
    for (long seed = 0; seed < 2000; seed++) {
      List<TocEntry> files =
          RandomEntries.of(seed, TAR).stream()
              .filter(entry -> entry.contentSize() > 0)
              .sorted(Comparator.comparingLong(TocEntry::offset))
              .toList();
      long next = 0;
      for (TocEntry file : files) {
        assertThat(file.offset())
            .as("seed %d, %s", seed, file.nameText())
            .isGreaterThanOrEqualTo(next);
        next = (file.offset() + file.contentSize() + BLOCK - 1) & -BLOCK;
      }
      assertThat(next).isLessThanOrEqualTo(TAR);
    }
  }
}
