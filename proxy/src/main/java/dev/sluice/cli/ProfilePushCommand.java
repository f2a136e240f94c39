package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Platform;
import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileArtifacts;
import dev.sluice.soci.index.FoundIndex;
import dev.sluice.soci.index.PrefetchPublisher;
import dev.sluice.soci.index.PrefetchSpans;
import dev.sluice.soci.index.SociIndexFinder;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.SpanTable;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
      FoundIndex index =
          SociIndexFinder.find(store, chosen.content(), null)
              .orElseThrow(() ->
                  new SluiceException(
                      FailureKind.NOT_FOUND,
                      "push a profile for " + store + ": it has no SOCI index",
                      "make one: sluice create " + store,
                      null));
      PrefetchPublisher.Published published =
          new PrefetchPublisher(store)
              .publish(chosen, index, artifacts(store, index, profile), tag);
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

  private static Map<Digest, PrefetchSpans> artifacts(
      ImageStore store, FoundIndex index, Profile profile) {
    List<Ztoc> open = new ArrayList<>();
    try {
      return ProfileArtifacts.of(profile, layer -> spans(store, index, layer, open));
    } finally {
      open.forEach(Ztoc::close);
    }
  }

  private static @Nullable SpanTable spans(
      ImageStore store, FoundIndex index, Digest layer, List<Ztoc> open) {
    Descriptor descriptor = index.index().ztocOf(layer).map(ztoc -> ztoc.descriptor()).orElse(null);
    if (descriptor == null) {
      return null;
    }
    byte[] bytes =
        store.smallBlob(
            descriptor, Math.clamp(Limits.DEFAULT.ztocBytes(), 0, Integer.MAX_VALUE - 8));
    Ztoc ztoc = ZtocReader.read(bytes, Limits.DEFAULT);
    open.add(ztoc);
    return ztoc.spans();
  }
}
