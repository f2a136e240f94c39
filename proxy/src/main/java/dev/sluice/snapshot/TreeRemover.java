package dev.sluice.snapshot;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes a directory and all below it, also while a container still changes it. */
final class TreeRemover {
  /*
   * Every step is relative to an open directory (openat, unlinkat with O_NOFOLLOW), so a process that
   * swaps a directory for a symbolic link can't lead us out of the tree. A tree deeper than
   * MAX_DEPTH, which would take a descriptor and a stack frame for each level, is cut: the deep
   * directory is moved to the top and deleted from there.
   */
  private static final int MAX_DEPTH = 100;

  private static final Logger LOG = LoggerFactory.getLogger(TreeRemover.class);

  private final Path top;
  private final SecureDirectoryStream<Path> root;

  private TreeRemover(Path top, SecureDirectoryStream<Path> root) {
    this.top = top;
    this.root = root;
  }

  /** Deletes; nothing happens if there is nothing at {@code top}. */
  static void remove(Path top) throws IOException {
    if (!Files.isDirectory(top, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(top);
      return;
    }
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(top)) {
      if (!(stream instanceof SecureDirectoryStream<Path> root)) {
        throw new IOException("this Java opens no files relative to directories");
      }
      TreeRemover remover = new TreeRemover(top, root);
      remover.empty(root, 0);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    emptyAgain(top);
  }

  /** What was moved to the top is deleted by a pass of its own. */
  private static void emptyAgain(Path top) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(top)) {
      if (!left.iterator().hasNext()) {
        Files.delete(top);
        return;
      }
    }
    remove(top);
  }

  private void empty(SecureDirectoryStream<Path> directory, int depth) throws IOException {
    for (Path entry : directory) {
      Path name = entry.getFileName();
      try {
        if (isDirectory(directory, name)) {
          removeDirectory(directory, name, depth);
        } else {
          directory.deleteFile(name);
        }
      } catch (NoSuchFileException e) {
        LOG.debug("{} in {} went away by itself", name, top);
      }
    }
  }

  private void removeDirectory(SecureDirectoryStream<Path> parent, Path name, int depth)
      throws IOException {
    if (depth >= MAX_DEPTH) {
      parent.move(name, root, top.getFileSystem().getPath(".deep-" + UUID.randomUUID()));
      return;
    }
    try (SecureDirectoryStream<Path> directory =
        parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
      empty(directory, depth + 1);
    }
    parent.deleteDirectory(name);
  }

  private static boolean isDirectory(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    return parent
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes()
        .isDirectory();
  }
}
