package dev.sluice.cli;

import dev.sluice.config.ConfigurationLoader;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.mount.StateDirectory;
import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where profiles lie; {@code @Mixin} it and call {@link #store}. No service need run. */
final class ProfilesMixin {
  @Option(
      names = "--root",
      paramLabel = "DIR",
      description = "State directory (default: the configured one, /var/lib/sluice).")
  private @Nullable Path root;

  ProfileStore store() {
    Path directory =
        root != null
            ? root
            : new ConfigurationLoader(System.getenv()).load(null, List.of()).configuration().root();
    if (!Files.isDirectory(directory)) {
      throw new SluiceException(
          FailureKind.NOT_FOUND,
          "look for profiles: there is no state directory " + directory,
          "name it with --root; nothing has run here yet if it is the right one",
          null);
    }
    return new ProfileStore(new StateDirectory(directory).profiles());
  }

  /** The one profile of an image. */
  Profile profile(String image) {
    List<Profile> found = store().find(image);
    if (found.isEmpty()) {
      throw new SluiceException(
          FailureKind.NOT_FOUND,
          "find profile of '" + image + "': there is none",
          "sluice profile list shows those that there are",
          null);
    }
    return found.getFirst();
  }
}
