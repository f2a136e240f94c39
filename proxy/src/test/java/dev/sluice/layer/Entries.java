package dev.sluice.layer;

import dev.sluice.soci.ztoc.Attribute;
import dev.sluice.soci.ztoc.TocEntry;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Makes entries of a tar for tests; the content of each starts where the last ended. */
final class Entries {
  private long offset = 512;

  TocEntry dir(String name, int mode) {
    return entry(TocEntry.Type.DIR, name, mode).owner(7, 8).mtime(100, 5).build();
  }

  TocEntry file(String name, int mode, long size) {
    TocEntry entry = entry(TocEntry.Type.REG, name, mode).content(offset, size).mtime(1, 2).build();
    offset += size + 1024;
    return entry;
  }

  TocEntry symlink(String name, String target) {
    return entry(TocEntry.Type.SYMLINK, name, 0777).linkName(bytes(target)).build();
  }

  TocEntry hardLink(String name, String target) {
    return entry(TocEntry.Type.HARDLINK, name, 0644).linkName(bytes(target)).build();
  }

  TocEntry device(String name, int major, int minor) {
    return entry(TocEntry.Type.CHAR, name, 0666).device(major, minor).build();
  }

  TocEntry withXattr(String name, String key, String value) {
    return entry(TocEntry.Type.REG, name, 0644)
        .content(offset, 0)
        .pax(List.of(new Attribute(bytes("SCHILY.xattr." + key), bytes(value))))
        .build();
  }

  private TocEntry.Builder entry(TocEntry.Type type, String name, int mode) {
    return new TocEntry.Builder(type, bytes(name)).mode(mode).content(offset, 0);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
