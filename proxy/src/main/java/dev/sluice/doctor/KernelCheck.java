package dev.sluice.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Version and file systems of the kernel, and what we may do with them. */
final class KernelCheck implements Check {
  private static final String KERNEL = "kernel";
  private static final String RIGHTS = "privileges";
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");
  private static final int CAP_SYS_ADMIN = 21;

  private final Machine machine;

  KernelCheck(Machine machine) {
    this.machine = machine;
  }

  @Override
  public String subject() {
    return KERNEL;
  }

  @Override
  public List<Finding> run() throws IOException {
    List<Finding> findings = new ArrayList<>();
    findings.add(version());
    findings.add(fileSystem("fuse", "modprobe fuse, or a kernel with CONFIG_FUSE_FS"));
    findings.add(fileSystem("overlay", "modprobe overlay, or a kernel with CONFIG_OVERLAY_FS"));
    findings.add(rights());
    return findings;
  }

  private Finding version() throws IOException {
    String release = machine.release();
    Matcher version = VERSION.matcher(release);
    if (!version.matches()) {
      return Finding.warn(KERNEL, "the kernel's version '" + release + "' is of no known form", "");
    }
    int number = Integer.parseInt(version.group(1)) * 1000 + Integer.parseInt(version.group(2));
    if (number < 4018) {
      return Finding.fail(
          KERNEL,
          "Linux " + release + " is too old: overlayfs over FUSE needs 4.18",
          "use a newer kernel, best 6.12 or later");
    }
    List<String> missing = new ArrayList<>();
    if (number < 5006) {
      missing.add("the mount survives a restart of the service without systemd (5.6)");
    }
    if (number < 6012) {
      missing.add("containers in user namespaces without copied layers (6.12)");
    }
    return missing.isEmpty()
        ? Finding.ok(KERNEL, "Linux " + release)
        : Finding.warn(
            KERNEL,
            "Linux " + release + " lacks: " + String.join("; ", missing),
            "use a newer kernel if you need these");
  }

  private Finding fileSystem(String type, String advice) throws IOException {
    return machine.hasFileSystem(type)
        ? Finding.ok(KERNEL, "has the file system " + type)
        : Finding.fail(KERNEL, "has no file system " + type, advice);
  }

  private Finding rights() throws IOException {
    String effective = machine.line("self", "status", "CapEff:").orElse("0");
    boolean admin = (Long.parseUnsignedLong(effective, 16) >> CAP_SYS_ADMIN & 1) == 1;
    return admin
        ? Finding.ok(RIGHTS, "may mount (CAP_SYS_ADMIN)")
        : Finding.fail(
            RIGHTS,
            "may not mount: no CAP_SYS_ADMIN",
            "run it with sudo; in a container, give it privileged: true");
  }
}
