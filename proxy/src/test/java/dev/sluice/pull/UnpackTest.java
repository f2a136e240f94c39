package dev.sluice.pull;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Trees against what GNU tar makes of the same archive. */
@NeedsRoot
@Timeout(60)
final class UnpackTest {
  private final PullRig rig = PullRig.open();

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void makesWhatGnuTarMakes() throws IOException {
    byte[] big = new byte[3_000_000];
    new java.util.Random(7).nextBytes(big);
    byte[] tar =
        new TarBuilder()
            .mode(0750)
            .owner(3, 4)
            .directory("./")
            .directory("bin/")
            .mode(04755)
            .file("bin/su", "set-id")
            .mode(06711)
            .owner(12, 34)
            .file("bin/both", "set-ids of another owner")
            .file("bin/big", big)
            .hardLink("bin/link", "bin/big")
            .symlink("sbin", "bin")
            .mode(0666)
            .file("writable", "")
            .mode(01777)
            .mtime(1_234_567_890)
            .directory("tmp/")
            .file("tmp/file", "changes the directory's time")
            .mode(02070)
            .owner(0, 50)
            .directory("grouped")
            .file("grouped/file", "not of the directory's group")
            .pax("mtime", "1500000000.123456789")
            .file("nanos", "n")
            .fifo("fifo")
            .device('3', "null", 1, 3)
            .device('4', "disk", 8, 1)
            .pax("SCHILY.xattr.user.note", "value")
            .file("noted", "x")
            .pax("SCHILY.xattr.user.note", "of a directory")
            .directory("noted-directory")
            .pax("SCHILY.xattr.security.capability", "\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
            .owner(5, 5)
            .file("capable", "c")
            .owner(3_000_000_000L, 4_000_000_000L)
            .file("far-owner", "f")
            .symlink("dangling", "/nowhere/at/all")
            .file("n\u00e9\u00ff", "no UTF-8")
            .file("d/".repeat(60) + "x".repeat(200), "deep and long")
            .build();
    Path expected = rig.target();
    Path archive = rig.directory().resolve("layer.tar");
    Files.write(archive, tar, StandardOpenOption.CREATE_NEW);
    Listing.run(
        "tar",
        "-xpf",
        archive.toString(),
        "-C",
        expected.toString(),
        "--xattrs",
        "--xattrs-include=*",
        "--numeric-owner",
        "--same-owner");

    // Times of directories without an entry are not the archive's.
    Listing.run("rm", "-r", expected.resolve("d").toString());
    Path unpacked = rig.unpack(tar);
    assertThat(unpacked.resolve("d/".repeat(60) + "x".repeat(200))).hasContent("deep and long");
    Listing.run("rm", "-r", unpacked.resolve("d").toString());
    Listing.run("touch", "-d", "@5", expected.toString(), unpacked.toString());

    assertThat(Listing.of(unpacked)).isEqualTo(Listing.of(expected)).hasSizeGreaterThan(20);
    rig.awaitNothingStaged();
  }
}
