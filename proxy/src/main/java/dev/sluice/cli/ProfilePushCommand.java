package dev.sluice.cli;

import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Platform;
import dev.sluice.profile.Profile;
import dev.sluice.soci.index.FoundIndex;
import dev.sluice.soci.index.PrefetchPublisher;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice profile push}. */
@Command(
    name = "push",
    description = {
      "Publish a profile beside the image, as SOCI prefetch artifacts in a new SOCI index.",
      "Nodes that run the image for the first time, AWS's snapshotter too, begin with it."
    },
    footer = {
      "",
      "An image whose index refers to it (sluice create) does not change. One that names its index",
      "(sluice convert) gets a new digest; --tag puts it beside the old one. Prints the index."
    })
final class ProfilePushCommand implements Runnable {
  private final Console console;

  @Parameters(paramLabel = "REF", description = "The image, in the registry.")
  private ImageLocation image;

  @Option(
      names = "--profile",
      paramLabel = "IMAGE",
      description = "Take the profile of this image (default: that of REF).")
  private @Nullable String from;

  @Option(
      names = "--tag",
      paramLabel = "TAG",
      defaultValue = "",
      description = "For an image that names its index: the new image's tag (default: REF's).")
  private String tag;

  @Option(
      names = {"-p", "--platform"},
      paramLabel = "OS/ARCH",
      description = "The platform of the image (default: the only one, or this machine's).")
  private @Nullable Platform platform;

  @Mixin private ProfilesMixin profiles;
  @Mixin private RegistryMixin registry;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ProfilePushCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    try (RegistrySession session = registry.connect();
        ImageStore store = session.open(image)) {
      Content root = store.manifest("");
      PlatformImage chosen = PlatformImage.choose(store, root, platform);
      Profile profile =
          profiles.profile(from == null ? chosen.content().digest().toString() : from);
      SociArtifacts artifacts = SociArtifacts.beside("push a profile", store, chosen);
      FoundIndex index = artifacts.index();
      PrefetchPublisher.Published published =
          new PrefetchPublisher(store).publish(chosen, index, artifacts.of(profile), tag);
      if (!published.isFirst()) {
        console.complain(
            "the registry lists an older index of the image first: Sluice takes the new one, AWS's"
                + " snapshotter the first; delete manifest "
                + index.digest()
                + " there for it");
      }
      if (!published.image().equals(chosen.content().digest())) {
        console.say("the image is now " + published.image());
      }
      console.out().println(published.index());
    }
  }
}
