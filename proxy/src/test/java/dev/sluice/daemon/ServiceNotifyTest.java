package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceNotifyTest {
  private static final String RECEIVER =
      """
      import socket, sys
      name = sys.argv[1]
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.settimeout(20)
      s.bind('\\0' + name[1:] if name[0] == '@' else name)
      print('bound', flush=True)
      while True:
          print(s.recv(4096).decode().replace('\\n', '|'), flush=True)
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"path", "abstract"})
  void whatIsSaidArrives(String kind) throws Exception {
    String name =
        kind.equals("path")
            ? directory.resolve("notify").toString()
            : "@sluice-test-" + ProcessHandle.current().pid();
    try (Python receiver = new Python(RECEIVER, name)) {
      assertThat(receiver.line()).isEqualTo("bound");
      ServiceNotify notify = ServiceNotify.of(Map.of("NOTIFY_SOCKET", name));
      assertThat(notify.isManaged()).isTrue();
      assertThat(notify.alivePeriod()).isEmpty();
      notify.ready("20 layers\nrestored");
      assertThat(receiver.line()).isEqualTo("READY=1|STATUS=20 layers restored");
      notify.status("läuft");
      assertThat(receiver.line()).isEqualTo("STATUS=läuft");
      notify.stopping();
      assertThat(receiver.line()).isEqualTo("STOPPING=1");
    }
  }

  @Test
  void theWatchdogHearsOfAHealthyServiceOnly() throws Exception {
    String name = directory.resolve("notify").toString();
    Vertx vertx = Vertx.vertx();
    try (Python receiver = new Python(RECEIVER, name)) {
      assertThat(receiver.line()).isEqualTo("bound");
      ServiceNotify notify =
          ServiceNotify.of(
              Map.of(
                  "NOTIFY_SOCKET",
                  name,
                  "WATCHDOG_USEC",
                  "60000",
                  "WATCHDOG_PID",
                  Long.toString(ProcessHandle.current().pid())));
      assertThat(notify.alivePeriod()).contains(Duration.ofMillis(20));
      AtomicBoolean healthy = new AtomicBoolean();
      AtomicBoolean asked = new AtomicBoolean();
      try (Watchdog _ =
          Watchdog.start(
                  vertx,
                  notify,
                  () -> {
                    boolean answer = healthy.get();
                    if (!asked.getAndSet(true)) {
                      notify.status("ill");
                      healthy.set(true);
                    }
                    return answer;
                  })
              .orElseThrow()) {
        // Nothing was heard while it was ill.
        assertThat(receiver.line()).isEqualTo("STATUS=ill");
        assertThat(receiver.line()).isEqualTo("WATCHDOG=1");
        assertThat(receiver.line()).isEqualTo("WATCHDOG=1");
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void nobodyThereIsNoFailure() {
    ServiceNotify none = ServiceNotify.of(Map.of());
    assertThat(none.isManaged()).isFalse();
    none.ready("x");
    ServiceNotify gone =
        ServiceNotify.of(Map.of("NOTIFY_SOCKET", directory.resolve("gone").toString()));
    gone.ready("x");
    ServiceNotify.of(Map.of("NOTIFY_SOCKET", "/" + "x".repeat(200))).ready("x");
    assertThat(ServiceNotify.of(Map.of("NOTIFY_SOCKET", "vsock:2:1")).isManaged()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "-5", "0", "99999999999999999999"})
  void aBrokenWatchdogTimeIsNone(String micros) {
    assertThat(
            ServiceNotify.of(Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", micros)).alivePeriod())
        .isEmpty();
  }

  @Test
  void aWatchdogOfAnotherProcessIsNotOurs() {
    assertThat(
            ServiceNotify.of(
                    Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "1000000", "WATCHDOG_PID", "1"))
                .alivePeriod())
        .isEmpty();
  }
}
