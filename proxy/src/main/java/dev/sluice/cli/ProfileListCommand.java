package dev.sluice.cli;

import dev.sluice.json.JsonWriter;
import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileEntry;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sluice profile list}. */
@Command(name = "list", description = "List the profiles of this node, the last used first.")
final class ProfileListCommand implements Runnable {
  private final Console console;

  @Mixin private ProfilesMixin profiles;
  @Mixin private OutputMixin format;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ProfileListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    List<Profile> all = profiles.store().all();
    if (format.isJson()) {
      console.out().println(json(all));
      return;
    }
    var table = new Table("IMAGE", "MANIFEST", "RUNS", "PARTS", "BYTES", "RECORDED");
    Instant now = Instant.now();
    for (Profile profile : all) {
      table.row(
          profile.image(),
          profile.manifest().brief(),
          profile.runs(),
          profile.likely().size(),
          ByteCount.show(bytes(profile)),
          Age.show(profile.recorded(), now));
    }
    table.print(console.out());
  }

  private static long bytes(Profile profile) {
    return profile.likely().stream().mapToLong(entry -> entry.to() - entry.from()).sum();
  }

  private static JsonWriter json(List<Profile> all) {
    var w = new JsonWriter().beginArray();
    for (Profile profile : all) {
      w.beginObject();
      w.name("image").value(profile.image());
      w.name("manifest").value(profile.manifest().toString());
      w.name("runs").value(profile.runs());
      w.name("entries").value(profile.likely().size());
      w.name("bytes").value(bytes(profile));
      w.name("layers").value(profile.likely().stream().map(ProfileEntry::layer).distinct().count());
      w.name("recorded").value(profile.recorded().toString());
      w.endObject();
    }
    return w.endArray();
  }
}
