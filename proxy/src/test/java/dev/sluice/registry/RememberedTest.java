package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is remembered of hosts and repositories is bounded, however many there are. */
final class RememberedTest {
  @Test
  void aRecentSetForgetsTheLongestKnown() {
    RecentSet<Integer> set = new RecentSet<>(3);
    assertThat(set.isEmpty()).isTrue();
    for (int i = 0; i < 100; i++) {
      assertThat(set.add(i)).isTrue();
      assertThat(set.add(i)).isFalse();
    }
    assertThat(set.size()).isEqualTo(3);
    assertThat(set.contains(96)).isFalse();
    assertThat(set.contains(97)).isTrue();
    set.remove(97);
    assertThat(set.contains(97)).isFalse();
  }

  @Test
  void hostsThatAskForPatience() {
    HostGate gate = new HostGate(Duration.ofMinutes(1));
    for (int i = 0; i < 3 * HostGate.MOST; i++) {
      HttpOrigin host = new HttpOrigin(true, "h" + i, 443);
      gate.close(host, Duration.ofSeconds(30));
      assertThat(gate.isClosed(host)).isTrue();
      assertThat(gate.size()).isLessThanOrEqualTo(HostGate.MOST);
    }
  }

  @Test
  void blobsAndTheRepositoriesThatServeThemThemselves() {
    BlobLocations locations = new BlobLocations();
    for (int i = 0; i < 10_000; i++) {
      var home =
          new BlobLocations.Home(
              new HttpOrigin(true, "h", 443), new Repository("h", "team/app" + i));
      locations.direct(home);
      var other =
          new BlobLocations.Home(
              new HttpOrigin(true, "o", 443), new Repository("o", "team/app" + i));
      locations.put(other, Digest.sha256(new byte[] {1}), Target.of("https://cdn.test/x"));
    }
    assertThat(locations.size()).isEqualTo(2 * 4096);
  }

  @Test
  void hostsThatIgnoreRanges() {
    RangeSupport support = new RangeSupport();
    RegistryHost host = RegistryHost.of("h", new HttpOrigin(true, "h", 443));
    for (int i = 0; i < 1_100; i++) {
      support.ignoredBy(host.origin(), host, new Repository("h", "team/app" + i));
    }
    assertThat(support.supported(host, new Repository("h", "team/app0"))).isTrue();
    assertThat(support.supported(host, new Repository("h", "team/app1099"))).isFalse();
  }
}
