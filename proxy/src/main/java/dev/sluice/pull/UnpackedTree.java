package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.pull.DirectoryTree.Directory;
import dev.sluice.pull.linux.Libc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A layer's files, verified, in a directory that is not yet claimed.
 *
 * @param root the files' root
 */
record UnpackedTree(Path root, DirectoryLog.Kept kept, ProcessIdentity identity) {

  /**
   * Gives implied directories their attributes and moves all to {@code into}, an empty directory of
   * the same file system.
   *
   * @param sync whether all is on disk when this returns
   */
  void moveTo(Path into, Directories below, boolean sync) {
    try (NativeScratch scratch = new NativeScratch()) {
      int descriptor = DirectoryTree.openRoot(scratch, root);
      try (DirectoryTree tree = new DirectoryTree(descriptor, scratch, null)) {
        if (below.equals(Directories.NONE)) {
          showAll(scratch, tree);
        } else {
          likeBelow(scratch, tree, below);
        }
        if (sync) {
          int synced = Libc.syncfs(descriptor);
          if (synced < 0) {
            throw LinuxFailures.of("write out the files of", root.toString(), synced);
          }
        }
      }
      rename(scratch, into);
    }
  }

  /** The lowest layer hides nothing, and alone it would show its whiteouts. */
  private void showAll(NativeScratch scratch, DirectoryTree tree) {
    for (String path : kept.opaque()) {
      OpaqueMark.clear(scratch, existing(tree, path));
    }
    for (String path : kept.whiteouts()) {
      EntryPath at = EntryPath.of(path.getBytes(StandardCharsets.ISO_8859_1));
      Directory parent = tree.find(at.parent());
      FileStatus found =
          parent == null ? null : FileStatus.of(scratch, parent.descriptor(), at.base());
      if (parent != null && found != null && found.isWhiteout()) {
        tree.remove(parent, at.base());
      }
    }
  }

  private void likeBelow(NativeScratch scratch, DirectoryTree tree, Directories below) {
    AttributeWriter writer = new AttributeWriter(scratch, identity.newFiles());
    for (String path : kept.implied()) {
      DirectoryAttributes attributes = below.attributes(path.getBytes(StandardCharsets.ISO_8859_1));
      if (attributes != null) {
        writer.directory(existing(tree, path), attributes);
      }
    }
  }

  private static Directory existing(DirectoryTree tree, String path) {
    Directory directory = tree.find(path);
    if (directory == null) {
      throw LinuxFailures.of("open directory", path, -Libc.ENOENT);
    }
    return directory;
  }

  private void rename(NativeScratch scratch, Path into) {
    int moved =
        Libc.renameat(
            Libc.AT_FDCWD,
            scratch.other(NativeScratch.raw(root)),
            Libc.AT_FDCWD,
            scratch.name(NativeScratch.raw(into)));
    if (moved == -Libc.ENOTEMPTY || moved == -Libc.EEXIST || moved == -Libc.ENOENT) {
      throw new SluiceException(
          FailureKind.FAILED_PRECONDITION,
          "move a layer's files to " + into + ": " + Libc.strerror(-moved));
    }
    if (moved < 0) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "move a layer's files to " + into + ": " + Libc.strerror(-moved));
    }
  }
}
