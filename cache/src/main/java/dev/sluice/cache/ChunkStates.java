package dev.sluice.cache;

import java.util.concurrent.atomic.AtomicIntegerArray;

/** What a disk file holds of each chunk, and how many leases pin it: one atomic word per chunk. */
final class ChunkStates {
  /*
   * phase      event                          next       who
   * ABSENT     a write begins                 WRITING    writer
   * ABSENT     the journal names it (at open) PRESENT    opener, unverified
   * WRITING    data and record are written    PRESENT    writer, verified
   * WRITING    the write failed               ABSENT     writer
   * PRESENT    checksum or read failed        BROKEN     any, keeps its pins, takes no new ones
   * PRESENT    chosen, no pins                EVICTING   writer
   * BROKEN     no pins                        EVICTING   writer
   * EVICTING   the hole is punched            ABSENT     writer
   *
   * A pin is taken only in PRESENT and a chunk leaves PRESENT for EVICTING only without pins, both
   * by compare-and-set on the same word: a lease can't meet a hole.
   *
   * Beside the phase a word says why the chunk is here: somebody read it (or waited for it), a hint
   * asked for it, or neither; then it was filled in the background. A use may be noted before the
   * chunk is written, as its memory serves until then.
   */
  enum Phase {
    ABSENT(0),
    WRITING(1),
    PRESENT(2),
    BROKEN(3),
    EVICTING(4);

    private final int code;

    Phase(int code) {
      this.code = code;
    }

    private static Phase of(int word) {
      return switch (word & PHASE_MASK) {
        case 0 -> ABSENT;
        case 1 -> WRITING;
        case 2 -> PRESENT;
        case 3 -> BROKEN;
        case 4 -> EVICTING;
        default -> throw new IllegalStateException("chunk state " + word);
      };
    }
  }

  private static final int PHASE_MASK = 0x7;
  private static final int VERIFIED = 0x8;
  private static final int USED = 0x10;

  /** A reader had it since it came. */
  private static final int READ = 0x20;

  private static final int HINTED = 0x40;
  private static final int WHY_MASK = USED | READ | HINTED;
  private static final int PIN = 0x100;
  private static final int MAX_PINS = Integer.MAX_VALUE / PIN;

  private final AtomicIntegerArray words;

  ChunkStates(int chunks) {
    words = new AtomicIntegerArray(chunks);
  }

  Phase phase(int chunk) {
    return Phase.of(words.get(chunk));
  }

  /** Whether anything of the chunk may be in the file. */
  boolean occupied(int chunk) {
    return phase(chunk) != Phase.ABSENT;
  }

  boolean present(int chunk) {
    return phase(chunk) == Phase.PRESENT;
  }

  /** The journal names the chunk; only before the layer is shared. */
  void recover(int chunk, Lane lane) {
    words.set(chunk, Phase.PRESENT.code | why(lane));
  }

  /**
   * @param lane the most urgent one that it was fetched in
   */
  boolean beginWrite(int chunk, Lane lane) {
    int now;
    do {
      now = words.get(chunk);
      if ((now & PHASE_MASK) != Phase.ABSENT.code) {
        return false;
      }
    } while (!words.compareAndSet(
        chunk, now, Phase.WRITING.code | why(lane) | (now & (USED | READ))));
    return true;
  }

  void finishWrite(int chunk) {
    move(chunk, Phase.WRITING, Phase.PRESENT.code | VERIFIED, WHY_MASK);
  }

  void abandonWrite(int chunk) {
    move(chunk, Phase.WRITING, Phase.ABSENT.code, 0);
  }

  private static int why(Lane lane) {
    return switch (lane) {
      case DEMAND -> READ;
      case HINT -> HINTED;
      case BACKGROUND -> 0;
    };
  }

  /** Why the chunk is here: the lane it came in, DEMAND also if it was read since. */
  Lane lane(int chunk) {
    int word = words.get(chunk);
    return (word & READ) != 0 ? Lane.DEMAND : (word & HINTED) != 0 ? Lane.HINT : Lane.BACKGROUND;
  }

  /** Pins the chunk against eviction, for a reader; false if it is not present. */
  boolean pin(int chunk) {
    return pin(chunk, USED | READ);
  }

  /** Pins the chunk against eviction; that is no use of it. */
  boolean pinUnused(int chunk) {
    return pin(chunk, 0);
  }

  private boolean pin(int chunk, int noted) {
    int now;
    do {
      now = words.get(chunk);
      if ((now & PHASE_MASK) != Phase.PRESENT.code || now >>> 8 >= MAX_PINS) {
        return false;
      }
    } while (!words.compareAndSet(chunk, now, (now | noted) + PIN));
    return true;
  }

  /** Takes one pin off; true if the chunk is broken and nobody pins it any more. */
  boolean unpin(int chunk) {
    int left = words.addAndGet(chunk, -PIN);
    if (left < 0) {
      throw new IllegalStateException("chunk " + chunk + " unpinned more often than pinned");
    }
    return left >>> 8 == 0 && (left & PHASE_MASK) == Phase.BROKEN.code;
  }

  boolean verified(int chunk) {
    return (words.get(chunk) & VERIFIED) != 0;
  }

  /** The checksum fits; the caller pins the chunk. */
  void verify(int chunk) {
    words.getAndUpdate(chunk, word -> word | VERIFIED);
  }

  /** The checksum is to be looked at again before the chunk's next use. */
  void doubt(int chunk) {
    words.getAndUpdate(chunk, word -> word & ~VERIFIED);
  }

  /** Nobody may pin the chunk any more; true for the one call that made it so. */
  boolean breakOff(int chunk) {
    int now;
    do {
      now = words.get(chunk);
      if ((now & PHASE_MASK) != Phase.PRESENT.code) {
        return false;
      }
    } while (!words.compareAndSet(
        chunk, now, (now & ~(PHASE_MASK | VERIFIED)) | Phase.BROKEN.code));
    return true;
  }

  /** Notes a use that another tier answered. */
  void use(int chunk) {
    int now = words.get(chunk);
    if ((now & (USED | READ)) != (USED | READ) && (now & PHASE_MASK) <= Phase.PRESENT.code) {
      // Lost to another change of the word: then the next use notes it.
      words.weakCompareAndSetVolatile(chunk, now, now | USED | READ);
    }
  }

  /** Whether the chunk was used since the last call. */
  boolean takeUsed(int chunk) {
    return (words.getAndUpdate(chunk, word -> word & ~USED) & USED) != 0;
  }

  /** Claims a present or broken chunk that nobody pins. */
  boolean beginEvict(int chunk) {
    int now;
    do {
      now = words.get(chunk);
      int phase = now & PHASE_MASK;
      if (now >>> 8 != 0 || (phase != Phase.PRESENT.code && phase != Phase.BROKEN.code)) {
        return false;
      }
    } while (!words.compareAndSet(chunk, now, Phase.EVICTING.code));
    return true;
  }

  void finishEvict(int chunk) {
    move(chunk, Phase.EVICTING, Phase.ABSENT.code, 0);
  }

  private void move(int chunk, Phase from, int word, int kept) {
    int now;
    do {
      now = words.get(chunk);
      if ((now & PHASE_MASK) != from.code) {
        throw new IllegalStateException(
            "chunk %d is %s, not %s".formatted(chunk, phase(chunk), from));
      }
    } while (!words.compareAndSet(chunk, now, word | (now & kept)));
  }
}
