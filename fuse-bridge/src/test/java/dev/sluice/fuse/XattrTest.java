package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Extended attributes, as overlayfs and file capabilities need them. */
final class XattrTest extends ContractTest {
  /** {@code struct vfs_cap_data}, revision 2, effective: CAP_NET_BIND_SERVICE. */
  private static final byte[] CAPABILITY =
      HexFormat.of().parseHex("0100000200040000000000000000000000000000");

  @Test
  void valuesAndNames() throws IOException {
    byte[] big = new byte[65_536];
    Arrays.fill(big, (byte) 7);
    fs.root()
        .file("f", Content.of(new byte[1]))
        .xattr("user.text", "hello".getBytes(StandardCharsets.UTF_8))
        .xattr("user.empty", new byte[0])
        .xattr("user.binary", new byte[] {0, (byte) 0xff, 0})
        .xattr("user.big", big)
        .xattr("trusted.overlay.opaque", new byte[] {'y'})
        .xattr("security.capability", CAPABILITY)
        .xattr("security.selinux", "label".getBytes(StandardCharsets.UTF_8));
    fs.root().file("none", Content.of(new byte[1]));
    fs.root().symlink("link", new byte[] {'f'}).xattr("trusted.on-link", new byte[] {'1'});
    String script =
        """
        import os, sys
        os.chdir(sys.argv[1])
        for name in sorted(os.listxattr('f')):
          v = os.getxattr('f', name)
          print(name, len(v), v[:32].hex())
        print(os.listxattr('none'), os.getxattr('link', 'trusted.on-link', follow_symlinks=False))
        for f, name in (('f', 'user.absent'), ('none', 'security.capability'),
                        ('none', 'system.posix_acl_access'), ('none', 'security.selinux')):
          try:
            os.getxattr(f, name)
          except OSError as e:
            print(e.errno)
        """;
    try (FuseMount mount = mount()) {
      assertThat(Child.python(script, mount.directory()).lines())
          .containsExactly(
              "security.capability 20 " + HexFormat.of().formatHex(CAPABILITY),
              "security.selinux 5 6c6162656c",
              "trusted.overlay.opaque 1 79",
              "user.big 65536 " + "07".repeat(32),
              "user.binary 3 00ff00",
              "user.empty 0 ",
              "user.text 5 68656c6c6f",
              "[] b'1'",
              "61",
              "61",
              "95",
              "95");
    }
  }

  @Test
  void sizesAreAskedForFirst() throws IOException {
    MemoryNode file = fs.root().file("f", Content.of(new byte[1]));
    file.xattr("user.a", new byte[10]).xattr("user.bc", new byte[1]);
    String script =
        """
        import ctypes, os, sys
        c = ctypes.CDLL(None, use_errno=True)
        path = os.fsencode(sys.argv[1])
        buf = ctypes.create_string_buffer(100)
        for size in (0, 9, 10, 11):
          r = c.getxattr(path, b'user.a', buf, ctypes.c_size_t(size))
          print(r, ctypes.get_errno() if r < 0 else '')
        for size in (0, 14, 15, 16):
          r = c.listxattr(path, buf, ctypes.c_size_t(size))
          print(r, ctypes.get_errno() if r < 0 else '')
        print(buf.raw[:15])
        """;
    try (FuseMount mount = mount()) {
      assertThat(Child.python(script, mount.directory().resolve("f")).lines())
          .containsExactly(
              "10 ",
              "-1 34",
              "10 ",
              "10 ",
              "15 ",
              "-1 34",
              "15 ",
              "15 ",
              "b'user.a\\x00user.bc\\x00'");
    }
  }

  @Test
  void fileCapabilitiesAreUnderstood() throws IOException {
    fs.root()
        .file("server", Content.of(new byte[1]))
        .mode(0755)
        .xattr("security.capability", CAPABILITY);
    try (FuseMount mount = mount()) {
      Path file = mount.directory().resolve("server");
      assertThat(Child.run("getcap", file).out().strip()).endsWith("cap_net_bind_service=ep");
    }
  }
}
