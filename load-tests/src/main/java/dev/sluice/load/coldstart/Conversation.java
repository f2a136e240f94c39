package dev.sluice.load.coldstart;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The requests of one HTTP/1.1 connection that are not pipelined, read along as bytes pass. */
final class Conversation {
  private static final int LONGEST_HEAD = 64 * 1024;
  private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};
  private static final Pattern RANGE = header("range");
  private static final Pattern LENGTH = header("content-length");
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})");

  private final int connection;
  private final List<Exchange> exchanges = new ArrayList<>();
  private final ByteArrayOutputStream head = new ByteArrayOutputStream();
  private int ended;
  private long bodyLeft;
  private boolean lost;

  Conversation(int connection) {
    this.connection = connection;
  }

  private static Pattern header(String name) {
    return Pattern.compile("(?im)^" + name + ":[ \\t]*([^\\r\\n]*)");
  }

  /** The client has sent bytes. */
  synchronized void sent(byte[] bytes, int length) {
    for (int i = 0; i < length && !lost; i++) {
      if (bodyLeft > 0) {
        bodyLeft--;
        continue;
      }
      head.write(bytes[i]);
      ended = bytes[i] == END_OF_HEAD[ended] ? ended + 1 : bytes[i] == '\r' ? 1 : 0;
      if (ended == END_OF_HEAD.length) {
        request(head.toString(StandardCharsets.ISO_8859_1));
        head.reset();
        ended = 0;
      } else if (head.size() > LONGEST_HEAD) {
        lost = true;
      }
    }
  }

  private void request(String text) {
    String[] line = text.lines().findFirst().orElse("").split(" ", 3);
    if (line.length != 3 || text.toLowerCase(Locale.ROOT).contains("\r\ntransfer-encoding:")) {
      lost = true; // not HTTP/1.1, or an upload in chunks: pulls have none
      return;
    }
    String length = find(LENGTH, text);
    bodyLeft = length == null ? 0 : Long.parseLong(length.strip());
    exchanges.add(
        new Exchange(
            connection, line[0], line[1], find(RANGE, text), 0, 0, System.nanoTime(), 0, 0));
  }

  private static @Nullable String find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(1) : null;
  }

  /** The client has received bytes. */
  synchronized void received(byte[] bytes, int length) {
    if (exchanges.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    Exchange last = exchanges.removeLast();
    boolean first = last.bytes() == 0;
    exchanges.add(
        new Exchange(
            connection,
            last.method(),
            last.path(),
            last.range(),
            first ? status(bytes, length) : last.status(),
            last.bytes() + length,
            last.sent(),
            first ? now : last.firstByte(),
            now));
  }

  private static int status(byte[] bytes, int length) {
    Matcher matcher =
        STATUS.matcher(new String(bytes, 0, Math.min(length, 16), StandardCharsets.ISO_8859_1));
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  synchronized List<Exchange> exchanges() {
    return List.copyOf(exchanges);
  }
}
