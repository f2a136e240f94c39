package dev.sluice.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import dev.sluice.config.LogFormat;
import dev.sluice.config.LogLevel;
import dev.sluice.json.JsonObject;
import io.vertx.core.http.StreamResetException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class DaemonLogTest {
  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final Logger log = LoggerFactory.getLogger("dev.sluice.test.Some");
  private final Logger vertx = LoggerFactory.getLogger("io.vertx.core.impl.ContextImpl");
  private final Thread.UncaughtExceptionHandler before =
      Thread.getDefaultUncaughtExceptionHandler();

  @BeforeEach
  void redirect() {
    System.setErr(new PrintStream(written, true, UTF_8));
  }

  @AfterEach
  void restore() throws Exception {
    System.setErr(stderr);
    Thread.setDefaultUncaughtExceptionHandler(before);
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    new ContextInitializer(context).autoConfig();
  }

  private List<String> lines() {
    return written.toString(UTF_8).lines().toList();
  }

  private static JsonObject json(String line) {
    return JsonObject.parse("log", line.getBytes(UTF_8), 1 << 20);
  }

  @Test
  void jsonIsOneObjectPerLineWithTheUsualMembers() {
    DaemonLog.configure(LogLevel.INFO, LogFormat.JSON);
    log.debug("not shown");
    log.atInfo()
        .addKeyValue("digest", "sha256:1")
        .addKeyValue("msg", "forged")
        .log("layer \"{}\"\n", "a");
    log.error("broke", new IOException("why"));
    assertThat(lines()).hasSize(2);
    JsonObject info = json(lines().get(0));
    assertThat(info.string("level")).isEqualTo("info");
    assertThat(info.string("msg")).isEqualTo("layer \"a\"\n");
    assertThat(info.string("logger")).isEqualTo("dev.sluice.test.Some");
    assertThat(info.string("digest")).isEqualTo("sha256:1");
    assertThat(Instant.parse(info.string("time"))).isAfter(Instant.now().minusSeconds(60));
    JsonObject error = json(lines().get(1));
    assertThat(error.string("error")).isEqualTo("java.io.IOException: why");
    assertThat(error.string("stack")).contains("DaemonLogTest");
  }

  @Test
  void textCannotBeForgedByNamesFromOutside() {
    DaemonLog.configure(LogLevel.DEBUG, LogFormat.TEXT);
    log.atDebug().addKeyValue("ref", "x\ny").log("a\n2026-01-01 ERROR forged \u001b[31m");
    assertThat(lines()).hasSize(1);
    assertThat(lines().getFirst())
        .contains("DEBUG dev.sluice.test.Some - a\\x0a2026")
        .endsWith("\\x1b[31m ref=x\\x0ay");
  }

  @Test
  void aPeerThatEndsAStreamIsNoErrorButABugIs() {
    DaemonLog.configure(LogLevel.INFO, LogFormat.TEXT);
    vertx.error("Unhandled exception", new StreamResetException(8));
    vertx.error("Unhandled exception", new IOException("Connection reset by peer"));
    vertx.info("chatter");
    assertThat(lines()).isEmpty();
    vertx.error("Unhandled exception", new IllegalStateException("bug"));
    vertx.warn("Thread blocked");
    log.error("our own report", new StreamResetException(8));
    assertThat(written.toString(UTF_8))
        .contains("IllegalStateException: bug")
        .contains("Thread blocked")
        .contains("our own report");
  }

  @Test
  void debugShowsAll() {
    DaemonLog.configure(LogLevel.DEBUG, LogFormat.TEXT);
    vertx.error("Unhandled exception", new StreamResetException(8));
    assertThat(written.toString(UTF_8)).contains("Stream reset: 8");
  }

  @Test
  void whatNoThreadCatchesIsLogged() throws Exception {
    DaemonLog.configure(LogLevel.INFO, LogFormat.JSON);
    Thread thread =
        Thread.ofPlatform()
            .name("doomed")
            .start(() -> {
              throw new IllegalStateException("bug");
            });
    thread.join();
    assertThat(json(lines().getFirst()).string("msg")).contains("thread doomed ended");
  }
}
