package dev.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands arrive as they were given, and their failures as they were thrown. */
class CommandTest {
  private static final String IMAGE = "r.example:5000/a/b:1+&=@sha256:" + "ab".repeat(32);

  @TempDir Path directory;
  private CommandedService service;
  private ControlClient client;

  @BeforeEach
  void listen() {
    service = new CommandedService(directory.resolve("s.sock"));
    client = new ControlClient(directory.resolve("s.sock"));
  }

  @AfterEach
  void close() {
    service.close();
  }

  @Test
  void referencesArriveUnchanged() {
    assertThat(client.pin(IMAGE)).isEqualTo(new ImageCache(IMAGE, 3, 100, 40, true));
    assertThat(client.unpin(IMAGE).pinned()).isFalse();
    assertThat(client.warm(IMAGE).missingBytes()).isEqualTo(60);
    assertThat(client.collect()).containsExactly(new CollectedLayer("abcdef0123456789", 7 << 20));
    assertThat(service.commands)
        .isEqualTo(List.of("pin " + IMAGE, "unpin " + IMAGE, "warm " + IMAGE, "gc"));
  }

  @Test
  void anExplanationArrivesUnchanged() {
    assertThat(client.explain("#9", "/a b/ü?&=+")).isEqualTo(CommandedService.EXPLAINED);
    assertThat(service.commands).containsExactly("explain #9 /a b/ü?&=+");
  }

  @Test
  void aFailureKeepsItsKindMessageAndAdvice() {
    service.failure = new SluiceException(FailureKind.EXHAUSTED, "pin x: no room", "buy", null);
    assertThatThrownBy(() -> client.pin("x"))
        .isInstanceOfSatisfying(
            SluiceException.class,
            e -> {
              assertThat(e).hasMessage("pin x: no room");
              assertThat(e.kind()).isEqualTo(FailureKind.EXHAUSTED);
              assertThat(e.advice()).isEqualTo("buy");
            });
  }
}
