package dev.sluice.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Names, attributes, links and listings are what the tree says. */
final class TreeTest extends ContractTest {
  private static final String LSTAT =
      """
      import os, sys
      for path in sys.argv[1:]:
        s = os.lstat(path)
        assert s.st_mtime_ns == s.st_ctime_ns == s.st_atime_ns
        print(oct(s.st_mode), s.st_nlink, s.st_uid, s.st_gid, s.st_size, s.st_mtime_ns,
              s.st_blocks, s.st_blksize, os.major(s.st_rdev), os.minor(s.st_rdev))
      """;

  @Test
  void attributesAreExact() throws IOException {
    MemoryNode root = fs.root().mode(01755).owner(1, 2).modified(1_700_000_000, 1);
    root.file("setuid", Content.random(513, 1))
        .mode(04755)
        .owner(1000, 2000)
        .modified(1_234_567_890, 123_456_789);
    root.file("setgid", Content.random(4096, 1)).mode(02711).owner((int) 4_000_000_000L, 65_534);
    root.file("none", Content.of(new byte[0])).mode(0).modified(-86_400, 999_999_999);
    root.directory("sticky").mode(01777).modified(5_000_000_000L, 0);
    try (FuseMount mount = mount()) {
      Path top = mount.directory();
      assertThat(
              Child.python(
                      LSTAT,
                      top,
                      top.resolve("setuid"),
                      top.resolve("setgid"),
                      top.resolve("none"),
                      top.resolve("sticky"))
                  .lines())
          .containsExactly(
              "0o41755 2 1 2 0 1700000000000000001 0 4096 0 0",
              "0o104755 1 1000 2000 513 1234567890123456789 2 4096 0 0",
              "0o102711 1 4000000000 65534 4096 0 8 4096 0 0",
              "0o100000 1 0 0 0 -86399000000001 0 4096 0 0",
              "0o41777 2 0 0 0 5000000000000000000 0 4096 0 0");
    }
  }

  @Test
  void hardLinksAreOneFile() throws IOException {
    MemoryNode file = fs.root().file("one", Content.random(10, 1));
    fs.root().directory("d").hardLink("two", file);
    fs.root().hardLink("three", file);
    try (FuseMount mount = mount()) {
      Path top = mount.directory();
      List<String> lines =
          Child.run(
                  "stat",
                  "-c",
                  "%i %h",
                  top.resolve("one"),
                  top.resolve("d/two"),
                  top.resolve("three"))
              .lines();
      assertThat(lines).hasSize(3).containsOnly(file.id() + " 3");
      assertThat(Child.run("find", top, "-samefile", top.resolve("one")).lines()).hasSize(3);
    }
  }

  @Test
  void devicesHaveTheirNumbersAndWork() throws IOException {
    MemoryNode root = fs.root();
    root.special("null", MemoryNode.CHARACTER_DEVICE | 0666, 1, 3);
    root.special("block", MemoryNode.BLOCK_DEVICE | 0600, 259, 1_000_000);
    root.special("fifo", MemoryNode.FIFO | 0644, 0, 0);
    root.special("whiteout", MemoryNode.CHARACTER_DEVICE, 0, 0);
    try (FuseMount mount = mount()) {
      Path top = mount.directory();
      assertThat(
              Child.python(
                      LSTAT,
                      top.resolve("null"),
                      top.resolve("block"),
                      top.resolve("fifo"),
                      top.resolve("whiteout"))
                  .lines())
          .containsExactly(
              "0o20666 1 0 0 0 0 0 4096 1 3",
              "0o60600 1 0 0 0 0 0 4096 259 1000000",
              "0o10644 1 0 0 0 0 0 4096 0 0",
              "0o20000 1 0 0 0 0 0 4096 0 0");
      // Not nodev: an image's device node is opened, and not refused with EACCES.
      Child.run("sh", "-c", "echo swallowed > \"$0\"/null && test -z \"$(cat \"$0\"/null)\"", top);
    }
  }

  @Test
  void setuidProgramsGainTheirOwner() throws IOException {
    byte[] id = java.nio.file.Files.readAllBytes(Path.of("/usr/bin/id"));
    fs.root().file("id", Content.of(id)).mode(04755).owner(1234, 0);
    try (FuseMount mount = mount()) {
      Child.Output out =
          Child.run(
              "setpriv",
              "--reuid=65534",
              "--regid=65534",
              "--clear-groups",
              mount.directory().resolve("id"),
              "-u");
      assertThat(out.out().strip()).isEqualTo("1234");
    }
  }

  @Test
  void namesAreAnyBytes() throws IOException {
    List<byte[]> names = new ArrayList<>();
    names.add(bytes("plain"));
    names.add(bytes("with space\nand newline"));
    names.add(bytes("a".repeat(255)));
    names.add(bytes("é".repeat(127)));
    names.add(new byte[] {(byte) 0xff, (byte) 0xfe, 'x'});
    names.add(new byte[] {'b', (byte) 0xc3});
    names.add(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80});
    byte[] all = new byte[255];
    for (int i = 0, b = 1; i < 255; b++) {
      all[i++] = (byte) (b == '/' ? '_' : b);
    }
    names.add(all);
    MemoryNode directory = fs.root().directory("d");
    for (int i = 0; i < names.size(); i++) {
      directory.file(names.get(i), Content.of(bytes("content " + i)));
    }
    String script =
        """
        import os, sys
        d = os.fsencode(sys.argv[1])
        for name in sorted(os.listdir(d)):
          with open(os.path.join(d, name), 'rb') as f:
            print(name.hex(), f.read().decode())
        """;
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      expected.add(java.util.HexFormat.of().formatHex(names.get(i)) + " content " + i);
    }
    try (FuseMount mount = mount()) {
      assertThat(Child.python(script, mount.directory().resolve("d")).lines())
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void symbolicLinks() throws IOException {
    byte[] longest = new byte[4095];
    Arrays.fill(longest, (byte) 'x');
    fs.root().file("file", Content.of(bytes("followed")));
    fs.root().symlink("good", bytes("file"));
    fs.root().symlink("dangling", bytes("/no/such"));
    fs.root().symlink("bytes", new byte[] {(byte) 0xff, 'y'});
    fs.root().symlink("longest", longest);
    String script =
        """
        import os, sys
        d = os.fsencode(sys.argv[1])
        for name in (b'good', b'dangling', b'bytes', b'longest'):
          target = os.readlink(os.path.join(d, name))
          print(target[:20].hex(), len(target), os.lstat(os.path.join(d, name)).st_size)
        print(open(os.path.join(d, b'good')).read())
        try:
          os.readlink(os.path.join(d, b'file'))
        except OSError as e:
          print(e.errno)
        """;
    try (FuseMount mount = mount()) {
      assertThat(Child.python(script, mount.directory()).lines())
          .containsExactly(
              "66696c65 4 4",
              "2f6e6f2f73756368 8 8",
              "ff79 2 2",
              "78".repeat(20) + " 4095 4095",
              "followed",
              "22");
    }
  }

  @Test
  void bigDirectories() throws IOException {
    MemoryNode directory = fs.root().directory("d");
    int files = 20_000;
    for (int i = 0; i < files; i++) {
      directory.file("name-%05d".formatted(i), Content.of(new byte[0]));
    }
    directory.directory("sub");
    directory.symlink("link", bytes("x"));
    String script =
        """
        import os, sys
        with os.scandir(sys.argv[1]) as it:
          kinds = [(e.name, 'd' if e.is_dir(follow_symlinks=False) else 'l' if e.is_symlink() else 'f')
                   for e in it]
        print(len(kinds), len(set(kinds)))
        print(sorted(k for k in kinds if k[1] != 'f'))
        print(all(('name-%05d' % i, 'f') in set(kinds[i:i+1]) for i in range(20000)))
        """;
    try (FuseMount mount = mount()) {
      Path top = mount.directory().resolve("d");
      for (int again = 0; again < 2; again++) {
        assertThat(Child.python(script, top).lines())
            .containsExactly("20002 20002", "[('link', 'l'), ('sub', 'd')]", "True");
      }
      assertThat(Child.run("sh", "-c", "ls -l \"$0\" | wc -l", top).out().strip())
          .isEqualTo("20003");
    }
  }

  @Test
  void listingsCanBeRewoundAndSought() throws IOException {
    MemoryNode directory = fs.root().directory("d");
    for (int i = 0; i < 3000; i++) {
      directory.file("n" + i, Content.of(new byte[0]));
    }
    String script =
        """
        import ctypes, sys
        c = ctypes.CDLL(None)
        class Dirent(ctypes.Structure):
          _fields_ = [('ino', ctypes.c_uint64), ('off', ctypes.c_int64), ('len', ctypes.c_ushort),
                      ('type', ctypes.c_ubyte), ('name', ctypes.c_char * 256)]
        c.opendir.restype = ctypes.c_void_p
        for f in (c.readdir, c.telldir, c.seekdir, c.rewinddir): f.argtypes = [ctypes.c_void_p]
        c.readdir.restype = ctypes.POINTER(Dirent)
        c.telldir.restype = ctypes.c_long
        c.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
        d = c.opendir(sys.argv[1].encode())
        def rest():
          out = []
          while True:
            e = c.readdir(d)
            if not e: return out
            out.append((e.contents.name, e.contents.ino, e.contents.type))
        places, all = [], []
        while True:
          places.append(c.telldir(d))
          e = c.readdir(d)
          if not e: break
          all.append((e.contents.name, e.contents.ino, e.contents.type))
        print(len(all), len(set(all)), all[0][0], all[1][0])
        c.rewinddir(d)
        print(rest() == all)
        for at in (0, 1, 2, 3, 1000, 2999, 3001, 3002):
          c.seekdir(d, places[at])
          print(rest() == all[at:])
        """;
    try (FuseMount mount = mount()) {
      List<String> lines = Child.python(script, mount.directory().resolve("d")).lines();
      assertThat(lines.getFirst()).isEqualTo("3002 3002 b'.' b'..'");
      assertThat(lines.subList(1, lines.size())).hasSize(9).containsOnly("True");
    }
  }

  @Test
  void walksOfTheWholeTreeAgree() throws IOException {
    MemoryNode at = fs.root();
    List<String> expected = new ArrayList<>(List.of("d "));
    String path = "";
    for (int depth = 0; depth < 30; depth++) {
      at.file("file", Content.random(depth, 1));
      at.symlink("link", bytes("file"));
      expected.add("f " + path + "file");
      expected.add("l " + path + "link");
      at = at.directory("deeper");
      expected.add("d " + path + "deeper");
      path += "deeper/";
    }
    try (FuseMount mount = mount()) {
      Path top = mount.directory();
      assertThat(Child.run("find", top, "-printf", "%y %P\\n").lines())
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(Child.run("ls", "-lR", top).err()).isEmpty();
      assertThat(Child.run("find", top, "-ls").lines()).hasSize(expected.size());
    }
  }

  @Test
  void absentNames() throws IOException {
    fs.root().file("file", Content.of(new byte[0]));
    String script =
        """
        import os, sys
        for name in ('absent', 'absent', 'file/x', 'absent/x'):
          try:
            os.stat(os.path.join(sys.argv[1], name))
          except OSError as e:
            print(e.errno)
        """;
    try (FuseMount mount = mount()) {
      assertThat(Child.python(script, mount.directory()).lines())
          .containsExactly("2", "2", "20", "2");
    }
  }

  @Test
  void statistics() throws IOException {
    fs.root().file("f", Content.random(10_000_000, 1));
    try (FuseMount mount = mount()) {
      assertThat(
              Child.run("stat", "-f", "-c", "%s %b %f %a %c %l", mount.directory()).out().strip())
          .isEqualTo("4096 2442 0 0 2 255");
    }
  }

  @Test
  void nothingCanBeWritten() throws IOException {
    fs.root().file("file", Content.random(10, 1));
    fs.root().directory("d");
    String script =
        """
        import os, sys
        os.chdir(sys.argv[1])
        for attempt in (
            lambda: open('file', 'w'),
            lambda: open('new', 'w'),
            lambda: os.mkdir('new'),
            lambda: os.rmdir('d'),
            lambda: os.unlink('file'),
            lambda: os.rename('file', 'other'),
            lambda: os.link('file', 'other'),
            lambda: os.symlink('file', 'other'),
            lambda: os.chmod('file', 0o600),
            lambda: os.chown('file', 1, 1),
            lambda: os.utime('file'),
            lambda: os.truncate('file', 0),
            lambda: os.mkfifo('fifo'),
            lambda: os.setxattr('file', 'user.x', b'y')):
          try:
            attempt()
            print('done')
          except OSError as e:
            print(e.errno)
        """;
    try (FuseMount mount = mount()) {
      assertThat(Child.python(script, mount.directory()).lines())
          .hasSize(14)
          .containsOnly(Integer.toString(Errno.EROFS));
    }
  }

  @Test
  void modeBitsAreEnforced() throws IOException {
    fs.root().file("open", Content.of(bytes("x"))).mode(0644);
    fs.root().file("shut", Content.of(bytes("x"))).mode(0600);
    fs.root().file("group", Content.of(bytes("x"))).mode(0640).owner(0, 65_534);
    fs.root().directory("private").mode(0700).file("f", Content.of(bytes("x")));
    try (FuseMount mount = mount()) {
      Path top = mount.directory();
      Child.run("chmod", "755", top.getParent());
      Child.Output out =
          Child.run(
              "setpriv",
              "--reuid=65534",
              "--regid=65534",
              "--clear-groups",
              "sh",
              "-c",
              "for f in open shut group private/f; do cat \"$0\"/$f >/dev/null 2>&1; echo $?; done",
              top);
      assertThat(out.lines()).containsExactly("0", "1", "0", "1");
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
