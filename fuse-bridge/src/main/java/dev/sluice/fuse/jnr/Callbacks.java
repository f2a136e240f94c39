package dev.sluice.fuse.jnr;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import org.jspecify.annotations.Nullable;

/**
 * The functions of {@code struct fuse_operations} that a read-only file system needs. jnr-fuse's
 * own give paths as strings, which cannot hold every name; these give them as the bytes that they
 * are.
 */
final class Callbacks {
  private Callbacks() {}

  /** {@code int getattr(const char *path, struct stat *stat)}. */
  public interface GetAttr {
    @Delegate
    int getattr(Pointer path, Pointer stat);
  }

  /** {@code int readlink(const char *path, char *buffer, size_t size)}. */
  public interface ReadLink {
    @Delegate
    int readlink(Pointer path, Pointer buffer, @size_t long size);
  }

  /** {@code int open(const char *path, struct fuse_file_info *info)}, also of directories. */
  public interface Open {
    @Delegate
    int open(Pointer path, Pointer info);
  }

  /** {@code int read(path, char *buffer, size_t size, off_t offset, info)}. */
  public interface Read {
    @Delegate
    int read(Pointer path, Pointer buffer, @size_t long size, @off_t long offset, Pointer info);
  }

  /** {@code int readdir(path, void *buffer, fuse_fill_dir_t filler, off_t offset, info)}. */
  public interface ReadDir {
    @Delegate
    int readdir(Pointer path, Pointer buffer, Pointer filler, @off_t long offset, Pointer info);
  }

  /** {@code int getxattr(path, const char *name, char *value, size_t size)}. */
  public interface GetXattr {
    @Delegate
    int getxattr(Pointer path, Pointer name, Pointer value, @size_t long size);
  }

  /** {@code int listxattr(path, char *names, size_t size)}. */
  public interface ListXattr {
    @Delegate
    int listxattr(Pointer path, Pointer names, @size_t long size);
  }

  /** {@code int statfs(path, struct statvfs *statistics)}. */
  public interface StatFs {
    @Delegate
    int statfs(Pointer path, Pointer statistics);
  }

  /** {@code void *init(struct fuse_conn_info *connection)}. */
  public interface Init {
    @Delegate
    @Nullable Pointer init(Pointer connection);
  }
}
