package dev.sluice.snapshot.filter;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;

/** Cuts a filter into tokens. */
final class FilterScanner {
  /*
   * What a run of characters is depends on what came before: after an operator "a.b=c" is one value,
   * before it the dot and the sign are tokens. That state ends with the value or a separator. Blanks
   * are skipped before a token, but count for peek(): "a == b" is fine and "a==b ,c" is not.
   */
  static final int END = -1;

  enum Kind {
    FIELD,
    VALUE,
    QUOTED,
    SEPARATOR,
    OPERATOR,
    END,
    OTHER
  }

  record Token(Kind kind, String text, int at) {}

  private final String input;
  private int next;
  private boolean valueExpected;

  FilterScanner(String input) {
    this.input = input;
  }

  /** The next character, as it stands; {@link #END} after the last. */
  int peek() {
    if (next >= input.length()) {
      return END;
    }
    int c = input.codePointAt(next);
    if (c == 0) {
      throw error(next, "a null character");
    }
    return c;
  }

  Token scan() {
    while (peek() != END && isSpace(peek())) {
      take();
    }
    int from = next;
    int c = peek();
    if (c == END) {
      return new Token(Kind.END, "", from);
    }
    take();
    Kind kind = Kind.OTHER;
    if (isQuote(c)) {
      skipQuoted(c, from);
      kind = Kind.QUOTED;
    } else if (c == ',' || c == '.') {
      valueExpected = false;
      kind = Kind.SEPARATOR;
    } else if (isOperator(c)) {
      while (isOperator(peek())) {
        take();
      }
      valueExpected = true;
      kind = Kind.OPERATOR;
    } else if (valueExpected) {
      while (isValue(peek())) {
        take();
      }
      valueExpected = false;
      kind = Kind.VALUE;
    } else if (isField(c)) {
      while (isField(peek())) {
        take();
      }
      kind = Kind.FIELD;
    }
    return new Token(kind, input.substring(from, next), from);
  }

  SluiceException error(int at, String what) {
    return new SluiceException(
        FailureKind.INVALID,
        "filter '"
            + input
            + "': "
            + what
            + (at < input.length() ? " at character " + at : " at its end"));
  }

  private void take() {
    next += Character.charCount(input.codePointAt(next));
  }

  private void skipQuoted(int quote, int from) {
    for (int c = peek(); c != quote; c = peek()) {
      if (c == END || c == '\n') {
        throw error(from, "a quoted text without end");
      }
      take();
      if (c == '\\') {
        if (peek() == END) {
          throw error(from, "a quoted text without end");
        }
        take();
      }
    }
    take();
  }

  private static boolean isQuote(int c) {
    return c == '"' || c == '/' || c == '|';
  }

  private static boolean isOperator(int c) {
    return c == '=' || c == '!' || c == '~';
  }

  private static boolean isField(int c) {
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  private static boolean isValue(int c) {
    return c != END && c != ',' && !isSpace(c) && isGraphic(c);
  }

  private static boolean isGraphic(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /** What Go calls white space. */
  private static boolean isSpace(int c) {
    return switch (c) {
      case '\t', '\n', 0x0b, '\f', '\r', ' ', 0x85, 0xa0 -> true;
      default -> Character.isSpaceChar(c);
    };
  }
}
