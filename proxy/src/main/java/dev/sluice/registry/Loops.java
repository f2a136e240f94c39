package dev.sluice.registry;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The event loops that do the client's work: the caller's own if it is on one, else a few in turn.
 */
final class Loops {
  private static final int MOST = 4;

  private final Context[] loops;
  private final AtomicInteger turn = new AtomicInteger();

  Loops(Vertx vertx) {
    int count = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MOST);
    loops = new Context[count];
    for (int i = 0; i < count; i++) {
      // The public API makes contexts only for verticles and for the thread that asks.
      loops[i] = ((VertxInternal) vertx).createEventLoopContext();
    }
  }

  Context next() {
    Context here = Vertx.currentContext();
    if (here != null && here.isEventLoopContext()) {
      return here;
    }
    return loops[Math.floorMod(turn.getAndIncrement(), loops.length)];
  }
}
