package dev.sluice.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The bytes of a made-up layer: each tells its layer and its offset. */
record Pattern(long seed) {
  static Pattern of(LayerKey key) {
    return new Pattern(key.name().hashCode() * 0x9e3779b97f4a7c15L);
  }

  byte at(long offset) {
    long x = (seed + (offset >>> 3)) * 0xbf58476d1ce4e5b9L;
    x ^= x >>> 31;
    x *= 0x94d049bb133111ebL;
    return (byte) ((x ^ x >>> 29) >>> ((offset & 7) * 8));
  }

  void fill(MemorySegment target, long offset) {
    for (long i = 0; i < target.byteSize(); i++) {
      target.set(ValueLayout.JAVA_BYTE, i, at(offset + i));
    }
  }

  byte[] bytes(long offset, int length) {
    byte[] bytes = new byte[length];
    fill(MemorySegment.ofArray(bytes), offset);
    return bytes;
  }

  VerifiedChunk chunk(ChunkMap map, int chunk) {
    return VerifiedChunk.from(map.length(chunk), to -> fill(to, map.start(chunk)));
  }

  /** Checks what the kernel would be given, and what copyTo gives. */
  void check(Lease lease, long offset, int length) throws Exception {
    assertThat(lease.length()).isEqualTo(length);
    byte[] expected = bytes(offset, length);
    byte[] copied = new byte[length];
    try (var arena = java.lang.foreign.Arena.ofConfined()) {
      MemorySegment target = arena.allocate(Math.max(1, length)).asSlice(0, length);
      lease.copyTo(target);
      MemorySegment.copy(target, ValueLayout.JAVA_BYTE, 0, copied, 0, length);
    }
    assertThat(copied).as("copied at %d", offset).isEqualTo(expected);
    byte[] seen = new byte[length];
    int at = 0;
    for (int part = 0; part < lease.parts(); part++) {
      int n = (int) lease.length(part);
      MemorySegment memory = MemorySegment.ofAddress(lease.address(part)).reinterpret(n);
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, seen, at, n);
      at += n;
    }
    assertThat(seen).as("seen at %d", offset).isEqualTo(expected);
  }
}
