package dev.sluice.snapshot.filter;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Reads a quoted text with the escapes of Go's string literals. Bytes, since \xff is one. */
final class Unquoter {
  private static final int REPLACEMENT = 0xfffd;

  private final String text;
  private final char quote;
  private final int end;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int at = 1;

  /**
   * @param text begins and ends with the same quote
   */
  Unquoter(String text) {
    this.text = text;
    this.quote = text.charAt(0);
    this.end = text.length() - 1;
  }

  /**
   * @throws IllegalArgumentException with what is wrong
   */
  String unquote() {
    while (at < end) {
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      if (c == '\\') {
        escape();
      } else {
        put(c);
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private void escape() {
    if (at >= end) {
      throw new IllegalArgumentException("an escape without end");
    }
    char c = text.charAt(at++);
    switch (c) {
      case 'a' -> out.write(7);
      case 'b' -> out.write('\b');
      case 'f' -> out.write('\f');
      case 'n' -> out.write('\n');
      case 'r' -> out.write('\r');
      case 't' -> out.write('\t');
      case 'v' -> out.write(0x0b);
      case '\\' -> out.write('\\');
      case 'x' -> out.write(number(2, 16, 0xff));
      case 'u' -> put(number(4, 16, Character.MAX_CODE_POINT));
      case 'U' -> put(number(8, 16, Character.MAX_CODE_POINT));
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        at--;
        out.write(number(3, 8, 0xff));
      }
      default -> {
        if (c != quote) {
          throw new IllegalArgumentException("the unknown escape \\" + c);
        }
        out.write(c);
      }
    }
  }

  private int number(int digits, int radix, int most) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = at < end && text.charAt(at) < 0x80 ? Character.digit(text.charAt(at), radix) : -1;
      if (digit < 0) {
        throw new IllegalArgumentException("an escape with too few digits");
      }
      value = value * radix + digit;
      at++;
    }
    if (value > most) {
      throw new IllegalArgumentException("an escape beyond " + Integer.toHexString(most));
    }
    return (int) value;
  }

  private void put(int c) {
    int valid = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? REPLACEMENT : c;
    out.writeBytes(Character.toString(valid).getBytes(StandardCharsets.UTF_8));
  }
}
