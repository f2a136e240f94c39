package dev.sluice.doctor;

import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.fuse.linux.LinuxException;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryFs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Mounts a tiny file system by FUSE, an overlay on it where the state directory is, and lets a
 * child process use it as a container would.
 */
final class MountCheck implements Check {
  private static final String FUSE = "FUSE mount";
  private static final String OVERLAY = "overlay mount";
  private static final String TEXT = "sluice";
  private static final long CHILD_SECONDS = 10;

  /*
   * The child reads through both file systems, writes, and deletes a file of the lower one. Where a
   * file system keeps no types in its directories (d_type), that file would still be listed.
   */
  private static final String USE =
      "cat \"$1/probe\" && echo x >\"$1/new\" && rm \"$1/probe\" && ls -A \"$1\"";

  private final Machine machine;
  private final Path root;

  MountCheck(Machine machine, Path root) {
    this.machine = machine;
    this.root = root;
  }

  @Override
  public String subject() {
    return FUSE;
  }

  @Override
  public List<Finding> run() throws IOException {
    if (!Files.exists(machine.fuseDevice())) {
      return List.of(
          Finding.fail(
              FUSE,
              "there is no " + machine.fuseDevice(),
              "modprobe fuse; in a container, pass the device in"));
    }
    if (!Files.isReadable(machine.fuseDevice()) || !Files.isWritable(machine.fuseDevice())) {
      return List.of(
          Finding.fail(FUSE, machine.fuseDevice() + " can't be opened", "run it with sudo"));
    }
    Path place = Files.createTempDirectory(existing(root), ".sluice-doctor-");
    try {
      return tryIn(place);
    } finally {
      remove(place);
    }
  }

  private List<Finding> tryIn(Path place) throws IOException {
    List<Finding> findings = new ArrayList<>();
    Path lower = Files.createDirectory(place.resolve("lower"));
    MemoryFs fs = new MemoryFs();
    fs.root().file("probe", Content.of(TEXT.getBytes(StandardCharsets.UTF_8)));
    FuseMount mount;
    try {
      mount = new KernelFuseBridge().mount(fs, lower, MountOptions.DEFAULT);
    } catch (IOException e) {
      return List.of(
          Finding.fail(
              FUSE,
              String.valueOf(e.getMessage()),
              "mounting needs root; in a container, privileged: true and /dev/fuse"));
    }
    try (mount) {
      findings.add(Finding.ok(FUSE, "a file system was mounted and served"));
      findings.add(overlay(place, lower));
    }
    return findings;
  }

  private Finding overlay(Path place, Path lower) throws IOException {
    Path merged = Files.createDirectory(place.resolve("merged"));
    String options =
        "index=off,redirect_dir=nofollow,metacopy=off,lowerdir=%s,upperdir=%s,workdir=%s"
            .formatted(
                lower,
                Files.createDirectory(place.resolve("upper")),
                Files.createDirectory(place.resolve("work")));
    try {
      Mounts.mount("sluice-doctor", merged, "overlay", 0, options);
    } catch (LinuxException e) {
      return Finding.fail(
          OVERLAY,
          String.valueOf(e.getMessage()),
          "put root on a local file system: ext4, xfs with ftype=1 or btrfs; dmesg may say more");
    }
    try {
      return use(merged);
    } finally {
      Mounts.unmount(merged, EnumSet.of(Mounts.Unmount.LAZY));
    }
  }

  private Finding use(Path merged) throws IOException {
    Process child =
        new ProcessBuilder("sh", "-c", USE, "sh", merged.toString())
            .redirectErrorStream(true)
            .start();
    child.getOutputStream().close();
    try {
      if (!child.waitFor(CHILD_SECONDS, TimeUnit.SECONDS)) {
        child.destroyForcibly();
        return Finding.fail(
            OVERLAY,
            "a process that used it got no answer within " + CHILD_SECONDS + " s",
            "dmesg may say why; report it as a bug");
      }
    } catch (InterruptedException e) {
      child.destroyForcibly();
      Thread.currentThread().interrupt();
      return Finding.fail(OVERLAY, "the check was interrupted", null);
    }
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (said.contains("probe")) {
      return Finding.fail(
          OVERLAY,
          "files that a container deletes stay listed: the file system of "
              + root
              + " keeps no types in its directories (d_type)",
          "put root on another file system; xfs must be made with -n ftype=1");
    }
    if (!said.equals(TEXT + "new\n")) {
      return Finding.fail(OVERLAY, "a process that used it got: " + said.strip(), null);
    }
    return Finding.ok(OVERLAY, "read, write and delete work over FUSE where " + root + " is");
  }

  /** The directory itself or the nearest above that is there. */
  static Path existing(Path directory) {
    Path at = directory;
    while (!Files.isDirectory(at)) {
      Path parent = at.getParent();
      if (parent == null) {
        return Path.of("/");
      }
      at = parent;
    }
    return at;
  }

  private static void remove(Path place) throws IOException {
    try (Stream<Path> walk = Files.walk(place)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
