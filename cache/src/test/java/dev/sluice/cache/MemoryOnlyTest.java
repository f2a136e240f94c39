package dev.sluice.cache;

import java.nio.file.Path;

final class MemoryOnlyTest extends LayerCacheContract {
  @Override
  CacheOptions options(Path directory) {
    return CacheOptions.in(directory).withDiskBytes(0);
  }

  @Override
  CacheOptions cramped(Path directory) {
    return options(directory).withMemoryBytes(300_000).withWriteQueueBytes(0);
  }
}
