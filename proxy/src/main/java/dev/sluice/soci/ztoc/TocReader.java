package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads and checks the table of contents of a ztoc. */
final class TocReader {
  /** Longest user or group name; the tar header has room for 32. */
  private static final int OWNER_BYTES = 1024;

  private static final int BLOCK = 512;

  /** What a record costs beside its bytes: a slot in a list. */
  private static final int RECORD_BYTES = 4;

  private final Limits limits;
  private final TextReader texts;
  private final long tarSize;

  TocReader(Limits limits, TextReader texts, long tarSize) {
    this.limits = limits;
    this.texts = texts;
    this.tarSize = tarSize;
  }

  List<TocEntry> read(FlatTable toc) {
    FlatTable.Vector list = toc.vector(ZtocFields.TOC_METADATA, 4, "the table of contents");
    if (list.count() > limits.entries()) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "read ztoc: it has %d entries, above the limit of %d"
              .formatted(list.count(), limits.entries()));
    }
    TocEntry[] entries = new TocEntry[list.count()];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = entry(toc.tableAt(list, i), i);
    }
    Arrays.sort(entries, Comparator.comparingLong(TocEntry::offset));
    checkPlaces(entries);
    return List.of(entries);
  }

  private TocEntry entry(FlatTable from, int index) {
    String what = "entry " + index;
    String word = texts.ascii(from, ZtocFields.ENTRY_TYPE, what + "'s type");
    TocEntry.Type type = TocEntry.Type.of(word);
    if (type == null) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "read ztoc: %s has the unknown type '%s'"
              .formatted(what, word.length() > 32 ? word.substring(0, 32) + "…" : word));
    }
    int nameBytes = limits.nameBytes();
    GoTime mtime =
        GoTime.parse(texts.ascii(from, ZtocFields.ENTRY_MTIME, what + "'s modification time"));
    return new TocEntry.Builder(
            type, texts.withoutNul(from, ZtocFields.ENTRY_NAME, nameBytes, what + "'s name"))
        .linkName(
            texts.withoutNul(from, ZtocFields.ENTRY_LINK_NAME, nameBytes, what + "'s link target"))
        .ownerNames(
            texts.shared(from, ZtocFields.ENTRY_USER_NAME, OWNER_BYTES, what + "'s user name"),
            texts.shared(from, ZtocFields.ENTRY_GROUP_NAME, OWNER_BYTES, what + "'s group name"))
        .content(from.int64(ZtocFields.ENTRY_OFFSET), from.int64(ZtocFields.ENTRY_SIZE))
        .mode(from.int64(ZtocFields.ENTRY_MODE))
        .owner(from.int32(ZtocFields.ENTRY_UID), from.int32(ZtocFields.ENTRY_GID))
        .mtime(mtime.seconds(), mtime.nanos())
        .device(from.int64(ZtocFields.ENTRY_DEV_MAJOR), from.int64(ZtocFields.ENTRY_DEV_MINOR))
        .pax(pax(from, what))
        .build();
  }

  private List<Attribute> pax(FlatTable from, String what) {
    FlatTable.Vector list = from.vector(ZtocFields.ENTRY_XATTRS, 4, what + "'s PAX records");
    if (list.count() == 0) {
      return List.of();
    }
    // As in a Go map: the last of equal keys wins.
    Map<byte[], byte[]> records = new TreeMap<>(Arrays::compareUnsigned);
    long bytes = 0;
    for (int i = 0; i < list.count(); i++) {
      texts.spend(RECORD_BYTES);
      FlatTable record = from.tableAt(list, i);
      int limit = limits.attributeBytes();
      byte[] key = texts.shared(record, ZtocFields.XATTR_KEY, limit, what + "'s PAX key");
      byte[] value = texts.bytes(record, ZtocFields.XATTR_VALUE, limit, what + "'s PAX value");
      bytes += key.length + value.length;
      if (bytes > limit) {
        throw new SluiceException(
            FailureKind.UNSUPPORTED,
            "read ztoc: the PAX records of %s have more than %d bytes".formatted(what, limit));
      }
      records.put(key, value);
    }
    List<Attribute> sorted = new ArrayList<>(records.size());
    records.forEach((key, value) -> sorted.add(new Attribute(key, value)));
    return sorted;
  }

  /** Each entry has at least one header block of its own and its content inside the tar. */
  private void checkPlaces(TocEntry[] entries) {
    long next = 0;
    for (TocEntry entry : entries) {
      long offset = entry.offset();
      if (offset < next + BLOCK) {
        throw FlatTable.corrupt(
            "'%s' at %d overlaps what ends at %d".formatted(entry.nameText(), offset, next));
      }
      if (offset > tarSize || entry.size() < 0 || entry.contentSize() > tarSize - offset) {
        throw FlatTable.corrupt(
            "'%s' with %d bytes at %d is not inside a tar of %d"
                .formatted(entry.nameText(), entry.size(), offset, tarSize));
      }
      next = (offset + entry.contentSize() + BLOCK - 1) & -BLOCK;
    }
  }
}
