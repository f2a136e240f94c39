package dev.sluice.soci.index;

/** Keys of the annotations by which SOCI documents refer to each other. */
public final class Annotations {
  /** On an index: what built it. */
  public static final String BUILD_TOOL = "com.amazon.soci.build-tool-identifier";

  /** On a ztoc or prefetch descriptor: digest of the compressed layer it belongs to. */
  public static final String LAYER_DIGEST = "com.amazon.soci.image-layer-digest";

  /** On a ztoc descriptor: media type of that layer. */
  public static final String LAYER_MEDIA_TYPE = "com.amazon.soci.image-layer-mediaType";

  /** On a ztoc descriptor: bytes that the builder aimed at, decimal. */
  public static final String SPAN_SIZE = "com.amazon.soci.span-size";

  /** On a ztoc descriptor: a Go boolean, whether the layer has no extended attributes. */
  public static final String DISABLE_XATTRS = "com.amazon.soci.disable-xattrs";

  /** On the descriptor of a v2 index in an image index: digest of the image manifest. */
  public static final String IMAGE_MANIFEST_DIGEST = "com.amazon.soci.image-manifest-digest";

  /** On an image manifest: digest of its v2 index. */
  public static final String INDEX_DIGEST = "com.amazon.soci.index-digest";

  /** On an index, by Sluice: when its prefetch artifacts were published, RFC 3339. */
  public static final String PREFETCH_CREATED = "dev.sluice.prefetch.created";

  private Annotations() {}
}
