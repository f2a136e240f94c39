package dev.sluice.daemon;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** A line for people per event; what was thrown follows on lines of its own. */
final class TextLines extends EncoderBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    Instant instant = event.getInstant();
    StringBuilder line = new StringBuilder(256);
    line.append(TIME.format(instant))
        .append(' ')
        .append("%-5s".formatted(event.getLevel()))
        .append(' ')
        .append(event.getLoggerName())
        .append(" - ");
    appendVisibly(line, event.getFormattedMessage());
    JsonLines.fields(event)
        .forEach((name, value) -> {
          line.append(' ').append(name).append('=');
          appendVisibly(line, value);
        });
    line.append('\n');
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(ThrowableProxyUtil.asString(thrown)).append('\n');
    }
    return line.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Names of images and files come from outside: none of them begins a line of its own. */
  private static void appendVisibly(StringBuilder line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c == 0x7f) {
        line.append("\\x%02x".formatted((int) c));
      } else {
        line.append(c);
      }
    }
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }
}
