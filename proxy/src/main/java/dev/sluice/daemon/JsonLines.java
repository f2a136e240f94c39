package dev.sluice.daemon;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.sluice.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.event.KeyValuePair;

/**
 * A JSON object per line with the members that containerd and soci-snapshotter use: {@code time}
 * (RFC 3339 with nanoseconds), {@code level}, {@code msg}, then {@code logger}, {@code thread}, the
 * event's own fields, and {@code error} with {@code stack} where something was thrown.
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {
  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    JsonWriter w = new JsonWriter().beginObject();
    w.name("time").value(event.getInstant().toString());
    w.name("level").value(event.getLevel().toString().toLowerCase(Locale.ROOT));
    w.name("msg").value(event.getFormattedMessage());
    w.name("logger").value(event.getLoggerName());
    w.name("thread").value(event.getThreadName());
    fields(event).forEach((name, value) -> w.name(name).value(value));
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      w.name("error").value(thrown.getClassName() + ": " + thrown.getMessage());
      w.name("stack").value(ThrowableProxyUtil.asString(thrown));
    }
    return (w.endObject() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** The fields of an event, its thread's first; none hides a member that is always there. */
  static Map<String, String> fields(ILoggingEvent event) {
    Map<String, String> fields = new LinkedHashMap<>(event.getMDCPropertyMap());
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(pair -> fields.put(pair.key, String.valueOf(pair.value)));
    }
    List.of("time", "level", "msg", "logger", "thread", "error", "stack").forEach(fields::remove);
    return fields;
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }
}
