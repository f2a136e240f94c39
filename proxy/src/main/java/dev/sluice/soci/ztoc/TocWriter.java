package dev.sluice.soci.ztoc;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;

/**
 * Writes the entries of a ztoc, the last one first.
 *
 * @param typeWord the word for a type
 */
record TocWriter(FlatWriter out, Function<TocEntry.Type, String> typeWord) {
  long write(List<TocEntry> entries) {
    long[] places = new long[entries.size()];
    for (int i = places.length - 1; i >= 0; i--) {
      places[i] = entry(entries.get(i));
    }
    long list = out.references(places, places.length);
    out.startTable(ZtocFields.TOC_FIELDS);
    out.addReference(ZtocFields.TOC_METADATA, list);
    return out.endTable();
  }

  private long entry(TocEntry entry) {
    long name = out.string(entry.name());
    long type = out.string(ascii(typeWord.apply(entry.type())));
    long linkName = out.string(entry.linkName());
    long userName = out.string(entry.userName());
    long groupName = out.string(entry.groupName());
    long mtime = out.string(ascii(new GoTime(entry.mtimeSeconds(), entry.mtimeNanos()).format()));
    long xattrs = pax(entry.pax());
    out.startTable(ZtocFields.ENTRY_FIELDS);
    out.addReference(ZtocFields.ENTRY_NAME, name);
    out.addReference(ZtocFields.ENTRY_TYPE, type);
    out.addLong(ZtocFields.ENTRY_OFFSET, entry.offset());
    out.addLong(ZtocFields.ENTRY_SIZE, entry.size());
    out.addReference(ZtocFields.ENTRY_LINK_NAME, linkName);
    out.addLong(ZtocFields.ENTRY_MODE, entry.mode());
    out.addInt(ZtocFields.ENTRY_UID, (int) entry.uid());
    out.addInt(ZtocFields.ENTRY_GID, (int) entry.gid());
    out.addReference(ZtocFields.ENTRY_USER_NAME, userName);
    out.addReference(ZtocFields.ENTRY_GROUP_NAME, groupName);
    out.addReference(ZtocFields.ENTRY_MTIME, mtime);
    out.addLong(ZtocFields.ENTRY_DEV_MAJOR, entry.devMajor());
    out.addLong(ZtocFields.ENTRY_DEV_MINOR, entry.devMinor());
    out.addReference(ZtocFields.ENTRY_XATTRS, xattrs);
    return out.endTable();
  }

  private long pax(List<Attribute> records) {
    long[] places = new long[records.size()];
    for (int i = 0; i < places.length; i++) {
      long key = out.string(records.get(i).key());
      long value = out.string(records.get(i).value());
      out.startTable(ZtocFields.XATTR_FIELDS);
      out.addReference(ZtocFields.XATTR_KEY, key);
      out.addReference(ZtocFields.XATTR_VALUE, value);
      places[i] = out.endTable();
    }
    return out.references(places, places.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
