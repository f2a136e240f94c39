package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.sluice.fuse.AbsentXattr;
import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.Errno;
import dev.sluice.fuse.FuseCounters.Operation;
import dev.sluice.fuse.ReadOnlyFs;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletionStage;

/** Answers requests, one after the other; each reader thread has one. */
final class Dispatcher {
  /*
   * Every request that expects an answer gets exactly one, whatever its bytes are and whatever the
   * file system does: a request without an answer is a process in the kernel that cannot be killed.
   */
  private static final int MAX_LINK_BYTES = 4095;
  private static final int NAME_MAX = 255;
  private static final int BLOCK_BYTES = 4096;
  private static final int STATFS_BYTES = 80;
  private static final int OPEN_BYTES = 16;
  private static final int FOPEN_KEEP_CACHE = 1 << 1;
  private static final int FOPEN_CACHE_DIR = 1 << 3;

  private final Session session;
  private final ReadOnlyFs fs;
  private final Request request;
  private final MemorySegment out;
  private final DirectoryWriter directory;
  private final Attributes attributes = new Attributes();
  private boolean answered;

  /**
   * @param in where requests lie
   * @param out room for the body of an answer other than READ's, 128 KiB is good
   */
  Dispatcher(Session session, MemorySegment in, MemorySegment out) {
    this.session = session;
    this.fs = session.fs();
    this.request = new Request(in);
    this.out = out;
    this.directory = new DirectoryWriter(fs, out);
  }

  /** Answers the request whose {@code length} bytes lie at the start of the buffer. */
  void handle(long length) {
    if (!request.frame(length)) {
      session.faults().report("short request", length + " bytes are less than a header", null);
      return;
    }
    int opcode = request.opcode();
    session.counters().count(operation(opcode));
    if (isSilent(opcode)) {
      return;
    }
    if (!waits(opcode)) {
      answer(opcode);
    }
  }

  private boolean waits(int opcode) {
    try {
      CompletionStage<?> awaited = fs.awaited(request.node());
      if (awaited != null) {
        LateRequest.await(session, request, awaited);
      }
      return awaited != null;
    } catch (Throwable t) {
      session.faults().report("wait of operation " + opcode, "failed", t);
      error(operation(opcode), Errno.EIO);
      return true;
    }
  }

  /** Answers a request that was handled before, and had to wait. */
  void handleNow(long length) {
    if (request.frame(length)) {
      answer(request.opcode());
    }
  }

  private void answer(int opcode) {
    Operation operation = operation(opcode);
    answered = false;
    try {
      if (!request.isWhole()) {
        throw new MalformedRequestException("its length is not the one in its header");
      }
      answer(opcode, operation);
    } catch (MalformedRequestException e) {
      session.faults().report("malformed request", "operation " + opcode + ": " + e, null);
      errorUnlessAnswered(operation, Errno.EINVAL);
    } catch (Throwable t) {
      session.faults().report("operation " + opcode + " " + t.getClass().getName(), "failed", t);
      errorUnlessAnswered(operation, Errno.EIO);
    }
  }

  private void answer(int opcode, Operation operation) {
    long node = request.node();
    switch (opcode) {
      case Opcode.READ -> read(node);
      case Opcode.LOOKUP -> lookup(node);
      case Opcode.GETATTR -> getattr(node);
      case Opcode.READDIRPLUS -> readdir(node, true);
      case Opcode.READDIR -> readdir(node, false);
      case Opcode.READLINK -> readlink(node);
      case Opcode.GETXATTR -> getxattr(node, request.nameAt(8));
      case Opcode.LISTXATTR -> xattr(fs.xattrNames(node));
      case Opcode.STATFS -> statfs();
      case Opcode.OPEN -> open(InitFlags.NO_OPEN_SUPPORT, FOPEN_KEEP_CACHE);
      case Opcode.OPENDIR -> open(InitFlags.NO_OPENDIR_SUPPORT, FOPEN_KEEP_CACHE | FOPEN_CACHE_DIR);
      case Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.DESTROY -> body(0);
      case Opcode.IOCTL -> error(operation, Errno.ENOTTY);
      case Opcode.SETATTR,
          Opcode.SYMLINK,
          Opcode.MKNOD,
          Opcode.MKDIR,
          Opcode.UNLINK,
          Opcode.RMDIR,
          Opcode.RENAME,
          Opcode.RENAME2,
          Opcode.LINK,
          Opcode.WRITE,
          Opcode.SETXATTR,
          Opcode.REMOVEXATTR,
          Opcode.CREATE,
          Opcode.TMPFILE,
          Opcode.FALLOCATE,
          Opcode.COPY_FILE_RANGE ->
          error(operation, Errno.EROFS);
      // ENOSYS tells the kernel not to ask again, and to do without: LSEEK, STATX, FLUSH, ACCESS.
      default -> error(operation, Errno.ENOSYS);
    }
  }

  private void read(long node) {
    long offset = request.longAt(8);
    int size = request.intAt(16);
    if (offset < 0 || size < 0) {
      throw new MalformedRequestException("read of " + size + " bytes at " + offset);
    }
    KernelReadReply reply = new KernelReadReply(session, request, offset, size);
    answered = true;
    try {
      fs.read(node, offset, size, reply);
    } catch (Throwable t) {
      reply.abandon();
      throw t;
    }
  }

  private void lookup(long parent) {
    long node = fs.lookup(parent, request.nameAt(0));
    if (node == 0) {
      NodeWriter.absent(out, 0);
    } else if (fs.attributes(node, attributes)) {
      NodeWriter.entry(out, 0, node, attributes);
    } else {
      // It is known, and can't be shown now: an answer that the kernel does not keep.
      error(Operation.LOOKUP, Errno.EIO);
      return;
    }
    body(NodeWriter.ENTRY_BYTES);
  }

  private void getattr(long node) {
    if (fs.attributes(node, attributes)) {
      NodeWriter.attributes(out, 0, attributes);
      body(NodeWriter.ATTR_OUT_BYTES);
    } else {
      error(Operation.GETATTR, Errno.ESTALE);
    }
  }

  private void readdir(long node, boolean plus) {
    long offset = request.longAt(8);
    int size = request.intAt(16);
    if (offset < 0 || size < 0) {
      throw new MalformedRequestException("listing of " + size + " bytes at " + offset);
    }
    long length = directory.write(node, offset, size, plus);
    if (length == DirectoryWriter.NO_DIRECTORY) {
      error(Operation.READDIR, Errno.ENOTDIR);
    } else if (length == DirectoryWriter.NO_ROOM) {
      error(Operation.READDIR, Errno.EINVAL);
    } else {
      body(length);
    }
  }

  private void readlink(long node) {
    byte[] target = fs.readlink(node);
    if (target == null) {
      error(Operation.READLINK, Errno.EINVAL);
    } else if (target.length > MAX_LINK_BYTES) {
      error(Operation.READLINK, Errno.ENAMETOOLONG);
    } else {
      body(target);
    }
  }

  private void getxattr(long node, byte[] name) {
    byte[] value = fs.xattr(node, name);
    if (value == null) {
      error(Operation.XATTR, AbsentXattr.errno(name));
    } else {
      xattr(value);
    }
  }

  private void xattr(byte[] value) {
    int size = request.intAt(0);
    if (size == 0) {
      out.set(JAVA_LONG_UNALIGNED, 0, value.length);
      body(Long.BYTES);
    } else if (size < 0 || value.length > Math.min(size, out.byteSize())) {
      error(Operation.XATTR, Errno.ERANGE);
    } else {
      body(value);
    }
  }

  private void statfs() {
    ReadOnlyFs.Statistics statistics = fs.statistics();
    out.asSlice(0, STATFS_BYTES).fill((byte) 0);
    out.set(JAVA_LONG_UNALIGNED, 0, Math.ceilDiv(statistics.bytes(), BLOCK_BYTES));
    out.set(JAVA_LONG_UNALIGNED, 24, statistics.nodes());
    out.set(JAVA_INT_UNALIGNED, 40, BLOCK_BYTES);
    out.set(JAVA_INT_UNALIGNED, 44, NAME_MAX);
    out.set(JAVA_INT_UNALIGNED, 48, BLOCK_BYTES);
    body(STATFS_BYTES);
  }

  /** Opening keeps no state: where the kernel can do without asking, it is told to. */
  private void open(long unneeded, int flags) {
    if (session.handshake().has(unneeded)) {
      error(Operation.OTHER, Errno.ENOSYS);
      return;
    }
    out.asSlice(0, OPEN_BYTES).fill((byte) 0);
    out.set(JAVA_INT_UNALIGNED, 8, flags);
    body(OPEN_BYTES);
  }

  private void body(byte[] bytes) {
    MemorySegment.copy(bytes, 0, out, JAVA_BYTE, 0, bytes.length);
    body(bytes.length);
  }

  private void body(long length) {
    answered = true;
    ReplyMemory.ofThread().send(session.channel(), request.unique(), out.address(), length);
  }

  private void error(Operation operation, int errno) {
    answered = true;
    if (errno == Errno.EIO) {
      session.counters().countError(operation);
    }
    ReplyMemory.ofThread().sendEmpty(session.channel(), request.unique(), Errno.valid(errno));
  }

  private void errorUnlessAnswered(Operation operation, int errno) {
    if (!answered) {
      error(operation, errno);
    }
  }

  private static boolean isSilent(int opcode) {
    return switch (opcode) {
      // Node ids are never reused and cost nothing, so there is nothing to forget. An interrupted
      // read ends with its answer, which comes in bounded time.
      case Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.INTERRUPT -> true;
      default -> false;
    };
  }

  private static Operation operation(int opcode) {
    return switch (opcode) {
      case Opcode.LOOKUP -> Operation.LOOKUP;
      case Opcode.GETATTR -> Operation.GETATTR;
      case Opcode.READLINK -> Operation.READLINK;
      case Opcode.READ -> Operation.READ;
      case Opcode.READDIR, Opcode.READDIRPLUS -> Operation.READDIR;
      case Opcode.GETXATTR, Opcode.LISTXATTR -> Operation.XATTR;
      case Opcode.STATFS -> Operation.STATFS;
      default -> Operation.OTHER;
    };
  }
}
