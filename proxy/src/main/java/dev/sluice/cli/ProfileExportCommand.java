package dev.sluice.cli;

import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileManifest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice profile export}. */
@Command(
    name = "export",
    description = {
      "Print a profile as a prefetch manifest, for /etc/sluice/prefetch.d on any node.",
      "sluice profile push makes SOCI prefetch artifacts of it instead."
    })
final class ProfileExportCommand implements Runnable {
  private final Console console;

  @Parameters(paramLabel = "IMAGE", description = "Reference, or digest of the manifest.")
  private String image;

  @Option(
      names = "--by-digest",
      description = "For these bytes of the image only, not for what its tag means later.")
  private boolean byDigest;

  @Mixin private ProfilesMixin profiles;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ProfileExportCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    Profile profile = profiles.profile(image);
    console
        .out()
        .println(
            ProfileManifest.write(
                profile, byDigest ? profile.manifest().toString() : profile.image()));
  }
}
