package dev.sluice.daemon;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/** Sends datagrams to a UNIX socket, which the JDK can't. Each is a socket of its own. */
final class NotifySocket {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 02000000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDTIMEO = 21;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SCM_RIGHTS = 1;

  /** {@code struct cmsghdr} and one descriptor, and what fills it up. */
  private static final int CONTROL_BYTES = 24;

  private static final int CONTROL_LENGTH = 20;

  /** {@code struct msghdr}. */
  private static final int HEADER_BYTES = 56;

  /** {@code struct sockaddr_un}: two bytes of family, then the path. */
  private static final int ADDRESS_BYTES = 110;

  private static final int PATH_OFFSET = 2;
  private static final long SEND_SECONDS = 2;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle SOCKET =
      function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      function(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SENDMSG =
      function("sendmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final String name;

  /**
   * @param name path, or {@code @} and the name of an abstract socket
   */
  NotifySocket(String name) {
    this.name = name;
  }

  /**
   * @throws IOException if nobody receives, or not within two seconds
   */
  void send(String message) throws IOException {
    send(message, -1);
  }

  /**
   * Sends a descriptor with the message; it stays open here.
   *
   * @param descriptor -1 for none
   * @throws IOException if nobody receives, or not within two seconds
   */
  void send(String message, int descriptor) throws IOException {
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    if (path.length > ADDRESS_BYTES - PATH_OFFSET - 1) {
      throw new IOException("the name of the socket " + name + " is too long");
    }
    boolean isAbstract = path[0] == '@';
    if (isAbstract) {
      path[0] = 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment address = arena.allocate(ADDRESS_BYTES, 8);
      address.set(JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH_OFFSET, path.length);
      // The name of an abstract socket ends with the address, that of a file with a zero.
      int length = PATH_OFFSET + path.length + (isAbstract ? 0 : 1);
      int fd = (int) SOCKET.invokeExact(state, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      check(fd, "open a socket", state);
      try {
        MemorySegment time = arena.allocate(16, 8);
        time.set(JAVA_LONG, 0, SEND_SECONDS);
        int set = (int) SETSOCKOPT.invokeExact(state, fd, SOL_SOCKET, SO_SNDTIMEO, time, 16);
        check(set, "bound the time of sending", state);
        MemorySegment bytes =
            arena.allocateFrom(JAVA_BYTE, message.getBytes(StandardCharsets.UTF_8));
        MemorySegment header = header(arena, address, length, bytes, descriptor);
        long sent = (long) SENDMSG.invokeExact(state, fd, header, MSG_NOSIGNAL);
        check(sent, "send to " + name, state);
      } finally {
        int closed = (int) CLOSE.invokeExact(state, fd);
        assert closed == 0 : "a descriptor that was just opened";
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException("call libc", t);
    }
  }

  /** {@code struct msghdr} with one piece and, if it is not -1, a descriptor. */
  private static MemorySegment header(
      Arena arena, MemorySegment address, int length, MemorySegment bytes, int descriptor) {
    MemorySegment piece = arena.allocate(16, 8);
    piece.set(JAVA_LONG, 0, bytes.address());
    piece.set(JAVA_LONG, 8, bytes.byteSize());
    MemorySegment header = arena.allocate(HEADER_BYTES, 8);
    header.set(JAVA_LONG, 0, address.address());
    header.set(JAVA_INT, 8, length);
    header.set(JAVA_LONG, 16, piece.address());
    header.set(JAVA_LONG, 24, 1);
    if (descriptor >= 0) {
      MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
      control.set(JAVA_LONG, 0, CONTROL_LENGTH);
      control.set(JAVA_INT, 8, SOL_SOCKET);
      control.set(JAVA_INT, 12, SCM_RIGHTS);
      control.set(JAVA_INT, 16, descriptor);
      header.set(JAVA_LONG, 32, control.address());
      header.set(JAVA_LONG, 40, CONTROL_BYTES);
    }
    return header;
  }

  private static void check(long result, String action, MemorySegment state) throws IOException {
    if (result < 0) {
      throw new IOException(action + ": errno " + (int) ERRNO.get(state, 0L));
    }
  }

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }
}
