package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.fuse.FuseCounters.Operation;
import dev.sluice.fuse.jnr.JnrFuseBridge;
import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What cannot be had with libfuse 2; a test that fails here says that it has become better. */
final class LibfuseLimitsTest extends MountingTest {
  LibfuseLimitsTest() {
    kind = BridgeKind.LIBFUSE;
  }

  @Test
  void attributesAreAskedForOneByOne() throws IOException {
    MemoryNode directory = fs.root().directory("d");
    Content content = Content.random(100, 1);
    for (int i = 0; i < 100; i++) {
      directory.file("f" + i, content);
    }
    try (FuseMount mount = mount()) {
      Child.run("ls", "-l", mount.directory().resolve("d"));
      long asked = mount.counters().requests(Operation.GETATTR);
      System.err.println("libfuse 2: no READDIRPLUS: ls -l of 100 files asked " + asked + " times");
      assertThat(asked).isGreaterThanOrEqualTo(100);
    }
  }

  @Test
  void listingsAreNotCached() throws IOException {
    fs.root().file("f", Content.random(1, 1));
    try (FuseMount mount = mount()) {
      Child.run("ls", mount.directory());
      long first = mount.counters().requests(Operation.READDIR);
      Child.run("ls", mount.directory());
      long second = mount.counters().requests(Operation.READDIR);
      System.err.println("libfuse 2: listings are not cached: " + first + ", then " + second);
      assertThat(second).isGreaterThan(first);
    }
  }

  @Test
  void readsAreAtMost128KiB() throws IOException {
    fs.root().file("f", Content.random(8 << 20, 1));
    try (FuseMount mount = mount()) {
      Child.run(
          "dd", "if=" + mount.directory().resolve("f"), "of=/dev/null", "bs=1M", "iflag=direct");
      long asked = mount.counters().requests(Operation.READ);
      System.err.println("libfuse 2: requests of 128 KiB: 8 MiB took " + asked);
      assertThat(asked).isGreaterThanOrEqualTo(64);
    }
  }

  @Test
  void libfuseCanNot() {
    MountedSession session = new MountedSession(Path.of("/x"), "0:1", 41, 0);
    assertThatThrownBy(
            () -> new JnrFuseBridge().adopt(fs, session, SessionFiles.of(-1), MountOptions.DEFAULT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("libfuse can't serve what another process has mounted");
  }
}
