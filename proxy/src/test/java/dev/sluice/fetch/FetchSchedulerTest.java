package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.Lane;
import dev.sluice.cache.Origin;
import dev.sluice.cache.VerifiedChunk;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.Compression;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The order in which ranges are asked for, and how much is under way before a demand fetch. */
final class FetchSchedulerTest {
  private static final long MIB = 1 << 20;
  private static final int SPANS = 16;
  private static final List<Lane> LANES = List.of(Lane.values());

  private static SampleLayer sample;

  private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
  private final FetchStats stats = new FetchStats();
  private final InflateWorkers workers = new InflateWorkers(2);
  private FetchScheduler scheduler = new FetchScheduler(256 * MIB, stats, now::get);
  private final HeldBlob filled = new HeldBlob("registry", sample.blob());
  private final HeldBlob read = new HeldBlob("registry", sample.blob());
  private final SpanOrigin fill = origin(filled);
  private final SpanOrigin demand = origin(read);
  private final Arrivals arrivals = new Arrivals();

  /** What came of each span. */
  private static final class Arrivals implements Origin.Sink {
    private final ConcurrentMap<Integer, Integer> arrived = new ConcurrentHashMap<>();
    private final ConcurrentMap<Integer, Throwable> failed = new ConcurrentHashMap<>();

    @Override
    public void arrived(int chunk, VerifiedChunk bytes) {
      bytes.release();
      arrived.merge(chunk, 1, Integer::sum);
    }

    @Override
    public void failed(int chunk, Throwable cause) {
      failed.put(chunk, cause);
      arrived.merge(chunk, 1, Integer::sum);
    }
  }

  /** 16 spans of 1 MiB: the blob is the tar. */
  @BeforeAll
  static void makeLayer() throws Exception {
    sample = SampleLayer.make(1, 400, Compression.UNCOMPRESSED, MIB);
    assertThat(sample.ztoc().spans().count()).isGreaterThanOrEqualTo(SPANS);
  }

  @AfterEach
  void close() {
    scheduler.close();
    workers.close();
  }

  private SpanOrigin origin(BlobSource blob) {
    return new SpanOrigin(sample.ztoc().spans(), blob, scheduler, workers);
  }

  private static long start(int span) {
    return sample.ztoc().spans().compressedStart(span);
  }

  private static long end(int span) {
    return sample.ztoc().spans().compressedEnd(span);
  }

  private void pass(long millis) {
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** First bytes come at once: late ones would say that the host is slow. */
  private void passWhileItComes(long millis) {
    List<HeldBlob.Ask> open = filled.open();
    open.forEach(ask -> ask.send(0, 1));
    pass(millis);
    open.forEach(ask -> {
      ask.send(1, ask.length());
      ask.answerEnd();
    });
  }

  /** Answers what is asked for meanwhile: workers that become free ask for more. */
  private void awaitArrivals(int count) {
    Awaitility.await()
        .untilAsserted(() -> {
          answerAll(filled);
          answerAll(read);
          assertThat(arrivals.arrived).hasSize(count);
          assertThat(scheduler.memoryUsed()).isZero();
        });
  }

  @Test
  void aDemandReadIsAskedForAtOnce_withAboutARoundTripOfBackgroundBytesBeforeIt() {
    fill.fetch(0, SPANS - 1, Lane.BACKGROUND, arrivals);
    long roundTripBytes = 50 * MIB / 50; // what is assumed of an unknown link
    assertThat(filled.openBytes()).isBetween(1L, 2 * roundTripBytes + MIB / 2);
    demand.fetch(7, 7, Lane.DEMAND, arrivals);
    assertThat(read.asks())
        .singleElement()
        .satisfies(ask -> {
          assertThat(ask.from).isEqualTo(start(7));
          assertThat(ask.to).isEqualTo(end(7));
        });
  }

  @Test
  void whileADemandReadIsUnderWay_theBackgroundAsksForNothing_butAShortSliceOnceASecond() {
    fill.fetch(0, SPANS - 1, Lane.BACKGROUND, arrivals);
    demand.fetch(7, 7, Lane.DEMAND, arrivals);
    int asked = filled.asks().size();
    filled.open().forEach(HeldBlob.Ask::answer);
    assertThat(filled.asks()).hasSize(asked);
    pass(1100);
    demand.fetch(9, 9, Lane.DEMAND, arrivals);
    assertThat(filled.open())
        .singleElement()
        .satisfies(ask -> assertThat(ask.length()).isLessThanOrEqualTo(MIB / 4));
    filled.open().forEach(HeldBlob.Ask::answer);
    assertThat(filled.open()).as("once").isEmpty();
  }

  @Test
  void shortlyAfterADemandReadTheBackgroundGoesOneShortSliceAtATime_thenAtFullSpeed() {
    demand.fetch(7, 7, Lane.DEMAND, arrivals);
    fill.fetch(0, SPANS - 1, Lane.BACKGROUND, arrivals);
    assertThat(filled.asks()).isEmpty();
    read.open().forEach(HeldBlob.Ask::answer);
    assertThat(filled.open())
        .singleElement()
        .satisfies(ask -> assertThat(ask.length()).isLessThanOrEqualTo(MIB / 4));
    passWhileItComes(1900);
    assertThat(filled.openBytes()).as("the next read may come").isLessThanOrEqualTo(MIB / 4);
    passWhileItComes(200);
    assertThat(filled.openBytes()).isGreaterThan(MIB);
  }

  @Test
  void aBackgroundSpanCutIntoSlicesIsStillTheSpan() {
    demand.fetch(7, 7, Lane.DEMAND, new Arrivals());
    fill.fetch(3, 3, Lane.BACKGROUND, arrivals);
    read.open().forEach(HeldBlob.Ask::answer);
    while (!filled.open().isEmpty()) {
      filled.open().forEach(HeldBlob.Ask::answer);
    }
    assertThat(filled.asks()).hasSizeGreaterThan(2);
    awaitArrivals(1);
    assertThat(arrivals.failed).isEmpty();
    assertThat(stats.corruptSpans()).isZero();
  }

  @Test
  void aSpanThatWaitsInALongBackgroundRunIsTakenOutOfIt() {
    fill.fetch(0, SPANS - 1, Lane.BACKGROUND, arrivals);
    int asked = filled.asks().size();
    fill.promote(12, Lane.DEMAND);
    assertThat(filled.asks()).hasSize(asked + 1);
    HeldBlob.Ask promoted = filled.asks().getLast();
    assertThat(promoted.terms.lane()).isEqualTo(Lane.DEMAND);
    assertThat(promoted.from).isEqualTo(start(12));
    assertThat(promoted.to).isEqualTo(end(12));
    assertThat(stats.promoted()).isEqualTo(1);
    answerAll(filled);
    awaitArrivals(SPANS);
    assertThat(arrivals.arrived.values()).containsOnly(1);
    assertThat(filled.asks().stream().mapToLong(HeldBlob.Ask::length).sum())
        .as("each byte once")
        .isEqualTo(end(SPANS - 1) - start(0));
  }

  @Test
  void aSpanThatIsUnderWayIsNotAskedForAgain_andItsRestGoesFirst() {
    demand.fetch(7, 7, Lane.DEMAND, new Arrivals());
    fill.fetch(3, 3, Lane.BACKGROUND, arrivals);
    read.open().forEach(HeldBlob.Ask::answer);
    HeldBlob.Ask first = filled.open().getFirst();
    assertThat(first.to).isLessThan(end(3));
    fill.promote(3, Lane.DEMAND);
    assertThat(filled.asks()).hasSize(1);
    first.answer();
    HeldBlob.Ask rest = filled.asks().getLast();
    assertThat(rest.terms.lane()).isEqualTo(Lane.DEMAND);
    assertThat(rest.from).isEqualTo(first.to);
    assertThat(rest.to).isEqualTo(end(3));
    rest.answer();
    awaitArrivals(1);
  }

  @Test
  void lanesAreServedInOrder_andFirstComeFirstServedWithinOne() {
    for (int span = 0; span < RangeWindow.START; span++) {
      demand.fetch(2 * span, 2 * span, Lane.DEMAND, new Arrivals());
    }
    assertThat(read.open()).hasSize(RangeWindow.START);
    HeldBlob other = new HeldBlob("registry", sample.blob());
    SpanOrigin late = origin(other);
    late.fetch(9, 9, Lane.DEMAND, arrivals);
    late.fetch(1, 1, Lane.BACKGROUND, arrivals);
    late.fetch(4, 4, Lane.HINT, arrivals);
    late.fetch(6, 6, Lane.DEMAND, arrivals);
    assertThat(other.asks()).isEmpty();
    read.open().getFirst().answer();
    read.open().getFirst().answer();
    read.open().forEach(HeldBlob.Ask::answer);
    assertThat(other.asks().stream().map(ask -> ask.from)).startsWith(start(9), start(6), start(4));
  }

  @Test
  void whatWaitsAndLiesTogetherIsOneRequest_acrossSmallGapsToo() {
    for (int span = 0; span < RangeWindow.START; span++) {
      fill.fetch(2 * span, 2 * span, Lane.DEMAND, new Arrivals());
    }
    demand.fetch(8, 8, Lane.DEMAND, arrivals);
    demand.fetch(1, 3, Lane.DEMAND, arrivals);
    demand.fetch(9, 15, Lane.DEMAND, arrivals);
    demand.fetch(4, 4, Lane.HINT, arrivals);
    demand.fetch(5, 5, Lane.DEMAND, arrivals);
    filled.open().forEach(HeldBlob.Ask::answer);
    answerAll(read);
    awaitArrivals(13);
    assertThat(read.asks().getFirst().from).as("8 with 9 to 15").isEqualTo(start(8));
    assertThat(read.asks().getFirst().to).isEqualTo(end(15));
    assertThat(read.asks().get(1).from).as("1 to 3").isEqualTo(start(1));
  }

  @Test
  void hintsFillThePipe_butNotMore() {
    fill.fetch(0, SPANS - 1, Lane.HINT, arrivals);
    assertThat(filled.openBytes()).isBetween(2 * MIB, 4 * MIB);
    assertThat(filled.open()).hasSizeGreaterThan(1);
    answerAll(filled);
    awaitArrivals(SPANS);
  }

  /** As those of a JDK or of Python with the usual spans of 4 MiB. */
  @Test
  void hintsOfSpansOfAFewRoundTripsAreOneRequestEach_alsoWhileSomebodyReads() throws Exception {
    SampleLayer large = SampleLayer.make(1, 400, Compression.UNCOMPRESSED, 2 * MIB);
    HeldBlob blob = new HeldBlob("registry", large.blob());
    SpanOrigin hinted = new SpanOrigin(large.ztoc().spans(), blob, scheduler, workers);
    demand.fetch(7, 7, Lane.DEMAND, new Arrivals());
    for (int span : List.of(0, 2, 4, 6)) {
      hinted.fetch(span, span, Lane.HINT, arrivals);
    }
    Awaitility.await()
        .untilAsserted(() -> {
          answerAll(blob);
          assertThat(arrivals.arrived).hasSize(4);
        });
    assertThat(blob.asks()).hasSize(4);
    answerAll(read);
  }

  @Test
  void memoryBoundsWhatIsUnderWay_andNothingStands() {
    scheduler.close();
    scheduler = new FetchScheduler(5 * MIB, stats, now::get);
    SpanOrigin narrow = origin(filled);
    narrow.fetch(0, 3, Lane.HINT, arrivals);
    assertThat(scheduler.memoryUsed()).isLessThanOrEqualTo(5 * MIB);
    narrow.fetch(8, 8, Lane.DEMAND, arrivals);
    narrow.fetch(10, 13, Lane.DEMAND, arrivals);
    Awaitility.await()
        .untilAsserted(() -> {
          answerAll(filled);
          assertThat(arrivals.arrived).hasSize(9);
          assertThat(scheduler.memoryUsed()).isZero();
        });
  }

  @Test
  void aLateFirstByteIsAskedForTwice_andTheFirstAnswerWins() {
    warmUp();
    demand.fetch(3, 3, Lane.DEMAND, arrivals);
    Awaitility.await().until(() -> read.open().size() == 2);
    HeldBlob.Ask first = read.open().getFirst();
    HeldBlob.Ask second = read.open().getLast();
    assertThat(second.terms.elsewhere()).isTrue();
    second.send(0, MIB / 2);
    assertThat(Objects.requireNonNull(first.terms.abandoned()).isComplete()).isTrue();
    first.send(0, MIB / 4);
    second.send(MIB / 2, second.length());
    first.fail(new SluiceException(FailureKind.CANCELLED, "given up"));
    second.answerEnd();
    awaitArrivals(1);
    assertThat(arrivals.failed).isEmpty();
    assertThat(stats.corruptSpans()).isZero();
    assertThat(stats.hedges()).isEqualTo(1);
  }

  @Test
  void bothAnswersFailed_theReaderHearsOfIt() {
    warmUp();
    demand.fetch(3, 3, Lane.DEMAND, arrivals);
    Awaitility.await().until(() -> read.open().size() == 2);
    read.open().getFirst().fail(new SluiceException(FailureKind.UNAVAILABLE, "gone"));
    assertThat(arrivals.failed).isEmpty();
    read.open().getFirst().fail(new SluiceException(FailureKind.UNAVAILABLE, "gone too"));
    awaitArrivals(1);
    assertThat(arrivals.failed.get(3)).hasMessage("gone too");
  }

  @Test
  void hedgesAreFew() {
    warmUp();
    for (int i = 0; i < 60; i++) {
      demand.fetch(i % SPANS, i % SPANS, Lane.DEMAND, new Arrivals());
    }
    Awaitility.await()
        .during(200, TimeUnit.MILLISECONDS)
        .until(() -> stats.hedges() <= 4 && stats.hedges() > 0);
  }

  /** Teaches what is usual: first bytes that come after a millisecond. */
  private void warmUp() {
    for (int i = 0; i < 16; i++) {
      fill.fetch(i, i, Lane.DEMAND, new Arrivals());
      pass(1);
      answerAll(filled);
    }
  }

  @Test
  void closingFailsWhatWaits_alsoTheRestOfWhatCame() {
    demand.fetch(7, 7, Lane.DEMAND, new Arrivals());
    fill.fetch(0, SPANS - 1, Lane.BACKGROUND, arrivals);
    read.open().forEach(HeldBlob.Ask::answer);
    assertThat(filled.open().getFirst().length()).as("a part of a span").isLessThan(MIB);
    scheduler.close();
    assertThat(arrivals.failed).isNotEmpty();
    assertThat(arrivals.failed.values())
        .allSatisfy(
            cause -> assertThat(SluiceException.kindOf(cause)).isEqualTo(FailureKind.CANCELLED));
    answerAll(filled);
    awaitArrivals(SPANS);
  }

  @Test
  void whateverIsAskedAndPromoted_eachSpanComesOnce_andEachByteOfItIsAskedForOnce() {
    for (long seed = 1; seed <= 100; seed++) {
      Random random = new Random(seed);
      FetchStats counted = new FetchStats();
      HeldBlob blob = new HeldBlob("registry", sample.blob());
      Arrivals all = new Arrivals();
      try (FetchScheduler own = new FetchScheduler(16 * MIB, counted, now::get)) {
        SpanOrigin origin = new SpanOrigin(sample.ztoc().spans(), blob, own, workers);
        for (int at = 0; at < SPANS; ) {
          int count = Math.min(SPANS - at, 1 + random.nextInt(6));
          origin.fetch(at, at + count - 1, LANES.get(random.nextInt(3)), all);
          at += count;
          for (int i = random.nextInt(3); i > 0; i--) {
            origin.promote(random.nextInt(SPANS), LANES.get(random.nextInt(2)));
          }
          if (random.nextBoolean() && !blob.open().isEmpty()) {
            blob.open().get(random.nextInt(blob.open().size())).answer();
          }
          pass(random.nextInt(400));
        }
        Awaitility.await("seed " + seed)
            .pollInterval(1, TimeUnit.MILLISECONDS)
            .untilAsserted(() -> {
              pass(2000);
              answerAll(blob);
              origin.promote(random.nextInt(SPANS), Lane.DEMAND);
              assertThat(all.arrived).hasSize(SPANS);
              assertThat(own.memoryUsed()).isZero();
            });
        assertThat(all.arrived.values()).as("seed %d", seed).containsOnly(1);
        assertThat(all.failed).as("seed %d", seed).isEmpty();
        assertThat(blob.asks().stream().mapToLong(HeldBlob.Ask::length).sum())
            .as("seed %d", seed)
            .isEqualTo(end(SPANS - 1) - start(0) + counted.passedBytes());
        assertThat(own.waiting(Lane.DEMAND) + own.waiting(Lane.HINT) + own.waiting(Lane.BACKGROUND))
            .isZero();
      }
    }
  }

  /** Answers until nothing more is asked for. */
  private static void answerAll(HeldBlob blob) {
    for (List<HeldBlob.Ask> open = blob.open(); !open.isEmpty(); open = blob.open()) {
      open.forEach(HeldBlob.Ask::answer);
    }
  }
}
