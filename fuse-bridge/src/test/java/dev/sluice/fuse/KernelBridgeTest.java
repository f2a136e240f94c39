package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.FuseCounters.Operation;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

/** What only the kernel's own protocol gives. */
final class KernelBridgeTest extends MountingTest {
  KernelBridgeTest() {
    kind = BridgeKind.KERNEL;
  }

  @Test
  void aSecondWalkAsksNothing() throws IOException {
    MemoryNode directory = fs.root().directory("d");
    Content content = Content.random(100, 1);
    for (int i = 0; i < 1000; i++) {
      directory.file("f" + i, content);
    }
    directory.symlink("link", new byte[] {'f', '1'});
    try (FuseMount mount = mount()) {
      String walk = "ls -lR \"$0\"; cat \"$0\"/d/f*; test -e \"$0\"/absent; true";
      Child.run("sh", "-c", walk, mount.directory());
      FuseCounters counters = mount.counters();
      // READDIRPLUS gives the attributes with the names.
      assertThat(counters.requests(Operation.GETATTR)).isLessThan(50);
      assertThat(counters.requests(Operation.LOOKUP)).isLessThan(50);
      long before = total(counters);
      Child.run("sh", "-c", walk, mount.directory());
      // Of access control lists and labels ls -l asks once, and hears that there are none.
      assertThat(counters.requests(Operation.XATTR)).isLessThan(20);
      assertThat(total(counters)).isEqualTo(before);
    }
  }

  private static long total(FuseCounters counters) {
    long total = 0;
    for (Operation operation : Operation.values()) {
      total += operation == Operation.XATTR ? 0 : counters.requests(operation);
    }
    return total;
  }

  @Test
  void readAheadIsSet() throws IOException {
    try (FuseMount mount = mount()) {
      String device = Mounts.top(mount.directory()).orElseThrow().device();
      assertThat(Files.readString(Path.of("/sys/class/bdi", device, "read_ahead_kb")).strip())
          .isEqualTo(Integer.toString(MountOptions.DEFAULT.readAheadBytes() >> 10));
    }
  }

  @Test
  void readsAreAsLargeAsAMebibyte() throws IOException {
    fs.root().file("f", Content.random(8 << 20, 1));
    try (FuseMount mount = mount()) {
      Child.run(
          "dd", "if=" + mount.directory().resolve("f"), "of=/dev/null", "bs=1M", "iflag=direct");
      assertThat(mount.counters().requests(Operation.READ)).isLessThanOrEqualTo(9);
    }
  }

  @Test
  void containersInUserNamespacesSeeTheirOwnIds() throws IOException {
    fs.root().file("f", Content.random(10, 1)).mode(0600).owner(7, 8);
    Path mapped = directory("mapped");
    try (FuseMount mount = mount()) {
      assertThat(Child.python(ID_MAPPED, mount.directory(), mapped).lines())
          .containsExactly("100007 100008 10");
      Mounts.unmount(mapped, EnumSet.of(Mounts.Unmount.LAZY));
    }
  }

  /** Mounts argv[1] again at argv[2] with ids from 100000 on, as runc does for a user namespace. */
  private static final String ID_MAPPED =
      """
      import ctypes, os, struct, sys
      c = ctypes.CDLL(None, use_errno=True)
      def call(number, *arguments):
        r = c.syscall(number, *arguments)
        if r < 0:
          raise OSError(ctypes.get_errno(), 'syscall %d' % number)
        return r
      ready, go = os.pipe(), os.pipe()
      pid = os.fork()
      if pid == 0:
        os.write(ready[1], b'x' if c.unshare(0x10000000) == 0 else b'!')
        os.read(go[0], 1)
        os._exit(0)
      assert os.read(ready[0], 1) == b'x'
      for name in ('uid_map', 'gid_map'):
        with open('/proc/%d/%s' % (pid, name), 'w') as f:
          f.write('0 100000 65536')
      space = os.open('/proc/%d/ns/user' % pid, os.O_RDONLY)
      tree = call(428, -100, sys.argv[1].encode(), 1)
      call(442, tree, b'', 0x1000, struct.pack('QQQQ', 0x100000, 0, 0, space), 32)
      call(429, tree, b'', -100, sys.argv[2].encode(), 4)
      os.write(go[1], b'x')
      os.waitpid(pid, 0)
      s = os.stat(sys.argv[2] + '/f')
      print(s.st_uid, s.st_gid, s.st_size)
      """;
}
