package dev.sluice.face;

import static dev.sluice.erofs.RandomEntries.attributes;
import static dev.sluice.erofs.RandomEntries.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.FuseCounters.Operation;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.soci.ztoc.TocEntry;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What containers and those who run them do with layers, by each face. */
@NeedsRoot
@Timeout(120)
@ParameterizedClass
@EnumSource
class OverlaidTest {
  private static final String START = "work=$1; shift; redirect=nofollow\n";

  /** Mounts an overlay of the directories $1, $2 … with a writable layer, and goes there. */
  private static final String OVERLAY =
      """
      lower=$(IFS=:; printf '%s' "$*")
      mkdir -p "$work/upper" "$work/work" "$work/merged"
      mount -t overlay overlay "$work/merged" \\
        -o "index=off,metacopy=off,redirect_dir=$redirect,lowerdir=$lower,upperdir=$work/upper,workdir=$work/work"
      cd "$work/merged"
      """;

  @Parameter LayerFace face;

  private FaceStage stage;

  @BeforeEach
  void open() throws Exception {
    stage = new FaceStage(face);
  }

  @AfterEach
  void close() throws Exception {
    stage.close();
  }

  private static TocEntry.Builder make(TocEntry.Type type, String name) {
    return new TocEntry.Builder(type, bytes(name)).mode(0755).mtime(1_700_000_000L, 123_456_789);
  }

  private static TocEntry.Builder file(String name) {
    return make(TocEntry.Type.REG, name).mode(0640).content(512, 70_000);
  }

  private Path show(TocEntry.Builder... builders) throws Exception {
    List<TocEntry> entries = new ArrayList<>();
    Arrays.stream(builders).forEach(builder -> entries.add(builder.build()));
    return stage.show(LayerTreeBuilder.build(entries));
  }

  /** A directory for an overlay, with the content of {@link #file} as the host has it. */
  private Path work(String name) throws Exception {
    Path work = stage.directory(name);
    ByteBuffer content = ByteBuffer.allocate(70_000);
    var _ = stage.content.read(content, 512);
    Files.write(work.resolve("truth"), content.array());
    return work;
  }

  /** What a script prints that runs on an overlay of these directories. */
  private List<String> overlaid(String script, Path... lower) throws Exception {
    return run(OVERLAY + script, "overlay", lower);
  }

  /** What a script prints for whom $work is a directory of that name. */
  private List<String> run(String script, String name, Path... arguments) throws Exception {
    List<Path> all = new ArrayList<>(List.of(work(name)));
    all.addAll(List.of(arguments));
    return Child.apart(START + script, all.toArray(Path[]::new));
  }

  @Test
  void whiteoutsAndOpaqueDirectoriesHideWhatIsBelow() throws Exception {
    Path lower = show(file("kept/file"), file("opaque/old"), file("gone"), file("dir/below"));
    Path upper =
        show(
            make(TocEntry.Type.REG, ".wh.gone"),
            make(TocEntry.Type.REG, ".wh.dir"),
            make(TocEntry.Type.REG, "opaque/.wh..wh..opq"),
            file("opaque/new"));
    assertThat(overlaid("find . -mindepth 1 | sort", upper, lower))
        .containsExactly("./kept", "./kept/file", "./opaque", "./opaque/new");
  }

  @Test
  void whatIsWrittenToIsCopiedUpWithAllThatItHas() throws Exception {
    Path lower =
        show(
            file("f").owner(70_001, 70_002).pax(attributes(Map.of("user.x", bytes("value")))),
            make(TocEntry.Type.HARDLINK, "again").linkName(bytes("f")));
    assertThat(
            overlaid(
                """
                chmod 600 f
                stat -c '%a %u %g %h %.Y %s' f
                getfattr --only-values -n user.x f; echo
                cmp f "$work/truth"; cmp again "$work/truth"
                printf more >>f
                tail -c 4 f; echo
                head -c 70000 f | cmp - "$work/truth"
                stat -c '%a %s' again
                """,
                lower))
        .containsExactly(
            "600 70001 70002 1 1700000000.123456789 70000", "value", "more", "640 70000");
  }

  @Test
  void directoriesBelowCanBeRenamed_byTheKernelWhereRedirectsAre() throws Exception {
    Path lower = show(file("d/sub/f"), file("d/other"));
    String rename =
        """
        python3 -c '
        import os
        try:
          os.rename("d", "moved")
        except OSError as e:
          print(e.strerror)'
        [ ! -e d ] || mv d moved
        find . -mindepth 1 | sort
        cmp moved/sub/f "$work/truth"
        """;
    List<String> moved = new ArrayList<>();
    moved.addAll(List.of("./moved", "./moved/other", "./moved/sub", "./moved/sub/f"));
    assertThat(run("redirect=on\n" + OVERLAY + rename, "redirecting", lower)).isEqualTo(moved);
    moved.addFirst("Invalid cross-device link"); // and mv copies
    assertThat(overlaid(rename, lower)).isEqualTo(moved);
  }

  @Test
  void anOverlayMayLieOnAnOverlay() throws Exception {
    Path lower = show(file("d/f"), file("gone"));
    assertThat(
            overlaid(
                """
                rm gone
                echo new >d/new
                cd "$work"
                mkdir upper2 work2 inner
                mount -t overlay inner inner -o lowerdir=merged,upperdir=upper2,workdir=work2
                cd inner
                echo newer >>d/new
                cmp d/f "$work/truth"
                echo x >>d/f
                find . -mindepth 1 | sort
                stat -c %s d/f
                cat d/new
                """,
                lower))
        .containsExactly("./d", "./d/f", "./d/new", "70002", "new", "newer");
  }

  @Test
  void idsAreThoseOfAMappedMount_andOfAnOverlayOnIt() throws Exception {
    Path lower =
        show(
            file("root").mode(0600),
            file("user").owner(1000, 1001),
            file("beyond").owner(70_000, 70_000),
            make(TocEntry.Type.DIR, "d").owner(65_535, 5));
    String listed = "for name in beyond d root user; do stat -c '%n %u %g' $name; done\n";
    try (InputStream in = OverlaidTest.class.getResourceAsStream("mapped.py")) {
      Files.write(
          stage.directory("overlay").resolve("mapped.py"),
          Objects.requireNonNull(in).readAllBytes());
    }
    List<String> mapped =
        List.of(
            "beyond 65534 65534", "d 165535 100005", "root 100000 100000", "user 101000 101001");
    List<String> twice = new ArrayList<>(mapped);
    twice.addAll(mapped);
    assertThat(
            run(
                """
                mkdir "$work/mapped"
                python3 "$work/mapped.py" "$1" "$work/mapped"
                cd "$work/mapped"
                """
                    + listed
                    + "cmp root \"$work/truth\"; set -- \"$work/mapped\"\n"
                    + OVERLAY
                    + "chmod 700 root\n"
                    + listed
                    + "cmp root \"$work/truth\"",
                "overlay",
                lower))
        .isEqualTo(twice);
  }

  /** The kernel's EROFS on files, not on block devices, has no O_DIRECT; writers get a copy. */
  @Test
  void openingPastThePageCache() throws Exception {
    Path lower = show(file("f"));
    String open =
        """
        import os, mmap, sys
        for flags in (os.O_RDONLY, os.O_RDWR):
          try:
            f = os.open("f", flags | os.O_DIRECT)
            page = mmap.mmap(-1, 4096)
            print(os.preadv(f, [page], 4096))
          except OSError as e:
            print(e.strerror)
        """;
    Files.writeString(stage.directory("overlay").resolve("open.py"), open);
    assertThat(overlaid("python3 \"$work/open.py\"", lower))
        .containsExactly(face == LayerFace.FUSE ? "4096" : "Invalid argument", "4096");
  }

  @Test
  void sequentialReadsAreLargeRequests() throws Exception {
    Path lower = show(make(TocEntry.Type.REG, "f").content(512, 1_000_000));
    long before = stage.counters().requests(Operation.READ);
    Child.sh("cat \"$1\"/f | wc -c", lower);
    long requests = stage.counters().requests(Operation.READ) - before;
    if (face == LayerFace.DISK) {
      assertThat(requests).isZero();
    } else {
      assertThat(requests).isBetween(1L, 8L);
    }
  }
}
