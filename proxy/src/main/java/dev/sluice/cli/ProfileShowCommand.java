package dev.sluice.cli;

import dev.sluice.json.JsonWriter;
import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileEntry;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice profile show}. */
@Command(
    name = "show",
    description = {
      "Show what an image reads until its container is ready, in order.",
      "TIME is the median, after the first read; SEEN is in how many of the last runs."
    })
final class ProfileShowCommand implements Runnable {
  private final Console console;

  @Parameters(paramLabel = "IMAGE", description = "Reference, or digest of the manifest.")
  private String image;

  @Option(names = "--all", description = "Also what fewer than half of the last runs read.")
  private boolean all;

  @Mixin private ProfilesMixin profiles;
  @Mixin private OutputMixin format;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ProfileShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    Profile profile = profiles.profile(image);
    List<ProfileEntry> entries = all ? profile.entries() : profile.likely();
    if (format.isJson()) {
      console.out().println(json(profile, entries));
      return;
    }
    var table = new Table("NO", "TIME", "SEEN", "LAYER", "BYTES OF FILE", "PATH");
    int number = 0;
    for (ProfileEntry entry : entries) {
      table.row(
          ++number,
          String.format(Locale.ROOT, "%.3fs", entry.time() / 1000.0),
          entry.seen(),
          entry.layer().brief(),
          (entry.from() - entry.file()) + "-" + (entry.to() - entry.file()),
          "/" + entry.path());
    }
    table.print(console.out());
  }

  private static JsonWriter json(Profile profile, List<ProfileEntry> entries) {
    var w = new JsonWriter().beginObject();
    w.name("image").value(profile.image());
    w.name("manifest").value(profile.manifest().toString());
    w.name("runs").value(profile.runs());
    w.name("recorded").value(profile.recorded().toString());
    w.name("entries").beginArray();
    for (ProfileEntry entry : entries) {
      w.beginObject();
      w.name("time_ms").value(entry.time());
      w.name("seen").value(entry.seen());
      w.name("layer").value(entry.layer().toString());
      w.name("path").value("/" + entry.path());
      w.name("from").value(entry.from() - entry.file());
      w.name("to").value(entry.to() - entry.file());
      w.name("tar_from").value(entry.from());
      w.name("tar_to").value(entry.to());
      w.endObject();
    }
    return w.endArray().endObject();
  }
}
