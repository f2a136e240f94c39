package dev.sluice.soci.ztoc;

/** Field numbers of the tables in a ztoc (AWS's ztoc.fbs and zinfo.fbs). */
final class ZtocFields {
  static final int VERSION = 0;
  static final int BUILD_TOOL = 1;
  static final int COMPRESSED_SIZE = 2;
  static final int UNCOMPRESSED_SIZE = 3;
  static final int TOC = 4;
  static final int COMPRESSION_INFO = 5;
  static final int ZTOC_FIELDS = 6;

  static final int TOC_METADATA = 0;
  static final int TOC_FIELDS = 1;

  static final int ALGORITHM = 0;
  static final int MAX_SPAN_ID = 1;
  static final int SPAN_DIGESTS = 2;
  static final int CHECKPOINTS = 3;
  static final int COMPRESSION_INFO_FIELDS = 4;
  static final int ALGORITHM_GZIP = 1;
  static final int ALGORITHM_UNCOMPRESSED = 2;

  static final int ENTRY_NAME = 0;
  static final int ENTRY_TYPE = 1;
  static final int ENTRY_OFFSET = 2;
  static final int ENTRY_SIZE = 3;
  static final int ENTRY_LINK_NAME = 4;
  static final int ENTRY_MODE = 5;
  static final int ENTRY_UID = 6;
  static final int ENTRY_GID = 7;
  static final int ENTRY_USER_NAME = 8;
  static final int ENTRY_GROUP_NAME = 9;
  static final int ENTRY_MTIME = 10;
  static final int ENTRY_DEV_MAJOR = 11;
  static final int ENTRY_DEV_MINOR = 12;
  static final int ENTRY_XATTRS = 13;
  static final int ENTRY_FIELDS = 14;

  static final int XATTR_KEY = 0;
  static final int XATTR_VALUE = 1;
  static final int XATTR_FIELDS = 2;

  static final int TAR_VERSION = 0;
  static final int TAR_SPAN_SIZE = 1;
  static final int TAR_SIZE = 2;
  static final int TAR_FIELDS = 3;

  /** Bytes before the first checkpoint of a gzip layer: their number and the span size. */
  static final int BLOB_HEADER_BYTES = 12;

  /** Bytes of one checkpoint of a gzip layer: in, out, bits, window. */
  static final int CHECKPOINT_BYTES = 17 + Windows.SIZE;

  private ZtocFields() {}
}
