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
  /** Of so many starts one is killed before it serves. */
  private static final int ONE_IN = 5;

  private final SluiceService service;
  private final Random random;
  private final List<Life> lives = new ArrayList<>();
  private long born;
  private long served;
  private int bornDead;

  /**
   * One process of the service.
   *
   * @param born when it was started
   * @param served when it said that it serves; when it died, if it never did
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
    TimeUnit.MILLISECONDS.sleep(random.nextInt(Math.min(longestMillis, 500)));
    if (random.nextInt(ONE_IN) == 0) {
      killWhileItStarts();
    }
    born = System.currentTimeMillis();
    service.start();
    served = System.currentTimeMillis();
  }

  private void killWhileItStarts() throws InterruptedException {
    born = System.currentTimeMillis();
    service.launch();
    TimeUnit.MILLISECONDS.sleep(random.nextLong(1 + longestStart()));
    long died = System.currentTimeMillis();
    lives.add(new Life(born, died, died));
    service.end("KILL");
    bornDead++;
  }

  /** How often it was killed before it served. */
  int bornDead() {
    return bornDead;
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
