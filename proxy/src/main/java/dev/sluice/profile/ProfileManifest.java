package dev.sluice.profile;

import dev.sluice.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;

/** Writes a profile as a prefetch manifest. */
public final class ProfileManifest {
  private ProfileManifest() {}

  /** A file and a range of it. */
  private record Part(String path, long from, long to) {}

  /**
   * The manifest as JSON. What has no name that can be written is left out.
   *
   * @param image what it is for: a reference, pattern or digest
   */
  public static String write(Profile profile, String image) {
    JsonWriter w = new JsonWriter().beginObject();
    w.name("version").value(1);
    w.name("images").beginArray().beginObject();
    w.name("image").value(image);
    w.name("files").beginArray();
    for (Part part : parts(profile.likely())) {
      w.beginObject().name("path").value("/" + part.path);
      w.name("ranges").beginArray().beginObject();
      w.name("from").value(part.from).name("to").value(part.to);
      w.endObject().endArray().endObject();
    }
    w.endArray().endObject().endArray();
    return w.endObject().toString();
  }

  /** In order; ranges of a file that follow each other become one. */
  private static List<Part> parts(List<ProfileEntry> entries) {
    List<Part> parts = new ArrayList<>();
    for (ProfileEntry entry : entries) {
      String path = entry.path();
      boolean named =
          !path.isEmpty()
              && path.indexOf('\uFFFD') < 0
              && path.indexOf('*') < 0
              && path.indexOf('?') < 0;
      if (!named) {
        continue;
      }
      Part part = new Part(path, entry.from() - entry.file(), entry.to() - entry.file());
      Part last = parts.isEmpty() ? null : parts.getLast();
      if (last != null && last.path.equals(path) && last.to == part.from) {
        parts.removeLast();
        part = new Part(path, last.from, part.to);
      }
      parts.add(part);
    }
    return parts;
  }
}
