package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.linux.SharedMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/** Requests that were taken and not answered, in memory that outlives this process. */
final class KeptRequests {
  /*
   * For kernels that can't send requests again (before Linux 6.9): there a request whose server dies
   * has no other trace, and who waits for it can't even be killed.
   *
   *   ┌────────┬───────────────────────────┬──────────────────────────────────┐
   *   │ layout │ a buffer per reader thread │ places, 512 bytes each           │
   *   └────────┴───────────────────────────┴──────────────────────────────────┘
   *
   * The kernel writes a request into the thread's buffer, in the same system call that takes it off
   * its queue. One that is answered later is copied to a place before the buffer is used again. A
   * request begins with its length, never 0: that word says whether there is one. It is the last
   * that is written of a place, and is put to 0 after the answer was sent; the process may be killed
   * between any two stores. So a request may be there that was answered, or be there twice. Neither
   * does harm: the kernel numbers requests and never gives a number again, and refuses an answer to
   * one that it does not know.
   *
   * Whoever serves next answers what is there, then starts its threads. A layout never changes
   * without a new number of it.
   */
  static final int BUFFER_BYTES = 64 << 10;
  private static final String NAME = "sluice-requests";
  private static final int LAYOUT = 1;
  private static final int PLACE_BYTES = 512;
  private static final int PLACES = 4096;
  private static final long BUFFERS_AT = 4096;
  private static final long PLACES_AT = BUFFERS_AT + (long) MountOptions.MAX_THREADS * BUFFER_BYTES;
  static final long BYTES = PLACES_AT + (long) PLACES * PLACE_BYTES;
  private static final int NO_PLACE = -1;
  private static final VarHandle LENGTH = JAVA_INT.varHandle();

  private final SharedMemory shared;

  /** A bit for each place that is used. */
  private final AtomicLongArray used = new AtomicLongArray(PLACES / Long.SIZE);

  private volatile boolean isLeft;

  private KeptRequests(SharedMemory shared) {
    this.shared = shared;
  }

  /** Empty memory. */
  static KeptRequests make() throws IOException {
    KeptRequests made = new KeptRequests(SharedMemory.make(NAME, BYTES));
    made.shared.memory().set(JAVA_INT, 0, LAYOUT);
    return made;
  }

  /**
   * What another server has made.
   *
   * @param descriptor stays the caller's
   * @throws IOException if it is no such thing
   */
  static KeptRequests of(int descriptor) throws IOException {
    SharedMemory shared = SharedMemory.of(descriptor, NAME, BYTES);
    int layout = shared.memory().get(JAVA_INT, 0);
    if (layout != LAYOUT) {
      throw new IOException("requests are kept in layout " + layout + ", not " + LAYOUT);
    }
    KeptRequests found = new KeptRequests(shared);
    for (int place = 0; place < PLACES; place++) {
      if (length(found.place(place)) != 0) {
        found.set(place);
      }
    }
    return found;
  }

  /** Where it is; valid as long as this object is referred to. */
  int descriptor() {
    return shared.descriptor();
  }

  /** Where the thread of a number reads requests to. */
  MemorySegment buffer(int thread) {
    return shared.memory().asSlice(BUFFERS_AT + (long) thread * BUFFER_BYTES, BUFFER_BYTES);
  }

  /** The buffer holds no request, or one that needs no answer. */
  static void clear(MemorySegment buffer) {
    LENGTH.setRelease(buffer, 0L, 0);
  }

  /**
   * Keeps a request that will be answered later; gives its place, negative if there is none left.
   */
  int keep(MemorySegment request, long length) {
    int place = claim();
    if (place != NO_PLACE) {
      MemorySegment there = place(place);
      // What is cut off is answered with EINVAL: reads are short, and nothing else is ever long.
      long rest = Math.min(length, PLACE_BYTES) - Integer.BYTES;
      MemorySegment.copy(request, Integer.BYTES, there, Integer.BYTES, rest);
      LENGTH.setRelease(there, 0L, request.get(JAVA_INT, 0));
    }
    return place;
  }

  /** The request of a place was answered. */
  void answered(int place) {
    if (place != NO_PLACE && !isLeft) {
      clear(place(place));
      free(place);
    }
  }

  /** From now on nothing is taken for answered: what is sent goes nowhere. */
  void leave() {
    isLeft = true;
  }

  /**
   * Answers everything that an earlier server has left here. Called before there are threads.
   *
   * @return how many
   */
  int answerAll(Session session) {
    // Those that are answered later get other places, which must not be looked at.
    List<Integer> left = IntStream.range(0, PLACES).filter(this::isUsed).boxed().toList();
    Set<Long> seen = new HashSet<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(BUFFER_BYTES, Long.BYTES);
      MemorySegment out = arena.allocate(ReaderThread.ANSWER_BYTES, Long.BYTES);
      Dispatcher dispatcher = new Dispatcher(session, in, out);
      for (int thread = 0; thread < MountOptions.MAX_THREADS; thread++) {
        answer(buffer(thread), in, dispatcher, seen);
      }
      for (int place : left) {
        answer(place(place), in, dispatcher, seen);
        free(place);
      }
    }
    return seen.size();
  }

  private static void answer(
      MemorySegment kept, MemorySegment in, Dispatcher dispatcher, Set<Long> seen) {
    long length = length(kept);
    if (length == 0) {
      return;
    }
    MemorySegment.copy(kept, 0, in, 0, kept.byteSize());
    if (seen.add(Request.uniqueOf(in))) {
      dispatcher.handle(Math.min(length, kept.byteSize()));
    }
    // Only now: if this process is killed here, the next finds it again.
    clear(kept);
  }

  private static long length(MemorySegment request) {
    return Integer.toUnsignedLong((int) LENGTH.getAcquire(request, 0L));
  }

  private MemorySegment place(int place) {
    return shared.memory().asSlice(PLACES_AT + (long) place * PLACE_BYTES, PLACE_BYTES);
  }

  /** A place that was free, or NO_PLACE. */
  private int claim() {
    for (int word = 0; word < used.length(); word++) {
      for (long bits = used.get(word); bits != -1; bits = used.get(word)) {
        int bit = Long.numberOfTrailingZeros(~bits);
        if (used.compareAndSet(word, bits, bits | 1L << bit)) {
          return word * Long.SIZE + bit;
        }
      }
    }
    return NO_PLACE;
  }

  private boolean isUsed(int place) {
    return (used.get(place / Long.SIZE) >>> place & 1) != 0;
  }

  private void set(int place) {
    var _ = used.getAndAccumulate(place / Long.SIZE, 1L << place, (a, b) -> a | b);
  }

  private void free(int place) {
    var _ = used.getAndAccumulate(place / Long.SIZE, ~(1L << place), (a, b) -> a & b);
  }
}
