package dev.sluice.fuse.kernel;

/** Abilities that kernel and server agree on, bits of {@code fuse_init_in.flags} and flags2. */
final class InitFlags {
  static final long ASYNC_READ = 1;
  static final long BIG_WRITES = 1 << 5;
  static final long DO_READDIRPLUS = 1 << 13;

  /** The kernel asks for attributes with names only where a reader is likely to want them. */
  static final long READDIRPLUS_AUTO = 1 << 14;

  static final long ASYNC_DIO = 1 << 15;

  /** ENOSYS to OPEN means: never ask again, and keep what is cached. */
  static final long NO_OPEN_SUPPORT = 1 << 17;

  static final long PARALLEL_DIROPS = 1 << 18;

  /** A read of /dev/fuse tells an aborted connection (ECONNABORTED) from an unmount (ENODEV). */
  static final long ABORT_ERROR = 1 << 21;

  static final long MAX_PAGES = 1 << 22;
  static final long CACHE_SYMLINKS = 1 << 23;

  /** ENOSYS to OPENDIR means: never ask again, and keep listings cached. */
  static final long NO_OPENDIR_SUPPORT = 1 << 24;

  /** Cached pages go only when we say so. */
  static final long EXPLICIT_INVAL_DATA = 1 << 25;

  /** The answer has a second word of flags. */
  static final long INIT_EXT = 1 << 30;

  /** Requests can be sent again to another server of the same connection. */
  static final long HAS_RESEND = 1L << 39;

  /** The mount can be mapped to other user ids, as containers in user namespaces need. */
  static final long ALLOW_IDMAP = 1L << 40;

  static final long WANTED =
      ASYNC_READ
          | BIG_WRITES
          | DO_READDIRPLUS
          | READDIRPLUS_AUTO
          | ASYNC_DIO
          | NO_OPEN_SUPPORT
          | PARALLEL_DIROPS
          | ABORT_ERROR
          | MAX_PAGES
          | CACHE_SYMLINKS
          | NO_OPENDIR_SUPPORT
          | EXPLICIT_INVAL_DATA
          | INIT_EXT
          | HAS_RESEND
          | ALLOW_IDMAP;

  private InitFlags() {}
}
