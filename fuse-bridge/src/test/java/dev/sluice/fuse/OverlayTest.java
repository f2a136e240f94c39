package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's overlayfs on top of two directories of one mount, as a container has it. */
final class OverlayTest extends ContractTest {
  private static final byte[] YES = {'y'};
  private MemoryNode lower;
  private MemoryNode upper;

  @BeforeEach
  void twoLayers() {
    lower = fs.root().directory("lower");
    upper = fs.root().directory("upper");
  }

  /** Mounts an overlay without a writable layer. */
  private Path overlay(FuseMount mount) throws IOException {
    Path merged = directory("merged");
    Mounts.mount(
        "overlay",
        merged,
        "overlay",
        Mounts.MS_RDONLY,
        "lowerdir=%1$s/upper:%1$s/lower".formatted(mount.directory()));
    return merged;
  }

  /** Mounts an overlay with a writable layer. */
  private Path writableOverlay(FuseMount mount) throws IOException {
    Path writable = directory("writable");
    Mounts.mount("tmpfs", writable, "tmpfs", 0, "size=16m");
    Files.createDirectory(writable.resolve("upper"));
    Files.createDirectory(writable.resolve("work"));
    Path merged = directory("merged");
    Mounts.mount(
        "overlay",
        merged,
        "overlay",
        0,
        "lowerdir=%1$s/upper:%1$s/lower,upperdir=%2$s/upper,workdir=%2$s/work"
            .formatted(mount.directory(), writable));
    return merged;
  }

  private static void unmount(Path overlay) throws IOException {
    Mounts.unmount(overlay, EnumSet.noneOf(Mounts.Unmount.class));
  }

  @Test
  void whiteoutsHideAndOpaqueDirectoriesReplace() throws IOException {
    lower.file("kept", text("kept"));
    lower.file("removed", text("removed"));
    lower.file("replaced", text("old"));
    lower.directory("merged").file("from-lower", text("1"));
    lower.directory("opaque").file("hidden", text("2"));
    lower.directory("gone").file("x", text("3"));
    upper.special("removed", MemoryNode.CHARACTER_DEVICE, 0, 0);
    upper.special("gone", MemoryNode.CHARACTER_DEVICE, 0, 0);
    upper.file("replaced", text("new"));
    upper.directory("merged").file("from-upper", text("4"));
    upper.directory("opaque").xattr("trusted.overlay.opaque", YES).file("seen", text("5"));
    try (FuseMount mount = mount()) {
      Path merged = overlay(mount);
      assertThat(Child.run("find", merged, "-mindepth", "1", "-printf", "%P\\n").lines())
          .containsExactlyInAnyOrder(
              "kept",
              "replaced",
              "merged",
              "merged/from-lower",
              "merged/from-upper",
              "opaque",
              "opaque/seen");
      assertThat(Child.run("cat", merged.resolve("replaced"), merged.resolve("kept")).out())
          .isEqualTo("newkept");
      assertThat(Child.start("stat", merged.resolve("opaque/hidden")).await().exit()).isEqualTo(1);
      assertThat(Child.start("stat", merged.resolve("removed")).await().exit()).isEqualTo(1);
      unmount(merged);
    }
  }

  @Test
  void filesAreCopiedUpWhole() throws IOException {
    Content.Repeated content = Content.random(1_500_000, 3);
    MemoryNode file =
        lower.file("f", content).mode(0640).owner(12, 34).modified(1_600_000_000, 500);
    file.xattr("user.x", YES);
    try (FuseMount mount = mount()) {
      Path merged = writableOverlay(mount);
      String script =
          """
          import os, sys
          f = os.path.join(sys.argv[1], 'f')
          before = open(f, 'rb').read()
          with open(f, 'ab') as out: out.write(b'more')
          s = os.stat(f)
          print(open(f, 'rb').read() == before + b'more', len(before))
          print(oct(s.st_mode), s.st_uid, s.st_gid, os.getxattr(f, 'user.x'))
          os.rename(f, f + '2')
          os.mkdir(f)
          print(sorted(os.listdir(sys.argv[1])))
          """;
      assertThat(Child.python(script, merged).lines())
          .containsExactly("True 1500000", "0o100640 12 34 b'y'", "['f', 'f2']");
      unmount(merged);
    }
  }

  @Test
  void programsRun() throws IOException {
    lower
        .directory("bin")
        .file("echo", Content.of(Files.readAllBytes(Path.of("/bin/echo"))))
        .mode(0755);
    try (FuseMount mount = mount()) {
      Path merged = overlay(mount);
      assertThat(Child.run(merged.resolve("bin/echo"), "it", "runs").out()).isEqualTo("it runs\n");
      unmount(merged);
    }
  }

  private static Content text(String text) {
    return Content.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
