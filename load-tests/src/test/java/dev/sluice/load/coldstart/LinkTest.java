package dev.sluice.load.coldstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LinkTest {
  @Test
  void readsRoundTripAndRate() {
    assertThat(Link.parse("20ms/1Gbit")).isEqualTo(new Link(Duration.ofMillis(20), 1_000_000_000));
    assertThat(Link.parse("100ms/200Mbit"))
        .isEqualTo(new Link(Duration.ofMillis(100), 200_000_000));
    assertThat(Link.parse("7ms/2.5Mbit")).isEqualTo(new Link(Duration.ofMillis(7), 2_500_000));
    assertThat(Link.parse("5ms")).isEqualTo(new Link(Duration.ofMillis(5), 0));
    assertThat(Link.parse("loopback").shaped()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"loopback", "20ms/1Gbit", "100ms/200Mbit", "7ms/2.5Mbit", "5ms", "0ms/10Gbit"})
  void itsNameIsReadAsTheSameLink(String name) {
    assertThat(Link.parse(name).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "20", "20ms/1", "1Gbit", "20ms/1Gbit/s", "fast"})
  void saysHowALinkIsWritten(String text) {
    assertThatThrownBy(() -> Link.parse(text)).hasMessageContaining("20ms/1Gbit");
  }
}
