package dev.sluice.load.kill;

import dev.sluice.load.SluiceService;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Starts the service again and again, and remembers when it lived: in milliseconds of the epoch.
 */
final class Lives {
  private final SluiceService service;

  private final Random random;
  private final List<Life> lives = new ArrayList<>();
  private long born;
  private long served;

  /**
   * One process of the service.
   *
   * @param born when it was started
   * @param served when it said that it serves
   * @param died when it was killed
   */
  record Life(long born, long served, long died) {
    long lasted() {
      return died - served;
    }
  }

  Lives(SluiceService service, Random random) {
    this.service = service;
    this.random = random;
    born = System.currentTimeMillis();
    served = born;
  }

  /** Kills it after a while and starts it again. */
  void cycle(int longestMillis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(random.nextInt(longestMillis));
    lives.add(new Life(born, served, System.currentTimeMillis()));
    service.end("KILL");
    TimeUnit.MILLISECONDS.sleep(random.nextInt(500));
    born = System.currentTimeMillis();
    service.start();
    served = System.currentTimeMillis();
  }

  long longestStart() {
    return lives.stream().mapToLong(life -> life.served - life.born).max().orElse(0);
  }

  /** What happened to the service while a read waited. */
  String during(long from, long to) {
    StringBuilder said = new StringBuilder();
    for (Life life : lives) {
      if (life.died >= from && life.born <= to) {
        said.append(
            "%n    started after %.1f s, served after %.1f s, killed after %.1f s"
                .formatted(
                    (life.born - from) / 1000.0,
                    (life.served - from) / 1000.0,
                    (life.died - from) / 1000.0));
      }
    }
    return said.isEmpty() ? " in one life" : said.toString();
  }

  int deathsDuring(long from, long to) {
    return (int) lives.stream().filter(life -> life.died >= from && life.died <= to).count();
  }
}
