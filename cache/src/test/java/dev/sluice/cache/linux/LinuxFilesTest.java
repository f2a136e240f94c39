package dev.sluice.cache.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LinuxFilesTest {
  @TempDir Path directory;

  private static byte[] read(SparseFile file, long offset, int length) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(length);
      long n = file.read(offset, target);
      return target.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Test
  void readsWritesMapsAndPunches() throws Exception {
    Path path = directory.resolve("file");
    try (SparseFile file = SparseFiles.host().create(path)) {
      file.resize(6L << 30);
      assertThat(file.allocated()).isZero();
      byte[] bytes = new byte[3 * 4096];
      java.util.Arrays.fill(bytes, (byte) 7);
      file.write(5L << 30, bytes);
      file.sync();
      assertThat(file.allocated()).isBetween(3 * 4096L, 64 * 1024L);
      long address = file.map(6L << 30);
      MemorySegment mapped = MemorySegment.ofAddress(address).reinterpret(6L << 30);
      assertThat(mapped.get(ValueLayout.JAVA_BYTE, (5L << 30) + 4096)).isEqualTo((byte) 7);
      long before = file.allocated();
      file.punch((5L << 30) + 4096, 4096);
      assertThat(file.allocated()).isEqualTo(before - 4096);
      assertThat(mapped.get(ValueLayout.JAVA_BYTE, (5L << 30) + 4096)).isZero();
      assertThat(mapped.get(ValueLayout.JAVA_BYTE, (5L << 30) + 8192)).isEqualTo((byte) 7);
      file.unmap(address, 6L << 30);
      assertThat(read(file, (5L << 30) + 8190, 4)).containsExactly(0, 0, 7, 7);
      assertThat(read(file, (6L << 30) - 2, 10)).containsExactly(0, 0);
    }
    assertThat(Files.size(path)).isEqualTo(6L << 30);
  }

  @Test
  void failures_nameTheCallTheFileAndTheCause() throws Exception {
    Path path = directory.resolve("file");
    assertThatThrownBy(() -> SparseFiles.host().open(path))
        .isInstanceOf(IOException.class)
        .hasMessage("open %s: No such file or directory (errno 2)".formatted(path));
    SparseFile file = SparseFiles.host().create(path);
    assertThatThrownBy(() -> SparseFiles.host().create(path)).hasMessageContaining("File exists");
    assertThatThrownBy(() -> SparseFiles.host().usable(path.resolve("x")))
        .hasMessageContaining("Not a directory");
    file.close();
    file.close();
    assertThatThrownBy(() -> file.write(0, new byte[1])).hasMessageContaining("is closed");
  }

  @Test
  void lock_isHeldByOneOpenFileUntilItIsClosed() throws Exception {
    Path path = directory.resolve("lock");
    SparseFile first = SparseFiles.host().create(path);
    assertThat(first.tryLock()).isTrue();
    try (SparseFile second = SparseFiles.host().open(path)) {
      assertThat(second.tryLock()).isFalse();
    }
    try (SparseFile second = SparseFiles.host().open(path)) {
      assertThat(second.tryLock()).isFalse();
      first.close();
      assertThat(second.tryLock()).isTrue();
    }
  }

  @Test
  void interrupt_doesNotCloseTheFile() throws Exception {
    try (SparseFile file = SparseFiles.host().create(directory.resolve("file"))) {
      Thread.currentThread().interrupt();
      file.write(0, new byte[] {1, 2, 3});
      assertThat(read(file, 0, 3)).containsExactly(1, 2, 3);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void usable_isAboutWhatTheJdkSays() throws Exception {
    long usable = SparseFiles.host().usable(directory);
    assertThat(usable)
        .isCloseTo(
            directory.toFile().getUsableSpace(), org.assertj.core.data.Offset.offset(1L << 30));
  }
}
