package dev.sluice.snapshot;

import containerd.types.Mount;
import dev.sluice.fuse.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a snapshot's mounts show, as containerd would mount them. */
final class Mounted implements AutoCloseable {
  private final Path directory;

  Mounted(List<Mount> mounts) throws IOException {
    Mount mount = mounts.getFirst();
    directory = Files.createTempDirectory("mounted-");
    List<String> options = new ArrayList<>(mount.getOptionsList());
    boolean readOnly = options.remove("ro");
    options.remove("rw");
    if (options.remove("rbind")) {
      Mounts.mount(mount.getSource(), directory, "none", Mounts.MS_BIND | Mounts.MS_REC, "");
      if (readOnly) {
        long flags = Mounts.MS_BIND | Mounts.MS_REMOUNT | Mounts.MS_RDONLY;
        Mounts.mount("none", directory, "none", flags, "");
      }
    } else {
      long flags = readOnly ? Mounts.MS_RDONLY : 0;
      String data = String.join(",", options);
      Mounts.mount(mount.getSource(), directory, mount.getType(), flags, data);
    }
  }

  Path path() {
    return directory;
  }

  Path path(String name) {
    return directory.resolve(name);
  }

  @Override
  public void close() throws IOException {
    Mounts.unmount(directory, Set.of());
    Files.delete(directory);
  }
}
