package dev.sluice.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileTest {
  private static final Digest IMAGE = digest("image");
  private static final Digest LAYER = digest("layer");

  @TempDir Path directory;

  private static Digest digest(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Reads of files called by one letter each, ten milliseconds apart. */
  private static Profile.Run run(boolean whole, String files) {
    List<ProfileEntry> entries = new ArrayList<>();
    for (int i = 0; i < files.length(); i++) {
      long at = (files.charAt(i) - 'a') * 1000L;
      entries.add(
          new ProfileEntry(
              LAYER, String.valueOf(files.charAt(i)), at, at, at + 500, 1, List.of(i * 10L)));
    }
    return new Profile.Run(IMAGE, "host/app:1", Instant.now(), whole, entries);
  }

  private static Profile runs(String... files) {
    Profile profile = Profile.of(run(true, files[0]));
    for (int i = 1; i < files.length; i++) {
      profile = profile.with(run(true, files[i]));
    }
    return profile;
  }

  private static String likely(Profile profile) {
    return String.join("", profile.likely().stream().map(ProfileEntry::path).toList());
  }

  @Test
  void theFirstRunStandsAsItWas() {
    assertThat(likely(runs("dbca"))).isEqualTo("dbca");
  }

  @Test
  void whatMostRunsReadStays_inTheOrderOfTheMedian() {
    assertThat(likely(runs("abc", "abc", "xbac"))).isEqualTo("abc");
    assertThat(likely(runs("abc", "bac", "bac"))).isEqualTo("bac");
  }

  @Test
  void whatIsNotReadAgainFadesAndIsForgotten() {
    assertThat(likely(runs("abz", "ab"))).as("one of two").isEqualTo("abz");
    Profile third = runs("abz", "ab", "ab");
    assertThat(likely(third)).as("one of three").isEqualTo("ab");
    assertThat(third.entries()).hasSize(3);
    String[] many = new String[ProfileEntry.RUNS + 1];
    Arrays.fill(many, "ab");
    many[0] = "abz";
    assertThat(runs(many).entries()).hasSize(2);
  }

  @Test
  void aRunThatSawOnlyPartOfTheReadsAdds_andTakesNothingAway() {
    Profile profile = runs("abc").with(run(false, "d"));
    assertThat(profile.runs()).isEqualTo(1);
    assertThat(likely(profile)).contains("a", "b", "c", "d");
  }

  @Test
  void isBounded() {
    List<ProfileEntry> entries = new ArrayList<>();
    for (int i = 0; i < Profile.MOST_ENTRIES + 10; i++) {
      entries.add(new ProfileEntry(LAYER, "f" + i, i, i, i + 1, 1, List.of((long) i)));
    }
    Profile profile =
        Profile.of(new Profile.Run(IMAGE, "host/app:1", Instant.now(), true, entries));
    assertThat(profile.entries()).hasSize(Profile.MOST_ENTRIES);
    assertThat(profile.entries().getLast().path()).isEqualTo("f" + (Profile.MOST_ENTRIES - 1));
    new ProfileStore(directory).save(profile);
    assertThat(new ProfileStore(directory).load(IMAGE)).contains(profile);
  }

  @Test
  void readsBackWhatItWrote() {
    Profile profile = runs("abc", "cab").with(run(false, "é"));
    assertThat(ProfileFile.read("test", ProfileFile.write(profile))).isEqualTo(profile);
  }

  @Test
  void noDamagedFileIsRead() {
    byte[] good = ProfileFile.write(runs("abc", "cab"));
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      byte[] bad = good.clone();
      int at = random.nextInt(bad.length);
      bad[at] ^= (byte) (1 << random.nextInt(8));
      assertThatThrownBy(() -> ProfileFile.read("test", bad))
          .as("seed %d, byte %d", seed, at)
          .isInstanceOfSatisfying(
              SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT));
      byte[] cut = Arrays.copyOf(good, random.nextInt(good.length));
      assertThatThrownBy(() -> ProfileFile.read("test", cut)).isInstanceOf(SluiceException.class);
    }
  }

  @Test
  void noFileOfWrongMeaningIsRead() {
    String good =
        new String(ProfileFile.write(runs("a")), StandardCharsets.UTF_8).lines().toList().get(1);
    Stream.of(
            good.replace("\"to\":500", "\"to\":0"),
            good.replace("\"to\":500", "\"to\":9223372036854775807"),
            good.replace("\"from\":0", "\"from\":-1"),
            good.replace("\"layer\":0", "\"layer\":1"),
            good.replace("\"runs\":1", "\"runs\":0"),
            good.replace("[0]", "[0,0,0,0,0,0,0,0,0]"),
            good.replace("[0]", "[-1]"),
            good.replace(LAYER.toString(), "sha256:no"),
            good.replace("\"recorded\":\"2", "\"recorded\":\"x"))
        .forEach(wrong -> {
          assertThat(wrong).isNotEqualTo(good);
          byte[] json = wrong.getBytes(StandardCharsets.UTF_8);
          byte[] file =
              ("sluice-profile 1 " + Digest.sha256(json) + "\n" + wrong)
                  .getBytes(StandardCharsets.UTF_8);
          assertThatThrownBy(() -> ProfileFile.read("test", file))
              .as(wrong)
              .isInstanceOf(SluiceException.class);
        });
  }

  @Test
  void aDamagedFileIsAsGoodAsNone_andTheNextRunReplacesIt() throws Exception {
    ProfileStore store = new ProfileStore(directory);
    store.add(run(true, "abc"));
    Path file;
    try (Stream<Path> files = Files.list(directory)) {
      file = files.findFirst().orElseThrow();
    }
    Files.writeString(file, "noise");
    assertThat(store.load(IMAGE)).isEmpty();
    assertThat(store.all()).isEmpty();
    store.add(run(true, "b"));
    assertThat(store.load(IMAGE).map(ProfileTest::likely)).contains("b");
    assertThat(store.remove(IMAGE)).isTrue();
    assertThat(store.remove(IMAGE)).isFalse();
  }
}
