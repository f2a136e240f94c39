package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Platform;
import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileManifest;
import dev.sluice.soci.index.PrefetchSpans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice profile export}. */
@Command(
    name = "export",
    description = {
      "Print a profile as a prefetch manifest, for /etc/sluice/prefetch.d on any node.",
      "With --format soci, write the SOCI prefetch artifacts that sluice profile push would publish."
    })
final class ProfileExportCommand implements Runnable {
  private final Console console;

  @Parameters(
      paramLabel = "IMAGE",
      description =
          "Reference, or digest of the manifest; with --format soci the image in the registry.")
  private String image;

  @Option(
      names = "--by-digest",
      description = "For these bytes of the image only, not for what its tag means later.")
  private boolean byDigest;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "manifest",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Format as = Format.MANIFEST;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description = "With --format soci: where the artifacts are written, one file for each layer.")
  private @Nullable Path directory;

  @Option(
      names = {"-p", "--platform"},
      paramLabel = "OS/ARCH",
      description = "The platform of the image (default: the only one, or this machine's).")
  private @Nullable Platform platform;

  @Mixin private ProfilesMixin profiles;
  @Mixin private RegistryMixin registry;

  /** What is written. */
  enum Format {
    MANIFEST,
    SOCI;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ProfileExportCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (as == Format.SOCI) {
      artifacts();
      return;
    }
    Profile profile = profiles.profile(image);
    console
        .out()
        .println(
            ProfileManifest.write(
                profile, byDigest ? profile.manifest().toString() : profile.image()));
  }

  private void artifacts() {
    if (directory == null) {
      throw new SluiceException(
          FailureKind.INVALID,
          "export a profile as SOCI prefetch artifacts: there is one for each layer",
          "say where they go: --to DIR",
          null);
    }
    try (RegistrySession session = registry.connect();
        ImageStore store = session.open(ImageLocation.parse(image))) {
      PlatformImage chosen = PlatformImage.choose(store, store.manifest(""), platform);
      Profile profile = profiles.profile(chosen.content().digest().toString());
      Map<Digest, PrefetchSpans> all =
          SociArtifacts.beside("export a profile", store, chosen).of(profile);
      Table table = new Table("LAYER", "FILE");
      for (Map.Entry<Digest, PrefetchSpans> each : all.entrySet()) {
        table.row(each.getKey(), write(directory, each.getKey(), each.getValue()));
      }
      table.print(console.out());
    }
  }

  private static Path write(Path directory, Digest layer, PrefetchSpans spans) {
    Path file = directory.resolve(layer.hex() + ".json");
    try {
      Files.createDirectories(directory);
      return Files.write(file, spans.write());
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "write prefetch artifact " + file + ": " + e, e);
    }
  }
}
