package dev.sluice.fuse.kernel;

import dev.sluice.fuse.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A request that is answered when what it waits for has happened. */
final class LateRequest {
  /*
   * Only at the start of a server that goes on with another's mount: the reader thread must have its
   * buffer again, for requests that can be answered. There are never more of these than the kernel
   * has requests in flight. Each gets a thread and buffers of its own when its time has come.
   */
  private static final int ANSWER_BYTES = 128 << 10;
  private static final int ALIGNMENT = 8;

  private final Session session;
  private final byte[] bytes;
  private final int ticket;

  private LateRequest(Session session, Request request) {
    this.session = session;
    this.bytes = request.buffer().asSlice(0, request.length()).toArray(ValueLayout.JAVA_BYTE);
    this.ticket = session.unanswered().take(request);
  }

  /** Takes a copy of the request. */
  static void await(Session session, Request request, CompletionStage<?> awaited) {
    LateRequest late = new LateRequest(session, request);
    var _ =
        awaited.whenComplete((_, failure) ->
            Thread.ofVirtual().name("late FUSE request").start(() -> late.answer(failure)));
  }

  private void answer(@Nullable Throwable failure) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(bytes.length, ALIGNMENT);
      MemorySegment.copy(bytes, 0, in, ValueLayout.JAVA_BYTE, 0, bytes.length);
      if (failure == null) {
        MemorySegment out = arena.allocate(ANSWER_BYTES, ALIGNMENT);
        new Dispatcher(session, in, out).handleNow(bytes.length);
      } else {
        Request request = new Request(in);
        if (request.frame(bytes.length)) {
          ReplyMemory.ofThread().sendEmpty(session.channel(), request.unique(), Errno.EIO);
        }
      }
    } finally {
      session.unanswered().answer(ticket);
    }
  }
}
