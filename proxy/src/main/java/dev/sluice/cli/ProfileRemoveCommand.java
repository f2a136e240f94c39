package dev.sluice.cli;

import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileStore;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sluice profile remove}. */
@Command(name = "remove", description = "Forget what an image reads; its next run records it anew.")
final class ProfileRemoveCommand implements Runnable {
  private final Console console;

  @Parameters(paramLabel = "IMAGE", description = "Reference, or digest of the manifest.")
  private String image;

  @Mixin private ProfilesMixin profiles;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ProfileRemoveCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var _ = profiles.profile(image);
    ProfileStore store = profiles.store();
    List<Profile> found = store.find(image);
    for (Profile profile : found) {
      var _ = store.remove(profile.manifest());
      console.out().println(profile.manifest());
    }
  }
}
