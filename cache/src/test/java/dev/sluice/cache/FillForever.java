package dev.sluice.cache;

import java.nio.file.Path;
import java.util.Random;

/** A process that fills and evicts a cache until it is killed; prints a dot when it has begun. */
final class FillForever {
  static final int LAYERS = 3;
  static final int CHUNK = 20_000;
  static final ChunkMap MAP = ChunkMap.fixed(CHUNK, 40L * CHUNK - 77);

  private FillForever() {}

  static LayerKey key(int layer) {
    return new LayerKey("killed-" + layer);
  }

  static CacheOptions options(Path directory) {
    return CacheOptions.in(directory)
        .withMemoryBytes(0)
        .withDiskBytes(60L * CHUNK)
        .withDiskReserveBytes(0)
        .withWriteQueueBytes(1 << 20)
        .withDurability(Durability.UNSYNCED);
  }

  static Process start(Path directory, long seed) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            FillForever.class.getName(),
            directory.toString(),
            Long.toString(seed))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  public static void main(String[] args) throws Exception {
    Random random = new Random(Long.parseLong(args[1]));
    try (ChunkCache cache = ChunkCache.open(options(Path.of(args[0])))) {
      LayerCache[] layers = new LayerCache[LAYERS];
      for (int i = 0; ; i++) {
        int n = random.nextInt(LAYERS);
        if (layers[n] == null) {
          layers[n] = cache.open(key(n), MAP, new PatternOrigin(key(n), MAP));
        }
        LayerCacheContract.readAndCheck(
            layers[n], random.nextLong(MAP.size() - 10), 1 + random.nextInt(9));
        if (random.nextInt(200) == 0) {
          layers[n].close();
          layers[n] = null;
        }
        if (i == 20) {
          System.out.print('.');
          System.out.flush();
        }
      }
    }
  }
}
