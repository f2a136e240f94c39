package dev.sluice.embedded;

/** What a request to the embedded registry is about. */
public enum RequestKind {
  PING,
  MANIFEST,
  BLOB,
  UPLOAD,
  REFERRERS,
  TAGS,
  TOKEN,
  /** A blob from the second origin. */
  STORAGE,
  OTHER
}
