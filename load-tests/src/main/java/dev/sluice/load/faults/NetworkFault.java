package dev.sluice.load.faults;

import dev.sluice.embedded.Fault;
import dev.sluice.embedded.Link;
import dev.sluice.embedded.RequestKind;
import dev.sluice.embedded.Seen;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a registry or the way to it does wrong, while readers read. */
@SuppressWarnings("ImmutableEnumChecker") // what makes a fault keeps nothing
enum NetworkFault {
  LATENCY(null, Wire.Break.NOTHING, 0),
  JITTER(null, Wire.Break.JITTER, 0),
  THROTTLE(null, Wire.Break.THROTTLE, 0),
  RESET_IN_HEAD(null, Wire.Break.RESET_IN_HEAD, 0),
  RESET_ANYWHERE(null, Wire.Break.RESET_ANYWHERE, 0),
  RESET_IN_BODY(random -> new Fault.ResetAfter(random.nextInt(200_000)), 40),
  RESET_BEFORE_BODY(_ -> new Fault.ResetAfter(0), 40),
  NO_ANSWER(_ -> new Fault.Drop(), 40),
  FLIPPED_BITS(null, Wire.Break.FLIP, 0),
  WRONG_BYTES(_ -> new Fault.WrongBytes(), 30),
  TRUNCATED(random -> new Fault.ShortBody(random.nextInt(200_000)), 40),
  TOO_LONG(random -> new Fault.LongBody(1 + random.nextInt(5000)), 40),
  WRONG_CONTENT_RANGE(
      random ->
          new Fault.Headers(
              Map.of(
                  "Content-Range",
                  "bytes %d-%d/%d"
                      .formatted(random.nextInt(1000), random.nextInt(100_000), 1_000_000))),
      40),
  WHOLE_FOR_RANGE(_ -> new Fault.IgnoreRange(), 30),
  SAYS_GZIP(_ -> new Fault.Headers(Map.of("Content-Encoding", "gzip")), 40),
  UNAUTHORIZED(_ -> Fault.Status.of(401), 40),
  FORBIDDEN(_ -> Fault.Status.of(403), 40),
  NOT_FOUND(_ -> Fault.Status.of(404), 30),
  RATE_LIMITED_SECONDS(_ -> Fault.Status.retryAfter(429, "1"), 20),
  RATE_LIMITED_DATE(_ -> Fault.Status.retryAfter(429, inASecond()), 20),
  SERVER_ERRORS(random -> Fault.Status.of(500 + random.nextInt(5)), 60),
  REDIRECT_LOOP(_ -> new Fault.RedirectLoop(), 30),
  STALL(null, Wire.Break.STALL, 0),
  SILENCE(_ -> new Fault.Silence(), 5),
  GONE(null, Wire.Break.GONE, 0);

  private final @Nullable Function<Random, Fault> fault;
  private final Wire.Break broken;
  private final int percent;

  NetworkFault(Function<Random, Fault> fault, int percent) {
    this(fault, Wire.Break.NOTHING, percent);
  }

  /**
   * @param percent of requests for bytes of blobs that meet the fault
   */
  NetworkFault(@Nullable Function<Random, Fault> fault, Wire.Break broken, int percent) {
    this.fault = fault;
    this.broken = broken;
    this.percent = percent;
  }

  private static String inASecond() {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(
        ZonedDateTime.now(ZoneOffset.UTC).plus(Duration.ofSeconds(2)));
  }

  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether readers wait long for it: it is left out of short runs. */
  boolean slow() {
    return this == STALL || this == SILENCE || this == GONE;
  }

  /** At least so long. */
  Duration lasts() {
    return this == GONE ? Duration.ofMinutes(1) : Duration.ZERO;
  }

  void begin(World world, long seed) {
    Function<Random, Fault> makes = fault;
    if (makes != null) {
      Dice dice = new Dice(new Random(seed), percent);
      for (int side = 0; side < Dice.SIDES; side++) {
        int own = side;
        world
            .registry
            .faults()
            .plan(
                Integer.MAX_VALUE,
                seen ->
                    seen.method().equals("GET")
                        && seen.kind() == RequestKind.BLOB
                        && dice.shows(seen, own),
                makes.apply(dice.random));
      }
    }
    if (this == LATENCY) {
      World.await(world.registry.link(new Link(Duration.ofMillis(150), 0)));
    }
    world.wire.become(broken);
  }

  void end(World world) {
    world.registry.faults().clear();
    world.wire.become(Wire.Break.NOTHING);
    World.await(world.registry.link(Link.NONE));
  }

  /** Decides once for each request whether it meets a fault, and which of some. */
  private static final class Dice {
    static final int SIDES = 16;

    final Random random;
    private final int percent;
    private @Nullable Seen last;
    private int side;

    Dice(Random random, int percent) {
      this.random = random;
      this.percent = percent;
    }

    @SuppressWarnings("ReferenceEquality") // requests may look the same
    synchronized boolean shows(Seen seen, int asked) {
      if (last != seen) {
        last = seen;
        side = random.nextInt(100) < percent ? random.nextInt(SIDES) : -1;
      }
      return side == asked;
    }
  }
}
