package dev.sluice.cache;

import java.nio.file.Path;

final class DiskOnlyTest extends LayerCacheContract {
  @Override
  CacheOptions options(Path directory) {
    return CacheOptions.in(directory).withMemoryBytes(0).withDurability(Durability.UNSYNCED);
  }

  @Override
  CacheOptions cramped(Path directory) {
    return options(directory).withDiskBytes(400_000);
  }
}
