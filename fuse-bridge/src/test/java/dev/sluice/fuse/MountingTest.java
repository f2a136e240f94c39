package dev.sluice.fuse;

import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.memory.MemoryFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;

/** A test that mounts, and leaves nothing mounted. */
@NeedsRoot
abstract class MountingTest {
  @Parameter BridgeKind kind;

  /** What {@link #mount()} mounts. */
  final MemoryFs fs = new MemoryFs();

  private Path base;

  @BeforeEach
  final void makeBase() throws IOException {
    base = Files.createTempDirectory("sluice-fuse").toRealPath();
  }

  @AfterEach
  final void leaveNothingMounted() throws IOException {
    for (MountEntry entry : Mounts.below(base)) {
      Mounts.unmount(Path.of(entry.directory()), EnumSet.allOf(Mounts.Unmount.class));
    }
    Child.run("rm", "-rf", "--one-file-system", base);
  }

  /** A new directory that is mounted nowhere. */
  final Path directory(String name) throws IOException {
    return Files.createDirectory(base.resolve(name));
  }

  final FuseMount mount() throws IOException {
    return mount(fs);
  }

  final FuseMount mount(ReadOnlyFs tree) throws IOException {
    return kind.bridge().mount(tree, directory("mnt"), MountOptions.DEFAULT);
  }
}
