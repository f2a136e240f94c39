package dev.sluice.doctor;

import dev.sluice.face.ErofsProbe;
import dev.sluice.face.FaceChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whether the kernel can answer for the names of lazy layers, found out by a tiny mount. */
final class FaceCheck implements Check {
  private static final String SUBJECT = "EROFS mount";
  private static final String NEEDS =
      "Linux 6.12 with CONFIG_EROFS_FS_BACKED_BY_FILE, and root on ext4, xfs or btrfs";

  private final Path root;
  private final FaceChoice choice;

  FaceCheck(Path root, FaceChoice choice) {
    this.root = root;
    this.choice = choice;
  }

  @Override
  public String subject() {
    return SUBJECT;
  }

  @Override
  public List<Finding> run() throws IOException {
    if (choice == FaceChoice.FUSE) {
      return List.of(
          Finding.ok(SUBJECT, "not wanted: lazy.layer_face is \"fuse\"; layers are shown by FUSE"));
    }
    Path place = Files.createTempDirectory(MountCheck.existing(root), ".sluice-doctor-");
    ErofsProbe probe;
    try {
      probe = ErofsProbe.in(place);
    } finally {
      Files.deleteIfExists(place);
    }
    String obstacle = probe.obstacle();
    if (obstacle == null) {
      return List.of(Finding.ok(SUBJECT, "the kernel itself answers for the names of lazy layers"));
    }
    String detail =
        "layers are shown by FUSE, which is slower for names than EROFS; that needs %s: %s"
            .formatted(NEEDS, obstacle);
    return choice == FaceChoice.AUTO
        ? List.of(Finding.ok(SUBJECT, detail))
        : List.of(
            Finding.warn(SUBJECT, detail, "use such a kernel, or set lazy.layer_face to \"auto\""));
  }
}
