package dev.sluice.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open layer, shared by all who have opened its key: the tiers, then one fetch for all. */
final class Layer {
  private static final Logger LOG = LoggerFactory.getLogger(Layer.class);

  /** How often a chunk may come and go between two looks before it is fetched anyway. */
  private static final int LOOKS = 4;

  private final LayerKey key;
  private final ChunkMap map;
  private final MemoryTier tier;
  private final LayerMemory memory;
  private final DiskTier diskTier;
  private final @Nullable DiskLayer disk;
  private final Map<Lane, FillWindow> fills;
  private final Counters counters;
  private final FlightTable flights;
  private final TouchedChunks touched;
  private final Demand demand = new Demand();
  private final Demand nodeDemand;
  private final AtomicBoolean faultLogged = new AtomicBoolean();

  /**
   * @param disk held once for this layer; null if the disk tier is off or failed to open the layer
   */
  Layer(
      LayerKey key,
      ChunkMap map,
      MemoryTier tier,
      DiskTier diskTier,
      @Nullable DiskLayer disk,
      Map<Lane, FillWindow> fills,
      CacheOptions options,
      Counters counters,
      Demand nodeDemand) {
    this.key = key;
    this.map = map;
    this.tier = tier;
    this.memory = disk != null ? disk.memory() : new LayerMemory(map.count(), tier);
    this.diskTier = diskTier;
    this.disk = disk;
    this.fills = fills;
    this.counters = counters;
    this.nodeDemand = nodeDemand;
    this.touched = new TouchedChunks(map.count());
    this.flights = new FlightTable(options.originDeadline());
  }

  LayerKey key() {
    return key;
  }

  ChunkMap map() {
    return map;
  }

  FillWindow fills(Lane lane) {
    return Objects.requireNonNull(fills.get(lane));
  }

  boolean has(int chunk) {
    return memory.has(chunk) || (disk != null && disk.states().present(chunk));
  }

  long bytesOnDisk() {
    return disk == null ? 0 : disk.presentBytes();
  }

  boolean onDisk(int chunk) {
    return disk != null && disk.states().present(chunk);
  }

  boolean wasRead(int chunk) {
    return disk != null && disk.states().present(chunk) && disk.states().lane(chunk) == Lane.DEMAND;
  }

  boolean touched(int chunk) {
    return touched.has(chunk);
  }

  boolean complete() {
    return disk != null && disk.proven() && disk.complete();
  }

  Optional<Path> seal() throws IOException {
    if (disk == null || !complete()) {
      return Optional.empty();
    }
    return Optional.ofNullable(diskTier.changes().seal(disk));
  }

  Demand demand() {
    return demand;
  }

  /** A reader begins to wait for chunks. */
  void beginWait() {
    demand.begin();
    nodeDemand.begin();
  }

  void endWait() {
    demand.end();
    nodeDemand.end();
  }

  TarCheck.Verdict check(MessageDigest digest, byte[] expected, BooleanSupplier goOn)
      throws IOException {
    if (disk == null || !disk.retain()) {
      return TarCheck.Verdict.INCOMPLETE;
    }
    try {
      return new TarCheck(diskTier, disk).run(digest, expected, goOn);
    } finally {
      disk.release();
    }
  }

  int inFlight() {
    return flights.size();
  }

  /** Bytes of one chunk for a reader, pinned; null if no tier has it. */
  @Nullable Piece acquire(int chunk, long offset, int length) {
    touched.add(chunk);
    VerifiedChunk held = memory.hold(chunk);
    if (held != null) {
      counters.memoryHits.increment();
      if (disk != null) {
        disk.states().use(chunk);
      }
      return piece(held, (int) (offset - map.start(chunk)), length);
    }
    if (disk == null) {
      return null;
    }
    Piece piece = disk.pin(chunk, offset, length);
    if (piece != null) {
      counters.diskHits.increment();
    }
    return piece;
  }

  /** Bytes of a chunk that the caller holds; the hold passes to the piece. */
  Piece piece(VerifiedChunk held, int from, int length) {
    if (!tier.crowded()) {
      return new Piece.InMemory(held, from, length);
    }
    try {
      return Piece.Copied.of(held, from, length);
    } finally {
      held.release();
    }
  }

  // ---- missing chunks

  /** Tells whether a chunk need not be waited for. */
  @FunctionalInterface
  interface Look {
    boolean isThere(int chunk);
  }

  /**
   * Makes {@code waiter} wait for each chunk of {@code first..last} that is not there, and fetches
   * those that nobody else has asked for.
   *
   * @return false if the layer is closed; then not all chunks are waited for
   */
  boolean request(
      int first, int last, Lane lane, Origin origin, FlightTable.Waiter waiter, Look look) {
    List<FlightTable.Promotion> promotions = new ArrayList<>(0);
    int runStart = first;
    int runEnd = first; // the chunks [runStart, runEnd) are started and not yet fetched
    boolean open = true;
    try {
      for (int chunk = first; open && chunk <= last; chunk++) {
        FlightTable.Join join = join(chunk, lane, origin, waiter, look, promotions);
        open = join != FlightTable.Join.CLOSED;
        if (join == FlightTable.Join.STARTED) {
          runEnd = chunk + 1;
        } else {
          fetch(runStart, runEnd, lane, origin);
          runStart = chunk + 1;
          runEnd = runStart;
        }
      }
    } finally {
      fetch(runStart, runEnd, lane, origin);
    }
    promotions.forEach(this::tell);
    return open;
  }

  private FlightTable.Join join(
      int chunk,
      Lane lane,
      Origin origin,
      FlightTable.Waiter waiter,
      Look look,
      List<FlightTable.Promotion> promotions) {
    for (int looks = 1; ; looks++) {
      if (look.isThere(chunk)) {
        return FlightTable.Join.PRESENT;
      }
      boolean patient = looks < LOOKS;
      FlightTable.Join join =
          flights.join(chunk, lane, origin, waiter, i -> patient && has(i), promotions);
      if (join != FlightTable.Join.PRESENT) {
        (join == FlightTable.Join.JOINED ? counters.joins : counters.misses).increment();
        return join;
      }
    }
  }

  void leave(int first, int last, FlightTable.Waiter waiter) {
    for (int chunk = first; chunk <= last; chunk++) {
      flights.leave(chunk, waiter);
    }
  }

  /** Fetches the chunks {@code [first, end)}, in as many steps as the origin likes. */
  private void fetch(int first, int end, Lane lane, Origin origin) {
    long longest = first < end ? origin.longestFetch() : 0;
    for (int from = first; from < end; ) {
      int to = from;
      while (to + 1 < end && map.end(to + 1) - map.start(from) <= longest) {
        to++;
      }
      fetchOnce(new FetchSink(this, from, to), lane, origin);
      from = to + 1;
    }
  }

  private void fetchOnce(FetchSink sink, Lane lane, Origin origin) {
    counters.fetches.increment();
    flights.assign(sink);
    try {
      origin.fetch(sink.first(), sink.last(), lane, sink);
    } catch (RuntimeException | Error e) {
      noteOriginFault("threw from fetch: " + e);
      for (int chunk = sink.first(); chunk <= sink.last(); chunk++) {
        end(flights.land(chunk, sink, () -> {}), e);
      }
      return;
    }
    flights.issued(sink, lane).forEach(this::tell);
  }

  private void tell(FlightTable.Promotion promotion) {
    try {
      promotion.tell();
    } catch (RuntimeException e) {
      noteOriginFault("threw from promote: " + e);
    }
  }

  // ---- answers of origins, any thread

  /** A chunk whose one hold passes to this method. */
  void arrived(FetchSink sink, int chunk, VerifiedChunk bytes) {
    try {
      if (bytes.length() != map.length(chunk)) {
        String fault =
            "brought %d bytes for chunk %d of %d"
                .formatted(bytes.length(), chunk, map.length(chunk));
        noteOriginFault(fault);
        failed(sink, chunk, new IOException("fetch of layer %s %s".formatted(key, fault)));
        return;
      }
      Resident[] resident = new Resident[1];
      FlightTable.Flight flight =
          flights.land(chunk, sink, () -> resident[0] = memory.publish(chunk, bytes));
      if (flight == null) {
        noteOriginFault("answered chunk %d twice or too late".formatted(chunk));
        return;
      }
      for (FlightTable.Waiter waiter : flight.waiters()) {
        answer(waiter, chunk, bytes);
      }
      if (flight.lane() != Lane.BACKGROUND || disk == null) {
        memory.keep(resident[0]);
      }
      Runnable settled = () -> flight.waiters().forEach(waiter -> waiter.settled(chunk));
      if (disk != null) {
        diskTier.write(disk, resident[0], flight.lane(), settled);
      } else {
        settled.run();
      }
    } finally {
      bytes.release();
    }
  }

  private static void answer(FlightTable.Waiter waiter, int chunk, VerifiedChunk bytes) {
    try {
      waiter.arrived(chunk, bytes);
    } catch (RuntimeException | Error e) {
      waiter.failed(chunk, e); // out of memory for a copy, at most
    }
  }

  void failed(FetchSink sink, int chunk, Throwable cause) {
    FlightTable.Flight flight = flights.land(chunk, sink, () -> {});
    if (flight == null) {
      noteOriginFault("answered chunk %d twice or too late".formatted(chunk));
    } else {
      end(flight, cause);
    }
  }

  private void end(FlightTable.@Nullable Flight flight, Throwable cause) {
    if (flight != null) {
      counters.fetchFailures.increment();
      flight.waiters().forEach(waiter -> waiter.failed(flight.chunk(), cause));
    }
  }

  void noteOriginFault(String fault) {
    counters.originFaults.increment();
    if (faultLogged.compareAndSet(false, true)) {
      LOG.warn("the origin of layer {} {}; further faults are only counted", key, fault);
    } else {
      LOG.debug("the origin of layer {} {}", key, fault);
    }
  }

  /** Fails the waiters whose fetch takes too long. */
  void expire() {
    for (FlightTable.Flight flight : flights.expire()) {
      noteOriginFault("did not answer chunk %d in time".formatted(flight.chunk()));
      end(
          flight,
          new IOException(
              "fetch chunk %d of layer %s: the origin did not answer in time"
                  .formatted(flight.chunk(), key)));
    }
  }

  /** Nobody has the layer open any more. */
  void close() {
    IOException cause = closedFailure();
    for (FlightTable.Flight flight : flights.close()) {
      flight.waiters().forEach(waiter -> waiter.failed(flight.chunk(), cause));
    }
    memory.clear();
    if (disk != null) {
      disk.release();
    }
  }

  IOException closedFailure() {
    return new IOException("read layer %s: it is closed".formatted(key));
  }
}
