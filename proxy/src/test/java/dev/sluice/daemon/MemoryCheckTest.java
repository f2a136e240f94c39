package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.Configuration;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What is said at the start of memory that is too small. */
final class MemoryCheckTest {
  private static final long MIB = 1 << 20;
  private static final long WANTED = MemoryCheck.wanted(Configuration.defaults());

  @Test
  void theDefaultsFitIntoWhatTheDocumentationNames() {
    assertThat(new MemoryCheck(512 * MIB, 1280 * MIB, WANTED).complaints()).isEmpty();
  }

  @Test
  void theLeastHeapIsFine_alsoAsTheJvmRoundsIt() {
    assertThat(new MemoryCheck(62 * MIB, 4096 * MIB, WANTED).complaints()).isEmpty();
  }

  @Test
  void aSmallerHeapIsNamed() {
    assertThat(new MemoryCheck(32 * MIB, 4096 * MIB, WANTED).complaints())
        .singleElement()
        .asString()
        .startsWith("run with a heap of 32 MiB: less than 64 MiB is not supported")
        .contains("-Xmx");
  }

  @Test
  void aGroupThatIsTooSmallIsNamed_withWhatIsWanted() {
    assertThat(new MemoryCheck(512 * MIB, 1024 * MIB, WANTED).complaints())
        .singleElement()
        .asString()
        .startsWith("run in 1024 MiB of memory: it may take 1248 MiB under load")
        .contains("heap 512, cache and fetches 576, the process 160", "MemoryMax=");
  }

  @Test
  void thisProcessIsLookedAt() {
    MemoryCheck own = MemoryCheck.of(Configuration.defaults());
    assertThat(own.heap()).isEqualTo(Runtime.getRuntime().maxMemory());
    assertThat(own.given()).isGreaterThanOrEqualTo(own.heap() / 4);
    assertThat(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getMax())
        .isEqualTo(own.heap());
  }
}
