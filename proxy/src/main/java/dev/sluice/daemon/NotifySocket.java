package dev.sluice.daemon;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sluice.linux.NativeFunction;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

  private static final NativeFunction SOCKET = NativeFunction.ofInt("socket");
  private static final NativeFunction SETSOCKOPT = NativeFunction.ofInt("setsockopt");
  private static final NativeFunction SENDMSG = NativeFunction.ofLong("sendmsg");
  private static final NativeFunction CLOSE = NativeFunction.ofInt("close");

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
      MemorySegment address = arena.allocate(ADDRESS_BYTES, 8);
      address.set(JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH_OFFSET, path.length);
      // The name of an abstract socket ends with the address, that of a file with a zero.
      int length = PATH_OFFSET + path.length + (isAbstract ? 0 : 1);
      int fd = (int) SOCKET.call(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      check(fd, "open a socket");
      try {
        MemorySegment time = arena.allocate(16, 8);
        time.set(JAVA_LONG, 0, SEND_SECONDS);
        check(
            SETSOCKOPT.call(fd, SOL_SOCKET, SO_SNDTIMEO, time.address(), 16),
            "bound the time of sending");
        MemorySegment bytes =
            arena.allocateFrom(JAVA_BYTE, message.getBytes(StandardCharsets.UTF_8));
        MemorySegment header = header(arena, address, length, bytes, descriptor);
        check(SENDMSG.call(fd, header.address(), MSG_NOSIGNAL), "send to " + name);
      } finally {
        long closed = CLOSE.call(fd);
        assert closed == 0 : "a descriptor that was just opened";
      }
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

  private static void check(long result, String action) throws IOException {
    if (result < 0) {
      throw new IOException(action + ": errno " + -result);
    }
  }
}
