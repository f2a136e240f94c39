package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.TarCheck;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of indexes that were wrong. */
final class DistrustedZtocsTest {
  private static final Digest ONE = digest(1);
  private static final Digest OTHER = digest(2);

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("distrusted-ztocs");
  }

  private static Digest digest(int number) {
    return Digest.sha256(Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void isKeptOverRestarts() {
    new DistrustedZtocs(file).add(ONE);
    new DistrustedZtocs(file).add(OTHER);
    DistrustedZtocs now = new DistrustedZtocs(file);
    assertThat(now.contains(ONE)).isTrue();
    assertThat(now.contains(OTHER)).isTrue();
    assertThat(now.contains(digest(3))).isFalse();
  }

  @Test
  void isKeptByWhateverDigest() {
    Digest longer = Digest.parse("sha512:" + "0a".repeat(64));
    new DistrustedZtocs(file).add(longer);
    assertThat(new DistrustedZtocs(file).contains(longer)).isTrue();
  }

  @Test
  void whatAnEarlierCheckSaid_isForgotten_alsoInTheFile() throws IOException {
    Files.writeString(
        file,
        OTHER + "\n" + (TarCheck.REVISION - 1) + " " + OTHER + "\n",
        StandardCharsets.US_ASCII);
    new DistrustedZtocs(file).add(ONE);
    DistrustedZtocs now = new DistrustedZtocs(file);
    assertThat(now.contains(OTHER)).isFalse();
    assertThat(now.contains(ONE)).isTrue();
    assertThat(Files.readAllLines(file)).containsExactly(TarCheck.REVISION + " " + ONE);
  }

  @Test
  void tornAnywhere_losesNoMoreThanTheLastLine() throws IOException {
    DistrustedZtocs first = new DistrustedZtocs(file);
    first.add(ONE);
    first.add(OTHER);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length <= whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      DistrustedZtocs torn = new DistrustedZtocs(file);
      assertThat(torn.contains(ONE))
          .as("cut at %d", length)
          .isEqualTo(length >= whole.length / 2 - 1);
      assertThat(torn.contains(OTHER))
          .as("cut at %d", length)
          .isEqualTo(length >= whole.length - 1);
      torn.add(OTHER);
      assertThat(new DistrustedZtocs(file).contains(OTHER)).as("cut at %d", length).isTrue();
    }
  }

  @Test
  void theirNumberIsBounded() throws IOException {
    Files.write(
        file,
        Stream.iterate(0, i -> i + 1)
            .limit(DistrustedZtocs.MOST + 5)
            .map(i -> TarCheck.REVISION + " " + digest(i))
            .toList());
    DistrustedZtocs full = new DistrustedZtocs(file);
    full.add(digest(-1));
    assertThat(full.contains(digest(-1))).isFalse();
    assertThat(full.contains(digest(DistrustedZtocs.MOST - 1))).isTrue();
    assertThat(full.contains(digest(DistrustedZtocs.MOST))).isFalse();
    assertThat(Files.readAllLines(file)).hasSize(DistrustedZtocs.MOST);
  }
}
