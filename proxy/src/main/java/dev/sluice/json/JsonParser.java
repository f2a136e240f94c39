package dev.sluice.json;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parses one JSON document (RFC 8259) of hostile origin: bounded in length and depth, no recursion
 * beyond the bound, invalid UTF-8 replaced by U+FFFD, the last of duplicate names wins.
 */
final class JsonParser {
  /** Deeper documents are refused; the deepest that OCI defines has five levels. */
  static final int MAX_DEPTH = 64;

  /** Stands for {@code null}, which the documents here treat like an absent field. */
  record Null() {}

  private final String document;
  private final String text;
  private int at;
  private int counted;
  private int lines = 1;

  private JsonParser(String document, String text) {
    this.document = document;
    this.text = text;
  }

  /** Maps, lists, strings, {@link Numeral} literals, booleans and {@link Null}. */
  static Object parse(String document, byte[] json, int maxBytes) {
    if (json.length > maxBytes) {
      throw new SluiceException(
          FailureKind.INVALID,
          "parse %s: it has %d bytes, more than the %d allowed"
              .formatted(document, json.length, maxBytes));
    }
    var parser = new JsonParser(document, decode(json));
    Object value = parser.value(0);
    parser.space();
    if (parser.at != parser.text.length()) {
      throw parser.malformed("something follows the document");
    }
    return value;
  }

  /** Every byte that is no UTF-8 becomes one U+FFFD, as in Go (the JDK joins some of them). */
  private static String decode(byte[] json) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(json);
    CharBuffer out = CharBuffer.allocate(json.length);
    CoderResult result = decoder.decode(in, out, true);
    while (result.isError()) {
      in.position(in.position() + result.length());
      out.put("\uFFFD".repeat(result.length()));
      decoder.reset();
      result = decoder.decode(in, out, true);
    }
    return out.flip().toString();
  }

  /** A number as it stands in the document. */
  record Numeral(String literal) {}

  /** An object and where it stands. */
  static final class Members extends LinkedHashMap<String, Object> {
    private static final long serialVersionUID = 1;

    /** The line of its opening brace, from 1. */
    final int line;

    Members(int line) {
      this.line = line;
    }
  }

  private int line() {
    for (; counted < at; counted++) {
      if (text.charAt(counted) == '\n') {
        lines++;
      }
    }
    return lines;
  }

  private Object value(int depth) {
    space();
    if (depth > MAX_DEPTH) {
      throw malformed("nested deeper than " + MAX_DEPTH);
    }
    return switch (peek()) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", new Null());
      default -> number();
    };
  }

  private Map<String, Object> object(int depth) {
    var members = new Members(line());
    at++;
    space();
    if (peek() == '}') {
      at++;
      return members;
    }
    while (true) {
      space();
      if (peek() != '"') {
        throw malformed("expected a name in quotes");
      }
      String name = string();
      space();
      expect(':');
      members.put(name, value(depth + 1));
      space();
      if (peek() == '}') {
        at++;
        return members;
      }
      expect(',');
    }
  }

  private List<Object> array(int depth) {
    at++;
    var items = new ArrayList<Object>();
    space();
    if (peek() == ']') {
      at++;
      return items;
    }
    while (true) {
      items.add(value(depth + 1));
      space();
      if (peek() == ']') {
        at++;
        return items;
      }
      expect(',');
    }
  }

  private String string() {
    at++;
    StringBuilder built = null;
    int from = at;
    while (true) {
      char c = peek();
      if (c == '"') {
        String tail = text.substring(from, at++);
        return built == null ? tail : replaceLone(built.append(tail).toString());
      }
      if (c < 0x20) {
        throw malformed("a control character stands in a string");
      }
      if (c == '\\') {
        if (built == null) {
          built = new StringBuilder();
        }
        built.append(text, from, at++);
        built.append(escaped());
        from = at;
      } else {
        at++;
      }
    }
  }

  private char escaped() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++) {
          int digit = Character.digit(peek(), 16);
          if (digit < 0 || peek() > 'f') {
            throw malformed("\\u without four hexadecimal digits");
          }
          code = code << 4 | digit;
          at++;
        }
        yield (char) code;
      }
      default -> throw malformed("unknown escape");
    };
  }

  /** Go turns each half of a surrogate pair that stands alone into U+FFFD. */
  private static String replaceLone(String s) {
    StringBuilder fixed = null;
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < s.length()
          && Character.isLowSurrogate(s.charAt(i + 1))) {
        i++;
      } else {
        if (fixed == null) {
          fixed = new StringBuilder(s);
        }
        fixed.setCharAt(i, '\uFFFD');
      }
    }
    return fixed == null ? s : fixed.toString();
  }

  private Numeral number() {
    int from = at;
    skip('-');
    int digits = at;
    digits();
    if (text.charAt(digits) == '0' && at - digits > 1) {
      throw malformed("a number with a leading zero");
    }
    if (skip('.')) {
      digits();
    }
    if (skip('e') || skip('E')) {
      if (!skip('+')) {
        skip('-');
      }
      digits();
    }
    return new Numeral(text.substring(from, at));
  }

  private void digits() {
    int from = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == from) {
      throw malformed("expected a value");
    }
  }

  private boolean skip(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at)) {
      throw malformed("expected a value");
    }
    at += word.length();
    return value;
  }

  private void space() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
        return;
      }
      at++;
    }
  }

  private void expect(char c) {
    if (peek() != c) {
      throw malformed("expected '" + c + "'");
    }
    at++;
  }

  private char peek() {
    if (at >= text.length()) {
      throw malformed("it ends too early");
    }
    return text.charAt(at);
  }

  private SluiceException malformed(String what) {
    return failure(document, "malformed JSON at character " + at + ": " + what, null);
  }

  static SluiceException failure(String document, String what, @Nullable Throwable cause) {
    return new SluiceException(FailureKind.CORRUPT, "parse " + document + ": " + what, cause);
  }
}
