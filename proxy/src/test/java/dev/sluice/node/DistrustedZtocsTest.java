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

  /** An older version appended; after such a line nothing is lost. */
  @Test
  void aTornLineDoesNotTakeTheNextOneWithIt() throws IOException {
    Files.writeString(
        file,
        TarCheck.REVISION + " " + ONE + "\n" + TarCheck.REVISION + " sha256:0a",
        StandardCharsets.US_ASCII);
    new DistrustedZtocs(file).add(OTHER);
    assertThat(Files.readAllLines(file))
        .containsExactlyInAnyOrder(TarCheck.REVISION + " " + ONE, TarCheck.REVISION + " " + OTHER);
  }

  /** Killed or out of space before the rename: the file is the one of before, whole. */
  @Test
  void aWriteThatIsTornLosesNothingThatWasThere() throws IOException {
    new DistrustedZtocs(file).add(ONE);
    byte[] draft =
        (TarCheck.REVISION + " " + ONE + "\n" + TarCheck.REVISION + " " + OTHER)
            .getBytes(StandardCharsets.US_ASCII);
    for (int length = 0; length <= draft.length; length++) {
      Files.write(StateFile.draft(file), Arrays.copyOf(draft, length));
      DistrustedZtocs now = new DistrustedZtocs(file);
      assertThat(now.contains(ONE)).as("torn at %d", length).isTrue();
      assertThat(now.contains(OTHER)).as("torn at %d", length).isFalse();
    }
    DistrustedZtocs last = new DistrustedZtocs(file);
    last.add(OTHER);
    assertThat(new DistrustedZtocs(file).contains(OTHER)).isTrue();
    assertThat(StateFile.draft(file)).doesNotExist();
  }

  /** What could not be written once is written with the next one, and is known meanwhile. */
  @Test
  void whatCouldNotBeWritten_isWrittenWithTheNextOne() throws IOException {
    DistrustedZtocs now = new DistrustedZtocs(file);
    now.add(ONE);
    byte[] before = Files.readAllBytes(file);
    Files.createDirectory(StateFile.draft(file)); // nothing can be written there
    now.add(OTHER);
    assertThat(now.contains(OTHER)).isTrue();
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    Files.delete(StateFile.draft(file));
    now.add(digest(3));
    DistrustedZtocs after = new DistrustedZtocs(file);
    assertThat(after.contains(ONE)).isTrue();
    assertThat(after.contains(OTHER)).isTrue();
    assertThat(after.contains(digest(3))).isTrue();
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
