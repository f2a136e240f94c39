package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads and checks the table of contents of a ztoc. */
final class TocReader {
  /** Longest user or group name; the tar header has room for 32. */
  private static final int OWNER_BYTES = 1024;

  /** Longest type word or time worth reading. */
  private static final int WORD_BYTES = 1024;

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
    if (!inOrder(entries)) {
      Arrays.sort(entries, Comparator.comparingLong(TocEntry::offset));
    }
    checkPlaces(entries);
    return Collections.unmodifiableList(Arrays.asList(entries));
  }

  private static boolean inOrder(TocEntry[] entries) {
    for (int i = 1; i < entries.length; i++) {
      if (entries[i].offset() < entries[i - 1].offset()) {
        return false;
      }
    }
    return true;
  }

  private TocEntry entry(FlatTable from, int index) {
    Part part = new Part(index);
    byte[] word = texts.shared(from, ZtocFields.ENTRY_TYPE, WORD_BYTES, part.called("type"));
    TocEntry.Type type = TocEntry.Type.of(word);
    if (type == null) {
      throw unknown(word, index);
    }
    int nameBytes = limits.nameBytes();
    byte[] name = texts.withoutNul(from, ZtocFields.ENTRY_NAME, nameBytes, part.called("name"));
    byte[] target =
        texts.withoutNul(from, ZtocFields.ENTRY_LINK_NAME, nameBytes, part.called("link target"));
    byte[] user =
        texts.shared(from, ZtocFields.ENTRY_USER_NAME, OWNER_BYTES, part.called("user name"));
    byte[] group =
        texts.shared(from, ZtocFields.ENTRY_GROUP_NAME, OWNER_BYTES, part.called("group name"));
    byte[] time =
        texts.bytes(from, ZtocFields.ENTRY_MTIME, WORD_BYTES, part.called("modification time"));
    GoTime mtime = GoTime.parse(time);
    return new TocEntry.Builder(type, name)
        .linkName(target)
        .ownerNames(user, group)
        .content(from.int64(ZtocFields.ENTRY_OFFSET), from.int64(ZtocFields.ENTRY_SIZE))
        .mode(from.int64(ZtocFields.ENTRY_MODE))
        .owner(from.int32(ZtocFields.ENTRY_UID), from.int32(ZtocFields.ENTRY_GID))
        .mtime(mtime.seconds(), mtime.nanos())
        .device(from.int64(ZtocFields.ENTRY_DEV_MAJOR), from.int64(ZtocFields.ENTRY_DEV_MINOR))
        .pax(pax(from, part))
        .build();
  }

  private static SluiceException unknown(byte[] word, int index) {
    String text = new String(word, StandardCharsets.UTF_8);
    return new SluiceException(
        FailureKind.UNSUPPORTED,
        "read ztoc: entry %d has the unknown type '%s'"
            .formatted(index, text.length() > 32 ? text.substring(0, 32) + "…" : text));
  }

  private List<Attribute> pax(FlatTable from, Part part) {
    FlatTable.Vector list = from.vector(ZtocFields.ENTRY_XATTRS, 4, part.called("PAX records"));
    if (list.count() == 0) {
      return List.of();
    }
    List<Attribute> records = new ArrayList<>(Math.min(list.count(), 16));
    boolean sorted = true;
    long bytes = 0;
    for (int i = 0; i < list.count(); i++) {
      texts.spend(RECORD_BYTES);
      FlatTable record = from.tableAt(list, i);
      int limit = limits.attributeBytes();
      byte[] key = texts.shared(record, ZtocFields.XATTR_KEY, limit, part.called("PAX key"));
      byte[] value = texts.bytes(record, ZtocFields.XATTR_VALUE, limit, part.called("PAX value"));
      bytes += key.length + value.length;
      if (bytes > limit) {
        throw new SluiceException(
            FailureKind.UNSUPPORTED,
            "read ztoc: the PAX records of entry %d have more than %d bytes"
                .formatted(part.index, limit));
      }
      sorted &= i == 0 || Arrays.compareUnsigned(records.getLast().key(), key) < 0;
      records.add(new Attribute(key, value));
    }
    return sorted ? records : lastOfEach(records);
  }

  /** As in a Go map: the last of equal keys wins. */
  private static List<Attribute> lastOfEach(List<Attribute> records) {
    Map<byte[], Attribute> byKey = new TreeMap<>(Arrays::compareUnsigned);
    records.forEach(record -> byKey.put(record.key(), record));
    return List.copyOf(byKey.values());
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

  /** What a part of an entry is called in messages, of which there are seldom any. */
  private static final class Part {
    private final int index;
    private String name = "";

    Part(int index) {
      this.index = index;
    }

    Part called(String of) {
      name = of;
      return this;
    }

    @Override
    public String toString() {
      return "entry " + index + "'s " + name;
    }
  }
}
