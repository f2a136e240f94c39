package dev.sluice.face;

/** Which face layers are to have. */
public enum FaceChoice {
  /** EROFS where the kernel can, else FUSE. */
  AUTO,
  /** EROFS; where the kernel can't, FUSE and a warning. */
  EROFS,
  FUSE
}
