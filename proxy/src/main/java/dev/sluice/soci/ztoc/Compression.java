package dev.sluice.soci.ztoc;

/** How the layer of a ztoc is compressed. */
public enum Compression {
  GZIP,
  UNCOMPRESSED
}
