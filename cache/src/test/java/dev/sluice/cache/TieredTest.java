package dev.sluice.cache;

import java.nio.file.Path;

final class TieredTest extends LayerCacheContract {
  @Override
  CacheOptions options(Path directory) {
    return CacheOptions.in(directory);
  }

  @Override
  CacheOptions cramped(Path directory) {
    return options(directory)
        .withMemoryBytes(200_000)
        .withDiskBytes(400_000)
        .withWriteQueueBytes(300_000)
        .withDurability(Durability.UNSYNCED);
  }
}
