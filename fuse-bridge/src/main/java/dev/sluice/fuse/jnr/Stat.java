package dev.sluice.fuse.jnr;

import dev.sluice.fuse.Attributes;
import jnr.ffi.Pointer;
import ru.serce.jnrfuse.struct.FileStat;

/** Writes {@code struct stat}. */
final class Stat {
  private static final int BLOCK_BYTES = 4096;
  private static final int SECTOR_BYTES = 512;

  /** The layout differs by machine and jnr-fuse knows it; to make it for each call is slow. */
  private static final ThreadLocal<FileStat> LAYOUT =
      ThreadLocal.withInitial(() -> new FileStat(jnr.ffi.Runtime.getSystemRuntime()));

  private Stat() {}

  static void write(long address, Attributes from) {
    FileStat stat = LAYOUT.get();
    stat.useMemory(Pointer.wrap(stat.getRuntime(), address));
    stat.st_ino.set(from.inode);
    stat.st_mode.set(from.mode);
    stat.st_nlink.set(from.links);
    stat.st_uid.set(Integer.toUnsignedLong(from.uid));
    stat.st_gid.set(Integer.toUnsignedLong(from.gid));
    stat.st_rdev.set(Integer.toUnsignedLong(from.device));
    stat.st_size.set(from.size);
    stat.st_blksize.set(BLOCK_BYTES);
    stat.st_blocks.set((from.size + SECTOR_BYTES - 1) / SECTOR_BYTES);
    stat.st_atim.tv_sec.set(from.mtimeSeconds);
    stat.st_atim.tv_nsec.set(from.mtimeNanos);
    stat.st_mtim.tv_sec.set(from.mtimeSeconds);
    stat.st_mtim.tv_nsec.set(from.mtimeNanos);
    stat.st_ctim.tv_sec.set(from.mtimeSeconds);
    stat.st_ctim.tv_nsec.set(from.mtimeNanos);
  }
}
