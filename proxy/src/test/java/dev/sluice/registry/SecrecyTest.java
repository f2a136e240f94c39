package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.sluice.embedded.Access;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import io.vertx.core.Future;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Nothing that the client says, in whatever trouble, holds a secret or a query string. */
final class SecrecyTest {
  private static final String PASSWORD = "correct-horse-battery";
  private static final byte[] BYTES = Bench.random(100_000);

  @TempDir Path directory;

  @Test
  void errorsAndLogsHoldNoSecret() {
    List<String> said = new CopyOnWriteArrayList<>();
    AppenderBase<ILoggingEvent> ear =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            said.add(event.getFormattedMessage());
          }
        };
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Level before = ((Logger) LoggerFactory.getLogger("dev.sluice")).getLevel();
    ((Logger) LoggerFactory.getLogger("dev.sluice")).setLevel(Level.TRACE);
    ear.start();
    root.addAppender(ear);
    try {
      said.addAll(trouble());
    } finally {
      root.detachAppender(ear);
      ((Logger) LoggerFactory.getLogger("dev.sluice")).setLevel(before);
    }
    assertThat(said).hasSizeGreaterThan(20);
    String pair = "ann:" + PASSWORD;
    String basic = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    assertThat(said)
        .allSatisfy(text ->
            assertThat(text)
                .doesNotContain(PASSWORD)
                .doesNotContain(basic)
                .doesNotContain("X-Amz")
                .doesNotContain("Signature")
                .doesNotContain("service=embedded")
                .doesNotContain("_state=kept")
                .doesNotContain("hush"));
  }

  private List<String> trouble() {
    List<String> said = new ArrayList<>();
    List<Fault> faults =
        List.of(
            new Fault.ResetAfter(10),
            new Fault.ShortBody(10),
            new Fault.LongBody(10),
            new Fault.StallAfter(10),
            new Fault.Silence(),
            new Fault.Drop(),
            new Fault.IgnoreRange(),
            new Fault.RedirectLoop(),
            new Fault.Status(302, Map.of("Location", "http://127.0.0.1:1/x?token=hush"), ""),
            new Fault.Status(302, Map.of("Location", "http://u:hush@127.0.0.1:1/"), ""),
            new Fault.Status(302, Map.of("Location", "gopher://x?token=hush"), ""),
            new Fault.Status(500, Map.of(), "{\"errors\":[{\"message\":\"at /x?token=hush\"}]}"),
            new Fault.Status(403, Map.of(), "<Error><Code>X</Code><StringToSign>hush</Error>"),
            Fault.Status.of(401),
            Fault.Status.of(404),
            Fault.Status.of(416),
            Fault.Status.retryAfter(429, "0"),
            new Fault.Headers(Map.of("Content-Range", "bytes 1-2/3?hush")),
            new Fault.Headers(Map.of("Content-Encoding", "gzip")));
    for (RequestKind kind : List.of(RequestKind.BLOB, RequestKind.STORAGE, RequestKind.TOKEN)) {
      for (Fault fault : faults) {
        said.addAll(tell(kind, fault));
      }
    }
    return said;
  }

  private List<String> tell(RequestKind kind, Fault fault) {
    Timeouts tight =
        new Timeouts(
            Duration.ofSeconds(2),
            Duration.ofMillis(50),
            Duration.ofMillis(50),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5));
    EmbeddedOptions served =
        EmbeddedOptions.in(directory)
            .withSignedUrls(Duration.ofMinutes(1))
            .withAccess(new Access.Bearer("ann", PASSWORD, Duration.ofMinutes(1), false, false));
    Credentials credentials = new Credentials.Password("ann", PASSWORD);
    try (Bench bench =
        new Bench(
            served,
            options ->
                options
                    .withTimeouts(tight)
                    .withCredentials(_ -> Future.succeededFuture(credentials)))) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().plan(99, seen -> seen.kind() == kind, fault);
      try {
        Bench.await(bench.client.range(bench.repository, blob, 5, 50, _ -> {}));
        return List.of();
      } catch (SluiceException e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        return List.of(trace.toString(), String.valueOf(e.advice()));
      }
    }
  }
}
